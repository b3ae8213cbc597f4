//! Commands: requests to change a case, from people and from the clock.

use convenant_lang::model::{
    CriterionId, EvidenceId, ExitId, FactId, PartyId, SchemeId, TaskId, Value, Who,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::TimerKey;

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
        /// Why, when a cap of that neighbourhood is passed or the home is not what the rules ask for.
        #[serde(default)]
        motivation: Option<String>,
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
    /// Object to the refusal of the client; whoever the file names decides on it.
    Object {
        /// Why.
        motivation: String,
    },
    /// Extend the time for the decision on the objection, once, in writing (Awb 7:10).
    ExtendObjection {
        /// Why.
        motivation: String,
    },
    /// Decide on the objection; in a body that is the vote of one member.
    DecideObjection {
        /// The objection succeeds: the client is eligible after all, and the case goes where that leads.
        upheld: bool,
        /// Why.
        motivation: String,
    },
    /// Move a deadline to another day, where the file allows it (`verzetten`).
    Reschedule {
        /// Which running deadline.
        deadline: u32,
        /// The last day, from now on.
        due: Date,
        /// Why.
        motivation: String,
    },
    /// Count the running deadlines again with the days off as they are known now. Only the clock sends it, after these changed.
    Recompute,
    /// A rung of an escalation ladder stayed unread for as long as the file says (`ongelezen na …`): the next one is reached early. Only the
    /// clock sends it; see [`crate::unread_at`].
    Unread {
        /// Which running deadline.
        deadline: u32,
        /// The rung that stayed unread.
        rung: u16,
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
