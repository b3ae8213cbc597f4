//! The three regions, as their files say, under random commands by those who may.

use std::collections::BTreeSet;

use convenant_lang::check;
use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::properties::{Shell, person};
use super::random::Dice;
use crate::*;

/// A region's file, compiled.
fn region(name: &str) -> Program {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/../../convenants/{name}/{name}.convenant");
    let checked = check(&std::fs::read(path).unwrap());
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| format!("{d:?}"))
        .collect();
    let model = checked.model.unwrap_or_else(|| panic!("{said:#?}"));
    Program::compile(model, Holidays::dutch()).unwrap()
}

fn value(dice: &mut Dice, model: &Convenant, kind: &Type, today: Date) -> Value {
    let near = today.saturating_add(jiff::Span::new().days(i64::from(dice.below(200)) - 60));
    match kind {
        Type::Bool => Value::Bool(dice.chance(7)),
        Type::Number => Value::Number(i64::from(dice.below(5)) * SCALE),
        Type::Money => Value::Money(i64::from(dice.below(3)) * 50_000),
        Type::Percentage => Value::Percentage(i64::from(dice.below(100)) * SCALE),
        Type::Date if dice.chance(3) => Value::Date(date(1985, 6, 14)),
        Type::Date => Value::Date(near),
        Type::Duration => Value::Duration(dice.length()),
        Type::Text | Type::Neighbourhood => Value::Text("tekst".to_owned()),
        Type::Choice(options) => Value::Choice(dice.below(u16::try_from(options.len()).unwrap())),
        Type::Party(kind) => {
            let fits = |p: &Party| kind.is_none_or(|kind| p.kind == kind);
            let found = (0..=u16::MAX).zip(&model.parties).filter(|(_, p)| fits(p));
            let all: Vec<u16> = found.map(|(index, _)| index).collect();
            Value::Party(PartyId(dice.pick(&all)))
        }
        Type::Periods => Value::Periods(vec![Period {
            from: date(2008, 1, 1),
            until: None,
        }]),
    }
}

/// A party that may act as this, in a role that it fills.
fn fitting(dice: &mut Dice, shell: &Shell, who: Who) -> Actor {
    let (model, today) = (shell.program.model(), civil_date(shell.now));
    let parties = authority::parties_of(model, &shell.case, who, today);
    if parties.is_empty() {
        return person(0, 0);
    }
    let party = dice.pick(&parties);
    let fills = |role: &RoleId| authority::fills(model, &shell.case, *role, party, today);
    let roles = u16::try_from(model.roles.len()).unwrap();
    let role = match who {
        Who::Role(role) => Some(role),
        Who::Body(_) => (0..roles).map(RoleId).find(fills),
    };
    person(party.0, role.map_or(0, |role| role.0))
}

