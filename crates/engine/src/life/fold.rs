//! Events into state: total, never refuses.

use convenant_lang::model::PartyId;
use jiff::civil::Date;

use super::ladder::bit;
use super::{Life, LifeEvent, LifeEventKind, Obligation, ObligationRef};

/// Folds one event into the life.
pub fn apply_life(life: &mut Life, event: &LifeEvent) {
    life.seq = life.seq.saturating_add(1);
    match &event.kind {
        LifeEventKind::Established => life.established = true,
        LifeEventKind::Signed { party, on } => set(&mut life.signed, *party, *on),
        LifeEventKind::Approved { party, on } => set(&mut life.approved, *party, *on),
        LifeEventKind::EnteredIntoForce { on, until } => {
            life.in_force = Some(*on);
            life.until = *until;
        }
        LifeEventKind::Scheduled { obligation } => schedule(life, *obligation),
        LifeEventKind::FellDue { obligation } => {
            change(life, *obligation, |o| o.announced = true);
        }
        LifeEventKind::Overdue { obligation } => change(life, *obligation, |o| o.overdue = true),
        LifeEventKind::Reminded {
            obligation,
            reminder,
        } => change(life, *obligation, |o| o.reminded |= bit(*reminder)),
        LifeEventKind::Escalated {
            obligation, rung, ..
        } => change(life, *obligation, |o| {
            o.climbed = rung.saturating_add(1);
            o.reached = Some(event.at);
        }),
        LifeEventKind::NoticeReminded { reminder } => {
            life.notice_reminded.push((life.extensions, *reminder));
        }
        LifeEventKind::Performed { obligation, on, .. } => {
            life.performed.retain(|(of, _)| of != obligation);
            life.performed.push((*obligation, *on));
        }
        LifeEventKind::Finished { obligation } => {
            life.obligations.retain(|o| o.of != *obligation);
        }
        LifeEventKind::NoticeGiven {
            party, on, from, ..
        } => life.notices.push((*party, *on, *from)),
        LifeEventKind::NoticeClosed => life.notice_closed = Some(life.extensions),
        LifeEventKind::Consented { consent } => life.consents.push(consent.clone()),
        LifeEventKind::Extended { until, .. } => {
            life.until = Some(*until);
            life.extensions = life.extensions.saturating_add(1);
            life.consents
                .retain(|c| c.to != convenant_lang::model::ConsentFor::Extension);
        }
        LifeEventKind::EndMoved { until, .. } => {
            life.until = Some(*until);
            life.ends_early = true;
        }
        LifeEventKind::Ended => {
            life.ended = true;
            life.obligations.clear();
        }
    }
}

/// The life that these events make.
pub fn replay_life<'a>(events: impl Iterator<Item = &'a LifeEvent>) -> Life {
    let mut life = Life::default();
    for event in events {
        apply_life(&mut life, event);
    }
    life
}

fn set(days: &mut Vec<Option<Date>>, party: PartyId, on: Date) {
    if days.len() <= party.index() {
        days.resize(party.index() + 1, None);
    }
    if let Some(day) = days.get_mut(party.index()) {
        *day = Some(on);
    }
}

fn schedule(life: &mut Life, obligation: Obligation) {
    match life.obligations.iter_mut().find(|o| o.of == obligation.of) {
        Some(known) => *known = obligation,
        None => life.obligations.push(obligation),
    }
}

fn change(life: &mut Life, of: ObligationRef, change: impl FnOnce(&mut Obligation)) {
    if let Some(obligation) = life.obligations.iter_mut().find(|o| o.of == of) {
        change(obligation);
    }
}
