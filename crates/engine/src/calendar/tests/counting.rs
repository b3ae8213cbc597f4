//! Terms by example, each with the article that it shows.

use convenant_lang::model::{CalendarKind, MonthEnd, Unit};
use jiff::civil::{Date, date};

use super::{by, length};
use crate::calendar::{
    Basis, CountError, Counting, DayOff, DueStep, Holidays, MoveRule, StayRule, due,
    due_after_extension, due_after_suspension, due_on, explain_due,
};
use CalendarKind::{Atw, CalendarDays, WorkingDays};

fn ends(start: Date, amount: u32, unit: Unit, how: Counting) -> Date {
    due(&Holidays::dutch(), start, length(amount, unit), how).unwrap()
}

fn backward(calendar: CalendarKind) -> Counting {
    Counting {
        backward: true,
        ..by(calendar)
    }
}

#[test]
fn an_end_on_a_day_off_runs_through_the_next_day_that_is_none() {
    // Saturday to Monday; over Ascension Day and the Friday after it in 2018; over Easter.
    assert_eq!(
        ends(date(2018, 5, 28), 5, Unit::Days, by(Atw)),
        date(2018, 6, 4)
    );
    assert_eq!(
        ends(date(2018, 5, 3), 1, Unit::Weeks, by(Atw)),
        date(2018, 5, 14)
    );
    assert_eq!(
        ends(date(2018, 5, 3), 1, Unit::Weeks, by(WorkingDays)),
        date(2018, 5, 14)
    );
    assert_eq!(
        ends(date(2018, 5, 3), 1, Unit::Weeks, by(CalendarDays)),
        date(2018, 5, 10)
    );
    assert_eq!(
        ends(date(2018, 3, 16), 2, Unit::Weeks, by(Atw)),
        date(2018, 4, 3)
    );
    assert_eq!(
        ends(date(2018, 5, 7), 5, Unit::WorkingDays, by(CalendarDays)),
        date(2018, 5, 16)
    );
}

#[test]
fn a_term_of_at_least_three_days_has_two_working_days() {
    // Wednesday before Ascension Day 2018: Thursday, Friday, Saturday are off; Monday is the first, Tuesday the second.
    assert_eq!(
        ends(date(2018, 5, 9), 3, Unit::Days, by(Atw)),
        date(2018, 5, 15)
    );
    // Two days is less than three: only the end moves.
    assert_eq!(
        ends(date(2018, 5, 9), 2, Unit::Days, by(Atw)),
        date(2018, 5, 14)
    );
    // The rule is the law's, not that of the convenant's own working days.
    assert_eq!(
        ends(date(2018, 5, 9), 3, Unit::Days, by(WorkingDays)),
        date(2018, 5, 14)
    );
}

#[test]
fn what_is_counted_backwards_does_not_move() {
    // 14 days before Saturday 26 May 2018 is Saturday 12 May.
    for calendar in [Atw, WorkingDays, CalendarDays] {
        assert_eq!(
            ends(date(2018, 5, 26), 14, Unit::Days, backward(calendar)),
            date(2018, 5, 12)
        );
    }
    assert_eq!(
        ends(date(2018, 5, 16), 5, Unit::WorkingDays, backward(Atw)),
        date(2018, 5, 7)
    );
    // But ATW 2 lengthens it: 3 days before Monday 14 May are all off.
    assert_eq!(
        ends(date(2018, 5, 14), 3, Unit::Days, backward(Atw)),
        date(2018, 5, 8)
    );
}

#[test]
fn the_law_does_not_cover_long_terms() {
    // Each of these ends on a Saturday; what is covered moves to Monday (2 or 4 days on).
    let cases = [
        (date(2018, 3, 25), 90, Unit::Days, true, date(2018, 6, 23)),
        (date(2018, 3, 24), 91, Unit::Days, false, date(2018, 6, 23)),
        (date(2018, 3, 31), 12, Unit::Weeks, true, date(2018, 6, 23)),
        (date(2018, 3, 24), 13, Unit::Weeks, false, date(2018, 6, 23)),
        (date(2018, 3, 23), 3, Unit::Months, true, date(2018, 6, 23)),
        (date(2018, 2, 23), 4, Unit::Months, false, date(2018, 6, 23)),
        (date(2017, 6, 23), 1, Unit::Years, false, date(2018, 6, 23)),
        (date(2018, 6, 21), 48, Unit::Hours, false, date(2018, 6, 23)),
    ];
    for (start, amount, unit, covered, saturday) in cases {
        let expected = if covered { date(2018, 6, 25) } else { saturday };
        assert_eq!(
            ends(start, amount, unit, by(Atw)),
            expected,
            "{amount} {unit:?}"
        );
    }
}

