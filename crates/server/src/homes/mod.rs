//! Homes as the convenant declares them: what is checked when one is reported, who may do what, and how a version reads one.
//!
//! Input: facts by name, as JSON or from a CSV. Output: what the store keeps, and values for the engine. Invariants: only declared facts are
//! kept, exact and by name, so that every version reads them; a party stands under its number; a corporation changes its own homes only.

mod along;
mod counts;
pub mod csv;

use std::collections::BTreeMap;

pub use self::along::{Course, actor, follow};
pub use self::counts::Counts;
use convenant_engine::homes::{Client, Fit, fit};
use convenant_engine::{Case, Place};
use convenant_lang::model::{Convenant, Fact, Homes, PartyId, PartyKind, Step, Type, Value};
use convenant_store::{HomeFacts, HomeRow, HomeStanding};
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use crate::accounts::Account;
use crate::act::ActError;
use crate::cases::Loaded;
use crate::matching::offer_of;
use crate::regions::{Region, Version};
use crate::sight::Viewer;
use crate::value;

/// The longest reference.
pub const LONGEST_REFERENCE: usize = 100;

/// The word for where a home stands.
pub fn standing_name(standing: HomeStanding) -> &'static str {
    match standing {
        HomeStanding::Free => "vrij",
        HomeStanding::Offered => "aangeboden",
        HomeStanding::Accepted => "aanvaard",
        HomeStanding::Let => "verhuurd",
        HomeStanding::Withdrawn => "ingetrokken",
    }
}

/// Where a home stands, by its word.
pub fn standing_named(name: &str) -> Option<HomeStanding> {
    HomeStanding::ALL
        .into_iter()
        .find(|standing| standing_name(*standing) == name)
}

/// What somebody may do with the homes of a region.
#[derive(Debug, Clone, Copy)]
pub struct Rights {
    /// As whom, in the current version.
    pub viewer: Viewer,
    /// Reports homes of its party (`gemeld door`); a corporation where the file does not say who.
    pub reports: bool,
    /// Matches homes and clients (`gekoppeld door`).
    pub matches: bool,
}

impl Rights {
    /// Of an account on a day; none when it has no part in the region.
    pub fn of(account: &Account, region: &Region, homes: &Homes, on: Date) -> Option<Rights> {
        let model = region.current.model();
        let viewer = Viewer::of(Some(account), region, model, on)?;
        if !viewer.takes_part(model, on) {
            return None;
        }
        let corporation = model
            .parties
            .get(viewer.party.index())
            .is_some_and(|party| party.kind == PartyKind::HousingCorporation);
        let reports = match homes.reported_by.as_slice() {
            [] => corporation,
            whos => viewer.is_among(model, whos, on),
        };
        let matches = homes
            .matched_by
            .is_some_and(|who| viewer.is_among(model, &[who], on));
        Some(Rights {
            viewer,
            reports,
            matches,
        })
    }

    /// Whether a home is its party's, or that of one it took over from.
    pub fn owns(&self, region: &Region, home: &HomeRow, on: Date) -> bool {
        region.party_numbered(home.owner, on) == Some(self.viewer.party)
    }

    /// Whether it may see a fact of a home: all but those that the file keeps for others.
    pub fn may_see(&self, region: &Region, fact: &Fact, owns: bool, on: Date) -> bool {
        let model = region.current.model();
        owns || fact.visible_to.is_empty()
            || self.matches
            || self.viewer.is_among(model, &fact.visible_to, on)
    }
}

/// Checks the facts of a home of this party, as the current version declares them.
pub fn checked(
    region: &Region,
    homes: &Homes,
    owner: PartyId,
    facts: &BTreeMap<String, Json>,
) -> Result<HomeFacts, ActError> {
    let mut known: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, json) in facts.iter().filter(|(_, json)| !json.is_null()) {
        let fact = declared(homes, name)?;
        known.insert(&fact.name, typed(region, fact, json)?);
    }
    for fact in &homes.facts {
        match fact.kind {
            Type::Party(Some(PartyKind::Municipality)) if !known.contains_key(&*fact.name) => {
                return Err(ActError::Missing("gemeente"));
            }
            Type::Party(Some(PartyKind::HousingCorporation)) => {
                let own = Value::Party(owner);
                if known
                    .insert(&fact.name, own.clone())
                    .is_some_and(|said| said != own)
                {
                    return Err(misfit(fact, "verwacht-eigen-partij"));
                }
            }
            _ => {}
        }
    }
    let known = |fact: &Fact| known.get(&*fact.name);
    let model = region.current.model();
    Ok(written(model, homes, known, |party| {
        region.number_of(&region.current, party)
    }))
}

