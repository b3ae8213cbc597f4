//! What always holds of decisions, over random agreements and random commands; and stories of single rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod dates;
mod homes;
mod objections;
mod people;
mod properties;
pub(crate) mod random;
mod regions;
mod stories;
