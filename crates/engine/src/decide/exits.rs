//! Exits of a step that people take: finished, act, decision; and acts that are possible in every step.

use convenant_lang::model::{
    BodyRule, Condition, Exit, ExitId, ExitKind, FactId, Meta, PartyId, Step, StepId, Target, Who,
};

use super::moves::Leaving;
use super::work::{Outcome, Work, motivated, refuse, refuse_by, unknown};
use crate::authority::carries;
use crate::rules::{Truth, facts_of, missing, truth};
use crate::{Choice, EventKind, Reason, Secret};

/// What a body votes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// The outcome of an exit of the step.
    Exit(ExitId),
    /// The objection: `UPHELD` or `REJECTED`.
    Objection,
}

/// The objection succeeds.
pub(crate) const UPHELD: u16 = 1;

/// The objection fails.
pub(crate) const REJECTED: u16 = 0;

impl Work<'_> {
    /// Takes an exit of the current step.
    pub fn exit(&mut self, id: ExitId, choice: &Choice) -> Outcome {
        let (here, step) = self.step()?;
        let Some(exit) = step.exits.get(id.index()) else {
            return Err(unknown("uitgang"));
        };
        match (&exit.kind, choice) {
            (ExitKind::Done(to), Choice::Plain { motivation }) => {
                self.authorise(&step.actors, &exit.meta)?;
                self.complete(step)?;
                self.acted(Some(here), id, Vec::new(), motivation.as_deref());
                self.go(*to, Leaving::Finished)
            }
            (ExitKind::Act { .. }, Choice::Plain { motivation }) => {
                self.contract(id, step, motivation.as_deref())?;
                self.act(Some(here), id, exit, motivation.as_deref())
            }
            (ExitKind::Eligibility { .. }, Choice::Eligibility { otherwise }) => {
                self.decide_eligibility(id, step, exit, otherwise.as_ref())
            }
            (
                ExitKind::Decision { .. },
                Choice::Decision {
                    outcome,
                    motivation,
                },
            ) => self.decide_outcome(id, exit, *outcome, motivation.as_deref()),
            (
                ExitKind::Allocate { .. },
                Choice::Allocate {
                    party,
                    neighbourhood,
                    motivation,
                },
            ) => self.allocate(
                id,
                exit,
                *party,
                neighbourhood.as_deref(),
                motivation.as_deref(),
            ),
            (ExitKind::After(..) | ExitKind::On(..), _) => refuse_by(Reason::ClockOnly, &exit.meta),
            _ => refuse_by(Reason::NotHere, &exit.meta),
        }
    }

    /// The flip of a contract is not possible before its time, and a failure says why.
    fn contract(&self, id: ExitId, step: &Step, motivation: Option<&str>) -> Outcome {
        let Some(contract) = &step.contract else {
            return Ok(());
        };
        if let (true, Some(at_least)) = (contract.flips == Some(id), contract.at_least) {
            let began = crate::civil_date(self.case.entered);
            match self.with_env(|env| env.after(began, at_least)) {
                Ok(from) if from <= self.today => {}
                Ok(from) => return refuse_by(Reason::TooEarly { from }, &contract.meta),
                Err(_) => return refuse_by(Reason::NotCountable, &contract.meta),
            }
        }
        if contract.fails == Some(id) {
            motivated(motivation.unwrap_or_default(), &contract.meta)?;
        }
        Ok(())
    }

    /// Takes an act that is possible in every step.
    pub fn always(&mut self, id: ExitId, motivation: Option<&str>) -> Outcome {
        let Some(exit) = self.scheme()?.handover.always.get(id.index()) else {
            return Err(unknown("handeling"));
        };
        self.act(None, id, exit, motivation)
    }

    fn act(
        &mut self,
        step: Option<StepId>,
        id: ExitId,
        exit: &Exit,
        motivation: Option<&str>,
    ) -> Outcome {
        let ExitKind::Act {
            by,
            only_if,
            motivated: wanted,
            to,
            ..
        } = &exit.kind
        else {
            return refuse_by(Reason::NotHere, &exit.meta);
        };
        self.authorise(by, &exit.meta)?;
        if *wanted {
            motivated(motivation.unwrap_or_default(), &exit.meta)?;
        }
        let facts = self.holds(only_if.as_ref(), &exit.meta)?;
        if self.case.last_act == Some((step, id, self.context.now)) && *to == Target::Stay {
            return Ok(());
        }
        self.acted(step, id, facts, motivation);
        let how = if step.is_some() {
            Leaving::Finished
        } else {
            Leaving::Dropped
        };
        self.go(*to, how)
    }

    fn acted(
        &mut self,
        step: Option<StepId>,
        exit: ExitId,
        facts: Vec<FactId>,
        motivation: Option<&str>,
    ) {
        let motivation = motivation.map(|text| Secret::Text(text.to_owned()));
        self.push(EventKind::Acted {
            step,
            exit,
            facts,
            motivation,
        });
    }

    /// The facts that a condition rested on; refused unless it holds.
    fn holds(&self, condition: Option<&Condition>, clause: &Meta) -> Outcome<Vec<FactId>> {
        let Some(condition) = condition else {
            return Ok(Vec::new());
        };
        let mut lacking = Vec::new();
        let value = self.with_env(|env| {
            missing(condition, env, &mut lacking);
            truth(condition, env)
        });
        if value != Truth::True {
            return refuse_by(Reason::ConditionNotMet { missing: lacking }, clause);
        }
        let mut read = Vec::new();
        facts_of(condition, &mut read);
        read.retain(|fact| self.fact(*fact).is_some());
        Ok(read)
    }

    fn decide_outcome(
        &mut self,
        id: ExitId,
        exit: &Exit,
        index: u16,
        motivation: Option<&str>,
    ) -> Outcome {
        let ExitKind::Decision {
            by,
            advice,
            outcomes,
            ..
        } = &exit.kind
        else {
            return refuse_by(Reason::NotHere, &exit.meta);
        };
        let Some(outcome) = outcomes.get(usize::from(index)) else {
            return Err(unknown("uitkomst"));
        };
        let (party, who) = self.authorise(&[*by], &exit.meta)?;
        self.advised(id, advice, &exit.meta)?;
        if outcome.motivated {
            motivated(motivation.unwrap_or_default(), &outcome.meta)?;
        }
        if !self.vote(Motion::Exit(id), party, who, index)? {
            return Ok(());
        }
        self.push(EventKind::Decided {
            exit: id,
            outcome: index,
            motivation: motivation.map(|text| Secret::Text(text.to_owned())),
        });
        self.go(outcome.to, Leaving::Finished)
    }

    /// Votes, where a body decides by more than one voice; says whether the outcome is carried. A member may only change its vote once all
    /// have voted and nothing was carried.
    pub fn vote(&mut self, on: Motion, party: PartyId, who: Who, outcome: u16) -> Outcome<bool> {
        let Who::Body(id) = who else {
            return Ok(true);
        };
        let Some(body) = self.model.bodies.get(id.index()) else {
            return Err(unknown("orgaan"));
        };
        if body.rule == BodyRule::One {
            return Ok(true);
        }
        let seats = self.parties_of(who);
        let votes = |work: &Self| -> Vec<(PartyId, u16)> {
            let mut votes = work.votes_on(on);
            votes.retain(|(party, _)| seats.contains(party));
            votes
        };
        let cast = votes(self);
        match cast.iter().find(|(voter, _)| *voter == party) {
            Some((_, same)) if *same == outcome => {}
            Some(_) if cast.len() < seats.len() => return refuse(Reason::AlreadyVoted),
            _ => self.push(match on {
                Motion::Exit(exit) => EventKind::Voted {
                    exit,
                    party,
                    outcome,
                },
                Motion::Objection => EventKind::ObjectionVoted {
                    party,
                    upheld: outcome == UPHELD,
                },
            }),
        }
        let in_favour = votes(self)
            .iter()
            .filter(|(_, vote)| *vote == outcome)
            .count();
        Ok(carries(body.rule, in_favour, seats.len()))
    }

    fn votes_on(&self, motion: Motion) -> Vec<(PartyId, u16)> {
        match motion {
            Motion::Exit(exit) => {
                let all = self.case.votes.iter().filter(|(on, ..)| *on == exit);
                all.map(|(_, party, outcome)| (*party, *outcome)).collect()
            }
            Motion::Objection => {
                let made = self.case.objection.iter().flat_map(|made| &made.votes);
                made.map(|(party, upheld)| (*party, if *upheld { UPHELD } else { REJECTED }))
                    .collect()
            }
        }
    }
}
