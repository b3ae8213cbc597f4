//! A batch of appends in one transaction: look up what they rest on, judge each, write what was accepted.
//!
//! Judging is in memory and in order, so that a request sees those before it in the batch. What is written is not copied out of the
//! requests. Invariant: a refused request leaves no trace.

mod claims;
mod flush;
mod homes;
mod known;
mod look_up;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use self::claims::Claims;
pub(crate) use self::known::Known;
use crate::db::{Db, code, column};
use crate::homes::Written;
use crate::request::{Link, Request, Row, genesis};
use crate::rows::{Cell, Rows};
use crate::timers::{Due, SetTimers};
use crate::writer::Writer;
use crate::{
    Appended, Error, Hash, HomeId, HomeRow, RegionKey, Sort, StreamId, TimerChange, TimerName,
};

type Place<'a> = (&'a RegionKey, StreamId);

/// A stream as it is stored.
struct Head {
    seq: u32,
    hash: Hash,
    version: Hash,
    number: String,
    sort: Sort,
    erased: bool,
    parties: String,
    /// The timers that are set, with when they are due.
    timers: SetTimers,
    /// When its case came to an end, if it is there.
    ended: Option<i64>,
}

/// A stream as the batch has it so far.
struct Stream<'a> {
    /// As it will be stored, but for the parties of its case.
    head: Head,
    /// Its case row, of the request that last changed it.
    row: Option<&'a Row>,
    /// Timers that were set, cleared or fired.
    changed: Vec<&'a TimerName>,
    /// What was read without locking it.
    read: Option<Read>,
    /// It has no row yet.
    new: bool,
    touched: bool,
}

impl From<Head> for Stream<'_> {
    fn from(head: Head) -> Self {
        Self {
            head,
            row: None,
            changed: Vec::new(),
            read: None,
            new: false,
            touched: false,
        }
    }
}

/// What tells whether somebody else changed a stream: its last event, and its timers, as they were spelled.
struct Read {
    hash: Hash,
    timers: Option<String>,
}

/// A command that was carried out, before or in this batch.
struct Done {
    /// None once the case was erased: then the key alone counts.
    body: Option<Vec<u8>>,
    answer: Appended,
}

/// What is counted per region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Counter {
    /// The version of its ledger.
    Ledger,
    /// The case numbers of a year.
    Cases(i16),
}

impl Counter {
    /// Its name in the table.
    fn name(self) -> String {
        match self {
            Counter::Ledger => "ledger".to_owned(),
            Counter::Cases(year) => format!("case {year}"),
        }
    }
}

struct Batch<'a> {
    requests: &'a [Box<Request>],
    /// The regions of the requests, by their keys.
    regions: BTreeMap<&'a str, &'a RegionKey>,
    /// Commands that were carried out before are not looked up, nor claims where they are written down.
    trusting: bool,
    /// Other nodes write too.
    shared: bool,
    /// The rows of its streams are not locked before they are written: what was read must still stand there then.
    unlocked: bool,
    streams: HashMap<Place<'a>, Stream<'a>>,
    commands: HashMap<(&'a RegionKey, Cow<'a, str>), Done>,
    counters: HashMap<(&'a RegionKey, Counter), i64>,
    /// What lies there afterwards: a timer with this token, or none; what comes later counts, until each is there once.
    timers: Vec<(Due<'a>, Option<i64>)>,
    /// Timers that fired, with the token of the claim, where claims are written down.
    fired: Vec<(Due<'a>, i64)>,
    homes: HashMap<(&'a RegionKey, HomeId), HomeRow>,
    /// Homes that changed.
    rehoused: BTreeSet<(&'a RegionKey, HomeId)>,
    /// Counters that changed.
    counted: BTreeSet<(&'a RegionKey, Counter)>,
    rows: Inserts<'a>,
}

/// Rows to insert.
struct Inserts<'a> {
    /// By place and sequence number, for neighbours to be written one after another.
    events: Vec<(Place<'a>, u32, [Cell<'a>; 8])>,
    sealed: Rows<'a>,
    keys: Rows<'a>,
    commands: Rows<'a>,
    outbox: Rows<'a>,
    ledger: Rows<'a>,
    homes: Written<'a>,
}

impl Default for Inserts<'_> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            sealed: Rows::of(4),
            keys: Rows::of(3),
            commands: Rows::of(8),
            outbox: Rows::of(11),
            ledger: Rows::of(10),
            homes: Written::default(),
        }
    }
}

