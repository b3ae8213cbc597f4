//! The answer to 'is this client eligible, and why' as data: a tree of the clauses used.

use convenant_lang::model::{CriterionId, FactId, Meta, Polarity, SchemeId, Span, Value, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Eligible;

/// Kleene's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Not known.
    Unknown,
}

/// Why a client is eligible, is not, or why that is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The scheme.
    pub scheme: SchemeId,
    /// The day of evaluation.
    pub on: Date,
    /// The outcome.
    pub outcome: Eligible,
    /// The clauses whose value makes the outcome, and no others.
    pub deciding: Vec<CriterionId>,
    /// Facts that are missing and can still change the outcome.
    pub missing_facts: Vec<FactId>,
    /// Judgements that are missing and can still change the outcome.
    pub missing_judgements: Vec<CriterionId>,
    /// Every clause, in the order of the file.
    pub clauses: Vec<Clause>,
}

/// One criterion or exclusion with its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    /// Which.
    pub criterion: CriterionId,
    /// Its name.
    pub name: String,
    /// Its text.
    pub label: Option<String>,
    /// Needed, or excluding.
    pub polarity: Polarity,
    /// Whether it holds (an exclusion that holds excludes).
    pub value: Truth,
    /// Whether its value makes the outcome.
    pub deciding: bool,
    /// Article, quotes, assumption, and the text of the clause.
    pub source: Meta,
    /// Who judges it, when it is an open norm.
    pub judged_by: Option<Who>,
    /// The condition, when it is one.
    pub condition: Option<Node>,
}

/// A condition with its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The text of the condition.
    pub span: Span,
    /// Its value.
    pub value: Truth,
    /// Facts that it reads itself, with their values.
    pub facts: Vec<FactUse>,
    /// Why it is unknown although its facts are known.
    pub problem: Option<Problem>,
    /// The conditions it consists of.
    pub parts: Vec<Node>,
}

/// A fact that a condition read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactUse {
    /// Which.
    pub fact: FactId,
    /// Its name.
    pub name: String,
    /// Its value, if known.
    pub value: Option<Value>,
}

/// Why a condition with known facts is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The result is larger than the program can count.
    Overflow,
    /// Two durations in units that do not compare (`30 dagen` and `1 maand`).
    Incomparable,
}
