//! Messages: the in-app inbox of each person, one message per person and occasion.
//!
//! A message is written in the transaction that settles its notification, together with its deliveries by other channels. Invariants: the
//! same occasion gives a person one message, whoever writes it and however often; numbers grow in the order of writing.

use std::collections::{BTreeMap, BTreeSet};

use convenant_engine::Moment;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::batch::number;
use crate::db::{Db, column};
use crate::deliveries::{self, NewDelivery};
use crate::rows::{Cell, Rows};
use crate::{Error, OutboxId, RegionKey, Store, StreamId};

/// The tables, in the one spelling for both databases. `turn` is region and party: within a lane those take turns. `awaits` says which
/// escalation waits to be read, until `awaits_until`.
pub(crate) const TABLES: &str = "
CREATE TABLE messages (
    region TEXT NOT NULL, number BIGINT NOT NULL, person TEXT NOT NULL, occasion BYTES NOT NULL,
    stream BYTES NOT NULL, seq BIGINT NOT NULL, n BIGINT NOT NULL, party TEXT NOT NULL, role TEXT NOT NULL,
    at BIGINT NOT NULL, made BIGINT NOT NULL, late_since BIGINT, urgent BIGINT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    insight TEXT NOT NULL, case_stream BYTES, awaits TEXT, read_at BIGINT, awaits_until BIGINT,
    PRIMARY KEY (region, number)) CLUSTERED;
CREATE UNIQUE INDEX messages_once ON messages (region, person, occasion);
CREATE INDEX messages_by_person ON messages (region, person, number);
CREATE INDEX messages_unread ON messages (region, person) WHERE read_at IS NULL;
CREATE INDEX messages_by_case ON messages (region, case_stream, number) WHERE case_stream IS NOT NULL;
CREATE INDEX messages_awaiting ON messages (awaits_until) WHERE awaits IS NOT NULL;
CREATE TABLE deliveries (
    region TEXT NOT NULL, id BIGINT NOT NULL, number BIGINT NOT NULL, channel TEXT NOT NULL, target TEXT NOT NULL,
    occasion BYTES NOT NULL, lane TEXT NOT NULL, turn TEXT NOT NULL, at BIGINT NOT NULL, gather_above BIGINT NOT NULL, payload TEXT,
    state BIGINT NOT NULL, attempts BIGINT NOT NULL, ambiguous BIGINT NOT NULL, due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL, token BIGINT NOT NULL, outcome TEXT, settled BIGINT, gathered_into BIGINT,
    PRIMARY KEY (region, id)) CLUSTERED;
CREATE UNIQUE INDEX deliveries_once ON deliveries (region, channel, target, occasion);
CREATE INDEX deliveries_waiting ON deliveries (lane, turn, due_at, id) WHERE state = 0;
CREATE INDEX deliveries_untried ON deliveries (region, channel, target, lane, due_at) WHERE state = 0 AND attempts = 0 AND number > 0;
CREATE INDEX deliveries_dead ON deliveries (region, id) WHERE state = 2;
CREATE INDEX deliveries_by_message ON deliveries (region, number);
CREATE INDEX deliveries_gathered ON deliveries (region, gathered_into) WHERE gathered_into IS NOT NULL;
";

/// Who reads an escalation, or passes it on, does so for all who were told of it.
pub(crate) const READING: &str = "
CREATE INDEX messages_waited_for ON messages (region, occasion) WHERE awaits IS NOT NULL;
";

/// What became due since the last look, to be gathered.
pub(crate) const BECAME_DUE: &str = "
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 0 AND attempts = 0 AND number > 0;
";

/// How `deliveries_due` selects, for SQLite: see `SHAPES`.
pub(crate) const SHAPE_OF_DUE: &str =
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('deliveries', 'deliveries_due', '10000 5')";

