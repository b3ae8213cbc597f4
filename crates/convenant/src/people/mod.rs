//! Invented people: given the state of a case, what somebody does next with it, and when.
//!
//! Input: a region in memory, a case, a seed. Output: a `Plan`: a moment, an actor and a command. Invariants: works for every valid
//! file; a function of the seed, the number of the case and its state only, so that whoever continues later continues the same
//! story; no real person is in it, only facts that were drawn by lot.

mod acts;
mod chance;
mod client;
mod lives;
mod stock;
mod supply;
mod troupe;
mod when;
mod who;

use convenant_engine::{
    Actor, Case, Command, Context, DeadlineRef, Moment, Place, Refusal, decide,
};
use convenant_lang::model::SchemeId;

use crate::world::{Track, World};
use acts::{Candidate, Sort};
pub use chance::Chance;
pub use client::Client;
pub use stock::Deed;
pub use troupe::{Happening, InCase, Opening, Troupe};
pub use when::DAY;
use when::office;

/// A case with the client that it is about.
#[derive(Debug, Clone)]
pub struct Story {
    /// Same seed, same story.
    pub seed: u64,
    /// Number of the case.
    pub number: u64,
    /// What can become known of the client.
    pub client: Client,
}

/// What somebody is about to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

/// Everything that a plan depends on.
pub struct Scene<'a> {
    /// The region.
    pub world: &'a World<'a>,
    /// The case.
    pub case: &'a Case,
    /// Its story.
    pub story: &'a Story,
}

impl Scene<'_> {
    fn chance(&self, purpose: u64, number: u64) -> Chance {
        Chance::of(self.story.seed, [self.story.number, purpose, number])
    }

    fn accepts(&self, actor: &Actor, command: &Command, at: Moment) -> bool {
        self.outcome(actor, command, at).is_ok()
    }

    /// Whether the engine would accept it then, and change something.
    fn outcome(
        &self,
        actor: &Actor,
        command: &Command,
        at: Moment,
    ) -> Result<(), Option<Box<Refusal>>> {
        let context = Context {
            now: at,
            ledger: &self.world.ledger,
            life: &self.world.life,
            refusals: &[],
        };
        match decide(self.world.program, self.case, actor, command, &context) {
            Ok(decision) if decision.events.is_empty() => Err(None),
            Ok(_) => Ok(()),
            Err(refusal) => Err(Some(Box::new(refusal))),
        }
    }
}

/// How a case is opened: by whom, in which scheme. None when nobody may.
pub fn opening(world: &World, story: &Story, scheme: SchemeId, at: Moment) -> Option<Plan> {
    let scene = Scene {
        world,
        case: &Case::default(),
        story,
    };
    let found = world.program.scheme(scheme)?;
    let step = found.handover.steps.get(found.handover.start.index())?;
    let command = Command::Open { scheme };
    step.actors
        .iter()
        .flat_map(|who| who::actors(&scene, *who, at, None))
        .find(|actor| scene.accepts(actor, &command, at))
        .map(|actor| Plan { at, actor, command })
}

/// What somebody does next with this case; none while only time can help. `attempt` counts the plans of this state that were refused.
pub fn next(world: &World, track: &Track, story: &Story, attempt: u32) -> Option<Plan> {
    let scene = Scene {
        world,
        case: &track.case,
        story,
    };
    let seed = u64::from(track.case.seq) << 16 | u64::from(attempt.min(0xffff));
    let mut chance = scene.chance(1, seed);
    match track.case.place {
        Place::Nowhere => None,
        Place::End(_) => {
            objection(&scene, track, &mut chance).or_else(|| ruling(&scene, track, &mut chance))
        }
        Place::Step(_) => in_step(&scene, track, &mut chance),
    }
}

/// After a refusal some object, once.
fn objection(scene: &Scene, track: &Track, chance: &mut Chance) -> Option<Plan> {
    let until = running(scene.case, |of| of == DeadlineRef::Objection)?;
    if scene.case.objection.is_some() || !scene.chance(2, 0).percent(15) {
        return None;
    }
    let span = until.0.saturating_sub(track.touched.0).max(DAY);
    let at = office(
        scene,
        Moment(track.touched.0 + chance.below(span) / 2),
        chance,
    );
    let command = Command::Object {
        motivation: acts::motivation(chance),
    };
    who::anybody(scene, at)
        .into_iter()
        .find(|actor| scene.accepts(actor, &command, at))
        .map(|actor| Plan { at, actor, command })
}

