//! When mail goes out, and what goes together: rhythm, quiet hours, floods.
//!
//! Input: a person, a message, the time. Output: the moment before which it does not go out; and one letter for many messages. Invariants:
//! what is urgent is never put off; nothing is put off for ever; a gathered letter names every message or says how many more there are.

use convenant_engine::Moment;
use convenant_store::Gathered;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::insight::Insight;
use crate::directory::{Person, QuietHours, rhythm};
use crate::letters::{MOST_LINES, Rendered};
use crate::regions::Region;
use crate::schedule::Plan;
use crate::text::{Language, Texts};

/// More mails than this, waiting for the same person in the same lane, go as one.
pub const FLOOD: u32 = 5;

/// Quiet hours and days off in a row that are looked at; holidays never last so long.
const MOST_QUIET: usize = 60;

/// When a mail goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Not before.
    pub due_at: Moment,
    /// More than so many go as one.
    pub gather_above: u32,
}

/// When a mail to this person goes out.
pub fn when(person: &Person, urgent: bool, now: Moment, day_off: impl Fn(Date) -> bool) -> When {
    let mut when = When {
        due_at: now,
        gather_above: FLOOD,
    };
    if urgent {
        return when;
    }
    let schedule = person.rhythm.as_deref().and_then(rhythm::schedule);
    let plan = schedule.and_then(|schedule| Plan::new(&schedule).ok());
    if let Some(next) = plan.and_then(|plan| plan.next(now, &day_off)) {
        when = When {
            due_at: next.at,
            gather_above: 1,
        };
    }
    when.due_at = when_not_quiet(person, when.due_at, &day_off);
    when
}

/// The first moment, from this one on, that is not quiet for this person.
pub fn when_not_quiet(person: &Person, at: Moment, day_off: &impl Fn(Date) -> bool) -> Moment {
    let quiet = person.quiet.as_ref();
    quiet.map_or(at, |quiet| after_quiet(quiet, at, day_off))
}

/// The first moment, from this one on, that is not quiet.
fn after_quiet(quiet: &QuietHours, at: Moment, day_off: &impl Fn(Date) -> bool) -> Moment {
    let Ok(zone) = TimeZone::get("Europe/Amsterdam") else {
        return at;
    };
    let Ok(stamp) = Timestamp::from_millisecond(at.0) else {
        return at;
    };
    let mut wall = zone.to_datetime(stamp);
    let began = wall;
    for _ in 0..MOST_QUIET {
        let Some(end) = quiet_end(quiet, wall, day_off) else {
            break;
        };
        wall = end;
    }
    if wall == began {
        return at;
    }
    // A time that the clock skips is the first moment after the gap; one that comes twice is the first.
    let moment = zone.to_ambiguous_zoned(wall).compatible();
    moment.map_or(at, |zoned| Moment(zoned.timestamp().as_millisecond()))
}

/// When the quiet time ends in which this wall-clock time lies; none when it is not quiet.
fn quiet_end(
    quiet: &QuietHours,
    wall: DateTime,
    day_off: &impl Fn(Date) -> bool,
) -> Option<DateTime> {
    let (date, time) = (wall.date(), wall.time());
    let tomorrow = || date.checked_add(1.day()).ok();
    if quiet.days_off && day_off(date) {
        return Some(tomorrow()?.to_datetime(Time::midnight()));
    }
    let over_midnight = quiet.from > quiet.until;
    if over_midnight && time >= quiet.from {
        Some(tomorrow()?.to_datetime(quiet.until))
    } else if time < quiet.until && (over_midnight || time >= quiet.from) {
        Some(date.to_datetime(quiet.until))
    } else {
        None
    }
}

