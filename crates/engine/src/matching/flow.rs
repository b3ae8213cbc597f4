//! The best flow through a network, one shortest path after the other, with the prices that prove it.
//!
//! Input: a `Network`. Output: the arc of every client, the load of every node, and its price: what one unit more costs from there on.
//! Invariants, after every client: no client has an arc that is cheaper at these prices; a node with room costs at most, a node
//! in use at least, what its parent costs. At the end they hold for all clients, and then nothing is better.

#![allow(
    clippy::indexing_slicing,
    reason = "every position comes from the network and lies within arrays of its size; a miss is a defect that the tests must see, not an answer"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cost::Cost;
use super::exchange::Exchanges;
use super::network::Network;
use super::shortlist::Shortlist;

/// No client, node or arc.
const NONE: u32 = u32::MAX;

/// What flows, and at what prices.
pub(super) struct Flow<const K: usize> {
    /// By client the position of its arc.
    pub arc: Vec<u32>,
    /// By node what it passes on.
    pub load: Vec<u32>,
    /// By node what one unit more costs from there to the root.
    pub price: Vec<Cost<K>>,
    takers: Takers,
}

/// The clients at every home, as linked lists through the clients.
pub(super) struct Takers {
    first: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl Takers {
    fn none(nodes: usize, clients: usize) -> Takers {
        Takers {
            first: vec![NONE; nodes],
            next: vec![NONE; clients],
            previous: vec![NONE; clients],
        }
    }

    fn add(&mut self, home: usize, client: usize) {
        let first = self.first[home];
        self.next[client] = first;
        self.previous[client] = NONE;
        if first != NONE {
            self.previous[first as usize] = client as u32;
        }
        self.first[home] = client as u32;
    }

    fn remove(&mut self, home: usize, client: usize) {
        let (previous, next) = (self.previous[client], self.next[client]);
        if previous == NONE {
            self.first[home] = next;
        } else {
            self.next[previous as usize] = next;
        }
        if next != NONE {
            self.previous[next as usize] = previous;
        }
    }

    /// The clients at a home.
    pub fn at(&self, home: usize) -> impl Iterator<Item = usize> {
        let mut client = self.first[home];
        std::iter::from_fn(move || {
            let this = client;
            (this != NONE).then(|| {
                client = self.next[this as usize];
                this as usize
            })
        })
    }
}

/// How a path came to a node.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A client takes this arc, and leaves the one that it has.
    Client { client: u32, arc: u32 },
    /// A child passes on one unit more.
    Up { child: u32 },
    /// The parent passes on one unit less from it.
    Down,
}

impl<const K: usize> Flow<K> {
    /// The best flow: nothing flows at first, and one client after the other is let in by the cheapest path. None when one cannot
    /// be let in, because there is no room and going without is not allowed.
    pub fn best(network: &Network<K>) -> Option<Flow<K>> {
        let mut flow = Flow::nothing(network);
        let plain = network.is_plain();
        // A single home has one client to go through, and bids do not say who moves.
        let mut exchanges = if plain { None } else { Exchanges::of(network) };
        let mut waiting: Vec<usize> = (0..network.clients()).collect();
        if plain {
            let mut shortlists = vec![Shortlist::new(); network.clients()];
            for _ in 0..ROUNDS {
                waiting = flow.bid(network, &mut shortlists, waiting);
            }
        }
        let mut search = Search::new(network);
        for client in waiting {
            if !flow.let_in(network, &mut search, exchanges.as_mut(), client) {
                return None;
            }
        }
        flow.add_parties(network);
        Some(flow)
    }

    /// What passes through the parties, which were left out so far because they always have room.
    fn add_parties(&mut self, network: &Network<K>) {
        for party in network.parties() {
            let homes = network.children[party].iter();
            self.load[party] = homes.map(|child| self.load[*child as usize]).sum();
            self.price[party] = self.price[network.parent[party] as usize];
        }
    }

    fn nothing(network: &Network<K>) -> Flow<K> {
        let nodes = network.parent.len();
        Flow {
            arc: vec![NONE; network.clients()],
            load: vec![0; nodes],
            price: vec![Cost::ZERO; nodes],
            takers: Takers::none(nodes, network.clients()),
        }
    }

