//! A person as somebody wrote it, in a file or over the API: from words to a `Person`, and back.
//!
//! Input: `Written`, with the region's file. Output: a `Person`, or the first thing that does not fit. Invariants: a name is one line
//! without control characters; a mail address is one (RFC 5321); roles, bodies and parties stand in the region's file; a rhythm is a
//! schedule; absences are in order and do not overlap. No error repeats a name or a mail address of a person.

use std::collections::BTreeSet;
use std::str::FromStr;

use convenant_lang::model::{Channel, Convenant};
use convenant_lang::nearest;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Absence, HeldRole, Person, QuietHours, rhythm};
use crate::accounts::is_id;
use crate::text::Language;

/// Letters in a name.
const LONGEST_NAME: usize = 200;

/// Roles, and absences, of one person.
const MOST: usize = 200;

/// The channels by their words in the language.
const CHANNELS: [(&str, Channel); 4] = [
    ("inbox", Channel::Inbox),
    ("mail", Channel::Mail),
    ("webhook", Channel::Webhook),
    ("agenda", Channel::Calendar),
];

/// How somebody wants to be told, and when they are away: what they may change themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    /// `nl` (the default) or `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taal: Option<String>,
    /// `inbox` (always), `mail`, `webhook`, `agenda`; the inbox, and mail when there is an address, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kanalen: Option<Vec<String>>,
    /// Mail is gathered on this schedule: `elke werkdag om 08:00`, or six fields of cron; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overzicht: Option<String>,
    /// Hours without mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stil: Option<WrittenQuiet>,
    /// When somebody is away.
    #[serde(default)]
    pub afwezig: Vec<WrittenAbsence>,
}

/// Hours without mail, in Europe/Amsterdam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenQuiet {
    /// First quiet minute: `18:00`.
    pub van: String,
    /// First minute that is not quiet: `08:00`.
    pub tot: String,
    /// Also on Saturdays, Sundays and days off.
    #[serde(default, alias = "vrije-dagen")]
    pub vrije_dagen: bool,
}

/// Days on which somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenAbsence {
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub van: Date,
    /// Last day.
    #[serde(alias = "tot-en-met")]
    #[schema(value_type = String, format = Date)]
    pub tot_en_met: Date,
    /// Id of the person who is told instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vervanger: Option<String>,
}

/// A role or body for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenRole {
    /// Role or body.
    pub rol: String,
    /// Party.
    pub partij: String,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// An id that cannot stand in a header or an address.
    #[error("this is no id; use lower-case letters, digits, `.` and `-`, at most 64")]
    Id,
    /// A name that is empty, too long, or more than one line.
    #[error(
        "`naam` must be one line of 1 to {LONGEST_NAME} characters, without control characters"
    )]
    Name,
    /// Not a mail address.
    #[error("`mail` is not a mail address; expected one like `naam@organisatie.nl`")]
    Mail,
    /// A name that the region's file, or this program, does not have.
    #[error("there is no {what} `{name}`{}", hint(.known, .near.as_deref()))]
    Unknown {
        /// `regio`, `partij`, `rol`, `kanaal` or `taal`.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest spelling.
        near: Option<String>,
        /// All there are.
        known: Vec<String>,
    },
    /// Nothing to do for anybody.
    #[error("`rollen` is empty; expected at least one `rol` with its `partij`")]
    NoRole,
    /// More than anybody has.
    #[error("more than {MOST} entries under `rollen` or `afwezig`; expected fewer")]
    TooMany,
    /// Not a schedule.
    #[error(
        "`overzicht` is not a schedule; expected `elke werkdag om 08:00`, `elke dag om …`, `elke maandag om …`, `elke maand op dag 1 om …`, or six fields of cron with days by name (`0 0 8 * * MON-FRI`)"
    )]
    Rhythm,
    /// Not a time of the day, or no time in between.
    #[error(
        "`stil` needs two different times of the day, like `van: \"18:00\"` and `tot: \"08:00\"`"
    )]
    Quiet,
    /// Mail is wanted, but there is no address.
    #[error(
        "`kanalen` names mail, but there is no `mail`; add the address or leave the channel out"
    )]
    NoAddress,
    /// The last day lies before the first.
    #[error("the absence from {0} ends before it begins; expected `tot-en-met` on or after `van`")]
    Backwards(Date),
    /// Two absences on one day.
    #[error("two absences overlap on {0}; make one of them, or end the first one earlier")]
    Overlap(Date),
    /// The replacement is nobody.
    #[error(
        "the replacement `{0}` is nobody in the directory of this region; expected the `id` of somebody in it"
    )]
    NoReplacement(String),
    /// Whoever replaces is replaced by the one who is away.
    #[error(
        "on {on} the replacement `{by}` is away as well and leads back to this person; choose somebody who is there"
    )]
    Circle {
        /// First day on which they do.
        on: Date,
        /// The replacement that was chosen.
        by: String,
    },
}

