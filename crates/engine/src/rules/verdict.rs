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
const WORDS: usize = 4;
const _: () = assert!(WORDS * 64 == super::compile::LIMIT);

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
    /// By bit; empty where the literal is special.
    ranges: Vec<Range>,
    special: Vec<(u8, bool, Special)>,
}

/// A slot that lies in an interval of the numbers taken as a circle, so that the outside of an interval is one too. Not known is outside.
#[derive(Debug, Clone, Copy)]
struct Range {
    slot: u16,
    from: i64,
    width: u64,
}

impl Range {
    /// Between two numbers, both included; or, negated, anything else.
    fn new(slot: u16, low: i64, high: i64, negated: bool) -> Range {
        // The number of an unknown fact: no known value is there.
        let nothing = (UNKNOWN, UNKNOWN);
        let everything = (UNKNOWN + 1, i64::MAX);
        let (from, to) = match (low > high, negated) {
            (true, false) => nothing,
            (true, true) => everything,
            (false, false) => (low, high),
            (false, true) if low <= UNKNOWN + 1 && high == i64::MAX => nothing,
            (false, true) => (high.wrapping_add(1), low.wrapping_sub(1)),
        };
        Range {
            slot,
            from,
            width: to.wrapping_sub(from) as u64,
        }
    }

    #[inline(always)]
    fn holds(&self, value: i64) -> bool {
        value.wrapping_sub(self.from) as u64 <= self.width
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
    fn of(failed: [u64; WORDS], unknown: [u64; WORDS]) -> Verdict {
        let any = |bits: &[u64; WORDS]| bits.iter().fold(0, |all, word| all | word) != 0;
        let outcome = match (any(&failed), any(&unknown)) {
            (true, _) => Eligible::Unmet,
            (false, true) => Eligible::Unknown,
            (false, false) => Eligible::Met,
        };
        Verdict {
            outcome,
            failed,
            unknown,
        }
    }

    /// The first 64 criteria as bits, in the order of the file: those that fail, and those that are not known.
    pub(crate) fn bits(&self, rules: &Rules) -> (u64, u64) {
        let in_order = |words: &[u64; WORDS]| {
            let set = |bit: usize| word_of(words, bit / 64) >> (bit % 64) & 1 == 1;
            let order = rules.order.iter().enumerate();
            order
                .filter(|(bit, _)| set(*bit))
                .filter_map(|(_, id)| 1_u64.checked_shl(u32::from(id.0)))
                .fold(0, |all, bit| all | bit)
        };
        let none = [0_u64; WORDS];
        let of = |words: &[u64; WORDS]| if *words == none { 0 } else { in_order(words) };
        (of(&self.failed), of(&self.unknown))
    }

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
        // Nearly every scheme fits in one word.
        match self.words.len().max(self.rules.order.len().div_ceil(64)) {
            0 | 1 => self.in_one_word(slots),
            _ => self.in_many_words(slots),
        }
    }

    fn in_one_word(&self, slots: &FactSlots) -> Verdict {
        let (truth, lie) = self
            .words
            .first()
            .map_or((0, 0), |word| word.evaluate(slots, self));
        let mut place = 1_u64.checked_shl(self.singles as u32).unwrap_or(0);
        let mask = place.wrapping_sub(1);
        let (mut failed, mut unknown) = (lie & mask, !(truth | lie) & mask);
        for clauses in &self.rules.compound {
            // Without branches, which would be guessed wrong half of the time.
            let (mut holds, mut fails) = (true, false);
            for clause in clauses {
                holds &= truth & clause.bits != 0;
                fails |= lie & clause.bits == clause.bits;
            }
            failed |= place * u64::from(fails);
            unknown |= place * u64::from(!fails & !holds);
            place <<= 1;
        }
        Verdict::of([failed, 0, 0, 0], [unknown, 0, 0, 0])
    }

