//! `overdracht`: every step can be entered and left, every decision has somebody who takes it and says where it leads.

use super::Check;
use super::flow::targets;
use super::membership::term_days;
use crate::diagnostic::Code;
use crate::model::{Exit, ExitKind, Filling, Handover, PartyKind, Span, Step, Target, Who};
use crate::value::date_to_text;

impl Check<'_> {
    pub(super) fn handover(&mut self) {
        for (index, scheme) in self.model.schemes.iter().enumerate() {
            let handover = &scheme.handover;
            self.paths(index, handover);
            for exit in &handover.always {
                self.exit(exit);
            }
            for (number, step) in handover.steps.iter().enumerate() {
                self.step(index, handover, number, step);
            }
            self.roles_of_case(index, handover);
            self.deadlines(index, handover);
        }
    }

    /// Steps that are never entered or never left, ends that are never reached.
    fn paths(&mut self, scheme: usize, handover: &Handover) {
        let mut trapped: Vec<usize> = Vec::new();
        for (number, step) in handover.steps.iter().enumerate() {
            let Some(flow) = self.flows.get(scheme) else {
                return;
            };
            // Of the steps in one circle, the first is reported.
            let known = trapped
                .iter()
                .any(|t| flow.leads(*t, number) || flow.leads(number, *t));
            let (reached, finishes) = (flow.reached(number), flow.finishes(number));
            let leaves = step
                .exits
                .iter()
                .flat_map(|e| targets(&e.kind))
                .any(|t| match t {
                    Target::Step(to) => to.index() != number,
                    Target::End(_) => true,
                    Target::Stay => false,
                });
            let name = [("step", step.name.as_str())];
            if !reached {
                self.report(Code::STEP_NEVER_REACHED, step.meta.span, &name);
            } else if !leaves {
                self.report(Code::STEP_CANNOT_BE_LEFT, step.meta.span, &name);
            } else if !finishes && !known {
                trapped.push(number);
                self.report(Code::STEP_WITHOUT_END, step.meta.span, &name);
            }
        }
        for (number, end) in handover.ends.iter().enumerate() {
            if self.flows.get(scheme).is_some_and(|f| !f.ended(number)) {
                self.report(
                    Code::END_NEVER_REACHED,
                    end.meta.span,
                    &[("end", &end.name)],
                );
            }
        }
    }

    fn step(&mut self, scheme: usize, handover: &Handover, number: usize, step: &Step) {
        let name = [("step", step.name.as_str())];
        for exit in &step.exits {
            self.exit(exit);
        }
        let done = step
            .exits
            .iter()
            .filter(|e| matches!(e.kind, ExitKind::Done(_)))
            .map(|e| e.meta.span);
        let done: Vec<Span> = done.collect();
        if let [first, second, ..] = done.as_slice() {
            self.report_with(Code::DONE_TWICE, *second, &name, &[(*first, "rel-first")]);
        }

        let clock = !step.deadlines.is_empty();
        if let Some(suspension) = &step.suspension {
            let span = suspension.meta.span;
            self.zero(suspension.at_most, span);
            if !clock {
                self.report(Code::NO_DEADLINE_TO_MOVE, span, &name);
            }
            if let Some(during) = suspension.during {
                self.suspension(scheme, handover, number, during.index(), span);
            }
        }
        if let Some(extension) = &step.extension {
            let span = extension.meta.span;
            if !clock {
                self.report(Code::NO_DEADLINE_TO_MOVE, span, &name);
            }
            if extension.at_most == 0 {
                self.report(Code::NOTHING_EXTENDED, span, &[]);
            }
            self.zero(extension.length, span);
        }
        for evaluation in &step.evaluations {
            self.zero(evaluation.every, evaluation.meta.span);
            self.ladder(
                &evaluation.ladder,
                Some(evaluation.every),
                evaluation.meta.span,
            );
        }
        if let Some(reschedule) = &step.reschedule
            && !clock
            && step.evaluations.is_empty()
            && step.tasks.iter().all(|t| t.deadline.is_none())
        {
            self.report(Code::NO_DEADLINE_TO_MOVE, reschedule.meta.span, &name);
        }
        if let Some(contract) = &step.contract
            && contract.at_least.is_some()
            && contract.flips.is_none()
            && !self.damage.touches(step.meta.span)
        {
            self.report(
                Code::FLIP_MISSING,
                contract.meta.span,
                &[("contract", &contract.form)],
            );
        }
    }

    /// A suspension stands for the time that a case spends in another step, which it can get to from here.
    fn suspension(
        &mut self,
        scheme: usize,
        handover: &Handover,
        number: usize,
        during: usize,
        span: Span,
    ) {
        let (Some(step), Some(other)) = (handover.steps.get(number), handover.steps.get(during))
        else {
            return;
        };
        let names: [(&'static str, &str); 2] = [("step", &step.name), ("other", &other.name)];
        if number == during {
            self.report(Code::SUSPENSION_OF_ITSELF, span, &names);
        } else if self
            .flows
            .get(scheme)
            .is_some_and(|f| f.reached(number) && f.reached(during) && !f.leads(number, during))
        {
            self.report_with(
                Code::SUSPENSION_NOT_REACHABLE,
                span,
                &names,
                &[(other.meta.span, "rel-step")],
            );
        }
    }

    fn exit(&mut self, exit: &Exit) {
        let span = exit.meta.span;
        match &exit.kind {
            ExitKind::Decision { by, .. } => self.must_decide(*by, span),
            ExitKind::Offer(offer) => {
                if let Some(answer) = offer.answer {
                    self.zero(answer, span);
                    self.ladder(&offer.ladder, Some(answer), span);
                }
            }
            ExitKind::After(after, _) => self.zero(*after, span),
            ExitKind::On(day, _) => {
                let days = term_days(&self.model.term);
                // A case may outlive the term, so only a day before it can never come.
                if days.from.is_some_and(|from| *day < from) {
                    self.report_with(
                        Code::DATE_BEFORE_TERM,
                        span,
                        &[("date", &date_to_text(*day))],
                        &[(self.model.term.meta.span, "rel-term")],
                    );
                }
            }
            ExitKind::Done(_)
            | ExitKind::Eligibility { .. }
            | ExitKind::Act { .. }
            | ExitKind::Allocate { .. } => {}
        }
    }

    /// A body that only advises takes no decision.
    pub(super) fn must_decide(&mut self, who: Who, span: Span) {
        let Who::Body(id) = who else { return };
        if let Some(body) = self.model.bodies.get(id.index())
            && body.advises
        {
            self.report_with(
                Code::BODY_ONLY_ADVISES,
                span,
                &[("body", self.who(who))],
                &[(body.meta.span, "rel-advises")],
            );
        }
    }

    /// A step whose only actor is a party `van de zaak` comes after the moment at which that party is fixed.
    fn roles_of_case(&mut self, scheme: usize, handover: &Handover) {
        // An allocation may stand in text that was not understood.
        if self.damage.touches(handover.meta.span) {
            return;
        }
        let known: Vec<Vec<bool>> = PartyKind::ALL
            .iter()
            .map(|kind| self.known_in(scheme, handover, *kind))
            .collect();
        for (number, step) in handover.steps.iter().enumerate() {
            let of_case: Vec<(usize, Who, PartyKind)> = step
                .actors
                .iter()
                .filter_map(|who| Some((*who, self.kind_of_case(*who)?)))
                .map(|(who, kind)| (kind as usize, who, kind))
                .collect();
            if of_case.is_empty() || of_case.len() < step.actors.len() {
                continue;
            }
            let reached = self.flows.get(scheme).is_some_and(|f| f.reached(number));
            let fixed = |kind: usize| {
                known
                    .get(kind)
                    .and_then(|k| k.get(number))
                    .copied()
                    .unwrap_or(true)
            };
            let Some((_, who, kind)) = of_case.iter().find(|(kind, ..)| !fixed(*kind)) else {
                continue;
            };
            // Where nothing fixes the kind at all, the role itself has been reported.
            let ever = known
                .get(*kind as usize)
                .is_some_and(|k| k.iter().any(|known| *known));
            if reached && ever {
                let role = self.who(*who).to_owned();
                self.report(
                    Code::ROLE_OF_CASE_TOO_EARLY,
                    step.meta.span,
                    &[
                        ("step", &step.name),
                        ("role", &role),
                        ("kind", kind.keyword()),
                    ],
                );
            }
        }
    }

    fn kind_of_case(&self, who: Who) -> Option<PartyKind> {
        let Who::Role(id) = who else { return None };
        match self.model.roles.get(id.index())?.filled_by {
            Filling::OfCase(kind) => Some(kind),
            _ => None,
        }
    }

    /// The steps in which the party of this kind can be known: on some path it has been fixed before.
    pub(super) fn known_in(
        &self,
        scheme: usize,
        handover: &Handover,
        kind: PartyKind,
    ) -> Vec<bool> {
        let opens = handover.steps.get(handover.start.index()).is_some_and(|s| {
            s.actors
                .iter()
                .any(|who| super::parties::opens_as(self.model, *who, kind))
        });
        if opens {
            return vec![true; handover.steps.len()];
        }
        let Some(flow) = self.flows.get(scheme) else {
            return Vec::new();
        };
        let mut known = vec![false; handover.steps.len()];
        let allocations = handover.steps.iter().flat_map(|s| &s.exits);
        for exit in allocations {
            if let ExitKind::Allocate {
                kind: k,
                to: Target::Step(to),
                ..
            } = exit.kind
                && k == kind
            {
                for (number, slot) in known.iter_mut().enumerate() {
                    *slot |= number == to.index() || flow.leads(to.index(), number);
                }
            }
        }
        known
    }
}
