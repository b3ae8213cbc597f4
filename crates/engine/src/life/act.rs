//! `decide_life`: a command on the life of a convenant into events and effects, or a refusal.

use convenant_lang::model::{Body, BodyId, Entry, Meta, PartyId, Standing, TermLength, Who};
use jiff::civil::Date;

use super::{Life, LifeCause, LifeCommand, LifeEvent, LifeEventKind, apply_life, life_timers};
use crate::authority::{is_member, or_last_resort, parties_of, seats};
use crate::calendar::due;
use crate::running::plainly;
use crate::{
    Actor, Case, Cause, Decision, Effect, Moment, Notification, Program, Reason, Refusal,
    civil_date,
};

/// A decision on a life in the making.
pub(super) struct Work<'a> {
    pub program: &'a Program,
    pub actor: &'a Actor,
    pub now: Moment,
    pub today: Date,
    pub life: Life,
    before: &'a Life,
    events: Vec<LifeEvent>,
    notes: Vec<Notification>,
}

pub(super) type Outcome<T = ()> = Result<T, Refusal>;

pub(super) fn refuse<T>(reason: Reason, clause: &Meta) -> Outcome<T> {
    Err(Refusal {
        reason,
        clause: Some(clause.clone()),
    })
}

/// What a command makes of the life of a convenant. Pure; the same shape as `decide`.
pub fn decide_life(
    program: &Program,
    life: &Life,
    actor: &Actor,
    command: &LifeCommand,
    now: Moment,
) -> Result<Decision<LifeEvent>, Refusal> {
    let mut work = Work::on(program, life, actor, now);
    match command {
        LifeCommand::Establish => work.establish()?,
        LifeCommand::Fire { timer } => work.fire(*timer)?,
        LifeCommand::Sign { on } => work.sign(*on)?,
        LifeCommand::Approve { on } => work.approve(*on)?,
        LifeCommand::Perform { obligation } => work.perform(*obligation)?,
        LifeCommand::Unread { obligation, rung } => work.unread(*obligation, *rung)?,
        LifeCommand::GiveNotice { motivation } => work.give_notice(motivation)?,
        LifeCommand::Consent {
            to,
            in_writing,
            outside,
        } => work.consent(*to, *in_writing, outside.as_deref())?,
        LifeCommand::Extend => work.extend()?,
        LifeCommand::EndEarly { from, motivation } => work.end_early(*from, motivation)?,
    }
    Ok(work.finish())
}

