//! Deadlines of a case: which ones run, when they are due, and which timers that gives.
//!
//! Input: the program and a case. Output: the deadlines that ought to run with the day they count from, due dates, and timers. Invariant:
//! all of it is a function of the state alone, so that the timers in the shell can be compared with it at any time.

use convenant_lang::model::{
    Anchor, CalendarKind, Deadline, Duration, ExitKind, FactId, Ladder, Meta, Reminder, Rung,
    Scheme, Step, StepId, TaskId, Unit, Value,
};
use jiff::civil::Date;

use crate::calendar::{CountError, Counting, Due, due, due_after_extension, due_from, due_on};
use crate::rules::{Truth, truth};
use crate::{
    AnchorPoint, Case, DeadlineRef, Held, Moment, Place, Program, RunningDeadline, TimerKey,
    civil_date, start_of_day,
};

/// What the file says about a deadline.
#[derive(Debug, Clone, Copy)]
pub struct DeadlineSpec<'a> {
    /// Source.
    pub meta: &'a Meta,
    /// Length.
    pub length: Duration,
    /// How it counts.
    pub how: Counting,
    /// `streven`: not hard.
    pub aim: bool,
    /// Reminders before it.
    pub reminders: &'a [Reminder],
    /// The ladder after it.
    pub escalation: &'a [Rung],
    /// A rung that stays unread for so long goes on to the next one early.
    pub unread_after: Option<Duration>,
}

/// What a deadline counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// A day.
    Day(Date),
    /// A moment (a term in hours runs to the millisecond).
    At(Moment),
}

impl Start {
    pub fn day(self) -> Date {
        match self {
            Start::Day(day) => day,
            Start::At(moment) => civil_date(moment),
        }
    }
}

impl Program {
    /// What the file says about a deadline of a case in this scheme.
    pub fn deadline<'a>(&'a self, scheme: &'a Scheme, of: DeadlineRef) -> Option<DeadlineSpec<'a>> {
        let header = &self.model().header;
        let handover = &scheme.handover;
        let whole = |deadline: &'a Deadline| DeadlineSpec {
            meta: &deadline.meta,
            length: deadline.length,
            how: Counting::of(deadline, header),
            aim: deadline.aim,
            reminders: &deadline.ladder.reminders,
            escalation: &deadline.ladder.escalation,
            unread_after: deadline.ladder.unread_after,
        };
        let plain = |meta: &'a Meta, length: Duration, ladder: &'a Ladder| DeadlineSpec {
            meta,
            length,
            how: Counting::plain(header),
            aim: false,
            reminders: &ladder.reminders,
            escalation: &ladder.escalation,
            unread_after: ladder.unread_after,
        };
        match of {
            DeadlineRef::Step(step, index) => handover
                .steps
                .get(step.index())?
                .deadlines
                .get(usize::from(index))
                .map(whole),
            DeadlineRef::Task(step, task) => {
                let tasks = &handover.steps.get(step.index())?.tasks;
                tasks.get(task.index())?.deadline.as_ref().map(whole)
            }
            DeadlineRef::Case(index) => handover.deadlines.get(usize::from(index)).map(whole),
            DeadlineRef::Offer(step, exit) => {
                let found = handover.steps.get(step.index())?.exits.get(exit.index())?;
                match &found.kind {
                    ExitKind::Offer(offer) => offer
                        .answer
                        .map(|length| plain(&found.meta, length, &offer.ladder)),
                    _ => None,
                }
            }
            DeadlineRef::Evaluation(step, index) => {
                let evaluations = &handover.steps.get(step.index())?.evaluations;
                let found = evaluations.get(usize::from(index))?;
                Some(plain(&found.meta, found.every, &found.ladder))
            }
            DeadlineRef::Objection => {
                let objection = scheme.eligibility.objection.as_ref()?;
                Some(DeadlineSpec {
                    meta: &objection.meta,
                    length: objection.within,
                    how: Counting::plain(header),
                    aim: false,
                    reminders: &[],
                    escalation: &[],
                    unread_after: None,
                })
            }
            DeadlineRef::ObjectionDecision => {
                let found = self.ruling(scheme)?;
                let objection = scheme.eligibility.objection.as_ref()?;
                Some(DeadlineSpec {
                    meta: &objection.meta,
                    length: found.length,
                    how: Counting {
                        calendar: CalendarKind::Atw,
                        ..Counting::plain(header)
                    },
                    aim: false,
                    reminders: &found.reminders,
                    escalation: &found.escalation,
                    unread_after: None,
                })
            }
        }
    }

    /// When a deadline ends that starts here; extensions already given are counted on.
    pub(crate) fn due(
        &self,
        spec: &DeadlineSpec<'_>,
        start: Start,
        extensions: &[Duration],
    ) -> Result<Due, CountError> {
        let mut found = match start {
            Start::Day(day) => due_on(self.holidays(), day, spec.length, spec.how),
            Start::At(moment) => due_from(self.holidays(), moment, spec.length, spec.how),
        }?;
        for by in extensions {
            found = self.extended(spec, found.last, found.passes, *by)?;
        }
        Ok(found)
    }

    /// When a deadline ends that is extended.
    pub(crate) fn extended(
        &self,
        spec: &DeadlineSpec<'_>,
        last: Date,
        passes: Moment,
        by: Duration,
    ) -> Result<Due, CountError> {
        if by.unit == Unit::Hours && spec.length.unit == Unit::Hours {
            return due_from(self.holidays(), passes, by, spec.how);
        }
        due_after_extension(self.holidays(), last, by, spec.how)
    }
}

