//! The convenant's own life: sign, approve, give notice, consent, extend, evaluate.

use convenant_engine::Holidays;
use convenant_server::regions::{RegionError, RegionFiles, Regions};
use convenant_store::{RegionKey, Store};
use serde_json::{Value as Json, json};

use crate::common::{
    ALARMER, Answer, Backend, COORDINATOR, TestServer, convenants, eligible_facts, morning,
};

on_both!(
    a_party_acts_in_the_life_of_its_convenant,
    a_body_extends_the_term_and_running_cases_hear_of_it,
    an_act_twice_is_one_act,
    what_does_not_fit_is_refused_and_changes_nothing,
    an_approval_lets_a_party_in,
    another_ceiling_waits_for_the_consent_that_the_file_asks_for,
);

async fn act(server: &TestServer, account: &str, act: Json) -> Answer {
    let region = account.split('.').next().unwrap();
    let path = format!("/v1/convenanten/{region}/leven/opdrachten");
    server.post(&path, account, json!({ "doe": act })).await
}

async fn done(server: &TestServer, account: &str, deed: Json) -> Json {
    let answer = act(server, account, deed.clone()).await;
    assert_eq!(answer.status.as_u16(), 200, "{deed}: {}", answer.text);
    answer.json()
}

fn happened(done: &Json) -> Vec<&str> {
    let events = done["gebeurtenissen"].as_array().unwrap().iter();
    events.map(|e| e["soort"].as_str().unwrap()).collect()
}

async fn a_party_acts_in_the_life_of_its_convenant(on: Backend) {
    let server = TestServer::start_on(on, "2018-11-02").await;
    // Drenthe: an agreement without an end, from which a party goes with six months' notice.
    let board = "drenthe.gemeentebestuur.meppel";
    let notice = json!({ "opzegging": { "motivering": "Wij gaan zelf verder" } });
    let gone = done(&server, board, notice.clone()).await;
    assert_eq!(happened(&gone), ["opgezegd"]);
    assert_eq!(gone["leven"]["opgezegd"]["Meppel"], "2019-05-02");
    assert!(!gone.to_string().contains("Wij gaan zelf verder"));
    assert_eq!(happened(&done(&server, board, notice).await), [""; 0]);

    let duty = json!({ "plicht": "voldoende-woningen" });
    let met = done(&server, "drenthe.verhuurder.actium", duty).await;
    assert_eq!(happened(&met), ["gedaan", "gepland"]);
    let signed = json!({ "ondertekening": { "op": "2018-10-01" } });
    let already = done(&server, board, signed).await;
    assert_eq!(happened(&already), [""; 0], "it had signed in 2017");
}

async fn a_body_extends_the_term_and_running_cases_hear_of_it(on: Backend) {
    let server = TestServer::start_on(on, "2019-06-03").await;
    let case = server.open_case().await;
    let accounts = server.get_as("/v1/accounts", Some(ALARMER)).await.json();
    let boards: Vec<&str> = accounts
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["regio"] == "Utrecht" && a["rol"] == "wijkteam")
        .map(|a| a["id"].as_str().unwrap())
        .collect();
    let mut extended = None;
    for account in boards {
        let answer = act(&server, account, json!("verlenging")).await;
        if answer.status.as_u16() == 200 && happened(&answer.json()).contains(&"verlengd") {
            extended = Some(answer.json());
            break;
        }
    }
    let extended = extended.expect("the vote of the majority extends it");
    assert_eq!(extended["leven"]["tot"], "2021-01-01");
    assert_eq!(extended["leven"]["verlengd"], 1);
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    let told = history.as_array().unwrap().iter();
    assert_eq!(told.filter(|e| e["soort"] == "looptijd").count(), 2);
    act(&server, COORDINATOR, json!("verlenging"))
        .await
        .problem(403, "niet-bevoegd");
}

async fn an_act_twice_is_one_act(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let path = "/v1/convenanten/utrecht/leven/opdrachten";
    let account = "utrecht.corporatie.woningcorporatie-c";
    let key = [("idempotency-key", "goedgekeurd")];
    let body = json!({ "doe": "goedkeuring" }).to_string();
    let first = server.post_with(path, account, &key, body.clone()).await;
    let first = first.json();
    assert_eq!(first["herhaald"], false);
    assert_eq!(happened(&first), ["goedgekeurd"]);
    // Also on another day, when `today` is another one.
    server
        .service
        .worker
        .run_until(morning("2018-05-04"))
        .await
        .unwrap();
    let again = server.post_with(path, account, &key, body).await.json();
    assert_eq!(again["herhaald"], true);
    assert_eq!(again["gebeurtenissen"], first["gebeurtenissen"]);
    let other = json!({ "doe": "verlenging" }).to_string();
    let reused = server.post_with(path, account, &key, other).await;
    reused.problem(422, "sleutel-hergebruikt");
}

