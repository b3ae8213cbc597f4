//! Random agreements, random commands on their life: what holds after each of them.

use std::collections::BTreeMap;

use convenant_lang::model::*;
use jiff::civil::date;
use proptest::prelude::*;

use crate::decide::tests::random::{Dice, PARTIES, ROLES, convenant};
use crate::*;

/// A shell in memory: the log, the life and the timers that the effects gave.
pub struct Shell {
    pub program: Program,
    pub life: Life,
    pub log: Vec<LifeEvent>,
    pub timers: BTreeMap<TimerKey, Moment>,
    pub told: Vec<Notification>,
    pub now: Moment,
}

impl Shell {
    /// A convenant whose file is in the log.
    pub fn new(model: Convenant, now: Moment) -> Shell {
        let mut shell = Shell {
            program: Program::compile(model, Holidays::dutch()).unwrap(),
            life: Life::default(),
            log: Vec::new(),
            timers: BTreeMap::new(),
            told: Vec::new(),
            now,
        };
        shell.act(&Actor::Clock, &LifeCommand::Establish).unwrap();
        shell
    }

    pub fn ask(
        &self,
        actor: &Actor,
        command: &LifeCommand,
    ) -> Result<Decision<LifeEvent>, Refusal> {
        decide_life(&self.program, &self.life, actor, command, self.now)
    }

    pub fn act(
        &mut self,
        actor: &Actor,
        command: &LifeCommand,
    ) -> Result<Decision<LifeEvent>, Refusal> {
        let decision = self.ask(actor, command)?;
        for event in &decision.events {
            let text = serde_json::to_string(event).unwrap();
            assert_eq!(*event, serde_json::from_str::<LifeEvent>(&text).unwrap());
            apply_life(&mut self.life, event);
            self.log.push(event.clone());
        }
        for effect in &decision.effects {
            match effect {
                Effect::StartTimer { key, at } => {
                    self.timers.insert(*key, *at);
                }
                Effect::StopTimer { key } => {
                    assert!(self.timers.remove(key).is_some(), "{key:?} did not run");
                }
                Effect::Notify(note) => self.told.push(note.clone()),
            }
        }
        let kept: Vec<_> = self.timers.iter().map(|(key, at)| (*key, *at)).collect();
        assert_eq!(kept, life_timers(&self.program, &self.life));
        Ok(decision)
    }

    /// Fires what is due, in order of time; each is accepted once.
    pub fn tick(&mut self) {
        loop {
            let due = self.timers.iter().filter(|(_, at)| **at <= self.now);
            let Some((TimerKey::Life(timer), _)) = due.min_by_key(|(_, at)| **at) else {
                return;
            };
            let timer = *timer;
            let fire = LifeCommand::Fire { timer };
            assert!(!self.act(&Actor::Clock, &fire).unwrap().events.is_empty());
            if !self.timers.contains_key(&TimerKey::Life(timer)) {
                let again = self.ask(&Actor::Clock, &fire).map_err(|r| r.reason);
                assert_eq!(again, Err(Reason::Stale), "{timer:?} fires once");
            }
        }
    }
}

fn command(dice: &mut Dice, shell: &Shell) -> LifeCommand {
    let today = civil_date(shell.now);
    let motivation = if dice.chance(8) { "omdat het moet" } else { "" }.to_owned();
    match dice.below(9) {
        0 => LifeCommand::Sign { on: today },
        1 => LifeCommand::Approve { on: today },
        2..5 => LifeCommand::Perform {
            obligation: dice.pick(&[
                ObligationRef::Evaluation(0),
                ObligationRef::Evaluation(1),
                ObligationRef::Duty(0),
                ObligationRef::Duty(1),
            ]),
        },
        5 => LifeCommand::GiveNotice { motivation },
        6 => LifeCommand::Consent {
            to: dice.pick(&[ConsentFor::Termination, ConsentFor::Extension]),
            in_writing: dice.chance(7),
            outside: None,
        },
        7 => LifeCommand::Extend,
        _ => LifeCommand::EndEarly {
            from: today.saturating_add(jiff::Span::new().days(i64::from(dice.below(200)))),
            motivation,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_life_is_the_fold_and_the_timers_are_those_of_the_life(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut model = convenant(&mut dice);
        if dice.chance(4) {
            model.term.entry = Entry::WhenAllSigned;
            model.term.length = TermLength::Length(Duration { amount: 24, unit: Unit::Months });
        }
        if dice.chance(2) {
            model.term.length = TermLength::Indefinite;
        }
        let mut shell = Shell::new(model, start_of_day(date(2017, 1, 1)));
        prop_assert!(shell.ask(&Actor::Clock, &LifeCommand::Establish).unwrap().events.is_empty());
        for _ in 0..80 {
            let hours = i64::from(dice.below(600));
            shell.now = Moment(shell.now.0 + hours * 3_600_000);
            shell.tick();
            let who = Actor::Person {
                person: "p".to_owned(),
                party: PartyId(dice.below(PARTIES)),
                role: RoleId(dice.below(ROLES)),
            };
            let what = command(&mut dice, &shell);
            if shell.act(&who, &what).is_ok() {
                let again = shell.ask(&who, &what);
                let silent = again.as_ref().map_or(true, |d| d.events.is_empty());
                prop_assert!(silent, "twice is once: {:?} gave {:?}", what, again);
            }
        }
        prop_assert_eq!(&shell.life, &replay_life(shell.log.iter()));
        crate::trace::check_life(&shell.log, &shell.life);
        let ends = shell.log.iter().filter(|e| e.kind == LifeEventKind::Ended).count();
        prop_assert!(ends <= 1);
        prop_assert_eq!(shell.life.ended, ends == 1);
    }
}
