//! The rules at work: evaluation with explanation, calendar, state machine, spreading, the convenant's own life, replay.
//!
//! Pure: no clock, no files, no network, no randomness. Time comes in as an argument.

pub mod calendar;
mod case;
mod life;
mod refusal;
mod rules;
pub mod spread;

pub use calendar::{civil_date, start_of_day, Holidays};
pub use case::*;
pub use life::*;
pub use refusal::*;
pub use rules::*;
pub use spread::Ledger;