/// Rows in all, and rows with the same first column, the same first two columns, and so on, as SQLite keeps them for its planner.
pub(crate) const SHAPES: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('messages', 'messages', '1000000 100000 1'),
    ('messages', 'messages_once', '1000000 100000 100 1'),
    ('messages', 'messages_by_person', '1000000 100000 100 1'),
    ('messages', 'messages_unread', '100000 10000 10'),
    ('messages', 'messages_by_case', '1000000 100000 10 1'),
    ('messages', 'messages_awaiting', '1000 10'),
    ('messages', 'messages_waited_for', '1000 100 5'),
    ('deliveries', 'deliveries', '1000000 100000 1'),
    ('deliveries', 'deliveries_once', '1000000 100000 50000 100 1'),
    ('deliveries', 'deliveries_waiting', '10000 1000 100 2 1'),
    ('deliveries', 'deliveries_untried', '10000 1000 500 5 5 2'),
    ('deliveries', 'deliveries_dead', '1000 100 1'),
    ('deliveries', 'deliveries_by_message', '1000000 100000 2'),
    ('deliveries', 'deliveries_gathered', '10000 1000 10')";

/// What somebody is told of: the same for everybody who is told, and on every node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occasion(pub [u8; 16]);

impl Occasion {
    /// Of these parts, which name it within its region.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (head, _) = digest.split_at(16);
        let mut id = [0; 16];
        id.copy_from_slice(head);
        Self(id)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Error::damaged("an occasion of the wrong length"))
    }
}

impl std::fmt::Debug for Occasion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for Occasion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A message to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// For whom.
    pub person: String,
    /// Of what.
    pub occasion: Occasion,
    /// The notification that it came from.
    pub source: OutboxId,
    /// The party for which this person gets it.
    pub party: String,
    /// The roles and bodies in which this person gets it, in words.
    pub role: String,
    /// When it was intended.
    pub at: Moment,
    /// It is late: it could have been told from this moment on.
    pub late_since: Option<Moment>,
    /// It cannot wait for quiet hours to end.
    pub urgent: bool,
    /// Subject; no personal data.
    pub subject: String,
    /// Text; no personal data.
    pub body: String,
    /// Why, who else, what next: JSON.
    pub insight: String,
    /// The case that it is about.
    pub case: Option<StreamId>,
    /// The escalation that goes on to the next rung when nobody reads it.
    pub awaits: Option<Awaits>,
    /// By which other channels.
    pub deliveries: Vec<NewDelivery>,
}

/// An escalation that waits to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaits {
    /// Unread at this moment, it goes on.
    pub until: Moment,
    /// JSON of the escalation.
    pub cause: String,
}

/// A message in somebody's inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Number in the region, growing with the time of writing.
    pub number: i64,
    /// When it was written.
    pub made: Moment,
    /// When it was read.
    pub read: Option<Moment>,
    /// The message; its deliveries are asked for apart.
    pub message: NewMessage,
}

/// What somebody has not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnreadCount {
    /// Messages that were not read yet.
    pub unread: u64,
    /// Number of the latest message, read or not; 0 when there is none.
    pub last: u64,
}

/// Which messages of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Of this person.
    pub person: Option<String>,
    /// About this case.
    pub case: Option<StreamId>,
    /// Only what was not read yet.
    pub unread: bool,
}

/// An escalation that none of those who were told has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    /// Region.
    pub region: RegionKey,
    /// Case, or the convenant's life.
    pub stream: StreamId,
    /// Of what.
    pub occasion: Occasion,
    /// Until when it waited, and for what.
    pub awaits: Awaits,
}

const COLUMNS: &str = "number, person, occasion, stream, seq, n, party, role, at, made, late_since, urgent, subject, body, insight, case_stream, awaits, read_at, awaits_until";

