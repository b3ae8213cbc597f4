//! The committer: whatever was queued while the previous commit ran is written in one transaction (group commit).
//!
//! Requests in a batch are accepted or refused one by one; answers go out after the commit. When a statement fails, nothing of the batch is
//! written, and each request is tried alone, so that one bad request harms no other. Only a commit whose fate is not known is told as such.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::batch;
use crate::db::{Db, TRIES, commit_error, is_transient};
use crate::open::Folder;
use crate::request::Request;
use crate::{Appended, Error};

/// At most so many requests in one transaction.
const BATCH: usize = 256;

/// A request that waits, and who waits for it.
pub(crate) struct Queued {
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Result<Appended, Error>>,
}

/// Runs until the last sender is gone and the queue is empty.
pub(crate) async fn run(db: Db, folder: Option<Arc<Folder>>, mut queue: mpsc::Receiver<Queued>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        gather(&mut queue, &mut batch).await;
        let (requests, answers): (Vec<Request>, Vec<_>) = batch
            .drain(..)
            .map(|queued| (queued.request, queued.answer))
            .unzip();
        let outcomes = match folder
            .as_ref()
            .map_or(Ok(()), |folder| folder.require_room())
        {
            Ok(()) => settle(&db, &requests).await,
            Err(full) => refuse_all(&full, requests.len()),
        };
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Nobody may be waiting any more; what was written stays written.
            let _ = answer.send(outcome);
        }
    }
}

/// Lets tasks that are ready hand in their requests too, as long as any do; waits for nobody.
async fn gather(queue: &mut mpsc::Receiver<Queued>, batch: &mut Vec<Queued>) {
    while batch.len() < BATCH {
        let before = batch.len();
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(queued) = queue.try_recv()
        {
            batch.push(queued);
        }
        if batch.len() == before {
            break;
        }
    }
}

/// The outcome of every request of a batch.
async fn settle(db: &Db, requests: &[Request]) -> Vec<Result<Appended, Error>> {
    let error = match written(db, requests).await {
        Ok(outcomes) => return outcomes,
        Err(error) => error,
    };
    match error {
        Error::Database(_) if requests.len() > 1 => {
            let mut outcomes = Vec::with_capacity(requests.len());
            for request in requests {
                match written(db, std::slice::from_ref(request)).await {
                    Ok(alone) => outcomes.extend(alone),
                    Err(error) => outcomes.push(Err(error)),
                }
            }
            outcomes
        }
        error => refuse_all(&error, requests.len()),
    }
}

/// One transaction, tried again after a serialisation failure or a deadlock.
async fn written(db: &Db, requests: &[Request]) -> Result<Vec<Result<Appended, Error>>, Error> {
    let mut tried = 0;
    loop {
        tried += 1;
        match once(db, requests).await {
            Err(Error::Database(error)) if tried < TRIES && is_transient(&error) => {
                tokio::time::sleep(Duration::from_millis(u64::from(tried) * 3)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn once(db: &Db, requests: &[Request]) -> Result<Vec<Result<Appended, Error>>, Error> {
    let transaction = db.begin().await?;
    match batch::write(db, &transaction, requests).await {
        Ok(outcomes) => {
            transaction.commit().await.map_err(commit_error)?;
            Ok(outcomes)
        }
        Err(error) => {
            // The first error is the one to tell; a failed rollback ends with the connection.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

/// The same error for everybody.
fn refuse_all(error: &Error, requests: usize) -> Vec<Result<Appended, Error>> {
    let again = || match error {
        Error::DiskFull { free } => Error::DiskFull { free: *free },
        Error::UnknownOutcome(source) => Error::UnknownOutcome(source.clone()),
        Error::Database(source) => Error::Database(source.clone()),
        other => Error::Damaged(other.to_string()),
    };
    (0..requests).map(|_| Err(again())).collect()
}
