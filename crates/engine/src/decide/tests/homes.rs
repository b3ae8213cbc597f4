//! Stories of homes: a cap per neighbourhood holds for an offer, and an accepted home counts in its neighbourhood.

use convenant_lang::model::*;
use jiff::civil::date;

use super::properties::{Shell, person};
use super::stories::{exit, model, noon, opened};
use crate::spread::CaseRef;
use crate::*;

/// At most one a year in a neighbourhood; the care provider offers and answers.
fn capped(departure: bool) -> Shell {
    let mut model = model();
    let care = Who::Role(RoleId(0));
    let scheme = &mut model.schemes[0];
    let year = Duration {
        amount: 12,
        unit: Unit::Months,
    };
    scheme.spreading = Some(Spreading {
        meta: Meta::default(),
        unit: "woningen".to_owned(),
        over: PartyKind::Municipality,
        period: SpreadPeriod::Year,
        target: None,
        key: ShareKey::Equal,
        fixed_shares: Vec::new(),
        rounding: Rounding::LargestRemainder,
        preference: vec![Preference::FurthestBehind],
        contra_indications: Vec::new(),
        capacity: None,
        joining: MidPeriod::NextPeriod,
        leaving: MidPeriod::NextPeriod,
        shortfall: CarryOver::Lapses,
        surplus: CarryOver::Lapses,
        release: None,
        caps: [CapPer::Party, CapPer::Neighbourhood]
            .into_iter()
            .map(|per| Cap {
                meta: Meta::default(),
                at_most: 1,
                per,
                within: year,
                departure,
            })
            .collect(),
        decided_by: None,
        home_found_by: None,
        departure: None,
        sources: SpreadingSources::default(),
    });
    scheme.handover.steps[0].exits = vec![exit(ExitKind::Offer(Offer {
        by: care,
        answered_by: care,
        answer: None,
        ladder: Ladder::default(),
        at_most: 2,
        grounds: Vec::new(),
        accepted: Target::Step(StepId(1)),
        exhausted: Target::End(EndId(1)),
    }))];
    let mut shell = opened(model, date(2018, 3, 5));
    let placement = |neighbourhood: Option<&str>| Placement {
        party: PartyId(0),
        neighbourhood: neighbourhood.map(str::to_owned),
        on: date(2018, 3, 1),
        seq: 1,
        departure: false,
    };
    let other = placement(Some("Centrum"));
    shell.ledger.place(CaseRef(7), SchemeId(0), other);
    shell.case.placement = Some(placement(None));
    shell
}

fn offer(shell: &mut Shell, neighbourhood: &str, motivation: Option<&str>) -> Result<(), Reason> {
    let command = Command::Offer {
        exit: ExitId(0),
        neighbourhood: Some(neighbourhood.to_owned()),
        motivation: motivation.map(str::to_owned),
    };
    let done = shell.act(&person(4, 0), &command);
    done.map(|_| ()).map_err(|refusal| refusal.reason)
}

#[test]
fn a_home_in_a_full_neighbourhood_is_not_offered() {
    let mut shell = capped(false);
    let full = offer(&mut shell, "Centrum", Some("Het kan niet anders"));
    assert_eq!(full, Err(Reason::CapReached));
    assert_eq!(offer(&mut shell, "Oost", None), Ok(()));
}

#[test]
fn with_a_departure_in_the_file_a_motivation_opens_the_neighbourhood() {
    let mut shell = capped(true);
    let silent = offer(&mut shell, "Centrum", None);
    assert_eq!(silent, Err(Reason::MotivationNeeded));
    let said = offer(&mut shell, "Centrum", Some("Dicht bij de kinderen"));
    assert_eq!(said, Ok(()));
    let answer = Command::Answer {
        exit: ExitId(0),
        answer: Answer::Accepted,
    };
    shell.act(&person(4, 0), &answer).unwrap();
    let placement = shell.case.placement.as_ref().unwrap();
    assert_eq!(placement.neighbourhood.as_deref(), Some("Centrum"));
    assert!(placement.departure);
}

#[test]
fn a_motivated_offer_is_a_departure_also_where_there_is_room() {
    let why = Some("De keuken is al aangepast");
    for (departure, later) in [(true, Ok(())), (false, Err(Reason::CapReached))] {
        let offered = || {
            let mut shell = capped(departure);
            assert_eq!(offer(&mut shell, "Oost", why), Ok(()));
            shell
        };
        let (mut shell, mut full) = (offered(), offered());
        let mut taken = shell.case.placement.clone().unwrap();
        taken.neighbourhood = Some("Oost".to_owned());
        // Another case comes first: a cap that admits no departure holds, whatever was said.
        full.ledger.place(CaseRef(8), SchemeId(0), taken);
        assert_eq!(answer(&mut full, Answer::Accepted), later);
        assert_eq!(answer(&mut shell, Answer::Accepted), Ok(()));
        assert!(shell.case.placement.as_ref().unwrap().departure);
    }
    let mut shell = capped(true);
    assert_eq!(offer(&mut shell, "Oost", Some("  ")), Ok(()));
    assert_eq!(answer(&mut shell, Answer::Accepted), Ok(()));
    assert!(!shell.case.placement.as_ref().unwrap().departure);
}

#[test]
fn a_year_later_the_neighbourhood_has_room_again() {
    let mut shell = capped(false);
    shell.now = noon(date(2019, 3, 2));
    assert_eq!(offer(&mut shell, "Centrum", None), Ok(()));
}

/// Another case took the last place in Oost between the offer and its answer.
fn overtaken(departure: bool) -> Shell {
    let mut shell = capped(departure);
    assert_eq!(offer(&mut shell, "Oost", None), Ok(()));
    let placement = Placement {
        party: PartyId(0),
        neighbourhood: Some("Oost".to_owned()),
        on: date(2018, 3, 5),
        seq: 1,
        departure: false,
    };
    shell.ledger.place(CaseRef(8), SchemeId(0), placement);
    shell
}

fn answer(shell: &mut Shell, answer: Answer) -> Result<(), Reason> {
    let command = Command::Answer {
        exit: ExitId(0),
        answer,
    };
    let done = shell.act(&person(4, 0), &command);
    done.map(|_| ()).map_err(|refusal| refusal.reason)
}

#[test]
fn an_offer_whose_place_was_taken_is_not_accepted_and_another_one_takes_its_place() {
    let mut shell = overtaken(false);
    let late = answer(&mut shell, Answer::Accepted);
    assert_eq!(late, Err(Reason::CapReached));
    assert_eq!(offer(&mut shell, "Zuid", None), Ok(()));
    assert_eq!(shell.case.offers.counted, 0, "nobody refused it");
    assert_eq!(offer(&mut shell, "West", None), Err(Reason::Offer));
    assert_eq!(answer(&mut shell, Answer::Accepted), Ok(()));
    let placement = shell.case.placement.as_ref().unwrap();
    assert_eq!(placement.neighbourhood.as_deref(), Some("Zuid"));
}

#[test]
fn an_offer_whose_place_was_taken_is_made_again_as_a_departure() {
    let mut shell = overtaken(true);
    let late = answer(&mut shell, Answer::Accepted);
    assert_eq!(late, Err(Reason::CapReached));
    let again = offer(&mut shell, "Oost", Some("Dicht bij de kinderen"));
    assert_eq!(again, Ok(()));
    assert_eq!(answer(&mut shell, Answer::Accepted), Ok(()));
    assert!(shell.case.placement.as_ref().unwrap().departure);
}
