//! Random agreements, random actors, random commands: what holds after each of them.

use std::collections::BTreeMap;

use convenant_lang::model::*;
use jiff::civil::date;
use proptest::prelude::*;

use super::random::{Dice, FACTS, PARTIES, ROLES, convenant, value};
use crate::*;

/// A shell in memory: the log, the state and the timers that the effects gave.
pub struct Shell {
    pub program: Program,
    pub life: Life,
    pub ledger: Ledger,
    pub case: Case,
    pub log: Vec<Event>,
    pub timers: BTreeMap<TimerKey, Moment>,
    pub now: Moment,
}

impl Shell {
    pub fn new(program: Program, now: Moment) -> Shell {
        let establish = LifeCommand::Establish;
        let mut life = Life::default();
        let start = start_of_day(date(2017, 3, 15));
        let born = decide_life(&program, &life, &Actor::Clock, &establish, start).unwrap();
        for event in &born.events {
            apply_life(&mut life, event);
        }
        Shell {
            program,
            life,
            ledger: Ledger::new(),
            case: Case::default(),
            log: Vec::new(),
            timers: BTreeMap::new(),
            now,
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            ledger: &self.ledger,
            life: &self.life,
            refusals: &[],
        }
    }

    pub fn ask(&self, actor: &Actor, command: &Command) -> Result<Decision, Refusal> {
        decide(&self.program, &self.case, actor, command, &self.context())
    }

    /// Carries a command out and checks what always holds.
    pub fn act(&mut self, actor: &Actor, command: &Command) -> Result<Decision, Refusal> {
        let decision = self.ask(actor, command)?;
        assert_eq!(
            Ok(&decision),
            self.ask(actor, command).as_ref(),
            "deterministic"
        );
        for event in &decision.events {
            let text = serde_json::to_string(event).unwrap();
            assert_eq!(*event, serde_json::from_str::<Event>(&text).unwrap());
            apply(&mut self.case, event);
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
                Effect::Notify(note) => assert!(note.parties.is_sorted()),
            }
        }
        self.check();
        Ok(decision)
    }

    pub fn check(&self) {
        let expected: Vec<_> = timers(&self.program, &self.case);
        let kept: Vec<_> = self.timers.iter().map(|(key, at)| (*key, *at)).collect();
        assert_eq!(
            kept, expected,
            "the timers in the shell are those of the state"
        );
        let mut ids: Vec<u32> = self.case.deadlines.iter().map(|d| d.id).collect();
        assert!(self.case.overdue.iter().all(|id| ids.contains(id)));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(
            ids.len(),
            self.case.deadlines.len(),
            "every deadline has its own number"
        );
        if matches!(self.case.place, Place::End(_)) {
            let objection = |d: &RunningDeadline| {
                matches!(
                    d.of,
                    DeadlineRef::Objection | DeadlineRef::ObjectionDecision
                )
            };
            assert!(
                self.case.deadlines.iter().all(objection),
                "nothing else runs after the end"
            );
        }
    }

    /// Fires what is due, in order of time; each is accepted once.
    pub fn tick(&mut self) {
        for _ in 0..200 {
            let due = self.timers.iter().filter(|(_, at)| **at <= self.now);
            let Some(timer) = due.min_by_key(|(_, at)| **at).map(|(key, _)| *key) else {
                return;
            };
            let fire = Command::Fire { timer };
            let fired = self.act(&Actor::Clock, &fire);
            assert!(fired.is_ok(), "{timer:?} is due: {fired:?}");
            assert!(!fired.unwrap().events.is_empty());
            if self.timers.get(&timer).is_none_or(|at| *at > self.now) {
                let again = self.ask(&Actor::Clock, &fire).map_err(|r| r.reason);
                assert_eq!(again, Err(Reason::Stale), "{timer:?} fires once");
            }
        }
    }
}

pub fn person(party: u16, role: u16) -> Actor {
    Actor::Person {
        person: "p".to_owned(),
        party: PartyId(party),
        role: RoleId(role),
    }
}

