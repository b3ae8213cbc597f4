//! Reads a data folder that went through kills, and finds everything that should not be so.
//!
//! Input: the folder, and what was acknowledged. Output: nothing, or a failure that names the first mistakes. What ought to have
//! been told to whom is worked out here from the events and the region's file alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use convenant_engine::{
    Actor, Case, Cause, DeadlineRef, Event, EventKind, Holidays, Moment, Notification, Place,
    Program, TimerKey, apply, timers,
};
use convenant_lang::model::{Convenant, ExitId, NoticeId, SchemeId, Trigger, Who};
use convenant_server::regions::{RegionFiles, Version};
use convenant_store::{
    CaseFilter, Hash, Head, Location, OutboxRow, Recorded, RegionKey, Store, StreamId,
};
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

use super::clients::Sent;
use super::delivery::stream;

/// What is wrong, by place.
pub type Wrong = Vec<String>;

/// Everything about one region.
pub struct Audit<'a> {
    pub key: RegionKey,
    pub store: &'a Store,
    pub sql: &'a DatabaseConnection,
    pub version: Version,
    /// Folders in which mail was put.
    pub spools: &'a [PathBuf],
    /// The first day that is looked at as a whole.
    pub begun: Date,
    pub now: Moment,
}

/// One case as it lies in the log.
pub struct Log {
    pub head: Head,
    pub events: Vec<Recorded<Event>>,
    pub notes: Vec<OutboxRow>,
}

/// What is checked: data that no server uses any more, and the mail that came of it.
pub struct Scene {
    /// For the store.
    pub location: Location,
    /// For a look at the tables; PostgreSQL has been given a function `hex`.
    pub url: String,
    /// Folders in which mail was put: one for each node.
    pub spools: Vec<PathBuf>,
    /// The day on which the servers began.
    pub begun: Date,
}

