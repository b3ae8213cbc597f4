//! Stories of single rules of a convenant's life, on named days.

use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::properties::Shell;
use crate::decide::tests::random::{Dice, convenant};
use crate::*;

fn months(amount: u32) -> Duration {
    Duration {
        amount,
        unit: Unit::Months,
    }
}

/// In force from 15 March 2017 until 1 January 2020; parties 0, 1 and 2 are municipalities, 3 succeeds 0 in 2019.
fn model() -> Convenant {
    let mut model = convenant(&mut Dice::new(0));
    model.term.evaluations.clear();
    model.term.extension = None;
    model.term.notice = None;
    model.oversight.duties.clear();
    model
}

fn party(party: u16, role: u16) -> Actor {
    Actor::Person {
        person: "p".to_owned(),
        party: PartyId(party),
        role: RoleId(role),
    }
}

fn noon(day: Date) -> Moment {
    Moment(start_of_day(day).0 + 12 * 3_600_000)
}

fn until(shell: &mut Shell, day: Date) {
    shell.now = noon(day);
    shell.tick();
}

#[test]
fn in_force_on_the_day_and_ended_on_the_first_day_after() {
    let mut shell = Shell::new(model(), noon(date(2017, 3, 1)));
    assert!(!shell.life.is_in_force(date(2017, 3, 15)));
    until(&mut shell, date(2017, 3, 15));
    assert!(shell.life.is_in_force(date(2017, 3, 15)));
    assert!(shell.life.is_in_force(date(2019, 12, 31)));
    assert!(!shell.life.is_in_force(date(2020, 1, 1)));
    until(&mut shell, date(2020, 1, 1));
    assert!(shell.life.ended && shell.timers.is_empty());
}

#[test]
fn in_force_once_the_last_has_signed_and_its_board_approved() {
    let mut model = model();
    model.term.entry = Entry::WhenAllSigned;
    model.term.length = TermLength::Length(months(24));
    model.parties[6].subject_to_approval = Some("de raad van commissarissen".to_owned());
    let mut shell = Shell::new(model, noon(date(2018, 5, 1)));
    // Party 3 is a successor and party 7 only supports: neither signs.
    for stranger in [3, 7] {
        let refused = shell.ask(
            &party(stranger, 0),
            &LifeCommand::Sign {
                on: date(2018, 5, 1),
            },
        );
        assert_eq!(refused.map_err(|r| r.reason), Err(Reason::NotAParty));
    }
    for (who, day) in [(0, 1), (1, 2), (2, 3), (4, 4), (5, 5), (6, 9)] {
        shell.now = noon(date(2018, 5, day));
        shell
            .act(
                &party(who, 0),
                &LifeCommand::Sign {
                    on: date(2018, 5, day),
                },
            )
            .unwrap();
        assert_eq!(shell.life.in_force, None);
    }
    shell.now = noon(date(2018, 6, 20));
    let approve = LifeCommand::Approve {
        on: date(2018, 6, 18),
    };
    shell.act(&party(6, 2), &approve).unwrap();
    assert_eq!(shell.life.in_force, Some(date(2018, 6, 18)));
    assert_eq!(shell.life.until, Some(date(2020, 6, 18)));
}

#[test]
fn evaluations_and_duties_fall_due_pass_and_recur() {
    let mut model = model();
    model.term.evaluations = vec![TermEvaluation {
        meta: Meta::default(),
        when: EvaluationWhen::Every(months(12)),
        by: Who::Body(BodyId(1)),
        ladder: Ladder::default(),
    }];
    let mut shell = Shell::new(model, noon(date(2017, 3, 15)));
    let of = ObligationRef::Evaluation(0);
    let perform = LifeCommand::Perform { obligation: of };
    until(&mut shell, date(2018, 3, 15));
    let causes = |shell: &Shell| shell.told.iter().map(|n| n.cause).collect::<Vec<_>>();
    assert!(causes(&shell).contains(&Cause::Life(LifeCause::FellDue(of))));
    assert!(!causes(&shell).contains(&Cause::Life(LifeCause::Overdue(of))));
    until(&mut shell, date(2018, 3, 16));
    assert!(causes(&shell).contains(&Cause::Life(LifeCause::Overdue(of))));
    let stranger = shell.ask(&party(4, 0), &perform).map_err(|r| r.reason);
    assert_eq!(
        stranger,
        Err(Reason::NotAllowed {
            may: vec![Who::Body(BodyId(1))]
        })
    );
    shell.act(&party(1, 4), &perform).unwrap();
    assert_eq!(shell.life.obligations[0].opens, date(2019, 3, 15));
    shell.now = noon(date(2019, 3, 1));
    shell.act(&party(2, 4), &perform).unwrap();
    assert!(shell.log.iter().any(|e| matches!(
        e.kind,
        LifeEventKind::Performed {
            number: 2,
            in_time: true,
            ..
        }
    )));
    // The third would fall on 15 March 2020, after the term.
    assert!(shell.life.obligations.is_empty());
}

