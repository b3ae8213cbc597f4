//! Deadlines that ought to run against those that do: starts, stops and moves.

use convenant_lang::model::{Duration, StepId};
use jiff::civil::Date;

use super::reschedule::moved_by_hand;
use super::work::{Outcome, Work, refuse_by};
use crate::calendar::{CountError, Due};
use crate::dates::{after_standing, recount};
use crate::ruling::EXTENSION;
use crate::running::{DeadlineSpec, Start, stands_still, wanted};
use crate::{Change, DeadlineRef, EventKind, Place, Reason, RunningDeadline, Stopped};

impl Work<'_> {
    /// Brings the running deadlines in line with the state.
    pub fn reconcile(&mut self) -> Outcome {
        let wanted = wanted(self.program, &self.case, self.today);
        for running in self.case.deadlines.clone() {
            let kept =
                wanted.iter().any(|(of, _)| *of == running.of) || self.objection_keeps(running.of);
            if !kept {
                let met = self.is_met(&running);
                self.push(EventKind::DeadlineStopped {
                    id: running.id,
                    met,
                });
            }
        }
        for (of, start) in wanted {
            let running = self.case.deadlines.iter().find(|d| d.of == of).cloned();
            match running {
                None => self.start_deadline(of, start)?,
                Some(running) if running.start != start.day() => self.restart(&running, start)?,
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Whether a deadline that no longer runs was met, rather than fell away.
    fn is_met(&self, running: &RunningDeadline) -> bool {
        match running.of {
            DeadlineRef::Step(step, _) => self.finished == Some(step),
            DeadlineRef::Task(step, task) => self.has_done(step, task),
            DeadlineRef::Case(_) => {
                matches!(self.case.place, Place::End(_)) && self.finished.is_some()
            }
            DeadlineRef::Offer(..) => self.answered,
            DeadlineRef::Evaluation(..) => false,
            DeadlineRef::Objection => self.case.objection.is_some(),
            DeadlineRef::ObjectionDecision => {
                let made = self.case.objection.as_ref();
                made.is_some_and(|made| made.upheld.is_some())
            }
        }
    }

    fn has_done(&self, step: StepId, task: convenant_lang::model::TaskId) -> bool {
        let here = self.case.place == Place::Step(step) && self.case.tasks_done.contains(&task);
        let waiting = self.case.detour.as_ref();
        here || waiting.is_some_and(|d| d.step == step && d.tasks_done.contains(&task))
    }

    /// Starts a deadline.
    pub fn start_deadline(&mut self, of: DeadlineRef, start: Start) -> Outcome {
        let scheme = self.scheme()?;
        let Some(spec) = self.program.deadline(scheme, of) else {
            return Ok(());
        };
        let due = countable(self.program.due(&spec, start, &[]), &spec)?;
        self.begin_deadline(of, start.day(), due);
        Ok(())
    }

    /// Starts a deadline that is counted already.
    pub fn begin_deadline(&mut self, of: DeadlineRef, start: Date, due: Due) {
        let deadline = RunningDeadline {
            id: self.case.next_deadline,
            of,
            start,
            counted: due.counted,
            due: due.last,
            due_at: due.passes,
            moves: Vec::new(),
            reached: Vec::new(),
        };
        self.push(EventKind::DeadlineStarted { deadline });
    }

    /// What a deadline counts from has changed: a correction, or the end of the term.
    fn restart(&mut self, running: &RunningDeadline, start: Start) -> Outcome {
        let scheme = self.scheme()?;
        let Some(spec) = self.program.deadline(scheme, running.of) else {
            return Ok(());
        };
        // What people fixed is only changed by people.
        if moved_by_hand(running) {
            let due = Due {
                counted: running.counted,
                last: running.due,
                passes: running.due_at,
            };
            self.move_deadline(running.id, start.day(), due, Change::Restarted);
            return Ok(());
        }
        let again = recount(self.program, &spec, start, &running.moves).unwrap_or_else(|| {
            let extensions = self.extensions_of(running.of);
            self.program.due(&spec, start, &extensions)
        });
        let due = countable(again, &spec)?;
        self.move_deadline(running.id, start.day(), due, Change::Restarted);
        Ok(())
    }

    /// Extensions that were given to a deadline in the current visit.
    pub fn extensions_of(&self, of: DeadlineRef) -> Vec<Duration> {
        if of == DeadlineRef::ObjectionDecision {
            let made = self.case.objection.as_ref();
            let extended = made.is_some_and(|made| made.extended);
            return if extended {
                vec![EXTENSION]
            } else {
                Vec::new()
            };
        }
        let DeadlineRef::Step(step, 0) = of else {
            return Vec::new();
        };
        let given = match &self.case.detour {
            Some(detour) if detour.step == step => detour.extensions,
            _ => self.case.extensions,
        };
        let extension = self
            .scheme()
            .ok()
            .and_then(|scheme| scheme.handover.steps.get(step.index()))
            .and_then(|step| step.extension.as_ref());
        extension.map_or_else(Vec::new, |e| {
            let given = usize::try_from(given).unwrap_or(0);
            vec![e.length; given]
        })
    }

    pub fn move_deadline(&mut self, id: u32, start: Date, due: Due, why: Change) {
        self.push(EventKind::DeadlineMoved {
            id,
            start,
            counted: due.counted,
            due: due.last,
            due_at: due.passes,
            why,
        });
    }

    /// Lets the clock run again from a day on, with the time that remained.
    pub fn resume(&mut self, stopped: Stopped, from: Date, lapsed: bool) -> Outcome {
        let from = from.max(stopped.from);
        let scheme = self.scheme()?;
        let waiting: Vec<RunningDeadline> = self
            .case
            .deadlines
            .iter()
            .filter(|running| stands_still(&self.case, running))
            .cloned()
            .collect();
        self.push(EventKind::Resumed { from, lapsed });
        for running in waiting {
            let Some(spec) = self.program.deadline(scheme, running.of) else {
                continue;
            };
            let now = Due {
                counted: running.counted,
                last: running.due,
                passes: running.due_at,
            };
            let days = (stopped.from, from);
            let due = after_standing(self.program, running.start, &spec, now, days);
            let due = countable(due, &spec)?;
            if due.last != running.due || due.passes != running.due_at {
                let why = Change::Suspension {
                    from: stopped.from,
                    until: from,
                };
                self.move_deadline(running.id, running.start, due, why);
            }
        }
        Ok(())
    }
}

/// A deadline that cannot be counted is refused where it would start, so that none is silently lost.
pub(crate) fn countable(due: Result<Due, CountError>, spec: &DeadlineSpec<'_>) -> Outcome<Due> {
    match due {
        Ok(due) => Ok(due),
        Err(_) => refuse_by(Reason::NotCountable, spec.meta),
    }
}
