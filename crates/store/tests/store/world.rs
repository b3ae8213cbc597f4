//! A store with a region and a version, and cases whose events are made by hand.

use convenant_engine::{
    Actor, DeadlineRef, Event, EventKind, Moment, RunningDeadline, Secret, replay,
};
use convenant_lang::model::{EndId, FactId, PartyId, PartyKind, RoleId, SchemeId, StepId, Value};
use convenant_store::{
    Append, CaseState, CommandId, Hash, Lease, Location, MasterKey, Opening, Outgoing, RegionKey,
    Sort, Store, StreamId,
};
use jiff::civil::{Date, date};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

/// 1 January 2018, 00:00 UTC.
pub const START: i64 = 1_514_764_800_000;

pub struct World {
    pub store: Store,
    pub region: RegionKey,
    pub version: Hash,
    location: Location,
    /// Removed with the world.
    pub temporary: Option<tempfile::TempDir>,
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Folder(folder.path().join("data"));
        Self::at(location, Some(folder)).await
    }

    pub async fn in_folder(folder: std::path::PathBuf) -> Self {
        Self::at(Location::Folder(folder), None).await
    }

    pub async fn postgres() -> Self {
        let url = convenant_tests::postgres::server().database();
        let master = MasterKey::random().unwrap();
        Self::at(Location::Postgres { url, master }, None).await
    }

    async fn at(location: Location, folder: Option<tempfile::TempDir>) -> Self {
        let store = Store::open(location.clone()).await.unwrap();
        let region = RegionKey::new("utrecht").unwrap();
        let version = store
            .adopt(&region, 1, "convenant \"Proef\" {}", Moment(START))
            .await
            .unwrap();
        Self {
            store,
            region,
            version,
            location,
            temporary: folder,
        }
    }

    pub fn location(&self) -> Location {
        self.location.clone()
    }

    pub fn folder(&self) -> Option<std::path::PathBuf> {
        match &self.location {
            Location::Folder(path) => Some(path.clone()),
            Location::Postgres { .. } => None,
        }
    }

    /// Another node: on PostgreSQL a store of its own, on SQLite (one process per folder) a clone.
    pub async fn second_node(&self) -> Store {
        match &self.location {
            Location::Folder(_) => self.store.clone(),
            Location::Postgres { .. } => Store::open(self.location()).await.unwrap(),
        }
    }

    /// The database behind the store's back.
    pub async fn behind(&self) -> DatabaseConnection {
        let url = match &self.location {
            Location::Folder(path) => format!("sqlite://{}", path.join("convenant.db").display()),
            Location::Postgres { url, .. } => url.clone(),
        };
        Database::connect(url).await.unwrap()
    }

    pub async fn tamper(&self, sql: &str) -> u64 {
        let db = self.behind().await;
        let changed = db.execute_unprepared(sql).await.unwrap().rows_affected();
        db.close().await.unwrap();
        changed
    }

    pub fn case(&self) -> CaseFile {
        CaseFile {
            region: self.region.clone(),
            version: self.version,
            stream: StreamId::new(),
            events: Vec::new(),
        }
    }

    /// A case with some secrets, deadlines and a party, stored in three appends.
    pub async fn stored_case(&self) -> CaseFile {
        let mut case = self.case();
        for kinds in [
            vec![opened()],
            vec![
                supplied("Jansen"),
                assigned(3),
                deadline(0, date(2018, 1, 15)),
            ],
            vec![
                judged("kan zelfstandig wonen"),
                EventKind::Entered { step: StepId(1) },
            ],
        ] {
            let append = case.next(kinds);
            self.store.append(append).await.unwrap();
        }
        case
    }
}

/// A case as the caller sees it: what it appended so far.
#[derive(Clone)]
pub struct CaseFile {
    pub region: RegionKey,
    pub version: Hash,
    pub stream: StreamId,
    pub events: Vec<Event>,
}

impl CaseFile {
    /// The append of these events, counted as done.
    pub fn next(&mut self, kinds: Vec<EventKind>) -> Append<Event> {
        let append = self.draft(kinds);
        self.events.extend(append.events.iter().cloned());
        append
    }

    /// The append of these events.
    pub fn draft(&self, kinds: Vec<EventKind>) -> Append<Event> {
        let expected = u32::try_from(self.events.len()).unwrap();
        let at = Moment(START + i64::from(expected) * 60_000);
        let mut append = Append::new(self.region.clone(), self.stream, expected);
        append.events = kinds
            .into_iter()
            .map(|kind| Event {
                at,
                by: person(),
                kind,
            })
            .collect();
        append.opening = (expected == 0).then_some(Opening {
            version: self.version,
            sort: Sort::Case,
            year: 2018,
        });
        let all = self.events.iter().chain(&append.events);
        append.row = Some(CaseState::of(&replay(all)));
        append
    }
}

pub fn person() -> Actor {
    Actor::Person {
        person: "a1".to_owned(),
        party: PartyId(2),
        role: RoleId(0),
    }
}

pub fn opened() -> EventKind {
    EventKind::Opened {
        scheme: SchemeId(0),
        step: StepId(0),
    }
}

pub fn supplied(name: &str) -> EventKind {
    EventKind::Supplied {
        facts: vec![
            (FactId(0), Secret::Value(Value::Text(name.to_owned()))),
            (FactId(1), Secret::Value(Value::Money(4_600_000))),
        ],
    }
}

pub fn judged(why: &str) -> EventKind {
    EventKind::Judged {
        criterion: convenant_lang::model::CriterionId(0),
        holds: true,
        motivation: Secret::Text(why.to_owned()),
    }
}

pub fn assigned(party: u16) -> EventKind {
    EventKind::Assigned {
        kind: PartyKind::Municipality,
        party: PartyId(party),
    }
}

pub fn ended() -> EventKind {
    EventKind::Ended { end: EndId(0) }
}

pub fn deadline(id: u32, due: Date) -> EventKind {
    EventKind::DeadlineStarted {
        deadline: RunningDeadline {
            id,
            of: DeadlineRef::Step(StepId(0), 0),
            start: date(2018, 1, 1),
            due,
            due_at: Moment(START + 86_400_000),
            counted: due,
            moves: Vec::new(),
            reached: Vec::new(),
        },
    }
}

pub fn outgoing(text: &str) -> Outgoing {
    Outgoing {
        body: format!("{{\"to\":\"{text}\"}}"),
        deliver_after: None,
    }
}

pub fn command(key: &str, body: &str) -> Option<CommandId> {
    Some(CommandId::new(key, &body).unwrap())
}

/// A lease of ten seconds from this second on.
pub fn lease(second: i64) -> Lease {
    Lease {
        now: Moment(second * 1000),
        until: Moment((second + 10) * 1000),
    }
}
