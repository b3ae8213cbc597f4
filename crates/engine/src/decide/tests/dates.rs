//! Due dates that people move, that a new decree moves, that go on unread, and why each is what it is.

use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::properties::{Shell, person};
use super::stories::{CHECK, decide_now, done, due, model, noon, opened, supply};
use crate::calendar::{DayOff, DueStep};
use crate::*;

const COORDINATOR: Who = Who::Role(RoleId(1));

fn movable(by: Who) -> Convenant {
    let mut model = model();
    model.schemes[0].handover.steps[0].reschedule = Some(Reschedule {
        meta: Meta {
            article: Some("7".to_owned()),
            ..Meta::default()
        },
        by: vec![by],
    });
    model
}

fn to(day: Date, motivation: &str) -> Command {
    Command::Reschedule {
        deadline: 0,
        due: day,
        motivation: motivation.to_owned(),
    }
}

fn refused(shell: &mut Shell, actor: &Actor, command: &Command) -> (Reason, Option<String>) {
    let refusal = shell.act(actor, command).unwrap_err();
    (refusal.reason, refusal.clause.and_then(|c| c.article))
}

#[test]
fn whom_the_file_names_moves_a_date_with_a_motivation_and_the_actors_hear_it() {
    let mut shell = opened(movable(COORDINATOR), date(2018, 3, 5));
    let coordinator = person(5, 1);
    let later = date(2018, 3, 28);
    let article = Some("7".to_owned());
    for (actor, command, reason) in [
        (
            person(4, 0),
            to(later, "Ziek"),
            Reason::NotAllowed {
                may: vec![COORDINATOR],
            },
        ),
        (
            coordinator.clone(),
            to(later, " "),
            Reason::MotivationNeeded,
        ),
        (
            coordinator.clone(),
            to(date(2018, 3, 4), "Ziek"),
            Reason::WrongDay,
        ),
    ] {
        assert_eq!(
            refused(&mut shell, &actor, &command),
            (reason, article.clone())
        );
    }
    let moved = shell.act(&coordinator, &to(later, "Ziek")).unwrap();
    assert!(matches!(
        &moved.events[..],
        [Event { kind: EventKind::Rescheduled { id: 0, was, due, shortened: false, motivation: Secret::Text(why), .. }, .. }]
            if *was == date(2018, 3, 19) && *due == later && why == "Ziek"
    ));
    let told = moved.effects.iter().filter(
        |e| matches!(e, Effect::Notify(n) if n.cause == Cause::Rescheduled(CHECK) && n.due == Some(later)),
    );
    assert_eq!(told.count(), 2, "both actors of the step");
    assert_eq!(due(&shell, CHECK), Some(later));
    // The same again changes nothing; earlier than the rule shows itself; back to the rule does not.
    assert_eq!(
        shell.act(&coordinator, &to(later, "Ziek")).unwrap().events,
        []
    );
    let earlier = shell
        .act(&coordinator, &to(date(2018, 3, 16), "Haast"))
        .unwrap();
    assert!(matches!(
        earlier.events[0].kind,
        EventKind::Rescheduled {
            shortened: true,
            ..
        }
    ));
    assert!(
        explain_date(&shell.program, &shell.case, 0)
            .unwrap()
            .unwrap()
            .shortened
    );
    let back = shell
        .act(&coordinator, &to(date(2018, 3, 19), "Toch niet"))
        .unwrap();
    assert!(matches!(
        back.events[0].kind,
        EventKind::Rescheduled {
            shortened: false,
            ..
        }
    ));
}

#[test]
fn a_date_that_passed_and_is_moved_runs_again() {
    let mut shell = opened(movable(COORDINATOR), date(2018, 3, 5));
    shell.now = noon(date(2018, 3, 20));
    shell.tick();
    assert_eq!(shell.case.overdue, [0]);
    shell
        .act(&person(5, 1), &to(date(2018, 3, 30), "Uitstel"))
        .unwrap();
    assert_eq!(shell.case.overdue, [0_u32; 0]);
    shell.now = noon(date(2018, 3, 31));
    shell.tick();
    assert_eq!(shell.case.overdue, [0]);
}

#[test]
fn nobody_moves_what_the_file_does_not_allow_nor_what_the_law_fixes() {
    let mut shell = opened(model(), date(2018, 3, 5));
    let (reason, _) = refused(&mut shell, &person(5, 1), &to(date(2018, 3, 28), "Ziek"));
    assert_eq!(reason, Reason::NotHere);
    let scheme = &movable(COORDINATOR).schemes[0];
    assert!(may_move(scheme, CHECK).is_some());
    for of in [DeadlineRef::Objection, DeadlineRef::ObjectionDecision] {
        assert!(may_move(scheme, of).is_none());
    }
}

