//! `doelgroep` and `regeling`: criteria are decided somewhere, and schemes do not wait for each other in a circle.

use super::Check;
use crate::diagnostic::Code;
use crate::model::{ExitKind, Relation, Scheme, Target};

impl Check<'_> {
    pub(super) fn eligibility(&mut self) {
        for (index, scheme) in self.model.schemes.iter().enumerate() {
            let decision = scheme
                .handover
                .steps
                .iter()
                .flat_map(|s| &s.exits)
                .find(|e| matches!(e.kind, ExitKind::Eligibility { .. }));
            let criteria = &scheme.eligibility.criteria;
            match (criteria.first(), decision) {
                (Some(first), None) => self.report_with(
                    Code::CRITERIA_NEVER_DECIDED,
                    first.meta.span,
                    &[("count", &criteria.len().to_string())],
                    &[(scheme.handover.meta.span, "rel-handover")],
                ),
                (None, Some(exit)) => {
                    self.report(Code::DECISION_WITHOUT_CRITERIA, exit.meta.span, &[]);
                }
                _ => {}
            }
            let eligibility = &scheme.eligibility;
            if let Some(who) = eligibility.decided_by {
                self.must_decide(who, eligibility.meta.span);
            }
            if let Some(objection) = &eligibility.objection {
                self.must_decide(objection.by, objection.meta.span);
                self.zero(objection.within, objection.meta.span);
            }
            if let Some((meta, who)) = &eligibility.hardship {
                self.must_decide(*who, meta.span);
            }
            self.relations(index, scheme);
        }
    }

    fn relations(&mut self, index: usize, scheme: &Scheme) {
        for relation in &scheme.relations {
            match relation {
                Relation::OnlyAfterRefusal { meta, under } => {
                    let Some(other) = self.model.schemes.get(under.index()) else {
                        continue;
                    };
                    let names: [(&'static str, &str); 2] =
                        [("scheme", &scheme.name), ("other", &other.name)];
                    let beside = [(other.meta.span, "rel-scheme")];
                    if self.waits_for(under.index(), index) {
                        // Of the schemes in one circle, the first is reported.
                        if under.index() < index {
                            continue;
                        }
                        self.report_with(Code::SCHEME_CYCLE, meta.span, &names, &beside);
                    } else if !refuses(other) {
                        self.report_with(Code::SCHEME_NEVER_REFUSES, meta.span, &names, &beside);
                    }
                }
                Relation::NotAfterRefusal {
                    meta,
                    under,
                    within,
                } => {
                    self.zero(*within, meta.span);
                    let Some(other) = self.model.schemes.get(under.index()) else {
                        continue;
                    };
                    if !refuses(other) {
                        self.report_with(
                            Code::SCHEME_NEVER_REFUSES,
                            meta.span,
                            &[("scheme", &scheme.name), ("other", &other.name)],
                            &[(other.meta.span, "rel-scheme")],
                        );
                    }
                }
            }
        }
    }

    /// Whether a case under `from` must first have been refused under `to`, directly or by way of others.
    fn waits_for(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.model.schemes.len()];
        let mut open = vec![from];
        while let Some(current) = open.pop() {
            if current == to {
                return true;
            }
            match seen.get_mut(current) {
                Some(slot) if !*slot => *slot = true,
                _ => continue,
            }
            let relations = self.model.schemes.get(current).map(|s| &s.relations);
            for relation in relations.into_iter().flatten() {
                if let Relation::OnlyAfterRefusal { under, .. } = relation {
                    open.push(under.index());
                }
            }
        }
        false
    }
}

/// Whether the scheme has a way to say no: a decision on eligibility, or an end that is no success.
fn refuses(scheme: &Scheme) -> bool {
    let handover = &scheme.handover;
    let fails = |target: &Target| {
        matches!(target, Target::End(end)
            if handover.ends.get(end.index()).is_some_and(|e| !e.succeeded))
    };
    handover.steps.iter().flat_map(|s| &s.exits).any(|exit| {
        matches!(exit.kind, ExitKind::Eligibility { .. })
            || super::flow::targets(&exit.kind).iter().any(fails)
    })
}
