//! Checking the log: hash chains, rows against the fold of their events, sealed parts against their commitments.
//!
//! Input: what is stored, nothing else. Output: every fault, with its place. Reading runs ahead of hashing, and the rows of a
//! stream come as one text, because that is what a row-by-row interface is slow at.

use std::collections::BTreeMap;

use convenant_engine::{Event, Moment, replay};
use sea_orm::DbBackend;

use crate::batch::number;
use crate::db::column;
use crate::read::{Head, Stored, head};
use crate::request::{Link, Row, genesis};
use crate::sealing::{SealedParts, join};
use crate::{CaseState, Error, Hash, Payload, RegionKey, Sort, Store, StreamId};

/// What a check of a region's log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Streams checked.
    pub streams: u64,
    /// Events checked.
    pub events: u64,
    /// What is wrong; empty when all is well.
    pub faults: Vec<Fault>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stream.
    pub stream: StreamId,
    /// Event, where it is about one.
    pub seq: Option<u32>,
    /// What.
    pub what: FaultKind,
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The hash of the event is not the hash of its content and the one before.
    Hash,
    /// An event is missing or there is one too many.
    Sequence,
    /// The row of the stream does not name the last event's hash and number.
    Head,
    /// The row is not what the events fold to.
    Row,
    /// A sealed part does not open, or is not what the log committed to.
    Sealed,
    /// The event cannot be read.
    Unreadable,
    /// The stream names a version that is not there, or whose text was changed.
    Version,
}

/// Streams read at once.
const CHUNK: u32 = 256;

impl Verified {
    fn fault(&mut self, stream: StreamId, seq: Option<u32>, what: FaultKind) {
        self.faults.push(Fault { stream, seq, what });
    }
}

/// Where a chain stands while it is checked.
struct Chain {
    stream: StreamId,
    seq: u32,
    hash: Hash,
    version: Option<Hash>,
}

impl Chain {
    fn new(region: &RegionKey, stream: StreamId) -> Self {
        Self {
            stream,
            seq: 0,
            hash: genesis(region, stream),
            version: None,
        }
    }

    /// One event further.
    fn step(&mut self, link: &Link<'_>, hash: &[u8], found: &mut Verified) {
        found.events += 1;
        if link.seq != self.seq.saturating_add(1) {
            found.fault(self.stream, Some(link.seq), FaultKind::Sequence);
        }
        self.seq = link.seq;
        let computed = self.hash.link(link);
        if computed.0 != hash {
            found.fault(self.stream, Some(link.seq), FaultKind::Hash);
        }
        // From what is stored, so that one changed row is one fault.
        self.hash = Hash::from_bytes(hash).unwrap_or(computed);
        if let Some(version) = link.version {
            self.version = Hash::from_bytes(version).ok();
        }
    }

    fn finish(&self, seq: u32, hash: Hash, version: Hash, found: &mut Verified) {
        if (self.seq, self.hash) != (seq, hash) {
            found.fault(self.stream, None, FaultKind::Head);
        }
        if self.version != Some(version) {
            found.fault(self.stream, None, FaultKind::Version);
        }
    }
}

impl Store {
    /// Checks one stream completely: chain, row and sealed parts.
    pub async fn verify(&self, region: &RegionKey, stream: StreamId) -> Result<Verified, Error> {
        let row = self.row(region, stream).await?.ok_or(Error::NoSuchStream)?;
        let stored = self.stored(region, stream, 0).await?;
        let mut found = Verified {
            streams: 1,
            ..Verified::default()
        };
        let mut chain = Chain::new(region, stream);
        for event in &stored {
            let link = Link {
                seq: event.seq,
                at: event.at,
                version: event.version.as_deref(),
                commitments: &event.commitments,
                payload: &event.payload,
            };
            chain.step(&link, &event.hash, &mut found);
        }
        chain.finish(row.head.seq, row.head.hash, row.head.version, &mut found);
        if let Err(Error::Damaged(_) | Error::NoSuchVersion) =
            self.source(region, row.head.version).await
        {
            found.fault(stream, None, FaultKind::Version);
        }
        if row.head.sort == Sort::Case {
            self.verify_case(region, &row, &stored, &mut found).await?;
        }
        Ok(found)
    }

