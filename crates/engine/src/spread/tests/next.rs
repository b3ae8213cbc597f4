//! Who is next, and why.

use convenant_lang::model::{
    Cap, CapPer, CarryOver, Duration, FactId, Party, PartyId, Preference, Spreading, Standing,
    TargetAmount, TargetForce, Unit,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{
    IN_FORCE, SCHEME, article, booked, joining, municipality, placement, rules, spread, succeeded,
    target,
};
use crate::Placement;
use crate::spread::{CandidateReason, CaseRef, Ledger, Proposal, Question, Spread};

const ORIGIN: FactId = FactId(0);
const NETWORK: FactId = FactId(1);

/// What is asked, with answers for the facts of origin and network.
#[derive(Clone, Copy)]
struct Ask<'a> {
    on: Date,
    origin: Option<u16>,
    network: Option<u16>,
    neighbourhood: Option<&'a str>,
    replaces: Option<&'a Placement>,
}

const ASK: Ask<'static> = Ask {
    on: date(2018, 6, 1),
    origin: None,
    network: None,
    neighbourhood: None,
    replaces: None,
};

fn propose(spread: &Spread, ledger: &Ledger, ask: Ask<'_>) -> Proposal {
    let fact = |fact: FactId| {
        let party = if fact == ORIGIN {
            ask.origin
        } else {
            ask.network
        };
        party.map(PartyId)
    };
    let question = Question {
        on: ask.on,
        in_force: IN_FORCE,
        fact: &fact,
        member: &|_| true,
        neighbourhood: ask.neighbourhood,
        replaces: ask.replaces,
    };
    spread.propose(&question, ledger).unwrap()
}

fn order(proposal: &Proposal) -> Vec<(u16, CandidateReason)> {
    proposal
        .ranked
        .iter()
        .map(|candidate| (candidate.party.0, candidate.reason))
        .collect()
}

fn chosen(proposal: &Proposal) -> Option<u16> {
    let marked: Vec<_> = proposal
        .ranked
        .iter()
        .filter(|candidate| candidate.chosen)
        .collect();
    assert_eq!(
        marked.first().map(|candidate| candidate.party),
        proposal.chosen
    );
    assert!(marked.len() <= 1);
    proposal.chosen.map(|party| party.0)
}

fn three() -> Vec<Party> {
    vec![
        municipality("A", 60),
        municipality("B", 30),
        municipality("C", 30),
    ]
}

fn with_preference() -> Spreading {
    let preference = vec![
        Preference::Fact(ORIGIN),
        Preference::Fact(NETWORK),
        Preference::FurthestBehind,
    ];
    Spreading {
        preference,
        ..rules()
    }
}

fn within(amount: u32, unit: Unit) -> Duration {
    Duration { amount, unit }
}

#[test]
fn origin_then_network_then_the_one_furthest_behind() {
    let spread = spread(three(), with_preference());
    let ledger = booked(&[
        (0, 10, date(2018, 2, 1)),
        (1, 2, date(2018, 2, 1)),
        (2, 1, date(2018, 2, 1)),
    ]);
    let proposal = propose(
        &spread,
        &ledger,
        Ask {
            origin: Some(1),
            network: Some(0),
            ..ASK
        },
    );
    use CandidateReason::{Behind, FurthestBehind, Preferred};
    assert_eq!(
        order(&proposal),
        [
            (1, Preferred(ORIGIN)),
            (0, Preferred(NETWORK)),
            (2, FurthestBehind)
        ]
    );
    assert_eq!((chosen(&proposal), proposal.missing.len()), (Some(1), 0));
    assert_eq!(proposal.ranked[0].clause, article("voorkeur"));

    // Nobody is named: 1 of 30 is further behind than 2 of 30 and 10 of 60; it says which facts could still decide.
    let proposal = propose(&spread, &ledger, ASK);
    assert_eq!(
        order(&proposal),
        [(2, FurthestBehind), (1, Behind), (0, Behind)]
    );
    assert_eq!(
        (chosen(&proposal), proposal.missing),
        (Some(2), vec![ORIGIN, NETWORK])
    );

    // Origin is not known, network is: provisional until origin is.
    let proposal = propose(
        &spread,
        &ledger,
        Ask {
            network: Some(0),
            ..ASK
        },
    );
    assert_eq!(
        (chosen(&proposal), proposal.missing),
        (Some(0), vec![ORIGIN])
    );
    // Both name the same party: it stands there once.
    let proposal = propose(
        &spread,
        &ledger,
        Ask {
            origin: Some(0),
            network: Some(0),
            ..ASK
        },
    );
    assert_eq!(
        order(&proposal),
        [(0, Preferred(ORIGIN)), (2, FurthestBehind), (1, Behind)]
    );
}

