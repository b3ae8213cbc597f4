//! What is told of one occasion: a message per person, each with its deliveries, and what goes to the endpoints of parties.
//!
//! Input: an occasion with its recipients. Output: messages and deliveries, to be written by the fan-out. Invariants: every reader reads their
//! own language; what is late says since when; a channel is used only when both the file and the person want it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_engine::{Moment, Notification, civil_date, civil_time};
use convenant_lang::model::Channel;
use convenant_store::{Awaits, NewDelivery, NewMessage, Occasion, OutboxClaim};

use super::compose::{self, About};
use super::fan_out::{Ready, digest_occasion};
use super::insight::{Insight, Seat, all_of, next_of};
use super::{Delivery, Happening, Route, Trouble, channel_name, gather};
use crate::directory::Person;
use crate::directory::recipients::Recipient;
use crate::regions::Region;
use crate::text::Language;
use crate::unread::goes_on_at;

/// What is told later than this after its cause says since when it is late, in milliseconds.
const LATE: i64 = 15 * 60_000;

/// When what is fanned out is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// Now, however late that is.
    Now,
    /// When it was intended: it is the past that is told.
    Then,
}

/// Where a channel reaches the parties of a region, by name.
pub(super) type Endpoints = (Channel, BTreeMap<String, Vec<Route>>);

/// An occasion, with everybody who is told of it.
pub(super) struct Told<'a> {
    pub(super) claim: &'a OutboxClaim,
    pub(super) region: &'a Region,
    pub(super) about: About<'a>,
    pub(super) occasion: Occasion,
    pub(super) cause: &'a Notification,
    pub(super) to: Vec<Recipient>,
    pub(super) now: Moment,
    pub(super) telling: Telling,
}

impl Delivery {
    pub(super) fn messages(&self, told: &Told<'_>) -> Result<Vec<NewMessage>, Trouble> {
        let version = told.about.version(told.region);
        let dutch = version.words(&self.texts, Language::Dutch);
        let today = civil_date(told.now);
        let urgent = compose::is_urgent(&dutch, told.about.case(), told.cause, today);
        let channels = compose::channels(&dutch, told.cause.cause);
        let next = told
            .about
            .case()
            .and_then(|case| next_of(version, &dutch, case, told.cause.cause, told.now));
        let late_since = late(told.claim.since, told.now);
        let awaits = match goes_on_at(told.region, told.about, told.cause.cause) {
            // What is told of an invented past waits for nobody.
            Some(until) if told.telling == Telling::Now => Some(Awaits {
                until,
                cause: serde_json::to_string(&told.cause.cause)?,
            }),
            _ => None,
        };
        let mut contents: BTreeMap<&str, compose::Content> = BTreeMap::new();
        let mut messages = Vec::with_capacity(told.to.len());
        for reader in &told.to {
            let language = reader.person.language;
            let content = contents.entry(language.tag()).or_insert_with(|| {
                let base = &self.base_url;
                compose::content(
                    &self.texts,
                    language,
                    base,
                    told.region,
                    told.about,
                    told.cause,
                )
            });
            let insight = Insight::of(reader, &told.to, next.clone());
            let (role, party) = self.seats(language, &insight);
            content.context.rol.clone_from(&role);
            content.context.partij.clone_from(&party);
            let letters = &told.region.letters;
            let letter = letters.render_in(language, &content.template, &content.context)?;
            let mut message = NewMessage {
                person: reader.person.id.clone(),
                occasion: told.occasion,
                source: told.claim.id.clone(),
                party,
                role,
                at: told.claim.at,
                late_since,
                urgent,
                subject: letter.subject,
                body: self.with_lateness(language, late_since, letter.text),
                insight: serde_json::to_string(&insight)?,
                case: told.about.case().map(|_| told.claim.id.stream),
                awaits: awaits.clone(),
                deliveries: Vec::new(),
            };
            message.deliveries =
                self.to_person(told.region, &reader.person, &channels, &message, told.now);
            messages.push(message);
        }
        Ok(messages)
    }

