//! Several nodes on one PostgreSQL, and what a node finds when it opens a database.

use convenant_store::{Error, Location, MasterKey, Store};

use crate::world::{World, opened, supplied};

on_both!(
    a_newer_database_is_left_alone,
    a_reopened_store_has_everything
);

async fn a_newer_database_is_left_alone(world: World) {
    world
        .tamper("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await;
    world.store.close().await.unwrap();
    let error = Store::open(world.location()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Newer { found } if found == "m9999_future"),
        "{error}"
    );
}

async fn a_reopened_store_has_everything(world: World) {
    let case = world.stored_case().await;
    world.store.close().await.unwrap();
    let refused = world.store.append(world.case().draft(vec![opened()])).await;
    assert!(refused.is_err(), "closed");
    let store = Store::open(world.location()).await.unwrap();
    let loaded = store
        .load::<convenant_engine::Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_all_succeed() {
    let url = convenant_tests::postgres::server().database();
    let master = MasterKey::random().unwrap();
    let mut nodes = Vec::new();
    for _ in 0..6 {
        let location = Location::Postgres {
            url: url.clone(),
            master: master.clone(),
        };
        nodes.push(tokio::spawn(Store::open(location)));
    }
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_is_refused() {
    let world = World::postgres().await;
    let Location::Postgres { url, .. } = world.location() else {
        panic!("it is PostgreSQL");
    };
    let error = Store::open(Location::Postgres {
        url,
        master: MasterKey::random().unwrap(),
    })
    .await
    .unwrap_err();
    assert!(matches!(error, Error::MasterKey(_)), "{error}");
    let error = Store::open(Location::Postgres {
        url: "mysql://x".to_owned(),
        master: MasterKey::random().unwrap(),
    })
    .await
    .unwrap_err();
    assert!(matches!(error, Error::BadAddress), "{error}");
}

/// PostgreSQL ends every session of the store: as when it is restarted, or when a node stood still in the middle of a transaction.
const END_SESSIONS: &str =
    "DO $$ BEGIN PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'convenant'; END $$";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_made_again_and_what_was_asked_of_it_is_asked_again() {
    let world = World::postgres().await;
    let mut case = world.stored_case().await;
    world.tamper(END_SESSIONS).await;
    let head = world.store.head(&world.region, case.stream).await.unwrap();
    assert_eq!(head.unwrap().seq, 6, "read again");
    world.tamper(END_SESSIONS).await;
    let append = case.next(vec![supplied("De Vries")]);
    let appended = world.store.append(append).await.unwrap();
    assert_eq!(appended.seq, 7, "appended again");
    world.tamper(END_SESSIONS).await;
    world.store.raise_setting("clock", 3).await.unwrap();
    let clock = world.store.setting("clock").await.unwrap();
    assert_eq!(clock.as_deref(), Some("3"), "a unit of work done again");
}
