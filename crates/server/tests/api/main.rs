//! The HTTP API over the three regions, in one process: every test on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

/// Every test twice: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::common::Backend::Sqlite).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::common::Backend::Postgres).await;
            })*
        }
    };
}

mod agreed;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod homes;
mod homes_along;
mod homes_page;
mod life;
mod matching;
mod people;
mod reports;
mod spreading;
