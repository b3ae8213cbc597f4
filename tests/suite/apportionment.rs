//! Apportionment against the Python package `apportionment`, on 10,000 instances by each method.

use std::fmt::Write;

use convenant_engine::spread::{Fraction, apportion};
use convenant_lang::model::Rounding;
use convenant_tests::python;

const INSTANCES: usize = 10_000;

const METHODS: [(&str, Rounding); 3] = [
    ("largest_remainder", Rounding::LargestRemainder),
    ("saintelague", Rounding::SainteLague),
    ("dhondt", Rounding::DHondt),
];

/// Numbers that look random and are the same every time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// How many to divide, and the weights: from a few small numbers, which often tie, to the inhabitants of a region.
fn instance(numbers: &mut Numbers) -> (u64, Vec<i64>) {
    let house = 1 + numbers.below(300);
    let largest = [10, 500, 350_000][usize::try_from(numbers.below(3)).unwrap()];
    let parties = 1 + numbers.below(16);
    let mut weights: Vec<i64> = (0..parties)
        .map(|_| i64::try_from(numbers.below(largest)).unwrap())
        .collect();
    // One at least takes part.
    weights.push(i64::try_from(1 + numbers.below(largest)).unwrap());
    (house, weights)
}

#[test]
fn apportionment_equals_an_independent_package() {
    let mut numbers = Numbers(1);
    let instances: Vec<(u64, Vec<i64>)> = (0..INSTANCES).map(|_| instance(&mut numbers)).collect();
    let mut input = String::new();
    for (name, _) in METHODS {
        for (house, weights) in &instances {
            let weights: Vec<String> = weights.iter().map(i64::to_string).collect();
            writeln!(input, "{name} {house} {}", weights.join(" ")).unwrap();
        }
    }
    let Some(output) = python::run("apportion.py", &[], input.as_bytes()).unwrap() else {
        return;
    };
    let mut lines = output.lines();
    let mut ties = 0;
    for (name, method) in METHODS {
        for (house, weights) in &instances {
            let theirs = lines.next().unwrap();
            if theirs == "tie" {
                ties += 1;
                continue;
            }
            let exact: Vec<Fraction> = weights.iter().map(|w| Fraction::whole(*w)).collect();
            let ours = apportion(*house, &exact, method).unwrap();
            let ours: Vec<String> = ours.iter().map(u64::to_string).collect();
            assert_eq!(ours.join(" "), theirs, "{name}: {house} over {weights:?}");
        }
    }
    assert_eq!(lines.next(), None);
    // Most of them compare.
    assert!(ties * 4 < METHODS.len() * INSTANCES, "{ties} ties");
}