fn actor(dice: &mut Dice) -> Actor {
    match dice.below(12) {
        0 => Actor::Clock,
        1 => person(dice.below(PARTIES + 1), dice.below(ROLES + 1)),
        2..5 => person(4, 0),
        5..7 => person(5, dice.below(2)),
        7..9 => person(6, 2),
        _ => {
            let party = dice.below(4);
            person(party, 3 + dice.below(2))
        }
    }
}

fn text(dice: &mut Dice) -> String {
    if dice.chance(9) {
        "omdat het moet".to_owned()
    } else {
        " ".to_owned()
    }
}

fn command(dice: &mut Dice, shell: &Shell) -> Command {
    let today = civil_date(shell.now);
    let exit = ExitId(dice.below(5));
    let deadline = u32::from(dice.below(6));
    match dice.below(27) {
        0 => Command::Open {
            scheme: SchemeId(dice.below(2)),
        },
        1..4 => Command::Supply {
            facts: (0..1 + dice.below(3))
                .map(|_| {
                    let fact = FactId(dice.below(FACTS + 1));
                    (fact, value(dice, fact, today))
                })
                .collect(),
        },
        4 => {
            let fact = FactId(dice.below(FACTS));
            Command::Correct {
                fact,
                value: value(dice, fact, today),
                motivation: text(dice),
            }
        }
        5 => Command::Judge {
            criterion: CriterionId(dice.below(5)),
            holds: dice.chance(7),
            motivation: text(dice),
        },
        6 => Command::Submit {
            evidence: EvidenceId(0),
            issued: today,
        },
        7 | 8 => Command::DoTask {
            task: TaskId(dice.below(4)),
        },
        9 => Command::Advise {
            exit,
            favourable: dice.chance(5),
            motivation: text(dice),
        },
        10 => Command::Always {
            exit: ExitId(dice.below(2)),
            motivation: Some(text(dice)),
        },
        11 => Command::Offer {
            exit,
            neighbourhood: None,
            motivation: None,
        },
        12 => Command::Answer {
            exit,
            answer: dice.pick(&[Answer::Accepted, Answer::Refused, Answer::RefusedOn(0)]),
        },
        13 => Command::Suspend {
            until: None,
            motivation: text(dice),
        },
        14 => Command::Resume,
        15 => Command::Extend {
            motivation: text(dice),
        },
        16 => Command::Evaluate {
            evaluation: 0,
            present: (0..ROLES).map(|role| Who::Role(RoleId(role))).collect(),
        },
        24 => Command::Reschedule {
            deadline,
            due: today.saturating_add(jiff::Span::new().days(i64::from(dice.below(60)) - 5)),
            motivation: text(dice),
        },
        25 => Command::Recompute,
        26 => Command::Unread {
            deadline,
            rung: dice.below(3),
        },
        17 => Command::Object {
            motivation: text(dice),
        },
        _ => Command::Exit {
            exit,
            choice: choice(dice, shell, exit),
        },
    }
}

/// A party that may act as this, in a role that it fills.
pub fn fitting(dice: &mut Dice, shell: &Shell, who: Who) -> Actor {
    let (model, case) = (shell.program.model(), &shell.case);
    let today = civil_date(shell.now);
    let parties = authority::parties_of(model, case, who, today);
    if parties.is_empty() {
        return actor(dice);
    }
    let party = dice.pick(&parties);
    let role = match who {
        Who::Role(role) => role,
        Who::Body(_) => (0..ROLES)
            .map(RoleId)
            .find(|role| authority::fills(model, case, *role, party, today))
            .unwrap_or(RoleId(0)),
    };
    person(party.0, role.0)
}

