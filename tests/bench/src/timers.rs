//! Timers: firing with 1,000,000 pending, and looking when nothing is due, against the same by hand.
//!
//! By hand means: timers in the order in which they are due, deleted when fired, with an event and a notification, a thousand in a commit.
//! Both databases hold the same streams, and neighbours in time are neighbours in the table, as in life.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use convenant_engine::{Case, Event, Moment, TimerKey};
use convenant_store::{
    Append, CaseState, Hash, Lease, Location, MasterKey, Outgoing, RegionKey, Store, TimerClaim,
};
use futures_util::future::try_join_all;
use postgres::types::ToSql;
use rusqlite::{Connection, params};

use crate::durable::{event, raw_database, told};
use crate::measure::{Bench, Goal, hex, in_turn};

/// Left after the last round.
const PENDING: i64 = 1_000_000;
/// Fired in a round.
const FIRED: i64 = 60_000;
const ROUNDS: usize = 9;
/// In one commit of the peer.
const BATCH: u32 = 1_000;
/// Claimed at a time by ours.
const CLAIMED: u32 = 4_096;
/// Claims that are being fired at the same time.
const CLAIMS: usize = 3;

/// Looks without work: so many in one go, and so many times, in turn with the peer's.
const LOOKS: usize = 400;
const TURNS: usize = 40;
/// When the first timer is due.
const START: i64 = 1_500_000_000_000;
const MANY: i64 = 10_000_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if bench.wants("timers sqlite") {
        sqlite(bench, &runtime)?;
    }
    if bench.wants("timers postgres") {
        on_postgres(bench, &runtime)?;
    }
    Ok(())
}

fn sqlite(bench: &mut Bench, runtime: &tokio::runtime::Runtime) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("convenant.db");
    let region = RegionKey::new("meting")?;
    let store = runtime.block_on(Store::open(Location::Folder(folder.path().to_owned())))?;
    let version = runtime.block_on(store.adopt(&region, 1, "meting", Moment(0)))?;
    let connection = Connection::open(&file)?;
    fill_sqlite(&connection, version)?;
    let raw = folder.path().join("raw.db");
    let mut peer = raw_open(&raw)?;
    let mut firing = Firing::new(store.clone(), region.clone())?;
    let (ours, theirs) = in_turn(
        FIRED as usize,
        ROUNDS,
        || runtime.block_on(firing.round()),
        || raw_round(&mut peer),
    )?;
    bench.compare_rates(
        "firing timers, 1,000,000 pending, SQLite",
        ours,
        "by hand",
        theirs,
        Goal::AtLeast(0.6),
    );
    let (few, by_hand) = looks(runtime, &store, &peer)?;
    bench.compare_times(
        "looking for due timers, 1,000,000 pending",
        few,
        "the same look by hand",
        by_hand,
        Goal::AtMost(3.0),
    );
    connection.execute_batch(&format!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY} - {PENDING})
         INSERT INTO timers SELECT 'meting', {START} * 2 + n, unhex(printf('%032x', {MANY} + n)), '\"later\"', 0, 0 FROM n;"
    ))?;
    let (many, _) = looks(runtime, &store, &peer)?;
    bench.compare_times(
        "looking for due timers, 10,000,000 pending",
        many,
        "1,000,000 pending",
        few,
        Goal::AtMost(1.5),
    );
    runtime.block_on(store.close())?;
    Ok(())
}

fn total() -> i64 {
    PENDING + FIRED * ROUNDS as i64
}

/// What is due next belongs to one of the 20,000 cases that were opened at about the same time.
const DUE: &str = "(n + (n * 7919) % 20000) * 1000";

