//! The demo's own two years: killed while they are written, they go on where they were, and come out the same.

use std::collections::BTreeMap;
use std::path::Path;

use convenant_engine::Event;
use convenant_store::{CaseFilter, LedgerRow, Location, RegionKey, Store, StreamId};
use convenant_tests::program::Server;

use super::Dice;

/// How often the filling is killed.
const KILLS: u32 = 10;
/// Cases of the demo: fewer than by default, so that a debug build is quick.
const CASES: &str = "150";

/// What a filled folder holds.
#[derive(Debug, PartialEq)]
struct Filled {
    /// Events by region and case number.
    cases: BTreeMap<(String, String), (StreamId, Vec<Event>)>,
    /// Placements by region.
    placed: BTreeMap<String, Vec<LedgerRow>>,
    /// Notifications by region: how many.
    told: BTreeMap<String, usize>,
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

async fn read(data: &Path) -> Filled {
    let store = Store::open(Location::Folder(data.to_owned()))
        .await
        .unwrap();
    let mut filled = Filled {
        cases: BTreeMap::new(),
        placed: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    for region in ["drenthe", "nijmegen", "utrecht"] {
        let key = RegionKey::new(region).unwrap();
        assert_eq!(store.verify_region(&key).await.unwrap().faults, []);
        filled.placed.insert(
            region.to_owned(),
            store.ledger(&key).await.unwrap().placements,
        );
        for row in store
            .cases(&key, &CaseFilter::default(), None, 100_000)
            .await
            .unwrap()
        {
            let stream = row.head.stream;
            assert_eq!(store.verify(&key, stream).await.unwrap().faults, []);
            let events = store.load::<Event>(&key, stream).await.unwrap().events;
            filled
                .cases
                .insert((region.to_owned(), row.head.number), (stream, events));
            let told = store.notifications(&key, stream).await.unwrap().len();
            *filled.told.entry(region.to_owned()).or_default() += told;
        }
    }
    store.close().await.unwrap();
    filled
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
    assert!(whole.cases.len() >= 150, "{} cases", whole.cases.len());
    for (number, case) in &whole.cases {
        assert_eq!(Some(case), broken.cases.get(number), "{number:?}");
    }
    assert_eq!(whole, broken);
}
