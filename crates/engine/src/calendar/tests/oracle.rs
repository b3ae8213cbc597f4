//! Due dates against a second, naive computation that walks day by day, and properties that hold for every term.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use convenant_lang::model::{CalendarKind, Duration, MonthEnd, Unit};
use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};
use proptest::prelude::*;

use super::days_off;
use crate::calendar::{
    Counting, DueStep, Holidays, due, due_after_suspension, due_on, explain_due,
};

static OFF: LazyLock<BTreeSet<Date>> = LazyLock::new(|| {
    days_off::computed()
        .into_iter()
        .map(|(day, _)| day)
        .collect()
});

fn is_off(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || OFF.contains(&day)
}

fn plus(day: Date, days: i32) -> Date {
    day.checked_add(days.days()).unwrap()
}

/// The days of a term, one by one from the start.
fn nth_working_day(start: Date, amount: u32, how: Counting) -> Date {
    let step = if how.backward { -1 } else { 1 };
    let mut day = if how.start_counts {
        start
    } else {
        plus(start, step)
    };
    let mut left = amount;
    loop {
        left -= u32::from(!is_off(day));
        if left == 0 {
            return day;
        }
        day = plus(day, step);
    }
}

fn months_on(start: Date, months: i32, month_end: MonthEnd) -> Date {
    let clamped = start.checked_add(months.months()).unwrap();
    if clamped.day() != start.day() && month_end == MonthEnd::NextDay {
        plus(clamped, 1)
    } else {
        clamped
    }
}

fn naive(start: Date, length: Duration, how: Counting) -> Date {
    let sign = if how.backward { -1 } else { 1 };
    let amount = i32::try_from(length.amount).unwrap();
    let span = |span: Span| start.checked_add(span).unwrap();
    let mut end = match length.unit {
        _ if amount == 0 => start,
        Unit::WorkingDays => nth_working_day(start, length.amount, how),
        unit => {
            let end = match unit {
                Unit::Hours => span((sign * ((amount + 23) / 24)).days()),
                Unit::Days => span((sign * amount).days()),
                Unit::Weeks => span((sign * amount).weeks()),
                Unit::Months => months_on(start, sign * amount, how.month_end),
                _ => months_on(start, sign * amount * 12, how.month_end),
            };
            if how.start_counts {
                plus(end, -sign)
            } else {
                end
            }
        }
    };
    let covered = match length.unit {
        Unit::Hours | Unit::Years => false,
        Unit::Days | Unit::WorkingDays => amount <= 90,
        Unit::Weeks => amount <= 12,
        Unit::Months => amount <= 3,
    };
    let long = matches!(
        (length.unit, amount),
        (Unit::Days | Unit::WorkingDays, 3..) | (Unit::Weeks | Unit::Months, 1..)
    );
    if how.calendar == CalendarKind::Atw && covered && long {
        let second = nth_working_day(start, 2, how);
        end = if how.backward {
            end.min(second)
        } else {
            end.max(second)
        };
    }
    let moves = match how.calendar {
        CalendarKind::CalendarDays => false,
        CalendarKind::WorkingDays => !how.backward,
        CalendarKind::Atw => !how.backward && covered,
    };
    while moves && is_off(end) {
        end = plus(end, 1);
    }
    end
}

fn a_day() -> impl Strategy<Value = Date> {
    (0..365 * 80).prop_map(|days| plus(date(2003, 1, 1), days))
}

fn a_length() -> impl Strategy<Value = Duration> {
    let unit = prop_oneof![
        Just(Unit::Hours),
        Just(Unit::Days),
        Just(Unit::WorkingDays),
        Just(Unit::Weeks),
        Just(Unit::Months),
        Just(Unit::Years),
    ];
    (unit, 0..100_u32).prop_map(|(unit, amount)| {
        let amount = if unit == Unit::Years {
            amount % 10
        } else {
            amount
        };
        Duration { amount, unit }
    })
}

