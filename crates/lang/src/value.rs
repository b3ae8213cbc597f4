//! Values of facts in the spelling of the language, read and written.
//!
//! Input: a type and a text (or a value). Output: the value (or its text). Invariant: what `value_to_text` writes,
//! `parse_value` reads back as the same value.

use jiff::civil::Date;

use crate::diagnostic::{Arg, Code, Diagnostic, Word};
use crate::literal::{self, MONTHS};
use crate::lower::kind_word;
use crate::model::{Convenant, Duration, Period, SCALE, Span, Type, Unit, Value};
use crate::nearest::nearest;

/// Reads a value of this type: `€ 1.250,50`, `15 maart 2017`, `ja`, an option, a party's name; periods as
/// `van 1 januari 2009 tot 1 juli 2015; vanaf 1 maart 2017`. The span of the diagnostic lies in `text`.
pub fn parse_value(model: &Convenant, kind: &Type, text: &str) -> Result<Value, Diagnostic> {
    let text = text.trim();
    let span = Span {
        start: 0,
        end: u32::try_from(text.len()).unwrap_or(u32::MAX),
    };
    match kind {
        Type::Bool => match text {
            "ja" => Ok(Value::Bool(true)),
            "nee" => Ok(Value::Bool(false)),
            _ => Err(not_a(kind, text, span, ["ja", "nee"].into_iter())),
        },
        Type::Number => literal::scaled(text, 4, span).map(Value::Number),
        Type::Money => literal::money(text, span).map(Value::Money),
        Type::Percentage => literal::percentage(text, span).map(Value::Percentage),
        Type::Date => literal::date(text, span).map(Value::Date),
        Type::Duration => literal::duration(text, span).map(Value::Duration),
        Type::Text | Type::Neighbourhood => Ok(Value::Text(text.to_owned())),
        Type::Choice(options) => crate::model::position(options, |option| option == text)
            .map(Value::Choice)
            .ok_or_else(|| not_a(kind, text, span, options.iter().map(String::as_str))),
        Type::Party(of) => {
            let fits = |party: &&crate::model::Party| of.is_none_or(|kind| party.kind == kind);
            let party = model.party_named(text.trim_matches('"'));
            party
                .filter(|id| model.parties.get(id.index()).is_some_and(|p| fits(&p)))
                .map(Value::Party)
                .ok_or_else(|| {
                    let known = model.parties.iter().filter(fits).map(|p| p.name.as_str());
                    not_a(kind, text, span, known)
                })
        }
        Type::Periods => periods(text, span).map(Value::Periods),
    }
}

fn not_a<'a>(
    kind: &Type,
    text: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    Diagnostic::new(Code::BAD_VALUE, span)
        .with("found", text)
        .with("wanted", Arg::AnyOf(vec![Word::Kind(kind_word(kind))]))
        .with_some("near", nearest(text, known).map(str::to_owned))
}

fn periods(text: &str, span: Span) -> Result<Vec<Period>, Diagnostic> {
    let wrong = || not_a(&Type::Periods, text, span, std::iter::empty());
    let mut periods = Vec::new();
    for part in text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        periods.push(match part.strip_prefix("vanaf ") {
            Some(from) => Period {
                from: literal::date(from.trim(), span)?,
                until: None,
            },
            None => {
                let (from, until) = part
                    .strip_prefix("van ")
                    .and_then(|dates| dates.split_once(" tot "))
                    .ok_or_else(wrong)?;
                let until = literal::date(until.trim(), span)?;
                Period {
                    from: literal::date(from.trim(), span)?,
                    until: Some(until),
                }
            }
        });
    }
    sorted_periods(periods).ok_or_else(wrong)
}

/// Sorts periods; none when one is empty, runs backwards, or overlaps another. Periods that touch become one.
pub fn sorted_periods(mut periods: Vec<Period>) -> Option<Vec<Period>> {
    periods.sort_by_key(|period| period.from);
    let mut sorted: Vec<Period> = Vec::with_capacity(periods.len());
    for period in periods {
        if period.until.is_some_and(|until| until <= period.from) {
            return None;
        }
        match sorted.last_mut() {
            Some(last) if last.until == Some(period.from) => last.until = period.until,
            Some(last) if last.until.is_none_or(|until| until > period.from) => return None,
            _ => sorted.push(period),
        }
    }
    Some(sorted)
}

