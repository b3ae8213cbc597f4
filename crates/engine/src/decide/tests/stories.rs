//! Stories of single rules: what each must give, on named days.

use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::properties::{Shell, person};
use super::random::{Dice, convenant};
use crate::*;

/// Three steps: the check, the completion that suspends it, and the handover to the municipality of the case.
pub(super) fn model() -> Convenant {
    let mut model = convenant(&mut Dice::new(0));
    model.header.calendar = CalendarKind::WorkingDays;
    model.term.at_end = AtEnd::Finish;
    model.notices.clear();
    let care = Who::Role(RoleId(0));
    let coordinator = Who::Role(RoleId(1));
    let scheme = &mut model.schemes[0];
    scheme.spreading = None;
    scheme.eligibility = Eligibility {
        meta: Meta::default(),
        criteria: vec![Criterion {
            meta: Meta::default(),
            name: "schuldenvrij".to_owned(),
            label: None,
            polarity: Polarity::Required,
            test: Test::Condition(compare(1, Comparison::LessOrEqual, 0)),
        }],
        decided_by: Some(coordinator),
        advice: Vec::new(),
        objection: Some(Objection {
            meta: Meta::default(),
            by: Who::Body(BodyId(1)),
            within: weeks(6),
        }),
        hardship: Some((Meta::default(), coordinator)),
    };
    let mut check = step(vec![coordinator, care]);
    check.deadlines = vec![deadline(Unit::WorkingDays, 10, Anchor::Entered)];
    check.suspension = Some(Suspension {
        meta: Meta::default(),
        during: Some(StepId(1)),
        by: Vec::new(),
        at_most: weeks(4),
    });
    check.extension = Some(Extension {
        meta: Meta::default(),
        length: Duration {
            amount: 5,
            unit: Unit::WorkingDays,
        },
        at_most: 1,
        by: vec![coordinator],
        notify: vec![care],
    });
    check.exits = vec![exit(ExitKind::Eligibility {
        met: Target::Step(StepId(2)),
        unmet: Target::End(EndId(1)),
        unknown: Some(Target::Step(StepId(1))),
    })];
    let mut completion = step(vec![care]);
    completion.exits = vec![exit(ExitKind::Done(Target::Step(StepId(0))))];
    let mut handover = step(vec![Who::Role(RoleId(3))]);
    handover.deadlines = vec![deadline(Unit::Weeks, 2, Anchor::Fact(FactId(2)))];
    handover.tasks = vec![
        task(Who::Role(RoleId(3)), None),
        task(care, Some(compare(4, Comparison::Greater, 0))),
    ];
    handover.exits = vec![exit(ExitKind::Done(Target::End(EndId(0))))];
    scheme.handover.steps = vec![check, completion, handover];
    scheme.handover.deadlines.clear();
    model
}

pub(super) fn weeks(amount: u32) -> Duration {
    Duration {
        amount,
        unit: Unit::Weeks,
    }
}

fn compare(fact: u16, op: Comparison, than: i64) -> Condition {
    let than = if fact == 1 {
        Value::Money(than)
    } else {
        Value::Number(than)
    };
    Condition {
        span: Span::default(),
        kind: ConditionKind::Compare(Expr::Fact(FactId(fact)), op, Expr::Value(than)),
    }
}

fn step(actors: Vec<Who>) -> Step {
    Step {
        meta: Meta::default(),
        name: String::new(),
        title: String::new(),
        actors,
        supplies: Vec::new(),
        evidence: Vec::new(),
        tasks: Vec::new(),
        deadlines: Vec::new(),
        suspension: None,
        extension: None,
        reschedule: None,
        evaluations: Vec::new(),
        contract: None,
        exits: Vec::new(),
    }
}

pub(super) fn exit(kind: ExitKind) -> Exit {
    Exit {
        meta: Meta::default(),
        kind,
    }
}

fn task(who: Who, needed_if: Option<Condition>) -> Task {
    Task {
        meta: Meta::default(),
        name: String::new(),
        title: String::new(),
        actors: vec![who],
        deadline: None,
        needed_if,
    }
}

