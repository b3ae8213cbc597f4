//! How a batch reaches the disk: over the pen of a data folder, or in a transaction on PostgreSQL.
//!
//! Whoever has the turn is the only one to write in a data folder: so reading before writing needs no transaction there. Invariant:
//! what is written is committed as a whole, or not at all.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

use crate::Error;
use crate::db::{Db, Turn, commit_error};

/// Writes one batch: first reads, then everything that is written, at once.
pub(crate) enum Writer<'a> {
    /// In a data folder.
    Folder {
        /// Database.
        db: &'a Db,
        /// Held until the batch is written.
        turn: Turn<'a>,
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
            rows.extend(match self {
                Writer::Shared(transaction) => transaction.query_all_raw(statement).await?,
                Writer::Folder { db, .. } => db.read.query_all_raw(statement).await?,
            });
        }
        Ok(rows)
    }

    /// Writes these statements and commits them: all or nothing. In a data folder, the turn is still held afterwards.
    pub(crate) async fn commit(
        self,
        statements: Vec<Statement>,
    ) -> Result<Option<Turn<'a>>, Error> {
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
            Writer::Folder { db, turn } => {
                if !statements.is_empty() {
                    let pen = db.pen().ok_or(Error::Closed)?;
                    pen.write(statements).await?;
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
