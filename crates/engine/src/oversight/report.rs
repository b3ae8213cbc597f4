//! Reports: how many cases reached what in a period.
//!
//! Input: the section of a report, records of cases, a period. Output: one count per counted thing, in the order of the file.
//! Invariant: every count is a number of cases, and only what happened before the end of the period is seen.

use convenant_lang::model::{Count, Report};
use serde::{Deserialize, Serialize};

use super::{Record, Timeliness};
use crate::spread::Window;
use crate::{Eligible, start_of_day};

/// One count of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What is counted.
    pub count: Count,
    /// How many cases.
    pub cases: u32,
}

/// The counts of a report over a period.
pub fn report<'a>(
    report: &Report,
    records: impl IntoIterator<Item = &'a Record>,
    period: Window,
) -> Vec<Counted> {
    let mut counts: Vec<Counted> = report
        .counts
        .iter()
        .map(|count| Counted {
            count: *count,
            cases: 0,
        })
        .collect();
    for record in records {
        for counted in counts
            .iter_mut()
            .filter(|counted| counts_in(record, counted.count, period))
        {
            counted.cases = counted.cases.saturating_add(1);
        }
    }
    counts
}

/// Whether a case counts in a period: opened, placed, refused or ended in it (by the last allocation and the last decision on
/// eligibility before its end), running at its end, or with a deadline of which the last day in it passed.
pub fn counts_in(record: &Record, count: Count, period: Window) -> bool {
    match count {
        Count::Opened => record.opened.is_some_and(|on| period.contains(on)),
        Count::Placed => {
            let last = record.placed.iter().rfind(|on| **on < period.until);
            last.is_some_and(|on| period.contains(*on))
        }
        Count::Refused => {
            let last = record
                .eligibility
                .iter()
                .rfind(|(on, _)| *on < period.until);
            last.is_some_and(|(on, outcome)| period.contains(*on) && *outcome == Eligible::Unmet)
        }
        Count::Ended => record.ended.is_some_and(|(on, _)| period.contains(on)),
        Count::Running => {
            record.opened.is_some_and(|on| on < period.until)
                && record.ended.is_none_or(|(on, _)| on >= period.until)
        }
        Count::Overdue => {
            let end = start_of_day(period.until);
            record.deadlines.iter().any(|deadline| {
                period.contains(deadline.due) && deadline.timeliness(end) == Timeliness::Late
            })
        }
    }
}
