//! The append-only log and everything derived from it, on SQLite and PostgreSQL.
//!
//! Input: decisions of the engine as `Append`s. Output: streams, lists, claimed timers and notifications. Only this crate knows rows.
//! Invariants: events, case row, timers, outbox, placements, homes and idempotency key are written in one transaction; every event carries
//! the hash of the one before it; personal facts lie encrypted beside the log, which holds only salted commitments.

mod append;
mod batch;
mod checkpoint;
mod commit;
mod db;
mod deliveries;
mod direct;
mod endpoints;
mod erase;
mod error;
mod feeds;
mod homes;
mod ids;
mod lists;
mod matchings;
mod messages;
mod occurrences;
mod open;
mod outbox;
mod payload;
mod people;
mod prune;
mod read;
mod region;
mod request;
mod rows;
mod schema;
mod sealing;
mod timers;
mod verify;
mod walk;
mod writer;

pub use append::*;
pub use deliveries::{
    DeadLetter, DeliveryClaim, DeliveryRow, DeliveryState, Gathered, NewDelivery, Settlement,
    Verdict,
};
pub use endpoints::{
    BY_PARTY, Consent, Endpoint, EndpointChange, EndpointId, EndpointSecrets, EndpointState,
    NewEndpoint, Tried,
};
pub use error::Error;
pub use feeds::FeedRow;
pub use homes::{
    FellAway, HomeActor, HomeChange, HomeEvent, HomeFacts, HomeFilter, HomeId, HomeRow,
    HomeStanding, HomeState, HomeWrite, NewHome, NotReported, Reported, WhyNotReported,
};
pub use ids::*;
pub use lists::{CaseFilter, CaseRow, Counts, DeadlineFilter, DeadlineRow};
pub use matchings::{LineAct, LineKept, LineState, MatchingLine, MatchingRow, NewMatching, Unless};
pub use messages::{
    Awaiting, Awaits, MessageFilter, MessageRow, NewMessage, Occasion, UnreadCount,
};
pub use open::{Location, MasterKey, Store};
pub use outbox::{FannedOut, OutboxClaim, OutboxId, OutboxRow, OutboxState};
pub use payload::Payload;
pub use people::{People, PeopleChange, PersonRow};
pub use prune::{Pruned, Sweep};
pub use read::{Head, Loaded, Recorded};
pub use region::{Ledger, LedgerRow, VersionRow};
pub use timers::{Lease, Timer, TimerClaim};
pub use verify::{Fault, FaultKind, Verified};
