//! The ledger: what is kept equals what is computed from what remains.

use std::collections::BTreeMap;

use convenant_lang::model::{PartyId, SchemeId};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{SCHEME, placement};
use crate::spread::{CaseRef, Ledger};
use crate::{Case, Placement};

#[test]
fn a_correction_replaces_and_a_withdrawal_leaves_no_trace() {
    let day = date(2018, 5, 1);
    let mut ledger = Ledger::new();
    ledger.place(CaseRef(1), SCHEME, placement(0, Some("Noord"), day));
    ledger.place(CaseRef(1), SCHEME, placement(1, Some("Zuid"), day));
    let count =
        |ledger: &Ledger, party| ledger.placed(SCHEME, PartyId(party), day, date(2018, 5, 2));
    assert_eq!((count(&ledger, 0), count(&ledger, 1)), (0, 1));
    let in_south =
        |ledger: &Ledger| ledger.placed_in(SCHEME, PartyId(1), "Zuid", day, date(2018, 5, 2));
    assert_eq!(in_south(&ledger), 1);
    assert_eq!(
        ledger.placed(SchemeId(1), PartyId(1), day, date(2018, 5, 2)),
        0
    );
    assert_eq!(
        ledger.placed(SCHEME, PartyId(1), date(2018, 5, 2), date(2018, 6, 1)),
        0
    );
    assert_eq!(
        ledger.withdraw(CaseRef(1)),
        Some((SCHEME, placement(1, Some("Zuid"), day)))
    );
    assert_eq!(ledger.withdraw(CaseRef(1)), None);
    assert_eq!(ledger, Ledger::new());
}

#[test]
fn the_ledger_follows_a_case() {
    let mut ledger = Ledger::new();
    let mut case = Case {
        scheme: Some(SCHEME),
        ..Case::default()
    };
    ledger.follow(CaseRef(7), &case);
    assert!(ledger.is_empty());
    case.placement = Some(placement(2, None, date(2018, 5, 1)));
    ledger.follow(CaseRef(7), &case);
    ledger.follow(CaseRef(7), &case);
    assert_eq!(ledger.placement(CaseRef(7)), case.placement.as_ref());
    assert_eq!(ledger.len(), 1);
    case.placement = Some(placement(3, None, date(2018, 5, 9)));
    ledger.follow(CaseRef(7), &case);
    assert_eq!(ledger.placement(CaseRef(7)), case.placement.as_ref());
    case.placement = None;
    ledger.follow(CaseRef(7), &case);
    assert_eq!(ledger, Ledger::new());
}

fn a_placement() -> impl Strategy<Value = (u16, Placement)> {
    let neighbourhood = prop_oneof![Just(None), Just(Some("Noord")), Just(Some("Zuid"))];
    let chosen = (0..2_u16, 0..4_u16, neighbourhood, 0..60_i32, any::<bool>());
    chosen.prop_map(|(scheme, party, neighbourhood, days, departure)| {
        let on = date(2018, 1, 1).checked_add(days.days()).unwrap();
        let placed = placement(party, neighbourhood, on);
        (
            scheme,
            Placement {
                departure,
                ..placed
            },
        )
    })
}

proptest! {
    #[test]
    fn kept_equals_recomputed(
        acts in prop::collection::vec((0..12_u128, prop::option::of(a_placement())), 0..60),
        (from, days) in (0..60_i32, 0..60_i32),
    ) {
        let mut kept = Ledger::new();
        let mut remain: BTreeMap<CaseRef, (SchemeId, Placement)> = BTreeMap::new();
        let booked = acts.iter().filter_map(|(case, act)| {
            let (scheme, placement) = act.clone()?;
            Some((CaseRef(*case), SchemeId(scheme), placement))
        });
        let mut at_once: Ledger = booked.clone().collect();
        let mut one_by_one = Ledger::new();
        booked.for_each(|(case, scheme, placement)| one_by_one.place(case, scheme, placement));
        prop_assert_eq!(&at_once, &one_by_one);
        for (case, _) in &acts {
            at_once.withdraw(CaseRef(*case));
        }
        prop_assert_eq!(at_once, Ledger::new());
        for (case, act) in acts {
            let case = CaseRef(case);
            match act {
                Some((scheme, placement)) => {
                    kept.place(case, SchemeId(scheme), placement.clone());
                    remain.insert(case, (SchemeId(scheme), placement));
                }
                None => prop_assert_eq!(kept.withdraw(case), remain.remove(&case)),
            }
        }
        let mut recomputed = Ledger::new();
        for (case, (scheme, placement)) in remain.iter().rev() {
            recomputed.place(*case, *scheme, placement.clone());
        }
        prop_assert_eq!(&kept, &recomputed);

        let from = date(2018, 1, 1).checked_add(from.days()).unwrap();
        let until = from.checked_add(days.days()).unwrap();
        let among = |party: u16, neighbourhood: Option<&str>| {
            let fits = |(scheme, placement): &&(SchemeId, Placement)| {
                *scheme == SCHEME
                    && placement.party == PartyId(party)
                    && (from..until).contains(&placement.on)
                    && (neighbourhood.is_none() || placement.neighbourhood.as_deref() == neighbourhood)
            };
            u32::try_from(remain.values().filter(fits).count()).unwrap()
        };
        for party in 0..4 {
            let id = PartyId(party);
            prop_assert_eq!(kept.placed(SCHEME, id, from, until), among(party, None));
            let north: (Date, Date) = (from, until);
            prop_assert_eq!(kept.placed_in(SCHEME, id, "Noord", north.0, north.1), among(party, Some("Noord")));
        }
    }
}
