//! One event to one endpoint: what each answer means, what is signed, and where it must never go.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use convenant_engine::Moment;
use convenant_server::channel::Outcome;
use convenant_server::channel::endpoints::{EndpointError, Endpoints};
use convenant_server::channel::event::{EventError, HookEvent, HookKind};
use convenant_server::channel::guard::{Forbidden, Unreachable};
use convenant_server::channel::webhook::{Settings, Webhooks};
use convenant_server::clock::{Clock, RealClock, StillClock};
use convenant_store::{
    Consent, Endpoint, EndpointChange, EndpointState, Location, NewEndpoint, RegionKey, Store,
};
use tempfile::TempDir;

use crate::common::morning;
use crate::guard::Script;
use crate::receiver::{Behaviour, Received, Receiver};

pub const PARTY: &str = "Het Vierde Huis";

pub const ORIGIN: &str = "zaken.regio.example";

/// Every name that the party has had.
pub static NAMES: LazyLock<[String; 1]> = LazyLock::new(|| [PARTY.to_owned()]);

pub struct Bench {
    pub store: Store,
    pub region: RegionKey,
    pub clock: Arc<StillClock>,
    pub endpoints: Endpoints,
    _folder: TempDir,
}

pub fn settings(allowed: &[&str]) -> Settings {
    let allowed: BTreeSet<IpAddr> = allowed.iter().map(|ip| ip.parse().unwrap()).collect();
    Settings {
        publisher: "oin:00000001823288444000".to_owned(),
        origin: ORIGIN.to_owned(),
        authorities: Vec::new(),
        allowed,
        connect: Duration::from_secs(5),
        answer: Duration::from_millis(400),
    }
}

impl Bench {
    pub async fn with(webhooks: impl FnOnce(Arc<StillClock>) -> Webhooks) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Location::Folder(folder.path().join("data")));
        let store = store.await.unwrap();
        let clock = Arc::new(StillClock::at(morning("2026-01-05")));
        let base_url = "http://127.0.0.1:8080".to_owned();
        Bench {
            endpoints: Endpoints::new(store.clone(), webhooks(clock.clone()), base_url),
            store,
            region: RegionKey::new("utrecht").unwrap(),
            clock,
            _folder: folder,
        }
    }

    pub async fn start() -> Bench {
        Bench::with(|clock| Webhooks::new(settings(&["127.0.0.1"]), clock)).await
    }

    pub async fn endpoint(&self, url: &str) -> Endpoint {
        let new = NewEndpoint {
            url: url.to_owned(),
            name: String::new(),
            on: true,
            agreed: true,
        };
        let made = self
            .store
            .make_endpoint(&self.region, PARTY, new, self.clock.now());
        made.await.unwrap()
    }

    async fn send(&self, receiver: &Receiver) -> Outcome {
        let endpoint = self.endpoint(&receiver.url()).await;
        let sent = self.endpoints.webhooks().send(&endpoint, &reminder()).await;
        self.store
            .remove_endpoint(&self.region, PARTY, endpoint.id)
            .await
            .unwrap();
        sent
    }

    pub async fn deliver(&self, endpoint: &Endpoint) -> (Outcome, Endpoint) {
        let event = reminder();
        let outcome = self.endpoints.deliver(&self.region, endpoint.id, &event);
        let outcome = outcome.await.unwrap();
        let after = self.store.endpoint(&self.region, endpoint.id).await;
        (outcome, after.unwrap())
    }
}

pub fn reminder() -> HookEvent {
    HookEvent {
        id: "utrecht.0195a1c2-0000-7000-8000-000000000001.12.0".to_owned(),
        kind: HookKind::Reminder,
        region: "utrecht".to_owned(),
        at: Moment(morning("2018-05-14").0 - 3_600_000),
        case: Some("UTR-2018-0001".to_owned()),
        about: "Herinnering: Toets van zaak UTR-2018-0001 moet klaar op 18 mei 2018".to_owned(),
        due: Some("2018-05-18".parse().unwrap()),
        link: "http://127.0.0.1:8080/utrecht/zaken/UTR-2018-0001".to_owned(),
        number: Some(7),
    }
}

