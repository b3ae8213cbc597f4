//! Who holds the timers of a data folder: in memory, because one process fires them and writing it down would cost as much as firing.
//!
//! Whoever fires lets go after the commit: what is read while this is locked is either held, or there as it was read. What is claimed
//! while a batch that removes it is being committed is let go of with that batch. Invariant: what is due up to the cursor
//! of a region is held, as long as the cursor says, but for what a batch has set and not let go of yet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use convenant_engine::Moment;

use super::Batch;
use crate::timers::Due;
use crate::{Lease, RegionKey, StreamId, Timer, TimerClaim};

/// The claims. A process that ends holds nothing any more, and there is no other one.
#[derive(Default)]
pub(crate) struct Claims {
    regions: HashMap<RegionKey, OfRegion>,
    /// The last fencing token.
    token: i64,
}

#[derive(Default)]
struct OfRegion {
    held: HashMap<StreamId, Vec<Held>>,
    cursor: Option<Cursor>,
}

struct Held {
    due_at: i64,
    name: String,
    until: Moment,
    token: i64,
}

/// How far the claims of a region have come, in the order in which timers are due.
#[derive(Clone)]
pub(crate) struct Cursor {
    /// The last timer that was claimed or held: when it was due, its stream and its name.
    pub(crate) due_at: i64,
    pub(crate) stream: Vec<u8>,
    pub(crate) name: String,
    /// Until when all of them are held at least.
    pub(crate) until: Moment,
}

impl Cursor {
    /// Before all timers.
    fn start() -> Self {
        Self {
            due_at: i64::MIN,
            stream: Vec::new(),
            name: String::new(),
            until: Moment(i64::MAX),
        }
    }

    /// Moves on to this timer, which is held too.
    pub(crate) fn advance(&mut self, due_at: i64, stream: StreamId, name: &str, until: Moment) {
        self.due_at = due_at;
        self.stream.clear();
        self.stream.extend_from_slice(stream.0.as_bytes());
        self.name.clear();
        self.name.push_str(name);
        self.until = self.until.min(until);
    }
}

impl Claims {
    /// Behind it are the timers that nobody holds now.
    pub(crate) fn cursor(&self, region: &RegionKey, now: Moment) -> Cursor {
        let cursor = self.regions.get(region).and_then(|of| of.cursor.as_ref());
        let cursor = cursor.filter(|cursor| cursor.until > now);
        cursor.cloned().unwrap_or_else(Cursor::start)
    }

    /// All up to it are held.
    pub(crate) fn set_cursor(&mut self, region: &RegionKey, cursor: Cursor) {
        self.of(region).cursor = Some(cursor);
    }

    /// Until when somebody holds this timer, if that is later than now.
    pub(crate) fn held_until(&self, timer: Due<'_>, now: Moment) -> Option<Moment> {
        let until = self.held(timer)?.until;
        (until > now).then_some(until)
    }

    /// Holds this timer; an earlier claim is lost.
    pub(crate) fn hold(
        &mut self,
        region: &RegionKey,
        stream: StreamId,
        timer: Timer,
        lease: Lease,
    ) -> TimerClaim {
        self.token += 1;
        let claim = TimerClaim {
            region: region.clone(),
            stream,
            name: timer.name,
            due_at: timer.due_at,
            token: self.token,
        };
        let held = Held {
            due_at: claim.due_at.0,
            name: claim.name.0.clone(),
            until: lease.until,
            token: claim.token,
        };
        let of_region = self.of(region);
        // It may lie before the cursor.
        if let Some(cursor) = &mut of_region.cursor {
            cursor.until = cursor.until.min(lease.until);
        }
        let of_stream = of_region.held.entry(stream).or_default();
        of_stream.retain(|held| !held.is_on(claim.due()));
        of_stream.push(held);
        claim
    }

    /// The token of the claim on this timer.
    pub(crate) fn token(&self, timer: Due<'_>) -> Option<i64> {
        self.held(timer).map(|held| held.token)
    }

    /// The last fencing token.
    pub(super) fn last(&self) -> i64 {
        self.token
    }

    /// A batch is committed: what it fired or removed is held by nobody any more; what it set may be held anew, unless that was done
    /// since, and is looked for wherever it lies.
    pub(super) fn let_go_of(&mut self, batch: &Batch<'_>, before: i64) {
        for (timer, set) in &batch.timers {
            self.let_go(*timer, |token| set.is_none() || token <= before);
            let (region, due_at, ..) = *timer;
            if set.is_some()
                && let Some(of_region) = self.regions.get_mut(region)
            {
                let cursor = &mut of_region.cursor;
                cursor.take_if(|cursor| due_at <= cursor.due_at);
            }
        }
    }

    /// It is not known what a batch has written: timers are looked for from the beginning.
    pub(super) fn reset_cursors(&mut self, batch: &Batch<'_>) {
        for region in batch.regions.values() {
            if let Some(of_region) = self.regions.get_mut(*region) {
                of_region.cursor = None;
            }
        }
    }

    /// The claim on this timer ends, if its token is such a one.
    pub(crate) fn let_go(&mut self, timer: Due<'_>, such: impl Fn(i64) -> bool) {
        let (region, _, stream, _) = timer;
        let Some(of_region) = self.regions.get_mut(region) else {
            return;
        };
        if let Entry::Occupied(mut of_stream) = of_region.held.entry(stream) {
            let held = of_stream.get_mut();
            held.retain(|held| !held.is_on(timer) || !such(held.token));
            if held.is_empty() {
                of_stream.remove();
            }
        }
    }

    fn of(&mut self, region: &RegionKey) -> &mut OfRegion {
        self.regions.entry(region.clone()).or_default()
    }

    fn held(&self, timer: Due<'_>) -> Option<&Held> {
        let (region, _, stream, _) = timer;
        let mut of_stream = self.regions.get(region)?.held.get(&stream)?.iter();
        of_stream.find(|held| held.is_on(timer))
    }
}

impl Held {
    fn is_on(&self, (_, due_at, _, name): Due<'_>) -> bool {
        self.due_at == due_at && self.name == name
    }
}
