//! What can be done with a case, as candidates: the engine says later which of them it would accept.

use convenant_engine::{Answer, Choice, Command, Moment, Place, Reason, civil_date};
use convenant_lang::model::{
    CriterionId, Exit, ExitId, ExitKind, FactId, Handover, Scheme, Step, StepId, Target, TaskId,
    Test, Value, Who,
};
use jiff::civil::Date;

use super::supply::{evidence, fact, is_known, suppliers, will_supply};
use super::{Chance, Scene, who};

/// Something that might be done.
pub struct Candidate {
    /// How often, compared with the others.
    pub weight: u32,
    /// Who may do it.
    pub by: Vec<Who>,
    /// The exit that it is a vote on, when a body decides.
    pub votes_on: Option<ExitId>,
    /// What.
    pub command: Command,
}

/// Sorts of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Facts, evidence, tasks, judgements, advice.
    Work,
    /// What leads out of the step.
    Leave,
    /// What happens now and then: withdrawal, suspension, extension, correction.
    Extra,
}

impl Candidate {
    /// By one of these, and no vote.
    pub fn new(weight: u32, by: &[Who], command: Command) -> Self {
        Self {
            weight,
            by: by.to_vec(),
            votes_on: None,
            command,
        }
    }
}

const MOTIVATIONS: [&str; 5] = [
    "Besproken met iedereen die erbij hoort",
    "Zo besloten in het overleg van deze week",
    "Past beter bij wat nodig is",
    "Op verzoek, en in goed overleg",
    "Zie het verslag van het gesprek",
];

const NEIGHBOURHOODS: [&str; 8] = [
    "Centrum",
    "Noord",
    "Oost",
    "Zuid",
    "West",
    "Dorp",
    "Stationsbuurt",
    "Nieuwland",
];

/// Why, in general words.
pub fn motivation(chance: &mut Chance) -> String {
    chance
        .pick(&MOTIVATIONS)
        .map_or_else(String::new, |text| (*text).to_owned())
}

/// The step in which the case is, with its scheme.
pub struct Here<'a> {
    scheme: &'a Scheme,
    /// Its steps.
    pub handover: &'a Handover,
    id: StepId,
    /// The step.
    pub step: &'a Step,
}

fn here<'a>(scene: &Scene<'a>) -> Option<Here<'a>> {
    let scheme = scene.world.program.scheme(scene.case.scheme?)?;
    let Place::Step(id) = scene.case.place else {
        return None;
    };
    Some(Here {
        scheme,
        handover: &scheme.handover,
        id,
        step: scheme.handover.steps.get(id.index())?,
    })
}

/// Candidates of one sort.
pub fn candidates(scene: &Scene, sort: Sort, at: Moment, chance: &mut Chance) -> Vec<Candidate> {
    let Some(here) = here(scene) else {
        return Vec::new();
    };
    match sort {
        Sort::Work => work(scene, &here, at, chance),
        Sort::Leave => (0_u16..)
            .zip(&here.step.exits)
            .flat_map(|(id, exit)| leaving(scene, &here, ExitId(id), exit, at, chance))
            .collect(),
        Sort::Extra => extras(scene, &here, chance),
    }
}

fn work(scene: &Scene, here: &Here, at: Moment, chance: &mut Chance) -> Vec<Candidate> {
    let case = scene.case;
    let mut found = Vec::new();
    let today = civil_date(at);
    let facts: Vec<(FactId, Value)> = here
        .step
        .supplies
        .iter()
        .filter(|supply| !is_known(case, supply.fact) && will_supply(scene, supply))
        .filter_map(|supply| fact(scene, supply.fact, today).map(|value| (supply.fact, value)))
        .collect();
    if !facts.is_empty() {
        found.push(Candidate::new(
            8,
            &here.step.actors,
            Command::Supply { facts },
        ));
    }
    for id in &here.step.evidence {
        let declared = scene.world.program.model().evidence.get(id.index());
        let always = declared.is_some_and(|evidence| evidence.needed_if.is_none());
        if always && case.evidence.get(id.index()).copied().flatten().is_none() {
            found.push(evidence(scene, here, *id, today, chance));
        }
    }
    for (id, task) in (0_u16..).zip(&here.step.tasks) {
        if !case.tasks_done.contains(&TaskId(id)) {
            let command = Command::DoTask { task: TaskId(id) };
            found.push(Candidate::new(4, &task.actors, command));
        }
    }
    if case.eligibility.is_none() {
        for (id, criterion) in (0_u16..).zip(&here.scheme.eligibility.criteria) {
            let known = case.judgements.get(usize::from(id)).copied().flatten();
            if let (Test::Judgement(_), None) = (&criterion.test, known) {
                found.extend(judgement(scene, here, CriterionId(id), chance));
            }
        }
    }
    for (id, exit) in (0_u16..).zip(&here.step.exits) {
        found.extend(advice(scene, here, ExitId(id), exit, chance));
    }
    found
}

