//! Apportionment: a whole number divided by weights, in whole numbers.
//!
//! Input: how many, the weights, the method. Output: as many whole numbers as there are weights, which sum to the whole (to nothing
//! when no weight is positive). Invariant: ties go to the first, so the answer is one and the same everywhere.

use std::cmp::Ordering;

use convenant_lang::model::Rounding;

use super::Fraction;

/// Divides `house` by the weights; none on overflow.
///
/// Largest remainder (Hamilton) gives each its quota rounded down or up. The divisor methods Sainte-Laguë and D'Hondt give
/// the next one to the highest `weight / (2 n + 1)` or `weight / (n + 1)`, `n` being what it has: with a larger house
/// nobody gets less.
pub fn apportion(house: u64, weights: &[Fraction], method: Rounding) -> Option<Vec<u64>> {
    let mut whole = Fraction::ZERO;
    for weight in weights.iter().filter(|weight| weight.is_positive()) {
        whole = whole.plus(*weight)?;
    }
    if !whole.is_positive() {
        return Some(vec![0; weights.len()]);
    }
    let per_weight = Fraction::new(i128::from(house), 1)?.over(whole)?;
    let quotas: Vec<Fraction> = weights
        .iter()
        .map(|weight| {
            if weight.is_positive() {
                weight.times(per_weight)
            } else {
                Some(Fraction::ZERO)
            }
        })
        .collect::<Option<_>>()?;
    match method {
        Rounding::LargestRemainder => largest_remainder(house, &quotas),
        Rounding::SainteLague => by_divisor(house, &quotas, 2),
        Rounding::DHondt => by_divisor(house, &quotas, 1),
    }
}

fn largest_remainder(house: u64, quotas: &[Fraction]) -> Option<Vec<u64>> {
    let mut seats = floors(quotas)?;
    let mut order: Vec<usize> = (0..quotas.len()).collect();
    // A stable sort: equal remainders stay in the order of the file.
    order.sort_by_key(|index| std::cmp::Reverse(quotas.get(*index).map(|quota| quota.remainder())));
    let left = house.checked_sub(seats.iter().sum())?;
    for index in order.into_iter().take(usize::try_from(left).ok()?) {
        *seats.get_mut(index)? += 1;
    }
    Some(seats)
}

/// The divisor method whose next divisor after `n` is `n * step + 1`. Starts from the quotas, rounded as the method rounds at the
/// divisor 1: a prefix of the order in which seats are handed out. What is lacking is handed out, what is too much taken back,
/// in that same order; both are at most one per weight.
fn by_divisor(house: u64, quotas: &[Fraction], step: u64) -> Option<Vec<u64>> {
    let mut seats = if step == 1 {
        floors(quotas)?
    } else {
        let half = Fraction::new(1, 2)?;
        let rounded: Vec<Fraction> = quotas
            .iter()
            .map(|quota| quota.plus(half))
            .collect::<Option<_>>()?;
        floors(&rounded)?
    };
    let mut total: u64 = seats.iter().sum();
    while total < house {
        let (first, _) = extreme(
            quotas,
            &seats,
            |seats| seats.checked_mul(step)?.checked_add(1),
            true,
        )?;
        *seats.get_mut(first)? += 1;
        total += 1;
    }
    while total > house {
        let last_divisor = |seats: u64| seats.checked_sub(1)?.checked_mul(step)?.checked_add(1);
        let (last, _) = extreme(quotas, &seats, last_divisor, false)?;
        *seats.get_mut(last)? -= 1;
        total -= 1;
    }
    Some(seats)
}

/// The position with the highest `quota / divisor(seats)`, the first among equals; or with the lowest, the last among equals.
fn extreme(
    quotas: &[Fraction],
    seats: &[u64],
    divisor: impl Fn(u64) -> Option<u64>,
    highest: bool,
) -> Option<(usize, Fraction)> {
    let mut best: Option<(usize, Fraction)> = None;
    for (index, (quota, seats)) in quotas.iter().zip(seats).enumerate() {
        let Some(divisor) = divisor(*seats).filter(|_| quota.is_positive()) else {
            continue;
        };
        let priority = quota.over(Fraction::new(i128::from(divisor), 1)?)?;
        let better = match best.map(|(_, other)| priority.cmp(&other)) {
            None => true,
            Some(Ordering::Greater) => highest,
            Some(Ordering::Less) => !highest,
            Some(Ordering::Equal) => !highest,
        };
        if better {
            best = Some((index, priority));
        }
    }
    best
}

fn floors(quotas: &[Fraction]) -> Option<Vec<u64>> {
    quotas
        .iter()
        .map(|quota| u64::try_from(quota.floor()).ok())
        .collect()
}
