//! What a stream holds: events of a case or of the convenant's life, with their secrets found and folded out.

use convenant_engine::{Event, EventKind, LifeEvent, Moment, Secret};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An event that can be stored: serde, a moment, and every secret in it.
pub trait Payload: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// When it happened.
    fn at(&self) -> Moment;

    /// Every secret in it, always in the same order.
    fn secrets(&mut self) -> Vec<&mut Secret>;
}

impl Payload for Event {
    fn at(&self) -> Moment {
        self.at
    }

    fn secrets(&mut self) -> Vec<&mut Secret> {
        // No wildcard: a new kind of event must say here what of it is secret.
        match &mut self.kind {
            EventKind::Supplied { facts } => facts.iter_mut().map(|(_, value)| value).collect(),
            EventKind::Corrected {
                value, motivation, ..
            } => vec![value, motivation],
            EventKind::Judged { motivation, .. }
            | EventKind::Advised { motivation, .. }
            | EventKind::Extended { motivation }
            | EventKind::Rescheduled { motivation, .. }
            | EventKind::Objected { motivation }
            | EventKind::ObjectionExtended { motivation }
            | EventKind::ObjectionDecided { motivation, .. } => vec![motivation],
            EventKind::EligibilityDecided { motivation, .. }
            | EventKind::Decided { motivation, .. }
            | EventKind::Acted { motivation, .. }
            | EventKind::Suspended { motivation, .. }
            | EventKind::Offered {
                departure: motivation,
                ..
            }
            | EventKind::Allocated {
                departure: motivation,
                ..
            } => motivation.iter_mut().collect(),
            EventKind::Opened { .. }
            | EventKind::Assigned { .. }
            | EventKind::Submitted { .. }
            | EventKind::TaskDone { .. }
            | EventKind::Voted { .. }
            | EventKind::ObjectionVoted { .. }
            | EventKind::Answered { .. }
            | EventKind::Entered { .. }
            | EventKind::Ended { .. }
            | EventKind::DeadlineStarted { .. }
            | EventKind::DeadlineStopped { .. }
            | EventKind::DeadlineMoved { .. }
            | EventKind::Recomputed { .. }
            | EventKind::Resumed { .. }
            | EventKind::Evaluated { .. }
            | EventKind::Reminded { .. }
            | EventKind::Overdue { .. }
            | EventKind::Escalated { .. }
            | EventKind::Elapsed { .. }
            | EventKind::TermSet { .. }
            | EventKind::TermEnded
            | EventKind::Moved { .. } => Vec::new(),
        }
    }
}

impl Payload for LifeEvent {
    fn at(&self) -> Moment {
        self.at
    }

    /// The life of a convenant is about parties, not about persons.
    fn secrets(&mut self) -> Vec<&mut Secret> {
        Vec::new()
    }
}
