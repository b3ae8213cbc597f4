//! Periods over which is spread.
//!
//! Input: the kind of period, a day, the convenant's term. Output: the span of days that holds the day. Calendar periods are
//! whole even where the term begins or ends within them: a file that wants less states less.

use convenant_lang::model::SpreadPeriod;
use jiff::civil::Date;

use super::{InForce, Window};

/// The period of this kind that holds the day.
pub fn period_of(kind: SpreadPeriod, on: Date, in_force: InForce) -> Window {
    let months = match kind {
        SpreadPeriod::Term => {
            return Window {
                from: in_force.from,
                until: in_force.until.unwrap_or(Date::MAX),
            };
        }
        SpreadPeriod::Year => 12,
        SpreadPeriod::HalfYear => 6,
        SpreadPeriod::Quarter => 3,
        SpreadPeriod::Month => 1,
    };
    let first = (on.month() - 1) / months * months + 1;
    let next = first + months;
    let (next_year, next_month) = if next > 12 {
        (on.year().saturating_add(1), 1)
    } else {
        (on.year(), next)
    };
    Window {
        from: Date::new(on.year(), first, 1).unwrap_or(Date::MIN),
        until: Date::new(next_year, next_month, 1).unwrap_or(Date::MAX),
    }
}

impl Window {
    /// Whether the day lies in it.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }

    /// The last day.
    pub fn last(&self) -> Date {
        self.until.yesterday().unwrap_or(self.from)
    }
}
