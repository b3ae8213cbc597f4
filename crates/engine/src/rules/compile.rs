//! Conditions compiled to literals: comparisons of slots that give a known-true and a known-false bit each.
//!
//! Input: the criteria of a scheme. Output: `Rules`. Invariant: a criterion is an *and* of clauses, a clause an *or* of literals. Kleene's logic is a
//! distributive lattice with De Morgan's laws, so that this form has the same value as the text, unknown included.

use convenant_lang::model::{
    Comparison, Condition, ConditionKind, Criterion, CriterionId, Duration, Expr, FactId, Polarity,
    Scheme, Test, Type, Unit, Value,
};

use super::slots::{Shape, number};
use super::truth;
use crate::CompileError;

/// Criteria and literals of a scheme at most: so many bits has a verdict.
pub(super) const LIMIT: usize = 256;
/// More clauses than this for one criterion, and it is evaluated as it is written.
const CLAUSES: usize = 24;

/// The compiled criteria of one scheme.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Facts of the convenant: judgements lie behind them.
    pub(super) facts: usize,
    /// By literal; a clause's literals stand side by side within 64 bits.
    pub(super) literals: Vec<Literal>,
    /// Which criterion each bit of a verdict is about: first those of one literal, in the order of the literals.
    pub(super) order: Vec<CriterionId>,
    /// The criteria of more than one literal, in the order of the bits that follow.
    pub(super) compound: Vec<Vec<Clause>>,
    /// By fact: how to give a value back for a literal that is evaluated as written.
    pub(super) shapes: Vec<Shape>,
}

/// An *or* of literals: a word and the bits in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clause {
    pub word: u8,
    pub bits: u64,
}

/// A comparison, taken as it is or negated.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub negated: bool,
    pub atom: Atom,
}

/// What is compared.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    /// A slot against a constant.
    Constant(u16, Comparison, i64),
    /// A slot between two constants, both included.
    Between(u16, i64, i64),
    /// A slot against an expression without facts, known once the day is.
    OnDay(u16, Comparison, Expr),
    /// A choice or party below 64 is in this set.
    OneOf(u16, u64),
    /// The fact is known; never unknown itself.
    Known(u16),
    /// The time since a date against a duration.
    Age(u16, Comparison, Duration),
    /// A date no longer ago than this.
    Within(u16, Duration),
    /// A slot against a slot.
    Pair(u16, Comparison, u16),
    /// A sum of slots and a constant, from left to right, against another; of one unit.
    Sum(Sum, Comparison, Sum),
    /// Anything else: evaluated as written.
    Written(Box<Condition>, Vec<FactId>),
}

/// Terms to add or subtract, from left to right.
pub(super) type Sum = Vec<(bool, Term)>;

/// A term of a sum.
#[derive(Debug, Clone, Copy)]
pub(super) enum Term {
    Slot(u16),
    Constant(i64),
}

/// A condition as an *and* of *or*s of literals.
type Normal = Vec<Vec<Literal>>;

impl Rules {
    /// Compiles the criteria of a scheme.
    pub(crate) fn compile(scheme: &Scheme, kinds: &[Type]) -> Result<Rules, CompileError> {
        Rules::of(&scheme.name, &scheme.eligibility.criteria, kinds)
    }

    /// Compiles criteria; `name` says whose they are when there are too many.
    pub(crate) fn of(
        name: &str,
        criteria: &[Criterion],
        kinds: &[Type],
    ) -> Result<Rules, CompileError> {
        let too_many = || CompileError::TooManyConditions {
            scheme: name.to_owned(),
            limit: LIMIT,
        };
        let mut single = Vec::new();
        let mut compound = Vec::new();
        for (i, criterion) in criteria.iter().enumerate() {
            let id = CriterionId(u16::try_from(i).map_err(|_| too_many())?);
            let mut normal = normal_form(criterion, kinds, i).ok_or_else(too_many)?;
            match normal.as_mut_slice() {
                [only] if only.len() == 1 => single.extend(only.pop().map(|l| (id, l))),
                _ => compound.push((id, normal)),
            }
        }
        let mut rules = Rules {
            facts: kinds.len(),
            literals: Vec::new(),
            order: Vec::new(),
            compound: Vec::new(),
            shapes: kinds.iter().map(Shape::of).collect(),
        };
        for (id, literal) in single {
            rules.literals.push(literal);
            rules.order.push(id);
        }
        for (id, normal) in compound {
            let clauses = normal.into_iter().map(|literals| rules.clause(literals));
            let clauses = clauses.collect::<Option<Vec<_>>>().ok_or_else(too_many)?;
            rules.compound.push(clauses);
            rules.order.push(id);
        }
        if rules.literals.len() > LIMIT || rules.order.len() > LIMIT {
            return Err(too_many());
        }
        Ok(rules)
    }

