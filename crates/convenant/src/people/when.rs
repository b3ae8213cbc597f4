//! When people do things: in office hours, mostly in time, sometimes late.

use convenant_engine::{DeadlineRef, Holidays, Moment, Place, civil_date, start_of_day};
use convenant_lang::model::{Duration, Step, Unit};

use super::{Chance, Scene};
use crate::world::Track;

/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
const OPENS: i64 = 8 * HOUR + HOUR / 2;
const CLOSES: i64 = 17 * HOUR;

/// The moment at which this visit to the step is meant to be done: mostly within its deadline, one in nine times after it.
pub fn pace(scene: &Scene, track: &Track) -> Moment {
    let case = &track.case;
    let Place::Step(id) = case.place else {
        return track.touched;
    };
    let Some(step) = case
        .scheme
        .and_then(|scheme| scene.world.program.scheme(scheme))
        .and_then(|scheme| scheme.handover.steps.get(id.index()))
    else {
        return track.touched;
    };
    let mut chance = scene.chance(3, u64::from(case.visit));
    let main = case
        .deadlines
        .iter()
        .find(|deadline| deadline.of == DeadlineRef::Step(id, 0))
        .map(|deadline| deadline.due_at.0 - case.entered.0)
        .filter(|span| *span > 0);
    let usual = usual(step, &mut chance);
    if let Some(least) = least(step)
        && chance.percent(80)
    {
        // Most contracts run their time: only then can they go over to the client.
        return Moment(case.entered.0 + (least + chance.between(8, 60)) * DAY);
    }
    let share = if chance.percent(11) {
        chance.between(102, 160)
    } else {
        chance.between(12, 92)
    };
    let span = match main {
        // Nobody takes months because a deadline is far off; a contract or an evaluation takes its time.
        Some(main) if step.contract.is_none() && step.evaluations.is_empty() => main.min(90 * DAY),
        _ => usual,
    };
    Moment(case.entered.0 + span / 100 * share)
}

/// By when the work of the step is meant to be done: the step itself, or the first of its tasks with a deadline of its own.
pub fn tasks(scene: &Scene, pace: Moment) -> Moment {
    scene
        .case
        .deadlines
        .iter()
        .filter(|deadline| matches!(deadline.of, DeadlineRef::Task(..)))
        .map(|deadline| Moment(deadline.due_at.0 - DAY))
        .fold(pace, Moment::min)
}

/// How long a step takes that says nothing, or that is about living somewhere.
fn usual(step: &Step, chance: &mut Chance) -> i64 {
    let contract = least(step).map(|least| least + 60);
    let evaluation = step
        .evaluations
        .iter()
        .map(|evaluation| days(evaluation.every) * chance.between(1, 4) + 20)
        .max();
    let longest = contract.into_iter().chain(evaluation).max();
    longest.unwrap_or_else(|| chance.between(4, 45)) * DAY
}

/// About how many days the contract of a step runs at least.
fn least(step: &Step) -> Option<i64> {
    let contract = step.contract.as_ref()?;
    contract.at_least.map(days)
}

/// About how many days a duration is.
fn days(length: Duration) -> i64 {
    let amount = i64::from(length.amount.min(10_000));
    match length.unit {
        Unit::Hours => amount / 24 + 1,
        Unit::Days => amount,
        Unit::WorkingDays => amount * 7 / 5 + 1,
        Unit::Weeks => amount * 7,
        Unit::Months => amount * 30,
        Unit::Years => amount * 365,
    }
}

/// A moment on the way from the last event to the one that is meant; soon when that has passed.
pub fn between(touched: Moment, meant: Moment, chance: &mut Chance) -> Moment {
    let left = meant.0 - touched.0;
    if left < DAY {
        return Moment(touched.0 + chance.between(HOUR / 6, 2 * DAY));
    }
    Moment(touched.0 + left / 100 * chance.between(5, 45))
}

/// The first moment from then on at which an office is open.
pub fn office(scene: &Scene, at: Moment, chance: &mut Chance) -> Moment {
    opening_hours(scene.world.program.holidays(), at, chance)
}

/// The same, by the days off.
pub fn opening_hours(holidays: &Holidays, at: Moment, chance: &mut Chance) -> Moment {
    let mut date = civil_date(at);
    let since = at.0 - start_of_day(date).0;
    if !holidays.is_day_off(date) && (OPENS..CLOSES).contains(&since) {
        return at;
    }
    // Longer than any row of days off.
    for _ in 0..14 {
        let opens = Moment(start_of_day(date).0 + OPENS);
        if !holidays.is_day_off(date) && opens >= at {
            return Moment(opens.0 + chance.below(CLOSES - OPENS) / 60_000 * 60_000);
        }
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => return at,
        }
    }
    at
}
