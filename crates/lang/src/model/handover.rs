//! The section `overdracht`: the steps of a case, what leads out of them, and their deadlines.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    CalendarKind, Condition, Duration, EndId, EvidenceId, ExitId, FactId, Meta, PartyKind, StepId,
    TaskId, Who,
};

/// The state machine of a scheme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// Source.
    pub meta: Meta,
    /// `begin X`.
    pub start: StepId,
    /// Steps, in the order of the file.
    pub steps: Vec<Step>,
    /// `altijd …`: exits possible in every step (only `ExitKind::Act`).
    pub always: Vec<Exit>,
    /// `einde …`.
    pub ends: Vec<End>,
    /// `termijn …`: deadlines of the whole case.
    pub deadlines: Vec<Deadline>,
    /// `verzetten …`: who may move any deadline of a case by hand.
    #[serde(default)]
    pub reschedule: Option<Reschedule>,
}

/// Where an exit leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Another step (or an earlier one: fallback).
    Step(StepId),
    /// An end.
    End(EndId),
    /// The case stays where it is (a nuisance report).
    Stay,
}

/// `einde afgesloten "Woont zelfstandig" geslaagd`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// `geslaagd` or `niet geslaagd`.
    pub succeeded: bool,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// `door X en Y`: who acts.
    pub actors: Vec<Who>,
    /// `levert a, b`: facts that must be known before the step can be finished, and `levert zo mogelijk c`: that may be.
    pub supplies: Vec<Supply>,
    /// `bewijs a, b`: evidence needed before the step can be finished.
    pub evidence: Vec<EvidenceId>,
    /// Tasks, in parallel.
    pub tasks: Vec<Task>,
    /// The deadline of the step (`binnen …` behind `door …`, or `termijn …`), first the main one.
    pub deadlines: Vec<Deadline>,
    /// `opschorten …`.
    pub suspension: Option<Suspension>,
    /// `verlengen …`.
    pub extension: Option<Extension>,
    /// `verzetten …`: who may move the deadlines of this step by hand.
    #[serde(default)]
    pub reschedule: Option<Reschedule>,
    /// `evaluatie elke …`: recurring evaluations while the case is in the step.
    pub evaluations: Vec<StepEvaluation>,
    /// `contract …`: the form of the lease in this step.
    pub contract: Option<Contract>,
    /// What leads out of it.
    pub exits: Vec<Exit>,
}

/// A fact supplied in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// The fact.
    pub fact: FactId,
    /// Needed before the step can be finished.
    pub required: bool,
}

/// `taak intake "Intake" door wijkteam binnen 10 werkdagen indien …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// Who does it.
    pub actors: Vec<Who>,
    /// Its own deadline.
    pub deadline: Option<Deadline>,
    /// Only if this holds; unknown keeps the step open until it is known.
    pub needed_if: Option<Condition>,
}

/// Something that leads out of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// Source.
    pub meta: Meta,
    /// What it is.
    pub kind: ExitKind,
}

/// What leads out of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitKind {
    /// `gereed -> X`: facts, evidence and tasks are complete and an actor says so.
    Done(Target),
    /// `besluit doelgroep { voldoet -> … voldoet niet -> … onbekend -> … }`.
    Eligibility {
        /// `voldoet`.
        met: Target,
        /// `voldoet niet`.
        unmet: Target,
        /// `onbekend`; without it the decision is refused while a deciding fact is missing.
        unknown: Option<Target>,
    },
    /// `besluit plaatsing "Vraag?" door X { uitkomst ja "…" -> … }`.
    Decision {
        /// Name.
        name: String,
        /// Question; the name when absent.
        title: String,
        /// Who decides.
        by: Who,
        /// Who must have advised first.
        advice: Vec<Who>,
        /// At least two.
        outcomes: Vec<Outcome>,
    },
    /// `handeling huurcontract "Huurcontract getekend" door X [indien …] [met motivering] -> Y`.
    Act {
        /// Name.
        name: String,
        /// Title; the name when absent.
        title: String,
        /// Who may.
        by: Vec<Who>,
        /// Only if this holds.
        only_if: Option<Condition>,
        /// `met motivering`.
        motivated: bool,
        /// Where to.
        to: Target,
    },
    /// `toewijzen gemeente volgens spreiding door X -> Y`: fixes the party of this kind for the case.
    Allocate {
        /// Kind of party that is fixed.
        kind: PartyKind,
        /// Who fixes it.
        by: Who,
        /// Where to.
        to: Target,
    },
    /// `aanbod …`: a home is offered, at most so many times.
    Offer(Offer),
    /// `na 3 maanden -> X`: of itself, so long after the case entered the step.
    After(Duration, Target),
    /// `op 1 januari 2020 -> X`: of itself, on that day.
    On(Date, Target),
}

/// An outcome of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title; the name when absent.
    pub title: String,
    /// `met motivering`.
    pub motivated: bool,
    /// Where to.
    pub to: Target,
}

