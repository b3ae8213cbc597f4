//! Values as the language writes them: numbers, amounts, percentages, dates, durations, times.
//!
//! Input: the text of one value and its place. Output: the exact value, or one diagnostic that says what is wrong with it.
//! Invariants: no floating point; everything that does not fit its type is refused, nothing is rounded.

use jiff::civil::Date;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Duration, Span, Unit};

/// The months, January first.
pub const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

/// The years that a date may lie in: a slip of the finger falls outside.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// No term in an agreement is longer than this many years.
const MOST_YEARS: u32 = 200;

/// `14.900,5` as a whole number of 1/10^decimals.
pub fn scaled(text: &str, decimals: usize, span: Span) -> Result<i64, Diagnostic> {
    let wrong = |code| Diagnostic::new(code, span).with("found", text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once(',').unwrap_or((digits, ""));
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains('.');
    let sound = !first.is_empty()
        && (!grouped || first.len() <= 3)
        && groups.all(|group| group.len() == 3)
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && !digits.ends_with(',');
    if !sound {
        return Err(wrong(Code::BAD_NUMBER));
    }
    if fraction.len() > decimals {
        return Err(wrong(Code::TOO_PRECISE).with("most", decimals));
    }
    let shown = whole
        .bytes()
        .filter(u8::is_ascii_digit)
        .chain(fraction.bytes());
    let padding = std::iter::repeat_n(b'0', decimals - fraction.len());
    let mut value: i64 = 0;
    for digit in shown.chain(padding) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(sign * i64::from(digit - b'0')))
            .ok_or_else(|| wrong(Code::TOO_BIG))?;
    }
    Ok(value)
}

/// `€ 1.250,50` in cents.
pub fn money(text: &str, span: Span) -> Result<i64, Diagnostic> {
    let amount = text.trim_start_matches('€').trim_start();
    scaled(amount, 2, span)
}

/// `12,5%` in ten-thousandths of a percent.
pub fn percentage(text: &str, span: Span) -> Result<i64, Diagnostic> {
    let amount = text.trim_end_matches('%').trim_end();
    scaled(amount, 4, span)
}

/// A whole number that is not negative and fits `T`.
pub fn count<T: TryFrom<i64>>(text: &str, span: Span) -> Result<T, Diagnostic> {
    let wrong = |code| Diagnostic::new(code, span).with("found", text);
    let value = scaled(text, 0, span).map_err(|d| match d.code {
        Code::TOO_PRECISE => wrong(Code::NOT_WHOLE),
        _ => d,
    })?;
    if value < 0 {
        return Err(wrong(Code::NEGATIVE));
    }
    T::try_from(value).map_err(|_| wrong(Code::TOO_BIG))
}

/// `10 werkdagen`.
pub fn duration(text: &str, span: Span) -> Result<Duration, Diagnostic> {
    let wrong = |code| Diagnostic::new(code, span).with("found", text);
    let (amount, unit) = text
        .split_once(char::is_whitespace)
        .ok_or_else(|| wrong(Code::BAD_DURATION))?;
    let amount = count::<u32>(amount, span)?;
    let (unit, per_year) = match unit.trim() {
        "uur" | "uren" => (Unit::Hours, 24 * 366),
        "dag" | "dagen" | "kalenderdag" | "kalenderdagen" => (Unit::Days, 366),
        "werkdag" | "werkdagen" => (Unit::WorkingDays, 366),
        "week" | "weken" => (Unit::Weeks, 53),
        "maand" | "maanden" => (Unit::Months, 12),
        "jaar" | "jaren" => (Unit::Years, 1),
        _ => return Err(wrong(Code::BAD_DURATION)),
    };
    if amount > MOST_YEARS * per_year {
        return Err(wrong(Code::TOO_BIG));
    }
    Ok(Duration { amount, unit })
}

/// `15 maart 2017` or `2017-03-15`.
pub fn date(text: &str, span: Span) -> Result<Date, Diagnostic> {
    let wrong = |code| Diagnostic::new(code, span).with("found", text);
    let (year, month, day) = parts_of_date(text).ok_or_else(|| wrong(Code::BAD_DATE))?;
    if !YEARS.contains(&year) {
        return Err(wrong(Code::YEAR_OUT_OF_RANGE));
    }
    Date::new(year, month, day).map_err(|_| {
        let last = Date::new(year, month, 1).map_or(31, |first| i64::from(first.days_in_month()));
        wrong(Code::NO_SUCH_DAY).with("last", last)
    })
}

