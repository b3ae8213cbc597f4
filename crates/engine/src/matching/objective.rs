//! What makes one matching better than another: urgencies, turns of the parties, and the score of any assignment.
//!
//! Input: a `Problem`. Output: the amounts of every level, and a `Score` counted from an assignment and nothing else. Invariant:
//! the turns of one party rise, so that its further placements cost more and more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Client, ClientIndex, HomeIndex, Problem, Score};
use crate::spread::Behind;

/// The amounts that do not depend on a pair.
pub(super) struct Objective {
    /// By client: the place among the different deadlines, 1 for the least urgent.
    pub urgency: Vec<u64>,
    /// By party: the turns of its further placements, as many as its homes have places and there are clients.
    pub turns: Vec<Vec<u64>>,
}

impl Objective {
    pub fn of(problem: &Problem) -> Objective {
        Objective {
            urgency: urgency(problem.clients()),
            turns: turns(problem),
        }
    }

    /// The largest totals of the levels that a client counts for by itself: served, preferences, urgency. None when one cannot be counted.
    pub fn totals(&self, problem: &Problem) -> Option<Vec<u64>> {
        let mut preferences = vec![0_u64; problem.preferences()];
        let mut most = preferences.clone();
        for client in problem.client_indices() {
            most.fill(0);
            for pair in problem.pairs(client).filter(super::Pair::possible) {
                for (most, rank) in most.iter_mut().zip(pair.ranks) {
                    *most = u64::from(*rank).max(*most);
                }
            }
            for (total, most) in preferences.iter_mut().zip(&most) {
                *total = total.checked_add(*most)?;
            }
        }
        let urgency = self
            .urgency
            .iter()
            .try_fold(0_u64, |sum, urgency| sum.checked_add(*urgency))?;
        let mut totals = vec![u64::try_from(problem.clients().len()).ok()?];
        totals.extend(preferences);
        totals.push(urgency);
        Some(totals)
    }
}

/// More urgent is later in this order.
type Urgency = (i64, Reverse<(bool, i64)>);

fn urgency_of(client: &Client) -> Urgency {
    let term = (client.term_left.is_none(), client.term_left.unwrap_or(0));
    (client.waiting, Reverse(term))
}

fn urgency(clients: &[Client]) -> Vec<u64> {
    let mut different: Vec<Urgency> = clients.iter().map(urgency_of).collect();
    different.sort_unstable();
    different.dedup();
    clients
        .iter()
        .map(|client| different.partition_point(|other| *other <= urgency_of(client)) as u64)
        .collect()
}

/// All further placements in one row, next the party that is then furthest behind, as 'who is next' has it: those with a part
/// first, of equal standing the one that stands first in the file.
fn turns(problem: &Problem) -> Vec<Vec<u64>> {
    let mut places = vec![0_u64; problem.parties().len()];
    for home in problem.homes() {
        if let Some(places) = places.get_mut(usize::from(home.party)) {
            *places += u64::from(home.places);
        }
    }
    let clients = problem.clients().len() as u64;
    let mut turns: Vec<Vec<u64>> = vec![Vec::new(); places.len()];
    let mut next: BinaryHeap<Reverse<(Behind, usize)>> = BinaryHeap::new();
    let standing = |party: usize, further: usize| {
        let target = problem.parties().get(party).and_then(Option::as_ref);
        Reverse((Behind::of(target, further as u64), party))
    };
    for (party, places) in places.iter().enumerate() {
        if (*places).min(clients) > 0 {
            next.push(standing(party, 0));
        }
    }
    let mut turn = 0;
    while let Some(Reverse((_, party))) = next.pop() {
        if let (Some(own), Some(places)) = (turns.get_mut(party), places.get(party)) {
            own.push(turn);
            turn += 1;
            if (own.len() as u64) < (*places).min(clients) {
                next.push(standing(party, own.len()));
            }
        }
    }
    turns
}

impl Problem {
    /// How good an assignment is, by client a home or none; for a change by hand as well. None when it breaks a hard rule or
    /// a cap, takes more places than there are, or names a pair that was not judged.
    pub fn score(&self, homes: &[Option<HomeIndex>]) -> Option<Score> {
        self.score_by(&Objective::of(self), homes)
    }

    pub(super) fn score_by(
        &self,
        objective: &Objective,
        homes: &[Option<HomeIndex>],
    ) -> Option<Score> {
        if homes.len() != self.clients().len() {
            return None;
        }
        let mut taken = vec![0_u32; self.homes().len()];
        let mut placed = vec![0_usize; self.parties().len()];
        let mut score = Score {
            unserved: 0,
            preferences: vec![0; self.preferences()],
            urgency: 0,
            balance: 0,
        };
        for ((client, home), urgency) in (0..).map(ClientIndex).zip(homes).zip(&objective.urgency) {
            let Some(home) = home else {
                score.unserved += 1;
                score.urgency += urgency;
                continue;
            };
            let pair = self.pair(client, *home).filter(super::Pair::possible)?;
            for (total, rank) in score.preferences.iter_mut().zip(pair.ranks) {
                *total += u64::from(*rank);
            }
            *taken.get_mut(home.index())? += 1;
            let party = self.homes().get(home.index())?.party;
            *placed.get_mut(usize::from(party))? += 1;
        }
        let mut places = self.homes().iter().zip(&taken);
        if places.any(|(home, taken)| *taken > home.places)
            || self.caps().iter().any(|cap| cap.passed_by(&taken))
        {
            return None;
        }
        let turns = objective.turns.iter().zip(placed);
        score.balance = turns
            .map(|(turns, placed)| turns.iter().take(placed).sum::<u64>())
            .sum();
        Some(score)
    }
}

impl super::HomeCap {
    /// How many placements it counts, from the placements by home.
    pub(super) fn counted(&self, taken: &[u32]) -> u64 {
        let mut homes = self.homes.clone();
        homes.sort_unstable();
        homes.dedup();
        let taken = homes.iter().filter_map(|home| taken.get(home.index()));
        taken.map(|taken| u64::from(*taken)).sum()
    }

    /// Whether it is passed.
    pub(super) fn passed_by(&self, taken: &[u32]) -> bool {
        self.counted(taken) > u64::from(self.at_most)
    }
}
