//! Why a home fits a client or does not: every rule with its value, its article and the facts that it lacks.
//!
//! Input: a program, a scheme, a client, a home, a day. Output: `Fit`. Invariant: evaluated as the file is written, not as it was compiled.

use convenant_lang::model::{HomeForce, HomeRuleId, MatchedFact, Meta, SchemeId, Value};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Client, together};
use crate::rules::{missing, tree, truth};
use crate::{Node, Program, Truth};

/// Whether a home fits a client, rule by rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The day of evaluation.
    pub on: Date,
    /// Every rule for clients of the scheme, in the order of the file.
    pub rules: Vec<RuleFit>,
}

/// One rule about homes, for one client and one home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleFit {
    /// Which.
    pub rule: HomeRuleId,
    /// Its name.
    pub name: String,
    /// Its text.
    pub label: Option<String>,
    /// Needed, or wished.
    pub force: HomeForce,
    /// Whether the home keeps it.
    pub value: Truth,
    /// What is missing and can still change that, as the file names it: `kamers van de woning`, `inkomen`.
    pub missing: Vec<String>,
    /// Article, quotes, assumption, and the text of the rule.
    pub source: Meta,
    /// The condition with its values.
    pub condition: Node,
}

impl Fit {
    /// Whether the home can be offered: every needed rule holds. Unknown when none is broken and one is not known.
    pub fn value(&self) -> Truth {
        let needed = self.rules.iter().filter(|r| r.force == HomeForce::Needed);
        needed.fold(Truth::True, |all, rule| all.and(rule.value))
    }

    /// The needed rules that the home breaks.
    pub fn broken(&self) -> impl Iterator<Item = &RuleFit> {
        let needed = self.rules.iter().filter(|r| r.force == HomeForce::Needed);
        needed.filter(|rule| rule.value == Truth::False)
    }

    /// Needed rules of which it is not known whether the home keeps them.
    pub fn unknown(&self) -> impl Iterator<Item = &RuleFit> {
        let needed = self.rules.iter().filter(|r| r.force == HomeForce::Needed);
        needed.filter(|rule| rule.value == Truth::Unknown)
    }
}

/// Judges one home for one client. Facts of the home by their place in `Homes::facts`; a shorter list means unknown.
pub fn fit(
    program: &Program,
    scheme: SchemeId,
    client: &Client<'_>,
    home: &[Option<Value>],
    on: Date,
) -> Fit {
    let model = program.model();
    let values = together(program, client, home, on);
    let known =
        |fact: convenant_lang::model::FactId| values.get(fact.index()).and_then(Option::as_ref);
    let env = program.env(on, &known);
    let names: Vec<String> = model
        .matched_facts()
        .map(|f: MatchedFact<'_>| f.name())
        .collect();
    let name =
        |fact: convenant_lang::model::FactId| names.get(fact.index()).cloned().unwrap_or_default();
    let rules = model.homes.iter().flat_map(|homes| homes.rules_of(scheme));
    let rules = rules.map(|(rule, found)| {
        let mut lacking = Vec::new();
        missing(&found.condition, &env, &mut lacking);
        RuleFit {
            rule,
            name: found.name.clone(),
            label: found.label.clone(),
            force: found.force,
            value: truth(&found.condition, &env),
            missing: lacking.into_iter().map(name).collect(),
            source: found.meta.clone(),
            condition: tree(&found.condition, &env, &name),
        }
    });
    Fit {
        on,
        rules: rules.collect(),
    }
}
