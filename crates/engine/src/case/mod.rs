//! A case and everything that can happen to it, as data: commands in, events and effects out.
//!
//! Input: commands (from people and from the clock). Output: `Event`s, which fold into a `Case`, and `Effect`s, which the
//! shell carries out in the same transaction. Invariant: `case = fold(events)`; nothing here knows a clock, a
//! database or a name of a person.

mod actor;
mod command;
mod effect;
mod event;
mod state;

pub use actor::*;
pub use command::*;
pub use effect::*;
pub use event::*;
pub use state::*;
