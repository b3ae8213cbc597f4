//! Insight: why somebody gets a message, who else did, and what comes next. Kept with the message, and said in the reader's language.
//!
//! Input: the recipients of an occasion, and the case. Output: `Insight`, and sentences. Invariants: roles and parties, never a name of a
//! person; what comes next is what the clock does when nobody acts.

use std::collections::BTreeSet;

use convenant_engine::{Case, Cause, Moment, TimerKey, civil_date, timers};
use convenant_lang::model::{SchemeId, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::compose::deadline_of;
use crate::directory::recipients::{Capacity, Recipient, Via};
use crate::regions::Version;
use crate::text::{Language, Texts};
use crate::words::Words;

/// Why, who else, what next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    /// Why: the strongest reason first.
    pub why: Vec<Reason>,
    /// Who else was told.
    pub others: Vec<Seat>,
    /// What comes next when nobody acts.
    pub next: Option<Next>,
}

/// A role or body of a party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// Role or body.
    pub role: String,
    /// Party.
    pub party: String,
}

/// A reason to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// How it came to this person.
    pub how: How,
    /// The role or body, and the party.
    pub seat: Seat,
    /// Last day of the absence of who is replaced.
    pub until: Option<Date>,
}

/// How a message came to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Holds the role.
    Role,
    /// Replaces who holds it.
    Replacement,
    /// Works for the party, where nobody holds the role today.
    Party,
    /// Nobody of the party could be told.
    LastResort,
}

impl How {
    /// As the API says it.
    pub fn word(self) -> &'static str {
        match self {
            How::Role => "rol",
            How::Replacement => "vervanging",
            How::Party => "partij",
            How::LastResort => "vangnet",
        }
    }
}

/// What the clock does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// What.
    pub what: Coming,
    /// On which day.
    pub on: Date,
    /// Who is told, as roles and bodies.
    pub to: Vec<String>,
}

/// Something that the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coming {
    /// A reminder.
    Reminder,
    /// A rung of the ladder.
    Escalation,
    /// The deadline passes, and nobody is told.
    Due,
    /// The next digest.
    Digest,
}

impl Coming {
    /// As the API says it.
    pub fn word(self) -> &'static str {
        match self {
            Coming::Reminder => "herinnering",
            Coming::Escalation => "opschaling",
            Coming::Due => "termijn",
            Coming::Digest => "overzicht",
        }
    }
}

impl Insight {
    /// For one of the recipients.
    pub fn of(reader: &Recipient, all: &[Recipient], next: Option<Next>) -> Insight {
        let own: BTreeSet<Seat> = reader.capacities.iter().map(seat).collect();
        let others: BTreeSet<Seat> = all
            .iter()
            .filter(|other| other.person.id != reader.person.id)
            .flat_map(|other| other.capacities.iter().map(seat))
            .filter(|seat| !own.contains(seat))
            .collect();
        Insight {
            why: reader.capacities.iter().map(reason).collect(),
            others: others.into_iter().collect(),
            next,
        }
    }

    /// Why, in sentences.
    pub fn why_text(&self, texts: &Texts, language: Language) -> Vec<String> {
        let sentence = |reason: &Reason| {
            let until = reason.until.map(|day| texts.date(language, day));
            texts.get(
                language,
                &format!("inzicht-waarom-{}", reason.how.word()),
                &[
                    ("rol", reason.seat.role.as_str().into()),
                    ("partij", reason.seat.party.as_str().into()),
                    ("tot", until.unwrap_or_default().into()),
                ],
            )
        };
        self.why.iter().map(sentence).collect()
    }

