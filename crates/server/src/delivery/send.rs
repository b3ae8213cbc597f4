//! Sending: deliveries that are due, lane by lane, until each arrived, was refused or was given up.
//!
//! Input: deliveries, senders, the time. Output: settled tries. Invariants: lanes run side by side and none waits for another; a try that
//! fails comes again later and later, never before the other side asked for; what is given up is told to the coordinator.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use convenant_engine::{Case, Cause, Moment, Notification, civil_date};
use convenant_lang::model::{RoleId, Who};
use convenant_store::{
    DeliveryClaim, Gathered, MessageRow, NewMessage, Occasion, OutboxId, RegionKey, Settlement,
    StreamId, Verdict,
};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task::{JoinHandle, JoinSet};

use super::insight::Insight;
use super::judge::judge;
use super::{Delivery, DeliveryError, Happening, Parcel, Trouble, gather, key_of};
use crate::cases::{CaseError, Cases};
use crate::channel::Outcome;
use crate::channel::webhook::{NO_ANSWER, NO_CHANNEL, UNREADABLE, explain};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::directory::recipients::{Asked, Recipient, recipients};
use crate::letters::MOST_LINES;
use crate::regions::Region;
use crate::text::Language;

/// The lanes that are running, and whose turn it is in each.
#[derive(Default)]
pub struct Lanes {
    running: BTreeMap<String, JoinHandle<()>>,
    shared: Arc<Turns>,
}

/// What lanes share.
#[derive(Default)]
struct Turns {
    /// Who had the last turn, by lane.
    last: Mutex<BTreeMap<String, String>>,
    /// Nothing more is claimed.
    stopped: AtomicBool,
}

impl Lanes {
    /// Starts every lane in which something waits and that is not running; it runs until nothing in it is due.
    pub async fn start(
        &mut self,
        delivery: &Delivery,
        cases: &Cases,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), DeliveryError> {
        self.running.retain(|_, lane| !lane.is_finished());
        delivery.gather_floods(cases, clock.now()).await?;
        for lane in cases.store().lanes().await? {
            if self.running.contains_key(&lane) {
                continue;
            }
            let (delivery, cases, clock) = (delivery.clone(), cases.clone(), clock.clone());
            let (turns, name) = (self.shared.clone(), lane.clone());
            let task = tokio::spawn(async move {
                if let Err(error) = delivery.drain(&cases, &clock, &name, &turns).await {
                    tracing::error!(lane = name, %error, "the lane will be tried again");
                }
            });
            self.running.insert(lane, task);
        }
        Ok(())
    }

    /// Nothing more is claimed.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
    }

    /// Waits until every lane that runs has nothing more to do. When it is dropped, they are broken off: what was claimed is tried
    /// again under the same keys.
    pub async fn finish(&mut self) {
        for lane in self.running.values_mut() {
            // A lane that was broken off holds leases that lapse.
            let _ = lane.await;
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for lane in self.running.values() {
            lane.abort();
        }
    }
}

/// Who coordinates a region today: they see and mend what could not be delivered.
pub fn coordinators(region: &Region, people: &Directory, now: Moment) -> Vec<Recipient> {
    let nothing = Case::default();
    let told = Notification {
        cause: Cause::Objection,
        // A notification for no party goes to the last resort.
        to: Who::Role(RoleId(0)),
        parties: Vec::new(),
        due: None,
        instead_of: None,
    };
    let asked = Asked {
        model: region.current.model(),
        case: &nothing,
        life: &region.life(),
        told: &told,
        today: civil_date(now),
        last_resort: region.current.model().last_resort.as_ref().map(|l| l.who),
    };
    recipients(people, &asked).to
}

