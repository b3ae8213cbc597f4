//! Spreading: how many placements each party takes, and which party is next.
//!
//! Input: the section `spreiding` of a scheme, the ledger, a day, and what is known of the case. Output: targets as exact fractions
//! and whole numbers, and a proposal that lists every party with its reason. Invariants: exact arithmetic only; ties go
//! to the party that stands first in the file; same input, same answer.

mod apportion;
mod behind;
mod bound;
mod fraction;
mod ledger;
mod period;
mod proposal;
mod propose;
mod shares;
mod standing;

pub use apportion::*;
pub(crate) use behind::Behind;
pub use bound::*;
pub use fraction::*;
pub use ledger::*;
pub use period::*;
pub use proposal::*;
pub use shares::SpreadError;
pub use standing::Spread;

#[cfg(test)]
mod tests;
