//! Pruning: what is settled and old goes, a window of rows at a time, oldest first.
//!
//! Input: a region, where to go on, a moment. Output: how many rows went, and where to go on. Invariants: what is unread, open, dead or
//! ambiguous stays, with everything that it is shown with; the log of events and what is sealed beside it are never touched.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::db::{Db, column};
use crate::{Error, RegionKey, Store, StreamId};

/// Where a sweep through a region goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// Behind the delivery with this id; a sweep begins behind 0.
    Deliveries(i64),
    /// Behind the message with this number.
    Messages(i64),
    /// Behind the notification of this moment, stream, sequence number and number.
    Outbox(Moment, StreamId, u32, u32),
}

impl Sweep {
    /// The beginning.
    pub const START: Sweep = Sweep::Deliveries(0);
}

/// What a window of rows gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Rows that went.
    pub gone: u64,
    /// Where to go on; none at the end.
    pub next: Option<Sweep>,
}

/// What was sent of a message is shown with it until it is read; what many were gathered into stays as long as one of them does.
const DELIVERIES: Numbered = Numbered {
    look: "SELECT id, at FROM deliveries WHERE region = $1 AND id > $2 ORDER BY id LIMIT $3",
    delete: "DELETE FROM deliveries WHERE region = $1 AND id IN (SELECT d.id FROM deliveries d
        LEFT JOIN deliveries i ON i.region = d.region AND i.id = d.gathered_into
        WHERE d.region = $1 AND d.id > $2 AND d.id <= $3 AND d.state IN (1, 3, 4) AND d.settled < $4 AND d.ambiguous = 0
        AND (d.state <> 4 OR i.id IS NULL OR (i.state IN (1, 3) AND i.settled < $4 AND i.ambiguous = 0))
        AND NOT EXISTS (SELECT 1 FROM deliveries g WHERE g.region = d.region AND g.gathered_into = d.id)
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.region = d.region AND m.number = d.number AND m.read_at IS NULL))",
};

const MESSAGES: Numbered = Numbered {
    look: "SELECT number, made FROM messages WHERE region = $1 AND number > $2 ORDER BY number LIMIT $3",
    delete: "DELETE FROM messages WHERE region = $1 AND number > $2 AND number <= $3 AND read_at < $4 AND awaits IS NULL
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.region = messages.region AND d.number = messages.number)",
};

const OUTBOX: &str = "DELETE FROM outbox WHERE region = $1 AND (at, stream, seq, n) > ($2, $3, $4, $5) AND (at, stream, seq, n) <= ($6, $7, $8, $9)
    AND state = 1 AND at < $10 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.region = outbox.region AND m.case_stream = outbox.stream
        AND m.seq = outbox.seq AND m.n = outbox.n)";

impl Store {
    /// Looks at the next `most` rows of a region, and removes what was settled before `before`.
    pub async fn prune(
        &self,
        region: &RegionKey,
        from: Sweep,
        before: Moment,
        most: u32,
    ) -> Result<Pruned, Error> {
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let region = region.clone();
                Box::pin(async move {
                    let (looked, here, then): (Looked, fn(i64) -> Sweep, Sweep) = match from {
                        Sweep::Deliveries(after) => (
                            DELIVERIES
                                .prune(db, on, &region, after, before, most)
                                .await?,
                            Sweep::Deliveries,
                            Sweep::Messages(0),
                        ),
                        Sweep::Messages(after) => (
                            MESSAGES.prune(db, on, &region, after, before, most).await?,
                            Sweep::Messages,
                            Sweep::Outbox(Moment(i64::MIN), StreamId::LIFE, 0, 0),
                        ),
                        Sweep::Outbox(at, stream, seq, n) => {
                            let from = (at, stream, seq, n);
                            return outbox(db, on, &region, from, before, most).await;
                        }
                    };
                    Ok(Pruned {
                        gone: looked.gone,
                        next: Some(if looked.ended {
                            then
                        } else {
                            here(looked.last)
                        }),
                    })
                })
            })
            .await
    }
}

async fn outbox(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    (at, stream, seq, n): (Moment, StreamId, u32, u32),
    before: Moment,
    most: u32,
) -> Result<Pruned, Error> {
    let from: [Value; 5] = [
        region.as_str().into(),
        at.0.into(),
        stream.bytes().into(),
        i64::from(seq).into(),
        i64::from(n).into(),
    ];
    let sql = "SELECT at, stream, seq, n FROM outbox WHERE region = $1 AND (at, stream, seq, n) > ($2, $3, $4, $5) AND at < $6
        ORDER BY at, stream, seq, n LIMIT $7";
    let mut values = from.to_vec();
    values.extend([before.0.into(), i64::from(most).into()]);
    let rows = on.query_all_raw(db.statement(sql, values)).await?;
    let Some(row) = rows.last() else {
        return Ok(Pruned {
            gone: 0,
            next: None,
        });
    };
    let last = (
        Moment(column(row, 0)?),
        StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
        crate::batch::number(column(row, 2)?)?,
        crate::batch::number(column(row, 3)?)?,
    );
    let mut values = from.to_vec();
    values.extend([
        last.0.0.into(),
        last.1.bytes().into(),
        i64::from(last.2).into(),
        i64::from(last.3).into(),
        before.0.into(),
    ]);
    let done = on.execute_raw(db.statement(OUTBOX, values)).await?;
    Ok(Pruned {
        gone: done.rows_affected(),
        next: Some(Sweep::Outbox(last.0, last.1, last.2, last.3)),
    })
}

/// A table in which numbers grow with time.
struct Numbered {
    /// The next rows: their numbers, and when they were written.
    look: &'static str,
    delete: &'static str,
}

/// Where a look at numbered rows ended: behind which number, and whether there is nothing old behind it.
struct Looked {
    gone: u64,
    last: i64,
    ended: bool,
}

impl Numbered {
    async fn prune(
        &self,
        db: &Db,
        on: &DatabaseTransaction,
        region: &RegionKey,
        after: i64,
        before: Moment,
        most: u32,
    ) -> Result<Looked, Error> {
        let region: Value = region.as_str().into();
        let values = vec![region.clone(), after.into(), i64::from(most).into()];
        let rows = on.query_all_raw(db.statement(self.look, values)).await?;
        let mut looked = Looked {
            gone: 0,
            last: after,
            ended: rows.len() < usize::try_from(most).unwrap_or(usize::MAX),
        };
        for row in &rows {
            let (number, written): (i64, i64) = (column(row, 0)?, column(row, 1)?);
            if written >= before.0 {
                looked.ended = true;
                break;
            }
            looked.last = number;
        }
        if looked.last > after {
            let values = vec![region, after.into(), looked.last.into(), before.0.into()];
            let done = on.execute_raw(db.statement(self.delete, values)).await?;
            looked.gone = done.rows_affected();
        }
        Ok(looked)
    }
}
