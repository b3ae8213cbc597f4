//! What cases lose by an amendment, seen from the two versions alone.
//!
//! Input: both programs and what each step comes to. Output: duties that fall away and deadlines that are shorter, each under a name by which
//! an `uitzondering` can allow it: `stap X`, `taak X`, `termijn X`, `evaluatie X`, `aanbod X`, `bezwaar`.

use convenant_lang::model::{ExitId, ExitKind, Meta, Scheme, Step, StepId, TaskId, Transition};
use jiff::civil::Date;

use super::build::{Course, Fate};
use super::translation::at;
use crate::running::Start;
use crate::{DeadlineRef, Program};

/// Something that a case may lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Scheme of the old version.
    pub scheme: String,
    /// What, in the words by which an exception can name it.
    pub name: String,
    /// How.
    pub kind: LossKind,
    /// The clause of the old version.
    pub clause: Meta,
    /// An `uitzondering` names it: it is meant.
    pub excepted: bool,
}

/// How something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossKind {
    /// Cases in this step cannot move: the new version has no such step and `overgang` does not name it.
    NoCounterpart,
    /// The duty falls away.
    Dropped,
    /// The deadline is shorter.
    Earlier,
}

/// Whether an exception names this: its text begins with the name.
pub(super) fn excepted(exceptions: &[String], name: &str) -> bool {
    let name = name.to_lowercase();
    exceptions.iter().any(|text| {
        let text = text.trim().to_lowercase();
        text.strip_prefix(&name).is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '-' | '_'))
        })
    })
}

/// Every deadline of a scheme, with its name.
pub(super) fn duties(scheme: &Scheme) -> Vec<(DeadlineRef, String)> {
    let mut list = Vec::new();
    for (id, step) in (0..=u16::MAX).map(StepId).zip(&scheme.handover.steps) {
        duties_in(id, step, &mut list);
    }
    for (index, _) in (0..=u16::MAX).zip(&scheme.handover.deadlines) {
        list.push((DeadlineRef::Case(index), "termijn zaak".to_owned()));
    }
    if scheme.eligibility.objection.is_some() {
        list.push((DeadlineRef::Objection, "bezwaar".to_owned()));
        let decision = "besluit op bezwaar".to_owned();
        list.push((DeadlineRef::ObjectionDecision, decision));
    }
    list
}

fn duties_in(id: StepId, step: &Step, list: &mut Vec<(DeadlineRef, String)>) {
    for (index, _) in (0..=u16::MAX).zip(&step.deadlines) {
        let name = format!("termijn {}", step.name);
        list.push((DeadlineRef::Step(id, index), name));
    }
    for (task, found) in (0..=u16::MAX).map(TaskId).zip(&step.tasks) {
        if found.deadline.is_some() {
            let name = format!("termijn {}", found.name);
            list.push((DeadlineRef::Task(id, task), name));
        }
    }
    for (index, _) in (0..=u16::MAX).zip(&step.evaluations) {
        let name = format!("evaluatie {}", step.name);
        list.push((DeadlineRef::Evaluation(id, index), name));
    }
    for (exit, found) in (0..=u16::MAX).map(ExitId).zip(&step.exits) {
        if matches!(&found.kind, ExitKind::Offer(offer) if offer.answer.is_some()) {
            let name = format!("aanbod {}", step.name);
            list.push((DeadlineRef::Offer(id, exit), name));
        }
    }
}

/// What the cases that move lose.
pub(super) fn losses(
    old: &Program,
    new: &Program,
    from: Date,
    transition: &Transition,
    courses: &[Option<Course>],
) -> Vec<Loss> {
    let mut list = Vec::new();
    for (scheme, course) in old.model().schemes.iter().zip(courses) {
        let Some(course) = course else { continue };
        let Some(counterpart) = new.scheme(course.words.scheme) else {
            continue;
        };
        let mut add = |name: String, kind: LossKind, clause: &Meta| {
            list.push(Loss {
                scheme: scheme.name.clone(),
                excepted: excepted(&transition.exceptions, &name),
                name,
                kind,
                clause: clause.clone(),
            });
        };
        for (index, step) in scheme.handover.steps.iter().enumerate() {
            let there = at(&course.words.steps, index);
            match (course.fates.get(index), there) {
                (Some(Fate::GoesOn), Some(there)) => {
                    for (task, to) in step.tasks.iter().zip(&there.tasks) {
                        if to.is_none() {
                            add(format!("taak {}", task.name), LossKind::Dropped, &task.meta);
                        }
                    }
                }
                (Some(Fate::Stays), None) if transition.moves => {
                    let named = transition.stays.contains(&step.name);
                    if !named {
                        let name = format!("stap {}", step.name);
                        add(name, LossKind::NoCounterpart, &step.meta);
                    }
                }
                _ => {}
            }
        }
        for (of, name) in duties(scheme) {
            let Some(spec) = old.deadline(scheme, of).filter(|_| course.carries(of)) else {
                continue;
            };
            let to = course.words.deadline(of);
            let found = to.and_then(|(to, _)| new.deadline(counterpart, to));
            match found {
                None => add(name, LossKind::Dropped, spec.meta),
                Some(other) if gets_earlier((old, &spec), (new, &other), from) => {
                    add(name, LossKind::Earlier, spec.meta);
                }
                Some(_) => {}
            }
        }
    }
    list
}

impl Course {
    /// Whether a case can move with this deadline running, and go on in the step that it belongs to.
    fn carries(&self, of: DeadlineRef) -> bool {
        let goes_on = |step: StepId| self.fates.get(step.index()) == Some(&Fate::GoesOn);
        match of {
            DeadlineRef::Step(step, _)
            | DeadlineRef::Task(step, _)
            | DeadlineRef::Offer(step, _)
            | DeadlineRef::Evaluation(step, _) => goes_on(step),
            DeadlineRef::Case(_) | DeadlineRef::Objection | DeadlineRef::ObjectionDecision => {
                self.fates.iter().any(|fate| *fate != Fate::Stays)
            }
        }
    }
}

/// Whether a deadline ends earlier under the new version, from any day of the year that follows: lengths in different units and calendars
/// cannot be compared otherwise.
fn gets_earlier(
    (old, was): (&Program, &crate::DeadlineSpec<'_>),
    (new, is): (&Program, &crate::DeadlineSpec<'_>),
    from: Date,
) -> bool {
    if (was.length, was.how) == (is.length, is.how) {
        return false;
    }
    let mut day = from;
    for _ in 0..366 {
        let start = Start::Day(day);
        let ends = (old.due(was, start, &[]), new.due(is, start, &[]));
        if matches!(ends, (Ok(was), Ok(is)) if is.passes < was.passes) {
            return true;
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    false
}
