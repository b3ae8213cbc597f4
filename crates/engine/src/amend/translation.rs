//! The translation of ids from one version into the next, as the event of the move keeps it.
//!
//! Every list is indexed by the old id and says the new one; none where the new version has nothing by that name.

use convenant_lang::model::{
    BodyId, CriterionId, EvidenceId, ExitId, FactId, PartyId, RoleId, SchemeId, StepId, TaskId,
    Value, Who,
};
use serde::{Deserialize, Serialize};

use crate::{AnchorPoint, DeadlineRef, Secret};

/// Ids of the old version in those of the new one, for the cases of one scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The scheme in the new version.
    pub scheme: SchemeId,
    /// Parties: of the same name, or else the successor's.
    pub parties: Vec<Option<PartyId>>,
    /// Roles.
    pub roles: Vec<Option<RoleId>>,
    /// Bodies.
    pub bodies: Vec<Option<BodyId>>,
    /// Facts of the same name, type and unit.
    pub facts: Vec<Option<FactTranslation>>,
    /// Evidence.
    pub evidence: Vec<Option<EvidenceId>>,
    /// Criteria of the scheme.
    pub criteria: Vec<Option<CriterionId>>,
    /// Steps of the scheme.
    pub steps: Vec<Option<StepTranslation>>,
    /// Acts that are possible in every step.
    pub always: Vec<Option<ExitId>>,
    /// Deadlines of the whole case.
    pub deadlines: Vec<Option<DeadlineTranslation>>,
    /// Whether the new version knows objection too.
    pub objection: bool,
}

/// A fact in the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactTranslation {
    /// The fact.
    pub to: FactId,
    /// The options of a choice, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Option<u16>>,
}

/// A step in the new version, with what is numbered within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTranslation {
    /// The step.
    pub to: StepId,
    /// Its tasks.
    pub tasks: Vec<Option<TaskTranslation>>,
    /// Its exits.
    pub exits: Vec<Option<ExitTranslation>>,
    /// Its deadlines.
    pub deadlines: Vec<Option<DeadlineTranslation>>,
    /// Its evaluations.
    pub evaluations: Vec<Option<u16>>,
}

/// A task in the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskTranslation {
    /// The task.
    pub to: TaskId,
    /// Its deadline, if it has one in both versions.
    pub deadline: Option<Marks>,
}

/// An exit in the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitTranslation {
    /// The exit.
    pub to: ExitId,
    /// Its outcomes, by name.
    pub outcomes: Vec<Option<u16>>,
}

/// A deadline in the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineTranslation {
    /// Its index.
    pub to: u16,
    /// Its reminders and rungs.
    pub marks: Marks,
}

/// Reminders and rungs of a deadline: those that come at the same distance are the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// Reminders.
    pub reminders: Vec<Option<u16>>,
    /// Rungs of the ladder.
    pub rungs: Vec<Option<u16>>,
}

/// The entry of an id, in a list that may be too short.
pub(super) fn at<T>(list: &[Option<T>], index: usize) -> Option<&T> {
    list.get(index)?.as_ref()
}

impl Translation {
    /// A step.
    pub fn step(&self, step: StepId) -> Option<&StepTranslation> {
        at(&self.steps, step.index())
    }

    /// A party.
    pub fn party(&self, party: PartyId) -> Option<PartyId> {
        at(&self.parties, party.index()).copied()
    }

    /// A role.
    pub fn role(&self, role: RoleId) -> Option<RoleId> {
        at(&self.roles, role.index()).copied()
    }

    /// A role or body.
    pub fn who(&self, who: Who) -> Option<Who> {
        match who {
            Who::Role(role) => at(&self.roles, role.index()).copied().map(Who::Role),
            Who::Body(body) => at(&self.bodies, body.index()).copied().map(Who::Body),
        }
    }

    /// A fact.
    pub fn fact(&self, fact: FactId) -> Option<&FactTranslation> {
        at(&self.facts, fact.index())
    }

    /// What is known of a fact; what was erased stays erased.
    pub fn secret(&self, fact: &FactTranslation, secret: &Secret) -> Option<Secret> {
        let value = match secret {
            Secret::Value(Value::Choice(option)) => {
                Value::Choice(*at(&fact.options, usize::from(*option))?)
            }
            Secret::Value(Value::Party(party)) => Value::Party(self.party(*party)?),
            other => return Some(other.clone()),
        };
        Some(Secret::Value(value))
    }

    /// An exit of a step, or an act that is possible in every step.
    pub fn exit(&self, step: Option<StepId>, exit: ExitId) -> Option<(Option<StepId>, ExitId)> {
        let Some(step) = step else {
            return at(&self.always, exit.index()).map(|to| (None, *to));
        };
        let step = self.step(step)?;
        Some((Some(step.to), at(&step.exits, exit.index())?.to))
    }

    /// Something a deadline counts from.
    pub fn anchor(&self, point: AnchorPoint) -> Option<AnchorPoint> {
        match point {
            AnchorPoint::StepDone(step) => Some(AnchorPoint::StepDone(self.step(step)?.to)),
            AnchorPoint::TaskDone(step, task) => {
                let step = self.step(step)?;
                let task = at(&step.tasks, task.index())?.to;
                Some(AnchorPoint::TaskDone(step.to, task))
            }
            AnchorPoint::ExitTaken(step, exit) => {
                let step = self.step(step)?;
                let exit = at(&step.exits, exit.index())?.to;
                Some(AnchorPoint::ExitTaken(step.to, exit))
            }
        }
    }

    /// A deadline, with its reminders and rungs.
    pub fn deadline(&self, of: DeadlineRef) -> Option<(DeadlineRef, Marks)> {
        match of {
            DeadlineRef::Step(step, index) => {
                let step = self.step(step)?;
                let found = at(&step.deadlines, usize::from(index))?;
                let to = DeadlineRef::Step(step.to, found.to);
                Some((to, found.marks.clone()))
            }
            DeadlineRef::Task(step, task) => {
                let step = self.step(step)?;
                let task = at(&step.tasks, task.index())?;
                let to = DeadlineRef::Task(step.to, task.to);
                Some((to, task.deadline.clone()?))
            }
            DeadlineRef::Case(index) => {
                let found = at(&self.deadlines, usize::from(index))?;
                Some((DeadlineRef::Case(found.to), found.marks.clone()))
            }
            DeadlineRef::Offer(step, exit) => {
                let step = self.step(step)?;
                let exit = at(&step.exits, exit.index())?.to;
                Some((DeadlineRef::Offer(step.to, exit), Marks::default()))
            }
            DeadlineRef::Evaluation(step, index) => {
                let step = self.step(step)?;
                let to = *at(&step.evaluations, usize::from(index))?;
                Some((DeadlineRef::Evaluation(step.to, to), Marks::default()))
            }
            DeadlineRef::Objection => self
                .objection
                .then(|| (DeadlineRef::Objection, Marks::default())),
            // The law gives it the same reminder and rungs in every version; there is a second rung only where somebody is to decide.
            DeadlineRef::ObjectionDecision => {
                let marks = Marks {
                    reminders: vec![Some(0)],
                    rungs: vec![Some(0), Some(1)],
                };
                self.objection
                    .then_some((DeadlineRef::ObjectionDecision, marks))
            }
        }
    }
}
