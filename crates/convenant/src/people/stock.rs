//! The homes of an invented region: reported by its corporations, offered in cases, let, and taken off the list again.
//!
//! Input: what happens in the cases. Output: deeds, each a change of one home. Invariants: a function of the seed and of what happened
//! before; only free homes are offered, and a home is offered to a case for as long as that offer is open; rents, rooms and
//! neighbourhoods are drawn by lot.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use convenant_engine::homes::{Client, fit};
use convenant_engine::spread::CaseRef;
use convenant_engine::{Actor, Case, Event, EventKind, Moment, Place, Program, civil_date};
use convenant_lang::model::{
    Convenant, ExitKind, Fact, Homes, PartyId, PartyKind, StepId, Type, Value,
};
use convenant_server::homes::{Course, follow, written};
use convenant_store::{HomeChange, HomeState, StreamId};
use jiff::civil::Date;
use uuid::Uuid;

use super::when::{DAY, opening_hours};
use super::{Chance, Opening, acts, client, lives, who};
use crate::world::{Track, fact_value};

/// Homes that somebody who offers one looks at.
const LOOKED_AT: usize = 40;
/// Homes that are drawn for a client; the one that fits best is reported.
const DRAWS: u32 = 30;
/// Homes that are tried before one is reported on the spot.
const TRIED: usize = 3;

/// Why a home is taken off the list.
const GONE: [&str; 4] = [
    "Verkocht",
    "Gaat naar een andere woningzoekende",
    "Wordt eerst opgeknapt",
    "De vorige huurder blijft toch",
];

/// A change of a home.
#[derive(Debug, Clone)]
pub struct Deed {
    /// Which, in the order in which they were reported, from 0.
    pub home: usize,
    /// The party that it is of.
    pub owner: PartyId,
    /// How many changes it had before.
    pub expected: u32,
    /// What.
    pub change: HomeChange,
    /// Who.
    pub by: Actor,
    /// Why.
    pub motivation: Option<String>,
}

/// A home that may be offered.
#[derive(Debug, Clone)]
pub enum Candidate {
    /// A free one, and whether it breaks a rule.
    Free(usize, bool),
    /// One that its party reports on the same day.
    New {
        /// Its party.
        owner: PartyId,
        /// Its facts.
        facts: Vec<Option<Value>>,
    },
}

#[derive(Debug)]
struct Home {
    owner: PartyId,
    facts: Vec<Option<Value>>,
    state: HomeState,
    version: u32,
    refused: Vec<CaseRef>,
}

/// What somebody is about to do with a home.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// Report one, for a case that waits or for nobody yet.
    Report(Option<usize>),
    /// Say that it is let.
    Let(usize),
    /// Take it off the list.
    Withdraw(usize),
}

/// The homes of a region.
pub struct Stock<'p> {
    program: &'p Program,
    declared: &'p Homes,
    seed: u64,
    homes: Vec<Home>,
    /// Those that are free, by municipality.
    free: BTreeMap<Option<PartyId>, BTreeSet<usize>>,
    /// The home that a case is offered or has accepted.
    held: BTreeMap<CaseRef, usize>,
    due: BTreeMap<(Moment, u64), Task>,
    planned: u64,
}

impl<'p> Stock<'p> {
    /// No home yet; some will be reported whoever waits, for these cases together. None where the file has no homes.
    pub fn new(program: &'p Program, seed: u64, openings: &[Opening]) -> Option<Self> {
        let declared = program.model().homes.as_ref()?;
        let mut stock = Self {
            program,
            declared,
            seed,
            homes: Vec::new(),
            free: BTreeMap::new(),
            held: BTreeMap::new(),
            due: BTreeMap::new(),
            planned: 0,
        };
        for opening in openings {
            let mut chance = stock.chance();
            if chance.percent(40) {
                let at = Moment(opening.at.0 + chance.between(40, 160) * DAY);
                stock.plan(at, Task::Report(None), &mut chance);
            }
        }
        Some(stock)
    }

    /// When the next thing happens.
    pub fn next_at(&self) -> Option<Moment> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// Draws of their own for each plan.
    fn chance(&mut self) -> Chance {
        self.planned += 1;
        Chance::of(self.seed, [u64::MAX, 0x3_0000, self.planned])
    }

    fn plan(&mut self, at: Moment, task: Task, chance: &mut Chance) {
        let at = opening_hours(self.program.holidays(), at, chance);
        self.planned += 1;
        self.due.insert((at, self.planned), task);
    }

