//! Civil dates in Amsterdam, also in the nights when the clock changes.

use convenant_lang::model::{CalendarKind, Unit};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{by, length};
use crate::Moment;
use crate::calendar::{CountError, Counting, Holidays, civil_date, due_from, start_of_day};

fn utc(text: &str) -> Moment {
    Moment(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

#[test]
fn a_day_begins_at_midnight_in_amsterdam() {
    assert_eq!(start_of_day(date(2018, 1, 1)), utc("2017-12-31T23:00:00Z"));
    assert_eq!(start_of_day(date(2018, 7, 1)), utc("2018-06-30T22:00:00Z"));
    assert_eq!(
        civil_date(utc("2018-06-30T21:59:59.999Z")),
        date(2018, 6, 30)
    );
    assert_eq!(civil_date(utc("2018-06-30T22:00:00Z")), date(2018, 7, 1));
    // 25 March 2018 has 23 hours, 28 October 25.
    let hours =
        |on: Date| (start_of_day(on.tomorrow().unwrap()).0 - start_of_day(on).0) / 3_600_000;
    assert_eq!(hours(date(2018, 3, 25)), 23);
    assert_eq!(hours(date(2018, 10, 28)), 25);
    assert_eq!(hours(date(2018, 6, 1)), 24);
}

#[test]
fn no_input_is_out_of_reach() {
    assert_eq!(civil_date(Moment(i64::MAX)).year(), 9999);
    assert!(civil_date(Moment(i64::MIN)).year() < 0);
    assert!(start_of_day(Date::MIN) < start_of_day(date(0, 1, 1)));
    assert!(start_of_day(Date::MAX) > start_of_day(date(9999, 1, 1)));
}

#[test]
fn a_term_in_hours_ends_at_a_moment() {
    let holidays = Holidays::dutch();
    let how = by(CalendarKind::Atw);
    // Over the spring change: 48 hours are 48 hours, an hour later on the clock.
    let due = due_from(
        &holidays,
        utc("2018-03-24T09:00:00Z"),
        length(48, Unit::Hours),
        how,
    )
    .unwrap();
    assert_eq!(due.passes, utc("2018-03-26T09:00:00Z"));
    assert_eq!(due.last, date(2018, 3, 26));
    let back = Counting {
        backward: true,
        ..how
    };
    let due = due_from(
        &holidays,
        utc("2018-03-24T09:00:00Z"),
        length(48, Unit::Hours),
        back,
    )
    .unwrap();
    assert_eq!(due.passes, utc("2018-03-22T09:00:00Z"));
    let due = due_from(&holidays, Moment(i64::MAX), length(1, Unit::Hours), how);
    assert_eq!(due, Err(CountError::OutOfRange));
}

#[test]
fn a_term_in_days_passes_when_its_last_day_is_over() {
    let how = by(CalendarKind::WorkingDays);
    let start = utc("2018-05-02T22:30:00Z");
    assert_eq!(civil_date(start), date(2018, 5, 3));
    let due = due_from(&Holidays::dutch(), start, length(1, Unit::Weeks), how).unwrap();
    assert_eq!(
        (due.counted, due.last),
        (date(2018, 5, 10), date(2018, 5, 14))
    );
    assert_eq!(due.passes, utc("2018-05-14T22:00:00Z"));
}

proptest! {
    #[test]
    fn the_first_moment_of_a_day_lies_in_it_and_the_one_before_does_not(days in 0..365 * 110_i32) {
        let day = date(1990, 1, 1).checked_add(days.days()).unwrap();
        let start = start_of_day(day);
        prop_assert_eq!(civil_date(start), day);
        prop_assert_eq!(civil_date(Moment(start.0 - 1)), day.yesterday().unwrap());
    }
}
