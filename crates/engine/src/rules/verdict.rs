//! `verdict`: the compiled rules of a scheme on one day, over facts in slots.
//!
//! Input: `FactSlots`. Output: `Verdict`, with a bit for every clause that fails and for every one that is not known: the bits are the
//! explanation. Invariants: the same outcome as `explain`; no allocation, no strings and no maps on the way, but for conditions that are evaluated
//! as written.

use convenant_lang::model::{
    Comparison, Condition, ConditionKind, CriterionId, Duration, FactId, MonthEnd, Span, Value,
};
use jiff::civil::Date;

use super::Truth;
use super::compile::{Atom, Clause, Literal, Rules, Sum, Term};
use super::slots::{FactSlots, Shape, UNKNOWN, date, day, number};
use super::truth::truth;
use super::value::Env;
use crate::{Eligible, Holidays};

/// So many words of 64 bits has a verdict.
const WORDS: usize = super::compile::LIMIT / 64;

/// Rules bound to a day: what depends on the day alone has been computed. Make one per scheme and day, and use it for every client.
#[derive(Debug, Clone)]
pub struct DayRules<'a> {
    on: Date,
    month_end: MonthEnd,
    holidays: &'a Holidays,
    rules: &'a Rules,
    words: Vec<Word>,
    singles: usize,
}

/// The literals of one word.
#[derive(Debug, Clone, Default)]
struct Word {
    ranges: Vec<Range>,
    special: Vec<(u8, bool, Special)>,
}

/// A slot that lies between two numbers, both included (or, negated, does not).
#[derive(Debug, Clone, Copy)]
struct Range {
    low: i64,
    high: i64,
    slot: u16,
    bit: u8,
    negated: bool,
}

impl Range {
    #[inline(always)]
    fn holds(&self, value: i64) -> bool {
        ((value >= self.low) & (value <= self.high)) != self.negated
    }
}

/// Anything that is not a range.
#[derive(Debug, Clone)]
enum Special {
    Set(u16, u64),
    Known(u16),
    /// Between two numbers (or, negated, not); not known below the first and from the second limit on.
    Inside(Range, i64, i64),
    Pair(u16, Comparison, u16),
    Sum(Sum, Comparison, Sum),
    Written(Condition, Vec<FactId>),
    /// Cannot be computed on this day, whatever the facts.
    Never,
}

/// The outcome, and why: a bit for each clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Outcome.
    pub outcome: Eligible,
    failed: [u64; WORDS],
    unknown: [u64; WORDS],
}

impl Rules {
    /// Everything unknown.
    pub fn slots(&self) -> FactSlots {
        FactSlots::unknown(self.facts, self.order.len())
    }

    pub(crate) fn bound<'a>(
        &'a self,
        on: Date,
        month_end: MonthEnd,
        holidays: &'a Holidays,
    ) -> DayRules<'a> {
        let env = Env {
            on,
            month_end,
            holidays,
            facts: &|_| None,
        };
        let mut words = vec![Word::default(); self.literals.len().div_ceil(64)];
        for (index, literal) in self.literals.iter().enumerate() {
            if let Some(word) = words.get_mut(index / 64) {
                word.add(u8::try_from(index % 64).unwrap_or(0), literal, &env);
            }
        }
        DayRules {
            on,
            month_end,
            holidays,
            rules: self,
            words,
            singles: self.order.len().saturating_sub(self.compound.len()),
        }
    }
}

impl Verdict {
    /// The clauses that decided, in no particular order: those that fail when the client does not meet the rules, those that are not known when
    /// that is the outcome, and all of them when the client does.
    pub fn deciding<'a>(&self, rules: &'a Rules) -> impl Iterator<Item = CriterionId> + use<'a> {
        let bits = match self.outcome {
            Eligible::Met => [u64::MAX; WORDS],
            Eligible::Unmet => self.failed,
            Eligible::Unknown => self.unknown,
        };
        let set = move |bit: usize| {
            bits.get(bit / 64)
                .is_some_and(|word| word >> (bit % 64) & 1 == 1)
        };
        let order = rules.order.iter().enumerate();
        order.filter(move |(bit, _)| set(*bit)).map(|(_, id)| *id)
    }
}

