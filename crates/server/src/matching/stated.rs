//! A question stated as a `Problem`: every pair judged by the rules of the convenant, every limit as a cap.
//!
//! Input: a `Question` in canonical order. Output: `Stated`, the problem with what its numbers stand for. Invariants: the same question
//! gives the same problem; what is not known of a hard rule counts as not kept; a client that is allocated stays where it is allocated.

use std::collections::BTreeMap;

use convenant_engine::homes::{Client, DayHomes};
use convenant_engine::matching::{
    self as solver, ClientIndex, Home, HomeCap, HomeIndex, MatchingError, Pair, Problem, RuleSet,
};
use convenant_engine::spread::{
    CandidateReason, Limit, PartyTarget, Proposal, Spread, SpreadError,
};
use convenant_lang::model::{
    FactId, HomeRuleId, Homes, Meta, PartyId, PartyKind, SchemeId, Value, successor_on,
};
use convenant_store::Hash;

use super::question::{Question, Waiting};

/// A rule that a pair can break: what a bit stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HardRule {
    /// `passend`.
    Needed(HomeRuleId),
    /// The home is of the party to which the client is allocated.
    Allocated(PartyKind),
    /// The client can go to the party of the home.
    NoContraIndication,
    /// The party of the home is a member and has a part.
    HasPart,
    /// It is known of which party the home is.
    PartyKnown,
    /// The client has not refused this home.
    NotRefused,
}

/// Rules besides those of `passend`.
const OTHERS: usize = 5;

// Every file that the checker passes can be matched.
const _: () = assert!(Homes::MOST_RULES + OTHERS <= RuleSet::CAPACITY as usize);

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum StatingError {
    /// The file has too many rules about homes for one client.
    #[error("a client has more than {} rules about homes", RuleSet::CAPACITY as usize - OTHERS)]
    TooManyRules,
    /// The spreading cannot be counted.
    #[error("the spreading cannot be counted: {0}")]
    Spreading(SpreadError),
    /// The problem cannot be stated or solved.
    #[error(transparent)]
    Matching(#[from] MatchingError),
}

/// What is the same for all clients of one scheme under one program.
struct Group<'a> {
    day: Option<DayHomes<'a>>,
    spread: Option<&'a Spread>,
    rules: Vec<HardRule>,
    /// By home: the party for which it counts.
    parties: Vec<Option<PartyId>>,
}

/// The problem with what its numbers stand for.
pub struct Stated<'a> {
    /// The question, in canonical order.
    pub question: &'a Question<'a>,
    /// The problem.
    pub problem: Problem,
    /// By cap of the problem: what it limits.
    pub limits: Vec<Limit>,
    groups: BTreeMap<(usize, SchemeId), Group<'a>>,
}

