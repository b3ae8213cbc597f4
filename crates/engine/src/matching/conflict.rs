//! The smallest set of rules that explains why no home fits.
//!
//! Input: for every home the rules that it breaks. Output: the smallest set that has at least one of each (a minimum hitting set): with
//! those rules given up, and no fewer, a home could fit. Invariants: exact; among the smallest the one with the lowest rules.

use super::RuleSet;

/// The smallest set that meets every one of the sets, of equally small ones that with the lowest rules. None when one is empty: no
/// set meets that.
pub fn smallest_conflict(broken: impl IntoIterator<Item = RuleSet>) -> Option<RuleSet> {
    let mut sets: Vec<RuleSet> = broken.into_iter().collect();
    // Small sets first: a set that holds another one is met whenever that one is.
    sets.sort_unstable_by_key(|set| (set.len(), *set));
    sets.dedup();
    let mut needed: Vec<RuleSet> = Vec::new();
    for set in sets {
        if set.is_empty() {
            return None;
        }
        if !needed.iter().any(|smaller| smaller.within(set)) {
            needed.push(set);
        }
    }
    (apart(&needed, RuleSet::NONE)..=RuleSet::CAPACITY).find_map(|size| {
        let mut best = None;
        pick(&needed, RuleSet::NONE, RuleSet::NONE, size, &mut best);
        best
    })
}

/// Goes through every set of at most so many rules more that meets all that is not met yet.
fn pick(
    needed: &[RuleSet],
    picked: RuleSet,
    given_up: RuleSet,
    more: u32,
    best: &mut Option<RuleSet>,
) {
    let Some(open) = needed.iter().find(|set| !set.meets(picked)) else {
        if best.is_none_or(|best| before(picked, best)) {
            *best = Some(picked);
        }
        return;
    };
    if apart(needed, picked) > more {
        return;
    }
    let mut given_up = given_up;
    for rule in open.rules() {
        if !given_up.contains(rule) {
            pick(needed, picked.with(rule), given_up, more - 1, best);
            // Every set with this rule has been seen.
            given_up = given_up.with(rule);
        }
    }
}

/// Whether the lowest rule that only one of the two has is in the first.
fn before(one: RuleSet, other: RuleSet) -> bool {
    let differs = one.0 ^ other.0;
    one.0 & differs & differs.wrapping_neg() != 0
}

/// Sets not met yet that have no rule in common, as many as are easily found: each needs a rule of its own.
fn apart(needed: &[RuleSet], picked: RuleSet) -> u32 {
    let mut taken = RuleSet::NONE;
    let mut count = 0;
    for set in needed {
        if !set.meets(picked) && !set.meets(taken) {
            taken = RuleSet(taken.0 | set.0);
            count += 1;
        }
    }
    count
}
