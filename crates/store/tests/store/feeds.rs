//! Calendar feeds: addresses by their hash, and the cases that a feed is about.

use convenant_engine::{EventKind, Moment};
use convenant_store::{FeedRow, Hash, StreamId};
use jiff::civil::date;

use crate::world::{START, World, deadline, ended, opened};

on_both!(
    a_feed_is_found_by_its_token_and_revoked_once,
    a_person_has_a_limited_number_of_feeds,
    running_and_recently_changed_cases_are_for_feeds
);

fn feed(world: &World, secret: &str, person: &str) -> FeedRow {
    FeedRow {
        region: world.region.clone(),
        token: Hash::of(secret.as_bytes()),
        person: person.to_owned(),
        language: "nl".to_owned(),
        made: Moment(START),
        revoked: None,
    }
}

async fn a_feed_is_found_by_its_token_and_revoked_once(world: World) {
    let (mine, other) = (feed(&world, "een", "a1"), feed(&world, "twee", "a2"));
    for new in [&mine, &other] {
        assert!(world.store.add_feed(new, 5).await.unwrap());
    }
    assert_eq!(
        world.store.feed(mine.token).await.unwrap(),
        Some(mine.clone())
    );
    assert_eq!(world.store.feed(Hash::of(b"drie")).await.unwrap(), None);
    for later in [7, 9] {
        let at = Moment(START + later);
        world
            .store
            .revoke_feed(&world.region, mine.token, at)
            .await
            .unwrap();
    }
    let revoked = FeedRow {
        revoked: Some(Moment(START + 7)),
        ..mine.clone()
    };
    let node = world.second_node().await;
    assert_eq!(node.feeds(&world.region, "a1").await.unwrap(), [revoked]);
    assert_eq!(node.feeds(&world.region, "a2").await.unwrap(), [other]);
}

async fn a_person_has_a_limited_number_of_feeds(world: World) {
    for n in 0..2 {
        let new = feed(&world, &format!("geheim {n}"), "a1");
        assert!(world.store.add_feed(&new, 2).await.unwrap());
    }
    let third = feed(&world, "geheim 2", "a1");
    assert!(!world.store.add_feed(&third, 2).await.unwrap());
    let first = Hash::of(b"geheim 0");
    world
        .store
        .revoke_feed(&world.region, first, Moment(START))
        .await
        .unwrap();
    assert!(
        world.store.add_feed(&third, 2).await.unwrap(),
        "a revoked one makes room"
    );
    let elsewhere = feed(&world, "geheim 3", "a2");
    assert!(world.store.add_feed(&elsewhere, 2).await.unwrap());
}

async fn running_and_recently_changed_cases_are_for_feeds(world: World) {
    let mut streams: Vec<StreamId> = Vec::new();
    for kinds in [
        vec![opened(), deadline(0, date(2018, 1, 10))],
        vec![
            opened(),
            deadline(0, date(2018, 1, 10)),
            EventKind::DeadlineStopped { id: 0, met: true },
            ended(),
        ],
    ] {
        let mut case = world.case();
        world.store.append(case.next(kinds)).await.unwrap();
        streams.push(case.stream);
    }
    let found = async |since: i64| -> Vec<StreamId> {
        let heads = world
            .store
            .cases_for_feeds(&world.region, Moment(since))
            .await
            .unwrap();
        heads.iter().map(|head| head.stream).collect()
    };
    assert_eq!(found(START).await, streams, "both changed at the start");
    assert_eq!(found(START + 1).await, streams[..1], "one still runs");
}