/// Open cases of one event with a timer each.
fn fill_sqlite(connection: &Connection, version: Hash) -> Result<()> {
    let Literals { state, payload, name } = Literals::new()?;
    connection.execute_batch(&format!(
        "BEGIN;
         CREATE TEMP TABLE made AS
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {total})
            SELECT n, unhex(printf('%032x', n)) AS stream, randomblob(32) AS hash FROM n;
         INSERT INTO streams SELECT 'meting', stream, 'case', 'MET-2018-' || n, X'{version}', 1, hash, NULL, 0, 1, NULL, 0, NULL, NULL, '', {state}, json_object({name}, {START} + {DUE})
            FROM made ORDER BY stream;
         INSERT INTO events SELECT 'meting', stream, 1, {START}, X'{version}', NULL, {payload}, hash FROM made ORDER BY stream;
         INSERT INTO timers SELECT 'meting', {START} + {DUE}, stream, {name}, 0, 0 FROM made ORDER BY 2, 3;
         DROP TABLE made;
         COMMIT;",
        total = total(),
        version = hex(&version.0),
    ))?;
    Ok(())
}

/// What stands in the rows that are filled in, as literals of SQL.
struct Literals {
    state: String,
    payload: String,
    name: String,
}

impl Literals {
    fn new() -> Result<Self> {
        let quoted = |json: String| format!("'{}'", json.replace('\'', "''"));
        Ok(Self {
            state: quoted(serde_json::to_string(&CaseState::of(&Case::default()))?),
            payload: quoted(serde_json::to_string(&event(1))?),
            name: quoted(serde_json::to_string(&TimerKey::Due(0))?),
        })
    }
}

/// A worker that claims and fires.
struct Firing {
    store: Store,
    region: RegionKey,
    now: Moment,
}

impl Firing {
    fn new(store: Store, region: RegionKey) -> Result<Self> {
        Ok(Self { store, region, now: Moment(START * 2) })
    }

    /// What comes next is claimed while what was claimed before is written.
    async fn round(&mut self) -> Result<Duration> {
        let start = Instant::now();
        let mut fired = 0;
        let mut tasks = tokio::task::JoinSet::new();
        while fired < FIRED {
            let limit = u32::try_from(FIRED - fired)?.min(CLAIMED);
            let claims = self.store.claim_timers(self.now, lease(), limit).await?;
            anyhow::ensure!(!claims.is_empty(), "no timer is due");
            fired += claims.len() as i64;
            let (store, region) = (self.store.clone(), self.region.clone());
            tasks.spawn(async move {
                let appends = claims
                    .into_iter()
                    .map(|claim| Ok(store.append(fire(&region, claim)?)))
                    .collect::<Result<Vec<_>>>()?;
                try_join_all(appends).await?;
                anyhow::Ok(())
            });
            while tasks.len() >= CLAIMS
                && let Some(done) = tasks.join_next().await
            {
                done??;
            }
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(start.elapsed())
    }
}

fn lease() -> Lease {
    Lease { now: Moment(START), until: Moment(START + 60_000) }
}

fn fire(region: &RegionKey, claim: TimerClaim) -> Result<Append<Event>> {
    let mut append = Append::new(region.clone(), claim.stream, 1);
    append.events = vec![event((claim.due_at.0 % 1000) as usize)];
    append.row = Some(CaseState::of(&Case::default()));
    append.notifications = vec![Outgoing { body: told()?, deliver_after: None }];
    append.fired_by(Some(claim));
    Ok(append)
}

/// Time of a look of ours and of one by hand, in nanoseconds, when nothing else slowed down the machine: the shortest median.
fn looks(
    runtime: &tokio::runtime::Runtime,
    store: &Store,
    peer: &Connection,
) -> Result<(f64, f64)> {
    let mut shortest = (f64::INFINITY, f64::INFINITY);
    for _ in 0..TURNS {
        shortest.0 = idle(runtime, store)?.min(shortest.0);
        shortest.1 = raw_idle(peer)?.min(shortest.1);
    }
    Ok(shortest)
}

/// Median time of a look, in nanoseconds.
fn idle(runtime: &tokio::runtime::Runtime, store: &Store) -> Result<f64> {
    let store = store.clone();
    runtime.block_on(async {
        tokio::spawn(async move {
            let mut looks = Vec::with_capacity(LOOKS);
            for _ in 0..LOOKS {
                let start = Instant::now();
                let claims = store.claim_timers(Moment(START - 1), lease(), BATCH).await?;
                looks.push(start.elapsed().as_nanos() as f64);
                anyhow::ensure!(claims.is_empty(), "something was due");
            }
            median(looks)
        })
        .await?
    })
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("nothing was measured")
}

fn raw_open(path: &Path) -> Result<Connection> {
    let connection = raw_database(path)?;
    let Literals { payload, name, .. } = Literals::new()?;
    connection.execute_batch(&format!(
        "CREATE TABLE event (region TEXT, stream BLOB, seq INTEGER, at INTEGER, body TEXT, PRIMARY KEY (region, stream, seq)) WITHOUT ROWID;
         CREATE TABLE timer (due INTEGER, stream BLOB, name TEXT, PRIMARY KEY (due, stream, name)) WITHOUT ROWID;
         CREATE TABLE outbox (region TEXT, at INTEGER, stream BLOB, seq INTEGER, body TEXT, PRIMARY KEY (region, at, stream, seq)) WITHOUT ROWID;
         BEGIN;
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {total})
         INSERT INTO timer SELECT {START} + {DUE}, unhex(printf('%032x', n)), {name} FROM n ORDER BY 1;
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {total})
         INSERT INTO event SELECT 'meting', unhex(printf('%032x', n)), 1, {START}, {payload} FROM n;
         COMMIT;",
        total = total(),
    ))?;
    Ok(connection)
}

