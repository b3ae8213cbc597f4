//! A due date, counted again and explained: from its start, through every move, to the day that stands.
//!
//! Input: the program, a case and one of its deadlines. Output: the due date as it would be counted today, or each step towards the one that
//! stands. Invariants: the explanation is the count itself, told step by step; what people or another version decided is not counted again.

use convenant_lang::model::{Anchor, CalendarKind, Duration, Meta, Unit};
use jiff::civil::Date;
use serde::Serialize;

use crate::calendar::{
    CountError, Due, DueExplanation, DueStep, due_after_suspension, explain_after_extension,
    explain_after_suspension, explain_due,
};
use crate::running::{DeadlineSpec, Start, wanted};
use crate::{
    Case, Change, DateMove, DeadlineRef, Moment, Program, RunningDeadline, civil_date, start_of_day,
};

/// Why a deadline is due when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DateExplanation<'a> {
    /// Which deadline.
    pub of: DeadlineRef,
    /// The clause: its article, or that it is an assumption.
    pub clause: &'a Meta,
    /// What it counts from.
    pub from: StartPoint,
    /// The day of that.
    pub start: Date,
    /// How long.
    pub length: Duration,
    /// Its calendar.
    pub calendar: CalendarKind,
    /// Not hard (`streven`).
    pub aim: bool,
    /// The count from the start, each day that was skipped with why.
    pub count: DueExplanation,
    /// What moved it since, in order.
    pub moves: Vec<MoveExplanation<'a>>,
    /// The last day.
    pub due: Date,
    /// The first moment after it.
    pub due_at: Moment,
    /// A hard deadline that people moved to before the day that the rule gives.
    pub shortened: bool,
    /// The days off as they are known now give another day: it was counted with an earlier edition, and not moved since.
    pub counted_otherwise: bool,
    /// Years in it of which the decrees that equate days with holidays have not been verified.
    pub unverified: Vec<i16>,
}

/// What a deadline counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StartPoint {
    /// As the file says it.
    Anchor(Anchor),
    /// The day on which the home was offered.
    Offered,
    /// The day on which the evaluation before it was due, or else the step was entered.
    Evaluated,
    /// The decision on eligibility.
    Decided,
    /// The last day for an objection.
    ObjectionEnded,
}

/// One move of a deadline, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveExplanation<'a> {
    /// When, from which day to which, and why.
    #[serde(flatten)]
    pub moved: &'a DateMove,
    /// The steps of the count, where it was counted.
    pub steps: Vec<DueStep>,
}

/// Explains the due date of a deadline of a case; none when the case has no such deadline.
pub fn explain_date<'a>(
    program: &'a Program,
    case: &'a Case,
    deadline: u32,
) -> Option<Result<DateExplanation<'a>, CountError>> {
    let scheme = program.scheme(case.scheme?)?;
    let running = case.deadlines.iter().find(|d| d.id == deadline)?;
    let spec = program.deadline(scheme, running.of)?;
    let point = start_point(program, case, running.of)?;
    Some(explain(program, case, running, &spec, point))
}

fn explain<'a>(
    program: &'a Program,
    case: &'a Case,
    running: &'a RunningDeadline,
    spec: &DeadlineSpec<'a>,
    from: StartPoint,
) -> Result<DateExplanation<'a>, CountError> {
    let holidays = program.holidays();
    let (mut now, count) = if spec.length.unit == Unit::Hours {
        hours(program, case, running, spec)?
    } else {
        let count = explain_due(holidays, running.start, spec.length, spec.how)?;
        let now = program.due(spec, Start::Day(running.start), &[])?;
        (now, count)
    };
    let mut moves = Vec::with_capacity(running.moves.len());
    for moved in &running.moves {
        let mut steps = Vec::new();
        now = match &moved.why {
            Change::Suspension { from, until } if spec.length.unit != Unit::Hours => {
                let days = lost(running.start, spec, (*from, *until));
                explain_after_suspension(
                    holidays,
                    now.counted,
                    spec.length,
                    spec.how,
                    days,
                    &mut steps,
                )?
            }
            Change::Extension { length } if length.unit != Unit::Hours => {
                explain_after_extension(holidays, now.last, *length, spec.how, &mut steps)?
            }
            // The count of before ended here; what follows is counted from the day that was fixed.
            _ => fixed(moved),
        };
        moves.push(MoveExplanation { moved, steps });
    }
    Ok(DateExplanation {
        of: running.of,
        clause: spec.meta,
        from,
        start: running.start,
        length: spec.length,
        calendar: spec.how.calendar,
        aim: spec.aim,
        count,
        moves,
        due: running.due,
        due_at: running.due_at,
        shortened: !spec.aim && running.due < by_rule(running),
        counted_otherwise: now.last != running.due,
        unverified: unverified(program, running),
    })
}

/// The day that the rule gives, before people moved it.
pub(crate) fn by_rule(running: &RunningDeadline) -> Date {
    let by_hand = running.moves.iter().find(|m| m.why == Change::ByHand);
    by_hand.map_or(running.due, |moved| moved.was)
}

