//! The rules at work: evaluation with explanation, calendar, state machine, spreading, the convenant's own life, replay.
//!
//! Pure: no clock, no files, no network, no randomness. Time comes in as an argument.

#![allow(
    clippy::result_large_err,
    reason = "a refusal is an ordinary answer that carries its clause; boxing it would cost every caller an indirection"
)]

mod amend;
pub mod authority;
pub mod calendar;
mod case;
mod context;
mod dates;
mod decide;
mod fold;
pub mod homes;
mod life;
pub mod matching;
pub mod oversight;
mod program;
mod refusal;
mod rules;
mod ruling;
mod running;
pub mod spread;
mod trace;

pub use amend::*;
pub use calendar::{HolidayProblem, Holidays, civil_date, civil_time, start_of_day};
pub use case::*;
pub use context::*;
pub use dates::*;
pub use decide::{decide, may_move, moved_by_hand};
pub use fold::{apply, replay};
pub use life::*;
pub use program::*;
pub use refusal::*;
pub use rules::*;
pub use running::{DeadlineSpec, timers, unread_at};
pub use spread::Ledger;
pub use trace::*;
