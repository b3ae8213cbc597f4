//! The problem as a network: clients, homes, and above the homes a tree of caps and parties up to one root.
//!
//! Input: a `Problem` and the packing of its costs. Output: a `Network`, and the caps that fit in no tree. Invariants: the homes come
//! first and stand in their order, then the place of who goes without, then the groups, then the root; every client has an arc for
//! each possible home, ascending, and last of all one to going without. A group's steps rise.

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

/// Everything above the clients: each node passes on at most `room` to its parent, at the cost of the steps if it has any.
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
        let nodes = homes + 1 + groups.len() + 1;
        let root = nodes - 1;
        let clients = problem.clients().len() as u32;
        let mut tree = Tree {
            parent: vec![root as u32; nodes],
            room: problem.homes().iter().map(|home| home.places).collect(),
            party: vec![None; nodes],
            crossing: Vec::new(),
            homes,
        };
        tree.room.resize(nodes, clients);
        let mut node = homes + 1;
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
                tree.parent[home.index()] = node as u32;
            }
            tree.parent[node] = around;
            tree.room[node] = group.at_most.min(clients);
            tree.party[node] = group.party;
            node += 1;
        }
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

/// Whether the homes are neither all of one party nor whole parties.
fn cuts(problem: &Problem, parties: &[Vec<HomeIndex>], homes: &[HomeIndex]) -> bool {
    let party_of = |home: &HomeIndex| usize::from(problem.homes()[home.index()].party);
    let mut inside = vec![0; parties.len()];
    for home in homes {
        inside[party_of(home)] += 1;
    }
    let touched = || {
        inside
            .iter()
            .zip(parties)
            .filter(|(inside, _)| **inside > 0)
    };
    touched().count() > 1 && touched().any(|(inside, homes)| *inside < homes.len())
}

/// The whole network.
pub(super) struct Network<const K: usize> {
    /// Where the arcs of a client begin; one more at the end.
    pub starts: Vec<u32>,
    pub arcs: Vec<Arc<K>>,
    pub parent: Vec<u32>,
    pub room: Vec<u32>,
    /// By node the costs of what it passes on, one after the other; empty where it costs nothing.
    pub steps: Vec<Vec<Cost<K>>>,
    pub children: Vec<Vec<u32>>,
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
            steps: vec![Vec::new(); nodes],
            children: vec![Vec::new(); nodes],
            without: tree.without(),
            root: tree.root(),
        };
        let preferences = problem.preferences();
        let beside = |served: u64, urgency: u64, balance: u64| {
            let ranks = std::iter::repeat_n(0, preferences);
            let amounts = std::iter::once(served).chain(ranks);
            packing.cost::<K>(amounts.chain([urgency, balance]))
        };
        for (client, urgency) in problem.client_indices().zip(&objective.urgency) {
            network.starts.push(network.arcs.len() as u32);
            for pair in problem.pairs(client).filter(Pair::possible) {
                if network.room[pair.home.index()] > 0 {
                    let ranks = pair.ranks.iter().map(|rank| u64::from(*rank));
                    network.arcs.push(Arc {
                        to: pair.home.0,
                        cost: packing.cost(std::iter::once(0).chain(ranks)),
                    });
                }
            }
            network.arcs.push(Arc {
                to: network.without as u32,
                cost: beside(1, *urgency, 0),
            });
        }
        network.starts.push(network.arcs.len() as u32);
        for (node, party) in tree.party.iter().enumerate() {
            if let Some(turns) = party.and_then(|party| objective.turns.get(usize::from(party))) {
                network.steps[node] = turns.iter().map(|turn| beside(0, 0, *turn)).collect();
                network.room[node] = network.room[node].min(turns.len() as u32);
            }
        }
        for node in 0..network.root {
            let parent = network.parent[node] as usize;
            network.children[parent].push(node as u32);
        }
        Some(network)
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether homes have one place at most and nothing above them but the root.
    pub fn is_plain(&self) -> bool {
        self.root == self.without + 1 && self.room[..self.without].iter().all(|room| *room <= 1)
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

    /// What the next unit costs that a node passes on; nothing where it has no steps.
    #[inline]
    pub fn next_step(&self, node: usize, load: u32) -> Cost<K> {
        let steps = &self.steps[node];
        steps.get(load as usize).copied().unwrap_or(Cost::ZERO)
    }

    /// What the last unit cost.
    #[inline]
    pub fn last_step(&self, node: usize, load: u32) -> Cost<K> {
        self.next_step(node, load.saturating_sub(1))
    }
}
