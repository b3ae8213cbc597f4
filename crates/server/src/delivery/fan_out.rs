//! Fan-out: notification, recipients, one message per person and occasion, and its deliveries.
//!
//! Input: claimed outbox rows. Output: messages and deliveries, written in the transaction that settles the claims. Invariants: everything
//! that one append told for the same reason is one occasion, and a person is told of it once, in all their roles; the same row gives
//! the same occasion on every node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_engine::{Case, Cause, Moment, Notification, civil_date, civil_time};
use convenant_lang::model::Channel;
use convenant_store::{
    Awaits, FannedOut, NewDelivery, NewMessage, Occasion, OutboxClaim, OutboxId, RegionKey,
    StreamId,
};
use serde::{Deserialize, Serialize};

use super::compose::{self, About};
use super::insight::{Insight, Seat, all_of, next_of};
use super::{Delivery, DeliveryError, Happening, Route, Trouble, channel_name, gather};
use crate::cases::{Cases, Loaded};
use crate::directory::recipients::{Asked, Recipient, recipients};
use crate::directory::{Directory, Person};
use crate::letters::Rendered;
use crate::regions::Region;
use crate::text::Language;
use crate::unread::goes_on_at;

/// Notifications claimed at a time.
const BATCH: u32 = 512;

/// Tries before a notification that cannot be read or written is given up.
const MOST_ATTEMPTS: u32 = 8;

/// What is told later than this after its cause says since when it is late, in milliseconds.
const LATE: i64 = 15 * 60_000;

/// A letter that was written when it was intended: a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// The digest's name.
    pub overzicht: String,
    /// The person's id.
    pub persoon: String,
    /// Why, and who else.
    pub inzicht: Insight,
    /// By which channels.
    pub kanalen: Vec<Channel>,
    /// The letter.
    pub brief: Rendered,
}

/// What stands in the outbox.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    Ready(Ready),
    Told(Notification),
}

/// When what is fanned out is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// Now, however late that is.
    Now,
    /// When it was intended: it is the past that is told.
    Then,
}

/// Where a channel reaches the parties of a region, by name.
type Endpoints = (Channel, BTreeMap<String, Vec<Route>>);

/// What one round knows.
struct Round {
    now: Moment,
    telling: Telling,
    people: BTreeMap<RegionKey, Arc<Directory>>,
    endpoints: BTreeMap<RegionKey, Vec<Endpoints>>,
    /// Everything that the appends of this round intended.
    intended: BTreeMap<(RegionKey, StreamId, u32), Vec<Notification>>,
}

/// An occasion, with everybody who is told of it.
struct Told<'a> {
    claim: &'a OutboxClaim,
    region: &'a Region,
    about: About<'a>,
    occasion: Occasion,
    cause: &'a Notification,
    to: Vec<Recipient>,
    now: Moment,
    telling: Telling,
}

/// The occasion of a notification: what one append told for one reason.
pub fn occasion_of(
    stream: StreamId,
    seq: u32,
    cause: Cause,
) -> Result<Occasion, serde_json::Error> {
    let cause = serde_json::to_vec(&cause)?;
    Ok(Occasion::of(&[
        stream.0.as_bytes(),
        &seq.to_be_bytes(),
        &cause,
    ]))
}

/// The occasion of a digest: one occurrence of its schedule.
pub fn digest_occasion(stream: StreamId, date: u32) -> Occasion {
    Occasion::of(&[b"digest", stream.0.as_bytes(), &date.to_be_bytes()])
}

impl Delivery {
    /// Fans out what waits at `now`; gives the number of notifications.
    pub async fn fan_out(&self, cases: &Cases, now: Moment) -> Result<u64, DeliveryError> {
        self.fan_out_all(cases, now, Telling::Now).await
    }

    /// Fans out an invented past: everything as it would have been told when it was intended.
    pub async fn fan_out_past(&self, cases: &Cases, now: Moment) -> Result<u64, DeliveryError> {
        self.fan_out_all(cases, now, Telling::Then).await
    }

