//! Stories of objections: made, extended, decided, late; what success opens again.

use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::properties::{Shell, person};
use super::stories::{decide_now, due, model, noon, opened, supply};
use crate::*;

const DECISION: DeadlineRef = DeadlineRef::ObjectionDecision;

/// Refused on Monday 5 March 2018; the period for objection runs through Monday 16 April.
fn refused(model: Convenant) -> Shell {
    let mut shell = opened(model, date(2018, 3, 5));
    supply(&mut shell, 1, Value::Money(100));
    decide_now(&mut shell).unwrap();
    assert_eq!(shell.case.place, Place::End(EndId(1)));
    assert_eq!(due(&shell, DeadlineRef::Objection), Some(date(2018, 4, 16)));
    shell
}

fn object(shell: &mut Shell, on: Date) -> Result<Decision, Refusal> {
    shell.now = noon(on);
    let motivation = "Het bedrag klopt niet".to_owned();
    shell.act(&person(4, 0), &Command::Object { motivation })
}

fn extend(shell: &mut Shell) -> Result<Decision, Refusal> {
    let motivation = "Een tweede gesprek".to_owned();
    shell.act(&person(0, 4), &Command::ExtendObjection { motivation })
}

/// One municipality votes.
fn vote(shell: &mut Shell, party: u16, upheld: bool) -> Result<Decision, Refusal> {
    let motivation = "De schuld is kwijtgescholden".to_owned();
    let decide = Command::DecideObjection { upheld, motivation };
    shell.act(&person(party, 4), &decide)
}

/// The municipalities that sit in the body that decides.
fn seats(shell: &Shell) -> Vec<u16> {
    let body = &shell.program.model().bodies[1];
    let on = civil_date(shell.now);
    let seats = authority::seats(shell.program.model(), &shell.case, body, on);
    seats.iter().map(|party| party.0).collect()
}

/// Enough municipalities vote alike to carry it.
fn carry(shell: &mut Shell, upheld: bool) {
    let seats = seats(shell);
    for party in seats.iter().take(seats.len() / 2 + 1) {
        assert_eq!(shell.case.objection.as_ref().unwrap().upheld, None);
        vote(shell, *party, upheld).unwrap();
    }
    assert_eq!(shell.case.objection.as_ref().unwrap().upheld, Some(upheld));
}

fn told(decision: &Decision, cause: Cause) -> Vec<&Notification> {
    let notes = decision.effects.iter().filter_map(|effect| match effect {
        Effect::Notify(note) if note.cause == cause => Some(note),
        _ => None,
    });
    notes.collect()
}

#[test]
fn an_objection_that_is_upheld_opens_the_end_and_leads_where_the_decision_would_have_led() {
    let mut shell = refused(model());
    let made = object(&mut shell, date(2018, 4, 10)).unwrap();
    // Six weeks from the day after the period, which ends on 16 April.
    assert_eq!(due(&shell, DECISION), Some(date(2018, 5, 28)));
    assert_eq!(due(&shell, DeadlineRef::Objection), None);
    let note = told(&made, Cause::Objection)[0];
    assert_eq!(
        (note.to, note.due),
        (Who::Body(BodyId(1)), Some(date(2018, 5, 28)))
    );
    assert_eq!(shell.case.place, Place::End(EndId(1)));
    shell.now = noon(date(2018, 5, 1));
    carry(&mut shell, true);
    assert_eq!(shell.case.place, Place::Step(StepId(2)));
    assert_eq!(shell.case.eligibility.unwrap().1, Eligible::Met);
    assert_eq!(due(&shell, DECISION), None);
    let closed = shell.case.closed.iter().find(|(of, ..)| *of == DECISION);
    assert_eq!(closed.unwrap().2, Closing::InTime);
    // The step is a step like any other again.
    supply(&mut shell, 2, Value::Date(date(2018, 5, 7)));
    let handover = DeadlineRef::Step(StepId(2), 0);
    // Two weeks; Whit Monday moves the end to the next working day.
    assert_eq!(due(&shell, handover), Some(date(2018, 5, 22)));
    let twice = object(&mut shell, date(2018, 5, 2)).map_err(|r| r.reason);
    assert_eq!(twice, Err(Reason::UsedUp));
}

#[test]
fn only_the_party_that_objected_hears_how_it_was_decided() {
    let mut shell = refused(model());
    object(&mut shell, date(2018, 4, 10)).unwrap();
    let seats = seats(&shell);
    let votes = seats.iter().take(seats.len() / 2 + 1);
    let answers: Vec<Decision> = votes
        .map(|party| vote(&mut shell, *party, false).unwrap())
        .collect();
    let notes: Vec<_> = answers
        .iter()
        .flat_map(|answer| told(answer, Cause::ObjectionDecided))
        .collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].parties, [PartyId(4)]);
}