fn hint(known: &[String], near: Option<&str>) -> String {
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; choose from: {}", known.join(", ")),
    }
}

impl Misfit {
    /// A name that is not among those that are known.
    pub fn unknown<'k>(
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) -> Misfit {
        Misfit::Unknown {
            what,
            name: name.to_owned(),
            near: nearest(name, known.clone()).map(str::to_owned),
            known: known.map(str::to_owned).collect(),
        }
    }

    /// The message that says so in the language of the reader: its id, with its arguments.
    pub fn message(&self) -> (&'static str, Vec<(&'static str, String)>) {
        match self {
            Misfit::Id => ("mens-id", Vec::new()),
            Misfit::Name => ("mens-naam", Vec::new()),
            Misfit::Mail => ("mens-mail", Vec::new()),
            Misfit::Unknown {
                what,
                name,
                near,
                known,
            } => {
                let (id, choice) = match near {
                    Some(near) => ("mens-onbekend", ("lijkt", near.clone())),
                    None => ("mens-onbekend-kies", ("bekend", known.join(", "))),
                };
                let what = ("wat", (*what).to_owned());
                (id, vec![what, ("naam", name.clone()), choice])
            }
            Misfit::NoRole => ("mens-geen-rol", Vec::new()),
            Misfit::TooMany => ("mens-te-veel", Vec::new()),
            Misfit::Rhythm => ("mens-overzicht", Vec::new()),
            Misfit::Quiet => ("mens-stil", Vec::new()),
            Misfit::NoAddress => ("mens-geen-adres", Vec::new()),
            Misfit::Backwards(on) => ("mens-achterstevoren", vec![("datum", on.to_string())]),
            Misfit::Overlap(on) => ("mens-overlap", vec![("datum", on.to_string())]),
            Misfit::NoReplacement(id) => ("mens-geen-vervanger", vec![("id", id.clone())]),
            Misfit::Circle { on, by } => (
                "mens-kring",
                vec![("datum", on.to_string()), ("id", by.clone())],
            ),
        }
    }
}

/// A person from its parts; whether the replacements exist is for `circle::check` to say, once everybody is known.
pub fn person(
    model: &Convenant,
    id: &str,
    name: &str,
    mail: Option<&str>,
    roles: &[WrittenRole],
    wishes: &Wishes,
) -> Result<Person, Misfit> {
    if !is_id(id) {
        return Err(Misfit::Id);
    }
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !is_one_line(name) {
        return Err(Misfit::Name);
    }
    if let Some(mail) = mail {
        lettre::Address::from_str(mail).map_err(|_| Misfit::Mail)?;
    }
    if roles.is_empty() {
        return Err(Misfit::NoRole);
    }
    if roles.len() > MOST || wishes.afwezig.len() > MOST {
        return Err(Misfit::TooMany);
    }
    let mut person = Person {
        id: id.to_owned(),
        name: name.to_owned(),
        mail: mail.map(str::to_owned),
        language: Language::default(),
        channels: BTreeSet::new(),
        rhythm: None,
        quiet: None,
        roles: roles
            .iter()
            .map(|role| held(model, role))
            .collect::<Result<_, _>>()?,
        absences: Vec::new(),
    };
    wish(&mut person, wishes)?;
    Ok(person)
}

