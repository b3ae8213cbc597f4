//! Tests over the whole: the house itself and the real binary end to end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod apportionment;
mod browser;
mod contents;
mod data;
mod dates;
mod house;
mod kill;
mod nodes;
mod rules;
