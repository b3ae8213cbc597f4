//! Norms and reports over small logs made by hand.
#![allow(clippy::unwrap_used)]

use convenant_lang::model::{
    Count, EndId, ExitId, Meta, Norm, PartyId, PrivacyClass, Report, SchemeId, SpreadPeriod, StepId,
};
use jiff::civil::{Date, date};

use super::*;
use crate::spread::{Fraction, Window};
use crate::{
    Actor, DeadlineRef, Eligible, Event, EventKind, Moment, RunningDeadline, start_of_day,
};

const QUARTER: Window = Window {
    from: date(2018, 4, 1),
    until: date(2018, 7, 1),
};

fn noon(on: Date) -> Moment {
    Moment(start_of_day(on).0 + 12 * 3_600_000)
}

fn event(on: Date, kind: EventKind) -> Event {
    Event {
        at: noon(on),
        by: Actor::Clock,
        kind,
    }
}

fn opened(on: Date) -> Event {
    event(
        on,
        EventKind::Opened {
            scheme: SchemeId(0),
            step: StepId(0),
        },
    )
}

fn started(on: Date, id: u32, of: DeadlineRef, due: Date) -> Event {
    let due_at = start_of_day(due.tomorrow().unwrap());
    let deadline = RunningDeadline {
        id,
        of,
        start: on,
        counted: due,
        due,
        due_at,
        moves: Vec::new(),
        reached: Vec::new(),
    };
    event(on, EventKind::DeadlineStarted { deadline })
}

fn stopped(on: Date, id: u32, met: bool) -> Event {
    event(on, EventKind::DeadlineStopped { id, met })
}

fn decided(on: Date, outcome: Eligible) -> Event {
    let kind = EventKind::EligibilityDecided {
        exit: ExitId(0),
        outcome,
        computed: outcome,
        deciding: Vec::new(),
        facts: Vec::new(),
        motivation: None,
    };
    event(on, kind)
}

fn allocated(on: Date) -> Event {
    let kind = EventKind::Allocated {
        exit: ExitId(0),
        party: PartyId(0),
        neighbourhood: None,
        proposed: PartyId(0),
        facts: Vec::new(),
        departure: None,
    };
    event(on, kind)
}

fn case_with_deadline(due: Date, met_on: Option<Date>) -> Record {
    let mut events = vec![
        opened(date(2018, 4, 2)),
        started(date(2018, 4, 2), 0, DeadlineRef::Step(StepId(0), 0), due),
    ];
    events.extend(met_on.map(|on| stopped(on, 0, true)));
    Record::of(&events)
}

fn ninety_percent() -> Norm {
    Norm {
        meta: Meta::default(),
        name: "tijdig".to_owned(),
        title: "tijdig".to_owned(),
        share: 900_000,
        of: (SchemeId(0), StepId(0)),
        period: SpreadPeriod::Quarter,
    }
}

#[test]
fn norm_counts_each_main_deadline_in_the_period_of_its_last_day() {
    let due = date(2018, 5, 14);
    let mut records = vec![case_with_deadline(due, Some(due)); 9];
    records.push(case_with_deadline(due, Some(date(2018, 5, 15))));
    // Of another quarter, and still running: neither counts.
    records.push(case_with_deadline(date(2018, 7, 2), Some(date(2018, 7, 3))));
    records.push(case_with_deadline(date(2018, 6, 29), None));
    let standing = norm(
        &ninety_percent(),
        &records,
        QUARTER,
        noon(date(2018, 6, 29)),
    );
    assert_eq!((standing.in_time, standing.late, standing.open), (9, 1, 1));
    assert_eq!(standing.share, Fraction::new(9, 10));
    assert_eq!(standing.holds, Some(true));

    // A day later the running one has passed: nine of eleven.
    let standing = norm(
        &ninety_percent(),
        &records,
        QUARTER,
        noon(date(2018, 6, 30)),
    );
    assert_eq!((standing.in_time, standing.late, standing.open), (9, 2, 0));
    assert_eq!(standing.holds, Some(false));
}

#[test]
fn norm_ignores_other_steps_other_schemes_and_what_fell_away_in_time() {
    let on = date(2018, 4, 2);
    let due = date(2018, 5, 14);
    let lapsed = Record::of(&[
        opened(on),
        started(on, 0, DeadlineRef::Step(StepId(0), 0), due),
        stopped(due, 0, false),
        started(on, 1, DeadlineRef::Step(StepId(1), 0), due),
        started(on, 2, DeadlineRef::Step(StepId(0), 1), due),
    ]);
    let mut elsewhere = case_with_deadline(due, None);
    elsewhere.scheme = Some(SchemeId(1));
    let standing = norm(
        &ninety_percent(),
        &[lapsed, elsewhere],
        QUARTER,
        noon(date(2018, 6, 1)),
    );
    assert_eq!((standing.in_time, standing.late, standing.open), (0, 0, 0));
    assert_eq!((standing.share, standing.holds), (None, None));
}

#[test]
fn a_deadline_that_moved_is_judged_by_its_new_day() {
    let on = date(2018, 4, 2);
    let moved_to = date(2018, 6, 4);
    let record = Record::of(&[
        opened(on),
        started(on, 0, DeadlineRef::Step(StepId(0), 0), date(2018, 5, 14)),
        event(
            date(2018, 5, 1),
            EventKind::DeadlineMoved {
                id: 0,
                start: on,
                counted: moved_to,
                due: moved_to,
                due_at: start_of_day(date(2018, 6, 5)),
                why: crate::Change::Restarted,
            },
        ),
        stopped(moved_to, 0, true),
    ]);
    assert_eq!(
        record
            .deadlines
            .first()
            .unwrap()
            .timeliness(noon(date(2018, 7, 1))),
        Timeliness::InTime
    );
}

#[test]
fn report_counts_cases_by_what_happened_before_the_period_ended() {
    let done = Record::of(&[
        opened(date(2018, 4, 1)),
        decided(date(2018, 4, 10), Eligible::Unmet),
        decided(date(2018, 5, 10), Eligible::Met),
        allocated(date(2018, 6, 30)),
        event(date(2018, 7, 1), EventKind::Ended { end: EndId(0) }),
    ]);
    let refused = Record::of(&[
        opened(date(2018, 3, 31)),
        decided(date(2018, 4, 1), Eligible::Unmet),
        event(date(2018, 4, 1), EventKind::Ended { end: EndId(1) }),
    ]);
    let late = case_with_deadline(date(2018, 6, 30), Some(date(2018, 7, 1)));
    let counts = vec![
        Count::Opened,
        Count::Placed,
        Count::Refused,
        Count::Ended,
        Count::Running,
        Count::Overdue,
    ];
    let section = Report {
        meta: Meta::default(),
        name: "kwartaal".to_owned(),
        title: "kwartaal".to_owned(),
        period: SpreadPeriod::Quarter,
        to: Vec::new(),
        counts,
        fields: Vec::new(),
        class: PrivacyClass::Ordinary,
    };
    let records = [done, refused, late];
    let cases = |period| -> Vec<u32> {
        report(&section, &records, period)
            .into_iter()
            .map(|counted| counted.cases)
            .collect()
    };
    assert_eq!(cases(QUARTER), [2, 1, 1, 1, 2, 1]);
    let next = Window {
        from: date(2018, 7, 1),
        until: date(2018, 10, 1),
    };
    assert_eq!(cases(next), [0, 0, 0, 1, 1, 0]);
}
