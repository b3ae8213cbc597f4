//! The server: regions and their cases behind an HTTP API and plain pages, and the worker that fires timers and
//! delivers notifications.
//!
//! Input: region folders, a store, a clock. Output: answers, pages, inbox messages and mail files. Invariants: every change
//! of a case goes through the engine's `decide` and one `append`; only this crate knows JSON and pages; it listens on
//! loopback only.

pub mod accounts;
pub mod act;
pub mod agenda;
pub mod amendment;
pub mod books;
mod cache;
pub mod cases;
pub mod channel;
pub mod clock;
pub mod dates;
pub mod delivery;
pub mod digest;
pub mod directory;
mod firing;
pub mod history;
pub mod homes;
pub mod http;
pub mod lease;
pub mod letters;
pub mod life;
pub mod matching;
pub mod next;
pub mod problem;
pub mod recompute;
pub mod regions;
pub mod schedule;
pub mod serve;
pub mod sight;
pub mod spool;
mod term;
pub mod text;
mod unread;
pub mod value;
pub mod words;
pub mod worker;
pub mod yaml;

pub use serve::{Config, Handle, ServeError, serve};
