//! Conditions: three-valued (Kleene), closed, total.

use serde::{Deserialize, Serialize};

use super::{Duration, FactId, Span, Value};

/// A condition with its place in the source (for explanations).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The text of the condition.
    pub span: Span,
    /// What it says.
    pub kind: ConditionKind,
}

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// `a en b`.
    All(Vec<Condition>),
    /// `a of b`.
    Any(Vec<Condition>),
    /// `niet a`.
    Not(Box<Condition>),
    /// `a tenzij b` (right associative: exceptions to exceptions): a and not b.
    Unless(Box<Condition>, Box<Condition>),
    /// A `ja/nee` fact.
    Fact(FactId),
    /// `x bekend`: never unknown.
    Known(FactId),
    /// `links op rechts`.
    Compare(Expr, Comparison, Expr),
    /// `x in (a, b)`: one of these constants.
    OneOf(FactId, Vec<Value>),
    /// `x in de afgelopen D`: a date, or any day of the periods, within D before the day of evaluation (inclusive of it).
    Within(FactId, Duration),
    /// `x D aaneengesloten [in de afgelopen W]`: an unbroken interval of at least D; without W, one that reaches the day of evaluation.
    Unbroken {
        /// Periods.
        fact: FactId,
        /// At least this long.
        length: Duration,
        /// Within this window before the day of evaluation.
        within: Option<Duration>,
    },
}

/// Comparison operators; text and choices only know equal and unequal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `=`.
    Equal,
    /// `<>`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// An expression with a value; both sides of a comparison have one type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A constant.
    Value(Value),
    /// A fact.
    Fact(FactId),
    /// `leeftijd(f)`: time since the date, compared with a duration by adding the duration to the date
    /// (so `leeftijd(geboortedatum) >= 18 jaar` is `geboortedatum + 18 jaar <= vandaag`).
    Age(FactId),
    /// `vandaag`: the day of evaluation.
    Today,
    /// `a + b`: numbers, amounts, percentages, or a date and a duration.
    Add(Box<Expr>, Box<Expr>),
    /// `a - b`.
    Subtract(Box<Expr>, Box<Expr>),
    /// `30% van inkomen`: exact, cut off below a cent (or below a ten-thousandth).
    Share(Box<Expr>, Box<Expr>),
}
