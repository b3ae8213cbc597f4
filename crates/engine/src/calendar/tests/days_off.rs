//! The data file against a second computation, and its errors.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

use crate::calendar::{Basis, DayOff, Holidays};

/// Days equated by decree, typed in once more from the decrees' own lists.
const DECREES: [(i16, i8, i8); 17] = [
    (2017, 4, 28),
    (2017, 5, 26),
    (2018, 5, 11),
    (2018, 12, 24),
    (2018, 12, 31),
    (2019, 5, 31),
    (2019, 12, 27),
    (2023, 4, 28),
    (2023, 5, 19),
    (2024, 5, 10),
    (2024, 12, 27),
    (2025, 5, 30),
    (2026, 1, 2),
    (2026, 5, 15),
    (2027, 5, 7),
    (2028, 4, 28),
    (2028, 5, 26),
];

/// Easter Sunday by golden number, epact and Sunday letter (Lilius and Clavius).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let golden = y % 19 + 1;
    let century = y / 100 + 1;
    let skipped_leap_years = 3 * century / 4 - 12;
    let moon_correction = (8 * century + 5) / 25 - 5;
    let sunday = 5 * y / 4 - skipped_leap_years - 10;
    let mut epact = (11 * golden + 20 + moon_correction - skipped_leap_years).rem_euclid(30);
    if (epact == 25 && golden > 11) || epact == 24 {
        epact += 1;
    }
    let mut full_moon = 44 - epact;
    if full_moon < 21 {
        full_moon += 30;
    }
    let day = full_moon + 7 - (sunday + full_moon) % 7;
    date(year, 3, 1).checked_add((day - 1).days()).unwrap()
}

fn not_on_sunday(day: Date) -> Date {
    if day.weekday() == Weekday::Sunday {
        day.yesterday().unwrap()
    } else {
        day
    }
}

/// Every holiday of the range, computed.
pub(super) fn computed() -> BTreeSet<(Date, Basis)> {
    let mut days = BTreeSet::new();
    for year in 1990..=2100 {
        let from_easter = |days: i32| easter(year).checked_add(days.days()).unwrap();
        let birthday = if year < 2014 {
            date(year, 4, 30)
        } else {
            date(year, 4, 27)
        };
        days.insert((from_easter(-2), Basis::GoodFriday));
        days.extend(
            [
                date(year, 1, 1),
                from_easter(1),
                not_on_sunday(birthday),
                date(year, 5, 5),
                from_easter(39),
                from_easter(50),
                date(year, 12, 25),
                date(year, 12, 26),
            ]
            .map(|day| (day, Basis::Recognised)),
        );
    }
    days.extend(DECREES.map(|(year, month, day)| (date(year, month, day), Basis::Decree)));
    days
}

#[test]
fn the_file_has_the_days_that_the_law_gives_and_no_others() {
    let holidays = Holidays::dutch();
    let file: BTreeSet<(Date, Basis)> = holidays
        .all()
        .iter()
        .map(|holiday| (holiday.on, holiday.basis))
        .collect();
    assert_eq!(file, computed());
    // Nine a year and the decrees; two on one day stay two rows.
    assert_eq!(holidays.all().len(), 111 * 9 + DECREES.len());
}

