//! The clock: timers that are due.

use convenant_lang::model::{AtEnd, ExitKind, Target};

use super::moves::Leaving;
use super::work::{Outcome, Work, refuse, unknown};
use crate::running::{DeadlineSpec, timers, unread_at};
use crate::{Actor, Cause, DeadlineRef, EventKind, Place, Reason, RunningDeadline, TimerKey};

impl<'a> Work<'a> {
    /// Fires a timer. One that the case does not have, or that is not due, is stale: so each fires once.
    pub fn fire(&mut self, key: TimerKey) -> Outcome {
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly);
        }
        if key == TimerKey::TermEnd && self.follow_term() {
            return Ok(());
        }
        let due = timers(self.program, &self.case)
            .into_iter()
            .find(|(known, _)| *known == key);
        if due.is_none_or(|(_, at)| at > self.context.now) {
            return refuse(Reason::Stale);
        }
        match key {
            TimerKey::Due(id) => self.overdue(id),
            TimerKey::Reminder(id, index) => self.remind(id, index),
            TimerKey::Rung(id, index) => self.escalate(id, index),
            TimerKey::Resume => match self.case.stopped {
                Some(stopped) => self.resume(stopped, stopped.until, true),
                None => refuse(Reason::Stale),
            },
            TimerKey::Exit(_, exit) => {
                let (_, step) = self.step()?;
                match step.exits.get(exit.index()).map(|exit| &exit.kind) {
                    Some(ExitKind::After(_, to) | ExitKind::On(_, to)) => {
                        let to = *to;
                        self.push(EventKind::Elapsed { exit });
                        self.go(to, Leaving::Dropped)
                    }
                    _ => refuse(Reason::Stale),
                }
            }
            TimerKey::TermEnd => self.end_of_term(),
            TimerKey::Life(_) => refuse(Reason::Stale),
        }
    }

    /// A rung that stayed unread: the next one is reached early. The second time nothing happens.
    pub fn unread(&mut self, id: u32, rung: u16) -> Outcome {
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly);
        }
        let (running, spec) = self.running(id)?;
        let due = unread_at(self.program, &spec, &running, rung);
        if due.is_none_or(|at| at > self.context.now) {
            return refuse(Reason::Stale);
        }
        let next = rung.saturating_add(1);
        if self.case.fired.contains(&TimerKey::Rung(id, next)) {
            return Ok(());
        }
        self.climb(id, next, true)
    }

    pub fn running(&self, id: u32) -> Outcome<(RunningDeadline, DeadlineSpec<'a>)> {
        let scheme = self.scheme()?;
        let Some(running) = self.case.deadlines.iter().find(|d| d.id == id) else {
            return refuse(Reason::Stale);
        };
        match self.program.deadline(scheme, running.of) {
            Some(spec) => Ok((running.clone(), spec)),
            None => Err(unknown("termijn")),
        }
    }

    fn overdue(&mut self, id: u32) -> Outcome {
        let (running, spec) = self.running(id)?;
        if running.of == DeadlineRef::Objection {
            self.push(EventKind::DeadlineStopped { id, met: false });
            return Ok(());
        }
        self.push(EventKind::Overdue { id });
        for (index, rung) in (0..=u16::MAX).zip(spec.escalation) {
            if rung.after.is_none() {
                self.escalate(id, index)?;
            }
        }
        Ok(())
    }

    fn remind(&mut self, id: u32, index: u16) -> Outcome {
        let (running, spec) = self.running(id)?;
        self.push(EventKind::Reminded {
            id,
            reminder: index,
        });
        let Some(reminder) = spec.reminders.get(usize::from(index)) else {
            return refuse(Reason::Stale);
        };
        for who in &reminder.to {
            self.tell(Cause::Reminder(running.of, index), *who, Some(running.due));
        }
        Ok(())
    }

    fn escalate(&mut self, id: u32, index: u16) -> Outcome {
        self.climb(id, index, false)
    }

    fn climb(&mut self, id: u32, index: u16, unread: bool) -> Outcome {
        let (running, spec) = self.running(id)?;
        self.push(EventKind::Escalated {
            id,
            rung: index,
            unread,
        });
        let Some(rung) = spec.escalation.get(usize::from(index)) else {
            return refuse(Reason::Stale);
        };
        for who in &rung.to {
            self.tell(
                Cause::Escalation(running.of, index),
                *who,
                Some(running.due),
            );
        }
        Ok(())
    }

    /// Takes over the end of the term when the convenant's own life has moved it; says whether it did.
    pub fn follow_term(&mut self) -> bool {
        let until = self.context.life.until;
        let open = matches!(self.case.place, Place::Step(_));
        if !open || until == self.case.term_until {
            return false;
        }
        self.push(EventKind::TermSet { until });
        true
    }

    /// The term ends and the file moves running cases.
    fn end_of_term(&mut self) -> Outcome {
        let AtEnd::Move(targets) = &self.model.term.at_end else {
            return refuse(Reason::Stale);
        };
        let scheme = self.case.scheme.map(|id| id.index());
        let target = scheme.and_then(|index| targets.get(index)).copied();
        self.push(EventKind::TermEnded);
        match target {
            Some(Target::Step(step)) if self.case.place == Place::Step(step) => Ok(()),
            Some(target) => self.go(target, Leaving::Dropped),
            None => Ok(()),
        }
    }
}
