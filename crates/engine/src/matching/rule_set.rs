//! A set of numbered hard rules.
//!
//! Input: numbers below 64. Output: which rules a pair breaks, as one word. Invariant: iteration is in ascending order.

use serde::{Deserialize, Serialize};

/// Hard rules by number: 0 to 63. What a number stands for is the caller's.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RuleSet(pub u64);

impl RuleSet {
    /// How many rules can be told apart.
    pub const CAPACITY: u32 = u64::BITS;

    /// No rule.
    pub const NONE: RuleSet = RuleSet(0);

    /// The set with this one too; a number of 64 or more adds nothing.
    #[must_use]
    pub fn with(self, rule: u32) -> RuleSet {
        RuleSet(self.0 | 1u64.checked_shl(rule).unwrap_or(0))
    }

    /// Whether it holds a rule.
    pub fn contains(self, rule: u32) -> bool {
        1u64.checked_shl(rule).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Whether it holds no rule.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many rules it holds.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether the two have a rule in common.
    pub fn meets(self, other: RuleSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every rule of it is in the other.
    pub fn within(self, other: RuleSet) -> bool {
        self.0 & !other.0 == 0
    }

    /// The numbers, ascending.
    pub fn rules(self) -> impl Iterator<Item = u32> {
        (0..RuleSet::CAPACITY).filter(move |rule| self.contains(*rule))
    }
}

impl FromIterator<u32> for RuleSet {
    fn from_iter<T: IntoIterator<Item = u32>>(rules: T) -> Self {
        rules.into_iter().fold(RuleSet::NONE, RuleSet::with)
    }
}
