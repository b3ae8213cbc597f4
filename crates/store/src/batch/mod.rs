//! A batch of appends in one transaction: look up what they rest on, judge each, write what was accepted.
//!
//! Judging is in memory and in order, so that a request sees those before it in the batch. Invariant: a refused request leaves no trace.

mod flush;
mod homes;
mod known;
mod look_up;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use self::known::{Claims, Known};
use crate::db::{Db, code, column};
use crate::homes::Written;
use crate::request::{Link, Request, Row, genesis};
use crate::rows::{Cell, Rows};
use crate::timers::SetTimers;
use crate::writer::Writer;
use crate::{
    Appended, Error, Hash, HomeId, HomeRow, RegionKey, Sort, StreamId, TimerChange, TimerName,
};

type Place = (RegionKey, StreamId);

/// A stream as the batch has it so far.
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
    /// The request that last changed its case row.
    row: Option<Row>,
    /// What was read without locking it.
    read: Option<Read>,
    /// It has no row yet.
    new: bool,
    touched: bool,
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

/// A timer where it lies: in the order in which timers are due.
type Due = (RegionKey, i64, StreamId, TimerName);

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

#[derive(Default)]
struct Batch {
    /// Commands that were carried out before are not looked up, nor claims where they are written down.
    trusting: bool,
    /// Other nodes write too.
    shared: bool,
    /// The rows of its streams are not locked before they are written: what was read must still stand there then.
    unlocked: bool,
    heads: HashMap<Place, Head>,
    commands: HashMap<(RegionKey, String), Done>,
    tokens: HashMap<(Place, TimerName), i64>,
    counters: HashMap<(RegionKey, Counter), i64>,
    /// Timers that were set, cleared or fired.
    changed: BTreeSet<(Place, TimerName)>,
    /// What lies there in the end: a timer with this token, or none.
    timers: BTreeMap<Due, Option<i64>>,
    /// Timers that fired, with the token of the claim, where claims are written down.
    fired: Vec<(Due, i64)>,
    homes: HashMap<(RegionKey, HomeId), HomeRow>,
    /// Homes that changed.
    rehoused: BTreeSet<(RegionKey, HomeId)>,
    /// Counters that changed.
    counted: BTreeSet<(RegionKey, Counter)>,
    rows: Inserts,
}

/// Rows to insert.
struct Inserts {
    /// By place and sequence number, for neighbours to be written one after another.
    events: Vec<(Place, u32, [Cell; 8])>,
    sealed: Rows,
    keys: Rows,
    commands: Rows,
    outbox: Rows,
    ledger: Rows,
    homes: Written,
}

impl Default for Inserts {
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

/// Writes what can be accepted, and says for each request how it went. An error means: nothing was written.
pub(crate) async fn write(
    db: &Db,
    requests: &[Request],
) -> Result<Vec<Result<Appended, Error>>, Error> {
    match attempt(db, requests, true).await {
        Ok(outcomes) if !outcomes.iter().zip(requests).any(is_doubtful) => return Ok(outcomes),
        Ok(_) | Err(Error::TimerLost) => {}
        Err(Error::Database(error)) if is_violation(&error) => {}
        Err(error) => return Err(error),
    }
    attempt(db, requests, false).await
}

/// What is refused may be a command that was carried out before, or a claim that holds beside one that does not: then it has another
/// answer.
fn is_doubtful((outcome, request): (&Result<Appended, Error>, &Request)) -> bool {
    matches!(outcome, Err(Error::TimerLost)) || outcome.is_err() && request.command.is_some()
}

/// A key that is there already. SQLite: a constraint, by the primary code in the low byte.
fn is_violation(error: &sea_orm::DbErr) -> bool {
    code(error).is_some_and(|code| {
        code == "23505" || code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == 19)
    })
}

