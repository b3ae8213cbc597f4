//! The types of expressions, and what a message calls them.
//!
//! Input: a type. Output: the id of its word in the message files. Invariant: every type of a fact has its kind, and `Age` is
//! the one kind that no fact has.

use crate::diagnostic::{Arg, Word};
use crate::model::{FactId, Type};

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Number,
    Money,
    Percentage,
    Date,
    Duration,
    Text,
    Neighbourhood,
    Choice(FactId),
    Party,
    Periods,
    Age,
}

/// The id of the word for a type, in the message files.
pub(crate) fn kind_word(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "w-yesno",
        Type::Number => "w-number",
        Type::Money => "w-money",
        Type::Percentage => "w-percentage",
        Type::Date => "w-date",
        Type::Duration => "w-duration",
        Type::Text => "w-text",
        Type::Neighbourhood => "w-neighbourhood",
        Type::Choice(_) => "w-choice",
        Type::Party(_) => "w-party",
        Type::Periods => "w-periods",
    }
}

/// Words of the message files as an argument.
pub(super) fn kinds<const N: usize>(words: [&'static str; N]) -> Arg {
    Arg::AnyOf(words.into_iter().map(Word::Kind).collect())
}

impl Kind {
    /// The kind of a fact of this type.
    pub(super) fn of(kind: &Type, fact: FactId) -> Kind {
        match kind {
            Type::Bool => Kind::Bool,
            Type::Number => Kind::Number,
            Type::Money => Kind::Money,
            Type::Percentage => Kind::Percentage,
            Type::Date => Kind::Date,
            Type::Duration => Kind::Duration,
            Type::Choice(_) => Kind::Choice(fact),
            Type::Party(_) => Kind::Party,
            Type::Neighbourhood => Kind::Neighbourhood,
            Type::Periods => Kind::Periods,
            Type::Text => Kind::Text,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Bool => "w-yesno",
            Kind::Number => "w-number",
            Kind::Money => "w-money",
            Kind::Percentage => "w-percentage",
            Kind::Date => "w-date",
            Kind::Duration | Kind::Age => "w-duration",
            Kind::Text => "w-text",
            Kind::Neighbourhood => "w-neighbourhood",
            Kind::Choice(_) => "w-choice",
            Kind::Party => "w-party",
            Kind::Periods => "w-periods",
        }
    }
}