    /// The roles and the parties of a reader, in words.
    pub fn seats(&self, language: Language, insight: &Insight) -> (String, String) {
        let each = |part: fn(&Seat) -> &String| {
            let mut names: Vec<String> = Vec::new();
            for reason in &insight.why {
                let name = part(&reason.seat);
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            all_of(&self.texts, language, names)
        };
        (each(|seat| &seat.role), each(|seat| &seat.party))
    }

    /// A text that says first that it is late, when it is.
    fn with_lateness(&self, language: Language, since: Option<Moment>, text: String) -> String {
        let Some(since) = since else {
            return text;
        };
        let wall = civil_time(since);
        let day = self.texts.date(language, wall.date());
        let time = wall.strftime("%H:%M").to_string();
        let args = [("datum", day.into()), ("tijd", time.into())];
        let late = self.texts.get(language, "bericht-te-laat", &args);
        format!("{late}\n\n{text}")
    }

    /// The deliveries of a message, by the channels that both the file and the person want.
    fn to_person(
        &self,
        region: &Region,
        person: &Person,
        channels: &[Channel],
        message: &NewMessage,
        now: Moment,
    ) -> Vec<NewDelivery> {
        let holidays = region.current.program.holidays();
        let day_off = |date| holidays.is_day_off(date);
        self.senders
            .iter()
            .filter(|sender| {
                let channel = sender.channel();
                channels.contains(&channel) && person.channels.contains(&channel)
            })
            .filter_map(|sender| {
                let route = sender.to_person(region, person)?;
                let when = gather::when(person, message.urgent, now, day_off);
                Some(NewDelivery {
                    channel: channel_name(sender.channel()).to_owned(),
                    target: route.target,
                    occasion: message.occasion,
                    lane: route.lane,
                    party: message.party.clone(),
                    at: message.at,
                    due_at: when.due_at,
                    gather_above: when.gather_above,
                    payload: None,
                })
            })
            .collect()
    }

    /// The deliveries to the endpoints of the parties that are told.
    pub(super) fn to_parties(
        &self,
        told: &Told<'_>,
        all: &[Notification],
        endpoints: &[Endpoints],
    ) -> Result<Vec<NewDelivery>, Trouble> {
        let words = told
            .about
            .version(told.region)
            .words(&self.texts, Language::Dutch);
        let channels = compose::channels(&words, told.cause.cause);
        let parties: BTreeSet<String> = all
            .iter()
            .flat_map(|one| one.parties.iter().map(|party| words.party(*party)))
            .collect();
        let mut deliveries = Vec::new();
        let today = civil_date(told.now);
        for (channel, routes) in endpoints {
            if !channels.contains(channel) {
                continue;
            }
            for party in &parties {
                // An endpoint stands under the name that its party had when it was made.
                let names = told.region.names_of(party, today);
                for route in names.iter().filter_map(|name| routes.get(name)).flatten() {
                    deliveries.push(NewDelivery {
                        channel: channel_name(*channel).to_owned(),
                        target: route.target.clone(),
                        occasion: told.occasion,
                        lane: route.lane.clone(),
                        party: party.clone(),
                        at: told.claim.at,
                        due_at: told.now,
                        gather_above: 0,
                        payload: Some(serde_json::to_string(&self.happening(told)?)?),
                    });
                }
            }
        }
        Ok(deliveries)
    }

    fn happening(&self, told: &Told<'_>) -> Result<Happening, Trouble> {
        let base = &self.base_url;
        let content = compose::content(
            &self.texts,
            Language::Dutch,
            base,
            told.region,
            told.about,
            told.cause,
        );
        let letters = &told.region.letters;
        let letter = letters.render_in(Language::Dutch, &content.template, &content.context)?;
        Ok(Happening {
            cause: told.cause.cause,
            case: match told.about {
                About::Case(loaded) => Some(loaded.number.to_string()),
                About::Life => None,
            },
            about: letter.subject,
            due: told.cause.due,
            link: told.about.link(base, told.region),
        })
    }

    /// The message of a digest, which was written when it was intended.
    pub(super) fn digest(
        &self,
        region: &Region,
        person: Option<&Arc<Person>>,
        claim: &OutboxClaim,
        ready: Ready,
        now: Moment,
    ) -> Result<NewMessage, Trouble> {
        let language = person.map_or(Language::Dutch, |person| person.language);
        let (role, party) = self.seats(language, &ready.inzicht);
        let late_since = late(claim.since, now);
        let mut message = NewMessage {
            person: ready.persoon,
            occasion: digest_occasion(claim.id.stream, claim.id.seq),
            source: claim.id.clone(),
            party,
            role,
            at: claim.at,
            late_since,
            urgent: false,
            subject: ready.brief.subject,
            body: self.with_lateness(language, late_since, ready.brief.text),
            insight: serde_json::to_string(&ready.inzicht)?,
            case: None,
            awaits: None,
            deliveries: Vec::new(),
        };
        if let Some(person) = person {
            message.deliveries = self.to_person(region, person, &ready.kanalen, &message, now);
        }
        Ok(message)
    }
}

/// Since when it is late, when it is.
fn late(since: Moment, now: Moment) -> Option<Moment> {
    (now.0.saturating_sub(since.0) > LATE).then_some(since)
}
