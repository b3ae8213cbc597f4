//! Who is next, and why: every party ranked, with its reason and the clause that it rests on.
//!
//! Input: a compiled `Spread`, a question, the ledger. Output: a `Proposal`. The order: parties that a fact prefers, then the others
//! by how far they are behind (lowest placed / due; without a total, placed / share), then those at a limit, without a part, or no
//! member. Equal standing: the larger part first, then the order of the file.

use convenant_lang::model::{
    Cap, CapPer, Duration, FactId, Meta, PartyId, Preference, TargetForce,
};
use jiff::civil::Date;

use super::standing::Books;
use super::{
    Behind, Candidate, CandidateReason, InForce, Ledger, Limit, PartyTarget, Proposal, Question,
    Spread, SpreadError, Targets,
};
use crate::Placement;

impl Spread {
    /// Ranks every party of the kind over which is spread. Changes nothing.
    pub fn propose(
        &self,
        question: &Question<'_>,
        ledger: &Ledger,
    ) -> Result<Proposal, SpreadError> {
        let books = Books::of(self, ledger, question.replaces);
        let targets = self.targets_without(&books, question.in_force, question.on)?;
        let released_from = targets.released_from;
        let asked = Asked {
            spread: self,
            question,
            heirs: self
                .spread_over()
                .map(|own| (own, self.successor(own, question.on)))
                .collect(),
            windows: self
                .rules
                .caps
                .iter()
                .map(|cap| self.window(question.on, cap.within))
                .collect(),
            released: released_from.is_some_and(|from| from <= question.on),
            books,
            targets,
        };
        let mut candidates: Vec<Candidate> = self
            .spread_over()
            .map(|party| asked.candidate(party))
            .collect();
        let (preferred, missing) = self.preferred(question, &candidates);
        for (fact, party) in &preferred {
            if let Some(candidate) = candidates.iter_mut().find(|other| other.party == *party) {
                candidate.reason = CandidateReason::Preferred(*fact);
            }
        }
        candidates.sort_by_cached_key(|candidate| rank(candidate, &preferred));
        let chosen = self.choose(&preferred, &mut candidates);
        let released = asked.released;
        Ok(Proposal {
            on: question.on,
            chosen,
            released,
            ranked: candidates,
            missing,
        })
    }

    /// The cap per neighbourhood that one more placement with this party in this neighbourhood would pass, if any.
    pub fn full_neighbourhood(
        &self,
        ledger: &Ledger,
        replaces: Option<&Placement>,
        (party, neighbourhood): (PartyId, &str),
        on: Date,
    ) -> Option<&Cap> {
        let books = Books::of(self, ledger, replaces);
        let mut caps = self.rules.caps.iter();
        caps.find(|cap| {
            cap.per == CapPer::Neighbourhood
                && self.cap_room(&books, cap, (party, Some(neighbourhood)), on) == 0
        })
    }

    /// How many placements more a cap leaves to a party, or to one of its neighbourhoods, on a day.
    fn cap_room(
        &self,
        books: &Books<'_>,
        cap: &Cap,
        (party, neighbourhood): (PartyId, Option<&str>),
        on: Date,
    ) -> u32 {
        let (party, window) = (self.successor(party, on), self.window(on, cap.within));
        let own = self
            .spread_over()
            .filter(|own| self.successor(*own, on) == party);
        let placed: u32 = own
            .map(|own| books.placed(own, neighbourhood, window))
            .fold(0, u32::saturating_add);
        cap.at_most.saturating_sub(placed)
    }

