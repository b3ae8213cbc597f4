//! How often somebody's mail is gathered, in the words of the language or as a cron expression.
//!
//! Input: `elke werkdag om 08:00`, `elke dag om …`, `elke maandag om …`, `elke maand op dag 1 om …`, or six fields of cron. Output: a
//! `Schedule` as the file's own digests have. Invariant: what is accepted has a next occurrence.

use convenant_lang::model::{Schedule, WEEKDAYS};
use jiff::civil::Time;

use crate::schedule::Plan;

/// The schedule of a rhythm; none when it is not one.
pub fn schedule(text: &str) -> Option<Schedule> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let schedule = match words.as_slice() {
        ["elke", "werkdag", "om", at] => Schedule::WorkingDays(minutes(at)?),
        ["elke", "dag", "om", at] => Schedule::Daily(minutes(at)?),
        ["elke", "maand", "op", "dag", day, "om", at] => {
            // Every month has days 1 to 28; a later day would move.
            let day = day.parse().ok().filter(|day| (1..=28).contains(day))?;
            Schedule::Monthly(day, minutes(at)?)
        }
        ["elke", weekday, "om", at] => {
            let index = WEEKDAYS.iter().position(|day| day == weekday)?;
            Schedule::Weekly(u8::try_from(index).ok()?.saturating_add(1), minutes(at)?)
        }
        _ => Schedule::Cron(text.trim().to_owned()),
    };
    Plan::new(&schedule).ok().map(|_| schedule)
}

/// A time of the day, `8:00` or `08:00`.
pub fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn minutes(text: &str) -> Option<u16> {
    let time = time(text)?;
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_language_and_cron_are_rhythms() {
        for (text, expected) in [
            ("elke werkdag om 08:00", Schedule::WorkingDays(480)),
            ("elke  dag om 7:30", Schedule::Daily(450)),
            ("elke zondag om 23:59", Schedule::Weekly(7, 1439)),
            ("elke maand op dag 28 om 09:00", Schedule::Monthly(28, 540)),
            (
                "0 0 8 * * MON-FRI",
                Schedule::Cron("0 0 8 * * MON-FRI".to_owned()),
            ),
        ] {
            assert_eq!(schedule(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_rhythm_is_none() {
        for text in [
            "",
            "elke werkdag",
            "elke werkdag om 24:00",
            "elke werkdag om 8",
            "elke week om 08:00",
            "elke maand op dag 29 om 09:00",
            "elke maand op dag 0 om 09:00",
            "0 8 * * *",
            "0 0 8 * * 1-5",
            "* * * * * *",
            "elke dag om +8:00",
        ] {
            assert_eq!(schedule(text), None, "{text}");
        }
    }
}
