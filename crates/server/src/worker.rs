//! The worker: fires due timers, keeps schedules, fans out notifications, sends what is due.
//!
//! Input: the store and a clock. Output: events, messages, deliveries. Invariants: timers fire in the order in which they are due, each
//! once; an occurrence of a schedule happens once; nothing is sent before everything that is due has become a message, so that a flood
//! is seen as one; a slow channel holds up neither timers nor other channels. Late work is recorded at the moment it is done, so that
//! lateness shows; virtual time is walked through, not jumped over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use convenant_engine::Moment;
use convenant_store::{Error as StoreError, RegionKey, StreamId, TimerClaim};
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinError, JoinSet};

use crate::amendment;
use crate::cases::{CaseError, Cases};
use crate::clock::{Clock, DAY, follow_clock, keep_clock};
use crate::delivery::{Delivery, DeliveryError, Lanes};
use crate::digest::{DigestError, Schedules};
use crate::recompute::recompute;
use crate::regions::Region;

/// Timers and notifications claimed at a time.
const BATCH: u32 = 1024;

/// Streams that are worked on at the same time: they share commits, and who else reads from a server waits behind them.
const AT_ONCE: usize = 512;

/// How often the running worker looks for work.
const TICK: Duration = Duration::from_millis(500);

/// How long tries that are under way get when the worker stops.
const LAST_TRIES: Duration = Duration::from_secs(10);

/// Why the worker stopped short. What it had done stays done; the rest is done next time.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A timer could not be fired.
    #[error("a timer could not be fired: {0}")]
    Case(#[from] CaseError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A notification could not be written.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// A schedule could not be kept.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worked {
    /// Cases moved to an amendment.
    pub moved: u64,
    /// Timers fired, and escalations that went on because nobody read them.
    pub fired: u64,
    /// Occurrences of schedules.
    pub occurred: u64,
    /// Notifications that became messages.
    pub delivered: u64,
    /// Deliveries that arrived, over channels other than the inbox.
    pub sent: u64,
}

impl Worked {
    fn add(&mut self, other: Worked) {
        self.moved = self.moved.saturating_add(other.moved);
        self.fired = self.fired.saturating_add(other.fired);
        self.occurred = self.occurred.saturating_add(other.occurred);
        self.delivered = self.delivered.saturating_add(other.delivered);
        self.sent = self.sent.saturating_add(other.sent);
    }

    /// Nothing that was due was found. Notifications do not count: people who go on working write new ones without end.
    fn is_done(self) -> bool {
        (self.moved, self.fired, self.occurred) == (0, 0, 0)
    }
}

/// The worker. One run at a time per process; several processes share the work by claims.
pub struct Worker {
    cases: Cases,
    clock: Arc<dyn Clock>,
    delivery: Delivery,
    running: Mutex<Plans>,
}

/// What happens by the calendar besides timers.
struct Plans {
    schedules: Schedules,
    /// Regions whose current version is still to take over the running cases, with the moment from which it does.
    amendments: Vec<(Arc<Region>, Moment)>,
}