fn judgement(
    scene: &Scene,
    here: &Here,
    id: CriterionId,
    chance: &mut Chance,
) -> Option<Candidate> {
    let criterion = here.scheme.eligibility.criteria.get(id.index())?;
    let Test::Judgement(who) = criterion.test else {
        return None;
    };
    let command = Command::Judge {
        criterion: id,
        holds: scene.story.client.judgements.get(id.index()).copied()?,
        motivation: motivation(chance),
    };
    Some(Candidate::new(5, &[who], command))
}

fn advice(
    scene: &Scene,
    here: &Here,
    id: ExitId,
    exit: &Exit,
    chance: &mut Chance,
) -> Vec<Candidate> {
    let asked: &[Who] = match &exit.kind {
        ExitKind::Eligibility { .. } => &here.scheme.eligibility.advice,
        ExitKind::Decision { advice, .. } => advice,
        _ => &[],
    };
    asked
        .iter()
        .filter(|who| {
            let mut given = scene.case.advice.iter();
            !given.any(|(on, by, _)| *on == id && by == *who)
        })
        .map(|who| {
            let command = Command::Advise {
                exit: id,
                favourable: chance.percent(85),
                motivation: motivation(chance),
            };
            Candidate::new(5, &[*who], command)
        })
        .collect()
}

/// Forward and to a success is usual; back, or to another end, now and then.
fn weight(here: &Here, to: Target) -> u32 {
    match to {
        Target::Step(step) if step > here.id => 14,
        Target::Step(_) => 3,
        Target::End(end) => match here.handover.ends.get(end.index()) {
            Some(end) if end.succeeded => 14,
            _ => 1,
        },
        Target::Stay => 1,
    }
}

fn leaving(
    scene: &Scene,
    here: &Here,
    id: ExitId,
    exit: &Exit,
    at: Moment,
    chance: &mut Chance,
) -> Vec<Candidate> {
    match &exit.kind {
        ExitKind::Done(to) => {
            let choice = Choice::Plain { motivation: None };
            let command = Command::Exit { exit: id, choice };
            vec![Candidate::new(
                weight(here, *to),
                &here.step.actors,
                command,
            )]
        }
        ExitKind::Eligibility { .. } => eligibility(here, id, chance),
        ExitKind::Decision { by, outcomes, .. } => decision(scene, here, id, *by, outcomes, chance),
        ExitKind::Act { by, to, .. } => {
            let choice = Choice::Plain {
                motivation: Some(motivation(chance)),
            };
            let command = Command::Exit { exit: id, choice };
            vec![Candidate::new(weight(here, *to), by, command)]
        }
        ExitKind::Allocate { by, .. } => allocation(scene, id, *by, civil_date(at), chance),
        ExitKind::Offer(offer) => {
            let command = Command::Offer {
                exit: id,
                neighbourhood: neighbourhood(chance),
                motivation: None,
            };
            vec![Candidate::new(14, &[offer.by], command)]
        }
        ExitKind::After(..) | ExitKind::On(..) => Vec::new(),
    }
}

