//! Somebody to tell: on every day of the term there is a party behind whoever is reminded, told or sent a digest.
//!
//! Input: the model. Output: a warning where there may be nobody and the file names no last resort (`vangnet`), and one where the last resort
//! itself may be nobody. Invariant: parties that may leave of their own accord (by notice) are counted as staying.

use jiff::civil::Date;

use super::Check;
use super::membership::{Days, ever_member, party_days, term_days};
use crate::diagnostic::Code;
use crate::model::{
    Body, Convenant, ExitId, ExitKind, Filling, Ladder, Member, Party, PartyId, PartyKind,
    SchemeId, Span, Standing, StepId, Trigger, Who,
};

/// Where in a case somebody is told, as far as that says whether the party of the case is fixed by then.
#[derive(Clone, Copy)]
enum When {
    /// In this step of this scheme.
    In(usize, StepId),
    /// When the case is opened.
    Opening,
    /// At some time in a case.
    Sometime,
    /// Outside any case: there is no party of the case.
    NoCase,
}

impl Check<'_> {
    pub(super) fn receivers(&mut self) {
        let model = self.model;
        if let Some(last) = &model.last_resort {
            if !self.always_somebody(last.who, When::NoCase) {
                self.nobody(last.who, last.meta.span);
            }
            return;
        }
        let first = model
            .notices
            .iter()
            .map(|n| n.meta.span)
            .chain(model.digests.iter().map(|d| d.meta.span))
            .min_by_key(|span| span.start);
        if let Some(span) = first {
            self.report(Code::NO_LAST_RESORT, span, &[]);
        }
        for notice in &model.notices {
            self.told(&notice.to, self.when(notice.on), notice.meta.span);
        }
        for digest in &model.digests {
            self.told(&digest.to, When::Sometime, digest.meta.span);
        }
        for (index, scheme) in model.schemes.iter().enumerate() {
            for deadline in &scheme.handover.deadlines {
                self.climbed(&deadline.ladder, When::Sometime);
            }
            for (number, step) in (0..=u16::MAX).zip(&scheme.handover.steps) {
                let here = When::In(index, StepId(number));
                let tasks = step.tasks.iter().filter_map(|t| t.deadline.as_ref());
                for deadline in step.deadlines.iter().chain(tasks) {
                    self.climbed(&deadline.ladder, here);
                }
                for evaluation in &step.evaluations {
                    self.climbed(&evaluation.ladder, here);
                }
                for exit in &step.exits {
                    if let ExitKind::Offer(offer) = &exit.kind {
                        self.climbed(&offer.ladder, here);
                    }
                }
                if let Some(extension) = &step.extension {
                    self.told(&extension.notify, here, extension.meta.span);
                }
            }
        }
        let own = model.term.evaluations.iter().map(|e| &e.ladder);
        for ladder in own.chain(model.oversight.duties.iter().map(|d| &d.ladder)) {
            self.climbed(ladder, When::NoCase);
        }
        for reminder in &model.term.notice_reminders {
            self.told(&reminder.to, When::NoCase, reminder.meta.span);
        }
    }

    fn climbed(&mut self, ladder: &Ladder, when: When) {
        for reminder in &ladder.reminders {
            self.told(&reminder.to, when, reminder.meta.span);
        }
        for rung in &ladder.escalation {
            self.told(&rung.to, when, rung.meta.span);
        }
    }

    fn told(&mut self, to: &[Who], when: When, span: Span) {
        // One who is always there is enough.
        if to.iter().any(|who| self.always_somebody(*who, when)) {
            return;
        }
        if let Some(who) = to.first() {
            self.nobody(*who, span);
        }
    }

    fn nobody(&mut self, who: Who, span: Span) {
        let name = self.who(who);
        if !name.is_empty() {
            self.report(Code::MAYBE_NO_RECEIVER, span, &[("name", name)]);
        }
    }

    fn when(&self, trigger: Trigger) -> When {
        match trigger {
            Trigger::Opened => When::Opening,
            Trigger::StepEntered(scheme, step) | Trigger::TaskDone(scheme, step, _) => {
                When::In(scheme.index(), step)
            }
            Trigger::ExitTaken(scheme, Some(step), exit) if !self.allocates(scheme, step, exit) => {
                When::In(scheme.index(), step)
            }
            _ => When::Sometime,
        }
    }

    fn allocates(&self, scheme: SchemeId, step: StepId, exit: ExitId) -> bool {
        let steps = self.model.schemes.get(scheme.index());
        steps
            .and_then(|s| s.handover.steps.get(step.index()))
            .and_then(|s| s.exits.get(exit.index()))
            .is_some_and(|e| matches!(e.kind, ExitKind::Allocate { .. }))
    }

    /// Whether there is a party behind this role or body on every day of the term.
    fn always_somebody(&self, who: Who, when: When) -> bool {
        let model = self.model;
        match who {
            Who::Role(id) => model
                .roles
                .get(id.index())
                .is_none_or(|role| match &role.filled_by {
                    Filling::Parties(parties) => covered(model, parties, None),
                    Filling::EveryOf(kind) => covered(model, &of_kind(model, *kind), None),
                    Filling::OfCase(kind) => self.known(*kind, when) && all_stay(model, *kind),
                }),
            Who::Body(id) => model
                .bodies
                .get(id.index())
                .is_none_or(|body| covered(model, &seats(model, body), None)),
        }
    }

    /// Whether the party of the case of this kind can be fixed by then.
    fn known(&self, kind: PartyKind, when: When) -> bool {
        let schemes = || (0..).zip(&self.model.schemes);
        let in_step = |scheme: usize, step: usize| {
            let Some(found) = self.model.schemes.get(scheme) else {
                return true;
            };
            let known = self.known_in(scheme, &found.handover, kind);
            known.get(step).copied().unwrap_or(false)
        };
        match when {
            When::In(scheme, step) => in_step(scheme, step.index()),
            When::Opening => schemes().all(|(n, s)| in_step(n, s.handover.start.index())),
            When::Sometime => {
                schemes().any(|(n, s)| self.known_in(n, &s.handover, kind).contains(&true))
            }
            When::NoCase => false,
        }
    }
}

