//! Cases: from registration to allocation, commands, who sees what.

use convenant_store::Location;
use serde_json::json;

use crate::common::{ALARMER, Backend, COORDINATOR, TestServer, eligible_facts, morning};

on_both!(
    a_case_goes_from_registration_to_allocation,
    a_deadline_comes_near_passes_and_escalates_when_the_clock_moves,
    a_command_twice_is_one_command_and_a_stale_one_is_none,
    commands_at_the_same_time_all_arrive_once,
    facts_are_seen_only_by_who_needs_to_know,
    a_party_that_awaits_approval_sees_no_facts,
    a_hypothetical_client_is_explained_and_nothing_is_kept,
    a_wrong_role_and_an_illegal_act_are_refused_with_their_reason,
    what_a_case_shows_comes_back_after_a_restart,
    a_deadline_says_why_it_is_due_on_its_day,
);

async fn a_deadline_says_why_it_is_due_on_its_day(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.registered().await;
    let why = async |deadline: &str, account| {
        let path = format!("{case}/termijnen/{deadline}/waarom");
        server.get_as(&path, Some(account)).await
    };
    let view = why("toets", COORDINATOR).await.json();
    assert_eq!(
        (&view["begin"], &view["uiterlijk"]),
        (&json!("2018-05-02"), &json!("2018-05-18"))
    );
    assert!(view["bron"]["regel"].is_number(), "{view}");
    let said = view["uitleg"].to_string();
    assert!(
        said.contains("10 mei 2018 telt niet mee: Hemelvaart"),
        "{said}"
    );
    let shown = server.get_as(&case, Some(COORDINATOR)).await.json();
    assert_eq!(shown["termijnen"][0]["uiterlijk"], view["uiterlijk"]);
    why("geen", COORDINATOR).await.problem(404, "onbekend");
    why("99", COORDINATOR).await.problem(404, "onbekend");
    let stranger = "drenthe.koppelaar.coordinatiepunt-uitstroom";
    why("toets", stranger).await.problem(403, "niet-bevoegd");
}

async fn a_case_goes_from_registration_to_allocation(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    assert!(
        case.starts_with("/v1/convenanten/utrecht/zaken/UTR-2018-"),
        "{case}"
    );
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    server
        .act(&case, ALARMER, json!({ "taak": "toestemming" }))
        .await;
    let done = server.act(&case, ALARMER, json!("gereed")).await;
    assert_eq!(done["zaak"]["plaats"]["naam"], "toets");
    // Ten working days from 2 May 2018, over Ascension Day and the Friday after it, which is a day off by decree.
    let deadlines = done["zaak"]["termijnen"].as_array().unwrap();
    let test = deadlines.iter().find(|d| d["van"] == "toets").unwrap();
    assert_eq!(test["uiterlijk"], "2018-05-18");
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
    assert_eq!(done["zaak"]["plaats"]["naam"], "woonvormkeuze", "{done}");

    let explained = server
        .get_as(&format!("{case}/uitleg"), Some(COORDINATOR))
        .await
        .json();
    assert_eq!(explained["uitkomst"], "voldoet");
    let history = server
        .get_as(&format!("{case}/geschiedenis"), Some(COORDINATOR))
        .await
        .json();
    let kinds: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["soort"].as_str().unwrap().to_owned())
        .collect();
    assert!(kinds.contains(&"doelgroep".to_owned()), "{kinds:?}");
    let listed = server
        .get("/v1/convenanten/utrecht/zaken?stap=woonvormkeuze")
        .await
        .json();
    assert_eq!(listed["zaken"].as_array().unwrap().len(), 1);
}

async fn a_deadline_comes_near_passes_and_escalates_when_the_clock_moves(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    server
        .act(&case, ALARMER, json!({ "taak": "toestemming" }))
        .await;
    server.act(&case, ALARMER, json!("gereed")).await;
    let moved = server
        .post("/v1/klok/vooruit", ALARMER, json!({ "dagen": 28 }))
        .await
        .json();
    assert_eq!(moved["datum"], "2018-05-30");
    let history = server.get(&format!("{case}/geschiedenis")).await.json();
    let at = |kind: &str| -> Vec<String> {
        let all = history
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| e["soort"] == kind);
        all.map(|e| e["op"].as_str().unwrap().to_owned()).collect()
    };
    // Every event at its own time, not at the time that the clock was moved to: the first rung at once, the next after two working
    // days in which nobody read it, over Whit Monday.
    assert_eq!(at("te-laat"), ["2018-05-18T22:00:00.000Z"]);
    assert!(at("herinnerd")[0] < at("te-laat")[0]);
    assert_eq!(at("geescaleerd"), ["2018-05-18T22:00:00.000Z"]);
    assert_eq!(
        at("geescaleerd-ongelezen")[0],
        "2018-05-23T22:00:00.000Z",
        "{history}"
    );
    let inbox = server
        .get_as(
            "/v1/convenanten/utrecht/meldingen?aantal=200",
            Some(COORDINATOR),
        )
        .await
        .json();
    let subjects: Vec<&str> = inbox["meldingen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["onderwerp"].as_str().unwrap())
        .collect();
    assert!(
        subjects.iter().any(|s| s.starts_with("Te laat:")),
        "{subjects:?}"
    );
    assert!(
        subjects.iter().any(|s| s.starts_with("Overzicht ochtend")),
        "{subjects:?}"
    );
    assert!(
        inbox["meldingen"]
            .as_array()
            .unwrap()
            .iter()
            .all(|m| !m["tekst"].as_str().unwrap().contains("1980"))
    );
}

