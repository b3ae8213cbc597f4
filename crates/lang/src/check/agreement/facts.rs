//! `gegevens`: every fact has somebody who supplies it and a reason to be asked for; every document too.

use super::Check;
use crate::diagnostic::Code;
use crate::model::{
    Anchor, Condition, ConditionKind, Convenant, Deadline, ExitKind, Expr, FactId, Handover,
    MatchedFact, Preference, Step, Test,
};

impl Check<'_> {
    pub(super) fn facts(&mut self) {
        let supplied = supplied(self.model);
        let used = used(self.model);
        self.home_facts(used.get(self.model.facts.len()..).unwrap_or_default());
        for (index, fact) in self.model.facts.iter().enumerate() {
            let name = [("fact", fact.name.as_str())];
            if !supplied.get(index).copied().unwrap_or(true) {
                self.report(Code::FACT_NOT_SUPPLIED, fact.meta.span, &name);
            }
            if !used.get(index).copied().unwrap_or(true) {
                self.report(Code::FACT_UNUSED, fact.meta.span, &name);
            }
        }
        let mut asked = vec![false; self.model.evidence.len()];
        for id in self
            .model
            .schemes
            .iter()
            .flat_map(|s| &s.handover.steps)
            .flat_map(|s| &s.evidence)
        {
            if let Some(slot) = asked.get_mut(id.index()) {
                *slot = true;
            }
        }
        for (evidence, asked) in self.model.evidence.iter().zip(asked) {
            if !asked {
                self.report(
                    Code::EVIDENCE_UNUSED,
                    evidence.meta.span,
                    &[("evidence", &evidence.name)],
                );
            }
        }
    }
}

fn supplied(model: &Convenant) -> Vec<bool> {
    let mut marks: Vec<bool> = model
        .facts
        .iter()
        .map(|f| !f.supplied_by.is_empty())
        .collect();
    for step in model.schemes.iter().flat_map(|s| &s.handover.steps) {
        for supply in &step.supplies {
            mark(&mut marks, supply.fact);
        }
    }
    marks
}

/// Facts that decide, fix a date, choose a party or a home, stand in a notice or report, or are there for a named reader: those of a case,
/// and behind them those of a home.
fn used(model: &Convenant) -> Vec<bool> {
    let mut marks: Vec<bool> = model
        .matched_facts()
        .map(|fact| match fact {
            MatchedFact::Case(fact) | MatchedFact::Home(fact) => !fact.visible_to.is_empty(),
            MatchedFact::Party(_) => true,
        })
        .collect();
    for rule in model.homes.iter().flat_map(|homes| &homes.rules) {
        condition(Some(&rule.condition), &mut marks);
    }
    for evidence in &model.evidence {
        condition(evidence.needed_if.as_ref(), &mut marks);
    }
    for scheme in &model.schemes {
        for criterion in &scheme.eligibility.criteria {
            if let Test::Condition(test) = &criterion.test {
                condition(Some(test), &mut marks);
            }
        }
        for preference in scheme.spreading.iter().flat_map(|s| &s.preference) {
            if let Preference::Fact(fact) = preference {
                mark(&mut marks, *fact);
            }
        }
        for (_, fact) in scheme.spreading.iter().flat_map(|s| &s.contra_indications) {
            mark(&mut marks, *fact);
        }
        handover(&scheme.handover, &mut marks);
    }
    let listed = model.notices.iter().flat_map(|n| &n.fields);
    for fact in listed.chain(model.oversight.reports.iter().flat_map(|r| &r.fields)) {
        mark(&mut marks, *fact);
    }
    marks
}

fn handover(handover: &Handover, marks: &mut [bool]) {
    for d in &handover.deadlines {
        deadline(d, marks);
    }
    let exits = handover.steps.iter().flat_map(|s| &s.exits);
    for exit in exits.chain(&handover.always) {
        if let ExitKind::Act { only_if, .. } = &exit.kind {
            condition(only_if.as_ref(), marks);
        }
    }
    for step in &handover.steps {
        step_of(step, marks);
    }
}

fn step_of(step: &Step, marks: &mut [bool]) {
    for d in &step.deadlines {
        deadline(d, marks);
    }
    for task in &step.tasks {
        condition(task.needed_if.as_ref(), marks);
        if let Some(d) = &task.deadline {
            deadline(d, marks);
        }
    }
}

fn deadline(deadline: &Deadline, marks: &mut [bool]) {
    if let Anchor::Fact(fact) = deadline.anchor {
        mark(marks, fact);
    }
}

fn mark(marks: &mut [bool], fact: FactId) {
    if let Some(slot) = marks.get_mut(fact.index()) {
        *slot = true;
    }
}

/// Marks every fact that a condition names.
pub(super) fn condition(start: Option<&Condition>, marks: &mut [bool]) {
    let mut open: Vec<&Condition> = start.into_iter().collect();
    while let Some(next) = open.pop() {
        match &next.kind {
            ConditionKind::All(parts) | ConditionKind::Any(parts) => open.extend(parts),
            ConditionKind::Not(part) => open.push(part),
            ConditionKind::Unless(a, b) => open.extend([&**a, &**b]),
            ConditionKind::Fact(fact)
            | ConditionKind::Known(fact)
            | ConditionKind::OneOf(fact, _)
            | ConditionKind::Within(fact, _)
            | ConditionKind::Unbroken { fact, .. } => mark(marks, *fact),
            ConditionKind::Compare(a, _, b) => {
                expr(a, marks);
                expr(b, marks);
            }
        }
    }
}

fn expr(start: &Expr, marks: &mut [bool]) {
    let mut open = vec![start];
    while let Some(next) = open.pop() {
        match next {
            Expr::Fact(fact) | Expr::Age(fact) => mark(marks, *fact),
            Expr::Add(a, b) | Expr::Subtract(a, b) | Expr::Share(a, b) => {
                open.extend([&**a, &**b]);
            }
            Expr::Value(_) | Expr::Today => {}
        }
    }
}
