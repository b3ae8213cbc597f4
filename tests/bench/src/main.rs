//! Measures what the product promises about speed, each as a ratio to a limit or a peer within the same run.
//!
//! Usage: `cargo xtask bench [FILTER]`. Exit code 1 when a goal is missed.

mod dates;
mod decision;
mod durable;
mod language;
mod mail;
mod matching;
mod measure;
mod memory;
mod peers;
mod rules;
mod rush;
mod spread;
mod timers;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let mut bench = measure::Bench::new(std::env::args().nth(1));
    let ran = run(&mut bench);
    // Also what was measured before something failed.
    let met = bench.report();
    ran?;
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(bench: &mut measure::Bench) -> anyhow::Result<()> {
    language::run(bench)?;
    decision::run(bench)?;
    dates::run(bench)?;
    mail::run(bench)?;
    matching::run(bench)?;
    spread::run(bench)?;
    durable::run(bench)?;
    timers::run(bench)?;
    rush::run(bench)?;
    memory::run(bench)
}
