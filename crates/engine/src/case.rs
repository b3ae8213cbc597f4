//! A case and everything that can happen to it, as data: commands in, events and effects out.
//!
//! Input: commands (from people and from the clock). Output: `Event`s, which fold into a `Case`, and `Effect`s, which the
//! shell carries out in the same transaction. Invariant: `case = fold(events)`; nothing here knows a clock, a
//! database or a name of a person.

use convenant_lang::model::{
    CriterionId, EndId, EvidenceId, ExitId, FactId, NoticeId, PartyId, PartyKind, Period, RoleId,
    SchemeId, StepId, TaskId, Value, Who,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. An input everywhere; never read from a clock here.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Who does something: a person for a party in a role, or the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, by the id of the account (never a name), acting for a party in a role.
    Person {
        /// Account id.
        person: String,
        /// For which party.
        party: PartyId,
        /// In which role.
        role: RoleId,
    },
    /// The clock: only `Command::Fire`.
    Clock,
}

/// Something that may identify a person: stored encrypted beside the log, with a salted commitment in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// A fact's value.
    Value(Value),
    /// Free text: a motivation, a reason.
    Text(String),
    /// Moved out to the sealed part number n of the event (only inside the store).
    Sealed(u16),
    /// The key was destroyed: nobody knows it any more.
    Erased,
}

