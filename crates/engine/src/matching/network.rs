//! The problem as a network: clients, homes, and above the homes a tree of caps and parties up to one root.
//!
//! Input: a `Problem` and the packing of its costs. Output: a `Network`, and the caps that fit in no tree. Invariants: the homes come
//! first and stand in their order, then the place of who goes without, then the groups, then the root; every client has an arc for
//! each possible home, ascending, and last of all one to going without, unless a choice was made by hand. The turns of a party rise.

#![allow(
    clippy::indexing_slicing,
    reason = "every position in these arrays is made here and lies within them; a miss is a defect that the tests must see, not an answer"
)]

use std::cmp::Reverse;

use super::cost::{Cost, Packing};
use super::objective::Objective;
use super::{HomeIndex, Pair, Problem};

/// From a client to a home, or to going without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc<const K: usize> {
    pub to: u32,
    pub cost: Cost<K>,
}

/// Everything above the clients: each node passes on at most `room` to its parent.
pub(super) struct Tree {
    pub parent: Vec<u32>,
    pub room: Vec<u32>,
    /// The party of a node that stands for a party.
    pub party: Vec<Option<u16>>,
    /// Positions of the caps that cut across the tree.
    pub crossing: Vec<usize>,
    homes: usize,
}

impl Tree {
    /// The node of who goes without.
    pub fn without(&self) -> usize {
        self.homes
    }

    /// The node that everything ends in.
    pub fn root(&self) -> usize {
        self.parent.len() - 1
    }

    /// A tree in which the parties (when the balance counts) and as many caps as possible are nested; large groups first.
    pub fn of(problem: &Problem) -> Tree {
        let homes = problem.homes().len();
        let mut groups = groups(problem);
        groups.sort_by_key(|group| (Reverse(group.homes.len()), group.cap.is_some(), group.cap));
        let clients = problem.clients().len() as u32;
        let mut tree = Tree {
            // None yet: what stays without a parent hangs at the root.
            parent: vec![u32::MAX; homes + 1],
            room: problem.homes().iter().map(|home| home.places).collect(),
            party: vec![None; homes + 1],
            crossing: Vec::new(),
            homes,
        };
        tree.room.push(clients);
        for group in groups {
            let Some(first) = group.homes.first() else {
                continue;
            };
            let around = tree.parent[first.index()];
            let nested = |home: &HomeIndex| tree.parent[home.index()] == around;
            if group.cuts || !group.homes.iter().all(nested) {
                tree.crossing.extend(group.cap);
                continue;
            }
            for home in &group.homes {
                tree.parent[home.index()] = tree.parent.len() as u32;
            }
            tree.parent.push(around);
            tree.room.push(group.at_most.min(clients));
            tree.party.push(group.party);
        }
        let root = tree.parent.len() as u32;
        for parent in &mut tree.parent {
            *parent = root.min(*parent);
        }
        tree.parent.push(root);
        tree.room.push(clients);
        tree.party.push(None);
        tree
    }
}

/// Homes that are counted together.
struct Group {
    homes: Vec<HomeIndex>,
    at_most: u32,
    cap: Option<usize>,
    party: Option<u16>,
    /// It cuts through a party, which must stay whole.
    cuts: bool,
}

/// The parties, when there are two or more to balance, and the caps that can bind.
fn groups(problem: &Problem) -> Vec<Group> {
    let mut parties: Vec<Vec<HomeIndex>> = vec![Vec::new(); problem.parties().len()];
    for (home, of) in (0..).map(HomeIndex).zip(problem.homes()) {
        if of.places > 0 {
            parties[usize::from(of.party)].push(home);
        }
    }
    let balanced = parties.iter().filter(|homes| !homes.is_empty()).count() > 1;
    let mut groups = Vec::new();
    for (position, cap) in problem.caps().iter().enumerate() {
        let mut homes = cap.homes.clone();
        homes.retain(|home| problem.homes()[home.index()].places > 0);
        homes.sort_unstable();
        homes.dedup();
        let places = homes
            .iter()
            .map(|home| u64::from(problem.homes()[home.index()].places));
        if places.sum::<u64>() > u64::from(cap.at_most) {
            groups.push(Group {
                cuts: balanced && cuts(problem, &parties, &homes),
                homes,
                at_most: cap.at_most,
                cap: Some(position),
                party: None,
            });
        }
    }
    if balanced {
        for (party, homes) in (0..=u16::MAX).zip(parties) {
            groups.push(Group {
                homes,
                at_most: u32::MAX,
                cap: None,
                party: Some(party),
                cuts: false,
            });
        }
    }
    groups
}

/// Whether the homes are of several parties, but not all that there are: then a cap would tie some parties together, and not others.
fn cuts(problem: &Problem, parties: &[Vec<HomeIndex>], homes: &[HomeIndex]) -> bool {
    let mut touched: Vec<u16> = homes
        .iter()
        .map(|home| problem.homes()[home.index()].party)
        .collect();
    touched.sort_unstable();
    touched.dedup();
    touched.len() > 1 && homes.len() < parties.iter().map(Vec::len).sum()
}

