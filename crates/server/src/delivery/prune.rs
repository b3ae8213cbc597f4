//! What is done now and then: gathering what became due since the last look, and pruning what is settled and old, in small steps.
//!
//! Input: the time, how long what is settled is kept. Output: fewer rows. Invariants: a step looks at few rows, so that it holds up nothing
//! else; when there is nothing to do, that costs nothing until there may be again.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use convenant_engine::Moment;
use convenant_store::{Lease, Sweep};

use super::{Delivery, DeliveryError};
use crate::cases::Cases;
use crate::clock::{DAY, machine_now};

/// How long what is settled is kept when nobody says otherwise: a year, so that the yearly evaluation finds it.
pub const KEEP: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Rows that a step looks at.
const WINDOW: u32 = 500;

/// What another node wrote, or this one slowly, may have become due so long before the last look, in milliseconds.
const SLACK: i64 = 5 * 60_000;

/// How far the work that is done now and then has come.
#[derive(Debug)]
pub struct Progress {
    /// What became due until this moment has been gathered.
    gathered: AtomicI64,
    pruning: Mutex<Pruning>,
}

#[derive(Debug)]
struct Pruning {
    keep: Duration,
    /// The region, by its place among those that are served, and how far in it.
    at: (usize, Sweep),
    /// Nothing is looked at before this moment.
    rests: Moment,
}

impl Progress {
    /// At the beginning: what is settled is kept for so long.
    pub fn keeping(keep: Duration) -> Progress {
        Progress {
            gathered: AtomicI64::new(i64::MIN),
            pruning: Mutex::new(Pruning {
                keep,
                at: (0, Sweep::START),
                rests: Moment(i64::MIN),
            }),
        }
    }

    fn pruning(&self) -> std::sync::MutexGuard<'_, Pruning> {
        self.pruning.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivery {
    /// Gathers what became due since the last look.
    pub(super) async fn gather_floods(
        &self,
        cases: &Cases,
        now: Moment,
    ) -> Result<(), DeliveryError> {
        let wall = Moment(machine_now());
        let lease = Lease {
            now: wall,
            until: wall,
        };
        let gathered = self.progress.gathered.load(Ordering::Acquire);
        let since = Moment(gathered.saturating_sub(SLACK));
        cases.store().gather_deliveries(since, now, lease).await?;
        self.progress.gathered.fetch_max(now.0, Ordering::AcqRel);
        Ok(())
    }

    /// One small step of pruning what is settled and old; gives how many rows went. After the last step of a sweep it rests for a day.
    pub async fn prune(&self, cases: &Cases, now: Moment) -> Result<u64, DeliveryError> {
        let ((place, sweep), keep) = {
            let pruning = self.progress.pruning();
            if now < pruning.rests {
                return Ok(0);
            }
            (pruning.at, pruning.keep)
        };
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let before = Moment(now.0.saturating_sub(keep));
        let Some(region) = cases.regions().iter().nth(place) else {
            let mut pruning = self.progress.pruning();
            pruning.at = (0, Sweep::START);
            pruning.rests = Moment(now.0.saturating_add(DAY));
            return Ok(0);
        };
        let store = cases.store();
        let pruned = store.prune(&region.key, sweep, before, WINDOW).await?;
        let next = match pruned.next {
            Some(next) => (place, next),
            None => (place.saturating_add(1), Sweep::START),
        };
        self.progress.pruning().at = next;
        Ok(pruned.gone)
    }
}
