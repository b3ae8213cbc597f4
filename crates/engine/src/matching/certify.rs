//! The proof that a flow is the best one: its prices, checked pair by pair.
//!
//! Input: a network, an assignment and prices, however they were found. Output: whether the assignment is allowed and no other is
//! better. Invariant: nothing is taken over from the search but its answer; loads are counted anew.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use super::cost::Cost;
use super::network::{Arc, Network};

/// Whether every client has an arc of its own, no node passes on more than it may, no client has a cheaper arc at these prices, and
/// no unit can go on more cheaply elsewhere. Then every other assignment costs at least as much (weak duality).
pub(super) fn certify<const K: usize>(
    network: &Network<K>,
    arcs: &[u32],
    price: &[(Cost<K>, i64)],
) -> bool {
    if arcs.len() != network.clients() || price.len() != network.parent.len() {
        return false;
    }
    let plus =
        |(cost, turns): (Cost<K>, i64), more: Cost<K>, turn: i64| (cost + more, turns + turn);
    let mut load = vec![0_u32; network.parent.len()];
    for (client, own) in arcs.iter().enumerate() {
        let range = network.arcs_of(client);
        if !range.contains(&(*own as usize)) {
            return false;
        }
        let at = |arc: &Arc<K>| plus(price[arc.to as usize], arc.cost, 0);
        let held = &network.arcs[*own as usize];
        let cost = at(held);
        if network.arcs[range].iter().any(|other| at(other) < cost) {
            return false;
        }
        load[held.to as usize] += 1;
    }
    for node in network.upwards() {
        let parent = network.parent[node] as usize;
        let (own, passed) = (price[node], load[node]);
        let by_turn = |before| plus(price[parent], Cost::ZERO, network.turn(node, before));
        let next = by_turn(passed);
        let last = by_turn(passed.saturating_sub(1));
        let allowed = passed <= network.room[node];
        let room = passed == network.room[node] || own <= next;
        let used = passed == 0 || own >= last;
        if !(allowed && room && used) {
            return false;
        }
        load[parent] += passed;
    }
    true
}
