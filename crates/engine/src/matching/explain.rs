//! Why this home, why not another one, why none: the reasons behind a matching, and what a change would cost.
//!
//! Input: a problem and its matching. Output: reasons as data. Invariant: a reason is read off the problem and the matching only, so that
//! everybody can check it.

use super::{
    ClientIndex, HomeIndex, Level, Matching, MatchingError, Pair, Problem, Score, Unserved, WhyNot,
    smallest_conflict, solve,
};

/// The reasons behind one matching.
pub struct Reasons<'a> {
    problem: &'a Problem,
    matching: &'a Matching,
    /// By home.
    takers: Vec<Vec<ClientIndex>>,
    /// By home the positions of the caps that count it.
    caps: Vec<Vec<usize>>,
    /// By cap.
    counted: Vec<u64>,
}

impl<'a> Reasons<'a> {
    /// Reads a matching of this problem.
    pub fn of(problem: &'a Problem, matching: &'a Matching) -> Reasons<'a> {
        let homes = problem.homes().len();
        let mut takers: Vec<Vec<ClientIndex>> = vec![Vec::new(); homes];
        for (client, home) in matching.pairs() {
            if let Some(takers) = takers.get_mut(home.index()) {
                takers.push(client);
            }
        }
        let taken: Vec<u32> = takers.iter().map(|takers| takers.len() as u32).collect();
        let mut caps: Vec<Vec<usize>> = vec![Vec::new(); homes];
        for (position, cap) in problem.caps().iter().enumerate() {
            for home in &cap.homes {
                if let Some(caps) = caps
                    .get_mut(home.index())
                    .filter(|caps| !caps.contains(&position))
                {
                    caps.push(position);
                }
            }
        }
        Reasons {
            problem,
            matching,
            takers,
            caps,
            counted: problem
                .caps()
                .iter()
                .map(|cap| cap.counted(&taken))
                .collect(),
        }
    }

    /// The clients that get a home, in their order.
    pub fn takers(&self, home: HomeIndex) -> &[ClientIndex] {
        self.takers.get(home.index()).map_or(&[], Vec::as_slice)
    }

    /// Why a client has no home; none when it has one.
    pub fn unserved(&self, client: ClientIndex) -> Option<Unserved> {
        if self.matching.home(client).is_some() {
            return None;
        }
        if self.problem.fixed(client).is_some() {
            return Some(Unserved::ByHand);
        }
        let pairs = || self.problem.pairs(client);
        if pairs().next().is_none() {
            return Some(Unserved::NothingJudged);
        }
        if let Some(rules) = smallest_conflict(pairs().map(|pair| pair.broken)) {
            return Some(Unserved::NothingFits(rules));
        }
        let possible = pairs().filter(Pair::possible);
        let reasons = possible.map(|pair| (pair.home, self.of_pair(client, &pair)));
        Some(Unserved::OthersFirst(reasons.collect()))
    }

    /// Why a client does not get one given home.
    pub fn why_not(&self, client: ClientIndex, home: HomeIndex) -> WhyNot {
        match self.problem.pair(client, home) {
            Some(pair) => self.of_pair(client, &pair),
            None => WhyNot::NotJudged,
        }
    }

    /// The same for every home that was judged for the client, in their order.
    pub fn all(&self, client: ClientIndex) -> impl Iterator<Item = (HomeIndex, WhyNot)> {
        let pairs = self.problem.pairs(client);
        pairs.map(move |pair| (pair.home, self.of_pair(client, &pair)))
    }

    fn of_pair(&self, client: ClientIndex, pair: &Pair<'_>) -> WhyNot {
        let own = self.matching.home(client);
        if own == Some(pair.home) {
            return WhyNot::Chosen;
        }
        if !pair.possible() {
            return WhyNot::Broken(pair.broken);
        }
        if self.problem.fixed(client).is_some() {
            return WhyNot::ByHand;
        }
        let places = self
            .problem
            .homes()
            .get(pair.home.index())
            .map_or(0, |home| home.places);
        if places == 0 {
            return WhyNot::NoPlaces;
        }
        if let Some(preference) = self.own_is_preferred(client, pair) {
            return WhyNot::OwnIsPreferred(preference);
        }
        let takers = self.takers(pair.home);
        if takers.len() as u64 >= u64::from(places) {
            return WhyNot::Taken(takers.to_vec());
        }
        if let Some(cap) = self.full_cap(own, pair.home) {
            return WhyNot::CapReached(cap, self.counted_by(cap));
        }
        let party = |home: HomeIndex| {
            self.problem
                .homes()
                .get(home.index())
                .map(|home| home.party)
        };
        if own.and_then(party) == party(pair.home) {
            WhyNot::Order
        } else {
            WhyNot::Balance
        }
    }

    /// The first preference by which the two differ, when the client's own home is the better one by it.
    fn own_is_preferred(&self, client: ClientIndex, pair: &Pair<'_>) -> Option<u16> {
        let own = self.problem.pair(client, self.matching.home(client)?)?;
        let ranks = own.ranks.iter().zip(pair.ranks);
        let (preference, (own, other)) = (0..=u16::MAX)
            .zip(ranks)
            .find(|(_, (own, other))| own != other)?;
        (own < other).then_some(preference)
    }

    /// The first cap that one placement more in this home would pass; one less in the home that is given up counts.
    fn full_cap(&self, own: Option<HomeIndex>, home: HomeIndex) -> Option<usize> {
        let caps_of = |home: HomeIndex| self.caps.get(home.index()).map_or(&[][..], Vec::as_slice);
        let given_up = own.map_or(&[][..], caps_of);
        caps_of(home).iter().copied().find(|cap| {
            let most = self
                .problem
                .caps()
                .get(*cap)
                .map(|cap| u64::from(cap.at_most));
            let full = self.counted.get(*cap).copied() >= most;
            full && !given_up.contains(cap)
        })
    }

    fn counted_by(&self, cap: usize) -> Vec<ClientIndex> {
        let counts = |home: &HomeIndex| {
            self.caps
                .get(home.index())
                .is_some_and(|caps| caps.contains(&cap))
        };
        let placed = self.matching.pairs().filter(|(_, home)| counts(home));
        placed.map(|(client, _)| client).collect()
    }
}