/// One letter for many messages, in the order in which they were told.
pub fn together(
    texts: &Texts,
    language: Language,
    base_url: &str,
    region: &Region,
    gathered: &Gathered,
) -> Rendered {
    let say =
        |id: &str, args: &[(&str, fluent_bundle::FluentValue<'_>)]| texts.get(language, id, args);
    let convenant = region.current.model().header.title.as_str();
    let count = gathered.count;
    let mut text = say("verzameld-aanhef", &[("aantal", count.into())]);
    text.push_str("\n\n");
    for row in gathered.messages.iter().take(MOST_LINES) {
        let message = &row.message;
        let day = texts.date(language, convenant_engine::civil_date(message.at));
        let late = message.late_since.map(|since| {
            let since = texts.date(language, convenant_engine::civil_date(since));
            say("verzameld-te-laat", &[("sinds", since.into())])
        });
        let late = late.map(|text| format!(" ({text})")).unwrap_or_default();
        text.push_str(&format!("- {day}: {}{late}\n", message.subject));
    }
    if let Some(more @ 1..) = count.checked_sub(MOST_LINES as u64) {
        let more = say("verzameld-meer", &[("aantal", more.into())]);
        text.push_str(&format!("- {more}\n"));
    }
    let link = format!("{base_url}/{}/meldingen", region.key);
    text.push('\n');
    text.push_str(&say("verzameld-bekijk", &[("adres", link.into())]));
    text.push('\n');
    Rendered {
        subject: say(
            "verzameld-onderwerp",
            &[("aantal", count.into()), ("convenant", convenant.into())],
        ),
        text,
    }
}

/// Why somebody gets a gathered letter: because it is gathered, and the reasons of its messages, each once.
pub fn why_together(texts: &Texts, language: Language, insights: &[Insight]) -> Vec<String> {
    let mut sentences = vec![texts.get(language, "verzameld-waarom", &[])];
    for insight in insights {
        for sentence in insight.why_text(texts, language) {
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn person(rhythm: Option<&str>, quiet: Option<(i8, i8, bool)>) -> Person {
        Person {
            id: "jan".to_owned(),
            name: "Jan".to_owned(),
            mail: None,
            language: Language::Dutch,
            channels: BTreeSet::new(),
            rhythm: rhythm.map(str::to_owned),
            quiet: quiet.map(|(from, until, days_off)| QuietHours {
                from: Time::constant(from, 0, 0, 0),
                until: Time::constant(until, 0, 0, 0),
                days_off,
            }),
            roles: BTreeSet::new(),
            absences: Vec::new(),
        }
    }

    fn weekend(date: Date) -> bool {
        date.weekday().to_monday_one_offset() > 5
    }

    fn moment(wall: &str) -> Moment {
        let zoned: jiff::Zoned = format!("{wall}[Europe/Amsterdam]").parse().unwrap();
        Moment(zoned.timestamp().as_millisecond())
    }

    #[test]
    fn mail_waits_for_the_rhythm_and_for_quiet_hours_to_end_unless_it_is_urgent() {
        for (rhythm, quiet, now, expected, above) in [
            (None, None, "2018-03-22T23:00", "2018-03-22T23:00", 5),
            (
                None,
                Some((22, 7, false)),
                "2018-03-22T21:59",
                "2018-03-22T21:59",
                5,
            ),
            (
                None,
                Some((22, 7, false)),
                "2018-03-22T22:00",
                "2018-03-23T07:00",
                5,
            ),
            (
                None,
                Some((22, 7, false)),
                "2018-03-23T06:59",
                "2018-03-23T07:00",
                5,
            ),
            (
                None,
                Some((12, 13, false)),
                "2018-03-22T12:30",
                "2018-03-22T13:00",
                5,
            ),
            // Friday evening: over the weekend and the quiet hours of Monday morning.
            (
                None,
                Some((22, 7, true)),
                "2018-03-16T22:30",
                "2018-03-19T07:00",
                5,
            ),
            // Over the night in which the clock goes forward.
            (
                None,
                Some((22, 2, false)),
                "2018-03-24T23:00",
                "2018-03-25T03:00",
                5,
            ),
            (
                Some("elke werkdag om 08:00"),
                None,
                "2018-03-16T09:00",
                "2018-03-19T08:00",
                1,
            ),
            (
                Some("elke dag om 06:00"),
                Some((22, 7, false)),
                "2018-03-16T09:00",
                "2018-03-17T07:00",
                1,
            ),
        ] {
            let person = person(rhythm, quiet);
            let found = when(&person, false, moment(now), weekend);
            assert_eq!(found.due_at, moment(expected), "{rhythm:?} {quiet:?} {now}");
            assert_eq!(found.gather_above, above);
            let urgent = when(&person, true, moment(now), weekend);
            assert_eq!(urgent.due_at, moment(now));
        }
    }

    proptest! {
        #[test]
        fn what_goes_out_goes_out_when_it_is_not_quiet(
            from in 0i8..24, until in 0i8..24, days_off: bool, hours in 0i64..20_000
        ) {
            let quiet = QuietHours {
                from: Time::constant(from, 0, 0, 0),
                until: Time::constant(until, 0, 0, 0),
                days_off,
            };
            let now = Moment(moment("2018-01-01T00:00").0 + hours * 3_600_000);
            let at = after_quiet(&quiet, now, &weekend);
            prop_assert!(at >= now && at.0 - now.0 <= 4 * 86_400_000);
            let zone = TimeZone::get("Europe/Amsterdam").unwrap();
            let wall = zone.to_datetime(Timestamp::from_millisecond(at.0).unwrap());
            prop_assert_eq!(quiet_end(&quiet, wall, &weekend), None);
        }
    }
}