fn a_counting() -> impl Strategy<Value = Counting> {
    let calendar = prop_oneof![
        Just(CalendarKind::Atw),
        Just(CalendarKind::WorkingDays),
        Just(CalendarKind::CalendarDays)
    ];
    let month_end = prop_oneof![Just(MonthEnd::LastDay), Just(MonthEnd::NextDay)];
    (calendar, month_end, any::<bool>(), any::<bool>()).prop_map(
        |(calendar, month_end, backward, start_counts)| Counting {
            calendar,
            month_end,
            backward,
            start_counts,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_count_equals_the_naive_one(start in a_day(), length in a_length(), how in a_counting()) {
        prop_assert_eq!(due(&Holidays::dutch(), start, length, how), Ok(naive(start, length, how)));
    }

    #[test]
    fn a_later_start_never_ends_earlier(start in a_day(), length in a_length(), how in a_counting()) {
        let holidays = Holidays::dutch();
        let first = due(&holidays, start, length, how).unwrap();
        let second = due(&holidays, plus(start, 1), length, how).unwrap();
        prop_assert!(first <= second);
    }

    #[test]
    fn with_working_days_no_forward_term_ends_on_a_day_off(start in a_day(), length in a_length(), how in a_counting()) {
        let how = Counting { calendar: CalendarKind::WorkingDays, backward: false, ..how };
        prop_assert!(!is_off(due(&Holidays::dutch(), start, length, how).unwrap()));
    }

    #[test]
    fn backwards_undoes_forwards_where_that_is_exact(start in a_day(), amount in 1..90_u32, counts in any::<bool>()) {
        let holidays = Holidays::dutch();
        let there = Counting {
            calendar: CalendarKind::CalendarDays,
            month_end: MonthEnd::LastDay,
            backward: false,
            start_counts: counts,
        };
        let back = Counting { backward: true, ..there };
        let mut units = vec![Unit::Days, Unit::Weeks];
        if !is_off(start) {
            units.push(Unit::WorkingDays);
        }
        if start.day() <= 28 && !counts {
            units.extend([Unit::Months, Unit::Years].iter().filter(|_| amount < 10));
        }
        for unit in units {
            let length = Duration { amount, unit };
            let end = due(&holidays, start, length, there).unwrap();
            prop_assert_eq!(due(&holidays, end, length, back), Ok(start), "{:?}", unit);
        }
    }

    #[test]
    fn an_explanation_ends_where_the_count_ends(start in a_day(), length in a_length(), how in a_counting()) {
        let holidays = Holidays::dutch();
        let explanation = explain_due(&holidays, start, length, how).unwrap();
        prop_assert_eq!(Ok(explanation.due), due(&holidays, start, length, how));
        let mut at = start;
        for step in &explanation.steps {
            match step {
                DueStep::Counted { to, .. } => at = *to,
                DueStep::Moved { from, to, .. } => {
                    prop_assert_eq!(*from, at);
                    at = *to;
                }
                DueStep::Skipped { on, why } => {
                    prop_assert!(is_off(*on));
                    prop_assert_eq!(Some(why.clone()), holidays.day_off(*on));
                }
                DueStep::Stayed { on, .. } => prop_assert_eq!(*on, at),
                DueStep::Start { .. } | DueStep::Rounded { .. } => {}
            }
        }
        prop_assert_eq!(at, explanation.due);
    }

    #[test]
    fn a_suspension_adds_exactly_the_days_that_did_not_count(
        start in a_day(), length in a_length(), how in a_counting(), offset in 0..60, stood in 1..60,
    ) {
        let holidays = Holidays::dutch();
        let how = Counting { backward: false, ..how };
        let before = due_on(&holidays, start, length, how).unwrap();
        let from = plus(start, offset);
        let until = plus(from, stood);
        let after = due_after_suspension(&holidays, before.counted, length, how, (from, until)).unwrap();
        if from > before.counted {
            prop_assert_eq!(after, before);
        } else if length.unit == Unit::WorkingDays {
            let days = |from: Date, until: Date| {
                let mut day = from;
                let mut days = 0;
                while day < until {
                    days += u32::from(!is_off(day));
                    day = plus(day, 1);
                }
                days
            };
            let remained = days(from, plus(before.counted, 1));
            prop_assert_eq!(days(until, plus(after.counted, 1)), remained);
        } else {
            prop_assert_eq!(after.counted, plus(before.counted, stood));
        }
        prop_assert!(after.last >= before.last);
    }
}
