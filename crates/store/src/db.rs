//! Statements: raw and cached, one text for both databases, and units of work that nobody can cancel halfway.
//!
//! SQLite has a writing connection for units of work and a few that only read, and the pen for batches; PostgreSQL has one pool.
//! Placeholders are `$1`, `$2`, … on both.
//! Invariant: every transaction runs in a task of its own, so that a dropped request never leaves one open on a pooled connection.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, TryGetable,
    Value,
};

use crate::Error;
use crate::batch::{Claims, Known};
use crate::direct::Pen;

/// How often a unit of work is tried again after a serialisation failure, a deadlock or a lost connection.
pub(crate) const TRIES: u32 = 8;

/// The connections.
#[derive(Clone)]
pub(crate) struct Db {
    /// In a data folder, for who has the turn.
    write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
    pub(crate) backend: DbBackend,
    /// Of a data folder.
    pen: Option<Arc<Pen>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    known: Arc<Mutex<Known>>,
    claims: Arc<Mutex<Claims>>,
}

/// The turn to write in a data folder.
pub(crate) type Turn<'a> = tokio::sync::MutexGuard<'a, ()>;

/// What a unit of work returns.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Db {
    /// Reads and writes over the same connections.
    pub(crate) fn new(write: DatabaseConnection, backend: DbBackend) -> Self {
        Self {
            read: write.clone(),
            write,
            backend,
            pen: None,
            turn: Arc::default(),
            known: Arc::default(),
            claims: Arc::default(),
        }
    }

    /// What is known of the rows of a data folder without asking; to be changed only by who has the turn.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who holds the timers of a data folder.
    pub(crate) fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Batches are written straight to this file from now on, and its log is read from there.
    pub(crate) fn take_up(&mut self, file: &Path) -> Result<(), Error> {
        self.pen = Some(Arc::new(Pen::open(file)?));
        Ok(())
    }

    /// Reads and writes the file of a data folder, for who has the turn; on PostgreSQL there is none.
    pub(crate) fn pen(&self) -> Option<&Arc<Pen>> {
        self.pen.as_ref()
    }

    /// The turn to write in a data folder; on PostgreSQL there are no turns.
    pub(crate) async fn folder_turn(&self) -> Option<Turn<'_>> {
        if self.is_shared() {
            None
        } else {
            Some(self.turn.lock().await)
        }
    }

    /// A statement outside any transaction of ours.
    pub(crate) async fn execute_alone(&self, sql: &str) -> Result<(), DbErr> {
        let _turn = self.folder_turn().await;
        self.write.execute_unprepared(sql).await?;
        Ok(())
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let _turn = self.folder_turn().await;
        if let Some(pen) = self.pen.clone() {
            // It may have to wait for what is being copied.
            let closed = tokio::task::spawn_blocking(move || pen.close());
            // One that panicked has let go too.
            let _ = closed.await;
        }
        self.read.close_by_ref().await?;
        self.write.close_by_ref().await
    }

    /// A statement.
    pub(crate) fn statement(&self, sql: impl Into<String>, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.backend, sql, values)
    }

    /// Whether other nodes write too.
    pub(crate) fn is_shared(&self) -> bool {
        self.backend != DbBackend::Sqlite
    }

    /// `FOR UPDATE`, where several nodes write; SQLite has one writer and no such words.
    pub(crate) fn for_update(&self) -> &'static str {
        match self.backend {
            DbBackend::Postgres => " FOR UPDATE",
            _ => "",
        }
    }

    /// `FOR UPDATE SKIP LOCKED`, likewise.
    pub(crate) fn skip_locked(&self) -> &'static str {
        match self.backend {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        }
    }

    /// All rows, read outside any transaction.
    pub(crate) async fn rows(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, Error> {
        self.read(self.statement(sql, values)).await
    }

    /// The first row, read outside any transaction.
    pub(crate) async fn row(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Option<QueryResult>, Error> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// All rows of a statement that only reads, outside any transaction: read again when the connection was lost.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Vec<QueryResult>, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.read.query_all_raw(statement.clone()).await {
                Err(error) if tried < TRIES && is_lost(&error) => {}
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: match self.backend {
                    DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
                    _ => None,
                },
                ..TransactionOptions::default()
            })
            .await
    }

    /// A unit of work in a transaction of its own and a task of its own, tried again when the database asks for it.
    pub(crate) async fn unit<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Db, &'a DatabaseTransaction) -> Work<'a, T> + Send + Sync + 'static,
    {
        let db = self.clone();
        let task = tokio::spawn(async move {
            let mut tried = 0;
            loop {
                tried += 1;
                match db.once(&work).await {
                    Err(Error::Database(error)) if tried < TRIES && is_transient(&error) => {
                        tokio::time::sleep(Duration::from_millis(u64::from(tried) * 3)).await;
                    }
                    outcome => return outcome,
                }
            }
        });
        task.await.map_err(|_| Error::Closed)?
    }

    async fn once<T, F>(&self, work: &F) -> Result<T, Error>
    where
        F: for<'a> Fn(&'a Db, &'a DatabaseTransaction) -> Work<'a, T>,
    {
        let _turn = self.folder_turn().await;
        let transaction = self.begin().await?;
        match work(self, &transaction).await {
            Ok(value) => {
                transaction.commit().await.map_err(commit_error)?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a failed rollback ends with the connection.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }
}

/// Reads a column by position.
pub(crate) fn column<T: TryGetable>(row: &QueryResult, index: usize) -> Result<T, Error> {
    Ok(row.try_get_by_index(index)?)
}

/// The code that the database gave with an error.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return None;
    };
    Some(inner.as_database_error()?.code()?.into_owned())
}

/// Before anything was committed: the same again may succeed.
pub(crate) fn is_transient(error: &DbErr) -> bool {
    is_contention(error) || is_lost(error)
}

/// Serialisation failure, deadlock, or (two nodes made the same row at once) a duplicate key.
pub(crate) fn is_contention(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01" | "23505"))
}

/// The connection was lost while it was used: a server that stopped, or that ended the session of a node which stood still.
pub(crate) fn is_lost(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) =
        error
    else {
        return false;
    };
    match inner.as_ref() {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(told) => told
            .code()
            .is_some_and(|code| code.starts_with("57P") || code == STOOD_STILL),
        _ => false,
    }
}

/// PostgreSQL ended a session that did nothing in the middle of a transaction.
const STOOD_STILL: &str = "25P03";

/// What a failed COMMIT means: only some errors say for sure that nothing was written.
pub(crate) fn commit_error(error: DbErr) -> Error {
    let surely_not = match code(&error).as_deref() {
        // PostgreSQL: transaction rollback, integrity violation; a session that had ended before the COMMIT came.
        Some(code) if code.len() == 5 => {
            code.starts_with("40") || code.starts_with("23") || code == STOOD_STILL
        }
        // SQLite: anything but an I/O error, by the primary code in the low byte.
        Some(code) => code.parse::<u32>().is_ok_and(|code| code & 0xff != 10),
        None => false,
    };
    if surely_not {
        Error::Database(error)
    } else {
        Error::UnknownOutcome(error)
    }
}
