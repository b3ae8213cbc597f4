//! Timers: claimed when due under a lease with a fencing token, settled by the append that fires them.
//!
//! Invariant: a timer is deleted only in the transaction of the events that it caused, or because it turned out to be stale.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use crate::db::{Db, column};
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

/// Lets go of every claim, whoever holds it.
pub(crate) async fn release_claims(db: &Db) -> Result<(), Error> {
    for sql in [
        "UPDATE timers SET lease_until = 0 WHERE lease_until <> 0",
        "UPDATE outbox SET lease_until = 0 WHERE state = 0 AND lease_until <> 0",
        "UPDATE deliveries SET lease_until = 0 WHERE state = 0 AND lease_until <> 0",
    ] {
        db.execute_alone(sql).await?;
    }
    Ok(())
}

impl Store {
    /// Claims at most `limit` timers of the regions that this node works for that are due at `now`, earliest first.
    pub async fn claim_timers(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<TimerClaim>, Error> {
        self.inner.require_room()?;
        let served = self.inner.of_served();
        let mut claims = self
            .inner
            .db
            .unit(move |db, on| {
                let served = served.clone();
                Box::pin(async move { claim(db, on, now, lease, limit, &served).await })
            })
            .await?;
        claims.sort_by(|a, b| (a.due_at, a.stream, &a.name).cmp(&(b.due_at, b.stream, &b.name)));
        Ok(claims)
    }

    /// Claims the timers of one stream that are due at `now`, earliest first; also those that a worker holds, whose claims are lost by it.
    pub async fn claim_timers_of(
        &self,
        region: &RegionKey,
        stream: StreamId,
        now: Moment,
        lease: Lease,
    ) -> Result<Vec<TimerClaim>, Error> {
        self.inner.require_room()?;
        let values = vec![
            lease.until.0.into(),
            region.as_str().into(),
            stream.bytes().into(),
            now.0.into(),
        ];
        let sql = "UPDATE timers SET lease_until = $1, token = token + 1
            WHERE region = $2 AND stream = $3 AND due_at <= $4
            RETURNING region, stream, name, due_at, token";
        let mut claims = self
            .inner
            .db
            .unit(move |db, on| {
                let statement = db.statement(sql, values.clone());
                Box::pin(async move { claimed(&on.query_all_raw(statement).await?) })
            })
            .await?;
        claims.sort_by(|a, b| (a.due_at, &a.name).cmp(&(b.due_at, &b.name)));
        Ok(claims)
    }

    /// Deletes a claimed timer that turned out to be stale (the case no longer knows it).
    pub async fn drop_timer(&self, claim: &TimerClaim) -> Result<(), Error> {
        let claim = claim.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let values = vec![
                    claim.region.as_str().into(),
                    claim.stream.bytes().into(),
                    claim.name.0.clone().into(),
                    claim.token.into(),
                ];
                Box::pin(async move {
                    let sql = "DELETE FROM timers WHERE region = $1 AND stream = $2 AND name = $3 AND token = $4";
                    match on.execute_raw(db.statement(sql, values)).await?.rows_affected() {
                        0 => Err(Error::TimerLost),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// When the next timer of the regions that this node works for is due, claimed or not.
    pub async fn next_timer(&self) -> Result<Option<Moment>, Error> {
        let served = self.inner.of_served();
        let sql = format!("SELECT due_at FROM timers WHERE 1 = 1{served} ORDER BY due_at LIMIT 1");
        let row = self.inner.db.row(sql, Vec::new()).await?;
        row.map(|row| Ok(Moment(column(&row, 0)?))).transpose()
    }

    /// The timers of a stream, earliest first.
    pub async fn timers(&self, region: &RegionKey, stream: StreamId) -> Result<Vec<Timer>, Error> {
        let sql = "SELECT name, due_at FROM timers WHERE region = $1 AND stream = $2 ORDER BY due_at, name";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into(), stream.bytes().into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Timer {
                    name: TimerName(column(row, 0)?),
                    due_at: Moment(column(row, 1)?),
                })
            })
            .collect()
    }
}

/// The token grows in the statement that takes the lease: an older claim can settle nothing any more.
async fn claim(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    lease: Lease,
    limit: u32,
    served: &str,
) -> Result<Vec<TimerClaim>, Error> {
    let sql = format!(
        "UPDATE timers SET lease_until = $1, token = token + 1 WHERE (region, stream, name) IN (
            SELECT region, stream, name FROM timers WHERE due_at <= $2 AND lease_until <= $3{served}
            ORDER BY due_at LIMIT $4{})
        RETURNING region, stream, name, due_at, token",
        db.skip_locked()
    );
    let values = vec![
        lease.until.0.into(),
        now.0.into(),
        lease.now.0.into(),
        i64::from(limit).into(),
    ];
    claimed(&on.query_all_raw(db.statement(sql, values)).await?)
}

fn claimed(rows: &[QueryResult]) -> Result<Vec<TimerClaim>, Error> {
    rows.iter()
        .map(|row| {
            Ok(TimerClaim {
                region: RegionKey::new(&column::<String>(row, 0)?)?,
                stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
                name: TimerName(column(row, 2)?),
                due_at: Moment(column(row, 3)?),
                token: column(row, 4)?,
            })
        })
        .collect()
}