/// Checks everything against what was acknowledged.
pub fn audit(scene: &Scene, sent: &[Sent]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wrong = runtime.block_on(read(scene, sent));
    assert!(
        wrong.is_empty(),
        "{} things are wrong:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(30)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

async fn read(scene: &Scene, sent: &[Sent]) -> Wrong {
    let store = Store::open(scene.location.clone()).await.unwrap();
    let sql = Database::connect(&scene.url).await.unwrap();
    let convenants = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convenants");
    let now = clock(&store).await;
    let mut wrong = Vec::new();
    for files in RegionFiles::read_all(&convenants).unwrap() {
        let source = String::from_utf8(files.source).unwrap();
        let audit = Audit {
            key: RegionKey::new(&files.key).unwrap(),
            store: &store,
            sql: &sql,
            version: Version::compile(&files.key, source, &Holidays::dutch()).unwrap(),
            spools: &scene.spools,
            begun: scene.begun,
            now,
        };
        audit.region(sent, &mut wrong).await;
    }
    store.close().await.unwrap();
    wrong
}

/// What the clock of the demo said when it was last moved.
async fn clock(store: &Store) -> Moment {
    let offset: i64 = store
        .setting("demo.clock.offset")
        .await
        .unwrap()
        .unwrap()
        .parse()
        .unwrap();
    Moment(convenant_server::clock::machine_now() + offset)
}

impl Audit<'_> {
    pub fn model(&self) -> &Convenant {
        self.version.model()
    }

    pub fn program(&self) -> &Program {
        &self.version.program
    }

    pub async fn rows(&self, sql: &str) -> Vec<sea_orm::QueryResult> {
        let text = sql.replace("$region", &format!("'{}'", self.key));
        let statement = Statement::from_string(self.sql.get_database_backend(), text);
        self.sql.query_all_raw(statement).await.unwrap()
    }

    async fn region(&self, sent: &[Sent], wrong: &mut Wrong) {
        let found = self.store.verify_region(&self.key).await.unwrap();
        wrong.extend(
            found
                .faults
                .iter()
                .map(|fault| format!("{}: {fault:?}", self.key)),
        );
        let rows = self
            .store
            .cases(&self.key, &CaseFilter::default(), None, 100_000)
            .await
            .unwrap();
        let mut logs = Vec::new();
        for row in rows {
            let stream = row.head.stream;
            let whole = self.store.verify(&self.key, stream).await.unwrap();
            wrong.extend(
                whole
                    .faults
                    .iter()
                    .map(|f| format!("{}: {f:?}", row.head.number)),
            );
            logs.push(Log {
                events: self.store.events(&self.key, stream, 0).await.unwrap(),
                notes: self.store.notifications(&self.key, stream).await.unwrap(),
                head: row.head,
            });
        }
        self.commands(sent, &logs, wrong).await;
        for log in &logs {
            self.deadlines(log, wrong);
            self.told(log, wrong);
        }
        self.timers(wrong).await;
        let occurred = self.occurrences(wrong).await;
        self.delivered(&logs, &occurred, wrong).await;
    }

    /// Every acknowledged command is in the log once, and nothing of a person is there that was not sent.
    async fn commands(&self, sent: &[Sent], logs: &[Log], wrong: &mut Wrong) {
        let sql = "SELECT key, hex(stream), seq, events FROM commands WHERE region = $region";
        let mut kept: BTreeMap<String, (StreamId, u32, u32)> = BTreeMap::new();
        for row in self.rows(sql).await {
            let stream = stream(&row, 1);
            let number =
                |index| u32::try_from(row.try_get_by_index::<i64>(index).unwrap()).unwrap();
            kept.insert(
                row.try_get_by_index(0).unwrap(),
                (stream, number(2), number(3)),
            );
        }
        let by_number: BTreeMap<&str, &Log> = logs
            .iter()
            .map(|log| (log.head.number.as_str(), log))
            .collect();
        let mut claimed: BTreeMap<(StreamId, u32), &str> = BTreeMap::new();
        for sent in sent.iter().filter(|sent| sent.region == self.key.as_str()) {
            let found = kept.remove(&sent.key);
            if !sent.is_accepted() {
                if found.is_some() {
                    wrong.push(format!(
                        "{}: refused ({}) and yet done",
                        sent.key, sent.status
                    ));
                }
                continue;
            }
            let (Some((stream, seq, events)), Some(log)) =
                (found, by_number.get(sent.number.as_str()))
            else {
                wrong.push(format!("{}: acknowledged and not there", sent.key));
                continue;
            };
            let told: Vec<(u32, Hash)> = log
                .events
                .iter()
                .filter(|e| e.seq > seq - events && e.seq <= seq)
                .map(|e| (e.seq, e.hash))
                .collect();
            let acknowledged: Vec<(u32, String)> = sent.events.clone();
            let told: Vec<(u32, String)> = told.iter().map(|(s, h)| (*s, h.to_string())).collect();
            if stream != log.head.stream || told != acknowledged {
                wrong.push(format!(
                    "{}: acknowledged {:?}, in the log {:?}",
                    sent.key,
                    numbers(&acknowledged),
                    numbers(&told)
                ));
            }
            for (seq, _) in told {
                if let Some(other) = claimed.insert((stream, seq), &sent.key) {
                    wrong.push(format!("{}: event {seq} is of {other} as well", sent.key));
                }
            }
        }
        for key in kept.keys().filter(|key| key.starts_with("klant-")) {
            wrong.push(format!("{key}: done, and never acknowledged"));
        }
        // What the filling of the demo wrote has keys of its own.
        let filled: BTreeSet<StreamId> = kept.values().map(|(stream, ..)| *stream).collect();
        for log in logs.iter().filter(|log| !filled.contains(&log.head.stream)) {
            for event in log.events.iter().filter(|e| e.event.by != Actor::Clock) {
                if !claimed.contains_key(&(log.head.stream, event.seq)) {
                    wrong.push(format!(
                        "{}: event {} is of no command",
                        log.head.number, event.seq
                    ));
                }
            }
        }
    }

    /// Every deadline that passed did so once, none passed silently, none too early; time never ran back.
    fn deadlines(&self, log: &Log, wrong: &mut Wrong) {
        let number = &log.head.number;
        let mut case = Case::default();
        let mut overdue: BTreeMap<u32, u32> = BTreeMap::new();
        let mut before = Moment(i64::MIN);
        for recorded in &log.events {
            let event = &recorded.event;
            if event.at < before {
                wrong.push(format!(
                    "{number}: event {} is earlier than the one before",
                    recorded.seq
                ));
            }
            before = event.at;
            match event.kind {
                EventKind::Overdue { id } => {
                    *overdue.entry(id).or_default() += 1;
                    let due = case.deadlines.iter().find(|d| d.id == id).map(|d| d.due_at);
                    if due.is_none_or(|due| due > event.at) {
                        wrong.push(format!("{number}: deadline {id} passed before it was due"));
                    }
                }
                EventKind::DeadlineStopped { id, .. } => {
                    self.passed(number, &case, Some(id), event.at, &overdue, wrong);
                }
                EventKind::DeadlineMoved { id, due_at, .. } if due_at > event.at => {
                    // Given more time: it may pass again only once that is over too.
                    let due = case.deadlines.iter().find(|d| d.id == id).map(|d| d.due_at);
                    if due.is_some_and(|due| due > event.at) {
                        overdue.remove(&id);
                    }
                }
                _ => {}
            }
            apply(&mut case, event);
        }
        for (id, times) in &overdue {
            if *times != 1 {
                wrong.push(format!("{number}: deadline {id} passed {times} times"));
            }
        }
        self.passed(number, &case, None, self.now, &overdue, wrong);
    }

    /// The deadlines (or the one) whose timer was due before `until` have passed.
    fn passed(
        &self,
        number: &str,
        case: &Case,
        only: Option<u32>,
        until: Moment,
        overdue: &BTreeMap<u32, u32>,
        wrong: &mut Wrong,
    ) {
        for (timer, at) in timers(self.program(), case) {
            let TimerKey::Due(id) = timer else { continue };
            let of = case.deadlines.iter().find(|d| d.id == id).map(|d| d.of);
            let asked = only.is_none_or(|only| only == id) && of != Some(DeadlineRef::Objection);
            if asked && at < until && !overdue.contains_key(&id) {
                wrong.push(format!(
                    "{number}: deadline {id} ({of:?}) passed at {at:?} without a word"
                ));
            }
        }
    }

    /// Every notification that the events demand was intended once, and no other.
    fn told(&self, log: &Log, wrong: &mut Wrong) {
        let mut demanded: Vec<(Cause, Who)> = Vec::new();
        let mut case = Case::default();
        for recorded in &log.events {
            let place = case.place;
            let kind = &recorded.event.kind;
            let deadline = |id: &u32| case.deadlines.iter().find(|d| d.id == *id).map(|d| d.of);
            let scheme = case.scheme;
            match kind {
                EventKind::Reminded { id, reminder } => {
                    let of = deadline(id).unwrap();
                    let spec = self.spec(scheme, of);
                    let to = &spec.reminders[usize::from(*reminder)].to;
                    demanded.extend(to.iter().map(|who| (Cause::Reminder(of, *reminder), *who)));
                }
                EventKind::Escalated { id, rung, .. } => {
                    let of = deadline(id).unwrap();
                    let spec = self.spec(scheme, of);
                    let to = &spec.escalation[usize::from(*rung)].to;
                    demanded.extend(to.iter().map(|who| (Cause::Escalation(of, *rung), *who)));
                }
                EventKind::Opened { scheme, step } => {
                    self.actors(*scheme, *step, &mut demanded);
                }
                EventKind::Entered { step } => self.actors(scheme.unwrap(), *step, &mut demanded),
                EventKind::ObjectionExtended { .. } => {
                    demanded.extend(objector(&case).map(|who| (Cause::ObjectionExtended, who)));
                }
                EventKind::ObjectionDecided { .. } => {
                    demanded.extend(objector(&case).map(|who| (Cause::ObjectionDecided, who)));
                }
                _ => {}
            }
            apply(&mut case, &recorded.event);
            self.noticed(case.scheme.unwrap(), place, kind, &mut demanded);
        }
        let mut intended: Vec<(Cause, Who)> = log
            .notes
            .iter()
            .map(|row| serde_json::from_str::<Notification>(&row.body).unwrap())
            .filter(|note| {
                !matches!(
                    note.cause,
                    Cause::Extension(_) | Cause::Rescheduled(_) | Cause::Objection
                )
            })
            .map(|note| (note.cause, note.to))
            .collect();
        let order = |entry: &(Cause, Who)| format!("{entry:?}");
        intended.sort_by_key(order);
        demanded.sort_by_key(order);
        if intended != demanded {
            let missing = without(&demanded, &intended);
            let surplus = without(&intended, &demanded);
            wrong.push(format!(
                "{}: notifications missing {missing:?}, too many {surplus:?}",
                log.head.number
            ));
        }
    }

    fn spec(
        &self,
        scheme: Option<SchemeId>,
        of: DeadlineRef,
    ) -> convenant_engine::DeadlineSpec<'_> {
        let scheme = self.program().scheme(scheme.unwrap()).unwrap();
        self.program().deadline(scheme, of).unwrap()
    }

    fn actors(
        &self,
        scheme: SchemeId,
        step: convenant_lang::model::StepId,
        demanded: &mut Vec<(Cause, Who)>,
    ) {
        let actors = &self.model().schemes[scheme.index()].handover.steps[step.index()].actors;
        demanded.extend(actors.iter().map(|who| (Cause::ToDo(step), *who)));
    }

    fn noticed(
        &self,
        scheme: SchemeId,
        place: Place,
        kind: &EventKind,
        demanded: &mut Vec<(Cause, Who)>,
    ) {
        let happened = triggers(scheme, place, kind);
        for (index, notice) in (0..).zip(&self.model().notices) {
            let fits = |happened: &Trigger| match (notice.on, happened) {
                (Trigger::Ended(wanted, None), Trigger::Ended(of, _)) => {
                    wanted.is_none() || wanted == *of
                }
                (wanted, happened) => wanted == *happened,
            };
            for _ in happened.iter().filter(|trigger| fits(trigger)) {
                let cause = Cause::Notice(NoticeId(index));
                demanded.extend(notice.to.iter().map(|who| (cause, *who)));
            }
        }
    }

    /// Nothing that is due waits, and nothing is held by a process that is gone.
    async fn timers(&self, wrong: &mut Wrong) {
        let moved = self.store.next_timer().await.unwrap();
        // The clock ran on a little since the server stopped: a minute is more than that took.
        if moved.is_some_and(|at| at.0 < self.now.0 - 60_000) {
            wrong.push(format!(
                "a timer of {moved:?} still waits at {:?}",
                self.now
            ));
        }
    }
}

