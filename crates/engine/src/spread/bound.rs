//! What the rules of a spreading can come to: whether its targets can be reached at all, and how far from them it can end.
//!
//! Input: a compiled `Spread` and the days on which the convenant is in force. Output: a `Bound` per period in which shares differ. All of it
//! holds for a whole period in which as many are placed as the total says and nobody departs from the rules. Invariant: a party never ends outside its
//! bounds; where only the furthest behind is chosen they are exact.

use convenant_lang::model::{CapPer, Duration, Meta, PartyId, Preference, TargetForce};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Fraction, InForce, Spread, SpreadError, Window};

/// Longer than this (in days), a period is not walked to see what a cap leaves room for.
const LONGEST: i32 = 4_000;

/// What a period can come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The first period with these shares.
    pub period: Window,
    /// How many are placed.
    pub total: i64,
    /// Every party with a part, in the order of the file.
    pub parties: Vec<PartyBound>,
    /// Targets that the other rules leave no room for.
    pub conflicts: Vec<Conflict>,
}

/// Between what a party ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyBound {
    /// Which party.
    pub party: PartyId,
    /// Its exact part of the total.
    pub exact: Fraction,
    /// Its part in whole placements, without what earlier periods carry over.
    pub target: i64,
    /// The fewest that it can have placed.
    pub least: i64,
    /// The most that it can have placed.
    pub most: i64,
    /// In how many neighbourhoods it places at least when it reaches its target, where a cap counts per neighbourhood.
    pub neighbourhoods: Option<i64>,
}

impl PartyBound {
    /// How far it can stay behind its target.
    pub fn shortfall(&self) -> i64 {
        self.target.saturating_sub(self.least)
    }

    /// How far it can go beyond its target.
    pub fn surplus(&self) -> i64 {
        self.most.saturating_sub(self.target)
    }

    /// What rounding alone does: the whole part less the exact one.
    pub fn rounding(&self) -> Option<Fraction> {
        Fraction::whole(self.target).minus(self.exact)
    }
}

/// A target that cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Whose.
    pub party: PartyId,
    /// Its target.
    pub target: i64,
    /// What there is room for.
    pub room: i64,
    /// The clause that leaves no more room: a cap, or the capacity.
    pub limit: Meta,
    /// A motivated departure can pass that limit.
    pub departure: bool,
}

/// The most that one rule lets a party place.
struct Room<'a> {
    at_most: i64,
    clause: &'a Meta,
    departure: bool,
}

impl Spread {
    /// The bounds of every period in which shares are others than in the one before; nothing without a total.
    pub fn bounds(&self, in_force: InForce) -> Result<Vec<Bound>, SpreadError> {
        let mut bounds: Vec<Bound> = Vec::new();
        for period in self.periods(in_force) {
            let Some(bound) = self.bound(period, in_force)? else {
                continue;
            };
            let known = bounds.last().is_some_and(|last| {
                (last.total, &last.parties, &last.conflicts)
                    == (bound.total, &bound.parties, &bound.conflicts)
            });
            if !known {
                bounds.push(bound);
            }
        }
        Ok(bounds)
    }

    /// The first period, and those in which or after which something in the file changes.
    fn periods(&self, in_force: InForce) -> Vec<Window> {
        let mut days = vec![in_force.from];
        for day in self.changes() {
            let period = self.period(day, in_force);
            days.extend([period.from.max(in_force.from), period.until]);
        }
        let within = |day: &Date| {
            in_force.from <= *day
                && in_force.until.is_none_or(|until| *day < until)
                && *day < Date::MAX
        };
        days.retain(within);
        days.sort_unstable();
        let mut periods: Vec<Window> = days
            .into_iter()
            .map(|day| self.period(day, in_force))
            .collect();
        periods.dedup();
        periods
    }

