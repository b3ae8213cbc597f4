//! One append after another: answers, conflicts, idempotency, and all or nothing.

use convenant_engine::{Event, LifeEvent, LifeEventKind, Moment, replay};
use convenant_lang::model::{PartyId, SchemeId, StepId};
use convenant_store::{
    Append, Booked, Booking, Error, Opening, Sort, StreamId, TimerChange, TimerName,
};
use jiff::civil::date;

use crate::world::{START, World, command, deadline, judged, opened, outgoing, person, supplied};

on_both!(
    a_case_comes_back_as_it_went_in,
    case_numbers_count_up_per_region_and_year,
    a_stale_sequence_number_is_a_conflict,
    a_command_twice_is_one_event,
    another_command_under_the_same_key_is_an_error,
    a_key_belongs_to_the_region_and_not_to_the_case,
    a_number_is_not_spent_on_what_is_refused,
    a_stream_must_exist_and_a_version_must_be_known,
    one_bad_request_harms_no_other,
    placements_are_booked_on_the_version_they_were_decided_on,
    the_life_of_the_convenant_is_a_stream,
    malformed_appends_are_refused,
);

async fn a_case_comes_back_as_it_went_in(world: World) {
    let case = world.stored_case().await;
    let loaded = world
        .store
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
    assert_eq!(loaded.head.seq, 6);
    assert_eq!(loaded.head.number, "UTR-2018-0001");
    assert_eq!(loaded.head.version, world.version);
    let row = world.store.case(&world.region, case.stream).await.unwrap();
    let folded = replay(case.events.iter());
    assert_eq!(row.state, convenant_store::CaseState::of(&folded));
    let tail = world
        .store
        .events::<Event>(&world.region, case.stream, 4)
        .await
        .unwrap();
    assert_eq!(
        tail.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [5, 6]
    );
    assert_eq!(tail[1].hash, loaded.head.hash);
}

async fn case_numbers_count_up_per_region_and_year(world: World) {
    let mut numbers = Vec::new();
    for year in [2018, 2018, 2019, 2018] {
        let mut append = world.case().draft(vec![opened()]);
        append.opening.as_mut().unwrap().year = year;
        numbers.push(world.store.append(append).await.unwrap().number);
    }
    assert_eq!(
        numbers,
        [
            "UTR-2018-0001",
            "UTR-2018-0002",
            "UTR-2019-0001",
            "UTR-2018-0003"
        ]
    );
    let found = world
        .store
        .numbered(&world.region, "UTR-2019-0001")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        world
            .store
            .head(&world.region, found)
            .await
            .unwrap()
            .unwrap()
            .number,
        "UTR-2019-0001"
    );
    assert_eq!(
        world
            .store
            .numbered(&world.region, "UTR-2019-0002")
            .await
            .unwrap(),
        None
    );
}

async fn a_stale_sequence_number_is_a_conflict(world: World) {
    let case = world.stored_case().await;
    let mut late = case.clone();
    late.events.truncate(4);
    let error = world
        .store
        .append(late.draft(vec![judged("te laat")]))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Conflict {
                expected: 4,
                actual: 6,
                ..
            }
        ),
        "{error}"
    );
    let mut again = case.clone();
    again.events.clear();
    let error = world
        .store
        .append(again.draft(vec![opened()]))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Conflict {
                expected: 0,
                actual: 6,
                ..
            }
        ),
        "{error}"
    );
    let loaded = world
        .store
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
}

