//! Second computations in Python: scripts of `tests/python`, run once by the interpreter that `cargo xtask install` sets up.
//!
//! Input: a script and what it reads. Output: what it wrote. Where the interpreter is not there, a test prints that it was
//! skipped; `cargo xtask test` installs it first.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of `tests/python`.
pub fn file(name: &str) -> PathBuf {
    workspace().join("tests/python").join(name)
}

/// What the script writes when it reads `input`; none, with a note, when there is no interpreter. A script that fails is an error
/// with what it said.
pub fn run(script: &str, arguments: &[&str], input: &[u8]) -> std::io::Result<Option<String>> {
    let python = workspace().join("target/python/bin/python");
    if !python.is_file() {
        eprintln!("skipped {script}: run `cargo xtask install` for the Python packages");
        return Ok(None);
    }
    let mut child = Command::new(python)
        .arg(file(script))
        .args(arguments)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // The scripts read all of their input before they write.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return String::from_utf8(output.stdout)
            .map(Some)
            .map_err(std::io::Error::other);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(std::io::Error::other(format!("{script}: {said}")))
}
