//! What is known of a data folder, which nobody else writes: heads and counters as the last batches left them.
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
    heads: HashMap<RegionKey, HashMap<StreamId, Head>>,
    counters: HashMap<(RegionKey, Counter), i64>,
}

impl Known {
    /// Forgets a stream that is changed by something else than a batch.
    pub(crate) fn forget(&mut self, region: &RegionKey, stream: StreamId) {
        self.take_head((region, stream));
    }

    pub(super) fn take_head(&mut self, (region, stream): Place<'_>) -> Option<Head> {
        self.heads.get_mut(region)?.remove(&stream)
    }

    pub(super) fn take_counter(&mut self, region: &RegionKey, counter: Counter) -> Option<i64> {
        self.counters.remove(&(region.clone(), counter))
    }

    /// What a batch that is committed rested on, as it is now.
    pub(super) fn remember(&mut self, batch: Batch<'_>) {
        let counters = batch.counters.into_iter();
        self.counters
            .extend(counters.map(|((region, counter), last)| ((region.clone(), counter), last)));
        if batch.streams.len() > HEADS / 10 {
            // What many did at once, they will not do again soon. None of it was left behind.
            return;
        }
        let known: usize = self.heads.values().map(HashMap::len).sum();
        if known + batch.streams.len() > HEADS {
            self.heads.clear();
        }
        for ((region, stream), of_stream) in batch.streams {
            let mut head = of_stream.head;
            if let Some(row) = of_stream.row {
                head.parties.clone_from(&row.parties);
            }
            let of_region = self.heads.entry(region.clone()).or_default();
            of_region.insert(stream, head);
        }
    }
}