#[test]
fn a_body_extends_by_majority_as_often_as_the_file_says() {
    let mut model = model();
    model.term.extension = Some(TermExtension {
        meta: Meta::default(),
        by: Some(BodyId(1)),
        by_length: months(12),
        at_most: 1,
    });
    let mut shell = Shell::new(model, noon(date(2019, 10, 1)));
    shell.tick();
    shell.act(&party(1, 4), &LifeCommand::Extend).unwrap();
    assert_eq!(shell.life.until, Some(date(2020, 1, 1)));
    // The predecessor sits there no more; its successor does.
    assert!(shell.ask(&party(0, 4), &LifeCommand::Extend).is_err());
    shell.act(&party(3, 4), &LifeCommand::Extend).unwrap();
    assert_eq!(shell.life.until, Some(date(2021, 1, 1)));
    let again = shell
        .ask(&party(2, 4), &LifeCommand::Extend)
        .map_err(|r| r.reason);
    assert_eq!(again, Err(Reason::UsedUp));
}

#[test]
fn silence_extends_for_those_who_stay() {
    let mut model = model();
    model.term.notice = Some((Meta::default(), months(3)));
    model.term.extension = Some(TermExtension {
        meta: Meta::default(),
        by: None,
        by_length: months(12),
        at_most: 1,
    });
    let mut shell = Shell::new(model, noon(date(2019, 9, 30)));
    shell.tick();
    let notice = |shell: &mut Shell, who| {
        let motivation = "Wij gaan alleen verder".to_owned();
        shell.act(&party(who, 4), &LifeCommand::GiveNotice { motivation })
    };
    notice(&mut shell, 1).unwrap();
    until(&mut shell, date(2019, 10, 2));
    assert!(
        shell
            .told
            .iter()
            .any(|n| n.cause == Cause::Life(LifeCause::NoticeCloses))
    );
    let late = notice(&mut shell, 2).map_err(|r| r.reason);
    assert_eq!(late, Err(Reason::WrongDay));
    until(&mut shell, date(2020, 1, 1));
    assert_eq!(shell.life.until, Some(date(2021, 1, 1)));
    assert!(shell.life.has_left(PartyId(1), date(2020, 1, 1)));
    assert!(!shell.life.has_left(PartyId(2), date(2020, 1, 1)));
    until(&mut shell, date(2021, 1, 1));
    assert!(shell.life.ended);
}

#[test]
fn an_early_end_needs_the_consent_of_all_in_writing() {
    let mut shell = Shell::new(model(), noon(date(2018, 5, 1)));
    shell.tick();
    let end = LifeCommand::EndEarly {
        from: date(2018, 9, 1),
        motivation: "De opvang houdt op".to_owned(),
    };
    let consent = |in_writing| LifeCommand::Consent {
        to: ConsentFor::Termination,
        in_writing,
        outside: None,
    };
    for who in [0, 1, 2, 4, 5] {
        shell.act(&party(who, 0), &consent(true)).unwrap();
    }
    shell.act(&party(6, 2), &consent(false)).unwrap();
    let refused = shell.ask(&party(1, 4), &end).map_err(|r| r.reason);
    assert_eq!(
        refused,
        Err(Reason::ConsentNeeded {
            of: vec![PartyId(6)],
            outside: Vec::new(),
            in_writing: true
        })
    );
    shell.act(&party(6, 2), &consent(true)).unwrap();
    shell.act(&party(1, 4), &end).unwrap();
    until(&mut shell, date(2018, 9, 1));
    assert!(shell.life.ended);
}

