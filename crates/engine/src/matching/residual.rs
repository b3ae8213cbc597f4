//! What can still be exchanged in a best flow without making it worse, and ways through it.
//!
//! Input: a network and a best flow with its prices. Output: ways along which a unit can move at no cost. Invariants: a move along a
//! way that was found leaves the flow a best one; every best flow can be reached by such moves; settled clients never move.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use super::components::components;
use super::flow::Flow;
use super::network::{Arc, FEW_HOMES, Network};

/// One move of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Move {
    /// A client leaves its arc for this one.
    Client { client: u32, arc: u32 },
    /// A node passes on one unit more to its parent.
    Up { child: u32 },
    /// A node passes on one unit less.
    Down { child: u32 },
}

/// The moves that cost nothing.
pub(super) struct Residual<'a, const K: usize> {
    pub network: &'a Network<K>,
    pub flow: &'a mut Flow<K>,
    /// By node what one unit more costs in turns of the parties; none before the parties are balanced, and then nothing passes
    /// the root.
    pub turn_price: Option<Vec<i64>>,
    pub settled: Vec<bool>,
    /// Arcs that cost their client as little as its own, ascending, by client.
    arcs: Lists<u32>,
    /// The same by home: client and arc.
    entering: Lists<(u32, u32)>,
    /// Where homes are few, by home left and entered: clients and arcs, some of which may have left or been settled.
    moves: Option<Vec<Vec<(u32, u32)>>>,
    ahead: Side,
    back: Side,
    /// The number of the search.
    now: u32,
}

/// Lists one after the other.
struct Lists<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    fn range(&self, list: usize) -> std::ops::Range<usize> {
        self.starts[list] as usize..self.starts[list + 1] as usize
    }
}

/// What a search has seen from one side.
struct Side {
    seen: Vec<u32>,
    step: Vec<Move>,
    queue: Vec<u32>,
    read: usize,
    work: usize,
}

impl Side {
    fn new(nodes: usize) -> Side {
        Side {
            seen: vec![0; nodes],
            step: vec![Move::Up { child: 0 }; nodes],
            queue: Vec::new(),
            read: 0,
            work: 0,
        }
    }

    fn begin(&mut self, node: usize, now: u32) {
        self.queue.clear();
        self.queue.push(node as u32);
        self.seen[node] = now;
        self.read = 0;
        self.work = 0;
    }

    fn reach(&mut self, node: usize, now: u32, step: Move) {
        if self.seen[node] != now {
            self.seen[node] = now;
            self.step[node] = step;
            self.queue.push(node as u32);
        }
    }

    fn next(&mut self) -> Option<usize> {
        let node = self.queue.get(self.read)?;
        self.read += 1;
        Some(*node as usize)
    }
}