async fn what_does_not_fit_is_refused_and_changes_nothing(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let path = "/v1/convenanten/utrecht/leven";
    let before = server.get(path).await.text;
    let try_it = async |deed: Json| act(&server, COORDINATOR, deed).await;
    try_it(json!({ "vlucht": {} })).await.problem(400, "vorm");
    try_it(json!({ "plicht": "vliegen" }))
        .await
        .problem(422, "waarde");
    try_it(json!({ "evaluatie": { "nummer": 9 } }))
        .await
        .problem(422, "waarde");
    try_it(json!({ "ondertekening": { "op": "30 februari 2018" } }))
        .await
        .problem(422, "waarde");
    try_it(json!({ "opzegging": {} }))
        .await
        .problem(422, "waarde");
    let early = json!({ "beëindiging": { "per": "2019-01-01", "motivering": "Het is klaar" } });
    let lacking = try_it(early).await.problem(409, "geweigerd");
    assert_eq!(lacking["reden"], "instemming-nodig", "{lacking}");
    let nobody = json!({ "goedkeuring": { "op": "2018-05-01" } });
    let refused = try_it(nobody).await;
    assert!(
        matches!(refused.status.as_u16(), 403 | 409),
        "{}",
        refused.text
    );
    let elsewhere = format!("{path}/opdrachten");
    let body = json!({ "doe": "verlenging" });
    server
        .post(&elsewhere, "nijmegen.regisseur.nijmegen", body)
        .await
        .problem(403, "niet-bevoegd");
    assert_eq!(server.get(path).await.text, before);
}

async fn an_approval_lets_a_party_in(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    let account = "utrecht.corporatie.woningcorporatie-c";
    let seen = async || {
        let view = server.get_as(&case, Some(account)).await.json();
        let facts = view["gegevens"].as_array().unwrap().iter();
        facts.filter(|fact| fact["zichtbaar"] == true).count()
    };
    assert_eq!(seen().await, 0);
    let approved = json!({ "goedkeuring": { "op": "2018-04-30" } });
    let approved = done(&server, account, approved).await;
    assert_eq!(
        approved["leven"]["goedgekeurd"]["Woningcorporatie C"],
        "2018-04-30"
    );
    assert!(seen().await > 0);
}

/// Nijmegen with this ceiling instead of 5%.
fn with_ceiling(percentage: &str) -> Vec<RegionFiles> {
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    files.retain(|files| files.key == "nijmegen");
    let text = String::from_utf8(files[0].source.clone()).unwrap();
    assert!(text.contains("plafond 5% van"));
    files[0].source = text
        .replacen("plafond 5% van", &format!("plafond {percentage} van"), 1)
        .into_bytes();
    files
}

async fn adopt(store: &Store, percentage: &str, day: &str) -> Result<(), RegionError> {
    let (files, holidays) = (with_ceiling(percentage), Holidays::dutch());
    let opened = Regions::open(store, files, &holidays, morning(day)).await;
    opened.map(drop)
}

async fn another_ceiling_waits_for_the_consent_that_the_file_asks_for(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let refused = adopt(&server.store, "8%", "2018-05-02").await;
    let told = refused.unwrap_err().to_string();
    for part in [
        "nijmegen",
        "plafond",
        "Berg en Dal, Nijmegen, Zorginstelling A, Woningcorporatie A (line 92",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let versions = server
        .store
        .versions(&RegionKey::new("nijmegen").unwrap())
        .await;
    assert_eq!(versions.unwrap().len(), 1, "it was not adopted");
    // The project group decides by majority: three of four.
    let consent = json!({ "instemming": { "voor": "plafond" } });
    for who in ["regisseur.nijmegen", "voordrager.zorginstelling-a"] {
        done(&server, &format!("nijmegen.{who}"), consent.clone()).await;
    }
    let refused = adopt(&server.store, "8%", "2018-05-02").await;
    let told = refused.unwrap_err().to_string();
    assert!(
        told.contains("of Berg en Dal, Woningcorporatie A"),
        "{told}"
    );
    done(&server, "nijmegen.corporatie.woningcorporatie-a", consent).await;
    adopt(&server.store, "8%", "2018-05-03").await.unwrap();
    // What was consented to is used: the next ceiling needs a consent of its own, and a restart does not ask again.
    let next = adopt(&server.store, "9%", "2018-05-04").await;
    assert!(matches!(next, Err(RegionError::Ceiling { .. })));
    adopt(&server.store, "8%", "2018-05-04").await.unwrap();
}
