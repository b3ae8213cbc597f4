//! Oversight: what a report counts and whether a norm is met, from the history of cases.
//!
//! Input: the events of cases, a period, the moment of asking. Output: counts, and shares as exact fractions. Invariants: a report on a
//! period that is over gives the same counts whenever it is asked for; nothing here knows who a client is.

mod norm;
mod record;
mod report;

pub use norm::*;
pub use record::*;
pub use report::*;

#[cfg(test)]
mod tests;