    /// The clients at a home.
    pub fn takers(&self) -> &Takers {
        &self.takers
    }

    /// The home of a client, or the place of who goes without.
    pub fn home(&self, network: &Network<K>, client: usize) -> usize {
        network.arcs[self.arc[client] as usize].to as usize
    }

    /// Moves a client to an arc, and nothing else.
    pub fn take(&mut self, network: &Network<K>, client: usize, arc: u32) {
        if self.arc[client] != NONE {
            let left = self.home(network, client);
            self.takers.remove(left, client);
        }
        self.arc[client] = arc;
        self.takers
            .add(network.arcs[arc as usize].to as usize, client);
    }

    /// One round of bids over single homes: every waiting client takes the home that is cheapest for it and raises its price up
    /// to where the second one is as cheap; who had it waits on. Gives back who waits then (Jonker and Volgenant, 1987: the
    /// reduction of rows). Only where homes have one place and nothing above them, because there a raised price never has to fall.
    fn bid(
        &mut self,
        network: &Network<K>,
        shortlists: &mut [Shortlist<K>],
        mut waiting: Vec<usize>,
    ) -> Vec<usize> {
        let mut rest = Vec::new();
        waiting.reverse();
        while let Some(client) = waiting.pop() {
            let Some(offer) = shortlists[client].cheapest(network, &self.price, client) else {
                // A choice by hand that has no place: the search for a path says so.
                rest.push(client);
                continue;
            };
            let home = network.arcs[offer.arc as usize].to as usize;
            if home == network.without {
                self.take(network, client, offer.arc);
                self.load[home] += 1;
                continue;
            }
            let holder = self.takers.at(home).next();
            match holder {
                None => self.load[home] += 1,
                // A tie: whoever has it keeps it, and the paths decide.
                Some(_) if offer.raise == Cost::ZERO => {
                    rest.push(client);
                    continue;
                }
                Some(holder) => {
                    self.takers.remove(home, holder);
                    self.arc[holder] = NONE;
                    waiting.push(holder);
                }
            }
            self.price[home] = self.price[home] + offer.raise;
            self.take(network, client, offer.arc);
        }
        rest.sort_unstable();
        rest
    }

    /// Lets one client more in by the cheapest path, and brings the prices up to date; false when there is no path.
    fn let_in(
        &mut self,
        network: &Network<K>,
        search: &mut Search<K>,
        mut exchanges: Option<&mut Exchanges<K>>,
        client: usize,
    ) -> bool {
        search.begin();
        let range = network.arcs_of(client);
        let arcs = &network.arcs[range.clone()];
        let costs = arcs
            .iter()
            .map(|arc| arc.cost + self.price[arc.to as usize]);
        let least = costs.min().unwrap_or(Cost::ZERO);
        for (position, arc) in range.zip(arcs) {
            let distance = arc.cost + self.price[arc.to as usize] - least;
            let step = Step::Client {
                client: client as u32,
                arc: position as u32,
            };
            search.reach(self, network, arc.to as usize, distance, step);
        }
        while let Some((distance, node)) = search.next() {
            self.go_on(network, search, exchanges.as_deref_mut(), distance, node);
        }
        if search.end == Cost::MAX {
            return false;
        }
        for (node, distance) in search.passed.drain(..) {
            self.price[node] = self.price[node] + (search.end - distance);
        }
        self.follow(network, search, exchanges);
        true
    }

    /// Every way on from a node.
    fn go_on(
        &self,
        network: &Network<K>,
        search: &mut Search<K>,
        exchanges: Option<&mut Exchanges<K>>,
        distance: Cost<K>,
        node: usize,
    ) {
        let (price, load) = (self.price[node], self.load[node]);
        if load < network.room[node] {
            let above = network.above[node] as usize;
            let cost = self.price[above] - price;
            let step = Step::Up { child: node as u32 };
            search.reach(self, network, above, distance + cost, step);
        }
        for child in &network.below[node] {
            let child = *child as usize;
            if self.load[child] > 0 {
                let cost = self.price[child] - price;
                search.reach(self, network, child, distance + cost, Step::Down);
            }
        }
        if let Some(exchanges) = exchanges.filter(|_| node < network.without) {
            exchanges.from(network, &self.arc, node, |change, client, arc| {
                let to = network.arcs[arc as usize].to as usize;
                let cost = change + self.price[to] - price;
                search.reach(
                    self,
                    network,
                    to,
                    distance + cost,
                    Step::Client { client, arc },
                );
            });
            return;
        }
        for client in self.takers.at(node) {
            let base = distance - network.arcs[self.arc[client] as usize].cost - price;
            let range = network.arcs_of(client);
            for (position, arc) in range.clone().zip(&network.arcs[range]) {
                let to = arc.to as usize;
                let distance = base + arc.cost + self.price[to];
                if distance < search.distance[to] && distance < search.end {
                    let (client, arc) = (client as u32, position as u32);
                    search.reach(self, network, to, distance, Step::Client { client, arc });
                }
            }
        }
    }

