//! Homes: whether one fits a client, which rule it breaks, what is not known, and how high it ranks.
//!
//! Input: the section `woningen`, the facts of a case and of a home, a day. Output: `fit`, with everything behind it, or `DayHomes`,
//! the same outcome as bits for a great many pairs. Invariants: both agree; a missing fact leaves a rule unknown and never
//! broken; a party that merged counts as its successor, on both sides.

mod explain;
mod pairs;
#[cfg(test)]
mod tests;

pub use explain::{Fit, RuleFit, fit};
pub use pairs::{DayHomes, HomeRules, Judged};

use convenant_lang::model::{Convenant, FactId, PartyId, SchemeId, Value, successor_on};
use jiff::civil::Date;

use crate::Program;

/// What is known of a client that looks for a home.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Facts by `FactId`; a shorter list means unknown.
    pub facts: &'a [Option<Value>],
    /// The party of each kind to which the case is assigned, as `Case::parties` has them.
    pub parties: &'a [Option<PartyId>; 6],
}

impl Client<'_> {
    /// Its facts, and its parties at the end of what conditions can name: by place.
    fn party(&self, place: usize) -> Option<Value> {
        let party = self.parties.get(place).copied().flatten()?;
        Some(Value::Party(party))
    }
}

/// A value as it counts on a day: of a party that merged, its successor.
fn on_day(program: &Program, value: &Value, on: Date) -> Value {
    match value {
        Value::Party(party) => Value::Party(successor_on(&program.model().parties, *party, on)),
        other => other.clone(),
    }
}

/// How many facts a case has, and how many a home.
fn counts(program: &Program) -> (usize, usize) {
    let model = program.model();
    let of_home = model.homes.as_ref().map_or(0, |homes| homes.facts.len());
    (model.facts.len(), of_home)
}

/// Values of a pair, in the order in which conditions name them.
fn together(
    program: &Program,
    client: &Client<'_>,
    home: &[Option<Value>],
    on: Date,
) -> Vec<Option<Value>> {
    let (of_case, of_home) = counts(program);
    let known = |list: &[Option<Value>], index: usize| {
        let value = list.get(index).and_then(Option::as_ref);
        value.map(|value| on_day(program, value, on))
    };
    let case = (0..of_case).map(|index| known(client.facts, index));
    let home = (0..of_home).map(|index| known(home, index));
    let parties = (0..client.parties.len()).map(|place| client.party(place));
    case.chain(home)
        .chain(parties.map(|value| value.map(|value| on_day(program, &value, on))))
        .collect()
}

/// The facts of a client that the rules for clients of a scheme name, each once: their outcomes say something of these.
pub fn client_facts(model: &Convenant, scheme: SchemeId) -> Vec<FactId> {
    let mut named = Vec::new();
    for (_, rule) in model.homes.iter().flat_map(|homes| homes.rules_of(scheme)) {
        crate::rules::facts_of(&rule.condition, &mut named);
    }
    named.retain(|fact| fact.index() < model.facts.len());
    named
}

/// The id that conditions use for something at this place.
fn id(place: usize) -> FactId {
    FactId(u16::try_from(place).unwrap_or(u16::MAX))
}
