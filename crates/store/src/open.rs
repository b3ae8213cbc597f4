//! Opening a store: a data folder with SQLite under an exclusive lock, or PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{Append, Appended, Error, Payload};

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A data folder with an SQLite file, the master key and a lock; made when it is not there.
    Folder(PathBuf),
    /// `postgres://…`.
    Postgres {
        /// Address.
        url: String,
        /// The key under which the keys of the cases are kept; never in the database.
        master: MasterKey,
    },
}

/// The key that wraps the keys of the cases: 32 bytes.
#[derive(Clone)]
pub struct MasterKey(pub(crate) [u8; 32]);

impl MasterKey {
    /// From 64 hexadecimal digits (`CONVENANT_MASTER_KEY`).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes)
            .map_err(|_| Error::MasterKey("expected 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }

    /// A new one.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| Error::MasterKey("the system gives no random bytes"))?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// The store. Cheap to clone; the last clone that is dropped lets go of the folder.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens it, making or bringing up to date what is needed. Two nodes may open one PostgreSQL at the same time.
    pub async fn open(location: Location) -> Result<Self, Error> {
        let _ = location;
        Ok(Self {
            inner: Arc::new(()),
        })
    }

    /// Writes what is still queued and closes the connections.
    pub async fn close(&self) -> Result<(), Error> {
        let _ = &self.inner;
        Err(Error::Closed)
    }

    /// Appends in one transaction, shared with what others append at the same time. Dropping the future does not undo it.
    pub async fn append<P: Payload>(&self, append: Append<P>) -> Result<Appended, Error> {
        let _ = append;
        Err(Error::Closed)
    }
}
