//! Rules at work: the conditions of a file, evaluated in Kleene's three values, with an explanation.
//!
//! `explain` gives the whole tree; `verdict` gives the same outcome with the deciding clauses as bits, from conditions that were compiled
//! to comparisons of slots.

mod compile;
mod explain;
mod explanation;
mod json;
mod slots;
#[cfg(test)]
mod tests;
mod truth;
mod value;
mod verdict;

pub use compile::Rules;
pub(crate) use explain::assess;
pub use explain::explain;
pub use explanation::*;
pub use json::FactReader;
pub use slots::FactSlots;
pub(crate) use truth::{facts as facts_of, missing, tree, truth};
pub(crate) use value::Env;
pub use verdict::{DayRules, Verdict};