fn deadline(unit: Unit, amount: u32, anchor: Anchor) -> Deadline {
    Deadline {
        meta: Meta::default(),
        length: Duration { amount, unit },
        anchor,
        backward: false,
        calendar: None,
        aim: false,
        start_counts: false,
        ladder: Ladder {
            reminders: vec![Reminder {
                meta: Meta::default(),
                before: Duration {
                    amount: 3,
                    unit: Unit::WorkingDays,
                },
                to: vec![Who::Role(RoleId(1))],
            }],
            escalation: vec![
                Rung {
                    meta: Meta::default(),
                    after: None,
                    to: vec![Who::Role(RoleId(1))],
                },
                Rung {
                    meta: Meta::default(),
                    after: Some(weeks(1)),
                    to: vec![Who::Body(BodyId(1))],
                },
            ],
            unread_after: None,
        },
        reschedule: None,
    }
}

pub(super) fn noon(day: Date) -> Moment {
    Moment(start_of_day(day).0 + 12 * 3_600_000)
}

/// A case that a care provider opened on this day.
pub(super) fn opened(model: Convenant, day: Date) -> Shell {
    let program = Program::compile(model, Holidays::dutch()).unwrap();
    let mut shell = Shell::new(program, noon(day));
    shell
        .act(
            &person(4, 0),
            &Command::Open {
                scheme: SchemeId(0),
            },
        )
        .unwrap();
    shell
}

pub(super) fn supply(shell: &mut Shell, fact: u16, value: Value) {
    let facts = vec![(FactId(fact), value)];
    shell
        .act(&person(4, 0), &Command::Supply { facts })
        .unwrap();
}

pub(super) fn decide_now(shell: &mut Shell) -> Result<Decision, Refusal> {
    let choice = Choice::Eligibility { otherwise: None };
    shell.act(
        &person(5, 1),
        &Command::Exit {
            exit: ExitId(0),
            choice,
        },
    )
}

pub(super) fn done(shell: &mut Shell, actor: &Actor) -> Result<Decision, Refusal> {
    let choice = Choice::Plain { motivation: None };
    shell.act(
        actor,
        &Command::Exit {
            exit: ExitId(0),
            choice,
        },
    )
}

pub(super) fn due(shell: &Shell, of: DeadlineRef) -> Option<Date> {
    shell
        .case
        .deadlines
        .iter()
        .find(|d| d.of == of)
        .map(|d| d.due)
}

pub(super) const CHECK: DeadlineRef = DeadlineRef::Step(StepId(0), 0);

#[test]
fn the_check_stands_still_from_the_day_after_the_question_and_goes_on_with_what_remained() {
    let mut shell = opened(model(), date(2018, 3, 5));
    assert_eq!(due(&shell, CHECK), Some(date(2018, 3, 19)));
    shell.now = noon(date(2018, 3, 12));
    decide_now(&mut shell).unwrap();
    let stopped = shell.case.stopped.unwrap();
    assert_eq!(
        (stopped.from, stopped.until),
        (date(2018, 3, 13), date(2018, 4, 10))
    );
    assert!(
        !shell
            .timers
            .keys()
            .any(|key| matches!(key, TimerKey::Due(_)))
    );
    shell.now = noon(date(2018, 3, 20));
    supply(&mut shell, 1, Value::Money(0));
    done(&mut shell, &person(4, 0)).unwrap();
    assert_eq!(shell.case.place, Place::Step(StepId(0)));
    assert_eq!(shell.case.stopped, None);
    assert_eq!(due(&shell, CHECK), Some(date(2018, 3, 26)));
}

#[test]
fn the_time_given_lapses_and_the_check_runs_on_and_passes() {
    let mut shell = opened(model(), date(2018, 3, 5));
    shell.now = noon(date(2018, 3, 12));
    decide_now(&mut shell).unwrap();
    shell.now = noon(date(2018, 4, 10));
    shell.tick();
    assert_eq!(
        (shell.case.place, shell.case.stopped),
        (Place::Step(StepId(1)), None)
    );
    assert_eq!(due(&shell, CHECK), Some(date(2018, 4, 16)));
    shell.now = noon(date(2018, 4, 17));
    shell.tick();
    assert_eq!(shell.case.overdue.len(), 1);
    shell.now = noon(date(2018, 4, 24));
    let before = shell.log.len();
    shell.tick();
    let later: Vec<_> = shell.log[before..].iter().map(|e| &e.kind).collect();
    assert_eq!(
        later,
        [&EventKind::Escalated {
            id: 0,
            rung: 1,
            unread: false
        }]
    );
}

