//! The homes of the three regions over two years: every change follows from the one before, and the cases agree with the homes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use convenant_engine::{Case, Holidays, Program, start_of_day};
use convenant_store::{HomeChange, HomeState};
use jiff::ToSpan;

use super::{Deed, stream};
use crate::people::{Happening, Troupe};
use crate::{regions, simulate};

/// The deeds of two years, and where the homes and the cases end up.
fn play(program: &Program, seed: u64) -> (Vec<Deed>, Vec<HomeState>) {
    let from = simulate::entry(program.model()).unwrap();
    let until = from.checked_add(2.years()).unwrap();
    let openings = simulate::openings(program, 80, seed, from, until);
    let begin = start_of_day(from);
    let mut troupe = Troupe::new(program, seed, begin, &openings).with_homes(&openings);
    let mut deeds = Vec::new();
    while troupe.next_at().is_some_and(|at| at < start_of_day(until)) {
        match troupe.step() {
            Some(Happening::Case(done)) => deeds.extend(done.homes),
            Some(Happening::Home { deed, .. }) => deeds.push(deed),
            _ => {}
        }
    }
    let states = followed(&deeds);
    for (home, state) in states.iter().enumerate() {
        let HomeState::Offered(case) = state else {
            continue;
        };
        let mut members = troupe.members.iter();
        let member = members.find(|member| stream(member.track.id) == *case);
        assert!(
            offer_is_open(&member.unwrap().track.case),
            "home {home} is offered, its case has no offer"
        );
    }
    let offered = states.iter().filter_map(|state| match state {
        HomeState::Offered(case) => Some(*case),
        _ => None,
    });
    let offered: BTreeSet<_> = offered.collect();
    for member in &troupe.members {
        let has = offered.contains(&stream(member.track.id));
        assert_eq!(has, offer_is_open(&member.track.case));
    }
    (deeds, states)
}

/// Whether the case has an offer, now or when it comes back from a step that suspends it.
fn offer_is_open(case: &Case) -> bool {
    let waiting = case.detour.as_ref().and_then(|detour| detour.offers.open);
    case.offers.open.or(waiting).is_some()
}

/// Where each home ends up, after every deed was possible when it was done.
fn followed(deeds: &[Deed]) -> Vec<HomeState> {
    let mut homes: Vec<(HomeState, u32)> = Vec::new();
    for deed in deeds {
        if let HomeChange::Report(_) = deed.change {
            assert_eq!((deed.home, deed.expected), (homes.len(), 0));
            homes.push((HomeState::Free, 1));
            continue;
        }
        let (state, version) = &mut homes[deed.home];
        assert_eq!(deed.expected, *version, "{deed:?}");
        *state = deed
            .change
            .after(*state)
            .unwrap_or_else(|| panic!("{deed:?} on {state:?}"));
        *version += 1;
    }
    homes.into_iter().map(|(state, _)| state).collect()
}

#[test]
fn every_change_follows_and_homes_agree_with_their_cases() {
    for file in regions::embedded() {
        let model = convenant_lang::check(&file.source).model.unwrap();
        let program = Program::compile(model, Holidays::dutch()).unwrap();
        let (deeds, states) = play(&program, 5);
        let happened = |what: fn(&HomeChange) -> bool| deeds.iter().any(|deed| what(&deed.change));
        let key = &file.key;
        assert!(
            happened(|change| matches!(change, HomeChange::Refuse { .. })),
            "{key}"
        );
        assert!(
            happened(|change| matches!(change, HomeChange::Let)),
            "{key}"
        );
        assert!(
            happened(|change| matches!(change, HomeChange::Withdraw)),
            "{key}"
        );
        assert!(states.contains(&HomeState::Free), "{key}");
        assert_eq!(
            format!("{deeds:?}"),
            format!("{:?}", play(&program, 5).0),
            "{key}"
        );
    }
}
