//! What a matching needs, read from the store: the cases that wait, the homes that are free, the placements.
//!
//! Input: a region, a day; or the cases and homes of an earlier proposal. Output: `Gathered`, which owns everything, so that it can be
//! worked on elsewhere. Invariant: a case and a home are read under the version of the case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_engine::spread::{CaseRef, InForce};
use convenant_engine::{Case, DeadlineRef, Life, Place, Program, civil_date};
use convenant_lang::model::PartyId;
use convenant_store::{
    CaseFilter, HomeChange, HomeFilter, HomeId, HomeRow, HomeStanding, StreamId,
};
use jiff::civil::Date;

use super::question::{Free, Question, Waiting, waits};
use crate::books::Book;
use crate::cases::{CaseError, Cases, Loaded};
use crate::homes::values;
use crate::next::fact_value;
use crate::regions::{Region, Version};

/// Read at a time.
const PAGE: u32 = 500;

/// What a matching needs.
pub struct Gathered {
    /// The version of the region first, then those of cases that run under another one.
    pub versions: Vec<Arc<Version>>,
    /// The homes, as they were read.
    pub homes: Vec<HomeRow>,
    /// The cases by number.
    pub streams: BTreeMap<String, StreamId>,
    books: Vec<Arc<Book>>,
    clients: Vec<Waiting>,
    free: Vec<Free>,
    life: Arc<Life>,
    in_force: Option<InForce>,
    on: Date,
}

/// The cases and homes of an earlier proposal.
#[derive(Debug, Clone, Copy)]
pub struct Only<'a> {
    /// Cases, whatever step they are in now.
    pub cases: &'a [StreamId],
    /// Homes, whoever has them now.
    pub homes: &'a [HomeId],
}

impl Gathered {
    /// Reads who waits and what is free; or what an earlier proposal was about.
    pub async fn read(
        cases: &Cases,
        region: &Region,
        on: Date,
        only: Option<Only<'_>>,
    ) -> Result<Gathered, CaseError> {
        let mut gathered = Gathered {
            versions: vec![region.current.clone()],
            homes: Vec::new(),
            streams: BTreeMap::new(),
            books: Vec::new(),
            clients: Vec::new(),
            free: Vec::new(),
            life: region.life(),
            in_force: region.in_force(),
            on,
        };
        gathered.homes = match only {
            Some(only) => known_homes(cases, region, only.homes).await?,
            None => free_homes(cases, region).await?,
        };
        let refused = refused(cases, region, &gathered.homes).await?;
        let waiting = match only {
            Some(only) => known_cases(cases, region, only.cases).await?,
            None => waiting_cases(cases, region).await?,
        };
        for loaded in &waiting {
            gathered.client(loaded, &refused);
        }
        gathered.free = gathered
            .homes
            .iter()
            .map(|home| gathered.read_home(region, home))
            .collect();
        let versions = gathered.versions.iter();
        gathered.books = versions.map(|version| region.book(version)).collect();
        Ok(gathered)
    }

    fn client(&mut self, loaded: &Loaded, refused: &BTreeSet<(StreamId, HomeId)>) {
        let known = self
            .versions
            .iter()
            .position(|v| v.hash == loaded.version.hash);
        let program = known.unwrap_or_else(|| {
            self.versions.push(loaded.version.clone());
            self.versions.len() - 1
        });
        let case: &Case = &loaded.case;
        let Some(scheme) = case.scheme else {
            return;
        };
        let facts = (0u16..)
            .map(convenant_lang::model::FactId)
            .take(loaded.version.model().facts.len())
            .map(|fact| fact_value(case, fact).cloned())
            .collect();
        let of_case = refused
            .iter()
            .filter(|(stream, _)| *stream == loaded.stream);
        self.clients.push(Waiting {
            name: loaded.number.to_string(),
            program,
            scheme,
            facts,
            parties: case.parties,
            placement: case
                .placement
                .clone()
                .map(|placed| (CaseRef(loaded.stream.0.as_u128()), placed)),
            since: civil_date(case.opened.unwrap_or(case.entered)),
            ends: term_of(case),
            refused: of_case.map(|(_, home)| home.to_string()).collect(),
        });
        self.streams
            .insert(loaded.number.to_string(), loaded.stream);
    }