/// Writes a value the way the language spells it.
pub fn value_to_text(model: &Convenant, kind: &Type, value: &Value) -> String {
    match value {
        Value::Bool(true) => "ja".to_owned(),
        Value::Bool(false) => "nee".to_owned(),
        Value::Number(number) => decimal(*number, SCALE.unsigned_abs(), 0),
        Value::Money(cents) => {
            let least = if cents % 100 == 0 { 0 } else { 2 };
            format!("€ {}", decimal(*cents, 100, least))
        }
        Value::Percentage(percentage) => {
            format!("{}%", decimal(*percentage, SCALE.unsigned_abs(), 0))
        }
        Value::Date(date) => date_to_text(*date),
        Value::Duration(duration) => duration_to_text(*duration),
        Value::Text(text) => text.clone(),
        Value::Choice(option) => match kind {
            Type::Choice(options) => options
                .get(usize::from(*option))
                .cloned()
                .unwrap_or_default(),
            _ => String::new(),
        },
        Value::Party(party) => model
            .parties
            .get(party.index())
            .map(|p| p.name.clone())
            .unwrap_or_default(),
        Value::Periods(periods) => {
            let write = |period: &Period| match period.until {
                Some(until) => format!(
                    "van {} tot {}",
                    date_to_text(period.from),
                    date_to_text(until)
                ),
                None => format!("vanaf {}", date_to_text(period.from)),
            };
            periods.iter().map(write).collect::<Vec<_>>().join("; ")
        }
    }
}

/// `15 maart 2017`.
pub fn date_to_text(date: Date) -> String {
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|i| MONTHS.get(i))
        .copied();
    format!(
        "{} {} {}",
        date.day(),
        month.unwrap_or_default(),
        date.year()
    )
}

/// `10 werkdagen`.
pub fn duration_to_text(duration: Duration) -> String {
    let one = duration.amount == 1;
    let unit = match duration.unit {
        Unit::Hours => "uur",
        Unit::Days if one => "dag",
        Unit::Days => "dagen",
        Unit::WorkingDays if one => "werkdag",
        Unit::WorkingDays => "werkdagen",
        Unit::Weeks if one => "week",
        Unit::Weeks => "weken",
        Unit::Months if one => "maand",
        Unit::Months => "maanden",
        Unit::Years => "jaar",
    };
    format!("{} {unit}", duration.amount)
}

/// A whole number of 1/scale with a decimal comma, thousands apart, and at least so many decimals.
fn decimal(value: i64, scale: u64, least: usize) -> String {
    let (whole, fraction) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let digits = whole.to_string();
    let mut text = if value < 0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push('.');
        }
        text.push(digit);
    }
    let width = scale.to_string().len() - 1;
    let mut decimals = format!("{fraction:0width$}");
    while decimals.len() > least && decimals.ends_with('0') {
        decimals.pop();
    }
    if !decimals.is_empty() {
        text.push(',');
        text.push_str(&decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::model::PartyKind;
    use proptest::prelude::*;

    fn model() -> Convenant {
        let text = include_str!("../tests/good/everything.convenant");
        let checked = crate::check(text.as_bytes());
        checked.model.unwrap()
    }

    #[test]
    fn spells_as_the_language_does() {
        let model = model();
        let show = |kind: &Type, text: &str| {
            value_to_text(&model, kind, &parse_value(&model, kind, text).unwrap())
        };
        for (kind, text) in [
            (Type::Bool, "ja"),
            (Type::Money, "€ 1.250,50"),
            (Type::Money, "€ 46.000"),
            (Type::Money, "€ -0,05"),
            (Type::Percentage, "12,5%"),
            (Type::Number, "14.900"),
            (Type::Number, "-0,0001"),
            (Type::Date, "15 maart 2017"),
            (Type::Duration, "1 werkdag"),
            (
                Type::Periods,
                "van 1 januari 2009 tot 1 juli 2015; vanaf 1 maart 2017",
            ),
            (Type::Choice(vec!["a".into(), "b".into()]), "b"),
            (Type::Party(Some(PartyKind::Municipality)), "Noordstad"),
        ] {
            assert_eq!(show(&kind, text), text);
        }
        assert_eq!(show(&Type::Date, "2017-03-15"), "15 maart 2017");
    }

    #[test]
    fn refuses_what_is_not_of_the_type() {
        let model = model();
        let near = |kind: &Type, text: &str| {
            let wrong = parse_value(&model, kind, text).unwrap_err();
            wrong
                .args
                .iter()
                .find(|(name, _)| *name == "near")
                .map(|(_, arg)| arg.clone())
        };
        let choice = Type::Choice(vec!["opvang".into(), "elders".into()]);
        assert_eq!(near(&choice, "opvnag"), Some(Arg::Text("opvang".into())));
        // A party of another kind is no value, though it is a party.
        assert!(
            parse_value(
                &model,
                &Type::Party(Some(PartyKind::HousingCorporation)),
                "Noordstad"
            )
            .is_err()
        );
        for text in ["misschien", "", "true"] {
            assert!(parse_value(&model, &Type::Bool, text).is_err(), "{text}");
        }
        for text in [
            "van 1 maart 2018 tot 1 januari 2018",
            "van 1 maart 2018",
            "vanaf 1 mei 2018; vanaf 1 juni 2018",
        ] {
            assert!(parse_value(&model, &Type::Periods, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_survive_writing_and_reading(number in any::<i64>()) {
            let model = model();
            for (kind, value) in [
                (Type::Number, Value::Number(number)),
                (Type::Money, Value::Money(number)),
                (Type::Percentage, Value::Percentage(number)),
            ] {
                let text = value_to_text(&model, &kind, &value);
                prop_assert_eq!(parse_value(&model, &kind, &text).ok(), Some(value));
            }
        }
    }
}
