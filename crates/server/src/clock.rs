//! What time it is: the machine's clock, or the demo's own, which runs on with it and can be moved forward.
//!
//! Output: `Moment`s. Invariant: a clock never goes back. Nothing else in the house reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use convenant_engine::Moment;
use convenant_store::Store;

/// A day in milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;

    /// Moves on to `to`; a clock that keeps real time, or is past it already, stays as it is.
    fn advance(&self, to: Moment);

    /// Whether it is the demo's clock: shown on every page, and movable.
    fn is_demo(&self) -> bool;

    /// How far it is ahead of the machine's clock, in milliseconds, when that is to be kept.
    fn offset(&self) -> Option<i64> {
        None
    }

    /// Moves on to so many milliseconds ahead of the machine's clock; one that is further already stays as it is.
    fn follow(&self, _offset: i64) {}
}

/// The setting under which the demo's clock is kept.
const SETTING: &str = "demo.clock.offset";

/// Keeps how far the clock is ahead, where it has such a thing, and where no other node kept more.
pub async fn keep_clock(
    store: &Store,
    clock: &(dyn Clock + 'static),
) -> Result<(), convenant_store::Error> {
    match clock.offset() {
        Some(offset) => store.raise_setting(SETTING, offset).await,
        None => Ok(()),
    }
}

/// Moves the clock, where it is not the machine's, on to where another node on the same data moved it.
pub async fn follow_clock(
    store: &Store,
    clock: &(dyn Clock + 'static),
) -> Result<(), convenant_store::Error> {
    if clock.offset().is_some()
        && let Some(kept) = kept_offset(store).await?
    {
        clock.follow(kept);
    }
    Ok(())
}

async fn kept_offset(store: &Store) -> Result<Option<i64>, convenant_store::Error> {
    let kept = store.setting(SETTING).await?;
    Ok(kept.and_then(|text| text.parse().ok()))
}

/// The demo's clock as it was kept; none when there was none.
pub async fn kept_clock(store: &Store) -> Result<Option<DemoClock>, convenant_store::Error> {
    Ok(kept_offset(store).await?.map(DemoClock::ahead_by))
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct RealClock {
    latest: AtomicI64,
}

impl Clock for RealClock {
    fn now(&self) -> Moment {
        let read = machine_now();
        // The machine's clock may be set back; time as we tell it stands still then.
        Moment(self.latest.fetch_max(read, Ordering::AcqRel).max(read))
    }

    fn advance(&self, _to: Moment) {}

    fn is_demo(&self) -> bool {
        false
    }
}

/// A clock that began at a moment of choice, runs on with another clock and can be moved forward.
pub struct DemoClock {
    base: Arc<dyn Clock>,
    offset: AtomicI64,
    latest: AtomicI64,
}

impl DemoClock {
    /// A demo clock that says `start` now and runs on with the machine's clock.
    pub fn starting_at(start: Moment) -> DemoClock {
        DemoClock::over(Arc::new(RealClock::default()), start)
    }

    /// A demo clock that is so many milliseconds ahead of the machine's.
    pub fn ahead_by(offset: i64) -> DemoClock {
        DemoClock {
            base: Arc::new(RealClock::default()),
            offset: AtomicI64::new(offset),
            latest: AtomicI64::new(i64::MIN),
        }
    }

    /// A demo clock that says `start` now and runs on with `base`.
    pub fn over(base: Arc<dyn Clock>, start: Moment) -> DemoClock {
        let offset = start.0.saturating_sub(base.now().0);
        DemoClock {
            base,
            offset: AtomicI64::new(offset),
            latest: AtomicI64::new(start.0),
        }
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Moment {
        let read = self
            .base
            .now()
            .0
            .saturating_add(self.offset.load(Ordering::Acquire));
        Moment(self.latest.fetch_max(read, Ordering::AcqRel).max(read))
    }

    fn advance(&self, to: Moment) {
        let missing = to.0.saturating_sub(self.now().0);
        if missing > 0 {
            self.offset.fetch_add(missing, Ordering::AcqRel);
        }
    }

    fn is_demo(&self) -> bool {
        true
    }

    fn offset(&self) -> Option<i64> {
        Some(self.offset.load(Ordering::Acquire))
    }

    fn follow(&self, offset: i64) {
        self.offset.fetch_max(offset, Ordering::AcqRel);
    }
}

/// A clock that stands still until it is moved: for simulations and tests, where time is an input.
#[derive(Debug, Default)]
pub struct StillClock {
    at: AtomicI64,
}

impl StillClock {
    /// Stands at `at`.
    pub fn at(at: Moment) -> StillClock {
        StillClock {
            at: AtomicI64::new(at.0),
        }
    }
}

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment(self.at.load(Ordering::Acquire))
    }

    fn advance(&self, to: Moment) {
        self.at.fetch_max(to.0, Ordering::AcqRel);
    }

    fn is_demo(&self) -> bool {
        true
    }
}

/// The machine's clock, in milliseconds: for leases, which are between processes.
pub fn machine_now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_clock_runs_on_with_its_base_and_never_goes_back() {
        let base = Arc::new(StillClock::at(Moment(1_000)));
        let demo = DemoClock::over(base.clone(), Moment(50));
        assert_eq!(demo.now(), Moment(50));
        base.advance(Moment(1_010));
        assert_eq!(demo.now(), Moment(60));
        demo.advance(Moment(60 + DAY));
        assert_eq!(demo.now(), Moment(60 + DAY));
        demo.advance(Moment(5));
        base.advance(Moment(1_011));
        assert_eq!(demo.now(), Moment(61 + DAY));
        demo.follow(DAY - 951);
        assert_eq!(demo.now(), Moment(61 + DAY), "the other node is not so far");
        demo.follow(DAY);
        assert_eq!(demo.now(), Moment(1_011 + DAY));
    }
}
