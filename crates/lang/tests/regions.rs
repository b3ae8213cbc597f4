//! The files of the three regions: they check without a remark, and say what is publicly known of each agreement.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use convenant_lang::model::{
    Convenant, Entry, Filling, Party, PartyKind, Rounding, Standing, TermLength, Test, Unit,
};
use convenant_lang::{Lang, check, format};
use jiff::civil::{Date, date};

fn path(name: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    format!("{root}/../../convenants/{name}/{name}.convenant")
}

fn region(name: &str) -> Convenant {
    let path = path(name);
    let source = std::fs::read(&path).unwrap();
    let checked = check(&source);
    let remarks: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|d| {
            let start = usize::try_from(d.span.start).unwrap();
            let line = source.iter().take(start).filter(|b| **b == b'\n').count() + 1;
            format!("{path}:{line}: {} {}", d.code, d.message(Lang::Nl))
        })
        .collect();
    assert!(remarks.is_empty(), "{}", remarks.join("\n"));
    checked.model.expect("a file without errors has a model")
}

fn party<'a>(convenant: &'a Convenant, name: &str) -> &'a Party {
    convenant
        .parties
        .get(convenant.party_named(name).expect(name).index())
        .unwrap()
}

/// Names of the parties of a kind with a standing, in the order of the file.
fn named(convenant: &Convenant, kind: PartyKind, standing: Standing) -> Vec<&str> {
    convenant
        .parties
        .iter()
        .filter(|p| p.kind == kind && p.standing == standing)
        .map(|p| p.name.as_str())
        .collect()
}

const FIRST_AFTER_UTRECHT: Date = date(2020, 1, 1);

#[test]
fn utrecht() {
    let utrecht = region("utrecht");
    assert_eq!(utrecht.term.signed, Some(date(2017, 3, 15)));
    assert!(matches!(
        utrecht.term.length,
        TermLength::Dates { until, .. } if until == FIRST_AFTER_UTRECHT
    ));
    let before_the_merger: Vec<&str> = utrecht
        .parties
        .iter()
        .filter(|p| p.kind == PartyKind::Municipality && p.from.is_none())
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(
        before_the_merger,
        [
            "Bunnik",
            "De Bilt",
            "De Ronde Venen",
            "Houten",
            "IJsselstein",
            "Lopik",
            "Montfoort",
            "Nieuwegein",
            "Oudewater",
            "Stichtse Vecht",
            "Utrecht",
            "Utrechtse Heuvelrug",
            "Vianen",
            "Woerden",
            "Wijk bij Duurstede",
            "Zeist",
        ]
    );
    let central = party(&utrecht, "Utrecht").central.as_ref().unwrap();
    assert_eq!(central.until, Some(FIRST_AFTER_UTRECHT));
    assert_eq!(
        party(&utrecht, "Het Vierde Huis").kind,
        PartyKind::ServiceOrganisation
    );
}

#[test]
fn vianen_is_succeeded_for_its_own_territory_only() {
    let utrecht = region("utrecht");
    let merger = date(2019, 1, 1);
    let vianen = party(&utrecht, "Vianen");
    let succession = vianen.succession.as_ref().unwrap();
    assert_eq!(vianen.until, Some(merger));
    assert_eq!(succession.from, merger);
    assert_eq!(succession.territory, ["Vianen"]);
    let successor = utrecht.parties.get(succession.by.index()).unwrap();
    assert_eq!(successor.name, "Vijfheerenlanden");
    assert_eq!(successor.from, Some(merger));
    assert_eq!(successor.territory, ["Vianen", "Leerdam", "Zederik"]);
}

#[test]
fn nijmegen() {
    let nijmegen = region("nijmegen");
    assert!(matches!(
        nijmegen.term.length,
        TermLength::Length(d) if d.amount == 24 && d.unit == Unit::Months
    ));
    assert_eq!(nijmegen.term.entry, Entry::WhenAllSigned);
    for agreed in ["Heumen", "Berg en Dal", "Nijmegen", "Beuningen"] {
        assert_eq!(party(&nijmegen, agreed).standing, Standing::Signatory);
    }
    let rivierenland = party(&nijmegen, "Gemeenten van Rivierenland");
    let Standing::Withdrawn(Some(on)) = rivierenland.standing else {
        panic!("Rivierenland withdrew");
    };
    assert_eq!((on.month(), on.day()), (5, 31));
    let first_signature = nijmegen.parties.iter().filter_map(|p| p.signed).min();
    assert!(Some(on) < first_signature, "withdrew before the signing");
    assert!(nijmegen.body_named("projectgroep").is_some());
    assert!(nijmegen.body_named("werkconferentie").is_some());
    assert_eq!(nijmegen.schemes.len(), 2);
}

#[test]
fn drenthe() {
    let drenthe = region("drenthe");
    let signed = |kind| named(&drenthe, kind, Standing::Signatory);
    let supports = |kind| named(&drenthe, kind, Standing::Supporter);
    assert_eq!(
        signed(PartyKind::Municipality),
        ["Assen", "Meppel", "Noordenveld"]
    );
    assert_eq!(
        signed(PartyKind::CareProvider),
        ["Cosis", "Leger des Heils", "GGZ"]
    );
    assert_eq!(
        signed(PartyKind::HousingCorporation),
        ["Actium", "Woonborg", "Woonconcept"]
    );
    assert_eq!(
        supports(PartyKind::Municipality),
        ["De Wolden", "Hoogeveen"]
    );
    assert_eq!(
        supports(PartyKind::HousingCorporation),
        ["Domesta", "Woonservice", "De Volmacht", "Seweelde"]
    );
    assert_eq!(
        drenthe.term.signed.unwrap().weekday(),
        jiff::civil::Weekday::Thursday
    );
    let matcher = drenthe.role_named("koppelaar").unwrap();
    let Filling::Parties(parties) = &drenthe.roles.get(matcher.index()).unwrap().filled_by else {
        panic!("one party matches homes and clients");
    };
    let point = drenthe
        .parties
        .get(parties.first().unwrap().index())
        .unwrap();
    assert_eq!(point.kind, PartyKind::CoordinationPoint);
    assert!(point.from > drenthe.term.signed, "starts the year after");
    let judged: Vec<&str> = drenthe
        .schemes
        .iter()
        .flat_map(|s| &s.eligibility.criteria)
        .filter(|c| matches!(c.test, Test::Judgement(_)))
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(judged, ["goede-huurder", "draagkracht"]);
}

#[test]
fn the_regions_spread_in_three_ways() {
    let roundings: Vec<Rounding> = ["utrecht", "nijmegen", "drenthe"]
        .iter()
        .map(|name| {
            let convenant = region(name);
            let spreading = convenant.schemes.first().unwrap().spreading.as_ref();
            spreading.unwrap().rounding
        })
        .collect();
    assert_eq!(
        roundings,
        [
            Rounding::LargestRemainder,
            Rounding::SainteLague,
            Rounding::DHondt
        ]
    );
}

#[test]
fn the_regions_are_laid_out() {
    for name in ["utrecht", "nijmegen", "drenthe"] {
        let source = std::fs::read_to_string(path(name)).unwrap();
        assert_eq!(format(&source).unwrap(), source, "{name}");
    }
}