    fn bound(&self, period: Window, in_force: InForce) -> Result<Option<Bound>, SpreadError> {
        let Some(segment) = self.segment(period, in_force)? else {
            return Ok(None);
        };
        let Some(total) = segment.total else {
            return Ok(None);
        };
        let mut bound = Bound {
            period,
            total,
            parties: Vec::new(),
            conflicts: Vec::new(),
        };
        // How often each cap can be filled anew is the same for every party.
        let times: Vec<Option<i64>> = self
            .rules
            .caps
            .iter()
            .map(|cap| self.times(cap.within, period))
            .collect();
        for part in &segment.parts {
            let target = part.rounded.unwrap_or(0);
            let rooms = self.rooms(part.party, period, &times);
            let tightest = rooms.iter().min_by_key(|room| room.at_most);
            if let Some(room) = tightest.filter(|room| room.at_most < target && !self.is_ceiling())
            {
                bound.conflicts.push(Conflict {
                    party: part.party,
                    target,
                    room: room.at_most,
                    limit: room.clause.clone(),
                    departure: room.departure,
                });
            }
            let most = match tightest {
                _ if self.is_ceiling() && self.rules.release.is_none() => target,
                Some(room) => room.at_most.min(total),
                None => total,
            };
            bound.parties.push(PartyBound {
                party: part.party,
                exact: part.exact,
                target,
                least: 0,
                most,
                neighbourhoods: self.neighbourhoods(target, &times),
            });
        }
        self.close(&mut bound);
        Ok(Some(bound))
    }

    /// Fewest and most, from the most of the others.
    fn close(&self, bound: &mut Bound) {
        let by_facts = self
            .rules
            .preference
            .iter()
            .any(|p| matches!(p, Preference::Fact(_)));
        let steered = by_facts
            || !self.rules.caps.is_empty()
            || self.rules.capacity.is_some()
            || !self.rules.contra_indications.is_empty();
        let all: i64 = bound
            .parties
            .iter()
            .map(|party| party.most)
            .fold(0, i64::saturating_add);
        for party in &mut bound.parties {
            if steered {
                let others = all.saturating_sub(party.most);
                party.least = bound.total.saturating_sub(others).clamp(0, party.most);
            } else {
                // The lowest placed / due is always chosen: nobody passes its part while another has not reached it.
                (party.least, party.most) = (party.target, party.target);
            }
        }
    }

    fn is_ceiling(&self) -> bool {
        self.rules
            .target
            .as_ref()
            .is_some_and(|target| target.force == TargetForce::Ceiling)
    }

    /// What the caps per party and the capacity let a party place in a period.
    fn rooms(&self, party: PartyId, period: Window, times: &[Option<i64>]) -> Vec<Room<'_>> {
        let caps = self.rules.caps.iter().zip(times);
        let mut rooms: Vec<Room<'_>> = caps
            .filter(|(cap, _)| cap.per == CapPer::Party)
            .filter_map(|(cap, times)| {
                Some(Room {
                    at_most: (*times)?.saturating_mul(i64::from(cap.at_most)),
                    clause: &cap.meta,
                    departure: cap.departure,
                })
            })
            .collect();
        if let Some((clause, _)) = &self.rules.capacity
            && let Some(places) = self.capacity(party, period.from)
        {
            rooms.push(Room {
                at_most: i64::try_from(places).unwrap_or(i64::MAX),
                clause,
                departure: false,
            });
        }
        rooms
    }

    /// How often a sliding window fits in a period: as often as a cap can be filled anew.
    fn times(&self, within: Duration, period: Window) -> Option<i64> {
        let length = period.from.until(period.until).ok()?.get_days();
        if length > LONGEST {
            return None;
        }
        let (mut times, mut filled) = (0, None);
        let mut day = period.from;
        while day < period.until {
            // The window ends on the day and begins after this one.
            if filled.is_none_or(|filled| self.days_before(day, within) >= filled) {
                times += 1;
                filled = Some(day);
            }
            day = day.checked_add(1.day()).ok()?;
        }
        Some(times)
    }

    /// In how many neighbourhoods so many are placed at least, by the cap per neighbourhood that leaves the least room.
    fn neighbourhoods(&self, target: i64, times: &[Option<i64>]) -> Option<i64> {
        let caps = self.rules.caps.iter().zip(times);
        let each = caps
            .filter(|(cap, _)| cap.per == CapPer::Neighbourhood)
            .filter_map(|(cap, times)| Some((*times)?.saturating_mul(i64::from(cap.at_most))))
            .min()?;
        // Rounded up.
        (each > 0).then(|| target.saturating_add(each - 1) / each)
    }
}
