//! Who writes, and how a batch reaches the disk: as one text on SQLite, statement by statement in a transaction on PostgreSQL.
//!
//! A data folder has one writing connection, and whoever has the turn is the only one to write: so reading before writing needs no
//! transaction there, and a batch is one trip to the thread of the connection, `BEGIN IMMEDIATE` to `COMMIT`. Between two batches the
//! committer keeps the connection. Invariant: nobody gets a connection with a transaction open; what was cut off is rolled back first.

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteArguments, SqliteQueryResult, SqliteRow};
use sea_orm::sqlx::{self, Arguments, AssertSqlSafe, Either, Executor};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, RuntimeErr, Statement, Value,
};
use tokio::runtime::Handle;
use tokio::sync::MutexGuard;

use crate::Error;
use crate::db::{Db, commit_error};

/// About as long as the statements of one command take, without the commit.
const ANSWERING: Duration = Duration::from_micros(80);

/// What a statement answers: that it is done, or a row.
type Answer = Result<Either<SqliteQueryResult, SqliteRow>, sqlx::Error>;
type Results<'a> = BoxStream<'a, Answer>;

/// The turn to write in a data folder.
#[derive(Default)]
pub(crate) struct Turn {
    /// Kept between two batches: giving it back and getting it again takes longer than writing a row.
    connection: Option<PoolConnection<Sqlite>>,
    /// A transaction may be open on it.
    open: bool,
    /// Where the connection came from: its pool takes nothing back outside a runtime.
    runtime: Option<Handle>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _inside = self.runtime.as_ref().map(Handle::enter);
        self.connection = None;
    }
}

impl Turn {
    /// Gives the connection back to its pool.
    pub(crate) async fn give_back(&mut self) {
        self.roll_back().await;
        self.connection = None;
    }

    async fn connection(&mut self, db: &Db) -> Result<&mut PoolConnection<Sqlite>, DbErr> {
        self.roll_back().await;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => db.sqlite_pool().acquire().await.map_err(failed)?,
        };
        self.runtime = Some(Handle::current());
        Ok(self.connection.insert(connection))
    }

    /// A connection that cannot roll back is closed, which rolls back too.
    async fn roll_back(&mut self) {
        if std::mem::take(&mut self.open)
            && let Some(mut connection) = self.connection.take()
        {
            match sqlx::raw_sql(CUT_OFF).execute(&mut *connection).await {
                Ok(_) => self.connection = Some(connection),
                Err(error) => {
                    tracing::debug!(%error, "the writing connection is closed");
                    // What closing says changes nothing: the file is opened again.
                    let _ = connection.close().await;
                }
            }
        }
    }
}

/// Rolls back what is open, and is no error when nothing is: a failed statement may have rolled back already.
const CUT_OFF: &str = "SAVEPOINT cut_off; ROLLBACK";

/// Writes one batch: first reads, then everything that is written, at once.
pub(crate) enum Writer<'a> {
    /// In a data folder.
    Folder {
        /// Database.
        db: &'a Db,
        /// Held until the batch is written.
        turn: MutexGuard<'a, Turn>,
    },
    /// On PostgreSQL, where other nodes write too.
    Shared(DatabaseTransaction),
}

impl<'a> Writer<'a> {
    /// Waits for the turn, or begins a transaction.
    pub(crate) async fn begin(db: &'a Db) -> Result<Self, DbErr> {
        Ok(match db.folder_turn().await {
            Some(turn) => Writer::Folder { db, turn },
            None => Writer::Shared(db.begin().await?),
        })
    }

    /// The rows of these statements.
    pub(crate) async fn query(
        &mut self,
        statements: Vec<Statement>,
    ) -> Result<Vec<QueryResult>, Error> {
        let mut rows = Vec::new();
        for statement in statements {
            match self {
                Writer::Shared(transaction) => {
                    rows.extend(transaction.query_all_raw(statement).await?);
                }
                Writer::Folder { db, turn } => {
                    let connection = turn.connection(db).await?;
                    let found = query(statement.sql, values(statement.values))?
                        .fetch_all(&mut **connection)
                        .await
                        .map_err(failed)?;
                    rows.extend(found.into_iter().map(QueryResult::from));
                }
            }
        }
        Ok(rows)
    }

