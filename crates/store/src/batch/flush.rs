//! Writing what a batch accepted: a few statements of many rows.

use super::look_up::COUNTERS;
use super::{Batch, OUTBOX, Place, Stream};
use crate::rows::{Bulk, Cell, Rows};
use crate::timers::{DUE, HELD, key, text_of};
use crate::{Error, Sort};

impl<'a> Batch<'a> {
    /// What is to be written.
    pub(super) fn flush(&mut self) -> Result<Vec<Bulk<'a>>, Error> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.events
            .sort_unstable_by(|(a, m, _), (b, n, _)| (a, m).cmp(&(b, n)));
        let mut all = vec![self.fired()];
        let mut events = Rows::of(8);
        for (_, _, row) in rows.events {
            events.push(row);
        }
        for (rows, before) in [
            (
                events,
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
            all.push(rows.bulk(before, ""));
        }
        all.extend(self.written_homes(rows.homes).bulks());
        self.flush_heads(&mut all)?;
        self.flush_timers(&mut all);
        let mut counters = Rows::of(3);
        for counter in &self.counted {
            let last = self.counters.get(counter).copied().unwrap_or(0);
            let (region, counter) = *counter;
            counters.push([region.into(), counter.name().into(), last.into()]);
        }
        let after = " ON CONFLICT (region, name) DO UPDATE SET last = excluded.last";
        all.push(counters.bulk(COUNTERS, after));
        Ok(all)
    }

    fn flush_heads(&self, all: &mut Vec<Bulk<'a>>) -> Result<(), Error> {
        let mut touched: Vec<(Place<'a>, &Stream<'a>)> = self
            .streams
            .iter()
            .filter(|(_, stream)| stream.touched)
            .map(|(place, stream)| (*place, stream))
            .collect();
        touched.sort_unstable_by_key(|(place, _)| *place);
        let mut opened = Rows::of(16);
        // Where the row was not locked, what was read must still stand there.
        let since: &[&str] = if self.unlocked {
            &["hash", "timers"]
        } else {
            &[]
        };
        let mut moved = Rows::changes("streams", &KEY, since, &MOVED);
        let mut changed = Rows::changes("streams", &KEY, since, &CHANGED);
        let mut left = Rows::keys(&["region", "party", "stream"]);
        let mut joined = Rows::of(3);
        for ((region, id), stream) in touched {
            let (head, row) = (&stream.head, stream.row);
            if let Some(row) = row.filter(|row| row.parties != head.parties) {
                for party in head
                    .parties
                    .split(',')
                    .filter_map(|party| party.parse::<i64>().ok())
                {
                    left.push([region.into(), party.into(), id.into()]);
                }
                for party in &row.assigned {
                    joined.push([region.into(), i64::from(party.0).into(), id.into()]);
                }
            }
            let log = [
                head.version.into(),
                i64::from(head.seq).into(),
                head.hash.into(),
                text_of(&head.timers)?.into(),
            ];
            let case = case_columns(stream);
            let read = stream
                .read
                .as_ref()
                .map(|read| [read.hash.into(), read.timers.clone().into()]);
            let key = [region.into(), id.into()];
            let key = key.into_iter().chain(read.into_iter().flatten());
            match (stream.new, row) {
                (true, _) => opened.extend(
                    key.chain(log).chain(case).chain([
                        match head.sort {
                            Sort::Case => "case",
                            Sort::Life => "life",
                        }
                        .into(),
                        head.number.clone().into(),
                    ]),
                ),
                (false, Some(_)) => changed.extend(key.chain(log).chain(case)),
                (false, None) => moved.extend(key.chain(log)),
            }
        }
        all.push(opened.bulk(OPENED, ""));
        for rows in [changed, moved] {
            let mut change = rows.change();
            change.all = self.unlocked;
            all.push(change);
        }
        all.push(left.bulk("DELETE FROM case_parties WHERE ", ""));
        all.push(joined.bulk(
            "INSERT INTO case_parties (region, party, stream) VALUES ",
            " ON CONFLICT DO NOTHING",
        ));
        Ok(())
    }

    /// The timers that fired. A claim that was lost shows here, before anything else is written.
    fn fired(&mut self) -> Bulk<'a> {
        // In order, so that two nodes lock in the same order.
        self.fired.sort_unstable();
        let mut fired = Rows::keys(&HELD);
        for (due, token) in &self.fired {
            fired.extend(key(*due).into_iter().chain([(*token).into()]));
        }
        let mut fired = fired.bulk("DELETE FROM timers WHERE ", "");
        fired.all = true;
        fired
    }

    fn flush_timers(&mut self, all: &mut Vec<Bulk<'a>>) {
        // Of what is in one place, the last stays the last.
        self.timers.sort_by_key(|(due, _)| *due);
        self.timers.dedup_by(|later, one| {
            let same = later.0 == one.0;
            if same {
                one.1 = later.1;
            }
            same
        });
        let mut cleared = Rows::keys(&DUE);
        let mut set = Rows::of(6);
        for (due, token) in &self.timers {
            match token {
                None => cleared.push(key(*due)),
                Some(token) => {
                    let [region, due_at, stream, name] = key(*due);
                    let (free, token) = (0i64.into(), (*token).into());
                    set.push([region, due_at, stream, name, free, token]);
                }
            }
        }
        all.push(cleared.bulk("DELETE FROM timers WHERE ", ""));
        let after = " ON CONFLICT (region, due_at, stream, name) DO UPDATE SET lease_until = 0, token = excluded.token";
        all.push(set.bulk(
            "INSERT INTO timers (region, due_at, stream, name, lease_until, token) VALUES ",
            after,
        ));
    }
}

/// What the row of a case shows of it.
fn case_columns<'a>(stream: &Stream<'a>) -> [Cell<'a>; 8] {
    let row = stream.row;
    [
        Cell::Number(row.and_then(|row| row.scheme)),
        Cell::Number(row.and_then(|row| row.step)),
        Cell::Number(stream.head.ended),
        row.map_or(0, |row| row.overdue).into(),
        row.and_then(|row| row.next_due.as_deref()).into(),
        row.and_then(|row| row.last_due.as_deref()).into(),
        row.map_or("", |row| row.parties.as_str()).into(),
        row.map(|row| row.state.as_str()).into(),
    ]
}

/// The columns of a stream that is opened.
const OPENED: &str = "INSERT INTO streams (region, stream, version, seq, hash, timers, scheme, step, ended, overdue, next_due, last_due, parties, state, sort, number) VALUES ";

/// What tells which stream it is.
const KEY: [&str; 2] = ["region", "stream"];

/// The columns of a stream that changes together with its case.
const CHANGED: [&str; 12] = [
    "version", "seq", "hash", "timers", "scheme", "step", "ended", "overdue", "next_due",
    "last_due", "parties", "state",
];

/// And of one that leaves its case, or has none.
const MOVED: [&str; 4] = ["version", "seq", "hash", "timers"];
