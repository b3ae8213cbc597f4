//! Due dates that move otherwise than by the file: by hand, with a motivation, and because the days off are known better now.

use convenant_lang::model::{Reschedule, Scheme, Who};
use jiff::civil::Date;

use super::work::{Outcome, Work, motivated, refuse, refuse_by};
use crate::dates::{by_rule, recount, start_of};
use crate::running::stands_still;
use crate::{
    Actor, Cause, Change, DeadlineRef, EventKind, Place, Reason, RunningDeadline, Secret,
    start_of_day,
};

impl Work<'_> {
    /// Moves a deadline to a day that people chose.
    pub fn reschedule(&mut self, id: u32, due: Date, motivation: &str) -> Outcome {
        let (running, spec) = self.running(id)?;
        let scheme = self.scheme()?;
        // Nobody may move what the law fixes for an objection, and otherwise only whom the file names.
        let Some(clause) = may_move(scheme, running.of) else {
            return refuse_by(Reason::NotHere, spec.meta);
        };
        self.authorise(&clause.by, &clause.meta)?;
        motivated(motivation, &clause.meta)?;
        if due < self.today {
            return refuse_by(Reason::WrongDay, &clause.meta);
        }
        if stands_still(&self.case, &running) {
            return refuse_by(Reason::Suspension, &clause.meta);
        }
        if due == running.due {
            return Ok(());
        }
        let Some(after) = due.tomorrow().ok() else {
            return refuse_by(Reason::WrongDay, &clause.meta);
        };
        self.push(EventKind::Rescheduled {
            id,
            was: running.due,
            due,
            due_at: start_of_day(after),
            shortened: !spec.aim && due < by_rule(&running),
            motivation: Secret::Text(motivation.to_owned()),
        });
        for who in self.concerned(scheme, running.of) {
            self.tell(Cause::Rescheduled(running.of), who, Some(due));
        }
        Ok(())
    }

    /// Moves what the days off, as they are known now, make due on another day. What has passed, what people or another version fixed, and
    /// what stands still stays as it is.
    pub fn recompute(&mut self) -> Outcome {
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly);
        }
        let scheme = self.scheme()?;
        let edition = self.program.holidays().edition().to_owned();
        for running in self.case.deadlines.clone() {
            let passed = self.case.overdue.contains(&running.id)
                || running.due_at <= self.context.now
                || stands_still(&self.case, &running);
            let Some(spec) = self
                .program
                .deadline(scheme, running.of)
                .filter(|_| !passed)
            else {
                continue;
            };
            let start = start_of(self.program, &self.case, &running);
            let Some(Ok(due)) = recount(self.program, &spec, start, &running.moves) else {
                continue;
            };
            if due.last == running.due && due.passes == running.due_at {
                continue;
            }
            self.push(EventKind::Recomputed {
                id: running.id,
                was: running.due,
                counted: due.counted,
                due: due.last,
                due_at: due.passes,
                edition: edition.clone(),
            });
            for who in self.concerned(scheme, running.of) {
                self.tell(Cause::Rescheduled(running.of), who, Some(due.last));
            }
        }
        Ok(())
    }

    /// Whom a deadline binds: they are told when it moves.
    fn concerned(&self, scheme: &Scheme, of: DeadlineRef) -> Vec<Who> {
        let steps = &scheme.handover.steps;
        let step = |id: convenant_lang::model::StepId| steps.get(id.index());
        let found = match of {
            DeadlineRef::Step(at, _) => step(at).map(|s| s.actors.clone()),
            DeadlineRef::Task(at, task) => step(at)
                .and_then(|s| s.tasks.get(task.index()))
                .map(|t| t.actors.clone()),
            DeadlineRef::Offer(at, exit) => step(at)
                .and_then(|s| s.exits.get(exit.index()))
                .and_then(|e| match &e.kind {
                    convenant_lang::model::ExitKind::Offer(offer) => Some(vec![offer.answered_by]),
                    _ => None,
                }),
            DeadlineRef::Evaluation(at, index) => step(at)
                .and_then(|s| s.evaluations.get(usize::from(index)))
                .map(|e| [&[e.by], e.required.as_slice(), e.invited.as_slice()].concat()),
            DeadlineRef::Case(_) => match self.case.place {
                Place::Step(at) => step(at).map(|s| s.actors.clone()),
                _ => None,
            },
            DeadlineRef::Objection => None,
            DeadlineRef::ObjectionDecision => {
                let objection = scheme.eligibility.objection.as_ref();
                objection.map(|objection| vec![objection.by])
            }
        };
        found.unwrap_or_default()
    }
}

/// Who may move a deadline by hand: as its own clause says, or its step, or the whole handover.
pub fn may_move(scheme: &Scheme, of: DeadlineRef) -> Option<&Reschedule> {
    let handover = &scheme.handover;
    let (step, own) = match of {
        DeadlineRef::Step(at, index) => {
            let step = handover.steps.get(at.index())?;
            (Some(step), step.deadlines.get(usize::from(index)))
        }
        DeadlineRef::Task(at, task) => {
            let step = handover.steps.get(at.index())?;
            let task = step.tasks.get(task.index());
            (Some(step), task.and_then(|t| t.deadline.as_ref()))
        }
        DeadlineRef::Case(index) => (None, handover.deadlines.get(usize::from(index))),
        DeadlineRef::Offer(at, _) | DeadlineRef::Evaluation(at, _) => {
            (handover.steps.get(at.index()), None)
        }
        DeadlineRef::Objection | DeadlineRef::ObjectionDecision => return None,
    };
    own.and_then(|deadline| deadline.reschedule.as_ref())
        .or_else(|| step.and_then(|step| step.reschedule.as_ref()))
        .or(handover.reschedule.as_ref())
}

/// Whether a deadline of this case was fixed by people.
pub fn moved_by_hand(running: &RunningDeadline) -> bool {
    running
        .moves
        .iter()
        .any(|moved| moved.why == Change::ByHand)
}
