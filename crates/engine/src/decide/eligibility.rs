//! The decision on eligibility: what the rules give, the hardship clause, and the objection against it.

use convenant_lang::model::{Exit, ExitId, ExitKind, Step, Who};

use super::moves::Leaving;
use super::work::{Outcome, Work, motivated, refuse, refuse_by};
use crate::rules::assess;
use crate::running::Start;
use crate::{Cause, DeadlineRef, Eligible, EventKind, Reason, Secret};

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
            Eligible::Met => self.vote(id, party, who, 0)?,
            Eligible::Unmet => self.vote(id, party, who, 1)?,
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

    /// A decision opens the time for objection anew.
    fn open_to_objection(&mut self, outcome: Eligible) -> Outcome {
        let running = |d: &&crate::RunningDeadline| d.of == DeadlineRef::Objection;
        if let Some(id) = self.case.deadlines.iter().find(running).map(|d| d.id) {
            self.push(EventKind::DeadlineStopped { id, met: false });
        }
        if outcome != Eligible::Unknown && self.scheme()?.eligibility.objection.is_some() {
            self.start_deadline(DeadlineRef::Objection, Start::Day(self.today))?;
        }
        Ok(())
    }

    /// Objects to the decision on eligibility; whoever fills a role in the case may, for the client.
    pub fn object(&mut self, motivation: &str) -> Outcome {
        let rules = &self.scheme()?.eligibility;
        self.party()?;
        let Some(objection) = &rules.objection else {
            return refuse_by(Reason::NotHere, &rules.meta);
        };
        motivated(motivation, &objection.meta)?;
        if self.case.objected {
            return refuse_by(Reason::UsedUp, &objection.meta);
        }
        let open = self
            .case
            .deadlines
            .iter()
            .find(|d| d.of == DeadlineRef::Objection);
        if !open.is_some_and(|d| self.context.now < d.due_at) {
            return refuse_by(Reason::NotHere, &objection.meta);
        }
        self.push(EventKind::Objected {
            motivation: Secret::Text(motivation.to_owned()),
        });
        self.tell(Cause::Objection, objection.by, None);
        Ok(())
    }
}
