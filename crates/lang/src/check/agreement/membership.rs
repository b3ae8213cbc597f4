//! Who is a member, and when: the days of the term and of each party within it.
//!
//! Input: term and party. Output: half-open ranges of days, unbounded where the file leaves a day open. Invariant: a
//! supporter or a party that withdrew is a member on no day.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::model::{
    Convenant, Duration, Entry, Party, PartyKind, Standing, Term, TermLength, Unit,
};

/// Days from `from` up to, not including, `until`; unbounded where absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
}

impl Days {
    /// Whether there is at least one day in both.
    pub(super) fn meets(self, other: Days) -> bool {
        let from = self.from.max(other.from);
        let until = match (self.until, other.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        match (from, until) {
            (Some(from), Some(until)) => from < until,
            _ => true,
        }
    }

    /// Whether the day lies in the range.
    pub(super) fn contains(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// The days of the term, as far as the file fixes them.
pub(super) fn term_days(term: &Term) -> Days {
    let entry = match term.entry {
        Entry::On(day) => Some(day),
        Entry::WhenAllSigned => None,
    };
    match term.length {
        TermLength::Dates { from, until } => Days {
            from: Some(from),
            until: Some(until),
        },
        TermLength::Length(length) => Days {
            from: entry,
            until: entry.and_then(|day| later(day, length)),
        },
        TermLength::Indefinite => Days {
            from: entry,
            until: None,
        },
    }
}

/// The days on which a party can be a member, within its own dates.
pub(super) fn party_days(party: &Party) -> Days {
    Days {
        from: party.from,
        until: party.until,
    }
}

/// Whether the party is a member on at least one day of the term.
pub(super) fn ever_member(model: &Convenant, party: &Party) -> bool {
    party.standing == Standing::Signatory && party_days(party).meets(term_days(&model.term))
}

/// The parties of a kind that are members on at least one day, with their positions.
pub(super) fn members_of(
    model: &Convenant,
    kind: PartyKind,
) -> impl Iterator<Item = (usize, &Party)> {
    model
        .parties
        .iter()
        .enumerate()
        .filter(move |(_, p)| p.kind == kind && ever_member(model, p))
}

/// The day after a duration in whole days; none where that depends on a calendar or leaves the range of dates.
fn later(day: Date, length: Duration) -> Option<Date> {
    let n = i64::from(length.amount);
    let span = match length.unit {
        Unit::Hours | Unit::WorkingDays => return None,
        Unit::Days => 0.days().try_days(n),
        Unit::Weeks => 0.weeks().try_weeks(n),
        Unit::Months => 0.months().try_months(n),
        Unit::Years => 0.years().try_years(n),
    };
    day.checked_add(span.ok()?).ok()
}
