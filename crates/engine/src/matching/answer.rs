//! The answer: who gets which home, how good that is, how it is known to be the best, and why.
//!
//! Input: nothing. Output: the types that the matching answers with.

use serde::{Deserialize, Serialize};

use super::{ClientIndex, HomeIndex, RuleSet};

/// Who gets which home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// By client: the home, or none.
    pub homes: Vec<Option<HomeIndex>>,
    /// How good it is.
    pub score: Score,
    /// How it is known that none is better.
    pub proof: Proof,
}

impl Matching {
    /// The pairs, in the order of the clients.
    pub fn pairs(&self) -> impl Iterator<Item = (ClientIndex, HomeIndex)> {
        (0..)
            .map(ClientIndex)
            .zip(&self.homes)
            .filter_map(|(client, home)| home.map(|home| (client, home)))
    }

    /// The clients without a home, in their order.
    pub fn unserved(&self) -> impl Iterator<Item = ClientIndex> {
        (0..)
            .map(ClientIndex)
            .zip(&self.homes)
            .filter(|(_, home)| home.is_none())
            .map(|(client, _)| client)
    }

    /// The home of a client.
    pub fn home(&self, client: ClientIndex) -> Option<HomeIndex> {
        self.homes.get(client.index()).copied().flatten()
    }
}

/// How good a matching is. Smaller is better, and an earlier field decides before a later one counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Score {
    /// Clients without a home.
    pub unserved: u64,
    /// By preference, in declared order: the ranks of all pairs together.
    pub preferences: Vec<u64>,
    /// The urgencies of the clients without a home together. A client's urgency is its place among the different deadlines of all
    /// clients, 1 for the least urgent. Unless caps cut across each other, this leaves out the least urgent one first.
    pub urgency: u64,
    /// The turns of all placements together: the parties' further placements stand in one row, each time next the party that is
    /// furthest behind (as 'who is next' has it), and a placement costs its place in that row.
    pub balance: u64,
}

/// One of the things by which matchings are compared, in the order in which they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As many clients as possible have a home.
    Served,
    /// A preference: its place in the declared order, from 0.
    Preference(u16),
    /// The deadlines.
    Urgency,
    /// The balance of the ledger.
    Balance,
    /// The order of the clients and of the homes.
    Order,
}

/// How it is known that no matching is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// By prices of the homes at which nobody is better off elsewhere (a solution of the dual problem), checked pair by pair.
    Prices,
    /// Caps cut across each other: by a search that left no possibility out, level by level.
    Search,
}

/// Why a client has no home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unserved {
    /// A choice was made by hand.
    ByHand,
    /// No home was judged for the client.
    NothingJudged,
    /// No home fits: every home breaks at least one of these rules, and no smaller set of rules does that.
    NothingFits(RuleSet),
    /// There are homes that fit, and others have them, or a cap leaves no room. By home, in their order.
    OthersFirst(Vec<(HomeIndex, WhyNot)>),
}

/// Why a client does not get one given home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The client gets it.
    Chosen,
    /// Another choice was made by hand for the client.
    ByHand,
    /// The pair was not judged.
    NotJudged,
    /// The pair breaks these hard rules.
    Broken(RuleSet),
    /// The home has no places.
    NoPlaces,
    /// The client's own home is the better one by this preference, the first by which they differ.
    OwnIsPreferred(u16),
    /// Its places have gone to these clients, and no exchange makes the whole better; [`super::consequence`] says what one would
    /// cost.
    Taken(Vec<ClientIndex>),
    /// A cap is reached: its position in the problem, and the clients that it counts.
    CapReached(usize, Vec<ClientIndex>),
    /// It is free and as good for the client, but another party's turn comes first.
    Balance,
    /// It is free and as good in everything, but comes later in the order of the homes.
    Order,
}
