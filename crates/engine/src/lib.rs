//! The rules at work: evaluation with explanation, calendar, state machine, spreading, the convenant's own life, replay.
//!
//! Pure: no clock, no files, no network, no randomness. Time comes in as an argument.

mod case;
mod life;
mod refusal;
mod rules;

pub use case::*;
pub use life::*;
pub use refusal::*;
pub use rules::*;
