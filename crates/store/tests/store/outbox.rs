//! Notifications: intended once, delivered under a stable id; in the inbox exactly once; an occurrence once.

use convenant_engine::Moment;
use convenant_lang::model::PartyId;
use convenant_store::{Error, InboxFilter, InboxMessage, OutboxState, Outgoing};
use jiff::civil::date;

use crate::world::{CaseFile, START, World, lease, opened, outgoing};

on_both!(
    a_notification_is_delivered_and_settled_once,
    a_failed_delivery_comes_again_under_the_same_id,
    the_inbox_shows_what_was_delivered,
    an_occurrence_happens_once,
    two_nodes_deliver_each_notification_to_the_inbox_once,
);

async fn notified(world: &World, texts: &[&str]) -> CaseFile {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.notifications = texts.iter().map(|text| outgoing(text)).collect();
    world.store.append(append).await.unwrap();
    case
}

fn message(world: &World, party: u16, case: &CaseFile) -> InboxMessage {
    assert_eq!(world.region, case.region);
    InboxMessage {
        party: PartyId(party),
        role: "coördinator".to_owned(),
        subject: "Nieuwe zaak".to_owned(),
        text: "Zaak UTR-2018-0001 wacht op u.".to_owned(),
        case: Some(case.stream),
    }
}