impl<'a> Stated<'a> {
    /// Judges every pair.
    pub fn of(question: &'a Question<'a>) -> Result<Stated<'a>, StatingError> {
        let groups = groups(question)?;
        let (limits, caps) = caps(question, &groups)?;
        let (targets, homes) = balance(question)?;
        let preferences = groups
            .values()
            .filter_map(|group| group.day.as_ref())
            .map(|day| 1 + day.rules().wished().len())
            .max();
        let mut stated = Stated {
            problem: Problem::new(preferences.unwrap_or(1), targets, homes, caps)?,
            question,
            limits,
            groups,
        };
        for client in &question.clients {
            stated.add(client)?;
        }
        Ok(stated)
    }

    fn add(&mut self, client: &Waiting) -> Result<(), StatingError> {
        let Some(group) = self.groups.get(&(client.program, client.scheme)) else {
            return Ok(());
        };
        let wide = self.problem.preferences();
        let known = known(client);
        let proposal = proposal(self.question, group, client)?;
        let mut slots = group.day.as_ref().map(|day| {
            let mut slots = day.slots();
            day.set_client(&mut slots, &known);
            slots
        });
        let mut judged: Vec<(HomeIndex, RuleSet, Vec<u32>)> = Vec::new();
        for (index, home) in (0u32..).zip(&self.question.homes) {
            let Some(facts) = home.facts.get(client.program) else {
                continue;
            };
            let (mut broken, mut ranks) = (RuleSet::NONE, vec![0; wide]);
            if let (Some(day), Some(slots)) = (&group.day, &mut slots) {
                day.set_home(slots, facts);
                let found = day.judge(slots);
                broken = RuleSet(found.broken | found.unknown);
                let own = day.ranks(&known, facts, found);
                for (rank, own) in ranks.iter_mut().zip(own) {
                    *rank = own;
                }
            }
            let party = group.parties.get(index as usize).copied().flatten();
            for (bit, rule) in (0u32..).zip(&group.rules) {
                let breaks = match rule {
                    HardRule::Needed(_) => false,
                    HardRule::Allocated(kind) => {
                        let own = client.parties.get(*kind as usize).copied().flatten();
                        own.is_some_and(|own| Some(self.today(client, own)) != party)
                    }
                    HardRule::NoContraIndication => matches!(
                        reason(proposal.as_ref(), party),
                        Some((CandidateReason::ContraIndicated(_), _))
                    ),
                    HardRule::HasPart => {
                        let shut = matches!(
                            reason(proposal.as_ref(), party),
                            Some((CandidateReason::NoShare | CandidateReason::NotAMember, _))
                        );
                        shut && !allocated(group, client)
                    }
                    HardRule::PartyKnown => group.spread.is_some() && party.is_none(),
                    HardRule::NotRefused => client.refused.contains(&home.name),
                };
                if breaks {
                    broken = broken.with(bit);
                }
            }
            judged.push((HomeIndex(index), broken, ranks));
        }
        let days = |from, to: jiff::civil::Date| {
            to.since(from)
                .map_or(0, |s: jiff::Span| i64::from(s.get_days()))
        };
        let deadlines = solver::Client {
            waiting: days(client.since, self.question.on),
            term_left: client.ends.map(|ends| days(self.question.on, ends)),
        };
        let pairs = judged.iter().map(|(home, broken, ranks)| Pair {
            home: *home,
            broken: *broken,
            ranks,
        });
        self.problem.add_client(deadlines, pairs)?;
        Ok(())
    }

    fn today(&self, client: &Waiting, party: PartyId) -> PartyId {
        match self.question.programs.get(client.program) {
            Some(program) => successor_on(&program.model().parties, party, self.question.on),
            None => party,
        }
    }

    /// A client by its place.
    pub fn client(&self, client: ClientIndex) -> Option<&'a Waiting> {
        self.question.clients.get(client.index())
    }

    /// What the bits of a client's rules stand for.
    pub fn rules(&self, client: &Waiting) -> &[HardRule] {
        let group = self.groups.get(&(client.program, client.scheme));
        group.map_or(&[], |group| group.rules.as_slice())
    }

    /// Why the spreading puts the party of a home where it stands for a client, and the clause.
    pub fn standing(&self, client: &Waiting, home: HomeIndex) -> Option<(CandidateReason, Meta)> {
        let group = self.groups.get(&(client.program, client.scheme))?;
        let proposal = proposal(self.question, group, client).ok()?;
        reason(proposal.as_ref(), self.party(client, home))
    }

    /// The party for which a home counts by the scheme of a client.
    pub fn party(&self, client: &Waiting, home: HomeIndex) -> Option<PartyId> {
        let group = self.groups.get(&(client.program, client.scheme))?;
        group.parties.get(home.index()).copied().flatten()
    }

    /// The spreading of a client's scheme.
    pub fn spread(&self, client: &Waiting) -> Option<&'a Spread> {
        self.groups.get(&(client.program, client.scheme))?.spread
    }

    /// The hash of everything that the answer depends on, and of nothing else.
    pub fn hash(&self) -> Hash {
        let mut text = String::new();
        let mut add = |part: String| {
            text.push_str(&part);
            text.push('\n');
        };
        let problem = &self.problem;
        add(format!("{} {}", self.question.on, problem.preferences()));
        for target in problem.parties() {
            let of = |t: &PartyTarget| format!("{} {:?} {}", t.exact, t.due(), t.placed);
            add(target.as_ref().map(of).unwrap_or_default());
        }
        for (home, named) in problem.homes().iter().zip(&self.question.homes) {
            add(format!("{} {} {}", named.name, home.party, home.places));
        }
        for cap in problem.caps() {
            let homes: Vec<u32> = cap.homes.iter().map(|home| home.0).collect();
            add(format!("{} {homes:?}", cap.at_most));
        }
        for (index, client) in problem.client_indices().zip(problem.clients()) {
            let name = self.client(index).map_or("", |client| client.name.as_str());
            add(format!("{name} {} {:?}", client.waiting, client.term_left));
            for pair in problem.pairs(index) {
                add(format!(
                    "{} {} {:?}",
                    pair.home.0, pair.broken.0, pair.ranks
                ));
            }
        }
        Hash::of(text.as_bytes())
    }
}