    /// Lets the next thing happen; none when it is no longer needed. `case` gives a case by its number.
    pub fn step<'c>(&mut self, case: impl Fn(usize) -> Option<&'c Track>) -> Option<Deed> {
        let ((at, _), task) = self.due.pop_first()?;
        match task {
            Task::Report(number) => {
                let track = number.map(case);
                // Whoever has a home by now needs none.
                let waiting = track.map(|track| track.filter(|track| self.lacks_one(track, at)));
                if let Some(None) = waiting {
                    return None;
                }
                let track = waiting.flatten();
                let mut chance = self.chance();
                let owner = self.owner(track.map(|track| &track.case), at, &mut chance)?;
                let facts = self.draw(track.map(|track| &track.case), owner, None, at, &mut chance);
                Some(self.report(owner, facts, at))
            }
            Task::Let(home) => {
                let by = self.account(self.homes.get(home)?.owner);
                self.change(home, HomeChange::Let, by, None, at)
            }
            Task::Withdraw(home) => {
                let by = self.account(self.homes.get(home)?.owner);
                let why = self.chance().pick(&GONE).map(|why| (*why).to_owned());
                self.change(home, HomeChange::Withdraw, by, why, at)
            }
        }
    }

    /// Whether a case waits for a home and none of those looked at fits.
    fn lacks_one(&self, track: &Track, at: Moment) -> bool {
        let case = &track.case;
        let waits = offers_here(self.program.model(), case) && case.offers.open.is_none();
        let mut near = self.near(case);
        waits && !near.any(|home| self.verdict(case, &home.facts, at) == 0)
    }

    /// Free homes in the municipality of the case, those that have been free for long first.
    fn near(&self, case: &Case) -> impl Iterator<Item = &Home> {
        let all = self
            .free
            .get(&self.municipality(case))
            .into_iter()
            .flatten();
        all.filter_map(|home| self.homes.get(*home)).take(LOOKED_AT)
    }

    /// The municipality of the case, where homes have one.
    fn municipality(&self, case: &Case) -> Option<PartyId> {
        self.declared.party(PartyKind::Municipality)?;
        party_of(case, PartyKind::Municipality)
    }

    /// Homes that may be offered in the case, the best first; the last one has still to be reported, in that neighbourhood.
    pub fn candidates(
        &mut self,
        track: &Track,
        actor: &Actor,
        neighbourhood: Option<&str>,
        at: Moment,
    ) -> Vec<Candidate> {
        let case = &track.case;
        let mut chance = self.chance();
        let own = corporation(self.program.model(), actor);
        let bold = chance.percent(8);
        let place = self.municipality(case);
        let near = self.free.get(&place).into_iter().flatten().take(LOOKED_AT);
        let mut found: Vec<Candidate> = near
            .filter_map(|number| Some((*number, self.homes.get(*number)?)))
            .filter(|(_, home)| own.is_none_or(|own| own == home.owner))
            .filter(|(_, home)| !home.refused.contains(&track.id))
            .filter_map(|(number, home)| {
                let verdict = self.verdict(case, &home.facts, at);
                let departs = (BROKEN..2 * BROKEN).contains(&verdict);
                (verdict < BROKEN || bold && departs).then_some(Candidate::Free(number, departs))
            })
            .take(TRIED)
            .collect();
        let owner = own.or_else(|| self.owner(Some(case), at, &mut chance));
        if let Some(owner) = owner {
            let facts = self.draw(Some(case), owner, neighbourhood, at, &mut chance);
            found.push(Candidate::New { owner, facts });
        }
        found
    }

    /// The neighbourhood that a home stands in, where that is known.
    pub fn neighbourhood(&self, candidate: &Candidate) -> Option<String> {
        let facts = match candidate {
            Candidate::Free(home, _) => &self.homes.get(*home)?.facts,
            Candidate::New { facts, .. } => facts,
        };
        match facts.get(self.declared.neighbourhood()?.index())? {
            Some(Value::Text(name)) => Some(name.clone()),
            _ => None,
        }
    }

    /// Offers a home in a case that has taken the offer; reports it first when it is new.
    pub fn offer(
        &mut self,
        candidate: Candidate,
        id: CaseRef,
        actor: &Actor,
        at: Moment,
    ) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let (home, departure) = match candidate {
            Candidate::Free(home, departs) => (home, departs),
            Candidate::New { owner, facts } => {
                let report = self.report(owner, facts, at);
                let home = report.home;
                deeds.push(report);
                (home, false)
            }
        };
        let case = stream(id);
        let change = HomeChange::Offer { case, departure };
        deeds.extend(self.change(home, change, actor.clone(), None, at));
        self.held.insert(id, home);
        deeds
    }

    /// What these events of a case do to the home that it held, and who sees that it now waits for one.
    pub fn follow(
        &mut self,
        number: usize,
        before: &Case,
        track: &Track,
        actor: &Actor,
        events: &[Event],
    ) -> Option<Deed> {
        let at = events.last()?.at;
        let enters = |event: &Event| {
            matches!(
                event.kind,
                EventKind::Entered { .. } | EventKind::Opened { .. }
            )
        };
        let searches = events.iter().any(enters) || before.offers.open.is_some();
        let waits = track.case.offers.open.is_none();
        if searches && waits && offers_here(self.program.model(), &track.case) {
            let mut chance = self.chance();
            let soon = Moment(at.0 + chance.between(1, 12) * DAY);
            // Not everybody is thought of.
            if chance.percent(90) {
                self.plan(soon, Task::Report(Some(number)), &mut chance);
            }
        }
        let home = *self.held.get(&track.id)?;
        let standing = self.homes.get(home)?.state.standing();
        let model = self.program.model();
        let course = Course {
            stream: stream(track.id),
            before: (before, model),
            after: (&track.case, model),
            events,
        };
        let mut changes = follow(&course).into_iter();
        let (_, change) = changes.find(|(of, _)| *of == standing)?;
        let deed = self.change(home, change, actor.clone(), None, at);
        if self.homes.get(home)?.state.case().is_none() {
            self.held.remove(&track.id);
        }
        deed
    }

    fn report(&mut self, owner: PartyId, facts: Vec<Option<Value>>, at: Moment) -> Deed {
        let known = |fact: &Fact| {
            let place = self
                .declared
                .facts
                .iter()
                .position(|f| f.name == fact.name)?;
            facts.get(place)?.as_ref()
        };
        // In a store that knows one version a party stands under its place in the file.
        let kept = written(self.program.model(), self.declared, known, |party| {
            Some(party.0)
        });
        let home = self.homes.len();
        self.homes.push(Home {
            owner,
            facts,
            state: HomeState::Free,
            version: 1,
            refused: Vec::new(),
        });
        self.freed(home, at);
        Deed {
            home,
            owner,
            expected: 0,
            change: HomeChange::Report(kept),
            by: self.account(owner),
            motivation: None,
        }
    }

    /// Changes a home; none when its state does not allow that.
    fn change(
        &mut self,
        number: usize,
        change: HomeChange,
        by: Actor,
        motivation: Option<String>,
        at: Moment,
    ) -> Option<Deed> {
        let place = self.declared.party(PartyKind::Municipality);
        let home = self.homes.get_mut(number)?;
        let after = change.after(home.state)?;
        let expected = home.version;
        (home.state, home.version) = (after, expected + 1);
        if let HomeChange::Refuse { case, .. } = change {
            home.refused.push(CaseRef(case.0.as_u128()));
        }
        let (owner, municipality) = (home.owner, municipality(home, place));
        match after {
            HomeState::Free => self.freed(number, at),
            _ => {
                if let Some(free) = self.free.get_mut(&municipality) {
                    free.remove(&number);
                }
            }
        }
        if let HomeState::Accepted(_) = after {
            let mut chance = self.chance();
            let later = Moment(at.0 + chance.between(10, 45) * DAY);
            self.plan(later, Task::Let(number), &mut chance);
        }
        Some(Deed {
            home: number,
            owner,
            expected,
            change,
            by,
            motivation,
        })
    }

    /// A home is free: nobody keeps it empty for ever.
    fn freed(&mut self, number: usize, at: Moment) {
        let place = self.declared.party(PartyKind::Municipality);
        if let Some(home) = self.homes.get(number) {
            let municipality = municipality(home, place);
            self.free.entry(municipality).or_default().insert(number);
        }
        let mut chance = self.chance();
        let later = Moment(at.0 + chance.between(70, 190) * DAY);
        self.plan(later, Task::Withdraw(number), &mut chance);
    }

    /// How far a home is from fitting: what is broken counts more than what is not known.
    fn verdict(&self, case: &Case, home: &[Option<Value>], at: Moment) -> usize {
        let model = self.program.model();
        let Some(scheme) = case.scheme else {
            return 0;
        };
        let facts: Vec<Option<Value>> = (0..model.facts.len())
            .map(|index| fact_value(case, index).cloned())
            .collect();
        let client = Client {
            facts: &facts,
            parties: &case.parties,
        };
        let found = fit(self.program, scheme, &client, home, civil_date(at));
        found.broken().count() * BROKEN + found.unknown().count()
    }

    /// The corporation that reports a home: the one of the case, or else one by lot.
    fn owner(&self, case: Option<&Case>, at: Moment, chance: &mut Chance) -> Option<PartyId> {
        let of_case = case.and_then(|case| party_of(case, PartyKind::HousingCorporation));
        of_case.or_else(|| {
            let all = reporters(self.program.model(), self.declared, civil_date(at));
            chance.pick(&all).copied()
        })
    }

    /// A home of this party: of many drawn the one that fits the case best.
    fn draw(
        &self,
        case: Option<&Case>,
        owner: PartyId,
        neighbourhood: Option<&str>,
        at: Moment,
        chance: &mut Chance,
    ) -> Vec<Option<Value>> {
        let place = case.and_then(|case| party_of(case, PartyKind::Municipality));
        let mut best: Option<(usize, Vec<Option<Value>>)> = None;
        for _ in 0..DRAWS {
            let facts = self.invent(owner, place, neighbourhood, civil_date(at), chance);
            let verdict = case.map_or(0, |case| self.verdict(case, &facts, at));
            if best.as_ref().is_none_or(|(least, _)| verdict < *least) {
                best = Some((verdict, facts));
            }
            if best.as_ref().is_some_and(|(least, _)| *least == 0) {
                break;
            }
        }
        best.map(|(_, facts)| facts).unwrap_or_default()
    }

    fn invent(
        &self,
        owner: PartyId,
        place: Option<PartyId>,
        neighbourhood: Option<&str>,
        on: Date,
        chance: &mut Chance,
    ) -> Vec<Option<Value>> {
        let model = self.program.model();
        let drawn = |fact: &Fact| match &fact.kind {
            Type::Party(Some(PartyKind::HousingCorporation)) => Some(Value::Party(owner)),
            Type::Party(Some(PartyKind::Municipality)) if place.is_some() => {
                place.map(Value::Party)
            }
            Type::Neighbourhood => match neighbourhood {
                Some(name) => Some(Value::Text(name.to_owned())),
                None => acts::neighbourhood(chance).map(Value::Text),
            },
            kind => {
                let value = client::of_home(model, kind, on, chance);
                // Now and then somebody forgets to say something.
                (matches!(kind, Type::Party(_)) || !chance.percent(3)).then_some(value)
            }
        };
        self.declared.facts.iter().map(drawn).collect()
    }

    /// Who acts for a corporation.
    fn account(&self, party: PartyId) -> Actor {
        let model = self.program.model();
        who::account(model, party, lives::role_of(model, party))
    }
}

