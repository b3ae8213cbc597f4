//! What the parties do for the convenant itself: approving what was signed under reserve, evaluations, recurring duties.

use convenant_engine::{
    Actor, LifeCommand, Moment, ObligationRef, authority, civil_date, decide_life, start_of_day,
};
use convenant_lang::model::{PartyId, RoleId, Who};
use jiff::civil::Date;

use super::Chance;
use super::when::DAY;
use crate::world::World;

/// What is done next for the convenant, by whom and when; none while nothing is due.
pub fn next(world: &World, seed: u64, now: Moment) -> Option<(Moment, Actor, LifeCommand)> {
    let obligations = world.life.obligations.iter().filter_map(|obligation| {
        let purpose = match obligation.of {
            ObligationRef::Evaluation(number) => u64::from(number),
            ObligationRef::Duty(number) => 0x1_0000 | u64::from(number),
        };
        let mut chance = Chance::of(seed, [u64::MAX, purpose, u64::from(obligation.number)]);
        let day = within(obligation.opens, obligation.due, &mut chance);
        let command = LifeCommand::Perform {
            obligation: obligation.of,
        };
        plan(world, who(world, obligation.of)?, command, day, now)
    });
    obligations
        .chain(approvals(world, seed, now))
        .min_by_key(|(at, ..)| *at)
}

/// Approval by the outside body, some weeks after the signature under reserve.
fn approvals<'w>(
    world: &'w World,
    seed: u64,
    now: Moment,
) -> impl Iterator<Item = (Moment, Actor, LifeCommand)> + 'w {
    let parties = &world.program.model().parties;
    (0_u16..).zip(parties).filter_map(move |(id, party)| {
        let party_id = PartyId(id);
        let signed = world.life.signed_on(party_id)?;
        if party.subject_to_approval.is_none() || world.life.approved_on(party_id).is_some() {
            return None;
        }
        let days = Chance::of(seed, [u64::MAX, 0x2_0000, u64::from(id)]).between(10, 40);
        let at = Moment((start_of_day(signed).0 + days * DAY + DAY / 2).max(now.0 + DAY / 24));
        let command = LifeCommand::Approve { on: civil_date(at) };
        people(world, Some(party_id), at)
            .find(|actor| decide_life(world.program, &world.life, actor, &command, at).is_ok())
            .map(|actor| (at, actor, command))
    })
}

fn who(world: &World, of: ObligationRef) -> Option<Who> {
    let model = world.program.model();
    match of {
        ObligationRef::Evaluation(number) => model
            .term
            .evaluations
            .get(usize::from(number))
            .map(|evaluation| evaluation.by),
        ObligationRef::Duty(number) => model
            .oversight
            .duties
            .get(usize::from(number))
            .map(|duty| duty.by),
    }
}

/// Mostly in time, one in eight times some days late.
fn within(opens: Date, due: Date, chance: &mut Chance) -> Moment {
    let (opens, due) = (start_of_day(opens).0, start_of_day(due).0);
    let half = DAY / 2;
    if chance.percent(12) {
        return Moment(due + chance.between(2, 20) * DAY + half);
    }
    let span = (due - opens) / DAY;
    Moment(opens + chance.between(0, span.max(0)) * DAY + half)
}

fn plan(
    world: &World,
    who: Who,
    command: LifeCommand,
    meant: Moment,
    now: Moment,
) -> Option<(Moment, Actor, LifeCommand)> {
    let at = Moment(meant.0.max(now.0 + DAY / 24));
    let parties = authority::parties_of(
        world.program.model(),
        &convenant_engine::Case::default(),
        who,
        civil_date(at),
    );
    parties
        .into_iter()
        .flat_map(|party| people(world, Some(party), at))
        .find(|actor| decide_life(world.program, &world.life, actor, &command, at).is_ok())
        .map(|actor| (at, actor, command))
}

/// Everybody who acts for a party, in each of its roles.
fn people<'w>(
    world: &'w World,
    party: Option<PartyId>,
    at: Moment,
) -> impl Iterator<Item = Actor> + 'w {
    let model = world.program.model();
    let on = civil_date(at);
    let none = convenant_engine::Case::default();
    (0_u16..).zip(&model.roles).filter_map(move |(role, _)| {
        let (party, role) = (party?, RoleId(role));
        authority::fills(model, &none, role, party, on).then(|| super::account(model, party, role))
    })
}
