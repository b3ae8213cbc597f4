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
    language::run(&mut bench)?;
    decision::run(&mut bench)?;
    dates::run(&mut bench)?;
    mail::run(&mut bench)?;
    matching::run(&mut bench)?;
    spread::run(&mut bench)?;
    durable::run(&mut bench)?;
    timers::run(&mut bench)?;
    rush::run(&mut bench)?;
    memory::run(&mut bench)?;
    Ok(if bench.report() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
