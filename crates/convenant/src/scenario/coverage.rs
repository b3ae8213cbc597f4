//! What the scenarios of a region have shown of it, and what not.
//!
//! Input: the events that happened in each case, and what the rules gave. Output: the transitions, outcomes, answers and
//! sides of criteria that nobody has seen, as lines. Invariant: everything that the file makes possible is counted.

use std::collections::BTreeSet;

use convenant_engine::homes::Fit;
use convenant_engine::{
    Answer, Case, Eligible, Event, EventKind, Explanation, Place, Program, Truth, apply,
};
use convenant_lang::model::{Convenant, ExitId, ExitKind, HomeForce, Polarity, SchemeId, StepId};

use crate::messages::{Messages, say};

/// Something that a file makes possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Possible {
    /// An exit of a step.
    Exit(SchemeId, StepId, ExitId),
    /// An outcome of a decision.
    Outcome(SchemeId, StepId, ExitId, u16),
    /// An outcome of eligibility: 0 met, 1 unmet, 2 unknown.
    Eligibility(SchemeId, StepId, u8),
    /// An answer to an offer: accepted, refused without a ground, exhausted.
    Answer(SchemeId, StepId, ExitId, u8),
    /// A valid ground for refusing an offer.
    Ground(SchemeId, StepId, ExitId, u16),
    /// An act that is possible in every step.
    Always(SchemeId, ExitId),
    /// A criterion that holds, or does not.
    Side(SchemeId, u16, bool),
    /// A rule about homes that a home keeps, or does not.
    Home(u16, bool),
}

/// What has been seen.
pub struct Coverage {
    possible: BTreeSet<Possible>,
    seen: BTreeSet<Possible>,
}

impl Coverage {
    /// Nothing has been seen yet of what this file makes possible.
    pub fn of(model: &Convenant) -> Self {
        let mut possible = BTreeSet::new();
        for (number, scheme) in (0_u16..).zip(&model.schemes) {
            let id = SchemeId(number);
            for (step, found) in (0_u16..).zip(&scheme.handover.steps) {
                for (exit, found) in (0_u16..).zip(&found.exits) {
                    possible.extend(ways(id, StepId(step), ExitId(exit), &found.kind));
                }
            }
            for (exit, _) in (0_u16..).zip(&scheme.handover.always) {
                possible.insert(Possible::Always(id, ExitId(exit)));
            }
            for (criterion, _) in (0_u16..).zip(&scheme.eligibility.criteria) {
                possible.insert(Possible::Side(id, criterion, true));
                possible.insert(Possible::Side(id, criterion, false));
            }
        }
        let rules = model.homes.iter().flat_map(|homes| &homes.rules);
        for (rule, _) in (0_u16..).zip(rules) {
            possible.extend([Possible::Home(rule, true), Possible::Home(rule, false)]);
        }
        Self {
            possible,
            seen: BTreeSet::new(),
        }
    }

    /// Events that happened in a case, from the state before them.
    pub fn events(&mut self, program: &Program, before: &Case, events: &[Event]) {
        let mut case = before.clone();
        for event in events {
            if let (Some(scheme), Place::Step(step)) = (case.scheme, case.place) {
                self.event(program, scheme, step, &case, &event.kind);
            }
            apply(&mut case, event);
        }
    }

    fn event(
        &mut self,
        program: &Program,
        scheme: SchemeId,
        step: StepId,
        case: &Case,
        event: &EventKind,
    ) {
        let exit_of = |id: ExitId| {
            program
                .scheme(scheme)
                .and_then(|scheme| scheme.handover.steps.get(step.index()))
                .and_then(|step| step.exits.get(id.index()))
                .map(|exit| &exit.kind)
        };
        match event {
            EventKind::Acted {
                step: Some(at),
                exit,
                ..
            } => {
                self.seen.insert(Possible::Exit(scheme, *at, *exit));
            }
            EventKind::Acted {
                step: None, exit, ..
            } => {
                self.seen.insert(Possible::Always(scheme, *exit));
            }
            EventKind::Allocated { exit, .. } | EventKind::Elapsed { exit } => {
                self.seen.insert(Possible::Exit(scheme, step, *exit));
            }
            EventKind::Decided { exit, outcome, .. } => {
                self.seen
                    .insert(Possible::Outcome(scheme, step, *exit, *outcome));
            }
            EventKind::EligibilityDecided { outcome, .. } => {
                let outcome = match outcome {
                    Eligible::Met => 0,
                    Eligible::Unmet => 1,
                    Eligible::Unknown => 2,
                };
                self.seen
                    .insert(Possible::Eligibility(scheme, step, outcome));
            }
            EventKind::Answered { exit, answer } => match answer {
                Answer::Accepted => {
                    self.seen.insert(Possible::Answer(scheme, step, *exit, 0));
                }
                Answer::RefusedOn(ground) => {
                    self.seen
                        .insert(Possible::Ground(scheme, step, *exit, *ground));
                }
                Answer::Refused => {
                    self.seen.insert(Possible::Answer(scheme, step, *exit, 1));
                    if let Some(ExitKind::Offer(offer)) = exit_of(*exit)
                        && case.offers.counted + 1 >= offer.at_most
                    {
                        self.seen.insert(Possible::Answer(scheme, step, *exit, 2));
                    }
                }
            },
            _ => {}
        }
    }

    /// What the rules gave for a case.
    pub fn sides(&mut self, scheme: SchemeId, explanation: &Explanation) {
        for clause in &explanation.clauses {
            let side = match clause.value {
                Truth::True => true,
                Truth::False => false,
                Truth::Unknown => continue,
            };
            self.seen
                .insert(Possible::Side(scheme, clause.criterion.0, side));
        }
    }

