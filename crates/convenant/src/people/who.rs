//! Who acts for a role or a body, as an account of the demo.

use convenant_engine::{Actor, Moment, authority, civil_date};
use convenant_lang::model::{Convenant, ExitId, Filling, PartyId, PartyKind, RoleId, Who};
use convenant_server::spool::slug;
use jiff::civil::Date;

use super::Scene;

/// Everybody who can act as this role or body on that day, the likeliest first: the party of the case, or the one that always
/// takes the cases of this story; members of a body that have not voted yet.
pub fn actors(scene: &Scene, who: Who, at: Moment, votes_on: Option<ExitId>) -> Vec<Actor> {
    let model = scene.world.program.model();
    let on = civil_date(at);
    let mut parties = authority::parties_of(model, scene.case, who, on);
    if let (Who::Body(_), Some(exit)) = (who, votes_on) {
        let voted = |party: &PartyId| {
            let mut votes = scene.case.votes.iter();
            votes.any(|(vote, voter, _)| *vote == exit && voter == party)
        };
        // The same order every time, so that those who have voted go last.
        parties.sort_by_key(|party| (voted(party), *party));
    } else if !parties.is_empty() {
        let usual = scene
            .chance(7, key(who))
            .below(i64::try_from(parties.len()).unwrap_or(1));
        parties.rotate_left(usize::try_from(usual).unwrap_or(0));
        let of_case = kind_of(scene, who)
            .and_then(|kind| authority::party_of_case(model, scene.case, kind, on));
        parties.sort_by_key(|party| Some(*party) != of_case);
    }
    parties
        .into_iter()
        .filter_map(|party| {
            let role = match who {
                Who::Role(role) => role,
                Who::Body(_) => role_of(scene, party, on)?,
            };
            Some(account(model, party, role))
        })
        .collect()
}

/// Everybody who fills any role in the case on that day.
pub fn anybody(scene: &Scene, at: Moment) -> Vec<Actor> {
    let roles = scene.world.program.model().roles.len();
    (0..u16::try_from(roles).unwrap_or(u16::MAX))
        .flat_map(|role| actors(scene, Who::Role(RoleId(role)), at, None))
        .collect()
}

fn key(who: Who) -> u64 {
    match who {
        Who::Role(role) => u64::from(role.0),
        Who::Body(body) => 0x1_0000 | u64::from(body.0),
    }
}

fn role_of(scene: &Scene, party: PartyId, on: Date) -> Option<RoleId> {
    let model = scene.world.program.model();
    (0_u16..)
        .zip(&model.roles)
        .map(|(id, _)| RoleId(id))
        .find(|role| authority::fills(model, scene.case, *role, party, on))
}

/// The kind of party that fills a role, when it is one.
fn kind_of(scene: &Scene, who: Who) -> Option<PartyKind> {
    let Who::Role(role) = who else { return None };
    match scene
        .world
        .program
        .model()
        .roles
        .get(role.index())?
        .filled_by
    {
        Filling::EveryOf(kind) | Filling::OfCase(kind) => Some(kind),
        Filling::Parties(_) => None,
    }
}

/// The account of the demo for a party in a role.
pub fn account(model: &Convenant, party: PartyId, role: RoleId) -> Actor {
    let name = |text: Option<&String>| text.map(|text| slug(text)).unwrap_or_default();
    Actor::Person {
        person: format!(
            "{}.{}.{}",
            slug(&model.header.region),
            name(model.roles.get(role.index()).map(|role| &role.name)),
            name(model.parties.get(party.index()).map(|party| &party.name))
        ),
        party,
        role,
    }
}
