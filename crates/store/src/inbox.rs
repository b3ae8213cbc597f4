//! The in-app inbox, and what recurs on a schedule.
//!
//! A message comes into the inbox once, in the transaction that settles its notification. An occurrence of a schedule is a row that can be
//! made once, together with its notifications.

use convenant_engine::Moment;
use convenant_lang::model::PartyId;
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::batch::{OUTBOX, number, outbox_row};
use crate::db::{Db, Rows, column};
use crate::{Error, OutboxId, Outgoing, RegionKey, Store, StreamId};

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
    /// Messages, newest first, with a number below `before`.
    pub async fn inbox(
        &self,
        region: &RegionKey,
        filter: &InboxFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<InboxRow>, Error> {
        let sql = format!(
            "SELECT number, stream, seq, n, party, role, at, subject, body, case_stream, read_at FROM inbox
            WHERE region = $1 AND number < $2 AND ($3 IS NULL OR party = $3) AND ($4 IS NULL OR role = $4)
            AND ($5 IS NULL OR case_stream = $5){} ORDER BY number DESC LIMIT $6",
            if filter.unread { " AND read_at IS NULL" } else { "" }
        );
        let values = vec![
            region.as_str().into(),
            before.unwrap_or(i64::MAX).into(),
            Value::BigInt(filter.party.map(|party| i64::from(party.0))),
            Value::String(filter.role.clone()),
            Value::Bytes(filter.case.map(StreamId::bytes)),
            i64::from(limit).into(),
        ];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(|row| message(region, row)).collect()
    }

    /// Marks a message as read, for good; the first time counts.
    pub async fn mark_read(
        &self,
        region: &RegionKey,
        number: i64,
        at: Moment,
    ) -> Result<(), Error> {
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let values = vec![region.as_str().into(), number.into(), at.0.into()];
                Box::pin(async move {
                    let sql = "UPDATE inbox SET read_at = $3 WHERE region = $1 AND number = $2 AND read_at IS NULL";
                    on.execute_raw(db.statement(sql, values)).await?;
                    Ok(())
                })
            })
            .await
    }

    /// One occurrence of a schedule, with its notifications: true the first time, false (and nothing written) ever after.
    /// `on` is the civil date of the occurrence.
    pub async fn occur(
        &self,
        region: &RegionKey,
        schedule: &str,
        on: Date,
        at: Moment,
        notifications: &[Outgoing],
    ) -> Result<bool, Error> {
        self.inner.require_room()?;
        let (region, schedule, notifications) =
            (region.clone(), schedule.to_owned(), notifications.to_vec());
        self.inner
            .db
            .unit(move |db, tx| {
                let (region, schedule, notifications) =
                    (region.clone(), schedule.clone(), notifications.clone());
                Box::pin(async move {
                    occurrence(db, tx, &region, &schedule, on, at, &notifications).await
                })
            })
            .await
    }

    /// The latest civil date on which the schedule occurred.
    pub async fn last_occurrence(
        &self,
        region: &RegionKey,
        schedule: &str,
    ) -> Result<Option<Date>, Error> {
        let sql = "SELECT on_date FROM occurrences WHERE region = $1 AND schedule = $2 ORDER BY on_date DESC LIMIT 1";
        let row = self
            .inner
            .db
            .row(sql, vec![region.as_str().into(), schedule.into()])
            .await?;
        row.map(|row| date(&column::<String>(&row, 0)?)).transpose()
    }
}

/// A civil date from its ISO text.
pub(crate) fn date(text: &str) -> Result<Date, Error> {
    text.parse()
        .map_err(|_| Error::damaged("a date that is none"))
}

fn message(region: &RegionKey, row: &sea_orm::QueryResult) -> Result<InboxRow, Error> {
    let party = u16::try_from(column::<i64>(row, 4)?)
        .map_err(|_| Error::damaged("a party out of range"))?;
    let case: Option<Vec<u8>> = column(row, 9)?;
    Ok(InboxRow {
        number: column(row, 0)?,
        id: OutboxId {
            region: region.clone(),
            stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
            seq: number(column(row, 2)?)?,
            n: number(column(row, 3)?)?,
        },
        at: Moment(column(row, 6)?),
        message: InboxMessage {
            party: PartyId(party),
            role: column(row, 5)?,
            subject: column(row, 7)?,
            text: column(row, 8)?,
            case: case.map(|bytes| StreamId::from_bytes(&bytes)).transpose()?,
        },
        read: column::<Option<i64>>(row, 10)?.map(Moment),
    })
}

async fn occurrence(
    db: &Db,
    tx: &DatabaseTransaction,
    region: &RegionKey,
    schedule: &str,
    on: Date,
    at: Moment,
    notifications: &[Outgoing],
) -> Result<bool, Error> {
    let sql = "INSERT INTO occurrences (region, schedule, on_date, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = vec![
        region.as_str().into(),
        schedule.into(),
        on.to_string().into(),
        at.0.into(),
    ];
    if tx
        .execute_raw(db.statement(sql, values))
        .await?
        .rows_affected()
        == 0
    {
        return Ok(false);
    }
    // The same on every node and after every restart.
    let stream = StreamId(Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("convenant:schedule:{schedule}").as_bytes(),
    ));
    let seq = i64::from(on.year()) * 10_000 + i64::from(on.month()) * 100 + i64::from(on.day());
    let mut rows = Rows::of(11);
    for (n, outgoing) in (0i64..).zip(notifications) {
        rows.push(outbox_row(region, stream, seq, n, at.0, outgoing));
    }
    rows.execute(db, tx, OUTBOX, "").await?;
    Ok(true)
}
