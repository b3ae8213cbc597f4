//! Dates and moments as people type them.
//!
//! Input: `2017-03-15`, `15-03-2017`, `15 maart 2017`, `2017-03-15 09:00`. Output: civil dates, and moments in Europe/Amsterdam.

use convenant_engine::{Moment, start_of_day};
use jiff::civil::{Date, DateTime};

const MONTHS: [&str; 12] = [
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

/// A civil date; none when it is not one (30 February is none).
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let parts: Vec<&str> = if text.contains('-') {
        text.split('-').collect()
    } else {
        text.split_whitespace().collect()
    };
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| -> Option<i16> {
        (part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
    };
    let month = |part: &str| -> Option<i8> {
        let named = MONTHS
            .iter()
            .position(|name| name.eq_ignore_ascii_case(part));
        match named {
            Some(index) => i8::try_from(index + 1).ok(),
            None => i8::try_from(number(part)?).ok(),
        }
    };
    let (year, day) = if first.len() == 4 {
        (number(first)?, number(third)?)
    } else if third.len() == 4 {
        (number(third)?, number(first)?)
    } else {
        return None;
    };
    Date::new(year, month(second)?, i8::try_from(day).ok()?).ok()
}

/// A civil date with or without a time: `2018-05-02 09:00`; without, midnight.
pub fn moment(text: &str) -> Option<DateTime> {
    let text = text.trim();
    match text.rsplit_once([' ', 'T']) {
        Some((day, time)) if time.contains(':') => {
            let (hour, minute) = time.split_once(':')?;
            let number = |part: &str| -> Option<i8> {
                (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                    .then(|| part.parse().ok())
                    .flatten()
            };
            let time = jiff::civil::Time::new(number(hour)?, number(minute)?, 0, 0).ok()?;
            Some(date(day)?.to_datetime(time))
        }
        _ => Some(date(text)?.to_datetime(jiff::civil::Time::midnight())),
    }
}

/// The moment of a civil time in Europe/Amsterdam: so long after the day began (on the two days on which the clock changes, a
/// time behind the change is an hour off).
pub fn amsterdam(at: DateTime) -> Moment {
    let minutes = i64::from(at.hour()) * 60 + i64::from(at.minute());
    Moment(start_of_day(at.date()).0 + minutes * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn dates_as_people_write_them() {
        for text in ["2017-03-15", "15-03-2017", "15 maart 2017", "15-3-2017"] {
            assert_eq!(date(text), Some(day(2017, 3, 15)), "{text}");
        }
        for text in [
            "30 februari 2018",
            "2018-02-30",
            "2018-13-01",
            "maart 2018",
            "",
            "-1-1-2018",
            "99999-1-1",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn moments_with_and_without_a_time() {
        assert_eq!(
            moment("2018-05-02 09:30"),
            Some(day(2018, 5, 2).at(9, 30, 0, 0))
        );
        assert_eq!(moment("2 mei 2018"), Some(day(2018, 5, 2).at(0, 0, 0, 0)));
        assert_eq!(moment("2018-05-02 24:00"), None);
        assert_eq!(moment("2018-05-02 9:00"), None);
    }
}