impl<'a> Work<'a> {
    pub fn on(program: &'a Program, life: &'a Life, actor: &'a Actor, now: Moment) -> Work<'a> {
        Work {
            program,
            actor,
            now,
            today: civil_date(now),
            life: life.clone(),
            before: life,
            events: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn push(&mut self, kind: LifeEventKind) {
        let event = LifeEvent {
            at: self.now,
            by: self.actor.clone(),
            kind,
        };
        apply_life(&mut self.life, &event);
        self.events.push(event);
    }

    pub fn tell(&mut self, cause: LifeCause, to: Who, due: Option<Date>) {
        let parties = parties_of(self.program.model(), &Case::default(), to, self.today);
        let note = Notification {
            cause: Cause::Life(cause),
            to,
            parties,
            due,
            instead_of: None,
        };
        let nobody = Case::default();
        let model = self.program.model();
        let note = or_last_resort(model, &nobody, &self.life, note, self.today);
        if !self.notes.iter().any(|known| known.says_the_same(&note)) {
            self.notes.push(note);
        }
    }

    /// Tells every body that decides; without one, every role.
    pub fn tell_all(&mut self, cause: LifeCause, due: Option<Date>) {
        let model = self.program.model();
        let bodies: Vec<Who> = (0..=u16::MAX)
            .zip(&model.bodies)
            .filter(|(_, body)| !body.advises)
            .map(|(index, _)| Who::Body(BodyId(index)))
            .collect();
        let roles = || {
            let roles = (0..=u16::MAX).zip(&model.roles);
            roles
                .map(|(index, _)| Who::Role(convenant_lang::model::RoleId(index)))
                .collect()
        };
        for who in if bodies.is_empty() { roles() } else { bodies } {
            self.tell(cause, who, due);
        }
    }

    fn finish(self) -> Decision<LifeEvent> {
        let mut effects = Vec::new();
        if !self.events.is_empty() {
            let before = life_timers(self.program, self.before);
            let after = life_timers(self.program, &self.life);
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

    /// The actor's party.
    pub fn party(&self) -> Outcome<PartyId> {
        match self.actor {
            Actor::Person { party, .. } => Ok(*party),
            Actor::Clock => refuse(Reason::ClockOnly, &self.program.model().term.meta),
        }
    }

    /// The actor's party, which must be a member today.
    pub fn member(&self) -> Outcome<PartyId> {
        let party = self.party()?;
        let left = self.life.has_left(party, self.today);
        if left || !is_member(self.program.model(), party, self.today) {
            return refuse(Reason::NotAParty, &self.program.model().term.meta);
        }
        Ok(party)
    }

    pub fn seats(&self, body: &Body) -> Vec<PartyId> {
        let mut seats = seats(self.program.model(), &Case::default(), body, self.today);
        seats.retain(|party| !self.life.has_left(*party, self.today));
        seats
    }

    /// Puts what the file says about its own signing in the log.
    fn establish(&mut self) -> Outcome {
        let model = self.program.model();
        if *self.actor != Actor::Clock {
            return refuse(Reason::ClockOnly, &model.term.meta);
        }
        if self.life.established {
            return Ok(());
        }
        self.push(LifeEventKind::Established);
        // A day of signing for the whole convenant says nothing about each party where it waits for the last one.
        let whole = match model.term.entry {
            Entry::On(_) => model.term.signed,
            Entry::WhenAllSigned => None,
        };
        for party in signatories(self.program) {
            let own = model.parties.get(party.index()).and_then(|p| p.signed);
            if let Some(on) = own.or(whole) {
                self.push(LifeEventKind::Signed { party, on });
            }
        }
        self.enter_if_ready()
    }

    /// Enters into force once the day has come.
    pub fn enter_if_ready(&mut self) -> Outcome {
        if self.life.in_force.is_some() || self.life.ended {
            return Ok(());
        }
        let Some(on) = entry_date(self.program, &self.life) else {
            return Ok(());
        };
        if on > self.today {
            return Ok(());
        }
        let term = &self.program.model().term;
        let until = match term.length {
            TermLength::Dates { until, .. } => Some(until),
            TermLength::Length(length) => Some(self.after(on, length, &term.meta)?),
            TermLength::Indefinite => None,
        };
        self.push(LifeEventKind::EnteredIntoForce { on, until });
        self.tell_all(LifeCause::EnteredIntoForce, until);
        self.schedule_all(on)
    }

    /// So long after a day.
    pub fn after(
        &self,
        day: Date,
        length: convenant_lang::model::Duration,
        clause: &Meta,
    ) -> Outcome<Date> {
        let how = plainly(self.program, false);
        due(self.program.holidays(), day, length, how)
            .or_else(|_| refuse(Reason::NotCountable, clause))
    }

    fn sign(&mut self, on: Date) -> Outcome {
        let party = self.party()?;
        let term = &self.program.model().term;
        if !signatories(self.program).contains(&party) {
            return refuse(Reason::NotAParty, &term.meta);
        }
        if on > self.today {
            return refuse(Reason::WrongDay, &term.meta);
        }
        if self.life.signed_on(party).is_some() {
            return Ok(());
        }
        self.push(LifeEventKind::Signed { party, on });
        self.enter_if_ready()
    }

    fn approve(&mut self, on: Date) -> Outcome {
        let party = self.party()?;
        let model = self.program.model();
        let found = model.parties.get(party.index());
        let Some(found) = found.filter(|p| p.subject_to_approval.is_some()) else {
            return refuse(Reason::NotAParty, &model.term.meta);
        };
        if on > self.today {
            return refuse(Reason::WrongDay, &found.meta);
        }
        if self.life.approved_on(party).is_some() {
            return Ok(());
        }
        self.push(LifeEventKind::Approved { party, on });
        self.enter_if_ready()
    }
}

/// The parties whose signature counts: not supporters, not those that withdrew, and not those that come later or succeed another.
fn signatories(program: &Program) -> Vec<PartyId> {
    let parties = &program.model().parties;
    let succeeds = |id: PartyId| {
        parties
            .iter()
            .any(|p| p.succession.as_ref().is_some_and(|s| s.by == id))
    };
    (0..=u16::MAX)
        .zip(parties)
        .filter(|(_, party)| party.standing == Standing::Signatory && party.from.is_none())
        .map(|(index, _)| PartyId(index))
        .filter(|id| !succeeds(*id))
        .collect()
}

/// The first day in force, as far as it is known.
pub(super) fn entry_date(program: &Program, life: &Life) -> Option<Date> {
    match program.model().term.entry {
        Entry::On(day) => Some(day),
        Entry::WhenAllSigned => {
            let mut last = None;
            for id in signatories(program) {
                let signed = life.signed_on(id)?;
                let party = program.model().parties.get(id.index())?;
                let counts = match party.subject_to_approval {
                    Some(_) => signed.max(life.approved_on(id)?),
                    None => signed,
                };
                last = last.max(Some(counts));
            }
            last
        }
    }
}
