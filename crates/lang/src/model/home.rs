//! The section `woningen`: the facts of a home, and when a home fits a client.
//!
//! Input: nothing. Output: the types of the model. Invariant: a condition of a rule names facts by their place in
//! `Convenant::matched_facts`: first those of the case, then those of the home, then the party of the case per kind.

use serde::{Deserialize, Serialize};

use super::{Condition, Convenant, Fact, FactId, Meta, PartyKind, SchemeId, Type, Who};

/// Homes that are reported, offered and matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Homes {
    /// Source.
    pub meta: Meta,
    /// Facts of a home.
    pub facts: Vec<Fact>,
    /// `gemeld door X en Y`: who reports homes; empty means that the file does not say.
    pub reported_by: Vec<Who>,
    /// `gekoppeld door X`: who accepts, changes or rejects a proposed match.
    pub matched_by: Option<Who>,
    /// `passend` and `liefst`, in the order of the file.
    pub rules: Vec<HomeRule>,
}

/// When a home fits a client, or which home is preferred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeRule {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Text in quotes.
    pub label: Option<String>,
    /// Whether a home may be offered that does not keep it.
    pub force: HomeForce,
    /// `van regeling X`: for clients of that scheme only.
    pub scheme: Option<SchemeId>,
    /// Over `Convenant::matched_facts`.
    pub condition: Condition,
}

/// How binding a rule about homes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HomeForce {
    /// `passend`: must hold.
    Needed,
    /// `liefst`: a home that keeps it goes before one that does not; earlier ones before later ones.
    Wished,
}

/// What a condition about a home and a client can name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MatchedFact<'a> {
    /// A fact of the case.
    Case(&'a Fact),
    /// A fact of the home.
    Home(&'a Fact),
    /// `gemeente van de zaak`: the party of this kind that the case was assigned to.
    Party(PartyKind),
}

impl MatchedFact<'_> {
    /// Its type.
    pub fn kind(&self) -> Type {
        match self {
            MatchedFact::Case(fact) | MatchedFact::Home(fact) => fact.kind.clone(),
            MatchedFact::Party(kind) => Type::Party(Some(*kind)),
        }
    }

    /// How a condition names it.
    pub fn name(&self) -> String {
        match self {
            MatchedFact::Case(fact) => fact.name.clone(),
            MatchedFact::Home(fact) => format!("{} van de woning", fact.name),
            MatchedFact::Party(kind) => format!("{} van de zaak", kind.keyword()),
        }
    }
}

impl Convenant {
    /// What conditions about homes can name, by `FactId`.
    pub fn matched_facts(&self) -> impl Iterator<Item = MatchedFact<'_>> {
        let homes = self.homes.iter().flat_map(|homes| &homes.facts);
        let case = self.facts.iter().map(MatchedFact::Case);
        case.chain(homes.map(MatchedFact::Home))
            .chain(PartyKind::ALL.into_iter().map(MatchedFact::Party))
    }
}

impl Homes {
    /// The fact of a home with this name.
    pub fn fact_named(&self, name: &str) -> Option<FactId> {
        super::position(&self.facts, |fact| fact.name == name).map(FactId)
    }

    /// The fact that says which party of this kind a home belongs to; the checker admits one where the spreading needs it.
    pub fn party(&self, kind: PartyKind) -> Option<FactId> {
        super::position(&self.facts, |fact| fact.kind == Type::Party(Some(kind))).map(FactId)
    }

    /// The fact that says in which neighbourhood a home stands; the checker admits one at most.
    pub fn neighbourhood(&self) -> Option<FactId> {
        super::position(&self.facts, |fact| fact.kind == Type::Neighbourhood).map(FactId)
    }

    /// Rules of one force that hold for clients of one scheme, at most: a matching keeps a bit for each, and some for what it adds.
    pub const MOST_RULES: usize = 50;

    /// The rules that hold for clients of a scheme, in the order of the file.
    pub fn rules_of(
        &self,
        scheme: SchemeId,
    ) -> impl Iterator<Item = (super::HomeRuleId, &HomeRule)> {
        let ids = (0..=u16::MAX).map(super::HomeRuleId);
        ids.zip(&self.rules)
            .filter(move |(_, rule)| rule.scheme.is_none_or(|of| of == scheme))
    }
}
