//! Reading the log of a region from one end to the other: the rows of a range of streams, and their events in order, of one moment.
//!
//! On SQLite over a connection of its own, row by row without a copy; on PostgreSQL in a transaction that sees one moment. Each event
//! goes to the same check. Invariant: every row and every event of a range is seen once, also events without a row and rows without events.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::path::Path;
use std::vec::IntoIter;

use convenant_engine::Moment;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sea_orm::{
    AccessMode, ConnectionTrait, IsolationLevel, QueryResult, TransactionOptions, TransactionTrait,
};

use crate::db::{Db, column};
use crate::direct::{failed, reading};
use crate::request::Link;
use crate::verify::{Chain, FaultKind, Verified};
use crate::{Error, RegionKey, StreamId};

const HEADS: &str =
    "SELECT stream, seq, hash, version FROM streams WHERE region = $1 AND stream > $2";
const EVENTS: &str = "SELECT stream, seq, at, version, commitments, payload, hash FROM events WHERE region = $1 AND stream > $2";

/// Streams of a region after one, up to and including another, or to the end.
#[derive(Clone)]
pub(crate) struct Range {
    pub(crate) region: RegionKey,
    pub(crate) after: Vec<u8>,
    pub(crate) until: Option<Vec<u8>>,
}

impl Range {
    fn sql(&self, select: &str, order: &str) -> String {
        let below = match self.until {
            Some(_) => "stream <= $3",
            None => "$3 = $3",
        };
        format!("{select} AND {below} ORDER BY {order}")
    }

    fn until(&self) -> &[u8] {
        self.until.as_deref().unwrap_or_default()
    }
}

/// What the row of a stream says of its last event.
struct Head {
    stream: Vec<u8>,
    seq: i64,
    hash: Vec<u8>,
    version: Vec<u8>,
}

/// An event as it is stored.
struct Recorded<'a> {
    stream: &'a [u8],
    seq: i64,
    at: i64,
    version: Option<&'a [u8]>,
    commitments: Option<&'a [u8]>,
    payload: &'a [u8],
    hash: &'a [u8],
}

/// Goes along rows and events, both in the order of their streams.
struct Walk<'a> {
    region: &'a RegionKey,
    heads: Peekable<IntoIter<Head>>,
    /// The stream whose events are being seen.
    current: Option<(Vec<u8>, Option<Chain>)>,
    found: Verified,
}

impl<'a> Walk<'a> {
    fn new(region: &'a RegionKey, heads: Vec<Head>) -> Self {
        Self {
            region,
            heads: heads.into_iter().peekable(),
            current: None,
            found: Verified::default(),
        }
    }

    fn event(&mut self, event: &Recorded<'_>) {
        let same = matches!(&self.current, Some((stream, _)) if stream == event.stream);
        if !same {
            self.leave();
            self.enter(event.stream);
        }
        let Some((_, Some(chain))) = &mut self.current else {
            self.found.events += 1;
            return;
        };
        let Ok(seq) = u32::try_from(event.seq) else {
            self.found.events += 1;
            self.found
                .fault(chain.stream(), None, FaultKind::Unreadable);
            return;
        };
        let link = Link {
            seq,
            at: Moment(event.at),
            version: event.version,
            commitments: event.commitments.unwrap_or_default(),
            payload: event.payload,
        };
        chain.step(&link, event.hash, &mut self.found);
    }

    /// An event of which a column is not of its kind.
    fn unreadable(&mut self) {
        self.found.events += 1;
        let stream = match &self.current {
            Some((_, Some(chain))) => chain.stream(),
            _ => StreamId::LIFE,
        };
        self.found.fault(stream, None, FaultKind::Unreadable);
    }

    fn enter(&mut self, stream: &[u8]) {
        while let Some(head) = self
            .heads
            .next_if(|head| head.stream.as_slice().cmp(stream) == Ordering::Less)
        {
            self.without_events(&head);
        }
        self.found.streams += 1;
        let chain = match StreamId::from_bytes(stream) {
            Ok(id) => Some(Chain::new(self.region, id)),
            Err(_) => {
                self.found
                    .fault(StreamId::LIFE, None, FaultKind::Unreadable);
                None
            }
        };
        self.current = Some((stream.to_vec(), chain));
    }

    fn leave(&mut self) {
        let Some((stream, chain)) = self.current.take() else {
            return;
        };
        let head = self.heads.next_if(|head| head.stream == stream);
        match (chain, head) {
            (Some(chain), Some(head)) => {
                chain.finish(head.seq, &head.hash, &head.version, &mut self.found);
            }
            (Some(chain), None) => self.found.fault(chain.stream(), None, FaultKind::Head),
            (None, _) => {}
        }
    }

