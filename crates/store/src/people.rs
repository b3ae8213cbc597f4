//! The directory of people: one row per person, with a counter per region that grows with every change.
//!
//! Input: people as JSON, with the entry of the file that they came from. Output: rows by id. Invariant: a change and the counter are
//! written in one transaction, so that a node that finds the counter it knows holds the people as they are; whoever gets the id of
//! somebody who is gone inherits nothing.

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::db::{Db, column};
use crate::rows::Rows;
use crate::{Error, RegionKey, Store};

/// The table, in the one spelling for both databases.
pub(crate) const TABLE: &str = "
CREATE TABLE people (
    region TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, imported TEXT, changed BIGINT NOT NULL,
    PRIMARY KEY (region, id)) CLUSTERED;
";

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Id, unique in the region.
    pub id: String,
    /// JSON as it was put in.
    pub body: String,
    /// The entry of the file that it was imported from, as JSON; none when it was made over the API.
    pub imported: Option<String>,
    /// When it changed last.
    pub changed: Moment,
}

/// The people of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Grows with every change; never newer than the rows.
    pub version: u64,
    /// By id.
    pub rows: Vec<PersonRow>,
}

/// People to put in (new, or in the place of the one with that id) and to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleChange {
    /// To put in.
    pub put: Vec<PersonRow>,
    /// To remove, by id.
    pub remove: Vec<String>,
    /// Of these nothing is left under their id, and since when: messages and what was sent stay as they are, their calendar feeds are
    /// revoked, and whoever gets the id later finds none of it.
    pub gone: Vec<(String, Moment)>,
    /// Only when the people have this version.
    pub expected: Option<u64>,
}

impl Store {
    /// The people of a region.
    pub async fn people(&self, region: &RegionKey) -> Result<People, Error> {
        // Read before the rows: a change in between is seen at the next look.
        let version = self.people_version(region).await?;
        let sql = "SELECT id, body, imported, changed FROM people WHERE region = $1 ORDER BY id";
        let rows = self
            .inner
            .db
            .rows(sql, vec![region.as_str().into()])
            .await?;
        let rows = rows.iter().map(|row| {
            Ok(PersonRow {
                id: column(row, 0)?,
                body: column(row, 1)?,
                imported: column(row, 2)?,
                changed: Moment(column(row, 3)?),
            })
        });
        let mut rows: Vec<PersonRow> = rows.collect::<Result<_, Error>>()?;
        // By bytes, whatever the collation of the database is.
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(People { version, rows })
    }

    /// The version of the people of a region; 0 before the first.
    pub async fn people_version(&self, region: &RegionKey) -> Result<u64, Error> {
        let sql = "SELECT last FROM counters WHERE region = $1 AND name = 'people'";
        let row = self.inner.db.row(sql, vec![region.as_str().into()]).await?;
        let last = row.map_or(Ok(0), |row| column::<i64>(&row, 0))?;
        u64::try_from(last).map_err(|_| Error::damaged("the version of the people is negative"))
    }

    /// Carries out a change, all of it or nothing; gives the new version.
    pub async fn change_people(
        &self,
        region: &RegionKey,
        change: PeopleChange,
    ) -> Result<u64, Error> {
        self.inner.require_room()?;
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let (region, change) = (region.clone(), change.clone());
                Box::pin(async move { carry_out(db, on, &region, change).await })
            })
            .await
    }
}

async fn carry_out(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    change: PeopleChange,
) -> Result<u64, Error> {
    // The row of the counter is the lock: of two changes the second waits here, and sees the first.
    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, 'people', 1)
        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + 1 RETURNING last";
    let row = on
        .query_one_raw(db.statement(sql, vec![region.as_str().into()]))
        .await?
        .ok_or_else(|| Error::damaged("the people got no version"))?;
    let version = u64::try_from(column::<i64>(&row, 0)?)
        .map_err(|_| Error::damaged("the version of the people is negative"))?;
    let actual = version.saturating_sub(1);
    if let Some(expected) = change.expected.filter(|expected| *expected != actual) {
        return Err(Error::PeopleConflict { expected, actual });
    }
    for id in change.remove {
        let sql = "DELETE FROM people WHERE region = $1 AND id = $2";
        on.execute_raw(db.statement(sql, vec![region.as_str().into(), id.into()]))
            .await?;
    }
    for (id, since) in change.gone {
        retire(db, on, region, &id, version, since).await?;
    }
    let mut rows = Rows::of(5);
    for person in change.put {
        rows.push([
            region.as_str().into(),
            person.id.into(),
            person.body.into(),
            person.imported.into(),
            person.changed.0.into(),
        ]);
    }
    let after = " ON CONFLICT (region, id) DO UPDATE SET body = excluded.body, imported = excluded.imported, changed = excluded.changed";
    let before = "INSERT INTO people (region, id, body, imported, changed) VALUES ";
    rows.execute(db, on, before, after).await?;
    Ok(version)
}

/// Puts what was of a person under a name that no person can have.
async fn retire(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    id: &str,
    version: u64,
    since: Moment,
) -> Result<(), Error> {
    let retired = format!("{id}~{version}");
    for sql in [
        "UPDATE messages SET person = $3 WHERE region = $1 AND person = $2",
        "UPDATE deliveries SET target = $3 WHERE region = $1 AND channel = 'mail' AND target = $2",
        "UPDATE feeds SET person = $3 WHERE region = $1 AND person = $2",
    ] {
        let values = vec![region.as_str().into(), id.into(), retired.as_str().into()];
        on.execute_raw(db.statement(sql, values)).await?;
    }
    let sql = "UPDATE feeds SET revoked = $3 WHERE region = $1 AND person = $2 AND revoked IS NULL";
    let values = vec![region.as_str().into(), retired.into(), since.0.into()];
    on.execute_raw(db.statement(sql, values)).await?;
    Ok(())
}
