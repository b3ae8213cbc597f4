//! Reading: streams with their secrets joined in again, and the lists that people look at.

use convenant_engine::{Moment, RunningDeadline};
use convenant_lang::model::{PartyId, SchemeId, StepId};
use jiff::civil::Date;

use crate::{
    Appended, Booked, CaseState, CommandId, Error, Hash, Payload, RegionKey, Sort, Store, StreamId,
};

/// The head of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Stream.
    pub stream: StreamId,
    /// A case or a life.
    pub sort: Sort,
    /// Case number; empty for a life.
    pub number: String,
    /// The version of the region's file to which it is pinned.
    pub version: Hash,
    /// Number of events.
    pub seq: u32,
    /// Hash of the last one.
    pub hash: Hash,
    /// The personal facts were erased at this moment.
    pub erased: Option<Moment>,
}

/// A stream as it is loaded to decide on.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<P> {
    /// Head.
    pub head: Head,
    /// Events, in order; secrets joined in, or `Erased`.
    pub events: Vec<P>,
}

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<P> {
    /// 1, 2, 3, …
    pub seq: u32,
    /// Its hash.
    pub hash: Hash,
    /// The event.
    pub event: P,
}

/// A row of the list of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Head.
    pub head: Head,
    /// What the row shows.
    pub state: CaseState,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// Which cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// In this scheme.
    pub scheme: Option<SchemeId>,
    /// In this step (give the scheme too: steps are numbered per scheme).
    pub step: Option<StepId>,
    /// Assigned to this party.
    pub party: Option<PartyId>,
    /// Only running (true) or only ended (false).
    pub running: Option<bool>,
    /// Only with a deadline that has passed.
    pub overdue: bool,
    /// Only with a running deadline whose last day is before this one.
    pub due_before: Option<Date>,
    /// Only with this version.
    pub version: Option<Hash>,
}

/// A deadline that runs in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRow {
    /// The case.
    pub stream: StreamId,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: Hash,
    /// What its row shows.
    pub state: CaseState,
    /// The deadline.
    pub deadline: RunningDeadline,
    /// Whether it has passed.
    pub overdue: bool,
}

/// Which deadlines; both days inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeadlineFilter {
    /// Last day on or after this day.
    pub from: Option<Date>,
    /// Last day on or before this day.
    pub until: Option<Date>,
    /// Of cases that are assigned to this party.
    pub party: Option<PartyId>,
}

/// How many cases there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Running.
    pub running: u64,
    /// Ended.
    pub ended: u64,
    /// Running, with a deadline that has passed.
    pub overdue: u64,
    /// Running, by scheme and step.
    pub by_step: Vec<(SchemeId, StepId, u64)>,
    /// Notifications not yet delivered.
    pub waiting: u64,
    /// Events in the region's log.
    pub events: u64,
}

/// A version of a region's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// SHA-256 of the source text.
    pub hash: Hash,
    /// Number that the file gives itself.
    pub number: u32,
    /// When it was adopted.
    pub adopted: Moment,
}

/// The placements of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Version: give it back with a booking.
    pub version: u64,
    /// In the order in which they were booked.
    pub placements: Vec<LedgerRow>,
}

/// A placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The case.
    pub stream: StreamId,
    /// Sequence number of the stream after the append that booked it; the latest one of a case holds.
    pub seq: u32,
    /// The placement.
    pub booked: Booked,
}

impl Store {
    /// The regions that have a version, by key.
    pub async fn regions(&self) -> Result<Vec<RegionKey>, Error> {
        Err(Error::Closed)
    }

    /// Keeps a version of a region's file for ever; the same text twice is one version.
    pub async fn adopt(
        &self,
        region: &RegionKey,
        number: u32,
        source: &str,
        at: Moment,
    ) -> Result<Hash, Error> {
        let _ = (region, number, source, at);
        Err(Error::Closed)
    }

    /// The versions of a region, in the order of adoption.
    pub async fn versions(&self, region: &RegionKey) -> Result<Vec<VersionRow>, Error> {
        let _ = region;
        Err(Error::Closed)
    }

    /// The source text of a version.
    pub async fn source(&self, region: &RegionKey, version: Hash) -> Result<String, Error> {
        let _ = (region, version);
        Err(Error::Closed)
    }

    /// The answer that a command got before, so that it need not be decided again; `KeyReused` when it was another command.
    pub async fn answered(
        &self,
        region: &RegionKey,
        command: &CommandId,
    ) -> Result<Option<Appended>, Error> {
        let _ = (region, command);
        Err(Error::Closed)
    }

    /// A whole stream.
    pub async fn load<P: Payload>(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Loaded<P>, Error> {
        let _ = (region, stream);
        Err(Error::Closed)
    }

    /// The events of a stream after sequence number `after`, with their hashes.
    pub async fn events<P: Payload>(
        &self,
        region: &RegionKey,
        stream: StreamId,
        after: u32,
    ) -> Result<Vec<Recorded<P>>, Error> {
        let _ = (region, stream, after);
        Err(Error::Closed)
    }

    /// The head of a stream.
    pub async fn head(&self, region: &RegionKey, stream: StreamId) -> Result<Option<Head>, Error> {
        let _ = (region, stream);
        Err(Error::Closed)
    }

    /// The row of one case.
    pub async fn case(&self, region: &RegionKey, stream: StreamId) -> Result<CaseRow, Error> {
        let _ = (region, stream);
        Err(Error::Closed)
    }

    /// The case with this number.
    pub async fn numbered(
        &self,
        region: &RegionKey,
        number: &str,
    ) -> Result<Option<StreamId>, Error> {
        let _ = (region, number);
        Err(Error::Closed)
    }

    /// Cases in order of creation, after the case `after`.
    pub async fn cases(
        &self,
        region: &RegionKey,
        filter: &CaseFilter,
        after: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, Error> {
        let _ = (region, filter, after, limit);
        Err(Error::Closed)
    }

    /// Running deadlines, earliest first.
    pub async fn deadlines(
        &self,
        region: &RegionKey,
        filter: &DeadlineFilter,
        limit: u32,
    ) -> Result<Vec<DeadlineRow>, Error> {
        let _ = (region, filter, limit);
        Err(Error::Closed)
    }

    /// Counts of a region.
    pub async fn counts(&self, region: &RegionKey) -> Result<Counts, Error> {
        let _ = region;
        Err(Error::Closed)
    }

    /// The placements of a region.
    pub async fn ledger(&self, region: &RegionKey) -> Result<Ledger, Error> {
        let _ = region;
        Err(Error::Closed)
    }

    /// A setting of the whole installation (the demo's clock).
    pub async fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        let _ = name;
        Err(Error::Closed)
    }

    /// Keeps a setting.
    pub async fn keep_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        let _ = (name, value);
        Err(Error::Closed)
    }
}