async fn a_command_twice_is_one_command_and_a_stale_one_is_none(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    let body = json!({ "doe": { "feiten": { "geboortedatum": "1980-03-01" } } }).to_string();
    let path = format!("{case}/opdrachten");
    let key = [("idempotency-key", "een")];
    let first = server
        .post_with(&path, ALARMER, &key, body.clone())
        .await
        .json();
    let again = server
        .post_with(&path, ALARMER, &key, body.clone())
        .await
        .json();
    assert_eq!(first["herhaald"], false);
    assert_eq!(again["herhaald"], true);
    assert_eq!(first["zaak"]["volgnummer"], again["zaak"]["volgnummer"]);
    assert_eq!(first["gebeurtenissen"], again["gebeurtenissen"]);
    // The same facts under another key change nothing, and that is an answer too.
    let second = [("idempotency-key", "twee")];
    for repeated in [false, true] {
        let nothing = server
            .post_with(&path, ALARMER, &second, body.clone())
            .await
            .json();
        assert_eq!(nothing["herhaald"], repeated, "{nothing}");
        assert_eq!(nothing["gebeurtenissen"], json!([]));
        assert_eq!(nothing["zaak"]["volgnummer"], first["zaak"]["volgnummer"]);
    }
    let other = json!({ "doe": { "feiten": { "schulden": "€ 5" } } }).to_string();
    server
        .post_with(&path, ALARMER, &key, other.clone())
        .await
        .problem(422, "sleutel-hergebruikt");
    let stale = server
        .post_with(&path, ALARMER, &[("if-match", "\"1\"")], other.clone())
        .await;
    let problem = stale.problem(409, "verouderd");
    assert_eq!(problem["verwacht"], 1);
    assert_eq!(problem["volgnummer"], first["zaak"]["volgnummer"]);
    server
        .post_with(&path, ALARMER, &[("if-match", "x")], other)
        .await
        .problem(400, "parameter");
}

/// A commit ends the session that makes it: whoever asked for it cannot know what became of it.
const LOSES_COMMITS: &str = "
    CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose();";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_outcome_is_unknown_is_settled_by_its_key() {
    let server = TestServer::start_on(Backend::Postgres, "2018-05-02").await;
    let Location::Postgres { url, .. } = server.data.location.clone() else {
        panic!("not PostgreSQL")
    };
    let database = convenant_tests::postgres::server();
    let case = server.open_case().await;
    let before = server.get_as(&case, Some(ALARMER)).await.json()["volgnummer"].clone();
    let body = json!({ "doe": { "feiten": { "geboortedatum": "1980-03-01" } } }).to_string();
    let path = format!("{case}/opdrachten");
    let key = [("idempotency-key", "twijfel")];
    let once = || server.post_with(&path, ALARMER, &key, body.clone());

    database.run(&url, LOSES_COMMITS);
    let unknown = once().await.problem(503, "uitkomst-onbekend");
    assert!(!unknown.to_string().contains("1980"), "{unknown}");
    database.run(&url, "DROP TRIGGER lose ON events");
    let settled = once().await.json();
    assert_eq!(
        settled["herhaald"], false,
        "the session ended before it was written: {settled}"
    );
    let number = &settled["zaak"]["volgnummer"];
    assert_eq!(number.as_u64(), before.as_u64().map(|before| before + 1));
    let again = once().await.json();
    assert_eq!(again["herhaald"], true);
    assert_eq!(&again["zaak"]["volgnummer"], number, "done once");
}

async fn commands_at_the_same_time_all_arrive_once(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let cases = futures(12, |_| server.open_case()).await;
    let mut numbers = cases.clone();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 12);
    // Different facts on one case, from many sides at once: each is retried until it is in.
    let names = ["geboortedatum", "einde-opvang"];
    let case = &cases[0];
    futures(2, |n| {
        server.act(
            case,
            ALARMER,
            json!({ "feiten": { names[n]: "1980-03-01" } }),
        )
    })
    .await;
    let view = server.get_as(case, Some(ALARMER)).await.json();
    let known = view["gegevens"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["bekend"] == true)
        .count();
    assert_eq!(known, 2);
}

