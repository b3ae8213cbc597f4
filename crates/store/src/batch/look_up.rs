//! What a batch rests on: heads, commands, claims, ledgers and case numbers, locked where several nodes write.
//!
//! In a data folder, what is known is not asked again. A batch that trusts does not look for commands that were carried out before, for
//! the streams that it opens, nor for claims that are written down: the tables refuse what is wrong, and then nothing was written. One
//! that only fires does not lock its streams either.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Batch, Counter, Done, Head, Place, Read, Stream, answer, number, sort};
use crate::db::{Db, column};
use crate::direct::Pen;
use crate::request::Request;
use crate::rows::Rows;
use crate::timers::{DUE, key, set_timers};
use crate::writer::Writer;
use crate::{Error, Hash, RegionKey, Sort, StreamId, TimerName};

impl<'a> Batch<'a> {
    /// Everything that the requests rest on, locked where several nodes write. Gives the token of the claim that holds the
    /// timer that each fires; its own, where that is checked when the timer is deleted.
    pub(super) async fn look_up(
        &mut self,
        db: &Db,
        writer: &mut Writer<'_>,
    ) -> Result<Vec<Option<i64>>, Error> {
        self.look_up_heads(db, writer).await?;
        if !self.trusting {
            self.look_up_commands(db, writer).await?;
        }
        let tokens = self.look_up_tokens(db, writer).await?;
        self.look_up_homes(db, writer).await?;
        self.look_up_counters(db, writer).await?;
        Ok(tokens)
    }

    async fn look_up_heads(&mut self, db: &Db, writer: &mut Writer<'_>) -> Result<(), Error> {
        let mut places: Vec<Place<'a>> = self
            .requests
            .iter()
            .filter(|request| !self.trusting || request.opening.is_none())
            .map(|request| (&request.region, request.stream))
            .collect();
        // In order, so that two nodes lock in the same order.
        places.sort_unstable();
        places.dedup();
        {
            let mut known = db.known();
            places.retain(|place| match known.take_head(*place) {
                Some(head) => self.streams.insert(*place, head.into()).is_some(),
                None => true,
            });
        }
        if places.is_empty() {
            return Ok(());
        }
        if let Some(pen) = db.pen() {
            return self.read_heads(pen, places);
        }
        let mut keys = Rows::keys(&["region", "stream"]);
        for (region, stream) in &places {
            keys.push([(*region).into(), (*stream).into()]);
        }
        let locked = format!(" ORDER BY region, stream{}", db.for_update());
        let after = if self.unlocked { "" } else { &locked };
        let before = format!("SELECT region, stream, {HEAD} FROM streams WHERE ");
        for row in writer.query(keys.statements(db, &before, after)).await? {
            let place = (
                self.region(&row, 0)?,
                StreamId::from_bytes(&column::<Vec<u8>>(&row, 1)?)?,
            );
            let timers = column::<Option<String>>(&row, 9)?;
            let head = Head::stored(
                column(&row, 2)?,
                (&column::<Vec<u8>>(&row, 3)?, &column::<Vec<u8>>(&row, 4)?),
                column(&row, 5)?,
                &column::<String>(&row, 6)?,
                column(&row, 7)?,
                (column(&row, 8)?, timers.as_deref()),
                column(&row, 10)?,
            )?;
            let mut stream = Stream::from(head);
            if self.unlocked {
                let hash = stream.head.hash;
                stream.read = Some(Read { hash, timers });
            }
            self.streams.insert(place, stream);
        }
        Ok(())
    }

    /// One by one: without another thread in between, that is faster than all in one statement.
    fn read_heads(&mut self, pen: &Pen, places: Vec<Place<'a>>) -> Result<(), Error> {
        let sql = format!("SELECT {HEAD} FROM streams WHERE region = ?1 AND stream = ?2");
        pen.read(|on| {
            let mut statement = on.prepare_cached(&sql)?;
            for place in places {
                let mut rows = statement.query((place.0.as_str(), place.1.0.as_bytes()))?;
                if let Some(row) = rows.next()? {
                    let hashes = (row.get_ref(1)?.as_blob()?, row.get_ref(2)?.as_blob()?);
                    let (number, kind) = (row.get(3)?, row.get_ref(4)?.as_str()?);
                    let lists = (row.get(6)?, row.get_ref(7)?.as_str_or_null()?);
                    let (erased, ended) = (row.get(5)?, row.get(8)?);
                    match Head::stored(row.get(0)?, hashes, number, kind, erased, lists, ended) {
                        Ok(head) => self.streams.insert(place, head.into()),
                        Err(damaged) => return Ok(Err(damaged)),
                    };
                }
            }
            Ok(Ok(()))
        })?
    }