pub fn later(reason: &str, after: Option<u64>) -> Outcome {
    Outcome::Later {
        reason: reason.to_owned(),
        after: after.map(Duration::from_secs),
    }
}

pub fn refused(reason: &str) -> Outcome {
    Outcome::Refused {
        reason: reason.to_owned(),
    }
}

fn ambiguous(reason: &str) -> Outcome {
    Outcome::Ambiguous {
        reason: reason.to_owned(),
    }
}

#[tokio::test]
async fn every_answer_has_its_outcome() {
    let bench = Bench::start().await;
    let tomorrow = "Retry-After: Tue, 06 Jan 2026 07:30:00 GMT\r\n";
    for (status, headers, expected) in [
        ("200 OK", "", Outcome::Delivered),
        ("202 Accepted", "", Outcome::Delivered),
        ("204 No Content", "", Outcome::Delivered),
        (
            "302 Found",
            "Location: http://127.0.0.1:1/\r\n",
            later("webhook-omleiding 302", None),
        ),
        ("400 Bad Request", "", later("webhook-antwoord 400", None)),
        ("401 Unauthorized", "", later("webhook-antwoord 401", None)),
        ("404 Not Found", "", later("webhook-antwoord 404", None)),
        ("410 Gone", "Retry-After: 5\r\n", refused("webhook-weg")),
        (
            "429 Too Many Requests",
            "Retry-After: 120\r\n",
            later("webhook-antwoord 429", Some(120)),
        ),
        (
            "429 Too Many Requests",
            "",
            later("webhook-antwoord 429", None),
        ),
        (
            "429 Too Many Requests",
            "Retry-After: straks\r\n",
            later("webhook-antwoord 429", None),
        ),
        (
            "429 Too Many Requests",
            "Retry-After: -5\r\n",
            later("webhook-antwoord 429", None),
        ),
        (
            "503 Service Unavailable",
            tomorrow,
            later("webhook-antwoord 503", Some(84_600)),
        ),
        (
            "503 Service Unavailable",
            "Retry-After: 99999999999\r\n",
            later("webhook-antwoord 503", Some(86_400)),
        ),
        (
            "503 Service Unavailable",
            "Retry-After: Mon, 06 Jan 2020 07:30:00 GMT\r\n",
            later("webhook-antwoord 503", Some(0)),
        ),
        (
            "500 Internal Server Error",
            "",
            later("webhook-antwoord 500", None),
        ),
    ] {
        let receiver = Receiver::answering(status, headers).await;
        assert_eq!(bench.send(&receiver).await, expected, "{status} {headers}");
        assert_eq!(receiver.requests().len(), 1, "{status}: asked once");
    }
}

#[tokio::test]
async fn a_bad_receiver_holds_nothing_up_and_what_is_unknown_is_called_so() {
    let bench = Bench::start().await;
    for (behaviour, expected) in [
        (Behaviour::Drops, ambiguous("webhook-verbroken")),
        (Behaviour::Babbles, ambiguous("webhook-verbroken")),
        (Behaviour::Endless, Outcome::Delivered),
    ] {
        let receiver = Receiver::start(behaviour.clone()).await;
        assert_eq!(bench.send(&receiver).await, expected, "{behaviour:?}");
        assert_eq!(receiver.requests().len(), 1);
        assert!(
            receiver.poured.load(Ordering::SeqCst) < 64 << 20,
            "10 GB is not read"
        );
    }
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let endpoint = bench.endpoint(&nobody).await;
    let outcome = bench
        .endpoints
        .webhooks()
        .send(&endpoint, &reminder())
        .await;
    assert_eq!(outcome, later("webhook-verbinding", None));
    // It speaks, but no TLS.
    let plain = Receiver::start(Behaviour::Babbles).await;
    let endpoint = bench
        .endpoint(&plain.url().replace("http:", "https:"))
        .await;
    let outcome = bench
        .endpoints
        .webhooks()
        .send(&endpoint, &reminder())
        .await;
    assert_eq!(outcome, later("webhook-verbinding", None));
}

