//! Events: what happened, with everything that later folds need (due dates are computed once and kept).

use convenant_lang::model::{
    CriterionId, Duration, EndId, EvidenceId, ExitId, FactId, PartyId, PartyKind, SchemeId, StepId,
    TaskId, Who,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Actor, Answer, Moment, Secret};
use crate::Translation;

/// What happened. Holds everything that later folds need: due dates are computed once and kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: Actor,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The case was opened.
    Opened {
        /// Scheme.
        scheme: SchemeId,
        /// First step.
        step: StepId,
    },
    /// The case belongs to this party as the party of its kind (`X van de zaak`).
    Assigned {
        /// Kind.
        kind: PartyKind,
        /// Party.
        party: PartyId,
    },
    /// Facts were supplied.
    Supplied {
        /// Fact and value.
        facts: Vec<(FactId, Secret)>,
    },
    /// A fact was corrected.
    Corrected {
        /// Fact.
        fact: FactId,
        /// New value.
        value: Secret,
        /// Why.
        motivation: Secret,
        /// Sequence numbers of the events that decided on the old value.
        decided_on: Vec<u32>,
    },
    /// A norm was judged.
    Judged {
        /// Criterion.
        criterion: CriterionId,
        /// Holds.
        holds: bool,
        /// Why.
        motivation: Secret,
    },
    /// Evidence was handed in.
    Submitted {
        /// Which.
        evidence: EvidenceId,
        /// Date of issue.
        issued: Date,
    },
    /// A task was done.
    TaskDone {
        /// Which.
        task: TaskId,
    },
    /// Advice was given.
    Advised {
        /// On which exit.
        exit: ExitId,
        /// By which advisor.
        who: Who,
        /// In favour.
        favourable: bool,
        /// Why.
        motivation: Secret,
    },
    /// Eligibility was decided.
    EligibilityDecided {
        /// The exit of kind `Eligibility` that is taken with it.
        exit: ExitId,
        /// What was decided.
        outcome: Eligible,
        /// What the rules gave.
        computed: Eligible,
        /// Facts and judgements that it rested on, as deciding clauses.
        deciding: Vec<CriterionId>,
        /// The facts that those clauses read.
        facts: Vec<FactId>,
        /// Why otherwise (hardship clause).
        motivation: Option<Secret>,
    },
    /// A decision was taken.
    Decided {
        /// Exit.
        exit: ExitId,
        /// Outcome.
        outcome: u16,
        /// Why.
        motivation: Option<Secret>,
    },
    /// One member of a body voted; the decision itself follows as soon as the body's rule is met.
    Voted {
        /// Exit.
        exit: ExitId,
        /// The party that voted.
        party: PartyId,
        /// Outcome voted for (for eligibility: 0 met, 1 unmet).
        outcome: u16,
    },
    /// An act was done (`altijd` when `step` is none).
    Acted {
        /// In which step's list.
        step: Option<StepId>,
        /// Exit.
        exit: ExitId,
        /// The facts that its condition read.
        facts: Vec<FactId>,
        /// Why.
        motivation: Option<Secret>,
    },
    /// The party was fixed according to the spreading; a placement in the ledger.
    Allocated {
        /// Exit.
        exit: ExitId,
        /// Party.
        party: PartyId,
        /// Neighbourhood.
        neighbourhood: Option<String>,
        /// The party that the rules put first.
        proposed: PartyId,
        /// The facts of the preference that it rested on.
        facts: Vec<FactId>,
        /// Why otherwise: a motivated departure.
        departure: Option<Secret>,
    },
    /// A home was offered.
    Offered {
        /// Exit.
        exit: ExitId,
        /// Neighbourhood.
        neighbourhood: Option<String>,
        /// Why otherwise: a motivated departure from a cap, or from what a home must be.
        #[serde(default)]
        departure: Option<Secret>,
    },
    /// The offer was answered.
    Answered {
        /// Exit.
        exit: ExitId,
        /// How.
        answer: Answer,
    },
    /// The case went from its step to another one.
    Entered {
        /// Step.
        step: StepId,
    },
    /// The case ended.
    Ended {
        /// End.
        end: EndId,
    },
    /// A deadline started.
    DeadlineStarted {
        /// The deadline.
        deadline: RunningDeadline,
    },
    /// A deadline was met or fell away.
    DeadlineStopped {
        /// Which.
        id: u32,
        /// Whether it was met (otherwise it fell away).
        met: bool,
    },
    /// A deadline moved as the file has it: suspension, extension, correction of the fact it starts from.
    DeadlineMoved {
        /// Which.
        id: u32,
        /// The day it is counted from, from now on.
        start: Date,
        /// The last day as counted, before an end on a day off moved.
        counted: Date,
        /// The last day, from now on.
        due: Date,
        /// The moment it passes.
        due_at: Moment,
        /// Why.
        #[serde(default)]
        why: Change,
    },
    /// A deadline was moved by hand.
    Rescheduled {
        /// Which.
        id: u32,
        /// The last day until now.
        was: Date,
        /// The last day, from now on.
        due: Date,
        /// The moment it passes.
        due_at: Moment,
        /// It is hard, and lies before the day that the rule gives.
        shortened: bool,
        /// Why.
        motivation: Secret,
    },
    /// A deadline moved because the days off are known better now.
    Recomputed {
        /// Which.
        id: u32,
        /// The last day until now.
        was: Date,
        /// The last day as counted, before an end on a day off moved.
        counted: Date,
        /// The last day, from now on.
        due: Date,
        /// The moment it passes.
        due_at: Moment,
        /// The edition of the days off.
        edition: String,
    },
    /// The clock of the current step stands still from this day on.
    Suspended {
        /// First day that does not count.
        from: Date,
        /// Runs again on this day at the latest.
        until: Date,
        /// While the case is in this step (`tijdens …`); none when it was asked for.
        during: Option<StepId>,
        /// Why; none when the file does it (`tijdens …`).
        motivation: Option<Secret>,
    },
    /// The clock runs again.
    Resumed {
        /// First day that counts again.
        from: Date,
        /// Whether the given time lapsed.
        lapsed: bool,
    },
    /// The deadline of the current step was extended.
    Extended {
        /// Why.
        motivation: Secret,
    },
    /// An evaluation was held.
    Evaluated {
        /// Index in `Step::evaluations`.
        evaluation: u16,
        /// Who attended.
        present: Vec<Who>,
    },
    /// An objection was made.
    Objected {
        /// Why.
        motivation: Secret,
    },
    /// One member of a body voted on the objection; the decision itself follows as soon as the body's rule is met.
    ObjectionVoted {
        /// The party that voted.
        party: PartyId,
        /// For the objection.
        upheld: bool,
    },
    /// The time for the decision on the objection was extended.
    ObjectionExtended {
        /// Why.
        motivation: Secret,
    },
    /// The objection was decided. When it was upheld, the client is eligible from here on.
    ObjectionDecided {
        /// Upheld, or rejected.
        upheld: bool,
        /// Why.
        motivation: Secret,
    },
    /// A reminder went out.
    Reminded {
        /// Deadline.
        id: u32,
        /// Index in its reminders.
        reminder: u16,
    },
    /// A deadline passed.
    Overdue {
        /// Deadline.
        id: u32,
    },
    /// A rung of the escalation ladder was reached.
    Escalated {
        /// Deadline.
        id: u32,
        /// Index in its ladder.
        rung: u16,
        /// Early, because the rung before it stayed unread.
        #[serde(default)]
        unread: bool,
    },
    /// The end of the convenant's term, as this case knows it; none while it is open.
    TermSet {
        /// First day after the term.
        until: Option<Date>,
    },
    /// The term ended and the file moves running cases (`bij einde lopende zaken naar …`).
    TermEnded,
    /// The case went over to another version of the convenant (`overgang`). It goes on in the step of the same name; where there is none,
    /// `Entered` or `Ended` follows at once.
    Moved {
        /// Number of the version.
        version: u32,
        /// Ids of the version before in those of this one: of this version are all events from here on.
        translation: Box<Translation>,
    },
    /// An exit that comes of itself was taken.
    Elapsed {
        /// Exit.
        exit: ExitId,
    },
}

