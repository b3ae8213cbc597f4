//! Which cases move, where to, and what they take along.

use super::*;

#[test]
fn cases_stay_under_their_version_when_the_amendment_says_so() {
    let mut story = Story::new(new_with("gaan over\n  stap screening -> toets", "blijven"));
    story.now = on(date(2019, 1, 2));
    assert!(story.moves().events.is_empty());
    assert_eq!((story.step(), story.case.version), ("aanmelding", None));
}

#[test]
fn a_named_step_beats_the_default() {
    let mut story = Story::new(new_with("screening -> toets", "aanmelding blijft"));
    story.now = on(date(2019, 1, 2));
    assert!(story.moves().events.is_empty());
    let mut other = Story::new(new_with(
        "gaan over\n  stap screening",
        "blijven\n  stap aanmelding",
    ));
    other.now = on(date(2019, 1, 2));
    assert!(!other.moves().events.is_empty());
    assert_eq!(other.step(), "toets");
}

#[test]
fn nothing_moves_before_the_first_day() {
    let mut story = Story::new(program(NEW));
    story.now = Moment(start_of_day(date(2019, 1, 1)).0 - 1);
    let from = date(2019, 1, 1);
    let refused = story.asks_to_move().map_err(|refusal| refusal.reason);
    assert_eq!(refused, Err(Reason::TooEarly { from }));
    story.now = start_of_day(from);
    assert!(story.asks_to_move().is_ok());
}

#[test]
fn a_case_moves_once() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!((story.step(), story.case.version), ("aanmelding", Some(2)));
    assert!(story.asks_to_move().unwrap().events.is_empty());
}

#[test]
fn what_is_known_goes_along_by_name() {
    let mut story = Story::new(program(NEW));
    story.fact("schuld", "€ 12");
    story.fact("verblijf", "opvang");
    story.fact("inkomen", "€ 900");
    story.fact("oud-nummer", "7");
    story.fact("herkomst", "Oudstad");
    let holds = Command::Judge {
        criterion: CriterionId(1),
        holds: true,
        motivation: "gezien".to_owned(),
    };
    story.does("Opvang", "zorg", &holds);
    story.does("Opvang", "zorg", &Command::DoTask { task: TaskId(0) });
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(
        story.known("schuld"),
        Some(Secret::Value(Value::Money(1200)))
    );
    assert_eq!(
        story.known("verblijf"),
        Some(Secret::Value(Value::Choice(2)))
    );
    let successor = story.new.model().party_named("Nieuwstad").unwrap();
    assert_eq!(
        story.known("herkomst"),
        Some(Secret::Value(Value::Party(successor))),
        "the successor's name"
    );
    assert_eq!(story.known("inkomen"), None, "per month is not per year");
    assert_eq!(story.case.judgements, [Some(true)]);
    assert_eq!(story.case.tasks_done, [TaskId(1)], "intake");
    let supplied = |event: &&Event| matches!(event.kind, EventKind::Supplied { .. });
    assert_eq!(
        story.log.iter().filter(supplied).count(),
        5,
        "all in the history"
    );
}

#[test]
fn an_option_that_is_gone_is_not_known_any_more() {
    let mut story = Story::new(program(NEW));
    story.fact("verblijf", "anders");
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(story.known("verblijf"), None);
}

#[test]
fn what_was_erased_stays_erased_and_known_to_have_been_supplied() {
    let mut story = Story::new(program(NEW));
    story.fact("schuld", "€ 12");
    story.fact("oud-nummer", "7");
    for event in &mut story.log {
        if let EventKind::Supplied { facts } = &mut event.kind {
            facts
                .iter_mut()
                .for_each(|(_, secret)| *secret = Secret::Erased);
        }
    }
    story.case = replay(story.log.iter());
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(story.known("schuld"), Some(Secret::Erased));
    assert_eq!(story.case.facts.iter().flatten().count(), 1);
}