impl Delivery {
    /// Sends everything that is due, all lanes side by side; gives how many deliveries were settled as delivered.
    pub async fn send_due(
        &self,
        cases: &Cases,
        clock: &Arc<dyn Clock>,
    ) -> Result<u64, DeliveryError> {
        self.gather_floods(cases, clock.now()).await?;
        let turns = Turns::default();
        let lanes = cases.store().lanes().await?;
        let mut running = FuturesUnordered::new();
        for lane in &lanes {
            running.push(self.drain(cases, clock, lane, &turns));
        }
        let mut total: u64 = 0;
        while let Some(sent) = running.next().await {
            total = total.saturating_add(sent?);
        }
        Ok(total)
    }

    /// Sends what is due in a lane when it begins. A slow try holds up no other: what is finished is settled, and the next is claimed.
    async fn drain(
        &self,
        cases: &Cases,
        clock: &Arc<dyn Clock>,
        lane: &str,
        turns: &Turns,
    ) -> Result<u64, DeliveryError> {
        let store = cases.store();
        let most = self.at_once(lane);
        let mut sent: u64 = 0;
        let mut left = store.deliveries_waiting(lane, clock.now()).await?;
        // Tasks of their own: a try that is not polled while the next ones are claimed would keep its connection from them.
        let (own, mut tries) = (Arc::new(self.clone()), JoinSet::new());
        loop {
            let room = u32::try_from(most.saturating_sub(tries.len())).unwrap_or(1);
            if room > 0 && left > 0 && !turns.stopped.load(Ordering::Acquire) {
                let claims = self
                    .claim(cases, clock, lane, turns, room.min(left))
                    .await?;
                let claimed = u32::try_from(claims.len()).unwrap_or(u32::MAX);
                left = if claimed == 0 {
                    0
                } else {
                    left.saturating_sub(claimed)
                };
                let people = Arc::new(self.people_of(&claims).await?);
                for claim in claims {
                    let (own, people) = (own.clone(), people.clone());
                    let (cases, clock) = (cases.clone(), clock.clone());
                    tries.spawn(async move { own.try_once(&cases, &people, &claim, &clock).await });
                }
            }
            let Some(first) = tries.join_next().await else {
                return Ok(sent);
            };
            let mut settlements = vec![first.map_err(broken)?];
            while let Some(next) = tries.try_join_next() {
                settlements.push(next.map_err(broken)?);
            }
            let delivered = settlements
                .iter()
                .filter(|s| s.verdict == Verdict::Delivered)
                .count();
            store.settle_deliveries(clock.now(), settlements).await?;
            sent = sent.saturating_add(delivered as u64);
        }
    }

    /// The next of a lane, beginning with the party whose turn it is.
    async fn claim(
        &self,
        cases: &Cases,
        clock: &Arc<dyn Clock>,
        lane: &str,
        turns: &Turns,
        limit: u32,
    ) -> Result<Vec<DeliveryClaim>, DeliveryError> {
        let turn = lock(&turns.last).get(lane).cloned().unwrap_or_default();
        let (now, lease) = (clock.now(), cases.leases().sending());
        let claims = cases
            .store()
            .claim_deliveries(lane, &turn, now, lease, limit)
            .await?;
        if let Some(last) = claims.last() {
            lock(&turns.last).insert(lane.to_owned(), last.turn.clone());
        }
        Ok(claims)
    }

    fn at_once(&self, lane: &str) -> usize {
        let channel = lane.split(':').next().unwrap_or_default();
        self.sender(channel)
            .map_or(1, |sender| sender.at_once(lane).clamp(1, 64))
    }

    async fn people_of(
        &self,
        claims: &[DeliveryClaim],
    ) -> Result<BTreeMap<RegionKey, Arc<Directory>>, DeliveryError> {
        let mut people = BTreeMap::new();
        for claim in claims {
            if !people.contains_key(&claim.region) {
                let of_region = self.people.refresh(&claim.region).await?;
                people.insert(claim.region.clone(), of_region);
            }
        }
        Ok(people)
    }