/// The scheme of a case.
pub(crate) fn scheme_of<'a>(program: &'a Program, case: &Case) -> Option<&'a Scheme> {
    program.scheme(case.scheme?)
}

/// The step in which a case is.
pub(crate) fn step_of<'a>(program: &'a Program, case: &Case) -> Option<(StepId, &'a Step)> {
    let Place::Step(id) = case.place else {
        return None;
    };
    let step = scheme_of(program, case)?.handover.steps.get(id.index())?;
    Some((id, step))
}

/// The value of a fact of a case.
pub(crate) fn fact(case: &Case, fact: FactId) -> Option<&Value> {
    let (secret, _) = case.facts.get(fact.index())?.as_ref()?;
    secret.value()
}

/// Deadlines that ought to run on this day, with what they count from; the one against a decision is not among them.
pub(crate) fn wanted(program: &Program, case: &Case, on: Date) -> Vec<(DeadlineRef, Start)> {
    let mut list = Vec::new();
    let (Some(scheme), Some((current, step))) = (scheme_of(program, case), step_of(program, case))
    else {
        return list;
    };
    let here = Visit {
        step: current,
        entered: case.entered,
        tasks_done: &case.tasks_done,
    };
    here.wanted(program, case, step, on, &mut list);
    if let Some(detour) = &case.detour {
        let waiting = Visit {
            step: detour.step,
            entered: detour.entered,
            tasks_done: &detour.tasks_done,
        };
        if let Some(step) = scheme.handover.steps.get(detour.step.index()) {
            waiting.wanted(program, case, step, on, &mut list);
        }
    }
    for (index, deadline) in numbered(&scheme.handover.deadlines) {
        let entered = case.opened.unwrap_or_default();
        if let Some(start) = start(case, deadline, entered) {
            list.push((DeadlineRef::Case(index), start));
        }
    }
    for (index, _) in numbered(&step.evaluations) {
        let last = case
            .evaluations
            .iter()
            .find(|held| held.evaluation == index);
        let start = match last {
            Some(Held { due, .. }) => Start::Day(*due),
            None => Start::Day(civil_date(case.entered)),
        };
        list.push((DeadlineRef::Evaluation(current, index), start));
    }
    if let Some((exit, day)) = case.offers.open {
        list.push((DeadlineRef::Offer(current, exit), Start::Day(day)));
    }
    list.retain(|(of, _)| program.deadline(scheme, *of).is_some());
    list
}

