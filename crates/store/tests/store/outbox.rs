//! Notifications: intended once, fanned out under a stable id into one message per person and occasion; an occurrence once.

use convenant_engine::{Moment, TimerKey};
use convenant_store::{
    Awaits, FannedOut, MessageFilter, MessageRow, NewDelivery, NewMessage, Occasion, OutboxClaim,
    OutboxState, Outgoing, TimerName,
};
use jiff::civil::date;

use crate::world::{CaseFile, START, World, lease, opened, outgoing};

on_both!(
    a_notification_is_fanned_out_and_settled_once,
    a_failed_try_comes_again_under_the_same_id,
    what_was_late_says_since_when,
    the_inbox_shows_what_was_told,
    an_occasion_gives_a_person_one_message,
    an_escalation_waits_until_one_of_its_receivers_reads_it,
    an_occurrence_happens_once,
    two_nodes_fan_out_each_notification_once,
);

async fn notified(world: &World, texts: &[&str]) -> CaseFile {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.notifications = texts.iter().map(|text| outgoing(text)).collect();
    world.store.append(append).await.unwrap();
    case
}

pub fn mail(claim: &OutboxClaim, person: &str, party: &str) -> NewDelivery {
    NewDelivery {
        channel: "mail".to_owned(),
        target: person.to_owned(),
        occasion: occasion(claim),
        lane: "mail:post".to_owned(),
        party: party.to_owned(),
        at: claim.at,
        due_at: claim.at,
        gather_above: 5,
        payload: None,
    }
}

fn occasion(claim: &OutboxClaim) -> Occasion {
    Occasion::of(&[claim.body.as_bytes(), claim.id.stream.0.as_bytes()])
}

pub fn message(claim: &OutboxClaim, person: &str) -> NewMessage {
    NewMessage {
        person: person.to_owned(),
        occasion: occasion(claim),
        source: claim.id.clone(),
        party: "Zeist".to_owned(),
        role: "coördinator".to_owned(),
        at: claim.at,
        late_since: None,
        urgent: false,
        subject: "Nieuwe zaak".to_owned(),
        body: "Zaak UTR-2018-0001 wacht op u.".to_owned(),
        insight: "{}".to_owned(),
        case: Some(claim.id.stream),
        awaits: None,
        deliveries: vec![mail(claim, person, "Zeist")],
    }
}

pub fn fanned(claim: &OutboxClaim, messages: Vec<NewMessage>) -> FannedOut {
    FannedOut {
        id: claim.id.clone(),
        at: claim.at,
        token: claim.token,
        messages,
        deliveries: Vec::new(),
    }
}

async fn claims(world: &World, second: i64) -> Vec<OutboxClaim> {
    world
        .store
        .claim_outbox(Moment(START), lease(second), 100)
        .await
        .unwrap()
}

async fn inbox(world: &World, person: Option<&str>) -> Vec<MessageRow> {
    let filter = MessageFilter {
        person: person.map(str::to_owned),
        ..MessageFilter::default()
    };
    world
        .store
        .messages(&world.region, &filter, None, 100)
        .await
        .unwrap()
}

