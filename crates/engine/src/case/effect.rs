//! What a decision returns: events, and effects that the shell carries out in the same transaction.

use convenant_lang::model::{ExitId, NoticeId, PartyId, StepId, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DeadlineRef, Event, Moment};
use crate::{LifeCause, LifeTimer};

/// Names a timer within a case, stable over restarts: the same timer is never fired twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKey {
    /// A deadline passes.
    Due(u32),
    /// A reminder, by deadline and index.
    Reminder(u32, u16),
    /// A rung, by deadline and index.
    Rung(u32, u16),
    /// The time given at a suspension lapses.
    Resume,
    /// An exit that comes of itself, of the visit to the step with this number.
    Exit(u32, ExitId),
    /// The convenant's term ends. Accepted as soon as the term of the convenant differs from what the case knows:
    /// the shell fires it for every running case when the convenant is extended or ended early.
    TermEnd,
    /// A timer of the convenant's own life, not of a case.
    Life(LifeTimer),
}

/// What the shell must do, in the transaction of the events (notifications are only *intended* in it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Set the timer (replaces one with the same key).
    StartTimer {
        /// Key within the case.
        key: TimerKey,
        /// When.
        at: Moment,
    },
    /// Remove the timer.
    StopTimer {
        /// Key within the case.
        key: TimerKey,
    },
    /// Tell somebody.
    Notify(Notification),
}

/// A notification that is intended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Why it is sent.
    pub cause: Cause,
    /// To whom.
    pub to: Who,
    /// The parties that fill the role or sit in the body, for this case, today.
    pub parties: Vec<PartyId>,
    /// The last day, when it is about a deadline.
    pub due: Option<Date>,
    /// Who should have been told and could not be: the receiver is the last resort (`vangnet`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Who>,
}

impl Notification {
    /// Whether the same parties are told the same: nobody hears twice, also not as the last resort.
    pub(crate) fn says_the_same(&self, other: &Notification) -> bool {
        (self.cause, self.to, self.due) == (other.cause, other.to, other.due)
            && self.parties == other.parties
    }
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A notice of the file.
    Notice(NoticeId),
    /// A reminder of a deadline, by running deadline and index.
    Reminder(DeadlineRef, u16),
    /// A rung of a ladder.
    Escalation(DeadlineRef, u16),
    /// An extension was given (`met bericht aan`).
    Extension(StepId),
    /// A deadline was moved, by hand or because the days off are known better.
    Rescheduled(DeadlineRef),
    /// An objection was made against the decision on eligibility.
    Objection,
    /// The time for the decision on the objection was extended.
    ObjectionExtended,
    /// The objection was decided.
    ObjectionDecided,
    /// The convenant's own life.
    Life(LifeCause),
    /// Something is to be done: the case entered a step of which the receiver is an actor.
    ToDo(StepId),
}

/// What `decide` returns: the events in order, and the effects.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Decision<E = Event> {
    /// To append, in order; empty when the command changes nothing (it was already so).
    pub events: Vec<E>,
    /// To carry out in the same transaction.
    pub effects: Vec<Effect>,
}
