//! A region in memory: the life of its convenant, its ledger and its clock, for scenarios and simulations.
//!
//! Input: commands with a moment. Output: decisions, carried out: events applied, timers set, placements booked. Invariants:
//! everything goes through the engine's `decide`; timers fire at their own moment, in order of time; nothing here reads a clock.

use std::collections::BTreeMap;

use convenant_engine::spread::{CaseRef, InForce, Proposal, Question};
use convenant_engine::{
    Actor, Case, Command, Context, Decision, Effect, Event, EventKind, Ledger, Life, LifeCommand,
    LifeEvent, LifeEventKind, Moment, PriorRefusal, Program, Refusal, TimerKey, apply, apply_life,
    decide, decide_life,
};
use convenant_lang::model::{SchemeId, Value};
use jiff::civil::Date;

/// A case with the timers that run for it.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its name in the ledger.
    pub id: CaseRef,
    /// Its state.
    pub case: Case,
    /// When each timer is due.
    pub timers: BTreeMap<TimerKey, Moment>,
    /// The moment of its last event.
    pub touched: Moment,
}

impl Track {
    /// A case that has not been opened.
    pub fn new(id: CaseRef) -> Self {
        Self {
            id,
            case: Case::default(),
            timers: BTreeMap::new(),
            touched: Moment(0),
        }
    }

    /// The timer that is due first.
    pub fn next_timer(&self) -> Option<(Moment, TimerKey)> {
        first(&self.timers)
    }

    /// Takes over what was decided.
    pub fn carry_out(&mut self, decision: &Decision<Event>) {
        for event in &decision.events {
            apply(&mut self.case, event);
            self.touched = event.at;
        }
        set_timers(&mut self.timers, &decision.effects);
    }
}

/// A region in memory.
#[derive(Debug, Clone)]
pub struct World<'p> {
    /// The convenant.
    pub program: &'p Program,
    /// Its life.
    pub life: Life,
    /// Timers of its life.
    pub life_timers: BTreeMap<TimerKey, Moment>,
    /// Its placements.
    pub ledger: Ledger,
}

impl<'p> World<'p> {
    /// A convenant of which nothing has happened yet.
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            life: Life::default(),
            life_timers: BTreeMap::new(),
            ledger: Ledger::new(),
        }
    }

    /// Puts into the life what the file says about its own signing.
    pub fn establish(&mut self, now: Moment) -> Result<Decision<LifeEvent>, Box<Refusal>> {
        self.live(&Actor::Clock, &LifeCommand::Establish, now)
    }

    /// A command on the life of the convenant.
    pub fn live(
        &mut self,
        actor: &Actor,
        command: &LifeCommand,
        now: Moment,
    ) -> Result<Decision<LifeEvent>, Box<Refusal>> {
        let decision = decide_life(self.program, &self.life, actor, command, now)?;
        for event in &decision.events {
            apply_life(&mut self.life, event);
        }
        set_timers(&mut self.life_timers, &decision.effects);
        Ok(decision)
    }

    /// The timer of the life that is due first.
    pub fn next_life_timer(&self) -> Option<(Moment, TimerKey)> {
        first(&self.life_timers)
    }

    /// Fires the timer of the life that is due first; says whether the term changed, so that cases are to be told.
    pub fn fire_life(&mut self) -> bool {
        let Some((at, key)) = self.next_life_timer() else {
            return false;
        };
        self.life_timers.remove(&key);
        let TimerKey::Life(timer) = key else {
            return false;
        };
        // A timer that the life no longer knows is stale: nothing happens.
        self.live(&Actor::Clock, &LifeCommand::Fire { timer }, at)
            .is_ok_and(|decision| changes_term(&decision))
    }

    /// A command on a case: decided, and carried out when it is accepted.
    pub fn act(
        &mut self,
        track: &mut Track,
        actor: &Actor,
        command: &Command,
        now: Moment,
        refusals: &[PriorRefusal],
    ) -> Result<Decision<Event>, Box<Refusal>> {
        let context = Context {
            now,
            ledger: &self.ledger,
            life: &self.life,
            refusals,
        };
        let decision = decide(self.program, &track.case, actor, command, &context)?;
        track.carry_out(&decision);
        self.book(track, &decision);
        Ok(decision)
    }

    /// Fires the timer of a case that is due first; none when it was stale.
    pub fn fire(&mut self, track: &mut Track) -> Option<(Moment, TimerKey, Decision<Event>)> {
        let (at, timer) = track.next_timer()?;
        track.timers.remove(&timer);
        let decision = self
            .act(track, &Actor::Clock, &Command::Fire { timer }, at, &[])
            .ok()?;
        Some((at, timer, decision))
    }

    /// Who is next by the rules, for this case on this day; none when the scheme spreads nothing.
    pub fn proposal(&self, scheme: SchemeId, case: &Case, on: Date) -> Option<Proposal> {
        let spread = self.program.spread(scheme)?;
        let question = Question {
            on,
            in_force: InForce {
                from: self.life.in_force.unwrap_or(on),
                until: self.life.until,
            },
            fact: &|id| match fact_value(case, id.index()) {
                Some(Value::Party(party)) => Some(*party),
                _ => None,
            },
            member: &|party| self.life.takes_part(self.program.model(), party, on),
            neighbourhood: None,
            replaces: case.placement.as_ref(),
        };
        spread.propose(&question, &self.ledger).ok()
    }

    /// Books a placement that the decision made.
    fn book(&mut self, track: &Track, decision: &Decision<Event>) {
        let placed = decision.events.iter().any(|event| {
            matches!(
                event.kind,
                EventKind::Allocated { .. } | EventKind::Answered { .. }
            )
        });
        if let (true, Some(scheme), Some(placement)) =
            (placed, track.case.scheme, &track.case.placement)
        {
            self.ledger.place(track.id, scheme, placement.clone());
        }
    }
}

/// The value of a fact of a case, if it is known.
pub fn fact_value(case: &Case, index: usize) -> Option<&Value> {
    case.facts
        .get(index)
        .and_then(Option::as_ref)
        .and_then(|(secret, _)| secret.value())
}

fn first(timers: &BTreeMap<TimerKey, Moment>) -> Option<(Moment, TimerKey)> {
    timers.iter().map(|(key, at)| (*at, *key)).min()
}

/// Whether the term of the convenant is another one now, so that running cases are to be told.
pub fn changes_term(decision: &Decision<LifeEvent>) -> bool {
    decision.events.iter().any(|event| {
        matches!(
            event.kind,
            LifeEventKind::Extended { .. } | LifeEventKind::EndMoved { .. } | LifeEventKind::Ended
        )
    })
}

/// Carries out the effects on timers.
pub fn set_timers(timers: &mut BTreeMap<TimerKey, Moment>, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::StartTimer { key, at } => {
                timers.insert(*key, *at);
            }
            Effect::StopTimer { key } => {
                timers.remove(key);
            }
            Effect::Notify(_) => {}
        }
    }
}
