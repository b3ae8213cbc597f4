//! Copying what was written from the log of SQLite (its WAL) into the file of a data folder, beside whoever writes.
//!
//! SQLite itself does that at the end of a commit, while everybody waits for it. Here a thread of its own is told how much was written.
//! Batches wait only for the little that is left then, or when the WAL has become long in spite of it: once all of it is copied, it begins
//! at its front again.
//! Invariant: nothing depends on it; what is committed is durable in the WAL.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

/// Pages in the WAL, not copied yet, at which copying begins.
const SOON: i64 = 8_000;
/// What is so little is copied while writers wait.
const LITTLE: i64 = 1_000;
/// Pages in the WAL above which writers wait, however much is left: 128 MiB.
const LONG: i64 = 32_000;
/// How often it is tried to leave little.
const PASSES: u32 = 3;
/// Rows written between two looks at the WAL. A row changes about a page, or less.
const ROWS: usize = 500;

/// The thread that copies, until it is closed.
pub(crate) struct Checkpointer {
    /// Held while it copies: SQLite refuses a second one without waiting.
    copying: Arc<Mutex<()>>,
    /// Written since it was last told.
    written: AtomicUsize,
    thread: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl Checkpointer {
    /// Copies over this connection. What `still` is given happens while no batch is written.
    pub(crate) fn start(
        connection: Connection,
        still: impl Fn(&mut dyn FnMut()) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tell, told) = sync_channel(1);
        let copying = Arc::new(Mutex::new(()));
        let at_work = Arc::clone(&copying);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || copy(&connection, &told, &at_work, &still))?;
        Ok(Self {
            copying,
            written: AtomicUsize::new(0),
            thread: Mutex::new(Some((tell, thread))),
        })
    }

    /// So many rows were written.
    pub(crate) fn wrote(&self, rows: usize) {
        if self.written.fetch_add(rows, Ordering::Relaxed) + rows < ROWS {
            return;
        }
        self.written.store(0, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((tell, _)) = &*thread {
            // It may have been told already, or have ended.
            let _ = tell.try_send(());
        }
    }

    /// Waits until it copies nothing; it begins nothing as long as this is held.
    pub(crate) fn pause(&self) -> MutexGuard<'_, ()> {
        self.copying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread and closes its connection.
    pub(crate) fn close(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((tell, thread)) = thread {
            drop(tell);
            // One that panicked has ended too.
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.close();
    }
}

fn copy(
    connection: &Connection,
    told: &Receiver<()>,
    copying: &Mutex<()>,
    still: &impl Fn(&mut dyn FnMut()),
) {
    for () in told {
        let _copying = copying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = copy_once(connection, still) {
            tracing::warn!(%error, "the WAL could not be copied into the database; that is tried again");
        }
    }
}

/// All of it, or as much as it can while others write.
fn copy_once(connection: &Connection, still: &impl Fn(&mut dyn FnMut())) -> rusqlite::Result<()> {
    let (mut pages, mut left) = checkpoint(connection, "NOOP")?;
    if left < SOON {
        return Ok(());
    }
    for _ in 0..PASSES {
        checkpoint(connection, "PASSIVE")?;
        (pages, left) = checkpoint(connection, "NOOP")?;
        if left < LITTLE {
            break;
        }
    }
    let mut done = Ok((0, 0));
    if left < LITTLE || pages > LONG {
        still(&mut || done = checkpoint(connection, "PASSIVE"));
    }
    done.map(|_| ())
}

/// Copies what nobody has to wait for, or nothing; gives the pages in the WAL, and those that are not copied.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row((), |row| {
            let (pages, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok((pages, pages - copied))
        })
}
