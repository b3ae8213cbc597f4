//! What a batch rests on: heads, commands, claims, ledgers and case numbers, locked where several nodes write.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use super::{Batch, Done, Head, answer, number, region, sort, text};
use crate::db::{Db, Rows, column};
use crate::request::Request;
use crate::{Error, Hash, RegionKey, Sort, StreamId, TimerName};

impl Batch {
    /// Everything that the requests rest on, locked where several nodes write.
    pub(super) async fn look_up(
        &mut self,
        db: &Db,
        on: &DatabaseTransaction,
        requests: &[Request],
    ) -> Result<(), Error> {
        // In order, so that two nodes lock in the same order.
        let places: BTreeSet<(&RegionKey, StreamId)> =
            requests.iter().map(|r| (&r.region, r.stream)).collect();
        let mut keys = Rows::keys(&["region", "stream"]);
        for (region, stream) in places {
            keys.push([text(region), stream.bytes().into()]);
        }
        let after = format!(" ORDER BY region, stream{}", db.for_update());
        let sql = "SELECT region, stream, seq, hash, version, number, sort, erased, parties FROM streams WHERE ";
        for row in keys.query(db, on, sql, &after).await? {
            let place = (
                region(&row, 0)?,
                StreamId::from_bytes(&column::<Vec<u8>>(&row, 1)?)?,
            );
            let head = Head {
                seq: number(column(&row, 2)?)?,
                hash: Hash::from_bytes(&column::<Vec<u8>>(&row, 3)?)?,
                version: Hash::from_bytes(&column::<Vec<u8>>(&row, 4)?)?,
                number: column(&row, 5)?,
                sort: sort(&column::<String>(&row, 6)?)?,
                erased: column::<Option<i64>>(&row, 7)?.is_some(),
                parties: column(&row, 8)?,
                row: None,
                touched: false,
            };
            self.heads.insert(place, head);
        }
        self.look_up_commands(db, on, requests).await?;
        self.look_up_timers(db, on, requests).await?;
        self.look_up_ledgers(db, on, requests).await
    }

    async fn look_up_commands(
        &mut self,
        db: &Db,
        on: &DatabaseTransaction,
        requests: &[Request],
    ) -> Result<(), Error> {
        let mut keys = Rows::keys(&["region", "key"]);
        let wanted: BTreeSet<_> = requests
            .iter()
            .filter_map(|request| Some((&request.region, &request.command.as_ref()?.key)))
            .collect();
        for (region, key) in wanted {
            keys.push([text(region), key.clone().into()]);
        }
        let sql =
            "SELECT region, key, body, stream, seq, events, head, number FROM commands WHERE ";
        for row in keys.query(db, on, sql, "").await? {
            let done = Done {
                body: column(&row, 2)?,
                answer: answer(&row, 3)?,
            };
            self.commands
                .insert((region(&row, 0)?, column(&row, 1)?), done);
        }
        Ok(())
    }

    async fn look_up_timers(
        &mut self,
        db: &Db,
        on: &DatabaseTransaction,
        requests: &[Request],
    ) -> Result<(), Error> {
        let mut keys = Rows::keys(&["region", "stream", "name"]);
        for claim in requests.iter().filter_map(|request| request.fires.as_ref()) {
            keys.push([
                text(&claim.region),
                claim.stream.bytes().into(),
                claim.name.0.clone().into(),
            ]);
        }
        let after = db.for_update();
        let sql = "SELECT region, stream, name, token FROM timers WHERE ";
        for row in keys.query(db, on, sql, after).await? {
            let place = (
                region(&row, 0)?,
                StreamId::from_bytes(&column::<Vec<u8>>(&row, 1)?)?,
            );
            self.tokens
                .insert((place, TimerName(column(&row, 2)?)), column(&row, 3)?);
        }
        Ok(())
    }

    async fn look_up_ledgers(
        &mut self,
        db: &Db,
        on: &DatabaseTransaction,
        requests: &[Request],
    ) -> Result<(), Error> {
        let regions: BTreeSet<&RegionKey> = requests
            .iter()
            .filter(|r| r.booking.is_some())
            .map(|r| &r.region)
            .collect();
        let mut rows = Rows::of(3);
        let mut keys = Rows::keys(&["region", "name"]);
        for region in regions {
            rows.push([text(region), "ledger".into(), 0i64.into()]);
            keys.push([text(region), "ledger".into()]);
        }
        // There must be a row to lock, or two nodes would both book the first placement.
        rows.execute(
            db,
            on,
            "INSERT INTO counters (region, name, last) VALUES ",
            " ON CONFLICT DO NOTHING",
        )
        .await?;
        let after = db.for_update();
        let sql = "SELECT region, last FROM counters WHERE ";
        for row in keys.query(db, on, sql, after).await? {
            let version = u64::try_from(column::<i64>(&row, 1)?)
                .map_err(|_| Error::damaged("a ledger version below zero"))?;
            self.ledgers.insert(region(&row, 0)?, version);
        }
        Ok(())
    }

    /// Takes case numbers for those that will open a case; a number may stay unused, none is given twice.
    pub(super) async fn number(
        &mut self,
        db: &Db,
        on: &DatabaseTransaction,
        requests: &[Request],
    ) -> Result<(), Error> {
        let mut wanted: BTreeMap<(RegionKey, i16), i64> = BTreeMap::new();
        for request in requests {
            let known = request.command.as_ref().is_some_and(|command| {
                self.commands
                    .contains_key(&(request.region.clone(), command.key.clone()))
            });
            if let Some(opening) = request.opening.filter(|opening| opening.sort == Sort::Case)
                && !known
                && !self
                    .heads
                    .contains_key(&(request.region.clone(), request.stream))
            {
                *wanted
                    .entry((request.region.clone(), opening.year))
                    .or_default() += 1;
            }
        }
        for ((region, year), count) in wanted {
            let mut rows = Rows::of(3);
            rows.push([text(&region), format!("case {year}").into(), count.into()]);
            let after = " ON CONFLICT (region, name) DO UPDATE SET last = counters.last + excluded.last RETURNING last";
            for row in rows
                .query(
                    db,
                    on,
                    "INSERT INTO counters (region, name, last) VALUES ",
                    after,
                )
                .await?
            {
                self.numbers
                    .insert((region.clone(), year), column::<i64>(&row, 0)? - count);
            }
        }
        Ok(())
    }
}
