//! Schedules over the changes of the clock, 1970–2100, against a second computation that walks through time itself, and against
//! a third in Python.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeMap;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Europe::Amsterdam;
use convenant_engine::{Holidays, Moment};
use convenant_lang::model::Schedule;
use convenant_server::schedule::{Plan, ScheduleError};
use convenant_tests::python;

const FIRST: i64 = 0;
const NEVER: fn(jiff::civil::Date) -> bool = |_| false;

fn cron(text: &str) -> Plan {
    Plan::new(&Schedule::Cron(text.to_owned())).unwrap()
}

fn moments(plan: &Plan, from: Moment, until: Moment) -> Vec<(String, Moment)> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(next) = plan.next(at, NEVER).filter(|n| n.at <= until) {
        found.push((next.wall.to_string(), next.at));
        at = next.at;
    }
    found
}

/// The first instant at which the wall clock shows this time or, where it jumps over it, a later one: found by walking in
/// steps of a minute through the hours around it, with another time zone database than the code uses.
fn walked(wall: NaiveDateTime) -> Moment {
    let mut instant = Utc.from_utc_datetime(&(wall - TimeDelta::hours(4)));
    loop {
        if shown(instant) >= wall {
            return Moment(instant.timestamp_millis());
        }
        instant += TimeDelta::minutes(1);
    }
}

/// What the wall clock shows. That database ends with 2099; 2100 follows from the rule of the directive (2000/84/EC): summer
/// time from 01:00 UTC on the last Sunday of March until 01:00 UTC on the last Sunday of October.
fn shown(instant: DateTime<Utc>) -> NaiveDateTime {
    if instant.year() < 2100 {
        return instant.with_timezone(&Amsterdam).naive_local();
    }
    let last_sunday = |month| {
        let last = NaiveDate::from_ymd_opt(instant.year(), month, 31).unwrap();
        let sunday = last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()));
        Utc.from_utc_datetime(&sunday.and_hms_opt(1, 0, 0).unwrap())
    };
    let summer = (last_sunday(3)..last_sunday(10)).contains(&instant);
    instant.naive_utc() + TimeDelta::hours(if summer { 2 } else { 1 })
}

#[test]
fn half_past_two_happens_once_on_every_civil_date_from_1970_to_2100() {
    let found = moments(&cron("0 30 2 * * *"), Moment(FIRST), Moment(i64::MAX));
    let mut date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    let time = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    for (wall, at) in &found {
        let expected = date.and_time(time);
        assert_eq!(wall, &expected.format("%Y-%m-%dT%H:%M:%S").to_string());
        // Walking is slow: the days on which the clock may change, and some others.
        if date.weekday() == chrono::Weekday::Sun || date.day() == 1 {
            assert_eq!(*at, walked(expected), "{date}");
        }
        date = date.succ_opt().unwrap();
    }
    assert_eq!(date, NaiveDate::from_ymd_opt(2101, 1, 1).unwrap());
    let mut sorted = found.clone();
    sorted.sort_by_key(|(_, at)| *at);
    sorted.dedup_by_key(|(_, at)| *at);
    assert_eq!(sorted, found, "in order, each at a moment of its own");
}

/// What Python's zoneinfo says of the days around every change of the clock: the changes, and the moment of each time.
struct Around {
    changes: Vec<NaiveDate>,
    moments: BTreeMap<NaiveDateTime, Moment>,
}

fn around() -> Option<Around> {
    let csv = python::run("occurrences.py", &[], b"").unwrap()?;
    let mut around = Around {
        changes: Vec::new(),
        moments: BTreeMap::new(),
    };
    for line in csv.lines() {
        match line.split(',').collect::<Vec<_>>()[..] {
            ["change", on] => around.changes.push(on.parse().unwrap()),
            ["at", wall, at] => {
                let at = Moment(at.parse().unwrap());
                around.moments.insert(wall.parse().unwrap(), at);
            }
            _ => panic!("not a line of ours: {line}"),
        }
    }
    Some(around)
}

/// Whether something recurs on a day.
type Recurs = Box<dyn Fn(NaiveDate) -> bool>;

/// Every form of a schedule at this time of the day, with the days on which it recurs near a change on `sunday`.
fn forms(sunday: NaiveDate, time: NaiveTime) -> Vec<(Schedule, Recurs)> {
    let minutes = u16::try_from(time.num_seconds_from_midnight() / 60).unwrap();
    let (minute, hour) = (time.minute(), time.hour());
    let every = |_: NaiveDate| true;
    let weekday = |day: NaiveDate| day.weekday().num_days_from_monday() < 5;
    let weekly = move |day: NaiveDate| day.weekday() == sunday.weekday();
    let number = sunday.day();
    let monthly = move |day: NaiveDate| day.day() == number;
    let cron = |rest: &str| Schedule::Cron(format!("0 {minute} {hour} {rest}"));
    vec![
        (Schedule::Daily(minutes), Box::new(every)),
        (Schedule::WorkingDays(minutes), Box::new(weekday)),
        (Schedule::Weekly(7, minutes), Box::new(weekly)),
        (
            Schedule::Monthly(u8::try_from(number).unwrap(), minutes),
            Box::new(monthly),
        ),
        (cron("* * *"), Box::new(every)),
        (cron("* * MON-FRI"), Box::new(weekday)),
        (cron("* * SUN"), Box::new(weekly)),
        (cron(&format!("{number} * *")), Box::new(monthly)),
    ]
}

