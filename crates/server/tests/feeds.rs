//! Calendar feeds: addresses, what stands in a feed as an independent reader sees it, and what changes in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{ALARMER, Answer, Backend, COORDINATOR, HOST, TestServer, convenants, morning};
use convenant_engine::Moment;
use convenant_server::channel::calendar::{Entry, Firmness, When, feed};
use convenant_server::regions::RegionFiles;
use convenant_tests::python;
use serde_json::{Value as Json, json};

const FEEDS: &str = "/v1/convenanten/utrecht/agenda";

impl TestServer {
    /// Makes a feed; gives its path.
    async fn make_feed(&self, region: &str, account: &str) -> String {
        let path = format!("/v1/convenanten/{region}/agenda");
        let answer = self.post(&path, account, json!({})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let address = answer.json()["adres"].as_str().unwrap().to_owned();
        address
            .strip_prefix(&format!("http://{HOST}"))
            .unwrap()
            .to_owned()
    }

    async fn get_unless(&self, path: &str, tag: &str) -> Answer {
        let request = Request::get(path)
            .header("host", HOST)
            .header("if-none-match", tag);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn fetch(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(
            answer.headers["content-type"],
            "text/calendar; charset=utf-8; method=PUBLISH"
        );
        assert_eq!(answer.headers["cache-control"], "private, no-cache");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        are_content_lines(&answer.text);
        answer.text
    }

    async fn until(&self, day: &str) {
        self.service.worker.run_until(morning(day)).await.unwrap();
    }

    /// A case in Utrecht that waits for its test, due on 19 March 2018; gives its address.
    async fn case_in_test(&self) -> String {
        self.case_with(common::eligible_facts()).await
    }

    async fn case_with(&self, facts: Json) -> String {
        let case = self.open_case().await;
        let judged = json!({ "criterium": "kan-zelfstandig-wonen", "uitkomst": "ja", "motivering": "Gesprek" });
        for act in [
            json!({ "feiten": facts }),
            json!({ "oordeel": judged }),
            json!({ "taak": "toestemming" }),
            json!("gereed"),
        ] {
            self.act(&case, ALARMER, act).await;
        }
        case
    }
}

/// Lines as RFC 5545 has them: at most 75 octets, each ended by CR and LF, and no other CR or LF (3.1).
fn are_content_lines(text: &str) {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line:?}");
    }
}

/// What the Python package reads in these feeds; none when it is not installed.
fn read(feeds: &[&str]) -> Option<Vec<Json>> {
    let input = serde_json::to_vec(feeds).unwrap();
    let read = python::run("feed.py", &[], &input).unwrap()?;
    Some(serde_json::from_str(&read).unwrap())
}

