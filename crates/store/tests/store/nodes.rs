//! Several nodes on one PostgreSQL, and what a node finds when it opens a database.

use convenant_store::{Error, Location, MasterKey, Store};

use crate::world::{World, opened};

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
