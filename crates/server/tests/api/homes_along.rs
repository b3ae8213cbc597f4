//! Homes that follow their case: free again when it ends without success, searches anew or goes another way, and not before.

use convenant_server::regions::RegionFiles;
use serde_json::{Value as Json, json};

use crate::common::{Backend, TestServer, convenants, morning};
use crate::spreading::matchable;

on_both!(
    an_accepted_home_is_free_when_its_client_withdraws_and_not_once_it_is_let,
    an_accepted_home_is_free_when_the_case_searches_anew,
    an_accepted_home_is_free_when_the_clock_ends_the_case,
    an_offer_that_waits_for_a_suspension_keeps_its_home,
    an_amendment_that_ends_an_offer_sets_its_home_free,
    a_home_that_is_let_while_its_client_withdraws_stops_neither,
);

const HOMES: &str = "/v1/convenanten/drenthe/woningen";
const LANDLORD: &str = "drenthe.verhuurder.actium";
const MATCHER: &str = "drenthe.koppelaar.coordinatiepunt-uitstroom";
const CARE: &str = "drenthe.zorgpartij.cosis";

/// Drenthe with a way back from the signing, a day on which the signing is given up, and a step during which the search stands still.
fn drenthe() -> Vec<RegionFiles> {
    let mut files = RegionFiles::read_all(&convenants()).unwrap();
    let drenthe = files.iter_mut().find(|f| f.key == "drenthe").unwrap();
    let mut text = String::from_utf8(drenthe.source.clone()).unwrap();
    for (from, to) in [
        (
            "    gereed -> wonen\n",
            "    gereed -> wonen\n    handeling opnieuw \"Opnieuw zoeken\" door verhuurder -> koppeling\n    na 2 maanden -> afgezien\n",
        ),
        (
            "    opschorten op verzoek door zorgpartij, hoogstens 6 weken  aanname\n",
            "    opschorten tijdens herweging, hoogstens 6 weken\n    handeling wachten \"Even wachten\" door koppelaar -> herweging\n",
        ),
        (
            "    besluit uitweg \"Is er een andere weg?\"",
            "    handeling verder \"Verder zoeken\" door koppelaar -> koppeling\n    besluit uitweg \"Is er een andere weg?\"",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    drenthe.source = text.into_bytes();
    files
}

/// A server with a home in Meppel, and a case to which it is offered.
async fn offered(on: Backend) -> (TestServer, String) {
    let server = TestServer::start_with(on, "2018-05-02", drenthe()).await;
    let home = json!({ "feiten": { "gemeente": "Meppel", "beschikbaar": "2018-06-01" } });
    let done = server.post(HOMES, LANDLORD, home).await;
    assert_eq!(done.json()["nieuw"], json!([1]), "{}", done.text);
    let case = matchable(&server).await;
    let offer = json!({ "aanbod": { "woning": 1 } });
    server.act(&case, MATCHER, offer).await;
    (server, case)
}

async fn accepted(on: Backend) -> (TestServer, String) {
    let (server, case) = offered(on).await;
    let accept = json!({ "antwoord": "aanvaard" });
    server.act(&case, CARE, accept).await;
    (server, case)
}

/// Where the home stands, and the last thing that happened to it.
async fn home(server: &TestServer) -> (String, Json) {
    let path = format!("{HOMES}/1");
    let shown = server.get_as(&path, Some(LANDLORD)).await.json();
    let state = shown["woning"]["staat"].as_str().unwrap().to_owned();
    let last = shown["geschiedenis"].as_array().unwrap().last().unwrap();
    (state, last.clone())
}

async fn an_accepted_home_is_free_when_its_client_withdraws_and_not_once_it_is_let(on: Backend) {
    let (server, case) = accepted(on).await;
    let withdraw = json!({ "altijd": "afzien" });
    server.act(&case, CARE, withdraw.clone()).await;
    let (state, last) = home(&server).await;
    assert_eq!((&*state, &last["wat"]), ("vrij", &json!("vrijgegeven")));
    assert_eq!(last["tekst"], "De zaak is geëindigd: weer vrij");
    assert_eq!(last["door"], "Cosis");
    // The next client may have it, and keeps it once it is let.
    let next = matchable(&server).await;
    let offer = json!({ "aanbod": { "woning": 1 } });
    server.act(&next, MATCHER, offer).await;
    let accept = json!({ "antwoord": "aanvaard" });
    server.act(&next, CARE, accept).await;
    let path = format!("{HOMES}/1/opdrachten");
    let done = server.post(&path, LANDLORD, json!({ "doe": "verhuurd" }));
    assert_eq!(done.await.status, 200);
    server.act(&next, CARE, withdraw).await;
    assert_eq!(home(&server).await.0, "verhuurd");
}

async fn an_accepted_home_is_free_when_the_case_searches_anew(on: Backend) {
    let (server, case) = accepted(on).await;
    let again = json!({ "handeling": { "naam": "opnieuw" } });
    server.act(&case, LANDLORD, again).await;
    let (state, last) = home(&server).await;
    assert_eq!(
        (&*state, last["tekst"].as_str()),
        (
            "vrij",
            Some("Voor deze cliënt wordt opnieuw gezocht: weer vrij")
        )
    );
    // The same home, offered to the same client once more.
    let offer = json!({ "aanbod": { "woning": 1 } });
    server.act(&case, MATCHER, offer).await;
    assert_eq!(home(&server).await.0, "aangeboden");
}

async fn an_accepted_home_is_free_when_the_clock_ends_the_case(on: Backend) {
    let (server, _) = accepted(on).await;
    let worker = &server.service.worker;
    worker.run_until(morning("2018-06-29")).await.unwrap();
    assert_eq!(home(&server).await.0, "aanvaard");
    worker.run_until(morning("2018-07-03")).await.unwrap();
    let (state, last) = home(&server).await;
    assert_eq!((&*state, &last["door"]), ("vrij", &Json::Null));
    assert_eq!(last["tekst"], "De zaak is geëindigd: weer vrij");
}

async fn an_offer_that_waits_for_a_suspension_keeps_its_home(on: Backend) {
    let (server, case) = offered(on).await;
    let act = |name: &str| json!({ "handeling": { "naam": name } });
    server.act(&case, MATCHER, act("wachten")).await;
    assert_eq!(home(&server).await.0, "aangeboden");
    server.act(&case, MATCHER, act("verder")).await;
    assert_eq!(home(&server).await.0, "aangeboden");
    let accept = json!({ "antwoord": "aanvaard" });
    server.act(&case, CARE, accept).await;
    assert_eq!(home(&server).await.0, "aanvaard");
    // A case that ends while its offer waits sets the home free as well.
    let (server, case) = offered(on).await;
    server.act(&case, MATCHER, act("wachten")).await;
    let withdraw = json!({ "altijd": "afzien" });
    server.act(&case, CARE, withdraw).await;
    let (state, last) = home(&server).await;
    assert_eq!(
        (&*state, last["tekst"].as_str()),
        ("vrij", Some("De zaak is geëindigd: weer vrij"))
    );
}

/// A second version, that lets cases begin their search anew.
fn amended() -> Vec<RegionFiles> {
    let mut files = drenthe();
    let drenthe = files.iter_mut().find(|f| f.key == "drenthe").unwrap();
    let text = String::from_utf8(drenthe.source.clone()).unwrap();
    let header = "  versie     2\n  wijzigt    versie 1 vanaf 1 juni 2018\n";
    let text = text.replacen("  versie     1\n", header, 1);
    let transition = "overgang {\n  aanname\n  lopende zaken gaan over\n  stap koppeling -> herweging\n  uitzondering \"aanbod koppeling\"\n  uitzondering \"termijn koppeling\"\n}\n";
    drenthe.source = format!("{text}\n{transition}").into_bytes();
    files
}

async fn an_amendment_that_ends_an_offer_sets_its_home_free(on: Backend) {
    let (server, case) = offered(on).await;
    let data = server.close().await;
    let server = TestServer::open(data, morning("2018-05-03"), amended()).await;
    assert_eq!(home(&server).await.0, "aangeboden");
    let worker = &server.service.worker;
    assert_eq!(
        worker.run_until(morning("2018-06-01")).await.unwrap().moved,
        1
    );
    let moved = server.get_as(&case, Some(CARE)).await.json();
    assert_eq!(moved["plaats"]["naam"], "herweging", "{moved}");
    let (state, last) = home(&server).await;
    assert_eq!(
        (&*state, last["tekst"].as_str()),
        ("vrij", Some("Niet meer aangeboden: weer vrij"))
    );
}

async fn a_home_that_is_let_while_its_client_withdraws_stops_neither(on: Backend) {
    let (one, case) = accepted(on).await;
    let two = one.second_node(drenthe()).await;
    let act = format!("{HOMES}/1/opdrachten");
    let let_it = two.post(&act, LANDLORD, json!({ "doe": "verhuurd" }));
    let body = json!({ "doe": { "altijd": "afzien" } });
    let path = format!("{case}/opdrachten");
    let withdraw = one.post(&path, CARE, body);
    let (let_it, withdrawn) = tokio::join!(let_it, withdraw);
    // Whoever came first: the client can withdraw, and a home that is free again is not let.
    assert_eq!(withdrawn.status, 200, "{}", withdrawn.text);
    let expected = if let_it.status == 200 {
        "verhuurd"
    } else {
        "vrij"
    };
    assert_eq!(home(&one).await.0, expected, "{}", let_it.text);
}