fn eligibility(here: &Here, id: ExitId, chance: &mut Chance) -> Vec<Candidate> {
    let rules = &here.scheme.eligibility;
    let decides = |by: &[Who], otherwise, weight| {
        let choice = Choice::Eligibility { otherwise };
        Candidate {
            votes_on: Some(id),
            ..Candidate::new(weight, by, Command::Exit { exit: id, choice })
        }
    };
    let by = rules
        .decided_by
        .map_or_else(|| here.step.actors.clone(), |who| vec![who]);
    let mut found = vec![decides(&by, None, 40)];
    if let Some((_, who)) = &rules.hardship {
        found.push(decides(&[*who], Some((true, motivation(chance))), 2));
    }
    found
}

fn decision(
    scene: &Scene,
    here: &Here,
    id: ExitId,
    by: Who,
    outcomes: &[convenant_lang::model::Outcome],
    chance: &mut Chance,
) -> Vec<Candidate> {
    // Members mostly follow those who spoke before them.
    let votes = scene.case.votes.iter().rev();
    let before = votes
        .filter(|(on, ..)| *on == id)
        .map(|(.., outcome)| *outcome)
        .next();
    (0_u16..)
        .zip(outcomes)
        .map(|(number, outcome)| {
            let mut weight = weight(here, outcome.to).max(2);
            if before == Some(number) {
                weight *= 12;
            }
            let choice = Choice::Decision {
                outcome: number,
                motivation: outcome.motivated.then(|| motivation(chance)),
            };
            Candidate {
                votes_on: Some(id),
                ..Candidate::new(weight, &[by], Command::Exit { exit: id, choice })
            }
        })
        .collect()
}

/// Mostly the party that is next; now and then another one, with a motivation.
fn allocation(scene: &Scene, id: ExitId, by: Who, on: Date, chance: &mut Chance) -> Vec<Candidate> {
    let proposal = scene
        .case
        .scheme
        .and_then(|scheme| scene.world.proposal(scheme, scene.case, on));
    let Some(proposal) = proposal else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for candidate in proposal.ranked.iter().take(6) {
        let departs = !candidate.chosen;
        let choice = Choice::Allocate {
            party: candidate.party,
            neighbourhood: neighbourhood(chance),
            motivation: departs.then(|| motivation(chance)),
        };
        let weight = if departs { 1 } else { 60 };
        found.push(Candidate::new(
            weight,
            &[by],
            Command::Exit { exit: id, choice },
        ));
    }
    if let Some(chosen) = proposal.chosen {
        // A neighbourhood may be full: elsewhere, or a motivation.
        let choice = Choice::Allocate {
            party: chosen,
            neighbourhood: neighbourhood(chance),
            motivation: Some(motivation(chance)),
        };
        found.push(Candidate::new(1, &[by], Command::Exit { exit: id, choice }));
    }
    found
}

/// A neighbourhood by lot.
pub fn neighbourhood(chance: &mut Chance) -> Option<String> {
    chance.pick(&NEIGHBOURHOODS).map(|name| (*name).to_owned())
}

/// Answers to the open offer.
pub fn answers(scene: &Scene, chance: &mut Chance) -> Vec<Candidate> {
    let (Some(here), Some((id, _))) = (here(scene), scene.case.offers.open) else {
        return Vec::new();
    };
    let Some(ExitKind::Offer(offer)) = here.step.exits.get(id.index()).map(|exit| &exit.kind)
    else {
        return Vec::new();
    };
    let answer = if chance.percent(68) {
        Answer::Accepted
    } else if chance.percent(45) && !offer.grounds.is_empty() {
        let count = i64::try_from(offer.grounds.len()).unwrap_or(1);
        Answer::RefusedOn(u16::try_from(chance.below(count)).unwrap_or(0))
    } else {
        Answer::Refused
    };
    let command = Command::Answer { exit: id, answer };
    vec![Candidate::new(1, &[offer.answered_by], command)]
}

/// Ending a suspension.
pub fn resuming(scene: &Scene) -> Vec<Candidate> {
    let Some(here) = here(scene) else {
        return Vec::new();
    };
    let by = here
        .step
        .suspension
        .as_ref()
        .map(|suspension| &suspension.by);
    let by = by.filter(|by| !by.is_empty()).unwrap_or(&here.step.actors);
    vec![Candidate::new(1, by, Command::Resume)]
}