impl DayRules<'_> {
    /// The verdict on a client.
    pub fn verdict(&self, slots: &FactSlots) -> Verdict {
        let mut truths = [0_u64; WORDS];
        let mut falses = [0_u64; WORDS];
        for ((word, truth), lie) in self.words.iter().zip(&mut truths).zip(&mut falses) {
            (*truth, *lie) = word.evaluate(slots, self);
        }
        let mut failed = [0_u64; WORDS];
        let mut unknown = [0_u64; WORDS];
        let mut left = self.singles;
        for (((truth, lie), failed), unknown) in truths
            .iter()
            .zip(&falses)
            .zip(&mut failed)
            .zip(&mut unknown)
        {
            let mask = match left {
                0 => break,
                1..64 => (1 << left) - 1,
                _ => u64::MAX,
            };
            left = left.saturating_sub(64);
            *failed = lie & mask;
            *unknown = !(truth | lie) & mask;
        }
        for (n, clauses) in self.rules.compound.iter().enumerate() {
            let bit = self.singles + n;
            let value = conjunction(clauses, &truths, &falses);
            let word = match value {
                Truth::True => continue,
                Truth::False => failed.get_mut(bit / 64),
                Truth::Unknown => unknown.get_mut(bit / 64),
            };
            if let Some(word) = word {
                *word |= 1 << (bit % 64);
            }
        }
        let any = |bits: &[u64; WORDS]| bits.iter().fold(0, |all, word| all | word) != 0;
        let outcome = if any(&failed) {
            Eligible::Unmet
        } else if any(&unknown) {
            Eligible::Unknown
        } else {
            Eligible::Met
        };
        Verdict {
            outcome,
            failed,
            unknown,
        }
    }
}

fn conjunction(clauses: &[Clause], truths: &[u64; WORDS], falses: &[u64; WORDS]) -> Truth {
    let mut value = Truth::True;
    for clause in clauses {
        let word = usize::from(clause.word);
        let truth = truths.get(word).copied().unwrap_or(0);
        let lie = falses.get(word).copied().unwrap_or(0);
        if lie & clause.bits == clause.bits {
            return Truth::False;
        }
        if truth & clause.bits == 0 {
            value = Truth::Unknown;
        }
    }
    value
}

impl Word {
    /// Bits of the literals that are true, and of those that are false.
    fn evaluate(&self, slots: &FactSlots, rules: &DayRules<'_>) -> (u64, u64) {
        let (mut truth, mut known) = (0_u64, 0_u64);
        for range in &self.ranges {
            let value = slots.get(range.slot);
            let is_known = value != UNKNOWN;
            truth |= u64::from(is_known & range.holds(value)) << range.bit;
            known |= u64::from(is_known) << range.bit;
        }
        for (bit, negated, special) in &self.special {
            let value = special.evaluate(slots, rules);
            truth |= u64::from(value.is_some_and(|value| value != *negated)) << bit;
            known |= u64::from(value.is_some()) << bit;
        }
        (truth, known & !truth)
    }

    fn add(&mut self, bit: u8, literal: &Literal, env: &Env<'_>) {
        let negated = literal.negated;
        match placed(&literal.atom, env) {
            Placed::Between(slot, low, high, inverted) => self.ranges.push(Range {
                low,
                high,
                slot,
                bit,
                negated: negated != inverted,
            }),
            Placed::Special(special) => self.special.push((bit, negated, special)),
        }
    }
}

enum Placed {
    Between(u16, i64, i64, bool),
    Special(Special),
}

/// What an atom comes down to on a day.
fn placed(atom: &Atom, env: &Env<'_>) -> Placed {
    match atom {
        Atom::Constant(slot, op, constant) => between(*slot, *op, *constant),
        Atom::OnDay(slot, op, expr) => match env.value(expr).ok().as_ref().and_then(number) {
            Some(constant) => between(*slot, *op, constant),
            None => Placed::Special(Special::Never),
        },
        Atom::OneOf(slot, set) => Placed::Special(Special::Set(*slot, *set)),
        Atom::Known(slot) => Placed::Special(Special::Known(*slot)),
        Atom::Age(slot, op, length) => Placed::Special(age(*slot, *op, *length, env)),
        Atom::Within(slot, length) => within(*slot, *length, env),
        Atom::Pair(left, op, right) => Placed::Special(Special::Pair(*left, *op, *right)),
        Atom::Sum(left, op, right) => {
            Placed::Special(Special::Sum(left.clone(), *op, right.clone()))
        }
        Atom::Written(condition, facts) => {
            Placed::Special(Special::Written((**condition).clone(), facts.clone()))
        }
    }
}

fn between(slot: u16, op: Comparison, constant: i64) -> Placed {
    let (low, high, inverted) = match op {
        Comparison::Equal => (constant, constant, false),
        Comparison::Unequal => (constant, constant, true),
        Comparison::Less => (i64::MIN, constant.saturating_sub(1), false),
        Comparison::LessOrEqual => (i64::MIN, constant, false),
        // Not `constant + 1`, which the largest number does not have.
        Comparison::Greater => (i64::MIN, constant, true),
        Comparison::GreaterOrEqual => (constant, i64::MAX, false),
    };
    Placed::Between(slot, low, high, inverted)
}