/// Puts somebody's wishes in the place of those they had.
pub fn wish(person: &mut Person, wishes: &Wishes) -> Result<(), Misfit> {
    person.language = match wishes.taal.as_deref() {
        None => Language::default(),
        Some(tag) => Language::from_tag(tag)
            .ok_or_else(|| Misfit::unknown("taal", tag, ["nl", "en"].into_iter()))?,
    };
    person.channels = channels(person.mail.is_some(), wishes.kanalen.as_deref())?;
    person.rhythm = match wishes.overzicht.as_deref() {
        None => None,
        Some(text) => {
            rhythm::schedule(text).ok_or(Misfit::Rhythm)?;
            Some(text.trim().to_owned())
        }
    };
    person.quiet = wishes.stil.as_ref().map(quiet).transpose()?;
    person.absences = absences(&wishes.afwezig)?;
    Ok(())
}

/// A person's wishes, as they would be written.
pub fn wishes(person: &Person) -> Wishes {
    let time = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
    Wishes {
        taal: Some(person.language.tag().to_owned()),
        kanalen: Some(
            CHANNELS
                .iter()
                .filter(|(_, channel)| person.channels.contains(channel))
                .map(|(word, _)| (*word).to_owned())
                .collect(),
        ),
        overzicht: person.rhythm.clone(),
        stil: person.quiet.map(|quiet| WrittenQuiet {
            van: time(quiet.from),
            tot: time(quiet.until),
            vrije_dagen: quiet.days_off,
        }),
        afwezig: person
            .absences
            .iter()
            .map(|absence| WrittenAbsence {
                van: absence.from,
                tot_en_met: absence.through,
                vervanger: absence.replacement.clone(),
            })
            .collect(),
    }
}

/// Whether a text is one line of characters that show, in the order in which they stand: no control characters, no line or paragraph
/// separator, nothing that turns the direction of what follows.
pub fn is_one_line(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    })
}

fn held(model: &Convenant, role: &WrittenRole) -> Result<HeldRole, Misfit> {
    if model.party_named(&role.partij).is_none() {
        let known = model.parties.iter().map(|p| p.name.as_str());
        return Err(Misfit::unknown("partij", &role.partij, known));
    }
    if model.role_named(&role.rol).is_none() && model.body_named(&role.rol).is_none() {
        let roles = model.roles.iter().map(|r| r.name.as_str());
        let known = roles.chain(model.bodies.iter().map(|b| b.name.as_str()));
        return Err(Misfit::unknown("rol", &role.rol, known));
    }
    Ok(HeldRole {
        role: role.rol.clone(),
        party: role.partij.clone(),
    })
}

fn channels(has_mail: bool, words: Option<&[String]>) -> Result<BTreeSet<Channel>, Misfit> {
    let mut channels = BTreeSet::from([Channel::Inbox]);
    match words {
        None if has_mail => {
            channels.insert(Channel::Mail);
        }
        None => {}
        Some(words) => {
            for word in words {
                let known = CHANNELS.iter().find(|(name, _)| name == word);
                let names = CHANNELS.iter().map(|(name, _)| *name);
                let (_, channel) = known.ok_or_else(|| Misfit::unknown("kanaal", word, names))?;
                channels.insert(*channel);
            }
        }
    }
    if channels.contains(&Channel::Mail) && !has_mail {
        return Err(Misfit::NoAddress);
    }
    Ok(channels)
}

fn quiet(written: &WrittenQuiet) -> Result<QuietHours, Misfit> {
    let time = |text: &str| rhythm::time(text).ok_or(Misfit::Quiet);
    let (from, until) = (time(&written.van)?, time(&written.tot)?);
    if from == until {
        return Err(Misfit::Quiet);
    }
    Ok(QuietHours {
        from,
        until,
        days_off: written.vrije_dagen,
    })
}

fn absences(written: &[WrittenAbsence]) -> Result<Vec<Absence>, Misfit> {
    let mut absences: Vec<Absence> = written
        .iter()
        .map(|absence| Absence {
            from: absence.van,
            through: absence.tot_en_met,
            replacement: absence.vervanger.clone(),
        })
        .collect();
    absences.sort_by_key(|absence| absence.from);
    let mut busy_through: Option<Date> = None;
    for absence in &absences {
        if absence.through < absence.from {
            return Err(Misfit::Backwards(absence.from));
        }
        if busy_through.is_some_and(|last| absence.from <= last) {
            return Err(Misfit::Overlap(absence.from));
        }
        busy_through = Some(absence.through);
    }
    Ok(absences)
}