impl Store {
    /// Messages, newest first, with a number below `before`.
    pub async fn messages(
        &self,
        region: &RegionKey,
        filter: &MessageFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<MessageRow>, Error> {
        let mut values: Vec<Value> = vec![
            region.as_str().into(),
            before.unwrap_or(i64::MAX).into(),
            i64::from(limit).into(),
        ];
        let mut sql = format!("SELECT {COLUMNS} FROM messages WHERE region = $1 AND number < $2");
        if let Some(person) = &filter.person {
            values.push(person.clone().into());
            sql.push_str(&format!(" AND person = ${}", values.len()));
        }
        if let Some(case) = filter.case {
            values.push(case.bytes().into());
            sql.push_str(&format!(" AND case_stream = ${}", values.len()));
        }
        if filter.unread {
            sql.push_str(" AND read_at IS NULL");
        }
        sql.push_str(" ORDER BY number DESC LIMIT $3");
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter().map(|row| message(region, row)).collect()
    }

    /// The messages with these numbers, in their order.
    pub async fn messages_numbered(
        &self,
        region: &RegionKey,
        numbers: &[i64],
    ) -> Result<Vec<MessageRow>, Error> {
        let db = &self.inner.db;
        let mut keys = Rows::keys(&["region", "number"]);
        for number in numbers {
            keys.push([region.as_str().into(), (*number).into()]);
        }
        let mut found = Vec::with_capacity(numbers.len());
        let before = format!("SELECT {COLUMNS} FROM messages WHERE ");
        for statement in keys.statements(db, &before, "") {
            for row in db.read(statement).await? {
                found.push(message(region, &row)?);
            }
        }
        found.sort_by_key(|row| row.number);
        Ok(found)
    }

    /// What somebody has not read: one statement, so that the count and the number belong together.
    pub async fn unread(&self, region: &RegionKey, person: &str) -> Result<UnreadCount, Error> {
        let sql = "SELECT (SELECT COUNT(*) FROM messages WHERE region = $1 AND person = $2 AND read_at IS NULL),
            (SELECT COALESCE(MAX(number), 0) FROM messages WHERE region = $1 AND person = $2)";
        let values = vec![region.as_str().into(), person.into()];
        let Some(row) = self.inner.db.row(sql, values).await? else {
            return Ok(UnreadCount::default());
        };
        Ok(UnreadCount {
            unread: column::<i64>(&row, 0)?.unsigned_abs(),
            last: column::<i64>(&row, 1)?.unsigned_abs(),
        })
    }

    /// Marks a message of this person as read, for good; the first time counts. False when this person has no such message.
    /// An escalation that one of its receivers read is read.
    pub async fn mark_read(
        &self,
        region: &RegionKey,
        person: &str,
        number: i64,
        at: Moment,
    ) -> Result<bool, Error> {
        let values: Vec<Value> = vec![region.as_str().into(), number.into(), person.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let values = values.clone();
                Box::pin(async move {
                    let mut with_time = values.clone();
                    with_time.push(at.0.into());
                    let sql = "UPDATE messages SET read_at = COALESCE(read_at, $4) WHERE region = $1 AND number = $2 AND person = $3
                        RETURNING occasion, awaits";
                    let Some(row) = on.query_one_raw(db.statement(sql, with_time)).await? else {
                        return Ok(false);
                    };
                    if column::<Option<String>>(&row, 1)?.is_some() {
                        let region = values.into_iter().next();
                        let occasion: Vec<u8> = column(&row, 0)?;
                        let values = region.into_iter().chain([occasion.into()]).collect();
                        let sql = "UPDATE messages SET awaits = NULL WHERE region = $1 AND occasion = $2 AND awaits IS NOT NULL";
                        on.execute_raw(db.statement(sql, values)).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Marks every message of this person up to a number as read; gives how many were not. What came in since it was looked at stays unread.
    /// An escalation that one of its receivers read is read.
    pub async fn mark_all_read(
        &self,
        region: &RegionKey,
        person: &str,
        up_to: i64,
        at: Moment,
    ) -> Result<u64, Error> {
        let values: Vec<Value> = vec![region.as_str().into(), person.into(), up_to.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let values = values.clone();
                Box::pin(async move {
                    let sql = "UPDATE messages SET awaits = NULL WHERE region = $1 AND awaits IS NOT NULL AND occasion IN (
                        SELECT occasion FROM messages WHERE region = $1 AND person = $2 AND number <= $3 AND read_at IS NULL AND awaits IS NOT NULL)";
                    on.execute_raw(db.statement(sql, values.clone())).await?;
                    let mut with_time = values;
                    with_time.push(at.0.into());
                    let sql = "UPDATE messages SET read_at = $4 WHERE region = $1 AND person = $2 AND number <= $3 AND read_at IS NULL";
                    let done = on.execute_raw(db.statement(sql, with_time)).await?;
                    Ok(done.rows_affected())
                })
            })
            .await
    }

    /// Counts everything that was intended before this moment as read when it was intended.
    pub async fn read_before(&self, region: &RegionKey, moment: Moment) -> Result<(), Error> {
        let values: Vec<Value> = vec![region.as_str().into(), moment.0.into()];
        self.inner
            .db
            .unit(move |db, on| {
                let values = values.clone();
                Box::pin(async move {
                    let sql = "UPDATE messages SET read_at = at WHERE region = $1 AND at < $2 AND read_at IS NULL";
                    on.execute_raw(db.statement(sql, values)).await?;
                    Ok(())
                })
            })
            .await
    }

    /// When the first escalation that nobody has read goes on, in the regions that this node works for.
    pub async fn next_unread(&self) -> Result<Option<Moment>, Error> {
        let served = self.inner.of_served();
        let sql = format!(
            "SELECT awaits_until FROM messages WHERE awaits IS NOT NULL{served} ORDER BY awaits_until LIMIT 1"
        );
        let row = self.inner.db.row(sql, Vec::new()).await?;
        row.map(|row| Ok(Moment(column(&row, 0)?))).transpose()
    }

    /// Escalations that nobody has read and that go on by this moment, the earliest first, in the regions that this node works for.
    pub async fn unread_escalations(&self, by: Moment, limit: u32) -> Result<Vec<Awaiting>, Error> {
        let served = self.inner.of_served();
        let sql = format!(
            "SELECT region, stream, occasion, MIN(awaits_until), MIN(awaits) FROM messages
            WHERE awaits IS NOT NULL AND awaits_until <= $1{served}
            GROUP BY region, stream, occasion ORDER BY MIN(awaits_until) LIMIT $2"
        );
        let values = vec![by.0.into(), i64::from(limit).into()];
        let rows = self.inner.db.rows(sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Awaiting {
                    region: RegionKey::new(&column::<String>(row, 0)?)?,
                    stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 1)?)?,
                    occasion: Occasion::from_bytes(&column::<Vec<u8>>(row, 2)?)?,
                    awaits: Awaits {
                        until: Moment(column(row, 3)?),
                        cause: column(row, 4)?,
                    },
                })
            })
            .collect()
    }