#[tokio::test]
async fn who_is_silent_or_only_seems_to_answer_is_given_up_in_time() {
    let quick = |clock| {
        let settings = Settings {
            connect: Duration::from_millis(300),
            answer: Duration::from_millis(100),
            ..settings(&["127.0.0.1"])
        };
        Webhooks::new(settings, clock)
    };
    let bench = Bench::with(|clock| quick(clock)).await;
    for behaviour in [Behaviour::Silent, Behaviour::Trickle] {
        let receiver = Receiver::start(behaviour.clone()).await;
        let limit = Duration::from_secs(5);
        let sent = tokio::time::timeout(limit, bench.send(&receiver)).await;
        assert_eq!(
            sent.expect("given up"),
            ambiguous("webhook-stil"),
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let bench = Bench::start().await;
    let private = Receiver::answering("200 OK", "").await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let location = format!("Location: {}\r\n", private.url());
        let receiver = Receiver::answering(status, &location).await;
        let reason = format!("webhook-omleiding {}", &status[..3]);
        assert_eq!(bench.send(&receiver).await, later(&reason, None));
    }
    assert_eq!(private.connections(), 0);
}

#[tokio::test]
async fn a_name_that_becomes_private_after_it_was_checked_is_refused() {
    let receiver = Receiver::answering("200 OK", "").await;
    let script = Script::of(&[&["93.184.215.14"], &["127.0.0.1"]]);
    let lookup = script.clone();
    let bench =
        Bench::with(move |clock| Webhooks::looking_up_by(settings(&[]), clock, lookup)).await;
    let new = NewEndpoint {
        url: format!(
            "https://ontvanger.voorbeeld.nl:{}/",
            receiver.address.port()
        ),
        name: String::new(),
        on: true,
        agreed: true,
    };
    let made = bench.endpoints.make(&bench.region, PARTY, new.clone());
    let endpoint = made.await.unwrap();
    let private = Consent::Withheld {
        reason: "webhook-adres".to_owned(),
    };
    assert_eq!(endpoint.consent, private, "not asked there either");
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, refused("webhook-adres"));
    assert_eq!(
        script.names.lock().unwrap().len(),
        3,
        "looked up again for each connection"
    );
    assert_eq!(receiver.connections(), 0);
    // What it stands for now is not accepted from anybody else either.
    let again = bench.endpoints.make(&bench.region, PARTY, new).await;
    assert!(matches!(
        again,
        Err(EndpointError::Address(Unreachable::Forbidden(
            Forbidden::NotPublic
        )))
    ));
}