/// The first day from which a condition holds that never stops holding as days go on; one past the last day when it never does.
fn first(holds: impl Fn(Date) -> bool) -> i64 {
    let (mut low, mut high) = (day(Date::MIN), day(Date::MAX) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match date(middle) {
            Some(day) if !holds(day) => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

/// `leeftijd(x) op length`: x and the length after it, against the day.
fn age(slot: u16, op: Comparison, length: Duration, env: &Env<'_>) -> Special {
    let after = |since: Date| env.after(since, length);
    // Past the years of the calendar there is no date any more: unknown, as in the evaluation of the text.
    let limit = first(|since| since.year() >= 1 && after(since).is_err());
    let same = first(|since| after(since).map_or(since.year() >= 1, |until| until >= env.on));
    let younger = first(|since| after(since).map_or(since.year() >= 1, |until| until > env.on));
    let (low, high) = match op {
        Comparison::Less => (younger, i64::MAX),
        Comparison::LessOrEqual => (same, i64::MAX),
        Comparison::Equal | Comparison::Unequal => (same, younger - 1),
        Comparison::Greater => (i64::MIN, same - 1),
        Comparison::GreaterOrEqual => (i64::MIN, younger - 1),
    };
    let range = Range {
        low,
        high,
        slot,
        bit: 0,
        negated: op == Comparison::Unequal,
    };
    Special::Inside(range, countable(length, env), limit)
}

fn within(slot: u16, length: Duration, env: &Env<'_>) -> Placed {
    if env.after(env.on, length).is_err() {
        let fact = FactId(slot);
        let kind = ConditionKind::Within(fact, length);
        let condition = Condition {
            span: Span::default(),
            kind,
        };
        return Placed::Special(Special::Written(condition, vec![fact]));
    }
    let opens = first(|since| {
        env.after(since, length)
            .map_or(since.year() >= 1, |until| until >= env.on)
    });
    let range = Range {
        low: opens,
        high: day(env.on),
        slot,
        bit: 0,
        negated: false,
    };
    Placed::Special(Special::Inside(range, countable(length, env), i64::MAX))
}

/// The first day from which a length can be counted.
fn countable(length: Duration, env: &Env<'_>) -> i64 {
    first(|since| since.year() >= 1 || env.after(since, length).is_ok())
}

impl Special {
    fn evaluate(&self, slots: &FactSlots, rules: &DayRules<'_>) -> Option<bool> {
        match self {
            Special::Set(slot, set) => {
                let value = known(slots.get(*slot))?;
                Some((0..64).contains(&value) && set >> value & 1 == 1)
            }
            Special::Known(slot) => Some(slots.get(*slot) != UNKNOWN),
            Special::Inside(range, from, until) => {
                let value = known(slots.get(range.slot))?;
                (*from..*until).contains(&value).then(|| range.holds(value))
            }
            Special::Pair(left, op, right) => {
                let (left, right) = (known(slots.get(*left))?, known(slots.get(*right))?);
                Some(holds(*op, left, right))
            }
            Special::Sum(left, op, right) => {
                Some(holds(*op, total(left, slots)?, total(right, slots)?))
            }
            Special::Written(condition, facts) => rules.as_written(condition, facts, slots),
            Special::Never => None,
        }
    }
}

impl DayRules<'_> {
    /// Evaluates a condition without parts, or one that was too large for the normal form, as `explain` does.
    fn as_written(
        &self,
        condition: &Condition,
        facts: &[FactId],
        slots: &FactSlots,
    ) -> Option<bool> {
        let values: Vec<(FactId, Option<Value>)> = facts
            .iter()
            .map(|fact| {
                let shape = self.rules.shapes.get(fact.index()).copied();
                (*fact, shape.unwrap_or(Shape::Other).value(slots, *fact))
            })
            .collect();
        let lookup = |fact: FactId| {
            let found = values.iter().find(|(other, _)| *other == fact);
            found.and_then(|(_, value)| value.as_ref())
        };
        let env = Env {
            on: self.on,
            month_end: self.month_end,
            holidays: self.holidays,
            facts: &lookup,
        };
        match truth(condition, &env) {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        }
    }
}

fn known(value: i64) -> Option<i64> {
    (value != UNKNOWN).then_some(value)
}

fn total(sum: &Sum, slots: &FactSlots) -> Option<i64> {
    let mut total = 0_i64;
    for (added, term) in sum {
        let value = match term {
            Term::Slot(slot) => known(slots.get(*slot))?,
            Term::Constant(constant) => *constant,
        };
        total = match added {
            true => total.checked_add(value)?,
            false => total.checked_sub(value)?,
        };
    }
    Some(total)
}

fn holds(op: Comparison, left: i64, right: i64) -> bool {
    match op {
        Comparison::Equal => left == right,
        Comparison::Unequal => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}