/// Writes what can be accepted, and says for each request how it went. An error means that nothing was written, or that it is not known.
pub(crate) async fn write(
    db: &Db,
    requests: &[Box<Request>],
) -> Result<Vec<Result<Appended, Error>>, Error> {
    match attempt(db, requests, true).await {
        Ok(outcomes) if !any_doubtful(&outcomes, requests) => return Ok(outcomes),
        Ok(_) | Err(Error::TimerLost) => {}
        Err(Error::Database(error)) if is_violation(&error) => {}
        Err(error) => return Err(error),
    }
    attempt(db, requests, false).await
}

/// What is refused may be a command that was carried out before, or a claim that holds beside one that does not: then it has another
/// answer.
fn any_doubtful(outcomes: &[Result<Appended, Error>], requests: &[Box<Request>]) -> bool {
    outcomes.iter().zip(requests).any(|(outcome, request)| {
        matches!(outcome, Err(Error::TimerLost)) || outcome.is_err() && request.command.is_some()
    })
}

/// A key that is there already. SQLite: a constraint, by the primary code in the low byte.
fn is_violation(error: &sea_orm::DbErr) -> bool {
    code(error).is_some_and(|code| {
        code == "23505" || code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == 19)
    })
}

async fn attempt(
    db: &Db,
    requests: &[Box<Request>],
    trusting: bool,
) -> Result<Vec<Result<Appended, Error>>, Error> {
    let mut writer = Writer::begin(db).await?;
    let mut batch = Batch::of(requests, trusting, db.is_shared());
    let tokens = match batch.look_up(db, &mut writer).await {
        Ok(tokens) => tokens,
        Err(error) => return Err(writer.give_up(error).await),
    };
    let outcomes: Vec<_> = requests
        .iter()
        .zip(tokens)
        .map(|(request, token)| batch.settle(request, token))
        .collect();
    let statements = match batch.flush() {
        Ok(statements) => statements,
        Err(error) => return Err(writer.give_up(error).await),
    };
    if trusting && any_doubtful(&outcomes, requests) {
        writer.leave().await;
        return Ok(outcomes);
    }
    let claimed = db.claims().last();
    let turn = match writer.commit(statements).await {
        Ok(turn) => turn,
        Err(error) => {
            db.claims().reset_cursors(&batch);
            return Err(error);
        }
    };
    if turn.is_some() {
        db.claims().let_go_of(&batch, claimed);
        db.known().remember(batch);
    }
    Ok(outcomes)
}

/// Others rarely write to the same streams, because who fires holds a claim. Whether a case was erased does not show in `Read`, and what
/// is locked besides is locked after the streams elsewhere.
fn only_fires(request: &Request) -> bool {
    request.fires.is_some()
        && !request.has_secrets()
        && request.command.is_none()
        && request.booking.is_none()
        && request.homes.is_empty()
}

pub(crate) fn number(value: i64) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::damaged("a number that is out of range"))
}

pub(crate) fn sort(text: &str) -> Result<Sort, Error> {
    match text {
        "case" => Ok(Sort::Case),
        "life" => Ok(Sort::Life),
        _ => Err(Error::damaged("a stream of an unknown sort")),
    }
}

impl<'a> Batch<'a> {
    /// Nothing is looked up yet.
    fn of(requests: &'a [Box<Request>], trusting: bool, shared: bool) -> Self {
        Self {
            requests,
            regions: requests
                .iter()
                .map(|request| (request.region.as_str(), &request.region))
                .collect(),
            trusting,
            shared,
            unlocked: trusting && shared && requests.iter().all(|request| only_fires(request)),
            streams: HashMap::with_capacity(requests.len()),
            commands: HashMap::new(),
            counters: HashMap::new(),
            timers: Vec::new(),
            fired: Vec::new(),
            homes: HashMap::new(),
            rehoused: BTreeSet::new(),
            counted: BTreeSet::new(),
            rows: Inserts::default(),
        }
    }

