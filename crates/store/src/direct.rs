//! The database of a data folder over SQLite's own interface, where a driver between threads would cost more than the work itself.
//!
//! One connection writes batches, `BEGIN IMMEDIATE` to `COMMIT` on the thread of who asks, and reads what they rest on: its pages are in
//! memory. Two others read beside it: one what is due, one the events of a stream. Who reads the whole log opens a connection of its own.
//! Invariant: no transaction is open between two batches; what could not be committed is rolled back, or its connection closed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking};

use crate::Error;
use crate::checkpoint::Checkpointer;
use crate::db::commit_error;
use crate::rows::{Bulk, Cell};

/// As many texts as the statements of batches have.
const STATEMENTS: usize = 64;

/// What every connection to a data folder is opened with.
pub(crate) const SETTINGS: [(&str, &str); 4] = [
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("trusted_schema", "OFF"),
    ("cell_size_check", "ON"),
];
/// And one that reads.
pub(crate) const READING: [(&str, &str); 1] = [("query_only", "ON")];
/// And one that writes.
pub(crate) const WRITING: [(&str, &str); 3] = [
    // What is erased is overwritten, not only unlinked.
    ("secure_delete", "ON"),
    // Pages that many commits change are copied into the database less often.
    ("wal_autocheckpoint", "8000"),
    // What a statement of many rows would undo is kept in memory, not in a file.
    ("temp_store", "MEMORY"),
];
/// The pages that a batch changes, in kibibytes.
const CACHE: i64 = 32_000;

/// Writes batches, and reads what they rest on over the same pages; one at a time, by who has the turn.
pub(crate) struct Pen {
    /// The file.
    pub(crate) file: PathBuf,
    held: Arc<Mutex<Held>>,
    looks: Mutex<Held>,
    log: Mutex<Held>,
    checkpoints: Checkpointer,
}

/// A connection; one that was left in a transaction is opened again.
struct Held {
    file: PathBuf,
    open: fn(&Path) -> Result<Connection, Error>,
    state: State,
}

enum State {
    Open(Connection),
    /// After a transaction that did not end.
    Lost,
    /// For good.
    Closed,
}

impl Pen {
    /// Opens the file, which is there and up to date.
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let held = Arc::new(Mutex::new(Held::new(file, writing)?));
        let writer = Arc::clone(&held);
        let still = move |work: &mut dyn FnMut()| {
            let _held = locked(&writer);
            work();
        };
        Ok(Self {
            file: file.to_owned(),
            held,
            looks: Mutex::new(Held::new(file, reading)?),
            log: Mutex::new(Held::new(file, reading)?),
            checkpoints: Checkpointer::start(writing(file)?, still)
                .map_err(Error::io("starting a thread failed"))?,
        })
    }

    /// Commits these rows: all or nothing.
    pub(crate) fn write(&self, bulks: &[Bulk<'_>]) -> Result<(), Error> {
        // Another thread would have to be woken, which takes a quarter of the time of a commit. Only one thread ever writes, so that
        // where there are more, the others do what else there is to do; one that is alone hands that on.
        let runtime = Handle::current();
        let alone = runtime.metrics().num_workers() == 1;
        if alone && runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
            return block_in_place(|| self.write_once(bulks));
        }
        self.write_once(bulks)
    }

    fn write_once(&self, bulks: &[Bulk<'_>]) -> Result<(), Error> {
        let outcome = {
            let mut held = locked(&self.held);
            let connection = held.connection()?;
            let outcome = write(connection, bulks);
            // One that does not roll back is closed, which rolls back too.
            if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
                held.state = State::Lost;
            }
            outcome
        };
        self.checkpoints.wrote(bulks.iter().map(Bulk::len).sum());
        outcome
    }

    /// Reads what a batch rests on, by who has the turn.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        at_one_moment(&self.held, work)
    }

    /// Reads what is due, also while a batch is being written.
    pub(crate) fn look<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        at_one_moment(&self.looks, work)
    }

    /// Reads the events of a stream. Who claims does not wait for it.
    pub(crate) fn read_log<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        at_one_moment(&self.log, work)
    }

    /// Copies all of the WAL into the file and empties it, by who has the turn; false when somebody who reads an older state stands in
    /// the way for long.
    pub(crate) async fn empty_wal(self: &Arc<Self>) -> Result<bool, Error> {
        let pen = Arc::clone(self);
        let emptied = spawn_blocking(move || {
            let _paused = pen.checkpoints.pause();
            let mut held = locked(&pen.held);
            let busy: bool = held
                .connection()?
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))
                .map_err(failed)?;
            Ok(!busy)
        });
        emptied.await.map_err(|_| Error::Closed)?
    }

    /// Closes the connections.
    pub(crate) fn close(&self) {
        self.checkpoints.close();
        locked(&self.held).state = State::Closed;
        locked(&self.looks).state = State::Closed;
        locked(&self.log).state = State::Closed;
    }
}

