//! Conditions in Kleene's three values.
//!
//! Input: a condition and what it may look at. Output: a truth, the tree behind it, or the facts that are missing. One leaf evaluation serves
//! all three, so that they cannot disagree.

use convenant_lang::model::{Condition, ConditionKind, Duration, Expr, FactId, Period, Value};

use super::value::{Env, Lack};
use super::{FactUse, Node, Problem, Truth};
use jiff::civil::Date;

impl Truth {
    /// Not, with unknown staying unknown.
    pub fn negated(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// True when both are; false when either is.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// True when either is; false when both are.
    pub fn or(self, other: Truth) -> Truth {
        self.negated().and(other.negated()).negated()
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// The conditions that a condition consists of.
fn parts(condition: &Condition) -> Vec<&Condition> {
    match &condition.kind {
        ConditionKind::All(parts) | ConditionKind::Any(parts) => parts.iter().collect(),
        ConditionKind::Not(inner) => vec![inner],
        ConditionKind::Unless(rule, exception) => vec![rule, exception],
        _ => Vec::new(),
    }
}

/// The value of a condition from the values of its parts.
fn combined(kind: &ConditionKind, mut parts: impl Iterator<Item = Truth>) -> Option<Truth> {
    match kind {
        ConditionKind::All(_) => Some(parts.fold(Truth::True, Truth::and)),
        ConditionKind::Any(_) => Some(parts.fold(Truth::False, Truth::or)),
        ConditionKind::Not(_) => parts.next().map(Truth::negated),
        ConditionKind::Unless(..) => {
            let rule = parts.next()?;
            Some(rule.and(parts.next()?.negated()))
        }
        _ => None,
    }
}

/// The truth of a condition.
pub(crate) fn truth(condition: &Condition, env: &Env<'_>) -> Truth {
    match &condition.kind {
        ConditionKind::All(parts) | ConditionKind::Any(parts) => {
            combined(&condition.kind, parts.iter().map(|part| truth(part, env)))
                .unwrap_or(Truth::Unknown)
        }
        ConditionKind::Not(inner) => truth(inner, env).negated(),
        ConditionKind::Unless(rule, exception) => {
            truth(rule, env).and(truth(exception, env).negated())
        }
        leaf => self::leaf(leaf, env).0,
    }
}

/// The tree of a condition, with the value of each part.
pub(crate) fn tree(condition: &Condition, env: &Env<'_>, name: &dyn Fn(FactId) -> String) -> Node {
    let parts: Vec<Node> = parts(condition)
        .into_iter()
        .map(|part| tree(part, env, name))
        .collect();
    let mut used = Vec::new();
    leaf_facts(&condition.kind, &mut used);
    let (value, problem) = match combined(&condition.kind, parts.iter().map(|part| part.value)) {
        Some(value) => (value, None),
        None => leaf(&condition.kind, env),
    };
    let facts = used
        .into_iter()
        .map(|fact| FactUse {
            fact,
            name: name(fact),
            value: env.fact(fact).ok().cloned(),
        })
        .collect();
    Node {
        span: condition.span,
        value,
        facts,
        problem,
        parts,
    }
}

/// Adds the missing facts that can still change the value of a condition that is unknown.
pub(crate) fn missing(condition: &Condition, env: &Env<'_>, into: &mut Vec<FactId>) {
    if truth(condition, env) != Truth::Unknown {
        return;
    }
    let parts = parts(condition);
    if parts.is_empty() {
        let mut used = Vec::new();
        leaf_facts(&condition.kind, &mut used);
        used.retain(|fact| env.fact(*fact).is_err() && !into.contains(fact));
        into.extend(used);
    }
    for part in parts {
        missing(part, env, into);
    }
}

/// Every fact that a condition reads.
pub(crate) fn facts(condition: &Condition, into: &mut Vec<FactId>) {
    leaf_facts(&condition.kind, into);
    for part in parts(condition) {
        facts(part, into);
    }
}

fn leaf_facts(kind: &ConditionKind, into: &mut Vec<FactId>) {
    match kind {
        ConditionKind::Fact(fact)
        | ConditionKind::Known(fact)
        | ConditionKind::OneOf(fact, _)
        | ConditionKind::Within(fact, _)
        | ConditionKind::Unbroken { fact, .. } => add(*fact, into),
        ConditionKind::Compare(left, _, right) => {
            expr_facts(left, into);
            expr_facts(right, into);
        }
        _ => {}
    }
}

fn expr_facts(expr: &Expr, into: &mut Vec<FactId>) {
    match expr {
        Expr::Fact(fact) | Expr::Age(fact) => add(*fact, into),
        Expr::Add(left, right) | Expr::Subtract(left, right) | Expr::Share(left, right) => {
            expr_facts(left, into);
            expr_facts(right, into);
        }
        Expr::Value(_) | Expr::Today => {}
    }
}

fn add(fact: FactId, into: &mut Vec<FactId>) {
    if !into.contains(&fact) {
        into.push(fact);
    }
}

/// A condition without parts.
pub(crate) fn leaf(kind: &ConditionKind, env: &Env<'_>) -> (Truth, Option<Problem>) {
    let answer = match kind {
        ConditionKind::Fact(fact) => env.fact(*fact).map(|v| matches!(v, Value::Bool(true))),
        ConditionKind::Known(fact) => Ok(env.fact(*fact).is_ok()),
        ConditionKind::Compare(left, op, right) => env.compare(left, *op, right),
        ConditionKind::OneOf(fact, options) => env.fact(*fact).map(|v| options.contains(v)),
        ConditionKind::Within(fact, length) => within(env, *fact, *length),
        ConditionKind::Unbroken {
            fact,
            length,
            within,
        } => unbroken(env, *fact, *length, *within),
        ConditionKind::All(_)
        | ConditionKind::Any(_)
        | ConditionKind::Not(_)
        | ConditionKind::Unless(..) => Err(Lack::Missing),
    };
    match answer {
        Ok(value) => (value.into(), None),
        Err(Lack::Missing) => (Truth::Unknown, None),
        Err(Lack::Problem(problem)) => (Truth::Unknown, Some(problem)),
    }
}

/// A date, or any day of the periods, no longer ago than `length` and not in the future.
fn within(env: &Env<'_>, fact: FactId, length: Duration) -> Result<bool, Lack> {
    match env.fact(fact)? {
        Value::Date(day) => Ok(*day <= env.on && env.after(*day, length)? >= env.on),
        Value::Periods(periods) => {
            for period in periods {
                if period.from <= env.on && touches(env, period, length)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(Lack::Problem(Problem::Incomparable)),
    }
}

fn touches(env: &Env<'_>, period: &Period, length: Duration) -> Result<bool, Lack> {
    match period.until {
        None => Ok(true),
        Some(until) if until > env.on => Ok(true),
        Some(until) => match until.yesterday() {
            Ok(last) if last >= period.from => Ok(env.after(last, length)? >= env.on),
            _ => Ok(false),
        },
    }
}

/// An unbroken stay of at least `length`; without a window it must reach the day of evaluation.
fn unbroken(
    env: &Env<'_>,
    fact: FactId,
    length: Duration,
    window: Option<Duration>,
) -> Result<bool, Lack> {
    let Value::Periods(periods) = env.fact(fact)? else {
        return Err(Lack::Problem(Problem::Incomparable));
    };
    let opens = window.map(|w| env.before(env.on, w)).transpose()?;
    let mut stay: Option<(Date, Date)> = None;
    for period in periods {
        let end = period.until.map_or(env.on, |until| until.min(env.on));
        if period.from > end {
            continue;
        }
        stay = match stay {
            Some((from, until)) if period.from <= until => Some((from, until.max(end))),
            Some(done) if long_enough(env, done, length, opens)? => return Ok(true),
            _ => Some((period.from, end)),
        };
    }
    match stay {
        Some(last) => long_enough(env, last, length, opens),
        None => Ok(false),
    }
}

fn long_enough(
    env: &Env<'_>,
    (from, until): (Date, Date),
    length: Duration,
    opens: Option<Date>,
) -> Result<bool, Lack> {
    match opens {
        None if until < env.on => Ok(false),
        None => Ok(env.after(from, length)? <= until),
        Some(opens) if until <= opens => Ok(false),
        Some(opens) => Ok(env.after(from.max(opens), length)? <= until),
    }
}
