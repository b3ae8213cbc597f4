//! The rules at work: evaluation with explanation, calendar, state machine, spreading, the convenant's own life, replay.
//!
//! Pure: no clock, no files, no network, no randomness. Time comes in as an argument.

mod case;
mod refusal;

pub use case::*;
pub use refusal::*;
