//! The real program, started as its users start it: to completion, or as a server that can be killed.
//!
//! Output: exit codes and what was said, or the address of a running server. Invariant: a server never outlives its `Server`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot run the program must fail, with a message that says what to do"
)]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(120);

/// The program, as cargo built it beside the tests.
pub fn program() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test knows where it is");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join(format!("convenant{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is not there: run `cargo build --package convenant` first (`cargo xtask test` does)",
        path.display()
    );
    path
}

/// A command that runs the program, with nothing of the environment that changes what it says.
pub fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; none when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

/// Runs the program to its end.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    let done = command(arguments).output().expect("the program starts");
    Run {
        code: done.status.code(),
        output: String::from_utf8_lossy(&done.stdout).into_owned(),
        errors: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// A started server: killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    said: Receiver<String>,
    complaints: Receiver<String>,
    errors: Arc<Mutex<String>>,
}

impl Server {
    /// Starts it; `arguments` say on which port (0: a free one). It does not listen yet.
    pub fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Server {
        Server::spawn(command(arguments))
    }

    /// Starts a command that `command` gave, with a folder or an environment of its own.
    pub fn spawn(mut command: Command) -> Server {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (sender, said) = channel();
        let output = child.stdout.take().expect("its output is piped");
        std::thread::spawn(move || {
            // To the end, whoever listens: a full pipe would hold the server up.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let (complain, complaints) = channel();
        let (kept, output) = (
            errors.clone(),
            child.stderr.take().expect("its errors are piped"),
        );
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push_str(&line);
                kept.push('\n');
                let _ = complain.send(line);
            }
        });
        Server {
            child,
            said,
            complaints,
            errors,
        }
    }

    /// A demo with so many cases in this folder, on a free port.
    pub fn demo(data: &Path, cases: u32) -> Server {
        let (data, cases) = (data.as_os_str(), cases.to_string());
        let words = [
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--cases",
            &cases,
            "--data",
        ];
        Server::start(words.into_iter().map(OsStr::new).chain([data]))
    }

    /// Where it listens, when it does so within this time.
    pub fn address_within(&self, time: Duration) -> Option<SocketAddr> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(line) => {
                    if let Some(address) = address_in(&line) {
                        return Some(address);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server stopped before it listened:\n{}", self.errors())
                }
            }
        }
    }

    /// Where it listens, as soon as it does.
    pub fn address(&self) -> SocketAddr {
        self.address_within(START)
            .unwrap_or_else(|| panic!("the server does not listen:\n{}", self.errors()))
    }

    /// What it said on the standard error so far.
    pub fn errors(&self) -> String {
        self.errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// SIGKILL, and gone.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and how it ended.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().expect("it is our child")
    }

    /// SIGSTOP: it stands still, and does not know it.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it goes on where it stood still.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "SIG{name} is sent"
        );
    }

    /// Waits until a line on the standard error begins with this; false when it ends without.
    pub fn complained(&self, start: &str) -> bool {
        self.complaints.iter().any(|line| line.starts_with(start))
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("it is our child")
    }

    fn end(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The loopback address in a line that the program says.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    rest.get(..end)?.trim().parse().ok()
}
