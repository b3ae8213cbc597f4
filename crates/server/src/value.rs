//! Values of facts at the edge: JSON or the spelling of the language in, text or JSON out.
//!
//! Input: JSON and the type of the fact. Output: an exact `Value`, or what the type asks for. Invariants: no floating point, no
//! rounding: a number with more decimals than its type keeps is refused; an error never repeats the value.

use convenant_lang::model::{
    Convenant, Duration, PartyId, Period, SCALE, Type, Unit, Value,
};
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
        Type::Text => "verwacht-tekst",
        Type::Choice(_) => "verwacht-keuze",
        Type::Party(_) => "verwacht-partij",
        Type::Periods => "verwacht-periodes",
    }
}

/// The value that JSON stands for; none when it does not fit the type.
pub fn from_json(model: &Convenant, kind: &Type, json: &Json) -> Option<Value> {
    match (kind, json) {
        (Type::Bool, Json::Bool(yes)) => Some(Value::Bool(*yes)),
        (Type::Number | Type::Money | Type::Percentage, Json::Number(number)) => {
            let plain = number.to_string();
            let exact = decimal(&plain, '.', decimals(kind)?)?;
            Some(number_of(kind, exact))
        }
        (Type::Periods, Json::Array(items)) => periods(items),
        (_, Json::String(text)) => from_text(model, kind, text),
        _ => None,
    }
}

/// The value that a text in the spelling of the language stands for.
pub fn from_text(model: &Convenant, kind: &Type, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    match kind {
        Type::Bool => match trimmed {
            "ja" => Some(Value::Bool(true)),
            "nee" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Number => Some(Value::Number(dutch_number(trimmed, 4)?)),
        Type::Money => {
            let amount = trimmed.strip_prefix('€').unwrap_or(trimmed).trim_start();
            Some(Value::Money(dutch_number(amount, 2)?))
        }
        Type::Percentage => {
            let share = trimmed.strip_suffix('%').unwrap_or(trimmed).trim_end();
            Some(Value::Percentage(dutch_number(share, 4)?))
        }
        Type::Date => date(trimmed).map(Value::Date),
        Type::Duration => duration(trimmed).map(Value::Duration),
        Type::Text => (text.chars().count() <= LONGEST_TEXT && !text.contains('\0'))
            .then(|| Value::Text(text.to_owned())),
        Type::Choice(options) => {
            let index = options.iter().position(|o| o == trimmed)?;
            u16::try_from(index).ok().map(Value::Choice)
        }
        Type::Party(wanted) => {
            let id = model.party_named(trimmed)?;
            let party = model.parties.get(id.index())?;
            wanted
                .is_none_or(|kind| kind == party.kind)
                .then_some(Value::Party(id))
        }
        Type::Periods => None,
    }
}

/// Decimals that a type keeps.
fn decimals(kind: &Type) -> Option<usize> {
    match kind {
        Type::Number | Type::Percentage => Some(4),
        Type::Money => Some(2),
        _ => None,
    }
}

fn number_of(kind: &Type, exact: i64) -> Value {
    match kind {
        Type::Money => Value::Money(exact),
        Type::Percentage => Value::Percentage(exact),
        _ => Value::Number(exact),
    }
}

/// `1.250,50`: points group thousands, a comma begins the decimals.
fn dutch_number(text: &str, decimals: usize) -> Option<i64> {
    let (whole, fraction) = match text.split_once(',') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, Some(fraction)),
        Some(_) => return None,
        None => (text, None),
    };
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let mut groups = whole.trim_start_matches('-').split('.');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        grouped = true;
        digits.push_str(group);
    }
    if grouped && !(1..=3).contains(&first.len()) {
        return None;
    }
    let plain = match fraction {
        Some(fraction) => format!("{sign}{digits}.{fraction}"),
        None => format!("{sign}{digits}"),
    };
    decimal(&plain, '.', decimals)
}

/// A decimal number as a whole number of its smallest unit; none when it is not exact or too large.
fn decimal(text: &str, point: char, decimals: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > decimals || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let exact: i64 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    if negative { exact.checked_neg() } else { Some(exact) }
}

const MONTHS: [&str; 12] = [
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december",
];

/// `2017-03-15` or `15 maart 2017`.
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let shape: Vec<&str> = text.split('-').collect();
    if let [year, month, day] = shape.as_slice() {
        let numbers = [year, month, day]
            .iter()
            .all(|p| p.bytes().all(|b| b.is_ascii_digit()));
        if !numbers || year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, month, year] = words.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|m| m == month)?.checked_add(1)?;
    if year.len() != 4 || day.len() > 2 {
        return None;
    }
    Date::new(year.parse().ok()?, i8::try_from(month).ok()?, day.parse().ok()?).ok()
}

