//! The committer: whatever was queued while the previous commit ran is written in one transaction (group commit).
//!
//! Who finds nobody committing commits for all that are queued, and hands on what was queued meanwhile; so a command that is alone waits
//! for no other task. Requests in a batch are accepted or refused one by one; answers go out after the commit. When a statement fails,
//! nothing of the batch is written, and each request is tried alone, so that one bad request harms no other. Only a commit whose fate is
//! not known is told as such. Invariant: a batch that was begun is finished, also when who began it goes away.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

use crate::batch;
use crate::db::{Db, TRIES, is_transient};
use crate::open::Held;
use crate::request::Request;
use crate::{Appended, Error};

/// As many requests as go in one transaction.
const ENOUGH: usize = 4096;
/// Requests that wait for a commit at most; more wait in their callers.
const QUEUE: usize = 16384;

/// A request that waits, and who waits for it.
struct Queued {
    request: Box<Request>,
    answer: oneshot::Sender<Result<Appended, Error>>,
    _room: OwnedSemaphorePermit,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Queued>,
    /// Somebody is committing, and will look at the queue again.
    committing: bool,
    closed: bool,
}

/// Commits what is queued.
pub(crate) struct Committer {
    db: Db,
    folder: Held,
    state: Mutex<State>,
    room: Arc<Semaphore>,
    idle: Notify,
}

impl Committer {
    pub(crate) fn new(db: Db, folder: Held) -> Arc<Self> {
        Arc::new(Self {
            db,
            folder,
            state: Mutex::default(),
            room: Arc::new(Semaphore::new(QUEUE)),
            idle: Notify::new(),
        })
    }

    /// Commits a request together with those of others.
    pub(crate) async fn commit(self: &Arc<Self>, request: Box<Request>) -> Result<Appended, Error> {
        let room = Arc::clone(&self.room).acquire_owned().await;
        let (answer, answered) = oneshot::channel();
        let queued = Queued {
            request,
            answer,
            _room: room.map_err(|_| Error::Closed)?,
        };
        if self.queue(queued)? {
            Finishing::new(Arc::clone(self).begin()).await;
        }
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Finishes what is queued and takes no more.
    pub(crate) async fn close(&self) {
        self.room.close();
        self.state().closed = true;
        loop {
            let idle = self.idle.notified();
            if !self.state().committing {
                break;
            }
            idle.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody is committing yet: then it is up to who asks.
    fn queue(&self, queued: Queued) -> Result<bool, Error> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::Closed);
        }
        state.queue.push_back(queued);
        Ok(!std::mem::replace(&mut state.committing, true))
    }

    /// Commits one batch; what was queued meanwhile is committed by a task of its own.
    async fn begin(self: Arc<Self>) {
        let unwinding = Unwinding(&self);
        self.commit_batch().await;
        if self.more() {
            tokio::spawn(Arc::clone(&self).go_on());
        }
        std::mem::forget(unwinding);
    }

    async fn go_on(self: Arc<Self>) {
        let unwinding = Unwinding(&self);
        loop {
            self.commit_batch().await;
            if !self.more() {
                break;
            }
        }
        std::mem::forget(unwinding);
    }

    /// Whether there is more to commit; if not, the next who comes commits.
    fn more(&self) -> bool {
        let mut state = self.state();
        if state.queue.is_empty() {
            state.committing = false;
            self.idle.notify_waiters();
        }
        state.committing
    }

    async fn commit_batch(&self) {
        self.gather().await;
        let batch = self.next();
        let (requests, waiting): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|queued| (queued.request, queued.answer))
            .unzip();
        let outcomes = match self.folder.require_room() {
            Ok(()) => settle(&self.db, &requests).await,
            Err(full) => refuse_all(&full, requests.len()),
        };
        for (answer, outcome) in waiting.into_iter().zip(outcomes) {
            // Nobody may be waiting any more; what was written stays written.
            let _ = answer.send(outcome);
        }
    }

    /// Lets tasks that are ready hand in their requests too, as long as any do; waits for nobody.
    async fn gather(&self) {
        loop {
            let before = self.state().queue.len();
            tokio::task::yield_now().await;
            let now = self.state().queue.len();
            if now == before || now >= ENOUGH {
                break;
            }
        }
    }

    /// What is left is next.
    fn next(&self) -> Vec<Queued> {
        let queue = &mut self.state().queue;
        let size = queue.len().min(ENOUGH);
        queue.drain(..size).collect()
    }
}

/// Without it, those who wait would wait for ever for a committer that panicked.
struct Unwinding<'a>(&'a Committer);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.committing = false;
        state.queue.clear();
        self.0.idle.notify_waiters();
    }
}

/// Work that goes on in a task of its own when whoever does it goes away.
struct Finishing {
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    runtime: Handle,
}

impl Finishing {
    fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            work: Some(Box::pin(work)),
            runtime: Handle::current(),
        }
    }
}

impl Future for Finishing {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(work) = &mut self.work else {
            return Poll::Ready(());
        };
        let done = work.as_mut().poll(context);
        if done.is_ready() {
            self.work = None;
        }
        done
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.runtime.spawn(work);
        }
    }
}

/// The outcome of every request of a batch.
async fn settle(db: &Db, requests: &[Box<Request>]) -> Vec<Result<Appended, Error>> {
    let error = match written(db, requests).await {
        Ok(outcomes) => return outcomes,
        Err(error) => error,
    };
    match error {
        Error::Database(_) | Error::TimerLost if requests.len() > 1 => {
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

/// One transaction, tried again after a serialisation failure, a deadlock or a lost connection.
async fn written(
    db: &Db,
    requests: &[Box<Request>],
) -> Result<Vec<Result<Appended, Error>>, Error> {
    let mut tried = 0;
    loop {
        tried += 1;
        match batch::write(db, requests).await {
            Err(Error::Database(error)) if tried < TRIES && is_transient(&error) => {
                tokio::time::sleep(Duration::from_millis(u64::from(tried) * 3)).await;
            }
            outcome => return outcome,
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