impl<'a, const K: usize> Residual<'a, K> {
    /// Of a best flow, before the parties are balanced: nothing passes them, and prices follow from one-way arcs too.
    pub fn of(network: &'a Network<K>, flow: &'a mut Flow<K>) -> Residual<'a, K> {
        let nodes = network.parent.len();
        let arcs = tight(network, flow);
        let mut residual = Residual {
            network,
            flow,
            turn_price: None,
            settled: vec![false; network.clients()],
            arcs,
            entering: Lists {
                starts: Vec::new(),
                items: Vec::new(),
            },
            moves: None,
            ahead: Side::new(nodes),
            back: Side::new(nodes),
            now: 0,
        };
        residual.list();
        residual
    }

    /// With the parties balanced, at these prices in turns: what can be exchanged without changing the balance.
    pub fn balanced(mut self, turn_price: Vec<i64>) -> Residual<'a, K> {
        self.keep_arcs(|home, to| turn_price[home] == turn_price[to]);
        self.turn_price = Some(turn_price);
        self.drop_one_way();
        self.list();
        self
    }

    fn list(&mut self) {
        self.turn_round();
        self.collect_moves();
    }

    /// Keeps the arcs that lead from the home of their client to one that fits it.
    fn keep_arcs(&mut self, fits: impl Fn(usize, usize) -> bool) {
        let mut kept = Lists {
            starts: vec![0],
            items: Vec::with_capacity(self.arcs.items.len()),
        };
        for client in 0..self.network.clients() {
            let home = self.flow.home(self.network, client);
            let to = |arc: u32| self.network.arcs[arc as usize].to as usize;
            kept.items
                .extend(self.arcs_of(client).filter(|arc| fits(home, to(*arc))));
            kept.starts.push(kept.items.len() as u32);
        }
        self.arcs = kept;
    }

    /// The arcs that a client can have in a best flow.
    pub fn arcs_of(&self, client: usize) -> impl Iterator<Item = u32> {
        self.arcs.items[self.arcs.range(client)].iter().copied()
    }

    /// Drops arcs that lead where no way leads back from: no best flow uses them.
    fn drop_one_way(&mut self) {
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for client in 0..self.network.clients() {
            let home = self.flow.home(self.network, client) as u32;
            let ways = self
                .arcs_of(client)
                .map(|arc| self.network.arcs[arc as usize].to);
            edges.extend(ways.filter(|to| *to != home).map(|to| (home, to)));
        }
        if edges.is_empty() {
            return;
        }
        for node in 0..self.network.root {
            let (child, parent) = (node as u32, self.network.parent[node]);
            if self.goes_up(node) {
                edges.push((child, parent));
            }
            if self.goes_down(node) {
                edges.push((parent, child));
            }
        }
        let component = components(self.network.parent.len(), edges);
        self.keep_arcs(|home, to| component[home] == component[to]);
    }

    /// Lists the arcs by home.
    fn turn_round(&mut self) {
        let homes = self.network.without + 1;
        let to = |arc: u32| self.network.arcs[arc as usize].to as usize;
        let mut starts = vec![0_u32; homes + 1];
        for arc in &self.arcs.items {
            starts[to(*arc) + 1] += 1;
        }
        for home in 0..homes {
            starts[home + 1] += starts[home];
        }
        let mut next = starts.clone();
        let mut items = vec![(0, 0); self.arcs.items.len()];
        for client in 0..self.network.clients() {
            for arc in self.arcs_of(client) {
                let next = &mut next[to(arc)];
                items[*next as usize] = (client as u32, arc);
                *next += 1;
            }
        }
        self.entering = Lists { starts, items };
    }

    /// Where homes are few and clients many, the moves are kept by pair of homes.
    fn collect_moves(&mut self) {
        let homes = self.network.without + 1;
        if homes <= FEW_HOMES && self.network.clients() >= 8 * homes {
            self.moves = Some(vec![Vec::new(); homes * homes]);
            // The first clients are settled first: they come to lie on top last.
            for client in (0..self.network.clients()).rev() {
                self.add_moves(client);
            }
        }
    }

    /// Adds the moves of a client from where it is now.
    fn add_moves(&mut self, client: usize) {
        let homes = self.network.without + 1;
        let home = self.flow.home(self.network, client);
        if let Some(moves) = &mut self.moves {
            for arc in &self.arcs.items[self.arcs.range(client)] {
                let to = self.network.arcs[*arc as usize].to as usize;
                if to != home {
                    moves[home * homes + to].push((client as u32, *arc));
                }
            }
        }
    }

    fn goes_up(&self, node: usize) -> bool {
        let load = self.flow.load[node];
        load < self.network.room[node] && self.costs_nothing(node, self.network.turn(node, load))
    }

    fn goes_down(&self, node: usize) -> bool {
        let load = self.flow.load[node];
        load > 0 && self.costs_nothing(node, self.network.turn(node, load - 1))
    }

    fn costs_nothing(&self, node: usize, turn: i64) -> bool {
        let parent = self.network.parent[node] as usize;
        let turns = match &self.turn_price {
            Some(price) => price[node] == price[parent] + turn,
            None => parent != self.network.root && !self.network.is_party(node),
        };
        turns && self.flow.price[node] == self.flow.price[parent]
    }

    /// A way for a unit from a node to another one; none when there is none.
    pub fn way(&mut self, from: usize, to: usize) -> Option<Vec<Move>> {
        let now = self.begin();
        self.ahead.begin(from, now);
        self.back.begin(to, now);
        if from == to {
            return Some(Vec::new());
        }
        loop {
            // The side that has had less to look at goes on.
            let met = if self.ahead.work <= self.back.work {
                let node = self.ahead.next()?;
                let before = self.ahead.queue.len();
                self.go_ahead(node, now);
                let found = self.ahead.queue[before..].iter();
                found
                    .copied()
                    .find(|node| self.back.seen[*node as usize] == now)
            } else {
                let node = self.back.next()?;
                let before = self.back.queue.len();
                self.go_back(node, now);
                let found = self.back.queue[before..].iter();
                found
                    .copied()
                    .find(|node| self.ahead.seen[*node as usize] == now)
            };
            if let Some(met) = met {
                let mut way = self.way_to(from, met as usize);
                let mut node = met as usize;
                while node != to {
                    let step = self.back.step[node];
                    way.push(step);
                    node = match step {
                        Move::Client { arc, .. } => self.network.arcs[arc as usize].to as usize,
                        Move::Up { child } => self.network.parent[child as usize] as usize,
                        Move::Down { child } => child as usize,
                    };
                }
                return Some(way);
            }
        }
    }

    fn begin(&mut self) -> u32 {
        self.now += 1;
        self.now
    }

    /// Looks ahead from a node until the node `until` is seen, or all there is.
    pub fn look_ahead(&mut self, from: usize, until: usize) {
        let now = self.begin();
        self.ahead.begin(from, now);
        while self.ahead.seen[until] != now
            && let Some(node) = self.ahead.next()
        {
            self.go_ahead(node, now);
        }
    }

    /// Whether the last look ahead came to a node.
    pub fn came_to(&self, node: usize) -> bool {
        self.ahead.seen[node] == self.now
    }

    /// The way by which a node was seen.
    pub fn way_to(&self, from: usize, to: usize) -> Vec<Move> {
        let mut way = Vec::new();
        let mut node = to;
        while node != from {
            let step = self.ahead.step[node];
            way.push(step);
            node = match step {
                Move::Client { client, .. } => self.flow.home(self.network, client as usize),
                Move::Up { child } => child as usize,
                Move::Down { child } => self.network.parent[child as usize] as usize,
            };
        }
        way
    }

    /// Every node from which a unit can come to this one, itself too; nodes that `known` knows are passed over.
    pub fn all_before(&mut self, to: usize, known: impl Fn(usize) -> bool) -> &[u32] {
        let now = self.begin();
        self.back.begin(to, now);
        while let Some(node) = self.back.next() {
            let before = self.back.queue.len();
            self.go_back(node, now);
            let mut kept = before;
            for read in before..self.back.queue.len() {
                let node = self.back.queue[read];
                if !known(node as usize) {
                    self.back.queue[kept] = node;
                    kept += 1;
                }
            }
            self.back.queue.truncate(kept);
        }
        &self.back.queue
    }

    /// Moves units along a way.
    pub fn apply(&mut self, way: &[Move]) {
        for step in way {
            match *step {
                Move::Up { child } => self.flow.load[child as usize] += 1,
                Move::Down { child } => self.flow.load[child as usize] -= 1,
                Move::Client { client, arc } => {
                    self.flow.take(self.network, client as usize, arc);
                    self.add_moves(client as usize);
                }
            }
        }
    }

    /// Every node that a unit can go to from this one.
    fn go_ahead(&mut self, node: usize, now: u32) {
        if node != self.network.root && self.goes_up(node) {
            let child = node as u32;
            let parent = self.network.parent[node] as usize;
            self.ahead.reach(parent, now, Move::Up { child });
        }
        self.ahead.work += 1 + self.network.children[node].len();
        for child in &self.network.children[node] {
            if self.goes_down(*child as usize) {
                let step = Move::Down { child: *child };
                self.ahead.reach(*child as usize, now, step);
            }
        }
        if node > self.network.without {
            return;
        }
        if self.moves.is_some() {
            self.ahead.work += self.network.without;
            for to in 0..=self.network.without {
                if self.ahead.seen[to] != now
                    && let Some(step) = self.first_move(node, to)
                {
                    self.ahead.reach(to, now, step);
                }
            }
            return;
        }
        let leaving = self
            .flow
            .takers()
            .at(node)
            .filter(|client| !self.settled[*client]);
        for client in leaving {
            let range = self.arcs.range(client);
            self.ahead.work += range.len();
            for arc in &self.arcs.items[range] {
                let to = self.network.arcs[*arc as usize].to as usize;
                let (client, arc) = (client as u32, *arc);
                self.ahead.reach(to, now, Move::Client { client, arc });
            }
        }
    }

    /// Every node from which a unit can come to this one.
    fn go_back(&mut self, node: usize, now: u32) {
        if node != self.network.root && self.goes_down(node) {
            let child = node as u32;
            let parent = self.network.parent[node] as usize;
            self.back.reach(parent, now, Move::Down { child });
        }
        self.back.work += 1 + self.network.children[node].len();
        for child in &self.network.children[node] {
            if self.goes_up(*child as usize) {
                let step = Move::Up { child: *child };
                self.back.reach(*child as usize, now, step);
            }
        }
        if node > self.network.without {
            return;
        }
        if self.moves.is_some() {
            self.back.work += self.network.without;
            for from in 0..=self.network.without {
                if self.back.seen[from] != now
                    && let Some(step) = self.first_move(from, node)
                {
                    self.back.reach(from, now, step);
                }
            }
            return;
        }
        let range = self.entering.range(node);
        self.back.work += range.len();
        for (client, arc) in &self.entering.items[range] {
            if !self.settled[*client as usize] {
                let from = self.flow.home(self.network, *client as usize);
                let (client, arc) = (*client, *arc);
                self.back.reach(from, now, Move::Client { client, arc });
            }
        }
    }

    /// A client that is not settled and can move from the one home to the other.
    fn first_move(&mut self, from: usize, to: usize) -> Option<Move> {
        let homes = self.network.without + 1;
        let moves = &mut self.moves.as_mut()?[from * homes + to];
        while let Some((client, arc)) = moves.last().copied() {
            if self.flow.home(self.network, client as usize) == from
                && !self.settled[client as usize]
            {
                return Some(Move::Client { client, arc });
            }
            moves.pop();
        }
        None
    }
}

/// The arcs that cost their client as little as its own.
fn tight<const K: usize>(network: &Network<K>, flow: &Flow<K>) -> Lists<u32> {
    let mut arcs = Lists {
        starts: vec![0],
        items: Vec::new(),
    };
    for client in 0..network.clients() {
        let price = |arc: &Arc<K>| arc.cost + flow.price[arc.to as usize];
        let own = price(&network.arcs[flow.arc[client] as usize]);
        let range = network.arcs_of(client);
        for (position, arc) in range.clone().zip(&network.arcs[range]) {
            if price(arc) == own {
                arcs.items.push(position as u32);
            }
        }
        arcs.starts.push(arcs.items.len() as u32);
    }
    arcs
}
