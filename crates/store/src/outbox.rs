//! The outbox: a notification is intended once, in the transaction of its events, and fanned out into messages and deliveries once.
//!
//! A worker claims rows under a lease and settles many of them in one transaction, with their fencing tokens, together with what
//! came of them. Invariant: a row that is settled has its messages and deliveries; one whose claim was lost leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use crate::batch::number;
use crate::db::{Db, column};
use crate::rows::Rows;
use crate::{Error, Lease, NewDelivery, NewMessage, RegionKey, Store, StreamId};

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

/// A notification to fan out, held by this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxClaim {
    /// Id.
    pub id: OutboxId,
    /// When it was intended.
    pub at: Moment,
    /// From when on it could have been told: earlier than `at` when what caused it was late.
    pub since: Moment,
    /// What was intended: JSON as it was put in.
    pub body: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// Fencing token.
    pub token: i64,
}

/// A notification fanned out: what to write when its claim still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FannedOut {
    /// Which.
    pub id: OutboxId,
    /// When it was intended, as the claim says.
    pub at: Moment,
    /// Fencing token of the claim.
    pub token: i64,
    /// Messages, each with its deliveries.
    pub messages: Vec<NewMessage>,
    /// Deliveries of what is no message to a person.
    pub deliveries: Vec<NewDelivery>,
}

/// State of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// To be fanned out.
    Waiting,
    /// Fanned out: its messages and deliveries are there.
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

impl Store {
    /// How many notifications of the regions that this node works for may be told at `now`, claimed or not.
    pub async fn outbox_waiting(&self, now: Moment) -> Result<u32, Error> {
        let served = self.inner.of_served();
        let sql =
            format!("SELECT COUNT(*) FROM outbox WHERE state = 0 AND deliver_after <= $1{served}");
        let row = self.inner.db.row(sql, vec![now.0.into()]).await?;
        row.map_or(Ok(0), |row| number(column(&row, 0)?))
    }

    /// Claims at most `limit` notifications of the regions that this node works for that may be told at `now`, in the order of what caused them.
    pub async fn claim_outbox(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<OutboxClaim>, Error> {
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
        claims.sort_by(|a, b| (a.since, a.at, &a.id).cmp(&(b.since, b.at, &b.id)));
        Ok(claims)
    }

    /// Everything that the same appends intended, whatever became of it: somebody with two roles is told once, and of both.
    pub async fn intended_with(
        &self,
        claims: &[OutboxClaim],
    ) -> Result<Vec<(OutboxId, String)>, Error> {
        let appends: BTreeSet<_> = claims
            .iter()
            .map(|claim| {
                let id = &claim.id;
                (&id.region, claim.at.0, id.stream, id.seq)
            })
            .collect();
        let mut keys = Rows::keys(&["region", "at", "stream", "seq"]);
        for (region, at, stream, seq) in appends {
            keys.push([
                region.into(),
                at.into(),
                stream.into(),
                i64::from(seq).into(),
            ]);
        }
        let db = &self.inner.db;
        let before = "SELECT region, stream, seq, n, body FROM outbox WHERE ";
        let mut found = Vec::new();
        for statement in keys.statements(db, before, " ORDER BY region, stream, seq, n") {
            for row in db.read(statement).await? {
                found.push((id(&row)?, column(&row, 4)?));
            }
        }
        Ok(found)
    }

    /// Settles what was fanned out, and writes the messages and deliveries of every claim that still holds, all in one
    /// transaction. A message that is there already (same person, same occasion) stays as it is, and gets no second delivery.
    /// Gives how many claims still held.
    pub async fn fan_out(&self, now: Moment, done: Vec<FannedOut>) -> Result<u64, Error> {
        if done.is_empty() {
            return Ok(0);
        }
        self.inner.require_room()?;
        let done = Arc::new(done);
        self.inner
            .db
            .unit(move |db, on| {
                let done = done.clone();
                Box::pin(async move { write(db, on, now, &done).await })
            })
            .await
    }

    /// Settles tries that failed, each whose claim still holds: again at its moment, or given up when it has none. Gives how many held.
    pub async fn failed(&self, tries: Vec<(OutboxClaim, Option<Moment>)>) -> Result<u64, Error> {
        if tries.is_empty() {
            return Ok(0);
        }
        let mut by_moment: BTreeMap<Option<Moment>, Vec<OutboxClaim>> = BTreeMap::new();
        for (claim, retry_at) in tries {
            by_moment.entry(retry_at).or_default().push(claim);
        }
        let by_moment = Arc::new(by_moment);
        self.inner
            .db
            .unit(move |db, on| {
                let by_moment = by_moment.clone();
                Box::pin(async move {
                    let mut held: u64 = 0;
                    for (retry_at, claims) in by_moment.iter() {
                        let change = match retry_at {
                            Some(at) => format!("deliver_after = {}, lease_until = 0", at.0),
                            None => "state = 2, lease_until = 0".to_owned(),
                        };
                        let before = format!("UPDATE outbox SET {change} WHERE state = 0 AND (");
                        let claims = claims
                            .iter()
                            .map(|claim| (&claim.id, claim.at, claim.token));
                        let settled = keys(claims).execute(db, on, &before, ")").await?;
                        held = held.saturating_add(settled);
                    }
                    Ok(held)
                })
            })
            .await
    }

    /// The notifications that the events of a stream caused, oldest first.
    pub async fn notifications(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Vec<OutboxRow>, Error> {
        let sql = "SELECT o.region, o.stream, o.seq, o.n, o.at, o.body, o.state, o.attempts
            FROM events e JOIN outbox o ON o.region = e.region AND o.at = e.at AND o.stream = e.stream AND o.seq = e.seq
            WHERE e.region = $1 AND e.stream = $2 ORDER BY o.seq, o.n";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into(), stream.bytes().into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    id: id(row)?,
                    at: Moment(column(row, 4)?),
                    body: column(row, 5)?,
                    state: match column::<i64>(row, 6)? {
                        0 => OutboxState::Waiting,
                        1 => OutboxState::Delivered,
                        _ => OutboxState::Failed,
                    },
                    attempts: number(column(row, 7)?)?,
                })
            })
            .collect()
    }
}

