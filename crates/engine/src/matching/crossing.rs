//! The best matching when caps cut across each other: an integer programme, one level of the objective after the other.
//!
//! Input: a problem whose caps fit in no tree. Output: homes by client. Invariants: each level is brought to its best value, in
//! whole numbers, and then kept; the answer keeps all of them when it is counted anew. Between answers that are equal in all levels
//! the search decides, always in the same way.

use microlp::{
    ComparisonOp, LinearExpr, OptimizationDirection, Problem as Programme, Solution, SolveOptions,
    Variable,
};

use super::objective::Objective;
use super::{ClientIndex, HomeIndex, MatchingError, Pair, Problem, Score};

/// Branches of the search of one level; more means that too many caps cut across each other.
const BRANCHES: u64 = 100_000;

/// The best homes by client.
pub(super) fn search(
    problem: &Problem,
    objective: &Objective,
) -> Result<Vec<Option<HomeIndex>>, MatchingError> {
    let mut search = Search {
        problem,
        objective,
        places: places(problem),
        kept: Vec::new(),
        found: Vec::new(),
    };
    for level in 0..problem.preferences() + 3 {
        search.improve(level)?;
    }
    let homes = search.homes();
    let score = problem.score_by(objective, &homes);
    let reached = score.ok_or(MatchingError::NotProven)?;
    // The programme counts in floating point; its answer is only taken when whole numbers agree.
    if search.kept == levels(&reached) {
        Ok(homes)
    } else {
        Err(MatchingError::NotProven)
    }
}

/// The possible pairs that have a place.
fn places(problem: &Problem) -> Vec<(ClientIndex, HomeIndex)> {
    let open = |pair: &Pair<'_>| {
        let home = problem.homes().get(pair.home.index());
        pair.possible() && home.is_some_and(|home| home.places > 0)
    };
    problem
        .client_indices()
        .flat_map(|client| {
            let pairs = problem.pairs(client).filter(open);
            pairs.map(move |pair| (client, pair.home))
        })
        .collect()
}

/// A score level by level, in the order in which they count.
fn levels(score: &Score) -> Vec<u64> {
    let mut levels = vec![score.unserved];
    levels.extend(&score.preferences);
    levels.extend([score.urgency, score.balance]);
    levels
}

struct Search<'a> {
    problem: &'a Problem,
    objective: &'a Objective,
    /// One unknown each: whether the client gets the home.
    places: Vec<(ClientIndex, HomeIndex)>,
    /// The best values of the levels so far.
    kept: Vec<u64>,
    /// The values of the unknowns that reach them.
    found: Vec<bool>,
}

