//! The question: clients and homes in their canonical order, pairs with their judgement, the ledger and the caps.
//!
//! Input: parties, homes and caps, then clients with their pairs. Output: a `Problem` whose indices are known to be right. Invariants:
//! the pairs of a client stand in the order of the homes, each home once; every pair has a rank for every preference.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::RuleSet;
use crate::spread::PartyTarget;

/// A client, by the place in the canonical order: of clients that nothing else tells apart, the first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientIndex(pub u32);

/// A home, by the place in the canonical order: of homes that nothing else tells apart, the first is taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HomeIndex(pub u32);

impl ClientIndex {
    /// As a position in a list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl HomeIndex {
    /// As a position in a list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The deadlines of a client. More urgent: waits longer; of those who wait as long, the term ends first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Client {
    /// Days that the client has waited.
    pub waiting: i64,
    /// Days until the term ends, negative once it is over; none without a term.
    pub term_left: Option<i64>,
}

/// A home, or as many homes that are alike in everything; also a whole party, when only the party is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Home {
    /// In whose ledger it counts: position in the parties of the problem.
    pub party: u16,
    /// How many clients it can take: 1 for a home. None can be used of 0.
    pub places: u32,
}

/// At most so many placements in these homes together (a neighbourhood, a party, a corporation). What was already placed in the
/// period of the cap has been taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeCap {
    /// So many.
    pub at_most: u32,
    /// In these homes; twice the same counts once.
    pub homes: Vec<HomeIndex>,
}

/// A client and a home, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Which home.
    pub home: HomeIndex,
    /// The hard rules that the pair breaks; possible when empty.
    pub broken: RuleSet,
    /// Its rank by each preference in declared order, 0 for the best. Ranks of one preference are added up over the clients that
    /// are served, so a step from 0 to 2 weighs as much as two steps of 1.
    pub ranks: &'a [u32],
}

impl Pair<'_> {
    /// Whether it breaks no hard rule.
    pub fn possible(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Why a problem cannot be stated, or not be answered exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchingError {
    /// A home of a pair or cap is not there.
    UnknownHome(HomeIndex),
    /// A client is not there.
    UnknownClient(ClientIndex),
    /// The party of a home is not there.
    UnknownParty(u16),
    /// A client has the same home twice.
    TwiceTheSameHome(ClientIndex, HomeIndex),
    /// A pair has not as many ranks as there are preferences.
    Ranks(ClientIndex, HomeIndex),
    /// More clients, homes, places or preferences than can be counted exactly.
    TooLarge,
    /// A choice made by hand names a pair that breaks a hard rule, or was not judged.
    NotPossible(ClientIndex, HomeIndex),
    /// The choices made by hand do not go together with the places and the caps.
    ChoicesClash,
    /// No answer was found that could be proven to be the best.
    NotProven,
}

impl fmt::Display for MatchingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MatchingError::UnknownHome(home) => write!(f, "there is no home {}", home.0),
            MatchingError::UnknownClient(client) => write!(f, "there is no client {}", client.0),
            MatchingError::UnknownParty(party) => write!(f, "there is no party {party}"),
            MatchingError::TwiceTheSameHome(client, home) => {
                write!(f, "client {} has home {} twice", client.0, home.0)
            }
            MatchingError::Ranks(client, home) => write!(
                f,
                "the pair of client {} and home {} needs one rank for every preference",
                client.0, home.0
            ),
            MatchingError::TooLarge => f.write_str(
                "too many clients, homes or preferences to count exactly; match fewer at a time",
            ),
            MatchingError::NotPossible(client, home) => write!(
                f,
                "client {} cannot have home {}: a hard rule is broken, or the pair was not judged",
                client.0, home.0
            ),
            MatchingError::ChoicesClash => f.write_str(
                "the choices made by hand take more places than there are, or pass a cap; take one back",
            ),
            MatchingError::NotProven => f.write_str(
                "no answer could be proven to be the best; match fewer at a time, or with fewer caps that cut across each other",
            ),
        }
    }
}

impl std::error::Error for MatchingError {}