/// `aanbod door corporatie, hoogstens 2 { aanvaard -> … geweigerd -> … uitgeput -> … geldige reden … }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Who offers.
    pub by: Who,
    /// Who answers for the client.
    pub answered_by: Who,
    /// How many offers count at most; a refusal on a valid ground does not count.
    pub at_most: u32,
    /// Valid grounds for refusal: name and title.
    pub grounds: Vec<(String, String)>,
    /// Answer within.
    pub answer: Option<Duration>,
    /// Before and after the last day for the answer.
    #[serde(default)]
    pub ladder: Ladder,
    /// Accepted.
    pub accepted: Target,
    /// After the last counted refusal.
    pub exhausted: Target,
}

/// `opschorten tijdens aanvulling, hoogstens 4 weken`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspension {
    /// Source.
    pub meta: Meta,
    /// The step during which the clock of this step stands still, or none: on request, in the step itself.
    pub during: Option<StepId>,
    /// Who may ask, when it is on request; empty means the actors of the step.
    pub by: Vec<Who>,
    /// At most this long (Awb 4:15: from the day after the request).
    pub at_most: Duration,
}

/// `verlengen met 4 weken, hoogstens 1 keer, door X [met bericht aan Y]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    /// Source.
    pub meta: Meta,
    /// How long.
    pub length: Duration,
    /// How often.
    pub at_most: u32,
    /// Who may.
    pub by: Vec<Who>,
    /// Who is told.
    pub notify: Vec<Who>,
}

/// `evaluatie elke 6 maanden door X met a, b [en uitgenodigd c]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepEvaluation {
    /// Source.
    pub meta: Meta,
    /// How often.
    pub every: Duration,
    /// Who holds it.
    pub by: Who,
    /// Must be there.
    pub required: Vec<Who>,
    /// Are invited.
    pub invited: Vec<Who>,
    /// Before and after the day on which it is due.
    #[serde(default)]
    pub ladder: Ladder,
}

/// `contract omklapcontract op naam van X, minstens 12 maanden`: the form of the lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Source.
    pub meta: Meta,
    /// `omklapcontract`, `driepartijenovereenkomst`, `huurcontract`, …
    pub form: String,
    /// In whose name.
    pub holder: Option<Who>,
    /// The flip (`omslag -> X`): not before this long after the contract began.
    pub at_least: Option<Duration>,
    /// `omslag -> X`: the exit by which the contract flips to the client.
    pub flips: Option<ExitId>,
    /// `mislukt -> X`: the exit on failure.
    pub fails: Option<ExitId>,
}

/// A deadline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deadline {
    /// Source.
    pub meta: Meta,
    /// Length.
    pub length: Duration,
    /// From what, and in which direction.
    pub anchor: Anchor,
    /// `vóór`: counted backwards from the anchor (ATW 1(2): such an end does not move).
    pub backward: bool,
    /// Its own calendar; none means the one of the convenant.
    pub calendar: Option<CalendarKind>,
    /// `streven`: not hard.
    pub aim: bool,
    /// `eerste dag telt mee`: the start day counts.
    pub start_counts: bool,
    /// Before and after it.
    pub ladder: Ladder,
    /// `verzetten …`: who may move it by hand, when not whoever the step or the whole handover names.
    #[serde(default)]
    pub reschedule: Option<Reschedule>,
}

/// Whom a deadline reminds before it passes and tells after it has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ladder {
    /// `3 werkdagen vooraf : herinner X`.
    pub reminders: Vec<Reminder>,
    /// `bij overschrijding : meld X, na 5 werkdagen Y`.
    pub escalation: Vec<Rung>,
    /// `ongelezen na 2 werkdagen verder`: a rung that nobody has read for so long goes on to the next one early.
    #[serde(default)]
    pub unread_after: Option<Duration>,
}

/// `verzetten met motivering door X`: a due date may be changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reschedule {
    /// Source.
    pub meta: Meta,
    /// Who may.
    pub by: Vec<Who>,
}

/// What a deadline is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The step (or the task's step) was entered: the default.
    Entered,
    /// `na aanmelding`: that step was left for the first time.
    StepDone(StepId),
    /// `na intake`: that task was done.
    TaskDone(StepId, TaskId),
    /// `na huurcontract`: that act, decision or allocation was taken (in that step).
    ExitTaken(StepId, ExitId),
    /// `na geboortedatum`: a fact of type `datum`.
    Fact(FactId),
    /// `na begin`: the case was opened.
    CaseOpened,
    /// `na einde looptijd` or `vóór einde looptijd`.
    TermEnd,
}

/// `3 werkdagen vooraf : herinner X`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Source.
    pub meta: Meta,
    /// How long before.
    pub before: Duration,
    /// Who.
    pub to: Vec<Who>,
}

/// A rung of the escalation ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Source.
    pub meta: Meta,
    /// How long after the deadline passed; none means at once.
    pub after: Option<Duration>,
    /// Who.
    pub to: Vec<Who>,
}
