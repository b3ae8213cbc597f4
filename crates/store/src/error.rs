//! What can go wrong in the store. Messages name no person and no fact of a case: personal data is sealed before it comes
//! near a statement.

use std::io;
use std::path::PathBuf;

use sea_orm::DbErr;

use crate::{HomeId, HomeState, StreamId};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process holds the data folder.
    #[error("data folder `{}` is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The data folder cannot be made or written.
    #[error("data folder `{}` is not writable", folder.display())]
    NotWritable {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A newer program has been here; this one would not understand what it finds.
    #[error(
        "the data is from a newer version of this program (it has `{found}`); use that version, or another data folder"
    )]
    Newer {
        /// The migration that is not known here.
        found: String,
    },
    /// The master key is missing, malformed, or not the one that this database was made with.
    #[error("master key: {0}")]
    MasterKey(&'static str),
    /// The place to open is neither a folder nor a `postgres://` address.
    #[error("the database address must begin with `postgres://`")]
    BadAddress,
    /// A region key has other characters than lower-case letters, digits and hyphens.
    #[error("a region key has 1 to 64 lower-case letters, digits and hyphens")]
    BadRegionKey,
    /// Not a stream id.
    #[error("not a case id: expected a UUID")]
    BadStreamId,
    /// Not a hash.
    #[error("not a hash: expected 64 hexadecimal digits")]
    BadHash,
    /// The idempotency key is empty or too long.
    #[error("an idempotency key has 1 to 200 characters")]
    BadCommandKey,
    /// Somebody else was first: load again, decide again.
    #[error("stream {stream} has moved on: expected sequence number {expected}, it is {actual}")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// What the caller had seen.
        expected: u32,
        /// What is there.
        actual: u32,
    },
    /// The region's placements have changed since they were read: load them again, decide again.
    #[error("the placements have moved on: expected version {expected}, it is {actual}")]
    LedgerConflict {
        /// What the caller had seen.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// The region's people have changed since they were read: load them again, change them again.
    #[error("the people have changed: expected version {expected}, it is {actual}")]
    PeopleConflict {
        /// What the caller had seen.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// The same idempotency key came with another command.
    #[error("this idempotency key was used for another command")]
    KeyReused,
    /// The timer was fired, stopped, moved, or claimed by another worker in the meantime.
    #[error("the timer is no longer held by this claim")]
    TimerLost,
    /// The outbox row is held by another worker, or was delivered.
    #[error("the notification is no longer held by this claim")]
    DeliveryLost,
    /// There is no such stream in this region.
    #[error("no such case in this region")]
    NoSuchStream,
    /// This party has no such endpoint.
    #[error("no such endpoint of this party")]
    NoSuchEndpoint,
    /// This party has as many endpoints as it may have.
    #[error("a party has at most {most} endpoints")]
    TooManyEndpoints {
        /// So many.
        most: usize,
    },
    /// There is no such home in this region.
    #[error("no such home in this region")]
    NoSuchHome,
    /// The home is not in a state in which this can happen to it: somebody else was first.
    #[error("home {home} is {state:?}")]
    HomeRefused {
        /// Which home.
        home: HomeId,
        /// What it is instead.
        state: HomeState,
    },
    /// The home has changed since it was read: read it again, decide again.
    #[error("home {home} has changed: expected version {expected}, it is {actual}")]
    HomeConflict {
        /// Which home.
        home: HomeId,
        /// What the caller had seen.
        expected: u32,
        /// What is there.
        actual: u32,
    },
    /// There is no such version in this region.
    #[error("no such version in this region")]
    NoSuchVersion,
    /// The case was erased: nothing personal can be added to it any more.
    #[error("the case was erased")]
    Erased,
    /// An append that contradicts itself; a mistake of the caller.
    #[error("malformed append: {0}")]
    Malformed(&'static str),
    /// The disk is nearly full: nothing is written any more, everything can be read.
    #[error(
        "the disk is nearly full ({free} bytes free): nothing is written until there is room again; reading goes on"
    )]
    DiskFull {
        /// Bytes free.
        free: u64,
    },
    /// It is not known whether it was written. The same command with the same idempotency key settles it.
    #[error("it is not known whether this was written; repeat it with the same idempotency key")]
    UnknownOutcome(#[source] DbErr),
    /// What is stored contradicts itself.
    #[error("the stored data is damaged: {0}")]
    Damaged(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The database refused; nothing was written.
    #[error("the database refused")]
    Database(#[from] DbErr),
    /// A payload could not be written as or read from JSON.
    #[error("an event could not be read or written")]
    Json(#[from] serde_json::Error),
    /// Files or the operating system.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// The database does not answer, cannot be reached, or was lost on the way: nothing was written.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Error::Database(DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) => true,
            Error::Database(error) => crate::db::is_lost(error),
            _ => false,
        }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Error::Damaged(what.into())
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Error::Io { what, source }
    }
}
