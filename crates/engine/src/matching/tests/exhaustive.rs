//! Against every possible answer: all small problems of a shape from many seeds, every level and the order compared exactly.

use super::instances::{Seed, Shape, random};
use super::*;
use crate::matching::objective::Objective;

/// The best answer by trying them all: the lowest score, and of those the first in the order of clients and homes.
pub(super) fn by_trying(problem: &Problem) -> (Score, Vec<Option<HomeIndex>>) {
    let mut tried = Tried {
        problem,
        objective: Objective::of(problem),
        taken: vec![0; problem.homes().len()],
        homes: Vec::new(),
        best: None,
    };
    tried.all_from(ClientIndex(0));
    tried.best.unwrap()
}

struct Tried<'a> {
    problem: &'a Problem,
    objective: Objective,
    taken: Vec<u32>,
    homes: Vec<Option<HomeIndex>>,
    best: Option<(Score, Vec<Option<HomeIndex>>)>,
}

impl Tried<'_> {
    fn all_from(&mut self, client: ClientIndex) {
        if client.index() == self.problem.clients().len() {
            // Answers come in their order, so an equal one later is not better.
            if let Some(score) = self.problem.score_by(&self.objective, &self.homes)
                && self.best.as_ref().is_none_or(|best| score < best.0)
            {
                self.best = Some((score, self.homes.clone()));
            }
            return;
        }
        let next = ClientIndex(client.0 + 1);
        for pair in self.problem.pairs(client).filter(Pair::possible) {
            let home = pair.home.index();
            if self.taken[home] < self.problem.homes()[home].places {
                self.taken[home] += 1;
                self.homes.push(Some(pair.home));
                self.all_from(next);
                self.homes.pop();
                self.taken[home] -= 1;
            }
        }
        self.homes.push(None);
        self.all_from(next);
        self.homes.pop();
    }
}

fn compare(seeds: std::ops::Range<u64>, shape: impl Fn(&mut Seed) -> Shape) {
    for number in seeds {
        let mut seed = Seed::new(number);
        let shape = shape(&mut seed);
        let problem = random(&mut seed, shape);
        let (score, homes) = by_trying(&problem);
        let found =
            solve(&problem).unwrap_or_else(|error| panic!("seed {number}: {error}: {problem:?}"));
        assert_eq!(found.score, score, "seed {number}: {problem:?}");
        if found.proof == Proof::Prices {
            assert_eq!(found.homes, homes, "seed {number}: {problem:?}");
        } else {
            assert_eq!(problem.score(&found.homes), Some(score), "seed {number}");
        }
    }
}

#[test]
fn single_homes_up_to_four_by_four() {
    compare(0..3000, |seed| Shape {
        clients: seed.below(5),
        homes: seed.below(5),
        impossible: seed.below(4),
        ..Shape::default()
    });
}

#[test]
fn homes_with_many_places() {
    compare(10_000..11_000, |seed| Shape {
        clients: seed.below(5),
        homes: seed.below(4),
        places: true,
        impossible: seed.below(4),
        ..Shape::default()
    });
}

#[test]
fn six_by_six() {
    compare(20_000..20_060, |seed| Shape {
        clients: 5 + seed.below(2),
        homes: 5 + seed.below(2),
        impossible: 2 + seed.below(3),
        ..Shape::default()
    });
}

#[test]
fn caps_that_nest_or_cut_across() {
    compare(30_000..31_000, |seed| Shape {
        clients: seed.below(5),
        homes: 1 + seed.below(4),
        caps: true,
        places: seed.below(2) == 0,
        impossible: seed.below(4),
    });
}

#[test]
fn many_clients_and_few_homes() {
    compare(40_000..40_150, |seed| Shape {
        clients: 16 + seed.below(14),
        homes: 1 + seed.below(2),
        impossible: seed.below(4),
        places: seed.below(4) == 0,
        ..Shape::default()
    });
}
