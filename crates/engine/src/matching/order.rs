//! The one answer among the best: the first client gets the first home that any best answer gives it, then the second client, …
//!
//! Input: a best flow with its prices. Output: the best flow that comes first in the order of clients and homes. Invariant: units only
//! move along arcs that cost nothing at these prices, so the flow stays a best one (every best flow can be reached that way).

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use super::components::components;
use super::flow::{Flow, NONE, Step};
use super::network::Network;

/// Arcs by client that a best flow may use, and what they can be exchanged for.
pub(super) struct Ties<'a, const K: usize> {
    network: &'a Network<K>,
    flow: &'a mut Flow<K>,
    /// Where the arcs of a client begin; one more at the end.
    starts: Vec<u32>,
    /// Positions of arcs, ascending.
    arcs: Vec<u32>,
    /// Clients that have their final home.
    settled: Vec<bool>,
    /// With few homes: by home left and entered the clients that can move, with the arc; some may have left or been settled.
    moves: Option<Vec<Vec<(u32, u32)>>>,
    seen: Vec<u32>,
    now: u32,
    step: Vec<Step>,
    queue: Vec<u32>,
}

impl<'a, const K: usize> Ties<'a, K> {
    /// Finds the arcs that cost no client more than its own.
    pub fn of(network: &'a Network<K>, flow: &'a mut Flow<K>) -> Ties<'a, K> {
        let nodes = network.parent.len();
        let mut ties = Ties {
            network,
            flow,
            starts: vec![0],
            arcs: Vec::new(),
            settled: vec![false; network.clients()],
            moves: None,
            seen: vec![0; nodes],
            now: 0,
            step: vec![Step::Down; nodes],
            queue: Vec::new(),
        };
        for client in 0..network.clients() {
            let price = |arc: usize| {
                let arc = network.arcs[arc];
                arc.cost + ties.flow.price[arc.to as usize]
            };
            let own = price(ties.flow.arc[client] as usize);
            let equal = network.arcs_of(client).filter(|arc| price(*arc) == own);
            ties.arcs.extend(equal.map(|arc| arc as u32));
            ties.starts.push(ties.arcs.len() as u32);
        }
        ties.drop_one_way();
        ties.collect_moves();
        ties
    }

    /// Gives every client, in order, the first home that it can have.
    pub fn settle(mut self) {
        for client in 0..self.network.clients() {
            let own = self.flow.arc[client];
            self.settled[client] = true;
            for position in self.range(client) {
                let arc = self.arcs[position];
                if arc == own {
                    break;
                }
                let from = self.network.arcs[arc as usize].to as usize;
                let to = self.network.arcs[own as usize].to as usize;
                if self.finds_way(from, to) {
                    self.exchange(client, arc, to);
                    break;
                }
            }
        }
    }

    fn range(&self, client: usize) -> std::ops::Range<usize> {
        self.starts[client] as usize..self.starts[client + 1] as usize
    }

    /// Drops arcs that lead where no way leads back from: no best flow uses them.
    fn drop_one_way(&mut self) {
        let nodes = self.network.parent.len();
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for client in 0..self.network.clients() {
            let home = self.flow.home(self.network, client) as u32;
            for position in self.range(client) {
                let to = self.network.arcs[self.arcs[position] as usize].to;
                if to != home {
                    edges.push((home, to));
                }
            }
        }
        if edges.is_empty() {
            return;
        }
        for node in 0..self.network.root {
            let parent = self.network.parent[node];
            if self.goes_up(node) {
                edges.push((node as u32, parent));
            }
            if self.goes_down(node) {
                edges.push((parent, node as u32));
            }
        }
        let component = components(nodes, edges);
        let (mut starts, mut arcs) = (vec![0], Vec::with_capacity(self.arcs.len()));
        for client in 0..self.network.clients() {
            let home = self.flow.home(self.network, client);
            arcs.extend(
                self.range(client)
                    .map(|position| self.arcs[position])
                    .filter(|arc| {
                        let to = self.network.arcs[*arc as usize].to as usize;
                        component[to] == component[home]
                    }),
            );
            starts.push(arcs.len() as u32);
        }
        (self.starts, self.arcs) = (starts, arcs);
    }

    /// Where homes are few and clients many, the moves are kept by pair of homes.
    fn collect_moves(&mut self) {
        let homes = self.network.without + 1;
        if homes > FEW || self.network.clients() < 8 * homes {
            return;
        }
        self.moves = Some(vec![Vec::new(); homes * homes]);
        // The first clients are settled first: they come to lie on top last.
        for client in (0..self.network.clients()).rev() {
            self.add_moves(client);
        }
    }

    /// Adds the moves of a client from where it is now.
    fn add_moves(&mut self, client: usize) {
        let homes = self.network.without + 1;
        let home = self.flow.home(self.network, client);
        let range = self.range(client);
        if let Some(moves) = &mut self.moves {
            for arc in &self.arcs[range] {
                let to = self.network.arcs[*arc as usize].to as usize;
                if to != home {
                    moves[home * homes + to].push((client as u32, *arc));
                }
            }
        }
    }

    fn goes_up(&self, node: usize) -> bool {
        let (load, parent) = (self.flow.load[node], self.network.parent[node] as usize);
        load < self.network.room[node]
            && self.flow.price[node] == self.flow.price[parent] + self.network.next_step(node, load)
    }

    fn goes_down(&self, node: usize) -> bool {
        let (load, parent) = (self.flow.load[node], self.network.parent[node] as usize);
        load > 0
            && self.flow.price[node] == self.flow.price[parent] + self.network.last_step(node, load)
    }

    /// Whether a unit can go on from a node to another one, and by which steps.
    fn finds_way(&mut self, from: usize, to: usize) -> bool {
        self.now += 1;
        self.queue.clear();
        self.seen[from] = self.now;
        self.queue.push(from as u32);
        let mut read = 0;
        while let Some(node) = self.queue.get(read).map(|node| *node as usize) {
            read += 1;
            if node == to {
                return true;
            }
            if node != self.network.root && self.goes_up(node) {
                let child = node as u32;
                self.reach(self.network.parent[node] as usize, Step::Up { child });
            }
            for child in &self.network.children[node] {
                if self.goes_down(*child as usize) {
                    self.reach(*child as usize, Step::Down);
                }
            }
            if node <= self.network.without {
                self.exchange_from(node);
            }
        }
        false
    }

    /// Every move of a client that is not settled from this home.
    fn exchange_from(&mut self, home: usize) {
        let homes = self.network.without + 1;
        if self.moves.is_none() {
            let clients: Vec<usize> = self.flow.takers().at(home).collect();
            for client in clients {
                if self.settled[client] {
                    continue;
                }
                for position in self.range(client) {
                    let arc = self.arcs[position];
                    let to = self.network.arcs[arc as usize].to as usize;
                    let client = client as u32;
                    self.reach(to, Step::Client { client, arc });
                }
            }
            return;
        }
        for to in 0..homes {
            if self.seen[to] == self.now {
                continue;
            }
            let found = self.moves.as_mut().and_then(|moves| {
                let moves = &mut moves[home * homes + to];
                while let Some((client, arc)) = moves.last().copied() {
                    let own = self.flow.arc[client as usize] as usize;
                    let here = self.network.arcs[own].to as usize == home;
                    if here && !self.settled[client as usize] {
                        return Some((client, arc));
                    }
                    moves.pop();
                }
                None
            });
            if let Some((client, arc)) = found {
                self.reach(to, Step::Client { client, arc });
            }
        }
    }

    fn reach(&mut self, node: usize, step: Step) {
        if self.seen[node] != self.now {
            self.seen[node] = self.now;
            self.step[node] = step;
            self.queue.push(node as u32);
        }
    }

    /// The client takes the arc, and the way that was found brings a unit to the home that it leaves.
    fn exchange(&mut self, client: usize, arc: u32, left: usize) {
        let entered = self.network.arcs[arc as usize].to as usize;
        let mut moved = vec![(client, arc)];
        let mut node = left;
        while node != entered {
            match self.step[node] {
                Step::Up { child } => {
                    node = child as usize;
                    self.flow.load[node] += 1;
                }
                Step::Down => {
                    self.flow.load[node] -= 1;
                    node = self.network.parent[node] as usize;
                }
                Step::Client { client, arc } => {
                    let client = client as usize;
                    node = self.flow.home(self.network, client);
                    moved.push((client, arc));
                }
            }
        }
        for (client, arc) in moved {
            debug_assert!(self.flow.arc[client] != NONE, "every client has an arc");
            self.flow.take(self.network, client, arc);
            self.add_moves(client);
        }
    }
}

/// Homes up to which it pays to keep all pairs of them.
const FEW: usize = 256;
