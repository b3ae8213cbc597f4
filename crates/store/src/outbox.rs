//! Outbox and inbox: a notification is intended once (with its events) and delivered at least once under a stable id.
//!
//! A worker claims rows under a lease, delivers them, and settles each with its fencing token; delivery to the
//! in-app inbox happens in the transaction that settles, so there it is exactly once.

use std::fmt;

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde::{Deserialize, Serialize};

use crate::batch::number;
use crate::db::{Db, Rows, column};
use crate::{Error, InboxMessage, Lease, RegionKey, Store, StreamId};

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

impl Store {
    /// Claims at most `limit` notifications of all regions that may be delivered at `now`, oldest first.
    pub async fn claim_outbox(
        &self,
        now: Moment,
        lease: Lease,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        self.inner.require_room()?;
        let mut deliveries = self
            .inner
            .db
            .unit(move |db, on| Box::pin(claim(db, on, now, lease, limit)))
            .await?;
        deliveries.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(deliveries)
    }

    /// Settles a delivery, and puts its in-app messages into the inbox in the same transaction.
    pub async fn delivered(
        &self,
        id: &OutboxId,
        token: i64,
        messages: &[InboxMessage],
    ) -> Result<(), Error> {
        let (id, messages) = (id.clone(), messages.to_vec());
        self.inner
            .db
            .unit(move |db, on| {
                let (id, messages) = (id.clone(), messages.clone());
                Box::pin(async move {
                    let at = settle(db, on, &id, token, "state = 1, lease_until = 0").await?;
                    deliver(db, on, &id, at, &messages).await
                })
            })
            .await
    }

    /// Settles a failed try: again at `retry_at`, or given up when none.
    pub async fn failed(
        &self,
        id: &OutboxId,
        token: i64,
        retry_at: Option<Moment>,
    ) -> Result<(), Error> {
        let id = id.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let id = id.clone();
                Box::pin(async move {
                    let change = match retry_at {
                        Some(at) => format!("deliver_after = {}, lease_until = 0", at.0),
                        None => "state = 2, lease_until = 0".to_owned(),
                    };
                    settle(db, on, &id, token, &change).await.map(drop)
                })
            })
            .await
    }

    /// The notifications that a stream caused, oldest first.
    pub async fn notifications(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Vec<OutboxRow>, Error> {
        let sql = "SELECT seq, n, at, body, state, attempts FROM outbox WHERE region = $1 AND stream = $2 ORDER BY seq, n";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into(), stream.bytes().into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    id: OutboxId {
                        region: region.clone(),
                        stream,
                        seq: number(column(row, 0)?)?,
                        n: number(column(row, 1)?)?,
                    },
                    at: Moment(column(row, 2)?),
                    body: column(row, 3)?,
                    state: match column::<i64>(row, 4)? {
                        0 => OutboxState::Waiting,
                        1 => OutboxState::Delivered,
                        _ => OutboxState::Failed,
                    },
                    attempts: number(column(row, 5)?)?,
                })
            })
            .collect()
    }
}

async fn claim(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    lease: Lease,
    limit: u32,
) -> Result<Vec<Delivery>, Error> {
    let sql = format!(
        "UPDATE outbox SET lease_until = $1, token = token + 1, attempts = attempts + 1 WHERE (region, stream, seq, n) IN (
            SELECT region, stream, seq, n FROM outbox WHERE state = 0 AND deliver_after <= $2 AND lease_until <= $3
            ORDER BY deliver_after LIMIT $4{})
        RETURNING region, stream, seq, n, at, body, attempts, token",
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
            Ok(Delivery {
                id: OutboxId {
                    region: RegionKey::new(&column::<String>(row, 0)?)?,
                    stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
                    seq: number(column(row, 2)?)?,
                    n: number(column(row, 3)?)?,
                },
                at: Moment(column(row, 4)?),
                body: column(row, 5)?,
                attempts: number(column::<i64>(row, 6)?.saturating_sub(1))?,
                token: column(row, 7)?,
            })
        })
        .collect()
}

/// Changes a row that is still held, and says when it was intended.
async fn settle(
    db: &Db,
    on: &DatabaseTransaction,
    id: &OutboxId,
    token: i64,
    change: &str,
) -> Result<i64, Error> {
    let sql = format!(
        "UPDATE outbox SET {change} WHERE region = $1 AND stream = $2 AND seq = $3 AND n = $4 AND token = $5 AND state = 0 RETURNING at"
    );
    let values = vec![
        id.region.as_str().into(),
        id.stream.bytes().into(),
        i64::from(id.seq).into(),
        i64::from(id.n).into(),
        token.into(),
    ];
    let row = on.query_one_raw(db.statement(sql, values)).await?;
    column(&row.ok_or(Error::DeliveryLost)?, 0)
}

/// Numbers come from a row per region, so that they grow in the order of delivery on every node.
async fn deliver(
    db: &Db,
    on: &DatabaseTransaction,
    id: &OutboxId,
    at: i64,
    messages: &[InboxMessage],
) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, 'inbox', $2)
        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + excluded.last RETURNING last";
    let row = on
        .query_one_raw(db.statement(sql, vec![id.region.as_str().into(), count.into()]))
        .await?
        .ok_or_else(|| Error::damaged("no number for a message was given"))?;
    let first = column::<i64>(&row, 0)? - count;
    let mut rows = Rows::of(12);
    for (n, message) in (1i64..).zip(messages) {
        rows.push([
            id.region.as_str().into(),
            (first + n).into(),
            id.stream.bytes().into(),
            i64::from(id.seq).into(),
            i64::from(id.n).into(),
            i64::from(message.party.0).into(),
            message.role.clone().into(),
            at.into(),
            message.subject.clone().into(),
            message.text.clone().into(),
            Value::Bytes(message.case.map(StreamId::bytes)),
            Value::BigInt(None),
        ]);
    }
    let before = "INSERT INTO inbox (region, number, stream, seq, n, party, role, at, subject, body, case_stream, read_at) VALUES ";
    rows.execute(db, on, before, " ON CONFLICT DO NOTHING")
        .await?;
    Ok(())
}
