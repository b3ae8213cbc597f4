//! Apportionment: published examples, and the properties that name the methods.

use convenant_lang::model::Rounding;
use proptest::prelude::*;

use crate::spread::{Fraction, apportion};

const METHODS: [Rounding; 3] = [
    Rounding::LargestRemainder,
    Rounding::SainteLague,
    Rounding::DHondt,
];

fn weights(numbers: &[i64]) -> Vec<Fraction> {
    numbers
        .iter()
        .map(|number| Fraction::whole(*number))
        .collect()
}

fn divide(house: u64, numbers: &[i64], method: Rounding) -> Vec<u64> {
    apportion(house, &weights(numbers), method).unwrap()
}

/// The divisor methods by their definition: one after the other to the highest quotient, the first among equals.
fn one_by_one(house: u64, numbers: &[i64], step: i64) -> Vec<u64> {
    let mut seats = vec![0_u64; numbers.len()];
    for _ in 0..house {
        let quotient = |index: usize| {
            Fraction::new(
                i128::from(numbers[index]),
                i128::from(seats[index]) * i128::from(step) + 1,
            )
            .unwrap()
        };
        let mut best = 0;
        for index in 1..numbers.len() {
            if quotient(index) > quotient(best) {
                best = index;
            }
        }
        seats[best] += 1;
    }
    seats
}

#[test]
fn published_examples() {
    let votes = [100_000, 80_000, 30_000, 20_000];
    assert_eq!(divide(8, &votes, Rounding::DHondt), [4, 3, 1, 0]);
    assert_eq!(divide(8, &votes, Rounding::SainteLague), [3, 3, 1, 1]);
    assert_eq!(divide(8, &votes, Rounding::LargestRemainder), [3, 3, 1, 1]);
    // The Alabama paradox: with one more to divide, the third gets one less.
    let states = [6, 6, 2];
    assert_eq!(divide(10, &states, Rounding::LargestRemainder), [4, 4, 2]);
    assert_eq!(divide(11, &states, Rounding::LargestRemainder), [5, 5, 1]);
}

#[test]
fn ties_go_to_the_first() {
    for method in METHODS {
        assert_eq!(divide(2, &[1, 1, 1], method), [1, 1, 0], "{method:?}");
        assert_eq!(divide(4, &[5, 5, 5], method), [2, 1, 1], "{method:?}");
    }
    // Every quota ends on a half: rounding all up gives too many, and the last ones give back.
    assert_eq!(divide(3, &[1, 1], Rounding::SainteLague), [2, 1]);
    assert_eq!(
        divide(6, &[1, 1, 1, 1], Rounding::SainteLague),
        [2, 2, 1, 1]
    );
}

#[test]
fn nothing_to_divide_or_nobody_to_divide_over() {
    for method in METHODS {
        assert_eq!(divide(0, &[3, 4], method), [0, 0]);
        assert_eq!(divide(7, &[0, 0], method), [0, 0]);
        assert_eq!(divide(7, &[], method), Vec::<u64>::new());
        assert_eq!(divide(7, &[0, 3, 0], method), [0, 7, 0]);
    }
    // Far more than could be handed out one by one.
    assert_eq!(
        divide(u64::from(u32::MAX), &[1, 2], Rounding::DHondt),
        [1_431_655_765, 2_863_311_530]
    );
}