    /// How many placements more every limit leaves: in each of these neighbourhoods, with each party, and with all together. A
    /// neighbourhood without a cap is not in it, nor is a party without a limit.
    pub fn limits<'n>(
        &self,
        ledger: &Ledger,
        in_force: InForce,
        neighbourhoods: impl IntoIterator<Item = (PartyId, &'n str)>,
        on: Date,
    ) -> Result<Vec<Limit>, SpreadError> {
        let books = Books::of(self, ledger, None);
        let targets = self.targets_without(&books, in_force, on)?;
        let mut limits = Vec::new();
        let per = |per: CapPer| self.rules.caps.iter().filter(move |cap| cap.per == per);
        for (party, name) in neighbourhoods {
            for cap in per(CapPer::Neighbourhood) {
                limits.push(Limit {
                    party: Some(party),
                    neighbourhood: Some(name.to_owned()),
                    left: self.cap_room(&books, cap, (party, Some(name)), on),
                    clause: cap.meta.clone(),
                });
            }
        }
        let released = targets.released_from.is_some_and(|from| from <= on);
        let ceiling = self.rules.target.as_ref();
        let ceiling = ceiling.filter(|rule| rule.force == TargetForce::Ceiling);
        let count = |left: i128| u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        let left_of = |target: &PartyTarget| {
            let due = target.due()?;
            Some(i128::from(due) - i128::from(target.placed))
        };
        for target in &targets.parties {
            let mut add = |left: u32, clause: &Meta| {
                limits.push(Limit {
                    party: Some(target.party),
                    neighbourhood: None,
                    left,
                    clause: clause.clone(),
                });
            };
            for cap in per(CapPer::Party) {
                let left = self.cap_room(&books, cap, (target.party, None), on);
                add(left, &cap.meta);
            }
            if let (Some(rule), Some(left), false) = (ceiling, left_of(target), released) {
                add(count(left), &rule.meta);
            }
            if let (Some((clause, _)), Some(room)) =
                (&self.rules.capacity, self.capacity(target.party, on))
            {
                add(count(room - i128::from(target.placed)), clause);
            }
        }
        if let (Some(rule), true) = (ceiling, released) {
            let left = targets.parties.iter().filter_map(left_of).sum();
            limits.push(Limit {
                party: None,
                neighbourhood: None,
                left: count(left),
                clause: rule.meta.clone(),
            });
        }
        Ok(limits)
    }

    /// The window of a cap: so long up to and including the day, as its first day and the first day after it.
    fn window(&self, on: Date, within: Duration) -> (Date, Date) {
        let before = self.days_before(on, within);
        (
            before.tomorrow().unwrap_or(before),
            on.tomorrow().unwrap_or(Date::MAX),
        )
    }

    /// The open parties that facts prefer, in order, and the facts not known before the first of them.
    fn preferred(
        &self,
        question: &Question<'_>,
        candidates: &[Candidate],
    ) -> (Vec<(FactId, PartyId)>, Vec<FactId>) {
        let mut preferred: Vec<(FactId, PartyId)> = Vec::new();
        let mut missing = Vec::new();
        for preference in &self.rules.preference {
            let Preference::Fact(fact) = *preference else {
                break;
            };
            let Some(party) = (question.fact)(fact) else {
                if preferred.is_empty() {
                    missing.push(fact);
                }
                continue;
            };
            let party = self.successor(party, question.on);
            let open = candidates
                .iter()
                .any(|other| other.party == party && other.reason.is_open());
            if open && preferred.iter().all(|(_, other)| *other != party) {
                preferred.push((fact, party));
            }
        }
        (preferred, missing)
    }

    /// Marks the one that comes first, and the one that is furthest behind.
    fn choose(
        &self,
        preferred: &[(FactId, PartyId)],
        candidates: &mut [Candidate],
    ) -> Option<PartyId> {
        let fallback = self.rules.preference.is_empty()
            || self.rules.preference.contains(&Preference::FurthestBehind);
        if fallback
            && let Some(furthest) = candidates
                .iter_mut()
                .find(|other| other.reason == CandidateReason::Behind)
        {
            furthest.reason = CandidateReason::FurthestBehind;
        }
        let first = candidates.first_mut().filter(|first| {
            !preferred.is_empty() || first.reason == CandidateReason::FurthestBehind
        })?;
        first.chosen = true;
        Some(first.party)
    }
}

/// A question with what is the same for every party.
struct Asked<'a> {
    spread: &'a Spread,
    question: &'a Question<'a>,
    books: Books<'a>,
    targets: Targets,
    /// Every party with the one that stands in for it.
    heirs: Vec<(PartyId, PartyId)>,
    /// By cap.
    windows: Vec<(Date, Date)>,
    released: bool,
}

