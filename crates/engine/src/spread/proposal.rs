//! Answers of the spreading, as data: targets per party, and the proposal of who is next.
//!
//! Input: nothing. Output: the types that `Spread` answers with, each with the clause that it rests on.

use convenant_lang::model::{FactId, Meta, PartyId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Fraction;
use crate::Placement;

/// The days during which the convenant is in force: `until` is the first day after, none when it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// First day.
    pub from: Date,
    /// First day after.
    pub until: Option<Date>,
}

/// A span of days: `until` is the first day after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First day.
    pub from: Date,
    /// First day after.
    pub until: Date,
}

/// What is asked of the spreading.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The day of the placement.
    pub on: Date,
    /// The convenant's own term.
    pub in_force: InForce,
    /// The party that a fact of the case names; none when the fact is not known.
    pub fact: &'a dyn Fn(FactId) -> Option<PartyId>,
    /// Whether the party is a member on that day as far as the convenant's own life goes: signed, not left. What the file says
    /// about membership is asked besides.
    pub member: &'a dyn Fn(PartyId) -> bool,
    /// The neighbourhood, where it is known: without it no cap per neighbourhood is applied.
    pub neighbourhood: Option<&'a str>,
    /// The placement that the case has already and that this one replaces: it does not count.
    pub replaces: Option<&'a Placement>,
}

/// Where a party stands in the current period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyTarget {
    /// Which party.
    pub party: PartyId,
    /// Its exact part: of the total, or of the whole (1) when the file states no total.
    pub exact: Fraction,
    /// Its part of the total in whole placements, by the rounding of the file; none without a total.
    pub rounded: Option<i64>,
    /// Carried over from earlier periods: a shortfall adds, a surplus subtracts.
    pub carried: i64,
    /// Placed in this period, with what a predecessor placed.
    pub placed: u32,
    /// How many of those departed from the rules, with a motivation.
    pub departures: u32,
    /// What it did not use of its part and is free for all from `Targets::released_from` on; nothing before that day.
    pub released: i64,
}

impl PartyTarget {
    /// What it is to place in this period: rounded and carried.
    pub fn due(&self) -> Option<i64> {
        self.rounded
            .map(|rounded| rounded.saturating_add(self.carried))
    }
}

/// The targets of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// The period.
    pub period: Window,
    /// The total of the period, where the file states one.
    pub total: Option<i64>,
    /// Unused room is free for all from this day on, where the file releases it.
    pub released_from: Option<Date>,
    /// Every party that has a part in this period, in the order of the file.
    pub parties: Vec<PartyTarget>,
}

/// Who is next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The day that was asked about.
    pub on: Date,
    /// The party that the rules put first; none when no party may be chosen.
    pub chosen: Option<PartyId>,
    /// The room that others left in this period is released: every party in the ranking that is open may be chosen.
    pub released: bool,
    /// Every party of the kind over which is spread, the best first.
    pub ranked: Vec<Candidate>,
    /// Facts of the preference that are not known, and that came before the choice: it is provisional.
    pub missing: Vec<FactId>,
}

/// A party in the ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which party.
    pub party: PartyId,
    /// Whether it is the one that the rules put first.
    pub chosen: bool,
    /// Why it stands where it stands.
    pub reason: CandidateReason,
    /// Its target; none when it has no part in this period.
    pub target: Option<PartyTarget>,
    /// The clause that the reason rests on.
    pub clause: Meta,
}

/// Why a candidate stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateReason {
    /// A fact of the preference names it.
    Preferred(FactId),
    /// Furthest behind: the lowest placed / due of those that may be chosen (without a total: placed / share).
    FurthestBehind,
    /// May be chosen, but others come first.
    Behind,
    /// A cap is reached: index in `Spreading::caps`, and whether a motivated departure may pass it.
    CapReached {
        /// Index in the caps.
        cap: u16,
        /// `afwijken met motivering`.
        departure: bool,
    },
    /// Its ceiling is reached, and its room is not released.
    CeilingReached,
    /// It has placed as many in this period as it says that it can take.
    CapacityReached,
    /// A fact names it as a party where the client must not go.
    ContraIndicated(FactId),
    /// It has no part of the total.
    NoShare,
    /// It is no member on this day (and nobody's successor).
    NotAMember,
}

/// How many placements more a limit leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// With this party; none means with all together.
    pub party: Option<PartyId>,
    /// In this neighbourhood of the party only.
    pub neighbourhood: Option<String>,
    /// So many.
    pub left: u32,
    /// The clause that limits.
    pub clause: Meta,
}

impl CandidateReason {
    /// Whether the party may be chosen without passing a limit.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            CandidateReason::Preferred(_)
                | CandidateReason::FurthestBehind
                | CandidateReason::Behind
        )
    }
}