impl Plans {
    fn next(&self) -> Option<Moment> {
        let amendment = self.amendments.iter().map(|(_, at)| *at).min();
        [self.schedules.next(), amendment]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Worker {
    /// A worker; reads until when the schedules were kept, and counts again what was counted with other days off.
    pub async fn new(
        cases: Cases,
        clock: Arc<dyn Clock>,
        delivery: Delivery,
    ) -> Result<Worker, WorkerError> {
        // Before anything fires: what a new decree moves has not passed on its old day.
        recompute(&cases, clock.now()).await?;
        let plans = Plans {
            schedules: Schedules::open(&cases, clock.now()).await?,
            amendments: cases
                .regions()
                .iter()
                .filter_map(|region| Some((region.clone(), amendment::begins(region)?)))
                .collect(),
        };
        Ok(Worker {
            cases,
            clock,
            delivery,
            running: Mutex::new(plans),
        })
    }

    /// Does everything that is due now, when it begins, and sends what came of it.
    pub async fn run_due(&self) -> Result<Worked, WorkerError> {
        let mut total = self.work_due().await?;
        total.sent = self.send().await?;
        Ok(total)
    }

    async fn send(&self) -> Result<u64, WorkerError> {
        Ok(self.delivery.send_due(&self.cases, &self.clock).await?)
    }

    async fn prune(&self) {
        if let Err(error) = self.delivery.prune(&self.cases, self.clock.now()).await {
            tracing::error!(%error, "what is settled and old will be pruned later");
        }
    }

    async fn work_due(&self) -> Result<Worked, WorkerError> {
        let mut plans = self.running.lock().await;
        follow_clock(self.cases.store(), self.clock.as_ref()).await?;
        let now = self.clock.now();
        let mut total = Worked::default();
        loop {
            let worked = self.pass(&mut plans, now).await?;
            total.add(worked);
            if worked.is_done() {
                break;
            }
        }
        plans.schedules.keep(&self.cases).await?;
        Ok(total)
    }

    /// Tells an invented past, to the inboxes only: whatever mail it made was sent then, and what is older than a week was read.
    pub async fn tell_past(&self) -> Result<u64, WorkerError> {
        let silent = Delivery {
            senders: Vec::new(),
            ..self.delivery.clone()
        };
        let now = self.clock.now();
        let told = silent.fan_out_past(&self.cases, now).await?;
        let read = Moment(now.0.saturating_sub(7 * DAY));
        for region in self.cases.regions().iter() {
            self.cases.store().read_before(&region.key, read).await?;
        }
        Ok(told)
    }

    /// Walks through time until `moment`: everything happens at the moment it is due, in order, and the clock moves along. What
    /// was due before now happens now. What people set going meanwhile is done as far as it is due by `moment`; the notifications
    /// that they cause after the last look wait for the next run, so that a busy server does not hold the clock up.
    pub async fn run_until(&self, moment: Moment) -> Result<Worked, WorkerError> {
        let mut plans = self.running.lock().await;
        follow_clock(self.cases.store(), self.clock.as_ref()).await?;
        let mut reached = self.clock.now();
        let mut total = Worked::default();
        loop {
            let timer = self.cases.store().next_timer().await?;
            let unread = self.cases.store().next_unread().await?;
            let next = [timer, unread, plans.next()].into_iter().flatten().min();
            let due = next.filter(|next| *next <= moment);
            // A deadline may have passed before it began: it passes now, and time does not go back.
            let now = due.unwrap_or(moment).max(reached);
            if now > reached {
                // Before time moves on, what it brought goes out.
                total.sent = total.sent.saturating_add(self.send().await?);
            }
            reached = now;
            self.clock.advance(now);
            keep_clock(self.cases.store(), self.clock.as_ref()).await?;
            let worked = self.pass(&mut plans, now).await?;
            total.add(worked);
            if due.is_none() {
                break;
            }
            if worked.is_done() && timer.is_some_and(|at| at <= now) {
                // Held by another worker: it is theirs to fire.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        total.sent = total.sent.saturating_add(self.send().await?);
        plans.schedules.keep(&self.cases).await?;
        Ok(total)
    }

    async fn pass(&self, plans: &mut Plans, now: Moment) -> Result<Worked, WorkerError> {
        let mut moved: u64 = 0;
        while let Some(n) = plans.amendments.iter().position(|(_, at)| *at <= now) {
            let (region, _) = plans.amendments.swap_remove(n);
            moved = moved.saturating_add(self.cases.migrate(&region, now).await?);
        }
        for region in self.cases.regions().iter() {
            self.cases.tell_cases_of_term(region, now).await?;
        }
        let fired = self.fire(now).await?;
        let occurred = plans
            .schedules
            .occur(&self.cases, &self.delivery, now)
            .await?;
        let delivered = self.delivery.fan_out(&self.cases, now).await?;
        let fired = fired.saturating_add(self.cases.pass_on_unread(now).await?);
        Ok(Worked {
            moved,
            fired,
            occurred,
            delivered,
            sent: 0,
        })
    }

    /// Fires timers that are due: streams side by side, within a stream in order. One that cannot be fired holds up its own stream only.
    async fn fire(&self, now: Moment) -> Result<u64, WorkerError> {
        let lease = self.cases.leases().work();
        let claims = self.cases.store().claim_timers(now, lease, BATCH).await?;
        let count = u64::try_from(claims.len()).unwrap_or(u64::MAX);
        // Whether a term ends or is extended comes before what that means for the cases.
        let (lives, claims): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.stream == StreamId::LIFE);
        for claim in lives {
            self.cases.fire(claim, now).await?;
        }
        let mut tasks = JoinSet::new();
        // What was fired is done; the first that could not be is told when all others are.
        let mut failed = None;
        let mut note = |done: Result<Result<(), CaseError>, JoinError>| match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => drop(failed.get_or_insert(error)),
            Err(broken) => drop(failed.get_or_insert(CaseError::Broken(broken.to_string()))),
        };
        for claims in by_stream(claims) {
            if tasks.len() >= AT_ONCE
                && let Some(done) = tasks.join_next().await
            {
                note(done);
            }
            let cases = self.cases.clone();
            tasks.spawn(async move {
                for claim in claims {
                    // What comes later in its stream waits with it.
                    cases.fire(claim, now).await?;
                }
                Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            note(done);
        }
        failed.map_or(Ok(count), |error| Err(error.into()))
    }

    /// Works until told to stop; what goes wrong is logged and tried again.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (worked, works) = watch::channel(());
        tokio::join!(
            self.keep_working(stop.clone(), worked),
            self.keep_sending(stop, works)
        );
    }

    async fn keep_working(&self, mut stop: watch::Receiver<bool>, worked: watch::Sender<()>) {
        let mut pause = TICK;
        loop {
            match self.work_due().await {
                Ok(_) => {
                    pause = TICK;
                    worked.send_replace(());
                    self.prune().await;
                }
                Err(error) => {
                    tracing::error!(%error, "the worker will try again");
                    pause = (pause * 2).min(Duration::from_secs(30));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = stop.changed() => {
                    if changed.is_err() || *stop.borrow() {
                        return;
                    }
                }
            }
        }
    }

    /// Starts the lanes after every round of work. When it stops, tries that are under way get a little time.
    async fn keep_sending(&self, mut stop: watch::Receiver<bool>, mut works: watch::Receiver<()>) {
        let mut lanes = Lanes::default();
        loop {
            tokio::select! {
                worked = works.changed() => {
                    if worked.is_err() {
                        break;
                    }
                    if let Err(error) = lanes.start(&self.delivery, &self.cases, &self.clock).await {
                        tracing::error!(%error, "sending will be tried again");
                    }
                }
                changed = stop.changed() => {
                    if changed.is_err() || *stop.borrow() {
                        break;
                    }
                }
            }
        }
        lanes.stop();
        if tokio::time::timeout(LAST_TRIES, lanes.finish())
            .await
            .is_err()
        {
            tracing::warn!("what was being sent is broken off, and sent again under the same id");
        }
    }
}

/// The claims of each stream, in order; the streams in the order of their first.
fn by_stream(claims: Vec<TimerClaim>) -> Vec<Vec<TimerClaim>> {
    let mut places: HashMap<(RegionKey, StreamId), usize> = HashMap::new();
    let mut streams: Vec<Vec<TimerClaim>> = Vec::new();
    for claim in claims {
        let next = streams.len();
        let place = *places
            .entry((claim.region.clone(), claim.stream))
            .or_insert(next);
        match streams.get_mut(place) {
            Some(stream) => stream.push(claim),
            None => streams.push(vec![claim]),
        }
    }
    streams
}