#[test]
fn known_years() {
    let holidays = Holidays::dutch();
    let named = |year, month, day| {
        let found = holidays.holidays_on(date(year, month, day)).iter();
        found
            .map(|holiday| holiday.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(named(2018, 5, 10), ["Hemelvaartsdag"]);
    assert_eq!(named(2018, 5, 11), ["gelijkgestelde dag"]);
    assert_eq!(named(2013, 4, 30), ["Koninginnedag"]);
    assert_eq!(named(2006, 4, 29), ["Koninginnedag"]);
    assert_eq!(named(2014, 4, 26), ["Koningsdag"]);
    assert_eq!(named(2014, 4, 27), Vec::<String>::new());
    assert_eq!(named(2025, 4, 26), ["Koningsdag"]);
    assert_eq!(named(2016, 5, 5), ["Bevrijdingsdag", "Hemelvaartsdag"]);
    assert_eq!(named(2008, 3, 21), ["Goede Vrijdag"]);
    assert_eq!(named(2038, 4, 26), ["tweede Paasdag"]);
    assert_eq!(
        holidays.day_off(date(2019, 5, 31)),
        Some(DayOff::Holiday {
            name: "gelijkgestelde dag".to_owned(),
            basis: Basis::Decree
        })
    );
    assert_eq!(holidays.day_off(date(2018, 5, 5)), Some(DayOff::Saturday));
    assert_eq!(holidays.day_off(date(2018, 5, 14)), None);
}

#[test]
fn the_bits_say_what_the_rows_say() {
    let holidays = Holidays::dutch();
    let off: BTreeSet<Date> = holidays.all().iter().map(|holiday| holiday.on).collect();
    let mut day = date(1989, 12, 1);
    while day < date(2101, 2, 1) {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        assert_eq!(
            holidays.is_day_off(day),
            weekend || off.contains(&day),
            "{day}"
        );
        assert_eq!(
            holidays.day_off(day).is_some(),
            holidays.is_day_off(day),
            "{day}"
        );
        day = day.tomorrow().unwrap();
    }
}

#[test]
fn the_file_says_what_it_covers_and_which_decrees_were_verified() {
    let holidays = Holidays::dutch();
    assert!(holidays.covers(date(1990, 1, 1)) && holidays.covers(date(2100, 12, 31)));
    assert!(!holidays.covers(date(1989, 12, 31)) && !holidays.covers(date(2101, 1, 1)));
    for (year, verified) in [
        (2016, false),
        (2017, true),
        (2019, true),
        (2020, false),
        (2022, false),
    ] {
        assert_eq!(
            holidays.decrees_verified(date(year, 7, 1)),
            verified,
            "{year}"
        );
    }
    assert!(
        holidays.decrees_verified(date(2028, 12, 31))
            && !holidays.decrees_verified(date(2029, 1, 1))
    );
}

#[test]
fn mistakes_in_a_file_are_named_with_their_line() {
    let cases = [
        ("", 0, "no `bereik"),
        ("bereik;2018-01-01;2017-01-01", 1, "swap"),
        (
            "bereik;2018-01-01;2018-12-31\nbereik;2018-01-01;2018-12-31",
            2,
            "second time",
        ),
        ("bereik;0001-01-01;9999-12-31", 1, "between 1600 and 2999"),
        (
            "dag;2018-01-01;ATW 3(1);Nieuwjaarsdag",
            1,
            "before `bereik`",
        ),
        (
            "bereik;2018-01-01;2018-12-31\n\n# x\ndag;2018-02-30;ATW 3(1);x",
            4,
            "`2018-02-30` is not a date",
        ),
        (
            "bereik;2018-01-01;2018-12-31\ndag;2019-01-01;ATW 3(1);x",
            2,
            "outside `bereik`",
        ),
        (
            "bereik;2018-01-01;2018-12-31\ndag;2018-01-01;ATW 3(4);x",
            2,
            "`ATW 3(4)` is not known",
        ),
        (
            "bereik;2018-01-01;2018-12-31\ndag;2018-01-01;besluit;",
            2,
            "has no name",
        ),
        (
            "bereik;2018-01-01;2018-12-31\ndag;2018-05-01;besluit;x\ndag;2018-04-01;besluit;y",
            3,
            "sort the rows",
        ),
        (
            "bereik;2018-01-01;2018-12-31\ndag;2018-05-01;besluit;x\ndag;2018-05-01;besluit;x",
            3,
            "each once",
        ),
        (
            "feestdag;2018-01-01",
            1,
            "`feestdag` with these fields is not known",
        ),
        (
            "bereik;2018-01-01;2018-12-31\nbesluiten;2018-01-01;2018-12-31;misschien",
            2,
            "niet nagezien",
        ),
    ];
    for (text, line, problem) in cases {
        let error = Holidays::parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(
            error.problem.to_string().contains(problem),
            "{text}: {error}"
        );
    }
    assert!(Holidays::parse("bereik;2018-01-01;2018-12-31").is_ok());
}
