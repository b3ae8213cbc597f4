//! Outbox and inbox: a notification is intended once (with its events) and delivered at least once under a stable id.
//!
//! A worker claims rows under a lease, delivers them, and settles each with its fencing token; delivery to the
//! in-app inbox happens in the transaction that settles, so there it is exactly once.

use std::fmt;

use convenant_engine::Moment;
use convenant_lang::model::PartyId;
use serde::{Deserialize, Serialize};

use crate::{Error, Lease, Outgoing, RegionKey, Store, StreamId};

/// The stable id of a notification, from which Message-ID and webhook id are made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutboxId {
    /// Region.
    pub region: RegionKey,
    /// Stream, or the id of a schedule.
    pub stream: StreamId,
    /// Sequence number of the stream after the append, or the civil date (20180131) of an occurrence.
    pub seq: u32,
    /// Number within the append.
    pub n: u32,
}

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.region, self.stream, self.seq, self.n)
    }
}

/// A notification to deliver, held by this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Id.
    pub id: OutboxId,
    /// When it was intended.
    pub at: Moment,
    /// What was intended: JSON as it was put in.
    pub body: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// Fencing token.
    pub token: i64,
}

/// State of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be delivered.
    Waiting,
    /// Delivered.
    Delivered,
    /// Given up.
    Failed,
}

/// A notification, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Id.
    pub id: OutboxId,
    /// When it was intended.
    pub at: Moment,
    /// JSON as it was put in.
    pub body: String,
    /// State.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: u32,
}

/// A message for the in-app inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxMessage {
    /// For which party.
    pub party: PartyId,
    /// In which role or body, as the file names it.
    pub role: String,
    /// Subject; no personal data.
    pub subject: String,
    /// Text; no personal data.
    pub text: String,
    /// The case that it is about.
    pub case: Option<StreamId>,
}

/// A message in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Number in the region, growing with time of delivery.
    pub number: i64,
    /// The notification that it came from.
    pub id: OutboxId,
    /// When it was intended.
    pub at: Moment,
    /// The message.
    pub message: InboxMessage,
    /// When it was read.
    pub read: Option<Moment>,
}

/// Which messages of a region's inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxFilter {
    /// Of this party.
    pub party: Option<PartyId>,
    /// Of this role or body.
    pub role: Option<String>,
    /// About this case.
    pub case: Option<StreamId>,
    /// Only what was not read yet.
    pub unread: bool,
}

impl Store {
    /// Claims at most `limit` notifications of all regions that may be delivered at `now`, oldest first.
    pub async fn claim_outbox(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        let _ = (now, lease, limit);
        Err(Error::Closed)
    }

    /// Settles a delivery, and puts its in-app messages into the inbox in the same transaction.
    pub async fn delivered(
        &self,
        id: &OutboxId,
        token: i64,
        messages: &[InboxMessage],
    ) -> Result<(), Error> {
        let _ = (id, token, messages);
        Err(Error::Closed)
    }

    /// Settles a failed try: again at `retry_at`, or given up when none.
    pub async fn failed(
        &self,
        id: &OutboxId,
        token: i64,
        retry_at: Option<Moment>,
    ) -> Result<(), Error> {
        let _ = (id, token, retry_at);
        Err(Error::Closed)
    }

    /// The notifications that a stream caused, oldest first.
    pub async fn notifications(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Vec<OutboxRow>, Error> {
        let _ = (region, stream);
        Err(Error::Closed)
    }

    /// Messages, newest first, with a number below `before`.
    pub async fn inbox(
        &self,
        region: &RegionKey,
        filter: &InboxFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<InboxRow>, Error> {
        let _ = (region, filter, before, limit);
        Err(Error::Closed)
    }

    /// Marks a message as read, for good; the first time counts.
    pub async fn mark_read(
        &self,
        region: &RegionKey,
        number: i64,
        at: Moment,
    ) -> Result<(), Error> {
        let _ = (region, number, at);
        Err(Error::Closed)
    }

    /// One occurrence of a schedule, with its notifications: true the first time, false (and nothing written) ever after.
    /// `on` is the civil date of the occurrence.
    pub async fn occur(
        &self,
        region: &RegionKey,
        schedule: &str,
        on: jiff::civil::Date,
        at: Moment,
        notifications: &[Outgoing],
    ) -> Result<bool, Error> {
        let _ = (region, schedule, on, at, notifications);
        Err(Error::Closed)
    }

    /// The latest civil date on which the schedule occurred.
    pub async fn last_occurrence(
        &self,
        region: &RegionKey,
        schedule: &str,
    ) -> Result<Option<jiff::civil::Date>, Error> {
        let _ = (region, schedule);
        Err(Error::Closed)
    }
}