#[test]
fn evaluations_remind_before_and_escalate_after_and_unread_goes_on() {
    let days = |amount| Duration {
        amount,
        unit: Unit::Days,
    };
    let rung = |after, to| Rung {
        meta: Meta::default(),
        after,
        to: vec![to],
    };
    let (body, role) = (Who::Body(BodyId(1)), Who::Role(RoleId(1)));
    let mut model = model();
    model.term.evaluations = vec![TermEvaluation {
        meta: Meta::default(),
        when: EvaluationWhen::On(date(2018, 3, 15)),
        by: body,
        ladder: Ladder {
            reminders: vec![Reminder {
                meta: Meta::default(),
                before: days(14),
                to: vec![role],
            }],
            escalation: vec![
                rung(None, role),
                rung(Some(days(7)), body),
                rung(Some(days(30)), role),
            ],
            unread_after: Some(days(2)),
        },
    }];
    let mut shell = Shell::new(model, noon(date(2017, 3, 15)));
    let of = ObligationRef::Evaluation(0);
    let told = |shell: &Shell, cause| {
        let same = |n: &&Notification| n.cause == Cause::Life(cause);
        shell.told.iter().filter(same).count()
    };
    until(&mut shell, date(2018, 2, 28));
    assert_eq!(told(&shell, LifeCause::Reminder(of, 0)), 0);
    until(&mut shell, date(2018, 3, 1));
    assert_eq!(told(&shell, LifeCause::Reminder(of, 0)), 1);
    let unread = |rung| LifeCommand::Unread {
        obligation: of,
        rung,
    };
    let stale = |shell: &Shell, rung| {
        shell
            .ask(&Actor::Clock, &unread(rung))
            .map_err(|r| r.reason)
            == Err(Reason::Stale)
    };
    assert!(stale(&shell, 0));
    until(&mut shell, date(2018, 3, 16));
    assert_eq!(told(&shell, LifeCause::Escalation(of, 0)), 1);
    assert!(stale(&shell, 0), "not unread for so long");
    let at = life_unread_at(&shell.program, &shell.life.obligations[0]).unwrap();
    assert_eq!(at, start_of_day(date(2018, 3, 19)));
    shell.now = at;
    shell.act(&Actor::Clock, &unread(0)).unwrap();
    assert_eq!(told(&shell, LifeCause::Escalation(of, 1)), 1);
    assert_eq!(shell.ask(&Actor::Clock, &unread(0)).unwrap().events, []);
    assert!(stale(&shell, 1) && stale(&shell, 2));
    // The third rung comes in its own time; the second does not come again.
    until(&mut shell, date(2018, 4, 15));
    assert_eq!(told(&shell, LifeCause::Escalation(of, 2)), 1);
    assert_eq!(told(&shell, LifeCause::Escalation(of, 1)), 1);
    let done = LifeCommand::Perform { obligation: of };
    shell.act(&party(1, 4), &done).unwrap();
    assert!(shell.life.obligations.is_empty());
}

#[test]
fn the_last_day_for_notice_is_announced_ahead() {
    let mut model = model();
    model.term.notice = Some((Meta::default(), months(3)));
    model.term.notice_reminders = vec![Reminder {
        meta: Meta::default(),
        before: months(1),
        to: vec![Who::Body(BodyId(1))],
    }];
    let mut shell = Shell::new(model, noon(date(2017, 3, 15)));
    let near = |shell: &Shell| {
        let cause = Cause::Life(LifeCause::NoticeReminder(0));
        shell
            .told
            .iter()
            .filter(|n| n.cause == cause)
            .map(|n| n.due)
            .collect::<Vec<_>>()
    };
    until(&mut shell, date(2019, 8, 31));
    assert_eq!(near(&shell), []);
    until(&mut shell, date(2019, 12, 1));
    assert_eq!(near(&shell), [Some(date(2019, 10, 1))]);
}
