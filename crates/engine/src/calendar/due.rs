//! Due dates: the last day of a term, its suspension and its extension.
//!
//! Input: the days off, a start, a length and how to count. Output: the last day, fast, or with each step that led to it:
//! both come from one computation, which tells its steps to a listener that may be deaf. Exact and checked.

use convenant_lang::model::{CalendarKind, Duration, Unit};
use jiff::civil::Date;

use super::day::{Day, add_months};
use super::{
    CountError, Counting, Due, DueExplanation, DueStep, Holidays, MoveRule, StayRule, civil_date,
    start_of_day,
};
use crate::Moment;

const HOUR: i64 = 3_600_000;

/// The last day of a term of this length counted from `start`.
///
/// The start does not count unless `start_counts`. Days, weeks, months and years count every day, working days only
/// those; hours count as whole days, rounded up (a term that starts at a moment: [`due_from`]). Then the calendar moves an
/// end on a day off. A term counted backwards never moves (ATW 1(2)), save that ATW 2 also lengthens it.
pub fn due(
    holidays: &Holidays,
    start: Date,
    length: Duration,
    how: Counting,
) -> Result<Date, CountError> {
    let counted = counted_end(holidays, start, length, how, &mut Deaf)?;
    date_of(moved_end(holidays, counted, length, how, &mut Deaf)?)
}

/// The same, with each step.
pub fn explain_due(
    holidays: &Holidays,
    start: Date,
    length: Duration,
    how: Counting,
) -> Result<DueExplanation, CountError> {
    let mut steps = vec![DueStep::Start {
        on: start,
        counts: how.start_counts,
        backward: how.backward,
    }];
    let counted = counted_end(holidays, start, length, how, &mut steps)?;
    let due = date_of(moved_end(holidays, counted, length, how, &mut steps)?)?;
    Ok(DueExplanation {
        due,
        steps,
        decrees_verified: holidays.decrees_verified(due),
    })
}

/// When a term ends that starts at a moment: hours to the millisecond, everything else at the end of its last day in
/// Europe/Amsterdam.
pub fn due_from(
    holidays: &Holidays,
    start: Moment,
    length: Duration,
    how: Counting,
) -> Result<Due, CountError> {
    if length.unit == Unit::Hours {
        let span = i64::from(length.amount) * HOUR;
        let passes = if how.backward {
            start.0.checked_sub(span)
        } else {
            start.0.checked_add(span)
        };
        let passes = Moment(passes.ok_or(CountError::OutOfRange)?);
        let last = civil_date(passes);
        return Ok(Due {
            counted: last,
            last,
            passes,
        });
    }
    due_on(holidays, civil_date(start), length, how)
}

/// When a term ends that starts on a day.
pub fn due_on(
    holidays: &Holidays,
    start: Date,
    length: Duration,
    how: Counting,
) -> Result<Due, CountError> {
    let counted = counted_end(holidays, start, length, how, &mut Deaf)?;
    ending(holidays, counted, length, how, &mut Deaf)
}

/// The end of a term that stood still from `from` (the first day that did not count) up to `until` (the first day that counts
/// again). `counted` is its last day as counted before ([`Due::counted`]); what remained of it runs from `until`, which
/// counts (Awb 4:15). A term that had ended before `from`, or that is counted backwards, stays as it was.
pub fn due_after_suspension(
    holidays: &Holidays,
    counted: Date,
    length: Duration,
    how: Counting,
    (from, until): (Date, Date),
) -> Result<Due, CountError> {
    suspended(holidays, counted, length, how, (from, until), &mut Deaf)
}

/// The same, with each step of the count from `until` on.
pub fn explain_after_suspension(
    holidays: &Holidays,
    counted: Date,
    length: Duration,
    how: Counting,
    days: (Date, Date),
    steps: &mut Vec<DueStep>,
) -> Result<Due, CountError> {
    suspended(holidays, counted, length, how, days, steps)
}

fn suspended(
    holidays: &Holidays,
    counted: Date,
    length: Duration,
    how: Counting,
    (from, until): (Date, Date),
    listener: &mut impl Listener,
) -> Result<Due, CountError> {
    let (from, counted) = (Day::of(from), Day::of(counted));
    if how.backward || from > counted || until <= date_of(from)? {
        return ending(holidays, counted, length, how, listener);
    }
    let rest = if length.unit == Unit::WorkingDays {
        let amount = working_days_between(holidays, from, counted)?;
        Duration {
            amount,
            unit: Unit::WorkingDays,
        }
    } else {
        let amount = (counted.0 - from.0 + 1).unsigned_abs();
        Duration {
            amount,
            unit: Unit::Days,
        }
    };
    let resumed = Counting {
        start_counts: true,
        ..how
    };
    listener.hear(|| {
        Some(DueStep::Start {
            on: until,
            counts: true,
            backward: false,
        })
    });
    let counted = raw_end(holidays, until, rest, resumed, listener)?;
    listener.hear(|| {
        Some(DueStep::Counted {
            length: rest,
            to: counted.date()?,
        })
    });
    // Whether the ATW covers the term depends on its own length, not on what remained of it.
    ending(holidays, counted, length, how, listener)
}

