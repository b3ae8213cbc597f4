//! Leases: for how long work that a node has claimed is its own.
//!
//! Input: one length, in the machine's time. Output: leases that begin now, and how long a try may take. Invariant: a try ends before its
//! lease does, so that only a node that was killed or stood still loses its work; what such a node does later is refused by its token.

use std::time::Duration;

use convenant_engine::Moment;
use convenant_store::Lease;

use crate::clock::machine_now;

/// How long a lease is when nobody says otherwise.
pub const USUAL: Duration = Duration::from_secs(60);

/// How many leases a delivery is held for: a try takes one at most, and what comes before and after it has the other.
const OF_A_TRY: u32 = 2;

/// The leases of a node.
#[derive(Debug, Clone, Copy)]
pub struct Leases {
    hold: Duration,
}

impl Leases {
    /// Leases of this length.
    pub fn of(hold: Duration) -> Leases {
        Leases { hold }
    }

    /// A lease on work of our own, beginning now.
    pub fn work(self) -> Lease {
        lease(self.hold)
    }

    /// A lease on something that goes out of here, beginning now.
    pub fn sending(self) -> Lease {
        lease(self.hold.saturating_mul(OF_A_TRY))
    }

    /// How long one try to send something takes at most.
    pub fn longest_try(self) -> Duration {
        self.hold
    }
}

fn lease(hold: Duration) -> Lease {
    let wall = machine_now();
    let length = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX);
    Lease {
        now: Moment(wall),
        until: Moment(wall.saturating_add(length)),
    }
}
