//! `looptijd`, `overgang` and the header: a term with days in it, evaluations within it, an amendment that fits.

use super::Check;
use super::membership::term_days;
use crate::diagnostic::Code;
use crate::model::{Duration, EvaluationWhen, Span, TermLength};
use crate::value::{date_to_text, duration_to_text};

impl Check<'_> {
    pub(super) fn term(&mut self) {
        let term = &self.model.term;
        self.term_evaluations();
        if let TermLength::Length(length) = term.length {
            self.zero(length, term.meta.span);
        }
        if let Some(extension) = &term.extension {
            let span = extension.meta.span;
            if term.length == TermLength::Indefinite {
                self.report_with(
                    Code::TERM_EXTENSION_OF_INDEFINITE,
                    span,
                    &[],
                    &[(term.meta.span, "rel-term")],
                );
            } else if extension.at_most == 0 {
                self.report(Code::NOTHING_EXTENDED, span, &[]);
            }
            self.zero(extension.by_length, span);
        }
        self.amendment();
    }

    fn term_evaluations(&mut self) {
        let term = &self.model.term;
        let days = term_days(term);
        for evaluation in &term.evaluations {
            let span = evaluation.meta.span;
            match evaluation.when {
                EvaluationWhen::On(day) if !days.contains(day) => self.report_with(
                    Code::TERM_EVALUATION_OUTSIDE,
                    span,
                    &[("date", &date_to_text(day))],
                    &[(term.meta.span, "rel-term")],
                ),
                EvaluationWhen::On(_) => {}
                EvaluationWhen::Every(every) => self.zero(every, span),
            }
        }
    }

    /// A new version says what it amends and what happens to the cases that run.
    fn amendment(&mut self) {
        let header = &self.model.header;
        if let Some(amends) = header.amends
            && amends.version >= header.version
        {
            self.report(
                Code::AMENDS_LATER_VERSION,
                header.meta.span,
                &[
                    ("version", &header.version.to_string()),
                    ("amends", &amends.version.to_string()),
                ],
            );
        }
        match (&header.amends, &self.model.transition) {
            (Some(amends), None) => self.report(
                Code::AMENDMENT_WITHOUT_TRANSITION,
                header.meta.span,
                &[("amends", &amends.version.to_string())],
            ),
            (None, Some(transition)) => self.report_with(
                Code::TRANSITION_WITHOUT_AMENDMENT,
                transition.meta.span,
                &[],
                &[(header.meta.span, "rel-header")],
            ),
            _ => {}
        }
    }

    /// A length of time that must be more than nothing.
    pub(super) fn zero(&mut self, duration: Duration, span: Span) {
        if duration.amount == 0 {
            self.report(Code::ZERO, span, &[("found", &duration_to_text(duration))]);
        }
    }
}
