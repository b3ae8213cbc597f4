//! Cases in memory: the least recently used go out first.
//!
//! Input: cases as they were loaded or written. Output: the newest state of a case, if it is here. Invariant: a newer state is never
//! replaced by an older one.

use std::collections::HashMap;

use convenant_store::StreamId;

use crate::cases::Loaded;

/// Cases kept in memory.
const CACHED: usize = 4096;

/// Cases in memory, least recently used out first.
#[derive(Default)]
pub(crate) struct Cache {
    tick: u64,
    entries: HashMap<StreamId, (u64, Loaded)>,
}

impl Cache {
    pub(crate) fn get(&mut self, stream: StreamId) -> Option<Loaded> {
        self.tick = self.tick.wrapping_add(1);
        let (used, loaded) = self.entries.get_mut(&stream)?;
        *used = self.tick;
        Some(loaded.clone())
    }

    /// Keeps the newer of two states of a case: an older one may arrive later.
    pub(crate) fn keep(&mut self, loaded: Loaded) {
        self.tick = self.tick.wrapping_add(1);
        if let Some((_, known)) = self.entries.get(&loaded.stream)
            && known.case.seq > loaded.case.seq
        {
            return;
        }
        self.entries.insert(loaded.stream, (self.tick, loaded));
        if self.entries.len() > CACHED {
            let mut ages: Vec<u64> = self.entries.values().map(|(used, _)| *used).collect();
            let (_, oldest_kept, _) = ages.select_nth_unstable(CACHED / 4);
            let limit = *oldest_kept;
            self.entries.retain(|_, (used, _)| *used >= limit);
        }
    }

    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.entries.remove(&stream);
    }
}