/// A command that the step in which the case is expects, by somebody who may.
fn expected(dice: &mut Dice, shell: &Shell) -> (Actor, Command) {
    let scheme = &shell.program.model().schemes[0];
    let refused = matches!(shell.case.eligibility, Some((_, Eligible::Unmet)));
    if let (Some(objection), true) = (&scheme.eligibility.objection, refused) {
        let motivation = text(dice);
        let command = match &shell.case.objection {
            None => Command::Object { motivation },
            Some(_) if dice.chance(3) => Command::ExtendObjection { motivation },
            Some(_) => Command::DecideObjection {
                upheld: dice.chance(5),
                motivation,
            },
        };
        return (fitting(dice, shell, objection.by), command);
    }
    let Place::Step(here) = shell.case.place else {
        return (actor(dice), command(dice, shell));
    };
    let step = &scheme.handover.steps[here.index()];
    let id = dice.below(u16::try_from(step.exits.len()).unwrap());
    let exit = ExitId(id);
    let judge = scheme.eligibility.criteria.len() - 1;
    let Test::Judgement(judged_by) = scheme.eligibility.criteria[judge].test else {
        panic!("the last one is a judgement");
    };
    let advice = scheme.eligibility.advice.first();
    let (who, what) = match &step.exits[usize::from(id)].kind {
        ExitKind::Offer(offer) if shell.case.offers.open.is_some() => {
            let answer = dice.pick(&[Answer::Accepted, Answer::Refused, Answer::RefusedOn(0)]);
            (offer.answered_by, Command::Answer { exit, answer })
        }
        ExitKind::Offer(offer) => {
            let neighbourhood = None;
            (
                offer.by,
                Command::Offer {
                    exit,
                    neighbourhood,
                    motivation: None,
                },
            )
        }
        ExitKind::Eligibility { .. } if dice.chance(3) && advice.is_some() => {
            let motivation = text(dice);
            let favourable = true;
            (
                *advice.unwrap(),
                Command::Advise {
                    exit,
                    favourable,
                    motivation,
                },
            )
        }
        ExitKind::Eligibility { .. } if dice.chance(4) => {
            let criterion = CriterionId(u16::try_from(judge).unwrap());
            let (holds, motivation) = (dice.chance(5), text(dice));
            (
                judged_by,
                Command::Judge {
                    criterion,
                    holds,
                    motivation,
                },
            )
        }
        kind => {
            let who = match kind {
                ExitKind::Decision { by, .. } | ExitKind::Allocate { by, .. } => *by,
                ExitKind::Act { by, .. } => by[0],
                ExitKind::Eligibility { .. } => {
                    scheme.eligibility.decided_by.unwrap_or(step.actors[0])
                }
                _ => step.actors[0],
            };
            let choice = choice(dice, shell, exit);
            (who, Command::Exit { exit, choice })
        }
    };
    (fitting(dice, shell, who), what)
}

fn any_command(dice: &mut Dice, shell: &Shell) -> (Actor, Command) {
    if dice.chance(5) {
        expected(dice, shell)
    } else {
        (actor(dice), command(dice, shell))
    }
}

/// What mostly fits the exit.
fn choice(dice: &mut Dice, shell: &Shell, exit: ExitId) -> Choice {
    let steps = &shell.program.model().schemes[0].handover.steps;
    let kind = match shell.case.place {
        Place::Step(step) => steps[step.index()].exits.get(exit.index()).map(|e| &e.kind),
        _ => None,
    };
    match kind {
        Some(ExitKind::Eligibility { .. }) => Choice::Eligibility {
            otherwise: dice.chance(3).then(|| (dice.chance(5), text(dice))),
        },
        Some(ExitKind::Decision { .. }) => Choice::Decision {
            outcome: dice.below(3),
            motivation: Some(text(dice)),
        },
        Some(ExitKind::Allocate { .. }) => Choice::Allocate {
            party: PartyId(dice.below(PARTIES)),
            neighbourhood: None,
            motivation: Some(text(dice)),
        },
        _ => Choice::Plain {
            motivation: Some(text(dice)),
        },
    }
}

fn opened(seed: u64) -> Option<(Shell, Dice)> {
    let mut dice = Dice::new(seed);
    let program = Program::compile(convenant(&mut dice), Holidays::dutch()).unwrap();
    let day = date(2018, 10, 1).saturating_add(jiff::Span::new().days(i64::from(dice.below(400))));
    let mut shell = Shell::new(program, Moment(start_of_day(day).0 + 9 * 3_600_000));
    let open = Command::Open {
        scheme: SchemeId(0),
    };
    let openers = [person(4, 0), person(5, 1), person(6, 2)];
    let done = openers.iter().any(|actor| shell.act(actor, &open).is_ok());
    done.then_some((shell, dice))
}