    /// The region of a row that was looked up.
    fn region(&self, row: &sea_orm::QueryResult, index: usize) -> Result<&'a RegionKey, Error> {
        let key: String = column(row, index)?;
        let known = self.regions.get(key.as_str()).copied();
        known.ok_or_else(|| Error::damaged("a row of a region that was not asked for"))
    }

    /// Judges one request and, when it is accepted, takes it in. The token is that of the claim that holds the timer that it fires.
    fn settle(&mut self, request: &'a Request, token: Option<i64>) -> Result<Appended, Error> {
        if let Some(answer) = self.answered(request)? {
            return Ok(answer);
        }
        self.judge(request, token)?;
        let homes = self.judge_homes(request)?;
        let answer = self.accept(request)?;
        self.accept_homes(&request.region, homes);
        Ok(answer)
    }

    fn answered(&self, request: &Request) -> Result<Option<Appended>, Error> {
        let Some(command) = &request.command else {
            return Ok(None);
        };
        let name = (&request.region, Cow::Borrowed(command.key.as_str()));
        let Some(done) = self.commands.get(&name) else {
            return Ok(None);
        };
        match &done.body {
            Some(body) if *body != command.body => Err(Error::KeyReused),
            _ => Ok(Some(done.answer.clone())),
        }
    }

    fn judge(&self, request: &Request, token: Option<i64>) -> Result<(), Error> {
        let stream = self.streams.get(&(&request.region, request.stream));
        let actual = stream.map_or(0, |stream| stream.head.seq);
        if request.expected > 0 && stream.is_none() {
            return Err(Error::NoSuchStream);
        }
        if actual != request.expected {
            return Err(Error::Conflict {
                stream: request.stream,
                expected: request.expected,
                actual,
            });
        }
        if stream.is_some_and(|stream| stream.head.erased) && request.has_secrets() {
            return Err(Error::Erased);
        }
        if let Some(claim) = &request.fires {
            let there = stream.is_some_and(|stream| {
                let due_at = stream.head.timers.get(&claim.name);
                due_at == Some(&claim.due_at.0) && !stream.changed.contains(&&claim.name)
            });
            if !there || token != Some(claim.token) {
                return Err(Error::TimerLost);
            }
        }
        if let Some(booking) = &request.booking {
            let counter = (&request.region, Counter::Ledger);
            let actual = self.counters.get(&counter).copied().unwrap_or(0);
            let actual =
                u64::try_from(actual).map_err(|_| Error::damaged("a ledger version below zero"))?;
            if actual != booking.expected {
                return Err(Error::LedgerConflict {
                    expected: booking.expected,
                    actual,
                });
            }
        }
        Ok(())
    }

    fn accept(&mut self, request: &'a Request) -> Result<Appended, Error> {
        let place = (&request.region, request.stream);
        let mut stream = match self.streams.remove(&place) {
            Some(stream) => stream,
            None => self.opened(request)?,
        };
        self.chain(request, &mut stream.head)?;
        self.set_timers(request, &mut stream);
        if let Some(row) = &request.row {
            let ended = stream.head.ended;
            stream.head.ended = row.ended.map(|at| ended.unwrap_or(at.0));
            stream.row = Some(row);
        }
        stream.touched = true;
        let head = &stream.head;
        let answer = Appended {
            stream: request.stream,
            seq: head.seq,
            events: number(i64::try_from(request.events.len()).unwrap_or(i64::MAX))?,
            head: head.hash,
            number: head.number.clone(),
            repeated: false,
        };
        self.streams.insert(place, stream);
        self.insert_rest(request, &answer);
        Ok(answer)
    }

    fn opened(&mut self, request: &'a Request) -> Result<Stream<'a>, Error> {
        let opening = request.opening.ok_or(Error::NoSuchStream)?;
        let number = match opening.sort {
            Sort::Life => String::new(),
            Sort::Case => {
                let counter = (&request.region, Counter::Cases(opening.year));
                let last = self
                    .counters
                    .get_mut(&counter)
                    .ok_or_else(|| Error::damaged("no case number was looked up"))?;
                *last += 1;
                self.counted.insert(counter);
                format!("{}-{}-{:04}", request.region.letters(), opening.year, *last)
            }
        };
        let mut stream = Stream::from(Head {
            seq: 0,
            hash: genesis(&request.region, request.stream),
            version: opening.version,
            number,
            sort: opening.sort,
            erased: false,
            parties: String::new(),
            timers: SetTimers::new(),
            ended: None,
        });
        stream.new = true;
        Ok(stream)
    }

    /// Chains the events to the stream.
    fn chain(&mut self, request: &'a Request, head: &mut Head) -> Result<(), Error> {
        let mut version = request.version;
        for event in &request.events {
            head.seq = head
                .seq
                .checked_add(1)
                .ok_or(Error::Malformed("more events than can be counted"))?;
            let named = version.take();
            head.version = named.unwrap_or(head.version);
            head.hash = head.hash.link(&Link {
                seq: head.seq,
                at: event.at,
                version: named.as_ref().map(|hash| hash.0.as_slice()),
                commitments: &event.parts.commitments,
                payload: event.payload.as_bytes(),
            });
            let commitments = &event.parts.commitments;
            let row = [
                (&request.region).into(),
                request.stream.into(),
                i64::from(head.seq).into(),
                event.at.0.into(),
                named.map(Hash::bytes).into(),
                Cell::Bytes((!commitments.is_empty()).then(|| commitments.into())),
                event.payload.as_str().into(),
                head.hash.into(),
            ];
            let place = (&request.region, request.stream);
            self.rows.events.push((place, head.seq, row));
            if !event.parts.sealed.is_empty() {
                self.rows.sealed.push([
                    (&request.region).into(),
                    request.stream.into(),
                    i64::from(head.seq).into(),
                    event.parts.sealed.as_slice().into(),
                ]);
            }
        }
        if let Some(wrapped) = &request.new_key {
            self.rows.keys.push([
                (&request.region).into(),
                request.stream.into(),
                wrapped.as_slice().into(),
            ]);
        }
        Ok(())
    }

    fn set_timers(&mut self, request: &'a Request, stream: &mut Stream<'a>) {
        let due = |name: &'a TimerName, at| (&request.region, at, request.stream, name.0.as_str());
        let head = &mut stream.head;
        if let Some(claim) = &request.fires {
            stream.changed.push(&claim.name);
            head.timers.remove(&claim.name);
            let due = due(&claim.name, claim.due_at.0);
            if self.shared {
                self.fired.push((due, claim.token));
            } else {
                self.timers.push((due, None));
            }
        }
        // Above every token of an earlier timer of this name: claims on that one are lost.
        let token = i64::from(head.seq) << 20;
        for change in &request.timers {
            let (name, at) = match change {
                TimerChange::Set { name, at } => (name, Some(at.0)),
                TimerChange::Clear { name } => (name, None),
            };
            stream.changed.push(name);
            let before = match at {
                Some(at) => head.timers.insert(name.clone(), at),
                None => head.timers.remove(name),
            };
            self.timers.extend(before.map(|at| (due(name, at), None)));
            self.timers
                .extend(at.map(|at| (due(name, at), Some(token))));
        }
    }

    /// Notifications, placements, and the command.
    fn insert_rest(&mut self, request: &'a Request, answer: &Appended) {
        let seq = i64::from(answer.seq);
        for (n, outgoing) in (0i64..).zip(&request.notifications) {
            self.rows.outbox.push(outbox_row(
                &request.region,
                request.stream,
                seq,
                n,
                request.at.0,
                outgoing,
            ));
        }
        if let Some(booking) = &request.booking {
            let version = i64::try_from(booking.expected.saturating_add(1)).unwrap_or(i64::MAX);
            for (n, booked) in (0i64..).zip(&booking.placements) {
                self.rows.ledger.push([
                    (&request.region).into(),
                    version.into(),
                    n.into(),
                    request.stream.into(),
                    seq.into(),
                    i64::from(booked.scheme.0).into(),
                    i64::from(booked.party.0).into(),
                    booked.neighbourhood.as_deref().into(),
                    booked.on.to_string().into(),
                    i64::from(booked.departure).into(),
                ]);
            }
            let counter = (&request.region, Counter::Ledger);
            self.counters.insert(counter, version);
            self.counted.insert(counter);
        }
        if let Some(command) = &request.command {
            self.rows.commands.push([
                (&request.region).into(),
                command.key.as_str().into(),
                command.body.as_slice().into(),
                request.stream.into(),
                seq.into(),
                i64::from(answer.events).into(),
                answer.head.into(),
                answer.number.clone().into(),
            ]);
            let done = Done {
                body: Some(command.body.clone()),
                answer: Appended {
                    repeated: true,
                    ..answer.clone()
                },
            };
            let name = (&request.region, Cow::Borrowed(command.key.as_str()));
            self.commands.insert(name, done);
        }
    }
}

