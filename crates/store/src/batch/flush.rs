//! Writing what a batch accepted: a few statements of many rows.

use sea_orm::{Statement, Value};

use super::look_up::COUNTERS;
use super::{Batch, Head, OUTBOX, Place, text};
use crate::db::{Db, Rows};
use crate::timers::{DUE, key, text_of};
use crate::{Error, Sort};

impl Batch {
    /// The statements that write it.
    pub(super) fn flush(&mut self, db: &Db) -> Result<Vec<Statement>, Error> {
        let rows = std::mem::take(&mut self.rows);
        let mut all = Vec::new();
        for (rows, before) in [
            (
                rows.events,
                "INSERT INTO events (region, stream, seq, at, version, commitments, payload, hash) VALUES ",
            ),
            (
                rows.sealed,
                "INSERT INTO sealed (region, stream, seq, parts) VALUES ",
            ),
            (
                rows.keys,
                "INSERT INTO case_keys (region, stream, wrapped) VALUES ",
            ),
            (rows.outbox, OUTBOX),
            (
                rows.ledger,
                "INSERT INTO ledger (region, version, n, stream, seq, scheme, party, neighbourhood, on_date, departure) VALUES ",
            ),
            (
                rows.commands,
                "INSERT INTO commands (region, key, body, stream, seq, events, head, number) VALUES ",
            ),
        ] {
            all.extend(rows.statements(db, before, ""));
        }
        all.extend(self.written_homes(rows.homes).statements(db));
        self.flush_heads(db, &mut all)?;
        self.flush_timers(db, &mut all);
        let mut counters = Rows::of(3);
        for place in &self.counted {
            let last = self.counters.get(place).copied().unwrap_or(0);
            counters.push([text(&place.0), place.1.name().into(), last.into()]);
        }
        let after = " ON CONFLICT (region, name) DO UPDATE SET last = excluded.last";
        all.extend(counters.statements(db, COUNTERS, after));
        Ok(all)
    }

    fn flush_heads(&self, db: &Db, all: &mut Vec<Statement>) -> Result<(), Error> {
        let mut touched: Vec<(&Place, &Head)> =
            self.heads.iter().filter(|(_, head)| head.touched).collect();
        touched.sort_unstable_by_key(|(place, _)| *place);
        let mut streams = Rows::of(16);
        let mut left = Rows::keys(&["region", "party", "stream"]);
        let mut joined = Rows::of(3);
        for ((region, stream), head) in touched {
            let row = head.row.as_ref();
            if let Some(row) = row.filter(|row| row.parties != head.parties) {
                for party in head
                    .parties
                    .split(',')
                    .filter_map(|party| party.parse::<i64>().ok())
                {
                    left.push([text(region), party.into(), stream.bytes().into()]);
                }
                for party in &row.assigned {
                    joined.push([
                        text(region),
                        i64::from(party.0).into(),
                        stream.bytes().into(),
                    ]);
                }
            }
            streams.push([
                text(region),
                stream.bytes().into(),
                match head.sort {
                    Sort::Case => "case",
                    Sort::Life => "life",
                }
                .into(),
                head.number.clone().into(),
                head.version.bytes().into(),
                i64::from(head.seq).into(),
                head.hash.bytes().into(),
                Value::BigInt(row.and_then(|row| row.scheme)),
                Value::BigInt(row.and_then(|row| row.step)),
                Value::BigInt(row.and_then(|row| row.ended).map(|at| at.0)),
                row.map_or(0, |row| row.overdue).into(),
                Value::String(row.and_then(|row| row.next_due.clone())),
                Value::String(row.and_then(|row| row.last_due.clone())),
                row.map_or_else(String::new, |row| row.parties.clone())
                    .into(),
                Value::String(row.map(|row| row.state.clone())),
                Value::String(text_of(&head.timers)?),
            ]);
        }
        all.extend(streams.statements(db, STREAMS, STREAMS_AGAIN));
        all.extend(left.statements(db, "DELETE FROM case_parties WHERE ", ""));
        all.extend(joined.statements(
            db,
            "INSERT INTO case_parties (region, party, stream) VALUES ",
            " ON CONFLICT DO NOTHING",
        ));
        Ok(())
    }

    fn flush_timers(&self, db: &Db, all: &mut Vec<Statement>) {
        let mut cleared = Rows::keys(&DUE);
        let mut set = Rows::of(6);
        for ((region, due_at, stream, name), token) in &self.timers {
            let due = key(region, *due_at, *stream, name);
            match token {
                None => cleared.push(due),
                Some(token) => {
                    let [region, due_at, stream, name] = due;
                    let (free, token) = (0i64.into(), (*token).into());
                    set.push([region, due_at, stream, name, free, token]);
                }
            }
        }
        all.extend(cleared.statements(db, "DELETE FROM timers WHERE ", ""));
        let after = " ON CONFLICT (region, due_at, stream, name) DO UPDATE SET lease_until = 0, token = excluded.token";
        all.extend(set.statements(
            db,
            "INSERT INTO timers (region, due_at, stream, name, lease_until, token) VALUES ",
            after,
        ));
    }
}

const STREAMS: &str = "INSERT INTO streams (region, stream, sort, number, version, seq, hash, scheme, step, ended, overdue, next_due, last_due, parties, state, timers) VALUES ";

/// An append without a row leaves the row; a case keeps the moment at which it ended.
const STREAMS_AGAIN: &str = " ON CONFLICT (region, stream) DO UPDATE SET
    version = excluded.version, seq = excluded.seq, hash = excluded.hash, timers = excluded.timers,
    scheme = CASE WHEN excluded.state IS NULL THEN streams.scheme ELSE excluded.scheme END,
    step = CASE WHEN excluded.state IS NULL THEN streams.step ELSE excluded.step END,
    ended = CASE WHEN excluded.state IS NULL THEN streams.ended WHEN excluded.ended IS NULL THEN NULL
        ELSE COALESCE(streams.ended, excluded.ended) END,
    overdue = CASE WHEN excluded.state IS NULL THEN streams.overdue ELSE excluded.overdue END,
    next_due = CASE WHEN excluded.state IS NULL THEN streams.next_due ELSE excluded.next_due END,
    last_due = CASE WHEN excluded.state IS NULL THEN streams.last_due ELSE excluded.last_due END,
    parties = CASE WHEN excluded.state IS NULL THEN streams.parties ELSE excluded.parties END,
    state = COALESCE(excluded.state, streams.state)";
