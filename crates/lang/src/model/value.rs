//! Types and values of facts: exact, finite or ordered, so that a file stays provable.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::PartyId;

/// Number of units in one: `getal` and `percentage` are kept in ten-thousandths.
pub const SCALE: i64 = 10_000;

/// The type of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `ja/nee`.
    Bool,
    /// `getal`, at most four decimals.
    Number,
    /// `bedrag`, exact cents.
    Money,
    /// `percentage`, at most four decimals.
    Percentage,
    /// `datum`.
    Date,
    /// `duur`.
    Duration,
    /// `tekst`: never decides anything.
    Text,
    /// `wijk`: the name of a neighbourhood, the same or another; its value is a text.
    Neighbourhood,
    /// `keuze (…)`: the options, in the order of the file.
    Choice(Vec<String>),
    /// `partij`, or a kind of party (`gemeente`).
    Party(Option<super::PartyKind>),
    /// `periodes`: dated intervals.
    Periods,
}

/// A value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// In ten-thousandths (`SCALE`).
    Number(i64),
    /// In cents.
    Money(i64),
    /// In ten-thousandths of a percent: 12,5% is 125,000.
    Percentage(i64),
    /// A civil date.
    Date(Date),
    /// A length of time.
    Duration(Duration),
    /// Free text.
    Text(String),
    /// Index in the options of the type.
    Choice(u16),
    /// A party.
    Party(PartyId),
    /// Sorted, non-overlapping intervals.
    Periods(Vec<Period>),
}

/// A dated interval: from `from` up to, not including, `until`; open when `until` is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// First day after, if it has ended.
    pub until: Option<Date>,
}

/// A length of time in one unit, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Duration {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

/// Units of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// `uur`.
    Hours,
    /// `dagen` or `kalenderdagen`.
    Days,
    /// `werkdagen`.
    WorkingDays,
    /// `weken`.
    Weeks,
    /// `maanden`.
    Months,
    /// `jaar`.
    Years,
}