/// The id in the first four columns.
fn id(row: &sea_orm::QueryResult) -> Result<OutboxId, Error> {
    Ok(OutboxId {
        region: RegionKey::new(&column::<String>(row, 0)?)?,
        stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
        seq: number(column(row, 2)?)?,
        n: number(column(row, 3)?)?,
    })
}

async fn claim(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    lease: Lease,
    limit: u32,
    served: &str,
) -> Result<Vec<OutboxClaim>, Error> {
    let sql = format!(
        "UPDATE outbox SET lease_until = $1, token = token + 1, attempts = attempts + 1 WHERE (region, at, stream, seq, n) IN (
            SELECT region, at, stream, seq, n FROM outbox WHERE state = 0 AND deliver_after <= $2 AND lease_until <= $3{served}
            ORDER BY deliver_after LIMIT $4{})
        RETURNING region, stream, seq, n, at, deliver_after, body, attempts, token",
        db.skip_locked()
    );
    let values = vec![
        lease.until.0.into(),
        now.0.into(),
        lease.now.0.into(),
        i64::from(limit).into(),
    ];
    let rows = on.query_all_raw(db.statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let (at, after): (i64, i64) = (column(row, 4)?, column(row, 5)?);
            Ok(OutboxClaim {
                id: id(row)?,
                at: Moment(at),
                since: Moment(at.min(after)),
                body: column(row, 6)?,
                attempts: number(column::<i64>(row, 7)?.saturating_sub(1))?,
                token: column(row, 8)?,
            })
        })
        .collect()
}

/// The rows of these claims, as far as they hold.
fn keys<'a>(claims: impl Iterator<Item = (&'a OutboxId, Moment, i64)>) -> Rows<'a> {
    let mut keys = Rows::keys(&["region", "at", "stream", "seq", "n", "token"]);
    for (id, at, token) in claims {
        keys.push([
            (&id.region).into(),
            at.0.into(),
            id.stream.into(),
            i64::from(id.seq).into(),
            i64::from(id.n).into(),
            token.into(),
        ]);
    }
    keys
}

async fn write(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    done: &[FannedOut],
) -> Result<u64, Error> {
    let keys = keys(
        done.iter()
            .map(|fanned| (&fanned.id, fanned.at, fanned.token)),
    );
    let before = "UPDATE outbox SET state = 1, lease_until = 0 WHERE state = 0 AND (";
    let rows = keys
        .query(db, on, before, ") RETURNING region, stream, seq, n")
        .await?;
    let held: BTreeSet<OutboxId> = rows.iter().map(id).collect::<Result<_, _>>()?;
    let messages: Vec<&NewMessage> = done
        .iter()
        .filter(|fanned| held.contains(&fanned.id))
        .flat_map(|fanned| &fanned.messages)
        .collect();
    let others: Vec<(&RegionKey, &NewDelivery)> = done
        .iter()
        .filter(|fanned| held.contains(&fanned.id))
        .flat_map(|fanned| fanned.deliveries.iter().map(|d| (&fanned.id.region, d)))
        .collect();
    crate::messages::insert(db, on, now, &messages, &others).await?;
    Ok(held.len() as u64)
}
