//! The people of a region: put, replaced, removed, and a version that every change moves.

use convenant_engine::Moment;
use convenant_store::{Error, FeedRow, Hash, PeopleChange, PersonRow, RegionKey};

use crate::deliveries::told;
use crate::world::{START, World, lease};

on_both!(
    people_are_kept_by_id_and_region,
    every_text_comes_back_as_it_was_written,
    a_change_is_whole_and_on_the_version_that_was_seen,
    changes_side_by_side_are_all_there,
    whoever_gets_the_id_of_somebody_who_is_gone_inherits_nothing,
);

fn row(id: &str, body: &str) -> PersonRow {
    PersonRow {
        id: id.to_owned(),
        body: body.to_owned(),
        imported: (body == "{}").then(|| "entry".to_owned()),
        changed: Moment(7),
    }
}

fn put(person: PersonRow) -> PeopleChange {
    PeopleChange {
        put: vec![person],
        ..PeopleChange::default()
    }
}

fn remove(id: &str) -> PeopleChange {
    PeopleChange {
        remove: vec![id.to_owned()],
        ..PeopleChange::default()
    }
}

async fn people_are_kept_by_id_and_region(world: World) {
    let store = &world.store;
    let (here, there) = (
        RegionKey::new("hier").unwrap(),
        RegionKey::new("daar").unwrap(),
    );
    assert_eq!(store.people(&here).await.unwrap().version, 0);
    for id in ["c.b", "c-a", "c.a"] {
        store
            .change_people(&here, put(row(id, "{}")))
            .await
            .unwrap();
    }
    let version = store
        .change_people(&here, put(row("c.a", "{\"naam\":\"ö\"}")))
        .await
        .unwrap();
    assert_eq!(version, 4);
    let people = store.people(&here).await.unwrap();
    assert_eq!(people.version, 4);
    let expected = [
        row("c-a", "{}"),
        row("c.a", "{\"naam\":\"ö\"}"),
        row("c.b", "{}"),
    ];
    assert_eq!(people.rows, expected, "by bytes, on both databases");
    assert_eq!(store.change_people(&here, remove("c.b")).await.unwrap(), 5);
    assert_eq!(store.people(&here).await.unwrap().rows.len(), 2);
    assert_eq!(store.people(&there).await.unwrap(), Default::default());
}

/// Whatever a database may take for its own marks.
async fn every_text_comes_back_as_it_was_written(world: World) {
    let region = RegionKey::new("hier").unwrap();
    let texts = [
        "",
        "NULL",
        "null",
        "{}",
        "{a,b}",
        "\"",
        "\\",
        "\\\"",
        "\"\\\"",
        "a\"b\\c\"\\",
        "a,b",
        " a ",
        "\n\r\t",
        "'",
        "''",
        "\\x41",
        "$1",
        "?1",
        "é\u{301}😀",
        "\u{1}\u{7f}",
        "%s%",
        "--",
        ";",
    ];
    let put = async |region: &RegionKey, rows: Vec<PersonRow>| {
        let change = PeopleChange {
            put: rows.clone(),
            ..PeopleChange::default()
        };
        world.store.change_people(region, change).await.unwrap();
        assert_eq!(world.store.people(region).await.unwrap().rows, rows);
    };
    let all = texts.iter().enumerate().map(|(n, text)| PersonRow {
        imported: (n % 2 == 0).then(|| (*text).to_owned()),
        ..row(&format!("p{n:02}"), text)
    });
    put(&region, all.collect()).await;
    // What many have in common is written in another way.
    let other = RegionKey::new("daar").unwrap();
    for (n, text) in texts.iter().enumerate() {
        let many = (0..80).map(|person| PersonRow {
            imported: (n % 2 == 0).then(|| (*text).to_owned()),
            ..row(&format!("p{person:02}"), text)
        });
        put(&other, many.collect()).await;
    }
}

async fn a_change_is_whole_and_on_the_version_that_was_seen(world: World) {
    let store = &world.store;
    let region = RegionKey::new("hier").unwrap();
    store
        .change_people(&region, put(row("a", "{}")))
        .await
        .unwrap();
    let change = |expected| PeopleChange {
        put: (0..200).map(|n| row(&format!("p{n:03}"), "{}")).collect(),
        remove: vec!["a".to_owned(), "nobody".to_owned()],
        expected: Some(expected),
        ..PeopleChange::default()
    };
    let refused = store.change_people(&region, change(0)).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::PeopleConflict {
                expected: 0,
                actual: 1
            }
        ),
        "{refused}"
    );
    let people = store.people(&region).await.unwrap();
    assert_eq!((people.version, people.rows.len()), (1, 1));
    assert_eq!(store.change_people(&region, change(1)).await.unwrap(), 2);
    let people = store.people(&region).await.unwrap();
    assert_eq!((people.version, people.rows.len()), (2, 200));
}

async fn changes_side_by_side_are_all_there(world: World) {
    let region = RegionKey::new("hier").unwrap();
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let (store, region) = (world.store.clone(), region.clone());
            tokio::spawn(async move {
                store
                    .change_people(&region, put(row(&format!("p{n}"), "{}")))
                    .await
            })
        })
        .collect();
    let mut versions = Vec::new();
    for task in tasks {
        versions.push(task.await.unwrap().unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=12).collect::<Vec<u64>>());
    assert_eq!(world.store.people(&region).await.unwrap().rows.len(), 12);
}

async fn whoever_gets_the_id_of_somebody_who_is_gone_inherits_nothing(world: World) {
    told(&world, &[("jan", "Zeist", "l"), ("piet", "Zeist", "l")]).await;
    let (store, region) = (&world.store, &world.region);
    let token = Hash([7; 32]);
    let feed = FeedRow {
        region: region.clone(),
        token,
        person: "jan".to_owned(),
        language: "nl".to_owned(),
        made: Moment(START),
        revoked: None,
    };
    assert!(store.add_feed(&feed, 5).await.unwrap());
    store
        .change_people(region, put(row("jan", "{}")))
        .await
        .unwrap();
    let gone = PeopleChange {
        gone: vec![("jan".to_owned(), Moment(START + 1))],
        ..remove("jan")
    };
    store.change_people(region, gone).await.unwrap();
    store
        .change_people(region, put(row("jan", "{}")))
        .await
        .unwrap();
    assert_eq!(store.unread(region, "jan").await.unwrap().last, 0);
    assert_eq!(store.unread(region, "piet").await.unwrap().unread, 1);
    assert_eq!(store.feeds(region, "jan").await.unwrap(), []);
    let kept = store.feed(token).await.unwrap().unwrap();
    assert_eq!(
        kept.revoked,
        Some(Moment(START + 1)),
        "its address is of no use"
    );
    let claims = store.claim_deliveries("l", "", Moment(START), lease(0), 9);
    let claims = claims.await.unwrap();
    assert_eq!(claims.len(), 2);
    assert!(claims.iter().all(|claim| claim.target != "jan"));
}