fn act(dice: &mut Dice, shell: &Shell, scheme: &Scheme, step: &Step) -> (Who, Command) {
    let model = shell.program.model();
    let today = civil_date(shell.now);
    let motivation = || "omdat het moet".to_owned();
    let (any_exit, actor) = (
        dice.below(u16::try_from(step.exits.len()).unwrap()),
        step.actors[0],
    );
    let exit = ExitId(any_exit);
    let number = |n: usize| u16::try_from(n).unwrap();
    match dice.below(20) {
        0..6 => {
            let fact = dice.below(number(model.facts.len()));
            let found = &model.facts[usize::from(fact)];
            let who = found.supplied_by.first().copied().unwrap_or(actor);
            let facts = vec![(FactId(fact), value(dice, model, &found.kind, today))];
            (who, Command::Supply { facts })
        }
        6 | 7 => {
            let criterion = dice.below(number(scheme.eligibility.criteria.len()));
            let test = &scheme.eligibility.criteria[usize::from(criterion)].test;
            let who = if let Test::Judgement(who) = test {
                *who
            } else {
                actor
            };
            let (criterion, holds) = (CriterionId(criterion), dice.chance(8));
            (
                who,
                Command::Judge {
                    criterion,
                    holds,
                    motivation: motivation(),
                },
            )
        }
        8..11 if !step.tasks.is_empty() => {
            let task = dice.below(number(step.tasks.len()));
            let who = step.tasks[usize::from(task)]
                .actors
                .first()
                .copied()
                .unwrap_or(actor);
            (who, Command::DoTask { task: TaskId(task) })
        }
        11 if !step.evidence.is_empty() => {
            let evidence = dice.pick(&step.evidence);
            let who = model.evidence[evidence.index()]
                .supplied_by
                .first()
                .copied()
                .unwrap_or(actor);
            (
                who,
                Command::Submit {
                    evidence,
                    issued: today,
                },
            )
        }
        12 => (
            actor,
            Command::Suspend {
                until: None,
                motivation: motivation(),
            },
        ),
        13 => (
            actor,
            Command::Extend {
                motivation: motivation(),
            },
        ),
        14 => {
            let roles = (0..number(model.roles.len())).map(|role| Who::Role(RoleId(role)));
            let by = step.evaluations.first().map_or(actor, |e| e.by);
            (
                by,
                Command::Evaluate {
                    evaluation: 0,
                    present: roles.collect(),
                },
            )
        }
        15 if dice.chance(1) => (
            actor,
            Command::Always {
                exit: ExitId(0),
                motivation: Some(motivation()),
            },
        ),
        _ => leave(dice, shell, scheme, step, exit),
    }
}

fn leave(
    dice: &mut Dice,
    shell: &Shell,
    scheme: &Scheme,
    step: &Step,
    exit: ExitId,
) -> (Who, Command) {
    let motivation = "omdat het moet".to_owned();
    let actor = step.actors[0];
    match &step.exits[exit.index()].kind {
        ExitKind::Offer(offer) if shell.case.offers.open.is_some() => {
            let answer = dice.pick(&[Answer::Accepted, Answer::Refused]);
            (offer.answered_by, Command::Answer { exit, answer })
        }
        ExitKind::Offer(offer) => (
            offer.by,
            Command::Offer {
                exit,
                neighbourhood: None,
                motivation: None,
            },
        ),
        ExitKind::Decision { advice, .. } if !advice.is_empty() && dice.chance(5) => (
            advice[0],
            Command::Advise {
                exit,
                favourable: true,
                motivation,
            },
        ),
        ExitKind::Decision { by, outcomes, .. } => {
            let outcome = dice.below(u16::try_from(outcomes.len()).unwrap());
            let choice = Choice::Decision {
                outcome,
                motivation: Some(motivation),
            };
            (*by, Command::Exit { exit, choice })
        }
        ExitKind::Eligibility { .. } => {
            let advice = &scheme.eligibility.advice;
            if !advice.is_empty() && dice.chance(5) {
                return (
                    advice[0],
                    Command::Advise {
                        exit,
                        favourable: true,
                        motivation,
                    },
                );
            }
            let choice = Choice::Eligibility {
                otherwise: dice.chance(2).then_some((true, motivation)),
            };
            (
                scheme.eligibility.decided_by.unwrap_or(actor),
                Command::Exit { exit, choice },
            )
        }
        ExitKind::Allocate { by, kind, .. } => {
            let model = shell.program.model();
            let party = value(
                dice,
                model,
                &Type::Party(Some(*kind)),
                civil_date(shell.now),
            );
            let Value::Party(party) = party else {
                unreachable!()
            };
            let motivation = Some(motivation);
            let choice = Choice::Allocate {
                party,
                neighbourhood: None,
                motivation,
            };
            (*by, Command::Exit { exit, choice })
        }
        ExitKind::Act { by, .. } => {
            let choice = Choice::Plain {
                motivation: Some(motivation),
            };
            (by[0], Command::Exit { exit, choice })
        }
        _ => (
            actor,
            Command::Exit {
                exit,
                choice: Choice::Plain { motivation: None },
            },
        ),
    }
}