#[test]
fn a_case_goes_to_another_step_that_begins_anew() {
    let mut story = Story::new(program(NEW));
    story.exit("Opvang", "zorg", 1);
    assert_eq!(story.step(), "screening");
    story.now = on(date(2019, 1, 2));
    let decision = story.moves();
    let kinds: Vec<_> = decision.events.iter().map(|event| &event.kind).collect();
    assert!(matches!(
        kinds[0],
        EventKind::DeadlineStopped { met: false, .. }
    ));
    assert!(matches!(kinds[1], EventKind::Moved { version: 2, .. }));
    assert!(matches!(kinds[2], EventKind::Entered { .. }));
    assert_eq!((story.step(), story.due()), ("toets", date(2019, 2, 27)));
    let told = |effect: &Effect| matches!(effect, Effect::Notify(note) if matches!(note.cause, Cause::ToDo(_)));
    assert!(decision.effects.iter().any(told));
}

#[test]
fn a_case_may_be_ended_by_the_amendment() {
    let mut story = Story::new(new_with("screening -> toets", "aanmelding -> afgesloten"));
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert!(matches!(story.case.place, Place::End(_)));
    assert!(story.case.deadlines.is_empty());
}

#[test]
fn a_case_that_has_ended_never_moves() {
    let mut story = Story::new(program(NEW));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    story.fact("schuld", "€ 12");
    let choice = Choice::Eligibility { otherwise: None };
    let exit = ExitId(0);
    story.does("Loket", "loket", &Command::Exit { exit, choice });
    assert!(matches!(story.case.place, Place::End(_)));
    story.now = on(date(2019, 1, 2));
    assert!(story.moves().events.is_empty());
}

/// A case that was placed with the municipality that no longer is.
fn placed(new: Program) -> Story {
    let mut story = Story::new(new);
    for (fact, text) in [
        ("herkomst", "Oudstad"),
        ("schuld", "€ 0"),
        ("verblijf", "kliniek"),
    ] {
        story.fact(fact, text);
    }
    let holds = Command::Judge {
        criterion: CriterionId(1),
        holds: true,
        motivation: "gezien".to_owned(),
    };
    story.does("Opvang", "zorg", &holds);
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    let choice = Choice::Eligibility { otherwise: None };
    let exit = ExitId(0);
    story.does("Loket", "loket", &Command::Exit { exit, choice });
    let choice = Choice::Allocate {
        party: story.old.model().party_named("Oudstad").unwrap(),
        neighbourhood: Some("Noord".to_owned()),
        motivation: None,
    };
    story.does("Loket", "loket", &Command::Exit { exit, choice });
    assert_eq!(story.step(), "woning");
    story
}

#[test]
fn the_successor_stands_where_the_party_of_the_case_stood() {
    let mut story = placed(program(NEW));
    let before = story.case.placement.clone().unwrap();
    story.now = on(date(2019, 1, 2));
    story.moves();
    let successor = story.new.model().party_named("Nieuwstad").unwrap();
    assert_eq!(
        story.case.parties[PartyKind::Municipality as usize],
        Some(successor)
    );
    let booked = story.case.placement.clone().unwrap();
    assert_eq!(
        booked,
        Placement {
            party: successor,
            ..before.clone()
        }
    );
    let in_the_books = story.migration().placement(SchemeId(0), &before);
    assert_eq!(in_the_books, Some((SchemeId(0), booked)));
    story.exit("Nieuwstad", "wijkteam", 0);
    assert!(matches!(story.case.place, Place::End(_)));
}

#[test]
fn a_case_does_not_go_where_its_own_party_is_unknown() {
    let mut story = placed(new_with(
        "gemeente       Nieuwstad",
        "gemeente       Anderstad",
    ));
    story.now = on(date(2019, 1, 2));
    let refused = story.asks_to_move().map_err(|refusal| refusal.reason);
    let what = "partij".to_owned();
    assert_eq!(refused, Err(Reason::Unknown { what }));
}
