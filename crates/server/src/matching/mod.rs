//! Matching of the clients that wait and the homes that are free, under the convenant of a region.
//!
//! Input: cases, homes, placements, a day. Output: who gets which home, and why. Invariants: pure, so that the server and the command line
//! answer the same; the same question has the same answer; no value of a fact stands in a reason.

mod gather;
mod question;
mod stated;
mod told;

pub use gather::{Gathered, Only};
pub use question::{Free, Question, Waiting, offer_of, waits};
pub use stated::{HardRule, Stated, StatingError};
pub use told::{LevelView, LineView, NoneView, RuleView, ScoreView, Teller, WhyNotView, foremost};
