//! The database of a data folder over SQLite's own interface, where a driver between threads would cost more than the work itself.
//!
//! One connection writes batches, `BEGIN IMMEDIATE` to `COMMIT` on the thread of who asks, and reads what they rest on: its pages are in
//! memory. Who reads the whole log opens a connection of its own. Invariant: no transaction is open between two batches; what could not be committed is rolled back, or its connection closed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr, Statement, Value};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::Error;
use crate::db::commit_error;

/// As many texts as the statements of batches have.
const STATEMENTS: usize = 512;

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
const CACHE: i64 = 16_000;

/// Writes batches, and reads what they rest on over the same pages; one at a time, by who has the turn.
pub(crate) struct Pen {
    /// The file.
    pub(crate) file: PathBuf,
    held: Arc<Mutex<Held>>,
}

/// The connection.
enum Held {
    Open(Connection),
    /// After a batch that could not be rolled back: it is opened again.
    Lost,
    /// For good.
    Closed,
}

impl Pen {
    /// Opens the file, which is there and up to date.
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        Ok(Self {
            file: file.to_owned(),
            held: Arc::new(Mutex::new(Held::Open(writing(file)?))),
        })
    }

    /// Commits these statements: all or nothing.
    pub(crate) async fn write(&self, statements: Vec<Statement>) -> Result<(), Error> {
        // Another thread would have to be woken, and to wake this one, which takes a quarter of the time of a commit. Only one thread
        // ever writes, so that where there are more, the others do what else there is to do.
        if Handle::current().metrics().num_workers() > 1 {
            return write_once(&self.file, &self.held, statements);
        }
        let (file, held) = (self.file.clone(), Arc::clone(&self.held));
        spawn_blocking(move || write_once(&file, &held, statements))
            .await
            .map_err(|error| {
                let told = RuntimeErr::Internal(error.to_string());
                Error::UnknownOutcome(DbErr::Conn(told))
            })?
    }

    /// Reads a little, as the file is at one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut held = locked(&self.held);
        let connection = held.connection(&self.file)?;
        let moment = connection.unchecked_transaction().map_err(failed)?;
        Ok(work(&moment).map_err(failed)?)
    }

    /// Closes the connection.
    pub(crate) fn close(&self) {
        *locked(&self.held) = Held::Closed;
    }
}

impl Held {
    fn connection(&mut self, file: &Path) -> Result<&Connection, Error> {
        if matches!(self, Held::Lost) {
            *self = Held::Open(writing(file)?);
        }
        match self {
            Held::Open(connection) => Ok(connection),
            _ => Err(Error::Closed),
        }
    }
}

/// A connection that a panicking holder left behind has no transaction open, or rolls it back.
fn locked(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_once(file: &Path, held: &Mutex<Held>, statements: Vec<Statement>) -> Result<(), Error> {
    let mut held = locked(held);
    let connection = held.connection(file)?;
    let outcome = write(connection, statements);
    // One that does not roll back is closed, which rolls back too.
    if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
        *held = Held::Lost;
    }
    outcome
}

/// A connection that only reads.
pub(crate) fn reading(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(file, flags, &READING).map_err(|error| failed(error).into())
}

fn writing(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(file, flags, &WRITING).map_err(failed)?;
    connection
        .pragma_update(None, "cache_size", -CACHE)
        .map_err(failed)?;
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

fn write(connection: &Connection, statements: Vec<Statement>) -> Result<(), Error> {
    execute(connection, "BEGIN IMMEDIATE", Vec::new()).map_err(failed)?;
    for statement in statements {
        let values = statement.values.map_or_else(Vec::new, |values| values.0);
        // A batch is all or nothing: without this, SQLite would copy every page first, to undo this one statement only.
        match statement.sql.strip_prefix("INSERT INTO") {
            Some(rest) => execute(
                connection,
                &format!("INSERT OR ROLLBACK INTO{rest}"),
                values,
            ),
            None => execute(connection, &statement.sql, values),
        }
        .map_err(failed)?;
    }
    execute(connection, "COMMIT", Vec::new()).map_err(|error| commit_error(failed(error)))
}

fn execute(connection: &Connection, sql: &str, values: Vec<Value>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for (n, value) in (1..).zip(values) {
        match value {
            Value::BigInt(number) => statement.raw_bind_parameter(n, number)?,
            Value::String(text) => statement.raw_bind_parameter(n, text)?,
            Value::Bytes(bytes) => statement.raw_bind_parameter(n, bytes)?,
            _ => return Err(rusqlite::Error::InvalidQuery),
        }
    }
    statement.raw_execute()?;
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
