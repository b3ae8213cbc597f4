//! Chance with a seed: the same draws on every machine and in every run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream that belongs to these numbers and to no others.
    pub fn of(seed: u64, parts: [u64; 3]) -> Self {
        let mut key = [0_u8; 32];
        let numbers = [seed, parts[0], parts[1], parts[2]];
        for (bytes, number) in key.chunks_exact_mut(8).zip(numbers) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 up to, not including, `limit`; 0 when there is none.
    pub fn below(&mut self, limit: i64) -> i64 {
        let limit = u64::try_from(limit).unwrap_or(0);
        let high = (u128::from(self.0.next_u64()) * u128::from(limit)) >> 64;
        i64::try_from(high).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(most - least + 1)
    }

    /// True in so many of a hundred draws.
    pub fn percent(&mut self, share: i64) -> bool {
        self.below(100) < share
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        usize::try_from(self.below(count))
            .ok()
            .and_then(|index| items.get(index))
    }

    /// The position of one of the weights, as often as it is heavy; none when all are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> Option<usize> {
        let total: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
        if total == 0 {
            return None;
        }
        let mut draw = self.below(total);
        weights.iter().position(|weight| {
            draw -= i64::from(*weight);
            draw < 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_draw_the_same() {
        let draw = |parts| {
            let mut chance = Chance::of(7, parts);
            (
                chance.below(1000),
                chance.between(-5, 5),
                chance.weighted(&[1, 0, 3]),
            )
        };
        assert_eq!(draw([1, 2, 3]), draw([1, 2, 3]));
        assert_ne!(
            (0..20).map(|n| draw([1, 2, n]).0).collect::<Vec<_>>(),
            (0..20).map(|n| draw([1, 3, n]).0).collect::<Vec<_>>()
        );
    }

    #[test]
    fn draws_stay_within_their_limits() {
        let mut chance = Chance::of(1, [0, 0, 0]);
        let draws: Vec<i64> = (0..1000).map(|_| chance.between(-2, 2)).collect();
        assert_eq!(draws.iter().min(), Some(&-2));
        assert_eq!(draws.iter().max(), Some(&2));
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.weighted(&[0, 0]), None);
        assert_eq!(chance.weighted(&[0, 4]), Some(1));
    }
}