impl Held {
    fn new(file: &Path, open: fn(&Path) -> Result<Connection, Error>) -> Result<Self, Error> {
        Ok(Self {
            file: file.to_owned(),
            open,
            state: State::Open(open(file)?),
        })
    }

    fn connection(&mut self) -> Result<&Connection, Error> {
        let usable = match &self.state {
            State::Open(connection) => connection.is_autocommit(),
            State::Lost => false,
            State::Closed => return Err(Error::Closed),
        };
        if !usable {
            // The old one first: what it has begun would stand in the way.
            self.state = State::Lost;
            self.state = State::Open((self.open)(&self.file)?);
        }
        match &self.state {
            State::Open(connection) => Ok(connection),
            _ => Err(Error::Closed),
        }
    }
}

/// What is read by one of the connections, all of it as it was at one moment.
fn at_one_moment<T>(
    held: &Mutex<Held>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, Error> {
    let mut held = locked(held);
    let connection = held.connection()?;
    control(connection, "BEGIN").map_err(failed)?;
    let read = work(connection);
    // There is nothing to undo. What does not end is closed, which ends it too.
    if control(connection, "COMMIT").is_err() {
        held.state = State::Lost;
    }
    Ok(read.map_err(failed)?)
}

/// A connection that a panicking reader left behind in a transaction is opened again by who is next; with one that writes, the
/// committer has ended.
fn locked(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that only reads.
pub(crate) fn reading(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(file, flags, &READING).map_err(|error| failed(error).into())
}

fn writing(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(file, flags, &WRITING).map_err(failed)?;
    let own = [
        ("cache_size", -CACHE),
        // A batch that changes more pages than that does not write them twice.
        ("cache_spill", 0),
        // Only when the thread that should have copied has ended.
        ("wal_autocheckpoint", 64_000),
    ];
    for (name, value) in own {
        connection
            .pragma_update(None, name, value)
            .map_err(failed)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn open(file: &Path, flags: OpenFlags, settings: &[(&str, &str)]) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    for (name, value) in SETTINGS.iter().chain(settings) {
        connection.pragma_update(None, name, value)?;
    }
    Ok(connection)
}

/// Begins or ends a transaction; the text is read once.
fn control(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(|_| ())
}

fn write(connection: &Connection, bulks: &[Bulk<'_>]) -> Result<(), Error> {
    control(connection, "BEGIN IMMEDIATE").map_err(failed)?;
    for bulk in bulks.iter().filter(|bulk| !bulk.is_empty()) {
        execute(connection, bulk).map_err(failed)?;
    }
    control(connection, "COMMIT").map_err(|error| commit_error(failed(error)))?;
    Ok(())
}

fn execute(connection: &Connection, bulk: &Bulk<'_>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&bulk.one())?;
    for row in bulk.rows() {
        for (n, cell) in (1..).zip(row) {
            match cell {
                Cell::Number(number) => statement.raw_bind_parameter(n, number)?,
                Cell::Text(text) => statement.raw_bind_parameter(n, text)?,
                Cell::Bytes(bytes) => statement.raw_bind_parameter(n, bytes)?,
                Cell::Region(region) => statement.raw_bind_parameter(n, region.as_str())?,
                Cell::Stream(stream) => statement.raw_bind_parameter(n, stream.0.as_bytes())?,
                Cell::Hash(hash) => statement.raw_bind_parameter(n, hash.0)?,
            }
        }
        statement.raw_execute()?;
    }
    Ok(())
}

/// As the other connections tell it, with the code of SQLite.
pub(crate) fn failed(error: rusqlite::Error) -> DbErr {
    let told = error.to_string();
    DbErr::Exec(RuntimeErr::SqlxError(
        sqlx::Error::Database(Box::new(Failure { error, told })).into(),
    ))
}

#[derive(Debug, thiserror::Error)]
#[error("{told}")]
struct Failure {
    #[source]
    error: rusqlite::Error,
    told: String,
}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.told
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        let code = self.error.sqlite_error()?.extended_code;
        Some(code.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
