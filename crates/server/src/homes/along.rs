//! Homes that follow their case: an answer to an offer, or an offer that falls away, changes the home in the same transaction.
//!
//! Input: what happened in a case. Output: the changes of the home that was offered to it. Invariant: a home is offered to a case for as
//! long as that offer is open, and no longer.

use convenant_engine::{Actor, Answer, Case, Event, EventKind};
use convenant_lang::model::{Convenant, ExitKind, SchemeId};
use convenant_store::{HomeActor, HomeChange, HomeFilter, HomeStanding, HomeWrite, StreamId};

use crate::cases::{CaseError, Cases, Loaded, Submit};
use crate::regions::{Region, Version};

impl Cases {
    /// The homes that change with these events: those of the command, and the one that the case had been offered.
    pub(crate) async fn homes_along(
        &self,
        region: &Region,
        submit: &Submit,
        before: &Loaded,
        after: &Case,
        events: &[Event],
    ) -> Result<Vec<HomeWrite>, CaseError> {
        let mut homes = submit.homes.clone();
        let model = before.version.model();
        let by = actor(region, &before.version, &submit.actor);
        for (standing, change) in follow(model, &before.case, after, before.stream, events) {
            let filter = HomeFilter {
                states: vec![standing],
                case: Some(before.stream),
                ..HomeFilter::default()
            };
            for home in self.store().homes(&region.key, &filter, None, 2).await? {
                homes.push(HomeWrite {
                    home: home.id,
                    expected: home.version,
                    change: change.clone(),
                    by: by.clone(),
                });
            }
        }
        Ok(homes)
    }
}

/// What these events of a case do to its homes, by where those stand.
pub fn follow(
    model: &Convenant,
    before: &Case,
    after: &Case,
    case: StreamId,
    events: &[Event],
) -> Vec<(HomeStanding, HomeChange)> {
    let offered = |event: &Event| matches!(event.kind, EventKind::Offered { .. });
    let over = !offer_is_open(after) || events.iter().any(offered);
    if offer_is_open(before) && over {
        let change = what_became_of_it(model, before, case, events);
        return vec![(HomeStanding::Offered, change)];
    }
    Vec::new()
}

/// Whether the case has an offer that waits for its answer, now or when it comes back from the step that suspends it.
fn offer_is_open(case: &Case) -> bool {
    let waiting = case.detour.as_ref().and_then(|detour| detour.offers.open);
    case.offers.open.or(waiting).is_some()
}

/// Who acts, as the history of a home names them.
pub fn actor(region: &Region, version: &Version, actor: &Actor) -> HomeActor {
    match actor {
        Actor::Person { person, party, .. } => HomeActor {
            person: Some(person.clone()),
            party: region.number_of(version, *party),
            motivation: None,
        },
        Actor::Clock => HomeActor::default(),
    }
}

/// What becomes of the home that a case has been offered, when these events end that offer.
fn what_became_of_it(
    model: &Convenant,
    before: &Case,
    case: StreamId,
    events: &[Event],
) -> HomeChange {
    let answer = events.iter().find_map(|event| match &event.kind {
        EventKind::Answered { exit, answer } => Some((exit, answer)),
        _ => None,
    });
    match answer {
        Some((_, Answer::Accepted)) => HomeChange::Accept { case },
        Some((_, Answer::Refused)) => HomeChange::Refuse { case, ground: None },
        Some((exit, Answer::RefusedOn(ground))) => HomeChange::Refuse {
            case,
            ground: ground_named(model, before, exit.index(), *ground),
        },
        // The case went another way, or another home took its place.
        None => HomeChange::Release,
    }
}

fn ground_named(model: &Convenant, before: &Case, exit: usize, ground: u16) -> Option<String> {
    let scheme = before.scheme.unwrap_or(SchemeId(0));
    let step = match before.place {
        convenant_engine::Place::Step(step) => model
            .schemes
            .get(scheme.index())
            .and_then(|scheme| scheme.handover.steps.get(step.index())),
        _ => None,
    };
    let exit = step.and_then(|step| step.exits.get(exit));
    let ground = exit.and_then(|exit| match &exit.kind {
        ExitKind::Offer(offer) => offer.grounds.get(usize::from(ground)),
        _ => None,
    });
    ground.map(|(name, _)| name.clone())
}
