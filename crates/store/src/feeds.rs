//! Calendar feeds: the secret addresses under which people read their deadlines, and which cases a feed is about.
//!
//! Input: the hash of a secret. Output: whose feed it is. Invariants: the secret itself is never here; a feed that was revoked
//! stays, so that it is known when that was.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::column;
use crate::read::{HEAD, head};
use crate::{Error, Hash, Head, RegionKey, Store};

/// The table.
pub(crate) const TABLE: &str = "
CREATE TABLE feeds (
    region TEXT NOT NULL, token_hash BYTES NOT NULL, person TEXT NOT NULL, language TEXT NOT NULL,
    made BIGINT NOT NULL, revoked BIGINT,
    PRIMARY KEY (region, token_hash)) CLUSTERED;
CREATE UNIQUE INDEX feeds_by_token ON feeds (token_hash);
CREATE INDEX feeds_by_person ON feeds (region, person);
";

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Region.
    pub region: RegionKey,
    /// SHA-256 of the secret.
    pub token: Hash,
    /// Whose.
    pub person: String,
    /// Tag of the language in which it is written.
    pub language: String,
    /// When it was made.
    pub made: Moment,
    /// When it was revoked.
    pub revoked: Option<Moment>,
}

const COLUMNS: &str = "region, token_hash, person, language, made, revoked";

fn feed(row: &QueryResult) -> Result<FeedRow, Error> {
    Ok(FeedRow {
        region: RegionKey::new(&column::<String>(row, 0)?)?,
        token: Hash::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
        person: column(row, 2)?,
        language: column(row, 3)?,
        made: Moment(column(row, 4)?),
        revoked: column::<Option<i64>>(row, 5)?.map(Moment),
    })
}

impl Store {
    /// Keeps a new feed, unless the person has `most` that are not revoked: then false.
    pub async fn add_feed(&self, new: &FeedRow, most: u32) -> Result<bool, Error> {
        self.inner.require_room()?;
        let new = new.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let new = new.clone();
                Box::pin(async move {
                    let sql = "INSERT INTO feeds (region, token_hash, person, language, made)
                        SELECT $1, $2, $3, $4, $5 WHERE $6 >
                        (SELECT COUNT(*) FROM feeds WHERE region = $1 AND person = $3 AND revoked IS NULL)";
                    let values = vec![
                        new.region.as_str().into(),
                        new.token.bytes().into(),
                        new.person.into(),
                        new.language.into(),
                        new.made.0.into(),
                        i64::from(most).into(),
                    ];
                    let done = on.execute_raw(db.statement(sql, values)).await?;
                    Ok(done.rows_affected() > 0)
                })
            })
            .await
    }

    /// The feed with this token, also when it was revoked.
    pub async fn feed(&self, token: Hash) -> Result<Option<FeedRow>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM feeds WHERE token_hash = $1");
        let row = self.inner.db.row(sql, vec![token.bytes().into()]).await?;
        row.as_ref().map(feed).transpose()
    }

    /// The feeds of a person, the oldest first.
    pub async fn feeds(&self, region: &RegionKey, person: &str) -> Result<Vec<FeedRow>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM feeds WHERE region = $1 AND person = $2 ORDER BY made, token_hash"
        );
        let values = vec![region.as_str().into(), person.into()];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(feed).collect()
    }

    /// Revokes a feed for good; the first time counts.
    pub async fn revoke_feed(
        &self,
        region: &RegionKey,
        token: Hash,
        at: Moment,
    ) -> Result<(), Error> {
        let values = vec![region.as_str().into(), token.bytes().into(), at.0.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let sql = "UPDATE feeds SET revoked = $3 WHERE region = $1 AND token_hash = $2 AND revoked IS NULL";
                let statement = db.statement(sql, values.clone());
                Box::pin(async move {
                    on.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The cases of a region with a running deadline, and those in which something happened at or after `since`; by stream.
    pub async fn cases_for_feeds(
        &self,
        region: &RegionKey,
        since: Moment,
    ) -> Result<Vec<Head>, Error> {
        let sql = format!(
            "SELECT {HEAD} FROM streams WHERE region = $1 AND sort = 'case' AND (next_due IS NOT NULL OR $2 <=
            (SELECT at FROM events WHERE events.region = streams.region AND events.stream = streams.stream AND events.seq = streams.seq))
            ORDER BY stream"
        );
        let values = vec![region.as_str().into(), since.0.into()];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(head).collect()
    }
}