    /// The facts of a home as each version reads them.
    fn read_home(&self, region: &Region, home: &HomeRow) -> Free {
        let versions = self.versions.iter();
        Free {
            name: home.id.to_string(),
            facts: versions
                .map(|version| values(region, version, home, self.on))
                .collect(),
        }
    }

    /// Works on the question, in canonical order.
    pub fn ask<T>(&self, work: impl FnOnce(&Question<'_>) -> T) -> T {
        let current = self.versions.first().map(|version| version.model());
        let member = |program: usize, party: PartyId| {
            let model = self.versions.get(program).map(|version| version.model());
            let Some((model, current)) = model.zip(current) else {
                return false;
            };
            // The convenant's life knows the parties of the current version.
            let name = model.parties.get(party.index()).map(|party| &party.name);
            match name.and_then(|name| current.party_named(name)) {
                Some(known) => self.life.takes_part(current, known, self.on),
                None => Life::default().takes_part(model, party, self.on),
            }
        };
        let programs: Vec<&Program> = self.versions.iter().map(|v| &v.program).collect();
        let question = Question {
            programs,
            ledgers: self.books.iter().map(|book| book.ledger.clone()).collect(),
            in_force: self.in_force,
            member: &member,
            on: self.on,
            clients: self.clients.clone(),
            homes: self.free.clone(),
        };
        work(&question.in_order())
    }
}

/// When the term of the step ends, or else that of the whole case.
fn term_of(case: &Case) -> Option<Date> {
    let of_step = |of: DeadlineRef| matches!((of, case.place), (DeadlineRef::Step(step, _), Place::Step(here)) if step == here);
    let due = |wanted: &dyn Fn(DeadlineRef) -> bool| {
        let running = case.deadlines.iter().filter(|d| wanted(d.of));
        running.map(|d| d.due).min()
    };
    due(&of_step).or_else(|| due(&|of| matches!(of, DeadlineRef::Case(_))))
}

async fn waiting_cases(cases: &Cases, region: &Region) -> Result<Vec<Loaded>, CaseError> {
    let filter = CaseFilter {
        running: Some(true),
        ..CaseFilter::default()
    };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = cases
            .store()
            .cases(&region.key, &filter, after, PAGE)
            .await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.head.stream);
        for row in &page {
            let version = region.version(cases.store(), row.head.version).await?;
            let in_step = matches!(row.state.place, Place::Step(_));
            if !in_step || version.model().homes.is_none() || row.head.erased.is_some() {
                continue;
            }
            let loaded = cases.load(region, row.head.stream).await?;
            if waits(loaded.version.model(), &loaded.case) {
                found.push(loaded);
            }
        }
    }
}

async fn known_cases(
    cases: &Cases,
    region: &Region,
    streams: &[StreamId],
) -> Result<Vec<Loaded>, CaseError> {
    let mut found = Vec::with_capacity(streams.len());
    for stream in streams {
        found.push(cases.load(region, *stream).await?);
    }
    Ok(found)
}

async fn free_homes(cases: &Cases, region: &Region) -> Result<Vec<HomeRow>, CaseError> {
    let filter = HomeFilter {
        states: vec![HomeStanding::Free],
        ..HomeFilter::default()
    };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = cases
            .store()
            .homes(&region.key, &filter, after, PAGE)
            .await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(last.id);
        found.extend(page);
    }
}

async fn known_homes(
    cases: &Cases,
    region: &Region,
    ids: &[HomeId],
) -> Result<Vec<HomeRow>, CaseError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.push(cases.store().home(&region.key, *id).await?);
    }
    Ok(found)
}

/// Who has refused which of these homes.
async fn refused(
    cases: &Cases,
    region: &Region,
    homes: &[HomeRow],
) -> Result<BTreeSet<(StreamId, HomeId)>, CaseError> {
    let mut found = BTreeSet::new();
    // Reported, offered, refused: no home has been refused before its third version.
    for home in homes.iter().filter(|home| home.version >= 3) {
        for event in cases.store().home_history(&region.key, home.id).await? {
            if let HomeChange::Refuse { case, .. } = event.change {
                found.insert((case, home.id));
            }
        }
    }
    Ok(found)
}
