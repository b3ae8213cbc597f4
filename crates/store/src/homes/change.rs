//! Changes of homes: checked against the state they find, and written with the row that keeps them.
//!
//! Input: a home as it is (locked where several nodes write) and a change. Output: the home afterwards, or why not. Invariant: what the
//! state refuses is told before what the version refuses, so that who comes second hears the reason.

use convenant_engine::Moment;
use sea_orm::{DatabaseTransaction, Statement};

use super::{COLUMNS, HomeActor, HomeChange, HomeId, HomeRow, HomeWrite, home};
use crate::db::Db;
use crate::rows::{Bulk, Cell, Rows};
use crate::{Error, RegionKey, Store};

impl HomeRow {
    /// The home after a change that rests on the version `expected`.
    pub(crate) fn changed_by(
        &self,
        change: &HomeChange,
        expected: u32,
        at: Moment,
    ) -> Result<HomeRow, Error> {
        let Some(state) = change.after(self.state) else {
            return Err(Error::HomeRefused {
                home: self.id,
                state: self.state,
            });
        };
        if expected != self.version {
            return Err(Error::HomeConflict {
                home: self.id,
                expected,
                actual: self.version,
            });
        }
        let version = self
            .version
            .checked_add(1)
            .ok_or(Error::Malformed("more changes than can be counted"))?;
        let facts = match change {
            HomeChange::Correct(facts) => facts.clone(),
            _ => self.facts.clone(),
        };
        Ok(HomeRow {
            version,
            state,
            facts,
            changed: at,
            ..self.clone()
        })
    }
}

/// Homes and events to write, each home once.
pub(crate) struct Written<'a> {
    homes: Rows<'a>,
    events: Rows<'a>,
}

impl Default for Written<'_> {
    fn default() -> Self {
        Self {
            homes: Rows::of(12),
            events: Rows::of(8),
        }
    }
}

impl<'a> Written<'a> {
    /// A home as it is afterwards.
    pub(crate) fn home(&mut self, region: &'a RegionKey, row: &HomeRow) {
        self.homes.push([
            region.into(),
            row.id.0.into(),
            i64::from(row.version).into(),
            i64::from(row.owner).into(),
            row.reference.clone().into(),
            Cell::Number(row.facts.municipality.map(i64::from)),
            row.facts.available.map(|day| day.to_string()).into(),
            row.facts.facts.clone().into(),
            row.state.standing().name().into(),
            row.state.case().map(crate::StreamId::bytes).into(),
            row.reported.0.into(),
            row.changed.0.into(),
        ]);
    }

    /// What made a home what it is now: JSON of the change, and by whom.
    pub(crate) fn event(
        &mut self,
        region: &'a RegionKey,
        home: &HomeRow,
        what: String,
        by: &HomeActor,
    ) {
        let HomeActor {
            person,
            party,
            motivation,
        } = by.clone();
        self.events.push([
            region.into(),
            home.id.0.into(),
            i64::from(home.version).into(),
            home.changed.0.into(),
            person.into(),
            Cell::Number(party.map(i64::from)),
            what.into(),
            motivation.into(),
        ]);
    }

    /// What writes it in a batch.
    pub(crate) fn bulks(self) -> [Bulk<'a>; 2] {
        [
            self.homes.bulk(HOMES, HOMES_AGAIN),
            self.events.bulk(EVENTS, ""),
        ]
    }

    /// Writes it.
    pub(super) async fn execute(self, db: &Db, on: &DatabaseTransaction) -> Result<(), Error> {
        self.homes.execute(db, on, HOMES, HOMES_AGAIN).await?;
        self.events.execute(db, on, EVENTS, "").await?;
        Ok(())
    }
}

const HOMES: &str = "INSERT INTO homes (region, id, version, owner, reference, municipality, available, facts, state, stream, reported, changed) VALUES ";

const HOMES_AGAIN: &str = " ON CONFLICT (region, id) DO UPDATE SET version = excluded.version, municipality = excluded.municipality,
    available = excluded.available, facts = excluded.facts, state = excluded.state, stream = excluded.stream, changed = excluded.changed";

const EVENTS: &str =
    "INSERT INTO home_events (region, home, version, at, person, party, what, motivation) VALUES ";

/// The statements that read these homes, locked where several nodes write, in an order that all nodes have.
pub(crate) fn look_up<'a>(
    db: &Db,
    homes: impl IntoIterator<Item = (&'a RegionKey, HomeId)>,
) -> Vec<Statement> {
    let mut keys = Rows::keys(&["region", "id"]);
    for (region, id) in homes {
        keys.push([region.into(), id.0.into()]);
    }
    let after = format!(" ORDER BY region, id{}", db.for_update());
    let before = format!("SELECT {COLUMNS}, region FROM homes WHERE ");
    keys.statements(db, &before, &after)
}

/// Where the key of the region stands in a row that `look_up` reads.
pub(crate) const REGION: usize = 11;

impl Store {
    /// Changes a home that has the version `expected`; gives it as it is now. `Error::HomeRefused` says what it is instead when it is
    /// no longer what the change needs, `Error::HomeConflict` that it has changed otherwise.
    pub async fn change_home(
        &self,
        region: &RegionKey,
        write: HomeWrite,
        at: Moment,
    ) -> Result<HomeRow, Error> {
        self.inner.require_room()?;
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let (region, write) = (region.clone(), write.clone());
                Box::pin(async move { carry_out(db, on, &region, write, at).await })
            })
            .await
    }
}

async fn carry_out(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    write: HomeWrite,
    at: Moment,
) -> Result<HomeRow, Error> {
    let mut found = None;
    for statement in look_up(db, [(region, write.home)]) {
        let rows = sea_orm::ConnectionTrait::query_all_raw(on, statement).await?;
        if let Some(row) = rows.first() {
            found = Some(home(row)?);
        }
    }
    let before = found.ok_or(Error::NoSuchHome)?;
    let after = before.changed_by(&write.change, write.expected, at)?;
    let mut written = Written::default();
    written.home(region, &after);
    let what = serde_json::to_string(&write.change)?;
    written.event(region, &after, what, &write.by);
    written.execute(db, on).await?;
    Ok(after)
}