    /// Moves one unit along the path that was found.
    fn follow(
        &mut self,
        network: &Network<K>,
        search: &Search<K>,
        mut exchanges: Option<&mut Exchanges<K>>,
    ) {
        let mut node = network.root;
        loop {
            match search.step[node] {
                Step::Up { child } => {
                    node = child as usize;
                    self.load[node] += 1;
                }
                Step::Down => {
                    self.load[node] -= 1;
                    node = network.above[node] as usize;
                }
                Step::Client { client, arc } => {
                    let client = client as usize;
                    let left = self.arc[client];
                    self.take(network, client, arc);
                    if let Some(exchanges) = exchanges.as_deref_mut() {
                        exchanges.moved(network, client, arc);
                    }
                    if left == NONE {
                        return;
                    }
                    node = network.arcs[left as usize].to as usize;
                }
            }
        }
    }
}

/// Rounds of bids before paths are sought.
const ROUNDS: usize = 3;

/// The search for the cheapest path to the root (Dijkstra, over what prices leave of the costs).
struct Search<const K: usize> {
    queue: BinaryHeap<Reverse<(Cost<K>, u32)>>,
    /// The greatest cost where a search did not come.
    distance: Vec<Cost<K>>,
    step: Vec<Step>,
    /// Nodes whose distance was set.
    seen: Vec<u32>,
    root: usize,
    /// The distance of the root as far as known.
    end: Cost<K>,
    /// Nodes that were passed, with their distances.
    passed: Vec<(usize, Cost<K>)>,
}

impl<const K: usize> Search<K> {
    fn new(network: &Network<K>) -> Search<K> {
        let nodes = network.parent.len();
        Search {
            queue: BinaryHeap::new(),
            distance: vec![Cost::MAX; nodes],
            step: vec![Step::Down; nodes],
            seen: Vec::new(),
            root: network.root,
            end: Cost::MAX,
            passed: Vec::new(),
        }
    }

    fn begin(&mut self) {
        for node in self.seen.drain(..) {
            self.distance[node as usize] = Cost::MAX;
        }
        self.end = Cost::MAX;
        self.queue.clear();
        self.passed.clear();
    }

    /// A way to a node, kept when it is the cheapest so far.
    #[inline]
    fn reach(
        &mut self,
        flow: &Flow<K>,
        network: &Network<K>,
        node: usize,
        distance: Cost<K>,
        step: Step,
    ) {
        if distance >= self.end {
            return;
        }
        if node == self.root {
            self.end = distance;
            self.step[node] = step;
            return;
        }
        if self.distance[node] <= distance {
            return;
        }
        if self.distance[node] == Cost::MAX {
            self.seen.push(node as u32);
        }
        self.distance[node] = distance;
        self.step[node] = step;
        self.queue.push(Reverse((distance, node as u32)));
        // Often the end is in sight: what costs more need not be kept.
        if network.above[node] as usize == self.root && flow.load[node] < network.room[node] {
            let end = distance - flow.price[node];
            if end < self.end {
                self.end = end;
                self.step[self.root] = Step::Up { child: node as u32 };
            }
        }
    }

    /// The nearest node that was not passed yet and is nearer than the root.
    fn next(&mut self) -> Option<(Cost<K>, usize)> {
        while let Some(Reverse((distance, node))) = self.queue.pop() {
            if distance >= self.end {
                return None;
            }
            let node = node as usize;
            if distance == self.distance[node] {
                self.passed.push((node, distance));
                return Some((distance, node));
            }
        }
        None
    }
}