    /// The sealed parts, and the row against the fold.
    async fn verify_case(
        &self,
        region: &RegionKey,
        row: &CaseColumns,
        stored: &[Stored],
        found: &mut Verified,
    ) -> Result<(), Error> {
        let stream = row.head.stream;
        let mut sealed = self.sealed_parts(region, stream, 0).await?;
        let key = self.inner.case_key_fresh(region, stream).await?;
        if row.head.erased.is_some() && (key.is_some() || !sealed.is_empty()) {
            found.fault(stream, None, FaultKind::Sealed);
        }
        let mut events = Vec::with_capacity(stored.len());
        for stored in stored {
            let Ok(mut event) = serde_json::from_str::<Event>(&stored.payload) else {
                found.fault(stream, Some(stored.seq), FaultKind::Unreadable);
                continue;
            };
            let parts = SealedParts {
                sealed: sealed.remove(&stored.seq).unwrap_or_default(),
                commitments: stored.commitments.clone(),
            };
            let opened = key
                .as_ref()
                .and_then(|key| key.open(region, stream, stored.seq, &parts));
            let wanted = event.secrets().len();
            let fits = wanted * 32 == parts.commitments.len()
                && (wanted == 0 && parts.sealed.is_empty()
                    || opened.is_some()
                    || row.head.erased.is_some());
            if !fits || join(event.secrets(), opened).is_none() {
                found.fault(stream, Some(stored.seq), FaultKind::Sealed);
            }
            events.push(event);
        }
        if !sealed.is_empty() {
            found.fault(stream, None, FaultKind::Sealed);
        }
        let case = replay(events.iter());
        let ended = events
            .iter()
            .find(|event| matches!(event.kind, convenant_engine::EventKind::Ended { .. }))
            .map(Payload::at);
        let folded = Row::of(&CaseState::of(&case), ended.unwrap_or_default())?;
        if row.columns != Columns::of(&folded)
            || row.assigned
                != folded
                    .assigned
                    .iter()
                    .map(|party| i64::from(party.0))
                    .collect::<Vec<_>>()
        {
            found.fault(stream, None, FaultKind::Row);
        }
        Ok(())
    }

    /// Checks the hash chains and heads of all streams of a region.
    pub async fn verify_region(&self, region: &RegionKey) -> Result<Verified, Error> {
        let mut found = Verified::default();
        for version in self.versions(region).await? {
            if self.source(region, version.hash).await.is_err() {
                found.fault(StreamId::LIFE, None, FaultKind::Version);
            }
        }
        let mut next = Some(self.read_chunk(region, Vec::new()).await?);
        while let Some(chunk) = next.take() {
            let last = chunk.last.clone();
            let (region_here, mut so_far) = (region.clone(), std::mem::take(&mut found));
            // Hashing is work for a processor, and meanwhile the next chunk is read.
            let hashing = tokio::task::spawn_blocking(move || {
                check_chunk(&region_here, &chunk, &mut so_far);
                so_far
            });
            if let Some(last) = last {
                next = Some(self.read_chunk(region, last).await?);
            }
            found = hashing.await.map_err(|_| Error::Closed)?;
        }
        Ok(found)
    }

    /// The next streams after this one, each with its events as one text.
    async fn read_chunk(&self, region: &RegionKey, after: Vec<u8>) -> Result<Chunk, Error> {
        let db = &self.inner.db;
        let sql = "SELECT stream, seq, hash, version FROM streams WHERE region = $1 AND stream > $2 ORDER BY stream LIMIT $3";
        let values = vec![
            region.as_str().into(),
            after.clone().into(),
            i64::from(CHUNK).into(),
        ];
        let mut chunk = Chunk::default();
        for row in db.rows(sql, values).await? {
            let head = (
                number(column(&row, 1)?)?,
                Hash::from_bytes(&column::<Vec<u8>>(&row, 2)?)?,
                Hash::from_bytes(&column::<Vec<u8>>(&row, 3)?)?,
            );
            let stream: Vec<u8> = column(&row, 0)?;
            if u32::try_from(chunk.heads.len() + 1).is_ok_and(|read| read == CHUNK) {
                chunk.last = Some(stream.clone());
            }
            chunk.heads.insert(stream, head);
        }
        let hex = |name: &str| match db.backend {
            DbBackend::Postgres => format!("COALESCE(encode({name}, 'hex'), '')"),
            _ => format!("COALESCE(hex({name}), '')"),
        };
        let sql = format!(
            "SELECT stream, string_agg(seq || $4 || at || $4 || {} || $4 || {} || $4 || {} || $4 || payload, $5) FROM events
            WHERE region = $1 AND stream > $2{} GROUP BY stream ORDER BY stream",
            hex("version"),
            hex("commitments"),
            hex("hash"),
            if chunk.last.is_some() { " AND stream <= $3" } else { " AND $3 = $3" },
        );
        let values = vec![
            region.as_str().into(),
            after.into(),
            chunk.last.clone().unwrap_or_default().into(),
            FIELD.to_string().into(),
            RECORD.to_string().into(),
        ];
        for row in db.rows(sql, values).await? {
            chunk.logs.push((column(&row, 0)?, column(&row, 1)?));
        }
        Ok(chunk)
    }
}

