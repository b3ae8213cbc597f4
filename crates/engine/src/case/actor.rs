//! Who acts and when, and what may identify a person.

use convenant_lang::model::{PartyId, RoleId, Value};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. An input everywhere; never read from a clock here.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Who does something: a person for a party in a role, or the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, by the id of the account (never a name), acting for a party in a role.
    Person {
        /// Account id.
        person: String,
        /// For which party.
        party: PartyId,
        /// In which role.
        role: RoleId,
    },
    /// The clock: only `Command::Fire`.
    Clock,
}

/// Something that may identify a person: stored encrypted beside the log, with a salted commitment in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// A fact's value.
    Value(Value),
    /// Free text: a motivation, a reason.
    Text(String),
    /// Moved out to the sealed part number n of the event (only inside the store).
    Sealed(u16),
    /// The key was destroyed: nobody knows it any more.
    Erased,
}

impl Secret {
    /// The value, if it is one and is not erased.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Secret::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is one and is not erased.
    pub fn text(&self) -> Option<&str> {
        match self {
            Secret::Text(text) => Some(text),
            _ => None,
        }
    }
}