#[test]
fn an_extension_counts_on_and_is_given_once() {
    let mut shell = opened(model(), date(2018, 3, 5));
    let extend = Command::Extend {
        motivation: "Een gesprek".to_owned(),
    };
    let told = shell.act(&person(5, 1), &extend).unwrap().effects;
    assert!(
        told.iter()
            .any(|e| matches!(e, Effect::Notify(n) if n.cause == Cause::Extension(StepId(0))))
    );
    assert_eq!(due(&shell, CHECK), Some(date(2018, 3, 26)));
    let again = shell.act(&person(5, 1), &extend).map_err(|r| r.reason);
    assert_eq!(again, Err(Reason::UsedUp));
}

#[test]
fn the_hardship_clause_departs_with_a_motivation_and_rejection_opens_objection() {
    let mut shell = opened(model(), date(2018, 3, 5));
    supply(&mut shell, 1, Value::Money(100));
    let otherwise = |text: &str| Command::Exit {
        exit: ExitId(0),
        choice: Choice::Eligibility {
            otherwise: Some((true, text.to_owned())),
        },
    };
    let silent = shell
        .act(&person(5, 1), &otherwise(" "))
        .map_err(|r| r.reason);
    assert_eq!(silent, Err(Reason::MotivationNeeded));
    let decided = decide_now(&mut shell).unwrap();
    assert!(matches!(
        &decided.events[0].kind,
        EventKind::EligibilityDecided { outcome: Eligible::Unmet, facts, .. } if *facts == [FactId(1)]
    ));
    assert_eq!(shell.case.place, Place::End(EndId(1)));
    assert_eq!(due(&shell, DeadlineRef::Objection), Some(date(2018, 4, 16)));
    let object = Command::Object {
        motivation: "Het bedrag klopt niet".to_owned(),
    };
    shell.act(&person(4, 0), &object).unwrap();
    assert_eq!(due(&shell, DeadlineRef::Objection), None);
    assert_eq!(
        shell.act(&person(4, 0), &object).map_err(|r| r.reason),
        Err(Reason::UsedUp)
    );
}

#[test]
fn a_correction_moves_what_counts_from_the_fact_and_lists_what_was_decided_on_it() {
    let mut shell = opened(model(), date(2018, 3, 5));
    supply(&mut shell, 1, Value::Money(0));
    decide_now(&mut shell).unwrap();
    supply(&mut shell, 2, Value::Date(date(2018, 4, 2)));
    let handover = DeadlineRef::Step(StepId(2), 0);
    assert_eq!(due(&shell, handover), Some(date(2018, 4, 16)));
    let correct = |fact, value| Command::Correct {
        fact: FactId(fact),
        value,
        motivation: "Typefout".to_owned(),
    };
    shell
        .act(&person(4, 0), &correct(2, Value::Date(date(2018, 4, 9))))
        .unwrap();
    assert_eq!(due(&shell, handover), Some(date(2018, 4, 23)));
    let decided = shell.case.eligibility.unwrap().0;
    let corrected = shell
        .act(&person(4, 0), &correct(1, Value::Money(5)))
        .unwrap();
    assert!(matches!(
        &corrected.events[0].kind,
        EventKind::Corrected { decided_on, .. } if *decided_on == [decided]
    ));
}

#[test]
fn a_task_whose_condition_is_not_known_keeps_the_step_open() {
    let mut shell = opened(model(), date(2018, 3, 5));
    supply(&mut shell, 1, Value::Money(0));
    decide_now(&mut shell).unwrap();
    shell.case.parties[PartyKind::Municipality as usize] = Some(PartyId(1));
    let team = person(1, 3);
    shell
        .ask(&team, &Command::DoTask { task: TaskId(0) })
        .unwrap();
    let finish = Command::Exit {
        exit: ExitId(0),
        choice: Choice::Plain { motivation: None },
    };
    let refused = shell.ask(&team, &finish).map_err(|r| r.reason);
    let (facts, tasks) = (vec![FactId(4)], vec![TaskId(0)]);
    assert_eq!(
        refused,
        Err(Reason::Incomplete {
            facts,
            evidence: Vec::new(),
            tasks
        })
    );
}

