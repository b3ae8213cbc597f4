//! Bounds: what the rules leave room for, worked out by hand, and held by random books.

use convenant_lang::model::{
    Cap, CapPer, Duration, FactId, PartyId, Preference, Spreading, TargetAmount, TargetForce, Unit,
};
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::{
    IN_FORCE, SCHEME, article, joining, limited_by_places, municipality, placement, rules, spread,
    succeeded, target, with_places,
};
use crate::spread::{Bound, CaseRef, Fraction, Ledger, Question, Spread};

const ORIGIN: FactId = FactId(0);

fn bounds(spread: &Spread) -> Vec<Bound> {
    spread.bounds(IN_FORCE).unwrap()
}

/// Target, fewest and most per party, in the first period.
fn first(spread: &Spread) -> Vec<(i64, i64, i64)> {
    let bound = &bounds(spread)[0];
    bound
        .parties
        .iter()
        .map(|party| (party.target, party.least, party.most))
        .collect()
}

fn cap(per: CapPer, at_most: u32, amount: u32, departure: bool) -> Cap {
    Cap {
        meta: article("grens"),
        at_most,
        per,
        within: Duration {
            amount,
            unit: Unit::Months,
        },
        departure,
    }
}

fn by_origin() -> Spreading {
    Spreading {
        preference: vec![Preference::Fact(ORIGIN), Preference::FurthestBehind],
        ..rules()
    }
}

#[test]
fn whoever_is_furthest_behind_leaves_only_the_rounding() {
    let parties = vec![municipality("A", 200), municipality("B", 150)];
    let spread = spread(parties, rules());
    assert_eq!(first(&spread), [(69, 69, 69), (51, 51, 51)]);
    let bound = &bounds(&spread)[0];
    assert_eq!(bound.parties[0].rounding(), Fraction::new(3, 7));
    assert_eq!(bound.parties[1].rounding(), Fraction::new(-3, 7));
    assert!(bound.conflicts.is_empty());
}

#[test]
fn a_preference_can_send_everybody_to_one_party() {
    let parties = vec![municipality("A", 300), municipality("B", 100)];
    assert_eq!(
        first(&spread(parties.clone(), by_origin())),
        [(90, 0, 120), (30, 0, 120)]
    );
    // A ceiling holds them.
    let ceiling = Spreading {
        target: Some(target(TargetForce::Ceiling, TargetAmount::Count(120))),
        ..by_origin()
    };
    assert_eq!(
        first(&spread(parties, ceiling)),
        [(90, 90, 90), (30, 30, 30)]
    );
}

#[test]
fn a_cap_bounds_the_party_and_with_it_the_others() {
    // Twelve windows of a month in a year.
    let rules = Spreading {
        caps: vec![cap(CapPer::Party, 8, 1, false)],
        ..by_origin()
    };
    let parties = vec![municipality("A", 300), municipality("B", 100)];
    let spread = spread(parties, rules);
    assert_eq!(first(&spread), [(90, 24, 96), (30, 24, 96)]);
    assert!(bounds(&spread)[0].conflicts.is_empty());
}

#[test]
fn a_target_beyond_the_cap_is_a_conflict() {
    for departure in [false, true] {
        let rules = Spreading {
            caps: vec![cap(CapPer::Party, 7, 1, departure)],
            ..rules()
        };
        let parties = vec![municipality("A", 300), municipality("B", 100)];
        let bound = bounds(&spread(parties, rules)).remove(0);
        let [conflict] = bound.conflicts.as_slice() else {
            panic!("{:?}", bound.conflicts);
        };
        assert_eq!(
            (conflict.party, conflict.target, conflict.room),
            (PartyId(0), 90, 84)
        );
        assert_eq!(conflict.limit.article.as_deref(), Some("grens"));
        assert_eq!(conflict.departure, departure);
    }
}

