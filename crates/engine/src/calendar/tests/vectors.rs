//! Date arithmetic against published test vectors, which lie beside the repository where they are present.

use std::path::PathBuf;

use convenant_lang::model::{CalendarKind, MonthEnd, Unit};
use jiff::civil::Date;

use super::length;
use crate::calendar::{Counting, Day, Holidays, due};

/// The rows of a file, split at semicolons, without the head; none when the vectors are not there.
fn rows(file: &str) -> Option<Vec<Vec<String>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors/calendar-dates")
        .join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: the date vectors are not there: {}",
            path.display()
        );
        return None;
    };
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            line.split(';')
                .map(|field| field.trim().to_owned())
                .collect()
        })
        .collect();
    assert!(!rows.is_empty(), "{file} has no rows");
    Some(rows)
}

/// `[1 years, 2 months, 3 days]`, added by years and months first.
fn add(start: &str, period: &str, month_end: MonthEnd) -> Date {
    let numbers: Vec<u32> = period
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let [years, months, days] = numbers.as_slice() else {
        panic!("`{period}` is not a period")
    };
    let how = Counting {
        calendar: CalendarKind::CalendarDays,
        month_end,
        backward: false,
        start_counts: false,
    };
    let holidays = Holidays::dutch();
    let start: Date = start.parse().unwrap();
    let moved = due(
        &holidays,
        start,
        length(years * 12 + months, Unit::Months),
        how,
    )
    .unwrap();
    due(&holidays, moved, length(*days, Unit::Days), how).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn exact_computations() {
    for row in rows("exact_computations.csv").unwrap_or_default() {
        let [start, period, sum] = row.as_slice() else {
            panic!("{row:?}")
        };
        for month_end in [MonthEnd::LastDay, MonthEnd::NextDay] {
            assert_eq!(add(start, period, month_end), date(sum), "{start} {period}");
        }
    }
}

#[test]
fn ambiguous_computations_with_both_roundings() {
    for row in rows("ambiguous_computations.csv").unwrap_or_default() {
        let [start, period, up, down] = row.as_slice() else {
            panic!("{row:?}")
        };
        assert_eq!(
            add(start, period, MonthEnd::NextDay),
            date(up),
            "{start} {period}"
        );
        assert_eq!(
            add(start, period, MonthEnd::LastDay),
            date(down),
            "{start} {period}"
        );
    }
}

#[test]
fn first_and_last_day_of_the_month() {
    for row in rows("first_last_day_of_month.csv").unwrap_or_default() {
        let [day, first, last] = row.as_slice() else {
            panic!("{row:?}")
        };
        let length = i64::from(date(day).days_in_month());
        assert_eq!(date(day).first_of_month(), date(first));
        assert_eq!(
            Day::of(date(first)).plus(length - 1).and_then(Day::date),
            Some(date(last))
        );
    }
}

#[test]
fn numbered_days_agree_with_the_calendar_for_four_centuries() {
    let mut day = jiff::civil::date(1800, 1, 1);
    let mut number = Day::of(day);
    while day.year() < 2200 {
        assert_eq!(number.date(), Some(day));
        assert_eq!(Day::of(day), number);
        assert_eq!(
            number.weekday(),
            i32::from(day.weekday().to_monday_zero_offset())
        );
        day = day.tomorrow().unwrap();
        number = number.plus(1).unwrap();
    }
    assert_eq!(Day::of(jiff::civil::date(1970, 1, 1)), Day(0));
    for edge in [
        Date::MIN,
        jiff::civil::date(0, 2, 29),
        jiff::civil::date(1, 1, 1),
        Date::MAX,
    ] {
        assert_eq!(Day::of(edge).date(), Some(edge));
    }
    assert_eq!(Day::of(jiff::civil::date(1, 1, 1)), Day::FIRST);
    assert_eq!(Day::of(Date::MAX).plus(1).and_then(Day::date), None);
    assert_eq!(Day::of(Date::MIN).plus(-1).and_then(Day::date), None);
}
