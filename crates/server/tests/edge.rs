//! What must not get in: wrong JSON, wrong hosts, other sites; and what every answer has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{ALARMER, COORDINATOR, HOST, TestServer};
use convenant_server::serve::{ServeError, loopback_only};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_json_is_refused_clearly_and_changes_nothing() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.open_case().await;
    let path = format!("{case}/opdrachten");
    let before = server.get(&case).await.json()["volgnummer"].clone();
    let send = |body: &str| server.post_with(&path, ALARMER, &[], body.to_owned());
    let detail = |problem: serde_json::Value| problem["detail"].as_str().unwrap().to_owned();

    send("").await.problem(400, "vorm");
    send("{").await.problem(400, "vorm");
    send("\u{0}\u{1}").await.problem(400, "vorm");
    send(r#"["gereed"]"#).await.problem(400, "vorm");
    let unknown = detail(
        send(r#"{"doe": "gereed", "extra": 1}"#)
            .await
            .problem(400, "vorm"),
    );
    assert!(unknown.contains("`extra`"), "{unknown}");
    let twice = send(r#"{"doe": "gereed", "doe": "gereed"}"#).await;
    twice.problem(400, "vorm");
    let wrong_type = detail(
        send(r#"{"doe": "gereed", "verwacht": "Jan Jansen"}"#)
            .await
            .problem(400, "vorm"),
    );
    assert!(
        wrong_type.contains("expected u32") && !wrong_type.contains("Jansen"),
        "{wrong_type}"
    );
    let no_act = detail(send(r#"{"doe": "vliegen"}"#).await.problem(400, "vorm"));
    assert!(no_act.contains("gereed"), "says what would do: {no_act}");
    send(r#"{"doe": {"taak": 5}}"#).await.problem(400, "vorm");
    send(
        r#"{"doe": {"corrigeer": {"feit": "schulden", "waarde": 1, "motivering": "x", "nog": 1}}}"#,
    )
    .await
    .problem(400, "vorm");
    send(&format!(
        r#"{{"doe": {}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    ))
    .await
    .problem(400, "vorm");
    let unknown_fact = send(r#"{"doe": {"feiten": {"schoenmaat": 43}}}"#)
        .await
        .problem(422, "waarde");
    assert!(
        detail(unknown_fact).contains("schulden"),
        "names the facts that exist"
    );
    for (fact, value) in [
        ("geboortedatum", "\"30 februari 1980\""),
        ("geboortedatum", "19800301"),
        ("schulden", "\"-\""),
        ("schulden", "\"€ 99.999.999.999.999.999.999\""),
        ("schulden", "1.234"),
        ("schulden", "1e300"),
        ("schuldhulp", "\"misschien\""),
        ("verblijf", "\"hotel\""),
        ("herkomst", "\"Zeist \u{202e}\""),
        ("herkomst", "\"Leger des Heils\""),
        (
            "woonde-in-regio",
            r#"[{"van": "2016-01-01", "tot": "2010-01-01"}]"#,
        ),
        (
            "woonde-in-regio",
            r#"[{"van": "2010-01-01"}, {"van": "2011-01-01"}]"#,
        ),
        (
            "woonde-in-regio",
            r#"[{"van": "2010-01-01", "totaan": "2011-01-01"}]"#,
        ),
    ] {
        let body = format!(r#"{{"doe": {{"feiten": {{"{fact}": {value}}}}}}}"#);
        let problem = send(&body).await.problem(422, "waarde");
        let text = problem["detail"].as_str().unwrap();
        assert!(text.contains(fact), "{text}");
        assert!(
            !text.contains(value.trim_matches('"')),
            "repeats the value: {text}"
        );
    }
    let large = format!(r#"{{"doe": {{"taak": "{}"}}}}"#, "x".repeat(300 * 1024));
    send(&large).await.problem(413, "te-groot");
    let plain = [("content-type", "text/plain")];
    server
        .post_with(&path, ALARMER, &plain, r#"{"doe":"gereed"}"#.to_owned())
        .await
        .problem(415, "geen-json");
    assert_eq!(
        server.get(&case).await.json()["volgnummer"],
        before,
        "nothing has changed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_exist_is_not_found() {
    let server = TestServer::start("2018-05-02").await;
    for path in [
        "/v1/convenanten/atlantis",
        "/v1/convenanten/atlantis/zaken",
        "/v1/convenanten/utrecht/zaken/UTR-2018-9999",
        "/v1/convenanten/utrecht/zaken/..%2f..%2fetc",
        "/v1/convenanten/utrecht/versies/abc",
        "/v1/niets",
    ] {
        server.get(path).await.problem(404, "onbekend");
    }
    let page = server.get("/atlantis").await;
    assert_eq!(page.status.as_u16(), 404);
    assert!(
        page.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    server
        .get("/v1/convenanten/%ff")
        .await
        .problem(400, "parameter");
    let delete = Request::delete("/v1/convenanten/utrecht/zaken").header("host", HOST);
    server
        .send(delete.body(Body::empty()).unwrap())
        .await
        .problem(405, "methode");
    server
        .get("/v1/convenanten/utrecht/zaken?stap=nergens")
        .await
        .problem(400, "parameter");
    server
        .get("/v1/convenanten/utrecht/zaken?kleur=rood")
        .await
        .problem(400, "parameter");
    server
        .get("/v1/convenanten/utrecht/zaken?aantal=veel")
        .await
        .problem(400, "parameter");
    server
        .get("/v1/convenanten/utrecht/termijnen?tot=31-31-2018")
        .await
        .problem(400, "parameter");
    server
        .get_as("/v1/accounts", Some("niemand"))
        .await
        .problem(401, "geen-account");
    let body = json!({ "dagen": 0 });
    server
        .post("/v1/klok/vooruit", COORDINATOR, body)
        .await
        .problem(400, "parameter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_host_or_site_is_refused() {
    let server = TestServer::start("2018-05-02").await;
    let ask = |host: &str| {
        Request::get("/v1/convenanten")
            .header("host", host)
            .body(Body::empty())
            .unwrap()
    };
    server
        .send(ask("convenant.example:8080"))
        .await
        .problem(421, "andere-host");
    server
        .send(ask("127.0.0.1:9999"))
        .await
        .problem(421, "andere-host");
    let bare = Request::get("/v1/convenanten").body(Body::empty()).unwrap();
    server.send(bare).await.problem(421, "andere-host");
    let form = |site: &str| {
        Request::post("/v1/klok/vooruit")
            .header("host", HOST)
            .header("sec-fetch-site", site)
            .header("content-type", "application/json")
            .body(Body::from(r#"{"dagen": 1}"#))
            .unwrap()
    };
    server
        .send(form("cross-site"))
        .await
        .problem(403, "andere-site");
    let origin = Request::post("/klok")
        .header("host", HOST)
        .header("origin", "http://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("dagen=1"))
        .unwrap();
    assert_eq!(server.send(origin).await.status.as_u16(), 403);
    assert_eq!(
        server.get("/v1/klok").await.json()["datum"],
        "2018-05-02",
        "the clock did not move"
    );
    assert_eq!(server.send(form("same-origin")).await.status.as_u16(), 200);
}

#[test]
fn it_listens_on_loopback_only_and_says_why() {
    for fine in ["127.0.0.1:0", "[::1]:8080", "127.8.8.8:1"] {
        loopback_only(fine.parse().unwrap()).unwrap();
    }
    for reachable in [
        "0.0.0.0:8080",
        "192.168.1.4:80",
        "[::]:8080",
        "[2001:db8::1]:80",
    ] {
        let error = loopback_only(reachable.parse().unwrap()).unwrap_err();
        assert!(matches!(error, ServeError::NotLoopback(_)));
        assert!(error.to_string().contains("no login yet"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_its_headers_and_language() {
    let server = TestServer::start("2018-05-02").await;
    for path in [
        "/",
        "/utrecht",
        "/nijmegen",
        "/drenthe",
        "/utrecht/zaken",
        "/utrecht/convenant",
        "/v1/convenanten",
        "/atlantis",
        "/convenant.css",
    ] {
        let answer = server.get(path).await;
        assert!(
            answer.status.as_u16() == 200 || path == "/atlantis",
            "{path}: {}",
            answer.text
        );
        for header in [
            "x-content-type-options",
            "content-security-policy",
            "referrer-policy",
            "api-version",
            "cache-control",
        ] {
            assert!(answer.headers.contains_key(header), "{path}: {header}");
        }
    }
    let asked = |language: &str| {
        Request::get("/v1/niets")
            .header("host", HOST)
            .header("accept-language", language)
            .body(Body::empty())
            .unwrap()
    };
    let title = |answer: common::Answer| answer.json()["title"].as_str().unwrap().to_owned();
    assert_eq!(
        title(server.send(asked("en-GB,en;q=0.9,nl;q=0.5")).await),
        "Not found"
    );
    assert_eq!(
        title(server.send(asked("nl,en;q=0.9")).await),
        "Niet gevonden"
    );
    assert_eq!(title(server.send(asked("fr")).await), "Niet gevonden");
    let english = server.get("/?lang=en").await;
    assert_eq!(english.headers["content-language"], "en");
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("Regions"));
    assert!(server.get("/").await.text.contains("<html lang=\"nl\">"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_show_the_clock_and_a_case_and_act() {
    let server = TestServer::start("2018-05-02").await;
    let case = server.open_case().await;
    let number = case.rsplit('/').next().unwrap();
    let page = server.get(&format!("/utrecht/zaken/{number}")).await;
    assert!(
        page.text.contains("woensdag 2 mei 2018 09:00"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Toestemming van de cliënt vastleggen"));
    let form = |path: String, body: &'static str| {
        Request::post(path)
            .header("host", HOST)
            .header("cookie", format!("convenant-account={ALARMER}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    let done = server
        .send(form(
            format!("/utrecht/zaken/{number}/doe"),
            "daad=%7B%22taak%22%3A%22toestemming%22%7D",
        ))
        .await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text);
    let refused = server
        .send(form(
            format!("/utrecht/zaken/{number}/doe"),
            "daad=%22gereed%22",
        ))
        .await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text.contains("De stap is nog niet compleet"));
    let away = server
        .send(form("/taal".to_owned(), "taal=en&terug=//evil.example"))
        .await;
    assert_eq!(away.headers["location"], "/", "back to this site only");
    let region = server.get("/utrecht").await;
    assert!(region.text.contains(number) && region.text.contains("Wie is aan de beurt"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_names_every_address_and_its_problems() {
    let server = TestServer::start("2018-05-02").await;
    let description = server.get("/openapi.json").await.json();
    assert_eq!(description, server.get("/v1/openapi.json").await.json());
    assert_eq!(description["servers"][0]["url"], "http://127.0.0.1:8080/v1");
    assert!(description["info"]["contact"]["url"].is_string());
    let paths = description["paths"].as_object().unwrap();
    for path in [
        "/convenanten",
        "/convenanten/{regio}/zaken/{nummer}/opdrachten",
        "/klok/vooruit",
        "/health/ready",
    ] {
        assert!(
            paths.contains_key(path),
            "{path} is missing: {:?}",
            paths.keys()
        );
    }
    // A name stands for one shape: a rule of a home is told in two ways.
    for (view, list, part) in [
        ("FitView", "regels", "uitkomst"),
        ("LineView", "waarom", "waarde"),
    ] {
        let schemas = &description["components"]["schemas"];
        let of = &schemas[view]["properties"][list]["items"]["$ref"];
        let name = of.as_str().unwrap().rsplit('/').next().unwrap();
        assert!(schemas[name]["properties"][part].is_object(), "{view}");
    }
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(
                    response["headers"]["API-Version"].is_object(),
                    "{method} {path} {status}"
                );
                if status.starts_with('4') {
                    assert!(
                        response["content"]["application/problem+json"].is_object(),
                        "{method} {path} {status}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_makes_an_address_shows_it_once_and_revokes_it() {
    let server = TestServer::start("2018-03-05").await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let page = "/utrecht/agenda";
    let made = server
        .post_with(page, COORDINATOR, &form, String::new())
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert_eq!(made.headers["cache-control"], "no-store");
    let begin = format!("http://{HOST}/agenda/");
    let text = made.text.replace("&#x2f;", "/");
    let (_, rest) = text.split_once(&begin).unwrap();
    let (secret, _) = rest.split_once(".ics").unwrap();
    let path = format!("/agenda/{secret}.ics");
    assert_eq!(server.get(&path).await.status, StatusCode::OK);
    let again = server.get_as(page, Some(COORDINATOR)).await;
    assert!(!again.text.contains(secret), "it is shown once");
    let feeds = server
        .get_as("/v1/convenanten/utrecht/agenda", Some(COORDINATOR))
        .await
        .json();
    let id = feeds[0]["id"].as_str().unwrap();
    let revoke = format!("{page}/{id}/intrekken");
    // Somebody else has no such address.
    let other = server
        .post_with(&revoke, ALARMER, &form, String::new())
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let revoked = server
        .post_with(&revoke, COORDINATOR, &form, String::new())
        .await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER);
    assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
    let left = server.get_as(page, Some(COORDINATOR)).await;
    assert!(left.text.contains("Ingetrokken") && !left.text.contains(&revoke));
}
