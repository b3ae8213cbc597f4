//! Gathering deliveries: many that wait for the same person in the same lane go as one.
//!
//! Input: the time. Output: a delivery that carries several messages, in the place of theirs. Invariant: a delivery is gathered once, in the
//! transaction that makes the one it goes with; what was tried before goes on under its own id.

use std::collections::BTreeSet;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{INSERT, NewDelivery, row_of};
use crate::db::{Db, column};
use crate::messages::take;
use crate::rows::Rows;
use crate::{Error, Lease, MessageRow, Occasion, RegionKey, Store};

/// What a delivery carries that several were gathered into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// How many messages.
    pub count: u64,
    /// One of them is urgent.
    pub urgent: bool,
    /// The first of them, in the order in which they were told; after those the first for every reason that they leave out.
    pub messages: Vec<MessageRow>,
}

impl Store {
    /// What such a delivery carries, with its first `most` messages: there may be very many.
    pub async fn gathered(
        &self,
        region: &RegionKey,
        id: i64,
        most: usize,
    ) -> Result<Gathered, Error> {
        let db = &self.inner.db;
        let key = |limit: Option<i64>| {
            let key = [region.as_str().into(), id.into()];
            key.into_iter().chain(limit.map(Value::from)).collect()
        };
        let json = if db.is_shared() { "::json" } else { "" };
        let sql = format!(
            "SELECT COUNT(*), MAX(m.urgent), MIN(m.number) FROM deliveries d
            JOIN messages m ON m.region = d.region AND m.number = d.number
            WHERE d.region = $1 AND d.gathered_into = $2 GROUP BY m.insight{json} ->> 'why'"
        );
        let (mut count, mut urgent, mut numbers) = (0, false, BTreeSet::new());
        for row in db.rows(sql, key(None)).await? {
            count += column::<i64>(&row, 0)?.unsigned_abs();
            urgent |= column::<i64>(&row, 1)? != 0;
            numbers.insert(column::<i64>(&row, 2)?);
        }
        let sql = "SELECT number FROM deliveries WHERE region = $1 AND gathered_into = $2 ORDER BY number LIMIT $3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        for row in db.rows(sql, key(Some(most))).await? {
            numbers.insert(column(&row, 0)?);
        }
        let numbers: Vec<i64> = numbers.into_iter().collect();
        Ok(Gathered {
            count,
            urgent,
            messages: self.messages_numbered(region, &numbers).await?,
        })
    }

    /// Puts together what waits for the same target in the same lane and is more than its limit, where something became due after `since`
    /// and by `now`; gives how many came of it. What was tried before goes on under its own id.
    pub async fn gather_deliveries(
        &self,
        since: Moment,
        now: Moment,
        lease: Lease,
    ) -> Result<u64, Error> {
        // What became due is few, and often nothing, however much waits.
        let sql = "SELECT d.region, d.channel, d.target, d.lane FROM
            (SELECT DISTINCT region, channel, target, lane FROM deliveries
                WHERE state = 0 AND attempts = 0 AND number > 0 AND due_at > $1 AND due_at <= $2) AS due
            JOIN deliveries d ON d.region = due.region AND d.channel = due.channel AND d.target = due.target AND d.lane = due.lane
            WHERE d.state = 0 AND d.attempts = 0 AND d.number > 0 AND d.due_at <= $2
            GROUP BY d.region, d.channel, d.target, d.lane HAVING COUNT(*) > MIN(d.gather_above)";
        let values = vec![since.0.into(), now.0.into()];
        let rows = self.inner.db.rows(sql, values).await?;
        let mut gathered = 0;
        for row in rows {
            let region = RegionKey::new(&column::<String>(&row, 0)?)?;
            let place: [String; 3] = [column(&row, 1)?, column(&row, 2)?, column(&row, 3)?];
            gathered += self
                .inner
                .db
                .unit(move |db, on| {
                    let (region, place) = (region.clone(), place.clone());
                    Box::pin(async move { gather(db, on, &region, place, now, lease).await })
                })
                .await?;
        }
        Ok(gathered)
    }
}

async fn gather(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    place: [String; 3],
    now: Moment,
    lease: Lease,
) -> Result<u64, Error> {
    let into = take(db, on, region, "deliveries", 1).await? + 1;
    let [channel, target, lane] = place;
    let sql = format!(
        "UPDATE deliveries SET state = 4, gathered_into = $1, settled = $2 WHERE region = $3 AND id IN (
            SELECT id FROM deliveries WHERE region = $3 AND channel = $4 AND target = $5 AND lane = $6 AND state = 0 AND attempts = 0
            AND number > 0 AND due_at <= $2 AND lease_until <= $7{})
        RETURNING id, turn, at",
        db.skip_locked()
    );
    let values = vec![
        into.into(),
        now.0.into(),
        region.as_str().into(),
        channel.clone().into(),
        target.clone().into(),
        lane.clone().into(),
        lease.now.0.into(),
    ];
    let mut members: Vec<(i64, String, i64)> = Vec::new();
    for row in on.query_all_raw(db.statement(sql, values)).await? {
        members.push((column(&row, 0)?, column(&row, 1)?, column(&row, 2)?));
    }
    members.sort_unstable();
    let Some((_, turn, at)) = members.first().cloned() else {
        // Another worker gathered them in the meantime.
        return Ok(0);
    };
    let ids: Vec<u8> = members
        .iter()
        .flat_map(|(id, _, _)| id.to_be_bytes())
        .collect();
    let party = turn.split_once('/').map_or("", |(_, party)| party);
    let one = NewDelivery {
        channel,
        target,
        occasion: Occasion::of(&[b"gathered", &ids]),
        lane,
        party: party.to_owned(),
        at: Moment(at),
        due_at: now,
        gather_above: 0,
        payload: None,
    };
    let mut rows = Rows::of(20);
    rows.push(row_of(region, into, 0, &one));
    rows.execute(db, on, INSERT, "").await?;
    Ok(1)
}