/// Everything that a matching depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    preferences: usize,
    parties: Vec<Option<PartyTarget>>,
    homes: Vec<Home>,
    caps: Vec<HomeCap>,
    clients: Vec<Client>,
    /// Where the pairs of a client end.
    ends: Vec<usize>,
    pair_homes: Vec<HomeIndex>,
    pair_broken: Vec<RuleSet>,
    /// `preferences` ranks a pair.
    pair_ranks: Vec<u32>,
    /// Choices made by hand.
    fixed: BTreeMap<ClientIndex, Option<HomeIndex>>,
}

impl Problem {
    /// A problem without clients. A party without a part of the total has no target: it comes after all that have one.
    pub fn new(
        preferences: usize,
        parties: Vec<Option<PartyTarget>>,
        homes: Vec<Home>,
        caps: Vec<HomeCap>,
    ) -> Result<Problem, MatchingError> {
        if u32::try_from(homes.len()).is_err() {
            return Err(MatchingError::TooLarge);
        }
        for home in &homes {
            if usize::from(home.party) >= parties.len() {
                return Err(MatchingError::UnknownParty(home.party));
            }
        }
        let mut named = caps.iter().flat_map(|cap| &cap.homes);
        if let Some(home) = named.find(|home| home.index() >= homes.len()) {
            return Err(MatchingError::UnknownHome(*home));
        }
        Ok(Problem {
            preferences,
            parties,
            homes,
            caps,
            clients: Vec::new(),
            ends: Vec::new(),
            pair_homes: Vec::new(),
            pair_broken: Vec::new(),
            pair_ranks: Vec::new(),
            fixed: BTreeMap::new(),
        })
    }