    fn without_events(&mut self, head: &Head) {
        self.found.streams += 1;
        match StreamId::from_bytes(&head.stream) {
            Ok(stream) => self.found.fault(stream, None, FaultKind::Sequence),
            Err(_) => self
                .found
                .fault(StreamId::LIFE, None, FaultKind::Unreadable),
        }
    }

    fn finish(mut self) -> Verified {
        self.leave();
        while let Some(head) = self.heads.next() {
            self.without_events(&head);
        }
        self.found
    }
}

/// Checks a range in the file of a data folder.
pub(crate) fn check_folder(file: &Path, range: &Range) -> Result<Verified, Error> {
    let mut connection = reading(file)?;
    walk_folder(&mut connection, range).map_err(|error| failed(error).into())
}

fn walk_folder(connection: &mut Connection, range: &Range) -> rusqlite::Result<Verified> {
    // Rows and events of one moment.
    let moment = connection.transaction()?;
    let values = (range.region.as_str(), range.after.as_slice(), range.until());
    let mut heads = Vec::new();
    let mut statement = moment.prepare(&range.sql(HEADS, "stream"))?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        heads.push(Head {
            stream: bytes(row.get_ref(0)?).unwrap_or_default().to_vec(),
            seq: number(row.get_ref(1)?).unwrap_or(-1),
            hash: bytes(row.get_ref(2)?).unwrap_or_default().to_vec(),
            version: bytes(row.get_ref(3)?).unwrap_or_default().to_vec(),
        });
    }
    let mut walk = Walk::new(&range.region, heads);
    let mut statement = moment.prepare(&range.sql(EVENTS, "stream, seq"))?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        match recorded(row)? {
            Some(event) => walk.event(&event),
            None => walk.unreadable(),
        }
    }
    Ok(walk.finish())
}

/// None when a column is not of its kind.
fn recorded<'a>(row: &'a Row<'_>) -> rusqlite::Result<Option<Recorded<'a>>> {
    let optional = |value: ValueRef<'a>| match value {
        ValueRef::Null => Some(None),
        value => bytes(value).map(Some),
    };
    let (version, commitments) = (row.get_ref(3)?, row.get_ref(4)?);
    let payload = match row.get_ref(5)? {
        ValueRef::Text(text) => Some(text),
        _ => None,
    };
    let (stream, seq, at, hash) = (
        row.get_ref(0)?,
        row.get_ref(1)?,
        row.get_ref(2)?,
        row.get_ref(6)?,
    );
    Ok((|| {
        Some(Recorded {
            stream: bytes(stream)?,
            seq: number(seq)?,
            at: number(at)?,
            version: optional(version)?,
            commitments: optional(commitments)?,
            payload: payload?,
            hash: bytes(hash)?,
        })
    })())
}

fn bytes(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Blob(bytes) => Some(bytes),
        _ => None,
    }
}

fn number(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    }
}

/// Checks a range in PostgreSQL, whose columns are always of their kind.
pub(crate) async fn check_shared(db: &Db, range: &Range) -> Result<Verified, Error> {
    let moment = db
        .read
        .begin_with_options(TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        })
        .await?;
    let mut read = Vec::new();
    for sql in [range.sql(HEADS, "stream"), range.sql(EVENTS, "stream, seq")] {
        let values = vec![
            range.region.as_str().into(),
            range.after.clone().into(),
            range.until().to_vec().into(),
        ];
        read.push(moment.query_all_raw(db.statement(sql, values)).await?);
    }
    moment.commit().await?;
    let events = read.pop().unwrap_or_default();
    let heads = read.iter().flatten().map(head).collect::<Result<_, _>>()?;
    let mut walk = Walk::new(&range.region, heads);
    for row in &events {
        let (version, commitments): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (column(row, 3)?, column(row, 4)?);
        walk.event(&Recorded {
            stream: &column::<Vec<u8>>(row, 0)?,
            seq: column(row, 1)?,
            at: column(row, 2)?,
            version: version.as_deref(),
            commitments: commitments.as_deref(),
            payload: column::<String>(row, 5)?.as_bytes(),
            hash: &column::<Vec<u8>>(row, 6)?,
        });
    }
    Ok(walk.finish())
}

fn head(row: &QueryResult) -> Result<Head, Error> {
    Ok(Head {
        stream: column(row, 0)?,
        seq: column(row, 1)?,
        hash: column(row, 2)?,
        version: column(row, 3)?,
    })
}
