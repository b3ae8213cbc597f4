//! Homes: the explanation, the bits and the ranks, on a small agreement.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use convenant_lang::model::{PartyId, PartyKind, SchemeId, Value};
use convenant_lang::{check, parse_value};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Client, fit};
use crate::{Holidays, Program, Truth};

const SCHEME: SchemeId = SchemeId(0);
const DAY: Date = date(2019, 5, 1);

fn program() -> Program {
    let checked = check(include_bytes!("homes.convenant"));
    let model = checked
        .model
        .unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    Program::compile(model, Holidays::dutch()).unwrap()
}

/// Facts as the language spells them: of the case, or of a home.
fn facts(program: &Program, home: bool, given: &[(&str, &str)]) -> Vec<Option<Value>> {
    let model = program.model();
    let declared = if home {
        &model.homes.as_ref().unwrap().facts
    } else {
        &model.facts
    };
    for (name, _) in given {
        assert!(declared.iter().any(|fact| fact.name == *name), "{name}");
    }
    let value = |fact: &convenant_lang::model::Fact| {
        let (_, text) = given.iter().find(|(name, _)| *name == fact.name)?;
        Some(parse_value(model, &fact.kind, text).unwrap())
    };
    declared.iter().map(value).collect()
}

const GOOD: [(&str, &str); 7] = [
    ("gemeente", "Zuid"),
    ("wijk", "Oost"),
    ("huur", "€ 300"),
    ("kamers", "2"),
    ("gelijkvloers", "nee"),
    ("vrij", "2019-08-01"),
    ("soort", "huis"),
];

const CLIENT: [(&str, &str); 5] = [
    ("inkomen", "€ 1.000"),
    ("personen", "2"),
    ("kan-geen-trap", "nee"),
    ("eigen-wijk", "Oost"),
    ("herkomst", "Noord"),
];

/// The same list with one answer changed, or taken out.
fn with<'a>(
    list: &[(&'a str, &'a str)],
    name: &'a str,
    text: Option<&'a str>,
) -> Vec<(&'a str, &'a str)> {
    let mut list: Vec<_> = list.iter().copied().filter(|(n, _)| *n != name).collect();
    list.extend(text.map(|text| (name, text)));
    list
}

/// Names of the needed rules that are broken and that are not known, by the explanation; the bits must say the same.
fn outcome(
    program: &Program,
    client: &[(&str, &str)],
    parties: [Option<PartyId>; 6],
    home: &[(&str, &str)],
) -> (Vec<String>, Vec<String>, Vec<u32>) {
    let (facts_of, home) = (facts(program, false, client), facts(program, true, home));
    let client = Client {
        facts: &facts_of,
        parties: &parties,
    };
    let (broken, unknown, ranks) = agree(program, &client, &home);
    (broken, unknown, ranks)
}

fn agree(
    program: &Program,
    client: &Client<'_>,
    home: &[Option<Value>],
) -> (Vec<String>, Vec<String>, Vec<u32>) {
    let explained = fit(program, SCHEME, client, home, DAY);
    let day = program.homes_on(SCHEME, DAY).unwrap();
    let mut slots = day.slots();
    day.set_client(&mut slots, client);
    day.set_home(&mut slots, home);
    let judged = day.judge(&slots);
    let rules = program.homes(SCHEME).unwrap();
    for (bit, id) in rules.needed().iter().enumerate() {
        let told = explained
            .rules
            .iter()
            .find(|rule| rule.rule == *id)
            .unwrap();
        let value = match (judged.broken >> bit & 1, judged.unknown >> bit & 1) {
            (1, 0) => Truth::False,
            (0, 1) => Truth::Unknown,
            (0, 0) => Truth::True,
            _ => panic!("broken and unknown at once"),
        };
        assert_eq!(told.value, value, "{}", told.name);
        assert_eq!(
            told.missing.is_empty(),
            value != Truth::Unknown,
            "{}",
            told.name
        );
    }
    for (bit, id) in rules.wished().iter().enumerate() {
        let told = explained
            .rules
            .iter()
            .find(|rule| rule.rule == *id)
            .unwrap();
        assert_eq!(
            told.value == Truth::True,
            judged.granted >> bit & 1 == 1,
            "{}",
            told.name
        );
    }
    assert_eq!(explained.value() == Truth::True, judged.fits());
    let names = |rules: Vec<&super::RuleFit>| rules.iter().map(|rule| rule.name.clone()).collect();
    (
        names(explained.broken().collect()),
        names(explained.unknown().collect()),
        day.ranks(client, home, judged),
    )
}

#[test]
fn each_rule_holds_breaks_and_is_unknown() {
    let program = program();
    let assigned = |name: &str| {
        let mut parties = [None; 6];
        parties[PartyKind::Municipality as usize] = program.model().party_named(name);
        parties
    };
    let none = [None; 6];
    assert_eq!(
        outcome(&program, &CLIENT, none, &GOOD),
        (vec![], vec![], vec![1, 0, 0])
    );
    let cases: [(&str, &str, Option<&str>); 4] = [
        ("betaalbaar", "huur", Some("€ 300,01")),
        ("kamers-genoeg", "kamers", Some("1")),
        ("op-tijd", "vrij", Some("2019-08-02")),
        ("gemeente", "gemeente", Some("Noord")),
    ];
    for (rule, fact, value) in cases {
        let home = with(&GOOD, fact, value);
        let (broken, unknown, _) = outcome(&program, &CLIENT, assigned("Zuid"), &home);
        assert_eq!((broken, unknown), (vec![rule.to_owned()], vec![]), "{fact}");
        let home = with(&GOOD, fact, None);
        let (broken, unknown, _) = outcome(&program, &CLIENT, assigned("Zuid"), &home);
        assert_eq!((broken, unknown), (vec![], vec![rule.to_owned()]), "{fact}");
    }
    // A client who needs no ground floor does not need to know about it.
    let home = with(&GOOD, "gelijkvloers", None);
    assert!(outcome(&program, &CLIENT, none, &home).1.is_empty());
    let stairs = with(&CLIENT, "kan-geen-trap", Some("ja"));
    assert_eq!(outcome(&program, &stairs, none, &home).1, ["begaanbaar"]);
    assert_eq!(outcome(&program, &stairs, none, &GOOD).0, ["begaanbaar"]);
}