async fn a_command_twice_is_one_event(world: World) {
    let mut case = world.stored_case().await;
    let mut append = case.next(vec![judged("een keer")]);
    append.command = command("k1", "judge");
    append.notifications = vec![outgoing("coordinator")];
    let first = world.store.append(append.clone()).await.unwrap();
    assert!(!first.repeated);
    let second = world.store.append(append).await.unwrap();
    assert!(second.repeated);
    assert_eq!(
        (second.seq, second.events, second.head, &second.number),
        (first.seq, first.events, first.head, &first.number)
    );
    let answered = world
        .store
        .answered(&world.region, &command("k1", "judge").unwrap())
        .await
        .unwrap();
    assert_eq!(answered, Some(second));
    let loaded = world
        .store
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
    assert_eq!(
        world
            .store
            .notifications(&world.region, case.stream)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn another_command_under_the_same_key_is_an_error(world: World) {
    let mut case = world.stored_case().await;
    let mut append = case.next(vec![judged("een keer")]);
    append.command = command("k1", "judge");
    world.store.append(append).await.unwrap();
    let mut other = case.draft(vec![judged("iets anders")]);
    other.command = command("k1", "judge otherwise");
    let error = world.store.append(other).await.unwrap_err();
    assert!(matches!(error, Error::KeyReused), "{error}");
    let known = world
        .store
        .answered(&world.region, &command("k1", "judge otherwise").unwrap())
        .await;
    assert!(matches!(known, Err(Error::KeyReused)));
    let unknown = world
        .store
        .answered(&world.region, &command("k2", "judge").unwrap())
        .await;
    assert_eq!(unknown.unwrap(), None);
    let loaded = world
        .store
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
}

/// Both cases are known from before, so that nothing but the table of commands can tell.
async fn a_key_belongs_to_the_region_and_not_to_the_case(world: World) {
    let mut first = world.stored_case().await;
    let mut second = world.stored_case().await;
    let mut append = first.next(vec![judged("een keer")]);
    append.command = command("k1", "judge");
    let answer = world.store.append(append).await.unwrap();
    let mut elsewhere = second.draft(vec![judged("een keer")]);
    elsewhere.command = command("k1", "judge");
    let repeated = world.store.append(elsewhere).await.unwrap();
    assert!(repeated.repeated);
    assert_eq!((repeated.stream, repeated.seq), (first.stream, answer.seq));
    let mut opening = world.case().draft(vec![opened()]);
    opening.command = command("k1", "open");
    let error = world.store.append(opening.clone()).await.unwrap_err();
    assert!(matches!(error, Error::KeyReused), "{error}");
    let head = world.store.head(&world.region, opening.stream).await;
    assert_eq!(head.unwrap(), None);
    // Neither refusal is in the way of what comes next.
    for why in ["een", "twee"] {
        let append = second.next(vec![judged(why)]);
        world.store.append(append).await.unwrap();
    }
    let loaded = world
        .store
        .load::<Event>(&world.region, second.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, second.events);
}

async fn a_number_is_not_spent_on_what_is_refused(world: World) {
    world
        .store
        .append(world.case().draft(vec![opened()]))
        .await
        .unwrap();
    let mut refused = world.case().draft(vec![opened()]);
    refused.booking = Some(Booking {
        expected: 7,
        placements: Vec::new(),
    });
    let error = world.store.append(refused).await.unwrap_err();
    assert!(matches!(error, Error::LedgerConflict { .. }), "{error}");
    let next = world.case().draft(vec![opened()]);
    let answer = world.store.append(next).await.unwrap();
    assert_eq!(answer.number, "UTR-2018-0002");
}

async fn a_stream_must_exist_and_a_version_must_be_known(world: World) {
    let mut append = world.case().draft(vec![opened()]);
    append.expected = 3;
    append.opening = None;
    let error = world.store.append(append).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchStream), "{error}");
    let mut append = world.case().draft(vec![opened()]);
    append.opening.as_mut().unwrap().version = convenant_store::Hash::of(b"another text");
    let error = world.store.append(append).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchVersion), "{error}");
    let error = world
        .store
        .load::<Event>(&world.region, StreamId::new())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoSuchStream), "{error}");
}

/// The database itself refuses one row in the middle of a batch: that request leaves no trace, the others are written.
async fn one_bad_request_harms_no_other(world: World) {
    let is_sqlite = world.folder().is_some();
    world
        .tamper(if is_sqlite {
            "CREATE TRIGGER fault BEFORE INSERT ON outbox WHEN NEW.body LIKE '%fault%' BEGIN SELECT RAISE(ABORT, 'fault'); END"
        } else {
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.body LIKE ''%fault%'' THEN RAISE EXCEPTION ''fault''; END IF; RETURN NEW; END';
             CREATE TRIGGER fault BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fault()"
        })
        .await;
    let mut tasks = Vec::new();
    for n in 0..40 {
        let mut append = world.case().draft(vec![opened(), supplied("Jansen")]);
        append.notifications = vec![outgoing(if n % 10 == 7 { "fault" } else { "fine" })];
        append.timers = vec![TimerChange::Set {
            name: TimerName::of(&n).unwrap(),
            at: Moment(START),
        }];
        append.command = command(&format!("k{n}"), "open");
        let store = world.store.clone();
        tasks.push(tokio::spawn(async move {
            (n, append.stream, store.append(append).await)
        }));
    }
    for task in tasks {
        let (n, stream, outcome) = task.await.unwrap();
        let head = world.store.head(&world.region, stream).await.unwrap();
        let timers = world.store.timers(&world.region, stream).await.unwrap();
        let known = world
            .store
            .answered(&world.region, &command(&format!("k{n}"), "open").unwrap())
            .await
            .unwrap();
        if n % 10 == 7 {
            assert!(
                matches!(outcome, Err(Error::Database(_))),
                "{n}: {outcome:?}"
            );
            assert!(
                head.is_none() && timers.is_empty() && known.is_none(),
                "{n} left a trace"
            );
        } else {
            assert_eq!(head.unwrap().hash, outcome.unwrap().head);
            assert!(timers.len() == 1 && known.is_some());
        }
    }
    assert!(
        world
            .store
            .verify_region(&world.region)
            .await
            .unwrap()
            .faults
            .is_empty()
    );
}

