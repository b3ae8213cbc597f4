//! Every place where a clause names a role or a body.
//!
//! Input: a model. Output: each `Who` in it, once per place. Not among them: seats in bodies and consents, which name
//! a body or a role of their own accord.

use crate::model::{
    Convenant, Deadline, Eligibility, Exit, ExitKind, Handover, Ladder, Spreading, Step, Test, Who,
};

/// Calls `visit` for every role or body that is named.
pub(super) fn each(model: &Convenant, visit: &mut impl FnMut(Who)) {
    for evaluation in &model.term.evaluations {
        visit(evaluation.by);
        ladder(&evaluation.ladder, visit);
    }
    all(
        model.term.notice_reminders.iter().flat_map(|r| &r.to),
        visit,
    );
    for fact in &model.facts {
        all(fact.supplied_by.iter().chain(&fact.visible_to), visit);
    }
    for evidence in &model.evidence {
        all(&evidence.supplied_by, visit);
    }
    if let Some(homes) = &model.homes {
        for fact in &homes.facts {
            all(fact.supplied_by.iter().chain(&fact.visible_to), visit);
        }
        all(homes.reported_by.iter().chain(&homes.matched_by), visit);
    }
    for scheme in &model.schemes {
        eligibility(&scheme.eligibility, visit);
        if let Some(spreading) = &scheme.spreading {
            spread(spreading, visit);
        }
        handover(&scheme.handover, visit);
    }
    for notice in &model.notices {
        all(&notice.to, visit);
    }
    for digest in &model.digests {
        all(&digest.to, visit);
    }
    all(model.last_resort.iter().map(|l| &l.who), visit);
    for report in &model.oversight.reports {
        all(&report.to, visit);
    }
    for duty in &model.oversight.duties {
        visit(duty.by);
        ladder(&duty.ladder, visit);
    }
}

fn all<'a>(who: impl IntoIterator<Item = &'a Who>, visit: &mut impl FnMut(Who)) {
    who.into_iter().copied().for_each(visit);
}

fn eligibility(eligibility: &Eligibility, visit: &mut impl FnMut(Who)) {
    for criterion in &eligibility.criteria {
        if let Test::Judgement(who) = criterion.test {
            visit(who);
        }
    }
    all(
        eligibility.decided_by.iter().chain(&eligibility.advice),
        visit,
    );
    all(eligibility.objection.iter().map(|o| &o.by), visit);
    all(eligibility.hardship.iter().map(|(_, who)| who), visit);
}

fn spread(spreading: &Spreading, visit: &mut impl FnMut(Who)) {
    let departs = spreading.departure.iter().filter_map(|d| d.by.as_ref());
    all(
        spreading
            .decided_by
            .iter()
            .chain(&spreading.home_found_by)
            .chain(departs),
        visit,
    );
}

fn handover(handover: &Handover, visit: &mut impl FnMut(Who)) {
    for exit in &handover.always {
        exit_of(exit, visit);
    }
    for d in &handover.deadlines {
        deadline(d, visit);
    }
    all(handover.reschedule.iter().flat_map(|r| &r.by), visit);
    for step in &handover.steps {
        step_of(step, visit);
    }
}

fn step_of(step: &Step, visit: &mut impl FnMut(Who)) {
    all(&step.actors, visit);
    for task in &step.tasks {
        all(&task.actors, visit);
        if let Some(d) = &task.deadline {
            deadline(d, visit);
        }
    }
    for d in &step.deadlines {
        deadline(d, visit);
    }
    all(step.suspension.iter().flat_map(|s| &s.by), visit);
    if let Some(extension) = &step.extension {
        all(extension.by.iter().chain(&extension.notify), visit);
    }
    for evaluation in &step.evaluations {
        visit(evaluation.by);
        all(evaluation.required.iter().chain(&evaluation.invited), visit);
        ladder(&evaluation.ladder, visit);
    }
    all(step.reschedule.iter().flat_map(|r| &r.by), visit);
    all(
        step.contract.iter().filter_map(|c| c.holder.as_ref()),
        visit,
    );
    for exit in &step.exits {
        exit_of(exit, visit);
    }
}

fn exit_of(exit: &Exit, visit: &mut impl FnMut(Who)) {
    match &exit.kind {
        ExitKind::Decision { by, advice, .. } => {
            visit(*by);
            all(advice, visit);
        }
        ExitKind::Act { by, .. } => all(by, visit),
        ExitKind::Allocate { by, .. } => visit(*by),
        ExitKind::Offer(offer) => {
            visit(offer.by);
            visit(offer.answered_by);
            ladder(&offer.ladder, visit);
        }
        ExitKind::Done(_)
        | ExitKind::Eligibility { .. }
        | ExitKind::After(..)
        | ExitKind::On(..) => {}
    }
}

fn deadline(deadline: &Deadline, visit: &mut impl FnMut(Who)) {
    ladder(&deadline.ladder, visit);
    all(deadline.reschedule.iter().flat_map(|r| &r.by), visit);
}

fn ladder(ladder: &Ladder, visit: &mut impl FnMut(Who)) {
    for reminder in &ladder.reminders {
        all(&reminder.to, visit);
    }
    for rung in &ladder.escalation {
        all(&rung.to, visit);
    }
}
