//! The calendar against day-by-day counting, an independent Easter and the date vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod counting;
mod days_off;
mod moments;
mod oracle;
mod vectors;

use convenant_lang::model::{CalendarKind, Duration, MonthEnd, Unit};

use super::Counting;

fn length(amount: u32, unit: Unit) -> Duration {
    Duration { amount, unit }
}

fn by(calendar: CalendarKind) -> Counting {
    Counting {
        calendar,
        month_end: MonthEnd::LastDay,
        backward: false,
        start_counts: false,
    }
}