    async fn fan_out_all(
        &self,
        cases: &Cases,
        now: Moment,
        telling: Telling,
    ) -> Result<u64, DeliveryError> {
        let mut count: u64 = 0;
        // Those that come in meanwhile are for the next time: there is no end to waiting for people who go on working.
        let mut left = cases.store().outbox_waiting(now).await?;
        while left > 0 {
            let claims = cases
                .store()
                .claim_outbox(now, cases.leases().work(), BATCH.min(left))
                .await?;
            if claims.is_empty() {
                break;
            }
            left = left.saturating_sub(u32::try_from(claims.len()).unwrap_or(u32::MAX));
            let round = self.round(cases, &claims, now, telling).await?;
            let mut done = Vec::with_capacity(claims.len());
            let mut failed = Vec::new();
            let mut made = BTreeSet::new();
            for claim in claims {
                match self.one(cases, &round, &claim, &mut made).await {
                    Ok(fanned) => done.push(fanned),
                    Err(trouble) => failed.push(again(claim, now, &trouble)),
                }
            }
            count = count.saturating_add(cases.store().fan_out(now, done).await?);
            cases.store().failed(failed).await?;
        }
        Ok(count)
    }

    async fn round(
        &self,
        cases: &Cases,
        claims: &[OutboxClaim],
        now: Moment,
        telling: Telling,
    ) -> Result<Round, DeliveryError> {
        let mut round = Round {
            now,
            telling,
            people: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            intended: BTreeMap::new(),
        };
        for (id, body) in cases.store().intended_with(claims).await? {
            // A digest stands alone: its occurrence made one for each person.
            if let Ok(told) = serde_json::from_str(&body) {
                let append = (id.region, id.stream, id.seq);
                round.intended.entry(append).or_default().push(told);
            }
        }
        for claim in claims {
            if !round.people.contains_key(&claim.id.region) {
                let people = self.people.refresh(&claim.id.region).await?;
                round.people.insert(claim.id.region.clone(), people);
                let endpoints = self.endpoints(&claim.id.region).await?;
                round.endpoints.insert(claim.id.region.clone(), endpoints);
            }
        }
        Ok(round)
    }

    /// The endpoints of the parties of a region, by channel.
    async fn endpoints(&self, region: &RegionKey) -> Result<Vec<Endpoints>, DeliveryError> {
        let mut endpoints = Vec::new();
        for sender in &self.senders {
            let of_parties = sender.to_parties(region).await?;
            if !of_parties.is_empty() {
                endpoints.push((sender.channel(), of_parties));
            }
        }
        Ok(endpoints)
    }

    /// What came of one claim. Of an occasion that was made earlier in this round nothing comes again.
    async fn one(
        &self,
        cases: &Cases,
        round: &Round,
        claim: &OutboxClaim,
        made: &mut BTreeSet<(RegionKey, Occasion)>,
    ) -> Result<FannedOut, Trouble> {
        let region = cases
            .regions()
            .get(claim.id.region.as_str())
            .ok_or(Trouble::NoRegion)?;
        let people = round
            .people
            .get(&claim.id.region)
            .ok_or(Trouble::NoRegion)?;
        let now = match round.telling {
            Telling::Now => round.now,
            Telling::Then => claim.at,
        };
        let mut fanned = FannedOut {
            id: claim.id.clone(),
            at: claim.at,
            token: claim.token,
            messages: Vec::new(),
            deliveries: Vec::new(),
        };
        let told = match serde_json::from_str(&claim.body)? {
            Body::Ready(ready) => {
                let person = people.get(&ready.persoon);
                fanned.messages = vec![self.digest(region, person, claim, ready, now)?];
                return Ok(fanned);
            }
            Body::Told(told) => told,
        };
        let occasion = occasion_of(claim.id.stream, claim.id.seq, told.cause)?;
        if !made.insert((claim.id.region.clone(), occasion)) {
            return Ok(fanned);
        }
        let loaded = self.case_of(cases, region, &claim.id).await?;
        let about = loaded.as_ref().map_or(About::Life, About::Case);
        let all = self.told_together(round, claim, &told);
        let to = self.recipients(region, people, about, &all, now);
        if to.is_empty() {
            return Err(Trouble::Nobody);
        }
        let told = Told {
            claim,
            region,
            about,
            occasion,
            cause: &told,
            to,
            now,
            telling: round.telling,
        };
        fanned.messages = self.messages(&told)?;
        fanned.deliveries = self.to_parties(&told, &all, round)?;
        Ok(fanned)
    }