fn of_kind(model: &Convenant, kind: PartyKind) -> Vec<PartyId> {
    (0..=u16::MAX)
        .zip(&model.parties)
        .filter(|(_, party)| party.kind == kind)
        .map(|(id, _)| PartyId(id))
        .collect()
}

/// The parties with a seat, without those that differ from case to case.
fn seats(model: &Convenant, body: &Body) -> Vec<PartyId> {
    let mut parties = Vec::new();
    for member in &body.members {
        match member {
            Member::Party(party) => parties.push(*party),
            Member::EveryOf(kind) => parties.extend(of_kind(model, *kind)),
            Member::Role(role) => match model.roles.get(role.index()).map(|r| &r.filled_by) {
                Some(Filling::Parties(list)) => parties.extend(list),
                Some(Filling::EveryOf(kind)) => parties.extend(of_kind(model, *kind)),
                Some(Filling::OfCase(_)) | None => {}
            },
        }
    }
    parties
}

/// Whether each party of this kind, once a case is its, stays to the end of the term or is succeeded.
fn all_stay(model: &Convenant, kind: PartyKind) -> bool {
    of_kind(model, kind).into_iter().all(|id| {
        let party = model.parties.get(id.index());
        party.is_none_or(|p| !ever_member(model, p) || covered(model, &[id], p.from))
    })
}

/// Whether on every day of the term, from a day on, one of these parties or of their successors is a member.
fn covered(model: &Convenant, parties: &[PartyId], from: Option<Date>) -> bool {
    let term = term_days(&model.term);
    let mut days: Vec<Days> = Vec::new();
    for first in parties {
        let mut next = Some(*first);
        // No chain of successors is longer than there are parties.
        for _ in 0..=model.parties.len() {
            let Some(party) = next.and_then(|id| model.parties.get(id.index())) else {
                break;
            };
            days.extend(stays(party));
            next = party.succession.as_ref().map(|s| s.by);
        }
    }
    days.sort_by_key(|days| days.from);
    let mut reached = term.from.max(from);
    for found in days {
        if found
            .from
            .is_some_and(|day| reached.is_none_or(|reached| day > reached))
        {
            return false;
        }
        match found.until {
            None => return true,
            Some(until) => reached = reached.max(Some(until)),
        }
        if term.until.is_some() && reached >= term.until {
            return true;
        }
    }
    false
}

/// The days on which a party is surely a member: never when it still needs approval.
fn stays(party: &Party) -> Option<Days> {
    let sure = party.standing == Standing::Signatory && party.subject_to_approval.is_none();
    let own = party_days(party);
    let succeeded = party.succession.as_ref().map(|s| s.from);
    let until = match (own.until, succeeded) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    sure.then_some(Days { until, ..own })
}