impl Secret {
    /// The value, if it is one and is not erased.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Secret::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is one and is not erased.
    pub fn text(&self) -> Option<&str> {
        match self {
            Secret::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A request to change a case. Accepted commands become events; refused ones change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Open the case in a scheme (only on `Case::new`).
    Open {
        /// Which scheme.
        scheme: SchemeId,
    },
    /// Supply facts; a fact that is already known with another value is refused (use `Correct`).
    Supply {
        /// Facts and values.
        facts: Vec<(FactId, Value)>,
    },
    /// Replace a wrong value; what was decided on the old one is listed in the event.
    Correct {
        /// Which fact.
        fact: FactId,
        /// The right value.
        value: Value,
        /// Why.
        motivation: String,
    },
    /// Judge an open norm.
    Judge {
        /// Which criterion of the scheme.
        criterion: CriterionId,
        /// Whether it holds.
        holds: bool,
        /// Why: mandatory.
        motivation: String,
    },
    /// Hand in evidence.
    Submit {
        /// Which.
        evidence: EvidenceId,
        /// Date of issue.
        issued: Date,
    },
    /// Tick off a task of the current step.
    DoTask {
        /// Which task.
        task: TaskId,
    },
    /// Give advice (on eligibility when `exit` is an `Eligibility` exit, otherwise on that decision).
    Advise {
        /// The exit that it is about.
        exit: ExitId,
        /// In favour.
        favourable: bool,
        /// Why.
        motivation: String,
    },
    /// Take an exit of the current step.
    Exit {
        /// Which exit.
        exit: ExitId,
        /// What is said with it.
        choice: Choice,
    },
    /// Take an exit that is possible in every step (`altijd`).
    Always {
        /// Index in `Handover::always`.
        exit: ExitId,
        /// Why, where the file asks for it.
        motivation: Option<String>,
    },
    /// Offer a home (`aanbod`).
    Offer {
        /// The exit of kind `Offer`.
        exit: ExitId,
        /// Neighbourhood of the home.
        neighbourhood: Option<String>,
    },
    /// Answer the open offer.
    Answer {
        /// The exit of kind `Offer`.
        exit: ExitId,
        /// Accepted, or refused on a ground (none: no valid ground).
        answer: Answer,
    },
    /// Suspend the deadline of the current step from the day after today (Awb 4:15).
    Suspend {
        /// Until the given time has lapsed, at the latest; none means the most that the file allows.
        until: Option<Date>,
        /// Why.
        motivation: String,
    },
    /// End the suspension: what was asked for has come.
    Resume,
    /// Extend the deadline of the current step.
    Extend {
        /// Why.
        motivation: String,
    },
    /// Hold a recurring evaluation of the step.
    Evaluate {
        /// Index in `Step::evaluations`.
        evaluation: u16,
        /// Who attended.
        present: Vec<Who>,
    },
    /// Object to the decision on eligibility (a new judgement is up to the body that the file names).
    Object {
        /// Why.
        motivation: String,
    },
    /// A timer is due. Only the clock sends it; refused as `Stale` when the timer no longer exists.
    Fire {
        /// Which timer.
        timer: TimerKey,
    },
}

/// What is said when an exit is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// `Done` and `Act`, with a motivation where the file asks for one.
    Plain {
        /// Why.
        motivation: Option<String>,
    },
    /// `Eligibility`: the engine evaluates; `otherwise` departs from it under the hardship clause.
    Eligibility {
        /// The departure: the outcome that is wanted, with its motivation.
        otherwise: Option<(bool, String)>,
    },
    /// `Decision`.
    Decision {
        /// Index in the outcomes.
        outcome: u16,
        /// Why.
        motivation: Option<String>,
    },
    /// `Allocate`: fixes the party; a motivation is needed when it is not the one that is next, or a cap is passed.
    Allocate {
        /// Which party.
        party: PartyId,
        /// Which neighbourhood, where known.
        neighbourhood: Option<String>,
        /// Why otherwise.
        motivation: Option<String>,
    },
}

/// Answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Accepted.
    Accepted,
    /// Refused on a valid ground, by index in `Offer::grounds`: does not count.
    RefusedOn(u16),
    /// Refused without a valid ground: counts.
    Refused,
}

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
        /// What was decided.
        outcome: Eligible,
        /// What the rules gave.
        computed: Eligible,
        /// Facts and judgements that it rested on, as deciding clauses.
        deciding: Vec<CriterionId>,
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
        /// Why otherwise: a motivated departure.
        departure: Option<Secret>,
    },
    /// A home was offered.
    Offered {
        /// Exit.
        exit: ExitId,
        /// Neighbourhood.
        neighbourhood: Option<String>,
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
    /// A deadline moved: suspension, extension, correction of the fact it starts from.
    DeadlineMoved {
        /// Which.
        id: u32,
        /// The last day, from now on.
        due: Date,
        /// The moment it passes.
        due_at: Moment,
    },
    /// The clock of the current step stands still from this day on.
    Suspended {
        /// First day that does not count.
        from: Date,
        /// Runs again on this day at the latest.
        until: Date,
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
    /// The last day.
    pub due: Date,
    /// The first moment after it: the timer.
    pub due_at: Moment,
}

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

/// A suspension of the current step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// First day that does not count.
    pub from: Date,
    /// Runs again on this day at the latest.
    pub until: Date,
}

/// The state of a case: a fold of its events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Case {
    /// Number of events folded in: the version for optimistic concurrency.
    pub seq: u32,
    /// When it was opened; none before.
    pub opened: Option<Moment>,
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
    /// Sequence numbers of events that rested on facts (decisions), with the facts.
    pub decisions: Vec<(u32, Vec<FactId>)>,
    /// When each anchor of a deadline happened for the first time.
    pub anchors: Vec<(AnchorPoint, Date)>,
    /// Deadlines that run.
    pub deadlines: Vec<RunningDeadline>,
    /// Next number of a deadline.
    pub next_deadline: u32,
    /// Deadlines that passed while running, kept until they stop.
    pub overdue: Vec<u32>,
    /// The current suspension.
    pub stopped: Option<Stopped>,
    /// Extensions used in the current visit.
    pub extensions: u32,
    /// Deadlines that stopped: which, due date, and whether met in time; for compliance.
    pub closed: Vec<(DeadlineRef, Date, Closing)>,
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
    /// An offer waits for its answer.
    pub open: bool,
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

/// Days of an interval, for facts of type `periodes`.
pub type Interval = Period;
