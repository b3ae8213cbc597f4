//! A calendar feed as text: iCalendar (RFC 5545), to be fetched again and again.
//!
//! Input: entries in words. Output: the file. Invariants: pure; the same entries give the same bytes; whatever stands in a word
//! stays in its property; an entry keeps its UID for ever, and `sequence` rises with every change, also when it is cancelled.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use convenant_engine::Moment;
use icalendar::{
    Alarm, Calendar, CalendarDateTime, Component, Event, EventLike, EventStatus, Property,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The zone of every time of the day.
const ZONE: &str = "Europe/Amsterdam";

/// How often a reader should come back, in hours.
const REFRESH_HOURS: i64 = 1;

/// That zone as a component (RFC 5545, 3.6.5): the rule that holds since 1996, before any deadline of ours.
const VTIMEZONE: &str = "BEGIN:VTIMEZONE\r
TZID:Europe/Amsterdam\r
BEGIN:DAYLIGHT\r
DTSTART:19960331T020000\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r
TZNAME:CEST\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
BEGIN:STANDARD\r
DTSTART:19961027T030000\r
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r
TZNAME:CET\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
END:VTIMEZONE\r
";

/// When an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Day(Date),
    /// A moment.
    At(Moment),
}

/// How firm an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmness {
    /// It stands.
    Firm,
    /// The date will move.
    Tentative,
    /// There is nothing to do any more.
    Cancelled,
}

/// Something in a calendar; no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Stable id.
    pub uid: String,
    /// What it is, in a few words.
    pub title: String,
    /// More about it, line by line.
    pub text: Vec<String>,
    /// Where to act on it.
    pub url: String,
    /// What sort of entry it is.
    pub category: String,
    /// When.
    pub when: When,
    /// How firm.
    pub firmness: Firmness,
    /// When to remind.
    pub alarms: Vec<Moment>,
    /// Rises with every change.
    pub sequence: u32,
    /// The last change.
    pub changed: Moment,
}

/// The feed with these entries.
pub fn feed(name: &str, entries: &[Entry]) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//convenant//termijnen//NL"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", &clean(name)),
        ("X-WR-TIMEZONE", ZONE),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar.ttl(&TimeDelta::hours(REFRESH_HOURS));
    let timed = entries.iter().any(|e| matches!(e.when, When::At(_)));
    calendar.extend(entries.iter().map(event));
    let text = folded(&calendar.to_string());
    if timed {
        // The crate has no such component. Only a component begins with this line: a word has no line ends, and where a long
        // one is folded, the next line begins with a space.
        let first = "\r\nBEGIN:VEVENT\r\n";
        text.replacen(first, &format!("\r\n{VTIMEZONE}BEGIN:VEVENT\r\n"), 1)
    } else {
        text
    }
}

/// The same content in lines of at most 75 octets (RFC 5545, 3.1): the crate's own folding now and then makes one of 76.
fn folded(text: &str) -> String {
    const LONGEST: usize = 75;
    let mut out = String::with_capacity(text.len());
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > LONGEST {
                out.push_str("\r\n ");
                octets = 1;
            }
            out.push(c);
            octets += c.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    let changed = utc(entry.changed);
    let lines: Vec<String> = entry.text.iter().map(|line| clean(line)).collect();
    event
        .uid(&clean(&entry.uid))
        .summary(&clean(&entry.title))
        .description(&lines.join("\n"))
        .url(&address(&entry.url))
        .categories([clean(&entry.category)])
        .sequence(entry.sequence)
        // Not the moment of fetching: what has not changed is the same file.
        .timestamp(changed)
        .last_modified(changed)
        .add_property("TRANSP", "TRANSPARENT")
        .status(match entry.firmness {
            Firmness::Firm => EventStatus::Confirmed,
            Firmness::Tentative => EventStatus::Tentative,
            Firmness::Cancelled => EventStatus::Cancelled,
        });
    match entry.when {
        When::Day(day) => {
            // The end is the first day that is not part of it: one day has the next one as its end.
            event.starts(naive(day));
            event.ends(naive(day.tomorrow().unwrap_or(day)));
        }
        When::At(moment) => {
            event.starts(zoned(moment));
        }
    }
    for alarm in &entry.alarms {
        let mut display = Alarm::display(&clean(&entry.title), utc(*alarm));
        // Its own, or the crate makes up a new one every time.
        display
            .uid(&format!("{}.{}", alarm.0, clean(&entry.uid)))
            .timestamp(changed);
        event.alarm(display);
    }
    event
}

/// A text on one line, without anything that a reader or a parser takes for the end of it.
fn clean(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect()
}

/// An address with nothing in it that an address cannot have (RFC 3986, 2).
fn address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn utc(moment: Moment) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default()
}

fn naive(day: Date) -> NaiveDate {
    let small = |n: i8| u32::from(n.unsigned_abs());
    NaiveDate::from_ymd_opt(day.year().into(), small(day.month()), small(day.day()))
        .unwrap_or_default()
}

/// A moment on the wall clock; in UTC when the wall clock would mean another moment (the hour that comes twice, the second time).
fn zoned(moment: Moment) -> CalendarDateTime {
    wall(moment).map_or_else(
        || CalendarDateTime::Utc(utc(moment)),
        |date_time| CalendarDateTime::WithTimezone {
            date_time,
            tzid: ZONE.to_owned(),
        },
    )
}

fn wall(moment: Moment) -> Option<NaiveDateTime> {
    let zone = TimeZone::get(ZONE).ok()?;
    let stamp = Timestamp::from_millisecond(moment.0).ok()?;
    let shown = zone.to_datetime(stamp);
    let first = zone.to_ambiguous_timestamp(shown).compatible().ok()?;
    let time = shown.time();
    let small = |n: i8| u32::from(n.unsigned_abs());
    let date_time = naive(shown.date()).and_hms_opt(
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    )?;
    (first == stamp).then_some(date_time)
}
