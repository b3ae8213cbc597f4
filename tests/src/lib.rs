//! What tests of several crates share: generators, test servers, and the real program with a client for it.

pub mod generate;
pub mod http;
pub mod postgres;
pub mod program;
pub mod python;
