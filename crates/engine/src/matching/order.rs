//! The one answer among the best: the first client gets the first home that any best answer gives it, then the second client, …
//!
//! Input: the exchanges that a best flow allows. Output: the best flow that comes first in the order of clients and homes.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use super::residual::{Move, Residual};

/// Gives every client, in order, the first home that it can have.
pub(super) fn settle<const K: usize>(residual: &mut Residual<'_, K>) {
    for client in 0..residual.network.clients() {
        residual.settled[client] = true;
        let own = residual.flow.arc[client];
        let earlier: Vec<u32> = residual
            .arcs_of(client)
            .take_while(|arc| *arc != own)
            .collect();
        for arc in earlier {
            let entered = residual.network.arcs[arc as usize].to as usize;
            let left = residual.network.arcs[own as usize].to as usize;
            if let Some(mut way) = residual.way(entered, left) {
                let client = client as u32;
                way.push(Move::Client { client, arc });
                residual.apply(&way);
                break;
            }
        }
    }
}
