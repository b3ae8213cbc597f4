//! Expressions and comparisons over values: exact, checked, three-valued.
//!
//! Input: an expression, the facts and the day. Output: a value, or why there is none. Invariant: a missing fact, an overflow and
//! units that do not compare give no value, never a guess and never a panic.

use std::cmp::Ordering;

use convenant_lang::model::{
    CalendarKind, Comparison, Duration, Expr, FactId, MonthEnd, SCALE, Unit, Value,
};
use jiff::civil::Date;

use super::Problem;
use crate::calendar::{Counting, Holidays, due};

/// What an evaluation may look at.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    /// The day of evaluation.
    pub on: Date,
    /// Rounding of month arithmetic.
    pub month_end: MonthEnd,
    /// For durations in working days.
    pub holidays: &'a Holidays,
    /// Facts by `FactId`; shorter lists mean unknown.
    pub facts: &'a dyn Fn(FactId) -> Option<&'a Value>,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// A fact is missing.
    Missing,
    /// The facts are known.
    Problem(Problem),
}

const OVERFLOW: Lack = Lack::Problem(Problem::Overflow);
const INCOMPARABLE: Lack = Lack::Problem(Problem::Incomparable);

impl<'a> Env<'a> {
    /// The value of a fact.
    pub fn fact(&self, fact: FactId) -> Result<&'a Value, Lack> {
        (self.facts)(fact).ok_or(Lack::Missing)
    }

    /// So long after a day, by the plain calendar.
    pub fn after(&self, day: Date, length: Duration) -> Result<Date, Lack> {
        self.shifted(day, length, false)
    }

    /// So long before a day, by the plain calendar.
    pub fn before(&self, day: Date, length: Duration) -> Result<Date, Lack> {
        self.shifted(day, length, true)
    }

    fn shifted(&self, day: Date, length: Duration, backward: bool) -> Result<Date, Lack> {
        let how = Counting {
            calendar: CalendarKind::CalendarDays,
            month_end: self.month_end,
            backward,
            start_counts: false,
        };
        due(self.holidays, day, length, how).map_err(|_| OVERFLOW)
    }

    /// Whether the comparison holds.
    pub fn compare(&self, left: &Expr, op: Comparison, right: &Expr) -> Result<bool, Lack> {
        let order = match (left, right) {
            (Expr::Age(fact), other) => self.age_against(*fact, other)?,
            (other, Expr::Age(fact)) => self.age_against(*fact, other)?.reverse(),
            _ => order(&self.value(left)?, &self.value(right)?)?,
        };
        Ok(holds(op, order))
    }

    /// How the time since a date compares with a duration: by adding the duration to the date.
    fn age_against(&self, fact: FactId, other: &Expr) -> Result<Ordering, Lack> {
        let Value::Date(since) = self.fact(fact)? else {
            return Err(INCOMPARABLE);
        };
        match other {
            Expr::Age(other) => match self.fact(*other)? {
                Value::Date(other) => Ok(other.cmp(since)),
                _ => Err(INCOMPARABLE),
            },
            other => match self.value(other)? {
                Value::Duration(length) => Ok(self.on.cmp(&self.after(*since, length)?)),
                _ => Err(INCOMPARABLE),
            },
        }
    }

    /// The value of an expression.
    pub fn value(&self, expr: &Expr) -> Result<Value, Lack> {
        match expr {
            Expr::Value(value) => Ok(value.clone()),
            Expr::Fact(fact) => self.fact(*fact).cloned(),
            Expr::Today => Ok(Value::Date(self.on)),
            Expr::Age(_) => Err(INCOMPARABLE),
            Expr::Add(left, right) => self.sum(self.value(left)?, self.value(right)?),
            Expr::Subtract(left, right) => self.difference(self.value(left)?, self.value(right)?),
            Expr::Share(share, whole) => share_of(&self.value(share)?, &self.value(whole)?),
        }
    }

    fn sum(&self, left: Value, right: Value) -> Result<Value, Lack> {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => checked(a.checked_add(b), Value::Number),
            (Value::Money(a), Value::Money(b)) => checked(a.checked_add(b), Value::Money),
            (Value::Percentage(a), Value::Percentage(b)) => {
                checked(a.checked_add(b), Value::Percentage)
            }
            (Value::Date(day), Value::Duration(length))
            | (Value::Duration(length), Value::Date(day)) => {
                self.after(day, length).map(Value::Date)
            }
            (Value::Duration(a), Value::Duration(b)) => lengths(a, b, i64::checked_add),
            _ => Err(INCOMPARABLE),
        }
    }

    fn difference(&self, left: Value, right: Value) -> Result<Value, Lack> {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => checked(a.checked_sub(b), Value::Number),
            (Value::Money(a), Value::Money(b)) => checked(a.checked_sub(b), Value::Money),
            (Value::Percentage(a), Value::Percentage(b)) => {
                checked(a.checked_sub(b), Value::Percentage)
            }
            (Value::Date(day), Value::Duration(length)) => {
                self.before(day, length).map(Value::Date)
            }
            (Value::Duration(a), Value::Duration(b)) => lengths(a, b, i64::checked_sub),
            _ => Err(INCOMPARABLE),
        }
    }
}

