//! `convenant test`: plays scenarios and says which transitions, outcomes and sides of criteria none of them takes.
//!
//! Input: scenario files (`grammar/scenarios.md`). Output: per scenario good or its first difference; the gaps per scheme; JUnit XML.
//! Invariant: a scenario that cannot be read is a failure with a place, never a scenario less.

mod coverage;
mod expect;
mod homes;
mod junit;
mod play;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use convenant_engine::{Holidays, Program};
use serde_json::json;

use crate::args::{Format, Test};
use crate::messages::say;
use crate::output::Output;
use crate::{Failure, source, yaml};
use coverage::Coverage;
use read::Scenario;

/// How a scenario went.
pub struct Outcome {
    /// The scenario's file.
    pub file: PathBuf,
    /// Its title, or the file name.
    pub title: String,
    /// The region's file that it was played with, when that is known.
    pub convenant: Option<PathBuf>,
    /// The first difference; none when it went as expected.
    pub difference: Option<Difference>,
}

/// What was not as expected.
pub struct Difference {
    /// Where it says what was expected.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// Number of the step, from 1; none when the file itself is at fault.
    pub step: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// `convenant test`.
pub fn run(args: &Test, out: &mut Output) -> Result<(), Failure> {
    let default = [PathBuf::from("convenants")];
    let paths: &[PathBuf] = if args.paths.is_empty() {
        &default
    } else {
        &args.paths
    };
    let files = find(paths, out)?;
    // The gaps say something only when a whole folder of scenarios was played.
    let whole = paths.iter().any(|path| path.is_dir());
    let mut regions: BTreeMap<PathBuf, Region> = BTreeMap::new();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for file in files {
        let outcome = play_file(&file, &mut regions, out)?;
        if args.format == Format::Text {
            tell(&outcome, out)?;
        }
        outcomes.push(outcome);
    }
    let mut gaps: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if whole {
        for region in regions.values() {
            let found = region.coverage.gaps(region.program.model(), &out.messages);
            gaps.insert(region.path.display().to_string(), found);
        }
    }
    report(args, &outcomes, &gaps, out)
}

/// A region's file and what the scenarios have shown of it.
struct Region {
    path: PathBuf,
    program: Program,
    coverage: Coverage,
}

/// The scenario files behind the paths: files as they are, of folders every `.yaml` in a folder `scenarios`.
fn find(paths: &[PathBuf], out: &Output) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = path.file_name().is_some_and(|name| name == "scenarios");
            visit(path, inside, &mut files)
                .map_err(|error| Failure::Use(source::unreadable(path, &error, &out.messages)))?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        let paths = names.join(", ");
        return Err(Failure::Use(say!(out.messages, "test-none", paths = paths)));
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn visit(folder: &Path, inside: bool, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let below = inside || path.file_name().is_some_and(|name| name == "scenarios");
            visit(&path, below, files)?;
        } else if inside && path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

fn play_file(
    file: &Path,
    regions: &mut BTreeMap<PathBuf, Region>,
    out: &mut Output,
) -> Result<Outcome, Failure> {
    let source = source::demand(file, &out.messages)?;
    let mut outcome = Outcome {
        file: file.to_owned(),
        title: file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        convenant: None,
        difference: None,
    };
    let read = yaml::read(&source.bytes, &out.messages)
        .and_then(|document| Scenario::read(document, file, &out.messages));
    let scenario = match read {
        Ok(scenario) => scenario,
        Err(fault) => {
            outcome.difference = Some(of_file(fault, out));
            return Ok(outcome);
        }
    };
    outcome.title.clone_from(&scenario.title);
    outcome.convenant = Some(scenario.convenant.clone());
    let key = scenario
        .convenant
        .canonicalize()
        .unwrap_or_else(|_| scenario.convenant.clone());
    if !regions.contains_key(&key) {
        let (model, _) = crate::check::demand(&scenario.convenant, out)?;
        let coverage = Coverage::of(&model);
        let program = compile(model, out)?;
        let path = scenario.convenant.clone();
        let region = Region {
            path,
            program,
            coverage,
        };
        regions.insert(key.clone(), region);
    }
    if let Some(region) = regions.get_mut(&key) {
        outcome.difference = play::play(
            &scenario,
            &region.program,
            &mut region.coverage,
            &out.messages,
        )
        .err()
        .map(|difference| *difference);
    }
    Ok(outcome)
}

/// The outcome of eligibility in the words of the language, whatever the language of the user.
pub use expect::eligible as outcome_word;

/// Makes a checked convenant ready to run.
pub fn compile(model: convenant_lang::model::Convenant, out: &Output) -> Result<Program, Failure> {
    Program::compile(model, Holidays::dutch()).map_err(|error| {
        Failure::Input(say!(
            out.messages,
            "compile-failed",
            why = error.to_string()
        ))
    })
}

fn of_file(fault: yaml::Fault, out: &Output) -> Difference {
    Difference {
        line: fault.line,
        column: fault.column,
        step: None,
        expected: say!(out.messages, "test-readable"),
        found: fault.message,
    }
}

fn tell(outcome: &Outcome, out: &mut Output) -> Result<(), Failure> {
    let name = outcome.file.display().to_string();
    let Some(difference) = &outcome.difference else {
        let line = say!(
            out.messages,
            "test-good",
            title = &outcome.title,
            file = name
        );
        return out.line(&line);
    };
    let place = format!("{name}:{}:{}", difference.line, difference.column);
    let head = match difference.step {
        Some(step) => say!(
            out.messages,
            "test-bad-step",
            title = &outcome.title,
            step = step
        ),
        None => say!(out.messages, "test-bad-file", title = &outcome.title),
    };
    out.line(&format!("{place}: error: {head}"))?;
    out.line(&say!(
        out.messages,
        "test-expected",
        text = &difference.expected
    ))?;
    out.line(&say!(out.messages, "test-found", text = &difference.found))?;
    if difference.step.is_some() {
        out.line(&say!(out.messages, "test-what-to-do"))?;
    }
    Ok(())
}

fn report(
    args: &Test,
    outcomes: &[Outcome],
    gaps: &BTreeMap<String, Vec<String>>,
    out: &mut Output,
) -> Result<(), Failure> {
    let bad = outcomes.iter().filter(|o| o.difference.is_some()).count();
    let open: usize = gaps.values().map(Vec::len).sum();
    if let Some(path) = &args.junit {
        let text = junit::write(outcomes, gaps, args.complete);
        std::fs::write(path, text)
            .map_err(|error| Failure::Use(source::unwritable(path, &error, &out.messages)))?;
    }
    match args.format {
        Format::Json => out.json(&as_json(outcomes, gaps))?,
        Format::Text => {
            for (file, gaps) in gaps.iter().filter(|(_, gaps)| !gaps.is_empty()) {
                out.line("")?;
                out.line(&say!(out.messages, "test-gaps", file = file))?;
                for gap in gaps {
                    out.line(&format!("  - {gap}"))?;
                }
            }
            out.line("")?;
            let good = outcomes.len() - bad;
            let mut line = say!(out.messages, "test-summary", good = good, bad = bad);
            if !gaps.is_empty() {
                line.push(' ');
                line.push_str(&say!(out.messages, "test-summary-gaps", gaps = open));
            }
            out.line(&line)?;
        }
    }
    if bad > 0 || (args.complete && open > 0) {
        return Err(Failure::Said(1));
    }
    Ok(())
}

fn as_json(outcomes: &[Outcome], gaps: &BTreeMap<String, Vec<String>>) -> serde_json::Value {
    let scenarios: Vec<serde_json::Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "file": outcome.file.display().to_string(),
                "title": outcome.title,
                "good": outcome.difference.is_none(),
                "difference": outcome.difference.as_ref().map(|d| json!({
                    "line": d.line,
                    "column": d.column,
                    "step": d.step,
                    "expected": d.expected,
                    "found": d.found,
                })),
            })
        })
        .collect();
    json!({ "scenarios": scenarios, "gaps": gaps })
}