#[test]
fn behind_is_relative_and_ties_go_to_the_larger_part_then_the_order_of_the_file() {
    let spread = spread(three(), rules());
    let empty = propose(&spread, &Ledger::new(), ASK);
    assert_eq!(
        empty
            .ranked
            .iter()
            .map(|candidate| candidate.party.0)
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    // 4 of 60 equals 2 of 30: the larger first; both behind 3 of 30.
    let even = booked(&[
        (0, 4, date(2018, 2, 1)),
        (1, 3, date(2018, 2, 1)),
        (2, 2, date(2018, 2, 1)),
    ]);
    let proposal = propose(&spread, &even, ASK);
    assert_eq!(
        proposal
            .ranked
            .iter()
            .map(|candidate| candidate.party.0)
            .collect::<Vec<_>>(),
        [0, 2, 1]
    );
}

#[test]
fn without_a_fallback_nobody_is_chosen_unless_a_fact_names_one() {
    let preference = vec![Preference::Fact(ORIGIN)];
    let spread = spread(
        three(),
        Spreading {
            preference,
            ..rules()
        },
    );
    assert_eq!(chosen(&propose(&spread, &Ledger::new(), ASK)), None);
    assert_eq!(
        chosen(&propose(
            &spread,
            &Ledger::new(),
            Ask {
                origin: Some(2),
                ..ASK
            }
        )),
        Some(2)
    );
}

#[test]
fn no_member_and_no_part_are_told_apart() {
    let mut parties = three();
    parties.push(joining(municipality("D", 500), date(2018, 3, 1)));
    parties.push(municipality("E", 500));
    parties[4].standing = Standing::Supporter;
    let spread = spread(parties, with_preference());
    let proposal = propose(
        &spread,
        &Ledger::new(),
        Ask {
            origin: Some(4),
            network: Some(3),
            ..ASK
        },
    );
    let ranked = order(&proposal);
    assert_eq!(
        ranked[3..],
        [
            (3, CandidateReason::NoShare),
            (4, CandidateReason::NotAMember)
        ]
    );
    assert_eq!(proposal.ranked[3].clause, article("sleutel"));
    assert_eq!(proposal.ranked[4].clause, article("E"));
    assert_eq!(chosen(&proposal), Some(0));
    // What the convenant's life says counts as well.
    let question = Question {
        on: ASK.on,
        in_force: IN_FORCE,
        fact: &|_| None,
        member: &|party| party != PartyId(0),
        neighbourhood: None,
        replaces: None,
    };
    assert_eq!(
        spread.propose(&question, &Ledger::new()).unwrap().chosen,
        Some(PartyId(1))
    );
}

#[test]
fn a_case_of_a_predecessor_goes_to_its_successor() {
    let day = date(2019, 1, 1);
    let mut successor = joining(municipality("Vijfheerenlanden", 0), day);
    successor.attributes.clear();
    let parties = vec![
        succeeded(municipality("Vianen", 20), 2, day),
        municipality("Utrecht", 340),
        successor,
    ];
    let spread = spread(parties, with_preference());
    let ask = |on| Ask {
        on,
        origin: Some(0),
        ..ASK
    };
    assert_eq!(
        chosen(&propose(&spread, &Ledger::new(), ask(date(2018, 12, 31)))),
        Some(0)
    );
    let after = propose(&spread, &Ledger::new(), ask(day));
    assert_eq!(chosen(&after), Some(2));
    assert!(order(&after).contains(&(0, CandidateReason::NotAMember)));
}

#[test]
fn a_cap_counts_a_sliding_window_per_neighbourhood() {
    let cap = Cap {
        meta: article("hoogstens"),
        at_most: 2,
        per: CapPer::Neighbourhood,
        within: within(12, Unit::Months),
        departure: true,
    };
    let spread = spread(
        three(),
        Spreading {
            caps: vec![cap],
            ..with_preference()
        },
    );
    let mut ledger = Ledger::new();
    ledger.place(
        CaseRef(0),
        SCHEME,
        placement(0, Some("Noord"), date(2017, 6, 2)),
    );
    ledger.place(
        CaseRef(1),
        SCHEME,
        placement(0, Some("Noord"), date(2018, 5, 31)),
    );
    ledger.place(
        CaseRef(2),
        SCHEME,
        placement(1, Some("Noord"), date(2018, 5, 31)),
    );
    let north = Ask {
        origin: Some(0),
        neighbourhood: Some("Noord"),
        ..ASK
    };
    let proposal = propose(&spread, &ledger, north);
    let reached = CandidateReason::CapReached {
        cap: 0,
        departure: true,
    };
    assert_eq!(proposal.ranked[2].reason, reached);
    assert_eq!(proposal.ranked[2].clause, article("hoogstens"));
    assert_ne!(chosen(&proposal), Some(0));
    // A day later the first has left the window; another neighbourhood and an unknown one have room.
    assert_eq!(
        chosen(&propose(
            &spread,
            &ledger,
            Ask {
                on: date(2018, 6, 2),
                ..north
            }
        )),
        Some(0)
    );
    assert_eq!(
        chosen(&propose(
            &spread,
            &ledger,
            Ask {
                neighbourhood: Some("Zuid"),
                ..north
            }
        )),
        Some(0)
    );
    assert_eq!(
        chosen(&propose(
            &spread,
            &ledger,
            Ask {
                neighbourhood: None,
                ..north
            }
        )),
        Some(0)
    );
    // The case's own earlier placement does not stand in its way.
    let own = placement(0, Some("Noord"), date(2018, 5, 31));
    assert_eq!(
        chosen(&propose(
            &spread,
            &ledger,
            Ask {
                replaces: Some(&own),
                ..north
            }
        )),
        Some(0)
    );
}

#[test]
fn a_cap_per_party_counts_its_predecessors() {
    let cap = Cap {
        meta: article("hoogstens"),
        at_most: 1,
        per: CapPer::Party,
        within: within(1, Unit::Months),
        departure: false,
    };
    let day = date(2018, 6, 1);
    let parties = vec![
        succeeded(municipality("Oud", 10), 1, day),
        joining(municipality("Nieuw", 10), day),
        municipality("Ander", 10),
    ];
    let spread = spread(
        parties,
        Spreading {
            caps: vec![cap],
            ..with_preference()
        },
    );
    let ledger = booked(&[(0, 1, date(2018, 5, 20))]);
    let proposal = propose(
        &spread,
        &ledger,
        Ask {
            origin: Some(0),
            ..ASK
        },
    );
    assert_eq!(chosen(&proposal), Some(2));
    assert!(order(&proposal).contains(&(
        1,
        CandidateReason::CapReached {
            cap: 0,
            departure: false
        }
    )));
}

#[test]
fn a_ceiling_holds_until_the_room_of_others_is_released() {
    let rules = Spreading {
        target: Some(target(TargetForce::Ceiling, TargetAmount::Count(4))),
        release: Some(within(1, Unit::Months)),
        ..with_preference()
    };
    let spread = spread(three(), rules);
    let full = booked(&[(0, 2, date(2018, 2, 1))]);
    let ask = |on| Ask {
        on,
        origin: Some(0),
        ..ASK
    };
    let before = propose(&spread, &full, ask(date(2018, 11, 30)));
    assert_eq!((chosen(&before), before.released), (Some(1), false));
    let last = before.ranked.last().unwrap();
    assert_eq!(
        (last.party, last.reason),
        (PartyId(0), CandidateReason::CeilingReached)
    );
    assert_eq!(last.clause, article("doel"));
    let after = propose(&spread, &full, ask(date(2018, 12, 1)));
    assert_eq!((chosen(&after), after.released), (Some(0), true));
    // When all of it is used, nothing is left to release.
    let used = booked(&[(0, 4, date(2018, 2, 1))]);
    let after = propose(&spread, &used, ask(date(2018, 12, 1)));
    assert_eq!(
        after.ranked.last().unwrap().reason,
        CandidateReason::CeilingReached
    );
    // An aim is no limit: who is preferred comes first, also beyond it.
    let aim = super::spread(three(), with_preference());
    let beyond = booked(&[(0, 90, date(2018, 2, 1))]);
    let proposal = propose(&aim, &beyond, ask(date(2018, 6, 1)));
    assert_eq!(chosen(&proposal), Some(0));
    let proposal = propose(&aim, &beyond, ASK);
    assert_eq!(proposal.ranked.last().unwrap().party, PartyId(0));
}

#[test]
fn a_surplus_that_was_carried_puts_a_party_last() {
    let spread = spread(
        three(),
        Spreading {
            surplus: CarryOver::Carries,
            ..rules()
        },
    );
    let ledger = booked(&[
        (1, 60, date(2017, 5, 1)),
        (0, 59, date(2018, 2, 1)),
        (2, 29, date(2018, 2, 1)),
    ]);
    let proposal = propose(&spread, &ledger, ASK);
    let last = proposal.ranked.last().unwrap();
    assert_eq!(
        (last.party, last.target.as_ref().unwrap().due()),
        (PartyId(1), Some(0))
    );
    assert_eq!(last.reason, CandidateReason::Behind);
}

#[test]
fn without_a_total_the_share_decides() {
    let spread = spread(
        three(),
        Spreading {
            target: None,
            ..rules()
        },
    );
    let ledger = booked(&[
        (0, 3, date(2018, 2, 1)),
        (1, 1, date(2018, 2, 1)),
        (2, 2, date(2018, 2, 1)),
    ]);
    // 3 : 60, 1 : 30, 2 : 30.
    let proposal = propose(&spread, &ledger, ASK);
    assert_eq!(
        proposal
            .ranked
            .iter()
            .map(|candidate| candidate.party.0)
            .collect::<Vec<_>>(),
        [1, 0, 2]
    );
}

proptest! {
    /// Whoever follows the proposals through a period meets every target exactly.
    #[test]
    fn following_the_proposals_meets_the_targets(
        inhabitants in prop::collection::vec(1..400_u64, 1..9), total in 1..60_u32,
    ) {
        let parties: Vec<Party> = inhabitants.iter().map(|number| municipality("x", *number)).collect();
        let amount = TargetAmount::Count(total);
        let spread = spread(parties, Spreading { target: Some(target(TargetForce::Aim, amount)), ..rules() });
        let mut ledger = Ledger::new();
        for case in 0..total {
            let party = propose(&spread, &ledger, ASK).chosen.unwrap();
            ledger.place(CaseRef(u128::from(case)), SCHEME, placement(party.0, None, ASK.on));
        }
        for target in spread.targets(&ledger, IN_FORCE, ASK.on).unwrap().parties {
            prop_assert_eq!(target.rounded, Some(i64::from(target.placed)));
        }
    }

    #[test]
    fn everybody_is_listed_once_and_the_open_come_first(
        placed in prop::collection::vec((0..5_u16, 0..9_u32), 0..9), origin in prop::option::of(0..5_u16),
    ) {
        let mut parties = three();
        parties.push(joining(municipality("D", 50), date(2018, 3, 1)));
        parties.push(municipality("E", 50));
        parties[4].standing = Standing::Withdrawn(None);
        let ceiling = Some(target(TargetForce::Ceiling, TargetAmount::Count(20)));
        let spread = spread(parties, Spreading { target: ceiling, ..with_preference() });
        let rows: Vec<_> = placed.iter().map(|(party, number)| (*party, *number, date(2018, 2, 1))).collect();
        let proposal = propose(&spread, &booked(&rows), Ask { origin, ..ASK });
        let mut listed: Vec<u16> = proposal.ranked.iter().map(|candidate| candidate.party.0).collect();
        listed.sort_unstable();
        prop_assert_eq!(listed, vec![0, 1, 2, 3, 4]);
        let open: Vec<bool> = proposal.ranked.iter().map(|candidate| candidate.reason.is_open()).collect();
        prop_assert!(open.is_sorted_by(|first, second| first >= second));
        prop_assert_eq!(chosen(&proposal).is_some(), open[0]);
    }
}
