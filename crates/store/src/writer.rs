//! How a batch reaches the disk: over the pen of a data folder, or in a transaction on PostgreSQL.
//!
//! Whoever has the turn is the only one to write in a data folder: so reading before writing needs no transaction there. Invariant:
//! what is written is committed as a whole, or not at all.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

use crate::Error;
use crate::db::{Db, Turn, commit_error};
use crate::rows::Bulk;

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
    Shared {
        /// Database.
        db: &'a Db,
        /// Until the batch is written.
        transaction: DatabaseTransaction,
    },
}

impl<'a> Writer<'a> {
    /// Waits for the turn, or begins a transaction.
    pub(crate) async fn begin(db: &'a Db) -> Result<Self, DbErr> {
        Ok(match db.folder_turn().await {
            Some(turn) => Writer::Folder { db, turn },
            None => Writer::Shared {
                db,
                transaction: db.begin().await?,
            },
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
                Writer::Shared { transaction, .. } => transaction.query_all_raw(statement).await?,
                Writer::Folder { db, .. } => db.read.query_all_raw(statement).await?,
            });
        }
        Ok(rows)
    }

    /// Writes these rows and commits them: all or nothing. In a data folder, the turn is still held afterwards.
    pub(crate) async fn commit(self, bulks: Vec<Bulk<'_>>) -> Result<Option<Turn<'a>>, Error> {
        match self {
            Writer::Shared { db, transaction } => {
                for bulk in bulks {
                    if let Err(error) = execute(db, &transaction, bulk).await {
                        return Err(rolled_back(transaction, error).await);
                    }
                }
                transaction.commit().await.map_err(commit_error)?;
                Ok(None)
            }
            Writer::Folder { db, turn } => {
                if bulks.iter().any(|bulk| !bulk.is_empty()) {
                    let pen = db.pen().ok_or(Error::Closed)?;
                    pen.write(&bulks)?;
                }
                Ok(Some(turn))
            }
        }
    }

    /// Writes nothing.
    pub(crate) async fn leave(self) {
        if let Writer::Shared { transaction, .. } = self {
            // A failed rollback ends with the connection.
            let _ = transaction.rollback().await;
        }
    }

    /// Writes nothing; returns the error that made it so.
    pub(crate) async fn give_up(self, error: Error) -> Error {
        self.leave().await;
        error
    }
}

async fn execute(db: &Db, on: &DatabaseTransaction, bulk: Bulk<'_>) -> Result<(), Error> {
    let wanted = if bulk.all { bulk.len() as u64 } else { 0 };
    let mut found = 0;
    for statement in bulk.statements(db) {
        found += on.execute_raw(statement).await?.rows_affected();
    }
    if found < wanted {
        return Err(Error::TimerLost);
    }
    Ok(())
}

/// The first error is the one to tell; a failed rollback ends with the connection.
async fn rolled_back(transaction: DatabaseTransaction, error: Error) -> Error {
    let _ = transaction.rollback().await;
    error
}