    async fn look_up_commands(&mut self, db: &Db, writer: &mut Writer<'_>) -> Result<(), Error> {
        let mut keys = Rows::keys(&["region", "key"]);
        let wanted: BTreeSet<_> = self
            .requests
            .iter()
            .filter_map(|request| Some((&request.region, &request.command.as_ref()?.key)))
            .collect();
        for (region, key) in wanted {
            keys.push([region.into(), key.as_str().into()]);
        }
        let sql =
            "SELECT region, key, body, stream, seq, events, head, number FROM commands WHERE ";
        for row in writer.query(keys.statements(db, sql, "")).await? {
            let done = Done {
                body: column(&row, 2)?,
                answer: answer(&row, 3)?,
            };
            let key: String = column(&row, 1)?;
            self.commands
                .insert((self.region(&row, 0)?, key.into()), done);
        }
        Ok(())
    }

    async fn look_up_tokens(
        &self,
        db: &Db,
        writer: &mut Writer<'_>,
    ) -> Result<Vec<Option<i64>>, Error> {
        let claims = self.requests.iter().map(|request| request.fires.as_ref());
        if !db.is_shared() {
            let held = db.claims();
            return Ok(claims.map(|claim| held.token(claim?.due())).collect());
        }
        if self.trusting {
            return Ok(claims.map(|claim| Some(claim?.token)).collect());
        }
        let mut keys = Rows::keys(&DUE);
        for claim in claims.clone().flatten() {
            keys.push(key(claim.due()));
        }
        let after = db.for_update();
        let sql = "SELECT region, stream, name, token FROM timers WHERE ";
        let mut tokens: BTreeMap<(&RegionKey, StreamId, TimerName), i64> = BTreeMap::new();
        for row in writer.query(keys.statements(db, sql, after)).await? {
            let stream = StreamId::from_bytes(&column::<Vec<u8>>(&row, 1)?)?;
            let timer = (self.region(&row, 0)?, stream, TimerName(column(&row, 2)?));
            tokens.insert(timer, column(&row, 3)?);
        }
        Ok(claims
            .map(|claim| {
                let claim = claim?;
                let timer = (&claim.region, claim.stream, claim.name.clone());
                tokens.get(&timer).copied()
            })
            .collect())
    }

    /// The counters that the requests rest on: of ledgers, and of the case numbers of those that will open a case.
    async fn look_up_counters(&mut self, db: &Db, writer: &mut Writer<'_>) -> Result<(), Error> {
        let mut wanted: BTreeSet<(&RegionKey, Counter)> = BTreeSet::new();
        for request in self.requests {
            if request.booking.is_some() {
                wanted.insert((&request.region, Counter::Ledger));
            }
            let opens = request
                .opening
                .filter(|opening| opening.sort == Sort::Case && !self.is_known(request));
            if let Some(opening) = opens {
                wanted.insert((&request.region, Counter::Cases(opening.year)));
            }
        }
        let mut keys = Rows::keys(&["region", "name"]);
        let mut rows = Rows::of(3);
        for (region, counter) in wanted {
            let name = counter.name();
            let known = db.known().take_counter(region, counter);
            if known.is_none() && db.is_shared() {
                rows.push([region.into(), name.into(), 0i64.into()]);
            } else if known.is_none() {
                keys.push([region.into(), name.into()]);
            }
            self.counters.insert((region, counter), known.unwrap_or(0));
        }
        // There must be a row to lock, or two nodes would both book the first placement.
        let statements = if db.is_shared() {
            let after = " ON CONFLICT (region, name) DO UPDATE SET last = counters.last RETURNING region, name, last";
            rows.statements(db, COUNTERS, after)
        } else {
            keys.statements(db, "SELECT region, name, last FROM counters WHERE ", "")
        };
        for row in writer.query(statements).await? {
            let (region, name) = (self.region(&row, 0)?, column::<String>(&row, 1)?);
            let last = column::<i64>(&row, 2)?;
            for ((of, counter), known) in &mut self.counters {
                if *of == region && counter.name() == name {
                    *known = last;
                }
            }
        }
        Ok(())
    }

    /// Whether its stream or its command is there already.
    fn is_known(&self, request: &Request) -> bool {
        let command = request.command.as_ref().is_some_and(|command| {
            let name = (&request.region, Cow::Borrowed(command.key.as_str()));
            self.commands.contains_key(&name)
        });
        command
            || self
                .streams
                .contains_key(&(&request.region, request.stream))
    }
}

impl Head {
    /// From the columns of `HEAD`; the hashes are its own and that of its version.
    fn stored(
        seq: i64,
        (hash, version): (&[u8], &[u8]),
        numbered: String,
        kind: &str,
        erased: Option<i64>,
        (parties, timers): (String, Option<&str>),
        ended: Option<i64>,
    ) -> Result<Self, Error> {
        Ok(Self {
            seq: number(seq)?,
            hash: Hash::from_bytes(hash)?,
            version: Hash::from_bytes(version)?,
            number: numbered,
            sort: sort(kind)?,
            erased: erased.is_some(),
            parties,
            timers: set_timers(timers)?,
            ended,
        })
    }
}

/// The columns of a head.
const HEAD: &str = "seq, hash, version, number, sort, erased, parties, timers, ended";

/// Begins the insertion of counters.
pub(super) const COUNTERS: &str = "INSERT INTO counters (region, name, last) VALUES ";
