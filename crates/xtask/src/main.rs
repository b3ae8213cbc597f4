//! The developers' commands: `cargo xtask test` installs what the tests need and runs them all; `cargo xtask bench` measures.
//!
//! Input: the command line. Output: the exit code of the first step that fails, or 0.
//! Invariant: nothing here does what a developer could not type; every step is printed before it runs.

mod install;
mod step;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::step::{cargo, workspace};

/// The developers' commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need (PostgreSQL, Chromium, Node and Python packages), check style and run all tests.
    Test {
        /// Only the tests, without installing, formatting or lints.
        #[arg(long)]
        quick: bool,
    },
    /// Install what the tests need, and nothing else.
    Install,
    /// Measure speed as ratios to limits and peers; prints a table for the README.
    Bench {
        /// Only the measurements whose name holds this text.
        filter: Option<String>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test { quick } => test(quick),
        Command::Install => install::everything(),
        Command::Bench { filter } => bench(filter.as_deref()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test(quick: bool) -> anyhow::Result<()> {
    if !quick {
        install::everything()?;
        cargo(["fmt", "--all", "--check"]).run()?;
        cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .run()?;
    }
    // The end-to-end tests run the real binary from the same target folder.
    cargo(["build", "--locked", "--package", "convenant"]).run()?;
    cargo(["test", "--workspace", "--locked", "--no-fail-fast"]).run()
}

fn bench(filter: Option<&str>) -> anyhow::Result<()> {
    // A workspace of its own: the peers that are measured against are no business of the product's lock file.
    cargo(["build", "--release", "--locked", "--package", "convenant"]).run()?;
    let mut arguments = vec![
        "run",
        "--release",
        "--locked",
        "--manifest-path",
        "tests/bench/Cargo.toml",
    ];
    if let Some(filter) = filter {
        arguments.extend(["--", filter]);
    }
    cargo(arguments)
        .with("CONVENANT", workspace().join("target/release/convenant"))
        .run()
}
