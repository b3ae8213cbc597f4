//! From a problem to its one answer.
//!
//! Input: a `Problem`. Output: a `Matching`, proven. Invariant: an answer that the check of the proof does not accept is not given.

use super::balance::balance;
use super::certify::certify;
use super::cost::Packing;
use super::crossing::search;
use super::flow::Flow;
use super::network::{Network, Tree};
use super::objective::Objective;
use super::order::settle;
use super::residual::Residual;
use super::{HomeIndex, Matching, MatchingError, Problem, Proof};

/// The best matching: of all that break no hard rule and no cap the one with the lowest `Score`, and of those the one that gives the
/// first client the first home (going without comes after every home), then the second client, and so on. Where caps cut across each
/// other and bind ([`Proof::Search`]) the search chooses among answers with the same score, the same one every time.
pub fn solve(problem: &Problem) -> Result<Matching, MatchingError> {
    let objective = Objective::of(problem);
    let tree = Tree::of(problem);
    let homes = best(problem, &objective, &tree)?;
    // Without the caps that cut across the others nothing is better: when it keeps them all the same, it is the answer.
    let (homes, score, proof) = match problem.score_by(&objective, &homes) {
        Some(score) => (homes, score, Proof::Prices),
        None if tree.crossing.is_empty() => return Err(MatchingError::NotProven),
        None => {
            let homes = search(problem, &objective)?;
            let score = problem.score_by(&objective, &homes);
            (homes, score.ok_or(MatchingError::NotProven)?, Proof::Search)
        }
    };
    Ok(Matching {
        homes,
        score,
        proof,
    })
}

/// The best homes by client, as far as the tree goes.
fn best(
    problem: &Problem,
    objective: &Objective,
    tree: &Tree,
) -> Result<Vec<Option<HomeIndex>>, MatchingError> {
    let totals = objective.totals(problem).ok_or(MatchingError::TooLarge)?;
    let packing = Packing::of(&totals).ok_or(MatchingError::TooLarge)?;
    match packing.words() {
        1 => flow::<1>(problem, objective, &packing, tree),
        2 => flow::<2>(problem, objective, &packing, tree),
        3..=4 => flow::<4>(problem, objective, &packing, tree),
        5..=16 => flow::<16>(problem, objective, &packing, tree),
        _ => Err(MatchingError::TooLarge),
    }
}

fn flow<const K: usize>(
    problem: &Problem,
    objective: &Objective,
    packing: &Packing,
    tree: &Tree,
) -> Result<Vec<Option<HomeIndex>>, MatchingError> {
    let network =
        Network::<K>::of(problem, objective, packing, tree).ok_or(MatchingError::TooLarge)?;
    let mut flow = Flow::best(&network).ok_or(MatchingError::ChoicesClash)?;
    let mut residual = Residual::of(&network, &mut flow);
    let turn_price = balance(&mut residual);
    settle(&mut residual.balanced(turn_price.clone()));
    let price: Vec<_> = flow.price.iter().copied().zip(turn_price).collect();
    if !certify(&network, &flow.arc, &price) {
        return Err(MatchingError::NotProven);
    }
    let homes = flow.arc.iter().map(|arc| {
        let to = network.arcs.get(*arc as usize)?.to;
        ((to as usize) < network.without).then_some(HomeIndex(to))
    });
    Ok(homes.collect())
}
