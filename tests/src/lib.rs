//! What tests of several crates share: generators and test servers.

pub mod generate;
pub mod postgres;