    /// The case, as far as the append that told this; none for the convenant's life.
    async fn case_of(
        &self,
        cases: &Cases,
        region: &Region,
        id: &OutboxId,
    ) -> Result<Option<Loaded>, Trouble> {
        if id.stream == StreamId::LIFE {
            return Ok(None);
        }
        Ok(Some(cases.load_since(region, id.stream, id.seq).await?))
    }

    /// Everything that the same append told for the same reason.
    fn told_together(
        &self,
        round: &Round,
        claim: &OutboxClaim,
        told: &Notification,
    ) -> Vec<Notification> {
        let append = (claim.id.region.clone(), claim.id.stream, claim.id.seq);
        let told_too = round.intended.get(&append).into_iter().flatten();
        told_too
            .filter(|other| other.cause == told.cause)
            .cloned()
            .collect()
    }

    fn recipients(
        &self,
        region: &Region,
        people: &Directory,
        about: About<'_>,
        all: &[Notification],
        now: Moment,
    ) -> Vec<Recipient> {
        let (nothing, life) = (Case::default(), region.life());
        let model = about.version(region).model();
        let last_resort = &model.last_resort;
        let mut found: BTreeMap<String, Recipient> = BTreeMap::new();
        for told in all {
            let asked = Asked {
                model,
                case: about.case().unwrap_or(&nothing),
                life: &life,
                told,
                today: civil_date(now),
                last_resort: last_resort.as_ref().map(|l| l.who),
            };
            for recipient in recipients(people, &asked).to {
                match found.get_mut(&recipient.person.id) {
                    Some(known) => {
                        known.capacities.extend(recipient.capacities);
                        known.capacities.sort();
                        known.capacities.dedup();
                    }
                    None => {
                        found.insert(recipient.person.id.clone(), recipient);
                    }
                }
            }
        }
        found.into_values().collect()
    }

    fn messages(&self, told: &Told<'_>) -> Result<Vec<NewMessage>, Trouble> {
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
    fn to_parties(
        &self,
        told: &Told<'_>,
        all: &[Notification],
        round: &Round,
    ) -> Result<Vec<NewDelivery>, Trouble> {
        let Some(endpoints) = round.endpoints.get(&told.region.key) else {
            return Ok(Vec::new());
        };
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
    fn digest(
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

/// When a notification that was not fanned out is tried again; never, when none.
fn again(claim: OutboxClaim, now: Moment, trouble: &Trouble) -> (OutboxClaim, Option<Moment>) {
    let tried = claim.attempts.saturating_add(1);
    tracing::warn!(id = %claim.id, tried, %trouble, "a notification was not fanned out");
    // Somebody may come into the directory, and a region may be served again: those wait.
    let waits = matches!(trouble, Trouble::Nobody | Trouble::NoRegion);
    let wait = 1_000_i64.saturating_mul(1 << tried.min(12));
    let retry_at = (waits || tried < MOST_ATTEMPTS).then(|| Moment(now.0.saturating_add(wait)));
    (claim, retry_at)
}

/// Since when it is late, when it is.
fn late(since: Moment, now: Moment) -> Option<Moment> {
    (now.0.saturating_sub(since.0) > LATE).then_some(since)
}
