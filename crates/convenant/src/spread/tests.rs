//! The comparison on a small file: who is placed where, what cannot be placed, and how it is written down.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use convenant_engine::Holidays;
use convenant_engine::spread::{InForce, Spread};
use convenant_lang::Lang;
use convenant_lang::model::{Convenant, PartyKind, SchemeId};
use jiff::civil::{Date, date};

use super::read::{Name, Placed};
use super::replay::{Comparison, Row, compare};
use super::{as_csv, chart, first_day};
use crate::messages::Messages;

const SMALL: &str = include_str!("../../tests/data/klein.convenant");
const IN_FORCE: InForce = InForce {
    from: date(2018, 1, 1),
    until: None,
};

fn model(text: &str) -> Convenant {
    let checked = convenant_lang::check(text.as_bytes());
    checked
        .model
        .unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn compiled(model: &Convenant) -> Spread {
    Spread::compile(model, SchemeId(0), &Holidays::dutch())
        .unwrap()
        .unwrap()
}

fn municipality(name: &str) -> Name {
    (PartyKind::Municipality, name.to_owned())
}

fn placed(case: u128, on: Date, party: &str, origin: Option<&str>) -> Placed {
    let origin = origin.map(|name| ("herkomst".to_owned(), municipality(name)));
    Placed {
        case,
        on,
        party: municipality(party),
        neighbourhood: Some("Oost".to_owned()),
        departure: false,
        facts: origin.into_iter().collect::<BTreeMap<_, _>>(),
    }
}

/// Under a draft that is the small file with one place written otherwise.
fn under(place: &str, otherwise: &str, cases: &[Placed]) -> Comparison {
    let (now, draft) = (model(SMALL), model(&SMALL.replacen(place, otherwise, 1)));
    let (spread, current) = (compiled(&draft), compiled(&now));
    let period = spread.period(date(2018, 6, 1), IN_FORCE);
    compare(
        &draft,
        &spread,
        Some(&(&now, current)),
        cases,
        IN_FORCE,
        period,
    )
    .unwrap()
}

fn cases() -> Vec<Placed> {
    vec![
        placed(1, date(2018, 2, 1), "Zuid", Some("Zuid")),
        placed(2, date(2018, 3, 1), "Noord", Some("Noord")),
        placed(3, date(2018, 4, 1), "Zuid", None),
        placed(4, date(2019, 1, 1), "Zuid", Some("Zuid")),
    ]
}

fn row(party: &str, now: (i64, u32), draft: (i64, u32)) -> Row {
    Row {
        party: party.to_owned(),
        target_now: Some(now.0),
        placed_now: now.1,
        target_draft: Some(draft.0),
        placed_draft: draft.1,
    }
}

#[test]
fn the_rules_of_now_place_each_case_again_without_departures() {
    let same = under("doel 8", "doel 8", &cases());
    assert_eq!(
        (same.cases, same.unplaced, same.unknown, same.outside),
        (3, 0, 1, 0)
    );
    // The third went to Zuid, but Noord was furthest behind.
    assert_eq!(
        same.rows,
        [row("Noord", (6, 1), (6, 2)), row("Zuid", (2, 2), (2, 1))]
    );
    assert_eq!(same.rows[0].difference(), 1);
}

#[test]
fn another_draft_places_them_elsewhere() {
    let by_need = under(
        "voorkeur herkomst, anders grootste achterstand",
        "voorkeur grootste achterstand\n  contra-indicatie herkomst",
        &cases(),
    );
    assert_eq!(
        by_need.rows,
        [row("Noord", (6, 1), (6, 2)), row("Zuid", (2, 2), (2, 1))]
    );
    assert_eq!(by_need.unknown, 0);
    let full = under("doel 8", "plafond 2", &cases());
    assert_eq!(
        full.rows,
        [row("Noord", (6, 1), (2, 2)), row("Zuid", (2, 2), (0, 0))]
    );
    assert_eq!(full.unplaced, 1);
    // A party that has another name in the draft: what was placed there has no row.
    let renamed = SMALL.replace("Zuid", "Nieuw-Zuid");
    let gone = under(SMALL, &renamed, &cases());
    assert_eq!(
        (gone.outside, gone.rows[1].party.as_str()),
        (2, "Nieuw-Zuid")
    );
}

#[test]
fn a_name_is_no_formula_in_a_spreadsheet() {
    let mut comparison = under("doel 8", "doel 8", &cases());
    comparison.rows[0].party = "=1+1".to_owned();
    comparison.rows[1].target_now = None;
    let text = as_csv(&comparison, &Messages::new(Lang::En)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "Party,Target now,Placed now,Target draft,Placed draft,Difference",
            "'=1+1,6,1,6,2,1",
            "Zuid,,2,2,1,-1"
        ]
    );
}

#[test]
fn the_chart_says_in_words_what_it_shows() {
    let mut comparison = under("doel 8", "doel 8", &cases());
    comparison.rows[1].party = "<Zuid>".to_owned();
    let svg = chart::draw(&comparison, &Messages::new(Lang::En));
    assert!(
        svg.contains("<desc id=\"desc\">Noord: now 1, under this draft 2. &lt;Zuid&gt;: now 2")
    );
    assert!(!svg.contains("<Zuid>"));
    assert_eq!(
        svg.matches("class=\"draft\"").count(),
        comparison.rows.len() + 1
    );
    // Nobody placed and nothing to place: no bar, no division by zero.
    comparison.rows.clear();
    assert!(chart::draw(&comparison, &Messages::new(Lang::Nl)).ends_with("</svg>\n"));
}

#[test]
fn a_period_is_a_year_a_month_or_a_day() {
    assert_eq!(first_day("2018"), Ok(date(2018, 1, 1)));
    assert_eq!(first_day("2018-05"), Ok(date(2018, 5, 1)));
    assert_eq!(first_day("2018-05-02"), Ok(date(2018, 5, 2)));
    for wrong in ["", "18", "2018-13", "2018-02-30", "mei 2018"] {
        assert!(first_day(wrong).is_err(), "{wrong}");
    }
}