#[test]
fn the_successor_takes_over_at_midnight_without_any_event() {
    let mut shell = opened(model(), date(2018, 12, 31));
    supply(&mut shell, 1, Value::Money(0));
    decide_now(&mut shell).unwrap();
    shell.case.parties[PartyKind::Municipality as usize] = Some(PartyId(0));
    let events = shell.log.len();
    let act = Command::DoTask { task: TaskId(0) };
    let (old, new) = (person(0, 3), person(3, 3));
    assert!(shell.ask(&old, &act).is_ok());
    let not_yet = Reason::NotInRole { role: RoleId(3) };
    assert_eq!(
        shell.ask(&new, &act).map_err(|r| r.reason),
        Err(not_yet.clone())
    );
    shell.now = Moment(start_of_day(date(2019, 1, 1)).0);
    assert_eq!(shell.ask(&old, &act).map_err(|r| r.reason), Err(not_yet));
    assert!(shell.ask(&new, &act).is_ok());
    assert_eq!(shell.log.len(), events);
}

#[test]
fn no_case_opens_outside_the_term_and_the_file_moves_running_ones() {
    let mut moving = model();
    moving.term.at_end = AtEnd::Move(vec![Target::End(EndId(0))]);
    let mut shell = opened(moving.clone(), date(2019, 12, 30));
    shell.now = noon(date(2020, 1, 1));
    shell.tick();
    assert_eq!(shell.case.place, Place::End(EndId(0)));
    let program = Program::compile(moving, Holidays::dutch()).unwrap();
    for (day, open) in [
        (date(2019, 12, 31), true),
        (date(2020, 1, 1), false),
        (date(2017, 3, 14), false),
    ] {
        let shell = Shell::new(program.clone(), noon(day));
        let answer = shell.ask(
            &person(4, 0),
            &Command::Open {
                scheme: SchemeId(0),
            },
        );
        assert_eq!(answer.is_ok(), open, "{day}");
    }
}

#[test]
fn a_majority_carries_and_a_member_keeps_to_its_vote() {
    let mut model = model();
    let outcomes = (0..2).map(|n| Outcome {
        meta: Meta::default(),
        name: format!("{n}"),
        title: String::new(),
        motivated: false,
        to: Target::End(EndId(n)),
    });
    model.schemes[0].handover.steps[0].exits = vec![exit(ExitKind::Decision {
        name: String::new(),
        title: String::new(),
        by: Who::Body(BodyId(1)),
        advice: vec![Who::Role(RoleId(1))],
        outcomes: outcomes.collect(),
    })];
    let mut shell = opened(model, date(2018, 3, 5));
    let vote = |outcome| Command::Exit {
        exit: ExitId(0),
        choice: Choice::Decision {
            outcome,
            motivation: None,
        },
    };
    let first = shell.act(&person(0, 4), &vote(0)).map_err(|r| r.reason);
    assert_eq!(
        first,
        Err(Reason::AdviceNeeded {
            of: vec![Who::Role(RoleId(1))]
        })
    );
    let motivation = "Het past".to_owned();
    let advise = Command::Advise {
        exit: ExitId(0),
        favourable: true,
        motivation,
    };
    shell.act(&person(5, 1), &advise).unwrap();
    shell.act(&person(0, 4), &vote(0)).unwrap();
    assert_eq!(shell.act(&person(0, 4), &vote(0)).unwrap().events, []);
    assert_eq!(
        shell.act(&person(0, 4), &vote(1)).map_err(|r| r.reason),
        Err(Reason::AlreadyVoted)
    );
    shell.act(&person(1, 4), &vote(1)).unwrap();
    assert_eq!(shell.case.place, Place::Step(StepId(0)));
    shell.act(&person(2, 4), &vote(1)).unwrap();
    assert_eq!(shell.case.place, Place::End(EndId(1)));
}

#[test]
fn a_party_that_awaits_approval_fills_no_role_before_the_day_of_it() {
    let mut model = model();
    model.parties[4].subject_to_approval = Some("de raad van toezicht".to_owned());
    let program = Program::compile(model, Holidays::dutch()).unwrap();
    let mut shell = Shell::new(program, noon(date(2018, 3, 5)));
    let open = Command::Open {
        scheme: SchemeId(0),
    };
    let role = RoleId(0);
    let refused = Err(Reason::NotInRole { role });
    assert_eq!(
        shell.act(&person(4, 0), &open).map_err(|r| r.reason),
        refused
    );
    let approved = LifeEvent {
        at: shell.now,
        by: person(4, 0),
        kind: LifeEventKind::Approved {
            party: PartyId(4),
            on: date(2018, 3, 5),
        },
    };
    apply_life(&mut shell.life, &approved);
    shell.act(&person(4, 0), &open).unwrap();
}