/// Outcome of eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligible {
    /// `voldoet`.
    Met,
    /// `voldoet niet`.
    Unmet,
    /// `onbekend`.
    Unknown,
}

/// Which deadline of the file a running deadline is an instance of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineRef {
    /// Index in `Step::deadlines`.
    Step(StepId, u16),
    /// The deadline of a task.
    Task(StepId, TaskId),
    /// Index in `Handover::deadlines`.
    Case(u16),
    /// Answer to an offer.
    Offer(StepId, ExitId),
    /// Index in `Step::evaluations`: the next evaluation.
    Evaluation(StepId, u16),
    /// Objection against the decision on eligibility.
    Objection,
    /// Decision on that objection.
    ObjectionDecision,
}

/// A deadline that runs in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningDeadline {
    /// Number within the case: 0, 1, 2, …
    pub id: u32,
    /// Which deadline of the file.
    pub of: DeadlineRef,
    /// The day it is counted from.
    pub start: Date,
    /// The last day as counted, before an end on a day off moved: what a suspension or extension works on.
    pub counted: Date,
    /// The last day.
    pub due: Date,
    /// The first moment after it: the timer.
    pub due_at: Moment,
    /// What moved it since it started, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<DateMove>,
    /// The rungs of its ladder that were reached, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<(u16, Moment)>,
}

/// A move of a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateMove {
    /// When it was moved.
    pub at: Moment,
    /// The last day until then.
    pub was: Date,
    /// The last day as counted, from then on.
    pub counted: Date,
    /// The last day, from then on.
    pub due: Date,
    /// The moment it passes, from then on.
    pub due_at: Moment,
    /// Why.
    pub why: Change,
}

/// Why a deadline moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Its clock stood still.
    Suspension {
        /// First day that did not count.
        from: Date,
        /// First day that counts again.
        until: Date,
    },
    /// It was extended.
    Extension {
        /// By so long.
        length: Duration,
    },
    /// What it counts from has changed: a correction, or the end of the term.
    Restarted,
    /// Another version of the convenant took over, which never makes it earlier.
    Transition,
    /// People moved it, with a motivation.
    ByHand,
    /// The days off are known better now.
    Calendar {
        /// The edition of the days off.
        edition: String,
    },
    /// The log does not say.
    #[default]
    Unsaid,
}