async fn attempt(
    db: &Db,
    requests: &[Request],
    trusting: bool,
) -> Result<Vec<Result<Appended, Error>>, Error> {
    let mut writer = Writer::begin(db).await?;
    let mut batch = Batch {
        trusting,
        shared: db.is_shared(),
        unlocked: trusting && db.is_shared() && requests.iter().all(only_fires),
        ..Batch::default()
    };
    if let Err(error) = batch.look_up(db, &mut writer, requests).await {
        return Err(writer.give_up(error).await);
    }
    let outcomes: Vec<_> = requests
        .iter()
        .map(|request| batch.settle(request))
        .collect();
    let statements = match batch.flush() {
        Ok(statements) => statements,
        Err(error) => return Err(writer.give_up(error).await),
    };
    if trusting && outcomes.iter().zip(requests).any(is_doubtful) {
        writer.leave().await;
        return Ok(outcomes);
    }
    let claimed = db.claims().last();
    let turn = writer.commit(statements).await?;
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

fn region(row: &sea_orm::QueryResult, index: usize) -> Result<RegionKey, Error> {
    RegionKey::new(&column::<String>(row, index)?)
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

impl Batch {
    /// Judges one request and, when it is accepted, takes it in.
    fn settle(&mut self, request: &Request) -> Result<Appended, Error> {
        if let Some(answer) = self.answered(request)? {
            return Ok(answer);
        }
        self.judge(request)?;
        let homes = self.judge_homes(request)?;
        let answer = self.accept(request)?;
        self.accept_homes(&request.region, homes);
        Ok(answer)
    }

    fn answered(&self, request: &Request) -> Result<Option<Appended>, Error> {
        let Some(command) = &request.command else {
            return Ok(None);
        };
        let Some(done) = self
            .commands
            .get(&(request.region.clone(), command.key.clone()))
        else {
            return Ok(None);
        };
        match &done.body {
            Some(body) if *body != command.body => Err(Error::KeyReused),
            _ => Ok(Some(done.answer.clone())),
        }
    }

    fn judge(&self, request: &Request) -> Result<(), Error> {
        let place = (request.region.clone(), request.stream);
        let head = self.heads.get(&place);
        let actual = head.map_or(0, |head| head.seq);
        if request.expected > 0 && head.is_none() {
            return Err(Error::NoSuchStream);
        }
        if actual != request.expected {
            return Err(Error::Conflict {
                stream: request.stream,
                expected: request.expected,
                actual,
            });
        }
        if head.is_some_and(|head| head.erased) && request.has_secrets() {
            return Err(Error::Erased);
        }
        if let Some(claim) = &request.fires {
            let timer = (place, claim.name.clone());
            let changed = self.changed.contains(&timer);
            if changed || self.tokens.get(&timer) != Some(&claim.token) {
                return Err(Error::TimerLost);
            }
        }
        if let Some(booking) = &request.booking {
            let counter = (request.region.clone(), Counter::Ledger);
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

    fn accept(&mut self, request: &Request) -> Result<Appended, Error> {
        let place = (request.region.clone(), request.stream);
        let mut head = match self.heads.remove(&place) {
            Some(head) => head,
            None => self.opened(request)?,
        };
        self.chain(request, &mut head)?;
        self.set_timers(request, &place, &mut head);
        if let Some(row) = &request.row {
            head.ended = row.ended.map(|at| head.ended.unwrap_or(at.0));
            head.row = Some(row.clone());
        }
        head.touched = true;
        let answer = Appended {
            stream: request.stream,
            seq: head.seq,
            events: number(i64::try_from(request.events.len()).unwrap_or(i64::MAX))?,
            head: head.hash,
            number: head.number.clone(),
            repeated: false,
        };
        self.heads.insert(place, head);
        self.insert_rest(request, &answer);
        Ok(answer)
    }

    fn opened(&mut self, request: &Request) -> Result<Head, Error> {
        let opening = request.opening.ok_or(Error::NoSuchStream)?;
        let number = match opening.sort {
            Sort::Life => String::new(),
            Sort::Case => {
                let counter = (request.region.clone(), Counter::Cases(opening.year));
                let last = self
                    .counters
                    .get_mut(&counter)
                    .ok_or_else(|| Error::damaged("no case number was looked up"))?;
                *last += 1;
                self.counted.insert(counter);
                format!("{}-{}-{:04}", request.region.letters(), opening.year, *last)
            }
        };
        Ok(Head {
            seq: 0,
            hash: genesis(&request.region, request.stream),
            version: opening.version,
            number,
            sort: opening.sort,
            erased: false,
            parties: String::new(),
            timers: SetTimers::new(),
            ended: None,
            row: None,
            read: None,
            new: true,
            touched: true,
        })
    }

    /// Chains the events to the stream.
    fn chain(&mut self, request: &Request, head: &mut Head) -> Result<(), Error> {
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
                Cell::Bytes(named.map(Hash::bytes)),
                Cell::Bytes((!commitments.is_empty()).then(|| commitments.clone())),
                event.payload.clone().into(),
                head.hash.into(),
            ];
            let place = (request.region.clone(), request.stream);
            self.rows.events.push((place, head.seq, row));
            if !event.parts.sealed.is_empty() {
                self.rows.sealed.push([
                    (&request.region).into(),
                    request.stream.into(),
                    i64::from(head.seq).into(),
                    event.parts.sealed.clone().into(),
                ]);
            }
        }
        if let Some(wrapped) = &request.new_key {
            self.rows.keys.push([
                (&request.region).into(),
                request.stream.into(),
                wrapped.clone().into(),
            ]);
        }
        Ok(())
    }

    fn set_timers(&mut self, request: &Request, place: &Place, head: &mut Head) {
        let due = |name: &TimerName, at| (place.0.clone(), at, place.1, name.clone());
        if let Some(claim) = &request.fires {
            self.changed.insert((place.clone(), claim.name.clone()));
            head.timers.remove(&claim.name);
            let due = due(&claim.name, claim.due_at.0);
            if self.shared {
                self.fired.push((due, claim.token));
            } else {
                self.timers.insert(due, None);
            }
        }
        // Above every token of an earlier timer of this name: claims on that one are lost.
        let token = i64::from(head.seq) << 20;
        for change in &request.timers {
            let (name, at) = match change {
                TimerChange::Set { name, at } => (name, Some(at.0)),
                TimerChange::Clear { name } => (name, None),
            };
            self.changed.insert((place.clone(), name.clone()));
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
    fn insert_rest(&mut self, request: &Request, answer: &Appended) {
        let stream = || Cell::from(request.stream);
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
                    stream(),
                    seq.into(),
                    i64::from(booked.scheme.0).into(),
                    i64::from(booked.party.0).into(),
                    Cell::Text(booked.neighbourhood.clone()),
                    booked.on.to_string().into(),
                    i64::from(booked.departure).into(),
                ]);
            }
            let counter = (request.region.clone(), Counter::Ledger);
            self.counters.insert(counter.clone(), version);
            self.counted.insert(counter);
        }
        if let Some(command) = &request.command {
            self.rows.commands.push([
                (&request.region).into(),
                command.key.clone().into(),
                command.body.clone().into(),
                stream(),
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
            self.commands
                .insert((request.region.clone(), command.key.clone()), done);
        }
    }
}

/// Begins the insertion of notifications.
pub(crate) const OUTBOX: &str = "INSERT INTO outbox (region, stream, seq, n, at, body, state, attempts, deliver_after, lease_until, token) VALUES ";

/// The row of a notification that waits.
pub(crate) fn outbox_row(
    region: &RegionKey,
    stream: StreamId,
    seq: i64,
    n: i64,
    at: i64,
    outgoing: &crate::Outgoing,
) -> [Cell; 11] {
    [
        region.into(),
        stream.into(),
        seq.into(),
        n.into(),
        at.into(),
        outgoing.body.clone().into(),
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
