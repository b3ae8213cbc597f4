//! Objection against the refusal of a client: made in time, decided by whom the file names, and what its success does.
//!
//! Input: the commands `Object`, `ExtendObjection` and `DecideObjection`. Invariants: an objection is possible within its period only,
//! also when the refusal ended the case; it is decided once; when it is upheld the client is eligible from then on and the case goes
//! where that leads, out of the end too, unless it had ended for another reason.

use convenant_lang::model::{End, EndId, ExitKind, Objection, Target};

use super::exits::{Motion, REJECTED, UPHELD};
use super::moves::Leaving;
use super::reconcile::countable;
use super::work::{Outcome, Work, motivated, refuse_by, unknown};
use crate::ruling::EXTENSION;
use crate::running::Start;
use crate::{
    Cause, Change, DeadlineRef, Eligible, EventKind, ObjectionMade, Place, Reason, RunningDeadline,
    Secret,
};

impl<'a> Work<'a> {
    /// A refusal opens the time for objection anew; any new decision closes the one before.
    pub fn open_to_objection(&mut self, outcome: Eligible) -> Outcome {
        if let Some(id) = self.deadline_of(DeadlineRef::Objection).map(|d| d.id) {
            self.push(EventKind::DeadlineStopped { id, met: false });
        }
        if outcome == Eligible::Unmet && self.scheme()?.eligibility.objection.is_some() {
            self.start_deadline(DeadlineRef::Objection, Start::Day(self.today))?;
        }
        Ok(())
    }

    /// Whether a deadline runs on because of the objection that can be made or was made.
    pub fn objection_keeps(&self, of: DeadlineRef) -> bool {
        let made = self.case.objection.as_ref();
        match of {
            DeadlineRef::Objection => made.is_none(),
            DeadlineRef::ObjectionDecision => made.is_some_and(|made| made.upheld.is_none()),
            _ => false,
        }
    }

    /// Objects to the refusal; whoever fills a role in the case may, for the client. The time for the decision counts from the end of the
    /// period in which objections can be made.
    pub fn object(&mut self, motivation: &str) -> Outcome {
        self.party()?;
        let objection = self.objection()?;
        motivated(motivation, &objection.meta)?;
        if self.case.objection.is_some() {
            return refuse_by(Reason::UsedUp, &objection.meta);
        }
        let period = match self.deadline_of(DeadlineRef::Objection) {
            Some(period) if self.context.now < period.due_at => period.due,
            _ => return refuse_by(Reason::NotHere, &objection.meta),
        };
        self.push(EventKind::Objected {
            motivation: Secret::Text(motivation.to_owned()),
        });
        self.start_deadline(DeadlineRef::ObjectionDecision, Start::Day(period))?;
        let due = self.deadline_of(DeadlineRef::ObjectionDecision);
        let due = due.map(|running| running.due);
        self.tell(Cause::Objection, objection.by, due);
        Ok(())
    }

    /// Extends the time for the decision, before it has passed.
    pub fn extend_objection(&mut self, motivation: &str) -> Outcome {
        let objection = self.objection()?;
        let made = self.pending(objection)?;
        self.authorise(&[objection.by], &objection.meta)?;
        motivated(motivation, &objection.meta)?;
        if made.extended {
            return refuse_by(Reason::UsedUp, &objection.meta);
        }
        let of = DeadlineRef::ObjectionDecision;
        let running = self
            .deadline_of(of)
            .filter(|d| self.context.now < d.due_at)
            .cloned();
        let (Some(running), Some(spec)) = (running, self.program.deadline(self.scheme()?, of))
        else {
            return refuse_by(Reason::NotHere, &objection.meta);
        };
        let due = self
            .program
            .extended(&spec, running.due, running.due_at, EXTENSION);
        let due = countable(due, &spec)?;
        self.push(EventKind::ObjectionExtended {
            motivation: Secret::Text(motivation.to_owned()),
        });
        let why = Change::Extension { length: EXTENSION };
        self.move_deadline(running.id, running.start, due, why);
        self.tell_objector(Cause::ObjectionExtended, &made, Some(due.last));
        Ok(())
    }

    /// Decides on the objection.
    pub fn decide_objection(&mut self, upheld: bool, motivation: &str) -> Outcome {
        let objection = self.objection()?;
        let made = self.pending(objection)?;
        let (party, who) = self.authorise(&[objection.by], &objection.meta)?;
        motivated(motivation, &objection.meta)?;
        let outcome = if upheld { UPHELD } else { REJECTED };
        if !self.vote(Motion::Objection, party, who, outcome)? {
            return Ok(());
        }
        self.push(EventKind::ObjectionDecided {
            upheld,
            motivation: Secret::Text(motivation.to_owned()),
        });
        self.tell_objector(Cause::ObjectionDecided, &made, None);
        if upheld { self.admit() } else { Ok(()) }
    }

    fn objection(&self) -> Outcome<&'a Objection> {
        let rules = &self.scheme()?.eligibility;
        match &rules.objection {
            Some(objection) => Ok(objection),
            None => refuse_by(Reason::NotHere, &rules.meta),
        }
    }

    fn pending(&self, objection: &Objection) -> Outcome<ObjectionMade> {
        match &self.case.objection {
            None => refuse_by(Reason::NotHere, &objection.meta),
            Some(made) if made.upheld.is_some() => refuse_by(Reason::UsedUp, &objection.meta),
            Some(made) => Ok(made.clone()),
        }
    }

    fn deadline_of(&self, of: DeadlineRef) -> Option<&RunningDeadline> {
        self.case.deadlines.iter().find(|d| d.of == of)
    }

    /// The party that objected is told, not every party of its role.
    fn tell_objector(
        &mut self,
        cause: Cause,
        made: &ObjectionMade,
        due: Option<jiff::civil::Date>,
    ) {
        if let Some((party, role)) = made.by {
            self.tell_party(cause, role, party, due);
        }
    }

    /// The client is eligible after all: the case goes where the decision would have led it.
    fn admit(&mut self) -> Outcome {
        let handover = &self.scheme()?.handover;
        let Some((step, exit)) = self.case.eligibility_exit else {
            return Err(unknown("besluit"));
        };
        let taken = handover.steps.get(step.index());
        let taken = taken.and_then(|step| step.exits.get(exit.index()));
        let Some(ExitKind::Eligibility { met, unmet, .. }) = taken.map(|exit| &exit.kind) else {
            return Err(unknown("besluit"));
        };
        let target = match met {
            Target::Stay => Target::Step(step),
            target => *target,
        };
        match self.case.place {
            Place::End(end) if ended_by_refusal(&handover.ends, end, *unmet) => self.reopen(target),
            Place::Step(here) if target != Target::Step(here) => self.go(target, Leaving::Dropped),
            _ => Ok(()),
        }
    }

    /// Takes the case out of its end. It learns of the term what it missed since.
    fn reopen(&mut self, target: Target) -> Outcome {
        match target {
            Target::Step(step) => {
                self.push(EventKind::Entered { step });
                self.follow_term();
                self.tell_actors(step)?;
                self.leave_passed_steps()
            }
            Target::End(end) => {
                self.push(EventKind::Ended { end });
                Ok(())
            }
            Target::Stay => Ok(()),
        }
    }
}

/// Whether the case ended because the client was refused: where the refusal leads, or later without success.
fn ended_by_refusal(ends: &[End], end: EndId, unmet: Target) -> bool {
    let succeeded = ends.get(end.index()).is_some_and(|end| end.succeeded);
    match unmet {
        Target::End(refused) => refused == end,
        Target::Step(_) | Target::Stay => !succeeded,
    }
}
