//! Laws of the matching over random problems, too large to try every answer.

use proptest::prelude::*;

use super::instances::{Seed, Shape, random};
use super::*;

fn problem(seed: u64, clients: u64, homes: u64) -> Problem {
    let mut seed = Seed::new(seed);
    let shape = Shape {
        clients,
        homes,
        places: seed.below(2) == 0,
        caps: false,
        impossible: 1 + seed.below(5),
    };
    random(&mut seed, shape)
}

/// The same problem with other homes, and its clients in another order.
fn rebuilt(problem: &Problem, homes: Vec<Home>, clients: &[ClientIndex]) -> Problem {
    let parties = problem.parties().to_vec();
    let mut other = Problem::new(
        problem.preferences(),
        parties,
        homes,
        problem.caps().to_vec(),
    )
    .unwrap();
    for client in clients {
        let of = problem.clients()[client.index()];
        other.add_client(of, problem.pairs(*client)).unwrap();
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Places are kept, the score is that of the answer, and it is proven.
    #[test]
    fn an_answer_keeps_the_rules(seed: u64, clients in 0..40_u64, homes in 0..30_u64) {
        let problem = problem(seed, clients, homes);
        let found = solve(&problem).unwrap();
        prop_assert_eq!(problem.score(&found.homes), Some(found.score.clone()));
        prop_assert_eq!(found.proof, Proof::Prices);
        prop_assert_eq!(found.pairs().count() + found.unserved().count(), problem.clients().len());
    }

    /// One home more never serves fewer, and never makes the score worse before the balance.
    #[test]
    fn one_home_more_is_never_worse(seed: u64, clients in 0..30_u64, homes in 1..20_u64, closed in 0..20_usize) {
        let problem = problem(seed, clients, homes);
        let all: Vec<ClientIndex> = problem.client_indices().collect();
        let mut fewer = problem.homes().to_vec();
        let closed = closed % fewer.len();
        fewer[closed].places = 0;
        let without = solve(&rebuilt(&problem, fewer, &all)).unwrap().score;
        let with = solve(&problem).unwrap().score;
        let but_balance = |score: &Score| (score.unserved, score.preferences.clone(), score.urgency);
        prop_assert!(but_balance(&with) <= but_balance(&without));
    }

    /// Given in another order, clients that their deadlines or pairs tell apart get as good an answer, and the same input the same one.
    #[test]
    fn the_order_of_clients_changes_no_score(seed: u64, clients in 1..30_u64, homes in 0..20_u64, turn in 0..30_usize) {
        let problem = problem(seed, clients, homes);
        let mut turned: Vec<ClientIndex> = problem.client_indices().collect();
        let middle = turn % turned.len();
        turned.rotate_left(middle);
        let other = rebuilt(&problem, problem.homes().to_vec(), &turned);
        let (one, two) = (solve(&problem).unwrap(), solve(&other).unwrap());
        prop_assert_eq!(&one.score, &two.score);
        prop_assert_eq!(solve(&problem).unwrap(), one);
    }

    /// Pairs may be given in any order.
    #[test]
    fn the_order_of_pairs_changes_nothing(seed: u64, clients in 1..20_u64, homes in 1..20_u64) {
        let problem = problem(seed, clients, homes);
        let (parties, homes) = (problem.parties().to_vec(), problem.homes().to_vec());
        let mut other = Problem::new(problem.preferences(), parties, homes, Vec::new()).unwrap();
        for client in problem.client_indices() {
            let mut pairs: Vec<Pair<'_>> = problem.pairs(client).collect();
            pairs.reverse();
            other.add_client(problem.clients()[client.index()], pairs).unwrap();
        }
        prop_assert_eq!(solve(&problem).unwrap(), solve(&other).unwrap());
        prop_assert_eq!(problem, other);
    }

    /// What a choice by hand costs is never less than nothing, and nothing for what was chosen anyway.
    #[test]
    fn a_choice_by_hand_is_never_better(seed: u64, clients in 1..12_u64, homes in 1..8_u64) {
        let problem = problem(seed, clients, homes);
        let found = solve(&problem).unwrap();
        for client in problem.client_indices() {
            let same = consequence(&problem, &found, client, found.home(client)).unwrap();
            prop_assert_eq!(&same.matching.homes, &found.homes);
            prop_assert!(same.changes.is_empty());
            for pair in problem.pairs(client).filter(Pair::possible) {
                match consequence(&problem, &found, client, Some(pair.home)) {
                    Ok(other) => {
                        prop_assert_eq!(other.matching.home(client), Some(pair.home));
                        prop_assert!(other.matching.score >= found.score);
                    }
                    Err(error) => {
                        prop_assert_eq!(error, MatchingError::ChoicesClash);
                        prop_assert_eq!(problem.homes()[pair.home.index()].places, 0);
                    }
                }
            }
        }
    }

    /// The smallest conflict has a rule of every set, and no smaller set of rules has.
    #[test]
    fn the_smallest_conflict_is_the_smallest(sets in proptest::collection::vec(1..256_u64, 0..12)) {
        let sets: Vec<RuleSet> = sets.into_iter().map(RuleSet).collect();
        let meets_all = |rules: RuleSet| sets.iter().all(|set| set.meets(rules));
        let found = smallest_conflict(sets.iter().copied()).unwrap();
        prop_assert!(meets_all(found));
        let smallest = (0..256).map(RuleSet).filter(|rules| meets_all(*rules)).map(RuleSet::len).min();
        prop_assert_eq!(Some(found.len()), smallest);
    }
}

#[test]
fn preferences_beyond_one_word_are_counted_exactly() {
    // Twelve preferences with ranks up to the largest: a word of the costs each.
    let preferences = 12;
    let mut seed = Seed::new(7);
    let homes = vec![
        Home {
            party: 0,
            places: 1
        };
        5
    ];
    let mut problem = Problem::new(preferences, vec![None], homes, Vec::new()).unwrap();
    for _ in 0..5 {
        let ranks: Vec<u32> = (0..5 * preferences)
            .map(|_| u32::MAX - seed.below(2) as u32)
            .collect();
        let pairs = (0..).map(HomeIndex).zip(ranks.chunks(preferences));
        let pairs = pairs.map(|(home, ranks)| Pair {
            home,
            broken: RuleSet::NONE,
            ranks,
        });
        problem.add_client(Client::default(), pairs).unwrap();
    }
    let found = solve(&problem).unwrap();
    let (score, homes) = super::exhaustive::by_trying(&problem);
    assert_eq!((found.score, found.homes), (score, homes));
}
