//! Fan-out: notification, recipients, one message per person and occasion, and its deliveries.
//!
//! Input: claimed outbox rows. Output: messages and deliveries, written in the transaction that settles the claims. Invariants: everything
//! that one append told for the same reason is one occasion, and a person is told of it once, in all their roles; the same row gives
//! the same occasion on every node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convenant_engine::{Case, Cause, Moment, Notification, civil_date};
use convenant_lang::model::Channel;
use convenant_store::{
    Error as StoreError, FannedOut, Occasion, OutboxClaim, OutboxId, RegionKey, StreamId,
};
use serde::{Deserialize, Serialize};

use super::compose::About;
use super::insight::Insight;
use super::send::broken;
use super::told::{Endpoints, Telling, Told};
use super::{Delivery, DeliveryError, Trouble};
use crate::cases::{Cases, Loaded};
use crate::directory::Directory;
use crate::directory::recipients::{Asked, Recipient, recipients};
use crate::letters::Rendered;
use crate::regions::Region;

/// Notifications claimed at a time.
const BATCH: u32 = 512;

/// Tries before a notification that cannot be read or written is given up.
const MOST_ATTEMPTS: u32 = 8;

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

/// What one round knows.
struct Round {
    now: Moment,
    telling: Telling,
    people: BTreeMap<RegionKey, Arc<Directory>>,
    endpoints: BTreeMap<RegionKey, Vec<Endpoints>>,
    /// Everything that the appends of this round intended.
    intended: BTreeMap<(RegionKey, StreamId, u32), Vec<Notification>>,
}

/// What a round came to.
#[derive(Default)]
struct Made {
    done: Vec<FannedOut>,
    failed: Vec<(OutboxClaim, Option<Moment>)>,
}

impl Made {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.failed.is_empty()
    }
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

/// Writes what a round came to, and claims at most so many for the next; gives how many claims still held.
async fn settle(
    cases: Cases,
    now: Moment,
    made: Made,
    most: u32,
) -> Result<(u64, Vec<OutboxClaim>), StoreError> {
    let store = cases.store();
    let held = store.fan_out(now, made.done).await?;
    store.failed(made.failed).await?;
    if most == 0 {
        return Ok((held, Vec::new()));
    }
    let claims = store.claim_outbox(now, cases.leases().work(), most).await?;
    Ok((held, claims))
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
        if left == 0 {
            return Ok(0);
        }
        let (mut made, mut claims) = (Made::default(), Vec::new());
        loop {
            // While one round is made, the one before it is written and the one after it is claimed.
            let settled = tokio::spawn(settle(cases.clone(), now, made, BATCH.min(left)));
            let next = self.make(cases, claims, now, telling).await;
            let (held, claimed) = settled.await.map_err(broken)??;
            made = next?;
            count = count.saturating_add(held);
            left = match u32::try_from(claimed.len()).unwrap_or(u32::MAX) {
                0 => 0,
                many => left.saturating_sub(many),
            };
            claims = claimed;
            if claims.is_empty() && made.is_empty() {
                return Ok(count);
            }
        }
    }

    /// What comes of these claims.
    async fn make(
        &self,
        cases: &Cases,
        claims: Vec<OutboxClaim>,
        now: Moment,
        telling: Telling,
    ) -> Result<Made, DeliveryError> {
        let round = self.round(cases, &claims, now, telling).await?;
        let mut made = Made::default();
        let mut occasions = BTreeSet::new();
        for claim in claims {
            match self.one(cases, &round, &claim, &mut occasions).await {
                Ok(fanned) => made.done.push(fanned),
                Err(trouble) => made.failed.push(again(claim, now, &trouble)),
            }
        }
        Ok(made)
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
        let endpoints = round.endpoints.get(&region.key);
        fanned.deliveries = self.to_parties(&told, &all, endpoints.map_or(&[], Vec::as_slice))?;
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