fn fixed(moved: &DateMove) -> Due {
    Due {
        counted: moved.counted,
        last: moved.due,
        passes: moved.due_at,
    }
}

/// A term in hours, with its two steps.
fn hours(
    program: &Program,
    case: &Case,
    running: &RunningDeadline,
    spec: &DeadlineSpec<'_>,
) -> Result<(Due, DueExplanation), CountError> {
    let start = start_of(program, case, running);
    let now = program.due(spec, start, &[])?;
    let steps = vec![
        DueStep::Start {
            on: running.start,
            counts: spec.how.start_counts,
            backward: spec.how.backward,
        },
        DueStep::Counted {
            length: spec.length,
            to: now.last,
        },
    ];
    let count = DueExplanation {
        due: now.last,
        steps,
        decrees_verified: program.holidays().decrees_verified(now.last),
    };
    Ok((now, count))
}

/// What a running deadline counts from, to the moment where that is known.
pub(crate) fn start_of(program: &Program, case: &Case, running: &RunningDeadline) -> Start {
    let on = civil_date(running.due_at);
    wanted(program, case, on)
        .into_iter()
        .find(|(of, start)| *of == running.of && start.day() == running.start)
        .map_or(Start::Day(running.start), |(_, start)| start)
}

fn start_point(program: &Program, case: &Case, of: DeadlineRef) -> Option<StartPoint> {
    let handover = &program.scheme(case.scheme?)?.handover;
    let step = |id: convenant_lang::model::StepId| handover.steps.get(id.index());
    Some(match of {
        DeadlineRef::Step(at, index) => {
            StartPoint::Anchor(step(at)?.deadlines.get(usize::from(index))?.anchor)
        }
        DeadlineRef::Task(at, task) => {
            let task = step(at)?.tasks.get(task.index())?;
            StartPoint::Anchor(task.deadline.as_ref()?.anchor)
        }
        DeadlineRef::Case(index) => {
            StartPoint::Anchor(handover.deadlines.get(usize::from(index))?.anchor)
        }
        DeadlineRef::Offer(..) => StartPoint::Offered,
        DeadlineRef::Evaluation(..) => StartPoint::Evaluated,
        DeadlineRef::Objection => StartPoint::Decided,
        DeadlineRef::ObjectionDecision => StartPoint::ObjectionEnded,
    })
}

/// The years from the start to the last day of which the decrees have not been verified.
fn unverified(program: &Program, running: &RunningDeadline) -> Vec<i16> {
    let (from, to) = (
        running.start.min(running.due),
        running.start.max(running.due),
    );
    let known = |year: i16| {
        let last = Date::new(year, 12, 31).unwrap_or(to);
        program.holidays().decrees_verified(last.min(to).max(from))
    };
    (from.year()..=to.year())
        .filter(|year| !known(*year))
        .collect()
}

/// The due date of a deadline that starts here, with each of its moves counted again; none when one of them is no count: people or
/// another version fixed it.
pub(crate) fn recount(
    program: &Program,
    spec: &DeadlineSpec<'_>,
    start: Start,
    moves: &[DateMove],
) -> Option<Result<Due, CountError>> {
    let mut now = match program.due(spec, start, &[]) {
        Ok(due) => due,
        Err(error) => return Some(Err(error)),
    };
    for moved in moves {
        let next = match &moved.why {
            Change::Suspension { from, until } => {
                after_standing(program, start.day(), spec, now, (*from, *until))
            }
            Change::Extension { length } => program.extended(spec, now.last, now.passes, *length),
            Change::Restarted | Change::Calendar { .. } => Ok(now),
            Change::ByHand | Change::Transition | Change::Unsaid => return None,
        };
        now = match next {
            Ok(due) => due,
            Err(error) => return Some(Err(error)),
        };
    }
    Some(Ok(now))
}

/// When a deadline ends of which the clock stood still on these days.
pub(crate) fn after_standing(
    program: &Program,
    start: Date,
    spec: &DeadlineSpec<'_>,
    now: Due,
    (from, until): (Date, Date),
) -> Result<Due, CountError> {
    if spec.length.unit == Unit::Hours {
        let stood = start_of_day(until).0.saturating_sub(start_of_day(from).0);
        let passes = Moment(now.passes.0.saturating_add(stood));
        let last = civil_date(passes);
        return Ok(Due {
            counted: last,
            last,
            passes,
        });
    }
    due_after_suspension(
        program.holidays(),
        now.counted,
        spec.length,
        spec.how,
        lost(start, spec, (from, until)),
    )
}

/// A deadline that began while the clock stood still has lost nothing before it began.
fn lost(start: Date, spec: &DeadlineSpec<'_>, (from, until): (Date, Date)) -> (Date, Date) {
    if spec.how.backward {
        (from, until)
    } else {
        (from.max(start.tomorrow().unwrap_or(start)), until)
    }
}
