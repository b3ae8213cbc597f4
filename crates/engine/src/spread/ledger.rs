//! The ledger: who was placed where and when, in a form that counts fast.
//!
//! Input: placements of cases, one per case, added, corrected and withdrawn. Output: counts per scheme, party, neighbourhood and span
//! of days. Invariant: what is kept while placements come and go equals what is computed from those that remain.

use std::collections::BTreeMap;

use convenant_lang::model::{PartyId, SchemeId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::{Case, Placement};

/// Names a case in the ledger; the shell chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseRef(pub u128);

/// The placements of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    cases: BTreeMap<CaseRef, (SchemeId, Placement)>,
    /// Days of the placements, sorted, by scheme and party.
    by_party: BTreeMap<(SchemeId, PartyId), Vec<Day>>,
    /// The same, of those that departed from the rules with a motivation.
    departed: BTreeMap<(SchemeId, PartyId), Vec<Day>>,
    /// Days of all placements, by neighbourhood.
    by_neighbourhood: BTreeMap<(SchemeId, PartyId), BTreeMap<String, Vec<Day>>>,
}

impl Ledger {
    /// No placements.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// Books the placement of a case; an earlier one of the same case is taken out (a correction).
    pub fn place(&mut self, case: CaseRef, scheme: SchemeId, placement: Placement) {
        self.count_in(scheme, &placement, insert);
        // One search of the cases for both: nearly always there is no earlier one.
        if let Some((scheme, earlier)) = self.cases.insert(case, (scheme, placement)) {
            self.count_out(scheme, &earlier);
        }
    }

    fn count_in(
        &mut self,
        scheme: SchemeId,
        placement: &Placement,
        add: impl Fn(&mut Vec<Day>, Day),
    ) {
        let (key, day) = ((scheme, placement.party), Day::of(placement.on));
        add(self.by_party.entry(key).or_default(), day);
        if placement.departure {
            add(self.departed.entry(key).or_default(), day);
        }
        if let Some(name) = &placement.neighbourhood {
            let neighbourhoods = self.by_neighbourhood.entry(key).or_default();
            match neighbourhoods.get_mut(name) {
                Some(days) => add(days, day),
                None => drop(neighbourhoods.insert(name.clone(), vec![day])),
            }
        }
    }

    /// Brings the ledger in line with a case after its events were folded: books its placement, corrects it, or takes it out.
    pub fn follow(&mut self, case: CaseRef, state: &Case) {
        match state.scheme.zip(state.placement.as_ref()) {
            Some((scheme, placement)) => {
                let booked = self.cases.get(&case);
                if booked.is_none_or(|(under, known)| (*under, known) != (scheme, placement)) {
                    self.place(case, scheme, placement.clone());
                }
            }
            None => drop(self.withdraw(case)),
        }
    }

    /// Takes the placement of a case out, if it has one, and gives it back.
    pub fn withdraw(&mut self, case: CaseRef) -> Option<(SchemeId, Placement)> {
        let (scheme, placement) = self.cases.remove(&case)?;
        self.count_out(scheme, &placement);
        Some((scheme, placement))
    }

    fn count_out(&mut self, scheme: SchemeId, placement: &Placement) {
        let (key, day) = ((scheme, placement.party), Day::of(placement.on));
        if self
            .by_party
            .get_mut(&key)
            .is_some_and(|days| remove(days, day))
        {
            self.by_party.remove(&key);
        }
        if placement.departure
            && self
                .departed
                .get_mut(&key)
                .is_some_and(|days| remove(days, day))
        {
            self.departed.remove(&key);
        }
        if let (Some(name), Some(neighbourhoods)) = (
            &placement.neighbourhood,
            self.by_neighbourhood.get_mut(&key),
        ) {
            if neighbourhoods
                .get_mut(name)
                .is_some_and(|days| remove(days, day))
            {
                neighbourhoods.remove(name);
            }
            if neighbourhoods.is_empty() {
                self.by_neighbourhood.remove(&key);
            }
        }
    }

    /// The placement of a case.
    pub fn placement(&self, case: CaseRef) -> Option<&Placement> {
        self.cases.get(&case).map(|(_, placement)| placement)
    }