#[test]
fn a_target_beyond_the_capacity_is_a_conflict() {
    let rules = limited_by_places();
    let room = |name, places| with_places(municipality(name, 100), places);
    let bound = bounds(&spread(vec![room("A", 59), room("B", 60)], rules)).remove(0);
    assert_eq!(bound.conflicts.len(), 1);
    assert_eq!(
        (bound.conflicts[0].party, bound.conflicts[0].room),
        (PartyId(0), 59)
    );
}

#[test]
fn a_cap_per_neighbourhood_says_how_many_of_them_are_needed() {
    let rules = Spreading {
        caps: vec![cap(CapPer::Neighbourhood, 2, 12, false)],
        ..rules()
    };
    let parties = vec![municipality("A", 199), municipality("B", 1)];
    let bound = bounds(&spread(parties, rules)).remove(0);
    let needed: Vec<_> = bound
        .parties
        .iter()
        .map(|p| (p.target, p.neighbourhoods))
        .collect();
    assert_eq!(needed, [(119, Some(60)), (1, Some(1))]);
}

#[test]
fn each_change_of_shares_has_its_own_bound() {
    let day = date(2019, 1, 1);
    let parties = vec![
        succeeded(municipality("Oud", 60), 2, day),
        municipality("Ander", 60),
        joining(municipality("Nieuw", 180), day),
    ];
    let all = bounds(&spread(parties, rules()));
    let targets: Vec<(i16, Vec<i64>)> = all
        .iter()
        .map(|b| {
            (
                b.period.from.year(),
                b.parties.iter().map(|p| p.target).collect(),
            )
        })
        .collect();
    assert_eq!(targets, [(2017, vec![60, 60]), (2019, vec![30, 90])]);
    // Without a total there is nothing to stay behind.
    let no_total = Spreading {
        target: None,
        ..rules()
    };
    assert_eq!(bounds(&spread(vec![municipality("A", 1)], no_total)), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever is placed by the rules, on whatever days, ends within the bounds.
    #[test]
    fn books_kept_by_the_rules_end_within_the_bounds(
        people in prop::collection::vec(1..500_u64, 1..5),
        wishes in prop::collection::vec(prop::option::of(0..5_u16), 24),
        days in prop::collection::vec(0..365_i32, 24),
        (ceiling, prefers, capped) in (any::<bool>(), any::<bool>(), prop::option::of(1..6_u32)),
    ) {
        let force = if ceiling { TargetForce::Ceiling } else { TargetForce::Aim };
        let base = if prefers { by_origin() } else { rules() };
        let rules = Spreading {
            target: Some(target(force, TargetAmount::Count(24))),
            caps: capped.map(|n| cap(CapPer::Party, n, 2, false)).into_iter().collect(),
            ..base
        };
        let parties = people.iter().map(|n| municipality("X", *n)).collect();
        let spread = spread(parties, rules);
        let bound = spread.bounds(IN_FORCE).unwrap().into_iter().last().unwrap();
        let mut days = days;
        days.sort_unstable();
        let mut ledger = Ledger::new();
        let mut placed = 0_i64;
        for (number, (wish, day)) in wishes.iter().zip(&days).enumerate() {
            let on = date(2018, 1, 1).checked_add(day.days()).unwrap();
            let fact = |_: FactId| wish.map(PartyId);
            let question = Question {
                on,
                in_force: IN_FORCE,
                fact: &fact,
                member: &|_| true,
                neighbourhood: None,
                replaces: None,
            };
            if let Some(chosen) = spread.propose(&question, &ledger).unwrap().chosen {
                let case = CaseRef(u128::try_from(number).unwrap());
                ledger.place(case, SCHEME, placement(chosen.0, None, on));
                placed += 1;
            }
        }
        for party in &bound.parties {
            let got = i64::from(ledger.placed(SCHEME, party.party, date(2018, 1, 1), date(2019, 1, 1)));
            prop_assert!(got <= party.most, "{got} > {party:?}");
            // The fewest holds when all were placed.
            prop_assert!(placed < bound.total || got >= party.least, "{got} < {party:?}");
        }
    }
}
