//! The worker: each timer and occurrence once, in order, at its own time; late work at the time it is done; amendments on their day.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{
    ALARMER, Backend, COORDINATOR, Data, TestServer, convenants, eligible_facts, morning,
};
use convenant_engine::{Actor, Holidays, LifeEvent, LifeEventKind, Moment};
use convenant_server::regions::RegionFiles;
use convenant_store::{Append, Lease, MessageFilter, RegionKey, Store, StreamId};
use mail_parser::MessageParser;
use serde_json::{Value as Json, json};

fn happened(history: &Json, kind: &str) -> Vec<String> {
    let all = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["soort"] == kind);
    all.map(|e| e["op"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_late_says_so() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.registered().await;
    // Nobody worked until long after the deadline: the clock was moved without the worker.
    server.service.clock.advance(morning("2018-05-30"));
    server.service.worker.run_due().await.unwrap();
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(happened(&history, "te-laat"), ["2018-05-30T07:00:00.000Z"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_before_a_person_acts_has_happened_by_then() {
    for held in [false, true] {
        let server = TestServer::start("2018-05-02").await;
        let case = server.registered().await;
        let judged = json!({ "criterium": "kan-zelfstandig-wonen", "uitkomst": "ja", "motivering": "kan het" });
        server
            .act(&case, ALARMER, json!({ "oordeel": judged }))
            .await;
        // The deadline of 18 May has passed, and the worker did not come round yet.
        let late = morning("2018-05-21");
        server.service.clock.advance(late);
        if held {
            // Or it holds the timer, and is slow.
            let lease = Lease {
                now: Moment(0),
                until: Moment(i64::MAX),
            };
            let claims = server.store.claim_timers(late, lease, 100).await.unwrap();
            assert!(!claims.is_empty());
        }
        let decided = json!({ "besluit": { "naam": "doelgroep" } });
        let done = server.act(&case, COORDINATOR, decided).await;
        assert_eq!(done["zaak"]["plaats"]["naam"], "woonvormkeuze");
        server.service.worker.run_due().await.unwrap();
        let history = server.get(&format!("{case}/geschiedenis")).await.json();
        assert_eq!(happened(&history, "te-laat"), ["2018-05-21T07:00:00.000Z"]);
        let kinds: Vec<&str> = history
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["soort"].as_str().unwrap())
            .collect();
        let place = |kind: &str| kinds.iter().position(|k| *k == kind).unwrap();
        assert!(place("herinnerd") < place("te-laat"), "{kinds:?}");
        assert!(place("te-laat") < place("doelgroep"), "{kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_does_not_serve_holds_it_up_no_more_than_it_holds_up_the_node_that_does() {
    let files = RegionFiles::read_all(&convenants()).unwrap();
    let mut drenthe = files.clone();
    drenthe.retain(|region| region.key == "drenthe");
    let first = TestServer::start_with(Backend::Postgres, "2018-05-02", drenthe).await;
    let data = Data {
        folder: tempfile::tempdir().unwrap(),
        location: first.data.location.clone(),
    };
    let second = TestServer::open(data, morning("2018-05-02"), files).await;
    let case = second.registered().await;
    // The deadlines of a region that the first node never heard of.
    let walk = first.service.worker.run_until(morning("2018-05-30"));
    let walked = tokio::time::timeout(Duration::from_secs(60), walk).await;
    walked.expect("it does not wait for them").unwrap();
    second.service.clock.advance(morning("2018-05-30"));
    second.service.worker.run_due().await.unwrap();
    let history = second.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(happened(&history, "te-laat").len(), 1, "nobody held them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_days_in_steps_or_at_once_give_the_same_history() {
    let mut told = Vec::new();
    for steps in [
        vec!["2018-06-20"],
        vec![
            "2018-05-03",
            "2018-05-18",
            "2018-05-19",
            "2018-06-01",
            "2018-06-20",
        ],
    ] {
        let server = TestServer::start("2018-05-02").await;
        let case = server.registered().await;
        for day in steps {
            server.service.worker.run_until(morning(day)).await.unwrap();
            // Nothing is left to do at the same moment.
            let again = server.service.worker.run_until(morning(day)).await.unwrap();
            assert_eq!((again.fired, again.occurred, again.delivered), (0, 0, 0));
        }
        let history = server.get(&format!("{case}/geschiedenis")).await.json();
        let lines: Vec<(String, String)> = history
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (e["op"].to_string(), e["tekst"].to_string()))
            .collect();
        told.push(lines);
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_moves_while_people_go_on_working() {
    let server = Arc::new(TestServer::start("2018-05-02").await);
    let case = server.registered().await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (server, stop) = (server.clone(), stop.clone());
            tokio::spawn(async move {
                let mut opened = 0;
                while !stop.load(Ordering::Relaxed) {
                    server.open_case().await;
                    opened += 1;
                }
                opened
            })
        })
        .collect();
    let moving = server.service.worker.run_until(morning("2018-05-30"));
    let moved = tokio::time::timeout(Duration::from_secs(60), moving).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }
    moved.expect("it does not wait until nobody works").unwrap();
    assert!(server.service.clock.now() >= morning("2018-05-30"));
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(happened(&history, "te-laat"), ["2018-05-18T22:00:00.000Z"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_comes_once_per_working_day_also_after_a_restart() {
    let server = TestServer::start("2018-05-02").await;
    server.registered().await;
    server
        .service
        .worker
        .run_until(morning("2018-05-09"))
        .await
        .unwrap();
    let data = server.close().await;
    let server = TestServer::reopen(data, morning("2018-05-09")).await;
    server
        .service
        .worker
        .run_until(morning("2018-05-15"))
        .await
        .unwrap();
    let region = RegionKey::new("utrecht").unwrap();
    let filter = MessageFilter {
        person: Some(COORDINATOR.to_owned()),
        ..MessageFilter::default()
    };
    let rows = server
        .store
        .messages(&region, &filter, None, 500)
        .await
        .unwrap();
    let mut days: Vec<String> = rows
        .iter()
        .filter(|r| r.message.subject.starts_with("Overzicht ochtend"))
        .map(|r| {
            jiff::Timestamp::from_millisecond(r.message.at.0)
                .unwrap()
                .to_string()
        })
        .collect();
    days.sort();
    // 5 and 6 May are a weekend, 10 May is Ascension Day, 11 May a day off by decree, then a weekend again.
    // On 3 May the deadline of the 18th is more than two weeks ahead.
    let expected = ["04", "07", "08", "09", "14", "15"].map(|d| format!("2018-05-{d}T06:00:00Z"));
    assert_eq!(days, expected);
    // Every mail of the spool is about numbers and links: no fact of the client stands in it.
    let spool = server.data.folder.path().join("mail/utrecht");
    let mails: Vec<String> = std::fs::read_dir(spool)
        .unwrap()
        .map(|entry| {
            let raw = std::fs::read(entry.unwrap().path()).unwrap();
            let message = MessageParser::default().parse(&raw).unwrap();
            format!(
                "{}\n{}",
                message.subject().unwrap(),
                message.body_text(0).unwrap()
            )
        })
        .collect();
    assert!(mails.iter().any(|m| m.contains("UTR-2018-0001")));
    for secret in ["1980", "1.100", "beschermd-wonen", "kan het"] {
        assert!(
            mails.iter().all(|m| !m.contains(secret)),
            "{secret} in a mail"
        );
    }
}

/// The region Utrecht with a digest that can be written for one running case and for three, not for two.
fn with_a_fragile_digest() -> Vec<RegionFiles> {
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let utrecht = files.iter_mut().find(|f| f.key == "utrecht").unwrap();
    let text = "Overzicht\n\n{{ 1 // (lopend - 2) }}\n".to_owned();
    utrecht.templates.insert("overzicht".to_owned(), text);
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_that_cannot_be_written_comes_later_and_holds_up_nothing() {
    let data = TestServer::start("2018-05-02").await.close().await;
    let server = TestServer::open(data, morning("2018-05-02"), with_a_fragile_digest()).await;
    let digests = async |server: &TestServer| -> usize {
        let region = RegionKey::new("utrecht").unwrap();
        let filter = MessageFilter {
            person: Some(COORDINATOR.to_owned()),
            ..MessageFilter::default()
        };
        let rows = server.store.messages(&region, &filter, None, 500).await;
        let rows = rows.unwrap().into_iter();
        rows.filter(|r| r.message.subject == "Overzicht").count()
    };
    server.registered().await;
    server.registered().await;
    let worker = &server.service.worker;
    worker.run_until(morning("2018-05-04")).await.unwrap();
    assert_eq!(digests(&server).await, 0);
    // What came of the third is told, whatever the digest does.
    server.registered().await;
    worker.run_due().await.unwrap();
    let told = server.get_as("/v1/convenanten/utrecht/meldingen", Some(COORDINATOR));
    assert!(told.await.text.contains("UTR-2018-0003"));
    worker
        .run_until(Moment(morning("2018-05-04").0 + 3_600_000))
        .await
        .unwrap();
    assert_eq!(digests(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_never_goes_back_in_a_history() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.open_case().await;
    let mut facts = eligible_facts();
    // The place in the shelter ends so soon that the deadline before it has passed when it begins.
    facts["einde-opvang"] = json!("2018-05-04");
    server.act(&case, ALARMER, json!({ "feiten": facts })).await;
    server
        .act(&case, ALARMER, json!({ "taak": "toestemming" }))
        .await;
    server.act(&case, ALARMER, json!("gereed")).await;
    let judged =
        json!({ "criterium": "kan-zelfstandig-wonen", "uitkomst": "ja", "motivering": "kan het" });
    server
        .act(&case, ALARMER, json!({ "oordeel": judged }))
        .await;
    let advised = json!({ "over": "woonvorm", "uitkomst": "ja", "motivering": "past" });
    for (who, act) in [
        (COORDINATOR, json!({ "besluit": { "naam": "doelgroep" } })),
        (ALARMER, json!({ "advies": advised })),
        (
            COORDINATOR,
            json!({ "besluit": { "naam": "woonvorm", "uitkomst": "zelfstandig" } }),
        ),
        (COORDINATOR, json!({ "toewijzen": { "gemeente": "Zeist" } })),
        (
            "utrecht.wijkteam.zeist",
            json!({ "besluit": { "naam": "ontvangst", "uitkomst": "ontvangt" } }),
        ),
    ] {
        server.act(&case, who, act).await;
    }
    server
        .service
        .worker
        .run_until(morning("2018-06-20"))
        .await
        .unwrap();
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(happened(&history, "te-laat")[0], "2018-05-02T07:00:00.000Z");
    let moments: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["op"].as_str().unwrap())
        .collect();
    assert!(moments.is_sorted(), "{moments:?}");
}

/// The same agreement as version 2, which every running case goes over to on 1 June 2018.
fn amended(source: &str) -> String {
    let header = |line: &str| {
        if line.trim_start().starts_with("versie") {
            "  versie 2\n  wijzigt versie 1 vanaf 1 juni 2018".to_owned()
        } else {
            line.to_owned()
        }
    };
    let lines: Vec<String> = source.lines().map(header).collect();
    let transition = "overgang {\n  aanname\n  lopende zaken gaan over\n}\n";
    format!("{}\n{transition}", lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_cases_go_over_to_an_amendment_on_its_first_day() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.registered().await;
    let old = server.get(&case).await.json()["versie"].clone();
    let data = server.close().await;

    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let utrecht = files.iter_mut().find(|f| f.key == "utrecht").unwrap();
    let text = amended(std::str::from_utf8(&utrecht.source).unwrap());
    let checked = convenant_lang::check(text.as_bytes());
    let said: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|d| d.message(convenant_lang::Lang::En))
        .collect();
    assert!(checked.model.is_some(), "{said:?}");
    utrecht.source = text.into_bytes();
    let server = TestServer::open(data, morning("2018-05-03"), files).await;

    // Before its first day the amendment changes nothing, not even for a new case.
    server
        .service
        .worker
        .run_until(morning("2018-05-04"))
        .await
        .unwrap();
    assert_eq!(server.get(&case).await.json()["versie"], old);
    let early = server.open_case().await;
    assert_eq!(server.get(&early).await.json()["versie"], old);

    let worked = server
        .service
        .worker
        .run_until(morning("2018-06-01"))
        .await
        .unwrap();
    assert_eq!(worked.moved, 2);
    let moved = server.get_as(&case, Some(COORDINATOR)).await.json();
    assert_ne!(moved["versie"], old);
    assert_eq!(moved["plaats"]["naam"], "toets");
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(
        happened(&history, "overgegaan"),
        ["2018-05-31T22:00:00.000Z"]
    );
    assert!(
        !history.to_string().contains("‘?’"),
        "every name is known in its own version: {history}"
    );
    // It goes on under the new version.
    server
        .act(&case, ALARMER, json!({ "oordeel": { "criterium": "kan-zelfstandig-wonen", "uitkomst": "ja", "motivering": "kan het" } }))
        .await;
    let done = server
        .act(
            &case,
            COORDINATOR,
            json!({ "besluit": { "naam": "doelgroep" } }),
        )
        .await;
    assert_eq!(done["zaak"]["plaats"]["naam"], "woonvormkeuze");
    let again = server
        .service
        .worker
        .run_until(morning("2018-06-02"))
        .await
        .unwrap();
    assert_eq!(again.moved, 0);
}

/// The term is extended in the log, and the server is killed before a case hears of it.
async fn extended_in_silence(store: &Store, day: &str) {
    let region = RegionKey::new("utrecht").unwrap();
    let loaded = store
        .load::<LifeEvent>(&region, StreamId::LIFE)
        .await
        .unwrap();
    let seq = u32::try_from(loaded.events.len()).unwrap();
    let mut append = Append::new(region, StreamId::LIFE, seq);
    append.events = vec![LifeEvent {
        at: morning(day),
        by: Actor::Clock,
        kind: LifeEventKind::Extended {
            until: "2021-01-01".parse().unwrap(),
            silently: false,
        },
    }];
    store.append(append).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_that_did_not_hear_of_a_new_term_hear_of_it_at_the_start() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.registered().await;
    let data = server.close().await;
    let store = Store::open(data.location.clone()).await.unwrap();
    extended_in_silence(&store, "2018-05-02").await;
    store.close().await.unwrap();
    drop(store);

    let server = TestServer::reopen(data, morning("2018-05-03")).await;
    let told = |history: &Json| happened(history, "looptijd").len();
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(told(&history), 2, "{history}");
    let data = server.close().await;
    let server = TestServer::reopen(data, morning("2018-05-04")).await;
    let again = server.get(&format!("{case}/geschiedenis")).await.json();
    assert_eq!(again, history, "and only once");
}

/// The days off as they would be with one more by decree.
fn with_decree(day: &str) -> Holidays {
    let line = format!("dag;{day};besluit;brugdag");
    let text = include_str!("../../engine/data/holidays-nl.txt");
    let mut lines: Vec<&str> = text.lines().collect();
    let later = |other: &&str| {
        let date = other.strip_prefix("dag;").and_then(|l| l.get(..10));
        date.is_some_and(|date| date > day)
    };
    let place = lines.iter().position(later).unwrap();
    lines.insert(place, &line);
    Holidays::parse(&lines.join("\n")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_decree_moves_what_runs_and_the_log_says_so_once() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.registered().await;
    let due = async |server: &TestServer| {
        let shown = server.get(&case).await.json();
        let deadlines = shown["termijnen"].as_array().unwrap().clone();
        let test = deadlines.iter().find(|d| d["van"] == "toets").unwrap();
        test["uiterlijk"].as_str().unwrap().to_owned()
    };
    assert_eq!(due(&server).await, "2018-05-18");
    // The 17th of May becomes a day off: ten working days end a working day later.
    let mut data = server.close().await;
    for _ in 0..2 {
        let later =
            TestServer::reopen_with(data, morning("2018-05-03"), with_decree("2018-05-17")).await;
        assert_eq!(due(&later).await, "2018-05-22", "over Whit Monday");
        let history = later.get(&format!("{case}/geschiedenis")).await.json();
        let all = history.as_array().unwrap().iter();
        let told: Vec<&Json> = all.filter(|e| e["soort"] == "termijn-herrekend").collect();
        assert_eq!(told.len(), 1, "{history}");
        data = later.close().await;
    }
}
