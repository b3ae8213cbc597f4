//! How a deadline counts, what can go wrong, and the steps of an explanation, as data.
//!
//! Input: a deadline of the file and the header. Output: `Counting`, and the types that `due` answers with.

use std::fmt;

use convenant_lang::model::{CalendarKind, Deadline, Duration, Header, MonthEnd};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::DayOff;
use crate::Moment;

/// How a deadline counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counting {
    /// What moves its end.
    pub calendar: CalendarKind,
    /// Where a month ends that has no such day.
    pub month_end: MonthEnd,
    /// Counted backwards from its anchor: the last day is so long before it.
    pub backward: bool,
    /// The day of the anchor is the first day that counts.
    pub start_counts: bool,
}

impl Counting {
    /// How this deadline counts in a file with this header.
    pub fn of(deadline: &Deadline, header: &Header) -> Counting {
        Counting {
            calendar: deadline.calendar.unwrap_or(header.calendar),
            month_end: header.month_end,
            backward: deadline.backward,
            start_counts: deadline.start_counts,
        }
    }

    /// Forward, the start not counted, by the calendar of the file: what a clause counts by that says nothing else.
    pub fn plain(header: &Header) -> Counting {
        Counting {
            calendar: header.calendar,
            month_end: header.month_end,
            backward: false,
            start_counts: false,
        }
    }

    /// The same, backwards and without any end that moves: `D vooraf`, `in de afgelopen D`.
    pub fn before(header: &Header) -> Counting {
        Counting {
            calendar: CalendarKind::CalendarDays,
            month_end: header.month_end,
            backward: true,
            start_counts: false,
        }
    }
}

/// Why a deadline cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountError {
    /// The days off are not known for a day that the count needs: outside the data file.
    NotCovered,
    /// The result lies outside the years 1 to 9999.
    OutOfRange,
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CountError::NotCovered => {
                "the count needs a day of which the holidays are not known; add its year to the holidays file"
            }
            CountError::OutOfRange => "the count leaves the years 1 to 9999; shorten the term",
        })
    }
}

impl std::error::Error for CountError {}

/// When a deadline ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Due {
    /// The last day as counted, before an end on a day off moved: what a suspension or extension works on.
    pub counted: Date,
    /// The last day.
    pub last: Date,
    /// The first moment after it: when the deadline has passed.
    pub passes: Moment,
}

/// How a due date came about: the answer and each step towards it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueExplanation {
    /// The last day.
    pub due: Date,
    /// The steps, in order.
    pub steps: Vec<DueStep>,
    /// Whether the decrees that equate days with holidays have been verified for the last day.
    pub decrees_verified: bool,
}

/// One step of the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueStep {
    /// Counted from this day.
    Start {
        /// The day of the anchor.
        on: Date,
        /// Whether it is the first day that counts.
        counts: bool,
        /// Counted backwards.
        backward: bool,
    },
    /// The month has no such day: the count went to the day that the file's rounding gives.
    Rounded {
        /// Where the count went.
        to: Date,
        /// The rounding.
        by: MonthEnd,
    },
    /// So long from the start, the count ends here.
    Counted {
        /// How long.
        length: Duration,
        /// The last day, as counted.
        to: Date,
    },
    /// A day that did not count as a working day, or that a moved end passed over.
    Skipped {
        /// Which day.
        on: Date,
        /// Why.
        why: DayOff,
    },
    /// The end went to another day.
    Moved {
        /// From.
        from: Date,
        /// To.
        to: Date,
        /// By which rule.
        by: MoveRule,
    },
    /// The end stayed on a day off.
    Stayed {
        /// Where.
        on: Date,
        /// Why it is a day off.
        off: DayOff,
        /// Why it did not move.
        because: StayRule,
    },
}

/// A rule that moves the end of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveRule {
    /// An end on a day off runs through the next day that is none (ATW 1(1)).
    NextDay,
    /// A term of at least three days has at least two days that are no day off (ATW 2).
    TwoDays,
    /// The convenant's own `werkdagen`: an end on a day off runs through the next working day.
    WorkingDays,
}

impl MoveRule {
    /// The article, if it is law.
    pub fn article(self) -> Option<&'static str> {
        match self {
            MoveRule::NextDay => Some("ATW 1(1)"),
            MoveRule::TwoDays => Some("ATW 2"),
            MoveRule::WorkingDays => None,
        }
    }
}

/// Why an end on a day off does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StayRule {
    /// Counted backwards (ATW 1(2)).
    Backward,
    /// Too long, in hours or in years (ATW 4).
    NotCovered,
    /// `kalenderdagen`: no end moves.
    CalendarDays,
}

impl StayRule {
    /// The article, if it is law. The convenant's own calendars follow ATW 1(2) for what is counted backwards.
    pub fn article(self) -> Option<&'static str> {
        match self {
            StayRule::Backward => Some("ATW 1(2)"),
            StayRule::NotCovered => Some("ATW 4"),
            StayRule::CalendarDays => None,
        }
    }
}