fn parts_of_date(text: &str) -> Option<(i16, i8, i8)> {
    if text.contains('-') {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let sound = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
        let month = month.parse().ok().filter(|m| (1..=12).contains(m))?;
        return sound.then_some((year.parse().ok()?, month, day.parse().ok()?));
    }
    let mut words = text.split_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = if year.len() > 4 {
        9999
    } else {
        year.parse().ok()?
    };
    let day = if day.len() > 2 { 99 } else { day.parse().ok()? };
    words
        .next()
        .is_none()
        .then_some((year, i8::try_from(month + 1).ok()?, day))
}

/// `08:30` in minutes after midnight.
pub fn time(text: &str, span: Span) -> Result<u16, Diagnostic> {
    let minutes = text.split_once(':').and_then(|(hours, minutes)| {
        let sound = minutes.len() == 2 && (1..=2).contains(&hours.len());
        let hours: u16 = hours.parse().ok().filter(|h| *h < 24)?;
        let minutes: u16 = minutes.parse().ok().filter(|m| *m < 60)?;
        sound.then_some(hours * 60 + minutes)
    });
    minutes.ok_or_else(|| Diagnostic::new(Code::BAD_TIME, span).with("found", text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const HERE: Span = Span { start: 0, end: 0 };

    #[test]
    fn numbers_are_dutch_and_exact() {
        assert_eq!(scaled("14.900", 4, HERE).unwrap(), 149_000_000);
        assert_eq!(scaled("12,5", 4, HERE).unwrap(), 125_000);
        assert_eq!(scaled("-0,0001", 4, HERE).unwrap(), -1);
        assert_eq!(money("€ 1.250,50", HERE).unwrap(), 125_050);
        assert_eq!(percentage("12,5 %", HERE).unwrap(), 125_000);
        assert_eq!(scaled("922337203685477,5807", 4, HERE).unwrap(), i64::MAX);
        for (text, code) in [
            ("1.5", Code::BAD_NUMBER),
            ("1.2345", Code::BAD_NUMBER),
            ("1,2,3", Code::BAD_NUMBER),
            ("1234.567", Code::BAD_NUMBER),
            ("1,00001", Code::TOO_PRECISE),
            ("922337203685477,5808", Code::TOO_BIG),
        ] {
            assert_eq!(scaled(text, 4, HERE).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn dates_exist() {
        assert_eq!(
            date("29 februari 2020", HERE).unwrap(),
            jiff::civil::date(2020, 2, 29)
        );
        assert_eq!(
            date("2017-03-15", HERE).unwrap(),
            jiff::civil::date(2017, 3, 15)
        );
        for (text, code) in [
            ("30 februari 2018", Code::NO_SUCH_DAY),
            ("2019-02-29", Code::NO_SUCH_DAY),
            ("0 maart 2018", Code::NO_SUCH_DAY),
            ("31-12-2017", Code::BAD_DATE),
            ("2017-13-01", Code::BAD_DATE),
            ("15 maart 217", Code::YEAR_OUT_OF_RANGE),
            ("15 maart 20170", Code::YEAR_OUT_OF_RANGE),
        ] {
            assert_eq!(date(text, HERE).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn durations_and_times_stay_in_range() {
        assert_eq!(
            duration("2 jaar", HERE).unwrap(),
            Duration {
                amount: 2,
                unit: Unit::Years
            }
        );
        assert_eq!(duration("-3 dagen", HERE).unwrap_err().code, Code::NEGATIVE);
        assert_eq!(
            duration("2,5 weken", HERE).unwrap_err().code,
            Code::NOT_WHOLE
        );
        assert_eq!(duration("201 jaar", HERE).unwrap_err().code, Code::TOO_BIG);
        assert_eq!(
            duration("99999999999 uur", HERE).unwrap_err().code,
            Code::TOO_BIG
        );
        assert_eq!(time("08:30", HERE).unwrap(), 510);
        for text in ["24:00", "08:60", "8:5", "008:00"] {
            assert_eq!(time(text, HERE).unwrap_err().code, Code::BAD_TIME, "{text}");
        }
    }
}