async fn placements_are_booked_on_the_version_they_were_decided_on(world: World) {
    let book = |expected| {
        let mut append = world.case().draft(vec![opened()]);
        append.booking = Some(Booking {
            expected,
            placements: vec![Booked {
                scheme: SchemeId(0),
                party: PartyId(4),
                neighbourhood: Some("Overvecht".to_owned()),
                on: date(2018, 3, 1),
                departure: false,
            }],
        });
        append
    };
    assert_eq!(world.store.ledger(&world.region).await.unwrap().version, 0);
    let first = book(0);
    world.store.append(first.clone()).await.unwrap();
    let second = book(0);
    let error = world.store.append(second.clone()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::LedgerConflict {
                expected: 0,
                actual: 1
            }
        ),
        "{error}"
    );
    assert!(
        world
            .store
            .head(&world.region, second.stream)
            .await
            .unwrap()
            .is_none()
    );
    world.store.append(book(1)).await.unwrap();
    let ledger = world.store.ledger(&world.region).await.unwrap();
    assert_eq!((ledger.version, ledger.placements.len()), (2, 2));
    assert_eq!(ledger.placements[0].stream, first.stream);
    assert_eq!(
        ledger.placements[0].booked,
        first.booking.unwrap().placements[0]
    );
    assert_eq!(ledger.folded().len(), 2);
}

async fn the_life_of_the_convenant_is_a_stream(world: World) {
    let event = |kind| LifeEvent {
        at: Moment(START),
        by: person(),
        kind,
    };
    let mut append = Append::new(world.region.clone(), StreamId::LIFE, 0);
    append.opening = Some(Opening {
        version: world.version,
        sort: Sort::Life,
        year: 2018,
    });
    append.events = vec![
        event(LifeEventKind::Established),
        event(LifeEventKind::Signed {
            party: PartyId(1),
            on: date(2017, 3, 15),
        }),
    ];
    let answer = world.store.append(append.clone()).await.unwrap();
    assert_eq!((answer.seq, answer.number.as_str()), (2, ""));
    let loaded = world
        .store
        .load::<LifeEvent>(&world.region, StreamId::LIFE)
        .await
        .unwrap();
    assert_eq!(loaded.events, append.events);
    assert_eq!(loaded.head.sort, Sort::Life);
    // Another region has a life of its own, and a life is no case.
    let other = convenant_store::RegionKey::new("drenthe").unwrap();
    assert!(
        world
            .store
            .head(&other, StreamId::LIFE)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .store
            .cases(&world.region, &Default::default(), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        world
            .store
            .verify(&world.region, StreamId::LIFE)
            .await
            .unwrap()
            .faults
            .is_empty()
    );
}

async fn malformed_appends_are_refused(world: World) {
    let case = world.stored_case().await;
    let mut nothing = case.draft(Vec::new());
    nothing.fires = None;
    let mut again = case.draft(vec![judged("x")]);
    again.opening = Some(Opening {
        version: world.version,
        sort: Sort::Case,
        year: 2018,
    });
    let sealed = case.draft(vec![convenant_engine::EventKind::Objected {
        motivation: convenant_engine::Secret::Sealed(0),
    }]);
    for append in [nothing, again, sealed] {
        let error = world.store.append(append).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    }
    assert!(convenant_store::CommandId::new("", &"x").is_err());
    assert!(convenant_store::CommandId::new(&"k".repeat(201), &"x").is_err());
    let mut case = case;
    let append = case.next(vec![
        deadline(1, date(2018, 2, 1)),
        convenant_engine::EventKind::Entered { step: StepId(2) },
    ]);
    world.store.append(append).await.unwrap();
}