#[test]
fn the_explanation_names_the_article_and_what_is_missing() {
    let program = program();
    let client = facts(&program, false, &with(&CLIENT, "inkomen", None));
    let client = Client {
        facts: &client,
        parties: &[None; 6],
    };
    let told = fit(
        &program,
        SCHEME,
        &client,
        &facts(&program, true, &GOOD),
        DAY,
    );
    let rule = told.unknown().next().unwrap();
    assert_eq!(rule.source.article.as_deref(), Some("7.1"));
    assert_eq!(rule.missing, ["inkomen"]);
    let told = fit(&program, SCHEME, &client, &[], DAY);
    assert_eq!(
        told.unknown().next().unwrap().missing,
        ["huur van de woning", "inkomen"]
    );
}

#[test]
fn preferences_rank_the_spreading_first_then_the_wishes() {
    let program = program();
    let ranks = |home: &[(&str, &str)]| outcome(&program, &CLIENT, [None; 6], home).2;
    assert_eq!(ranks(&with(&GOOD, "gemeente", Some("Noord"))), [0, 0, 0]);
    assert_eq!(ranks(&with(&GOOD, "wijk", Some("West"))), [1, 1, 0]);
    assert_eq!(ranks(&with(&GOOD, "soort", Some("kamer"))), [1, 0, 1]);
    assert_eq!(ranks(&[]), [1, 1, 1]);
}

#[test]
fn a_party_that_merged_counts_as_its_successor() {
    // West went on as Kust on 1 January 2020.
    let program = program();
    let model = program.model();
    let (west, kust) = (
        model.party_named("West").unwrap(),
        model.party_named("Kust").unwrap(),
    );
    let mut parties = [None; 6];
    parties[PartyKind::Municipality as usize] = Some(west);
    let client = facts(&program, false, &with(&CLIENT, "herkomst", Some("West")));
    let client = Client {
        facts: &client,
        parties: &parties,
    };
    let home = facts(&program, true, &with(&GOOD, "gemeente", Some("Kust")));
    let broken = |day: Date| {
        let told = fit(&program, SCHEME, &client, &home, day);
        told.broken().any(|rule| rule.name == "gemeente")
    };
    assert!(broken(date(2019, 12, 31)));
    assert!(!broken(date(2020, 1, 1)));
    let day = program.homes_on(SCHEME, date(2020, 1, 1)).unwrap();
    assert_eq!(day.party_of(&home), Some(kust));
    let mut slots = day.slots();
    day.set_client(&mut slots, &client);
    day.set_home(&mut slots, &home);
    assert_eq!(
        day.ranks(&client, &home, day.judge(&slots)).first(),
        Some(&0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The bits say what the explanation says, whatever is known.
    #[test]
    fn bits_and_explanation_agree(
        known in proptest::collection::vec(any::<bool>(), 12),
        (rent, income) in (0_i64..120_000, 0_i64..400_000),
        (rooms, people) in (0_i64..6, 0_i64..6),
        (flat, stairs, kind, free) in (any::<bool>(), any::<bool>(), 0_u16..2, 0_i32..200),
        (place, own, here, assigned) in (0_u16..3, 0_usize..3, 0_usize..3, 0_u16..3),
    ) {
        let program = program();
        let model = program.model();
        let names = ["Oost", "West", "Zuid"];
        let maybe = |n: usize, value: Value| known.get(n).copied().unwrap_or(false).then_some(value);
        let mut client = vec![None; model.facts.len()];
        let mut put = |name: &str, value: Option<Value>| {
            client[model.fact_named(name).unwrap().index()] = value;
        };
        put("inkomen", maybe(0, Value::Money(income)));
        put("personen", maybe(1, Value::Number(people * 10_000)));
        put("kan-geen-trap", maybe(2, Value::Bool(stairs)));
        put("eigen-wijk", maybe(3, Value::Text(names[own].to_owned())));
        let vrij = DAY.checked_add(jiff::Span::new().days(free)).unwrap();
        let home = vec![
            maybe(4, Value::Party(PartyId(place))),
            maybe(5, Value::Text(names[here].to_owned())),
            maybe(6, Value::Money(rent)),
            maybe(7, Value::Number(rooms * 10_000)),
            maybe(8, Value::Bool(flat)),
            maybe(9, Value::Date(vrij)),
            maybe(10, Value::Choice(kind)),
        ];
        let mut parties = [None; 6];
        parties[PartyKind::Municipality as usize] = known[11].then_some(PartyId(assigned));
        agree(&program, &Client { facts: &client, parties: &parties }, &home);
    }
}
