//! Channels: the ways by which a message reaches somebody, each real.
//!
//! Input: one message for one receiver. Output: an `Outcome`. Invariants: a message carries a stable id, so that a repeated try can be
//! recognised by whoever receives it; what is not known for sure is `Ambiguous`, never guessed; no outcome holds personal data.

pub mod calendar;
pub mod config;
pub mod endpoints;
pub mod event;
pub mod guard;
pub mod html;
pub mod letter;
pub mod live;
mod paragraphs;
pub mod post;
pub mod smtp;
pub mod webhook;

use std::time::Duration;

/// How one try to hand a message over went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took responsibility for it.
    Delivered,
    /// Not now: try again, not earlier than the other side asked for.
    Later {
        /// What the other side said, or what went wrong; no addresses, no content.
        reason: String,
        /// At least so long from now.
        after: Option<Duration>,
    },
    /// Never: the other side refuses this message or this receiver for good.
    Refused {
        /// What it said; no addresses, no content.
        reason: String,
    },
    /// It may have arrived: the connection was lost after the message was handed over and before the answer.
    Ambiguous {
        /// What went wrong.
        reason: String,
    },
}
