//! Running cases and an amendment: two small versions of one agreement, and cases that stay, go on, go elsewhere or end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod deadlines;
mod moves;
mod pairs;

use convenant_lang::check;
use convenant_lang::model::*;
use jiff::civil::{Date, date};

use crate::*;

const OLD: &str = include_str!("old.convenant");
const NEW: &str = include_str!("new.convenant");

fn program(source: &str) -> Program {
    let checked = check(source.as_bytes());
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| format!("{d:?}"))
        .collect();
    let model = checked.model.unwrap_or_else(|| panic!("{said:#?}"));
    Program::compile(model, Holidays::dutch()).unwrap()
}

/// The new version with one place written otherwise.
fn new_with(place: &str, otherwise: &str) -> Program {
    assert!(NEW.contains(place), "{place}");
    program(&NEW.replacen(place, otherwise, 1))
}

fn on(day: Date) -> Moment {
    Moment(start_of_day(day).0 + 9 * 3_600_000)
}

/// A case of the old version, and what it becomes.
struct Story {
    old: Program,
    new: Program,
    program: Program,
    life: Life,
    ledger: Ledger,
    case: Case,
    log: Vec<Event>,
    now: Moment,
}

impl Story {
    /// Opens a case on 1 November 2018.
    fn new(new: Program) -> Story {
        let old = program(OLD);
        let mut life = Life::default();
        let start = start_of_day(date(2018, 1, 1));
        let born = decide_life(&old, &life, &Actor::Clock, &LifeCommand::Establish, start);
        for event in &born.unwrap().events {
            apply_life(&mut life, event);
        }
        let mut story = Story {
            program: old.clone(),
            old,
            new,
            life,
            ledger: Ledger::new(),
            case: Case::default(),
            log: Vec::new(),
            now: on(date(2018, 11, 1)),
        };
        let scheme = SchemeId(0);
        story.does("Opvang", "zorg", &Command::Open { scheme });
        story
    }

    fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            ledger: &self.ledger,
            life: &self.life,
            refusals: &[],
        }
    }

    fn take(&mut self, decision: &Decision) {
        for event in &decision.events {
            let text = serde_json::to_string(event).unwrap();
            assert_eq!(*event, serde_json::from_str::<Event>(&text).unwrap());
            apply(&mut self.case, event);
            self.log.push(event.clone());
        }
        assert_eq!(replay(self.log.iter()), self.case, "state = fold(events)");
        crate::trace::check(&self.log, &self.case);
    }

    fn tries(&mut self, party: &str, role: &str, command: &Command) -> Result<Decision, Refusal> {
        let model = self.program.model();
        let actor = Actor::Person {
            person: "p".to_owned(),
            party: model.party_named(party).unwrap(),
            role: model.role_named(role).unwrap(),
        };
        let decision = decide(&self.program, &self.case, &actor, command, &self.context())?;
        self.take(&decision);
        Ok(decision)
    }

    fn does(&mut self, party: &str, role: &str, command: &Command) -> Decision {
        self.tries(party, role, command).unwrap()
    }

    fn fact(&mut self, name: &str, text: &str) {
        let model = self.program.model();
        let fact = model.fact_named(name).unwrap();
        let kind = &model.facts[fact.index()].kind;
        let value = convenant_lang::parse_value(model, kind, text).unwrap();
        let facts = vec![(fact, value)];
        self.does("Opvang", "zorg", &Command::Supply { facts });
    }

    fn known(&self, name: &str) -> Option<Secret> {
        let fact = self.program.model().fact_named(name)?;
        let (secret, _) = self.case.facts.get(fact.index())?.clone()?;
        Some(secret)
    }

    fn exit(&mut self, party: &str, role: &str, exit: u16) {
        let choice = Choice::Plain { motivation: None };
        let exit = ExitId(exit);
        self.does(party, role, &Command::Exit { exit, choice });
    }

    fn migration(&self) -> Migration {
        migration(&self.old, &self.new).unwrap()
    }

    fn asks_to_move(&self) -> Result<Decision, Refusal> {
        let migration = self.migration();
        let context = self.context();
        decide_migration(&self.old, &self.new, &migration, &self.case, &context)
    }

    /// Moves the case; the timers that the effects set are those of the new state.
    fn moves(&mut self) -> Decision {
        let mut kept: std::collections::BTreeMap<_, _> =
            timers(&self.old, &self.case).into_iter().collect();
        let decision = self.asks_to_move().unwrap();
        assert_eq!(Ok(&decision), self.asks_to_move().as_ref(), "deterministic");
        self.take(&decision);
        for effect in &decision.effects {
            match effect {
                Effect::StartTimer { key, at } => drop(kept.insert(*key, *at)),
                Effect::StopTimer { key } => assert!(kept.remove(key).is_some()),
                Effect::Notify(_) => {}
            }
        }
        if decision
            .events
            .iter()
            .any(|e| matches!(e.kind, EventKind::Moved { .. }))
        {
            self.program = self.new.clone();
        }
        let kept: Vec<_> = kept.into_iter().collect();
        assert_eq!(kept, timers(&self.program, &self.case));
        decision
    }

    fn step(&self) -> &str {
        let Place::Step(step) = self.case.place else {
            panic!("{:?}", self.case.place)
        };
        &self.program.model().schemes[0].handover.steps[step.index()].name
    }

    /// The last day of the main deadline of the current step.
    fn due(&self) -> Date {
        let Place::Step(step) = self.case.place else {
            panic!("{:?}", self.case.place)
        };
        self.deadline(DeadlineRef::Step(step, 0)).unwrap().due
    }

    fn deadline(&self, of: DeadlineRef) -> Option<RunningDeadline> {
        self.case.deadlines.iter().find(|d| d.of == of).cloned()
    }

    fn task(&self, name: &str) -> Option<DeadlineRef> {
        let Place::Step(step) = self.case.place else {
            panic!("{:?}", self.case.place)
        };
        let tasks = &self.program.model().schemes[0].handover.steps[step.index()].tasks;
        let index = tasks.iter().position(|t| t.name == name)?;
        Some(DeadlineRef::Task(
            step,
            TaskId(u16::try_from(index).unwrap()),
        ))
    }
}
