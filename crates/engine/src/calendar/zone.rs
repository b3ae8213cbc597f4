//! Civil dates in Europe/Amsterdam and the moments at which they begin.
//!
//! Input: moments and dates. Output: the other. The rules of the time zone are compiled in; total over every input.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::Moment;

static AMSTERDAM: LazyLock<TimeZone> = LazyLock::new(amsterdam);

#[allow(
    clippy::expect_used,
    reason = "the zone is compiled into the program; a test holds it"
)]
fn amsterdam() -> TimeZone {
    TimeZoneDatabase::bundled()
        .get("Europe/Amsterdam")
        .expect("the compiled-in time zones hold Europe/Amsterdam")
}

/// What calendar and clock show in Europe/Amsterdam at a moment. A moment outside what a calendar can name gives its first or last one.
pub fn civil_time(moment: Moment) -> DateTime {
    AMSTERDAM.to_datetime(timestamp(moment))
}

/// The civil date in Europe/Amsterdam at a moment. A moment outside what a calendar can name gives its first or last date.
pub fn civil_date(moment: Moment) -> Date {
    civil_time(moment).date()
}

/// The first moment of a civil date in Europe/Amsterdam.
pub fn start_of_day(date: Date) -> Moment {
    let midnight = date.at(0, 0, 0, 0);
    match AMSTERDAM.to_ambiguous_timestamp(midnight).compatible() {
        Ok(start) => Moment(start.as_millisecond()),
        // Only the first and the last days that a calendar can name have no timestamp.
        Err(_) if date.year() < 0 => Moment(Timestamp::MIN.as_millisecond()),
        Err(_) => Moment(Timestamp::MAX.as_millisecond()),
    }
}

fn timestamp(moment: Moment) -> Timestamp {
    match Timestamp::from_millisecond(moment.0) {
        Ok(timestamp) => timestamp,
        Err(_) if moment.0 < 0 => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}
