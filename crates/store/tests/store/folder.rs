//! The data folder: one process, the right key, room on the disk.

use std::fs;

use convenant_store::{Error, Location, Store};
use sea_orm::{ConnectionTrait, Statement};

use crate::world::{World, opened};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused() {
    let world = World::sqlite().await;
    let error = Store::open(world.location()).await.unwrap_err();
    assert!(matches!(error, Error::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use by another process"));
    world.store.close().await.unwrap();
    Store::open(world.location()).await.unwrap();
}

/// A store that was written to holds its connection; it may outlive the runtime.
#[test]
fn a_store_is_dropped_outside_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(async {
        let world = World::sqlite().await;
        let append = world.case().draft(vec![opened()]);
        world.store.append(append).await.unwrap();
        world
    });
    let location = world.location();
    let World {
        store, temporary, ..
    } = world;
    drop(store);
    drop(runtime);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = runtime.block_on(async {
        let store = Store::open(location).await.unwrap();
        let region = convenant_store::RegionKey::new("utrecht").unwrap();
        store.cases(&region, &Default::default(), None, 10).await
    });
    assert_eq!(cases.unwrap().len(), 1);
    drop(temporary);
}

/// A machine with one processor has one worker, and a runtime of one thread has none beside it.
#[test]
fn one_worker_or_none_writes_too() {
    let one = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let none = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    for runtime in [one, none] {
        let runtime = runtime.unwrap();
        runtime.block_on(async {
            let world = World::sqlite().await;
            let appends = (0..64).map(|_| {
                let append = world.case().draft(vec![opened()]);
                let store = world.store.clone();
                tokio::spawn(async move { store.append(append).await })
            });
            for append in appends.collect::<Vec<_>>() {
                append.await.unwrap().unwrap();
            }
            let filter = Default::default();
            let cases = world.store.cases(&world.region, &filter, None, 100).await;
            assert_eq!(cases.unwrap().len(), 64);
            world.store.close().await.unwrap();
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = Store::open(Location::Folder(file.join("data")))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_its_key_is_refused() {
    let world = World::sqlite().await;
    world.store.close().await.unwrap();
    let key = world.folder().unwrap().join("master.key");
    let kept = fs::read_to_string(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let error = Store::open(world.location()).await.unwrap_err();
    assert!(matches!(error, Error::MasterKey(_)), "{error}");
    fs::write(&key, "0".repeat(64)).unwrap();
    let error = Store::open(world.location()).await.unwrap_err();
    assert!(matches!(error, Error::MasterKey(_)), "{error}");
    fs::write(&key, kept).unwrap();
    Store::open(world.location()).await.unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_reads_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::sqlite().await;
    let folder = world.folder().unwrap();
    assert_eq!(
        fs::metadata(folder.join("master.key"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nearly_full_disk_refuses_writes_and_reads_on() {
    let world = World::sqlite().await;
    let case = world.stored_case().await;
    assert!(world.folder().unwrap().join("ballast").exists());
    world.store.close().await.unwrap();
    let store = Store::open_with_reserve(world.location(), u64::MAX)
        .await
        .unwrap();
    let error = store
        .append(world.case().draft(vec![opened()]))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    let loaded = store
        .load::<convenant_engine::Event>(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(loaded.events, case.events);
}

/// Also when there are a million: SQLite plans with what it was told of the tables, whatever is in them now.
#[tokio::test(flavor = "multi_thread")]
async fn a_few_messages_or_deliveries_are_found_without_reading_those_of_the_whole_region() {
    let world = World::sqlite().await;
    let db = world.behind().await;
    let numbers = ["(region = 'a' AND number = 1)"; 64].join(" OR ");
    for (table, condition, index) in [
        (
            "messages",
            "region = 'a' AND occasion = x'00' AND awaits IS NOT NULL",
            "messages_waited_for",
        ),
        (
            "messages",
            "region = 'a' AND person = 'jan' AND read_at IS NULL",
            "messages_unread",
        ),
        (
            "messages",
            "region = 'a' AND person = 'jan'",
            "messages_by_person",
        ),
        (
            "deliveries",
            "region = 'a' AND gathered_into = 1 ORDER BY number",
            "deliveries_gathered",
        ),
        (
            "deliveries",
            "state = 0 AND lane = 'a' AND turn = 'b' AND due_at <= 1",
            "deliveries_waiting",
        ),
        (
            "deliveries",
            "state = 0 AND attempts = 0 AND number > 0 AND due_at > 1 AND due_at <= 2",
            "deliveries_due",
        ),
        ("deliveries", &numbers, "deliveries_by_message"),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {condition}");
        let plan = Statement::from_string(db.get_database_backend(), sql);
        let steps: Vec<String> = db
            .query_all_raw(plan)
            .await
            .unwrap()
            .iter()
            .map(|step| step.try_get("", "detail").unwrap())
            .filter(|step: &String| step.starts_with("SEARCH") || step.starts_with("SCAN"))
            .collect();
        assert!(
            !steps.is_empty() && steps.iter().all(|step| step.contains(index)),
            "{condition}: {steps:?}"
        );
    }
}

/// Read off the file itself: its size changes only when what was written is copied into it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_copied_into_the_file_before_it_is_closed() {
    let world = World::sqlite().await;
    let folder = world.folder().unwrap();
    let file = folder.join("convenant.db");
    let size = || fs::metadata(&file).unwrap().len();
    let before = size();
    // The WAL is copied when it holds as much as this; it catches up while more is written.
    let body = "x".repeat(40_000);
    let mut written = 0;
    while size() < before + (32 << 20) {
        let mut append = world.case().draft(vec![opened()]);
        append.notifications = vec![convenant_store::Outgoing {
            body: body.clone(),
            deliver_after: None,
        }];
        world.store.append(append).await.unwrap();
        written += 1;
        assert!(written < 5_000, "nothing was copied");
    }
    let wal = fs::metadata(folder.join("convenant.db-wal")).unwrap();
    assert!(wal.len() < 140 << 20, "the WAL holds {} bytes", wal.len());
}
