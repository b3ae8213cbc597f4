//! The few cheapest arcs of a client, so that a bid seldom has to look at all of them.
//!
//! Input: prices that only rise. Output: the cheapest arc and how much more the second one costs. Invariant: what is not on the list
//! costs at least the bound, because it did when the list was made.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network or lies below the fixed length of the list; a miss is a defect that the tests must see, not an answer"
)]

use super::cost::Cost;
use super::network::Network;

/// How many arcs are kept.
const LENGTH: usize = 8;

/// The cheapest arcs of one client.
#[derive(Clone)]
pub(super) struct Shortlist<const K: usize> {
    arcs: [u32; LENGTH],
    kept: usize,
    /// What all other arcs cost at least; nothing is known at first.
    bound: Option<Cost<K>>,
}

/// What a client offers.
pub(super) struct Offer<const K: usize> {
    /// Its cheapest arc.
    pub arc: u32,
    /// How much more the second one costs; nothing when there is none.
    pub raise: Cost<K>,
}

impl<const K: usize> Shortlist<K> {
    pub fn new() -> Shortlist<K> {
        Shortlist {
            arcs: [0; LENGTH],
            kept: 0,
            bound: None,
        }
    }

    /// The cheapest arc at these prices; none when there is no arc.
    pub fn cheapest(
        &mut self,
        network: &Network<K>,
        price: &[Cost<K>],
        client: usize,
    ) -> Option<Offer<K>> {
        let listed = self.cheapest_listed(network, price);
        let (arc, best, second) = match listed.zip(self.bound) {
            Some((listed, bound)) if listed.2 <= bound => listed,
            _ => {
                self.make(network, price, client);
                self.cheapest_listed(network, price)?
            }
        };
        let raise = if second == Cost::MAX {
            Cost::ZERO
        } else {
            second - best
        };
        Some(Offer { arc, raise })
    }

    fn cheapest_listed(
        &self,
        network: &Network<K>,
        price: &[Cost<K>],
    ) -> Option<(u32, Cost<K>, Cost<K>)> {
        let (mut position, mut best, mut second) =
            (*self.arcs[..self.kept].first()?, Cost::MAX, Cost::MAX);
        for at in &self.arcs[..self.kept] {
            let arc = &network.arcs[*at as usize];
            let cost = arc.cost + price[arc.to as usize];
            if cost < best {
                (position, second, best) = (*at, best, cost);
            } else if cost < second {
                second = cost;
            }
        }
        Some((position, best, second))
    }

    /// Lists the cheapest arcs anew.
    fn make(&mut self, network: &Network<K>, price: &[Cost<K>], client: usize) {
        let mut costs = [Cost::MAX; LENGTH + 1];
        let mut arcs = [0; LENGTH + 1];
        self.kept = 0;
        let range = network.arcs_of(client);
        for (position, arc) in range.clone().zip(&network.arcs[range]) {
            let cost = arc.cost + price[arc.to as usize];
            if cost >= costs[LENGTH] {
                continue;
            }
            let mut at = LENGTH;
            while at > 0 && cost < costs[at - 1] {
                (costs[at], arcs[at]) = (costs[at - 1], arcs[at - 1]);
                at -= 1;
            }
            (costs[at], arcs[at]) = (cost, position as u32);
            self.kept = LENGTH.min(self.kept + 1);
        }
        self.arcs.copy_from_slice(&arcs[..LENGTH]);
        self.bound = Some(costs[LENGTH]);
    }
}
