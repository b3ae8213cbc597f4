//! Whether a receiver wants to be told: what it is asked, what counts as yes, and what follows from no.

use convenant_engine::Moment;
use convenant_server::channel::webhook::is_origin;
use convenant_server::clock::Clock;
use convenant_store::{Consent, EndpointChange, NewEndpoint};
use serde_json::json;

use crate::api::{WEBHOOKS, ask, start};
use crate::common::COORDINATOR;
use crate::receiver::{Behaviour, Receiver};
use crate::sending::{Bench, NAMES, ORIGIN, PARTY, refused};

fn new(receiver: &Receiver) -> NewEndpoint {
    NewEndpoint {
        url: receiver.url(),
        name: String::new(),
        on: true,
        agreed: false,
    }
}

fn withheld(reason: &str) -> Consent {
    Consent::Withheld {
        reason: reason.to_owned(),
    }
}

#[tokio::test]
async fn only_the_headers_of_the_answer_are_a_yes() {
    let bench = Bench::start().await;
    let at = bench.endpoints.webhooks().now();
    let given = |rate| Consent::Given { at, rate };
    for (headers, expected) in [
        (
            "WebHook-Allowed-Origin: zaken.regio.example\r\nWebHook-Allowed-Rate: 120\r\n",
            given(Some(120)),
        ),
        (
            "webhook-allowed-origin: Zaken.Regio.Example\r\nWebHook-Allowed-Rate: *\r\n",
            given(None),
        ),
        (
            "WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: 0\r\n",
            given(None),
        ),
        ("WebHook-Allowed-Origin: *\r\n", given(None)),
        (
            "WebHook-Allowed-Origin: regio.example\r\nWebHook-Allowed-Rate: *\r\n",
            withheld("webhook-andere-afzender"),
        ),
        (
            "WebHook-Allowed-Rate: 120\r\n",
            withheld("webhook-niet-bevestigd"),
        ),
        (
            "Access-Control-Allow-Origin: *\r\n",
            withheld("webhook-niet-bevestigd"),
        ),
    ] {
        let receiver = Receiver::answering("200 OK", "").await;
        receiver.consents(Some(headers));
        let made = bench.endpoints.make(&bench.region, PARTY, new(&receiver));
        let made = made.await.unwrap();
        assert_eq!(made.consent, expected, "{headers}");
        let asked = receiver.asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 1);
        assert!(
            asked[0]
                .head
                .starts_with("OPTIONS /hook?sleutel=geheim HTTP/1.1\r\n"),
            "the very address that is told"
        );
        assert_eq!(asked[0].header("webhook-request-origin"), Some(ORIGIN));
        assert_eq!(asked[0].header("webhook-signature"), None);
        assert!(receiver.requests().is_empty());
        bench
            .endpoints
            .remove(&bench.region, &*NAMES, made.id)
            .await
            .unwrap();
    }
    let silent = Receiver::start(Behaviour::Silent).await;
    silent.consents(None);
    let made = bench.endpoints.make(&bench.region, PARTY, new(&silent));
    let made = made.await.unwrap();
    assert_eq!(made.consent, withheld("webhook-niet-bevestigd"));
    let (outcome, _) = bench.deliver(&made).await;
    assert_eq!(outcome, refused("webhook-niet-bevestigd"));
    assert!(silent.requests().is_empty(), "told nothing");
}

