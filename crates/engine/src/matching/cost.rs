//! Exact costs in lexicographic order, and how the levels of the objective are packed into them.
//!
//! Input: the largest total of every level. Output: numbers of one or more words. Invariants: an earlier level always outweighs
//! all later ones together; no sum of costs over a matching, or difference of two, leaves its word.

use std::ops::{Add, Sub};

/// A cost of `K` words; the first word that differs decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost<const K: usize>([i64; K]);

impl<const K: usize> Cost<K> {
    pub const ZERO: Cost<K> = Cost([0; K]);
    /// More than any cost of a path.
    pub const MAX: Cost<K> = Cost([i64::MAX; K]);
}

impl<const K: usize> Cost<K> {
    /// So many times this; at most the total that was given for its level.
    #[inline]
    pub fn times(mut self, amount: u64) -> Self {
        for word in &mut self.0 {
            *word *= amount.cast_signed();
        }
        self
    }
}

impl<const K: usize> Add for Cost<K> {
    type Output = Self;

    #[inline]
    fn add(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word += other;
        }
        self
    }
}

impl<const K: usize> Sub for Cost<K> {
    type Output = Self;

    #[inline]
    fn sub(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word -= other;
        }
        self
    }
}

/// The largest total that a word may come to. Prices and distances come to at most four times as much.
const WORD: u64 = 1 << 59;

/// For every level its word and its weight within the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packing {
    places: Vec<(usize, i64)>,
    words: usize,
}

impl Packing {
    /// Packs levels by their largest totals, the level that counts first at the front. None when a level does not fit in a word.
    pub fn of(totals: &[u64]) -> Option<Packing> {
        let mut places = Vec::with_capacity(totals.len());
        let (mut word, mut weight) = (0, 1_u64);
        // From the last level on: each weighs one more than all after it in its word can come to.
        for total in totals.iter().rev() {
            let span = total.checked_add(1).filter(|span| *span <= WORD)?;
            if *total > 0 && weight.checked_mul(span).is_none_or(|most| most > WORD) {
                word += 1;
                weight = 1;
            }
            places.push((word, i64::try_from(weight).ok()?));
            weight *= span;
        }
        places.reverse();
        for (place, _) in &mut places {
            *place = word - *place;
        }
        Some(Packing {
            places,
            words: word + 1,
        })
    }

    /// How many words a cost needs.
    pub fn words(&self) -> usize {
        self.words
    }

    /// By level what 1 of it costs.
    pub fn units<const K: usize>(&self) -> Vec<Cost<K>> {
        // With more words than needed the first ones stay empty.
        let spare = K - self.words.min(K);
        let unit = |(word, weight): &(usize, i64)| {
            let mut unit = Cost::ZERO;
            if let Some(word) = unit.0.get_mut(spare + word) {
                *word = *weight;
            }
            unit
        };
        self.places.iter().map(unit).collect()
    }
}
