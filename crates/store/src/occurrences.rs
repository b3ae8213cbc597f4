//! What recurs on a schedule: an occurrence is a row that can be made once, together with its notifications.

use convenant_engine::Moment;
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::batch::{OUTBOX, outbox_row};
use crate::db::{Db, column};
use crate::rows::Rows;
use crate::{Error, Outgoing, RegionKey, Store, StreamId};

impl Store {
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