    /// Adds the literals of a clause, within one word.
    fn clause(&mut self, literals: Vec<Literal>) -> Option<Clause> {
        if literals.len() > 64 {
            return None;
        }
        if self.literals.len() % 64 + literals.len() > 64 {
            // Padding that nobody reads.
            let padding = 64 - self.literals.len() % 64;
            self.literals.extend((0..padding).map(|_| Literal {
                negated: false,
                atom: Atom::Known(u16::MAX),
            }));
        }
        let first = self.literals.len();
        let mut bits = 0;
        for (n, literal) in literals.into_iter().enumerate() {
            bits |= 1_u64 << ((first + n) % 64);
            self.literals.push(literal);
        }
        let word = u8::try_from(first / 64).ok()?;
        Some(Clause { word, bits })
    }
}

/// The form of 'the client passes this clause': an exclusion must not hold.
fn normal_form(criterion: &Criterion, kinds: &[Type], index: usize) -> Option<Normal> {
    let negated = criterion.polarity == Polarity::Excluding;
    match &criterion.test {
        Test::Judgement(_) => {
            let slot = u16::try_from(kinds.len() + index).ok()?;
            let atom = Atom::Constant(slot, Comparison::Equal, 1);
            Some(vec![vec![Literal { negated, atom }]])
        }
        Test::Condition(condition) => {
            Some(normal(condition, kinds, negated).unwrap_or_else(|| {
                vec![vec![Literal {
                    negated,
                    atom: written(condition),
                }]]
            }))
        }
    }
}

/// The normal form, or none where it would grow too large.
fn normal(condition: &Condition, kinds: &[Type], negated: bool) -> Option<Normal> {
    match (&condition.kind, negated) {
        (ConditionKind::Not(inner), _) => normal(inner, kinds, !negated),
        (ConditionKind::All(parts), false) | (ConditionKind::Any(parts), true) => {
            conjunction(parts.iter().map(|part| normal(part, kinds, negated)))
        }
        (ConditionKind::Any(parts), false) | (ConditionKind::All(parts), true) => {
            disjunction(parts.iter().map(|part| normal(part, kinds, negated)))
        }
        (ConditionKind::Unless(rule, exception), false) => {
            conjunction([normal(rule, kinds, false), normal(exception, kinds, true)].into_iter())
        }
        (ConditionKind::Unless(rule, exception), true) => {
            disjunction([normal(rule, kinds, true), normal(exception, kinds, false)].into_iter())
        }
        (leaf, _) => Some(vec![vec![Literal {
            negated,
            atom: atom(leaf, condition, kinds),
        }]]),
    }
}

fn conjunction(parts: impl Iterator<Item = Option<Normal>>) -> Option<Normal> {
    let mut all = Vec::new();
    for part in parts {
        for clause in part? {
            if !narrowed(&mut all, &clause) {
                all.push(clause);
            }
        }
    }
    (all.len() <= CLAUSES).then_some(all)
}

/// `x >= 2 en x <= 10` is one interval: both are unknown at once.
fn narrowed(all: &mut Normal, clause: &[Literal]) -> bool {
    let (Some([last]), [next]) = (all.last_mut().map(Vec::as_mut_slice), clause) else {
        return false;
    };
    match (interval(last), interval(next)) {
        (Some((slot, low, high)), Some((other, from, to))) if slot == other => {
            last.atom = Atom::Between(slot, low.max(from), high.min(to));
            true
        }
        _ => false,
    }
}

fn interval(literal: &Literal) -> Option<(u16, i64, i64)> {
    match (&literal.atom, literal.negated) {
        (Atom::Between(slot, low, high), false) => Some((*slot, *low, *high)),
        (Atom::Constant(slot, Comparison::GreaterOrEqual, low), false) => {
            Some((*slot, *low, i64::MAX))
        }
        (Atom::Constant(slot, Comparison::LessOrEqual, high), false) => {
            Some((*slot, i64::MIN, *high))
        }
        _ => None,
    }
}

/// Distributes *or* over *and*.
fn disjunction(parts: impl Iterator<Item = Option<Normal>>) -> Option<Normal> {
    let mut result: Normal = vec![Vec::new()];
    for part in parts {
        let part = part?;
        if result.len().checked_mul(part.len())? > CLAUSES {
            return None;
        }
        result = result
            .iter()
            .flat_map(|left| {
                part.iter()
                    .map(move |right| left.iter().chain(right).cloned().collect())
            })
            .collect();
    }
    result
        .iter()
        .all(|clause: &Vec<Literal>| clause.len() <= 64)
        .then_some(result)
}

