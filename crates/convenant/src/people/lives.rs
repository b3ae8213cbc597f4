//! What the parties do for the convenant itself: approving what was signed under reserve, evaluations, recurring duties.

use convenant_engine::{
    Actor, LifeCommand, Moment, ObligationRef, authority, civil_date, decide_life, start_of_day,
};
use convenant_lang::model::{Convenant, Filling, PartyId, RoleId, Who};
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
        .chain(papers(world, seed, now))
        .min_by_key(|(at, ..)| *at)
}

/// Signatures that the file does not date, and approvals by an outside body some weeks after a signature under reserve.
fn papers<'w>(
    world: &'w World,
    seed: u64,
    now: Moment,
) -> impl Iterator<Item = (Moment, Actor, LifeCommand)> + 'w {
    let model = world.program.model();
    (0_u16..)
        .zip(&model.parties)
        .filter_map(move |(id, party)| {
            let party_id = PartyId(id);
            let signed = world.life.signed_on(party_id);
            let approved = world.life.approved_on(party_id).is_some();
            if signed.is_some() && (approved || party.subject_to_approval.is_none()) {
                return None;
            }
            let mut chance = Chance::of(seed, [u64::MAX, 0x2_0000, u64::from(id)]);
            let since = signed.or(model.term.signed).map_or(now, start_of_day);
            let days = chance.between(5, 25);
            let at = Moment((since.0 + days * DAY + DAY / 2).max(now.0 + DAY / 24));
            let on = civil_date(at);
            let command = match signed {
                None => LifeCommand::Sign { on },
                Some(_) => LifeCommand::Approve { on },
            };
            let actor = super::who::account(model, party_id, role_of(model, party_id));
            accepts(world, &actor, &command, at).then_some((at, actor, command))
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
    parties.into_iter().find_map(|party| {
        let model = world.program.model();
        let actor = super::who::account(model, party, role_of(model, party));
        accepts(world, &actor, &command, at).then(|| (at, actor, command.clone()))
    })
}

/// Whether the engine would accept it then, and change something.
fn accepts(world: &World, actor: &Actor, command: &LifeCommand, at: Moment) -> bool {
    decide_life(world.program, &world.life, actor, command, at)
        .is_ok_and(|decision| !decision.events.is_empty())
}

/// The role in which somebody of a party speaks for it: the first that its kind can fill.
pub fn role_of(model: &Convenant, party: PartyId) -> RoleId {
    let kind = model.parties.get(party.index()).map(|party| party.kind);
    (0_u16..)
        .zip(&model.roles)
        .find(|(_, role)| match &role.filled_by {
            Filling::Parties(parties) => parties.contains(&party),
            Filling::EveryOf(of) | Filling::OfCase(of) => kind == Some(*of),
        })
        .map_or(RoleId(0), |(role, _)| RoleId(role))
}
