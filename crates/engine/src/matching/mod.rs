//! Matching: every waiting client and every home at once, to proven optimality, with reasons.
//!
//! Input: a `Problem`, in which each pair of a client and a home carries the hard rules that it breaks and its rank by each preference.
//! Output: a `Matching`. In this order, each decided exactly before the next counts: no hard rule and no cap is broken; as many
//! clients as possible have a home; preferences in declared order; the deadlines of who goes without; the balance of the ledger;
//! the order of clients and homes. Invariants: whole numbers only; one problem has one answer.

mod answer;
mod balance;
mod certify;
mod components;
mod conflict;
mod cost;
mod crossing;
mod exchange;
mod explain;
mod flow;
mod network;
mod objective;
mod order;
mod problem;
mod residual;
mod rule_set;
mod shortlist;
mod solve;

pub use answer::*;
pub use conflict::smallest_conflict;
pub use explain::*;
pub use problem::*;
pub use rule_set::*;
pub use solve::*;

#[cfg(test)]
mod tests;