fn written(condition: &Condition) -> Atom {
    let mut facts = Vec::new();
    truth::facts(condition, &mut facts);
    Atom::Written(Box::new(condition.clone()), facts)
}

fn atom(kind: &ConditionKind, whole: &Condition, kinds: &[Type]) -> Atom {
    let compiled = match kind {
        ConditionKind::Fact(fact) => Some(Atom::Constant(fact.0, Comparison::Equal, 1)),
        ConditionKind::Known(fact) => Some(Atom::Known(fact.0)),
        ConditionKind::OneOf(fact, options) => one_of(*fact, options),
        ConditionKind::Compare(left, op, right) => compare(left, *op, right, kinds),
        ConditionKind::Within(fact, length)
            if plain(*length) && kinds.get(fact.index()) == Some(&Type::Date) =>
        {
            Some(Atom::Within(fact.0, *length))
        }
        _ => None,
    };
    compiled.unwrap_or_else(|| written(whole))
}

fn one_of(fact: FactId, options: &[Value]) -> Option<Atom> {
    let mut set = 0_u64;
    for option in options {
        let index = match option {
            Value::Choice(index) => *index,
            Value::Party(party) => party.0,
            _ => return None,
        };
        set |= 1_u64.checked_shl(u32::from(index))?;
    }
    Some(Atom::OneOf(fact.0, set))
}

fn compare(left: &Expr, op: Comparison, right: &Expr, kinds: &[Type]) -> Option<Atom> {
    match (left, right) {
        (Expr::Age(fact), Expr::Value(Value::Duration(length))) if plain(*length) => {
            Some(Atom::Age(fact.0, op, *length))
        }
        (Expr::Value(Value::Duration(length)), Expr::Age(fact)) if plain(*length) => {
            Some(Atom::Age(fact.0, mirrored(op), *length))
        }
        (Expr::Fact(fact), Expr::Value(value)) => {
            number(value).map(|n| Atom::Constant(fact.0, op, n))
        }
        (Expr::Value(value), Expr::Fact(fact)) => {
            number(value).map(|n| Atom::Constant(fact.0, mirrored(op), n))
        }
        (Expr::Fact(left), Expr::Fact(right)) => {
            let kind = kinds.get(left.index()).filter(|kind| ordered(kind))?;
            (kinds.get(right.index()) == Some(kind)).then_some(Atom::Pair(left.0, op, right.0))
        }
        (Expr::Fact(fact), other) if constant(other) && ordered(kinds.get(fact.index())?) => {
            Some(Atom::OnDay(fact.0, op, other.clone()))
        }
        (other, Expr::Fact(fact)) if constant(other) && ordered(kinds.get(fact.index())?) => {
            Some(Atom::OnDay(fact.0, mirrored(op), other.clone()))
        }
        _ => Some(Atom::Sum(sum(left, kinds)?, op, sum(right, kinds)?)),
    }
}

/// Values that are a number in a slot and keep their order there.
fn ordered(kind: &Type) -> bool {
    matches!(
        kind,
        Type::Number | Type::Money | Type::Percentage | Type::Date
    )
}

/// Lengths for which 'so long after a day' never goes back when the day goes forward, at no cost worth mentioning.
fn plain(length: Duration) -> bool {
    !matches!(length.unit, Unit::Hours | Unit::WorkingDays)
}

/// Whether an expression needs no facts.
fn constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) | Expr::Today => true,
        Expr::Fact(_) | Expr::Age(_) => false,
        Expr::Add(a, b) | Expr::Subtract(a, b) | Expr::Share(a, b) => constant(a) && constant(b),
    }
}

/// A chain of additions and subtractions of plain numbers, in the order in which they are carried out.
fn sum(expr: &Expr, kinds: &[Type]) -> Option<Sum> {
    let (left, added, right) = match expr {
        Expr::Add(left, right) => (left, true, right),
        Expr::Subtract(left, right) => (left, false, right),
        other => return Some(vec![(true, term(other, kinds)?)]),
    };
    let mut terms = sum(left, kinds)?;
    terms.push((added, term(right, kinds)?));
    Some(terms)
}

fn term(expr: &Expr, kinds: &[Type]) -> Option<Term> {
    match expr {
        Expr::Fact(fact) => {
            let number = matches!(
                kinds.get(fact.index())?,
                Type::Number | Type::Money | Type::Percentage
            );
            number.then_some(Term::Slot(fact.0))
        }
        Expr::Value(Value::Number(n) | Value::Money(n) | Value::Percentage(n)) => {
            Some(Term::Constant(*n))
        }
        _ => None,
    }
}

fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}
