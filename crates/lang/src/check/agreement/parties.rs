//! `partijen`: membership within the term, succession without gap or circle, roles and bodies that somebody fills.

use super::Check;
use super::membership::{ever_member, members_of, party_days, term_days};
use crate::diagnostic::Code;
use crate::model::{
    Body, ConsentBy, Convenant, ExitKind, Filling, Member, Party, PartyId, PartyKind, Role, RoleId,
    Span, Standing, Succession, Who,
};
use crate::value::date_to_text;

impl Check<'_> {
    pub(super) fn parties(&mut self) {
        for (index, party) in self.model.parties.iter().enumerate() {
            self.membership(party);
            if let Some(succession) = &party.succession {
                self.succession(index, party, succession);
            }
        }
        let used = UsedWho::of(self.model);
        for (index, role) in self.model.roles.iter().enumerate() {
            self.role(role);
            if !used.roles.get(index).copied().unwrap_or(true) {
                self.report(Code::ROLE_UNUSED, role.meta.span, &[("role", &role.name)]);
            }
        }
        for (index, body) in self.model.bodies.iter().enumerate() {
            self.body(body, used.bodies.get(index).copied().unwrap_or(true));
        }
    }

    /// The dates of a party lie within the term, in the right order.
    fn membership(&mut self, party: &Party) {
        if party.standing != Standing::Signatory {
            return;
        }
        let span = party.meta.span;
        if let (Some(from), Some(until)) = (party.from, party.until)
            && until <= from
        {
            self.report(
                Code::MEMBER_ENDS_FIRST,
                span,
                &[
                    ("party", &party.name),
                    ("from", &date_to_text(from)),
                    ("until", &date_to_text(until)),
                ],
            );
            return;
        }
        let term = term_days(&self.model.term);
        if matches!((term.from, term.until), (Some(a), Some(b)) if b <= a) {
            return;
        }
        // The first day after something may be the first day after the term; the first day of something may not.
        let first = |day| !term.contains(day);
        let last = |day| {
            term.from.is_some_and(|from| day <= from) || term.until.is_some_and(|until| day > until)
        };
        let outside = party
            .from
            .filter(|day| first(*day))
            .or(party.until.filter(|day| last(*day)))
            .or(party.central.and_then(|c| c.until).filter(|day| last(*day)));
        if let Some(day) = outside {
            self.report_with(
                Code::MEMBER_OUTSIDE_TERM,
                span,
                &[("party", &party.name), ("date", &date_to_text(day))],
                &[(self.model.term.meta.span, "rel-term")],
            );
        }
    }

    /// The successor is another party of the same kind, a member from the day on which the predecessor ends.
    fn succession(&mut self, index: usize, party: &Party, succession: &Succession) {
        let Some(successor) = self.model.parties.get(succession.by.index()) else {
            return;
        };
        let span = party.meta.span;
        let names: [(&'static str, &str); 2] =
            [("party", &party.name), ("successor", &successor.name)];
        let beside = [(successor.meta.span, "rel-successor")];
        if let Some(first) = self.circle(index) {
            if first < index {
                return;
            }
            self.report_with(Code::SUCCESSION_CYCLE, span, &names, &beside);
        } else if successor.kind != party.kind {
            let kinds = [
                names[0],
                names[1],
                ("kind", party.kind.keyword()),
                ("other", successor.kind.keyword()),
            ];
            self.report_with(Code::SUCCESSOR_OTHER_KIND, span, &kinds, &beside);
        } else if successor.standing != Standing::Signatory {
            self.report_with(Code::SUCCESSOR_NO_MEMBER, span, &names, &beside);
        } else if !party_days(successor).contains(succession.from) {
            let day = date_to_text(succession.from);
            let dated = [names[0], names[1], ("date", day.as_str())];
            self.report_with(Code::SUCCESSOR_GAP, span, &dated, &beside);
        }
    }

    /// The first party of the circle of successors in which this one stands.
    fn circle(&self, index: usize) -> Option<usize> {
        let mut first = index;
        let mut current = index;
        for _ in 0..self.model.parties.len() {
            let next = self.model.parties.get(current)?.succession.as_ref()?;
            current = next.by.index();
            first = first.min(current);
            if current == index {
                return Some(first);
            }
        }
        None
    }

    /// Somebody fills the role at some time, and a role of the case can be known.
    fn role(&mut self, role: &Role) {
        let span = role.meta.span;
        match &role.filled_by {
            Filling::Parties(parties) => {
                let filled = parties
                    .iter()
                    .filter_map(|p| self.model.parties.get(p.index()))
                    .any(|p| ever_member(self.model, p));
                if !filled {
                    let beside: Vec<(Span, &'static str)> = parties
                        .iter()
                        .filter_map(|p| self.model.parties.get(p.index()))
                        .map(|p| (p.meta.span, "rel-no-member"))
                        .collect();
                    self.report_with(
                        Code::ROLE_WITHOUT_PARTY,
                        span,
                        &[("role", &role.name)],
                        &beside,
                    );
                }
            }
            Filling::EveryOf(kind) => {
                self.role_of_kind(role, *kind);
            }
            Filling::OfCase(kind) => {
                if self.role_of_kind(role, *kind) && !assigned_anywhere(self.model, *kind) {
                    self.report(
                        Code::ROLE_OF_CASE_NEVER_ASSIGNED,
                        span,
                        &[("role", &role.name), ("kind", kind.keyword())],
                    );
                }
            }
        }
    }

    /// Whether a party of the kind is ever a member; a finding when not.
    fn role_of_kind(&mut self, role: &Role, kind: PartyKind) -> bool {
        if members_of(self.model, kind).next().is_some() {
            return true;
        }
        let beside: Vec<(Span, &'static str)> = self
            .model
            .parties
            .iter()
            .filter(|p| p.kind == kind)
            .map(|p| (p.meta.span, "rel-no-member"))
            .take(3)
            .collect();
        self.report_with(
            Code::ROLE_WITHOUT_PARTY,
            role.meta.span,
            &[("role", &role.name)],
            &beside,
        );
        false
    }

    fn body(&mut self, body: &Body, used: bool) {
        let span = body.meta.span;
        let name = [("body", body.name.as_str())];
        if !body.members.iter().any(|m| seated(self.model, m)) {
            self.report(Code::BODY_WITHOUT_MEMBERS, span, &name);
        } else if !used {
            self.report(Code::BODY_UNUSED, span, &name);
        }
    }
}

/// Whether a seat is ever taken by a member of the convenant.
fn seated(model: &Convenant, member: &Member) -> bool {
    let party = |id: &PartyId| {
        model
            .parties
            .get(id.index())
            .is_some_and(|p| ever_member(model, p))
    };
    match member {
        Member::Party(id) => party(id),
        Member::EveryOf(kind) => members_of(model, *kind).next().is_some(),
        Member::Role(id) => model
            .roles
            .get(id.index())
            .is_some_and(|role| match &role.filled_by {
                Filling::Parties(parties) => parties.iter().any(party),
                Filling::EveryOf(kind) | Filling::OfCase(kind) => {
                    members_of(model, *kind).next().is_some()
                }
            }),
    }
}

/// Whether any scheme fixes the party of this kind for a case: by allocation, or because such a party opens the case.
fn assigned_anywhere(model: &Convenant, kind: PartyKind) -> bool {
    model.schemes.iter().any(|scheme| {
        let handover = &scheme.handover;
        let allocates = |exit: &crate::model::Exit| matches!(exit.kind, ExitKind::Allocate { kind: k, .. } if k == kind);
        handover
            .steps
            .iter()
            .any(|s| s.exits.iter().any(allocates))
            || handover
                .steps
                .get(handover.start.index())
                .is_some_and(|s| s.actors.iter().any(|who| opens_as(model, *who, kind)))
    })
}

/// Whether somebody who acts as `who` can belong to a party of this kind without the case having one already.
pub(super) fn opens_as(model: &Convenant, who: Who, kind: PartyKind) -> bool {
    let of_kind = |id: &PartyId| {
        model
            .parties
            .get(id.index())
            .is_some_and(|p| p.kind == kind)
    };
    let role = |id: RoleId| match model.roles.get(id.index()).map(|r| &r.filled_by) {
        Some(Filling::Parties(parties)) => parties.iter().any(of_kind),
        Some(Filling::EveryOf(k)) => *k == kind,
        Some(Filling::OfCase(_)) | None => false,
    };
    match who {
        Who::Role(id) => role(id),
        Who::Body(id) => model.bodies.get(id.index()).is_some_and(|body| {
            body.members.iter().any(|member| match member {
                Member::Party(id) => of_kind(id),
                Member::EveryOf(k) => *k == kind,
                Member::Role(id) => role(*id),
            })
        }),
    }
}

/// Roles and bodies that some clause names.
struct UsedWho {
    roles: Vec<bool>,
    bodies: Vec<bool>,
}

impl UsedWho {
    fn of(model: &Convenant) -> UsedWho {
        let mut used = UsedWho {
            roles: vec![false; model.roles.len()],
            bodies: vec![false; model.bodies.len()],
        };
        super::who::each(model, &mut |who| used.note(who));
        for body in &model.bodies {
            for member in &body.members {
                if let Member::Role(id) = member {
                    used.note(Who::Role(*id));
                }
            }
        }
        for consent in &model.consents {
            if let ConsentBy::Body(id) = consent.by {
                used.note(Who::Body(id));
            }
        }
        if let Some(by) = model.term.extension.as_ref().and_then(|e| e.by) {
            used.note(Who::Body(by));
        }
        used
    }

    fn note(&mut self, who: Who) {
        let slot = match who {
            Who::Role(id) => self.roles.get_mut(id.index()),
            Who::Body(id) => self.bodies.get_mut(id.index()),
        };
        if let Some(slot) = slot {
            *slot = true;
        }
    }
}