    /// Adds the next client with the homes that were judged, in any order. A home that is not named is not possible for the
    /// client, and cannot be explained.
    pub fn add_client<'a>(
        &mut self,
        client: Client,
        pairs: impl IntoIterator<Item = Pair<'a>>,
    ) -> Result<ClientIndex, MatchingError> {
        let index =
            ClientIndex(u32::try_from(self.clients.len()).map_err(|_| MatchingError::TooLarge)?);
        let start = self.pair_homes.len();
        let added = self.add_pairs(index, pairs);
        if let Err(error) = added {
            // As it was: whoever goes on after an error asks about whole clients only.
            self.pair_homes.truncate(start);
            self.pair_broken.truncate(start);
            self.pair_ranks.truncate(start * self.preferences);
            return Err(error);
        }
        self.clients.push(client);
        self.ends.push(self.pair_homes.len());
        Ok(index)
    }

    fn add_pairs<'a>(
        &mut self,
        client: ClientIndex,
        pairs: impl IntoIterator<Item = Pair<'a>>,
    ) -> Result<(), MatchingError> {
        let start = self.pair_homes.len();
        let mut ascending = true;
        for pair in pairs {
            if pair.home.index() >= self.homes.len() {
                return Err(MatchingError::UnknownHome(pair.home));
            }
            if pair.ranks.len() != self.preferences {
                return Err(MatchingError::Ranks(client, pair.home));
            }
            let before = self.pair_homes.get(start..).and_then(<[_]>::last);
            ascending &= before.is_none_or(|before| *before < pair.home);
            self.pair_homes.push(pair.home);
            self.pair_broken.push(pair.broken);
            self.pair_ranks.extend_from_slice(pair.ranks);
        }
        if ascending {
            return Ok(());
        }
        self.sort_pairs(client, start)
    }

    /// Puts the pairs from a position on in the order of their homes.
    fn sort_pairs(&mut self, client: ClientIndex, start: usize) -> Result<(), MatchingError> {
        let mut order: Vec<usize> = (start..self.pair_homes.len()).collect();
        order.sort_by_key(|position| self.pair_homes.get(*position));
        let homes: Vec<HomeIndex> = order
            .iter()
            .filter_map(|position| self.pair_homes.get(*position).copied())
            .collect();
        let twice = homes.windows(2).find_map(|two| match two {
            [one, other] if one == other => Some(*one),
            _ => None,
        });
        if let Some(home) = twice {
            return Err(MatchingError::TwiceTheSameHome(client, home));
        }
        let broken: Vec<RuleSet> = order
            .iter()
            .filter_map(|position| self.pair_broken.get(*position).copied())
            .collect();
        let ranks: Vec<u32> = order
            .iter()
            .flat_map(|position| self.ranks_at(*position))
            .copied()
            .collect();
        self.pair_homes.truncate(start);
        self.pair_homes.extend(homes);
        self.pair_broken.truncate(start);
        self.pair_broken.extend(broken);
        self.pair_ranks.truncate(start * self.preferences);
        self.pair_ranks.extend(ranks);
        Ok(())
    }

    /// Makes a choice by hand: the client gets this home, or none, whatever else would be better. A later choice for the same
    /// client takes the place of an earlier one.
    pub fn fix(
        &mut self,
        client: ClientIndex,
        home: Option<HomeIndex>,
    ) -> Result<(), MatchingError> {
        if client.index() >= self.clients.len() {
            return Err(MatchingError::UnknownClient(client));
        }
        if let Some(home) = home
            && !self.pair(client, home).is_some_and(|pair| pair.possible())
        {
            return Err(MatchingError::NotPossible(client, home));
        }
        self.fixed.insert(client, home);
        Ok(())
    }

    /// The choice that was made by hand for a client, if one was.
    pub fn fixed(&self, client: ClientIndex) -> Option<Option<HomeIndex>> {
        self.fixed.get(&client).copied()
    }

    /// How many preferences there are.
    pub fn preferences(&self) -> usize {
        self.preferences
    }

    /// The parties with their targets.
    pub fn parties(&self) -> &[Option<PartyTarget>] {
        &self.parties
    }

    /// The homes, in canonical order.
    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// The caps.
    pub fn caps(&self) -> &[HomeCap] {
        &self.caps
    }

    /// The clients, in canonical order.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// Every client's index.
    pub fn client_indices(&self) -> impl Iterator<Item = ClientIndex> + use<> {
        (0..self.clients.len() as u32).map(ClientIndex)
    }

    /// The pairs of a client, in the order of the homes; none of a client that is not there.
    pub fn pairs(&self, client: ClientIndex) -> impl Iterator<Item = Pair<'_>> {
        let positions = self.positions(client);
        let ranks = positions.start * self.preferences..positions.end * self.preferences;
        let homes = self.pair_homes.get(positions.clone()).unwrap_or_default();
        let broken = self.pair_broken.get(positions).unwrap_or_default();
        let mut ranks = self.pair_ranks.get(ranks).unwrap_or_default();
        homes.iter().zip(broken).map(move |(home, broken)| {
            let (own, rest) = ranks.split_at_checked(self.preferences).unwrap_or_default();
            ranks = rest;
            Pair {
                home: *home,
                broken: *broken,
                ranks: own,
            }
        })
    }

    /// One pair; none when it was not judged.
    pub fn pair(&self, client: ClientIndex, home: HomeIndex) -> Option<Pair<'_>> {
        let positions = self.positions(client);
        let homes = self.pair_homes.get(positions.clone())?;
        let offset = homes.binary_search(&home).ok()?;
        self.pair_at(positions.start + offset)
    }

    /// How many pairs were judged.
    pub fn pair_count(&self) -> usize {
        self.pair_homes.len()
    }

    fn positions(&self, client: ClientIndex) -> Range<usize> {
        let end_of = |client: usize| self.ends.get(client).copied();
        let start = client.index().checked_sub(1).map_or(Some(0), end_of);
        match start.zip(end_of(client.index())) {
            Some((start, end)) => start..end,
            None => 0..0,
        }
    }

    fn pair_at(&self, position: usize) -> Option<Pair<'_>> {
        Some(Pair {
            home: *self.pair_homes.get(position)?,
            broken: *self.pair_broken.get(position)?,
            ranks: self.ranks_at(position),
        })
    }

    fn ranks_at(&self, position: usize) -> &[u32] {
        let start = position * self.preferences;
        self.pair_ranks
            .get(start..start + self.preferences)
            .unwrap_or_default()
    }
}
