//! Spreading: targets, placements under several versions, and the last place in a neighbourhood.

use convenant_server::regions::RegionFiles;
use serde_json::json;

use crate::common::{
    ALARMER, Backend, COORDINATOR, TestServer, convenants, eligible_facts, morning,
};

on_both!(
    the_spreading_shows_targets_and_who_is_next,
    the_ledger_names_the_event_behind_every_entry,
    what_is_kept_of_a_party_stays_its_own_over_an_amendment,
    the_last_place_in_a_neighbourhood_goes_to_one_of_two_nodes,
);

async fn the_spreading_shows_targets_and_who_is_next(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let views = server.get("/v1/convenanten/utrecht/spreiding").await.json();
    let view = &views[0];
    assert_eq!(view["totaal"], 120);
    let sum: i64 = view["partijen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["doel"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 120);
    assert!(view["aan_de_beurt"].is_string(), "{view}");
    assert_eq!(view["volgorde"][0]["gekozen"], true);
}

/// Takes a new case of Utrecht to the step in which it is allocated to a municipality.
pub async fn allocatable(server: &TestServer) -> String {
    let case = server.open_case().await;
    let judged =
        json!({ "criterium": "kan-zelfstandig-wonen", "uitkomst": "ja", "motivering": "kan het" });
    let advised = json!({ "over": "woonvorm", "uitkomst": "ja", "motivering": "past" });
    for (who, act) in [
        (ALARMER, json!({ "feiten": eligible_facts() })),
        (ALARMER, json!({ "taak": "toestemming" })),
        (ALARMER, json!("gereed")),
        (ALARMER, json!({ "oordeel": judged })),
        (COORDINATOR, json!({ "besluit": { "naam": "doelgroep" } })),
        (ALARMER, json!({ "advies": advised })),
        (
            COORDINATOR,
            json!({ "besluit": { "naam": "woonvorm", "uitkomst": "zelfstandig" } }),
        ),
    ] {
        server.act(&case, who, act).await;
    }
    case
}

const LEDGER: &str = "/v1/convenanten/utrecht/spreiding/grootboek";

async fn the_ledger_names_the_event_behind_every_entry(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let by_rule = allocatable(&server).await;
    let zeist = json!({ "toewijzen": { "gemeente": "Zeist" } });
    server.act(&by_rule, COORDINATOR, zeist).await;
    let departing = allocatable(&server).await;
    let de_bilt =
        json!({ "toewijzen": { "gemeente": "De Bilt", "motivering": "Daar woont haar zus." } });
    server.act(&departing, COORDINATOR, de_bilt).await;

    let view = &server.get_as(LEDGER, Some(COORDINATOR)).await.json()[0];
    let entries = view["boekingen"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{view}");
    for (entry, case) in entries.iter().zip([&by_rule, &departing]) {
        let number = entry["zaak"].as_str().unwrap();
        assert!(case.ends_with(&format!("/{number}")), "{entry}");
        let history = server.get(&format!("{case}/geschiedenis")).await.json();
        let cause = history
            .as_array()
            .unwrap()
            .iter()
            .find(|event| event["volgnummer"] == entry["volgnummer"])
            .unwrap();
        let kind = cause["soort"].as_str().unwrap();
        assert!(kind.starts_with("toegewezen"), "{cause}");
    }
    assert_eq!(entries[0]["afwijking"], false);
    assert_eq!(entries[1]["motivering"], "Daar woont haar zus.");
    // The standing is the count of the entries, and the targets are those of the spreading.
    for party in view["stand"]["partijen"].as_array().unwrap() {
        let counted = |only: bool| {
            let of = |e: &&serde_json::Value| {
                e["partij"] == party["partij"] && (!only || e["afwijking"] == true)
            };
            entries.iter().filter(of).count()
        };
        assert_eq!(party["geplaatst"], counted(false), "{party}");
        assert_eq!(party["afwijkingen"], counted(true), "{party}");
    }
    for clause in ["sleutel", "afronden", "doel"] {
        let source = &view["bronnen"][clause];
        assert!(source["artikel"].is_string() || source["aanname"] == true);
    }
    // Whoever has no role sees that there was a departure, and not why.
    let view = &server.get(LEDGER).await.json()[0];
    assert_eq!(view["boekingen"][1]["afwijking"], true);
    assert!(view["boekingen"][1].get("motivering").is_none(), "{view}");
    let of_party = format!("{LEDGER}?partij=De%20Bilt");
    let of_party = &server.get(&of_party).await.json()[0];
    assert_eq!(of_party["boekingen"].as_array().unwrap().len(), 1);
    // An offer that departs and is refused is not why the placement does.
    let receives = json!({ "besluit": { "naam": "ontvangst", "uitkomst": "ontvangt" } });
    let offer = json!({ "aanbod": { "motivering": "Een studio, in het centrum." } });
    for (who, act) in [
        ("utrecht.wijkteam.de-bilt", receives),
        ("utrecht.corporatie.woningcorporatie-a", offer),
        (ALARMER, json!({ "antwoord": "geweigerd" })),
    ] {
        server.act(&departing, who, act).await;
    }
    let view = &server.get_as(LEDGER, Some(COORDINATOR)).await.json()[0];
    let told = &view["boekingen"][1]["motivering"];
    assert_eq!(told, "Daar woont haar zus.");
    // Long after the end of the term nobody has anything to place.
    let after = &server.get(&format!("{LEDGER}?op=2080-05-02")).await.json()[0];
    assert_eq!(after["stand"]["partijen"], json!([]), "{after}");
    // The period before is empty and nobody is next in it.
    let before = &server.get(&format!("{LEDGER}?op=2017-12-31")).await.json()[0];
    assert_eq!(before["boekingen"], json!([]));
    assert_eq!(before["stand"]["volgorde"], json!([]));
    let csv = format!("{LEDGER}?vorm=csv&deel=boekingen");
    let csv = server.get_as(&csv, Some(COORDINATOR)).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    let bad = server.get(&format!("{LEDGER}?op=morgen")).await;
    bad.problem(400, "parameter");
    let page = server.get_as("/utrecht/spreiding", Some(COORDINATOR)).await;
    assert!(page.text.contains("Daar woont haar zus."), "{}", page.text);
}

/// The municipalities of Utrecht that have placements, with their number.
async fn placed(server: &TestServer) -> Vec<(String, i64)> {
    let views = server.get("/v1/convenanten/utrecht/spreiding").await.json();
    let parties = views[0]["partijen"].as_array().unwrap().iter();
    parties
        .map(|p| {
            (
                p["partij"].as_str().unwrap().to_owned(),
                p["geplaatst"].as_i64().unwrap(),
            )
        })
        .filter(|(_, placed)| *placed > 0)
        .collect()
}

/// The cases that are assigned to a party.
async fn cases_of(server: &TestServer, party: &str) -> usize {
    let path = format!("/v1/convenanten/utrecht/zaken?partij={party}");
    let page = server.get_as(&path, Some(COORDINATOR)).await.json();
    page["zaken"].as_array().unwrap().len()
}

/// Who has signed, and when.
async fn signed(server: &TestServer) -> serde_json::Value {
    let life = server.get("/v1/convenanten/utrecht/leven").await.json();
    life["ondertekend"].clone()
}

async fn what_is_kept_of_a_party_stays_its_own_over_an_amendment(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let early = allocatable(&server).await;
    let zeist = json!({ "toewijzen": { "gemeente": "Zeist" } });
    server.act(&early, COORDINATOR, zeist.clone()).await;
    let late = allocatable(&server).await;
    let signatures = signed(&server).await;
    assert!(signatures["Bunnik"].is_string(), "{signatures}");
    let data = server.close().await;

    // Version 2 puts a municipality before all others and leaves running cases where they are.
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let utrecht = files.iter_mut().find(|f| f.key == "utrecht").unwrap();
    let text = String::from_utf8(utrecht.source.clone()).unwrap();
    let first = "  gemeente Bunnik ";
    assert!(text.contains(first) && text.contains("  versie     1\n"));
    let added = "  gemeente Almere { inwoners 9.000 op 1 januari 2017  aanname }\n";
    let text = text
        .replacen(first, &format!("{added}{first}"), 1)
        .replacen(
            "  versie     1\n",
            "  versie 2\n  wijzigt versie 1 vanaf 1 juni 2018\n",
            1,
        );
    utrecht.source =
        format!("{text}\novergang {{\n  aanname\n  lopende zaken blijven\n}}\n").into_bytes();

    let server = TestServer::open(data, morning("2018-06-04"), files.clone()).await;
    assert_eq!(placed(&server).await, [("Zeist".to_owned(), 1)]);
    server.act(&late, COORDINATOR, zeist).await;
    assert_eq!(placed(&server).await, [("Zeist".to_owned(), 2)]);
    // In version 2 another municipality has the number that Zeist has in the version of these cases.
    assert_eq!(cases_of(&server, "Zeist").await, 2);
    assert_eq!(cases_of(&server, "Wijk%20bij%20Duurstede").await, 0);
    assert_eq!(signed(&server).await, signatures);
    let body = json!({ "doe": { "ondertekening": { "op": "2018-06-04" } } });
    let path = "/v1/convenanten/utrecht/leven/opdrachten";
    let done = server.post(path, "utrecht.bestuurder.almere", body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let mut with_almere = signatures;
    with_almere["Almere"] = json!("2018-06-04");
    assert_eq!(signed(&server).await, with_almere);
    let data = server.close().await;
    let server = TestServer::open(data, morning("2018-06-05"), files).await;
    assert_eq!(placed(&server).await, [("Zeist".to_owned(), 2)]);
    assert_eq!(signed(&server).await, with_almere, "read from the log");
}

/// Takes a new case of Drenthe to an open offer in Ezinge, in Meppel.
async fn offered_in_ezinge(server: &TestServer) -> String {
    let case = matchable(server).await;
    let offer = json!({ "aanbod": { "wijk": "Ezinge" } });
    server
        .act(&case, &format!("drenthe.{MATCHER}"), offer)
        .await;
    case
}

/// Takes a new case of Drenthe to the step in which it gets a home, in Meppel.
pub async fn matchable(server: &TestServer) -> String {
    let opened = server
        .post(
            "/v1/convenanten/drenthe/zaken",
            "drenthe.zorgpartij.cosis",
            json!({}),
        )
        .await;
    let case = opened.headers["location"].to_str().unwrap().to_owned();
    let facts = json!({ "geboortedatum": "1991-08-20", "verblijf": "maatschappelijke-opvang", "woonvaardigheden": "met-hulp",
        "persoonlijke-verzorging": "zelfstandig", "ondersteuning-nodig": 4, "ondersteuning-beschikbaar": 5, "ooit-ontruimd": "nee",
        "huurschuld": "€ 0", "eigen-gemeente": "Meppel" });
    let judged = |criterion: &str| json!({ "oordeel": { "criterium": criterion, "uitkomst": "ja", "motivering": "gesproken" } });
    for (who, act) in [
        ("zorgpartij.cosis", json!({ "feiten": facts })),
        (
            "zorgpartij.cosis",
            json!({ "bewijs": { "ondersteuningsplan": "2018-04-20" } }),
        ),
        ("zorgpartij.cosis", json!({ "taak": "huurdersafspraken" })),
        ("zorgpartij.cosis", json!("gereed")),
        ("verhuurder.actium", judged("goede-huurder")),
        ("gemeentebestuur.assen", judged("draagkracht")),
        (MATCHER, json!({ "besluit": { "naam": "doelgroep" } })),
        (MATCHER, json!({ "toewijzen": { "gemeente": "Meppel" } })),
    ] {
        server.act(&case, &format!("drenthe.{who}"), act).await;
    }
    case
}

const MATCHER: &str = "koppelaar.coordinatiepunt-uitstroom";

async fn the_last_place_in_a_neighbourhood_goes_to_one_of_two_nodes(on: Backend) {
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let drenthe = files.iter_mut().find(|f| f.key == "drenthe").unwrap();
    let text = String::from_utf8(drenthe.source.clone()).unwrap();
    assert!(text.contains("hoogstens 3 per wijk"));
    drenthe.source = text
        .replacen("hoogstens 3 per wijk", "hoogstens 1 per wijk", 1)
        .into_bytes();
    let one = TestServer::start_with(on, "2018-05-02", files.clone()).await;
    let (first, second) = (offered_in_ezinge(&one).await, offered_in_ezinge(&one).await);
    // The other node has read the placements before anybody accepted.
    let other = one.second_node(files).await;
    let care = "drenthe.zorgpartij.cosis";
    let done = one
        .act(&first, care, json!({ "antwoord": "aanvaard" }))
        .await;
    assert_eq!(done["zaak"]["plaats"]["naam"], "ondertekening");
    let body = json!({ "doe": { "antwoord": "aanvaard" } });
    let path = format!("{second}/opdrachten");
    let late = other.post(&path, care, body).await;
    let late = late.problem(409, "geweigerd");
    assert_eq!(late["reden"], "grens-bereikt", "{late}");
    assert!(late["bron"]["regel"].is_number(), "{late}");
    // It goes on with another home, without a refusal that counts.
    let matcher = format!("drenthe.{MATCHER}");
    other
        .act(
            &second,
            &matcher,
            json!({ "aanbod": { "wijk": "Koedijkslanden" } }),
        )
        .await;
    let done = other
        .act(&second, care, json!({ "antwoord": "aanvaard" }))
        .await;
    assert_eq!(done["zaak"]["plaats"]["naam"], "ondertekening");
}
