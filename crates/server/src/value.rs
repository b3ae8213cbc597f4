//! Values of facts at the edge: JSON or the spelling of the language in, text or JSON out.
//!
//! Input: JSON and the type of the fact. Output: an exact `Value`, or none when it does not fit. Invariants: no floating point, no
//! rounding: a number with more decimals than its type keeps is refused; what `to_json` writes, `from_json` reads back.

use convenant_lang::model::{Convenant, Period, Type, Value};
use convenant_lang::{parse_value, sorted_periods, value_to_text};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::words::Words;

/// Message id of what a date looks like.
pub const EXPECTED_DATE: &str = "verwacht-datum";

/// The longest text that a fact may hold.
const LONGEST_TEXT: usize = 10_000;

/// The most periods that a fact may hold.
const MOST_PERIODS: usize = 1_000;

/// Message id of what a type asks for.
pub fn expected(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "verwacht-ja-nee",
        Type::Number => "verwacht-getal",
        Type::Money => "verwacht-bedrag",
        Type::Percentage => "verwacht-percentage",
        Type::Date => EXPECTED_DATE,
        Type::Duration => "verwacht-duur",
        Type::Text | Type::Neighbourhood => "verwacht-tekst",
        Type::Choice(_) => "verwacht-keuze",
        Type::Party(_) => "verwacht-partij",
        Type::Periods => "verwacht-periodes",
    }
}

/// The value that JSON stands for; none when it does not fit the type.
pub fn from_json(model: &Convenant, kind: &Type, json: &Json) -> Option<Value> {
    match (kind, json) {
        (Type::Bool, Json::Bool(yes)) => Some(Value::Bool(*yes)),
        (Type::Number, Json::Number(n)) => decimal(&n.to_string(), 4).map(Value::Number),
        (Type::Money, Json::Number(n)) => decimal(&n.to_string(), 2).map(Value::Money),
        (Type::Percentage, Json::Number(n)) => decimal(&n.to_string(), 4).map(Value::Percentage),
        (Type::Periods, Json::Array(items)) => periods(model, items),
        (Type::Text | Type::Neighbourhood, Json::String(text)) => {
            // A neighbourhood is the same as another one or not: what nobody sees makes no difference.
            let said = match kind {
                Type::Neighbourhood => text.trim(),
                _ => text,
            };
            may_be_kept(said).then(|| Value::Text(said.to_owned()))
        }
        (_, Json::String(text)) if text.len() <= LONGEST_TEXT => {
            parse_value(model, kind, text).ok()
        }
        _ => None,
    }
}

/// Whether a text can be kept: not too long, and without the one character that PostgreSQL does not take.
pub fn may_be_kept(text: &str) -> bool {
    text.chars().count() <= LONGEST_TEXT && !text.contains('\0')
}

/// A JSON number as a whole number of its smallest unit; none when it is not exact or too large.
fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > decimals || !all_digits(whole) || !all_digits(fraction)
    {
        return None;
    }
    let exact: i64 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    if negative {
        exact.checked_neg()
    } else {
        Some(exact)
    }
}

/// A civil date: `2017-03-15` or `15 maart 2017`.
pub fn date(model: &Convenant, text: &str) -> Option<Date> {
    match parse_value(model, &Type::Date, text) {
        Ok(Value::Date(date)) => Some(date),
        _ => None,
    }
}

/// `[{"van": "2010-01-01", "tot": "2016-01-01"}]`: not overlapping; `tot` may be left out of the last.
fn periods(model: &Convenant, items: &[Json]) -> Option<Value> {
    if items.len() > MOST_PERIODS {
        return None;
    }
    let periods = items
        .iter()
        .map(|item| period(model, item))
        .collect::<Option<Vec<_>>>()?;
    sorted_periods(periods).map(Value::Periods)
}

fn period(model: &Convenant, item: &Json) -> Option<Period> {
    let map = item.as_object()?;
    if map.keys().any(|k| k != "van" && k != "tot") {
        return None;
    }
    let from = date(model, map.get("van")?.as_str()?)?;
    let until = match map.get("tot") {
        None | Some(Json::Null) => None,
        Some(text) => Some(date(model, text.as_str()?)?),
    };
    Some(Period { from, until })
}

/// A value as JSON: exact, in the spelling that is read back.
pub fn to_json(model: &Convenant, kind: &Type, value: &Value) -> Json {
    match value {
        Value::Bool(yes) => json!(yes),
        Value::Date(date) => json!(date.to_string()),
        Value::Periods(periods) => periods
            .iter()
            .map(|p| json!({"van": p.from.to_string(), "tot": p.until.map(|u| u.to_string())}))
            .collect(),
        other => json!(value_to_text(model, kind, other)),
    }
}

/// A value for a reader.
pub fn to_text(words: &Words<'_>, kind: &Type, value: &Value) -> String {
    match value {
        Value::Bool(yes) => words.yes(*yes),
        Value::Date(date) => words.date(*date),
        Value::Duration(duration) => words.duration(*duration),
        Value::Periods(periods) => {
            let text = |p: &Period| match p.until {
                Some(until) => format!("{} – {}", words.date(p.from), words.date(until)),
                None => format!("{} –", words.date(p.from)),
            };
            periods.iter().map(text).collect::<Vec<_>>().join("; ")
        }
        other => value_to_text(words.model, kind, other),
    }
}