#[test]
fn around_every_change_each_form_happens_once_where_python_says() {
    let Some(around) = around() else {
        return;
    };
    // In 1977 summer time came back; it has begun and ended once a year since, always on a Sunday.
    assert_eq!(around.changes.len(), 2 * (2100 - 1976));
    let weekend = |day: jiff::civil::Date| day.weekday().to_monday_zero_offset() >= 5;
    for sunday in &around.changes {
        let days: Vec<NaiveDate> = (-2..=1).map(|n| *sunday + TimeDelta::days(n)).collect();
        let start = around.moments[&days[0].and_time(NaiveTime::MIN)];
        let end = around.moments[&days[3].and_hms_opt(4, 0, 0).unwrap()];
        for half_hour in 0..=8 {
            let time = NaiveTime::MIN + TimeDelta::minutes(30 * half_hour);
            for (schedule, recurs) in forms(*sunday, time) {
                let plan = Plan::new(&schedule).unwrap();
                let mut found = Vec::new();
                let mut after = Moment(start.0 - 1);
                while let Some(next) = plan.next(after, weekend).filter(|n| n.at <= end) {
                    found.push((next.wall.to_string(), next.at));
                    after = next.at;
                }
                let expected: Vec<(String, Moment)> = days
                    .iter()
                    .filter(|day| recurs(**day))
                    .map(|day| day.and_time(time))
                    .map(|wall| {
                        (
                            wall.format("%Y-%m-%dT%H:%M:%S").to_string(),
                            around.moments[&wall],
                        )
                    })
                    .collect();
                assert_eq!(found, expected, "{schedule:?} around {sunday}");
            }
        }
    }
}

#[test]
fn the_night_in_march_and_the_night_in_october() {
    let at = |text: &str| Moment(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let plan = cron("0 30 2 * * *");
    let march = plan.next(at("2018-03-24T12:00:00Z"), NEVER).unwrap();
    // 02:30 does not exist on 25 March 2018: it happens at 03:00 summer time, the first moment after the gap.
    assert_eq!(
        (march.wall.to_string().as_str(), march.at),
        ("2018-03-25T02:30:00", at("2018-03-25T01:00:00Z"))
    );
    let october = moments(
        &plan,
        at("2018-10-27T12:00:00Z"),
        at("2018-10-29T00:00:00Z"),
    );
    // 02:30 comes twice on 28 October 2018: it happens the first time, in summer time.
    assert_eq!(
        october,
        [("2018-10-28T02:30:00".to_owned(), at("2018-10-28T00:30:00Z"))]
    );
    // Asked in the middle of the second time, the next one is a day later.
    let next = plan.next(at("2018-10-28T01:15:00Z"), NEVER).unwrap();
    assert_eq!(next.wall.to_string(), "2018-10-29T02:30:00");
}

#[test]
fn every_hour_over_the_changes_of_a_year_has_no_moment_twice() {
    let at = |text: &str| Moment(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let found = moments(
        &cron("0 0 * * * *"),
        at("2018-01-01T00:00:00Z"),
        at("2018-12-31T23:00:00Z"),
    );
    for pair in found.windows(2) {
        assert!(pair[0].1 < pair[1].1, "{pair:?}");
    }
    // The wall clock strikes 8,759 times after one o'clock on 1 January; in March one stroke falls together with the next.
    assert_eq!(found.len(), 8_759 - 1);
}

#[test]
fn schedules_of_the_language() {
    let holidays = Holidays::dutch();
    let off = |date| holidays.is_day_off(date);
    let at = |text: &str| Moment(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let next = |schedule: &Schedule, after: &str| {
        Plan::new(schedule)
            .unwrap()
            .next(at(after), off)
            .unwrap()
            .wall
            .to_string()
    };
    // Ascension Day 2018 and the Friday after it, which is a day off by decree.
    assert_eq!(
        next(&Schedule::WorkingDays(480), "2018-05-09T12:00:00Z"),
        "2018-05-14T08:00:00"
    );
    assert_eq!(
        next(&Schedule::Daily(480), "2018-05-09T12:00:00Z"),
        "2018-05-10T08:00:00"
    );
    assert_eq!(
        next(&Schedule::Weekly(1, 510), "2018-05-09T12:00:00Z"),
        "2018-05-14T08:30:00"
    );
    assert_eq!(
        next(&Schedule::Monthly(31, 540), "2018-02-01T12:00:00Z"),
        "2018-02-28T09:00:00"
    );
    assert_eq!(
        next(
            &Schedule::Cron("0 0 8 * * MON-FRI".to_owned()),
            "2018-05-11T12:00:00Z"
        ),
        "2018-05-14T08:00:00"
    );
}

#[test]
fn what_is_not_well_defined_is_refused() {
    let refused = |schedule: Schedule| Plan::new(&schedule).unwrap_err();
    let cron = |text: &str| refused(Schedule::Cron(text.to_owned()));
    assert!(matches!(cron("0 8 * * MON"), ScheduleError::NotCron(_)));
    assert!(matches!(cron("0 0 25 * * *"), ScheduleError::NotCron(_)));
    assert!(matches!(
        cron("0 0 8 * * 1"),
        ScheduleError::NumberedDays(_)
    ));
    assert!(matches!(
        cron("0 0 8 * * MON,2"),
        ScheduleError::NumberedDays(_)
    ));
    assert!(matches!(cron("* 0 8 * * *"), ScheduleError::TooOften(_)));
    assert!(matches!(
        refused(Schedule::Weekly(8, 0)),
        ScheduleError::OutOfRange
    ));
    assert!(matches!(
        refused(Schedule::Monthly(0, 0)),
        ScheduleError::OutOfRange
    ));
    assert!(matches!(
        refused(Schedule::Daily(24 * 60)),
        ScheduleError::OutOfRange
    ));
}

#[test]
fn a_day_that_never_comes_ends_the_schedule() {
    assert_eq!(cron("0 0 8 30 FEB *").next(Moment(FIRST), NEVER), None);
}