/// Holding the evaluations of the step.
pub fn evaluations(scene: &Scene, chance: &mut Chance) -> Vec<Candidate> {
    let Some(here) = here(scene) else {
        return Vec::new();
    };
    (0_u16..)
        .zip(&here.step.evaluations)
        .map(|(number, evaluation)| {
            let mut present = vec![evaluation.by];
            present.extend(&evaluation.required);
            present.extend(evaluation.invited.iter().filter(|_| chance.percent(60)));
            let command = Command::Evaluate {
                evaluation: number,
                present,
            };
            Candidate::new(1, &[evaluation.by], command)
        })
        .collect()
}

/// What happens now and then, whatever else there is to do.
fn extras(scene: &Scene, here: &Here, chance: &mut Chance) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (id, exit) in (0_u16..).zip(&here.handover.always) {
        let ExitKind::Act { by, to, .. } = &exit.kind else {
            continue;
        };
        let thousandths = if *to == Target::Stay { 15 } else { 3 };
        if chance.below(1000) < thousandths {
            let command = Command::Always {
                exit: ExitId(id),
                motivation: Some(motivation(chance)),
            };
            found.push(Candidate::new(1, by, command));
        }
    }
    if let Some(suspension) = &here.step.suspension
        && suspension.during.is_none()
        && chance.percent(4)
    {
        let by = if suspension.by.is_empty() {
            &here.step.actors
        } else {
            &suspension.by
        };
        let command = Command::Suspend {
            until: None,
            motivation: motivation(chance),
        };
        found.push(Candidate::new(1, by, command));
    }
    if let Some(extension) = &here.step.extension
        && chance.percent(5)
    {
        let command = Command::Extend {
            motivation: motivation(chance),
        };
        found.push(Candidate::new(1, &extension.by, command));
    }
    if chance.below(1000) < 12 {
        found.extend(correction(scene, here, chance));
    }
    found
}

/// A number that was wrong by a little.
fn correction(scene: &Scene, here: &Here, chance: &mut Chance) -> Option<Candidate> {
    let known: Vec<(FactId, Value)> = (0_u16..)
        .zip(&scene.case.facts)
        .filter_map(|(id, fact)| Some((FactId(id), fact.as_ref()?.0.value()?.clone())))
        .filter(|(_, value)| matches!(value, Value::Money(_)))
        .collect();
    let (fact, value) = chance.pick(&known)?.clone();
    let Value::Money(cents) = value else {
        return None;
    };
    let command = Command::Correct {
        fact,
        value: Value::Money(cents + 2_500),
        motivation: motivation(chance),
    };
    Some(Candidate::new(1, &suppliers(scene, here, fact), command))
}

/// What stands in the way of leaving, as something to do about it.
pub fn remedies(
    scene: &Scene,
    leaving: &[Candidate],
    at: Moment,
    chance: &mut Chance,
) -> Vec<Candidate> {
    let Some(here) = here(scene) else {
        return Vec::new();
    };
    let today = civil_date(at);
    let mut found = Vec::new();
    for candidate in leaving {
        let refused = candidate
            .by
            .iter()
            .flat_map(|who| who::actors(scene, *who, at, candidate.votes_on))
            .find_map(|actor| {
                scene
                    .outcome(&actor, &candidate.command, at)
                    .err()
                    .flatten()
            });
        let (facts, criteria, pieces) = match refused.map(|refusal| refusal.reason) {
            Some(Reason::Incomplete {
                facts, evidence, ..
            }) => (facts, Vec::new(), evidence),
            Some(Reason::Undecided { facts, criteria }) => (facts, criteria, Vec::new()),
            Some(Reason::ConditionNotMet { missing }) => (missing, Vec::new(), Vec::new()),
            _ => continue,
        };
        for id in facts {
            if let Some(value) = fact(scene, id, today) {
                let command = Command::Supply {
                    facts: vec![(id, value)],
                };
                found.push(Candidate::new(1, &suppliers(scene, &here, id), command));
            }
        }
        for id in criteria {
            found.extend(judgement(scene, &here, id, chance));
        }
        for id in pieces {
            found.push(evidence(scene, &here, id, today, chance));
        }
    }
    found
}
