//! Deadlines: something to count from, reminders that come before, rungs that come one after the other.

use super::{Check, surely_reaches};
use crate::diagnostic::Code;
use crate::model::{
    Anchor, CalendarKind, Deadline, Duration, ExitKind, Handover, Ladder, Span, StepId, TaskId,
    TermLength, Unit,
};
use crate::value::duration_to_text;

/// Where a deadline stands.
#[derive(Clone, Copy)]
enum Place {
    /// On the whole case.
    Case,
    /// On a step.
    Step(usize),
    /// On a task of a step.
    Task(usize, usize),
}

impl Check<'_> {
    pub(super) fn deadlines(&mut self, scheme: usize, handover: &Handover) {
        for deadline in &handover.deadlines {
            self.deadline(scheme, handover, Place::Case, deadline);
        }
        for (number, step) in handover.steps.iter().enumerate() {
            for deadline in &step.deadlines {
                self.deadline(scheme, handover, Place::Step(number), deadline);
            }
            for (task, deadline) in step
                .tasks
                .iter()
                .enumerate()
                .filter_map(|(t, task)| Some((t, task.deadline.as_ref()?)))
            {
                self.deadline(scheme, handover, Place::Task(number, task), deadline);
            }
        }
    }

    fn deadline(&mut self, scheme: usize, handover: &Handover, place: Place, deadline: &Deadline) {
        self.anchor(scheme, handover, place, deadline);
        let length = (!deadline.backward).then_some(deadline.length);
        self.ladder(&deadline.ladder, length, deadline.meta.span);
        let calendar = deadline.calendar.unwrap_or(self.model.header.calendar);
        if deadline.length.unit == Unit::Hours && calendar == CalendarKind::Atw {
            self.report(
                Code::ATW_IN_HOURS,
                deadline.meta.span,
                &[("length", &duration_to_text(deadline.length))],
            );
        }
    }

    /// The start of a deadline can have come; a deadline that is counted backwards has a day known ahead.
    fn anchor(&mut self, scheme: usize, handover: &Handover, place: Place, deadline: &Deadline) {
        let span = deadline.meta.span;
        let dated = match deadline.anchor {
            // A date, known or not: when it is supplied is up to people.
            Anchor::Fact(_) => return,
            Anchor::TermEnd => {
                if self.model.term.length == TermLength::Indefinite {
                    self.report_with(
                        Code::ANCHOR_TERM_INDEFINITE,
                        span,
                        &[],
                        &[(self.model.term.meta.span, "rel-term")],
                    );
                }
                return;
            }
            Anchor::Entered | Anchor::CaseOpened => true,
            Anchor::StepDone(step) => self.step_done_before(scheme, step, place),
            Anchor::TaskDone(step, task) => self.task_done_before(scheme, step, task, place),
            Anchor::ExitTaken(step, exit) => {
                self.flows.get(scheme).is_none_or(|flow| match place {
                    Place::Case => flow.reached(step.index()),
                    Place::Step(at) | Place::Task(at, _) => {
                        flow.taken_before(handover, step, exit, at)
                    }
                })
            }
        };
        if deadline.backward {
            self.report(Code::BACKWARD_FROM_NOTHING, span, &[]);
        } else if !dated && self.place_reached(scheme, place) {
            let anchor = anchor_name(handover, deadline.anchor);
            self.report(Code::ANCHOR_NEVER_BEFORE, span, &[("anchor", &anchor)]);
        }
    }

    /// A deadline in a step that is never entered is not the mistake.
    fn place_reached(&self, scheme: usize, place: Place) -> bool {
        self.flows.get(scheme).is_some_and(|flow| match place {
            Place::Case => true,
            Place::Step(at) | Place::Task(at, _) => flow.reached(at),
        })
    }

    fn step_done_before(&self, scheme: usize, step: StepId, place: Place) -> bool {
        self.flows.get(scheme).is_none_or(|flow| {
            flow.reached(step.index())
                && match place {
                    Place::Case => true,
                    Place::Step(at) | Place::Task(at, _) => flow.leads(step.index(), at),
                }
        })
    }

    fn task_done_before(&self, scheme: usize, step: StepId, task: TaskId, place: Place) -> bool {
        let here = match place {
            Place::Step(at) => step.index() == at,
            // A task that waits for itself never starts to count.
            Place::Task(at, own) => step.index() == at && task.index() != own,
            Place::Case => false,
        };
        here || self.step_done_before(scheme, step, place)
    }

    /// Reminders come after the start of a deadline of this length, rungs come one after the other, and unread goes on to somebody.
    pub(super) fn ladder(&mut self, ladder: &Ladder, length: Option<Duration>, span: Span) {
        if let Some(length) = length {
            for reminder in &ladder.reminders {
                if surely_reaches(reminder.before, length) {
                    self.report_with(
                        Code::REMINDER_TOO_EARLY,
                        reminder.meta.span,
                        &[
                            ("before", &duration_to_text(reminder.before)),
                            ("length", &duration_to_text(length)),
                        ],
                        &[(span, "rel-deadline")],
                    );
                }
            }
        }
        if let (Some(_), [only]) = (ladder.unread_after, ladder.escalation.as_slice()) {
            self.report(Code::UNREAD_GOES_NOWHERE, only.meta.span, &[]);
        }
        for pair in ladder.escalation.windows(2) {
            let [before, after] = pair else { continue };
            let ascends = match (before.after, after.after) {
                (None, Some(_)) => true,
                (Some(a), Some(b)) => !surely_reaches(a, b),
                (_, None) => false,
            };
            if !ascends {
                self.report_with(
                    Code::RUNGS_NOT_ASCENDING,
                    after.meta.span,
                    &[],
                    &[(before.meta.span, "rel-rung")],
                );
            }
        }
    }
}

/// The name by which the file calls the anchor.
fn anchor_name(handover: &Handover, anchor: Anchor) -> String {
    let step = |id: StepId| handover.steps.get(id.index());
    match anchor {
        Anchor::StepDone(id) => step(id).map(|s| s.name.clone()),
        Anchor::TaskDone(id, task) => step(id)
            .and_then(|s| s.tasks.get(task.index()))
            .map(|t| t.name.clone()),
        Anchor::ExitTaken(id, exit) => {
            step(id)
                .and_then(|s| s.exits.get(exit.index()))
                .map(|e| match &e.kind {
                    ExitKind::Act { name, .. } | ExitKind::Decision { name, .. } => name.clone(),
                    ExitKind::Eligibility { .. } => "doelgroep".to_owned(),
                    ExitKind::Allocate { kind, .. } => format!("toewijzen {}", kind.keyword()),
                    ExitKind::Offer(_) => "aanbod".to_owned(),
                    ExitKind::Done(_) | ExitKind::After(..) | ExitKind::On(..) => String::new(),
                })
        }
        Anchor::Entered | Anchor::Fact(_) | Anchor::CaseOpened | Anchor::TermEnd => None,
    }
    .unwrap_or_default()
}