/// The whole network.
pub(super) struct Network<const K: usize> {
    /// Where the arcs of a client begin; one more at the end.
    pub starts: Vec<u32>,
    pub arcs: Vec<Arc<K>>,
    pub parent: Vec<u32>,
    pub room: Vec<u32>,
    /// By node that stands for a party the turns of what it passes on, one after the other; empty for all others.
    turns: Vec<Vec<i64>>,
    pub children: Vec<Vec<u32>>,
    /// The same without the parties, which always have room for what their homes pass on.
    pub above: Vec<u32>,
    pub below: Vec<Vec<u32>>,
    pub without: usize,
    pub root: usize,
}

impl<const K: usize> Network<K> {
    /// None when there are more pairs than can be numbered.
    pub fn of(
        problem: &Problem,
        objective: &Objective,
        packing: &Packing,
        tree: &Tree,
    ) -> Option<Network<K>> {
        let clients = problem.clients().len();
        u32::try_from(problem.pair_count() + clients).ok()?;
        let nodes = tree.parent.len();
        let mut network = Network {
            starts: Vec::with_capacity(clients + 1),
            arcs: Vec::with_capacity(problem.pair_count() + clients),
            parent: tree.parent.clone(),
            room: tree.room.clone(),
            turns: vec![Vec::new(); nodes],
            children: vec![Vec::new(); nodes],
            above: tree.parent.clone(),
            below: vec![Vec::new(); nodes],
            without: tree.without(),
            root: tree.root(),
        };
        let units = packing.units::<K>();
        let (Some((served, units)), Some(urgency)) = (units.split_first(), units.last()) else {
            return None;
        };
        for (client, urgent) in problem.client_indices().zip(&objective.urgency) {
            network.starts.push(network.arcs.len() as u32);
            let fixed = problem.fixed(client);
            for pair in problem.pairs(client).filter(Pair::possible) {
                let chosen = fixed.is_none_or(|home| home == Some(pair.home));
                if chosen && network.room[pair.home.index()] > 0 {
                    let ranks = pair.ranks.iter().zip(units);
                    let cost = ranks.fold(Cost::ZERO, |cost, (rank, unit)| {
                        cost + unit.times(u64::from(*rank))
                    });
                    let to = pair.home.0;
                    network.arcs.push(Arc { to, cost });
                }
            }
            if fixed.flatten().is_some() {
                continue;
            }
            network.arcs.push(Arc {
                to: network.without as u32,
                cost: *served + urgency.times(*urgent),
            });
        }
        network.starts.push(network.arcs.len() as u32);
        for (node, party) in tree.party.iter().enumerate() {
            if let Some(turns) = party.and_then(|party| objective.turns.get(usize::from(party))) {
                network.turns[node] = turns.iter().map(|turn| turn.cast_signed()).collect();
                network.room[node] = network.room[node].min(turns.len() as u32);
            }
        }
        for node in 0..network.root {
            let parent = network.parent[node] as usize;
            network.children[parent].push(node as u32);
            if network.is_party(parent) {
                network.above[node] = network.parent[parent];
            }
            if !network.is_party(node) {
                let above = network.above[node] as usize;
                network.below[above].push(node as u32);
            }
        }
        Some(network)
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether homes have one place at most and nothing above them that can bind.
    pub fn is_plain(&self) -> bool {
        let groups = self.root - self.without - 1;
        let single = |room: &u32| *room <= 1;
        groups == self.parties().count() && self.room[..self.without].iter().all(single)
    }

    /// Every node but the root, each before its parent: homes, then inner groups before the outer ones around them.
    pub fn upwards(&self) -> impl Iterator<Item = usize> + use<K> {
        (0..=self.without).chain((self.without + 1..self.root).rev())
    }

    /// The positions of a client's arcs.
    #[inline]
    pub fn arcs_of(&self, client: usize) -> std::ops::Range<usize> {
        self.starts[client] as usize..self.starts[client + 1] as usize
    }

    /// The turn of a unit that a node passes on, by how many it passes on before it; 0 of what is no party.
    #[inline]
    pub fn turn(&self, node: usize, before: u32) -> i64 {
        self.turns[node].get(before as usize).copied().unwrap_or(0)
    }

    /// The last of all turns.
    pub fn last_turn(&self) -> i64 {
        let last = self.turns.iter().filter_map(|turns| turns.last());
        last.copied().max().unwrap_or(0)
    }

    /// The nodes that stand for parties; none when there is nothing to balance.
    pub fn parties(&self) -> impl Iterator<Item = usize> {
        (self.without + 1..self.root).filter(|node| self.is_party(*node))
    }

    /// Whether a node stands for a party.
    #[inline]
    pub fn is_party(&self, node: usize) -> bool {
        !self.turns[node].is_empty()
    }
}

/// Homes up to which it pays to keep what can be exchanged by pair of homes, when there are many more clients.
pub(super) const FEW_HOMES: usize = 256;
