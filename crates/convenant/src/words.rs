//! Values of the language in the words of the reader: durations, dates, moments.
//!
//! Input: values of the model. Output: text in the language of the messages; dates as in the agreements (`15 maart 2017`).

use convenant_engine::DeadlineRef;
use convenant_lang::model::{Convenant, Duration, Handover, StepId, Type, Unit, Value};
use jiff::civil::Date;

use crate::messages::{Messages, say};

/// `10 werkdagen`.
pub fn duration(length: Duration, messages: &Messages) -> String {
    let n = length.amount;
    match length.unit {
        Unit::Hours => say!(messages, "duration-hours", n = n),
        Unit::Days => say!(messages, "duration-days", n = n),
        Unit::WorkingDays => say!(messages, "duration-working-days", n = n),
        Unit::Weeks => say!(messages, "duration-weeks", n = n),
        Unit::Months => say!(messages, "duration-months", n = n),
        Unit::Years => say!(messages, "duration-years", n = n),
    }
}

/// `15 maart 2017`.
pub fn date(date: Date, messages: &Messages) -> String {
    let months = say!(messages, "date-months");
    let month = months
        .split(' ')
        .nth(usize::try_from(date.month() - 1).unwrap_or_default())
        .unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

/// The name of a deadline, as scenarios write it.
pub fn deadline(handover: &Handover, of: DeadlineRef) -> String {
    let step = |id: StepId| handover.steps.get(id.index());
    match of {
        DeadlineRef::Step(id, _) => step(id).map_or_else(String::new, |step| step.name.clone()),
        DeadlineRef::Task(id, task) => step(id)
            .and_then(|step| step.tasks.get(task.index()))
            .map_or_else(String::new, |task| task.name.clone()),
        DeadlineRef::Case(_) => "zaak".to_owned(),
        DeadlineRef::Offer(..) => "aanbod".to_owned(),
        DeadlineRef::Evaluation(..) => "evaluatie".to_owned(),
        DeadlineRef::Objection => "bezwaar".to_owned(),
        DeadlineRef::ObjectionDecision => "besluit-bezwaar".to_owned(),
    }
}

/// A value of a fact, as the language spells it.
pub fn value(value: &Value, kind: &Type, model: &Convenant, messages: &Messages) -> String {
    match (value, kind) {
        (Value::Bool(true), _) => say!(messages, "yes"),
        (Value::Bool(false), _) => say!(messages, "no"),
        (Value::Number(number), _) => decimal(*number, 4),
        (Value::Percentage(number), _) => format!("{}%", decimal(*number, 4)),
        (Value::Money(cents), _) if cents % 100 == 0 => format!("€ {}", decimal(cents / 100, 0)),
        (Value::Money(cents), _) => {
            let sign = if *cents < 0 { "-" } else { "" };
            let whole = grouped((cents / 100).unsigned_abs());
            format!("€ {sign}{whole},{:02}", (cents % 100).abs())
        }
        (Value::Date(day), _) => date(*day, messages),
        (Value::Duration(length), _) => duration(*length, messages),
        (Value::Text(text), _) => text.clone(),
        (Value::Choice(index), Type::Choice(options)) => options
            .get(usize::from(*index))
            .cloned()
            .unwrap_or_default(),
        (Value::Choice(index), _) => index.to_string(),
        (Value::Party(id), _) => model
            .parties
            .get(id.index())
            .map_or_else(String::new, |party| party.name.clone()),
        (Value::Periods(periods), _) => periods
            .iter()
            .map(|period| match period.until {
                Some(until) => say!(
                    messages,
                    "period",
                    from = date(period.from, messages),
                    until = date(until, messages)
                ),
                None => say!(messages, "period-open", from = date(period.from, messages)),
            })
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// A number with so many hidden decimals: no zeros at the end, points between thousands, a comma before decimals.
fn decimal(number: i64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let size = number.unsigned_abs();
    let sign = if number < 0 { "-" } else { "" };
    let mut text = format!("{sign}{}", grouped(size / one));
    let rest = size % one;
    if rest > 0 {
        let digits = format!("{rest:0width$}", width = decimals as usize);
        text.push(',');
        text.push_str(digits.trim_end_matches('0'));
    }
    text
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_the_agreements() {
        assert_eq!(decimal(149_000_000, 4), "14.900");
        assert_eq!(decimal(125_000, 4), "12,5");
        assert_eq!(decimal(-1, 4), "-0,0001");
        assert_eq!(decimal(i64::MIN, 4), "-922.337.203.685.477,5808");
        assert_eq!(grouped(0), "0");
    }
}
