//! Going from one step to another: what is left, what is entered, and what goes of itself.

use convenant_lang::model::{Duration, ExitId, ExitKind, Step, StepId, Target};
use jiff::civil::Date;

use super::work::{Outcome, Work, refuse, refuse_by};
use crate::calendar::due;
use crate::running::plainly;
use crate::{Cause, EventKind, Reason};

/// How a step is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// Its work is finished: its deadlines are met.
    Finished,
    /// Something else came in between: its deadlines fall away.
    Dropped,
}

impl Work<'_> {
    /// Takes the case to where an exit leads.
    pub fn go(&mut self, target: Target, how: Leaving) -> Outcome {
        if target == Target::Stay {
            return Ok(());
        }
        self.move_once(target, how)?;
        self.leave_passed_steps()
    }

    /// Leaves steps that are left of themselves the moment they are entered, because their date has come. Each at most once: they may form
    /// a circle, and then the case stays where the circle closes.
    pub fn leave_passed_steps(&mut self) -> Outcome {
        let mut seen = Vec::new();
        while let Ok((here, _)) = self.step() {
            seen.push(here);
            let Some((exit, target)) = self.passed_exit() else {
                break;
            };
            if target == Target::Stay || matches!(target, Target::Step(s) if seen.contains(&s)) {
                break;
            }
            self.push(EventKind::Elapsed { exit });
            self.move_once(target, Leaving::Dropped)?;
        }
        Ok(())
    }

    fn move_once(&mut self, target: Target, how: Leaving) -> Outcome {
        let (left, step) = self.step()?;
        if how == Leaving::Finished {
            self.finished = Some(left);
        }
        let returns = self.stop_or_resume(left, step, target)?;
        match target {
            Target::Step(entered) => {
                self.push(EventKind::Entered { step: entered });
                if let Some(stopped) = returns {
                    let today = self.today;
                    self.resume(stopped, today, false)?;
                }
                self.tell_actors(entered)?;
            }
            Target::End(end) => self.push(EventKind::Ended { end }),
            Target::Stay => {}
        }
        Ok(())
    }

    /// Suspends a step on the way to the one that suspends it; ends a suspension that leaving ends. Gives back the suspension that the
    /// return to the waiting step ends: its deadlines run on.
    fn stop_or_resume(
        &mut self,
        left: StepId,
        step: &Step,
        target: Target,
    ) -> Outcome<Option<crate::Stopped>> {
        let today = self.today;
        if let Some(stopped) = self.case.stopped {
            if stopped.during == Some(left) && target == Target::Step(stopped.step) {
                return Ok(Some(stopped));
            }
            self.push(EventKind::Resumed {
                from: today.max(stopped.from),
                lapsed: false,
            });
        }
        let Some(suspension) = &step.suspension else {
            return Ok(None);
        };
        let (Some(during), Target::Step(entered)) = (suspension.during, target) else {
            return Ok(None);
        };
        if during == entered && during != left {
            let from = tomorrow(today)?;
            let until = self.latest_resumption(from, suspension.at_most, &suspension.meta)?;
            self.push(EventKind::Suspended {
                from,
                until,
                during: Some(during),
                motivation: None,
            });
        }
        Ok(None)
    }

    /// The day on which a clock that stands still from `from` runs again at the latest.
    pub fn latest_resumption(
        &self,
        from: Date,
        at_most: Duration,
        clause: &convenant_lang::model::Meta,
    ) -> Outcome<Date> {
        let how = plainly(self.program, false);
        match due(self.program.holidays(), from, at_most, how) {
            Ok(until) => Ok(until),
            Err(_) => refuse_by(Reason::NotCountable, clause),
        }
    }

    /// Tells the actors of a step that it is their turn.
    pub fn tell_actors(&mut self, entered: StepId) -> Outcome {
        let scheme = self.scheme()?;
        if let Some(step) = scheme.handover.steps.get(entered.index()) {
            for who in &step.actors {
                self.tell(Cause::ToDo(entered), *who, None);
            }
        }
        Ok(())
    }

    /// An exit on a date that has come already.
    fn passed_exit(&self) -> Option<(ExitId, Target)> {
        let (_, step) = self.step().ok()?;
        (0..=u16::MAX)
            .zip(&step.exits)
            .find_map(|(index, exit)| match exit.kind {
                ExitKind::On(day, target) if day <= self.today => Some((ExitId(index), target)),
                _ => None,
            })
    }
}

pub(crate) fn tomorrow(day: Date) -> Outcome<Date> {
    day.tomorrow().or_else(|_| refuse(Reason::NotCountable))
}
