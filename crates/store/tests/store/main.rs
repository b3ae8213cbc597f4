//! The store's tests: the same ones on SQLite and on a real PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

/// Every test twice: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::postgres().await).await;
            })*
        }
    };
}

mod appending;
mod claims;
mod concurrent;
mod deliveries;
mod endpoints;
mod erasing;
mod feeds;
mod folder;
mod homes;
mod killed;
mod lists;
mod nodes;
mod outbox;
mod people;
mod pruning;
mod timers;
mod verifying;
mod world;
