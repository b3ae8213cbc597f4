//! What the tests need besides the Rust toolchain, by the ordinary package clients.
//!
//! Input: the machine. Output: PostgreSQL's server programs, Chromium, Node, Python and the locked packages of both are there.
//! Invariant: what is there already is left alone, so a second run costs nothing and needs no network.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::step::{Step, workspace};

/// Whether a package is there already.
type Present = fn() -> bool;

/// Debian packages, each with a test for its presence.
const PACKAGES: [(&str, Present); 7] = [
    ("postgresql", has_postgresql),
    ("chromium", || on_path("chromium")),
    ("nodejs", || on_path("node")),
    ("npm", || on_path("npm")),
    ("python3", || on_path("python3")),
    ("python3-venv", has_python_venv),
    ("openssl", || on_path("openssl")),
];

/// The folder with the Node packages of the tests (a browser, Spectral) and their `package-lock.json`.
const NODE_FOLDER: &str = "tests/browser";

/// The Python packages, each with its version.
const PYTHON_PACKAGES: &str = "tests/python/requirements.txt";

/// The environment of its own in which they are, so that nothing of the machine changes.
const PYTHON_FOLDER: &str = "target/python";
/// Installs everything that is missing.
pub fn everything() -> anyhow::Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, present)| !present())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        debian(&missing)?;
    }
    if !has_node_packages() {
        Step::new("npm", ["ci", "--no-audit", "--no-fund"])
            .inside(NODE_FOLDER)
            .run()?;
    }
    python()
}

/// Makes the Python environment, or brings it up to date when the list of packages has changed.
fn python() -> anyhow::Result<()> {
    let wanted = std::fs::read_to_string(workspace().join(PYTHON_PACKAGES))?;
    let installed = workspace().join(PYTHON_FOLDER).join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    Step::new("python3", ["-m", "venv", PYTHON_FOLDER]).run()?;
    // Not `bin/pip`: in a folder that was copied, that one still installs into the folder where it was made.
    let own = workspace().join(PYTHON_FOLDER).join("bin/python");
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--requirement",
        PYTHON_PACKAGES,
    ];
    Step::new(&own.to_string_lossy(), arguments).run()?;
    // Written last: an installation that was broken off is done again.
    Ok(std::fs::write(installed, wanted)?)
}

fn debian(packages: &[&str]) -> anyhow::Result<()> {
    if !on_path("apt-get") {
        bail!(
            "the tests need {}; this machine has no apt-get: install them with its own package manager",
            packages.join(", ")
        );
    }
    as_root(&["apt-get", "update"])?;
    let mut install = vec!["apt-get", "install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    as_root(&install)
}

fn as_root(command: &[&str]) -> anyhow::Result<()> {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| {
        use std::os::unix::fs::MetadataExt;
        me.uid() == 0
    });
    let (program, arguments) = match command.split_first() {
        Some((program, rest)) if is_root => (*program, rest.to_vec()),
        _ => ("sudo", command.to_vec()),
    };
    Step::new(program, arguments).run()
}

fn has_postgresql() -> bool {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else {
        return on_path("postgres") && on_path("initdb");
    };
    versions
        .flatten()
        .any(|version| version.path().join("bin/initdb").is_file())
}

/// Debian keeps the part of Python that makes environments in a package of its own.
fn has_python_venv() -> bool {
    Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether the Node packages were installed since their list changed last.
fn has_node_packages() -> bool {
    let changed = |file: &str| {
        let path = workspace().join(NODE_FOLDER).join(file);
        std::fs::metadata(path).and_then(|about| about.modified())
    };
    match (
        changed("package-lock.json"),
        changed("node_modules/.package-lock.json"),
    ) {
        (Ok(wanted), Ok(installed)) => installed >= wanted,
        _ => false,
    }
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
    })
}