impl Search<'_> {
    /// Brings one level to its best value without giving up those before it.
    fn improve(&mut self, level: usize) -> Result<(), MatchingError> {
        let weights = self.weights(level);
        let mut programme = Programme::new(OptimizationDirection::Minimize);
        let unknowns: Vec<Variable> = weights
            .iter()
            .map(|weight| programme.add_binary_var(*weight))
            .collect();
        self.keep_choices(&mut programme, &unknowns);
        self.limit(&mut programme, &unknowns);
        let balance = level == self.problem.preferences() + 2;
        if balance {
            self.take_turns(&mut programme, &unknowns);
        }
        for (level, value) in self.kept.iter().enumerate() {
            let weights = self.weights(level);
            let total: LinearExpr = sum(&unknowns, &weights);
            let most = to_float(*value) - self.offset(level);
            programme.add_constraint(total, ComparisonOp::Le, most);
        }
        let mut options = SolveOptions::default();
        options.node_limit = Some(BRANCHES);
        if !self.found.is_empty() && !balance {
            let values = self.found.iter().map(|taken| f64::from(u8::from(*taken)));
            options.warm_start = Some(unknowns.iter().copied().zip(values).collect());
        }
        let solved = match programme.solve_with(options) {
            Ok(outcome) if outcome.is_optimal() => outcome.into_solution().ok(),
            // Going without is always possible, but for choices made by hand.
            Err(microlp::Error::Infeasible) if level == 0 => {
                return Err(MatchingError::ChoicesClash);
            }
            Ok(_) | Err(_) => None,
        };
        let solved = solved.ok_or(MatchingError::NotProven)?;
        self.found = taken(&solved, &unknowns);
        let value = (solved.objective() + self.offset(level)).round();
        self.kept
            .push(to_whole(value).ok_or(MatchingError::NotProven)?);
        Ok(())
    }

    /// What each unknown adds to a level when it is 1.
    fn weights(&self, level: usize) -> Vec<f64> {
        let preferences = self.problem.preferences();
        let weight = |(client, home): &(ClientIndex, HomeIndex)| {
            if level == 0 {
                return -1.0;
            }
            if level <= preferences {
                let pair = self.problem.pair(*client, *home);
                let rank = pair.and_then(|pair| pair.ranks.get(level - 1).copied());
                return f64::from(rank.unwrap_or(0));
            }
            if level == preferences + 1 {
                let urgency = self.objective.urgency.get(client.index());
                return -to_float(urgency.copied().unwrap_or(0));
            }
            0.0
        };
        self.places.iter().map(weight).collect()
    }

    /// What a level comes to when every unknown is 0.
    fn offset(&self, level: usize) -> f64 {
        if level == 0 {
            to_float(self.problem.clients().len() as u64)
        } else if level == self.problem.preferences() + 1 {
            to_float(self.objective.urgency.iter().sum())
        } else {
            0.0
        }
    }

    /// One home a client, the places of the homes, and the caps.
    fn limit(&self, programme: &mut Programme, unknowns: &[Variable]) {
        for group in self.places.chunk_by(|one, other| one.0 == other.0) {
            let Some((client, _)) = group.first() else {
                continue;
            };
            self.at_most(programme, unknowns, 1, |(of, _)| of == client);
        }
        for (home, of) in (0..).map(HomeIndex).zip(self.problem.homes()) {
            self.at_most(programme, unknowns, of.places, |(_, other)| *other == home);
        }
        for cap in self.problem.caps() {
            let mut homes = cap.homes.clone();
            homes.sort_unstable();
            self.at_most(programme, unknowns, cap.at_most, |(_, home)| {
                homes.binary_search(home).is_ok()
            });
        }
    }

    /// Choices made by hand.
    fn keep_choices(&self, programme: &mut Programme, unknowns: &[Variable]) {
        for ((client, home), unknown) in self.places.iter().zip(unknowns) {
            if let Some(choice) = self.problem.fixed(*client) {
                let taken = f64::from(u8::from(choice == Some(*home)));
                programme.add_constraint([(*unknown, 1.0)], ComparisonOp::Eq, taken);
            }
        }
    }

    fn at_most(
        &self,
        programme: &mut Programme,
        unknowns: &[Variable],
        most: u32,
        counts: impl Fn(&(ClientIndex, HomeIndex)) -> bool,
    ) {
        let counted: LinearExpr = self
            .places
            .iter()
            .zip(unknowns)
            .filter(|(place, _)| counts(place))
            .map(|(_, unknown)| (*unknown, 1.0))
            .collect();
        programme.add_constraint(counted, ComparisonOp::Le, f64::from(most));
    }

    /// The turns of the parties: as they cost more and more, the earliest are taken by themselves.
    fn take_turns(&self, programme: &mut Programme, unknowns: &[Variable]) {
        for (party, turns) in (0..=u16::MAX).zip(&self.objective.turns) {
            let mut passed = LinearExpr::empty();
            for ((_, home), unknown) in self.places.iter().zip(unknowns) {
                let home = self.problem.homes().get(home.index());
                if home.is_some_and(|home| home.party == party) {
                    passed.add(*unknown, 1.0);
                }
            }
            for turn in turns {
                let turn = programme.add_var(to_float(*turn), (0.0, 1.0));
                passed.add(turn, -1.0);
            }
            programme.add_constraint(passed, ComparisonOp::Eq, 0.0);
        }
    }

    fn homes(&self) -> Vec<Option<HomeIndex>> {
        let mut homes = vec![None; self.problem.clients().len()];
        for ((client, home), taken) in self.places.iter().zip(&self.found) {
            if *taken && let Some(own) = homes.get_mut(client.index()) {
                *own = Some(*home);
            }
        }
        homes
    }
}

fn sum(unknowns: &[Variable], weights: &[f64]) -> LinearExpr {
    let terms = unknowns
        .iter()
        .zip(weights)
        .filter(|(_, weight)| **weight != 0.0);
    terms.map(|(unknown, weight)| (*unknown, *weight)).collect()
}

fn taken(solution: &Solution, unknowns: &[Variable]) -> Vec<bool> {
    let values = unknowns.iter().map(|unknown| solution.var_value(*unknown));
    values.map(|value| value > 0.5).collect()
}

/// Exact up to 2^53, far beyond what the programme can add up.
fn to_float(number: u64) -> f64 {
    number as f64
}

fn to_whole(number: f64) -> Option<u64> {
    (0.0..9e15).contains(&number).then_some(number as u64)
}
