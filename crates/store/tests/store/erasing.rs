//! Erasure: the person is gone, the log still verifies.

use convenant_engine::{Event, EventKind, Moment, Secret};
use convenant_store::Error;
use sea_orm::{ConnectionTrait, Statement};

use crate::world::{START, World, command, judged, opened, supplied};

on_both!(
    nothing_personal_lies_in_clear,
    what_is_erased_is_gone_and_the_log_verifies,
    a_node_that_still_knows_the_key_adds_nothing_personal,
);

const SECRET: &str = "Van-der-Proef-1971";

/// Every text and every blob of every table, as one.
async fn everything(world: &World) -> String {
    let db = world.behind().await;
    let mut all = String::new();
    for (table, columns) in [
        ("events", "payload"),
        ("streams", "state"),
        ("commands", "key"),
        ("outbox", "body"),
        ("timers", "name"),
    ] {
        let statement = Statement::from_string(
            db.get_database_backend(),
            format!("SELECT {columns} FROM {table}"),
        );
        for row in db.query_all_raw(statement).await.unwrap() {
            all.push_str(&row.try_get_by_index::<String>(0).unwrap());
        }
    }
    for (table, column) in [
        ("sealed", "parts"),
        ("case_keys", "wrapped"),
        ("commands", "body"),
        ("events", "commitments"),
    ] {
        let statement = Statement::from_string(
            db.get_database_backend(),
            format!("SELECT {column} FROM {table}"),
        );
        for row in db.query_all_raw(statement).await.unwrap() {
            if let Some(bytes) = row.try_get_by_index::<Option<Vec<u8>>>(0).unwrap() {
                all.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    db.close().await.unwrap();
    all
}

async fn nothing_personal_lies_in_clear(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened(), supplied(SECRET), judged(SECRET)]);
    append.command = command("k", SECRET);
    world.store.append(append).await.unwrap();
    let all = everything(&world).await;
    assert!(all.contains("supplied"), "the events are there");
    assert!(!all.contains(SECRET) && !all.contains("4600000"));
    if let Some(folder) = world.folder() {
        for file in ["convenant.db", "convenant.db-wal"] {
            let bytes = std::fs::read(folder.join(file)).unwrap();
            assert!(
                !bytes
                    .windows(SECRET.len())
                    .any(|window| window == SECRET.as_bytes()),
                "{file}"
            );
        }
    }
}

async fn what_is_erased_is_gone_and_the_log_verifies(world: World) {
    let mut case = world.stored_case().await;
    let mut append = case.next(vec![supplied(SECRET)]);
    append.command = command("k", SECRET);
    world.store.append(append.clone()).await.unwrap();
    let other = world.stored_case().await;
    world
        .store
        .erase(&world.region, case.stream, Moment(START + 1))
        .await
        .unwrap();
    world
        .store
        .erase(&world.region, case.stream, Moment(START + 2))
        .await
        .unwrap();

    let loaded = world
        .store
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.head.erased, Some(Moment(START + 1)));
    let EventKind::Supplied { facts } = &loaded.events[6].kind else {
        panic!("the event is still there");
    };
    assert!(facts.iter().all(|(_, secret)| *secret == Secret::Erased));
    let found = world
        .store
        .verify(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(found.faults, []);
    assert_eq!(
        world
            .store
            .verify_region(&world.region)
            .await
            .unwrap()
            .faults,
        []
    );
    // The command is still one event; nothing of its content is kept.
    assert!(world.store.append(append).await.unwrap().repeated);
    // What is left can go on, without anything personal.
    let error = world
        .store
        .append(case.draft(vec![judged("x")]))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Erased), "{error}");
    let going_on = case.draft(vec![crate::world::ended()]);
    assert_eq!(world.store.append(going_on).await.unwrap().seq, 8);
    // The other case keeps what it has.
    let kept = world
        .store
        .load::<Event>(&world.region, other.stream)
        .await
        .unwrap();
    assert_eq!(kept.events, other.events);
    let nobody = world
        .store
        .erase(
            &world.region,
            convenant_store::StreamId::new(),
            Moment(START),
        )
        .await;
    assert!(matches!(nobody, Err(Error::NoSuchStream)));
}

async fn a_node_that_still_knows_the_key_adds_nothing_personal(world: World) {
    let case = world.stored_case().await;
    let other = world.second_node().await;
    other
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    world
        .store
        .erase(&world.region, case.stream, Moment(START))
        .await
        .unwrap();
    let error = other
        .append(case.draft(vec![judged("x")]))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Erased), "{error}");
    let loaded = other
        .load::<Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert!(
        matches!(&loaded.events[1].kind, EventKind::Supplied { facts } if facts[0].1 == Secret::Erased)
    );
}
