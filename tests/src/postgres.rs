//! A PostgreSQL server for tests, from Debian's packages: one per test process, a fresh database per test.
//!
//! Output: addresses of empty databases. The server lives in a temporary folder on a loopback port, without fsync, under the user
//! `postgres` when the tests run as root, and stops with the process that started it, however that ends.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot have its server must fail, with a message that says what to do"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running server.
pub struct Server {
    bin: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Its standard input is the life line: when this process is gone the shell reads the end of it, and stops the server.
    _shell: Child,
}

/// The server of this process, started at the first call.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// The newest installed version's programs.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("`id` runs");
    id.stdout.trim_ascii() == b"0"
}

const SCRIPT: &str = r#"
set -e
folder=$(mktemp -d /tmp/convenant-postgres-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log"; exit 1; }
"$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-p $2 -k $folder -h 127.0.0.1 -F -c full_page_writes=off -c synchronous_commit=off -c max_connections=300" start >"$folder/start.log" 2>&1 || { cat "$folder/start.log" "$folder/log"; exit 1; }
echo ready
read -r _ || true
"$1/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
"#;

impl Server {
    #[allow(
        clippy::zombie_processes,
        reason = "the server lives as long as the test process, and its shell stops it after that"
    )]
    fn start() -> Self {
        let bin = programs().unwrap_or_else(|| {
            panic!("these tests need PostgreSQL's server programs, and /usr/lib/postgresql has none: run `cargo xtask test`, which installs them")
        });
        // Taken and given back: nobody else is likely to get the same one in the meantime.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a loopback port is free")
            .port();
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "sh",
            ]);
            command
        } else {
            Command::new("sh")
        };
        let mut shell = command
            .args(["-c", SCRIPT, "sh"])
            .arg(&bin)
            .arg(port.to_string())
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let output = BufReader::new(shell.stdout.take().expect("its output is piped"));
        let mut said = Vec::new();
        for line in output.lines().map_while(Result::ok) {
            if line == "ready" {
                return Self {
                    bin,
                    port,
                    databases: AtomicU32::new(0),
                    _shell: shell,
                };
            }
            said.push(line);
        }
        panic!("PostgreSQL did not start:\n{}", said.join("\n"));
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        );
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs a text of SQL in the database at this address.
    pub fn run(&self, url: &str, sql: &str) {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.sql(name, sql);
    }

    fn sql(&self, database: &str, sql: &str) {
        let done = Command::new(Path::join(&self.bin, "psql"))
            .args([
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
            ])
            .arg(self.port.to_string())
            .args(["-d", database, "-c", sql])
            .output()
            .expect("psql runs");
        assert!(
            done.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