/// The days off with one more, as a new decree makes them.
fn with_decree(day: &str) -> Holidays {
    let text = include_str!("../../../data/holidays-nl.txt");
    let row = format!("dag;{day};besluit;gelijkgestelde dag");
    let mut rows: Vec<&str> = text.lines().filter(|l| l.starts_with("dag;")).collect();
    rows.push(&row);
    rows.sort_by_key(|row| {
        let mut fields = row.split(';');
        (fields.nth(1), fields.nth(1))
    });
    let head: Vec<&str> = text.lines().filter(|l| !l.starts_with("dag;")).collect();
    Holidays::parse(&[head, rows].concat().join("\n")).unwrap()
}

#[test]
fn a_new_decree_moves_what_runs_and_says_so_once() {
    let mut shell = opened(movable(COORDINATOR), date(2018, 3, 5));
    assert_eq!(
        shell
            .act(&Actor::Clock, &Command::Recompute)
            .unwrap()
            .events,
        []
    );
    let old = Holidays::dutch();
    let new = with_decree("2018-03-14");
    assert_ne!(old.edition(), new.edition());
    shell.program = Program::compile(movable(COORDINATOR), new.clone()).unwrap();
    let by_person = shell
        .act(&person(5, 1), &Command::Recompute)
        .map_err(|r| r.reason);
    assert_eq!(by_person, Err(Reason::ClockOnly));
    let explained = explain_date(&shell.program, &shell.case, 0)
        .unwrap()
        .unwrap();
    assert!(explained.counted_otherwise);
    let moved = shell.act(&Actor::Clock, &Command::Recompute).unwrap();
    assert!(matches!(
        &moved.events[..],
        [Event { kind: EventKind::Recomputed { was, due, edition, .. }, .. }]
            if (*was, *due) == (date(2018, 3, 19), date(2018, 3, 20)) && edition == new.edition()
    ));
    assert_eq!(
        shell
            .act(&Actor::Clock, &Command::Recompute)
            .unwrap()
            .events,
        []
    );
    let explained = explain_date(&shell.program, &shell.case, 0)
        .unwrap()
        .unwrap();
    assert!(!explained.counted_otherwise);
    let why = Change::Calendar {
        edition: new.edition().to_owned(),
    };
    assert_eq!(explained.moves[0].moved.why, why);
}

#[test]
fn a_new_decree_leaves_what_people_moved_and_what_has_passed() {
    for passed in [false, true] {
        let mut shell = opened(movable(COORDINATOR), date(2018, 3, 5));
        if passed {
            shell.now = noon(date(2018, 3, 20));
            shell.tick();
        } else {
            shell
                .act(&person(5, 1), &to(date(2018, 3, 28), "Ziek"))
                .unwrap();
        }
        let stands = due(&shell, CHECK);
        shell.program = Program::compile(movable(COORDINATOR), with_decree("2018-03-14")).unwrap();
        assert_eq!(
            shell
                .act(&Actor::Clock, &Command::Recompute)
                .unwrap()
                .events,
            []
        );
        assert_eq!(due(&shell, CHECK), stands);
    }
}

