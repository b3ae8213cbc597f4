//! The convenant's own life: signing, approval, entry into force, evaluations and duties, extension, notice, end.
//!
//! Input: `LifeCommand`s from parties and from the clock. Output: `LifeEvent`s, which fold into a `Life`, and the same
//! effects as a case. Invariants: `life = fold(events)`; the timers that run are a function of the life alone
//! (`life_timers`), so that no timer is lost or fired twice.

mod act;
mod clock;
mod consent;
mod fold;
mod ladder;
mod obligations;
mod state;

pub use act::decide_life;
pub use clock::{last_day_for_notice, life_timers};
pub use consent::{keeps_ceilings, may_change_ceilings};
pub use fold::{apply_life, replay_life};
pub use ladder::life_unread_at;
pub use state::*;

#[cfg(test)]
mod tests;
