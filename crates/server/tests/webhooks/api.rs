//! Webhooks over the API: by whom, which addresses, the secret that is shown once, a test.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use convenant_server::channel::smtp;
use convenant_server::channel::webhook::{REASONS, Webhooks};
use convenant_server::clock::RealClock;
use convenant_server::regions::RegionFiles;
use convenant_server::serve::Outward;
use convenant_server::text::{Language, Texts};
use convenant_store::BY_PARTY;
use serde_json::{Value as Json, json};

use crate::common::{ALARMER, Answer, COORDINATOR, HOST, TestServer, convenants, morning};
use crate::receiver::Receiver;
use crate::sending::settings;

pub const WEBHOOKS: &str = "/v1/convenanten/utrecht/webhooks";

pub async fn start() -> TestServer {
    let server = TestServer::start("2018-05-02").await;
    let outward = outward(&server);
    server.with_outward(outward).await
}

/// Webhooks may go to this machine.
pub fn outward(server: &TestServer) -> Outward {
    Outward {
        webhooks: Webhooks::new(settings(&["127.0.0.1"]), Arc::new(RealClock::default())),
        ..Outward::folder(server.data.folder.path().join("mail"))
    }
}

pub async fn ask(
    server: &TestServer,
    method: &str,
    path: &str,
    account: &str,
    body: Json,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", HOST)
        .header("x-account", account)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    server.send(request.unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_party_makes_tests_rotates_and_removes_its_webhook() {
    let server = start().await;
    let receiver = Receiver::answering("200 OK", "").await;
    let made = server
        .post(
            WEBHOOKS,
            COORDINATOR,
            json!({"adres": receiver.url(), "naam": "zaaksysteem"}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let one = made.headers["location"].to_str().unwrap().to_owned();
    let secret = made.json()["geheim"].as_str().unwrap().to_owned();
    assert!(
        secret.starts_with("whsec_") && secret.len() == 50,
        "{secret}"
    );
    let listed = server.get_as(WEBHOOKS, Some(COORDINATOR)).await;
    assert_eq!(listed.json()[0]["adres"], receiver.url());
    assert_eq!(listed.json()[0]["aan"], true);
    assert!(!listed.text.contains("whsec_") && !listed.text.contains(&secret));

    let test = server
        .post(&format!("{one}/proef"), COORDINATOR, json!({}))
        .await;
    assert_eq!(
        test.json(),
        json!({"uitkomst": "bezorgd", "bevestigd": true})
    );
    let event: Json = serde_json::from_str(&receiver.requests()[0].body).unwrap();
    assert_eq!(event["type"], "nl.uitstroomconvenanten.proef");
    assert_eq!(event["dataref"], format!("http://{HOST}/utrecht"));

    let rotated = server
        .post(&format!("{one}/geheim"), COORDINATOR, json!({}))
        .await;
    assert_ne!(rotated.json()["geheim"], secret);
    assert!(rotated.json()["webhook"]["oud_geheim_tot"].is_string());
    server
        .post(&format!("{one}/proef"), COORDINATOR, json!({}))
        .await;
    let signatures = |n: usize| {
        let requests = receiver.requests();
        requests[n]
            .header("webhook-signature")
            .unwrap()
            .split(' ')
            .count()
    };
    assert_eq!((signatures(0), signatures(1)), (1, 2));
    let withdrawn = ask(
        &server,
        "DELETE",
        &format!("{one}/geheim"),
        COORDINATOR,
        json!({}),
    )
    .await;
    assert_eq!(withdrawn.status, 204);
    server
        .post(&format!("{one}/proef"), COORDINATOR, json!({}))
        .await;
    assert_eq!(signatures(2), 1);

    let off = json!({"adres": receiver.url(), "naam": "oud", "aan": false});
    let changed = ask(&server, "PUT", &one, COORDINATOR, off).await;
    assert_eq!(changed.json()["aan"], false);
    assert_eq!(changed.json()["uit_omdat"], "uitgezet door de partij zelf");
    assert_eq!(changed.json()["naam"], "oud");

    let removed = ask(&server, "DELETE", &one, COORDINATOR, json!({})).await;
    assert_eq!(removed.status, 204);
    server
        .get_as(&one, Some(COORDINATOR))
        .await
        .problem(404, "onbekend");
    let database = std::fs::read(server.data.folder.path().join("data/convenant.db")).unwrap();
    let log = std::fs::read(server.data.folder.path().join("data/convenant.db-wal")).unwrap();
    for bytes in [database, log] {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains(&secret[6..]),
            "the secret lies about in the clear"
        );
    }
}

/// Utrecht as version 2: from 1 June 2018 on the coordinator's party is another one, which takes over from it.
fn renamed(source: &str) -> String {
    let old = "  dienstverlener \"Huis Utrecht\"\n";
    let new = "  dienstverlener \"Het Vierde Huis\" { tot 1 juni 2018 opgevolgd door \"Huis Utrecht\"  aanname }
  dienstverlener \"Huis Utrecht\"    { vanaf 1 juni 2018  aanname }\n";
    let header = "  versie     1\n";
    let text = source.replace("\"Het Vierde Huis\"", "\"Huis Utrecht\"");
    assert!(text.contains(old) && text.contains(header));
    let text = text.replacen(old, new, 1);
    let amends = "  versie 2\n  wijzigt versie 1 vanaf 1 juni 2018\n";
    let text = text.replacen(header, amends, 1);
    format!("{text}\novergang {{\n  aanname\n  lopende zaken gaan over\n}}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_goes_with_its_party_when_an_amendment_gives_it_another_name() {
    let server = start().await;
    let receiver = Receiver::answering("200 OK", "").await;
    let body = json!({"adres": receiver.url(), "naam": "zaaksysteem"});
    let made = server.post(WEBHOOKS, COORDINATOR, body).await;
    let one = made.headers["location"].to_str().unwrap().to_owned();
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    assert_eq!(receiver.requests().len(), 1, "under its first name");
    let data = server.close().await;

    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let utrecht = files.iter_mut().find(|f| f.key == "utrecht").unwrap();
    utrecht.source = renamed(std::str::from_utf8(&utrecht.source).unwrap()).into_bytes();
    let server = TestServer::open(data, morning("2018-06-04"), files.clone()).await;
    let outward = outward(&server);
    let server = server.with_files_and_outward(files, outward).await;
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let told = receiver.requests().len();
    assert!(told > 1, "under its new name");
    let coordinator = "utrecht.coordinator.huis-utrecht";
    let listed = server.get_as(WEBHOOKS, Some(coordinator)).await.json();
    assert_eq!(listed[0]["naam"], "zaaksysteem");
    let off = json!({"adres": receiver.url(), "naam": "zaaksysteem", "aan": false});
    let changed = ask(&server, "PUT", &one, coordinator, off).await;
    assert_eq!(changed.json()["aan"], false);
    // Another party has nothing to do with it.
    let strange = server.get_as(&one, Some(ALARMER)).await;
    strange.problem(404, "onbekend");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_its_partys_and_goes_to_the_public_net_only() {
    let server = start().await;
    let receiver = Receiver::answering("302 Found", "Location: http://10.0.0.1/\r\n").await;
    let body = json!({"adres": receiver.url()});
    let made = server.post(WEBHOOKS, COORDINATOR, body.clone()).await;
    let one = made.headers["location"].to_str().unwrap().to_owned();
    for (method, path) in [
        ("GET", one.clone()),
        ("PUT", one.clone()),
        ("DELETE", one.clone()),
        ("POST", format!("{one}/geheim")),
        ("DELETE", format!("{one}/geheim")),
        ("POST", format!("{one}/proef")),
        ("GET", format!("{WEBHOOKS}/geen-id")),
    ] {
        let answer = ask(&server, method, &path, ALARMER, body.clone()).await;
        answer.problem(404, "onbekend");
    }
    assert_eq!(
        server.get_as(WEBHOOKS, Some(ALARMER)).await.json(),
        json!([])
    );
    server.get(WEBHOOKS).await.problem(401, "geen-account");
    let elsewhere = server.get_as("/v1/convenanten/drenthe/webhooks", Some(COORDINATOR));
    elsewhere.await.problem(403, "niet-bevoegd");

    for (adres, says) in [
        ("https://127.2/", "niet openbaar"),
        ("https://[::ffff:10.0.0.1]/", "niet openbaar"),
        ("http://voorbeeld.nl/", "https://"),
        ("https://a:b@voorbeeld.nl/", "gebruikersnaam"),
        ("https://localhost/", "eigen netwerk"),
        ("https://bestaat-niet.invalid/", "niet gevonden"),
    ] {
        for (method, path) in [("POST", WEBHOOKS), ("PUT", &one)] {
            let answer = ask(&server, method, path, COORDINATOR, json!({"adres": adres})).await;
            let problem = answer.problem(422, "waarde");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(says), "{adres}: {detail}");
            assert_eq!(problem["veld"], "adres");
        }
    }
    let long = json!({"adres": receiver.url(), "naam": "x".repeat(101)});
    let long = server.post(WEBHOOKS, COORDINATOR, long).await;
    assert_eq!(long.problem(422, "waarde")["veld"], "naam");
    let extra = json!({"adres": receiver.url(), "geheim": "x"});
    server
        .post(WEBHOOKS, COORDINATOR, extra)
        .await
        .problem(400, "vorm");

    let path = format!("{one}/proef?lang=en");
    let test = server.post(&path, COORDINATOR, json!({})).await.json();
    assert_eq!(test["uitkomst"], "later");
    assert!(
        test["reden"].as_str().unwrap().contains("redirects (302)"),
        "{test}"
    );
    for _ in 1..10 {
        let more = server.post(WEBHOOKS, COORDINATOR, body.clone()).await;
        assert_eq!(more.status, 201);
    }
    let more = server.post(WEBHOOKS, COORDINATOR, body.clone()).await;
    let problem = more.problem(409, "geweigerd");
    assert!(problem["detail"].as_str().unwrap().contains("10 webhooks"));
    assert_eq!(
        server.post(WEBHOOKS, ALARMER, body).await.status,
        201,
        "another party"
    );
}

#[test]
fn every_reason_has_its_words() {
    let texts = Texts::new();
    for reason in REASONS.iter().chain(&smtp::REASONS) {
        assert!(texts.has(Language::Dutch, reason) && texts.has(Language::English, reason));
    }
    assert!(REASONS.contains(&BY_PARTY));
}
