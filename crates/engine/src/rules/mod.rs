//! Rules at work: the conditions of a file, evaluated in Kleene's three values, with an explanation.
//!
//! `explain` gives the whole tree; `verdict` gives the same outcome with the deciding clauses as bits, from conditions that were compiled
//! to comparisons of slots.

mod explanation;

pub use explanation::*;