/// A hundred percent, in the unit of `Value::Percentage`.
const WHOLE: i128 = SCALE as i128 * 100;

fn share_of(share: &Value, whole: &Value) -> Result<Value, Lack> {
    let Value::Percentage(share) = share else {
        return Err(INCOMPARABLE);
    };
    let part = |whole: i64| {
        let part = i128::from(*share) * i128::from(whole) / WHOLE;
        i64::try_from(part).map_err(|_| OVERFLOW)
    };
    match whole {
        Value::Number(whole) => part(*whole).map(Value::Number),
        Value::Money(whole) => part(*whole).map(Value::Money),
        Value::Percentage(whole) => part(*whole).map(Value::Percentage),
        _ => Err(INCOMPARABLE),
    }
}

/// The least number of all is no result: in a slot it says that nothing is known.
fn checked(result: Option<i64>, make: impl Fn(i64) -> Value) -> Result<Value, Lack> {
    result
        .filter(|number| *number != i64::MIN)
        .map(make)
        .ok_or(OVERFLOW)
}

/// Hours, months and working days do not convert into each other.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Family {
    Hours,
    WorkingDays,
    Months,
}

fn in_family(length: Duration) -> (Family, i64) {
    let amount = i64::from(length.amount);
    match length.unit {
        Unit::Hours => (Family::Hours, amount),
        Unit::Days => (Family::Hours, amount * 24),
        Unit::Weeks => (Family::Hours, amount * 24 * 7),
        Unit::WorkingDays => (Family::WorkingDays, amount),
        Unit::Months => (Family::Months, amount),
        Unit::Years => (Family::Months, amount * 12),
    }
}

fn lengths(a: Duration, b: Duration, op: impl Fn(i64, i64) -> Option<i64>) -> Result<Value, Lack> {
    let ((family, x), (other, y)) = (in_family(a), in_family(b));
    if family != other {
        return Err(INCOMPARABLE);
    }
    let unit = match family {
        Family::Hours => Unit::Hours,
        Family::WorkingDays => Unit::WorkingDays,
        Family::Months => Unit::Months,
    };
    let amount = op(x, y)
        .and_then(|n| u32::try_from(n).ok())
        .ok_or(OVERFLOW)?;
    Ok(Value::Duration(Duration { amount, unit }))
}

/// How two values of one type compare; choices, parties, neighbourhoods and yes/no compare by identity (their order says nothing, but the
/// checker only admits equal and unequal).
fn order(left: &Value, right: &Value) -> Result<Ordering, Lack> {
    match (left, right) {
        (Value::Number(a), Value::Number(b))
        | (Value::Money(a), Value::Money(b))
        | (Value::Percentage(a), Value::Percentage(b)) => Ok(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(a.cmp(b)),
        (Value::Choice(a), Value::Choice(b)) => Ok(a.cmp(b)),
        (Value::Party(a), Value::Party(b)) => Ok(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => {
            let ((family, x), (other, y)) = (in_family(*a), in_family(*b));
            if family == other || x == 0 && y == 0 {
                Ok(x.cmp(&y))
            } else {
                Err(INCOMPARABLE)
            }
        }
        _ => Err(INCOMPARABLE),
    }
}

fn holds(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
