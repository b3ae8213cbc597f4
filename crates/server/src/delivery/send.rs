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
    DeliveryClaim, MessageRow, NewMessage, Occasion, OutboxId, RegionKey, Settlement, StreamId,
    Verdict,
};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sha2::{Digest, Sha256};
use tokio::task::{JoinHandle, JoinSet};

use super::insight::Insight;
use super::{Delivery, DeliveryError, Happening, Parcel, Trouble, gather, key_of};
use crate::cases::Cases;
use crate::channel::Outcome;
use crate::channel::webhook::{NO_ANSWER, explain};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::directory::recipients::{Asked, Recipient, recipients};
use crate::regions::Region;
use crate::text::Language;

/// The wait after the first try, in milliseconds; it doubles with every try.
const FIRST_WAIT: i64 = 30_000;

/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT: i64 = 4 * 3_600_000;

/// Tries before a delivery is given up: some three days.
const MOST_TRIES: u32 = 24;

/// Tries after which something may have arrived, before a person decides.
const MOST_AMBIGUOUS: u32 = 3;

/// Reasons are kept no longer than this.
const LONGEST_REASON: usize = 300;

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
        let outcome = match &parcel {
            Ok(parcel) => {
                self.hand_over(claim, parcel, cases.leases().longest_try())
                    .await
            }
            Err(trouble) => Outcome::Later {
                reason: trouble.to_string(),
                after: None,
            },
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
        Settlement {
            region: claim.region.clone(),
            id: claim.id,
            token: claim.token,
            verdict,
        }
    }

    async fn hand_over(
        &self,
        claim: &DeliveryClaim,
        parcel: &Parcel,
        longest: Duration,
    ) -> Outcome {
        let Some(sender) = self.sender(&claim.channel) else {
            return Outcome::Later {
                reason: "this server does not send by this channel".to_owned(),
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
        let messages = cases
            .store()
            .messages_numbered(&claim.region, &claim.numbers)
            .await
            .map_err(crate::cases::CaseError::from)?;
        self.write(region, &messages, &mut parcel)?;
        Ok(parcel)
    }

    /// Writes one message, or several together, into a parcel.
    fn write(
        &self,
        region: &Region,
        messages: &[MessageRow],
        parcel: &mut Parcel,
    ) -> Result<(), Trouble> {
        let insights = messages
            .iter()
            .map(|row| serde_json::from_str(&row.message.insight))
            .collect::<Result<Vec<Insight>, _>>()?;
        if let Some(row) = messages.first() {
            parcel.role.clone_from(&row.message.role);
            parcel.party.clone_from(&row.message.party);
        }
        parcel.urgent = messages.iter().any(|row| row.message.urgent);
        let language = parcel.language;
        if let ([row], [insight]) = (messages, insights.as_slice()) {
            parcel.subject.clone_from(&row.message.subject);
            parcel.text.clone_from(&row.message.body);
            parcel.thread = row.message.case.map(|case| case.to_string());
            parcel.insight = insight.sentences(&self.texts, language);
        } else {
            let base = &self.base_url;
            let letter = gather::together(&self.texts, language, base, region, messages);
            parcel.subject = letter.subject;
            parcel.text = letter.text;
            parcel.insight = gather::why_together(&self.texts, language, &insights);
        }
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

fn broken(error: tokio::task::JoinError) -> DeliveryError {
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

/// What an outcome means for a delivery.
fn judge(claim: &DeliveryClaim, outcome: Outcome, now: Moment, seed: u64) -> Verdict {
    let tried = claim.attempts.saturating_add(1);
    let again = |reason: String, after: Option<Duration>, ambiguous: bool| {
        let asked = after.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        let wait = back_off(seed, claim.occasion, claim.attempts).max(asked);
        Verdict::Again {
            at: Moment(now.0.saturating_add(wait)),
            reason: short(reason),
            ambiguous,
        }
    };
    let dead = |reason: String, ambiguous: bool| Verdict::Dead {
        reason: short(reason),
        ambiguous,
        messages: Vec::new(),
    };
    match outcome {
        Outcome::Delivered => Verdict::Delivered,
        Outcome::Refused { reason } => dead(reason, false),
        Outcome::Later { reason, .. } if tried >= MOST_TRIES => dead(reason, false),
        Outcome::Later { reason, after } => again(reason, after, false),
        Outcome::Ambiguous { reason }
            if tried >= MOST_TRIES || claim.ambiguous.saturating_add(1) >= MOST_AMBIGUOUS =>
        {
            dead(reason, true)
        }
        Outcome::Ambiguous { reason } => again(reason, None, true),
    }
}

fn short(mut reason: String) -> String {
    while reason.len() > LONGEST_REASON {
        reason.pop();
    }
    reason.replace(char::is_control, " ")
}

/// The wait after a try: doubling, and somewhere in the upper half of it, by the seed, so that many do not come back at once.
fn back_off(seed: u64, occasion: Occasion, attempts: u32) -> i64 {
    let full = FIRST_WAIT
        .checked_shl(attempts)
        .filter(|wait| (FIRST_WAIT..LONGEST_WAIT).contains(wait))
        .unwrap_or(LONGEST_WAIT);
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(occasion.0);
    hash.update(attempts.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (head, _) = digest.split_at(4);
    let random = head
        .iter()
        .fold(0i64, |sum, byte| sum << 8 | i64::from(*byte));
    full / 2 + full / 2 * random / (1 << 32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn claim(attempts: u32, ambiguous: u32) -> DeliveryClaim {
        DeliveryClaim {
            region: RegionKey::new("utrecht").unwrap(),
            id: 1,
            numbers: vec![1],
            channel: "mail".to_owned(),
            target: "jan".to_owned(),
            occasion: Occasion([7; 16]),
            lane: "mail:spool".to_owned(),
            turn: "utrecht/Zeist".to_owned(),
            at: Moment(0),
            payload: None,
            attempts,
            ambiguous,
            token: 1,
        }
    }

    fn outcomes() -> impl Strategy<Value = Outcome> {
        let reason = || "421 later\r\nBcc: x".to_owned();
        prop_oneof![
            Just(Outcome::Delivered),
            proptest::option::of(0u64..100_000).prop_map(move |after| Outcome::Later {
                reason: reason(),
                after: after.map(Duration::from_secs),
            }),
            Just(Outcome::Refused { reason: reason() }),
            Just(Outcome::Ambiguous { reason: reason() }),
        ]
    }

    proptest! {
        #[test]
        fn a_try_is_settled_by_its_outcome(
            outcome in outcomes(), attempts in 0u32..40, ambiguous in 0u32..5, seed: u64
        ) {
            let now = Moment(1_000_000);
            let claim = claim(attempts, ambiguous);
            let verdict = judge(&claim, outcome.clone(), now, seed);
            match (&outcome, verdict) {
                (Outcome::Delivered, Verdict::Delivered) => {}
                (Outcome::Refused { .. }, Verdict::Dead { ambiguous, .. }) => prop_assert!(!ambiguous),
                (Outcome::Later { after, .. }, Verdict::Again { at, reason, ambiguous }) => {
                    prop_assert!(attempts + 1 < MOST_TRIES && !ambiguous);
                    let wait = u64::try_from(at.0 - now.0).unwrap();
                    prop_assert!(wait >= after.map_or(0, |a| a.as_millis() as u64));
                    prop_assert!(!reason.contains(char::is_control));
                }
                (Outcome::Later { .. }, Verdict::Dead { ambiguous, .. }) => {
                    prop_assert!(attempts + 1 >= MOST_TRIES && !ambiguous);
                }
                (Outcome::Ambiguous { .. }, Verdict::Again { ambiguous: may, .. }) => {
                    prop_assert!(may && ambiguous + 1 < MOST_AMBIGUOUS);
                }
                (Outcome::Ambiguous { .. }, Verdict::Dead { ambiguous: may, .. }) => {
                    prop_assert!(may && (ambiguous + 1 >= MOST_AMBIGUOUS || attempts + 1 >= MOST_TRIES));
                }
                (outcome, verdict) => panic!("{outcome:?} gave {verdict:?}"),
            }
        }

        #[test]
        fn waits_double_up_to_a_limit_and_differ(seed: u64, attempts in 0u32..200) {
            let wait = back_off(seed, Occasion([7; 16]), attempts);
            let full = if attempts < 9 { FIRST_WAIT << attempts } else { LONGEST_WAIT };
            prop_assert!((full / 2..=full).contains(&wait), "{wait} of {full}");
            prop_assert_eq!(wait, back_off(seed, Occasion([7; 16]), attempts));
            if attempts < 9 {
                prop_assert!(wait <= back_off(seed ^ 1, Occasion([7; 16]), attempts + 1));
            }
        }
    }
}
