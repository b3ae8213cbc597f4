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
        let offered = |event: &Event| matches!(event.kind, EventKind::Offered { .. });
        let over = after.offers.open.is_none() || events.iter().any(offered);
        if before.case.offers.open.is_none() || !over {
            return Ok(homes);
        }
        let filter = HomeFilter {
            states: vec![HomeStanding::Offered],
            case: Some(before.stream),
            ..HomeFilter::default()
        };
        let change = what_became_of_it(before.version.model(), &before.case, before.stream, events);
        let by = actor(region, &before.version, &submit.actor);
        for home in self.store().homes(&region.key, &filter, None, 2).await? {
            homes.push(HomeWrite {
                home: home.id,
                expected: home.version,
                change: change.clone(),
                by: by.clone(),
            });
        }
        Ok(homes)
    }
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
pub fn what_became_of_it(
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