#[tokio::test]
async fn a_literal_address_is_checked_again_when_the_rules_have_changed() {
    let receiver = Receiver::answering("200 OK", "").await;
    let bench = Bench::with(|clock| Webhooks::new(settings(&[]), clock)).await;
    let endpoint = bench.endpoint(&receiver.url()).await;
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, refused("webhook-adres"));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_name_goes_to_the_checked_address_and_an_unknown_one_is_tried_later() {
    let receiver = Receiver::start(Behaviour::Silent).await;
    let script = Script::of(&[&["127.0.0.1"], &[]]);
    let bench = Bench::with(move |clock| {
        let settings = Settings {
            connect: Duration::from_millis(300),
            ..settings(&["127.0.0.1"])
        };
        Webhooks::looking_up_by(settings, clock, script)
    })
    .await;
    let url = format!(
        "https://ontvanger.voorbeeld.nl:{}/",
        receiver.address.port()
    );
    let endpoint = bench.endpoint(&url).await;
    // TLS never comes about; that it is tried at all shows where the connection went.
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, later("webhook-verbinding", None));
    assert_eq!(receiver.connections(), 1);
    let (outcome, after) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, later("webhook-naam", None));
    assert_eq!(after.failing_since, Some(bench.clock.now()));
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn an_endpoint_is_switched_off_when_it_is_gone_or_fails_for_five_days() {
    let bench = Bench::start().await;
    let gone = Receiver::answering("410 Gone", "").await;
    let endpoint = bench.endpoint(&gone.url()).await;
    let (outcome, after) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, refused("webhook-weg"));
    let since = bench.clock.now();
    let off = |reason: &str, since| EndpointState::Off {
        reason: reason.to_owned(),
        since,
    };
    assert_eq!(after.state, off("webhook-weg", since));
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, refused("webhook-uit"));
    assert_eq!(gone.requests().len(), 1, "told nothing any more");

    let failing = Receiver::answering("500 Oops", "").await;
    let endpoint = bench.endpoint(&failing.url()).await;
    let began = bench.clock.now();
    let day = 86_400_000;
    for (passed, is_off) in [
        (0, false),
        (1, false),
        (5 * day - 1, false),
        (5 * day, true),
    ] {
        bench.clock.advance(Moment(began.0 + passed));
        let (outcome, after) = bench.deliver(&endpoint).await;
        assert_eq!(outcome, later("webhook-antwoord 500", None));
        assert_eq!(after.failing_since, Some(began));
        assert_eq!(
            after.state != EndpointState::On,
            is_off,
            "after {passed} ms"
        );
    }
    let on = EndpointChange {
        on: Some(true),
        ..EndpointChange::default()
    };
    let changed = bench
        .endpoints
        .change(&bench.region, &*NAMES, endpoint.id, on);
    let changed = changed.await.unwrap();
    assert_eq!(
        (changed.state, changed.failing_since),
        (EndpointState::On, None)
    );
    // A success in between begins the five days anew.
    let (_, after) = bench.deliver(&endpoint).await;
    assert!(after.failing_since.is_some());
    let well = Receiver::answering("200 OK", "").await;
    let url = EndpointChange {
        url: Some(well.url()),
        ..EndpointChange::default()
    };
    let changed = bench
        .endpoints
        .change(&bench.region, &*NAMES, endpoint.id, url);
    changed.await.unwrap();
    let (outcome, after) = bench.deliver(&endpoint).await;
    assert_eq!((outcome, after.failing_since), (Outcome::Delivered, None));
    // Removed: what was still on its way is refused.
    let removed = bench.endpoints.remove(&bench.region, &*NAMES, endpoint.id);
    removed.await.unwrap();
    let event = reminder();
    let outcome = bench.endpoints.deliver(&bench.region, endpoint.id, &event);
    assert_eq!(outcome.await.unwrap(), refused("webhook-uit"));
}