impl Asked<'_> {
    /// A party on its own merits, before it is known whom the facts prefer.
    fn candidate(&self, party: PartyId) -> Candidate {
        let sources = &self.spread.rules.sources;
        let target = self
            .targets
            .parties
            .iter()
            .find(|target| target.party == party)
            .cloned();
        let file = self.spread.parties.get(party.index());
        let member = file.is_some_and(|file| file.member_on(self.question.on))
            && (self.question.member)(party);
        let (reason, clause) = if !member {
            let clause = file.map_or_else(Meta::default, |file| file.meta.clone());
            (CandidateReason::NotAMember, clause)
        } else if let Some(contra) = self.contra_indication(party) {
            contra
        } else if let Some(target) = &target {
            self.limit(party)
                .or_else(|| self.ceiling(target))
                .or_else(|| self.capacity(target))
                .unwrap_or_else(|| (CandidateReason::Behind, sources.preference.clone()))
        } else {
            (CandidateReason::NoShare, sources.key.clone())
        };
        Candidate {
            party,
            chosen: false,
            reason,
            target,
            clause,
        }
    }

    /// The first fact that says that the client must not go to this party.
    fn contra_indication(&self, party: PartyId) -> Option<(CandidateReason, Meta)> {
        let named = |fact: FactId| {
            let named = (self.question.fact)(fact)?;
            Some(self.spread.successor(named, self.question.on))
        };
        let contra = &self.spread.rules.contra_indications;
        let (clause, fact) = contra
            .iter()
            .find(|(_, fact)| named(*fact) == Some(party))?;
        Some((CandidateReason::ContraIndicated(*fact), clause.clone()))
    }

    /// What the party says that it can take in a period, when that is used up.
    fn capacity(&self, target: &PartyTarget) -> Option<(CandidateReason, Meta)> {
        let (clause, _) = self.spread.rules.capacity.as_ref()?;
        let room = self.spread.capacity(target.party, self.question.on)?;
        (i128::from(target.placed) >= room)
            .then(|| (CandidateReason::CapacityReached, clause.clone()))
    }

    /// The first cap that is reached.
    fn limit(&self, party: PartyId) -> Option<(CandidateReason, Meta)> {
        let caps = (0..=u16::MAX)
            .zip(&self.spread.rules.caps)
            .zip(&self.windows);
        for ((cap, rule), window) in caps {
            let neighbourhood = match (rule.per, self.question.neighbourhood) {
                (CapPer::Party, _) => None,
                (CapPer::Neighbourhood, Some(name)) => Some(name),
                // Which neighbourhood is not known yet: asked again when it is.
                (CapPer::Neighbourhood, None) => continue,
            };
            let own = self.heirs.iter().filter(|(_, heir)| *heir == party);
            let placed: u32 = own
                .map(|(own, _)| self.books.placed(*own, neighbourhood, *window))
                .fold(0, u32::saturating_add);
            if placed >= rule.at_most {
                let reason = CandidateReason::CapReached {
                    cap,
                    departure: rule.departure,
                };
                return Some((reason, rule.meta.clone()));
            }
        }
        None
    }

    /// A ceiling that is reached, unless the room that others left is released and not used up.
    fn ceiling(&self, target: &PartyTarget) -> Option<(CandidateReason, Meta)> {
        let rule = self.spread.rules.target.as_ref()?;
        let room = |target: &PartyTarget| {
            target
                .due()
                .map(|due| due.saturating_sub(i64::from(target.placed)))
        };
        if rule.force != TargetForce::Ceiling || room(target)? > 0 {
            return None;
        }
        let left = self
            .targets
            .parties
            .iter()
            .filter_map(room)
            .fold(0, i64::saturating_add);
        if self.released && left > 0 {
            return None;
        }
        Some((CandidateReason::CeilingReached, rule.meta.clone()))
    }
}

/// Smaller is earlier.
type Rank = (usize, Behind, PartyId);

fn rank(candidate: &Candidate, preferred: &[(FactId, PartyId)]) -> Rank {
    let group = match candidate.reason {
        CandidateReason::Preferred(fact) => preferred
            .iter()
            .position(|(other, _)| *other == fact)
            .unwrap_or(0),
        CandidateReason::FurthestBehind | CandidateReason::Behind => preferred.len(),
        CandidateReason::CapReached {
            departure: true, ..
        } => preferred.len() + 1,
        CandidateReason::CapReached {
            departure: false, ..
        } => preferred.len() + 2,
        CandidateReason::CeilingReached | CandidateReason::CapacityReached => preferred.len() + 3,
        CandidateReason::NoShare => preferred.len() + 4,
        CandidateReason::ContraIndicated(_) => preferred.len() + 5,
        CandidateReason::NotAMember => preferred.len() + 6,
    };
    let behind = Behind::of(candidate.target.as_ref(), 0);
    (group, behind, candidate.party)
}
