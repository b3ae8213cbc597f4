//! The same placements once more, in the same order, each with the party that the draft's rules put first.
//!
//! Input: placements that were made, the spreading of now and that of the draft, a period. Output: `Comparison`. Invariants: what was placed before
//! the period counts for both; every case is placed on the day on which it was; a case for which nobody may be chosen is counted, not lost.

use convenant_engine::Placement;
use convenant_engine::spread::{
    CaseRef, InForce, Ledger, Question, Spread, SpreadError, Targets, Window,
};
use convenant_lang::model::{Convenant, FactId, PartyId, Preference, SchemeId};

use super::read::{Name, Placed};

/// A party, now and under the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name.
    pub party: String,
    /// What it is to place by the rules of now, with what earlier periods carry over.
    pub target_now: Option<i64>,
    /// What it placed.
    pub placed_now: u32,
    /// What it would have to place.
    pub target_draft: Option<i64>,
    /// What it would place.
    pub placed_draft: u32,
}

impl Row {
    /// How many more it would place.
    pub fn difference(&self) -> i64 {
        i64::from(self.placed_draft) - i64::from(self.placed_now)
    }
}

/// A period, now and under the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The period.
    pub period: Window,
    /// Placements in it.
    pub cases: u32,
    /// Cases for which the draft's rules name nobody.
    pub unplaced: u32,
    /// Cases without any of the facts by which the draft prefers a party.
    pub unknown: u32,
    /// Placements with parties that have no part in the draft.
    pub outside: u32,
    /// Every party with a part under the draft, in the order of its file.
    pub rows: Vec<Row>,
}

/// Places the cases of a period once more.
pub fn compare(
    draft: &Convenant,
    spread: &Spread,
    now: Option<&(&Convenant, Spread)>,
    placed: &[Placed],
    in_force: InForce,
    period: Window,
) -> Result<Comparison, SpreadError> {
    let last = period.last();
    let real = books(draft, spread.scheme(), placed);
    let before = spread.targets(&real, in_force, last)?;
    let again = Again {
        draft,
        spread,
        in_force,
    };
    let (ledger, unplaced, unknown) = again.place(placed, period)?;
    let after = spread.targets(&ledger, in_force, last)?;
    let targets_now = match now {
        Some((model, spread)) => {
            let ledger = books(model, spread.scheme(), placed);
            Some((*model, spread.targets(&ledger, in_force, last)?))
        }
        None => None,
    };
    let rows: Vec<Row> = after
        .parties
        .iter()
        .filter_map(|target| {
            let party = draft.parties.get(target.party.index())?;
            let name = (party.kind, party.name.clone());
            let due_now = |(model, targets): &(&Convenant, Targets)| {
                let id = named(model, &name)?;
                targets.parties.iter().find(|t| t.party == id)?.due()
            };
            let real = before.parties.iter().find(|t| t.party == target.party);
            Some(Row {
                party: name.1.clone(),
                target_now: targets_now.as_ref().and_then(due_now),
                placed_now: real.map_or(0, |real| real.placed),
                target_draft: target.due(),
                placed_draft: target.placed,
            })
        })
        .collect();
    let within = placed.iter().filter(|placed| period.contains(placed.on));
    let cases = u32::try_from(within.count()).unwrap_or(u32::MAX);
    let counted = rows
        .iter()
        .map(|row| row.placed_now)
        .fold(0, u32::saturating_add);
    Ok(Comparison {
        period,
        cases,
        unplaced,
        unknown,
        outside: cases.saturating_sub(counted),
        rows,
    })
}

/// The party of this name.
fn named(model: &Convenant, name: &Name) -> Option<PartyId> {
    let fits =
        |party: &convenant_lang::model::Party| (party.kind, &party.name) == (name.0, &name.1);
    convenant_lang::model::position(&model.parties, fits).map(PartyId)
}

/// A placement as it was made, in the ids of a file; none with a party that the file does not have.
fn booked(model: &Convenant, placed: &Placed) -> Option<Placement> {
    Some(Placement {
        party: named(model, &placed.party)?,
        neighbourhood: placed.neighbourhood.clone(),
        on: placed.on,
        seq: 0,
        departure: placed.departure,
    })
}

fn books(model: &Convenant, scheme: SchemeId, placed: &[Placed]) -> Ledger {
    let mut ledger = Ledger::new();
    for placed in placed {
        if let Some(placement) = booked(model, placed) {
            ledger.place(CaseRef(placed.case), scheme, placement);
        }
    }
    ledger
}

/// The draft's rules at work.
struct Again<'a> {
    draft: &'a Convenant,
    spread: &'a Spread,
    in_force: InForce,
}

impl Again<'_> {
    /// The books at the end of the period; how many cases nobody takes, and of how many no preference is known.
    fn place(&self, placed: &[Placed], period: Window) -> Result<(Ledger, u32, u32), SpreadError> {
        let mut ledger = Ledger::new();
        let (mut unplaced, mut unknown) = (0_u32, 0_u32);
        for real in placed.iter().filter(|real| real.on < period.until) {
            let case = CaseRef(real.case);
            if real.on < period.from {
                if let Some(placement) = booked(self.draft, real) {
                    ledger.place(case, self.spread.scheme(), placement);
                }
                continue;
            }
            unknown = unknown.saturating_add(u32::from(self.prefers_nobody(real)));
            let fact = |fact: FactId| self.fact(real, fact);
            let question = Question {
                on: real.on,
                in_force: self.in_force,
                fact: &fact,
                member: &|_| true,
                // It lies in the municipality of now; in another one it is not known.
                neighbourhood: None,
                replaces: None,
            };
            let Some(party) = self.spread.propose(&question, &ledger)?.chosen else {
                unplaced = unplaced.saturating_add(1);
                continue;
            };
            let same = named(self.draft, &real.party) == Some(party);
            let placement = Placement {
                party,
                neighbourhood: real.neighbourhood.clone().filter(|_| same),
                on: real.on,
                seq: 0,
                departure: false,
            };
            ledger.place(case, self.spread.scheme(), placement);
        }
        Ok((ledger, unplaced, unknown))
    }

    /// The party that a fact of the draft names, by the name of the fact.
    fn fact(&self, real: &Placed, fact: FactId) -> Option<PartyId> {
        let declared = self.draft.facts.get(fact.index())?;
        named(self.draft, real.facts.get(&declared.name)?)
    }

    fn prefers_nobody(&self, real: &Placed) -> bool {
        let mut facts = self
            .spread
            .rules()
            .preference
            .iter()
            .filter_map(|p| match p {
                Preference::Fact(fact) => Some(*fact),
                Preference::FurthestBehind => None,
            });
        let first = facts.next();
        first.is_some_and(|first| {
            std::iter::once(first)
                .chain(facts)
                .all(|fact| self.fact(real, fact).is_none())
        })
    }
}
