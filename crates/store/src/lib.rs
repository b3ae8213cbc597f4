//! The append-only log and everything derived from it, on SQLite and PostgreSQL.
//!
//! Input: decisions of the engine as `Append`s. Output: streams, lists, claimed timers and notifications. Only this crate knows rows.
//! Invariants: events, case row, timers, outbox, placements and idempotency key are written in one transaction; every event carries
//! the hash of the one before it; personal facts lie encrypted beside the log, which holds only salted commitments.

mod append;
mod batch;
mod commit;
mod db;
mod erase;
mod error;
mod ids;
mod inbox;
mod lists;
mod logged;
mod open;
mod outbox;
mod payload;
mod read;
mod region;
mod request;
mod schema;
mod sealing;
mod timers;
mod verify;
mod writer;

pub use append::*;
pub use error::Error;
pub use ids::*;
pub use inbox::{InboxFilter, InboxMessage, InboxRow};
pub use lists::{CaseFilter, CaseRow, Counts, DeadlineFilter, DeadlineRow};
pub use open::{Location, MasterKey, Store};
pub use outbox::{Delivery, OutboxId, OutboxRow, OutboxState};
pub use payload::Payload;
pub use read::{Head, Loaded, Recorded};
pub use region::{Ledger, LedgerRow, VersionRow};
pub use timers::{Lease, Timer, TimerClaim};
pub use verify::{Fault, FaultKind, Verified};
