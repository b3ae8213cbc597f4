//! Tests of the matching: against every possible answer, against answers known by hand, and by laws.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod exhaustive;
mod instances;
mod known;
mod laws;
mod reasons;

use super::*;
use crate::spread::{Fraction, PartyTarget};
use convenant_lang::model::PartyId;

/// A party that has to place so many and has placed so many.
fn party(number: u16, due: i64, placed: u32) -> Option<PartyTarget> {
    Some(PartyTarget {
        party: PartyId(number),
        exact: Fraction::whole(due),
        rounded: Some(due),
        carried: 0,
        placed,
        departures: 0,
        released: 0,
    })
}
