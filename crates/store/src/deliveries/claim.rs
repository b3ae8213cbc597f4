//! Claiming deliveries: lane by lane, and within a lane party by party.
//!
//! Input: a lane, whose turn was last, the time. Output: claims under a lease with a fencing token. Invariants: what has waited longest of a
//! party goes first; a party with much to send has no more turns than one with little; a claim that lapsed unsettled may have arrived.

use std::collections::BTreeMap;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::DeliveryClaim;
use crate::batch::number;
use crate::db::{Db, column};
use crate::rows::Rows;
use crate::{Error, Lease, Occasion, RegionKey, Store};

const CLAIMED: &str = "region, id, number, channel, target, occasion, lane, turn, at, payload, attempts, ambiguous, token";

impl Store {
    /// The lanes in which something waits.
    pub async fn lanes(&self) -> Result<Vec<String>, Error> {
        // A loose index scan: one look per lane, however much waits in it.
        let sql = "WITH RECURSIVE next(lane) AS (
                SELECT (SELECT lane FROM deliveries WHERE state = 0 ORDER BY lane LIMIT 1)
                UNION ALL
                SELECT (SELECT d.lane FROM deliveries d WHERE d.state = 0 AND d.lane > next.lane ORDER BY d.lane LIMIT 1)
                FROM next WHERE next.lane IS NOT NULL)
            SELECT lane FROM next WHERE lane IS NOT NULL";
        let rows = self.inner.db.rows(sql, Vec::new()).await?;
        rows.iter().map(|row| column(row, 0)).collect()
    }

    /// How many deliveries of a lane are due at `now`, claimed or not.
    pub async fn deliveries_waiting(&self, lane: &str, now: Moment) -> Result<u32, Error> {
        let sql = "SELECT COUNT(*) FROM deliveries WHERE state = 0 AND lane = $1 AND due_at <= $2";
        let values = vec![lane.into(), now.0.into()];
        let row = self.inner.db.row(sql, values).await?;
        row.map_or(Ok(0), |row| number(column(&row, 0)?))
    }

    /// Claims at most `limit` deliveries of a lane that are due at `now`: every party in its turn, beginning after the one that had
    /// the last turn, each party's in the order in which they became due.
    pub async fn claim_deliveries(
        &self,
        lane: &str,
        after: &str,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<DeliveryClaim>, Error> {
        self.inner.require_room()?;
        let (lane, after) = (lane.to_owned(), after.to_owned());
        let served = self.inner.of_served();
        self.inner
            .db
            .unit(move |db, on| {
                let asked = Asked {
                    lane: lane.clone(),
                    after: after.clone(),
                    served: served.clone(),
                    now,
                    lease,
                    limit,
                };
                Box::pin(async move { claim(db, on, &asked).await })
            })
            .await
    }
}

/// What is to be claimed.
struct Asked {
    lane: String,
    /// Who had the last turn.
    after: String,
    /// Of the regions that this node works for.
    served: String,
    now: Moment,
    lease: Lease,
    limit: u32,
}

async fn claim(
    db: &Db,
    on: &DatabaseTransaction,
    asked: &Asked,
) -> Result<Vec<DeliveryClaim>, Error> {
    let picked = pick(db, on, asked).await?;
    let mut keys = Rows::keys(&["region", "id"]);
    let mut order: BTreeMap<(String, i64), usize> = BTreeMap::new();
    for (place, key) in picked.into_iter().enumerate() {
        keys.push([key.0.clone().into(), key.1.into()]);
        order.insert(key, place);
    }
    // Settling ends the lease: one that lapsed was held by somebody who was broken off, perhaps after the other side took it over.
    let before = format!(
        "UPDATE deliveries SET lease_until = {}, token = token + 1, attempts = attempts + 1,
            ambiguous = ambiguous + CASE WHEN lease_until = 0 THEN 0 ELSE 1 END WHERE state = 0 AND (",
        asked.lease.until.0
    );
    let rows = keys
        .query(db, on, &before, &format!(") RETURNING {CLAIMED}"))
        .await?;
    let mut claims = rows
        .iter()
        .map(claimed)
        .collect::<Result<Vec<DeliveryClaim>, Error>>()?;
    let place = |claim: &DeliveryClaim| {
        order
            .get(&(claim.region.as_str().to_owned(), claim.id))
            .copied()
    };
    claims.sort_by_key(place);
    Ok(claims)
}

/// The keys of what to claim, in turns: the first of every party, the second of every party, and so on.
async fn pick(
    db: &Db,
    on: &DatabaseTransaction,
    asked: &Asked,
) -> Result<Vec<(String, i64)>, Error> {
    let lane = asked.lane.as_str();
    let sql = "WITH RECURSIVE next(turn) AS (
            SELECT (SELECT turn FROM deliveries WHERE state = 0 AND lane = $1 ORDER BY turn LIMIT 1)
            UNION ALL
            SELECT (SELECT d.turn FROM deliveries d WHERE d.state = 0 AND d.lane = $1 AND d.turn > next.turn ORDER BY d.turn LIMIT 1)
            FROM next WHERE next.turn IS NOT NULL)
        SELECT turn FROM next WHERE turn IS NOT NULL";
    let rows = on
        .query_all_raw(db.statement(sql, vec![lane.into()]))
        .await?;
    let turns = rows
        .iter()
        .map(|row| column::<String>(row, 0))
        .collect::<Result<Vec<_>, _>>()?;
    let first = turns.partition_point(|turn| turn.as_str() <= asked.after.as_str());
    let (had, to_have) = turns.split_at(first);
    let sql = format!(
        "SELECT region, id FROM deliveries WHERE state = 0 AND lane = $1 AND turn = $2 AND due_at <= $3 AND lease_until <= $4{}
        ORDER BY due_at, id LIMIT $5{}",
        asked.served,
        db.skip_locked()
    );
    let mut of_party: Vec<std::vec::IntoIter<(String, i64)>> = Vec::new();
    for turn in to_have.iter().chain(had) {
        let values = vec![
            lane.into(),
            turn.clone().into(),
            asked.now.0.into(),
            asked.lease.now.0.into(),
            i64::from(asked.limit).into(),
        ];
        let rows = on.query_all_raw(db.statement(sql.clone(), values)).await?;
        let keys = rows
            .iter()
            .map(|row| Ok((column(row, 0)?, column(row, 1)?)))
            .collect::<Result<Vec<(String, i64)>, Error>>()?;
        if !keys.is_empty() {
            of_party.push(keys.into_iter());
        }
    }
    let most = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let mut picked = Vec::new();
    while picked.len() < most && !of_party.is_empty() {
        of_party.retain_mut(|keys| match keys.next() {
            Some(key) if picked.len() < most => {
                picked.push(key);
                true
            }
            _ => false,
        });
    }
    Ok(picked)
}

fn claimed(row: &QueryResult) -> Result<DeliveryClaim, Error> {
    let message: i64 = column(row, 2)?;
    Ok(DeliveryClaim {
        region: RegionKey::new(&column::<String>(row, 0)?)?,
        id: column(row, 1)?,
        number: (message > 0).then_some(message),
        channel: column(row, 3)?,
        target: column(row, 4)?,
        occasion: Occasion::from_bytes(&column::<Vec<u8>>(row, 5)?)?,
        lane: column(row, 6)?,
        turn: column(row, 7)?,
        at: Moment(column(row, 8)?),
        payload: column(row, 9)?,
        attempts: number(column::<i64>(row, 10)?.saturating_sub(1))?,
        ambiguous: number(column(row, 11)?)?,
        token: column(row, 12)?,
    })
}