async fn a_notification_is_fanned_out_and_settled_once(world: World) {
    let case = notified(&world, &["a", "b"]).await;
    let claimed = claims(&world, 0).await;
    let bodies: Vec<_> = claimed.iter().map(|claim| claim.body.as_str()).collect();
    assert_eq!(bodies, [r#"{"to":"a"}"#, r#"{"to":"b"}"#]);
    assert_eq!(
        (claimed[0].id.seq, claimed[0].id.n, claimed[0].attempts),
        (1, 0, 0)
    );
    assert_eq!(claims(&world, 9).await, []);
    let beside = world.store.intended_with(&claimed[1..]).await.unwrap();
    assert_eq!(beside.len(), 2, "all that the append intended");
    let once = vec![fanned(&claimed[0], vec![message(&claimed[0], "jan")])];
    for held in [1, 0] {
        assert_eq!(
            world
                .store
                .fan_out(Moment(START), once.clone())
                .await
                .unwrap(),
            held
        );
    }
    let rows = inbox(&world, None).await;
    assert_eq!(rows.len(), 1);
    let sent = world
        .store
        .deliveries_of(&world.region, &[rows[0].number])
        .await
        .unwrap();
    assert_eq!((sent.len(), sent[0].target.as_str()), (1, "jan"));
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

async fn a_failed_try_comes_again_under_the_same_id(world: World) {
    let case = notified(&world, &["a"]).await;
    let first = claims(&world, 0).await.remove(0);
    world
        .store
        .failed(vec![(first.clone(), Some(Moment(START + 60_000)))])
        .await
        .unwrap();
    assert_eq!(claims(&world, 1).await, []);
    let later = Moment(START + 60_000);
    let claim = async |second| {
        world
            .store
            .claim_outbox(later, lease(second), 10)
            .await
            .unwrap()
            .remove(0)
    };
    let second = claim(1).await;
    assert_eq!((&second.id, second.attempts), (&first.id, 1));
    // A worker that died holds it until its lease lapses; then the old one can settle nothing.
    let third = claim(11).await;
    let lost = vec![fanned(&second, vec![message(&second, "jan")])];
    assert_eq!(world.store.fan_out(later, lost).await.unwrap(), 0);
    let tried = vec![(second, None), (third, None)];
    assert_eq!(inbox(&world, None).await, []);
    // Of the two claims, the one that holds is given up.
    assert_eq!(world.store.failed(tried).await.unwrap(), 1);
    assert_eq!(claims(&world, 99).await, []);
    let rows = world
        .store
        .notifications(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Failed, 3));
}

async fn what_was_late_says_since_when(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.timers = vec![convenant_store::TimerChange::Set {
        name: TimerName::of(&TimerKey::Resume).unwrap(),
        at: Moment(START - 5_000),
    }];
    world.store.append(append).await.unwrap();
    let timer = world
        .store
        .claim_timers(Moment(START), lease(0), 10)
        .await
        .unwrap()
        .remove(0);
    let mut append = case.next(vec![opened()]);
    append.notifications = vec![outgoing("late")];
    append.fired_by(Some(timer));
    world.store.append(append).await.unwrap();
    let claimed = world
        .store
        .claim_outbox(Moment(START + 60_000), lease(0), 10)
        .await
        .unwrap();
    assert_eq!(claimed[0].since, Moment(START - 5_000));
    assert_eq!(claimed[0].at, Moment(START + 60_000));
}

async fn the_inbox_shows_what_was_told(world: World) {
    let case = notified(&world, &["a", "b", "c"]).await;
    let claimed = claims(&world, 0).await;
    let done = claimed
        .iter()
        .map(|claim| fanned(claim, vec![message(claim, "jan"), message(claim, "piet")]))
        .collect();
    assert_eq!(
        world.store.fan_out(Moment(START + 1), done).await.unwrap(),
        3
    );
    let rows = inbox(&world, None).await;
    let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [6, 5, 4, 3, 2, 1]);
    let mut told = message(&claimed[2], "piet");
    told.deliveries.clear();
    assert_eq!((&rows[0].message, rows[0].made), (&told, Moment(START + 1)));
    let again = world
        .store
        .messages_numbered(&world.region, &[6, 2])
        .await
        .unwrap();
    assert_eq!(again[1], rows[0]);
    let of_case = MessageFilter {
        person: Some("jan".to_owned()),
        case: Some(case.stream),
        unread: true,
    };
    let store = &world.store;
    let read = async |before| {
        let rows = store
            .messages(&world.region, &of_case, before, 10)
            .await
            .unwrap();
        rows.iter().map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(read(Some(5)).await, [3, 1]);
    assert_eq!(store.unread(&world.region, "jan").await.unwrap().unread, 3);
    for (person, at, found) in [("jan", 5, true), ("jan", 9, true), ("piet", 9, false)] {
        let marked = store.mark_read(&world.region, person, 5, Moment(START + at));
        assert_eq!(marked.await.unwrap(), found, "{person}");
    }
    assert_eq!(
        inbox(&world, Some("jan")).await[0].read,
        Some(Moment(START + 5))
    );
    assert_eq!(read(None).await, [3, 1]);
    assert_eq!(store.unread(&world.region, "jan").await.unwrap().unread, 2);
}

async fn an_occasion_gives_a_person_one_message(world: World) {
    notified(&world, &["a", "b"]).await;
    let claimed = claims(&world, 0).await;
    let mut second = message(&claimed[1], "jan");
    second.occasion = message(&claimed[0], "jan").occasion;
    // In one transaction, and in another.
    let both = vec![
        fanned(&claimed[0], vec![message(&claimed[0], "jan"); 2]),
        fanned(&claimed[1], vec![second]),
    ];
    assert_eq!(world.store.fan_out(Moment(START), both).await.unwrap(), 2);
    let rows = inbox(&world, Some("jan")).await;
    assert_eq!(rows.len(), 1);
    let numbers: Vec<i64> = (1..=3).collect();
    let sent = world
        .store
        .deliveries_of(&world.region, &numbers)
        .await
        .unwrap();
    assert_eq!((sent.len(), sent[0].number), (1, rows[0].number));
}

async fn an_escalation_waits_until_one_of_its_receivers_reads_it(world: World) {
    notified(&world, &["a", "b"]).await;
    let claimed = claims(&world, 0).await;
    let done = claimed
        .iter()
        .map(|claim| {
            let mut both = vec![message(claim, "jan"), message(claim, "piet")];
            for message in &mut both {
                message.awaits = Some(Awaits {
                    until: Moment(START + 1),
                    cause: claim.body.clone(),
                });
            }
            fanned(claim, both)
        })
        .collect();
    world.store.fan_out(Moment(START), done).await.unwrap();
    let unread = async |at| {
        let found = world
            .store
            .unread_escalations(Moment(at), 10)
            .await
            .unwrap();
        found
            .into_iter()
            .map(|one| one.awaits.cause)
            .collect::<Vec<_>>()
    };
    assert_eq!(unread(START).await, Vec::<String>::new());
    assert_eq!(unread(START + 1).await.len(), 2);
    let number = inbox(&world, Some("piet")).await[0].number;
    let marked = world
        .store
        .mark_read(&world.region, "piet", number, Moment(START + 1));
    assert!(marked.await.unwrap());
    assert_eq!(unread(START + 1).await, [r#"{"to":"a"}"#]);
    let left = message(&claimed[0], "jan").occasion;
    world.store.passed_on(&world.region, left).await.unwrap();
    assert_eq!(unread(START + 1).await, Vec::<String>::new());
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
        claimed.iter().map(|claim| claim.id.seq).collect::<Vec<_>>(),
        [20180325, 20180326]
    );
}

async fn two_nodes_fan_out_each_notification_once(world: World) {
    for _ in 0..40 {
        notified(&world, &["a"]).await;
    }
    let nodes = [world.store.clone(), world.second_node().await];
    let mut workers = Vec::new();
    for worker in 0..4 {
        let store = nodes[worker % 2].clone();
        workers.push(tokio::spawn(async move {
            loop {
                let claims = store
                    .claim_outbox(Moment(START), lease(0), 5)
                    .await
                    .unwrap();
                if claims.is_empty() {
                    return;
                }
                let done = claims
                    .iter()
                    .map(|claim| fanned(claim, vec![message(claim, "jan")]))
                    .collect();
                store.fan_out(Moment(START), done).await.unwrap();
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let rows = inbox(&world, None).await;
    let mut ids: Vec<_> = rows.iter().map(|row| row.message.source.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((rows.len(), ids.len()), (40, 40));
}
