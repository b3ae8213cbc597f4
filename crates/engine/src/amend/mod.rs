//! An amendment (`overgang`): running cases under the version before, and their move to the new one.
//!
//! Input: the programs of both versions and a case. Output: `Migration` (what each step of the old version comes to, and every
//! id translated by name), the events of the move, and what the move would lose. Invariants: a case is pinned to the version
//! under which it started until its `overgang` moves it; no deadline gets earlier unless an `uitzondering` names it; the one event
//! `Moved` holds all that its fold needs.

mod build;
mod decide;
mod fold;
mod loss;
mod names;
mod translation;

pub use build::{Migration, MigrationError, migration};
pub use decide::decide_migration;
pub(crate) use fold::translate;
pub use loss::{Loss, LossKind};
pub use translation::*;

#[cfg(test)]
mod tests;
