//! The balance of the ledger: of all best flows one whose placements take the earliest turns of the parties.
//!
//! Input: the exchanges that a best flow allows, before the parties count. Output: the flow with its placements moved between parties, and
//! the prices in turns that prove it. Invariant: above the parties nothing is exchanged, so a move from one party to
//! another is all that can help, and when none helps the balance is the best (the costs are convex).

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use std::cmp::Reverse;

use super::residual::{Move, Residual};

/// Moves placements from parties that are ahead to parties that are behind until nothing helps; gives the prices in turns.
pub(super) fn balance<const K: usize>(residual: &mut Residual<'_, K>) -> Vec<i64> {
    let network = residual.network;
    let parties: Vec<usize> = network.parties().collect();
    if parties.is_empty() {
        return vec![0; network.parent.len()];
    }
    let mut moved = true;
    while moved {
        moved = false;
        let mut ahead: Vec<usize> = parties.clone();
        ahead.sort_by_key(|party| (Reverse(last(residual, *party)), *party));
        for party in ahead {
            while move_from(residual, &parties, party) {
                moved = true;
            }
        }
    }
    prices(residual, &parties)
}

/// The turn of the last placement with a party.
fn last<const K: usize>(residual: &Residual<'_, K>, party: usize) -> Option<i64> {
    let load = residual.flow.load[party].checked_sub(1)?;
    Some(residual.network.turn(party, load))
}

/// The turn of the next placement with a party.
fn next<const K: usize>(residual: &Residual<'_, K>, party: usize) -> Option<i64> {
    let load = residual.flow.load[party];
    (load < residual.network.room[party]).then(|| residual.network.turn(party, load))
}

/// Moves the last placement of a party to the one whose turn is the earliest, if one that is earlier can be reached.
fn move_from<const K: usize>(
    residual: &mut Residual<'_, K>,
    parties: &[usize],
    party: usize,
) -> bool {
    let Some(last) = last(residual, party) else {
        return false;
    };
    let mut earlier: Vec<(i64, usize)> = parties
        .iter()
        .filter_map(|other| Some((next(residual, *other)?, *other)))
        .filter(|(turn, _)| *turn < last)
        .collect();
    earlier.sort_unstable();
    let Some((_, first)) = earlier.first().copied() else {
        return false;
    };
    residual.look_ahead(party, first);
    let found = earlier
        .iter()
        .find(|(_, other)| residual.came_to(*other))
        .copied();
    let Some((_, other)) = found else {
        return false;
    };
    let mut way = residual.way_to(party, other);
    way.push(Move::Down {
        child: party as u32,
    });
    way.push(Move::Up {
        child: other as u32,
    });
    residual.apply(&way);
    true
}

/// By node the earliest turn that one unit more can take, counted from above the parties.
fn prices<const K: usize>(residual: &mut Residual<'_, K>, parties: &[usize]) -> Vec<i64> {
    let network = residual.network;
    // Later than every turn: where no unit more can go.
    let mut price = vec![network.last_turn() + 1; network.parent.len()];
    let mut known = vec![false; network.parent.len()];
    let mut ends: Vec<(i64, usize)> = parties
        .iter()
        .filter_map(|party| Some((next(residual, *party)?, *party)))
        .collect();
    let above = parties
        .first()
        .map_or(network.root, |party| network.parent[*party] as usize);
    let of_root = residual.flow.price[network.root];
    // A cap over all parties that binds parts them from those who go without: what passes it has a price of its own.
    let parted = residual.flow.price[above] != of_root;
    if !parted {
        ends.push((0, network.without));
    }
    ends.sort_by_key(|(turn, node)| (*turn, *node != network.without, *node));
    for (turn, end) in ends {
        if !known[end] {
            for node in residual.all_before(end, |node| known[node]) {
                price[*node as usize] = turn;
                known[*node as usize] = true;
            }
        }
    }
    price[network.root] = if parted { price[network.without] } else { 0 };
    let mut node = above;
    while node != network.root {
        let as_root = residual.flow.price[node] == of_root;
        price[node] = if as_root { price[network.root] } else { 0 };
        node = network.parent[node] as usize;
    }
    price
}