#[test]
fn a_suspension_and_an_extension_are_counted_again_too() {
    let mut shell = opened(model(), date(2018, 3, 5));
    shell.now = noon(date(2018, 3, 12));
    decide_now(&mut shell).unwrap();
    shell.now = noon(date(2018, 3, 20));
    supply(&mut shell, 1, Value::Money(0));
    done(&mut shell, &person(4, 0)).unwrap();
    let extend = Command::Extend {
        motivation: "Een gesprek".to_owned(),
    };
    shell.act(&person(5, 1), &extend).unwrap();
    // Good Friday and Easter Monday lie in the extension.
    assert_eq!(due(&shell, CHECK), Some(date(2018, 4, 4)));
    let explained = explain_date(&shell.program, &shell.case, 0)
        .unwrap()
        .unwrap();
    let why: Vec<&Change> = explained.moves.iter().map(|m| &m.moved.why).collect();
    assert!(
        matches!(why[..], [Change::Suspension { from, until }, Change::Extension { .. }]
        if (*from, *until) == (date(2018, 3, 13), date(2018, 3, 20)))
    );
    let named: Vec<&str> = explained.moves[1]
        .steps
        .iter()
        .filter_map(|step| match step {
            DueStep::Skipped {
                why: DayOff::Holiday { name, .. },
                ..
            } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(named, ["Goede Vrijdag", "tweede Paasdag"]);
    assert!(!explained.counted_otherwise);
    shell.program = Program::compile(model(), with_decree("2018-03-22")).unwrap();
    shell.act(&Actor::Clock, &Command::Recompute).unwrap();
    assert_eq!(due(&shell, CHECK), Some(date(2018, 4, 5)));
}

#[test]
fn the_explanation_names_each_day_that_was_skipped_and_the_years_not_verified() {
    let shell = opened(model(), date(2018, 3, 5));
    let explained = explain_date(&shell.program, &shell.case, 0)
        .unwrap()
        .unwrap();
    assert_eq!(explained.from, StartPoint::Anchor(Anchor::Entered));
    assert_eq!(
        (explained.start, explained.due),
        (date(2018, 3, 5), date(2018, 3, 19))
    );
    let skipped: Vec<Date> = explained
        .count
        .steps
        .iter()
        .filter_map(|step| match step {
            DueStep::Skipped { on, .. } => Some(*on),
            _ => None,
        })
        .collect();
    let weekends = [10, 11, 17, 18].map(|day| date(2018, 3, day));
    assert_eq!(skipped, weekends);
    assert!(explained.unverified.is_empty() && !explained.counted_otherwise);
    let mut late = model();
    late.term.length = TermLength::Dates {
        from: date(2017, 3, 15),
        until: date(2025, 1, 1),
    };
    let late = opened(late, date(2019, 12, 23));
    let explained = explain_date(&late.program, &late.case, 0).unwrap().unwrap();
    assert_eq!(explained.unverified, [2020]);
    assert!(explain_date(&late.program, &late.case, 9).is_none());
}

#[test]
fn an_unread_rung_goes_on_to_the_next_one_once() {
    let mut model = model();
    let days = |amount| Duration {
        amount,
        unit: Unit::WorkingDays,
    };
    model.schemes[0].handover.steps[0].deadlines[0]
        .ladder
        .unread_after = Some(days(2));
    let mut shell = opened(model, date(2018, 3, 5));
    let unread = |rung| Command::Unread { deadline: 0, rung };
    let stale = |shell: &mut Shell, rung| {
        shell
            .act(&Actor::Clock, &unread(rung))
            .map_err(|r| r.reason)
            == Err(Reason::Stale)
    };
    assert!(stale(&mut shell, 0), "not reached yet");
    shell.now = noon(date(2018, 3, 20));
    shell.tick();
    assert!(stale(&mut shell, 0), "reached, not unread for so long");
    let running = &shell.case.deadlines[0];
    let spec = shell
        .program
        .deadline(&shell.program.model().schemes[0], CHECK)
        .unwrap();
    let at = unread_at(&shell.program, &spec, running, 0);
    assert_eq!(at, Some(start_of_day(date(2018, 3, 23))));
    assert_eq!(
        unread_at(&shell.program, &spec, running, 1),
        None,
        "the ladder ends there"
    );
    shell.now = at.unwrap();
    let gone_on = shell.act(&Actor::Clock, &unread(0)).unwrap();
    assert_eq!(
        gone_on.events[0].kind,
        EventKind::Escalated {
            id: 0,
            rung: 1,
            unread: true
        }
    );
    assert_eq!(shell.act(&Actor::Clock, &unread(0)).unwrap().events, []);
    assert!(stale(&mut shell, 1));
    let before = shell.log.len();
    shell.now = noon(date(2018, 4, 20));
    shell.tick();
    assert_eq!(
        shell.log.len(),
        before,
        "the timer of the next rung is gone"
    );
    let by_person = shell.act(&person(5, 1), &unread(0)).map_err(|r| r.reason);
    assert_eq!(by_person, Err(Reason::ClockOnly));
}

#[test]
fn the_last_resort_is_told_when_nobody_else_can_be_and_never_twice() {
    let mut model = model();
    // The municipality of the case is not known yet.
    let nobody = Who::Role(RoleId(3));
    let notice = |to| Notice {
        meta: Meta::default(),
        name: "nieuw".to_owned(),
        on: Trigger::Opened,
        to,
        channels: vec![Channel::Inbox],
        template: None,
        template_span: None,
        fields: Vec::new(),
    };
    model.notices = vec![notice(vec![nobody]), notice(vec![nobody, COORDINATOR])];
    for resort in [None, Some(COORDINATOR)] {
        model.last_resort = resort.map(|who| LastResort {
            meta: Meta::default(),
            who,
        });
        let program = Program::compile(model.clone(), Holidays::dutch()).unwrap();
        let mut shell = Shell::new(program, noon(date(2018, 3, 5)));
        let open = Command::Open {
            scheme: SchemeId(0),
        };
        let opened = shell.act(&person(4, 0), &open).unwrap();
        let told: Vec<(Who, bool, Option<Who>)> = opened
            .effects
            .iter()
            .filter_map(|e| match e {
                Effect::Notify(n) if matches!(n.cause, Cause::Notice(_)) => {
                    Some((n.to, n.parties.is_empty(), n.instead_of))
                }
                _ => None,
            })
            .collect();
        let expected = match resort {
            None => vec![
                (nobody, true, None),
                (nobody, true, None),
                (COORDINATOR, false, None),
            ],
            Some(_) => vec![(COORDINATOR, false, Some(nobody)); 2],
        };
        assert_eq!(told, expected);
    }
}
