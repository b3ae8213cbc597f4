//! What parties do together: notice, consent, extension by a body, early end, another ceiling.

use convenant_lang::model::{
    BodyRule, ConsentBy, ConsentFor, Convenant, Meta, PartyId, SpreadPeriod, TargetAmount,
    TargetForce,
};
use jiff::civil::Date;

use super::act::{Outcome, Work, refuse};
use super::clock::last_day_for_notice;
use super::{Given, Life, LifeCause, LifeEventKind};
use crate::authority::{carries, is_member};
use crate::{Actor, Moment, Program, Reason};

/// The ceilings of a version (`plafond`): by the name of the scheme, how many per which period.
pub fn ceilings(model: &Convenant) -> Vec<(&str, &TargetAmount, SpreadPeriod)> {
    let schemes = model.schemes.iter();
    let ceilings = schemes.filter_map(|scheme| {
        let spreading = scheme.spreading.as_ref()?;
        let target = spreading.target.as_ref()?;
        let known = (scheme.name.as_str(), &target.amount, spreading.period);
        (target.force == TargetForce::Ceiling).then_some(known)
    });
    ceilings.collect()
}

/// Whether a new version leaves every ceiling of the running one as it is.
pub fn keeps_ceilings(running: &Convenant, new: &Convenant) -> bool {
    let (before, after) = (ceilings(running), ceilings(new));
    before.iter().all(|ceiling| after.contains(ceiling))
}

/// Refuses other ceilings while the convenant is in force, until whoever the running version names at `instemming voor plafond` has
/// consented to them, on the day since which its ceilings hold or later. The life is in the ids of the running version.
pub fn may_change_ceilings(
    running: &Program,
    life: &Life,
    since: Date,
    now: Moment,
) -> Result<(), crate::Refusal> {
    let mut life = life.clone();
    life.consents.retain(|given| given.on >= since);
    let work = Work::on(running, &life, &Actor::Clock, now);
    if !life.is_in_force(work.today) {
        return Ok(());
    }
    work.lacking(ConsentFor::Ceiling)
}