#[test]
fn the_start_counts_only_when_the_file_says_so() {
    let counts = |calendar| Counting {
        start_counts: true,
        ..by(calendar)
    };
    assert_eq!(
        ends(date(2018, 6, 4), 1, Unit::Days, counts(CalendarDays)),
        date(2018, 6, 4)
    );
    assert_eq!(
        ends(date(2018, 6, 1), 1, Unit::Months, counts(CalendarDays)),
        date(2018, 6, 30)
    );
    assert_eq!(
        ends(date(2018, 6, 4), 5, Unit::WorkingDays, counts(WorkingDays)),
        date(2018, 6, 8)
    );
    assert_eq!(
        ends(date(2018, 6, 2), 1, Unit::WorkingDays, counts(WorkingDays)),
        date(2018, 6, 4)
    );
    let back = Counting {
        start_counts: true,
        ..backward(CalendarDays)
    };
    assert_eq!(
        ends(date(2018, 6, 8), 5, Unit::WorkingDays, back),
        date(2018, 6, 4)
    );
    assert_eq!(
        ends(date(2018, 6, 8), 5, Unit::Days, back),
        date(2018, 6, 4)
    );
}

#[test]
fn a_term_of_nothing_ends_at_its_start_or_the_next_working_day() {
    assert_eq!(
        ends(date(2018, 6, 2), 0, Unit::Days, by(CalendarDays)),
        date(2018, 6, 2)
    );
    assert_eq!(
        ends(date(2018, 6, 2), 0, Unit::WorkingDays, by(WorkingDays)),
        date(2018, 6, 4)
    );
}

#[test]
fn months_round_as_the_file_says() {
    let next = Counting {
        month_end: MonthEnd::NextDay,
        ..by(CalendarDays)
    };
    assert_eq!(
        ends(date(2019, 1, 31), 1, Unit::Months, by(CalendarDays)),
        date(2019, 2, 28)
    );
    assert_eq!(
        ends(date(2019, 1, 31), 1, Unit::Months, next),
        date(2019, 3, 1)
    );
    assert_eq!(
        ends(date(2019, 3, 31), 1, Unit::Months, backward(CalendarDays)),
        date(2019, 2, 28)
    );
    let next_back = Counting {
        backward: true,
        ..next
    };
    assert_eq!(
        ends(date(2019, 3, 31), 1, Unit::Months, next_back),
        date(2019, 3, 1)
    );
}

#[test]
fn what_cannot_be_counted_is_an_error() {
    let holidays = Holidays::dutch();
    let count = |start, amount, unit, how| due(&holidays, start, length(amount, unit), how);
    let error = Err(CountError::NotCovered);
    assert_eq!(
        count(date(2100, 12, 30), 5, Unit::WorkingDays, by(CalendarDays)),
        error
    );
    assert_eq!(
        count(date(2100, 12, 30), 5, Unit::Days, by(WorkingDays)),
        error
    );
    assert_eq!(
        count(
            date(1990, 1, 3),
            5,
            Unit::WorkingDays,
            backward(CalendarDays)
        ),
        error
    );
    assert_eq!(
        count(
            date(2018, 1, 1),
            u32::MAX,
            Unit::WorkingDays,
            by(WorkingDays)
        ),
        error
    );
    let error = Err(CountError::OutOfRange);
    for unit in [Unit::Days, Unit::Weeks, Unit::Months, Unit::Years] {
        assert_eq!(
            count(date(2018, 1, 1), u32::MAX, unit, by(CalendarDays)),
            error,
            "{unit:?}"
        );
        assert_eq!(
            count(date(2018, 1, 1), u32::MAX, unit, backward(CalendarDays)),
            error,
            "{unit:?}"
        );
    }
    // A count that needs no holidays works outside the data.
    assert_eq!(
        count(date(1950, 2, 1), 18, Unit::Years, by(CalendarDays)),
        Ok(date(1968, 2, 1))
    );
    assert_eq!(
        count(date(1980, 2, 1), 18, Unit::Years, by(WorkingDays)),
        Ok(date(1998, 2, 2))
    );
}

