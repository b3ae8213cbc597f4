//! Webhooks and server-sent events over real sockets: bad receivers, the guard, the API, streams of two nodes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod api;
mod consent;
mod guard;
mod receiver;
mod sending;
mod stream;
mod tls;