/// `6 weken`.
fn duration(text: &str) -> Option<Duration> {
    let (amount, unit) = text.split_once(char::is_whitespace)?;
    let unit = match unit.trim() {
        "uur" => Unit::Hours,
        "dag" | "dagen" | "kalenderdag" | "kalenderdagen" => Unit::Days,
        "werkdag" | "werkdagen" => Unit::WorkingDays,
        "week" | "weken" => Unit::Weeks,
        "maand" | "maanden" => Unit::Months,
        "jaar" => Unit::Years,
        _ => return None,
    };
    let amount = amount.parse().ok()?;
    Some(Duration { amount, unit })
}

/// `[{"van": "2010-01-01", "tot": "2016-01-01"}]`: sorted, not overlapping; `tot` may be left out.
fn periods(items: &[Json]) -> Option<Value> {
    if items.len() > MOST_PERIODS {
        return None;
    }
    let mut periods = items.iter().map(period).collect::<Option<Vec<_>>>()?;
    periods.sort_by_key(|p| p.from);
    let touch = periods.windows(2).any(|pair| match pair {
        [a, b] => a.until.is_none_or(|until| until > b.from),
        _ => false,
    });
    (!touch).then_some(Value::Periods(periods))
}

fn period(item: &Json) -> Option<Period> {
    let map = item.as_object()?;
    if map.keys().any(|k| k != "van" && k != "tot") {
        return None;
    }
    let from = date(map.get("van")?.as_str()?)?;
    let until = match map.get("tot") {
        None | Some(Json::Null) => None,
        Some(text) => Some(date(text.as_str()?)?),
    };
    until
        .is_none_or(|until| until > from)
        .then_some(Period { from, until })
}

/// A value as JSON: exact, in the spelling that is read back.
pub fn to_json(model: &Convenant, kind: &Type, value: &Value) -> Json {
    match value {
        Value::Bool(yes) => json!(yes),
        Value::Number(n) => json!(plain(*n, SCALE, ',')),
        Value::Money(cents) => json!(format!("€ {}", money(*cents))),
        Value::Percentage(n) => json!(format!("{}%", plain(*n, SCALE, ','))),
        Value::Date(date) => json!(date.to_string()),
        Value::Duration(d) => json!(dutch_duration(*d)),
        Value::Text(text) => json!(text),
        Value::Choice(n) => json!(option(kind, *n)),
        Value::Party(id) => json!(party(model, *id)),
        Value::Periods(periods) => periods
            .iter()
            .map(|p| json!({"van": p.from.to_string(), "tot": p.until.map(|u| u.to_string())}))
            .collect(),
    }
}

/// A value for a reader.
pub fn to_text(words: &Words<'_>, kind: &Type, value: &Value) -> String {
    match value {
        Value::Bool(yes) => words.yes(*yes),
        Value::Date(date) => words.date(*date),
        Value::Duration(duration) => words.duration(*duration),
        Value::Periods(periods) => periods
            .iter()
            .map(|p| match p.until {
                Some(until) => format!("{} – {}", words.date(p.from), words.date(until)),
                None => format!("{} –", words.date(p.from)),
            })
            .collect::<Vec<_>>()
            .join("; "),
        other => match to_json(words.model, kind, other) {
            Json::String(text) => text,
            other => other.to_string(),
        },
    }
}

fn option(kind: &Type, n: u16) -> &str {
    match kind {
        Type::Choice(options) => options.get(usize::from(n)).map_or("?", String::as_str),
        _ => "?",
    }
}

fn party(model: &Convenant, id: PartyId) -> &str {
    model.parties.get(id.index()).map_or("?", |p| &p.name)
}

/// A whole number of smallest units as a decimal number without trailing zeros.
fn plain(n: i64, scale: i64, comma: char) -> String {
    let (whole, rest) = (n.unsigned_abs() / scale.unsigned_abs(), n.unsigned_abs() % scale.unsigned_abs());
    let sign = if n < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{}", grouped(whole));
    }
    let digits = format!("{rest:04}");
    format!("{sign}{}{comma}{}", grouped(whole), digits.trim_end_matches('0'))
}

fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (euros, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    if rest == 0 {
        format!("{sign}{}", grouped(euros))
    } else {
        format!("{sign}{},{rest:02}", grouped(euros))
    }
}

/// `14.900`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push('.');
        }
        out.push(c);
    }
    out
}

fn dutch_duration(d: Duration) -> String {
    let unit = match d.unit {
        Unit::Hours => "uur",
        Unit::Days => "dagen",
        Unit::WorkingDays => "werkdagen",
        Unit::Weeks => "weken",
        Unit::Months => "maanden",
        Unit::Years => "jaar",
    };
    format!("{} {unit}", d.amount)
}
