//! What is known of a data folder, which nobody else writes: heads and counters as the last batches left them, and who holds its timers.
//!
//! Whoever writes takes out what it changes and puts it back once it is committed, so that after a failure nothing wrong is known.

use std::collections::HashMap;

use convenant_engine::Moment;

use super::{Batch, Counter, Head, Place};
use crate::{Lease, RegionKey, StreamId, TimerName};

/// Heads held in memory at most.
const HEADS: usize = 10_000;

/// Heads and counters that need not be looked up.
#[derive(Default)]
pub(crate) struct Known {
    heads: HashMap<Place, Head>,
    counters: HashMap<(RegionKey, Counter), i64>,
}

/// Who holds the timers of a data folder. Whoever fires lets go after the commit: what is read while this is locked is either held, or
/// there as it was read.
#[derive(Default)]
pub(crate) struct Claims {
    held: HashMap<(Place, TimerName), Held>,
    /// The last fencing token.
    token: i64,
}

/// A claim on a timer. In memory only: a process that ends holds nothing any more, and there is no other one.
struct Held {
    until: Moment,
    token: i64,
}

impl Claims {
    /// Whether somebody holds this timer now.
    pub(crate) fn is_held(&self, timer: &(Place, TimerName), now: Moment) -> bool {
        self.held.get(timer).is_some_and(|held| held.until > now)
    }

    /// Holds this timer; an earlier claim is lost. Gives the fencing token.
    pub(crate) fn hold(&mut self, timer: (Place, TimerName), lease: Lease) -> i64 {
        self.token += 1;
        let held = Held {
            until: lease.until,
            token: self.token,
        };
        self.held.insert(timer, held);
        self.token
    }

    /// The token of the claim on this timer.
    pub(crate) fn token(&self, timer: &(Place, TimerName)) -> Option<i64> {
        self.held.get(timer).map(|held| held.token)
    }

    /// The last fencing token.
    pub(super) fn last(&self) -> i64 {
        self.token
    }

    /// What a batch that is committed has fired, set or removed, as far as it was held before the commit: what it has set may be held anew.
    pub(super) fn let_go_of(&mut self, batch: &Batch, before: i64) {
        for timer in &batch.changed {
            if self.token(timer).is_some_and(|token| token <= before) {
                self.let_go(timer);
            }
        }
    }

    /// This timer is there no more, or is another one.
    pub(crate) fn let_go(&mut self, timer: &(Place, TimerName)) {
        self.held.remove(timer);
    }
}

impl Known {
    /// Forgets a stream that is changed by something else than a batch.
    pub(crate) fn forget(&mut self, region: &RegionKey, stream: StreamId) {
        self.heads.remove(&(region.clone(), stream));
    }

    pub(super) fn take_head(&mut self, place: &Place) -> Option<Head> {
        self.heads.remove(place)
    }

    pub(super) fn take_counter(&mut self, region: &RegionKey, counter: Counter) -> Option<i64> {
        self.counters.remove(&(region.clone(), counter))
    }

    /// What a batch that is committed rested on, as it is now.
    pub(super) fn remember(&mut self, batch: Batch) {
        self.counters.extend(batch.counters);
        if batch.heads.len() > HEADS / 10 {
            // What many did at once, they will not do again soon. None of it was left behind.
            return;
        }
        if self.heads.len() + batch.heads.len() > HEADS {
            self.heads.clear();
        }
        for (place, mut head) in batch.heads {
            if let Some(row) = head.row.take() {
                head.parties = row.parties;
            }
            head.new = false;
            head.touched = false;
            self.heads.insert(place, head);
        }
    }
}