/// The facts of a home as they are kept; `number` gives the number under which a party stands.
pub fn written<'v>(
    model: &Convenant,
    homes: &Homes,
    known: impl Fn(&Fact) -> Option<&'v Value>,
    number: impl Fn(PartyId) -> Option<u16>,
) -> HomeFacts {
    let mut all = Map::new();
    let mut kept = HomeFacts {
        municipality: None,
        available: None,
        facts: String::new(),
    };
    for fact in &homes.facts {
        let Some(found) = known(fact) else {
            continue;
        };
        all.insert(fact.name.clone(), value::to_json(model, &fact.kind, found));
        match found {
            Value::Party(party) if fact.kind == Type::Party(Some(PartyKind::Municipality)) => {
                kept.municipality = number(*party);
            }
            // The first date that the file declares.
            Value::Date(day) if kept.available.is_none() => kept.available = Some(*day),
            _ => {}
        }
    }
    kept.facts = Json::Object(all).to_string();
    kept
}

fn declared<'a>(homes: &'a Homes, name: &str) -> Result<&'a Fact, ActError> {
    homes
        .facts
        .iter()
        .find(|fact| fact.name == name)
        .ok_or_else(|| ActError::Unknown {
            what: "feit",
            name: name.to_owned(),
            known: names(homes).join(", "),
        })
}

/// The names of the facts of a home.
pub fn names(homes: &Homes) -> Vec<&str> {
    homes.facts.iter().map(|fact| fact.name.as_str()).collect()
}

fn typed(region: &Region, fact: &Fact, json: &Json) -> Result<Value, ActError> {
    value::from_json(region.current.model(), &fact.kind, json)
        .ok_or_else(|| misfit(fact, value::expected(&fact.kind)))
}

fn misfit(fact: &Fact, expected: &'static str) -> ActError {
    let options = match &fact.kind {
        Type::Choice(options) => options.join(", "),
        _ => String::new(),
    };
    ActError::Value {
        fact: fact.name.clone(),
        expected,
        options,
    }
}

/// The facts of a home by name, as they were kept.
pub fn kept(home: &HomeRow) -> Map<String, Json> {
    serde_json::from_str(&home.facts.facts).unwrap_or_default()
}

/// The facts of a home as a version reads them: by place in `Homes::facts`; what it does not declare, or declares otherwise, is unknown.
pub fn values(region: &Region, version: &Version, home: &HomeRow, on: Date) -> Vec<Option<Value>> {
    let model = version.model();
    let kept = kept(home);
    let facts = model.homes.iter().flat_map(|homes| &homes.facts);
    facts
        .map(|fact| {
            let json = kept.get(&fact.name)?;
            value::from_json(model, &fact.kind, json).or_else(|| {
                // A party that this version does not name any more: whoever took over from it.
                let Type::Party(Some(kind)) = fact.kind else {
                    return None;
                };
                let heir = region.party_today(json.as_str()?, on)?;
                let heir = region.current.model().parties.get(heir.index())?;
                let named = model.party_named(&heir.name)?;
                (heir.kind == kind).then_some(Value::Party(named))
            })
        })
        .collect()
}

/// The step that a case is in.
fn step_of<'a>(model: &'a Convenant, case: &Case) -> Option<&'a Step> {
    let Place::Step(step) = case.place else {
        return None;
    };
    let scheme = model.schemes.get(case.scheme?.index())?;
    scheme.handover.steps.get(step.index())
}

/// Whether somebody is who offers a home to this case, in the step that it is in.
pub fn offers(viewer: Viewer, loaded: &Loaded, on: Date) -> bool {
    let (model, case) = (loaded.version.model(), &loaded.case);
    let offer = step_of(model, case).and_then(offer_of);
    offer.is_some_and(|(_, offer)| viewer.acts_as(model, case, &[offer.by], on))
}

/// Whether a home fits the client of a case; none when the case is in no scheme.
pub fn fits(
    region: &Region,
    version: &Version,
    case: &Case,
    home: &HomeRow,
    on: Date,
) -> Option<Fit> {
    let facts: Vec<Option<Value>> = case
        .facts
        .iter()
        .map(|known| match known {
            Some((convenant_engine::Secret::Value(value), _)) => Some(value.clone()),
            _ => None,
        })
        .collect();
    let client = Client {
        facts: &facts,
        parties: &case.parties,
    };
    let values = values(region, version, home, on);
    Some(fit(&version.program, case.scheme?, &client, &values, on))
}

/// The neighbourhood of a home, where it is known.
pub fn neighbourhood(homes: &Homes, home: &HomeRow) -> Option<String> {
    let fact = homes.facts.get(homes.neighbourhood()?.index())?;
    kept(home).get(&fact.name)?.as_str().map(str::to_owned)
}