    /// What the rules gave for homes.
    pub fn fits(&mut self, fits: &[Fit]) {
        for rule in fits.iter().flat_map(|fit| &fit.rules) {
            let side = match rule.value {
                Truth::True => true,
                Truth::False => false,
                Truth::Unknown => continue,
            };
            self.seen.insert(Possible::Home(rule.rule.0, side));
        }
    }

    /// What nobody has seen, a line each, in the order of the file.
    pub fn gaps(&self, model: &Convenant, messages: &Messages) -> Vec<String> {
        self.possible
            .difference(&self.seen)
            .filter_map(|possible| tell(*possible, model, messages))
            .collect()
    }
}

/// Everything that an exit makes possible.
fn ways(scheme: SchemeId, step: StepId, exit: ExitId, kind: &ExitKind) -> Vec<Possible> {
    match kind {
        ExitKind::Done(_)
        | ExitKind::Act { .. }
        | ExitKind::Allocate { .. }
        | ExitKind::After(..)
        | ExitKind::On(..) => vec![Possible::Exit(scheme, step, exit)],
        ExitKind::Eligibility { unknown, .. } => {
            let outcomes = if unknown.is_some() { 3 } else { 2 };
            (0..outcomes)
                .map(|outcome| Possible::Eligibility(scheme, step, outcome))
                .collect()
        }
        ExitKind::Decision { outcomes, .. } => (0_u16..)
            .zip(outcomes)
            .map(|(outcome, _)| Possible::Outcome(scheme, step, exit, outcome))
            .collect(),
        ExitKind::Offer(offer) => {
            let grounds = (0_u16..)
                .zip(&offer.grounds)
                .map(|(ground, _)| Possible::Ground(scheme, step, exit, ground));
            (0..3)
                .map(|answer| Possible::Answer(scheme, step, exit, answer))
                .chain(grounds)
                .collect()
        }
    }
}

/// A rule that never had this value.
fn never(kind: &str, name: &str, holds: bool, messages: &Messages) -> String {
    if holds {
        say!(messages, "gap-never-true", kind = kind, name = name)
    } else {
        say!(messages, "gap-never-false", kind = kind, name = name)
    }
}

/// A line about something that nobody has seen.
fn tell(possible: Possible, model: &Convenant, messages: &Messages) -> Option<String> {
    let scheme = |id: SchemeId| model.schemes.get(id.index());
    let step = |id: SchemeId, at: StepId| scheme(id)?.handover.steps.get(at.index());
    let exit = |id: SchemeId, at: StepId, exit: ExitId| step(id, at)?.exits.get(exit.index());
    let (id, text) = match possible {
        Possible::Exit(id, at, way) => {
            let what = match &exit(id, at, way)?.kind {
                ExitKind::Done(_) => "gereed".to_owned(),
                ExitKind::Act { name, .. } => name.clone(),
                ExitKind::Allocate { kind, .. } => format!("toewijzen {}", kind.keyword()),
                ExitKind::After(length, _) => {
                    format!("na {}", crate::words::duration(*length, messages))
                }
                ExitKind::On(date, _) => format!("op {}", crate::words::date(*date, messages)),
                _ => return None,
            };
            (
                id,
                say!(
                    messages,
                    "gap-exit",
                    step = &step(id, at)?.name,
                    exit = what
                ),
            )
        }
        Possible::Outcome(id, at, way, outcome) => {
            let ExitKind::Decision { name, outcomes, .. } = &exit(id, at, way)?.kind else {
                return None;
            };
            let outcome = &outcomes.get(usize::from(outcome))?.name;
            let text = say!(
                messages,
                "gap-outcome",
                step = &step(id, at)?.name,
                decision = name,
                outcome = outcome
            );
            (id, text)
        }
        Possible::Eligibility(id, at, outcome) => {
            let outcome = ["voldoet", "voldoet niet", "onbekend"].get(usize::from(outcome))?;
            let text = say!(
                messages,
                "gap-outcome",
                step = &step(id, at)?.name,
                decision = "doelgroep",
                outcome = *outcome
            );
            (id, text)
        }
        Possible::Answer(id, at, _, answer) => {
            let answer = ["aanvaard", "geweigerd", "uitgeput"].get(usize::from(answer))?;
            let text = say!(
                messages,
                "gap-answer",
                step = &step(id, at)?.name,
                answer = *answer
            );
            (id, text)
        }
        Possible::Ground(id, at, way, ground) => {
            let ExitKind::Offer(offer) = &exit(id, at, way)?.kind else {
                return None;
            };
            let ground = &offer.grounds.get(usize::from(ground))?.0;
            let text = say!(
                messages,
                "gap-answer",
                step = &step(id, at)?.name,
                answer = ground
            );
            (id, text)
        }
        Possible::Always(id, way) => {
            let ExitKind::Act { name, .. } = &scheme(id)?.handover.always.get(way.index())?.kind
            else {
                return None;
            };
            (id, say!(messages, "gap-always", exit = name))
        }
        Possible::Side(id, criterion, holds) => {
            let found = scheme(id)?
                .eligibility
                .criteria
                .get(usize::from(criterion))?;
            let kind = match found.polarity {
                Polarity::Required => "criterium",
                Polarity::Excluding => "uitsluiting",
            };
            (id, never(kind, &found.name, holds, messages))
        }
        Possible::Home(rule, holds) => {
            let rule = model.homes.as_ref()?.rules.get(usize::from(rule))?;
            let kind = match rule.force {
                HomeForce::Needed => "passend",
                HomeForce::Wished => "liefst",
            };
            let text = never(kind, &rule.name, holds, messages);
            return Some(format!("woningen: {text}"));
        }
    };
    if model.schemes.len() > 1 {
        return Some(format!("{}: {text}", scheme(id)?.name));
    }
    Some(text)
}