    /// Who else, in a sentence.
    pub fn others_text(&self, texts: &Texts, language: Language) -> String {
        let seats = self.others.iter().map(|seat| {
            texts.get(
                language,
                "inzicht-rol-van",
                &[
                    ("rol", seat.role.as_str().into()),
                    ("partij", seat.party.as_str().into()),
                ],
            )
        });
        match all_of(texts, language, seats.collect()) {
            none if none.is_empty() => texts.get(language, "inzicht-niemand-anders", &[]),
            seats => texts.get(language, "inzicht-ook", &[("wie", seats.into())]),
        }
    }

    /// What comes next, in a sentence.
    pub fn next_text(&self, texts: &Texts, language: Language) -> String {
        let Some(next) = &self.next else {
            return texts.get(language, "inzicht-volgt-niets", &[]);
        };
        let day = texts.date(language, next.on);
        let who = all_of(texts, language, next.to.clone());
        let id = format!("inzicht-volgt-{}", next.what.word());
        texts.get(language, &id, &[("datum", day.into()), ("wie", who.into())])
    }

    /// All of it, a sentence each.
    pub fn sentences(&self, texts: &Texts, language: Language) -> Vec<String> {
        let mut sentences = self.why_text(texts, language);
        sentences.push(self.others_text(texts, language));
        sentences.push(self.next_text(texts, language));
        sentences
    }
}

fn seat(capacity: &Capacity) -> Seat {
    Seat {
        role: capacity.held.role.clone(),
        party: capacity.held.party.clone(),
    }
}

fn reason(capacity: &Capacity) -> Reason {
    let (how, until) = match &capacity.via {
        Via::Role => (How::Role, None),
        Via::Replacement { until, .. } => (How::Replacement, Some(*until)),
        Via::Party { .. } => (How::Party, None),
        Via::LastResort { .. } => (How::LastResort, None),
    };
    Reason {
        how,
        seat: seat(capacity),
        until,
    }
}

/// `a, b en c`.
pub fn all_of(texts: &Texts, language: Language, mut items: Vec<String>) -> String {
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => {
            let and = texts.get(language, "en", &[]);
            format!("{} {and} {last}", items.join(", "))
        }
    }
}

/// What the clock does next with a case: with the deadline that it is about, else with any.
pub fn next_of(
    version: &Version,
    words: &Words<'_>,
    case: &Case,
    cause: Cause,
    after: Moment,
) -> Option<Next> {
    let about = deadline_of(cause);
    let scheme = case.scheme.unwrap_or(SchemeId(0));
    let mut coming: Vec<(Moment, Coming, Vec<Who>, Date)> = Vec::new();
    for (key, at) in timers(&version.program, case) {
        let id = match key {
            TimerKey::Due(id) | TimerKey::Reminder(id, _) | TimerKey::Rung(id, _) => id,
            _ => continue,
        };
        let Some(running) = case.deadlines.iter().find(|d| d.id == id) else {
            continue;
        };
        if at <= after || about.is_some_and(|of| of != running.of) {
            continue;
        }
        let spec = version
            .program
            .scheme(scheme)
            .and_then(|scheme| version.program.deadline(scheme, running.of));
        let (what, to) = match key {
            TimerKey::Reminder(_, n) => {
                let reminder = spec.as_ref().and_then(|d| d.reminders.get(usize::from(n)));
                (Coming::Reminder, reminder.map(|r| r.to.clone()))
            }
            TimerKey::Rung(_, n) => {
                let rung = spec.as_ref().and_then(|d| d.escalation.get(usize::from(n)));
                (Coming::Escalation, rung.map(|r| r.to.clone()))
            }
            _ => (Coming::Due, None),
        };
        let on = if what == Coming::Due {
            running.due
        } else {
            civil_date(at)
        };
        coming.push((at, what, to.unwrap_or_default(), on));
    }
    // At the same moment a message to somebody says more than that the deadline passes.
    coming
        .into_iter()
        .min_by_key(|(at, what, ..)| (*at, *what == Coming::Due))
        .map(|(_, what, to, on)| Next {
            what,
            on,
            to: to.into_iter().map(|who| words.who(who)).collect(),
        })
}
