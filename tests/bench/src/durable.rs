//! Durable commands: the store against the raw driver, each command an event, case row, timer, outbox row, key and hash in one commit.
//!
//! Both write to a file on the same disk with WAL, synchronous FULL and the same distance between checkpoints. They run in turn, and what is
//! measured begins when the files are there and ends before they are closed.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use convenant_engine::{Actor, Case, Event, EventKind, Moment, Notification, TimerKey};
use convenant_lang::model::{PartyId, RoleId, SchemeId, StepId, TaskId, Who};
use convenant_store::{
    Append, CaseState, CommandId, Hash, Location, Opening, Outgoing, RegionKey, Sort, Store,
    StreamId, TimerChange, TimerName,
};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::measure::{Bench, Goal, hex, in_turn};

const ONE_BY_ONE: usize = 2_000;
const CLIENTS: usize = 64;
const PER_CLIENT: usize = 300;
const BATCH: usize = 100;
/// Runs of each of two things that are compared.
const ROUNDS: usize = 9;
/// A case of this length is replayed.
const EVENTS_PER_CASE: u32 = 25;
const CASES: u32 = 4_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if bench.wants("durable one") {
        let (ours, raw) = in_turn(
            ONE_BY_ONE,
            ROUNDS,
            || runtime.block_on(ours_one_by_one()),
            || raw_commits(ONE_BY_ONE, 1),
        )?;
        bench.compare_rates(
            "durable command, one by one",
            ours,
            "raw driver, one commit each",
            raw,
            Goal::AtLeast(0.8),
        );
    }
    if bench.wants("durable many") {
        let total = CLIENTS * PER_CLIENT;
        let (ours, raw) = in_turn(
            total,
            ROUNDS,
            || runtime.block_on(ours_together()),
            || raw_commits(total, BATCH),
        )?;
        bench.compare_rates(
            "durable commands, 64 clients",
            ours,
            "raw driver, batches of 100",
            raw,
            Goal::AtLeast(0.7),
        );
    }
    if bench.wants("log") {
        log(bench, &runtime)?;
    }
    Ok(())
}

fn log(bench: &mut Bench, runtime: &tokio::runtime::Runtime) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let region = RegionKey::new("meting")?;
    let store = runtime.block_on(async {
        let store = Store::open(Location::Folder(folder.path().to_owned())).await?;
        let version = store.adopt(&region, 1, "meting", Moment(0)).await?;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..CASES {
            let (store, region) = (store.clone(), region.clone());
            tasks.spawn(async move {
                let mut append = opening(&region, version, n as usize)?;
                append.events = (0..EVENTS_PER_CASE).map(|n| event(n as usize)).collect();
                append.row = None;
                store.append(append).await?;
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        anyhow::Ok(store)
    })?;
    let records = (CASES * EVENTS_PER_CASE) as usize;
    let path = folder.path().join("raw.sqlite");
    raw_log(&path, records)?;
    let (ours, raw) = in_turn(
        records,
        ROUNDS,
        || {
            runtime.block_on(async {
                let start = Instant::now();
                let verified = store.verify_region(&region).await?;
                anyhow::ensure!(verified.faults.is_empty(), "the log does not verify");
                anyhow::ensure!(verified.events as usize == records, "not all events were checked");
                Ok(start.elapsed())
            })
        },
        || raw_read(&path, records),
    )?;
    bench.compare_rates(
        "replay and check of a log",
        ours,
        "SQLite read and SHA-256, one thread",
        raw,
        Goal::AtLeast(0.5),
    );
    Ok(())
}

/// An event as most are: a task done by a person.
pub fn event(n: usize) -> Event {
    Event {
        at: Moment(1_500_000_000_000 + n as i64),
        by: Actor::Person { person: "mw-1".to_owned(), party: PartyId(3), role: RoleId(1) },
        kind: EventKind::TaskDone { task: TaskId((n % 5) as u16) },
    }
}

fn opening(region: &RegionKey, version: Hash, n: usize) -> Result<Append<Event>> {
    let mut append = Append::new(region.clone(), StreamId::new(), 0);
    append.opening = Some(Opening { version, sort: Sort::Case, year: 2018 });
    fill(&mut append, n)?;
    Ok(append)
}

/// One event, the row, a timer, a notification and the idempotency key.
fn fill(append: &mut Append<Event>, n: usize) -> Result<()> {
    append.events = vec![event(n)];
    append.row = Some(CaseState::of(&Case::default()));
    append.timers = vec![TimerChange::Set {
        name: TimerName::of(&TimerKey::Due(0))?,
        at: Moment(1_600_000_000_000 + n as i64),
    }];
    append.notifications = vec![Outgoing { body: told()?, deliver_after: None }];
    let key = format!("{}-{}", append.stream.0, append.expected);
    append.command = Some(CommandId::new(&key, &(n, SchemeId(0)))?);
    Ok(())
}

/// A notification, as it is intended.
pub fn told() -> Result<String> {
    Ok(serde_json::to_string(&Notification {
        cause: convenant_engine::Cause::ToDo(StepId(1)),
        to: Who::Role(RoleId(1)),
        parties: vec![PartyId(3)],
        due: None,
        instead_of: None,
    })?)
}

async fn ours_one_by_one() -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let region = RegionKey::new("meting")?;
    let store = Store::open(Location::Folder(folder.path().to_owned())).await?;
    let version = store.adopt(&region, 1, "meting", Moment(0)).await?;
    let start = Instant::now();
    // In a task, as a request is.
    let (writing, of) = (store.clone(), region.clone());
    tokio::spawn(async move { client(&writing, &of, version, ONE_BY_ONE).await }).await??;
    let took = start.elapsed();
    store.close().await?;
    Ok(took)
}

async fn ours_together() -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let region = RegionKey::new("meting")?;
    let store = Arc::new(Store::open(Location::Folder(folder.path().to_owned())).await?);
    let version = store.adopt(&region, 1, "meting", Moment(0)).await?;
    let start = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (store, region) = (Arc::clone(&store), region.clone());
        clients.spawn(async move { client(&store, &region, version, PER_CLIENT).await });
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    let took = start.elapsed();
    store.close().await?;
    Ok(took)
}