    fn in_many_words(&self, slots: &FactSlots) -> Verdict {
        let mut truths = [0_u64; WORDS];
        let mut falses = [0_u64; WORDS];
        for ((word, truth), lie) in self.words.iter().zip(&mut truths).zip(&mut falses) {
            (*truth, *lie) = word.evaluate(slots, self);
        }
        let mut failed = [0_u64; WORDS];
        let mut unknown = [0_u64; WORDS];
        let mut left = self.singles;
        for n in 0..WORDS {
            let mask = match left {
                0 => 0,
                1..64 => (1 << left) - 1,
                _ => u64::MAX,
            };
            left = left.saturating_sub(64);
            let (truth, lie) = (word_of(&truths, n), word_of(&falses, n));
            set(&mut failed, n, lie & mask);
            set(&mut unknown, n, !(truth | lie) & mask);
        }
        for (n, clauses) in self.rules.compound.iter().enumerate() {
            let bit = self.singles + n;
            let (holds, fails) = conjunction(clauses, &truths, &falses);
            set(&mut failed, bit / 64, u64::from(fails) << (bit % 64));
            set(
                &mut unknown,
                bit / 64,
                u64::from(!fails & !holds) << (bit % 64),
            );
        }
        Verdict::of(failed, unknown)
    }
}

fn word_of(words: &[u64; WORDS], n: usize) -> u64 {
    words.get(n).copied().unwrap_or(0)
}

fn set(words: &mut [u64; WORDS], n: usize, bits: u64) {
    if let Some(word) = words.get_mut(n) {
        *word |= bits;
    }
}

/// Whether all clauses hold, and whether one is known not to.
fn conjunction(clauses: &[Clause], truths: &[u64; WORDS], falses: &[u64; WORDS]) -> (bool, bool) {
    let (mut holds, mut fails) = (true, false);
    for clause in clauses {
        let word = usize::from(clause.word);
        holds &= word_of(truths, word) & clause.bits != 0;
        fails |= word_of(falses, word) & clause.bits == clause.bits;
    }
    (holds, fails)
}

impl Word {
    /// Bits of the literals that are true, and of those that are false.
    fn evaluate(&self, slots: &FactSlots, rules: &DayRules<'_>) -> (u64, u64) {
        let (mut truth, mut known) = (0_u64, 0_u64);
        // From the last bit to the first: doubling is cheaper than shifting each to its place.
        for range in self.ranges.iter().rev() {
            let value = slots.get(range.slot);
            let is_known = value != UNKNOWN;
            truth = truth.wrapping_add(truth) | u64::from(is_known & range.holds(value));
            known = known.wrapping_add(known) | u64::from(is_known);
        }
        for (bit, negated, special) in &self.special {
            let value = special.evaluate(slots, rules);
            let place = 1_u64 << bit;
            if let Some(value) = value {
                known |= place;
                if value != *negated {
                    truth |= place;
                }
            }
        }
        (truth, known & !truth)
    }

    fn add(&mut self, bit: u8, literal: &Literal, env: &Env<'_>) {
        let negated = literal.negated;
        match placed(&literal.atom, env) {
            Placed::Between(slot, low, high, inverted) => {
                self.ranges
                    .push(Range::new(slot, low, high, negated != inverted));
            }
            Placed::Special(special) => {
                // Never known: a slot that nobody has.
                self.ranges.push(Range::new(u16::MAX, 1, 0, false));
                self.special.push((bit, negated, special));
            }
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
        Atom::Between(slot, low, high) => Placed::Between(*slot, *low, *high, false),
        Atom::OneOf(slot, set) => one_of(*slot, *set),
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

/// Options that lie side by side are a range.
fn one_of(slot: u16, set: u64) -> Placed {
    let low = set.trailing_zeros();
    let side_by_side = set
        .checked_shr(low)
        .is_some_and(|set| set & set.wrapping_add(1) == 0);
    if side_by_side {
        let high = 63 - set.leading_zeros();
        Placed::Between(slot, low.into(), high.into(), false)
    } else {
        Placed::Special(Special::Set(slot, set))
    }
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
    let range = Range::new(slot, low, high, op == Comparison::Unequal);
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
    let range = Range::new(slot, opens, day(env.on), false);
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
    for (n, (added, term)) in sum.iter().enumerate() {
        let value = match term {
            Term::Slot(slot) => known(slots.get(*slot))?,
            Term::Constant(constant) => *constant,
        };
        // As in `value`: the least number is no result, and the first term is taken as it is.
        total = match (added, n) {
            (true, 0) => value,
            (true, _) => known(total.checked_add(value)?)?,
            (false, _) => known(total.checked_sub(value)?)?,
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
