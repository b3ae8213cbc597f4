//! The decision on eligibility: what the rules give, and the hardship clause.

use convenant_lang::model::{Exit, ExitId, ExitKind, Step, Who};

use super::exits::Motion;
use super::moves::Leaving;
use super::work::{Outcome, Work, motivated, refuse, refuse_by};
use crate::rules::assess;
use crate::{Eligible, EventKind, Reason, Secret};

impl Work<'_> {
    /// Decides on eligibility: as the rules give it, or otherwise under the hardship clause.
    pub fn decide_eligibility(
        &mut self,
        id: ExitId,
        step: &Step,
        exit: &Exit,
        otherwise: Option<&(bool, String)>,
    ) -> Outcome {
        let ExitKind::Eligibility {
            met,
            unmet,
            unknown,
        } = &exit.kind
        else {
            return refuse_by(Reason::NotHere, &exit.meta);
        };
        let Some(scheme_id) = self.case.scheme else {
            return refuse(Reason::NotOpened);
        };
        let rules = &self.scheme()?.eligibility;
        let judgements = self.case.judgements.clone();
        let found = self.with_env(|env| assess(self.program, scheme_id, env, &judgements));
        let may: Vec<Who> = match (otherwise, &rules.hardship, rules.decided_by) {
            (Some(_), Some((_, who)), _) => vec![*who],
            (Some(_), None, _) => {
                return refuse_by(Reason::NotAllowed { may: Vec::new() }, &rules.meta);
            }
            (None, _, Some(who)) => vec![who],
            (None, _, None) => step.actors.clone(),
        };
        let (party, who) = self.authorise(&may, &rules.meta)?;
        self.advised(id, &rules.advice, &rules.meta)?;
        let (outcome, motivation) = match otherwise {
            Some((wanted, text)) => {
                motivated(
                    text,
                    rules
                        .hardship
                        .as_ref()
                        .map_or(&rules.meta, |(meta, _)| meta),
                )?;
                let outcome = if *wanted {
                    Eligible::Met
                } else {
                    Eligible::Unmet
                };
                // A departure that gives what the rules give is none.
                let departs = outcome != found.outcome;
                (outcome, departs.then(|| Secret::Text(text.clone())))
            }
            None => (found.outcome, None),
        };
        let target = match (outcome, unknown) {
            (Eligible::Met, _) => *met,
            (Eligible::Unmet, _) => *unmet,
            (Eligible::Unknown, Some(target)) => *target,
            (Eligible::Unknown, None) => {
                let reason = Reason::Undecided {
                    facts: found.missing_facts,
                    criteria: found.missing_judgements,
                };
                return refuse_by(reason, &exit.meta);
            }
        };
        let voted = match outcome {
            Eligible::Met => self.vote(Motion::Exit(id), party, who, 0)?,
            Eligible::Unmet => self.vote(Motion::Exit(id), party, who, 1)?,
            Eligible::Unknown => true,
        };
        if !voted {
            return Ok(());
        }
        self.push(EventKind::EligibilityDecided {
            exit: id,
            outcome,
            computed: found.outcome,
            deciding: found.deciding,
            facts: found.rested_on,
            motivation,
        });
        self.open_to_objection(outcome)?;
        self.go(target, Leaving::Finished)
    }
}
