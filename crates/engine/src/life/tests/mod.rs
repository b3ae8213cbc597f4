//! What always holds of a convenant's life, over random agreements and commands; and stories of single rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod properties;
mod stories;
