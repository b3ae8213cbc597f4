//! Homes that change with what happens in a case: an offer, its answer.
//!
//! Input: the homes that the requests name, locked where several nodes write. Invariant: a request whose home is not what it needs is
//! refused as a whole, so that a case never accepts a home that another one has.

use super::Batch;
use crate::db::Db;
use crate::homes::{REGION, Written, home, look_up};
use crate::request::Request;
use crate::writer::Writer;
use crate::{Error, HomeActor, HomeRow, RegionKey};

/// A home as it is after a request, and what made it so.
pub(super) struct Rehoused {
    home: HomeRow,
    what: String,
    by: HomeActor,
}

impl<'a> Batch<'a> {
    pub(super) async fn look_up_homes(
        &mut self,
        db: &Db,
        writer: &mut Writer<'_>,
    ) -> Result<(), Error> {
        let wanted: std::collections::BTreeSet<_> = self
            .requests
            .iter()
            .flat_map(|request| {
                request
                    .homes
                    .iter()
                    .map(|write| (&request.region, write.home))
            })
            .collect();
        for row in writer.query(look_up(db, wanted)).await? {
            let home = home(&row)?;
            let region = self.region(&row, REGION)?;
            self.homes.insert((region, home.id), home);
        }
        Ok(())
    }

    /// The homes of a request as they are afterwards.
    pub(super) fn judge_homes(&self, request: &Request) -> Result<Vec<Rehoused>, Error> {
        let mut after: Vec<Rehoused> = Vec::with_capacity(request.homes.len());
        for write in &request.homes {
            if after.iter().any(|done| done.home.id == write.home) {
                return Err(Error::Malformed("a home changes once in an append"));
            }
            let home = self.homes.get(&(&request.region, write.home));
            let home = home.ok_or(Error::NoSuchHome)?;
            after.push(Rehoused {
                home: home.changed_by(&write.change, write.expected, request.at)?,
                what: serde_json::to_string(&write.change)?,
                by: write.by.clone(),
            });
        }
        Ok(after)
    }

    /// Takes in what `judge_homes` gave.
    pub(super) fn accept_homes(&mut self, region: &'a RegionKey, after: Vec<Rehoused>) {
        for Rehoused { home, what, by } in after {
            self.rows.homes.event(region, &home, what, &by);
            let place = (region, home.id);
            self.homes.insert(place, home);
            self.rehoused.insert(place);
        }
    }

    /// What is written of homes.
    pub(super) fn written_homes(&self, mut written: Written<'a>) -> Written<'a> {
        for place in &self.rehoused {
            if let Some(home) = self.homes.get(place) {
                written.home(place.0, home);
            }
        }
        written
    }
}