/// Whoever decides on the objection does so within weeks; members of a body follow the first of them.
fn ruling(scene: &Scene, track: &Track, chance: &mut Chance) -> Option<Plan> {
    let made = scene.case.objection.as_ref()?;
    running(scene.case, |of| of == DeadlineRef::ObjectionDecision)?;
    let scheme = scene.world.program.scheme(scene.case.scheme?)?;
    let objection = scheme.eligibility.objection.as_ref()?;
    let upheld = match made.votes.first() {
        Some((_, upheld)) => *upheld,
        None => scene.chance(3, 0).percent(30),
    };
    let voted = |actor: &Actor| match actor {
        Actor::Person { party, .. } => made.votes.iter().any(|(voter, _)| voter == party),
        Actor::Clock => true,
    };
    let at = Moment(track.touched.0 + DAY + chance.below(21 * DAY));
    let at = office(scene, at, chance);
    let command = Command::DecideObjection {
        upheld,
        motivation: acts::motivation(chance),
    };
    who::actors(scene, objection.by, at, None)
        .into_iter()
        .find(|actor| !voted(actor) && scene.accepts(actor, &command, at))
        .map(|actor| Plan { at, actor, command })
}

fn in_step(scene: &Scene, track: &Track, chance: &mut Chance) -> Option<Plan> {
    let pace = when::pace(scene, track);
    let meant = when::tasks(scene, pace);
    let soon = when::between(track.touched, meant, chance);
    let soon = office(scene, soon, chance);
    if let Some(plan) = pressing(scene, track, soon, chance) {
        return Some(plan);
    }
    for sort in [Sort::Extra, Sort::Work] {
        let candidates = acts::candidates(scene, sort, soon, chance);
        if let Some(plan) = choose(scene, candidates, soon, chance) {
            return Some(plan);
        }
    }
    // Some things are possible later only: a contract must have run for so long, a party joins.
    for later in [0, 7, 30, 90, 200, 400, 800] {
        let at = Moment(pace.0.max(track.touched.0 + 60_000) + later * DAY);
        let at = office(scene, at, chance);
        let leaving = acts::candidates(scene, Sort::Leave, at, chance);
        let remedies = acts::remedies(scene, &leaving, at, chance);
        let plan =
            choose(scene, leaving, at, chance).or_else(|| choose(scene, remedies, at, chance));
        if plan.is_some() {
            return plan;
        }
    }
    None
}

/// What cannot wait: an open offer, a suspension, an evaluation that is due.
fn pressing(scene: &Scene, track: &Track, soon: Moment, chance: &mut Chance) -> Option<Plan> {
    if scene.case.offers.open.is_some() {
        let answers = acts::answers(scene, chance);
        return choose(scene, answers, soon, chance);
    }
    if let Some(stopped) = scene.case.stopped
        && stopped.during.is_none()
    {
        let until = convenant_engine::start_of_day(stopped.until);
        let span = until.0.saturating_sub(track.touched.0).max(DAY);
        let at = office(scene, Moment(track.touched.0 + chance.below(span)), chance);
        let resuming = acts::resuming(scene);
        if let Some(plan) = choose(scene, resuming, at, chance) {
            return Some(plan);
        }
    }
    let due = running(scene.case, |of| matches!(of, DeadlineRef::Evaluation(..)))?;
    let pace = when::pace(scene, track);
    if due > pace && !scene.case.deadlines.is_empty() && pace > track.touched {
        return None;
    }
    let early = chance.below(12 * DAY);
    let at = Moment((due.0 - early).max(track.touched.0 + DAY / 4));
    let at = office(scene, at, chance);
    choose(scene, acts::evaluations(scene, chance), at, chance)
}

/// The moment of the first running deadline of this sort.
fn running(case: &Case, fits: impl Fn(DeadlineRef) -> bool) -> Option<Moment> {
    case.deadlines
        .iter()
        .filter(|deadline| fits(deadline.of))
        .map(|deadline| deadline.due_at)
        .min()
}

/// Draws one of the candidates that the engine would accept.
fn choose(
    scene: &Scene,
    candidates: Vec<Candidate>,
    at: Moment,
    chance: &mut Chance,
) -> Option<Plan> {
    let mut possible: Vec<(u32, Actor, Command)> = Vec::new();
    for candidate in candidates {
        let actor = candidate
            .by
            .iter()
            .flat_map(|who| who::actors(scene, *who, at, candidate.votes_on))
            .find(|actor| scene.accepts(actor, &candidate.command, at));
        if let Some(actor) = actor {
            possible.push((candidate.weight, actor, candidate.command));
        }
    }
    let weights: Vec<u32> = possible.iter().map(|(weight, ..)| *weight).collect();
    let index = chance.weighted(&weights)?;
    possible
        .into_iter()
        .nth(index)
        .map(|(_, actor, command)| Plan { at, actor, command })
}