const RAW_LOOK: &str = "SELECT due, stream, name FROM timer WHERE due <= ?1 ORDER BY due LIMIT ?2";

fn raw_round(connection: &mut Connection) -> Result<Duration> {
    let start = Instant::now();
    let mut fired = 0;
    while fired < FIRED {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let due = transaction
            .prepare_cached(RAW_LOOK)?
            .query_map(params![START * 2, BATCH], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, String>(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        anyhow::ensure!(!due.is_empty(), "no timer is due");
        for (at, stream, name) in due {
            fired += 1;
            transaction
                .prepare_cached("INSERT INTO event VALUES ('meting', ?1, 2, ?2, ?3)")?
                .execute(params![stream, at, serde_json::to_string(&event((at % 1000) as usize))?])?;
            transaction
                .prepare_cached("INSERT INTO outbox VALUES ('meting', ?1, ?2, 2, ?3)")?
                .execute(params![at, stream, told()?])?;
            transaction
                .prepare_cached("DELETE FROM timer WHERE due = ?1 AND stream = ?2 AND name = ?3")?
                .execute(params![at, stream, name])?;
        }
        transaction.commit()?;
    }
    Ok(start.elapsed())
}

fn raw_idle(connection: &Connection) -> Result<f64> {
    let mut looks = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        let start = Instant::now();
        let mut statement = connection.prepare_cached(RAW_LOOK)?;
        let found = statement.query(params![START - 1, BATCH])?.next()?.is_some();
        looks.push(start.elapsed().as_nanos() as f64);
        anyhow::ensure!(!found, "something was due");
    }
    median(looks)
}

fn on_postgres(bench: &mut Bench, runtime: &tokio::runtime::Runtime) -> Result<()> {
    let server = convenant_tests::postgres::server();
    let (url, raw_url) = (server.database(), server.database());
    let region = RegionKey::new("meting")?;
    let location = Location::Postgres { url: url.clone(), master: MasterKey::random()? };
    let store = runtime.block_on(Store::open(location))?;
    let version = runtime.block_on(store.adopt(&region, 1, "meting", Moment(0)))?;
    let Literals { state, payload, name } = Literals::new()?;
    postgres::Client::connect(&url, postgres::NoTls)?.batch_execute(&format!(
        "CREATE TEMP TABLE made AS SELECT n, decode(lpad(to_hex(n), 32, '0'), 'hex') AS stream, sha256(n::text::bytea) AS hash
            FROM generate_series(1, {total}) n;
         INSERT INTO streams SELECT 'meting', stream, 'case', 'MET-2018-' || n, '\\x{version}'::bytea, 1, hash, NULL, 0, 1, NULL, 0, NULL, NULL, '', {state}, json_build_object({name}::text, {START} + {DUE}::bigint)::text
            FROM (SELECT n::bigint, stream, hash FROM made) made;
         INSERT INTO events SELECT 'meting', stream, 1, {START}, '\\x{version}'::bytea, NULL, {payload}, hash FROM made;
         INSERT INTO timers SELECT 'meting', {START} + {DUE}::bigint, stream, {name}, 0, 0 FROM (SELECT n::bigint, stream FROM made) made;
         ANALYZE;",
        total = total(),
        version = hex(&version.0),
    ))?;
    let mut peer = postgres::Client::connect(&raw_url, postgres::NoTls)?;
    peer.batch_execute(&format!(
        "CREATE TABLE event (region TEXT, stream BYTEA, seq BIGINT, at BIGINT, body TEXT, PRIMARY KEY (region, stream, seq));
         CREATE TABLE timer (due BIGINT, stream BYTEA, name TEXT, PRIMARY KEY (due, stream, name));
         CREATE TABLE outbox (region TEXT, at BIGINT, stream BYTEA, seq BIGINT, body TEXT, PRIMARY KEY (region, at, stream, seq));
         INSERT INTO timer SELECT {START} + {DUE}, decode(lpad(to_hex(n), 32, '0'), 'hex'), {name} FROM generate_series(1::bigint, {total}) n;
         INSERT INTO event SELECT 'meting', decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, {START}, {payload} FROM generate_series(1::bigint, {total}) n;
         ANALYZE;",
        total = total(),
    ))?;
    let mut firing = Firing::new(store.clone(), region)?;
    let (ours, theirs) = in_turn(
        FIRED as usize,
        ROUNDS,
        || runtime.block_on(firing.round()),
        || raw_postgres_round(&mut peer),
    )?;
    bench.compare_rates(
        "firing timers, 1,000,000 pending, PostgreSQL",
        ours,
        "by hand",
        theirs,
        Goal::AtLeast(0.6),
    );
    runtime.block_on(store.close())?;
    Ok(())
}

fn raw_postgres_round(client: &mut postgres::Client) -> Result<Duration> {
    let delete = client.prepare(
        "DELETE FROM timer WHERE (due, stream, name) IN (
            SELECT due, stream, name FROM timer WHERE due <= $1 ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING due, stream",
    )?;
    let event_row = client.prepare(
        "INSERT INTO event SELECT 'meting', stream, 2, at, body FROM unnest($1::bytea[], $2::bigint[], $3::text[]) AS r(stream, at, body)",
    )?;
    let outbox_row = client.prepare(
        "INSERT INTO outbox SELECT 'meting', at, stream, 2, body FROM unnest($1::bytea[], $2::bigint[], $3::text[]) AS r(stream, at, body)",
    )?;
    let start = Instant::now();
    let mut fired = 0;
    while fired < FIRED {
        let mut transaction = client.transaction()?;
        let rows = transaction.query(&delete, &[&(START * 2), &i64::from(BATCH)])?;
        anyhow::ensure!(!rows.is_empty(), "no timer is due");
        fired += rows.len() as i64;
        let at: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let streams: Vec<Vec<u8>> = rows.iter().map(|row| row.get(1)).collect();
        let events = at
            .iter()
            .map(|at| Ok(serde_json::to_string(&event((at % 1000) as usize))?))
            .collect::<Result<Vec<_>>>()?;
        let letters = at.iter().map(|_| told()).collect::<Result<Vec<_>>>()?;
        let values: [&(dyn ToSql + Sync); 3] = [&streams, &at, &events];
        transaction.execute(&event_row, &values)?;
        let values: [&(dyn ToSql + Sync); 3] = [&streams, &at, &letters];
        transaction.execute(&outbox_row, &values)?;
        transaction.commit()?;
    }
    Ok(start.elapsed())
}
