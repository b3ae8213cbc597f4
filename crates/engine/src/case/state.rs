//! The state of a case: a fold of its events.

use convenant_lang::model::{
    EndId, ExitId, FactId, PartyId, RoleId, SchemeId, StepId, TaskId, Who,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DeadlineRef, Eligible, Moment, RunningDeadline, Secret, TimerKey};

/// A suspension of the current step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// First day that does not count.
    pub from: Date,
    /// Runs again on this day at the latest.
    pub until: Date,
    /// The step whose clock stands still.
    pub step: StepId,
    /// While the case is in this step; none when it was asked for.
    pub during: Option<StepId>,
}

/// What is kept of a visit to a step while the case is in the step that suspends it (`opschorten tijdens …`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detour {
    /// The step that waits.
    pub step: StepId,
    /// When it was entered.
    pub entered: Moment,
    /// `Case::tasks_done` of that visit.
    pub tasks_done: Vec<TaskId>,
    /// `Case::advice` of that visit.
    pub advice: Vec<(ExitId, Who, bool)>,
    /// `Case::votes` of that visit.
    pub votes: Vec<(ExitId, PartyId, u16)>,
    /// `Case::offers` of that visit.
    pub offers: Offers,
    /// `Case::extensions` of that visit.
    pub extensions: u32,
    /// `Case::extended` of that visit.
    pub extended: Option<Date>,
    /// `Case::evaluations` of that visit.
    pub evaluations: Vec<Held>,
}

/// An evaluation that was held in the current visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Index in `Step::evaluations`.
    pub evaluation: u16,
    /// The day on which it was due: the next one counts from here.
    pub due: Date,
    /// The day on which it was held.
    pub on: Date,
}

/// An objection against the last decision on eligibility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionMade {
    /// Who objected: the party and its role. Only people object.
    pub by: Option<(PartyId, RoleId)>,
    /// The time for the decision was extended.
    pub extended: bool,
    /// Votes of the body that decides: party, for the objection.
    pub votes: Vec<(PartyId, bool)>,
    /// How it was decided; none as long as it is pending.
    pub upheld: Option<bool>,
}

/// The state of a case: a fold of its events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Case {
    /// Number of events folded in: the version for optimistic concurrency.
    pub seq: u32,
    /// When the last event happened: nothing happens earlier, also where another node's clock is a little behind.
    #[serde(default)]
    pub at: Moment,
    /// When it was opened; none before.
    pub opened: Option<Moment>,
    /// The version to which an `overgang` moved it; none as long as it runs under the one under which it was opened.
    #[serde(default)]
    pub version: Option<u32>,
    /// Scheme; none before it is opened.
    pub scheme: Option<SchemeId>,
    /// Where it is.
    pub place: Place,
    /// How many steps were entered: numbers the visits.
    pub visit: u32,
    /// When the current step was entered.
    pub entered: Moment,
    /// The party of each kind to which the case is assigned, by `PartyKind as usize`.
    pub parties: [Option<PartyId>; 6],
    /// Facts, by `FactId`, with the sequence number of the event that set them; shorter lists mean unknown.
    pub facts: Vec<Option<(Secret, u32)>>,
    /// Judgements, by `CriterionId`.
    pub judgements: Vec<Option<bool>>,
    /// Evidence, by `EvidenceId`: date of issue.
    pub evidence: Vec<Option<Date>>,
    /// Tasks done in the current visit.
    pub tasks_done: Vec<TaskId>,
    /// Advice in the current visit: exit, advisor, favourable.
    pub advice: Vec<(ExitId, Who, bool)>,
    /// Votes in the current visit: exit, party, outcome.
    pub votes: Vec<(ExitId, PartyId, u16)>,
    /// Offers in the current visit that count, and whether one is open.
    pub offers: Offers,
    /// Decisions taken: event number, outcome of eligibility.
    pub eligibility: Option<(u32, Eligible)>,
    /// Where that decision was taken: step and exit.
    pub eligibility_exit: Option<(StepId, ExitId)>,
    /// Sequence numbers of events that rested on facts (decisions), with the facts.
    pub decisions: Vec<(u32, Vec<FactId>)>,
    /// When each anchor of a deadline happened for the first time.
    pub anchors: Vec<(AnchorPoint, Moment)>,
    /// Deadlines that run.
    pub deadlines: Vec<RunningDeadline>,
    /// Next number of a deadline.
    pub next_deadline: u32,
    /// Deadlines that passed while running, kept until they stop.
    pub overdue: Vec<u32>,
    /// The current suspension.
    pub stopped: Option<Stopped>,
    /// The visit that waits while the case is in the step that suspends it.
    pub detour: Option<Box<Detour>>,
    /// Extensions used in the current visit.
    pub extensions: u32,
    /// The day of the last extension in the current visit.
    pub extended: Option<Date>,
    /// The last time that each evaluation was held in the current visit.
    pub evaluations: Vec<Held>,
    /// Reminders and rungs of running deadlines that have fired.
    pub fired: Vec<TimerKey>,
    /// The last act that left the case where it was: the same act at the same moment is the same act.
    pub last_act: Option<(Option<StepId>, ExitId, Moment)>,
    /// First day after the convenant's term, as the case knows it.
    pub term_until: Option<Date>,
    /// The case was moved because the term ended.
    pub term_ended: bool,
    /// The objection against the last decision on eligibility.
    pub objection: Option<ObjectionMade>,
    /// Deadlines that stopped: which, due date, and whether met in time; for compliance.
    pub closed: Vec<(DeadlineRef, Date, Closing)>,
    /// The neighbourhood of the home last offered, and whether it departed from a cap.
    pub offered_in: Option<(String, bool)>,
    /// The placement in the ledger: party, neighbourhood, day, whether it was a departure.
    pub placement: Option<Placement>,
}

/// Where a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Not opened yet.
    #[default]
    Nowhere,
    /// In a step.
    Step(StepId),
    /// Ended.
    End(EndId),
}

/// How a deadline closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Met in time.
    InTime,
    /// Met after it had passed.
    Late,
    /// Fell away.
    Lapsed,
}

/// Something a deadline can be counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorPoint {
    /// The step was left for the first time.
    StepDone(StepId),
    /// The task was done.
    TaskDone(StepId, TaskId),
    /// The exit was taken.
    ExitTaken(StepId, ExitId),
}

/// Offers of the current visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Offers {
    /// Refusals that count.
    pub counted: u32,
    /// The offer that waits for its answer: exit and day.
    pub open: Option<(ExitId, Date)>,
}

/// A placement, as the ledger books it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Party.
    pub party: PartyId,
    /// Neighbourhood.
    pub neighbourhood: Option<String>,
    /// Day.
    pub on: Date,
    /// Sequence number of the event.
    pub seq: u32,
    /// Whether it departed from the rules, with a motivation.
    pub departure: bool,
}
