//! Erasure: the key of a case is destroyed, and with it everything personal and every salt.
//!
//! The log keeps its commitments, which then say nothing, and still verifies.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::db::Db;
use crate::{Error, RegionKey, Store, StreamId};

impl Store {
    /// Destroys the key, the sealed parts and with them the salts of a stream: nobody can read its personal facts any more, and
    /// the log still verifies. Erasing twice is erasing once.
    pub async fn erase(
        &self,
        region: &RegionKey,
        stream: StreamId,
        at: Moment,
    ) -> Result<(), Error> {
        let place = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let place = place.clone();
                Box::pin(async move { destroy(db, on, &place, stream, at).await })
            })
            .await?;
        self.inner.forget_key(region, stream);
        let db = &self.inner.db;
        if let Some(pen) = db.pen() {
            // Old pages would otherwise stay in the write-ahead log until it is used again.
            let _turn = db.folder_turn().await;
            if !pen.empty_wal().await? {
                tracing::warn!(
                    "somebody reads an older state for long: what was erased stays in the WAL until it is used again"
                );
            }
        }
        Ok(())
    }
}

async fn destroy(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    stream: StreamId,
    at: Moment,
) -> Result<(), Error> {
    let place = || vec![region.as_str().into(), stream.bytes().into()];
    db.known().forget(region, stream);
    // The row first: an append that seals something for this case waits for it, and then sees that it was erased.
    let sql = "UPDATE streams SET erased = COALESCE(erased, $3) WHERE region = $1 AND stream = $2";
    let mut values = place();
    values.push(at.0.into());
    if on
        .execute_raw(db.statement(sql, values))
        .await?
        .rows_affected()
        == 0
    {
        return Err(Error::NoSuchStream);
    }
    for sql in [
        "DELETE FROM case_keys WHERE region = $1 AND stream = $2",
        "DELETE FROM sealed WHERE region = $1 AND stream = $2",
        "UPDATE commands SET body = NULL WHERE region = $1 AND stream = $2",
        // Why a home was not for this client says something about the client.
        "UPDATE matching_acts SET motivation = NULL WHERE region = $1 AND EXISTS (SELECT 1 FROM matching_lines WHERE
            matching_lines.region = $1 AND matching_lines.matching = matching_acts.matching AND matching_lines.n = matching_acts.line
            AND matching_lines.stream = $2)",
    ] {
        on.execute_raw(db.statement(sql, place())).await?;
    }
    Ok(())
}