/// What it would cost to give one client another home, or none: the best matching with that, compared with the best of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// The best matching in which the client has that home.
    pub matching: Matching,
    /// The first thing in which it is worse.
    pub level: Level,
    /// Every client whose home changes, with the home before and after.
    pub changes: Vec<(ClientIndex, Option<HomeIndex>, Option<HomeIndex>)>,
}

/// Matches anew with one choice made by hand. The problem is copied: for a question, not for every pair.
pub fn consequence(
    problem: &Problem,
    matching: &Matching,
    client: ClientIndex,
    home: Option<HomeIndex>,
) -> Result<Consequence, MatchingError> {
    let mut fixed = problem.clone();
    fixed.fix(client, home)?;
    let other = solve(&fixed)?;
    let homes = matching.homes.iter().zip(&other.homes);
    let changes = problem
        .client_indices()
        .zip(homes)
        .filter(|(_, (before, after))| before != after)
        .map(|(client, (before, after))| (client, *before, *after))
        .collect();
    Ok(Consequence {
        level: first_difference(&matching.score, &other.score),
        matching: other,
        changes,
    })
}

fn first_difference(one: &Score, other: &Score) -> Level {
    if one.unserved != other.unserved {
        return Level::Served;
    }
    let preferences = one.preferences.iter().zip(&other.preferences);
    let differs = (0..=u16::MAX)
        .zip(preferences)
        .find(|(_, (one, other))| one != other);
    if let Some((preference, _)) = differs {
        Level::Preference(preference)
    } else if one.urgency != other.urgency {
        Level::Urgency
    } else if one.balance != other.balance {
        Level::Balance
    } else {
        Level::Order
    }
}
