//! Checking the log: hash chains, rows against the fold of their events, sealed parts against their commitments.
//!
//! Input: what is stored, nothing else. Output: every fault, with its place. Two readers work on ranges of streams. A stream and its row
//! are read as they are at one moment, so that a log that grows meanwhile shows no faults.

use convenant_engine::{Event, replay};
use tokio::task::JoinSet;

use crate::db::column;
use crate::read::{Head, Stored, head};
use crate::request::{Link, Row, genesis};
use crate::sealing::{SealedParts, join};
use crate::walk::{Range, check_folder, check_shared};
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

/// So many streams are read at once, and one.
const CHUNK: i64 = 499;
/// So many chunks are checked at the same time, each over a connection of its own.
const READERS: usize = 2;

impl Verified {
    fn add(&mut self, other: Self) {
        self.streams += other.streams;
        self.events += other.events;
        self.faults.extend(other.faults);
    }

    pub(crate) fn fault(&mut self, stream: StreamId, seq: Option<u32>, what: FaultKind) {
        self.faults.push(Fault { stream, seq, what });
    }
}

/// Where a chain stands while it is checked.
pub(crate) struct Chain {
    stream: StreamId,
    seq: u32,
    hash: Hash,
    version: Option<Hash>,
}

impl Chain {
    pub(crate) fn new(region: &RegionKey, stream: StreamId) -> Self {
        Self {
            stream,
            seq: 0,
            hash: genesis(region, stream),
            version: None,
        }
    }

    /// Whose it is.
    pub(crate) fn stream(&self) -> StreamId {
        self.stream
    }

    /// One event further.
    pub(crate) fn step(&mut self, link: &Link<'_>, hash: &[u8], found: &mut Verified) {
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

    /// Whether it ends where the row says.
    pub(crate) fn finish(&self, seq: i64, hash: &[u8], version: &[u8], found: &mut Verified) {
        if (i64::from(self.seq), self.hash.0.as_slice()) != (seq, hash) {
            found.fault(self.stream, None, FaultKind::Head);
        }
        if self.version.as_ref().map(|own| own.0.as_slice()) != Some(version) {
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
                payload: event.payload.as_bytes(),
            };
            chain.step(&link, &event.hash, &mut found);
        }
        chain.finish(
            i64::from(row.head.seq),
            &row.head.hash.0,
            &row.head.version.0,
            &mut found,
        );
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
        let mut checks = JoinSet::new();
        let mut after = Some(Vec::new());
        while let Some(from) = after.take() {
            if checks.len() >= READERS {
                found.add(next(&mut checks).await?);
            }
            let until = self.nth_stream_after(region, &from).await?;
            after.clone_from(&until);
            let range = Range {
                region: region.clone(),
                after: from,
                until,
            };
            let db = self.inner.db.clone();
            checks.spawn(async move {
                match db.pen() {
                    // Hashing is work for a processor; other tasks go on meanwhile.
                    Some(pen) => {
                        let file = pen.file.clone();
                        tokio::task::spawn_blocking(move || check_folder(&file, &range))
                            .await
                            .map_err(|_| Error::Closed)?
                    }
                    None => check_shared(&db, &range).await,
                }
            });
        }
        while !checks.is_empty() {
            found.add(next(&mut checks).await?);
        }
        found.faults.sort_by_key(|fault| (fault.stream, fault.seq));
        Ok(found)
    }

    /// The stream with which a range ends that begins after this one; none when it goes to the end.
    async fn nth_stream_after(
        &self,
        region: &RegionKey,
        after: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT stream FROM streams WHERE region = $1 AND stream > $2 ORDER BY stream LIMIT 1 OFFSET $3";
        let values = vec![region.as_str().into(), after.to_vec().into(), CHUNK.into()];
        let row = self.inner.db.row(sql, values).await?;
        row.map(|row| column(&row, 0)).transpose()
    }
}

async fn next(checks: &mut JoinSet<Result<Verified, Error>>) -> Result<Verified, Error> {
    checks
        .join_next()
        .await
        .transpose()
        .map_err(|_| Error::Closed)?
        .unwrap_or_else(|| Ok(Verified::default()))
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