#[test]
fn a_suspended_term_has_what_remained_of_it() {
    let holidays = Holidays::dutch();
    let weeks = length(8, Unit::Weeks);
    // Eight weeks from 1 May 2018: Tuesday 26 June. Asked on 7 May, answered so that 21 May counts again: 13 days later, a Monday.
    let before = due_on(&holidays, date(2018, 5, 1), weeks, by(Atw)).unwrap();
    assert_eq!(before.last, date(2018, 6, 26));
    let stood = (date(2018, 5, 8), date(2018, 5, 21));
    let after = due_after_suspension(&holidays, before.counted, weeks, by(Atw), stood).unwrap();
    assert_eq!(
        (after.counted, after.last),
        (date(2018, 7, 9), date(2018, 7, 9))
    );
    // It works on the day as counted: Saturday and five days is Thursday, not Monday and five days.
    let before = due_on(&holidays, date(2018, 5, 28), length(5, Unit::Days), by(Atw)).unwrap();
    assert_eq!(
        (before.counted, before.last),
        (date(2018, 6, 2), date(2018, 6, 4))
    );
    let stood = (date(2018, 5, 30), date(2018, 6, 4));
    let after = due_after_suspension(
        &holidays,
        before.counted,
        length(5, Unit::Days),
        by(Atw),
        stood,
    )
    .unwrap();
    assert_eq!(after.last, date(2018, 6, 7));
    // Working days: three remained.
    let ten = length(10, Unit::WorkingDays);
    let before = due_on(&holidays, date(2018, 6, 1), ten, by(WorkingDays)).unwrap();
    assert_eq!(before.last, date(2018, 6, 15));
    let stood = (date(2018, 6, 13), date(2018, 7, 2));
    let after =
        due_after_suspension(&holidays, before.counted, ten, by(WorkingDays), stood).unwrap();
    assert_eq!(after.last, date(2018, 7, 4));
    // A term that had ended, and one that is counted backwards, stay.
    let stood = (date(2018, 6, 16), date(2018, 7, 2));
    let after =
        due_after_suspension(&holidays, before.counted, ten, by(WorkingDays), stood).unwrap();
    assert_eq!(after, before);
    let stood = (date(2018, 6, 13), date(2018, 7, 2));
    let after =
        due_after_suspension(&holidays, before.counted, ten, backward(WorkingDays), stood).unwrap();
    assert_eq!(after.last, before.last);
}

#[test]
fn an_extension_counts_on_from_the_old_last_day() {
    let holidays = Holidays::dutch();
    let by_weeks = length(6, Unit::Weeks);
    let after = due_after_extension(&holidays, date(2018, 3, 29), by_weeks, by(Atw)).unwrap();
    // Ascension Day 2018, moved over the Friday and the weekend.
    assert_eq!(
        (after.counted, after.last),
        (date(2018, 5, 10), date(2018, 5, 14))
    );
}

#[test]
fn an_explanation_names_every_day_and_article() {
    let holidays = Holidays::dutch();
    let explanation =
        explain_due(&holidays, date(2018, 5, 3), length(1, Unit::Weeks), by(Atw)).unwrap();
    let holiday = |name: &str, basis| DayOff::Holiday {
        name: name.to_owned(),
        basis,
    };
    assert_eq!(
        explanation.steps,
        [
            DueStep::Start {
                on: date(2018, 5, 3),
                counts: false,
                backward: false
            },
            DueStep::Counted {
                length: length(1, Unit::Weeks),
                to: date(2018, 5, 10)
            },
            DueStep::Skipped {
                on: date(2018, 5, 10),
                why: holiday("Hemelvaartsdag", Basis::Recognised)
            },
            DueStep::Skipped {
                on: date(2018, 5, 11),
                why: holiday("gelijkgestelde dag", Basis::Decree)
            },
            DueStep::Skipped {
                on: date(2018, 5, 12),
                why: DayOff::Saturday
            },
            DueStep::Skipped {
                on: date(2018, 5, 13),
                why: DayOff::Sunday
            },
            DueStep::Moved {
                from: date(2018, 5, 10),
                to: date(2018, 5, 14),
                by: MoveRule::NextDay
            },
        ]
    );
    assert!(explanation.decrees_verified);
    assert_eq!(MoveRule::NextDay.article(), Some("ATW 1(1)"));

    let explanation =
        explain_due(&holidays, date(2018, 5, 9), length(3, Unit::Days), by(Atw)).unwrap();
    let two_days = DueStep::Moved {
        from: date(2018, 5, 12),
        to: date(2018, 5, 15),
        by: MoveRule::TwoDays,
    };
    assert_eq!(explanation.steps.last(), Some(&two_days));

    let explanation = explain_due(
        &holidays,
        date(2020, 10, 1),
        length(1, Unit::Weeks),
        by(Atw),
    )
    .unwrap();
    assert!(!explanation.decrees_verified);
    let explanation = explain_due(
        &holidays,
        date(2018, 5, 26),
        length(14, Unit::Days),
        backward(Atw),
    )
    .unwrap();
    let stayed = DueStep::Stayed {
        on: date(2018, 5, 12),
        off: DayOff::Saturday,
        because: StayRule::Backward,
    };
    assert_eq!(explanation.steps.last(), Some(&stayed));
    let explanation = explain_due(
        &holidays,
        date(2019, 1, 31),
        length(1, Unit::Months),
        by(Atw),
    )
    .unwrap();
    assert!(explanation.steps.contains(&DueStep::Rounded {
        to: date(2019, 2, 28),
        by: MonthEnd::LastDay
    }));
}
