//! Offers of a home and their answers.

use convenant_lang::model::{Exit, ExitId, ExitKind, Offer};

use super::moves::Leaving;
use super::work::{Outcome, Work, refuse_by, unknown};
use crate::{Answer, EventKind, Reason};

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

    /// Offers a home.
    pub fn offer(&mut self, id: ExitId, neighbourhood: Option<&str>) -> Outcome {
        let (exit, offer) = self.offer_exit(id)?;
        self.authorise(&[offer.by], &exit.meta)?;
        if self.case.offers.open.is_some() {
            return refuse_by(Reason::Offer, &exit.meta);
        }
        if self.case.offers.counted >= offer.at_most {
            return refuse_by(Reason::UsedUp, &exit.meta);
        }
        self.push(EventKind::Offered {
            exit: id,
            neighbourhood: neighbourhood.map(str::to_owned),
        });
        Ok(())
    }

    /// Answers the open offer.
    pub fn answer(&mut self, id: ExitId, answer: &Answer) -> Outcome {
        let (exit, offer) = self.offer_exit(id)?;
        let (_, step) = self.step()?;
        self.authorise(&[offer.answered_by], &exit.meta)?;
        if self.case.offers.open.is_none_or(|(open, _)| open != id) {
            return refuse_by(Reason::Offer, &exit.meta);
        }
        if let Answer::RefusedOn(ground) = answer {
            if offer.grounds.get(usize::from(*ground)).is_none() {
                return Err(unknown("reden"));
            }
        }
        if *answer == Answer::Accepted {
            self.complete(step)?;
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
