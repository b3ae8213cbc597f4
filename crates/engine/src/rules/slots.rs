//! Facts in slots: every value that can be ordered is one 64-bit number, so that a rule compares without strings or maps.
//!
//! Input: values by `FactId`, or JSON text. Output: `FactSlots`. Invariants: the slot of an unknown fact holds `UNKNOWN`, which no value
//! maps to; judgements follow the facts, as yes or no by `CriterionId`.

use convenant_lang::model::{CriterionId, FactId, PartyId, Type, Value};
use jiff::civil::Date;

use crate::calendar::Day;

/// What the slot of an unknown fact holds.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// The facts and judgements of one client, ready for `Rules`. Reuse it: `clear` keeps its memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSlots {
    /// Facts, then judgements.
    pub(super) values: Vec<i64>,
    /// Values that have no number (periods, durations, texts), by fact.
    pub(super) others: Vec<(FactId, Value)>,
    facts: usize,
}

impl FactSlots {
    /// Everything unknown, for a convenant with so many facts and a scheme with so many criteria.
    pub(super) fn unknown(facts: usize, criteria: usize) -> FactSlots {
        FactSlots {
            values: vec![UNKNOWN; facts.saturating_add(criteria)],
            others: Vec::new(),
            facts,
        }
    }

    /// Makes everything unknown again.
    pub fn clear(&mut self) {
        self.values.fill(UNKNOWN);
        self.others.clear();
    }

    /// Makes a fact known. A fact that the convenant does not have is passed over.
    pub fn set(&mut self, fact: FactId, value: Value) {
        if let Some(number) = number(&value) {
            self.set_number(fact, number);
        } else if fact.index() < self.facts {
            self.others.retain(|(other, _)| *other != fact);
            self.others.push((fact, value));
            // Known, whatever the number: `bekend` looks here too.
            self.set_number(fact, 0);
        }
    }

    pub(super) fn set_number(&mut self, fact: FactId, number: i64) {
        if fact.index() < self.facts
            && let Some(slot) = self.values.get_mut(fact.index())
        {
            *slot = number;
        }
    }

    /// Makes a fact unknown again.
    pub fn forget(&mut self, fact: FactId) {
        self.set_number(fact, UNKNOWN);
        self.others.retain(|(other, _)| *other != fact);
    }

    /// Makes a judgement known.
    pub fn judge(&mut self, criterion: CriterionId, holds: bool) {
        if let Some(slot) = self.values.get_mut(self.facts + criterion.index()) {
            *slot = i64::from(holds);
        }
    }

    pub(super) fn get(&self, slot: u16) -> i64 {
        self.values
            .get(usize::from(slot))
            .copied()
            .unwrap_or(UNKNOWN)
    }

    pub(super) fn other(&self, fact: FactId) -> Option<&Value> {
        self.others
            .iter()
            .find(|(other, _)| *other == fact)
            .map(|(_, value)| value)
    }
}

/// The number of a value that can be ordered.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(yes) => Some(i64::from(*yes)),
        Value::Number(n) | Value::Money(n) | Value::Percentage(n) => Some((*n).max(UNKNOWN + 1)),
        Value::Date(date) => Some(day(*date)),
        Value::Choice(option) => Some(i64::from(*option)),
        Value::Party(party) => Some(i64::from(party.0)),
        Value::Duration(_) | Value::Text(_) | Value::Periods(_) => None,
    }
}

/// Days since 1970-01-01.
pub(super) fn day(date: Date) -> i64 {
    i64::from(Day::of(date).0)
}

/// The date so many days after 1970-01-01, if there is one.
pub(super) fn date(day: i64) -> Option<Date> {
    i32::try_from(day).ok().and_then(|day| Day(day).date())
}

/// How a number in a slot becomes a value again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    Number,
    Money,
    Percentage,
    Date,
    Choice,
    Party,
    /// Lies among the others.
    Other,
}

impl Shape {
    pub(super) fn of(kind: &Type) -> Shape {
        match kind {
            Type::Bool => Shape::Bool,
            Type::Number => Shape::Number,
            Type::Money => Shape::Money,
            Type::Percentage => Shape::Percentage,
            Type::Date => Shape::Date,
            Type::Choice(_) => Shape::Choice,
            Type::Party(_) => Shape::Party,
            Type::Duration | Type::Text | Type::Neighbourhood | Type::Periods => Shape::Other,
        }
    }

    /// The value of a fact, if it is known.
    pub(super) fn value(self, slots: &FactSlots, fact: FactId) -> Option<Value> {
        let number = slots.get(fact.0);
        if number == UNKNOWN {
            return None;
        }
        match self {
            Shape::Bool => Some(Value::Bool(number == 1)),
            Shape::Number => Some(Value::Number(number)),
            Shape::Money => Some(Value::Money(number)),
            Shape::Percentage => Some(Value::Percentage(number)),
            Shape::Date => date(number).map(Value::Date),
            Shape::Choice => u16::try_from(number).ok().map(Value::Choice),
            Shape::Party => u16::try_from(number).ok().map(|n| Value::Party(PartyId(n))),
            Shape::Other => slots.other(fact).cloned(),
        }
    }
}
