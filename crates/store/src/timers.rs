//! Timers: claimed when due under a lease with a fencing token, settled by the append that fires them.
//!
//! They lie in the order in which they are due, and the row of each stream names its own, so that one is found by its name too.
//! PostgreSQL keeps the claims in the rows, for all nodes; the one process of a data folder keeps them in memory, because writing them
//! would cost as much as firing. Regions take turns. Invariant: a timer is deleted only in the transaction of the events that it caused,
//! or because it turned out to be stale.

use std::collections::BTreeMap;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use crate::db::{Db, column};
use crate::direct::Pen;
use crate::rows::{Cell, Rows};
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

impl TimerClaim {
    /// Where the timer lies on which it is a claim.
    pub(crate) fn due(&self) -> Due<'_> {
        (&self.region, self.due_at.0, self.stream, &self.name.0)
    }
}

/// A timer where it lies: by region, when it is due, stream and name. One that is set to another moment lies elsewhere.
pub(crate) type Due<'a> = (&'a RegionKey, i64, StreamId, &'a str);

/// A timer that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Which.
    pub name: TimerName,
    /// When it is due.
    pub due_at: Moment,
}

/// The timers of a stream by name, with when they are due.
pub(crate) type SetTimers = BTreeMap<TimerName, i64>;

/// What tells where a timer lies.
pub(crate) const DUE: [&str; 4] = ["region", "due_at", "stream", "name"];

/// What tells where a timer lies, and who holds it.
pub(crate) const HELD: [&str; 5] = ["region", "due_at", "stream", "name", "token"];

/// The values of `DUE`.
pub(crate) fn key<'a>((region, due_at, stream, name): Due<'a>) -> [Cell<'a>; 4] {
    [region.into(), due_at.into(), stream.into(), name.into()]
}

/// From the row of a stream.
pub(crate) fn set_timers(text: Option<&str>) -> Result<SetTimers, Error> {
    let Some(text) = text else {
        return Ok(SetTimers::new());
    };
    serde_json::from_str(text).map_err(|_| Error::damaged("timers that cannot be read"))
}

/// For the row of a stream.
pub(crate) fn text_of(timers: &SetTimers) -> Result<Option<String>, Error> {
    if timers.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(timers)?))
}

/// Lets go of every claim that is written down, whoever holds it.
pub(crate) async fn release_claims(db: &Db) -> Result<(), Error> {
    for sql in [
        "UPDATE outbox SET lease_until = 0 WHERE state = 0 AND lease_until <> 0",
        "UPDATE deliveries SET lease_until = 0 WHERE state = 0 AND lease_until <> 0",
    ] {
        db.execute_alone(sql).await?;
    }
    Ok(())
}

impl Store {
    /// Claims at most `limit` timers of the regions that this node works for that are due at `now`: of each region its earliest, in equal
    /// numbers as far as there are. Earliest first.
    pub async fn claim_timers(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<TimerClaim>, Error> {
        self.inner.require_room()?;
        let regions = self.due_regions(now).await?;
        let mut claims = Vec::new();
        let mut left = limit;
        for (turns, region) in (1..=u32::try_from(regions.len()).unwrap_or(u32::MAX))
            .rev()
            .zip(&regions)
        {
            // What one does not need is for the next.
            let share = left.div_ceil(turns);
            let claimed = self.claim_timers_in(region, now, lease, share).await?;
            left = left.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
            claims.extend(claimed);
        }
        claims.sort_by(|a, b| (a.due_at, a.stream, &a.name).cmp(&(b.due_at, b.stream, &b.name)));
        Ok(claims)
    }

    /// The regions that have timers that are due, claimed or not; the one that has the earliest first.
    async fn due_regions(&self, now: Moment) -> Result<Vec<RegionKey>, Error> {
        let sql = format!(
            "{} SELECT region FROM first WHERE due_at <= $1 ORDER BY due_at, region",
            self.first_of_regions()
        );
        if let Some(pen) = self.inner.db.pen() {
            let names = pen.look(|on| {
                on.prepare_cached(&sql)?
                    .query_map([now.0], |row| row.get::<_, String>(0))?
                    .collect::<Result<Vec<_>, _>>()
            })?;
            return names.iter().map(|name| RegionKey::new(name)).collect();
        }
        let rows = self.inner.db.rows(sql, vec![now.0.into()]).await?;
        rows.iter()
            .map(|row| RegionKey::new(&column::<String>(row, 0)?))
            .collect()
    }

    /// Begins a statement that knows `first`: the regions that this node works for, each with its earliest timer. From one region to the
    /// next by the index, so that it takes as long however many timers there are.
    fn first_of_regions(&self) -> String {
        let served = self.inner.of_served();
        format!(
            "WITH RECURSIVE of (region) AS (
                SELECT (SELECT MIN(region) FROM timers WHERE 1 = 1{served})
                UNION ALL
                SELECT (SELECT MIN(region) FROM timers WHERE region > of.region{served}) FROM of WHERE of.region IS NOT NULL),
            first (region, due_at) AS (
                SELECT region, (SELECT MIN(due_at) FROM timers WHERE timers.region = of.region) FROM of WHERE region IS NOT NULL)"
        )
    }

