//! The directory: the people of a region, what they do for which party, and how they want to be told.
//!
//! Input: a YAML file and the API. Output: `Person`s by id. Invariants: an id is unique in its region; a role or body and a party are named as
//! in the region's file; whether a party still fills the role on a day is the engine's to say.

pub mod circle;
pub mod recipients;
pub mod registry;
pub mod rhythm;
pub mod vacant;
pub mod written;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_lang::model::Channel;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::text::Language;

/// Somebody who can be told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Stable id, as in the accounts and in the log: lower-case letters, digits, `.` and `-`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mail address; without one there is no mail.
    pub mail: Option<String>,
    /// Language of what is written to this person.
    pub language: Language,
    /// Channels that this person wants; the inbox is always one of them.
    pub channels: BTreeSet<Channel>,
    /// Mail is gathered and sent on this schedule (words of the language, `elke werkdag om 08:00`, or a cron expression); none: at once.
    pub rhythm: Option<String>,
    /// When no mail is to come; what is urgent comes all the same.
    pub quiet: Option<QuietHours>,
    /// What this person does, for whom.
    pub roles: BTreeSet<HeldRole>,
    /// When this person is away.
    pub absences: Vec<Absence>,
}

/// A role or body that a person fills for a party, both by name as in the region's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HeldRole {
    /// Role or body.
    pub role: String,
    /// Party.
    pub party: String,
}

/// Hours of the wall clock in Europe/Amsterdam without mail; `from` later than `until` is over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// First quiet minute.
    pub from: Time,
    /// First minute that is not quiet.
    pub until: Time,
    /// Also whole Saturdays, Sundays and days off of the region's calendar.
    pub days_off: bool,
}

/// Days on which somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The person who is told instead.
    pub replacement: Option<String>,
}

/// The people of one region, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// By id.
    pub people: BTreeMap<String, Arc<Person>>,
}

impl Person {
    /// The absence that covers this day.
    pub fn absent_on(&self, day: Date) -> Option<&Absence> {
        self.absences
            .iter()
            .find(|absence| absence.from <= day && day <= absence.through)
    }
}

impl Directory {
    /// The person with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Person>> {
        self.people.get(id)
    }

    /// Everybody with a role that fits, with that role, by id.
    pub fn holding(&self, fits: impl Fn(&HeldRole) -> bool) -> Vec<(&Arc<Person>, &HeldRole)> {
        self.people
            .values()
            .flat_map(|person| person.roles.iter().map(move |held| (person, held)))
            .filter(|(_, held)| fits(held))
            .collect()
    }
}

#[cfg(test)]
mod tests;
