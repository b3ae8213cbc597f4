//! A decision in the making: the case as it becomes, with the events and notifications so far.
//!
//! Invariant: every event is folded in as soon as it is made, so that what follows sees its result; nothing outside is changed.

use convenant_lang::model::{
    Convenant, ExitId, FactId, Meta, PartyId, RoleId, Scheme, Step, StepId, Trigger, Value, Who,
};
use jiff::civil::Date;

use crate::authority::{fills, or_last_resort, parties_of};
use crate::rules::Env;
use crate::running::{fact, scheme_of, step_of, timers};
use crate::{
    Actor, Answer, Case, Cause, Context, Decision, Effect, Event, EventKind, Notification, Place,
    Program, Reason, Refusal, apply, civil_date,
};

/// A decision in the making.
pub(crate) struct Work<'a> {
    pub program: &'a Program,
    pub model: &'a Convenant,
    pub context: &'a Context<'a>,
    pub actor: &'a Actor,
    pub today: Date,
    pub case: Case,
    /// The case as it was, and the version that it was under.
    before: (&'a Program, &'a Case),
    events: Vec<Event>,
    notes: Vec<Notification>,
    /// The step that was left because its work was finished.
    pub finished: Option<StepId>,
    /// An offer was answered.
    pub answered: bool,
}

pub(crate) type Outcome<T = ()> = Result<T, Refusal>;

/// A refusal that cites nothing.
pub(crate) fn refuse<T>(reason: Reason) -> Outcome<T> {
    Err(Refusal {
        reason,
        clause: None,
    })
}

/// A refusal that cites a clause.
pub(crate) fn refuse_by<T>(reason: Reason, clause: &Meta) -> Outcome<T> {
    Err(Refusal {
        reason,
        clause: Some(clause.clone()),
    })
}

/// The command names something that the version does not have.
pub(crate) fn unknown(what: &str) -> Refusal {
    Refusal {
        reason: Reason::Unknown {
            what: what.to_owned(),
        },
        clause: None,
    }
}

/// A motivation that says something.
pub(crate) fn motivated(text: &str, clause: &Meta) -> Outcome {
    if text.trim().is_empty() {
        return refuse_by(Reason::MotivationNeeded, clause);
    }
    Ok(())
}