    async fn claim_timers_in(
        &self,
        region: &RegionKey,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<TimerClaim>, Error> {
        let db = &self.inner.db;
        if let Some(pen) = db.pen() {
            return hold(db, pen, region, now, lease, limit);
        }
        let region = region.clone();
        db.unit(move |db, on| {
            let region = region.clone();
            Box::pin(async move { claim(db, on, &region, now, lease, limit).await })
        })
        .await
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
        let db = &self.inner.db;
        // In a data folder, nobody fires what is being claimed.
        let turn = db.folder_turn().await;
        let mut due = self.timers(region, stream).await?;
        due.retain(|timer| timer.due_at <= now);
        if turn.is_some() {
            let mut held = db.claims();
            let claims = due.into_iter();
            return Ok(claims
                .map(|timer| held.hold(region, stream, timer, lease))
                .collect());
        }
        let place = (region.clone(), stream);
        let mut claims = db
            .unit(move |db, on| {
                let (region, due) = (place.0.clone(), due.clone());
                Box::pin(async move {
                    let mut keys = Rows::keys(&DUE);
                    for timer in &due {
                        keys.push(key((&region, timer.due_at.0, place.1, &timer.name.0)));
                    }
                    let before = format!(
                        "UPDATE timers SET lease_until = {}, token = token + 1 WHERE ",
                        lease.until.0
                    );
                    claimed(&keys.query(db, on, &before, CLAIMED).await?)
                })
            })
            .await?;
        claims.sort_by(|a, b| (a.due_at, &a.name).cmp(&(b.due_at, &b.name)));
        Ok(claims)
    }

    /// Deletes a claimed timer that turned out to be stale (the case no longer knows it).
    pub async fn drop_timer(&self, claim: &TimerClaim) -> Result<(), Error> {
        let db = &self.inner.db;
        let dropping = claim.clone();
        let dropped = db
            .unit(move |db, on| {
                let claim = dropping.clone();
                Box::pin(async move { drop_claimed(db, on, &claim).await })
            })
            .await;
        // After the commit, as everywhere; what is not there is held by nobody.
        if matches!(dropped, Ok(()) | Err(Error::TimerLost)) {
            db.claims()
                .let_go(claim.due(), |token| token == claim.token);
        }
        dropped
    }

    /// When the next timer of the regions that this node works for is due, claimed or not.
    pub async fn next_timer(&self) -> Result<Option<Moment>, Error> {
        let sql = format!(
            "{} SELECT due_at FROM first ORDER BY due_at LIMIT 1",
            self.first_of_regions()
        );
        let row = self.inner.db.row(sql, Vec::new()).await?;
        row.map(|row| Ok(Moment(column(&row, 0)?))).transpose()
    }

    /// The timers of a stream, earliest first.
    pub async fn timers(&self, region: &RegionKey, stream: StreamId) -> Result<Vec<Timer>, Error> {
        let sql = "SELECT timers FROM streams WHERE region = $1 AND stream = $2";
        let place = vec![region.as_str().into(), stream.bytes().into()];
        let Some(row) = self.inner.db.row(sql, place).await? else {
            return Ok(Vec::new());
        };
        let set = set_timers(column::<Option<String>>(&row, 0)?.as_deref())?;
        let mut timers: Vec<Timer> = set
            .into_iter()
            .map(|(name, at)| Timer {
                name,
                due_at: Moment(at),
            })
            .collect();
        timers.sort_by(|a, b| (a.due_at, &a.name).cmp(&(b.due_at, &b.name)));
        Ok(timers)
    }
}

/// In a data folder, also while a batch is being written.
fn hold(
    db: &Db,
    pen: &Pen,
    region: &RegionKey,
    now: Moment,
    lease: Lease,
    limit: u32,
) -> Result<Vec<TimerClaim>, Error> {
    let mut held = db.claims();
    let mut cursor = held.cursor(region, lease.now);
    let sql = "SELECT stream, name, due_at FROM timers WHERE region = ?1 AND due_at <= ?2 AND (due_at, stream, name) > (?3, ?4, ?5)
        ORDER BY due_at, stream, name";
    let due = pen.look(|on| {
        let mut due = Vec::new();
        let mut statement = on.prepare_cached(sql)?;
        let after = (cursor.due_at, &cursor.stream, &cursor.name);
        let mut rows = statement.query((region.as_str(), now.0, after.0, after.1, after.2))?;
        while due.len() < limit as usize
            && let Some(row) = rows.next()?
        {
            let stream = match StreamId::from_bytes(row.get_ref(0)?.as_blob()?) {
                Ok(stream) => stream,
                Err(damaged) => return Ok(Err(damaged)),
            };
            let (name, due_at) = (row.get_ref(1)?.as_str()?, row.get(2)?);
            let until = held.held_until((region, due_at, stream, name), lease.now);
            cursor.advance(due_at, stream, name, until.unwrap_or(lease.until));
            if until.is_none() {
                let (name, due_at) = (TimerName(name.to_owned()), Moment(due_at));
                due.push((stream, Timer { name, due_at }));
            }
        }
        Ok(Ok(due))
    })??;
    let claims = due
        .into_iter()
        .map(|(stream, timer)| held.hold(region, stream, timer, lease))
        .collect();
    held.set_cursor(region, cursor);
    Ok(claims)
}

async fn drop_claimed(db: &Db, on: &DatabaseTransaction, claim: &TimerClaim) -> Result<(), Error> {
    if !db.is_shared() && db.claims().token(claim.due()) != Some(claim.token) {
        return Err(Error::TimerLost);
    }
    // The row of the stream first, as everywhere but in a batch that only fires.
    let place = || vec![claim.region.as_str().into(), claim.stream.bytes().into()];
    let sql = format!(
        "SELECT timers FROM streams WHERE region = $1 AND stream = $2{}",
        db.for_update()
    );
    let row = on.query_one_raw(db.statement(sql, place())).await?;
    let row = row.ok_or(Error::TimerLost)?;
    let mut timers = set_timers(column::<Option<String>>(&row, 0)?.as_deref())?;
    // It may have been set to another moment.
    if timers.remove(&claim.name) != Some(claim.due_at.0) {
        return Err(Error::TimerLost);
    }
    let mut sql =
        "DELETE FROM timers WHERE region = $1 AND stream = $2 AND due_at = $3 AND name = $4"
            .to_owned();
    let mut values = place();
    values.extend([claim.due_at.0.into(), claim.name.0.clone().into()]);
    if db.is_shared() {
        sql.push_str(" AND token = $5");
        values.push(claim.token.into());
    }
    let deleted = on.execute_raw(db.statement(sql, values)).await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::TimerLost);
    }
    let mut values = place();
    values.push(Value::String(text_of(&timers)?));
    let sql = "UPDATE streams SET timers = $3 WHERE region = $1 AND stream = $2";
    on.execute_raw(db.statement(sql, values)).await?;
    db.known().forget(&claim.region, claim.stream);
    Ok(())
}

/// What a claim returns.
const CLAIMED: &str = " RETURNING region, stream, name, due_at, token";

/// On PostgreSQL. The token grows in the statement that takes the lease: an older claim can settle nothing any more.
async fn claim(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    now: Moment,
    lease: Lease,
    limit: u32,
) -> Result<Vec<TimerClaim>, Error> {
    let sql = format!(
        "UPDATE timers SET lease_until = $1, token = token + 1 WHERE (region, due_at, stream, name) IN (
            SELECT region, due_at, stream, name FROM timers WHERE region = $5 AND due_at <= $2 AND lease_until <= $3
            ORDER BY due_at, stream, name LIMIT $4{}){CLAIMED}",
        db.skip_locked()
    );
    let values = vec![
        lease.until.0.into(),
        now.0.into(),
        lease.now.0.into(),
        i64::from(limit).into(),
        region.as_str().into(),
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
