//! The proof that a flow is the best one: its prices, checked pair by pair.
//!
//! Input: a network, an assignment and prices, however they were found. Output: whether the assignment is allowed and no other is
//! better. Invariant: nothing is taken over from the search but its answer; loads are counted anew.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use super::cost::Cost;
use super::network::Network;

/// Whether every client has an arc of its own, no node passes on more than it may, no client has a cheaper arc at these prices, and
/// no unit can go on more cheaply elsewhere. Then every other assignment costs at least as much (weak duality).
pub(super) fn certify<const K: usize>(
    network: &Network<K>,
    arcs: &[u32],
    price: &[Cost<K>],
) -> bool {
    if arcs.len() != network.clients() || price.len() != network.parent.len() {
        return false;
    }
    let mut load = vec![0_u32; network.parent.len()];
    for (client, own) in arcs.iter().enumerate() {
        let range = network.arcs_of(client);
        if !range.contains(&(*own as usize)) {
            return false;
        }
        let at = |arc: &super::network::Arc<K>| arc.cost + price[arc.to as usize];
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
        let next = price[parent] + network.next_step(node, passed);
        let last = price[parent] + network.last_step(node, passed);
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
