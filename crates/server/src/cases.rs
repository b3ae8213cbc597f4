//! Cases at work: load, decide, append.
//!
//! Input: an actor's or the clock's command on a case. Output: what it made of the case, written, or why not. Invariants: every
//! change goes through the engine; a command with an idempotency key is one command however often it comes; each unit of
//! work is a task of its own, so that a dropped request cannot cancel it half-way.

use std::sync::{Arc, Mutex, PoisonError};

use convenant_engine::{
    Actor, Case, Choice, Command, Context, Event, EventKind, Moment, PriorRefusal, Refusal, apply,
    civil_date, decide, replay,
};
use convenant_lang::model::SchemeId;
use convenant_store::{
    Append, Appended, Booking, CaseState, CommandId, Error as StoreError, Hash, HomeWrite,
    LedgerRow, Opening, Sort, Store, StreamId, TimerClaim,
};

use crate::books::placements;
use crate::cache::Cache;
use crate::lease::Leases;
use crate::regions::{Region, RegionError, Regions, Version};

/// How often a command is decided again when somebody else was first.
pub(crate) const TRIES: u32 = 16;

/// A case as it stands, with the version that it runs under.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Stream.
    pub stream: StreamId,
    /// Case number.
    pub number: Arc<str>,
    /// State.
    pub case: Arc<Case>,
    /// Version.
    pub version: Arc<Version>,
    /// The personal facts were erased at this moment.
    pub erased: Option<Moment>,
}

/// A command to carry out.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The case; none opens one.
    pub case: Option<StreamId>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// When.
    pub now: Moment,
    /// Only when the case has this sequence number.
    pub expected: Option<u32>,
    /// Idempotency key, with what was asked under it: in the words of the asker, because what those mean changes with the case.
    pub id: Option<CommandId>,
    /// Earlier refusals of the same client, when a case is opened.
    pub refusals: Vec<PriorRefusal>,
    /// Homes that change with it.
    pub homes: Vec<HomeWrite>,
    /// The timer that this firing settles.
    pub fires: Option<TimerClaim>,
}

impl Submit {
    /// A command without conditions.
    pub fn new(case: Option<StreamId>, actor: Actor, command: Command, now: Moment) -> Submit {
        Submit {
            case,
            actor,
            command,
            now,
            expected: None,
            id: None,
            refusals: Vec::new(),
            homes: Vec::new(),
            fires: None,
        }
    }
}

/// A command carried out.
#[derive(Debug, Clone)]
pub struct Done {
    /// The case afterwards.
    pub loaded: Loaded,
    /// What happened; empty when it was already so.
    pub events: Vec<Event>,
    /// Sequence number of the last of these events.
    pub seq: u32,
    /// Hash of the last event, when something was written.
    pub head: Option<Hash>,
    /// The command had been carried out before.
    pub repeated: bool,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The rules refuse it.
    #[error("refused: {:?}", .refusal.reason)]
    Refused {
        /// Why.
        refusal: Box<Refusal>,
        /// The version that refused it.
        version: Arc<Version>,
        /// The case that it was about; none when it was to be opened, or for the convenant's life.
        case: Option<Arc<Case>>,
    },
    /// The case has moved on.
    #[error("expected sequence number {expected}, it is {actual}")]
    Stale {
        /// What was expected.
        expected: u32,
        /// What it is.
        actual: u32,
    },
    /// Others were first, every time.
    #[error("the case was changed by others {TRIES} times in a row")]
    Busy,
    /// A version cannot be run.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task that carried it out was broken off.
    #[error("the work was broken off: {0}")]
    Broken(String),
}

/// The service.
#[derive(Clone)]
pub struct Cases {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    regions: Regions,
    leases: Leases,
    cache: Mutex<Cache>,
}

