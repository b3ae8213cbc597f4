//! The demo's own two years: killed while they are written, they go on where they were, and come out the same.

use std::path::Path;

use convenant_store::{CaseFilter, Location, RegionKey, Store};
use convenant_tests::program::Server;

use super::Dice;
use crate::contents::{Contents, contents};

/// How often the filling is killed.
const KILLS: u32 = 10;
/// Cases of the demo: fewer than by default, so that a debug build is quick.
const CASES: &str = "150";

/// What differs between two folders with the same story: keys, salts and nonces with everything that is computed from them, and how often
/// and until when the work was claimed; and when the past was told.
fn is_random(table: &str, column: &str) -> bool {
    matches!(
        (table, column),
        ("events", "commitments" | "hash")
            | ("sealed", "parts")
            | ("case_keys", "wrapped")
            | ("streams", "hash")
            | ("commands", "body" | "head")
            | ("timers" | "outbox", "token" | "lease_until")
            | ("messages", "made")
            | ("settings" | "seaql_migrations", _)
    )
}

fn arguments(data: &Path) -> [&str; 8] {
    let folder = data.to_str().unwrap();
    [
        "demo",
        "--data",
        folder,
        "--cases",
        CASES,
        "--seed",
        "23",
        "--fill-only",
    ]
}

/// Everything in the folder, after it was found whole.
async fn read(data: &Path) -> Contents {
    let store = Store::open(Location::Folder(data.to_owned()))
        .await
        .unwrap();
    for region in ["drenthe", "nijmegen", "utrecht"] {
        let key = RegionKey::new(region).unwrap();
        assert_eq!(store.verify_region(&key).await.unwrap().faults, []);
        let rows = store
            .cases(&key, &CaseFilter::default(), None, 100_000)
            .await
            .unwrap();
        for row in rows {
            let found = store.verify(&key, row.head.stream).await.unwrap();
            assert_eq!(found.faults, []);
        }
    }
    store.close().await.unwrap();
    contents(data, is_random).await
}

#[test]
fn the_demo_killed_while_it_is_filled_comes_out_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    assert!(Server::start(arguments(&whole)).wait().success());

    let mut dice = Dice::new(99);
    for _ in 0..KILLS {
        // The story is played from its beginning every time: it is killed where it says that it is so far.
        let server = Server::start(arguments(&broken));
        let far = format!("{}0% ", 1 + dice.below(9));
        assert!(
            server.complained(&far),
            "it never said `{far}`:\n{}",
            server.errors()
        );
        server.kill();
    }
    assert!(
        Server::start(arguments(&broken)).wait().success(),
        "it is finished in the end"
    );

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (whole, broken) = runtime.block_on(async { (read(&whole).await, read(&broken).await) });
    assert!(whole["streams"].len() >= 150, "{:?}", whole["streams"]);
    for table in [
        "events",
        "timers",
        "outbox",
        "ledger",
        "commands",
        "homes",
        "home_events",
    ] {
        assert!(!whole[table].is_empty(), "{table}: nothing to compare");
    }
    for (table, rows) in &whole {
        let others = &broken[table];
        let differs = |(a, b): &(&String, &String)| a != b;
        let first = rows.iter().zip(others).find(differs);
        assert_eq!(first, None, "{table}");
        assert_eq!(rows.len(), others.len(), "{table}");
    }
    assert_eq!(whole.len(), broken.len());
}