/// Separators that JSON never holds unescaped.
const FIELD: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// Some streams of a region.
#[derive(Default)]
struct Chunk {
    /// Number, hash and version, by stream.
    heads: BTreeMap<Vec<u8>, (u32, Hash, Hash)>,
    /// Events of each stream.
    logs: Vec<(Vec<u8>, String)>,
    /// The last stream, when there may be more.
    last: Option<Vec<u8>>,
}

fn check_chunk(region: &RegionKey, chunk: &Chunk, found: &mut Verified) {
    let mut heads = chunk.heads.clone();
    for (stream, log) in &chunk.logs {
        let Ok(id) = StreamId::from_bytes(stream) else {
            found.fault(StreamId::LIFE, None, FaultKind::Unreadable);
            continue;
        };
        let chain = check_log(region, id, log, found);
        match heads.remove(stream) {
            Some((seq, hash, version)) => chain.finish(seq, hash, version, found),
            None => found.fault(id, None, FaultKind::Head),
        }
        found.streams += 1;
    }
    for stream in heads.keys() {
        found.streams += 1;
        let id = StreamId::from_bytes(stream).unwrap_or(StreamId::LIFE);
        found.fault(id, None, FaultKind::Sequence);
    }
}

fn check_log(region: &RegionKey, stream: StreamId, log: &str, found: &mut Verified) -> Chain {
    let mut chain = Chain::new(region, stream);
    let mut records: Vec<(u32, &str)> = log
        .split(RECORD)
        .map(|record| {
            let (seq, rest) = record.split_once(FIELD).unwrap_or_default();
            (seq.parse().unwrap_or(0), rest)
        })
        .collect();
    if !records.is_sorted_by_key(|(seq, _)| *seq) {
        records.sort_by_key(|(seq, _)| *seq);
    }
    for (seq, rest) in records {
        if read_record(seq, rest, &mut chain, found).is_none() {
            found.events += 1;
            found.fault(stream, Some(seq), FaultKind::Unreadable);
        }
    }
    chain
}

fn read_record(seq: u32, rest: &str, chain: &mut Chain, found: &mut Verified) -> Option<()> {
    let mut fields = rest.splitn(5, FIELD);
    let at = Moment(fields.next()?.parse().ok()?);
    let mut bytes = || hex::decode(fields.next()?).ok();
    let (version, commitments, hash) = (bytes()?, bytes()?, bytes()?);
    let link = Link {
        seq,
        at,
        version: (!version.is_empty()).then_some(version.as_slice()),
        commitments: &commitments,
        payload: fields.next()?,
    };
    chain.step(&link, &hash, found);
    Some(())
}

/// The columns of a case row that follow from its events.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    scheme: Option<i64>,
    step: Option<i64>,
    ended: Option<i64>,
    overdue: i64,
    next_due: Option<String>,
    last_due: Option<String>,
    parties: String,
    state: Option<String>,
}

impl Columns {
    fn of(row: &Row) -> Self {
        Self {
            scheme: row.scheme,
            step: row.step,
            ended: row.ended.map(|at| at.0),
            overdue: row.overdue,
            next_due: row.next_due.clone(),
            last_due: row.last_due.clone(),
            parties: row.parties.clone(),
            state: Some(row.state.clone()),
        }
    }
}

/// A row of the table of streams.
struct CaseColumns {
    head: Head,
    columns: Columns,
    /// Parties in the list by which cases of a party are found.
    assigned: Vec<i64>,
}

impl Store {
    async fn row(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Option<CaseColumns>, Error> {
        let values = vec![region.as_str().into(), stream.bytes().into()];
        let sql = format!(
            "SELECT {}, scheme, step, ended, overdue, next_due, last_due, parties, state FROM streams WHERE region = $1 AND stream = $2",
            crate::read::HEAD
        );
        let Some(row) = self.inner.db.row(sql, values.clone()).await? else {
            return Ok(None);
        };
        let sql = "SELECT party FROM case_parties WHERE region = $1 AND stream = $2 ORDER BY party";
        let assigned = self.inner.db.rows(sql, values).await?;
        Ok(Some(CaseColumns {
            head: head(&row)?,
            columns: Columns {
                scheme: column(&row, 7)?,
                step: column(&row, 8)?,
                ended: column(&row, 9)?,
                overdue: column(&row, 10)?,
                next_due: column(&row, 11)?,
                last_due: column(&row, 12)?,
                parties: column(&row, 13)?,
                state: column(&row, 14)?,
            },
            assigned: assigned
                .iter()
                .map(|row| column(row, 0))
                .collect::<Result<_, Error>>()?,
        }))
    }
}
