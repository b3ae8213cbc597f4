//! The tables, and bringing a database up to date.
//!
//! One text for both databases: whole numbers are BIGINT (moments are milliseconds since 1970), civil dates ISO text, bytes BLOB or BYTEA.
//! Invariant: the region key is the first column of every key. Migrations run in one transaction under a row lock, so that nodes
//! that start together all succeed.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

use crate::db::{Db, column, is_contention};
use crate::{Error, feeds};

/// The migrations, in order.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let migration = |name, sql| -> Box<dyn MigrationTrait> { Box::new(Tables { name, sql }) };
        vec![
            migration("m0001_tables", TABLES),
            migration("m0002_people", crate::people::TABLE),
            migration("m0003_messages", crate::messages::TABLES),
            migration("m0004_endpoints", crate::endpoints::TABLE),
            migration("m0005_feeds", feeds::TABLE),
            migration("m0006_reading", crate::messages::READING),
            Box::new(Shapes {
                name: "m0007_shapes",
                before: &[
                    "ANALYZE messages",
                    "ANALYZE deliveries",
                    "DELETE FROM sqlite_stat1 WHERE tbl IN ('messages', 'deliveries')",
                ],
                shapes: crate::messages::SHAPES,
            }),
            migration("m0008_became_due", crate::messages::BECAME_DUE),
            Box::new(Shapes {
                name: "m0009_shape_of_due",
                before: &[],
                shapes: crate::messages::SHAPE_OF_DUE,
            }),
            migration("m0010_outbox_in_order", OUTBOX_IN_ORDER),
            migration("m0011_timers_by_region", TIMERS_BY_REGION),
            migration("m0012_consent_of_endpoints", crate::endpoints::CONSENT),
            migration("m0013_homes", crate::homes::TABLES),
            migration("m0014_matchings", crate::matchings::TABLES),
            migration("m0015_timers_in_order", TIMERS_IN_ORDER),
            Box::new(Room {
                name: "m0016_room_for_changes",
            }),
        ]
    }
}

/// A migration that makes tables.
struct Tables {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Tables {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for statement in self.sql.split(";\n") {
            if !statement.trim().is_empty() {
                manager
                    .get_connection()
                    .execute_unprepared(&spelled(statement, backend))
                    .await?;
            }
        }
        Ok(())
    }
}

/// Tells SQLite how large what grows becomes and how well each index selects. It plans for small tables when nothing tells it, and then
/// reads all messages or deliveries of a region for a handful; counting is no help in a database that is empty when it begins.
struct Shapes {
    name: &'static str,
    before: &'static [&'static str],
    shapes: &'static str,
}