fn pass_time(dice: &mut Dice, shell: &mut Shell) {
    let next = shell.timers.values().min().copied();
    let hours = i64::from(dice.below(96));
    shell.now = match next {
        Some(next) if dice.chance(5) => shell.now.max(next),
        _ => Moment(shell.now.0 + hours * 3_600_000),
    };
    shell.tick();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_is_the_fold_and_the_timers_are_those_of_the_state(seed in any::<u64>()) {
        let Some((mut shell, mut dice)) = opened(seed) else { return Ok(()) };
        for _ in 0..60 {
            if dice.chance(3) {
                pass_time(&mut dice, &mut shell);
            }
            let (who, what) = any_command(&mut dice, &shell);
            let (visit, place) = (shell.case.visit, shell.case.place);
            if shell.act(&who, &what).is_err() {
                continue;
            }
            // The same command again is about another step when the first one moved the case; the shell's sequence number stops that one.
            if (visit, place) == (shell.case.visit, shell.case.place) {
                let again = shell.ask(&who, &what);
                let silent = again.as_ref().map_or(true, |d| d.events.is_empty());
                prop_assert!(silent, "twice is once: {:?} gave {:?}", what, again);
            }
        }
        prop_assert_eq!(&shell.case, &replay(shell.log.iter()), "state = fold(events)");
        crate::trace::check(&shell.log, &shell.case);
    }

    #[test]
    fn a_refusal_changes_nothing_and_a_stranger_does_nothing(seed in any::<u64>()) {
        let Some((mut shell, mut dice)) = opened(seed) else { return Ok(()) };
        for _ in 0..30 {
            let what = command(&mut dice, &shell);
            let before = shell.case.clone();
            // The supporter fills no role, whatever it claims.
            let role = dice.below(ROLES);
            prop_assert!(shell.ask(&person(7, role), &what).is_err());
            let of_clock = matches!(what, Command::Recompute | Command::Unread { .. });
            prop_assert!(of_clock || shell.ask(&Actor::Clock, &what).is_err());
            prop_assert_eq!(&before, &shell.case);
            let who = actor(&mut dice);
            let _ = shell.act(&who, &what);
        }
    }

    #[test]
    fn nobody_but_the_clock_fires(seed in any::<u64>()) {
        let Some((shell, _)) = opened(seed) else { return Ok(()) };
        for timer in shell.timers.keys() {
            let fire = Command::Fire { timer: *timer };
            prop_assert_eq!(shell.ask(&person(4, 0), &fire).map_err(|r| r.reason), Err(Reason::ClockOnly));
            let early = shell.timers[timer] > shell.now;
            let answer = shell.ask(&Actor::Clock, &fire).map_err(|r| r.reason);
            prop_assert_eq!(early, answer == Err(Reason::Stale));
        }
    }
}

/// The random agreements are worth the name: cases move, end, run late, are suspended and resumed.
#[test]
fn the_random_stories_visit_everything() {
    let mut seen = BTreeMap::<String, u32>::new();
    for seed in 0..200 {
        let Some((mut shell, mut dice)) = opened(seed) else {
            continue;
        };
        for _ in 0..60 {
            if dice.chance(3) {
                pass_time(&mut dice, &mut shell);
            }
            let (who, what) = any_command(&mut dice, &shell);
            let _ = shell.act(&who, &what);
        }
        for event in &shell.log {
            let json = serde_json::to_value(&event.kind).unwrap();
            let name = match &json {
                serde_json::Value::Object(fields) => fields.keys().next().unwrap().clone(),
                other => other.as_str().unwrap().to_owned(),
            };
            *seen.entry(name).or_default() += 1;
        }
    }
    let all = [
        "opened",
        "assigned",
        "supplied",
        "corrected",
        "judged",
        "submitted",
        "task_done",
        "advised",
        "eligibility_decided",
        "decided",
        "voted",
        "acted",
        "allocated",
        "offered",
        "answered",
        "entered",
        "ended",
        "deadline_started",
        "deadline_stopped",
        "deadline_moved",
        "rescheduled",
        "suspended",
        "resumed",
        "extended",
        "evaluated",
        "objected",
        "objection_voted",
        "objection_extended",
        "objection_decided",
        "reminded",
        "overdue",
        "escalated",
        "term_set",
        "term_ended",
        "elapsed",
    ];
    for name in all {
        assert!(seen.contains_key(name), "no story has `{name}`: {seen:?}");
    }
}
