//! What the tests need besides the Rust toolchain, by the ordinary package clients.
//!
//! Input: the machine. Output: PostgreSQL's server programs, Chromium, Node and Python with the pinned packages are there.
//! Invariant: what is there already is left alone, so a second run costs nothing and needs no network.

use std::path::Path;

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
    ("python3-venv", has_venv),
    ("openssl", || on_path("openssl")),
];

/// The folder with the browser tests and their `package-lock.json`.
const NODE_FOLDER: &str = "tests/browser";

/// The pinned Python packages, and the environment of their own that they are installed into.
const PYTHON_PACKAGES: &str = "tests/python/requirements.txt";
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
    if !workspace().join(NODE_FOLDER).join("node_modules").is_dir() {
        Step::new("npm", ["ci", "--no-audit", "--no-fund"])
            .inside(NODE_FOLDER)
            .run()?;
    }
    python()
}

/// The Python packages, again when their list has changed since.
fn python() -> anyhow::Result<()> {
    let wanted = std::fs::read(workspace().join(PYTHON_PACKAGES))?;
    let folder = workspace().join(PYTHON_FOLDER);
    let installed = folder.join("requirements.txt");
    if std::fs::read(&installed).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    Step::new("python3", ["-m", "venv", PYTHON_FOLDER]).run()?;
    let python = folder.join("bin/python");
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--requirement",
        PYTHON_PACKAGES,
    ];
    Step::new(&python.to_string_lossy(), pip).run()?;
    std::fs::write(&installed, wanted)?;
    Ok(())
}

/// Debian keeps the part of Python that makes environments in a package of its own.
fn has_venv() -> bool {
    std::process::Command::new("python3")
        .args(["-c", "import ensurepip, venv"])
        .status()
        .is_ok_and(|status| status.success())
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

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
    })
}
