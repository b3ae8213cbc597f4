//! Homes that follow their case: an answer to an offer, an offer that falls away, or a case that has no use any more for the home that it
//! had accepted, changes the home in the same transaction.
//!
//! Input: what happened in a case. Output: the changes of its homes. Invariants: a home is offered to a case for as long as that offer is
//! open, also while the step waits for a suspension; an accepted one is the case's until it is let, or the case ends without
//! success or looks for another.

use convenant_engine::{Actor, Answer, Case, Event, EventKind, Place};
use convenant_lang::model::{Convenant, ExitKind};
use convenant_store::{
    FellAway, HomeActor, HomeChange, HomeFilter, HomeStanding, HomeWrite, StreamId,
};

use crate::cases::{CaseError, Cases, Loaded};
use crate::matching::offer_of;
use crate::regions::{Region, Version};

use super::step_of;

impl Cases {
    /// The homes of a case that change with these events, by this actor; `after` is the case when they have happened, under `model`.
    pub(crate) async fn homes_along(
        &self,
        region: &Region,
        actor: &Actor,
        before: &Loaded,
        (after, model): (&Case, &Convenant),
        events: &[Event],
    ) -> Result<Vec<HomeWrite>, CaseError> {
        let course = Course {
            stream: before.stream,
            before: (&before.case, before.version.model()),
            after: (after, model),
            events,
        };
        let mut homes = Vec::new();
        for (standing, change) in follow(&course) {
            let filter = HomeFilter {
                states: vec![standing],
                case: Some(before.stream),
                ..HomeFilter::default()
            };
            let by = self::actor(region, &before.version, actor);
            for home in self.store().homes(&region.key, &filter, None, MOST).await? {
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

/// A case before and after these events, each under the file that it then stands under.
pub struct Course<'a> {
    /// The case.
    pub stream: StreamId,
    /// Before.
    pub before: (&'a Case, &'a Convenant),
    /// Afterwards.
    pub after: (&'a Case, &'a Convenant),
    /// What happened.
    pub events: &'a [Event],
}

/// What becomes of the homes of a case, by where they stand.
pub fn follow(course: &Course<'_>) -> Vec<(HomeStanding, HomeChange)> {
    let (before, after, events) = (course.before.0, course.after.0, course.events);
    let mut changes = Vec::with_capacity(2);
    if offer_is_open(before) && (!offer_is_open(after) || is_offered(events)) {
        changes.push((HomeStanding::Offered, what_became_of_it(course)));
    }
    if let Some(why) = gives_up(course.after.1, after, events) {
        let case = course.stream;
        changes.push((HomeStanding::Accepted, HomeChange::FallAway { case, why }));
    }
    changes
}

/// Homes that one case has at once: one, or one more where a file goes from one search to the next.
const MOST: u32 = 16;

/// Whether the case has an offer that waits for its answer, now or when it comes back from the step that suspends it.
fn offer_is_open(case: &Case) -> bool {
    let waiting = case.detour.as_ref().and_then(|detour| detour.offers.open);
    case.offers.open.or(waiting).is_some()
}

fn is_offered(events: &[Event]) -> bool {
    let offered = |event: &Event| matches!(event.kind, EventKind::Offered { .. });
    events.iter().any(offered)
}

/// Why a case has no use any more for a home that it had accepted; none when it still has. One that ended well keeps it: it is let then.
fn gives_up(model: &Convenant, after: &Case, events: &[Event]) -> Option<FellAway> {
    let scheme = model.schemes.get(after.scheme?.index())?;
    events.iter().find_map(|event| match event.kind {
        EventKind::Ended { end } => {
            let end = scheme.handover.ends.get(end.index())?;
            (!end.succeeded).then_some(FellAway::Ended)
        }
        EventKind::Allocated { .. } => Some(FellAway::SearchesAgain),
        EventKind::Entered { step } => {
            let step = scheme.handover.steps.get(step.index())?;
            offer_of(step).map(|_| FellAway::SearchesAgain)
        }
        _ => None,
    })
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

fn what_became_of_it(course: &Course<'_>) -> HomeChange {
    let case = course.stream;
    let answer = course.events.iter().find_map(|event| match &event.kind {
        EventKind::Answered { exit, answer } => Some((exit, answer)),
        _ => None,
    });
    match answer {
        Some((_, Answer::Accepted)) => HomeChange::Accept { case },
        Some((_, Answer::Refused)) => HomeChange::Refuse { case, ground: None },
        Some((exit, Answer::RefusedOn(ground))) => refused_on(course, exit.index(), *ground),
        None => {
            let ended = matches!(course.after.0.place, Place::End(_));
            let why = if ended {
                FellAway::Ended
            } else {
                FellAway::OtherWay
            };
            HomeChange::FallAway { case, why }
        }
    }
}

fn refused_on(course: &Course<'_>, exit: usize, ground: u16) -> HomeChange {
    let (before, model) = course.before;
    let step = step_of(model, before);
    let exit = step.and_then(|step| step.exits.get(exit));
    let ground = exit.and_then(|exit| match &exit.kind {
        ExitKind::Offer(offer) => offer.grounds.get(usize::from(ground)),
        _ => None,
    });
    HomeChange::Refuse {
        case: course.stream,
        ground: ground.map(|(name, _)| name.clone()),
    }
}
