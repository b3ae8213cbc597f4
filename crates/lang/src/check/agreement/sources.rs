//! Every clause has a source: an article, a quotation, or the word that it is an assumption.
//!
//! Input: the model, in which a clause has the source of its block where it has none of its own. Output: one warning per
//! clause without; for a block without, one, not one for each clause in it.

use super::Check;
use crate::diagnostic::Code;
use crate::model::{Deadline, Eligibility, Exit, ExitKind, Handover, Meta, Spreading, Step};

impl Check<'_> {
    pub(super) fn sources(&mut self) {
        let model = self.model;
        self.each(model.term.evaluations.iter().map(|e| &e.meta));
        self.each(model.term.extension.iter().map(|e| &e.meta));
        self.each(model.term.notice.iter().map(|(meta, _)| meta));
        for party in &model.parties {
            if self.sourced(&party.meta) {
                self.each(party.attributes.iter().map(|a| &a.meta));
            }
        }
        self.each(model.roles.iter().map(|r| &r.meta));
        self.each(model.bodies.iter().map(|b| &b.meta));
        self.each(model.consents.iter().map(|c| &c.meta));
        self.each(model.facts.iter().map(|f| &f.meta));
        self.each(model.evidence.iter().map(|e| &e.meta));
        if let Some(homes) = &model.homes {
            self.each(homes.facts.iter().map(|f| &f.meta));
            self.each(homes.rules.iter().map(|r| &r.meta));
        }
        for scheme in &model.schemes {
            self.source_of_eligibility(&scheme.eligibility);
            if let Some(spreading) = &scheme.spreading {
                self.source_of_spreading(spreading);
            }
            self.source_of_handover(&scheme.handover);
        }
        self.each(model.notices.iter().map(|n| &n.meta));
        self.each(model.digests.iter().map(|d| &d.meta));
        self.each(model.last_resort.iter().map(|l| &l.meta));
        self.each(model.oversight.reports.iter().map(|r| &r.meta));
        self.each(model.oversight.duties.iter().map(|d| &d.meta));
        self.each(model.oversight.norms.iter().map(|n| &n.meta));
        if let Some(transition) = &model.transition {
            self.sourced(&transition.meta);
        }
    }

    /// Whether the clause has a source; a warning when not.
    fn sourced(&mut self, meta: &Meta) -> bool {
        let known = meta.assumption || meta.article.is_some() || !meta.quotes.is_empty();
        if !known {
            self.report(Code::NO_SOURCE, meta.span, &[]);
        }
        known
    }

    fn each<'m>(&mut self, clauses: impl IntoIterator<Item = &'m Meta>) {
        for meta in clauses {
            self.sourced(meta);
        }
    }

    fn source_of_eligibility(&mut self, eligibility: &Eligibility) {
        self.each(eligibility.criteria.iter().map(|c| &c.meta));
        self.each(eligibility.objection.iter().map(|o| &o.meta));
        self.each(eligibility.hardship.iter().map(|(meta, _)| meta));
    }

    fn source_of_spreading(&mut self, spreading: &Spreading) {
        let sources = &spreading.sources;
        let plain = [
            &sources.over,
            &sources.key,
            &sources.rounding,
            &sources.preference,
            &sources.joining,
            &sources.leaving,
            &sources.shortfall,
            &sources.surplus,
            &sources.release,
        ];
        // A clause that is not written has the place of the section.
        self.each(
            plain
                .into_iter()
                .filter(|meta| meta.span != spreading.meta.span),
        );
        self.each(&sources.fixed_shares);
        self.each(spreading.target.iter().map(|t| &t.meta));
        self.each(spreading.contra_indications.iter().map(|(meta, _)| meta));
        self.each(spreading.capacity.iter().map(|(meta, _)| meta));
        self.each(spreading.caps.iter().map(|c| &c.meta));
        self.each(spreading.departure.iter().map(|d| &d.meta));
    }

    fn source_of_handover(&mut self, handover: &Handover) {
        self.each(handover.always.iter().map(|e| &e.meta));
        self.each(handover.ends.iter().map(|e| &e.meta));
        self.each(handover.reschedule.iter().map(|r| &r.meta));
        for deadline in &handover.deadlines {
            self.source_of_deadline(deadline);
        }
        for step in &handover.steps {
            if self.sourced(&step.meta) {
                self.source_of_step(step);
            }
        }
    }

    fn source_of_step(&mut self, step: &Step) {
        for deadline in &step.deadlines {
            self.source_of_deadline(deadline);
        }
        for task in &step.tasks {
            if self.sourced(&task.meta)
                && let Some(deadline) = &task.deadline
            {
                self.source_of_deadline(deadline);
            }
        }
        self.each(step.suspension.iter().map(|s| &s.meta));
        self.each(step.extension.iter().map(|e| &e.meta));
        self.each(step.reschedule.iter().map(|r| &r.meta));
        self.each(step.evaluations.iter().map(|e| &e.meta));
        self.each(step.contract.iter().map(|c| &c.meta));
        for exit in &step.exits {
            self.source_of_exit(exit);
        }
    }

    fn source_of_exit(&mut self, exit: &Exit) {
        if !self.sourced(&exit.meta) {
            return;
        }
        if let ExitKind::Decision { outcomes, .. } = &exit.kind {
            self.each(outcomes.iter().map(|o| &o.meta));
        }
    }

    fn source_of_deadline(&mut self, deadline: &Deadline) {
        if self.sourced(&deadline.meta) {
            self.each(deadline.ladder.reminders.iter().map(|r| &r.meta));
            self.each(deadline.ladder.escalation.iter().map(|r| &r.meta));
            self.each(deadline.reschedule.iter().map(|r| &r.meta));
        }
    }
}