/// What is known of a client.
pub(super) fn known(client: &Waiting) -> Client<'_> {
    Client {
        facts: &client.facts,
        parties: &client.parties,
    }
}

fn allocated(group: &Group<'_>, client: &Waiting) -> bool {
    let own = group.spread.map(|spread| spread.rules().over);
    own.is_some_and(|kind| {
        client
            .parties
            .get(kind as usize)
            .copied()
            .flatten()
            .is_some()
    })
}

fn groups<'a>(
    question: &'a Question<'a>,
) -> Result<BTreeMap<(usize, SchemeId), Group<'a>>, StatingError> {
    let mut groups = BTreeMap::new();
    for client in &question.clients {
        let key = (client.program, client.scheme);
        let Some(program) = question.programs.get(client.program) else {
            continue;
        };
        if groups.contains_key(&key) {
            continue;
        }
        let day = program.homes_on(client.scheme, question.on);
        let spread = program.spread(client.scheme);
        let mut rules: Vec<HardRule> = Vec::new();
        if let Some(compiled) = program.homes(client.scheme) {
            rules.extend(compiled.needed().iter().map(|id| HardRule::Needed(*id)));
        }
        if rules.len() + OTHERS > RuleSet::CAPACITY as usize {
            return Err(StatingError::TooManyRules);
        }
        if let Some(spread) = spread {
            rules.extend([
                HardRule::Allocated(spread.rules().over),
                HardRule::NoContraIndication,
                HardRule::HasPart,
                HardRule::PartyKnown,
            ]);
        }
        rules.push(HardRule::NotRefused);
        let party = |facts: &[Option<Value>]| day.as_ref().and_then(|day| day.party_of(facts));
        let facts = question
            .homes
            .iter()
            .map(|home| home.facts.get(client.program));
        let parties = facts.map(|facts| facts.and_then(|f| party(f))).collect();
        groups.insert(
            key,
            Group {
                day,
                spread,
                rules,
                parties,
            },
        );
    }
    Ok(groups)
}

/// Who is next for one client, when the convenant is in force.
fn proposal(
    question: &Question<'_>,
    group: &Group<'_>,
    client: &Waiting,
) -> Result<Option<Proposal>, StatingError> {
    let (Some(spread), Some(in_force)) = (group.spread, question.in_force) else {
        return Ok(None);
    };
    let Some(ledger) = question.ledgers.get(client.program) else {
        return Ok(None);
    };
    let asked = convenant_engine::spread::Question {
        on: question.on,
        in_force,
        fact: &|fact: FactId| match client.facts.get(fact.index())? {
            Some(Value::Party(party)) => Some(*party),
            _ => None,
        },
        member: &|party| (question.member)(client.program, party),
        neighbourhood: None,
        // Taken out of the books already.
        replaces: None,
    };
    let proposal = spread.propose(&asked, ledger);
    Ok(Some(proposal.map_err(StatingError::Spreading)?))
}

fn reason(proposal: Option<&Proposal>, party: Option<PartyId>) -> Option<(CandidateReason, Meta)> {
    let party = party?;
    let mut ranked = proposal?.ranked.iter();
    let found = ranked.find(|candidate| candidate.party == party)?;
    Some((found.reason, found.clause.clone()))
}

