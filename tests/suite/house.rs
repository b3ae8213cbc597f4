//! The house stays tidy: arrows between crates, headers, sizes, and what lies at the top level.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Files that git tracks, relative to the workspace.
fn tracked() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(workspace())
        .output()
        .expect("git is there");
    assert!(output.status.success(), "git ls-files failed");
    String::from_utf8(output.stdout)
        .unwrap()
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .filter(|name| workspace().join(name).is_file())
        .collect()
}

fn rust_files() -> Vec<(PathBuf, String)> {
    tracked()
        .into_iter()
        .filter(|name| name.extension().is_some_and(|e| e == "rs"))
        .map(|name| {
            let text = std::fs::read_to_string(workspace().join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

#[test]
fn nothing_points_up() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(workspace())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("convenant-lang", &[][..]),
        ("convenant-engine", &["convenant-lang"]),
        ("convenant-store", &["convenant-engine", "convenant-lang"]),
        (
            "convenant-server",
            &["convenant-engine", "convenant-lang", "convenant-store"],
        ),
        (
            "convenant",
            &[
                "convenant-engine",
                "convenant-lang",
                "convenant-server",
                "convenant-store",
            ],
        ),
        ("xtask", &[]),
    ]);
    let impure = [
        "tokio",
        "sea-orm",
        "axum",
        "getrandom",
        "rand",
        "reqwest",
        "chrono",
    ];
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "convenant-tests" {
            continue;
        }
        seen.insert(name.to_owned());
        let may = allowed
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` has no room in the test"));
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let on = dependency["name"].as_str().unwrap();
            let ours = on.starts_with("convenant") || on == "xtask";
            assert!(
                !ours || may.contains(&on),
                "`{name}` must not depend on `{on}`"
            );
            let pure = matches!(name, "convenant-lang" | "convenant-engine");
            assert!(
                !pure || !impure.contains(&on),
                "`{name}` is pure: not `{on}`"
            );
        }
    }
    let rooms: BTreeSet<String> = allowed.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(seen, rooms);
}

#[test]
fn the_top_level_holds_what_it_should() {
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "convenants",
        "crates",
        "examples",
        "grammar",
        "rust-toolchain.toml",
        "tests",
    ];
    let found: BTreeSet<String> = tracked()
        .iter()
        .filter_map(|name| name.components().next())
        .map(|first| first.as_os_str().to_string_lossy().into_owned())
        .filter(|first| !first.starts_with('.'))
        .collect();
    assert_eq!(found, expected.map(str::to_owned).into());
}

#[test]
fn every_module_has_a_short_header() {
    for (name, text) in rust_files() {
        let header = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        assert!(header >= 1, "{} has no header", name.display());
        assert!(
            header <= 12,
            "{} has a header of {header} lines, at most 12",
            name.display()
        );
    }
}

#[test]
fn files_stay_readable() {
    for (name, text) in rust_files() {
        let lines = text.lines().count();
        assert!(
            lines <= 600,
            "{} has {lines} lines, at most 600",
            name.display()
        );
    }
}

#[test]
fn nothing_is_left_behind() {
    // Written apart, so that this file does not find itself.
    let forbidden = [
        ["TO", "DO:"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X:"].concat(),
        ["/wo", "rk/"].concat(),
        ["/tm", "p/w/"].concat(),
        ["index.crates", ".io"].concat(),
        ["registry.npmjs", ".org"].concat(),
    ];
    for name in tracked() {
        let Ok(text) = std::fs::read_to_string(workspace().join(&name)) else {
            continue;
        };
        for word in &forbidden {
            assert!(!text.contains(word), "{} holds `{word}`", name.display());
        }
    }
}