/// The role for which somebody objected.
fn objector(case: &Case) -> Option<Who> {
    let (_, role) = case.objection.as_ref()?.by?;
    Some(Who::Role(role))
}

/// What sets notices off, of an event in a step.
fn triggers(scheme: SchemeId, place: Place, kind: &EventKind) -> Vec<Trigger> {
    let step = match place {
        Place::Step(step) => Some(step),
        _ => None,
    };
    let taken = |exit: &ExitId| Trigger::ExitTaken(scheme, step, *exit);
    match kind {
        EventKind::Opened { step, .. } => {
            vec![Trigger::Opened, Trigger::StepEntered(scheme, *step)]
        }
        EventKind::Entered { step } => vec![Trigger::StepEntered(scheme, *step)],
        EventKind::TaskDone { task } => vec![Trigger::TaskDone(scheme, step.unwrap(), *task)],
        EventKind::Acted { step, exit, .. } => vec![Trigger::ExitTaken(scheme, *step, *exit)],
        EventKind::EligibilityDecided {
            exit,
            motivation: why,
            ..
        }
        | EventKind::Allocated {
            exit,
            departure: why,
            ..
        } => {
            let departed = why.iter().map(|_| Trigger::Departed);
            std::iter::once(taken(exit)).chain(departed).collect()
        }
        EventKind::Decided { exit, .. }
        | EventKind::Elapsed { exit }
        | EventKind::Answered {
            exit,
            answer: convenant_engine::Answer::Accepted,
        } => vec![taken(exit)],
        EventKind::Ended { end } => vec![Trigger::Ended(Some(scheme), Some(*end))],
        EventKind::Reminded { .. } => vec![Trigger::Reminder],
        EventKind::Overdue { .. } => vec![Trigger::Overdue],
        EventKind::Corrected { .. } => vec![Trigger::Corrected],
        EventKind::Suspended { .. } => vec![Trigger::Suspended],
        EventKind::Extended { .. } => vec![Trigger::Extended],
        _ => Vec::new(),
    }
}

/// What `all` has more of than `some`.
fn without<T: PartialEq + Clone>(all: &[T], some: &[T]) -> Vec<T> {
    let mut rest = some.to_vec();
    let mut left = Vec::new();
    for item in all {
        match rest.iter().position(|other| other == item) {
            Some(at) => {
                rest.swap_remove(at);
            }
            None => left.push(item.clone()),
        }
    }
    left
}

fn numbers(events: &[(u32, String)]) -> Vec<u32> {
    events.iter().map(|(number, _)| *number).collect()
}
