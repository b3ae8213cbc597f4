//! Timers: claimed when due under a lease with a fencing token, settled by the append that fires them.
//!
//! Invariant: a timer is deleted only in the transaction of the events that it caused, or because it turned out to be stale.

use convenant_engine::Moment;

use crate::{Error, RegionKey, Store, StreamId, TimerName};

/// How long a worker holds what it claims; by the wall clock, never by a demo's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Now, by the wall clock.
    pub now: Moment,
    /// Until when nobody else may claim it.
    pub until: Moment,
}

/// A timer that is due, held by this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerClaim {
    /// Region.
    pub region: RegionKey,
    /// Stream.
    pub stream: StreamId,
    /// Which timer.
    pub name: TimerName,
    /// When it was due.
    pub due_at: Moment,
    /// Fencing token: grows with every claim.
    pub token: i64,
}

/// A timer that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Which.
    pub name: TimerName,
    /// When it is due.
    pub due_at: Moment,
}

impl Store {
    /// Claims at most `limit` timers of all regions that are due at `now`, earliest first.
    pub async fn claim_timers(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<TimerClaim>, Error> {
        let _ = (now, lease, limit);
        Err(Error::Closed)
    }

    /// Deletes a claimed timer that turned out to be stale (the case no longer knows it).
    pub async fn drop_timer(&self, claim: &TimerClaim) -> Result<(), Error> {
        let _ = claim;
        Err(Error::Closed)
    }

    /// When the next timer of any region is due, claimed or not.
    pub async fn next_timer(&self) -> Result<Option<Moment>, Error> {
        Err(Error::Closed)
    }

    /// The timers of a stream, earliest first.
    pub async fn timers(&self, region: &RegionKey, stream: StreamId) -> Result<Vec<Timer>, Error> {
        let _ = (region, stream);
        Err(Error::Closed)
    }
}
