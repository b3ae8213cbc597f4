//! Homes from a CSV: a header with the names of the facts, a line per home; all of it or nothing.
//!
//! Input: bytes of UTF-8, with or without a byte-order mark, separated by semicolons or commas. Output: homes, or every line that is wrong
//! with its column and why. Invariants: what a spreadsheet would take for a formula is refused; no value is repeated in a message; a file
//! that is too long is refused before it is read.

use std::collections::BTreeMap;

use convenant_lang::model::{Homes, PartyId, Type};
use convenant_store::NewHome;
use serde_json::Value as Json;

use super::{LONGEST_REFERENCE, checked, names};
use crate::act::ActError;
use crate::regions::Region;

/// The largest file.
pub const LARGEST: usize = 2 * 1024 * 1024;

/// Homes in a file.
pub const MOST: usize = 10_000;

/// Faults that are told.
const MOST_FAULTS: usize = 50;

/// The column of the reference.
pub const REFERENCE: &str = "kenmerk";

/// Something that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; the header is the first.
    pub line: u64,
    /// Column, by its name or else its number; empty for the whole line.
    pub column: String,
    /// What.
    pub what: What,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Not UTF-8.
    Encoding,
    /// No home in it.
    Empty,
    /// More homes than `MOST`.
    TooMany,
    /// Quotes that do not close, or another number of cells than the header has.
    Cells,
    /// A column that no fact has.
    UnknownColumn {
        /// The columns that would do, separated by commas.
        known: String,
    },
    /// A column that stands in the header twice.
    Twice,
    /// A formula.
    Formula,
    /// A cell of more than one line, or with other characters that nobody can see: a quote that does not close swallows lines.
    Control,
    /// A reference that is too long or has control characters.
    Reference,
    /// A reference that an earlier line has.
    ReferenceTwice {
        /// That line.
        line: u64,
    },
    /// A home that is let or withdrawn, and that has other facts here.
    Fixed,
    /// A value that does not fit, or one that is missing.
    Value(ActError),
}

/// A home with the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Line, from 1.
    pub line: u64,
    /// The home.
    pub home: NewHome,
}

/// Reads the homes of a party.
pub fn read(
    region: &Region,
    homes: &Homes,
    owner: (PartyId, u16),
    bytes: &[u8],
) -> Result<Vec<Line>, Vec<Fault>> {
    let whole = |line, what| {
        vec![Fault {
            line,
            column: String::new(),
            what,
        }]
    };
    let text = std::str::from_utf8(bytes).map_err(|bad| {
        let before = bytes.get(..bad.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count();
        whole(
            u64::try_from(line).unwrap_or(u64::MAX).saturating_add(1),
            What::Encoding,
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.lines().nth(MOST.saturating_mul(2)).is_some() {
        return Err(whole(0, What::TooMany));
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let semicolons = first.matches(';').count() >= first.matches(',').count();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if semicolons { b';' } else { b',' })
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| whole(1, What::Cells))?.clone();
    let columns = columns(homes, &header)?;
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for record in reader.records() {
        if faults.len() >= MOST_FAULTS {
            break;
        }
        if found.len() >= MOST {
            return Err(whole(0, What::TooMany));
        }
        let record =
            record.map_err(|e| whole(e.position().map_or(0, csv::Position::line), What::Cells))?;
        let line = record.position().map_or(0, csv::Position::line);
        match home(region, homes, owner, &columns, &record) {
            Ok(home) => found.push(Line { line, home }),
            Err(wrong) => {
                faults.extend(
                    wrong
                        .into_iter()
                        .map(|(column, what)| Fault { line, column, what }),
                )
            }
        }
    }
    if !faults.is_empty() {
        faults.truncate(MOST_FAULTS);
        return Err(faults);
    }
    if found.is_empty() {
        return Err(whole(1, What::Empty));
    }
    Ok(found)
}

/// The names of the columns, each a fact of a home or the reference.
fn columns(homes: &Homes, header: &csv::StringRecord) -> Result<Vec<String>, Vec<Fault>> {
    let mut columns: Vec<String> = Vec::with_capacity(header.len());
    let mut faults = Vec::new();
    for (place, name) in (1u32..).zip(header) {
        if faults.len() >= MOST_FAULTS {
            break;
        }
        let what = if columns.iter().any(|known| known == name) {
            Some(What::Twice)
        } else if name != REFERENCE && homes.fact_named(name).is_none() {
            let known = std::iter::once(REFERENCE).chain(names(homes));
            Some(What::UnknownColumn {
                known: known.collect::<Vec<_>>().join(", "),
            })
        } else {
            None
        };
        columns.push(name.to_owned());
        faults.extend(what.map(|what| Fault {
            line: 1,
            column: place.to_string(),
            what,
        }));
    }
    if faults.is_empty() {
        Ok(columns)
    } else {
        Err(faults)
    }
}

/// The home on a line, or every cell of it that is wrong.
fn home(
    region: &Region,
    homes: &Homes,
    (owner, number): (PartyId, u16),
    columns: &[String],
    record: &csv::StringRecord,
) -> Result<NewHome, Vec<(String, What)>> {
    if record.len() != columns.len() {
        return Err(vec![(String::new(), What::Cells)]);
    }
    let mut reference = None;
    let mut facts = BTreeMap::new();
    let mut wrong = Vec::new();
    for (column, cell) in columns
        .iter()
        .zip(record)
        .filter(|(_, cell)| !cell.is_empty())
    {
        if cell.chars().any(char::is_control) {
            wrong.push((column.clone(), What::Control));
        } else if is_formula(cell) {
            wrong.push((column.clone(), What::Formula));
        } else if column == REFERENCE {
            if is_reference(cell) {
                reference = Some(cell.to_owned());
            } else {
                wrong.push((column.clone(), What::Reference));
            }
        } else if let Some(fact) = homes.facts.iter().find(|fact| fact.name == *column) {
            facts.insert(column.clone(), spelled(&fact.kind, cell));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    match checked(region, homes, owner, &facts) {
        Ok(facts) => Ok(NewHome {
            owner: number,
            reference,
            facts,
        }),
        Err(error) => {
            let column = match &error {
                ActError::Value { fact, .. } => fact.clone(),
                ActError::Missing(what) => (*what).to_owned(),
                _ => String::new(),
            };
            Err(vec![(column, What::Value(error))])
        }
    }
}

/// What a spreadsheet would compute: it begins with `=`, `+` or `@`, also in full width, or with a minus sign before anything but a number.
fn is_formula(cell: &str) -> bool {
    match cell.strip_prefix(['-', '－']) {
        Some(rest) => {
            let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
            rest.is_empty() || !rest.chars().all(number)
        }
        None => cell.starts_with(['=', '+', '@', '＝', '＋', '＠']),
    }
}

/// Whether this may be a reference: one line of at most so many characters.
pub fn is_reference(text: &str) -> bool {
    (1..=LONGEST_REFERENCE).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A cell as JSON, for a fact of this type: amounts may do without the euro sign.
pub fn spelled(kind: &Type, cell: &str) -> Json {
    if *kind == Type::Money && !cell.starts_with('€') {
        Json::String(format!("€ {cell}"))
    } else {
        Json::String(cell.to_owned())
    }
}