/// A broken rule, beside which what is not known weighs nothing.
const BROKEN: usize = 100;

/// The name of a case in the store.
fn stream(id: CaseRef) -> StreamId {
    StreamId(Uuid::from_u128(id.0))
}

fn party_of(case: &Case, kind: PartyKind) -> Option<PartyId> {
    case.parties.get(kind as usize).copied().flatten()
}

fn municipality(home: &Home, fact: Option<convenant_lang::model::FactId>) -> Option<PartyId> {
    match home.facts.get(fact?.index())? {
        Some(Value::Party(party)) => Some(*party),
        _ => None,
    }
}

/// The corporation for which somebody acts.
fn corporation(model: &Convenant, actor: &Actor) -> Option<PartyId> {
    let Actor::Person { party, .. } = actor else {
        return None;
    };
    let kind = model.parties.get(party.index())?.kind;
    (kind == PartyKind::HousingCorporation).then_some(*party)
}

/// The corporations that report homes on that day.
fn reporters(model: &Convenant, declared: &Homes, on: Date) -> Vec<PartyId> {
    use convenant_engine::authority::{is_member, parties_of};
    let named = declared.reported_by.iter();
    let named: Vec<PartyId> = named
        .flat_map(|who| parties_of(model, &Case::default(), *who, on))
        .collect();
    let is_corporation = |(id, party): (u16, &convenant_lang::model::Party)| {
        let id = PartyId(id);
        let reports = declared.reported_by.is_empty() || named.contains(&id);
        let fits = party.kind == PartyKind::HousingCorporation && is_member(model, id, on);
        (reports && fits).then_some(id)
    };
    (0..)
        .zip(&model.parties)
        .filter_map(is_corporation)
        .collect()
}

/// Whether a home is offered in the step in which the case is.
fn offers_here(model: &Convenant, case: &Case) -> bool {
    let (Some(scheme), Place::Step(StepId(step))) = (case.scheme, case.place) else {
        return false;
    };
    let step = model
        .schemes
        .get(scheme.index())
        .and_then(|scheme| scheme.handover.steps.get(usize::from(step)));
    step.is_some_and(|step| {
        let mut exits = step.exits.iter();
        exits.any(|exit| matches!(exit.kind, ExitKind::Offer(_)))
    })
}
