//! Who may do what: which parties are members on a day, fill a role in a case, or sit in a body.
//!
//! Input: the model, a case and a day. Output: parties. Invariant: a party that has been succeeded fills nothing from the day of
//! succession on; its successor does, in running cases too, without any event (Wet arhi, art. 44).

use convenant_lang::model::{
    Body, BodyRule, Convenant, Filling, Member, PartyId, PartyKind, RoleId, Who,
};
use jiff::civil::Date;

use crate::{Case, Life, Notification};

/// Whether this party is a member on this day.
pub fn is_member(model: &Convenant, party: PartyId, on: Date) -> bool {
    model
        .parties
        .get(party.index())
        .is_some_and(|found| found.member_on(on))
}

/// The parties of a kind that are members on this day.
fn members_of_kind(
    model: &Convenant,
    kind: PartyKind,
    on: Date,
) -> impl Iterator<Item = PartyId> + '_ {
    ids(model)
        .filter(move |(_, party)| party.kind == kind)
        .map(|(id, _)| id)
        .filter(move |id| is_member(model, *id, on))
}

fn ids(model: &Convenant) -> impl Iterator<Item = (PartyId, &convenant_lang::model::Party)> + '_ {
    model
        .parties
        .iter()
        .enumerate()
        .filter_map(|(i, party)| u16::try_from(i).ok().map(|i| (PartyId(i), party)))
}

/// The party of the case of this kind on this day.
pub fn party_of_case(model: &Convenant, case: &Case, kind: PartyKind, on: Date) -> Option<PartyId> {
    let party = case.parties.get(kind as usize).copied().flatten()?;
    Some(model.successor_on(party, on))
}

/// Whether the case belongs to another party of the same kind on this day.
pub fn is_elsewhere(model: &Convenant, case: &Case, party: PartyId, on: Date) -> bool {
    let kind = model.parties.get(party.index()).map(|found| found.kind);
    kind.and_then(|kind| party_of_case(model, case, kind, on))
        .is_some_and(|of_case| of_case != party)
}

/// Whether this party fills this role in this case on this day.
pub fn fills(model: &Convenant, case: &Case, role: RoleId, party: PartyId, on: Date) -> bool {
    let Some(role) = model.roles.get(role.index()) else {
        return false;
    };
    is_member(model, party, on)
        && match &role.filled_by {
            Filling::Parties(list) => list.iter().any(|p| model.successor_on(*p, on) == party),
            Filling::EveryOf(kind) => model
                .parties
                .get(party.index())
                .is_some_and(|p| p.kind == *kind),
            Filling::OfCase(kind) => party_of_case(model, case, *kind, on) == Some(party),
        }
}

/// The parties that are in a role in this case on this day. A role that every party of a kind fills is, in a case that belongs to one of
/// them, that one's.
pub fn parties_in_role(model: &Convenant, case: &Case, role: RoleId, on: Date) -> Vec<PartyId> {
    let mut parties = parties_filling(model, case, role, on);
    let filled_by = model.roles.get(role.index()).map(|role| &role.filled_by);
    if let Some(Filling::EveryOf(kind)) = filled_by
        && let Some(own) = party_of_case(model, case, *kind, on)
    {
        parties.retain(|party| *party == own);
    }
    parties
}

/// The parties that fill a role on this day, whichever of them the case belongs to.
fn parties_filling(model: &Convenant, case: &Case, role: RoleId, on: Date) -> Vec<PartyId> {
    let Some(role) = model.roles.get(role.index()) else {
        return Vec::new();
    };
    let mut parties: Vec<PartyId> = match &role.filled_by {
        Filling::Parties(list) => list.iter().map(|p| model.successor_on(*p, on)).collect(),
        Filling::EveryOf(kind) => members_of_kind(model, *kind, on).collect(),
        Filling::OfCase(kind) => party_of_case(model, case, *kind, on).into_iter().collect(),
    };
    parties.retain(|p| is_member(model, *p, on));
    sorted(parties)
}

/// The parties that sit in a body on this day.
pub fn seats(model: &Convenant, case: &Case, body: &Body, on: Date) -> Vec<PartyId> {
    let mut parties = Vec::new();
    for member in &body.members {
        match member {
            Member::Party(party) => parties.push(model.successor_on(*party, on)),
            Member::EveryOf(kind) => parties.extend(members_of_kind(model, *kind, on)),
            Member::Role(role) => parties.extend(parties_filling(model, case, *role, on)),
        }
    }
    parties.retain(|p| is_member(model, *p, on));
    sorted(parties)
}

/// The parties behind a role or a body on this day.
pub fn parties_of(model: &Convenant, case: &Case, who: Who, on: Date) -> Vec<PartyId> {
    match who {
        Who::Role(role) => parties_in_role(model, case, role, on),
        Who::Body(body) => model
            .bodies
            .get(body.index())
            .map(|body| seats(model, case, body, on))
            .unwrap_or_default(),
    }
}

/// The last resort of the file (`vangnet`) and the parties behind it on this day: who is told when nobody else can be.
pub fn last_resort(
    model: &Convenant,
    case: &Case,
    life: &Life,
    on: Date,
) -> Option<(Who, Vec<PartyId>)> {
    let who = model.last_resort.as_ref()?.who;
    let mut parties = parties_of(model, case, who, on);
    parties.retain(|party| life.takes_part(model, *party, on));
    Some((who, parties))
}

/// The notification, or the same to the last resort when nobody stands behind its receiver.
pub(crate) fn or_last_resort(
    model: &Convenant,
    case: &Case,
    life: &Life,
    note: Notification,
    on: Date,
) -> Notification {
    if !note.parties.is_empty() {
        return note;
    }
    match last_resort(model, case, life, on) {
        Some((who, parties)) if !parties.is_empty() && who != note.to => Notification {
            to: who,
            parties,
            instead_of: Some(note.to),
            ..note
        },
        _ => note,
    }
}

fn sorted(mut parties: Vec<PartyId>) -> Vec<PartyId> {
    parties.sort_unstable();
    parties.dedup();
    parties
}

/// Whether so many votes of so many seats carry a proposal.
pub fn carries(rule: BodyRule, votes: usize, seats: usize) -> bool {
    match rule {
        BodyRule::One => votes > 0,
        BodyRule::Majority => votes * 2 > seats,
        BodyRule::All => votes > 0 && votes >= seats,
    }
}