fn some_weights() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0..500_i64, 1..17)
        .prop_filter("a weight", |all| all.iter().any(|w| *w > 0))
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole_and_nobody_without_weight_gets_any(house in 0..400_u64, numbers in some_weights()) {
        for method in METHODS {
            let seats = divide(house, &numbers, method);
            prop_assert_eq!(seats.iter().sum::<u64>(), house);
            for (seats, number) in seats.iter().zip(&numbers) {
                prop_assert!(*number > 0 || *seats == 0);
            }
        }
    }

    #[test]
    fn largest_remainder_stays_within_the_quota(house in 0..400_u64, numbers in some_weights()) {
        let whole: i64 = numbers.iter().sum();
        let seats = divide(house, &numbers, Rounding::LargestRemainder);
        for (seats, number) in seats.iter().zip(&numbers) {
            let floor = house * u64::try_from(*number).unwrap() / u64::try_from(whole).unwrap();
            prop_assert!(*seats == floor || *seats == floor + 1);
        }
    }

    #[test]
    fn divisor_methods_equal_handing_out_one_by_one(house in 0..200_u64, numbers in some_weights()) {
        prop_assert_eq!(divide(house, &numbers, Rounding::SainteLague), one_by_one(house, &numbers, 2));
        prop_assert_eq!(divide(house, &numbers, Rounding::DHondt), one_by_one(house, &numbers, 1));
    }

    #[test]
    fn divisor_methods_never_take_away_when_there_is_more(house in 0..400_u64, numbers in some_weights()) {
        for method in [Rounding::SainteLague, Rounding::DHondt] {
            let fewer = divide(house, &numbers, method);
            let more = divide(house + 1, &numbers, method);
            prop_assert!(fewer.iter().zip(&more).all(|(fewer, more)| fewer <= more), "{:?}", method);
        }
    }

    #[test]
    fn dhondt_gives_nobody_less_than_the_quota_rounded_down(house in 0..400_u64, numbers in some_weights()) {
        let whole: i64 = numbers.iter().sum();
        let seats = divide(house, &numbers, Rounding::DHondt);
        for (seats, number) in seats.iter().zip(&numbers) {
            let floor = house * u64::try_from(*number).unwrap() / u64::try_from(whole).unwrap();
            prop_assert!(*seats >= floor);
        }
    }

    /// Whoever grows does not lose to one that shrinks.
    #[test]
    fn divisor_methods_follow_the_population(
        house in 0..400_u64, numbers in some_weights(), grows in 0..16_usize, shrinks in 0..16_usize, by in 1..200_i64
    ) {
        let (grows, shrinks) = (grows % numbers.len(), shrinks % numbers.len());
        prop_assume!(grows != shrinks && numbers[grows] > 0);
        let mut after = numbers.clone();
        after[grows] += by;
        after[shrinks] = (after[shrinks] - by).max(0);
        for method in [Rounding::SainteLague, Rounding::DHondt] {
            let (old, new) = (divide(house, &numbers, method), divide(house, &after, method));
            prop_assert!(new[grows] >= old[grows] || new[shrinks] <= old[shrinks], "{:?}", method);
        }
    }

    #[test]
    fn the_order_matters_only_among_equals(house in 0..400_u64, numbers in some_weights(), turn in 0..16_usize) {
        let turn = turn % numbers.len();
        let mut turned = numbers.clone();
        turned.rotate_left(turn);
        for method in METHODS {
            let mut expected = divide(house, &numbers, method);
            expected.rotate_left(turn);
            let got = divide(house, &turned, method);
            // Those of equal weight may swap; how many each weight gets in all may not change by more than a tie.
            for (index, number) in turned.iter().enumerate() {
                let tied = expected[index].abs_diff(got[index]);
                prop_assert!(tied <= 1);
                if tied == 1 {
                    prop_assert!(has_tie(house, &numbers, *number, method), "{:?}", method);
                }
            }
        }
    }
}

/// Whether the last one handed out could as well have gone to another party.
fn has_tie(house: u64, numbers: &[i64], number: i64, method: Rounding) -> bool {
    if method == Rounding::LargestRemainder {
        let whole: i64 = numbers.iter().sum();
        let house = i64::try_from(house).unwrap();
        let remainder = |number: i64| (house * number) % whole;
        return numbers
            .iter()
            .filter(|other| remainder(**other) == remainder(number))
            .count()
            > 1;
    }
    let forward = divide(house, numbers, method);
    let mut backwards: Vec<i64> = numbers.to_vec();
    backwards.reverse();
    let mut other = divide(house, &backwards, method);
    other.reverse();
    forward != other
}
