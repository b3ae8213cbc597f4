//! Records: the dated milestones of one case.
//!
//! Input: its events, in order. Output: what reports and norms read. Invariant: a fold, total over every sequence of events.

use convenant_lang::model::{EndId, SchemeId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{DeadlineRef, Eligible, Event, EventKind, Moment, civil_date};

/// The milestones of one case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its scheme.
    pub scheme: Option<SchemeId>,
    /// The day it was opened.
    pub opened: Option<Date>,
    /// Every decision on eligibility.
    pub eligibility: Vec<(Date, Eligible)>,
    /// Every allocation.
    pub placed: Vec<Date>,
    /// The day it ended, and how.
    pub ended: Option<(Date, EndId)>,
    /// Every deadline that ever ran.
    pub deadlines: Vec<DeadlineRecord>,
}

/// A deadline that ran in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineRecord {
    /// Number within the case.
    pub id: u32,
    /// Which deadline of the file.
    pub of: DeadlineRef,
    /// Its last day, as it stands now.
    pub due: Date,
    /// The first moment after it.
    pub due_at: Moment,
    /// When it stopped, and whether it was met (otherwise it fell away).
    pub stopped: Option<(Moment, bool)>,
}

/// How a deadline stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timeliness {
    /// Met in time.
    InTime,
    /// Met late, fell away after it had passed, or has passed and still runs.
    Late,
    /// Still runs, and has not passed.
    Open,
    /// Fell away in time: says nothing.
    Lapsed,
}

impl DeadlineRecord {
    /// How it stands at a moment. What happened after that moment is not seen.
    pub fn timeliness(&self, now: Moment) -> Timeliness {
        match self.stopped.filter(|(at, _)| *at <= now) {
            Some((at, _)) if at >= self.due_at => Timeliness::Late,
            Some((_, true)) => Timeliness::InTime,
            Some((_, false)) => Timeliness::Lapsed,
            None if now >= self.due_at => Timeliness::Late,
            None => Timeliness::Open,
        }
    }
}

impl Record {
    /// The record of a case with these events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Record {
        let mut record = Record::default();
        for event in events {
            record.apply(event);
        }
        record
    }

    /// Takes in the next event of the case.
    pub fn apply(&mut self, event: &Event) {
        let on = civil_date(event.at);
        match &event.kind {
            EventKind::Opened { scheme, .. } => {
                self.scheme = Some(*scheme);
                self.opened = Some(on);
            }
            EventKind::EligibilityDecided { outcome, .. } => self.eligibility.push((on, *outcome)),
            EventKind::ObjectionDecided { upheld: true, .. } => {
                self.eligibility.push((on, Eligible::Met));
            }
            // Only an objection that is upheld opens a case again that had ended.
            EventKind::Entered { .. } => self.ended = None,
            EventKind::Allocated { .. } => self.placed.push(on),
            EventKind::Ended { end } => self.ended = Some((on, *end)),
            EventKind::DeadlineStarted { deadline } => self.deadlines.push(DeadlineRecord {
                id: deadline.id,
                of: deadline.of,
                due: deadline.due,
                due_at: deadline.due_at,
                stopped: None,
            }),
            EventKind::DeadlineMoved {
                id, due, due_at, ..
            }
            | EventKind::Rescheduled {
                id, due, due_at, ..
            }
            | EventKind::Recomputed {
                id, due, due_at, ..
            } => {
                if let Some(deadline) = self.deadline(*id) {
                    (deadline.due, deadline.due_at) = (*due, *due_at);
                }
            }
            EventKind::DeadlineStopped { id, met } => {
                if let Some(deadline) = self.deadline(*id) {
                    deadline.stopped = Some((event.at, *met));
                }
            }
            _ => {}
        }
    }

    fn deadline(&mut self, id: u32) -> Option<&mut DeadlineRecord> {
        self.deadlines.iter_mut().find(|deadline| deadline.id == id)
    }
}
