//! Whoever changes a row is found out.

use convenant_store::{FaultKind, StreamId};

use crate::world::{World, ended};

on_both!(
    an_untouched_log_verifies,
    a_log_that_grows_meanwhile_verifies,
    every_tampering_is_found,
    what_would_be_read_in_two_ways_is_found,
    a_missing_stream_row_is_found
);

async fn an_untouched_log_verifies(world: World) {
    for _ in 0..300 {
        let mut case = world.case();
        world
            .store
            .append(case.next(vec![crate::world::opened()]))
            .await
            .unwrap();
    }
    let mut case = world.stored_case().await;
    world.store.append(case.next(vec![ended()])).await.unwrap();
    let found = world
        .store
        .verify(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!((found.events, found.faults), (7, vec![]));
    let found = world.store.verify_region(&world.region).await.unwrap();
    assert_eq!(
        (found.streams, found.events, found.faults),
        (301, 307, vec![])
    );
}

async fn a_log_that_grows_meanwhile_verifies(world: World) {
    let mut cases = Vec::new();
    for _ in 0..150 {
        let mut case = world.case();
        let append = case.next(vec![crate::world::opened()]);
        world.store.append(append).await.unwrap();
        cases.push(case);
    }
    let store = world.store.clone();
    let growing = tokio::spawn(async move {
        for _ in 0..4 {
            for case in &mut cases {
                store
                    .append(case.next(vec![crate::world::assigned(3)]))
                    .await
                    .unwrap();
            }
        }
    });
    let mut looked = 0;
    while !growing.is_finished() || looked == 0 {
        let found = world.store.verify_region(&world.region).await.unwrap();
        assert_eq!(found.faults, []);
        looked += 1;
    }
    growing.await.unwrap();
    let found = world.store.verify_region(&world.region).await.unwrap();
    assert_eq!(
        (found.streams, found.events, found.faults),
        (150, 750, vec![])
    );
}

fn literal(world: &World, stream: StreamId) -> String {
    let hex = stream.0.simple().to_string();
    if world.folder().is_some() {
        format!("X'{hex}'")
    } else {
        format!("'\\x{hex}'::bytea")
    }
}

async fn every_tampering_is_found(world: World) {
    let zeros = if world.folder().is_some() {
        "zeroblob(32)"
    } else {
        "decode(repeat('00', 32), 'hex')"
    };
    let text = if world.folder().is_some() {
        "'thirty-two letters make one hash'"
    } else {
        zeros
    };
    let attacks: &[(&str, FaultKind, bool)] = &[
        (
            "UPDATE events SET payload = replace(payload, '\"holds\":true', '\"holds\":false') WHERE S AND seq = 5",
            FaultKind::Hash,
            true,
        ),
        (
            "UPDATE events SET at = at + 1 WHERE S AND seq = 2",
            FaultKind::Hash,
            true,
        ),
        (
            "UPDATE events SET hash = Z WHERE S AND seq = 3",
            FaultKind::Hash,
            true,
        ),
        (
            "UPDATE events SET version = Z WHERE S AND seq = 1",
            FaultKind::Hash,
            true,
        ),
        (
            "UPDATE events SET commitments = NULL WHERE S AND seq = 2",
            FaultKind::Hash,
            true,
        ),
        (
            "DELETE FROM events WHERE S AND seq = 3",
            FaultKind::Sequence,
            true,
        ),
        (
            "DELETE FROM events WHERE S AND seq = 6",
            FaultKind::Head,
            true,
        ),
        ("UPDATE streams SET seq = 5 WHERE S", FaultKind::Head, true),
        ("UPDATE streams SET hash = Z WHERE S", FaultKind::Head, true),
        (
            "UPDATE streams SET version = Z WHERE S",
            FaultKind::Version,
            true,
        ),
        ("UPDATE streams SET step = 9 WHERE S", FaultKind::Row, false),
        (
            "UPDATE streams SET ended = 1 WHERE S",
            FaultKind::Row,
            false,
        ),
        (
            "UPDATE streams SET overdue = 1 WHERE S",
            FaultKind::Row,
            false,
        ),
        (
            "UPDATE streams SET next_due = '2099-01-01' WHERE S",
            FaultKind::Row,
            false,
        ),
        (
            "UPDATE streams SET state = replace(state, '\"due\":\"2018', '\"due\":\"2019') WHERE S",
            FaultKind::Row,
            false,
        ),
        ("DELETE FROM case_parties WHERE S", FaultKind::Row, false),
        (
            "DELETE FROM sealed WHERE S AND seq = 2",
            FaultKind::Sealed,
            false,
        ),
        (
            "UPDATE sealed SET parts = Z WHERE S AND seq = 2",
            FaultKind::Sealed,
            false,
        ),
        (
            "UPDATE sealed SET seq = 4 WHERE S AND seq = 2",
            FaultKind::Sealed,
            false,
        ),
        ("DELETE FROM case_keys WHERE S", FaultKind::Sealed, false),
        // A data folder takes text where bytes belong.
        (
            "UPDATE events SET hash = T WHERE S AND seq = 3",
            FaultKind::Hash,
            false,
        ),
        (
            "UPDATE sealed SET parts = T WHERE S AND seq = 2",
            FaultKind::Sealed,
            false,
        ),
    ];
    for (attack, fault, by_region) in attacks {
        let victim = world.stored_case().await;
        let bystander = world.stored_case().await;
        let sql = attack.replace(
            "S AND",
            &format!("stream = {} AND", literal(&world, victim.stream)),
        );
        let sql = sql.replace(
            "WHERE S",
            &format!("WHERE stream = {}", literal(&world, victim.stream)),
        );
        let sql = sql.replace("= Z", &format!("= {zeros}"));
        let sql = sql.replace("= T", &format!("= {text}"));
        assert_eq!(world.tamper(&sql).await, 1, "{attack}");
        let found = world.store.verify(&world.region, victim.stream).await;
        let faults = found.unwrap().faults;
        assert!(
            faults.iter().any(|found| found.what == *fault),
            "{attack}: {faults:?}"
        );
        if *by_region {
            let faults = world
                .store
                .verify_region(&world.region)
                .await
                .unwrap()
                .faults;
            let found = faults
                .iter()
                .any(|found| found.what == *fault && found.stream == victim.stream);
            assert!(found, "{attack}: {faults:?}");
        }
        let other = world
            .store
            .verify(&world.region, bystander.stream)
            .await
            .unwrap();
        assert_eq!(other.faults, [], "{attack}: the bystander");
        for table in ["events", "streams", "sealed", "case_keys", "case_parties"] {
            world.tamper(&format!("DELETE FROM {table}")).await;
        }
    }
    let case = world.stored_case().await;
    world
        .tamper("UPDATE versions SET source = 'another text'")
        .await;
    let faults = world
        .store
        .verify(&world.region, case.stream)
        .await
        .unwrap()
        .faults;
    assert!(faults.iter().any(|found| found.what == FaultKind::Version));
}

async fn what_would_be_read_in_two_ways_is_found(world: World) {
    for attack in [
        "payload = replace(payload, '\"at\"', '\u{1e}\"at\"')",
        "hash = substr(hash, 1, 31)",
        "version = substr(hash, 1, 3), commitments = substr(hash, 4)",
    ] {
        let case = world.stored_case().await;
        let place = literal(&world, case.stream);
        let sql = format!("UPDATE events SET {attack} WHERE seq = 4 AND stream = {place}");
        assert_eq!(world.tamper(&sql).await, 1, "{attack}");
        let found = world.store.verify_region(&world.region).await.unwrap();
        let faults = found.faults;
        assert!(
            faults.iter().any(|fault| fault.stream == case.stream),
            "{attack}: {faults:?}"
        );
    }
}

async fn a_missing_stream_row_is_found(world: World) {
    let case = world.stored_case().await;
    world.tamper("DELETE FROM streams").await;
    let faults = world
        .store
        .verify_region(&world.region)
        .await
        .unwrap()
        .faults;
    assert!(
        faults
            .iter()
            .any(|found| found.stream == case.stream && found.what == FaultKind::Head)
    );
    let case = world.stored_case().await;
    world
        .tamper(&format!(
            "DELETE FROM events WHERE stream = {}",
            literal(&world, case.stream)
        ))
        .await;
    let faults = world
        .store
        .verify_region(&world.region)
        .await
        .unwrap()
        .faults;
    assert!(
        faults
            .iter()
            .any(|found| found.stream == case.stream && found.what == FaultKind::Sequence)
    );
}