fn numbered<T>(items: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (0..=u16::MAX).zip(items)
}

/// A visit to a step: the current one, or one that waits.
struct Visit<'a> {
    step: StepId,
    entered: Moment,
    tasks_done: &'a [TaskId],
}

impl Visit<'_> {
    fn wanted(
        &self,
        program: &Program,
        case: &Case,
        step: &Step,
        on: Date,
        list: &mut Vec<(DeadlineRef, Start)>,
    ) {
        for (index, deadline) in numbered(&step.deadlines) {
            if let Some(start) = start(case, deadline, self.entered) {
                list.push((DeadlineRef::Step(self.step, index), start));
            }
        }
        for (index, task) in numbered(&step.tasks) {
            let id = TaskId(index);
            let Some(deadline) = &task.deadline else {
                continue;
            };
            let lookup = |id: FactId| fact(case, id);
            let needed = task
                .needed_if
                .as_ref()
                .map_or(Truth::True, |c| truth(c, &program.env(on, &lookup)));
            if needed == Truth::False || self.tasks_done.contains(&id) {
                continue;
            }
            if let Some(start) = start(case, deadline, self.entered) {
                list.push((DeadlineRef::Task(self.step, id), start));
            }
        }
    }
}

/// What a deadline counts from, once that has happened.
fn start(case: &Case, deadline: &Deadline, entered: Moment) -> Option<Start> {
    let happened = |point: AnchorPoint| {
        let found = case.anchors.iter().find(|(known, _)| *known == point)?;
        Some(Start::At(found.1))
    };
    match deadline.anchor {
        Anchor::Entered => Some(Start::At(entered)),
        Anchor::CaseOpened => case.opened.map(Start::At),
        Anchor::StepDone(step) => happened(AnchorPoint::StepDone(step)),
        Anchor::TaskDone(step, task) => happened(AnchorPoint::TaskDone(step, task)),
        Anchor::ExitTaken(step, exit) => happened(AnchorPoint::ExitTaken(step, exit)),
        Anchor::Fact(id) => match fact(case, id)? {
            Value::Date(day) => Some(Start::Day(*day)),
            _ => None,
        },
        Anchor::TermEnd => case.term_until.map(Start::Day),
    }
}

/// Whether the clock of this deadline stands still.
pub(crate) fn stands_still(case: &Case, running: &RunningDeadline) -> bool {
    let of_step = match running.of {
        DeadlineRef::Step(step, _) | DeadlineRef::Task(step, _) => Some(step),
        _ => None,
    };
    case.stopped
        .is_some_and(|stopped| Some(stopped.step) == of_step)
        && !case.overdue.contains(&running.id)
}

/// Every timer that a case has, by key. The shell keeps exactly these.
pub fn timers(program: &Program, case: &Case) -> Vec<(TimerKey, Moment)> {
    let mut list = Vec::new();
    let Some(scheme) = scheme_of(program, case) else {
        return list;
    };
    for running in &case.deadlines {
        if let Some(spec) = program.deadline(scheme, running.of)
            && !stands_still(case, running)
        {
            deadline_timers(program, case, running, &spec, &mut list);
        }
    }
    if let Some(stopped) = case.stopped {
        list.push((TimerKey::Resume, start_of_day(stopped.until)));
    }
    if let Some((_, step)) = step_of(program, case) {
        exit_timers(program, case, step, &mut list);
        if moves_at_end(program, case)
            && let Some(until) = case.term_until
        {
            list.push((TimerKey::TermEnd, start_of_day(until)));
        }
    }
    list.sort_unstable();
    list
}

/// Whether the end of the term moves this case.
fn moves_at_end(program: &Program, case: &Case) -> bool {
    use convenant_lang::model::AtEnd;
    !case.term_ended && matches!(program.model().term.at_end, AtEnd::Move(_))
}

