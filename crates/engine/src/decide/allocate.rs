//! Fixing the party of a case according to the spreading.

use convenant_lang::model::{Exit, ExitId, ExitKind, FactId, PartyId, Preference, Value, Who};

use super::moves::Leaving;
use super::work::{Outcome, Work, motivated, refuse_by, unknown};
use crate::spread::{CandidateReason, InForce, Proposal, Question};
use crate::{EventKind, Reason, Secret};

impl Work<'_> {
    /// Allocates the case to a party. The party that the rules put first needs no reason; another one, or one beyond a cap that may be
    /// passed, is a departure with a motivation.
    pub fn allocate(
        &mut self,
        id: ExitId,
        exit: &Exit,
        party: PartyId,
        neighbourhood: Option<&str>,
        motivation: Option<&str>,
    ) -> Outcome {
        let ExitKind::Allocate { kind, by, to } = &exit.kind else {
            return refuse_by(Reason::NotHere, &exit.meta);
        };
        self.authorise(&[*by], &exit.meta)?;
        if self
            .model
            .parties
            .get(party.index())
            .is_none_or(|p| p.kind != *kind)
        {
            return Err(unknown("partij"));
        }
        let proposal = self.proposal(exit, neighbourhood)?;
        let Some(candidate) = proposal.ranked.iter().find(|c| c.party == party) else {
            return refuse_by(Reason::NotAllocatable, &exit.meta);
        };
        let departs = match candidate.reason {
            CandidateReason::CapReached {
                departure: true, ..
            } => true,
            CandidateReason::CapReached { .. } => {
                return refuse_by(Reason::CapReached, &candidate.clause);
            }
            reason if !reason.is_open() => {
                return refuse_by(Reason::NotAllocatable, &candidate.clause);
            }
            _ => !candidate.chosen,
        };
        let departure = if departs {
            self.may_depart(*by, &candidate.clause)?;
            motivated(motivation.unwrap_or_default(), &candidate.clause)?;
            motivation.map(|text| Secret::Text(text.to_owned()))
        } else {
            None
        };
        let facts = self.preference_facts();
        self.push(EventKind::Assigned { kind: *kind, party });
        self.push(EventKind::Allocated {
            exit: id,
            party,
            neighbourhood: neighbourhood.map(str::to_owned),
            proposed: proposal.chosen.unwrap_or(party),
            facts,
            departure,
        });
        self.go(*to, Leaving::Finished)
    }

    /// Who is next by the rules, for this case today.
    fn proposal(&self, exit: &Exit, neighbourhood: Option<&str>) -> Outcome<Proposal> {
        let Some(spread) = self.case.scheme.and_then(|id| self.program.spread(id)) else {
            return refuse_by(Reason::NotAllocatable, &exit.meta);
        };
        let party = |id: FactId| match self.fact(id) {
            Some(Value::Party(party)) => Some(*party),
            _ => None,
        };
        let life = self.context.life;
        let question = Question {
            on: self.today,
            in_force: InForce {
                from: life.in_force.unwrap_or(self.today),
                until: life.until,
            },
            fact: &party,
            neighbourhood,
            member: &|party| life.takes_part(self.model, party, self.today),
            replaces: self.case.placement.as_ref(),
        };
        match spread.propose(&question, self.context.ledger) {
            Ok(proposal) => Ok(proposal),
            Err(_) => refuse_by(Reason::NotCountable, &exit.meta),
        }
    }

    /// A departure from the order is only for whom the file allows it.
    fn may_depart(&self, by: Who, clause: &convenant_lang::model::Meta) -> Outcome {
        let spreading = self.scheme()?.spreading.as_ref();
        let Some(departure) = spreading.and_then(|s| s.departure.as_ref()) else {
            return Ok(());
        };
        self.authorise(&[departure.by.unwrap_or(by)], clause)
            .map(|_| ())
    }

    /// The known facts of the preference.
    fn preference_facts(&self) -> Vec<FactId> {
        let spreading = self.scheme().ok().and_then(|s| s.spreading.as_ref());
        let preference = spreading
            .map(|s| s.preference.as_slice())
            .unwrap_or_default();
        preference
            .iter()
            .filter_map(|preference| match preference {
                Preference::Fact(fact) if self.fact(*fact).is_some() => Some(*fact),
                _ => None,
            })
            .collect()
    }
}
