//! The clock of a step: suspension on request, resumption, extension.

use convenant_lang::model::Suspension;
use jiff::civil::Date;

use super::moves::tomorrow;
use super::reconcile::countable;
use super::work::{Outcome, Work, motivated, refuse, refuse_by};
use crate::{Cause, Change, DeadlineRef, EventKind, Reason, Secret};

impl<'a> Work<'a> {
    fn on_request(&self) -> Outcome<(&'a Suspension, &'a [convenant_lang::model::Who])> {
        let (_, step) = self.step()?;
        match &step.suspension {
            Some(found) if found.during.is_none() => {
                let by = if found.by.is_empty() {
                    &step.actors
                } else {
                    &found.by
                };
                Ok((found, by))
            }
            Some(found) => refuse_by(Reason::Suspension, &found.meta),
            None => refuse_by(Reason::Suspension, &step.meta),
        }
    }

    /// Lets the clock of the step stand still from the day after today (Awb 4:15).
    pub fn suspend(&mut self, until: Option<Date>, motivation: &str) -> Outcome {
        let (suspension, by) = self.on_request()?;
        self.authorise(by, &suspension.meta)?;
        motivated(motivation, &suspension.meta)?;
        let from = tomorrow(self.today)?;
        let latest = self.latest_resumption(from, suspension.at_most, &suspension.meta)?;
        let until = until.unwrap_or(latest);
        if self.case.stopped.is_some() || until > latest || until <= from {
            return refuse_by(Reason::Suspension, &suspension.meta);
        }
        self.push(EventKind::Suspended {
            from,
            until,
            during: None,
            motivation: Some(Secret::Text(motivation.to_owned())),
        });
        Ok(())
    }

    /// What was asked for has come: the clock runs again from today.
    pub fn resume_on_request(&mut self) -> Outcome {
        let (suspension, by) = self.on_request()?;
        self.authorise(by, &suspension.meta)?;
        match self.case.stopped {
            Some(stopped) if stopped.during.is_none() => self.resume(stopped, self.today, false),
            _ => refuse_by(Reason::Suspension, &suspension.meta),
        }
    }

    /// Extends the main deadline of the step.
    pub fn extend(&mut self, motivation: &str) -> Outcome {
        let (id, step) = self.step()?;
        let Some(extension) = &step.extension else {
            return refuse_by(Reason::NotHere, &step.meta);
        };
        self.authorise(&extension.by, &extension.meta)?;
        motivated(motivation, &extension.meta)?;
        if self.case.extensions >= extension.at_most {
            return refuse_by(Reason::UsedUp, &extension.meta);
        }
        if self.case.extended == Some(self.today) {
            return Ok(());
        }
        let main = DeadlineRef::Step(id, 0);
        let scheme = self.scheme()?;
        let running = self.case.deadlines.iter().find(|d| d.of == main).cloned();
        let (Some(running), Some(spec)) = (running, self.program.deadline(scheme, main)) else {
            return refuse(Reason::NotHere);
        };
        let due = self
            .program
            .extended(&spec, running.due, running.due_at, extension.length);
        let due = countable(due, &spec)?;
        self.push(EventKind::Extended {
            motivation: Secret::Text(motivation.to_owned()),
        });
        let why = Change::Extension {
            length: extension.length,
        };
        self.move_deadline(running.id, running.start, due, why);
        for who in &extension.notify {
            self.tell(Cause::Extension(id), *who, Some(due.last));
        }
        Ok(())
    }
}