impl Cases {
    /// A service over these regions.
    pub fn new(store: Store, regions: Regions, leases: Leases) -> Cases {
        Cases {
            inner: Arc::new(Inner {
                store,
                regions,
                leases,
                cache: Mutex::default(),
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The regions.
    pub fn regions(&self) -> &Regions {
        &self.inner.regions
    }

    /// For how long this node claims work.
    pub fn leases(&self) -> Leases {
        self.inner.leases
    }

    /// The case as it stands now.
    pub async fn load(&self, region: &Region, stream: StreamId) -> Result<Loaded, CaseError> {
        if let Some(known) = self.cached(stream) {
            let head = self.store().head(&region.key, stream).await?;
            if head.is_some_and(|h| h.seq == known.case.seq && h.erased == known.erased) {
                return Ok(known);
            }
        }
        self.load_afresh(region, stream).await
    }

    /// The case from memory, or else from the store; another node may have changed it since.
    pub(crate) async fn current(
        &self,
        region: &Region,
        stream: StreamId,
    ) -> Result<Loaded, CaseError> {
        match self.cached(stream) {
            Some(loaded) => Ok(loaded),
            None => self.load_afresh(region, stream).await,
        }
    }

    /// The case as it stood after this many events, or later: from memory when it is there, so that a thousand notifications are not
    /// a thousand reads.
    pub async fn load_since(
        &self,
        region: &Region,
        stream: StreamId,
        seq: u32,
    ) -> Result<Loaded, CaseError> {
        match self.cached(stream) {
            Some(known) if known.case.seq >= seq && known.erased.is_none() => Ok(known),
            _ => self.load_afresh(region, stream).await,
        }
    }

    async fn load_afresh(&self, region: &Region, stream: StreamId) -> Result<Loaded, CaseError> {
        let stored = self.store().load::<Event>(&region.key, stream).await?;
        let loaded = Loaded {
            stream,
            number: stored.head.number.as_str().into(),
            case: Arc::new(replay(stored.events.iter())),
            version: region.version(self.store(), stored.head.version).await?,
            erased: stored.head.erased,
        };
        self.keep(loaded.clone());
        Ok(loaded)
    }

    fn cached(&self, stream: StreamId) -> Option<Loaded> {
        self.cache(|c| c.get(stream))
    }

    /// Keeps a case in memory.
    pub(crate) fn keep(&self, loaded: Loaded) {
        self.cache(|c| c.keep(loaded));
    }

    /// Forgets a case: it is read afresh the next time.
    pub(crate) fn forget(&self, stream: StreamId) {
        self.cache(|c| c.forget(stream));
    }

    fn cache<T>(&self, work: impl FnOnce(&mut Cache) -> T) -> T {
        let mut guard = self
            .inner
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        work(&mut guard)
    }

    /// Carries out a command, in a task of its own.
    pub async fn submit(&self, region: &Arc<Region>, submit: Submit) -> Result<Done, CaseError> {
        let (cases, region) = (self.clone(), region.clone());
        tokio::spawn(async move { cases.carry_out(&region, submit).await })
            .await
            .map_err(|e| CaseError::Broken(e.to_string()))?
    }

    /// What a command made of the case when it was carried out before, under the same key.
    pub async fn answered(
        &self,
        region: &Region,
        id: Option<&CommandId>,
    ) -> Result<Option<Done>, CaseError> {
        let Some(id) = id else {
            return Ok(None);
        };
        match self.store().answered(&region.key, id).await? {
            Some(before) => self.repeated(region, before).await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn carry_out(
        &self,
        region: &Region,
        submit: Submit,
    ) -> Result<Done, CaseError> {
        if let Some(before) = self.answered(region, submit.id.as_ref()).await? {
            return Ok(before);
        }
        let _allocating = match &submit.command {
            Command::Exit {
                choice: Choice::Allocate { .. },
                ..
            } => Some(region.allocating.lock().await),
            _ => None,
        };
        for _ in 0..TRIES {
            if submit.actor != Actor::Clock {
                self.fire_due(region, submit.case, submit.now).await?;
            }
            let loaded = self.start_from(region, &submit).await?;
            match self
                .attempt(region, &submit, submit.id.clone(), &loaded)
                .await
            {
                Err(CaseError::Store(StoreError::Conflict { .. })) => self.forget(loaded.stream),
                // Of a home that follows the case; one that is offered is looked at again by who offers it.
                Err(CaseError::Store(
                    StoreError::HomeConflict { home, .. } | StoreError::HomeRefused { home, .. },
                )) if submit.homes.iter().all(|write| write.home != home) => {}
                Err(CaseError::Store(StoreError::LedgerConflict { .. })) => {
                    region.reload_book(self.store()).await?;
                }
                // What was refused may have been decided on a case that another node has changed.
                Err(CaseError::Refused { .. }) if self.is_behind(region, &loaded).await? => {
                    continue;
                }
                other => return other,
            }
        }
        Err(CaseError::Busy)
    }

    /// The case to decide on.
    async fn start_from(&self, region: &Region, submit: &Submit) -> Result<Loaded, CaseError> {
        let Some(stream) = submit.case else {
            return Ok(Loaded {
                stream: StreamId::new(),
                number: "".into(),
                case: Arc::default(),
                version: self.version_at(region, submit.now).await?,
                erased: None,
            });
        };
        let mut loaded = self.current(region, stream).await?;
        if let Some(expected) = submit.expected
            && expected != loaded.case.seq
        {
            loaded = self.load_afresh(region, stream).await?;
            let actual = loaded.case.seq;
            if expected != actual {
                return Err(CaseError::Stale { expected, actual });
            }
        }
        Ok(loaded)
    }

    /// Whether another node has changed the case; it is read afresh then.
    pub(crate) async fn is_behind(
        &self,
        region: &Region,
        loaded: &Loaded,
    ) -> Result<bool, CaseError> {
        if loaded.case.seq == 0 {
            return Ok(false);
        }
        let head = self.store().head(&region.key, loaded.stream).await?;
        let behind = head.is_some_and(|h| h.seq != loaded.case.seq);
        if behind {
            self.forget(loaded.stream);
        }
        Ok(behind)
    }

    async fn attempt(
        &self,
        region: &Region,
        submit: &Submit,
        command: Option<CommandId>,
        loaded: &Loaded,
    ) -> Result<Done, CaseError> {
        let (book, life) = (region.book(&loaded.version), region.life());
        let context = Context {
            // The node that wrote last may be a little ahead of this one.
            now: submit.now.max(loaded.case.at),
            ledger: &book.ledger,
            life: &life,
            refusals: &submit.refusals,
        };
        let case = &loaded.case;
        let decision = decide(
            &loaded.version.program,
            case,
            &submit.actor,
            &submit.command,
            &context,
        )
        .map_err(|refusal| CaseError::Refused {
            refusal: Box::new(refusal),
            version: loaded.version.clone(),
            case: (case.seq > 0).then(|| case.clone()),
        })?;
        let nothing = decision.events.is_empty() && decision.effects.is_empty();
        if nothing && submit.fires.is_none() && command.is_none() {
            return Ok(Done {
                loaded: loaded.clone(),
                events: Vec::new(),
                seq: case.seq,
                head: None,
                repeated: false,
            });
        }
        let mut after = Case::clone(case);
        for event in &decision.events {
            apply(&mut after, event);
        }
        let placements = placements(&decision.events, &after);
        let placements = region.numbered(&loaded.version, placements);
        let mut append = Append::new(region.key.clone(), loaded.stream, case.seq);
        append.effects(&decision.effects)?;
        append.opening = (case.seq == 0).then(|| Opening {
            version: loaded.version.hash,
            sort: Sort::Case,
            year: civil_date(submit.now).year(),
        });
        append.row = Some(CaseState::of(&after));
        append.fired_by(submit.fires.clone());
        append.homes = submit.homes.clone();
        let model = loaded.version.model();
        let along = self
            .homes_along(
                region,
                &submit.actor,
                loaded,
                (&after, model),
                &decision.events,
            )
            .await?;
        append.homes.extend(along);
        append.command = command;
        append.events = decision.events.clone();
        append.booking = (!placements.is_empty()).then(|| Booking {
            expected: book.version,
            placements: placements.clone(),
        });
        let written = self.store().append(append).await?;
        if written.repeated {
            return self.repeated(region, written).await;
        }
        if !placements.is_empty() {
            let rows = placements.into_iter().map(|booked| LedgerRow {
                stream: loaded.stream,
                seq: written.seq,
                booked,
            });
            region
                .booked(self.store(), book.version, rows.collect())
                .await?;
        }
        let loaded = Loaded {
            number: written.number.as_str().into(),
            case: Arc::new(after),
            ..loaded.clone()
        };
        self.keep(loaded.clone());
        if case.seq == 0 && region.life().until != life.until {
            // The term moved while the case was opened, and it may not have been there yet when the others were told.
            self.tell_case_of_term(region, loaded.stream, submit.now)
                .await?;
        }
        Ok(Done {
            loaded,
            events: decision.events,
            seq: written.seq,
            head: Some(written.head),
            repeated: false,
        })
    }

    async fn repeated(&self, region: &Region, before: Appended) -> Result<Done, CaseError> {
        let after = before.seq.saturating_sub(before.events);
        let events = self
            .store()
            .events::<Event>(&region.key, before.stream, after)
            .await?;
        Ok(Done {
            loaded: self.load(region, before.stream).await?,
            events: events
                .into_iter()
                .filter(|r| r.seq <= before.seq)
                .map(|r| r.event)
                .collect(),
            seq: before.seq,
            head: Some(before.head),
            repeated: true,
        })
    }

    /// What an earlier case of the same client counts for when a new one is opened: its refusal, if it ended in one.
    pub async fn prior_refusal(
        &self,
        region: &Region,
        stream: StreamId,
    ) -> Result<Option<PriorRefusal>, CaseError> {
        let stored = self.store().load::<Event>(&region.key, stream).await?;
        let scheme = stored.events.iter().find_map(|e| match e.kind {
            EventKind::Opened { scheme, .. } => Some(scheme),
            _ => None,
        });
        Ok(scheme.and_then(|scheme| last_refusal(scheme, &stored.events)))
    }
}

fn last_refusal(scheme: SchemeId, events: &[Event]) -> Option<PriorRefusal> {
    let stands = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::EligibilityDecided { .. } | EventKind::ObjectionDecided { upheld: true, .. }
        )
    };
    let last = events.iter().rev().find(stands)?;
    match &last.kind {
        EventKind::EligibilityDecided {
            outcome: convenant_engine::Eligible::Unmet,
            deciding,
            ..
        } => Some(PriorRefusal {
            scheme,
            on: civil_date(last.at),
            criteria: deciding.clone(),
        }),
        _ => None,
    }
}
