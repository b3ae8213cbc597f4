//! The home of an accepted line goes to the case: the home is set aside, and the offer is made in the case where the matcher may.
//!
//! Input: a line, a home. Output: a home that is offered to the case, or why not. Invariants: a home that somebody else has is told and nothing
//! has changed; what the case refuses sets the home free again; doing it again after it broke off half-way finishes it.

use std::sync::Arc;

use convenant_engine::{Actor, Command, Place, civil_date};
use convenant_store::{
    Error as StoreError, HomeActor, HomeChange, HomeId, HomeRow, HomeState, HomeWrite, MatchingLine,
};

use super::App;
use super::caller::Caller;
use super::failures::{case_problem, store_problem};
use crate::cases::{CaseError, Loaded, Submit};
use crate::matching::offer_of;
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::sight::Viewer;

/// Offers a home to the case of a line.
pub async fn offer(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    viewer: Viewer,
    line: &MatchingLine,
    home: HomeId,
) -> Result<(), Problem> {
    let store = app.cases.store();
    let found = store.home(&region.key, home).await;
    let found = found.map_err(|error| gone(error, line))?;
    let home = match found.state {
        // Set aside before, by an act that broke off.
        HomeState::Offered(case) if case == line.stream => found,
        _ => {
            let change = HomeChange::Offer {
                case: line.stream,
                breaks: Vec::new(),
            };
            write(app, region, caller, &found, change)
                .await
                .map_err(|error| gone(error, line))?
        }
    };
    let loaded = app.cases.load(region, line.stream).await;
    let loaded = loaded.map_err(|e| case_problem(app, caller.language, e))?;
    let Some(submit) = case_offer(app, region, caller, viewer, &loaded, &home) else {
        return Ok(());
    };
    match app.cases.submit(region, submit).await {
        Ok(_) => Ok(()),
        Err(error) => {
            if matches!(error, CaseError::Refused { .. }) {
                let released = write(app, region, caller, &home, HomeChange::Release).await;
                released.map_err(store_problem)?;
            }
            Err(case_problem(app, caller.language, error))
        }
    }
}

async fn write(
    app: &App,
    region: &Region,
    caller: &Caller,
    home: &HomeRow,
    change: HomeChange,
) -> Result<HomeRow, StoreError> {
    let write = HomeWrite {
        home: home.id,
        expected: home.version,
        change,
        by: HomeActor {
            person: caller.account.as_ref().map(|account| account.id.clone()),
            party: None,
            motivation: None,
        },
    };
    let store = app.cases.store();
    store.change_home(&region.key, write, app.clock.now()).await
}

/// The offer in the case: where its step offers homes, the matcher is who does that, and none is open. Elsewhere whoever the file names
/// makes it known.
fn case_offer(
    app: &App,
    region: &Region,
    caller: &Caller,
    viewer: Viewer,
    loaded: &Loaded,
    home: &HomeRow,
) -> Option<Submit> {
    let now = app.clock.now();
    let (model, case) = (loaded.version.model(), &loaded.case);
    let Place::Step(step) = case.place else {
        return None;
    };
    let scheme = model.schemes.get(case.scheme?.index())?;
    let (exit, offer) = offer_of(scheme.handover.steps.get(step.index())?)?;
    let account = caller.account.as_ref()?;
    let own = Viewer::of(Some(account), region, model, civil_date(now)).unwrap_or(viewer);
    let may = match offer.by {
        convenant_lang::model::Who::Role(role) => role == own.role,
        convenant_lang::model::Who::Body(_) => false,
    };
    if !may || case.offers.open.is_some() {
        return None;
    }
    let fact = model.homes.as_ref()?.neighbourhood();
    let stored: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&home.facts.facts).unwrap_or_default();
    let neighbourhood = fact.and_then(|fact| {
        let name = &model.homes.as_ref()?.facts.get(fact.index())?.name;
        Some(stored.get(name)?.as_str()?.to_owned())
    });
    let actor = Actor::Person {
        person: account.id.clone(),
        party: own.party,
        role: own.role,
    };
    let command = Command::Offer {
        exit,
        neighbourhood,
        motivation: None,
    };
    Some(Submit::new(Some(loaded.stream), actor, command, now))
}

/// A home that cannot be had any more, with what it is instead.
fn gone(error: StoreError, line: &MatchingLine) -> Problem {
    let told = |stand: &str| {
        Problem::new(Kind::Refused)
            .detail("koppeling-woning-weg")
            .with("reden", "woning-weg")
            .with("stand", stand)
            .with("zaak", line.number.as_str())
    };
    match error {
        StoreError::HomeRefused { state, .. } => told(match state {
            HomeState::Free => "vrij",
            HomeState::Offered(_) => "aangeboden",
            HomeState::Accepted(_) => "aanvaard",
            HomeState::Let(_) => "verhuurd",
            HomeState::Withdrawn => "ingetrokken",
        }),
        StoreError::HomeConflict { .. } => told("gewijzigd"),
        StoreError::NoSuchHome => told("onbekend"),
        other => store_problem(other),
    }
}
