//! The program as people and other programs use it: words in, text and exit codes out.
//!
//! What is printed is compared with files in `tests/expected`; `UPDATE_EXPECTED=1` writes them anew, to be read in the diff.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod demo;
mod files;
mod letters;
mod results;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the crate: paths in messages are relative to it.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, to be run in the folder of the crate.
fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convenant"));
    command
        .args(words)
        .current_dir(root())
        .env_remove("RUST_LOG")
        .env_remove("RUST_BACKTRACE");
    command
}

/// What a run gave.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn ran(output: Output) -> Ran {
    let ran = Ran {
        code: output.status.code().expect("the program was killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

fn run(words: &[&str]) -> Ran {
    ran(program(words).stdin(Stdio::null()).output().unwrap())
}

/// A run with something on its standard input.
fn run_with(words: &[&str], input: &[u8]) -> Ran {
    let mut child = program(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may refuse before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ran = ran(child.wait_with_output().unwrap());
    writer.join().unwrap();
    ran
}

/// Compares with a file beside the tests.
fn expect(name: &str, found: &str) {
    let path = root().join("tests/expected").join(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == found,
        "{} differs; found:\n{found}",
        path.display()
    );
}

/// A file in a folder of its own, that goes when the test ends.
fn file(name: &str, contents: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    (folder, path)
}

const SMALL: &str = "tests/data/klein.convenant";
