//! Targets: keys, succession, carry-over.

use convenant_lang::model::{
    CarryOver, Duration, MidPeriod, PartyId, Rounding, ShareKey, SpreadPeriod, Spreading, Standing,
    TargetAmount, TargetForce, Unit,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{
    IN_FORCE, SCHEME, booked, inhabitants_on, joining, municipality, placement, rules, spread,
    succeeded, target,
};
use crate::Placement;
use crate::spread::{CaseRef, Fraction, Ledger, Spread, Targets, Window};

fn targets(spread: &Spread, ledger: &Ledger, on: Date) -> Targets {
    spread.targets(ledger, IN_FORCE, on).unwrap()
}

/// Party, rounded, carried, placed.
fn rows(targets: &Targets) -> Vec<(u16, Option<i64>, i64, u32)> {
    let row = |target: &crate::spread::PartyTarget| {
        (
            target.party.0,
            target.rounded,
            target.carried,
            target.placed,
        )
    };
    targets.parties.iter().map(row).collect()
}

#[test]
fn a_total_is_divided_by_inhabitants() {
    let parties = vec![
        municipality("A", 340_000),
        municipality("B", 60_000),
        municipality("C", 50_000),
    ];
    let at = targets(&spread(parties, rules()), &Ledger::new(), date(2018, 6, 1));
    assert_eq!(
        at.period,
        Window {
            from: date(2018, 1, 1),
            until: date(2019, 1, 1)
        }
    );
    assert_eq!(at.total, Some(120));
    let exact: Vec<_> = at.parties.iter().map(|target| target.exact).collect();
    assert_eq!(
        exact,
        [
            Fraction::new(272, 3),
            Fraction::new(16, 1),
            Fraction::new(40, 3)
        ]
        .map(Option::unwrap)
    );
    assert_eq!(
        rows(&at),
        [
            (0, Some(91), 0, 0),
            (1, Some(16), 0, 0),
            (2, Some(13), 0, 0)
        ]
    );
}

#[test]
fn fixed_shares_go_off_first() {
    let rules = Spreading {
        key: ShareKey::Equal,
        fixed_shares: vec![(PartyId(1), 400_000)],
        target: Some(target(TargetForce::Aim, TargetAmount::Count(15))),
        rounding: Rounding::DHondt,
        ..rules()
    };
    let parties = vec![
        municipality("A", 1),
        municipality("B", 1),
        municipality("C", 1),
        municipality("D", 1),
    ];
    let at = targets(
        &spread(parties, rules.clone()),
        &Ledger::new(),
        date(2018, 6, 1),
    );
    let exact: Vec<_> = at.parties.iter().map(|target| target.exact).collect();
    assert_eq!(exact, [3, 6, 3, 3].map(Fraction::whole));
    // When its holder is the only one left, only its part is divided.
    let alone = vec![municipality("A", 1), municipality("B", 1)];
    let mut alone = alone;
    alone[0].standing = Standing::Supporter;
    let at = targets(&spread(alone, rules), &Ledger::new(), date(2018, 6, 1));
    assert_eq!((at.total, rows(&at)), (Some(6), vec![(1, Some(6), 0, 0)]));
}

#[test]
fn a_negotiated_table_is_its_own_total_and_ratios_under_a_target() {
    let table = ShareKey::Table(vec![(PartyId(0), 20), (PartyId(1), 9), (PartyId(2), 6)]);
    let parties = || {
        vec![
            municipality("A", 1),
            municipality("B", 1),
            municipality("C", 1),
        ]
    };
    let own = Spreading {
        key: table.clone(),
        target: None,
        ..rules()
    };
    let at = targets(
        &spread(parties(), own.clone()),
        &Ledger::new(),
        date(2018, 6, 1),
    );
    assert_eq!(
        (at.total, rows(&at)),
        (
            Some(35),
            vec![(0, Some(20), 0, 0), (1, Some(9), 0, 0), (2, Some(6), 0, 0)]
        )
    );
    // One that leaves takes its own number along; the others keep theirs.
    let mut left = parties();
    left[1].standing = Standing::Withdrawn(Some(date(2018, 1, 1)));
    let at = targets(&spread(left, own), &Ledger::new(), date(2018, 6, 1));
    assert_eq!(
        (at.total, rows(&at)),
        (Some(26), vec![(0, Some(20), 0, 0), (2, Some(6), 0, 0)])
    );
    let ratios = Spreading {
        key: table,
        target: Some(target(TargetForce::Obligation, TargetAmount::Count(70))),
        ..rules()
    };
    let at = targets(&spread(parties(), ratios), &Ledger::new(), date(2018, 6, 1));
    assert_eq!(
        rows(&at),
        [
            (0, Some(40), 0, 0),
            (1, Some(18), 0, 0),
            (2, Some(12), 0, 0)
        ]
    );
}

#[test]
fn a_percentage_keeps_its_word_and_its_reference_date() {
    let parties = || {
        let mut parties = vec![municipality("A", 410), municipality("B", 210)];
        parties[0]
            .attributes
            .push(inhabitants_on(9_000, date(2018, 1, 1)));
        parties
    };
    let quarter = |force| Spreading {
        target: Some(target(
            force,
            TargetAmount::ShareOf {
                percentage: 250_000,
                attribute: "inwoners".to_owned(),
                on: Some(date(2017, 1, 1)),
            },
        )),
        ..rules()
    };
    // 25% of 620 is 155 exactly; of 621 it is 155 1/4: cut off, rounded up, to the nearest.
    let at = targets(
        &spread(parties(), quarter(TargetForce::Ceiling)),
        &Ledger::new(),
        date(2018, 6, 1),
    );
    assert_eq!(
        (at.total, rows(&at)),
        (Some(155), vec![(0, Some(103), 0, 0), (1, Some(52), 0, 0)])
    );
    let total = |force| {
        let mut parties = parties();
        parties[1].attributes[0].value = 211;
        targets(
            &spread(parties, quarter(force)),
            &Ledger::new(),
            date(2018, 6, 1),
        )
        .total
    };
    assert_eq!(total(TargetForce::Ceiling), Some(155));
    assert_eq!(total(TargetForce::Obligation), Some(156));
    assert_eq!(total(TargetForce::Aim), Some(155));
}

#[test]
fn a_key_without_a_total_gives_shares_only() {
    let rules = Spreading {
        target: None,
        ..rules()
    };
    let parties = vec![municipality("A", 300), municipality("B", 100)];
    let at = targets(
        &spread(parties, rules),
        &booked(&[(0, 2, date(2018, 2, 1))]),
        date(2018, 6, 1),
    );
    assert_eq!(at.total, None);
    assert_eq!(rows(&at), [(0, None, 0, 2), (1, None, 0, 0)]);
    assert_eq!(at.parties[0].exact, Fraction::new(3, 4).unwrap());
}

/// Vianen (0) merges into Vijfheerenlanden (2) on 1 January 2019, of which only Vianen was ever territory.
fn merger() -> Vec<convenant_lang::model::Party> {
    let day = date(2019, 1, 1);
    let mut successor = joining(municipality("Vijfheerenlanden", 0), day);
    successor.attributes.clear();
    vec![
        succeeded(municipality("Vianen", 20_000), 2, day),
        municipality("Utrecht", 340_000),
        successor,
    ]
}

#[test]
fn a_successor_takes_over_share_books_and_carry() {
    let rules = Spreading {
        shortfall: CarryOver::Carries,
        surplus: CarryOver::Carries,
        ..rules()
    };
    let spread = spread(merger(), rules);
    let ledger = booked(&[
        (0, 4, date(2018, 12, 31)),
        (1, 120, date(2018, 6, 1)),
        (0, 7, date(2017, 6, 1)),
        (1, 113, date(2017, 6, 1)),
        (2, 1, date(2019, 1, 1)),
    ]);
    let before = targets(&spread, &ledger, date(2018, 12, 31));
    assert_eq!(rows(&before), [(0, Some(7), 0, 4), (1, Some(113), 0, 120)]);
    let after = targets(&spread, &ledger, date(2019, 1, 1));
    assert_eq!(rows(&after), [(1, Some(113), -7, 0), (2, Some(7), 3, 1)]);
    assert_eq!(after.parties[1].due(), Some(10));
}

#[test]
fn a_succession_within_a_period_moves_the_books_on_the_day() {
    let day = date(2018, 7, 1);
    let mut successor = joining(municipality("Nieuw", 0), day);
    successor.attributes = vec![inhabitants_on(900_000, date(2018, 1, 1))];
    let parties = vec![
        succeeded(municipality("Oud", 60_000), 2, day),
        municipality("Ander", 60_000),
        successor,
    ];
    let spread = spread(parties, rules());
    let ledger = booked(&[(0, 5, date(2018, 3, 1)), (2, 2, date(2018, 8, 1))]);
    assert_eq!(
        rows(&targets(&spread, &ledger, date(2018, 6, 30))),
        [(0, Some(60), 0, 5), (1, Some(60), 0, 0)]
    );
    // In the running period with the share of its predecessor, from the next one on with its own.
    assert_eq!(
        rows(&targets(&spread, &ledger, day)),
        [(1, Some(60), 0, 0), (2, Some(60), 0, 7)]
    );
    let next = targets(&spread, &ledger, date(2019, 1, 1));
    assert_eq!(rows(&next), [(1, Some(8), 0, 0), (2, Some(112), 0, 0)]);
}

#[test]
fn a_member_that_takes_over_another_adds_its_number_until_it_has_a_newer_one() {
    let day = date(2018, 1, 1);
    let parties = |newer: bool| {
        let mut heir = municipality("Erfgenaam", 40_000);
        heir.attributes
            .extend(newer.then(|| inhabitants_on(30_000, day)));
        vec![
            heir,
            succeeded(municipality("Weg", 20_000), 0, day),
            municipality("Ander", 60_000),
        ]
    };
    let at = |newer| targets(&spread(parties(newer), rules()), &Ledger::new(), day);
    assert_eq!(rows(&at(false)), [(0, Some(60), 0, 0), (2, Some(60), 0, 0)]);
    assert_eq!(rows(&at(true)), [(0, Some(40), 0, 0), (2, Some(80), 0, 0)]);
}

#[test]
fn one_that_joins_within_a_period_has_a_part_from_the_next() {
    let parties = vec![
        municipality("A", 10),
        joining(municipality("B", 10), date(2018, 2, 1)),
    ];
    let spread = spread(parties, rules());
    assert_eq!(
        rows(&targets(&spread, &Ledger::new(), date(2018, 3, 1))),
        [(0, Some(120), 0, 0)]
    );
    let next = targets(&spread, &Ledger::new(), date(2019, 3, 1));
    assert_eq!(rows(&next), [(0, Some(60), 0, 0), (1, Some(60), 0, 0)]);
    // A member since before the entry into force counts in the first period.
    let early = vec![
        municipality("A", 10),
        joining(municipality("B", 10), date(2017, 2, 1)),
    ];
    let first = targets(
        &super::spread(early, rules()),
        &Ledger::new(),
        date(2017, 4, 1),
    );
    assert_eq!(rows(&first), [(0, Some(60), 0, 0), (1, Some(60), 0, 0)]);
}

#[test]
fn shortfall_and_surplus_carry_only_where_the_file_says_so() {
    let parties = || vec![municipality("A", 10), municipality("B", 10)];
    let ledger = booked(&[
        (0, 50, date(2017, 5, 1)),
        (1, 70, date(2017, 5, 1)),
        (0, 60, date(2018, 5, 1)),
    ]);
    let carried = |shortfall, surplus, year| {
        let spread = spread(
            parties(),
            Spreading {
                shortfall,
                surplus,
                ..rules()
            },
        );
        let at = targets(&spread, &ledger, date(year, 6, 1));
        at.parties
            .iter()
            .map(|target| target.carried)
            .collect::<Vec<_>>()
    };
    use CarryOver::{Carries, Lapses};
    assert_eq!(carried(Lapses, Lapses, 2018), [0, 0]);
    assert_eq!(carried(Carries, Lapses, 2018), [10, 0]);
    assert_eq!(carried(Lapses, Carries, 2018), [0, -10]);
    // 2018: A owed 70 and placed 60; B owed 50 and placed none.
    assert_eq!(carried(Carries, Carries, 2019), [10, 50]);
    assert_eq!(carried(Carries, Carries, 2017), [0, 0]);
}

#[test]
fn periods_are_calendar_periods_or_the_term() {
    let period = |period, on| {
        let spread = spread(vec![municipality("A", 1)], Spreading { period, ..rules() });
        let window = spread.period(on, IN_FORCE);
        (window.from, window.until)
    };
    let on = date(2018, 8, 31);
    assert_eq!(
        period(SpreadPeriod::Year, on),
        (date(2018, 1, 1), date(2019, 1, 1))
    );
    assert_eq!(
        period(SpreadPeriod::HalfYear, on),
        (date(2018, 7, 1), date(2019, 1, 1))
    );
    assert_eq!(
        period(SpreadPeriod::Quarter, on),
        (date(2018, 7, 1), date(2018, 10, 1))
    );
    assert_eq!(
        period(SpreadPeriod::Month, on),
        (date(2018, 8, 1), date(2018, 9, 1))
    );
    assert_eq!(
        period(SpreadPeriod::Term, on),
        (date(2017, 3, 15), date(2020, 1, 1))
    );
    assert_eq!(
        period(SpreadPeriod::Month, date(2018, 12, 31)),
        (date(2018, 12, 1), date(2019, 1, 1))
    );
    assert_eq!(period(SpreadPeriod::Year, Date::MAX).1, Date::MAX);
}

#[test]
fn a_scheme_without_spreading_and_numbers_that_do_not_fit() {
    let mut model = super::model(vec![municipality("A", 1)], rules());
    model.schemes[0].spreading = None;
    let holidays = crate::Holidays::dutch();
    assert!(
        Spread::compile(&model, SCHEME, &holidays)
            .unwrap()
            .is_none()
    );
    // Reference numbers near the limit of their type still divide exactly.
    let parties = vec![
        municipality("A", u64::MAX),
        municipality("B", u64::MAX - 1),
        municipality("C", 1),
    ];
    let at = targets(&spread(parties, rules()), &Ledger::new(), date(2018, 6, 1));
    assert_eq!(rows(&at)[..2], [(0, Some(60), 0, 0), (1, Some(60), 0, 0)]);
}

proptest! {
    #[test]
    fn whole_parts_sum_to_the_total(
        inhabitants in prop::collection::vec(1..400_000_u64, 1..17), total in 0..500_u32,
    ) {
        let parties = inhabitants.iter().map(|number| municipality("x", *number)).collect();
        for rounding in [Rounding::LargestRemainder, Rounding::SainteLague, Rounding::DHondt] {
            let amount = TargetAmount::Count(total);
            let rules = Spreading { rounding, target: Some(target(TargetForce::Aim, amount)), ..rules() };
            let at = targets(&spread(Vec::clone(&parties), rules), &Ledger::new(), date(2018, 6, 1));
            let sum: i64 = at.parties.iter().filter_map(|target| target.rounded).sum();
            prop_assert_eq!(sum, i64::from(total));
        }
    }

    /// With everything carried, what a party owes is what it was to place from the beginning less what it placed.
    #[test]
    fn carry_never_drifts(placed in prop::collection::vec((0..3_u16, 0..20_u32, 1..13_i8, 2017..2019_i16), 0..20)) {
        let parties = vec![municipality("A", 3), municipality("B", 2), municipality("C", 1)];
        let rules = Spreading {
            period: SpreadPeriod::Month,
            target: Some(target(TargetForce::Aim, TargetAmount::Count(10))),
            shortfall: CarryOver::Carries,
            surplus: CarryOver::Carries,
            ..rules()
        };
        let rows: Vec<_> = placed
            .iter()
            .map(|(party, number, month, year)| (*party, *number, date(*year, *month, 15).max(date(2017, 3, 15))))
            .collect();
        let at = targets(&spread(parties, rules), &booked(&rows), date(2019, 1, 1));
        // 22 months before it: March 2017 to December 2018.
        for target in at.parties {
            let all: u32 = rows.iter().filter(|row| row.0 == target.party.0).map(|row| row.1).sum();
            prop_assert_eq!(target.carried, 22 * target.rounded.unwrap() - i64::from(all));
        }
    }
}

/// What each gets of 120 in 2018, in the order of the file.
fn in_2018(parties: Vec<convenant_lang::model::Party>, rules: Spreading) -> Vec<Option<i64>> {
    let at = targets(&spread(parties, rules), &Ledger::new(), date(2018, 12, 1));
    at.parties.iter().map(|target| target.rounded).collect()
}

fn by_days() -> Spreading {
    Spreading {
        joining: MidPeriod::ProRata,
        leaving: MidPeriod::ProRata,
        ..rules()
    }
}

fn leaving(mut party: convenant_lang::model::Party, on: Date) -> convenant_lang::model::Party {
    party.until = Some(on);
    party
}

#[test]
fn one_that_joins_or_leaves_within_a_period_counts_by_its_days_where_the_file_says_so() {
    let joins = || {
        vec![
            municipality("A", 292),
            // 146 of the 365 days: two fifths.
            joining(municipality("B", 365), date(2018, 8, 8)),
        ]
    };
    let leaves = || {
        vec![
            municipality("A", 292),
            leaving(municipality("B", 365), date(2018, 5, 27)),
        ]
    };
    assert_eq!(in_2018(joins(), by_days()), [Some(80), Some(40)]);
    assert_eq!(in_2018(leaves(), by_days()), [Some(80), Some(40)]);
    // Without that word: from the next period, and until the end of this one.
    assert_eq!(in_2018(joins(), rules()), [Some(120)]);
    assert_eq!(in_2018(leaves(), rules()), [Some(53), Some(67)]);
    // One word says nothing about the other.
    let only_leaving = Spreading {
        joining: MidPeriod::NextPeriod,
        ..by_days()
    };
    assert_eq!(in_2018(joins(), only_leaving), [Some(120)]);
}

#[test]
fn a_fixed_share_counts_by_days_too_and_the_others_take_the_rest() {
    let rules = Spreading {
        fixed_shares: vec![(PartyId(1), 500_000)],
        ..by_days()
    };
    let parties = vec![
        municipality("A", 1),
        leaving(municipality("B", 1), date(2018, 5, 27)),
    ];
    // Half of it for two fifths of the year.
    assert_eq!(in_2018(parties, rules), [Some(96), Some(24)]);
}

#[test]
fn a_merger_is_no_joining_and_no_leaving() {
    let day = date(2018, 7, 1);
    let mut successor = joining(municipality("Nieuw", 0), day);
    successor.attributes = vec![inhabitants_on(900_000, date(2018, 1, 1))];
    let mut old = succeeded(municipality("Oud", 60_000), 2, day);
    old.until = Some(day);
    let parties = vec![old, municipality("Ander", 60_000), successor];
    let at = targets(
        &spread(parties, by_days()),
        &Ledger::new(),
        date(2018, 8, 1),
    );
    assert_eq!(rows(&at), [(1, Some(60), 0, 0), (2, Some(60), 0, 0)]);
}

#[test]
fn the_books_tell_departures_and_what_is_released() {
    let rules = Spreading {
        release: Some(Duration {
            amount: 2,
            unit: Unit::Months,
        }),
        ..rules()
    };
    let spread = spread(vec![municipality("A", 10), municipality("B", 10)], rules);
    let mut ledger = booked(&[(0, 50, date(2018, 3, 1))]);
    let departed = Placement {
        departure: true,
        ..placement(0, None, date(2018, 4, 1))
    };
    ledger.place(CaseRef(1_000), SCHEME, departed);
    let of = |ledger: &Ledger, on| {
        let at = targets(&spread, ledger, on);
        let one = |target: &crate::spread::PartyTarget| (target.departures, target.released);
        at.parties.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(of(&ledger, date(2018, 10, 31)), [(1, 0), (0, 0)]);
    assert_eq!(of(&ledger, date(2018, 11, 1)), [(1, 9), (0, 60)]);
    ledger.withdraw(CaseRef(1_000));
    assert_eq!(of(&ledger, date(2018, 11, 1)), [(0, 10), (0, 60)]);
}