    /// An escalation needs to be read no longer: it went on, or there is nothing to go on to.
    pub async fn passed_on(&self, region: &RegionKey, occasion: Occasion) -> Result<(), Error> {
        self.awaits(region, occasion, None).await
    }

    /// An escalation could not go on: it is looked at again at this moment, and holds up no other until then.
    pub async fn put_off(
        &self,
        region: &RegionKey,
        occasion: Occasion,
        until: Moment,
    ) -> Result<(), Error> {
        self.awaits(region, occasion, Some(until)).await
    }

    async fn awaits(
        &self,
        region: &RegionKey,
        occasion: Occasion,
        until: Option<Moment>,
    ) -> Result<(), Error> {
        let change = match until {
            Some(until) => format!("awaits_until = {}", until.0),
            None => "awaits = NULL".to_owned(),
        };
        let sql = format!(
            "UPDATE messages SET {change} WHERE region = $1 AND occasion = $2 AND awaits IS NOT NULL"
        );
        let values: Vec<Value> = vec![region.as_str().into(), occasion.bytes().into()];
        self.inner
            .db
            .unit(move |db, on| {
                let (sql, values) = (sql.clone(), values.clone());
                Box::pin(async move {
                    on.execute_raw(db.statement(sql, values)).await?;
                    Ok(())
                })
            })
            .await
    }
}

fn message(region: &RegionKey, row: &QueryResult) -> Result<MessageRow, Error> {
    let case: Option<Vec<u8>> = column(row, 15)?;
    let cause: Option<String> = column(row, 16)?;
    let until: Option<i64> = column(row, 18)?;
    Ok(MessageRow {
        number: column(row, 0)?,
        made: Moment(column(row, 9)?),
        read: column::<Option<i64>>(row, 17)?.map(Moment),
        message: NewMessage {
            person: column(row, 1)?,
            occasion: Occasion::from_bytes(&column::<Vec<u8>>(row, 2)?)?,
            source: OutboxId {
                region: region.clone(),
                stream: StreamId::from_bytes(&column::<Vec<u8>>(row, 3)?)?,
                seq: number(column(row, 4)?)?,
                n: number(column(row, 5)?)?,
            },
            party: column(row, 6)?,
            role: column(row, 7)?,
            at: Moment(column(row, 8)?),
            late_since: column::<Option<i64>>(row, 10)?.map(Moment),
            urgent: column::<i64>(row, 11)? != 0,
            subject: column(row, 12)?,
            body: column(row, 13)?,
            insight: column(row, 14)?,
            case: case.map(|bytes| StreamId::from_bytes(&bytes)).transpose()?,
            awaits: cause.zip(until).map(|(cause, until)| Awaits {
                until: Moment(until),
                cause,
            }),
            deliveries: Vec::new(),
        },
    })
}

