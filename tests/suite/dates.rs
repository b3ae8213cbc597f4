//! Days off and last days under the Algemene termijnenwet, 2017–2028, against Python: two packages, and the law's articles written
//! out a second time. Where a package differs from the law, `tests/python/atw-differences.csv` says why.

use std::collections::BTreeSet;

use convenant_engine::Holidays;
use convenant_engine::calendar::{Counting, due};
use convenant_lang::model::{CalendarKind, Duration, MonthEnd, Unit};
use convenant_tests::python;
use jiff::civil::Date;

const STATUTORY: Counting = Counting {
    calendar: CalendarKind::Atw,
    month_end: MonthEnd::LastDay,
    backward: false,
    start_counts: false,
};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn days_off_and_last_days_are_those_of_the_law_and_the_packages() {
    let Some(csv) = python::run("atw.py", &[], b"").unwrap() else {
        return;
    };
    let holidays = Holidays::dutch();
    let (mut days, mut ends) = (0, 0);
    let mut differences = BTreeSet::new();
    for line in csv.lines() {
        match line.split(',').collect::<Vec<_>>()[..] {
            ["day", on, package, other, law] => {
                days += 1;
                let ours = holidays.is_day_off(date(on));
                assert_eq!(ours, law == "1", "{on}");
                for (name, says) in [("holidays", package), ("workalendar", other)] {
                    if (says == "1") != ours {
                        differences.insert((on.to_owned(), name.to_owned()));
                    }
                }
            }
            ["end", start, n, unit, last] => {
                ends += 1;
                let unit = match unit {
                    "days" => Unit::Days,
                    "weeks" => Unit::Weeks,
                    _ => Unit::Months,
                };
                let length = Duration {
                    amount: n.parse().unwrap(),
                    unit,
                };
                let found = due(&holidays, date(start), length, STATUTORY);
                assert_eq!(found, Ok(date(last)), "{n} {unit:?} from {start}");
            }
            _ => panic!("not a line of ours: {line}"),
        }
    }
    // Twelve years with three leap days, and 26 terms from each of those days.
    assert_eq!((days, ends), (12 * 365 + 3, days * 26));
    assert_eq!(differences, explained());
}

/// The differences that the data file explains.
fn explained() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(python::file("atw-differences.csv")).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.splitn(3, ',').collect();
            assert!(fields[2].len() > 20, "no reason: {line}");
            (fields[0].to_owned(), fields[1].to_owned())
        })
        .collect()
}
