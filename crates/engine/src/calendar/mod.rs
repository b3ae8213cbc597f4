//! The calendar: days off, the counting of deadlines, and civil dates in Europe/Amsterdam.
//!
//! Input: dates, moments and lengths of time. Output: the last day of a deadline, and on request how it came about.
//! Invariants: which days are off comes from a data file only; no clock, no environment and no system time zone is read; every
//! overflow and every day that the data do not cover is an error, never a guess.

mod count;
mod day;
pub(crate) use day::Day;
mod due;
mod holidays;
mod zone;

pub use count::*;
pub use due::*;
pub use holidays::*;
pub use zone::*;

#[cfg(test)]
mod tests;