/// Begins the insertion of notifications.
pub(crate) const OUTBOX: &str = "INSERT INTO outbox (region, stream, seq, n, at, body, state, attempts, deliver_after, lease_until, token) VALUES ";

/// The row of a notification that waits.
pub(crate) fn outbox_row<'a>(
    region: &'a RegionKey,
    stream: StreamId,
    seq: i64,
    n: i64,
    at: i64,
    outgoing: &'a crate::Outgoing,
) -> [Cell<'a>; 11] {
    [
        region.into(),
        stream.into(),
        seq.into(),
        n.into(),
        at.into(),
        outgoing.body.as_str().into(),
        0i64.into(),
        0i64.into(),
        outgoing.deliver_after.map_or(at, |after| after.0).into(),
        0i64.into(),
        0i64.into(),
    ]
}

/// The answer that is kept with a command: stream, seq, events, head, number from column `first` on.
pub(crate) fn answer(row: &sea_orm::QueryResult, first: usize) -> Result<Appended, Error> {
    Ok(Appended {
        stream: StreamId::from_bytes(&column::<Vec<u8>>(row, first)?)?,
        seq: number(column(row, first + 1)?)?,
        events: number(column(row, first + 2)?)?,
        head: Hash::from_bytes(&column::<Vec<u8>>(row, first + 3)?)?,
        number: column(row, first + 4)?,
        repeated: true,
    })
}