/// The same agreement as its own next version.
fn next_version(program: &Program) -> Program {
    let mut model = program.model().clone();
    model.header.amends = Some(Amends {
        version: model.header.version,
        from: date(2018, 1, 1),
    });
    model.header.version += 1;
    model.transition = Some(Transition {
        meta: Meta::default(),
        moves: true,
        steps: Vec::new(),
        stays: Vec::new(),
        exceptions: Vec::new(),
    });
    Program::compile(model, Holidays::dutch()).unwrap()
}

/// An amendment that changes nothing changes nothing: one event, no timer, and the same state.
fn moves_as_it_is(shell: &Shell, next: &Program, migration: &Migration) {
    let context = Context {
        now: shell.now,
        ledger: &shell.ledger,
        life: &shell.life,
        refusals: &[],
    };
    let decision = decide_migration(&shell.program, next, migration, &shell.case, &context);
    let decision = decision.unwrap();
    let kinds: Vec<_> = decision.events.iter().map(|e| &e.kind).collect();
    assert!(matches!(kinds[..], [EventKind::Moved { .. }]), "{kinds:?}");
    assert_eq!(decision.effects, []);
    let mut after = shell.case.clone();
    apply(&mut after, &decision.events[0]);
    let expected = Case {
        seq: shell.case.seq + 1,
        at: context.now,
        version: Some(migration.version()),
        ..shell.case.clone()
    };
    assert_eq!(after, expected);
}

/// Plays cases of a region and gives the steps and ends that they came to.
fn play(name: &str, cases: u64) -> BTreeSet<String> {
    let program = region(name);
    let next = next_version(&program);
    let to_next = migration(&program, &next).unwrap();
    assert_eq!(to_next.losses(), []);
    let mut places = BTreeSet::new();
    for seed in 0..cases {
        let mut dice = Dice::new(seed);
        let day =
            date(2018, 1, 8).saturating_add(jiff::Span::new().days(i64::from(dice.below(500))));
        let mut shell = Shell::new(program.clone(), Moment(start_of_day(day).0 + 9 * 3_600_000));
        shell.life.in_force = Some(date(2018, 1, 1));
        shell.life.until = Some(date(2020, 1, 1));
        let id = dice.below(u16::try_from(program.model().schemes.len()).unwrap());
        let scheme = &program.model().schemes[usize::from(id)];
        let first = &scheme.handover.steps[scheme.handover.start.index()];
        let opener = fitting(&mut dice, &shell, first.actors[0]);
        let scheme_id = SchemeId(id);
        if shell
            .act(&opener, &Command::Open { scheme: scheme_id })
            .is_err()
        {
            continue;
        }
        for _ in 0..250 {
            let Place::Step(here) = shell.case.place else {
                break;
            };
            let step = &scheme.handover.steps[here.index()];
            places.insert(step.name.clone());
            if dice.chance(1) {
                shell.now = Moment(shell.now.0 + i64::from(dice.below(200)) * 3_600_000);
                shell.tick();
                if matches!(shell.case.place, Place::Step(_)) {
                    moves_as_it_is(&shell, &next, &to_next);
                }
                continue;
            }
            let (who, what) = act(&mut dice, &shell, scheme, step);
            let actor = fitting(&mut dice, &shell, who);
            let _ = shell.act(&actor, &what);
        }
        assert_eq!(shell.case, replay(shell.log.iter()));
        if let Place::End(end) = shell.case.place {
            places.insert(scheme.handover.ends[end.index()].name.clone());
        }
    }
    places
}

#[test]
fn random_cases_of_each_region_hold_and_go_far() {
    for (name, far) in [("utrecht", 8), ("nijmegen", 6), ("drenthe", 5)] {
        let places = play(name, 60);
        assert!(places.len() >= far, "{name} came to {places:?}");
    }
}