    async fn try_once(
        &self,
        cases: &Cases,
        people: &BTreeMap<RegionKey, Arc<Directory>>,
        claim: &DeliveryClaim,
        clock: &Arc<dyn Clock>,
    ) -> Settlement {
        let nobody = Arc::default();
        let people = people.get(&claim.region).unwrap_or(&nobody);
        let parcel = self.parcel(cases, people, claim).await;
        let settled = |verdict| Settlement {
            region: claim.region.clone(),
            id: claim.id,
            token: claim.token,
            verdict,
        };
        // What was due before quiet hours, while nobody sent it, does not come within them.
        let now = clock.now();
        let quiet = parcel.as_ref().map(|parcel| not_quiet(parcel, now));
        if let Ok(at) = quiet
            && at > now
        {
            return settled(Verdict::Wait { at });
        }
        let outcome = match &parcel {
            Ok(parcel) => {
                self.hand_over(claim, parcel, cases.leases().longest_try())
                    .await
            }
            Err(trouble) => {
                tracing::warn!(region = %claim.region, id = claim.id, %trouble, "a delivery cannot be made ready");
                Outcome::Later {
                    reason: UNREADABLE.to_owned(),
                    after: None,
                }
            }
        };
        let mut verdict = judge(claim, outcome, clock.now(), self.seed);
        if let (Verdict::Again { at, .. }, Ok(parcel)) = (&mut verdict, &parcel) {
            *at = not_quiet(parcel, *at);
        }
        if let Verdict::Dead {
            reason, messages, ..
        } = &mut verdict
        {
            tracing::warn!(region = %claim.region, id = claim.id, channel = claim.channel, "a delivery was given up");
            if let Some(region) = cases.regions().get(claim.region.as_str()) {
                *messages = self.tell_of_dead(region, people, claim, reason, clock.now());
            }
        }
        settled(verdict)
    }

    async fn hand_over(
        &self,
        claim: &DeliveryClaim,
        parcel: &Parcel,
        longest: Duration,
    ) -> Outcome {
        let Some(sender) = self.sender(&claim.channel) else {
            return Outcome::Later {
                reason: NO_CHANNEL.to_owned(),
                after: None,
            };
        };
        match tokio::time::timeout(longest, sender.send(parcel)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Ambiguous {
                reason: format!("{NO_ANSWER} {}", longest.as_secs()),
            },
        }
    }

    async fn parcel(
        &self,
        cases: &Cases,
        people: &Directory,
        claim: &DeliveryClaim,
    ) -> Result<Parcel, Trouble> {
        let region = cases
            .regions()
            .get(claim.region.as_str())
            .ok_or(Trouble::NoRegion)?;
        let person = people.get(&claim.target).cloned();
        let language = person.as_ref().map_or(Language::Dutch, |p| p.language);
        let mut parcel = Parcel {
            key: key_of(&claim.region, &claim.channel, &claim.target, claim.occasion),
            thread: None,
            region: region.clone(),
            target: claim.target.clone(),
            person,
            language,
            role: String::new(),
            party: String::new(),
            urgent: false,
            subject: String::new(),
            text: String::new(),
            insight: Vec::new(),
            happening: None,
            base_url: self.base_url.clone(),
            at: claim.at,
        };
        if let Some(payload) = &claim.payload {
            let happening: Happening = serde_json::from_str(payload)?;
            let (_, party) = claim.turn.split_once('/').unwrap_or_default();
            party.clone_into(&mut parcel.party);
            parcel.subject.clone_from(&happening.about);
            parcel.happening = Some(happening);
            return Ok(parcel);
        }
        let store = cases.store();
        if let Some(number) = claim.number {
            let messages = store
                .messages_numbered(&claim.region, &[number])
                .await
                .map_err(CaseError::from)?;
            if let Some(row) = messages.first() {
                self.write(row, &mut parcel)?;
            }
        } else {
            let gathered = store
                .gathered(&claim.region, claim.id, MOST_LINES)
                .await
                .map_err(CaseError::from)?;
            match gathered.messages.as_slice() {
                // The others were claimed before they could be gathered.
                [row] => self.write(row, &mut parcel)?,
                _ => self.write_together(region, &gathered, &mut parcel)?,
            }
        }
        Ok(parcel)
    }

