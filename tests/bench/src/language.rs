//! Reading a region's file: read, resolve and check, against the time that pest alone needs for its pairs.

use std::hint::black_box;

use anyhow::{Result, anyhow};
use pest::Parser;

use crate::measure::{Bench, Goal};

/// The grammar by itself, without anything of ours around it.
#[derive(pest_derive::Parser)]
#[grammar = "../../../grammar/convenant.pest"]
struct Pairs;

const FILE: &str = include_str!("../../../convenants/utrecht/utrecht.convenant");

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("language") {
        return Ok(());
    }
    // The grammar expects the mark of a quoted line in place of its `>`.
    let prepared: String = FILE
        .split_inclusive('\n')
        .map(|line| match line.trim_start().strip_prefix('>') {
            Some(rest) => format!("{}\u{1}{rest}", &line[..line.len() - rest.len() - 1]),
            None => line.to_owned(),
        })
        .collect();
    Pairs::parse(Rule::file, &prepared).map_err(|e| anyhow!("{e}"))?;
    let checked = convenant_lang::check(FILE.as_bytes());
    anyhow::ensure!(checked.model.is_some(), "the file has errors");
    let ours = bench.nanoseconds("language-check", || convenant_lang::check(black_box(FILE.as_bytes())))?;
    let pest = bench.nanoseconds("language-pairs", || {
        Pairs::parse(Rule::file, black_box(&prepared)).map(|pairs| pairs.flatten().count())
    })?;
    let size = format!("check a region's file of {} lines, {} KB", FILE.lines().count(), FILE.len() / 1000);
    bench.compare_times(&size, ours, "pest's own pairs", pest, Goal::AtMost(2.0));
    Ok(())
}