/// The event with this title.
fn titled<'a>(calendar: &'a Json, title: &str) -> &'a Json {
    let events = calendar["gebeurtenissen"].as_array().unwrap();
    let found: Vec<&Json> = events
        .iter()
        .filter(|e| e["titel"].as_str().unwrap().contains(title))
        .collect();
    assert_eq!(found.len(), 1, "{title}: {calendar}");
    found[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_keeps_its_uid_and_raises_its_sequence_until_it_is_cancelled_and_gone() {
    let server = TestServer::start("2018-03-05").await;
    let path = server.make_feed("utrecht", COORDINATOR).await;
    let case = server.case_in_test().await;
    let first = server.fetch(&path).await;
    server.until("2018-03-15").await;
    let reminded = server.fetch(&path).await;
    let why = json!({ "motivering": "Een gesprek moest worden verzet" });
    server
        .act(&case, COORDINATOR, json!({ "verlengen": why }))
        .await;
    let extended = server.fetch(&path).await;
    server.until("2018-03-26").await;
    server
        .act(
            &case,
            COORDINATOR,
            json!({ "besluit": { "naam": "doelgroep" } }),
        )
        .await;
    let done = server.fetch(&path).await;
    server.until("2018-05-24").await;
    let kept = server.fetch(&path).await;
    server.until("2018-05-28").await;
    let gone = server.fetch(&path).await;

    let Some(calendars) = read(&[&first, &reminded, &extended, &done, &kept, &gone]) else {
        return;
    };
    let number = case.rsplit('/').next().unwrap();
    let title = format!("{number}: Toets aan de doelgroep");
    let events: Vec<&Json> = calendars[..5].iter().map(|c| titled(c, &title)).collect();
    assert_eq!(calendars[0]["naam"], "Termijnen Utrecht");
    assert_eq!(
        (&calendars[0]["methode"], &calendars[0]["verversen"]),
        (&json!("PUBLISH"), &json!(3600.0))
    );
    assert_eq!(calendars[0]["zones"], json!([]), "whole days need no zone");
    let begins: Vec<&str> = events
        .iter()
        .map(|e| e["begin"].as_str().unwrap())
        .collect();
    assert_eq!(
        begins,
        [
            "2018-03-19",
            "2018-03-19",
            "2018-03-26",
            "2018-03-26",
            "2018-03-26"
        ]
    );
    assert_eq!(
        events[0]["einde"], "2018-03-20",
        "one day ends where the next begins"
    );
    // Three working days before Monday the 19th, at nine o'clock in winter time; the same alarm after the reminder has gone out.
    assert_eq!(events[0]["wekkers"], json!(["2018-03-14T08:00:00Z"]));
    assert_eq!(events[1], events[0], "a reminder moves nothing");
    assert_eq!(events[2]["wekkers"], json!(["2018-03-21T08:00:00Z"]));
    assert_eq!(events[3]["wekkers"], json!([]));
    let stands: Vec<&str> = events
        .iter()
        .map(|e| e["stand"].as_str().unwrap())
        .collect();
    assert_eq!(
        stands,
        [
            "CONFIRMED",
            "CONFIRMED",
            "CONFIRMED",
            "CANCELLED",
            "CANCELLED"
        ]
    );
    let sequences: Vec<u64> = events
        .iter()
        .map(|e| e["volgorde"].as_u64().unwrap())
        .collect();
    assert!(
        sequences[1] < sequences[2] && sequences[2] < sequences[3],
        "{sequences:?}"
    );
    assert_eq!(events[2]["gewijzigd"], "2018-03-15T08:00:00Z");
    assert!(events.iter().all(|e| e["uid"] == events[0]["uid"]));
    assert_eq!(
        events[0]["adres"],
        format!("http://{HOST}/utrecht/zaken/{number}")
    );
    assert_eq!(events[0]["soort"], json!(["Termijn van een zaak"]));
    let text = events[0]["tekst"].as_str().unwrap();
    assert!(
        text.starts_with("Dit moet op zijn laatst 19 maart 2018 klaar zijn.\nBron: "),
        "{text}"
    );
    assert!(!gone.contains("Toets aan de doelgroep"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_deadline_is_tentative_and_an_overdue_one_stays() {
    let server = TestServer::start("2018-03-05").await;
    let path = server.make_feed("utrecht", COORDINATOR).await;
    let mut facts = common::eligible_facts();
    for unknown in ["herkomst", "netwerk", "woonde-in-regio"] {
        facts.as_object_mut().unwrap().remove(unknown);
    }
    let case = server.case_with(facts).await;
    let first = server.fetch(&path).await;
    server.until("2018-03-12").await;
    let decide = json!({ "besluit": { "naam": "doelgroep" } });
    server.act(&case, COORDINATOR, decide).await;
    let waits = server.fetch(&path).await;
    server.until("2018-03-20").await;
    let lived = json!({ "woonde-in-regio": [{ "van": "2010-01-01", "tot": "2016-06-01" }] });
    server.act(&case, ALARMER, json!({ "feiten": lived })).await;
    server.act(&case, ALARMER, json!("gereed")).await;
    let runs = server.fetch(&path).await;
    server.until("2018-04-03").await;
    let late = server.fetch(&path).await;
    let Some(calendars) = read(&[&first, &waits, &runs, &late]) else {
        return;
    };
    let events: Vec<&Json> = calendars
        .iter()
        .map(|c| titled(c, "Toets aan de doelgroep"))
        .collect();
    let stands: Vec<&str> = events
        .iter()
        .map(|e| e["stand"].as_str().unwrap())
        .collect();
    assert_eq!(stands, ["CONFIRMED", "TENTATIVE", "CONFIRMED", "CONFIRMED"]);
    assert_eq!(events[1]["wekkers"], json!([]), "nobody knows the day yet");
    let sequences: Vec<u64> = events
        .iter()
        .map(|e| e["volgorde"].as_u64().unwrap())
        .collect();
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
    assert!(
        events[3]["tekst"]
            .as_str()
            .unwrap()
            .contains("Deze dag is voorbij")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_must_not_act_does_not_see_it_and_no_feed_holds_a_fact() {
    let server = TestServer::start("2018-03-05").await;
    server.case_in_test().await;
    for (account, sees) in [
        (COORDINATOR, true),
        (ALARMER, false),
        ("utrecht.wijkteam.zeist", false),
    ] {
        let path = server.make_feed("utrecht", account).await;
        let text = server.fetch(&path).await;
        assert_eq!(text.contains("Toets aan de doelgroep"), sees, "{account}");
        for fact in ["1980", "Zeist", "1.100", "Gesprek", "Houten"] {
            assert!(!text.contains(fact), "{fact}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_changed_is_not_sent_again_and_every_node_says_the_same() {
    let server = TestServer::start("2018-03-05").await;
    let path = server.make_feed("utrecht", COORDINATOR).await;
    server.case_in_test().await;
    let first = server.get(&path).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let same = server
        .get_unless(&path, &format!("\"other\", W/{tag}"))
        .await;
    assert_eq!(
        (same.status, same.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    assert_eq!(same.headers["etag"], tag.as_str());
    server.open_case().await;
    assert_eq!(server.get_unless(&path, &tag).await.status, StatusCode::OK);

    // Another process on the same data, that has seen nothing yet.
    let here = server.get(&path).await;
    let other = server
        .second_node(RegionFiles::read_all(&convenants()).unwrap())
        .await;
    let there = other.get(&path).await;
    assert_eq!(
        (here.text, &here.headers["etag"]),
        (there.text, &there.headers["etag"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_revoked_is_as_unknown_as_one_that_never_was() {
    let server = TestServer::start("2018-03-05").await;
    let path = server.make_feed("utrecht", COORDINATOR).await;
    let secret = path
        .strip_prefix("/agenda/")
        .unwrap()
        .strip_suffix(".ics")
        .unwrap();
    assert_eq!(secret.len(), 64);
    server.get(FEEDS).await.problem(401, "geen-account");
    server
        .get_as(FEEDS, Some("nijmegen.regisseur.nijmegen"))
        .await
        .problem(403, "niet-bevoegd");
    let listed = server.get_as(FEEDS, Some(COORDINATOR)).await;
    assert!(
        !listed.text.contains(secret) && !listed.text.contains("adres"),
        "{}",
        listed.text
    );
    let id = listed.json()[0]["id"].as_str().unwrap().to_owned();
    let second = server.make_feed("utrecht", COORDINATOR).await;
    let revoke = async |account: &str| {
        let request = Request::delete(format!("{FEEDS}/{id}"))
            .header("host", HOST)
            .header("x-account", account);
        server.send(request.body(Body::empty()).unwrap()).await
    };
    revoke(ALARMER).await.problem(404, "onbekend");
    assert_eq!(server.get(&path).await.status, StatusCode::OK);
    assert_eq!(revoke(COORDINATOR).await.status, StatusCode::NO_CONTENT);
    let listed = server.get_as(FEEDS, Some(COORDINATOR)).await.json();
    for feed in listed.as_array().unwrap() {
        assert_eq!(feed["ingetrokken"].is_string(), feed["id"] == id.as_str());
    }

    let revoked = server.get(&path).await;
    assert_eq!(revoked.status, StatusCode::NOT_FOUND);
    assert!(!revoked.text.contains(secret), "{}", revoked.text);
    let never = format!("/agenda/{}.ics", "0".repeat(64));
    for unknown in [
        never.as_str(),
        "/agenda/x.ics",
        "/agenda/",
        &format!("{path}/"),
        "/agenda/%00.ics",
        &path.replace(".ics", ""),
    ] {
        let answer = server.get(unknown).await;
        assert_eq!(
            (answer.status, &answer.text),
            (revoked.status, &revoked.text),
            "{unknown}"
        );
    }
    assert_eq!(server.get(&second).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_more_than_ten_addresses() {
    let server = TestServer::start("2018-03-05").await;
    for _ in 0..10 {
        server.make_feed("utrecht", COORDINATOR).await;
    }
    let refused = server.post(FEEDS, COORDINATOR, json!({})).await;
    let problem = refused.problem(409, "geweigerd");
    assert!(problem["detail"].as_str().unwrap().contains("10"));
    server.make_feed("utrecht", ALARMER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duties_of_the_convenant_are_for_those_who_must_do_them() {
    let server = TestServer::start("2018-03-05").await;
    let governor = server
        .make_feed("utrecht", "utrecht.bestuurder.zeist")
        .await;
    let coordinator = server.make_feed("utrecht", COORDINATOR).await;
    let (of_body, of_role) = (
        server.fetch(&governor).await,
        server.fetch(&coordinator).await,
    );
    server.until("2018-05-15").await;
    let late = server.fetch(&coordinator).await;
    let Some(calendars) = read(&[&of_body, &of_role, &late]) else {
        return;
    };
    let evaluation = &calendars[0]["gebeurtenissen"][0];
    assert_eq!(evaluation["titel"], "evaluatie van het convenant");
    assert_eq!(
        evaluation["begin"], "2018-03-15",
        "every twelve months from 15 March 2017"
    );
    let report = titled(&calendars[1], "Jaarverslag");
    assert_eq!(
        (&report["begin"], &report["stand"]),
        (&json!("2018-05-14"), &json!("CONFIRMED"))
    );
    assert_eq!(
        report["wekkers"],
        json!(["2018-03-15T08:00:00Z"]),
        "from then on it can be written"
    );
    assert_eq!(report["soort"], json!(["Termijn van het convenant"]));
    assert!(!of_body.contains("Jaarverslag") && !of_role.contains("evaluatie"));
    assert_eq!(titled(&calendars[2], "Jaarverslag")["uid"], report["uid"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_term_and_the_last_day_of_notice_move_when_it_is_extended() {
    let server = TestServer::start("2018-03-05").await;
    let member = server
        .make_feed("utrecht", "utrecht.bestuurder.zeist")
        .await;
    // Not a party yet.
    let later = "utrecht.bestuurder.vijfheerenlanden";
    let later = server.make_feed("utrecht", later).await;
    let first = server.fetch(&member).await;
    let none = server.fetch(&later).await;
    assert!(!none.contains("Laatste dag van het convenant"), "{none}");
    for party in [
        "bunnik",
        "de-bilt",
        "de-ronde-venen",
        "houten",
        "ijsselstein",
        "lopik",
        "montfoort",
        "nieuwegein",
        "oudewater",
    ] {
        let body = json!({ "doe": "verlenging" });
        let path = "/v1/convenanten/utrecht/leven/opdrachten";
        server
            .post(path, &format!("utrecht.bestuurder.{party}"), body)
            .await;
    }
    let second = server.fetch(&member).await;
    let Some(calendars) = read(&[&first, &second]) else {
        return;
    };
    let [before, after] = [0, 1].map(|n| {
        let end = titled(&calendars[n], "Laatste dag van het convenant");
        let notice = titled(&calendars[n], "Laatste dag om het convenant op te zeggen");
        (end.clone(), notice.clone())
    });
    assert_eq!(
        (&before.0["begin"], &before.1["begin"]),
        (&json!("2019-12-31"), &json!("2019-10-01"))
    );
    assert_eq!(
        (&after.0["begin"], &after.1["begin"]),
        (&json!("2020-12-31"), &json!("2020-10-01"))
    );
    assert_eq!(
        (&before.0["uid"], &before.1["uid"]),
        (&after.0["uid"], &after.1["uid"])
    );
    assert!(
        before.1["volgorde"].as_u64() < after.1["volgorde"].as_u64(),
        "{after:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_term_in_hours_ends_at_a_moment_of_the_wall_clock() {
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let utrecht = files.iter_mut().find(|f| f.key == "utrecht").unwrap();
    let text = String::from_utf8(utrecht.source.clone()).unwrap();
    let changed = text
        .replace(
            "door coördinator binnen 10 werkdagen",
            "door coördinator binnen 48 uur",
        )
        .replace(
            "    3 werkdagen vooraf : herinner coördinator",
            "    6 uur vooraf : herinner coördinator",
        );
    assert_ne!(text, changed);
    utrecht.source = changed.into_bytes();
    let server = TestServer::start_with(Backend::Sqlite, "2018-03-24", files).await;
    let path = server.make_feed("utrecht", COORDINATOR).await;
    server.case_in_test().await;
    let Some(calendars) = read(&[&server.fetch(&path).await]) else {
        return;
    };
    let event = titled(&calendars[0], "Toets aan de doelgroep");
    // Forty-eight hours after nine o'clock in winter time it is ten o'clock in summer time.
    assert_eq!(
        (&event["begin"], &event["zone"]),
        (&json!("2018-03-26T08:00:00Z"), &json!("Europe/Amsterdam"))
    );
    assert_eq!(event["wekkers"], json!(["2018-03-26T02:00:00Z"]));
    assert_eq!(event["einde"], Json::Null);
    assert_eq!(calendars[0]["zones"], json!(["Europe/Amsterdam"]));
}

#[test]
fn what_stands_in_a_word_stays_in_its_property() {
    let evil = [
        "Jan\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:AUDIO",
        "a\nATTACH:http://example.org/x",
        "\rSUMMARY:anders",
        "x;VALUE=DATE:20180101,\\n\\;\\,\"\u{0}\u{85}\u{2028}y",
        "BEGIN:VEVENT",
        "é".repeat(120).as_str(),
        "woord ".repeat(60).trim_end(),
    ]
    .map(str::to_owned);
    let entries: Vec<Entry> = evil
        .iter()
        .enumerate()
        .map(|(n, word)| Entry {
            uid: format!("{n}.{word}"),
            title: word.clone(),
            text: vec![word.clone(), word.clone()],
            url: format!("http://127.0.0.1/{word}"),
            category: word.clone(),
            // The hour that comes twice in October 2018: both times.
            when: When::At(Moment(
                1_540_686_600_000 + 3_600_000 * i64::try_from(n % 2).unwrap(),
            )),
            firmness: Firmness::Firm,
            alarms: vec![Moment(1_540_600_000_000)],
            sequence: 7,
            changed: Moment(1_540_000_000_000),
        })
        .collect();
    let text = feed("Naam\r\nX-INJECTED:1 BEGIN:VEVENT", &entries);
    are_content_lines(&text);
    let Some(calendars) = read(&[&text]) else {
        return;
    };
    let found = &calendars[0];
    assert_eq!(
        found["delen"],
        json!([
            "DAYLIGHT",
            "STANDARD",
            "VALARM",
            "VCALENDAR",
            "VEVENT",
            "VTIMEZONE"
        ])
    );
    assert_eq!(found["naam"], "Naam  X-INJECTED:1 BEGIN:VEVENT");
    let ours = [
        "CALSCALE",
        "METHOD",
        "PRODID",
        "REFRESH-INTERVAL",
        "VERSION",
        "X-PUBLISHED-TTL",
        "X-WR-CALNAME",
        "X-WR-TIMEZONE",
    ];
    assert_eq!(found["eigenschappen"], json!(ours));
    let events = found["gebeurtenissen"].as_array().unwrap();
    assert_eq!(events.len(), evil.len());
    for (n, (event, word)) in events.iter().zip(&evil).enumerate() {
        let blank = |c: char| c.is_control() || c == '\u{2028}';
        let shown: String = word
            .chars()
            .map(|c| if blank(c) { ' ' } else { c })
            .collect();
        assert_eq!(event["titel"], shown.as_str());
        assert_eq!(event["tekst"], format!("{shown}\n{shown}"));
        assert_eq!(event["soort"], json!([shown]));
        assert_eq!(event["wekkers"].as_array().unwrap().len(), 1);
        let kept = [
            "CATEGORIES",
            "DESCRIPTION",
            "DTSTAMP",
            "DTSTART",
            "LAST-MODIFIED",
            "SEQUENCE",
            "STATUS",
            "SUMMARY",
            "TRANSP",
            "UID",
            "URL",
        ];
        assert_eq!(event["eigenschappen"], json!(kept), "{n}");
        let begins = ["2018-10-28T00:30:00Z", "2018-10-28T01:30:00Z"][n % 2];
        assert_eq!(event["begin"], begins);
    }
}
