//! Reports of homes: one, or a file full of them, all of it or nothing.
//!
//! Input: homes, each perhaps under a reference. Output: which are new, corrected or known already. Invariant: a party has one home under
//! a reference, so that the same file twice reports nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::change::Written;
use super::{COLUMNS, HomeActor, HomeChange, HomeId, HomeRow, HomeState, NewHome, home, text};
use crate::db::{Db, column};
use crate::{Error, RegionKey, Store};

/// What became of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported {
    /// New homes, in the order of the report.
    pub made: Vec<HomeId>,
    /// Known by their reference, with other facts from now on.
    pub corrected: Vec<HomeId>,
    /// Known by their reference, as they were reported.
    pub known: Vec<HomeId>,
}

/// A home that cannot be reported as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotReported {
    /// Its place in the report, from 0.
    pub index: usize,
    /// Why.
    pub why: WhyNotReported,
}

/// Why a home cannot be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNotReported {
    /// Another one in the same report has its reference: that one's place, from 0.
    Twice(usize),
    /// The home with its reference has other facts and cannot be corrected any more.
    Fixed(HomeState),
}

/// Homes by the party that they are of and its reference.
type ByReference = BTreeMap<(u16, String), HomeRow>;

impl Store {
    /// Reports homes: all of them, or none and why not. One with a known reference is corrected when its facts are other ones.
    pub async fn report_homes(
        &self,
        region: &RegionKey,
        homes: Vec<NewHome>,
        by: HomeActor,
        at: Moment,
    ) -> Result<Result<Reported, Vec<NotReported>>, Error> {
        self.inner.require_room()?;
        let twice = twice(&homes);
        if !twice.is_empty() {
            return Ok(Err(twice));
        }
        let region = region.clone();
        self.inner
            .db
            .unit(move |db, on| {
                let (region, homes, by) = (region.clone(), homes.clone(), by.clone());
                Box::pin(async move { carry_out(db, on, &region, homes, &by, at).await })
            })
            .await
    }
}

fn twice(homes: &[NewHome]) -> Vec<NotReported> {
    let mut seen: BTreeMap<(u16, &str), usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, new) in homes.iter().enumerate() {
        let Some(reference) = &new.reference else {
            continue;
        };
        match seen.get(&(new.owner, reference.as_str())) {
            Some(first) => found.push(NotReported {
                index,
                why: WhyNotReported::Twice(*first),
            }),
            None => {
                seen.insert((new.owner, reference), index);
            }
        }
    }
    found
}

async fn carry_out(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    homes: Vec<NewHome>,
    by: &HomeActor,
    at: Moment,
) -> Result<Result<Reported, Vec<NotReported>>, Error> {
    // The row of the counter is the lock: of two reports the second waits here, and sees the references of the first.
    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, 'homes', $2)
        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + $2 RETURNING last";
    let count = i64::try_from(homes.len()).unwrap_or(i64::MAX);
    let counted = on
        .query_one_raw(db.statement(sql, vec![text(region), count.into()]))
        .await?
        .ok_or_else(|| Error::damaged("the homes got no ids"))?;
    let mut next = column::<i64>(&counted, 0)?.saturating_sub(count);
    let known = known(db, on, region, &homes).await?;
    let mut reported = Reported::default();
    let mut refused = Vec::new();
    let mut written = Written::default();
    for (index, new) in homes.into_iter().enumerate() {
        let reference = new.reference.clone().map(|r| (new.owner, r));
        let Some(before) = reference.and_then(|key| known.get(&key)) else {
            next = next.saturating_add(1);
            let row = made(HomeId(next), new, at);
            write(
                &mut written,
                region,
                &row,
                &HomeChange::Report(row.facts.clone()),
                by,
            )?;
            reported.made.push(row.id);
            continue;
        };
        if before.facts == new.facts {
            reported.known.push(before.id);
            continue;
        }
        let change = HomeChange::Correct(new.facts);
        match before.changed_by(&change, before.version, at) {
            Ok(row) => {
                write(&mut written, region, &row, &change, by)?;
                reported.corrected.push(row.id);
            }
            Err(Error::HomeRefused { state, .. }) => refused.push(NotReported {
                index,
                why: WhyNotReported::Fixed(state),
            }),
            Err(other) => return Err(other),
        }
    }
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    written.execute(db, on).await?;
    Ok(Ok(reported))
}

fn made(id: HomeId, new: NewHome, at: Moment) -> HomeRow {
    HomeRow {
        id,
        version: 1,
        owner: new.owner,
        reference: new.reference,
        facts: new.facts,
        state: HomeState::Free,
        reported: at,
        changed: at,
    }
}

fn write<'a>(
    written: &mut Written<'a>,
    region: &'a RegionKey,
    row: &HomeRow,
    change: &HomeChange,
    by: &HomeActor,
) -> Result<(), Error> {
    written.home(region, row);
    written.event(region, row, serde_json::to_string(&change)?, by);
    Ok(())
}

/// The homes of those parties that have a reference, when any is reported under one.
async fn known(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    homes: &[NewHome],
) -> Result<ByReference, Error> {
    let owners: BTreeSet<u16> = homes
        .iter()
        .filter(|new| new.reference.is_some())
        .map(|new| new.owner)
        .collect();
    let mut found = ByReference::new();
    for owner in owners {
        let sql = format!(
            "SELECT {COLUMNS} FROM homes WHERE region = $1 AND owner = $2 AND reference IS NOT NULL ORDER BY id{}",
            db.for_update()
        );
        let values = vec![text(region), i64::from(owner).into()];
        for row in on.query_all_raw(db.statement(sql, values)).await? {
            let row = home(&row)?;
            if let Some(reference) = row.reference.clone() {
                found.insert((owner, reference), row);
            }
        }
    }
    Ok(found)
}
