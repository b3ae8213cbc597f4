//! Exchanges between homes with many places: for every two homes the client that moves most cheaply from the one to the other.
//!
//! Input: the moves of clients. Output: per pair of homes the cheapest move. Invariant: a move that is no longer possible, because the
//! client has left, is passed over when it comes up.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::network::{FEW_HOMES, Network};

/// A move: what it changes, who, by which arc.
type Move<const K: usize> = Reverse<(Cost<K>, u32, u32)>;

/// The cheapest moves between few homes.
pub(super) struct Exchanges<const K: usize> {
    homes: usize,
    /// By home left and home entered.
    moves: Vec<BinaryHeap<Move<K>>>,
}

impl<const K: usize> Exchanges<K> {
    /// None where homes are many, or have hardly more clients than one: going through the clients is then cheaper.
    pub fn of(network: &Network<K>) -> Option<Exchanges<K>> {
        let homes = network.without + 1;
        let pays = homes <= FEW_HOMES && network.clients() >= 8 * homes;
        pays.then(|| Exchanges {
            homes,
            moves: std::iter::repeat_with(BinaryHeap::new)
                .take(homes * homes)
                .collect(),
        })
    }

    /// A client has taken an arc: from there it may move on.
    pub fn moved(&mut self, network: &Network<K>, client: usize, arc: u32) {
        let held = network.arcs[arc as usize];
        let range = network.arcs_of(client);
        for (position, other) in range.clone().zip(&network.arcs[range]) {
            if other.to != held.to {
                let way = held.to as usize * self.homes + other.to as usize;
                let change = other.cost - held.cost;
                self.moves[way].push(Reverse((change, client as u32, position as u32)));
            }
        }
    }

    /// Tells the cheapest move from a home to each other one.
    pub fn from(
        &mut self,
        network: &Network<K>,
        arcs: &[u32],
        home: usize,
        mut tell: impl FnMut(Cost<K>, u32, u32),
    ) {
        let ways = home * self.homes..(home + 1) * self.homes;
        for moves in &mut self.moves[ways] {
            while let Some(Reverse((change, client, arc))) = moves.peek().copied() {
                let held = arcs[client as usize];
                if network.arcs[held as usize].to as usize == home {
                    tell(change, client, arc);
                    break;
                }
                moves.pop();
            }
        }
    }
}