impl Work<'_> {
    fn in_force(&self, clause: &Meta) -> Outcome {
        if self.life.ended {
            return refuse(Reason::Ended, clause);
        }
        if self.life.is_in_force(self.today) {
            return Ok(());
        }
        refuse(Reason::NotInForce, clause)
    }

    /// Gives notice: with a term, before the last day for it and with effect from the end; without one, so long ahead.
    pub fn give_notice(&mut self, motivation: &str) -> Outcome {
        let party = self.member()?;
        let term = &self.program.model().term;
        let Some((clause, ahead)) = &term.notice else {
            return refuse(Reason::NotHere, &term.meta);
        };
        self.in_force(clause)?;
        said(motivation, clause)?;
        if self.life.notices.iter().any(|(who, ..)| *who == party) {
            return Ok(());
        }
        let from = match self.life.until {
            None => self.after(self.today, *ahead, clause)?,
            Some(until) => match last_day_for_notice(self.program, until) {
                Some(last) if self.today <= last => until,
                Some(_) => return refuse(Reason::WrongDay, clause),
                None => return refuse(Reason::NotCountable, clause),
            },
        };
        self.push(LifeEventKind::NoticeGiven {
            party,
            on: self.today,
            from,
            motivation: motivation.to_owned(),
        });
        self.tell_all(LifeCause::NoticeGiven(party), Some(from));
        Ok(())
    }

    /// Consents, or records the consent of an outside body.
    pub fn consent(&mut self, to: ConsentFor, in_writing: bool, outside: Option<&str>) -> Outcome {
        let party = self.member()?;
        let model = self.program.model();
        if let Some(name) = outside {
            let known = model.consents.iter().any(|clause| {
                clause.of == to && matches!(&clause.by, ConsentBy::Outside(body) if body == name)
            });
            if !known {
                let what = "instemming".to_owned();
                return refuse(Reason::Unknown { what }, &model.term.meta);
            }
        }
        self.give(to, party, in_writing, outside);
        Ok(())
    }

    /// Records a consent, unless it is there already.
    fn give(&mut self, to: ConsentFor, party: PartyId, in_writing: bool, outside: Option<&str>) {
        let same = |given: &Given| {
            given.to == to
                && given.party == party
                && given.outside.as_deref() == outside
                && (given.in_writing || !in_writing)
        };
        if !self.life.consents.iter().any(same) {
            self.push(LifeEventKind::Consented {
                consent: Given {
                    to,
                    party,
                    outside: outside.map(str::to_owned),
                    in_writing,
                    on: self.today,
                },
            });
        }
    }

    /// Extends the term by decision of the body that the file names; the last vote that carries it extends it.
    pub fn extend(&mut self) -> Outcome {
        let party = self.member()?;
        let term = &self.program.model().term;
        let Some(extension) = &term.extension else {
            return refuse(Reason::NotHere, &term.meta);
        };
        self.in_force(&extension.meta)?;
        let body = extension
            .by
            .and_then(|id| self.program.model().bodies.get(id.index()));
        let (Some(body), Some(until)) = (body, self.life.until) else {
            return refuse(Reason::NotHere, &extension.meta);
        };
        let seats = self.seats(body);
        if !seats.contains(&party) {
            return refuse(Reason::NotAllowed { may: Vec::new() }, &extension.meta);
        }
        if !self.may_extend(extension) {
            return refuse(Reason::UsedUp, &extension.meta);
        }
        self.give(ConsentFor::Extension, party, false, None);
        if self.carried(ConsentFor::Extension, body.rule, &seats, false)
            && self.lacking(ConsentFor::Extension).is_ok()
        {
            self.extend_by(extension, until, false)?;
        }
        Ok(())
    }

    fn carried(&self, to: ConsentFor, rule: BodyRule, seats: &[PartyId], written: bool) -> bool {
        let votes = seats
            .iter()
            .filter(|seat| self.has_consented(to, **seat, written));
        carries(rule, votes.count(), seats.len())
    }

    fn has_consented(&self, to: ConsentFor, party: PartyId, in_writing: bool) -> bool {
        self.life.consents.iter().any(|given| {
            given.to == to
                && given.outside.is_none()
                && given.party == party
                && (given.in_writing || !in_writing)
        })
    }

    /// Ends the convenant early, once everybody who must has consented: without a clause, all parties in writing.
    pub fn end_early(&mut self, from: Date, motivation: &str) -> Outcome {
        self.member()?;
        let term = &self.program.model().term;
        self.in_force(&term.meta)?;
        said(motivation, &term.meta)?;
        if self.life.until == Some(from) {
            return Ok(());
        }
        if from <= self.today || self.life.until.is_some_and(|until| from > until) {
            return refuse(Reason::WrongDay, &term.meta);
        }
        let stated = self.program.model().consents.iter();
        if stated.filter(|c| c.of == ConsentFor::Termination).count() == 0 {
            self.all_parties(ConsentFor::Termination, true, &term.meta)?;
        }
        self.lacking(ConsentFor::Termination)?;
        self.push(LifeEventKind::EndMoved {
            until: from,
            motivation: motivation.to_owned(),
        });
        self.tell_all(LifeCause::EndMoved, Some(from));
        Ok(())
    }

    /// Refuses while a consent that the file asks for is missing.
    fn lacking(&self, to: ConsentFor) -> Outcome {
        for clause in self.program.model().consents.iter().filter(|c| c.of == to) {
            match &clause.by {
                ConsentBy::AllParties => self.all_parties(to, clause.in_writing, &clause.meta)?,
                ConsentBy::Body(id) => {
                    let Some(body) = self.program.model().bodies.get(id.index()) else {
                        continue;
                    };
                    let seats = self.seats(body);
                    if !self.carried(to, body.rule, &seats, clause.in_writing) {
                        let of = self.without_consent(to, &seats, clause.in_writing);
                        return needed(of, Vec::new(), clause.in_writing, &clause.meta);
                    }
                }
                ConsentBy::Outside(name) => {
                    let given = self.life.consents.iter().any(|given| {
                        given.to == to
                            && given.outside.as_ref() == Some(name)
                            && (given.in_writing || !clause.in_writing)
                    });
                    if !given {
                        let outside = vec![name.clone()];
                        return needed(Vec::new(), outside, clause.in_writing, &clause.meta);
                    }
                }
            }
        }
        Ok(())
    }

    fn all_parties(&self, to: ConsentFor, in_writing: bool, clause: &Meta) -> Outcome {
        let model = self.program.model();
        let members: Vec<PartyId> = (0..=u16::MAX)
            .zip(&model.parties)
            .map(|(index, _)| PartyId(index))
            .filter(|party| is_member(model, *party, self.today))
            .filter(|party| !self.life.has_left(*party, self.today))
            .collect();
        let of = self.without_consent(to, &members, in_writing);
        if of.is_empty() {
            return Ok(());
        }
        needed(of, Vec::new(), in_writing, clause)
    }

    fn without_consent(
        &self,
        to: ConsentFor,
        parties: &[PartyId],
        in_writing: bool,
    ) -> Vec<PartyId> {
        let lacks = |party: &&PartyId| !self.has_consented(to, **party, in_writing);
        parties.iter().filter(lacks).copied().collect()
    }
}

fn needed(of: Vec<PartyId>, outside: Vec<String>, in_writing: bool, clause: &Meta) -> Outcome {
    let reason = Reason::ConsentNeeded {
        of,
        outside,
        in_writing,
    };
    refuse(reason, clause)
}

fn said(motivation: &str, clause: &Meta) -> Outcome {
    if motivation.trim().is_empty() {
        return refuse(Reason::MotivationNeeded, clause);
    }
    Ok(())
}