#[test]
fn an_objection_that_is_rejected_changes_nothing_and_is_not_decided_again() {
    let mut shell = refused(model());
    object(&mut shell, date(2018, 4, 16)).unwrap();
    carry(&mut shell, false);
    assert_eq!(shell.case.place, Place::End(EndId(1)));
    assert_eq!(shell.case.eligibility.unwrap().1, Eligible::Unmet);
    assert!(shell.case.deadlines.is_empty() && shell.timers.is_empty());
    let party = seats(&shell)[0];
    let again = vote(&mut shell, party, true).map_err(|r| r.reason);
    assert_eq!(again, Err(Reason::UsedUp));
}

#[test]
fn an_objection_is_made_within_its_period_and_against_a_refusal_only() {
    let mut shell = refused(model());
    let late = object(&mut shell, date(2018, 4, 17)).map_err(|r| r.reason);
    assert_eq!(late, Err(Reason::NotHere));
    let none = vote(&mut shell, 0, true).map_err(|r| r.reason);
    assert_eq!(none, Err(Reason::NotHere));
    let mut shell = opened(model(), date(2018, 3, 5));
    supply(&mut shell, 1, Value::Money(0));
    decide_now(&mut shell).unwrap();
    let admitted = object(&mut shell, date(2018, 3, 6)).map_err(|r| r.reason);
    assert_eq!(admitted, Err(Reason::NotHere));
}

#[test]
fn the_time_for_the_decision_is_extended_once_and_before_it_has_passed() {
    let mut shell = refused(model());
    object(&mut shell, date(2018, 4, 10)).unwrap();
    let stranger = Command::ExtendObjection {
        motivation: "Drukte".to_owned(),
    };
    let refusal = shell.ask(&person(4, 0), &stranger).map_err(|r| r.reason);
    assert!(matches!(refusal, Err(Reason::NotAllowed { .. })));
    let given = extend(&mut shell).unwrap();
    assert_eq!(due(&shell, DECISION), Some(date(2018, 7, 9)));
    let note = told(&given, Cause::ObjectionExtended)[0];
    assert_eq!(
        (note.parties.as_slice(), note.due),
        (&[PartyId(4)][..], Some(date(2018, 7, 9)))
    );
    let twice = extend(&mut shell).map_err(|r| r.reason);
    assert_eq!(twice, Err(Reason::UsedUp));
    let mut shell = refused(model());
    object(&mut shell, date(2018, 4, 10)).unwrap();
    shell.now = noon(date(2018, 5, 29));
    shell.tick();
    let late = extend(&mut shell).map_err(|r| r.reason);
    assert_eq!(late, Err(Reason::NotHere));
}

#[test]
fn the_decision_is_reminded_of_and_its_lateness_climbs() {
    let mut shell = refused(model());
    object(&mut shell, date(2018, 4, 10)).unwrap();
    let mut heard = Vec::new();
    for day in [
        date(2018, 5, 20),
        date(2018, 5, 21),
        date(2018, 5, 28),
        date(2018, 5, 29),
        date(2018, 6, 11),
        date(2018, 6, 12),
    ] {
        shell.now = noon(day);
        let before = shell.log.len();
        shell.tick();
        let kinds = shell.log[before..].iter().map(|e| e.kind.clone());
        heard.push(kinds.collect::<Vec<_>>());
    }
    let id = shell.case.deadlines[0].id;
    let rung = |rung| EventKind::Escalated {
        id,
        rung,
        unread: false,
    };
    assert_eq!(
        heard,
        [
            vec![],
            vec![EventKind::Reminded { id, reminder: 0 }],
            vec![],
            vec![EventKind::Overdue { id }, rung(0)],
            vec![],
            vec![rung(1)],
        ]
    );
    carry(&mut shell, true);
    let closed = shell.case.closed.iter().find(|(of, ..)| *of == DECISION);
    assert_eq!(closed.unwrap().2, Closing::Late);
}

#[test]
fn a_committee_takes_twelve_weeks() {
    let mut model = model();
    model.bodies[1].word = "commissie".to_owned();
    let mut shell = refused(model);
    object(&mut shell, date(2018, 4, 10)).unwrap();
    assert_eq!(due(&shell, DECISION), Some(date(2018, 7, 9)));
}

#[test]
fn a_case_that_is_opened_again_learns_that_the_term_has_ended_and_is_moved_like_the_others() {
    let mut model = model();
    model.term.at_end = AtEnd::Move(vec![Target::End(EndId(1))]);
    let mut shell = refused(model);
    object(&mut shell, date(2018, 4, 10)).unwrap();
    shell.life.until = Some(date(2018, 5, 1));
    shell.now = noon(date(2018, 5, 2));
    carry(&mut shell, true);
    assert_eq!(shell.case.place, Place::Step(StepId(2)));
    shell.tick();
    assert_eq!(shell.case.place, Place::End(EndId(1)));
    assert!(shell.case.term_ended && shell.timers.is_empty());
}