/// One case that grows by a command at a time, each acknowledged before the next.
async fn client(store: &Store, region: &RegionKey, version: Hash, commands: usize) -> Result<()> {
    let first = opening(region, version, 0)?;
    let stream = first.stream;
    let mut seq = store.append(first).await?.seq;
    for n in 1..commands {
        let mut append = Append::new(region.clone(), stream, seq);
        fill(&mut append, n)?;
        seq = store.append(append).await?.seq;
    }
    Ok(())
}

/// A database by hand, as durable as the store's.
pub fn raw_database(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 8000)?;
    Ok(connection)
}

fn raw_open(path: &Path) -> Result<Connection> {
    let connection = raw_database(path)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS event (region TEXT, stream BLOB, seq INTEGER, at INTEGER, body TEXT, hash BLOB,
           PRIMARY KEY (region, stream, seq)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS cases (region TEXT, stream BLOB, seq INTEGER, row TEXT, PRIMARY KEY (region, stream)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS timer (region TEXT, stream BLOB, name TEXT, due INTEGER, PRIMARY KEY (region, stream, name)) WITHOUT ROWID;
         CREATE INDEX IF NOT EXISTS timer_due ON timer (due);
         CREATE TABLE IF NOT EXISTS outbox (region TEXT, stream BLOB, seq INTEGER, n INTEGER, body TEXT, PRIMARY KEY (region, stream, seq, n)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS command (region TEXT, name TEXT, hash BLOB, seq INTEGER, PRIMARY KEY (region, name)) WITHOUT ROWID;",
    )?;
    Ok(connection)
}

/// What the store writes, by hand over prepared statements: the limit.
fn raw_commits(commands: usize, batch: usize) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut connection = raw_open(&folder.path().join("raw.sqlite"))?;
    // As many streams as there are clients in a batch run, taken in turn: scattered keys, as in life.
    let streams: Vec<[u8; 16]> = (0..if batch == 1 { 1 } else { CLIENTS })
        .map(|n| Sha256::digest([n as u8])[..16].try_into())
        .collect::<Result<_, _>>()?;
    let mut hash = [0_u8; 32];
    let mut n = 0;
    let start = Instant::now();
    while n < commands {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..batch.min(commands - n) {
            n += 1;
            let stream = streams[n % streams.len()];
            let body = serde_json::to_string(&event(n))?;
            hash = Sha256::new().chain_update(hash).chain_update(&body).finalize().into();
            let row = serde_json::to_string(&CaseState::of(&Case::default()))?;
            transaction.prepare_cached("INSERT INTO event VALUES ('meting', ?1, ?2, ?3, ?4, ?5)")?
                .execute(params![stream, n as i64, n as i64, body, hash])?;
            transaction.prepare_cached("INSERT INTO cases VALUES ('meting', ?1, ?2, ?3) ON CONFLICT DO UPDATE SET seq = excluded.seq, row = excluded.row")?
                .execute(params![stream, n as i64, row])?;
            transaction.prepare_cached("INSERT INTO timer VALUES ('meting', ?1, 'due', ?2) ON CONFLICT DO UPDATE SET due = excluded.due")?
                .execute(params![stream, n as i64])?;
            transaction.prepare_cached("INSERT INTO outbox VALUES ('meting', ?1, ?2, 0, ?3)")?
                .execute(params![stream, n as i64, "{\"cause\":{\"to_do\":1},\"to\":{\"role\":1},\"parties\":[3],\"due\":null}"])?;
            transaction.prepare_cached("INSERT INTO command VALUES ('meting', ?1, ?2, ?3)")?
                .execute(params![format!("{}-{n}", hex(&stream)), hash, n as i64])?;
        }
        transaction.commit()?;
    }
    Ok(start.elapsed())
}

fn raw_log(path: &Path, records: usize) -> Result<()> {
    let mut connection = raw_open(path)?;
    let transaction = connection.transaction()?;
    let mut hash = [0_u8; 32];
    for n in 0..records {
        let body = serde_json::to_string(&event(n))?;
        hash = Sha256::new().chain_update(hash).chain_update(&body).finalize().into();
        transaction.prepare_cached("INSERT INTO event VALUES ('meting', ?1, ?2, ?3, ?4, ?5)")?
            .execute(params![[7_u8; 16], n as i64, n as i64, body, hash])?;
    }
    transaction.commit()?;
    Ok(())
}

fn raw_read(path: &Path, records: usize) -> Result<Duration> {
    let connection = raw_open(path)?;
    let start = Instant::now();
    let mut statement = connection.prepare("SELECT body, hash FROM event ORDER BY region, stream, seq")?;
    let mut rows = statement.query([])?;
    let mut hash = [0_u8; 32];
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(0)?.as_str()?;
        hash = Sha256::new().chain_update(hash).chain_update(body).finalize().into();
        anyhow::ensure!(row.get_ref(1)?.as_blob()? == hash, "the chain is broken");
        count += 1;
    }
    anyhow::ensure!(count == records, "not all records were read");
    Ok(start.elapsed())
}