    /// Writes these statements and commits them: all or nothing. In a data folder, the turn is still held afterwards.
    pub(crate) async fn commit(
        self,
        statements: Vec<Statement>,
    ) -> Result<Option<MutexGuard<'a, Turn>>, Error> {
        match self {
            Writer::Shared(transaction) => {
                for statement in statements {
                    if let Err(error) = transaction.execute_raw(statement).await {
                        return Err(rolled_back(transaction, error.into()).await);
                    }
                }
                transaction.commit().await.map_err(commit_error)?;
                Ok(None)
            }
            Writer::Folder { db, mut turn } => {
                if !statements.is_empty() {
                    let written = run(db, &mut turn, statements).await;
                    turn.roll_back().await;
                    written?;
                }
                Ok(Some(turn))
            }
        }
    }

    /// Writes nothing; returns the error that made it so.
    pub(crate) async fn give_up(self, error: Error) -> Error {
        match self {
            Writer::Shared(transaction) => rolled_back(transaction, error).await,
            Writer::Folder { .. } => error,
        }
    }
}

/// The first error is the one to tell; a failed rollback ends with the connection.
async fn rolled_back(transaction: DatabaseTransaction, error: Error) -> Error {
    let _ = transaction.rollback().await;
    error
}

/// Hands the text over and lets other tasks go on for a moment: every statement has an answer, and who waits for the first is woken
/// for each of them, which takes the thread of the connection longer than a statement. Returns the number of answers seen.
async fn send(results: &mut Results<'_>) -> Result<usize, Error> {
    let first = first(results);
    let sent = Instant::now();
    while sent.elapsed() < ANSWERING {
        tokio::task::yield_now().await;
    }
    match first {
        Poll::Ready(Some(answer)) => {
            answer.map_err(failed)?;
            Ok(1)
        }
        Poll::Ready(None) | Poll::Pending => Ok(0),
    }
}

/// Asked by nobody who could be woken; whoever asks again is.
fn first(results: &mut Results<'_>) -> Poll<Option<Answer>> {
    results
        .as_mut()
        .poll_next(&mut Context::from_waker(Waker::noop()))
}

/// One text: the thread of the connection is woken once, and the statements in it are prepared once.
async fn run(db: &Db, turn: &mut Turn, statements: Vec<Statement>) -> Result<(), Error> {
    let last = statements.len() + 1;
    let mut text = String::with_capacity(4096);
    let mut arguments = Vec::new();
    text.push_str("BEGIN IMMEDIATE;");
    for statement in statements {
        // A batch is all or nothing: without this, SQLite would copy every page first, to undo this one statement only.
        match statement.sql.strip_prefix("INSERT INTO") {
            Some(rest) => text.extend(["INSERT OR ROLLBACK INTO", rest]),
            None => text.push_str(&statement.sql),
        }
        text.push(';');
        arguments.extend(values(statement.values));
    }
    text.push_str("COMMIT");
    turn.connection(db).await?;
    let Some(connection) = &mut turn.connection else {
        return Err(Error::Closed);
    };
    turn.open = true;
    let mut results = (&mut **connection).fetch_many(query(text, arguments)?);
    let mut done = send(&mut results).await?;
    // Not until the end of the answers: that would be one more time to wait.
    while done <= last {
        match results.try_next().await {
            Ok(Some(Either::Left(_))) => done += 1,
            Ok(Some(Either::Right(_))) => {}
            Ok(None) => return Err(Error::UnknownOutcome(failed(sqlx::Error::WorkerCrashed))),
            Err(error) if done == last => return Err(commit_error(failed(error))),
            Err(error) => return Err(failed(error).into()),
        }
    }
    drop(results);
    turn.open = false;
    Ok(())
}

fn query(
    text: String,
    values: Vec<Value>,
) -> Result<Query<'static, Sqlite, SqliteArguments>, Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        let added = match value {
            Value::BigInt(number) => arguments.add(number),
            Value::String(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
            _ => return Err(Error::Malformed("a value of a kind that no column has")),
        };
        added.map_err(|error| failed(sqlx::Error::Encode(error)))?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

fn values(values: Option<Values>) -> Vec<Value> {
    values.map_or_else(Vec::new, |values| values.0)
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