    /// Every placement, by case. The event that caused an entry is `Placement::seq` of that case's log.
    pub fn placements(&self) -> impl Iterator<Item = (CaseRef, SchemeId, &Placement)> {
        self.cases
            .iter()
            .map(|(case, (scheme, placement))| (*case, *scheme, placement))
    }

    /// How many placements there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Placements under a scheme with a party, from the first day up to, not including, the second. Books of a predecessor
    /// stand under the predecessor's own name.
    pub fn placed(&self, scheme: SchemeId, party: PartyId, from: Date, until: Date) -> u32 {
        self.by_party
            .get(&(scheme, party))
            .map_or(0, |days| count(days, Day::of(from), Day::of(until)))
    }

    /// How many of them departed from the rules, with a motivation.
    pub fn departures(&self, scheme: SchemeId, party: PartyId, from: Date, until: Date) -> u32 {
        self.departed
            .get(&(scheme, party))
            .map_or(0, |days| count(days, Day::of(from), Day::of(until)))
    }

    /// The placements under a scheme with a party, to be read period by period.
    pub(super) fn read(&self, scheme: SchemeId, party: PartyId) -> Reading<'_> {
        Reading {
            rest: self
                .by_party
                .get(&(scheme, party))
                .map_or(&[], Vec::as_slice),
        }
    }

    /// The same, in one neighbourhood of the party.
    pub fn placed_in(
        &self,
        scheme: SchemeId,
        party: PartyId,
        neighbourhood: &str,
        from: Date,
        until: Date,
    ) -> u32 {
        self.by_neighbourhood
            .get(&(scheme, party))
            .and_then(|neighbourhoods| neighbourhoods.get(neighbourhood))
            .map_or(0, |days| count(days, Day::of(from), Day::of(until)))
    }
}

/// The days of the placements with one party, read from the first to the last.
pub(super) struct Reading<'a> {
    rest: &'a [Day],
}

impl Reading<'_> {
    /// How many days come before `until`, and have not been read yet. Cheap for a few out of many: the stride doubles.
    pub(super) fn read_before(&mut self, until: Date) -> u32 {
        let until = Day::of(until);
        let mut stride = 1;
        while self.rest.get(stride - 1).is_some_and(|day| *day < until) {
            stride *= 2;
        }
        let near = self.rest.get(..stride).unwrap_or(self.rest);
        let read = near.partition_point(|day| *day < until);
        self.rest = self.rest.get(read..).unwrap_or_default();
        u32::try_from(read).unwrap_or(u32::MAX)
    }
}

/// Placements in the order in which they were booked, whatever the cases are called: of a case the last one counts.
impl FromIterator<(CaseRef, SchemeId, Placement)> for Ledger {
    fn from_iter<I: IntoIterator<Item = (CaseRef, SchemeId, Placement)>>(booked: I) -> Ledger {
        let booked = booked.into_iter();
        // Sorted once and built whole: a search per case would wait for memory each time, when the names come in no order.
        let cases: BTreeMap<_, _> = booked
            .map(|(case, scheme, placement)| (case, (scheme, placement)))
            .collect();
        let mut ledger = Ledger::default();
        for (scheme, placement) in cases.values() {
            ledger.count_in(*scheme, placement, Vec::push);
        }
        ledger.cases = cases;
        let by_party = ledger.by_party.values_mut();
        let by_neighbourhood = ledger.by_neighbourhood.values_mut();
        by_party
            .chain(ledger.departed.values_mut())
            .chain(by_neighbourhood.flat_map(BTreeMap::values_mut))
            .for_each(|days| days.sort_unstable());
        ledger
    }
}

/// Keeps the days sorted; nearly always the new one is the last.
fn insert(days: &mut Vec<Day>, day: Day) {
    if days.last().is_none_or(|last| *last <= day) {
        days.push(day);
        return;
    }
    let position = days.partition_point(|other| *other <= day);
    days.insert(position, day);
}

/// Removes one occurrence of the day and says whether none is left.
fn remove(days: &mut Vec<Day>, day: Day) -> bool {
    if let Ok(position) = days.binary_search(&day) {
        days.remove(position);
    }
    days.is_empty()
}

fn count(days: &[Day], from: Day, until: Day) -> u32 {
    let below = days.partition_point(|day| *day < from);
    let upto = days.partition_point(|day| *day < until);
    u32::try_from(upto.saturating_sub(below)).unwrap_or(u32::MAX)
}