/// Verifies with the reference implementation in JavaScript; the event when the signature is right.
fn verified(secret: &[u8], request: &Received) -> Option<serde_json::Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    assert!(
        folder.join("node_modules/standardwebhooks").is_dir(),
        "this test needs Node packages: run `cargo xtask test`, which installs them"
    );
    let headers: serde_json::Map<String, serde_json::Value> = request
        .head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().into()))
        .collect();
    let input = serde_json::json!({
        "secret": format!("whsec_{}", STANDARD.encode(secret)), "headers": headers, "body": request.body,
    });
    let mut child = Command::new("node")
        .arg("webhook.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let success = output.status.success();
    success.then(|| serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_implementation_accepts_the_signatures_during_a_rotation() {
    let bench =
        Bench::with(|_| Webhooks::new(settings(&["127.0.0.1"]), Arc::new(RealClock::default())))
            .await;
    let receiver = Receiver::answering("200 OK", "").await;
    let first = bench.endpoint(&receiver.url()).await;
    let rotate = EndpointChange {
        rotate: true,
        ..EndpointChange::default()
    };
    bench.deliver(&first).await;
    let change = bench
        .endpoints
        .change(&bench.region, &*NAMES, first.id, rotate);
    let second = change.await.unwrap();
    bench.deliver(&first).await;
    let withdraw = EndpointChange {
        withdraw_older: true,
        ..EndpointChange::default()
    };
    let change = bench
        .endpoints
        .change(&bench.region, &*NAMES, first.id, withdraw);
    change.await.unwrap();
    bench.deliver(&first).await;

    let [before, during, after] = <[Received; 3]>::try_from(receiver.requests()).unwrap();
    let (old, new) = (
        first.secrets.newest().unwrap(),
        second.secrets.newest().unwrap(),
    );
    let expected: serde_json::Value = serde_json::from_str(include_str!("event.json")).unwrap();
    assert_eq!(verified(old, &before), Some(expected.clone()));
    assert_eq!(verified(old, &during), Some(expected.clone()));
    assert_eq!(verified(new, &during), Some(expected.clone()));
    assert_eq!(verified(new, &after), Some(expected));
    assert_eq!(verified(old, &after), None);
    assert_eq!(verified(new, &before), None);
    let mut tampered = after.clone();
    tampered.body = tampered.body.replace("2018-05-18", "2019-05-18");
    assert_eq!(verified(new, &tampered), None);

    assert_eq!(before.body, after.body, "the same bytes on every try");
    for request in [&before, &during, &after] {
        let header = |name| request.header(name).unwrap();
        assert!(
            request
                .head
                .starts_with("POST /hook?sleutel=geheim HTTP/1.1\r\n")
        );
        assert_eq!(
            header("content-type"),
            "application/cloudevents+json; charset=utf-8"
        );
        assert_eq!(
            header("webhook-id"),
            "utrecht_0195a1c2-0000-7000-8000-000000000001_12_0"
        );
        assert_eq!(header("webhook-request-origin"), ORIGIN);
        assert!(header("user-agent").starts_with("convenant/"));
        assert_eq!(request.header("referer"), None);
    }
}

#[test]
fn an_event_keeps_to_the_profile() {
    let parse = |event: &HookEvent| -> serde_json::Value {
        serde_json::from_slice(&event.body("gemeente-zeist").unwrap()).unwrap()
    };
    let mut event = reminder();
    event.about = format!("Onder\u{0}werp\r\nX-Kop: 1\u{fffe}{}", "é".repeat(400));
    event.case = None;
    event.number = None;
    event.due = None;
    let written = parse(&event);
    let about = written["data"]["onderwerp"].as_str().unwrap();
    assert!(about.starts_with("OnderwerpX-Kop: 1éé") && about.chars().count() == 300);
    assert!(written.get("subject").is_none() && written.get("sequence").is_none());
    assert_eq!(
        written["source"],
        "urn:nld:gemeente-zeist:systeem:convenant-utrecht"
    );
    let names = [
        "data",
        "datacontenttype",
        "dataref",
        "id",
        "source",
        "specversion",
        "time",
        "type",
    ];
    assert_eq!(
        written.as_object().unwrap().keys().collect::<Vec<_>>(),
        names
    );
    let types: BTreeSet<String> = HookKind::ALL.iter().map(|kind| kind.type_name()).collect();
    assert_eq!(types.len(), HookKind::ALL.len());
    // A later number is a later text.
    let sequence = |number| {
        let event = HookEvent {
            number: Some(number),
            ..reminder()
        };
        parse(&event)["sequence"].as_str().unwrap().to_owned()
    };
    assert!(sequence(9) < sequence(10) && sequence(10) < sequence(u64::MAX));
    event.link = "x".repeat(70_000);
    assert!(matches!(
        event.body("gemeente-zeist"),
        Err(EventError::TooLarge)
    ));
}

#[tokio::test]
async fn a_host_is_a_lane() {
    let bench = Bench::start().await;
    let lane = |url: &'static str| {
        let (webhooks, endpoint) = (bench.endpoints.webhooks(), bench.endpoint(url));
        async move { webhooks.lane(&endpoint.await) }
    };
    assert_eq!(lane("https://a.example/x").await, "webhook:a.example");
    assert_eq!(
        lane("https://A.example:8443/y?z").await,
        "webhook:a.example"
    );
    assert_eq!(lane("https://b.example/x").await, "webhook:b.example");
}