fn exit_timers(program: &Program, case: &Case, step: &Step, list: &mut Vec<(TimerKey, Moment)>) {
    for (index, exit) in numbered(&step.exits) {
        let key = TimerKey::Exit(case.visit, convenant_lang::model::ExitId(index));
        match &exit.kind {
            // A date that had come when the step was entered has been dealt with there.
            ExitKind::On(day, _) if start_of_day(*day) > case.entered => {
                list.push((key, start_of_day(*day)));
            }
            ExitKind::After(length, _) => {
                if let Some(at) = so_long_after(program, case.entered, *length) {
                    list.push((key, at));
                }
            }
            _ => {}
        }
    }
}

/// The first moment of the day that lies so long after a moment; hours to the millisecond.
fn so_long_after(program: &Program, from: Moment, length: Duration) -> Option<Moment> {
    let how = plainly(program, false);
    if length.unit == Unit::Hours {
        return due_from(program.holidays(), from, length, how)
            .ok()
            .map(|due| due.passes);
    }
    let day = due(program.holidays(), civil_date(from), length, how).ok()?;
    Some(start_of_day(day))
}

/// Every day counts and no end moves.
pub(crate) fn plainly(program: &Program, backward: bool) -> Counting {
    Counting {
        calendar: CalendarKind::CalendarDays,
        month_end: program.model().header.month_end,
        backward,
        start_counts: false,
    }
}

fn deadline_timers(
    program: &Program,
    case: &Case,
    running: &RunningDeadline,
    spec: &DeadlineSpec<'_>,
    list: &mut Vec<(TimerKey, Moment)>,
) {
    let mut add = |key: TimerKey, at: Option<Moment>| {
        if let Some(at) = at.filter(|_| !case.fired.contains(&key)) {
            list.push((key, at));
        }
    };
    if case.overdue.contains(&running.id) {
        for (index, rung) in numbered(spec.escalation) {
            let at = rung.after.map(|after| rung_at(program, running, after));
            add(TimerKey::Rung(running.id, index), at);
        }
        return;
    }
    add(TimerKey::Due(running.id), Some(running.due_at));
    for (index, reminder) in numbered(spec.reminders) {
        let at = reminder_at(program, running, spec, reminder.before);
        add(TimerKey::Reminder(running.id, index), at);
    }
}

/// When a rung that was reached counts as unread, so that the next one is reached ([`crate::Command::Unread`]); none when it was not reached,
/// when the ladder ends there, or when the file does not say it.
pub fn unread_at(
    program: &Program,
    spec: &DeadlineSpec<'_>,
    running: &RunningDeadline,
    rung: u16,
) -> Option<Moment> {
    let after = spec.unread_after?;
    spec.escalation.get(usize::from(rung) + 1)?;
    let (_, reached) = running.reached.iter().find(|(known, _)| *known == rung)?;
    let how = plainly(program, false);
    // A count that is not possible goes on at once: better early than never.
    let found = due_from(program.holidays(), *reached, after, how);
    Some(found.map_or(*reached, |due| due.passes))
}

/// So long after the last day has passed. A count that is not possible escalates at once: better early than never.
fn rung_at(program: &Program, running: &RunningDeadline, after: Duration) -> Moment {
    let how = plainly(program, false);
    let found = if after.unit == Unit::Hours {
        due_from(program.holidays(), running.due_at, after, how)
    } else {
        due_on(program.holidays(), running.due, after, how)
    };
    found.map_or(running.due_at, |due| due.passes)
}

/// The first moment of the day so long before the last day; none when that is no later than the day it counts from.
pub(crate) fn reminder_at(
    program: &Program,
    running: &RunningDeadline,
    spec: &DeadlineSpec<'_>,
    before: Duration,
) -> Option<Moment> {
    let how = plainly(program, true);
    if before.unit == Unit::Hours {
        let found = due_from(program.holidays(), running.due_at, before, how).ok()?;
        return Some(found.passes)
            .filter(|at| spec.how.backward || *at > start_of_day(running.start));
    }
    let day = due(program.holidays(), running.due, before, how).ok()?;
    (spec.how.backward || day > running.start).then(|| start_of_day(day))
}