#[tokio::test]
async fn consent_is_for_one_address_and_outlives_a_receiver_that_is_down() {
    let bench = Bench::start().await;
    let receiver = Receiver::answering("200 OK", "").await;
    let made = bench.endpoints.make(&bench.region, PARTY, new(&receiver));
    let made = made.await.unwrap();
    let (first, at) = (made.consent.clone(), bench.endpoints.webhooks().now());
    bench.clock.advance(Moment(at.0 + 60_000));
    receiver.consents(None);
    let test = || {
        let about = "Proef".to_owned();
        bench.endpoints.test(&bench.region, &*NAMES, made.id, about)
    };
    let (down, _) = test().await.unwrap();
    assert_eq!(down.consent, first, "no answer takes nothing back");
    receiver.consents(Some(""));
    let (no, outcome) = test().await.unwrap();
    assert_eq!(no.consent, withheld("webhook-niet-bevestigd"));
    assert_eq!(outcome, refused("webhook-niet-bevestigd"));
    receiver.consents(Some("WebHook-Allowed-Origin: *\r\n"));
    test().await.unwrap();

    let elsewhere = Receiver::answering("200 OK", "").await;
    elsewhere.consents(Some(""));
    let change = |url: String| EndpointChange {
        url: Some(url),
        ..EndpointChange::default()
    };
    let change_to = |url| {
        let (region, endpoints) = (&bench.region, &bench.endpoints);
        endpoints.change(region, &*NAMES, made.id, change(url))
    };
    let moved = change_to(elsewhere.url()).await.unwrap();
    assert_eq!(moved.consent, withheld("webhook-niet-bevestigd"));
    let back = change_to(receiver.url()).await.unwrap();
    assert!(matches!(back.consent, Consent::Given { .. }));
    let asked = receiver.asked.lock().unwrap().len();
    change_to(receiver.url()).await.unwrap();
    assert_eq!(
        receiver.asked.lock().unwrap().len(),
        asked,
        "the same one is not asked again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_confirmed_is_shown_and_told_nothing_unless_that_was_agreed_on() {
    let server = start().await;
    let receiver = Receiver::answering("200 OK", "").await;
    receiver.consents(Some(""));
    let body = json!({"adres": receiver.url(), "naam": "zaaksysteem"});
    let made = server.post(WEBHOOKS, COORDINATOR, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let one = made.headers["location"].to_str().unwrap().to_owned();
    let view = &made.json()["webhook"];
    assert_eq!(
        (&view["bevestigd"], &view["aan"]),
        (&json!(false), &json!(true))
    );
    let why = view["niet_bevestigd_omdat"].as_str().unwrap();
    assert!(
        why.contains("niet bevestigd") && why.contains("`afgesproken`"),
        "{why}"
    );
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let test = server
        .post(&format!("{one}/proef"), COORDINATOR, json!({}))
        .await
        .json();
    assert_eq!(
        (&test["uitkomst"], &test["bevestigd"]),
        (&json!("geweigerd"), &json!(false))
    );
    assert_eq!(receiver.requests().len(), 0, "told nothing");

    let agreed = json!({"adres": receiver.url(), "naam": "zaaksysteem", "afgesproken": true});
    let changed = ask(&server, "PUT", &one, COORDINATOR, agreed).await.json();
    assert_eq!(
        (&changed["bevestigd"], &changed["afgesproken"]),
        (&json!(false), &json!(true))
    );
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let told = receiver.requests().len();
    assert!(told > 0);

    receiver.consents(Some(
        "WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: 90\r\n",
    ));
    let not_agreed = json!({"adres": receiver.url(), "naam": "zaaksysteem"});
    ask(&server, "PUT", &one, COORDINATOR, not_agreed).await;
    let test = server
        .post(&format!("{one}/proef"), COORDINATOR, json!({}))
        .await
        .json();
    assert_eq!(test, json!({"uitkomst": "bezorgd", "bevestigd": true}));
    let view = server.get_as(&one, Some(COORDINATOR)).await.json();
    assert_eq!(view["verzoeken_per_minuut"], 90);
    assert!(view["bevestigd_op"].is_string() && view.get("niet_bevestigd_omdat").is_none());
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    assert!(receiver.requests().len() > told + 1);
}

#[test]
fn a_sender_is_a_name_of_the_dns() {
    for good in ["localhost", "zaken.regio.example", "a-b.nl"] {
        assert!(is_origin(good), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1",
        "a b",
        "a/b",
        "A.nl",
        "a:80",
        "u@a.nl",
        "a\r\nb",
        "[::1]",
        "a?b",
    ] {
        assert!(!is_origin(bad), "{bad}");
    }
}
