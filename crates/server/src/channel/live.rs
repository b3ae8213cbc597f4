//! Live counts: how many messages somebody has not read, told as it changes.
//!
//! Input: how to ask for a count. Output: a `Watch` per stream. Invariants: counts come from the database, so that every node of several
//! sees what another wrote; a node asks once per tick for each reader, however many streams that reader has, and not at all without
//! streams; a slow stream sees the latest count and misses only what is over.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use convenant_store::{Error as StoreError, RegionKey, UnreadCount};
use tokio::sync::{Notify, watch};

use crate::accounts::Account;

/// How often the database is asked.
const TICK: Duration = Duration::from_secs(1);

/// Streams of one account on a node: a person with some windows.
const MOST_PER_ACCOUNT: usize = 8;

/// Streams on a node.
const MOST: usize = 2_000;

/// Asks for what an account has not read.
pub type Unread = Arc<dyn Fn(&RegionKey, &Account) -> Counted + Send + Sync>;

/// What asking comes to.
pub type Counted = Pin<Box<dyn Future<Output = Result<UnreadCount, StoreError>> + Send>>;

/// Too many streams are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many streams are open")]
pub struct TooMany;

type Key = (RegionKey, String);

struct Reader {
    account: Account,
    counts: watch::Sender<Option<UnreadCount>>,
    streams: usize,
}

#[derive(Default)]
struct Readers {
    by_key: BTreeMap<Key, Reader>,
    streams: usize,
    is_asking: bool,
}

struct Inner {
    unread: Unread,
    readers: Mutex<Readers>,
    hint: Notify,
}

/// The live counts of a node. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

/// One stream's view of the counts of its account.
pub struct Watch {
    inner: Arc<Inner>,
    key: Key,
    counts: watch::Receiver<Option<UnreadCount>>,
}

impl Live {
    /// With this way to ask.
    pub fn new(unread: Unread) -> Live {
        Live {
            inner: Arc::new(Inner {
                unread,
                readers: Mutex::default(),
                hint: Notify::new(),
            }),
        }
    }

    /// A stream for an account; its first count follows at once.
    pub fn watch(&self, region: &RegionKey, account: &Account) -> Result<Watch, TooMany> {
        let key = (region.clone(), account.id.clone());
        let mut readers = self.inner.readers();
        if readers.streams >= MOST {
            return Err(TooMany);
        }
        let reader = readers.by_key.entry(key.clone()).or_insert_with(|| Reader {
            account: account.clone(),
            counts: watch::Sender::new(None),
            streams: 0,
        });
        if reader.streams >= MOST_PER_ACCOUNT {
            return Err(TooMany);
        }
        reader.streams = reader.streams.saturating_add(1);
        let mut counts = reader.counts.subscribe();
        // Also what was counted before this stream came is new to it.
        counts.mark_changed();
        readers.streams = readers.streams.saturating_add(1);
        if !std::mem::replace(&mut readers.is_asking, true) {
            tokio::spawn(ask(self.inner.clone()));
        }
        drop(readers);
        self.hint();
        Ok(Watch {
            inner: self.inner.clone(),
            key,
            counts,
        })
    }

    /// Something may have changed: asks now instead of at the next tick. Only a hint; without it the change is seen all the same.
    pub fn hint(&self) {
        self.inner.hint.notify_one();
    }
}

impl Watch {
    /// The count when it differs from the one before, the first one included.
    pub async fn next(&mut self) -> Option<UnreadCount> {
        loop {
            self.counts.changed().await.ok()?;
            let count = *self.counts.borrow_and_update();
            if count.is_some() {
                return count;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut readers = self.inner.readers();
        readers.streams = readers.streams.saturating_sub(1);
        if let Some(reader) = readers.by_key.get_mut(&self.key) {
            reader.streams = reader.streams.saturating_sub(1);
            if reader.streams == 0 {
                readers.by_key.remove(&self.key);
            }
        }
    }
}

impl Inner {
    /// A lock that a panicking holder left behind still guards plain numbers.
    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for every reader, tick by tick, until there is none left.
async fn ask(inner: Arc<Inner>) {
    let mut failing = false;
    loop {
        let asked: Vec<(Key, Account)> = {
            let mut readers = inner.readers();
            if readers.by_key.is_empty() {
                readers.is_asking = false;
                return;
            }
            let all = readers.by_key.iter();
            all.map(|(key, reader)| (key.clone(), reader.account.clone()))
                .collect()
        };
        for (key, account) in asked {
            match (inner.unread)(&key.0, &account).await {
                Ok(count) => {
                    failing = false;
                    if let Some(reader) = inner.readers().by_key.get(&key) {
                        reader
                            .counts
                            .send_if_modified(|known| known.replace(count) != Some(count));
                    }
                }
                Err(error) => {
                    // Once, not every second for as long as the database is away.
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "unread messages cannot be counted");
                    }
                    break;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = inner.hint.notified() => {}
        }
    }
}