/// The end of a term that is lengthened by `by`, counted on from its last day.
pub fn due_after_extension(
    holidays: &Holidays,
    last: Date,
    by: Duration,
    how: Counting,
) -> Result<Due, CountError> {
    due_on(holidays, last, by, onward(how))
}

/// The same, with each step of the count from the last day on.
pub fn explain_after_extension(
    holidays: &Holidays,
    last: Date,
    by: Duration,
    how: Counting,
    steps: &mut Vec<DueStep>,
) -> Result<Due, CountError> {
    let how = onward(how);
    steps.push(DueStep::Start {
        on: last,
        counts: false,
        backward: false,
    });
    let counted = counted_end(holidays, last, by, how, steps)?;
    ending(holidays, counted, by, how, steps)
}

/// Counted on from a last day.
fn onward(how: Counting) -> Counting {
    Counting {
        backward: false,
        start_counts: false,
        ..how
    }
}

/// When a term ends that was counted up to a day.
fn ending(
    holidays: &Holidays,
    counted: Day,
    length: Duration,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Due, CountError> {
    let last = moved_end(holidays, counted, length, how, listener)?;
    let after = last.plus(1).ok_or(CountError::OutOfRange)?;
    Ok(Due {
        counted: date_of(counted)?,
        last: date_of(last)?,
        passes: start_of_day(date_of(after)?),
    })
}

fn date_of(day: Day) -> Result<Date, CountError> {
    day.date().ok_or(CountError::OutOfRange)
}

/// Hears the steps of a count.
trait Listener {
    /// Takes a step, if there is one; the closure is not called by one who does not listen.
    fn hear(&mut self, step: impl FnOnce() -> Option<DueStep>);
    /// Takes the days off in a range, both ends included.
    fn hear_skipped(&mut self, holidays: &Holidays, from: Day, to: Day);
}

struct Deaf;

impl Listener for Deaf {
    fn hear(&mut self, _step: impl FnOnce() -> Option<DueStep>) {}
    fn hear_skipped(&mut self, _holidays: &Holidays, _from: Day, _to: Day) {}
}

impl Listener for Vec<DueStep> {
    fn hear(&mut self, step: impl FnOnce() -> Option<DueStep>) {
        self.extend(step());
    }

    fn hear_skipped(&mut self, holidays: &Holidays, from: Day, to: Day) {
        let off = (from.0..=to.0).map(Day).filter(|day| !holidays.works(*day));
        let days = off.filter_map(Day::date);
        self.extend(
            days.filter_map(|on| holidays.day_off(on).map(|why| DueStep::Skipped { on, why })),
        );
    }
}

/// The last day as counted, with the days that ATW 2 adds, before an end on a day off moves.
fn counted_end(
    holidays: &Holidays,
    start: Date,
    length: Duration,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let end = raw_end(holidays, start, length, how, listener)?;
    listener.hear(|| {
        Some(DueStep::Counted {
            length,
            to: end.date()?,
        })
    });
    if how.calendar == CalendarKind::Atw && covered_by_atw(length) && at_least_three_days(length) {
        two_days(holidays, start, end, how, listener)
    } else {
        Ok(end)
    }
}

/// The last day as counted.
fn raw_end(
    holidays: &Holidays,
    start: Date,
    length: Duration,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let amount = i64::from(length.amount);
    let forward = if how.backward { -1 } else { 1 };
    let from = Day::of(start);
    let end = match length.unit {
        _ if amount == 0 => return Ok(from),
        Unit::WorkingDays => {
            return count_working_days(holidays, from, length.amount, how, listener);
        }
        Unit::Hours => from.plus(forward * ((amount + 23) / 24)),
        Unit::Days => from.plus(forward * amount),
        Unit::Weeks => from.plus(forward * amount * 7),
        Unit::Months => Some(months_on(start, forward * amount, how, listener)?),
        Unit::Years => Some(months_on(start, forward * amount * 12, how, listener)?),
    };
    let first = if how.start_counts { forward } else { 0 };
    end.and_then(|end| end.plus(-first))
        .filter(|end| (Day::FIRST..=Day::of(Date::MAX)).contains(end))
        .ok_or(CountError::OutOfRange)
}

fn months_on(
    start: Date,
    months: i64,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let (to, rounded) = add_months(start, months, how.month_end).ok_or(CountError::OutOfRange)?;
    if rounded {
        listener.hear(|| {
            Some(DueStep::Rounded {
                to,
                by: how.month_end,
            })
        });
    }
    Ok(Day::of(to))
}

/// The working day with this number from the start: 1 is the first after it (or before it, backwards), or the start itself
/// when it counts and is one.
fn count_working_days(
    holidays: &Holidays,
    from: Day,
    amount: u32,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let before = |day: Day| {
        holidays
            .working_days_before(day)
            .ok_or(CountError::NotCovered)
    };
    let after = |day: Day| day.plus(1).ok_or(CountError::OutOfRange);
    let number = match (how.backward, how.start_counts) {
        (false, false) => before(after(from)?)?.checked_add(amount - 1),
        (false, true) => before(from)?.checked_add(amount - 1),
        (true, false) => before(from)?.checked_sub(amount),
        (true, true) => before(after(from)?)?.checked_sub(amount),
    };
    let end = number
        .and_then(|number| holidays.working_day(number))
        .ok_or(CountError::NotCovered)?;
    let step = i32::from(!how.start_counts);
    if how.backward {
        listener.hear_skipped(holidays, end, Day(from.0 - step));
    } else {
        listener.hear_skipped(holidays, Day(from.0 + step), end);
    }
    Ok(end)
}

/// The last day after the calendar moved an end on a day off.
fn moved_end(
    holidays: &Holidays,
    counted: Day,
    length: Duration,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let because = match how.calendar {
        CalendarKind::CalendarDays => StayRule::CalendarDays,
        CalendarKind::Atw if !covered_by_atw(length) => StayRule::NotCovered,
        _ if how.backward => StayRule::Backward,
        CalendarKind::Atw => return next_day(holidays, counted, MoveRule::NextDay, listener),
        CalendarKind::WorkingDays => {
            return next_day(holidays, counted, MoveRule::WorkingDays, listener);
        }
    };
    listener.hear(|| {
        let on = counted.date()?;
        holidays
            .day_off(on)
            .map(|off| DueStep::Stayed { on, off, because })
    });
    Ok(counted)
}

/// ATW 4: hours, more than 90 days, 12 weeks or 3 months, and years are not covered.
fn covered_by_atw(length: Duration) -> bool {
    match length.unit {
        Unit::Hours | Unit::Years => false,
        Unit::Days | Unit::WorkingDays => length.amount <= 90,
        Unit::Weeks => length.amount <= 12,
        Unit::Months => length.amount <= 3,
    }
}

fn at_least_three_days(length: Duration) -> bool {
    match length.unit {
        Unit::Days | Unit::WorkingDays => length.amount >= 3,
        Unit::Weeks | Unit::Months => length.amount >= 1,
        Unit::Hours | Unit::Years => false,
    }
}

/// An end on a day off runs through the next day that is none.
fn next_day(
    holidays: &Holidays,
    from: Day,
    by: MoveRule,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let to = holidays
        .working_day_from(from)
        .ok_or(CountError::NotCovered)?;
    if to != from {
        listener.hear_skipped(holidays, from, Day(to.0 - 1));
        listener.hear(|| {
            Some(DueStep::Moved {
                from: from.date()?,
                to: to.date()?,
                by,
            })
        });
    }
    Ok(to)
}

/// ATW 2: where the term has fewer than two working days, it runs through its second one.
fn two_days(
    holidays: &Holidays,
    start: Date,
    end: Day,
    how: Counting,
    listener: &mut impl Listener,
) -> Result<Day, CountError> {
    let second = count_working_days(holidays, Day::of(start), 2, how, &mut Deaf)?;
    let enough = if how.backward {
        second >= end
    } else {
        second <= end
    };
    if enough {
        return Ok(end);
    }
    let by = MoveRule::TwoDays;
    listener.hear(|| {
        Some(DueStep::Moved {
            from: end.date()?,
            to: second.date()?,
            by,
        })
    });
    Ok(second)
}

/// Working days in a range, both ends included.
fn working_days_between(holidays: &Holidays, from: Day, to: Day) -> Result<u32, CountError> {
    let after = to.plus(1).ok_or(CountError::OutOfRange)?;
    let count = |day: Day| {
        holidays
            .working_days_before(day)
            .ok_or(CountError::NotCovered)
    };
    Ok(count(after)?.saturating_sub(count(from)?))
}
