//! The append-only log and everything derived from it, on SQLite and PostgreSQL.
//!
//! Input: decisions of the engine as `Append`s. Output: streams, lists, claimed timers and notifications. Only this crate knows rows.
//! Invariants: events, case row, timers, outbox, placements and idempotency key are written in one transaction; every event carries
//! the hash of the one before it; personal facts lie encrypted beside the log, which holds only salted commitments.

mod append;
mod error;
mod ids;
mod open;
mod outbox;
mod payload;
mod read;
mod timers;
mod verify;

pub use append::*;
pub use error::Error;
pub use ids::*;
pub use open::*;
pub use outbox::*;
pub use payload::Payload;
pub use read::*;
pub use timers::*;
pub use verify::*;
