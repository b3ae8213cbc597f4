//! `meldingen` and `toezicht`: notices that can be set off and may be sent, schedules that come, norms that can be tested.

use super::Check;
use crate::diagnostic::Code;
use crate::model::{
    Channel, ExitId, ExitKind, Ladder, Notice, PrivacyClass, Report, Scheme, SchemeId, StepId,
    Trigger,
};

impl Check<'_> {
    pub(super) fn notices(&mut self) {
        for notice in &self.model.notices {
            self.fields(notice);
            if !self.can_happen(notice.on) {
                self.report(
                    Code::NOTICE_NEVER,
                    notice.meta.span,
                    &[("notice", &notice.name)],
                );
            }
        }
    }

    /// No personal data in a mail: only facts that the file declares fit for it.
    fn fields(&mut self, notice: &Notice) {
        if !notice.channels.contains(&Channel::Mail) {
            return;
        }
        for fact in &notice.fields {
            let Some(fact) = self.model.facts.get(fact.index()) else {
                continue;
            };
            if !fact.fit_for_mail {
                self.report_with(
                    Code::FIELD_NOT_FOR_MAIL,
                    notice.meta.span,
                    &[("notice", &notice.name), ("fact", &fact.name)],
                    &[(fact.meta.span, "rel-fact")],
                );
            }
        }
    }

    fn can_happen(&self, trigger: Trigger) -> bool {
        let schemes = &self.model.schemes;
        match trigger {
            Trigger::Opened | Trigger::Corrected => true,
            Trigger::StepEntered(scheme, step) | Trigger::TaskDone(scheme, step, _) => {
                self.enters(scheme, step)
            }
            Trigger::ExitTaken(scheme, Some(step), exit) => {
                self.enters(scheme, step) && has_exit(schemes, scheme, step, exit)
            }
            Trigger::ExitTaken(_, None, _) | Trigger::Ended(_, None) | Trigger::Ended(None, _) => {
                true
            }
            Trigger::Ended(Some(scheme), Some(end)) => self
                .flows
                .get(scheme.index())
                .is_none_or(|flow| flow.ended(end.index())),
            Trigger::Reminder => ladders(schemes).any(|l| !l.reminders.is_empty()),
            Trigger::Overdue => ladders(schemes).next().is_some(),
            Trigger::Departed => schemes.iter().any(departs),
            Trigger::Suspended => steps(schemes).any(|s| s.suspension.is_some()),
            Trigger::Extended => steps(schemes).any(|s| s.extension.is_some()),
        }
    }

    fn enters(&self, scheme: SchemeId, step: StepId) -> bool {
        self.flows
            .get(scheme.index())
            .is_none_or(|flow| flow.reached(step.index()))
    }

    pub(super) fn oversight(&mut self) {
        for report in &self.model.oversight.reports {
            self.report_class(report);
        }
        for duty in &self.model.oversight.duties {
            self.zero(duty.every, duty.meta.span);
            self.ladder(&duty.ladder, Some(duty.every), duty.meta.span);
        }
        for norm in &self.model.oversight.norms {
            let span = norm.meta.span;
            let (scheme, step) = norm.of;
            let step = self
                .model
                .schemes
                .get(scheme.index())
                .and_then(|s| s.handover.steps.get(step.index()));
            if let Some(step) = step
                && step.deadlines.is_empty()
            {
                self.report_with(
                    Code::NORM_WITHOUT_DEADLINE,
                    span,
                    &[("norm", &norm.name), ("step", &step.name)],
                    &[(step.meta.span, "rel-step")],
                );
            }
        }
    }

    /// A report is at least as confidential as what stands in it.
    fn report_class(&mut self, report: &Report) {
        let name = ("report", report.name.as_str());
        let highest = report
            .fields
            .iter()
            .filter_map(|f| self.model.facts.get(f.index()))
            .max_by_key(|f| f.class);
        if let Some(fact) = highest
            && fact.class > report.class
        {
            self.report_with(
                Code::REPORT_CLASS_TOO_LOW,
                report.meta.span,
                &[
                    name,
                    ("fact", &fact.name),
                    ("class", class_keyword(fact.class)),
                ],
                &[(fact.meta.span, "rel-fact")],
            );
        }
    }
}

fn class_keyword(class: PrivacyClass) -> &'static str {
    match class {
        PrivacyClass::Ordinary => "gewoon",
        PrivacyClass::Personal => "persoonsgegeven",
        PrivacyClass::Special => "bijzonder",
    }
}

fn steps(schemes: &[Scheme]) -> impl Iterator<Item = &crate::model::Step> {
    schemes.iter().flat_map(|s| &s.handover.steps)
}

/// What goes before and after each deadline of a case: of the case, of steps and tasks, of evaluations and of answers to offers.
fn ladders(schemes: &[Scheme]) -> impl Iterator<Item = &Ladder> {
    let own = steps(schemes).flat_map(|s| {
        let tasks = s.tasks.iter().filter_map(|t| t.deadline.as_ref());
        let offers = s.exits.iter().filter_map(|e| match &e.kind {
            ExitKind::Offer(offer) if offer.answer.is_some() => Some(&offer.ladder),
            _ => None,
        });
        s.deadlines
            .iter()
            .chain(tasks)
            .map(|d| &d.ladder)
            .chain(s.evaluations.iter().map(|e| &e.ladder))
            .chain(offers)
    });
    schemes
        .iter()
        .flat_map(|s| &s.handover.deadlines)
        .map(|d| &d.ladder)
        .chain(own)
}

/// Whether a case under the scheme can depart from a rule with a motivation.
fn departs(scheme: &Scheme) -> bool {
    scheme.eligibility.hardship.is_some()
        || scheme
            .spreading
            .as_ref()
            .is_some_and(|s| s.departure.is_some() || s.caps.iter().any(|c| c.departure))
}

fn has_exit(schemes: &[Scheme], scheme: SchemeId, step: StepId, exit: ExitId) -> bool {
    schemes
        .get(scheme.index())
        .and_then(|s| s.handover.steps.get(step.index()))
        .is_some_and(|s| exit.index() < s.exits.len())
}