/// Every limit that a placement can pass, over the homes that it counts. A limit of one scheme counts every client that gets a home there.
fn caps(
    question: &Question<'_>,
    groups: &BTreeMap<(usize, SchemeId), Group<'_>>,
) -> Result<(Vec<Limit>, Vec<HomeCap>), StatingError> {
    let (mut limits, mut caps) = (Vec::new(), Vec::new());
    let Some(in_force) = question.in_force else {
        return Ok((limits, caps));
    };
    for ((program, scheme), group) in groups {
        let (Some(spread), Some(ledger), Some(day)) =
            (group.spread, question.ledgers.get(*program), &group.day)
        else {
            continue;
        };
        let place = |home: usize| -> Option<(PartyId, &str)> {
            let party = group.parties.get(home).copied().flatten()?;
            let facts = question.homes.get(home)?.facts.get(*program)?;
            Some((party, day.neighbourhood_of(facts)?))
        };
        let mut places: Vec<(PartyId, &str)> =
            (0..question.homes.len()).filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        let found = spread.limits(ledger, in_force, places, question.on);
        for mut limit in found.map_err(StatingError::Spreading)? {
            let counted = (0u32..).map(HomeIndex).take(question.homes.len());
            let counted = counted.filter(|home| match (&limit.party, &limit.neighbourhood) {
                (None, _) => true,
                (party, None) => group.parties.get(home.index()) == Some(party),
                (Some(party), Some(name)) => place(home.index()) == Some((*party, name.as_str())),
            });
            let homes: Vec<HomeIndex> = counted.collect();
            if homes.is_empty() {
                continue;
            }
            if limit.neighbourhood.is_none() {
                // Who is allocated has a place there already, also where a departure passed the limit.
                let own = question.clients.iter().filter(|client| {
                    let own = client
                        .parties
                        .get(spread.rules().over as usize)
                        .copied()
                        .flatten();
                    (client.program, client.scheme) == (*program, *scheme)
                        && own.is_some()
                        && (limit.party.is_none() || own == limit.party)
                });
                limit.left = limit
                    .left
                    .max(u32::try_from(own.count()).unwrap_or(u32::MAX));
            }
            caps.push(HomeCap {
                at_most: limit.left,
                homes,
            });
            limits.push(limit);
        }
    }
    Ok((limits, caps))
}

/// Where every party stands, over the schemes of the region that spread over the same kind of party as the first; and for which of them
/// each home counts. The last place is for homes of which that is not known.
fn balance(question: &Question<'_>) -> Result<(Vec<Option<PartyTarget>>, Vec<Home>), StatingError> {
    let program = question.programs.first();
    let parties = program.map_or(0, |program| program.model().parties.len());
    let mut targets: Vec<Option<PartyTarget>> = vec![None; parties + 1];
    let schemes = program.map_or(0, |program| program.model().schemes.len());
    let spreads = (0u16..).map(SchemeId).take(schemes);
    let spreads: Vec<&Spread> = spreads
        .filter_map(|scheme| program.and_then(|program| program.spread(scheme)))
        .collect();
    let first = spreads
        .first()
        .map(|first| (first.scheme(), first.rules().over));
    for spread in spreads {
        if first.is_none_or(|(_, kind)| spread.rules().over != kind) {
            continue;
        }
        let (Some(in_force), Some(ledger)) = (question.in_force, question.ledgers.first()) else {
            continue;
        };
        let found = spread.targets(ledger, in_force, question.on);
        for target in found.map_err(StatingError::Spreading)?.parties {
            if let Some(place) = targets.get_mut(target.party.index()) {
                *place = Some(match place.take() {
                    Some(other) => together(other, &target)?,
                    None => target,
                });
            }
        }
    }
    let day = program
        .zip(first)
        .and_then(|(program, (scheme, _))| program.homes_on(scheme, question.on));
    let homes = question.homes.iter().map(|home| {
        let party = day.as_ref().zip(home.facts.first());
        let party = party.and_then(|(day, facts)| day.party_of(facts));
        let party = party.map_or(parties, PartyId::index);
        Home {
            party: u16::try_from(party).unwrap_or(u16::MAX),
            places: 1,
        }
    });
    Ok((targets, homes.collect()))
}

/// The targets of one party in two schemes, as one.
fn together(one: PartyTarget, other: &PartyTarget) -> Result<PartyTarget, StatingError> {
    let too_large = StatingError::Spreading(SpreadError::TooLarge);
    Ok(PartyTarget {
        party: one.party,
        exact: one.exact.plus(other.exact).ok_or(too_large)?,
        rounded: one
            .rounded
            .zip(other.rounded)
            .map(|(a, b)| a.saturating_add(b)),
        carried: one.carried.saturating_add(other.carried),
        placed: one.placed.saturating_add(other.placed),
        departures: one.departures.saturating_add(other.departures),
        released: one.released.saturating_add(other.released),
    })
}
