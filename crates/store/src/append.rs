//! What is written in one transaction: events, case row, timers, notifications, placements, homes, and the command that caused it.
//!
//! Input: an `Append`. Output: `Appended`, also when the same command comes a second time. Invariant: all of it or nothing.

use convenant_engine::{Case, Effect, Moment, Place, RunningDeadline, Stopped};
use convenant_lang::model::{PartyId, SchemeId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Error, Hash, HomeWrite, RegionKey, StreamId, TimerClaim};

/// One unit of work on one stream.
#[derive(Debug, Clone)]
pub struct Append<P> {
    /// Region.
    pub region: RegionKey,
    /// Stream; a new one for a new case.
    pub stream: StreamId,
    /// The sequence number that the decision was based on: the number of events in the stream; 0 opens it.
    pub expected: u32,
    /// Needed when `expected` is 0.
    pub opening: Option<Opening>,
    /// Moves the stream to another version of the region's file (an `overgang`), from these events on.
    pub version: Option<Hash>,
    /// To append, in order; may be empty (a timer that changes nothing is still deleted).
    pub events: Vec<P>,
    /// What the case row shows afterwards; none leaves it (the life of the convenant has none).
    pub row: Option<CaseState>,
    /// Timers set and removed, in order.
    pub timers: Vec<TimerChange>,
    /// The timer that this firing settles: deleted in the same transaction, refused when the claim was lost.
    pub fires: Option<TimerClaim>,
    /// Notifications that are intended.
    pub notifications: Vec<Outgoing>,
    /// Placements, with the version of the region's ledger that they were decided on.
    pub booking: Option<Booking>,
    /// Homes that change with it: an offer, its answer.
    pub homes: Vec<HomeWrite>,
    /// The command, for idempotency.
    pub command: Option<CommandId>,
}

impl<P> Append<P> {
    /// Nothing yet: set the fields that matter.
    pub fn new(region: RegionKey, stream: StreamId, expected: u32) -> Self {
        Self {
            region,
            stream,
            expected,
            opening: None,
            version: None,
            events: Vec::new(),
            row: None,
            timers: Vec::new(),
            fires: None,
            notifications: Vec::new(),
            booking: None,
            homes: Vec::new(),
            command: None,
        }
    }

    /// This append fires a timer: what it tells was caused when the timer was due, however late that is.
    pub fn fired_by(&mut self, fires: Option<TimerClaim>) {
        if let Some(claim) = &fires {
            for outgoing in &mut self.notifications {
                outgoing.deliver_after = Some(claim.due_at);
            }
        }
        self.fires = fires;
    }

    /// Takes over the effects of a decision: timers, and notifications as JSON of `Notification`.
    pub fn effects(&mut self, effects: &[Effect]) -> Result<(), Error> {
        for effect in effects {
            match effect {
                Effect::StartTimer { key, at } => self.timers.push(TimerChange::Set {
                    name: TimerName::of(key)?,
                    at: *at,
                }),
                Effect::StopTimer { key } => self.timers.push(TimerChange::Clear {
                    name: TimerName::of(key)?,
                }),
                Effect::Notify(notification) => self.notifications.push(Outgoing {
                    body: serde_json::to_string(notification)?,
                    deliver_after: None,
                }),
            }
        }
        Ok(())
    }
}

/// What a new stream begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The version of the region's file to which it is pinned.
    pub version: Hash,
    /// A case, or the convenant's life.
    pub sort: Sort,
    /// The civil year in the case number (`UTR-2018-0042`); a life has no number.
    pub year: i16,
}

/// Sorts of streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A case.
    Case,
    /// The convenant's own life.
    Life,
}

/// What the case row shows: the queryable part of a `Case`, without facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseState {
    /// Where it is.
    pub place: Place,
    /// When it entered it.
    pub entered: Moment,
    /// Scheme.
    pub scheme: Option<SchemeId>,
    /// When it was opened.
    pub opened: Option<Moment>,
    /// By `PartyKind as usize`.
    pub parties: [Option<PartyId>; 6],
    /// Deadlines that run.
    pub deadlines: Vec<RunningDeadline>,
    /// Those that have passed while running.
    pub overdue: Vec<u32>,
    /// The current suspension.
    pub stopped: Option<Stopped>,
}

impl CaseState {
    /// The queryable part of this case.
    pub fn of(case: &Case) -> Self {
        Self {
            place: case.place,
            entered: case.entered,
            scheme: case.scheme,
            opened: case.opened,
            parties: case.parties,
            deadlines: case.deadlines.clone(),
            overdue: case.overdue.clone(),
            stopped: case.stopped,
        }
    }
}

/// Names a timer within its stream: the JSON of its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerName(pub(crate) String);

impl TimerName {
    /// From a key (`TimerKey` for a case).
    pub fn of<K: Serialize>(key: &K) -> Result<Self, Error> {
        Ok(Self(serde_json::to_string(key)?))
    }

    /// Back to the key.
    pub fn key<K: serde::de::DeserializeOwned>(&self) -> Result<K, Error> {
        Ok(serde_json::from_str(&self.0)?)
    }
}

/// A change of timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerChange {
    /// Set it, instead of one with the same name; a claim on the old one is lost.
    Set {
        /// Which.
        name: TimerName,
        /// When it is due.
        at: Moment,
    },
    /// Remove it, if it is there.
    Clear {
        /// Which.
        name: TimerName,
    },
}

/// A notification that is intended: it gets the id (stream, sequence number, n) and stays until it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// JSON of what is told to whom; no personal data (it is not sealed).
    pub body: String,
    /// Not before this moment; none means at once.
    pub deliver_after: Option<Moment>,
}

/// Placements to book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The version of the region's ledger that the decision was based on.
    pub expected: u64,
    /// What to book.
    pub placements: Vec<Booked>,
}

/// One placement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Scheme.
    pub scheme: SchemeId,
    /// Party.
    pub party: PartyId,
    /// Neighbourhood.
    pub neighbourhood: Option<String>,
    /// Day.
    pub on: Date,
    /// Whether it departed from the rules.
    pub departure: bool,
}

/// An idempotency key with the command it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandId {
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
}

impl CommandId {
    /// A key (unique in the region, at most 200 characters) and the command (with its actor and stream), of which only a keyed
    /// hash is kept.
    pub fn new<C: Serialize>(key: &str, command: &C) -> Result<Self, Error> {
        if key.is_empty() || key.chars().count() > 200 || key.contains('\0') {
            return Err(Error::BadCommandKey);
        }
        Ok(Self {
            key: key.to_owned(),
            body: serde_json::to_vec(command)?,
        })
    }
}

/// The answer to an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Stream.
    pub stream: StreamId,
    /// Sequence number of the stream afterwards.
    pub seq: u32,
    /// Number of events that this command appended: the last ones up to `seq`.
    pub events: u32,
    /// Hash of the last event: commits to the whole stream up to here.
    pub head: Hash,
    /// The case number (`UTR-2018-0042`); empty for a life.
    pub number: String,
    /// The command had been carried out before; nothing new was written.
    pub repeated: bool,
}
