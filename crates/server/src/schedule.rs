//! Recurring moments in Europe/Amsterdam: digests and duties, exactly once each, also when the clock changes.
//!
//! Input: a `Schedule` of the file. Output: `Occurrence`s, each with its civil date and time and its moment.
//! A schedule is read as wall-clock times and each of those is turned into one moment: a time that the clock skips in March
//! happens at the first moment after the gap, a time that comes twice in October happens the first time. So an occurrence
//! is named by its civil date and time, and two nodes that compute it agree on the name.

use std::str::FromStr;

use chrono::{Datelike, Timelike};
use convenant_engine::Moment;
use convenant_lang::model::Schedule;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// A schedule, ready to be asked for its occurrences.
#[derive(Debug, Clone)]
pub struct Plan {
    rule: Rule,
    zone: TimeZone,
}

#[derive(Debug, Clone)]
enum Rule {
    WorkingDays(Time),
    Daily(Time),
    Weekly(i8, Time),
    Monthly(i8, Time),
    Cron(Box<cron::Schedule>),
}

/// One time that something recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The civil date and time that name it.
    pub wall: DateTime,
    /// The moment at which it happens.
    pub at: Moment,
}

/// Why a schedule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not a time of the day, a day of the week or a day of the month.
    #[error("the schedule names a time or day that does not exist")]
    OutOfRange,
    /// Not a cron expression of six fields.
    #[error("`{0}` is not a cron expression of six fields (second minute hour day month weekday)")]
    NotCron(String),
    /// Days of the week by number: cron dialects disagree on what 1 means.
    #[error("`{0}` numbers the days of the week; use MON, TUE, WED, THU, FRI, SAT, SUN")]
    NumberedDays(String),
    /// More than once a minute.
    #[error("`{0}` recurs within a minute; the seconds field must be 0")]
    TooOften(String),
    /// The time zone is not in the database.
    #[error("the time zone database does not know Europe/Amsterdam")]
    NoZone,
}

impl Plan {
    /// Reads a schedule; refuses what is not well defined.
    pub fn new(schedule: &Schedule) -> Result<Plan, ScheduleError> {
        let rule = match schedule {
            Schedule::WorkingDays(minutes) => Rule::WorkingDays(time_of(*minutes)?),
            Schedule::Daily(minutes) => Rule::Daily(time_of(*minutes)?),
            Schedule::Weekly(day @ 1..=7, minutes) => {
                Rule::Weekly(day.cast_signed(), time_of(*minutes)?)
            }
            Schedule::Monthly(day @ 1..=31, minutes) => {
                Rule::Monthly(day.cast_signed(), time_of(*minutes)?)
            }
            Schedule::Weekly(..) | Schedule::Monthly(..) => return Err(ScheduleError::OutOfRange),
            Schedule::Cron(text) => Rule::Cron(Box::new(cron_of(text)?)),
        };
        Ok(Plan {
            rule,
            zone: amsterdam()?,
        })
    }

    /// The first occurrence later than `after`. `day_off` says which days are no working days.
    /// None when there is none before the year 2101.
    pub fn next(&self, after: Moment, day_off: impl Fn(Date) -> bool) -> Option<Occurrence> {
        let after_stamp = Timestamp::from_millisecond(after.0).ok()?;
        // A day back: no offset change moves a wall-clock time by more than some hours.
        let mut date = self
            .zone
            .to_datetime(after_stamp)
            .date()
            .checked_sub(1.day())
            .ok()?;
        if let Rule::Cron(schedule) = &self.rule {
            return schedule
                .after(&to_chrono(date)?)
                .filter_map(|wall| self.occurrence(from_chrono(&wall)?))
                .find(|o| o.at > after);
        }
        while date.year() <= 2100 {
            if let Some(time) = self.time_on(date, &day_off)
                && let Some(found) = self
                    .occurrence(date.to_datetime(time))
                    .filter(|o| o.at > after)
            {
                return Some(found);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The time on this date, for the rules that recur at most once a day.
    fn time_on(&self, date: Date, day_off: &impl Fn(Date) -> bool) -> Option<Time> {
        match &self.rule {
            Rule::WorkingDays(time) => (!day_off(date)).then_some(*time),
            Rule::Daily(time) => Some(*time),
            Rule::Weekly(day, time) => {
                (date.weekday().to_monday_one_offset() == *day).then_some(*time)
            }
            // A month without that day has it on its last day.
            Rule::Monthly(day, time) => {
                (date.day() == (*day).min(date.days_in_month())).then_some(*time)
            }
            Rule::Cron(_) => None,
        }
    }

    fn occurrence(&self, wall: DateTime) -> Option<Occurrence> {
        let at = first_moment(&self.zone, wall)?;
        Some(Occurrence {
            wall,
            at: Moment(at.as_millisecond()),
        })
    }
}

/// The first moment at which the wall clock shows `wall` or, where it skips it, something later.
fn first_moment(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // With the later offset the skipped time lies before the change: the change follows.
            let earlier = after.to_timestamp(wall).ok()?;
            zone.following(earlier).next().map(|t| t.timestamp())
        }
    }
}

fn time_of(minutes: u16) -> Result<Time, ScheduleError> {
    let hour = i8::try_from(minutes / 60).map_err(|_| ScheduleError::OutOfRange)?;
    let minute = i8::try_from(minutes % 60).map_err(|_| ScheduleError::OutOfRange)?;
    Time::new(hour, minute, 0, 0).map_err(|_| ScheduleError::OutOfRange)
}

fn cron_of(text: &str) -> Result<cron::Schedule, ScheduleError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [second, _, _, _, _, weekday] = fields.as_slice() else {
        return Err(ScheduleError::NotCron(text.to_owned()));
    };
    // In cron 0.17 1 is Sunday and 0 is refused; elsewhere 1 is Monday. Numbers behind a slash are steps.
    let numbered = weekday
        .split([',', '-'])
        .filter_map(|part| part.split('/').next())
        .any(|day| day.bytes().any(|b| b.is_ascii_digit()));
    if numbered {
        return Err(ScheduleError::NumberedDays(text.to_owned()));
    }
    if !second.trim_start_matches('0').is_empty() {
        return Err(ScheduleError::TooOften(text.to_owned()));
    }
    cron::Schedule::from_str(text).map_err(|_| ScheduleError::NotCron(text.to_owned()))
}

fn amsterdam() -> Result<TimeZone, ScheduleError> {
    TimeZone::get("Europe/Amsterdam").map_err(|_| ScheduleError::NoZone)
}

/// Wall-clock times travel through the cron crate as if they were UTC, which has no gaps and no folds.
fn to_chrono(date: Date) -> Option<chrono::DateTime<chrono::Utc>> {
    let date = chrono::NaiveDate::from_ymd_opt(
        i32::from(date.year()),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )?;
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
    // `after` is exclusive and midnight itself counts.
    midnight.checked_sub_signed(chrono::TimeDelta::seconds(1))
}

fn from_chrono(wall: &chrono::DateTime<chrono::Utc>) -> Option<DateTime> {
    let small = |n: u32| i8::try_from(n).ok();
    DateTime::new(
        i16::try_from(wall.year()).ok()?,
        small(wall.month())?,
        small(wall.day())?,
        small(wall.hour())?,
        small(wall.minute())?,
        small(wall.second())?,
        0,
    )
    .ok()
}