/// Writes messages with their deliveries, and deliveries of what is no message. Of a message that was there already nothing is written.
pub(crate) async fn insert(
    db: &Db,
    on: &DatabaseTransaction,
    now: Moment,
    messages: &[&NewMessage],
    others: &[(&RegionKey, &NewDelivery)],
) -> Result<(), Error> {
    let mut wanted: BTreeMap<&RegionKey, (i64, i64)> = BTreeMap::new();
    for message in messages {
        let counts = wanted.entry(&message.source.region).or_default();
        counts.0 += 1;
        counts.1 += i64::try_from(message.deliveries.len()).unwrap_or(0);
    }
    for (region, _) in others {
        wanted.entry(region).or_default().1 += 1;
    }
    let mut next: BTreeMap<&RegionKey, (i64, i64)> = BTreeMap::new();
    for (region, (messages, deliveries)) in wanted {
        let first = take(db, on, region, "messages", messages).await?;
        let second = take(db, on, region, "deliveries", deliveries).await?;
        next.insert(region, (first, second));
    }
    let mut rows = Rows::of(20);
    let mut numbered = Vec::with_capacity(messages.len());
    for message in messages {
        let number = next
            .get_mut(&message.source.region)
            .map_or(0, |(number, _)| {
                *number += 1;
                *number
            });
        rows.push(row_of(message, number, now));
        numbered.push((*message, number));
    }
    let before = format!("INSERT INTO messages (region, {COLUMNS}) VALUES ");
    let after = " ON CONFLICT DO NOTHING RETURNING region, number";
    let mut written: BTreeSet<(String, i64)> = BTreeSet::new();
    for row in rows.query(db, on, &before, after).await? {
        written.insert((column(&row, 0)?, column(&row, 1)?));
    }
    let of_messages = numbered
        .into_iter()
        .filter(|(message, number)| {
            written.contains(&(message.source.region.as_str().to_owned(), *number))
        })
        .flat_map(|(message, number)| {
            let with = move |delivery| (&message.source.region, number, delivery);
            message.deliveries.iter().map(with)
        });
    let of_others = others.iter().map(|(region, d)| (*region, 0, *d));
    let mut rows = Rows::of(20);
    for (region, number, delivery) in of_messages.chain(of_others) {
        let id = next.get_mut(region).map_or(0, |(_, id)| {
            *id += 1;
            *id
        });
        rows.push(deliveries::row_of(region, id, number, delivery));
    }
    rows.execute(db, on, deliveries::INSERT, " ON CONFLICT DO NOTHING")
        .await?;
    Ok(())
}

/// Takes so many numbers from a counter of the region; gives the last one before them.
pub(crate) async fn take(
    db: &Db,
    on: &DatabaseTransaction,
    region: &RegionKey,
    counter: &str,
    count: i64,
) -> Result<i64, Error> {
    if count == 0 {
        return Ok(0);
    }
    let sql = "INSERT INTO counters (region, name, last) VALUES ($1, $2, $3)
        ON CONFLICT (region, name) DO UPDATE SET last = counters.last + excluded.last RETURNING last";
    let values = vec![region.as_str().into(), counter.into(), count.into()];
    let row = on
        .query_one_raw(db.statement(sql, values))
        .await?
        .ok_or_else(|| Error::damaged("a counter gave no number"))?;
    Ok(column::<i64>(&row, 0)? - count)
}

fn row_of(message: &NewMessage, number: i64, now: Moment) -> [Cell<'_>; 20] {
    let awaits = message.awaits.as_ref();
    [
        (&message.source.region).into(),
        number.into(),
        message.person.as_str().into(),
        message.occasion.bytes().into(),
        message.source.stream.into(),
        i64::from(message.source.seq).into(),
        i64::from(message.source.n).into(),
        message.party.as_str().into(),
        message.role.as_str().into(),
        message.at.0.into(),
        now.0.into(),
        Cell::Number(message.late_since.map(|at| at.0)),
        i64::from(message.urgent).into(),
        message.subject.as_str().into(),
        message.body.as_str().into(),
        message.insight.as_str().into(),
        message.case.map(StreamId::bytes).into(),
        awaits.map(|awaits| awaits.cause.as_str()).into(),
        Cell::Number(None),
        Cell::Number(awaits.map(|awaits| awaits.until.0)),
    ]
}