impl MigrationName for Shapes {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Shapes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let on = manager.get_connection();
        // The last reads what was written.
        for statement in self
            .before
            .iter()
            .chain([&self.shapes, &"ANALYZE sqlite_schema"])
        {
            on.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Tells PostgreSQL to leave room in each page of what changes all the time: the new row then lies beside the old one, and no index changes.
struct Room {
    name: &'static str,
}

impl MigrationName for Room {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Room {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in ["streams", "timers"] {
                let sql = format!("ALTER TABLE {table} SET (fillfactor = 50)");
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }
}

/// The few words in which the two databases differ.
fn spelled(sql: &str, backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => sql
            .replace("BYTES", "BYTEA")
            .replace("CLUSTERED", "")
            .replace("AS_OBJECT", "json_object_agg"),
        // Rows lie in the order of their key: reading a stream is reading one run of pages.
        _ => sql
            .replace("BYTES", "BLOB")
            .replace("CLUSTERED", "WITHOUT ROWID")
            .replace("AS_OBJECT", "json_group_object"),
    }
}

const TABLES: &str = "
CREATE TABLE versions (
    region TEXT NOT NULL, hash BYTES NOT NULL, number BIGINT NOT NULL, adopted BIGINT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (region, hash)) CLUSTERED;
CREATE TABLE streams (
    region TEXT NOT NULL, stream BYTES NOT NULL, sort TEXT NOT NULL, number TEXT NOT NULL, version BYTES NOT NULL,
    seq BIGINT NOT NULL, hash BYTES NOT NULL, erased BIGINT,
    scheme BIGINT, step BIGINT, ended BIGINT, overdue BIGINT NOT NULL, next_due TEXT, last_due TEXT, parties TEXT NOT NULL, state TEXT,
    PRIMARY KEY (region, stream)) CLUSTERED;
CREATE UNIQUE INDEX streams_by_number ON streams (region, number) WHERE number <> '';
CREATE INDEX streams_by_due ON streams (region, next_due) WHERE next_due IS NOT NULL;
CREATE TABLE case_parties (
    region TEXT NOT NULL, party BIGINT NOT NULL, stream BYTES NOT NULL,
    PRIMARY KEY (region, party, stream)) CLUSTERED;
CREATE TABLE events (
    region TEXT NOT NULL, stream BYTES NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, version BYTES, commitments BYTES,
    payload TEXT NOT NULL, hash BYTES NOT NULL,
    PRIMARY KEY (region, stream, seq)) CLUSTERED;
CREATE TABLE sealed (
    region TEXT NOT NULL, stream BYTES NOT NULL, seq BIGINT NOT NULL, parts BYTES NOT NULL,
    PRIMARY KEY (region, stream, seq)) CLUSTERED;
CREATE TABLE case_keys (
    region TEXT NOT NULL, stream BYTES NOT NULL, wrapped BYTES NOT NULL,
    PRIMARY KEY (region, stream)) CLUSTERED;
CREATE TABLE commands (
    region TEXT NOT NULL, key TEXT NOT NULL, body BYTES, stream BYTES NOT NULL, seq BIGINT NOT NULL, events BIGINT NOT NULL,
    head BYTES NOT NULL, number TEXT NOT NULL,
    PRIMARY KEY (region, key)) CLUSTERED;
CREATE TABLE timers (
    region TEXT NOT NULL, stream BYTES NOT NULL, name TEXT NOT NULL, due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL, token BIGINT NOT NULL,
    PRIMARY KEY (region, stream, name)) CLUSTERED;
CREATE INDEX timers_by_due ON timers (due_at);
CREATE TABLE outbox (
    region TEXT NOT NULL, stream BYTES NOT NULL, seq BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL,
    state BIGINT NOT NULL, attempts BIGINT NOT NULL, deliver_after BIGINT NOT NULL,
    lease_until BIGINT NOT NULL, token BIGINT NOT NULL,
    PRIMARY KEY (region, stream, seq, n)) CLUSTERED;
CREATE INDEX outbox_waiting ON outbox (deliver_after) WHERE state = 0;
CREATE TABLE ledger (
    region TEXT NOT NULL, version BIGINT NOT NULL, n BIGINT NOT NULL, stream BYTES NOT NULL, seq BIGINT NOT NULL,
    scheme BIGINT NOT NULL, party BIGINT NOT NULL, neighbourhood TEXT, on_date TEXT NOT NULL, departure BIGINT NOT NULL,
    PRIMARY KEY (region, version, n)) CLUSTERED;
CREATE TABLE occurrences (
    region TEXT NOT NULL, schedule TEXT NOT NULL, on_date TEXT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (region, schedule, on_date)) CLUSTERED;
CREATE TABLE counters (
    region TEXT NOT NULL, name TEXT NOT NULL, last BIGINT NOT NULL,
    PRIMARY KEY (region, name)) CLUSTERED;
CREATE TABLE settings (
    region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (region, name)) CLUSTERED;
";

/// What is intended at one moment lies together, whichever cases it is about: a commit of many commands then changes few pages.
const OUTBOX_IN_ORDER: &str = "
CREATE TABLE outbox_in_order (
    region TEXT NOT NULL, stream BYTES NOT NULL, seq BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL,
    state BIGINT NOT NULL, attempts BIGINT NOT NULL, deliver_after BIGINT NOT NULL,
    lease_until BIGINT NOT NULL, token BIGINT NOT NULL,
    PRIMARY KEY (region, at, stream, seq, n)) CLUSTERED;
INSERT INTO outbox_in_order SELECT * FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_in_order RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (deliver_after) WHERE state = 0;
";

/// Regions take turns in what is due.
const TIMERS_BY_REGION: &str = "
DROP INDEX timers_by_due;
CREATE INDEX timers_by_due ON timers (region, due_at);
";

/// What is due first lies first, and is gone once it has fired: a commit of many timers changes few pages. A stream knows its timers.
const TIMERS_IN_ORDER: &str = "
ALTER TABLE streams ADD COLUMN timers TEXT;
UPDATE streams SET timers = (SELECT CAST(AS_OBJECT(name, due_at) AS TEXT) FROM timers WHERE timers.region = streams.region AND timers.stream = streams.stream)
    WHERE EXISTS (SELECT 1 FROM timers WHERE timers.region = streams.region AND timers.stream = streams.stream);
CREATE TABLE timers_in_order (
    region TEXT NOT NULL, due_at BIGINT NOT NULL, stream BYTES NOT NULL, name TEXT NOT NULL,
    lease_until BIGINT NOT NULL, token BIGINT NOT NULL,
    PRIMARY KEY (region, due_at, stream, name)) CLUSTERED;
INSERT INTO timers_in_order SELECT region, due_at, stream, name, lease_until, token FROM timers;
DROP TABLE timers;
ALTER TABLE timers_in_order RENAME TO timers;
";

/// Brings the database up to date, or says that it is from a newer program.
pub(crate) async fn migrate(db: &Db) -> Result<(), Error> {
    make_lock(db).await?;
    db.unit(|db, transaction| Box::pin(locked(db, transaction)))
        .await
}

/// The row to lock. Two nodes may make it at the same time: the loser finds it made.
async fn make_lock(db: &Db) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS migration_lock (region TEXT PRIMARY KEY)",
        "INSERT INTO migration_lock (region) VALUES ('') ON CONFLICT DO NOTHING",
    ] {
        match db.execute_alone(statement).await {
            Ok(()) => {}
            Err(error) if is_contention(&error) || is_duplicate_table(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_duplicate_table(error: &DbErr) -> bool {
    matches!(crate::db::code(error).as_deref(), Some("42P07" | "42710"))
}

async fn locked(db: &Db, transaction: &DatabaseTransaction) -> Result<(), Error> {
    let lock = format!("SELECT region FROM migration_lock{}", db.for_update());
    transaction
        .query_one_raw(db.statement(lock, Vec::new()))
        .await?
        .ok_or_else(|| Error::damaged("the row that migrations lock is missing"))?;
    let manager = SchemaManager::new(transaction);
    if manager.has_table("seaql_migrations").await? {
        let applied = transaction
            .query_all_raw(db.statement(
                "SELECT version FROM seaql_migrations ORDER BY version",
                Vec::new(),
            ))
            .await?;
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        for row in &applied {
            let found: String = column(row, 0)?;
            if !known.contains(&found) {
                return Err(Error::Newer { found });
            }
        }
    }
    Migrator::up(transaction, None).await?;
    Ok(())
}