    /// Writes a message into a parcel.
    fn write(&self, row: &MessageRow, parcel: &mut Parcel) -> Result<(), Trouble> {
        let message = &row.message;
        let insight: Insight = serde_json::from_str(&message.insight)?;
        parcel.role.clone_from(&message.role);
        parcel.party.clone_from(&message.party);
        parcel.urgent = message.urgent;
        parcel.subject.clone_from(&message.subject);
        parcel.text.clone_from(&message.body);
        parcel.thread = message.case.map(|case| case.to_string());
        parcel.insight = insight.sentences(&self.texts, parcel.language);
        Ok(())
    }

    /// Writes several messages together into a parcel.
    fn write_together(
        &self,
        region: &Region,
        gathered: &Gathered,
        parcel: &mut Parcel,
    ) -> Result<(), Trouble> {
        let insights = gathered
            .messages
            .iter()
            .map(|row| serde_json::from_str(&row.message.insight))
            .collect::<Result<Vec<Insight>, _>>()?;
        if let Some(row) = gathered.messages.first() {
            parcel.role.clone_from(&row.message.role);
            parcel.party.clone_from(&row.message.party);
        }
        parcel.urgent = gathered.urgent;
        let (texts, language) = (&self.texts, parcel.language);
        let letter = gather::together(texts, language, &self.base_url, region, gathered);
        parcel.subject = letter.subject;
        parcel.text = letter.text;
        parcel.insight = gather::why_together(texts, language, &insights);
        Ok(())
    }

    /// The messages to the coordinator about what was given up. They have no deliveries: what tells of a dead letter makes no other.
    fn tell_of_dead(
        &self,
        region: &Region,
        people: &Directory,
        claim: &DeliveryClaim,
        reason: &str,
        now: Moment,
    ) -> Vec<NewMessage> {
        let to = coordinators(region, people, now);
        let link = format!("{}/{}/onbestelbaar", self.base_url, region.key);
        let (_, party) = claim.turn.split_once('/').unwrap_or_default();
        to.iter()
            .map(|reader| {
                let language = reader.person.language;
                let say = |id: &str| {
                    let args = [
                        ("kanaal", claim.channel.as_str().into()),
                        ("partij", party.into()),
                        ("reden", explain(&self.texts, language, reason).into()),
                        ("adres", link.as_str().into()),
                    ];
                    self.texts.get(language, id, &args)
                };
                let insight = Insight::of(reader, &to, None);
                let seat = insight.why.first().map(|why| why.seat.clone());
                NewMessage {
                    person: reader.person.id.clone(),
                    occasion: Occasion::of(&[
                        b"dead",
                        &claim.id.to_be_bytes(),
                        &claim.token.to_be_bytes(),
                    ]),
                    source: OutboxId {
                        region: claim.region.clone(),
                        stream: StreamId::LIFE,
                        seq: 0,
                        n: 0,
                    },
                    party: seat.as_ref().map_or_else(String::new, |s| s.party.clone()),
                    role: seat.map_or_else(String::new, |s| s.role),
                    at: now,
                    late_since: None,
                    urgent: false,
                    subject: say("onbestelbaar-onderwerp"),
                    body: say("onbestelbaar-bericht"),
                    insight: serde_json::to_string(&insight).unwrap_or_default(),
                    case: None,
                    awaits: None,
                    deliveries: Vec::new(),
                }
            })
            .collect()
    }
}

pub(super) fn broken(error: tokio::task::JoinError) -> DeliveryError {
    DeliveryError::Broken(error.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next try wakes nobody up either, unless it is urgent.
fn not_quiet(parcel: &Parcel, at: Moment) -> Moment {
    let holidays = parcel.region.current.program.holidays();
    match parcel.person.as_ref().filter(|_| !parcel.urgent) {
        Some(person) => gather::when_not_quiet(person, at, &|date| holidays.is_day_off(date)),
        None => at,
    }
}
