//! What the last batches left behind: heads and counters of a data folder, which nobody else writes.
//!
//! Whoever writes takes out what it changes and puts it back once it is committed, so that after a failure nothing wrong is known.

use std::collections::HashMap;

use super::{Batch, Counter, Head, Place};
use crate::{RegionKey, StreamId};

/// Heads held in memory at most.
const HEADS: usize = 10_000;

/// Heads and counters that need not be looked up.
#[derive(Default)]
pub(crate) struct Known {
    heads: HashMap<Place, Head>,
    counters: HashMap<(RegionKey, Counter), i64>,
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
        if self.heads.len() + batch.heads.len() > HEADS {
            self.heads.clear();
        }
        for (place, mut head) in batch.heads {
            if let Some(row) = head.row.take() {
                head.parties = row.parties;
            }
            head.touched = false;
            self.heads.insert(place, head);
        }
        self.counters.extend(batch.counters);
    }
}