impl<'a> Work<'a> {
    pub fn new(
        program: &'a Program,
        case: &'a Case,
        actor: &'a Actor,
        context: &'a Context<'a>,
    ) -> Work<'a> {
        Work {
            program,
            model: program.model(),
            context,
            actor,
            today: civil_date(context.now),
            case: case.clone(),
            before: (program, case),
            events: Vec::new(),
            notes: Vec::new(),
            finished: None,
            answered: false,
        }
    }

    /// Goes on under another version.
    pub fn take_up(&mut self, program: &'a Program) {
        self.program = program;
        self.model = program.model();
    }

    /// The scheme of the case.
    pub fn scheme(&self) -> Outcome<&'a Scheme> {
        scheme_of(self.program, &self.case).ok_or_else(|| unknown("regeling"))
    }

    /// The step of the case.
    pub fn step(&self) -> Outcome<(StepId, &'a Step)> {
        match self.case.place {
            Place::Nowhere => refuse(Reason::NotOpened),
            Place::End(_) => refuse(Reason::Ended),
            Place::Step(_) => step_of(self.program, &self.case).ok_or_else(|| unknown("stap")),
        }
    }

    /// Runs a question about facts.
    pub fn with_env<T>(&self, ask: impl FnOnce(&Env<'_>) -> T) -> T {
        let lookup = |id: FactId| fact(&self.case, id);
        ask(&self.program.env(self.today, &lookup))
    }

    /// The value of a fact.
    pub fn fact(&self, id: FactId) -> Option<&Value> {
        fact(&self.case, id)
    }

    /// Records what happened: folds it in and tells whom the file names.
    pub fn push(&mut self, kind: EventKind) {
        let left = match self.case.place {
            Place::Step(step) => Some(step),
            _ => None,
        };
        let event = self.happened(kind);
        self.tell_by_trigger(&event.kind, left);
        self.events.push(event);
    }

    /// Records what happened and tells nobody.
    pub fn record(&mut self, kind: EventKind) {
        let event = self.happened(kind);
        self.events.push(event);
    }

    fn happened(&mut self, kind: EventKind) -> Event {
        let event = Event {
            at: self.context.now,
            by: self.actor.clone(),
            kind,
        };
        apply(&mut self.case, &event);
        event
    }

    /// Intends a notification.
    pub fn tell(&mut self, cause: Cause, to: Who, due: Option<Date>) {
        let parties = self.parties_of(to);
        self.note(Notification {
            cause,
            to,
            parties,
            due,
            instead_of: None,
        });
    }

    /// Intends a notification to one party (or its successor) in a role.
    pub fn tell_party(&mut self, cause: Cause, role: RoleId, party: PartyId, due: Option<Date>) {
        let to = Who::Role(role);
        let party = self.model.successor_on(party, self.today);
        let mut parties = self.parties_of(to);
        parties.retain(|found| *found == party);
        self.note(Notification {
            cause,
            to,
            parties,
            due,
            instead_of: None,
        });
    }

    /// Whom nobody stands behind today is replaced by the last resort of the file.
    fn note(&mut self, note: Notification) {
        let life = self.context.life;
        let note = or_last_resort(self.model, &self.case, life, note, self.today);
        if !self.notes.iter().any(|known| known.says_the_same(&note)) {
            self.notes.push(note);
        }
    }

    fn tell_by_trigger(&mut self, kind: &EventKind, step: Option<StepId>) {
        for trigger in self.triggers(kind, step).into_iter().flatten() {
            let due = self.due_of(kind);
            for (index, notice) in (0..=u16::MAX).zip(&self.model.notices) {
                if fits(notice.on, trigger) {
                    let cause = Cause::Notice(convenant_lang::model::NoticeId(index));
                    for to in &notice.to {
                        self.tell(cause, *to, due);
                    }
                }
            }
        }
    }

    fn due_of(&self, kind: &EventKind) -> Option<Date> {
        let id = match kind {
            EventKind::Reminded { id, .. } | EventKind::Overdue { id } => *id,
            _ => return None,
        };
        let found = self.case.deadlines.iter().find(|d| d.id == id)?;
        Some(found.due)
    }

    fn triggers(&self, kind: &EventKind, step: Option<StepId>) -> [Option<Trigger>; 2] {
        let Some(scheme) = self.case.scheme else {
            return [None, None];
        };
        let taken = |exit: ExitId| Trigger::ExitTaken(scheme, step, exit);
        match kind {
            EventKind::Opened { step, .. } => [
                Some(Trigger::Opened),
                Some(Trigger::StepEntered(scheme, *step)),
            ],
            EventKind::Entered { step } => [Some(Trigger::StepEntered(scheme, *step)), None],
            EventKind::TaskDone { task } => [
                step.map(|step| Trigger::TaskDone(scheme, step, *task)),
                None,
            ],
            EventKind::Acted { step, exit, .. } => {
                [Some(Trigger::ExitTaken(scheme, *step, *exit)), None]
            }
            EventKind::EligibilityDecided {
                exit, motivation, ..
            } => [
                Some(taken(*exit)),
                motivation.is_some().then_some(Trigger::Departed),
            ],
            EventKind::Allocated {
                exit, departure, ..
            } => [
                Some(taken(*exit)),
                departure.is_some().then_some(Trigger::Departed),
            ],
            EventKind::Decided { exit, .. }
            | EventKind::Elapsed { exit }
            | EventKind::Answered {
                exit,
                answer: Answer::Accepted,
            } => [Some(taken(*exit)), None],
            EventKind::Ended { end } => [Some(Trigger::Ended(Some(scheme), Some(*end))), None],
            EventKind::Reminded { .. } => [Some(Trigger::Reminder), None],
            EventKind::Overdue { .. } => [Some(Trigger::Overdue), None],
            EventKind::Corrected { .. } => [Some(Trigger::Corrected), None],
            EventKind::Suspended { .. } => [Some(Trigger::Suspended), None],
            EventKind::Extended { .. } => [Some(Trigger::Extended), None],
            _ => [None, None],
        }
    }

    fn takes_part(&self, party: PartyId) -> bool {
        self.context.life.takes_part(self.model, party, self.today)
    }

    /// The parties behind a role or a body today that take part.
    pub fn parties_of(&self, who: Who) -> Vec<PartyId> {
        let mut parties = parties_of(self.model, &self.case, who, self.today);
        parties.retain(|party| self.takes_part(*party));
        parties
    }

    /// The actor's party, which must fill the role that is claimed.
    pub fn party(&self) -> Outcome<PartyId> {
        match self.actor {
            Actor::Clock => refuse(Reason::ClockOnly),
            Actor::Person { party, role, .. } => {
                let fills = fills(self.model, &self.case, *role, *party, self.today);
                if !fills || !self.takes_part(*party) {
                    return refuse(Reason::NotInRole { role: *role });
                }
                Ok(*party)
            }
        }
    }

    /// The actor's party and as whom it acts; refused unless it is one of these.
    pub fn authorise(&self, may: &[Who], clause: &Meta) -> Outcome<(PartyId, Who)> {
        let party = self.party()?;
        let found = may.iter().find(|who| self.acts_as(**who, party));
        match found {
            Some(who) => Ok((party, *who)),
            None => refuse_by(Reason::NotAllowed { may: may.to_vec() }, clause),
        }
    }

    fn acts_as(&self, who: Who, party: PartyId) -> bool {
        match (who, self.actor) {
            (_, Actor::Clock) => false,
            (Who::Role(role), Actor::Person { role: claimed, .. }) if role != *claimed => false,
            _ => self.parties_of(who).contains(&party),
        }
    }

    /// Ends the decision: the timers of the new state against those of the old one.
    pub fn finish(self) -> Decision {
        let mut effects = Vec::new();
        if !self.events.is_empty() {
            let before = timers(self.before.0, self.before.1);
            let after = timers(self.program, &self.case);
            for (key, _) in &before {
                if !after.iter().any(|(kept, _)| kept == key) {
                    effects.push(Effect::StopTimer { key: *key });
                }
            }
            for timer in &after {
                if !before.contains(timer) {
                    effects.push(Effect::StartTimer {
                        key: timer.0,
                        at: timer.1,
                    });
                }
            }
        }
        effects.extend(self.notes.into_iter().map(Effect::Notify));
        Decision {
            events: self.events,
            effects,
        }
    }
}

/// Whether a notice on `wanted` is set off by `happened`.
fn fits(wanted: Trigger, happened: Trigger) -> bool {
    match (wanted, happened) {
        (Trigger::Ended(scheme, None), Trigger::Ended(other, _)) => {
            scheme.is_none() || scheme == other
        }
        _ => wanted == happened,
    }
}