async fn a_notification_is_delivered_and_settled_once(world: World) {
    let case = notified(&world, &["a", "b"]).await;
    let claimed = world
        .store
        .claim_outbox(Moment(START), lease(0), 10)
        .await
        .unwrap();
    assert_eq!(
        claimed
            .iter()
            .map(|delivery| delivery.body.as_str())
            .collect::<Vec<_>>(),
        [r#"{"to":"a"}"#, r#"{"to":"b"}"#]
    );
    assert_eq!(
        (claimed[0].id.seq, claimed[0].id.n, claimed[0].attempts),
        (1, 0, 0)
    );
    assert_eq!(
        world
            .store
            .claim_outbox(Moment(START), lease(9), 10)
            .await
            .unwrap(),
        []
    );
    world
        .store
        .delivered(
            &claimed[0].id,
            claimed[0].token,
            &[message(&world, 1, &case)],
        )
        .await
        .unwrap();
    let twice = world
        .store
        .delivered(
            &claimed[0].id,
            claimed[0].token,
            &[message(&world, 1, &case)],
        )
        .await;
    assert!(matches!(twice, Err(Error::DeliveryLost)));
    assert_eq!(
        world
            .store
            .inbox(&world.region, &InboxFilter::default(), None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let states: Vec<_> = world
        .store
        .notifications(&world.region, case.stream)
        .await
        .unwrap()
        .iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(states, [OutboxState::Delivered, OutboxState::Waiting]);
    assert_eq!(world.store.counts(&world.region).await.unwrap().waiting, 1);
}

async fn a_failed_delivery_comes_again_under_the_same_id(world: World) {
    let case = notified(&world, &["a"]).await;
    let first = world
        .store
        .claim_outbox(Moment(START), lease(0), 10)
        .await
        .unwrap()
        .remove(0);
    world
        .store
        .failed(&first.id, first.token, Some(Moment(START + 60_000)))
        .await
        .unwrap();
    assert_eq!(
        world
            .store
            .claim_outbox(Moment(START + 59_999), lease(1), 10)
            .await
            .unwrap(),
        []
    );
    let second = world
        .store
        .claim_outbox(Moment(START + 60_000), lease(1), 10)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((&second.id, second.attempts), (&first.id, 1));
    // A worker that died holds it until its lease lapses; then the old one can settle nothing.
    let third = world
        .store
        .claim_outbox(Moment(START + 60_000), lease(11), 10)
        .await
        .unwrap()
        .remove(0);
    assert!(matches!(
        world.store.delivered(&second.id, second.token, &[]).await,
        Err(Error::DeliveryLost)
    ));
    world
        .store
        .failed(&third.id, third.token, None)
        .await
        .unwrap();
    assert_eq!(
        world
            .store
            .claim_outbox(Moment(i64::MAX), lease(99), 10)
            .await
            .unwrap(),
        []
    );
    let rows = world
        .store
        .notifications(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Failed, 3));
}

async fn the_inbox_shows_what_was_delivered(world: World) {
    let case = notified(&world, &["a", "b", "c"]).await;
    for (party, claim) in (1..).zip(
        world
            .store
            .claim_outbox(Moment(START), lease(0), 10)
            .await
            .unwrap(),
    ) {
        let mut messages = vec![message(&world, party, &case), message(&world, 9, &case)];
        messages[0].role = "wijkteam".to_owned();
        world
            .store
            .delivered(&claim.id, claim.token, &messages)
            .await
            .unwrap();
    }
    let all = InboxFilter::default();
    let rows = world
        .store
        .inbox(&world.region, &all, None, 10)
        .await
        .unwrap();
    assert_eq!(
        rows.iter().map(|row| row.number).collect::<Vec<_>>(),
        [6, 5, 4, 3, 2, 1]
    );
    assert_eq!(rows[0].message, message(&world, 9, &case));
    assert_eq!(rows[0].at, Moment(START));
    let page = world
        .store
        .inbox(&world.region, &all, Some(3), 10)
        .await
        .unwrap();
    assert_eq!(
        page.iter().map(|row| row.number).collect::<Vec<_>>(),
        [2, 1]
    );
    let nine = InboxFilter {
        party: Some(PartyId(9)),
        ..all.clone()
    };
    assert_eq!(
        world
            .store
            .inbox(&world.region, &nine, None, 10)
            .await
            .unwrap()
            .len(),
        3
    );
    let team = InboxFilter {
        role: Some("wijkteam".to_owned()),
        case: Some(case.stream),
        ..all.clone()
    };
    assert_eq!(
        world
            .store
            .inbox(&world.region, &team, None, 10)
            .await
            .unwrap()
            .len(),
        3
    );
    world
        .store
        .mark_read(&world.region, 6, Moment(START + 5))
        .await
        .unwrap();
    world
        .store
        .mark_read(&world.region, 6, Moment(START + 9))
        .await
        .unwrap();
    let read = world
        .store
        .inbox(&world.region, &all, None, 1)
        .await
        .unwrap();
    assert_eq!(read[0].read, Some(Moment(START + 5)));
    let unread = InboxFilter {
        unread: true,
        ..nine
    };
    assert_eq!(
        world
            .store
            .inbox(&world.region, &unread, None, 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn an_occurrence_happens_once(world: World) {
    let digest = [Outgoing {
        body: "{}".to_owned(),
        deliver_after: None,
    }];
    let nodes = [world.store.clone(), world.second_node().await];
    let mut tasks = Vec::new();
    for n in 0..16 {
        let (store, region, digest) = (nodes[n % 2].clone(), world.region.clone(), digest.clone());
        tasks.push(tokio::spawn(async move {
            store
                .occur(
                    &region,
                    "digest ochtend",
                    date(2018, 3, 25),
                    Moment(START),
                    &digest,
                )
                .await
                .unwrap()
        }));
    }
    let mut first = 0;
    for task in tasks {
        first += i32::from(task.await.unwrap());
    }
    assert_eq!(first, 1);
    assert!(
        world
            .store
            .occur(
                &world.region,
                "digest ochtend",
                date(2018, 3, 26),
                Moment(START),
                &digest
            )
            .await
            .unwrap()
    );
    assert_eq!(
        world
            .store
            .last_occurrence(&world.region, "digest ochtend")
            .await
            .unwrap(),
        Some(date(2018, 3, 26))
    );
    assert_eq!(
        world
            .store
            .last_occurrence(&world.region, "digest avond")
            .await
            .unwrap(),
        None
    );
    let claimed = world
        .store
        .claim_outbox(Moment(START), lease(0), 100)
        .await
        .unwrap();
    assert_eq!(
        claimed
            .iter()
            .map(|delivery| delivery.id.seq)
            .collect::<Vec<_>>(),
        [20180325, 20180326]
    );
}

async fn two_nodes_deliver_each_notification_to_the_inbox_once(world: World) {
    let mut cases = Vec::new();
    for _ in 0..40 {
        cases.push(notified(&world, &["a"]).await);
    }
    let nodes = [world.store.clone(), world.second_node().await];
    let mut workers = Vec::new();
    for worker in 0..4 {
        let (store, message) = (nodes[worker % 2].clone(), message(&world, 1, &cases[0]));
        workers.push(tokio::spawn(async move {
            loop {
                let claims = store
                    .claim_outbox(Moment(START), lease(0), 5)
                    .await
                    .unwrap();
                if claims.is_empty() {
                    return;
                }
                for claim in claims {
                    store
                        .delivered(&claim.id, claim.token, std::slice::from_ref(&message))
                        .await
                        .unwrap();
                }
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let rows = world
        .store
        .inbox(&world.region, &InboxFilter::default(), None, 100)
        .await
        .unwrap();
    let mut ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((rows.len(), ids.len()), (40, 40));
}
