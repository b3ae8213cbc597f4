//! The walk-throughs of `examples/`: every command in them prints what the page says it prints.
//!
//! A block that begins with three backticks and `console` holds commands behind `$ `, each with its output. A line `…` stands
//! for any number of lines. With `UPDATE_EXAMPLES=1` the pages are rewritten; an output with a `…` is left alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ELLIPSIS: &str = "…";

#[test]
fn every_walk_through_says_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let mut pages: Vec<PathBuf> = fs::read_dir(root.join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("README.md"))
        .filter(|page| page.exists())
        .collect();
    pages.sort();
    assert!(pages.len() >= 3, "the walk-throughs are there");
    for page in pages {
        let said = fs::read_to_string(&page).unwrap();
        let happens = walk(&root, &said);
        if std::env::var_os("UPDATE_EXAMPLES").is_some() {
            fs::write(&page, &happens).unwrap();
        } else {
            assert_eq!(said, happens, "{}", page.display());
        }
    }
}

/// The page with what its commands print now, run in a folder that holds the regions and the examples.
fn walk(root: &Path, page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for shared in ["convenants", "examples"] {
        std::os::unix::fs::symlink(root.join(shared), folder.path().join(shared)).unwrap();
    }
    let mut happens: Vec<String> = Vec::new();
    let mut lines = page.lines().peekable();
    let mut commands = 0;
    while let Some(line) = lines.next() {
        happens.push(line.to_owned());
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            let command = line
                .strip_prefix("$ ")
                .unwrap_or_else(|| panic!("expected a command, found `{line}`"));
            let mut said = Vec::new();
            while let Some(line) = lines.next_if(|l| *l != "```" && !l.starts_with("$ ")) {
                said.push(line.to_owned());
            }
            let printed = run(folder.path(), command);
            happens.push(line.to_owned());
            happens.extend(if fits(&said, &printed) { said } else { printed });
            commands += 1;
        }
    }
    assert!(commands > 0, "a walk-through has commands");
    happens.join("\n") + "\n"
}

/// What a command prints, on both outputs.
fn run(folder: &Path, command: &str) -> Vec<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_convenant"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether the lines are as said, where `…` stands for any number of them.
fn fits(said: &[String], printed: &[String]) -> bool {
    match said.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == ELLIPSIS => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed.first() == Some(first) && fits(rest, &printed[1..]),
    }
}