async fn futures<F: Future>(count: usize, make: impl Fn(usize) -> F) -> Vec<F::Output> {
    let mut pinned: Vec<_> = (0..count).map(|n| Box::pin(make(n))).collect();
    let mut done: Vec<Option<F::Output>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (n, future) in pinned.iter_mut().enumerate() {
            if done[n].is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                done[n] = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().map(Option::unwrap).collect()
}

async fn facts_are_seen_only_by_who_needs_to_know(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    let value = |view: &serde_json::Value, name: &str| {
        let fact = view["gegevens"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["naam"] == name)
            .unwrap()
            .clone();
        fact.get("waarde").cloned()
    };
    let own = server.get_as(&case, Some(ALARMER)).await.json();
    assert_eq!(value(&own, "verblijf"), Some(json!("opvang")));
    assert_eq!(value(&own, "inkomen"), Some(json!("€ 1.100")));
    // `verblijf` is special category, for registrar, coordinator and neighbourhood team: not for the corporation.
    let corporation = server
        .get_as(&case, Some("utrecht.corporatie.woningcorporatie-a"))
        .await
        .json();
    assert_eq!(value(&corporation, "verblijf"), None);
    let nobody = server.get(&case).await;
    for secret in ["1980-03-01", "1.100", "Zeist"] {
        assert!(
            !nobody.text.contains(secret),
            "{secret} is shown to nobody in particular"
        );
    }
    let elsewhere = server
        .get_as(&case, Some("nijmegen.gemeente.nijmegen"))
        .await;
    assert!(!elsewhere.text.contains("1980-03-01"));
    server
        .get(&format!("{case}/uitleg"))
        .await
        .problem(401, "geen-account");
}

async fn a_party_that_awaits_approval_sees_no_facts(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    let seen = async |account: &str| {
        let view = server.get_as(&case, Some(account)).await.json();
        let facts = view["gegevens"].as_array().unwrap().iter();
        facts.filter(|fact| fact["zichtbaar"] == true).count()
    };
    // Corporation C signed under reservation of its supervisory board; A did not.
    assert!(seen("utrecht.corporatie.woningcorporatie-a").await > 0);
    let awaiting = "utrecht.corporatie.woningcorporatie-c";
    assert_eq!(seen(awaiting).await, 0);
    server
        .get_as(&format!("{case}/uitleg"), Some(awaiting))
        .await
        .problem(403, "niet-bevoegd");
}

async fn a_hypothetical_client_is_explained_and_nothing_is_kept(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let path = "/v1/convenanten/utrecht/uitleg";
    let mut facts = eligible_facts();
    facts.as_object_mut().unwrap().remove("geboortedatum");
    let body = json!({ "feiten": facts, "oordelen": { "kan-zelfstandig-wonen": "ja" }, "dag": "2018-05-02" });
    let unknown = server.post(path, ALARMER, body.clone()).await.json();
    assert_eq!(unknown["uitkomst"], "onbekend");
    assert_eq!(unknown["ontbrekende_feiten"], json!(["geboortedatum"]));
    let mut young = body;
    young["feiten"]["geboortedatum"] = json!("2005-01-01");
    let unmet = server.post(path, ALARMER, young).await.json();
    assert_eq!(unmet["uitkomst"], "voldoet niet");
    assert_eq!(unmet["beslissend"], json!(["meerderjarig"]));
    assert_eq!(
        server.get("/v1/convenanten/utrecht/zaken").await.json()["zaken"],
        json!([])
    );
}

async fn a_wrong_role_and_an_illegal_act_are_refused_with_their_reason(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    let path = format!("{case}/opdrachten");
    let before = server.get(&case).await.json()["volgnummer"].clone();
    let act = |act: serde_json::Value| json!({ "doe": act });
    let wrong_role = server
        .post(&path, COORDINATOR, act(json!("gereed")))
        .await
        .problem(403, "niet-bevoegd");
    assert_eq!(wrong_role["reden"], "mag-niet");
    assert_eq!(wrong_role["mag"], json!(["aanmelder"]));
    let incomplete = server
        .post(&path, ALARMER, act(json!("gereed")))
        .await
        .problem(409, "geweigerd");
    assert_eq!(incomplete["reden"], "niet-compleet");
    let missing = incomplete["ontbreekt"].as_array().unwrap();
    assert!(
        missing.contains(&json!("toestemming")) && missing.contains(&json!("geboortedatum")),
        "{incomplete}"
    );
    let not_here = server
        .post(
            &path,
            ALARMER,
            act(json!({ "besluit": { "naam": "doelgroep" } })),
        )
        .await;
    not_here.problem(422, "waarde");
    let foreign = server
        .post(&path, "nijmegen.gemeente.nijmegen", act(json!("gereed")))
        .await;
    assert!(
        matches!(foreign.status.as_u16(), 401 | 403),
        "{}",
        foreign.text
    );
    assert_eq!(server.get(&case).await.json()["volgnummer"], before);
}

async fn what_a_case_shows_comes_back_after_a_restart(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    server
        .act(&case, ALARMER, json!({ "feiten": eligible_facts() }))
        .await;
    let before = server.get_as(&case, Some(ALARMER)).await.text;
    let data = server.close().await;
    let again = TestServer::reopen(data, morning("2018-05-02")).await;
    assert_eq!(again.get_as(&case, Some(ALARMER)).await.text, before);
}
