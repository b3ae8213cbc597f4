//! Work within a step: tasks, completeness, evaluations, advice.

use convenant_lang::model::{EvidenceId, ExitId, ExitKind, FactId, Step, TaskId, Who};

use super::work::{Outcome, Work, motivated, refuse_by, unknown};
use crate::rules::{Truth, missing, truth};
use crate::{DeadlineRef, EventKind, Reason, Secret};

impl Work<'_> {
    /// Ticks off a task.
    pub fn do_task(&mut self, id: TaskId) -> Outcome {
        let (_, step) = self.step()?;
        let Some(task) = step.tasks.get(id.index()) else {
            return Err(unknown("taak"));
        };
        let may = if task.actors.is_empty() {
            &step.actors
        } else {
            &task.actors
        };
        self.authorise(may, &task.meta)?;
        if !self.case.tasks_done.contains(&id) {
            self.push(EventKind::TaskDone { task: id });
        }
        Ok(())
    }

    /// Whether the step is complete: facts, evidence and tasks. What only matters under a condition that is not known yet keeps it open.
    pub fn complete(&self, step: &Step) -> Outcome {
        let mut facts: Vec<FactId> = step
            .supplies
            .iter()
            .filter(|supply| supply.required && !self.is_known(supply.fact))
            .map(|supply| supply.fact)
            .collect();
        let mut tasks = Vec::new();
        for (index, task) in (0..=u16::MAX).zip(&step.tasks) {
            if self.case.tasks_done.contains(&TaskId(index)) {
                continue;
            }
            if self.is_needed(task.needed_if.as_ref(), &mut facts) {
                tasks.push(TaskId(index));
            }
        }
        let mut evidence = Vec::new();
        for id in &step.evidence {
            let wanted = self.model.evidence.get(id.index());
            let condition = wanted.and_then(|e| e.needed_if.as_ref());
            if !self.has_valid(*id) && self.is_needed(condition, &mut facts) {
                evidence.push(*id);
            }
        }
        if facts.is_empty() && evidence.is_empty() && tasks.is_empty() {
            return Ok(());
        }
        refuse_by(
            Reason::Incomplete {
                facts,
                evidence,
                tasks,
            },
            &step.meta,
        )
    }

    /// A fact whose value was erased is still known to have been supplied.
    fn is_known(&self, fact: FactId) -> bool {
        self.case
            .facts
            .get(fact.index())
            .is_some_and(Option::is_some)
    }

    fn is_needed(
        &self,
        condition: Option<&convenant_lang::model::Condition>,
        lacking: &mut Vec<FactId>,
    ) -> bool {
        let Some(condition) = condition else {
            return true;
        };
        self.with_env(|env| match truth(condition, env) {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown => {
                missing(condition, env, lacking);
                false
            }
        })
    }

    /// Whether the evidence was handed in and is not too old.
    fn has_valid(&self, id: EvidenceId) -> bool {
        let Some(issued) = self.case.evidence.get(id.index()).copied().flatten() else {
            return false;
        };
        let max_age = self.model.evidence.get(id.index()).and_then(|e| e.max_age);
        max_age.is_none_or(|age| {
            self.with_env(|env| {
                env.after(issued, age)
                    .is_ok_and(|until| self.today <= until)
            })
        })
    }

    /// Holds a recurring evaluation.
    pub fn evaluate(&mut self, index: u16, present: &[Who]) -> Outcome {
        let (id, step) = self.step()?;
        let Some(evaluation) = step.evaluations.get(usize::from(index)) else {
            return Err(unknown("evaluatie"));
        };
        let (party, _) = self.authorise(&[evaluation.by], &evaluation.meta)?;
        let absent: Vec<Who> = evaluation
            .required
            .iter()
            .filter(|who| !present.contains(who) && **who != evaluation.by)
            .filter(|who| self.parties_of(**who) != [party])
            .copied()
            .collect();
        if !absent.is_empty() {
            return refuse_by(Reason::Absent { who: absent }, &evaluation.meta);
        }
        let held = self
            .case
            .evaluations
            .iter()
            .find(|held| held.evaluation == index);
        if held.is_some_and(|held| held.on == self.today) {
            return Ok(());
        }
        self.push(EventKind::Evaluated {
            evaluation: index,
            present: present.to_vec(),
        });
        let of = DeadlineRef::Evaluation(id, index);
        let running = self
            .case
            .deadlines
            .iter()
            .find(|d| d.of == of)
            .map(|d| d.id);
        if let Some(id) = running {
            self.push(EventKind::DeadlineStopped { id, met: true });
        }
        Ok(())
    }

    /// Gives advice on eligibility or on a decision.
    pub fn advise(&mut self, exit: ExitId, favourable: bool, motivation: &str) -> Outcome {
        let (_, step) = self.step()?;
        let Some(found) = step.exits.get(exit.index()) else {
            return Err(unknown("besluit"));
        };
        let advisors = match &found.kind {
            ExitKind::Decision { advice, .. } => advice,
            ExitKind::Eligibility { .. } => &self.scheme()?.eligibility.advice,
            _ => return refuse_by(Reason::NotHere, &found.meta),
        };
        let (_, who) = self.authorise(advisors, &found.meta)?;
        motivated(motivation, &found.meta)?;
        let given = (exit, who, favourable);
        if !self.case.advice.contains(&given) {
            self.push(EventKind::Advised {
                exit,
                who,
                favourable,
                motivation: Secret::Text(motivation.to_owned()),
            });
        }
        Ok(())
    }

    /// Whether every advisor has advised.
    pub fn advised(
        &self,
        exit: ExitId,
        advisors: &[Who],
        clause: &convenant_lang::model::Meta,
    ) -> Outcome {
        let of: Vec<Who> = advisors
            .iter()
            .filter(|who| {
                !self
                    .case
                    .advice
                    .iter()
                    .any(|(on, by, _)| *on == exit && by == *who)
            })
            .copied()
            .collect();
        if of.is_empty() {
            return Ok(());
        }
        refuse_by(Reason::AdviceNeeded { of }, clause)
    }
}
