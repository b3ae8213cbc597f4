//! `convenant spread`: a period's real cases once more, under the spreading of a draft.
//!
//! Input: a draft, and the data folder of a server or demo that does not run now. Output: per party what it was to place and placed, now and
//! under the draft: a table, CSV or JSON, and a chart. Nothing in the folder changes.

mod chart;
mod read;
mod replay;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use convenant_engine::Holidays;
use convenant_engine::spread::{InForce, Spread, Window};
use convenant_lang::model::{Convenant, SchemeId};
use jiff::civil::Date;
use serde_json::json;

use crate::messages::{Messages, say};
use crate::output::Output;
use crate::{Failure, bounds, check, source, words};
use replay::{Comparison, compare};

/// `convenant spread`.
#[derive(Debug, Args)]
pub struct SpreadArgs {
    /// The draft.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// A year, a month or a day: the period that it lies in; the last one with placements when absent.
    #[arg(long, value_name = "PERIOD", value_parser = first_day)]
    pub period: Option<Date>,
    /// The scheme, where the file has several.
    #[arg(long, value_name = "NAME", alias = "scheme")]
    pub regeling: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Layout,
    /// Draws a chart as well.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// How the comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// `2018`, `2018-05` or `2018-05-02`.
pub fn first_day(text: &str) -> Result<Date, String> {
    let missing = match text.len() {
        4 => "-01-01",
        7 => "-01",
        _ => "",
    };
    format!("{text}{missing}")
        .parse()
        .map_err(|_| "2018, 2018-05, 2018-05-02".to_owned())
}

/// `convenant spread`.
pub fn run(args: &SpreadArgs, out: &mut Output) -> Result<(), Failure> {
    let (draft, _) = check::demand(&args.file, out)?;
    let scheme = check::scheme(&draft, args.regeling.as_deref(), &out.messages)?;
    let spread = compiled(&draft, scheme, out)?;
    let real = read::read(&args.data, &draft, scheme, &out.messages)?;
    let estimated = bounds::in_force(&draft);
    let in_force = InForce {
        from: real.in_force.unwrap_or(estimated.from),
        until: real.until.or(estimated.until),
    };
    let last = real.placed.iter().map(|placed| placed.on).max();
    let Some(day) = args.period.or(last) else {
        return Err(Failure::Input(say!(
            out.messages,
            "spread-none",
            folder = args.data.display().to_string()
        )));
    };
    let period = spread.period(day, in_force);
    let counted = |error: convenant_engine::spread::SpreadError| Failure::Input(error.to_string());
    let now = before(&real.current, &draft, scheme);
    let comparison = compare(
        &draft,
        &spread,
        now.as_ref(),
        &real.placed,
        in_force,
        period,
    )
    .map_err(counted)?;
    if let Some(path) = &args.svg {
        let picture = chart::draw(&comparison, &out.messages);
        std::fs::write(path, picture)
            .map_err(|error| Failure::Use(source::unwritable(path, &error, &out.messages)))?;
    }
    match args.format {
        Layout::Text => {
            let text = tell(&comparison, &out.messages);
            out.print(&crate::output::tame(&text))
        }
        Layout::Json => out.json(&as_json(&comparison)),
        Layout::Csv => {
            let text = as_csv(&comparison, &out.messages).map_err(Failure::Output)?;
            out.print(&text)
        }
    }
}

fn compiled(model: &Convenant, scheme: SchemeId, out: &Output) -> Result<Spread, Failure> {
    match Spread::compile(model, scheme, &Holidays::dutch()) {
        Ok(Some(spread)) => Ok(spread),
        Ok(None) => Err(Failure::Input(say!(out.messages, "spread-no-spreading"))),
        Err(error) => Err(Failure::Input(error.to_string())),
    }
}

/// The spreading that holds now, with the file that it stands in; none when that has no such scheme.
fn before<'a>(
    current: &'a Convenant,
    draft: &Convenant,
    scheme: SchemeId,
) -> Option<(&'a Convenant, Spread)> {
    let name = &draft.schemes.get(scheme.index())?.name;
    let scheme = current.scheme_named(name)?;
    let spread = Spread::compile(current, scheme, &Holidays::dutch()).ok()??;
    Some((current, spread))
}

fn tell(comparison: &Comparison, messages: &Messages) -> String {
    let Window { from, until } = comparison.period;
    let mut text = say!(
        messages,
        "spread-head",
        cases = comparison.cases,
        from = words::date(from, messages),
        until = words::date(until, messages)
    );
    text.push_str("\n\n");
    let mut table = Table::new();
    table
        .load_preset(UTF8_BORDERS_ONLY)
        .set_header(heads(messages));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in &comparison.rows {
        table.add_row(cells(row, "-"));
    }
    text.push_str(&format!("{table}\n"));
    for (count, id) in [
        (comparison.unplaced, "spread-unplaced"),
        (comparison.unknown, "spread-unknown"),
        (comparison.outside, "spread-outside"),
    ] {
        if count > 0 {
            text.push('\n');
            text.push_str(&messages.text(id, &[("cases", count.into())]));
        }
    }
    text.push_str(&format!("\n{}\n", say!(messages, "spread-note")));
    text
}

fn heads(messages: &Messages) -> [String; 6] {
    [
        say!(messages, "spread-party"),
        say!(messages, "spread-target-now"),
        say!(messages, "spread-placed-now"),
        say!(messages, "spread-target-draft"),
        say!(messages, "spread-placed-draft"),
        say!(messages, "spread-difference"),
    ]
}

fn cells(row: &replay::Row, none: &str) -> [String; 6] {
    let target = |target: Option<i64>| target.map_or_else(|| none.to_owned(), |n| n.to_string());
    [
        row.party.clone(),
        target(row.target_now),
        row.placed_now.to_string(),
        target(row.target_draft),
        row.placed_draft.to_string(),
        row.difference().to_string(),
    ]
}

fn as_json(comparison: &Comparison) -> serde_json::Value {
    let rows = comparison.rows.iter().map(|row| {
        json!({
            "party": row.party,
            "target_now": row.target_now,
            "placed_now": row.placed_now,
            "target_draft": row.target_draft,
            "placed_draft": row.placed_draft,
            "difference": row.difference(),
        })
    });
    json!({
        "from": comparison.period.from.to_string(),
        "until": comparison.period.until.to_string(),
        "cases": comparison.cases,
        "unplaced": comparison.unplaced,
        "unknown_facts": comparison.unknown,
        "outside": comparison.outside,
        "parties": rows.collect::<Vec<_>>(),
    })
}

/// A header and a line per party. A name that a spreadsheet would take for a formula gets an apostrophe before it.
fn as_csv(comparison: &Comparison, messages: &Messages) -> std::io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heads(messages))?;
    for row in &comparison.rows {
        let [party, rest @ ..] = cells(row, "");
        let formula = party.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let party = if formula { format!("'{party}") } else { party };
        writer.write_record(std::iter::once(party).chain(rest))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// Whether there is a data folder at this place: opening one that is not there would make it.
fn is_data_folder(path: &Path) -> bool {
    path.join("convenant.db").is_file()
}

#[cfg(test)]
mod tests;
