//! What must hold of the agreement as a whole: steps that are reached and left, roles that are filled, shares that add up.
//!
//! Input: the model (complete, or built around text that was not understood) and the `Damage`. Output: diagnostics C05xx
//! (errors) and C06xx (warnings), each with the clause at fault and the clauses it clashes with. Invariants: total (any
//! model, also one made by hand); one mistake gives one message; nothing is reported that may follow from damaged text;
//! linear in the size of the file, but for paths between steps, which are walked once per deadline that asks for one.

mod deadlines;
mod eligibility;
mod facts;
mod flow;
mod handover;
mod homes;
mod membership;
mod notices;
mod parties;
mod receivers;
mod sources;
mod spreading;
mod term;
mod who;

use super::Damage;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Convenant, Duration, Span, Unit, Who};
use flow::Flow;

/// What is said because something stands nowhere: not while part of the file is not understood.
const ABSENCES: [Code; 21] = [
    Code::FACT_NOT_SUPPLIED,
    Code::FACT_UNUSED,
    Code::EVIDENCE_UNUSED,
    Code::HOME_FACT_UNUSED,
    Code::HOME_WITHOUT_PARTY,
    Code::ROLE_WITHOUT_PARTY,
    Code::ROLE_OF_CASE_NEVER_ASSIGNED,
    Code::ROLE_UNUSED,
    Code::BODY_WITHOUT_MEMBERS,
    Code::BODY_UNUSED,
    Code::CRITERIA_NEVER_DECIDED,
    Code::DECISION_WITHOUT_CRITERIA,
    Code::SCHEME_NEVER_REFUSES,
    Code::SPREAD_OVER_NOBODY,
    Code::SPREADING_UNUSED,
    Code::ALLOCATE_WITHOUT_SPREADING,
    Code::NOTICE_NEVER,
    Code::END_NEVER_REACHED,
    Code::NO_SOURCE,
    Code::NO_LAST_RESORT,
    Code::MAYBE_NO_RECEIVER,
];

/// Checks the agreement; `damage` says which clauses and names were not understood.
pub fn check(model: &Convenant, damage: &Damage, diagnostics: &mut Vec<Diagnostic>) {
    let flows: Vec<Flow> = model
        .schemes
        .iter()
        .enumerate()
        .map(|(index, scheme)| Flow::of(model, damage, index, &scheme.handover))
        .collect();
    let mut check = Check {
        model,
        damage,
        flows,
        found: diagnostics,
    };
    check.term();
    check.parties();
    check.facts();
    check.homes();
    check.eligibility();
    check.spreading();
    check.handover();
    check.notices();
    check.oversight();
    check.receivers();
    check.sources();
}

/// The model under check and what was found so far.
struct Check<'a> {
    model: &'a Convenant,
    damage: &'a Damage,
    /// Per scheme.
    flows: Vec<Flow>,
    found: &'a mut Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    /// Notes a finding at a clause; the words in it are filled in from `args`.
    fn report(&mut self, code: Code, span: Span, args: &[(&'static str, &str)]) {
        self.report_with(code, span, args, &[]);
    }

    /// Notes a finding together with the clauses that it clashes with, each with the id of the text beside it; unless
    /// it may only seem so: one of them, or a name in the message, stands in damaged text, or something is absent that
    /// damaged text may hold.
    fn report_with(
        &mut self,
        code: Code,
        span: Span,
        args: &[(&'static str, &str)],
        related: &[(Span, &'static str)],
    ) {
        let damaged = (ABSENCES.contains(&code) && !self.damage.is_empty())
            || self.damage.touches(span)
            || related.iter().any(|(span, _)| self.damage.touches(*span))
            || args.iter().any(|(_, value)| self.damage.mentions(value));
        if damaged {
            return;
        }
        let mut diagnostic = Diagnostic::new(code, span);
        for (name, value) in args {
            diagnostic = diagnostic.with(name, *value);
        }
        for (span, label) in related {
            diagnostic = diagnostic.and(*span, label);
        }
        self.found.push(diagnostic);
    }

    /// The name of a role or body.
    fn who(&self, who: Who) -> &'a str {
        match who {
            Who::Role(id) => self.model.roles.get(id.index()).map(|r| r.name.as_str()),
            Who::Body(id) => self.model.bodies.get(id.index()).map(|b| b.name.as_str()),
        }
        .unwrap_or_default()
    }
}

/// Whether `a` is at least as long as `b` whatever the calendar: exact within one unit, otherwise by the shortest `a`
/// and the longest `b` that there can be.
fn surely_reaches(a: Duration, b: Duration) -> bool {
    if a.unit == b.unit {
        return a.amount >= b.amount;
    }
    hours(a).0 >= hours(b).1
}

/// The fewest and the most hours that a duration can take.
fn hours(duration: Duration) -> (u64, u64) {
    let n = u64::from(duration.amount);
    let days = |low: u64, high: u64| (low.saturating_mul(24), high.saturating_mul(24));
    match duration.unit {
        Unit::Hours => (n, n),
        Unit::Days => days(n, n),
        // Five working days span a weekend; holidays may double that over a short stretch.
        Unit::WorkingDays => days(n + 2 * (n / 6), 2 * n + 4),
        Unit::Weeks => days(7 * n, 7 * n),
        Unit::Months => days(28 * n, 31 * n),
        Unit::Years => days(365 * n, 366 * n),
    }
}
