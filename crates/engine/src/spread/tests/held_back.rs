//! Parties that are held back (contra-indications, capacity), and Vianen's books in Utrecht's own file on 1 January 2019.

use convenant_lang::check;
use convenant_lang::model::{FactId, PartyId, Preference, SchemeId, Spreading};
use jiff::civil::{Date, date};

use super::{
    IN_FORCE, SCHEME, article, booked, joining, limited_by_places, municipality, placement, rules,
    spread, succeeded, with_places,
};
use crate::spread::{CandidateReason, CaseRef, Ledger, PartyTarget, Proposal, Question, Spread};
use crate::{Holidays, Program};

const ORIGIN: FactId = FactId(0);
const AVOIDED: FactId = FactId(1);

fn propose(spread: &Spread, ledger: &Ledger, facts: [Option<u16>; 2], on: Date) -> Proposal {
    let fact = |fact: FactId| facts[fact.index()].map(PartyId);
    let question = Question {
        on,
        in_force: IN_FORCE,
        fact: &fact,
        member: &|_| true,
        neighbourhood: None,
        replaces: None,
    };
    spread.propose(&question, ledger).unwrap()
}

fn reason(proposal: &Proposal, party: u16) -> (CandidateReason, Option<String>) {
    let found = proposal.ranked.iter().find(|c| c.party == PartyId(party));
    let found = found.unwrap();
    (found.reason, found.clause.article.clone())
}

fn origin_first() -> Spreading {
    Spreading {
        preference: vec![Preference::Fact(ORIGIN), Preference::FurthestBehind],
        contra_indications: vec![(article("mijden"), AVOIDED)],
        ..rules()
    }
}

#[test]
fn a_party_to_avoid_comes_last_even_when_it_is_preferred() {
    let spread = spread(
        vec![municipality("A", 100), municipality("B", 10)],
        origin_first(),
    );
    let day = date(2018, 6, 1);
    let free = propose(&spread, &Ledger::new(), [Some(0), None], day);
    assert_eq!(free.chosen, Some(PartyId(0)));
    let avoided = propose(&spread, &Ledger::new(), [Some(0), Some(0)], day);
    assert_eq!(avoided.chosen, Some(PartyId(1)));
    let expected = CandidateReason::ContraIndicated(AVOIDED);
    assert_eq!(reason(&avoided, 0), (expected, Some("mijden".to_owned())));
    assert!(!expected.is_open());
}

#[test]
fn whoever_avoids_a_party_avoids_its_successor() {
    let day = date(2019, 1, 1);
    let parties = vec![
        succeeded(municipality("Oud", 10), 2, day),
        municipality("Ander", 10),
        joining(municipality("Nieuw", 10), day),
    ];
    let spread = spread(parties, origin_first());
    let answer = propose(&spread, &Ledger::new(), [None, Some(0)], day);
    let expected = CandidateReason::ContraIndicated(AVOIDED);
    assert_eq!(reason(&answer, 2).0, expected);
    assert_eq!(answer.chosen, Some(PartyId(1)));
}

#[test]
fn a_party_that_is_full_waits_for_the_next_period() {
    let rules = limited_by_places();
    let parties = vec![
        with_places(municipality("A", 100), 2),
        with_places(municipality("B", 10), 0),
    ];
    let spread = spread(parties, rules);
    let one = booked(&[(0, 1, date(2018, 2, 1))]);
    let two = booked(&[(0, 2, date(2018, 2, 1))]);
    let at = |ledger: &Ledger, on| propose(&spread, ledger, [None, None], on);
    assert_eq!(at(&one, date(2018, 6, 1)).chosen, Some(PartyId(0)));
    let full = at(&two, date(2018, 6, 1));
    assert_eq!(full.chosen, None);
    let expected = (CandidateReason::CapacityReached, Some("plekken".to_owned()));
    assert_eq!(reason(&full, 0), expected);
    assert_eq!(reason(&full, 1), expected);
    assert_eq!(at(&two, date(2019, 1, 1)).chosen, Some(PartyId(0)));
}

/// Utrecht's file, which carries both a shortfall and a surplus to the next year.
#[test]
fn vianens_books_pass_to_vijfheerenlanden_on_1_january_2019() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../convenants/utrecht/utrecht.convenant"
    );
    let model = check(&std::fs::read(path).unwrap()).model.unwrap();
    let program = Program::compile(model, Holidays::dutch()).unwrap();
    let party = |name: &str| program.model().party_named(name).unwrap();
    let (vianen, heir) = (party("Vianen"), party("Vijfheerenlanden"));
    let spread = program.spread(SchemeId(0)).unwrap();
    let mut ledger = Ledger::new();
    let mut book = |number: u128, party: PartyId, on: Date| {
        ledger.place(CaseRef(number), SCHEME, placement(party.0, None, on));
    };
    // 20.000 of 894.000 inhabitants: 3 of 120 a year. One placed in 2017, one in 2018; one after the merger.
    book(1, vianen, date(2017, 6, 1));
    book(2, vianen, date(2018, 12, 31));
    book(3, heir, date(2019, 1, 1));
    let of = |on: Date, who: PartyId| -> Option<PartyTarget> {
        let targets = spread.targets(&ledger, IN_FORCE, on).unwrap();
        targets.parties.into_iter().find(|t| t.party == who)
    };
    let last = of(date(2018, 12, 31), vianen).unwrap();
    assert_eq!((last.rounded, last.carried, last.placed), (Some(3), 2, 1));
    assert_eq!(of(date(2018, 12, 31), heir), None);
    let first = of(date(2019, 1, 1), heir).unwrap();
    assert_eq!(
        (first.rounded, first.carried, first.placed),
        (Some(3), 4, 1)
    );
    assert_eq!(first.exact, last.exact);
    assert_eq!(of(date(2019, 1, 1), vianen), None);
}
