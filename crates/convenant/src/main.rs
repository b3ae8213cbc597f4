//! `convenant`: the one program. Words of the command line in, results and an exit code out.
//!
//! Exit codes are a stable contract: 0 good, 1 the input has errors, 2 wrong use (or what was named is not there).

mod args;
mod bounds;
mod call;
mod check;
mod clock;
mod demo;
mod directory;
mod explain;
mod facts;
mod feed;
mod fmt;
mod graph;
mod homes;
mod ledger;
mod matching;
mod messages;
mod nearest;
mod notify;
mod output;
mod people;
mod refusal;
mod regions;
mod scenario;
mod serve;
mod simulate;
mod source;
mod spread;
mod templates;
mod values;
mod words;
mod world;
mod yaml;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use args::{Asked, Command};
use output::Output;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The input has errors: exit 1.
    Input(String),
    /// Wrong use: exit 2.
    Use(String),
    /// It has been said already; only the exit code is left.
    Said(u8),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let (lang, asked) = args::read(&words);
    let mut out = Output::new(lang);
    let result = match asked {
        Asked::Show(text) => out.print(&text),
        Asked::Wrong(text) => Err(Failure::Use(text.trim_end().to_owned())),
        Asked::Run(command) => run(&command, &mut out),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said(code)) => ExitCode::from(code),
        Err(Failure::Input(text)) => say_and_exit(&text, 1),
        Err(Failure::Use(text)) => say_and_exit(&text, 2),
        // Whoever reads along has heard enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => say_and_exit(&error.to_string(), 2),
    }
}

fn say_and_exit(text: &str, code: u8) -> ExitCode {
    // Nothing is left to tell it to when this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
    ExitCode::from(code)
}

fn run(command: &Command, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Check(args) => check::run(args, out),
        Command::Fmt(args) => fmt::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::Test(args) => scenario::run(args, out),
        Command::Simulate(args) => simulate::run(args, out),
        Command::Graph(args) => graph::run(args, out),
        Command::Match(args) => matching::run(args, out),
        Command::Spread(args) => spread::run(args, out),
        Command::People(args) => directory::run(args, out),
        Command::Notify(args) => notify::run(args, out),
        Command::Serve(args) => serve::run(args, out),
        Command::Demo(args) => demo::run(args, out),
        Command::Ledger(args) => ledger::run(args, out),
        Command::Feed(args) => feed::run(args, out),
        Command::Homes(args) => homes::run(args, out),
        Command::Clock(args) => clock::run(args, out),
    }
}
