//! Offers of a home and their answers.

use convenant_lang::model::{Cap, Exit, ExitId, ExitKind, Offer};

use super::moves::Leaving;
use super::work::{Outcome, Work, motivated, refuse_by, unknown};
use crate::{Answer, EventKind, Reason, Secret};

impl<'a> Work<'a> {
    fn offer_exit(&self, id: ExitId) -> Outcome<(&'a Exit, &'a Offer)> {
        let (_, step) = self.step()?;
        let Some(exit) = step.exits.get(id.index()) else {
            return Err(unknown("aanbod"));
        };
        match &exit.kind {
            ExitKind::Offer(offer) => Ok((exit, offer)),
            _ => refuse_by(Reason::NotHere, &exit.meta),
        }
    }

    /// Offers a home. One in a neighbourhood whose cap is reached is a departure with a motivation, where the file allows it; so is one
    /// that whoever offers it motivates. It takes
    /// the place of an open offer that can no longer be accepted, which does not count as refused.
    pub fn offer(
        &mut self,
        id: ExitId,
        neighbourhood: Option<&str>,
        motivation: Option<&str>,
    ) -> Outcome {
        let (exit, offer) = self.offer_exit(id)?;
        self.authorise(&[offer.by], &exit.meta)?;
        if self.case.offers.open.is_some() && self.lapsed().is_none() {
            return refuse_by(Reason::Offer, &exit.meta);
        }
        if self.case.offers.counted >= offer.at_most {
            return refuse_by(Reason::UsedUp, &exit.meta);
        }
        let departure = match self.full(neighbourhood) {
            // Said although no cap asks for it: the home itself is not what the rules ask for.
            None => motivation
                .filter(|text| !text.trim().is_empty())
                .map(|text| Secret::Text(text.to_owned())),
            Some(cap) if !cap.departure => return refuse_by(Reason::CapReached, &cap.meta),
            Some(cap) => {
                motivated(motivation.unwrap_or_default(), &cap.meta)?;
                motivation.map(|text| Secret::Text(text.to_owned()))
            }
        };
        self.push(EventKind::Offered {
            exit: id,
            neighbourhood: neighbourhood.map(str::to_owned),
            departure,
        });
        Ok(())
    }

    /// The cap that a home in this neighbourhood would pass. Only a case that was allocated is counted, and not against itself.
    fn full(&self, neighbourhood: Option<&str>) -> Option<&'a Cap> {
        let placement = self.case.placement.as_ref()?;
        let name = neighbourhood?;
        if placement.neighbourhood.as_deref() == Some(name) {
            return None;
        }
        let spread = self.program.spread(self.case.scheme?)?;
        let home = (placement.party, name);
        spread.full_neighbourhood(self.context.ledger, Some(placement), home, self.today)
    }

    /// The cap that the open offer would pass if it were accepted now: others may have come before it. One that was offered as a departure
    /// stands, where the cap allows that.
    fn lapsed(&self) -> Option<&'a Cap> {
        match &self.case.offered_in {
            Some((name, departs)) => self
                .full(Some(name))
                .filter(|cap| !(*departs && cap.departure)),
            None => None,
        }
    }

    /// Answers the open offer. What was free when it was offered must still be so when it is accepted.
    pub fn answer(&mut self, id: ExitId, answer: &Answer) -> Outcome {
        let (exit, offer) = self.offer_exit(id)?;
        let (_, step) = self.step()?;
        self.authorise(&[offer.answered_by], &exit.meta)?;
        if self.case.offers.open.is_none_or(|(open, _)| open != id) {
            return refuse_by(Reason::Offer, &exit.meta);
        }
        if let Answer::RefusedOn(ground) = answer
            && offer.grounds.get(usize::from(*ground)).is_none()
        {
            return Err(unknown("reden"));
        }
        if *answer == Answer::Accepted {
            self.complete(step)?;
            if let Some(cap) = self.lapsed() {
                return refuse_by(Reason::CapReached, &cap.meta);
            }
        }
        self.push(EventKind::Answered {
            exit: id,
            answer: answer.clone(),
        });
        self.answered = true;
        match answer {
            Answer::Accepted => self.go(offer.accepted, Leaving::Finished),
            Answer::Refused if self.case.offers.counted >= offer.at_most => {
                self.go(offer.exhausted, Leaving::Dropped)
            }
            Answer::Refused | Answer::RefusedOn(_) => Ok(()),
        }
    }
}
