//! Homes: reported, imported, offered to a case, answered; by whom, and what is said when it cannot be.

use serde_json::{Value as Json, json};

use crate::common::{Answer, Backend, TestServer};
use crate::spreading::matchable;

on_both!(
    a_corporation_reports_its_homes_and_others_see_what_they_may,
    what_does_not_fit_the_declaration_is_told,
    a_home_goes_from_offer_to_let_with_its_case,
    a_refusal_or_another_way_sets_the_home_free,
    a_home_that_breaks_a_rule_is_offered_with_a_motivation_only,
    a_home_elsewhere_is_a_departure_and_never_where_the_client_must_not_go,
    one_home_goes_to_one_of_two_cases,
    a_csv_is_imported_once_and_whole_or_not_at_all,
    only_the_clients_own_provider_answers_and_only_those_involved_read_the_ground,
);

const HOMES: &str = "/v1/convenanten/drenthe/woningen";
const ACTIUM: &str = "drenthe.verhuurder.actium";
const DOMESTA: &str = "drenthe.verhuurder.woonborg";
const MATCHER: &str = "drenthe.koppelaar.coordinatiepunt-uitstroom";
const CARE: &str = "drenthe.zorgpartij.cosis";

fn facts() -> Json {
    json!({ "gemeente": "Meppel", "wijk": " Ezinge ", "huur": "€ 600", "kamers": 2, "gelijkvloers": "ja", "beschikbaar": "2018-06-01" })
}

async fn server(on: Backend) -> TestServer {
    TestServer::start_on(on, "2018-05-02").await
}

async fn report(server: &TestServer, body: Json) -> i64 {
    let done = server.post(HOMES, ACTIUM, body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    done.json()["nieuw"][0].as_i64().unwrap()
}

async fn shown(server: &TestServer, id: i64, who: &str) -> Json {
    server
        .get_as(&format!("{HOMES}/{id}"), Some(who))
        .await
        .json()
}

async fn act(server: &TestServer, id: i64, who: &str, body: Json) -> Answer {
    let path = format!("{HOMES}/{id}/opdrachten");
    server.post(&path, who, body).await
}

async fn say(server: &TestServer, case: &str, who: &str, act: Json) -> Answer {
    let path = format!("{case}/opdrachten");
    server.post(&path, who, json!({ "doe": act })).await
}

fn number(case: &str) -> &str {
    case.rsplit('/').next().unwrap()
}

fn story(shown: &Json) -> Vec<&str> {
    let events = shown["geschiedenis"].as_array().unwrap();
    events.iter().map(|e| e["wat"].as_str().unwrap()).collect()
}

async fn a_corporation_reports_its_homes_and_others_see_what_they_may(on: Backend) {
    let server = server(on).await;
    let id = report(&server, json!({ "kenmerk": "A-1", "feiten": facts() })).await;
    let other = json!({ "gemeente": "Assen", "beschikbaar": "2018-09-01" });
    report(&server, json!({ "feiten": other })).await;
    let own = shown(&server, id, ACTIUM).await;
    assert_eq!(own["woning"]["staat"], "vrij");
    assert_eq!(own["woning"]["corporatie"], "Actium");
    assert_eq!(own["woning"]["kenmerk"], "A-1");
    assert_eq!(
        own["woning"]["feiten"]["wijk"], "Ezinge",
        "as others spell it"
    );
    assert_eq!(own["woning"]["feiten"]["huur"], "€ 600");
    assert_eq!(own["geschiedenis"][0]["door"], "Actium");
    // Another corporation sees it, without what only Actium needs; and does nothing with it.
    let seen = shown(&server, id, DOMESTA).await;
    assert_eq!(seen["woning"]["feiten"]["kamers"], "2");
    assert_eq!(
        (&seen["woning"]["kenmerk"], &seen["woning"]["eigen"]),
        (&Json::Null, &json!(false))
    );
    let withdraw = json!({ "doe": "trek-in", "motivering": "verkocht" });
    for who in [DOMESTA, MATCHER, CARE] {
        act(&server, id, who, withdraw.clone())
            .await
            .problem(403, "niet-bevoegd");
    }
    // Whoever does not report, has no account, or is of another region.
    server
        .post(HOMES, CARE, json!({ "feiten": facts() }))
        .await
        .problem(403, "niet-bevoegd");
    server.get(HOMES).await.problem(401, "geen-account");
    let elsewhere = server.get_as(HOMES, Some(crate::common::COORDINATOR)).await;
    elsewhere.problem(403, "niet-bevoegd");
    let list = |query: &'static str| {
        let server = &server;
        async move {
            let page = server
                .get_as(&format!("{HOMES}{query}"), Some(CARE))
                .await
                .json();
            page["woningen"]
                .as_array()
                .unwrap_or_else(|| panic!("{page}"))
                .len()
        }
    };
    assert_eq!(list("").await, 2);
    assert_eq!(list("?gemeente=Meppel").await, 1);
    assert_eq!(list("?vrijOp=2018-06-30").await, 1);
    assert_eq!(list("?staat=verhuurd").await, 0);
    assert_eq!(list("?eigen=true").await, 0);
    let bad = server
        .get_as(&format!("{HOMES}?staat=weg"), Some(CARE))
        .await;
    bad.problem(400, "parameter");
    // Corrected, withdrawn and back, on the version that was seen.
    let mut better = facts();
    better["kamers"] = json!(3);
    let correct = json!({ "doe": { "verbeter": better }, "versie": 1 });
    let done = act(&server, id, ACTIUM, correct.clone()).await;
    assert_eq!(
        done.json()["woning"]["feiten"]["kamers"],
        "3",
        "{}",
        done.text
    );
    act(&server, id, ACTIUM, correct)
        .await
        .problem(409, "verouderd");
    let silent = act(&server, id, ACTIUM, json!({ "doe": "trek-in" })).await;
    silent.problem(422, "waarde");
    assert_eq!(act(&server, id, ACTIUM, withdraw).await.status, 200);
    let back = json!({ "doe": "geef-vrij", "motivering": "toch niet verkocht" });
    let done = act(&server, id, ACTIUM, back).await.json();
    assert_eq!(
        story(&done),
        ["gemeld", "verbeterd", "ingetrokken", "vrijgegeven"]
    );
    let seen = shown(&server, id, CARE).await;
    assert_eq!(seen["geschiedenis"][2]["motivering"], Json::Null);
}

async fn what_does_not_fit_the_declaration_is_told(on: Backend) {
    let server = server(on).await;
    for (name, value, part) in [
        ("oppervlak", json!(60), "oppervlak"),
        ("kamers", json!("twee"), "kamers"),
        ("gelijkvloers", json!(3), "gelijkvloers"),
        ("gemeente", json!("Utrecht"), "gemeente"),
        ("beschikbaar", json!("2018-02-31"), "beschikbaar"),
        ("gemeente", Json::Null, "gemeente"),
    ] {
        let mut wrong = facts();
        wrong[name] = value;
        let told = server.post(HOMES, ACTIUM, json!({ "feiten": wrong })).await;
        let told = told.problem(422, "waarde");
        assert!(told["detail"].as_str().unwrap().contains(part), "{told}");
    }
    let none = server
        .get_as("/v1/convenanten/drenthe/woningen/77", Some(ACTIUM))
        .await;
    none.problem(404, "onbekend");
    // What no database keeps is told, and not only when it is to be written.
    let id = report(&server, json!({ "feiten": facts() })).await;
    let withdraw = json!({ "doe": "trek-in", "motivering": "verkocht\u{0}" });
    let told = act(&server, id, ACTIUM, withdraw).await;
    assert_eq!(told.problem(422, "waarde")["feit"], "motivering");
    // A corporation names no other one as the landlord.
    let homes = "/v1/convenanten/nijmegen/woningen";
    let body = json!({ "feiten": { "gemeente": "Nijmegen", "verhuurder": "Woningcorporatie B" } });
    let told = server
        .post(homes, "nijmegen.corporatie.woningcorporatie-a", body)
        .await;
    told.problem(422, "waarde");
}

async fn a_home_goes_from_offer_to_let_with_its_case(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let id = report(&server, json!({ "feiten": facts() })).await;
    let fit = server
        .get_as(
            &format!("{HOMES}/{id}/passend/{}", number(&case)),
            Some(MATCHER),
        )
        .await
        .json();
    assert_eq!(fit["past"], "onbekend", "{fit}");
    // The care provider knows the client. A landlord could learn which neighbourhood to avoid, one home after another.
    let path = format!("{HOMES}/{id}/passend/{}", number(&case));
    assert_eq!(server.get_as(&path, Some(CARE)).await.status, 200);
    let told = server.get_as(&path, Some(ACTIUM)).await;
    let told = told.problem(403, "niet-bevoegd")["detail"].to_string();
    assert!(told.contains("zegt iets over de cliënt"), "{told}");
    let rules = fit["regels"].as_array().unwrap();
    let soon = rules.iter().find(|r| r["naam"] == "binnenkort").unwrap();
    assert_eq!(
        (&soon["uitkomst"], &soon["moet"]),
        (&json!("ja"), &json!(true))
    );
    let offer = json!({ "doe": { "bied-aan": number(&case) } });
    act(&server, id, CARE, offer.clone())
        .await
        .problem(403, "niet-bevoegd");
    let done = act(&server, id, MATCHER, offer.clone()).await;
    assert_eq!(
        done.json()["woning"]["zaak"],
        number(&case),
        "{}",
        done.text
    );
    let again = act(&server, id, MATCHER, offer)
        .await
        .problem(409, "geweigerd");
    assert_eq!(again["staat"], "aangeboden");
    let free = json!({ "doe": "geef-vrij", "motivering": "te lang" });
    act(&server, id, MATCHER, free)
        .await
        .problem(409, "geweigerd");
    let seen = shown(&server, id, CARE).await;
    assert_eq!(seen["woning"]["zaak"], Json::Null);
    server
        .act(&case, CARE, json!({ "antwoord": "aanvaard" }))
        .await;
    let done = act(&server, id, ACTIUM, json!({ "doe": "verhuurd" }))
        .await
        .json();
    assert_eq!(
        story(&done),
        ["gemeld", "aangeboden", "aanvaard", "verhuurd"]
    );
    assert_eq!(done["geschiedenis"][2]["door"], "Cosis");
    assert_eq!(done["woning"]["zaak"], number(&case));
}

async fn a_refusal_or_another_way_sets_the_home_free(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let id = report(&server, json!({ "feiten": facts() })).await;
    let offer = json!({ "aanbod": { "woning": id } });
    for answer in ["geweigerd", "oude-contacten"] {
        server.act(&case, MATCHER, offer.clone()).await;
        server.act(&case, CARE, json!({ "antwoord": answer })).await;
        assert_eq!(shown(&server, id, ACTIUM).await["woning"]["staat"], "vrij");
    }
    let story_so_far = shown(&server, id, ACTIUM).await;
    assert_eq!(
        story(&story_so_far),
        [
            "gemeld",
            "aangeboden",
            "geweigerd",
            "aangeboden",
            "geweigerd"
        ]
    );
}

async fn a_home_that_breaks_a_rule_is_offered_with_a_motivation_only(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let mut late = facts();
    late["beschikbaar"] = json!("2018-12-01");
    let id = report(&server, json!({ "feiten": late })).await;
    let refused = say(
        &server,
        &case,
        MATCHER,
        json!({ "aanbod": { "woning": id } }),
    )
    .await;
    let refused = refused.problem(409, "geweigerd");
    assert_eq!(refused["reden"], "past-niet");
    assert_eq!(refused["regels"][0]["naam"], "binnenkort", "{refused}");
    assert!(
        refused["regels"][0]["bron"]["regel"].is_number(),
        "{refused}"
    );
    assert_eq!(shown(&server, id, ACTIUM).await["woning"]["staat"], "vrij");
    // Its own party is not who offers here: it is told that, and not which rules hold for the client.
    let offer = json!({ "doe": { "bied-aan": number(&case) } });
    let refused = act(&server, id, ACTIUM, offer).await;
    let refused = refused.problem(403, "niet-bevoegd");
    assert_eq!(refused["mag"], json!(["koppelaar"]), "{refused}");
    let why = json!({ "aanbod": { "woning": id, "motivering": "De opvang wacht zo lang" } });
    let done = server.act(&case, MATCHER, why).await;
    assert!(
        done["gebeurtenissen"]
            .to_string()
            .contains("De opvang wacht zo lang"),
        "{done}"
    );
    let home = shown(&server, id, ACTIUM).await;
    assert_eq!(story(&home), ["gemeld", "afwijkend-aangeboden"]);
    assert!(!home.to_string().contains("opvang"), "{home}");
}

async fn a_home_elsewhere_is_a_departure_and_never_where_the_client_must_not_go(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let mut elsewhere = facts();
    elsewhere["gemeente"] = json!("Assen");
    let id = report(&server, json!({ "feiten": elsewhere })).await;
    let bare = json!({ "aanbod": { "woning": id } });
    let refused = say(&server, &case, MATCHER, bare).await;
    let refused = refused.problem(409, "geweigerd");
    assert_eq!(refused["regels"][0]["naam"], "toewijzing", "{refused}");
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("hoort bij Meppel"), "{told}");
    // The case is placed in Meppel: with a motivation it is a departure.
    let why = json!({ "aanbod": { "woning": id, "motivering": "In Meppel is niets vrij" } });
    server.act(&case, MATCHER, why.clone()).await;
    let home = shown(&server, id, ACTIUM).await;
    assert_eq!(story(&home), ["gemeld", "afwijkend-aangeboden"]);
    server
        .act(&case, CARE, json!({ "antwoord": "geweigerd" }))
        .await;
    // No motivation goes against a contra-indication.
    let avoids = json!({ "feiten": { "te-mijden-gemeente": "Assen" } });
    server.act(&case, CARE, avoids).await;
    let refused = say(&server, &case, MATCHER, why).await;
    let refused = refused.problem(409, "geweigerd");
    assert_eq!(refused["reden"], "contra-indicatie", "{refused}");
    assert_eq!(shown(&server, id, ACTIUM).await["woning"]["staat"], "vrij");
}

async fn only_the_clients_own_provider_answers_and_only_those_involved_read_the_ground(
    on: Backend,
) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let id = report(&server, json!({ "feiten": facts() })).await;
    server
        .act(&case, MATCHER, json!({ "aanbod": { "woning": id } }))
        .await;
    let on_ground = json!({ "antwoord": "oude-contacten" });
    let stranger = say(&server, &case, "drenthe.zorgpartij.ggz", on_ground.clone()).await;
    stranger.problem(403, "niet-bevoegd");
    server.act(&case, CARE, on_ground).await;
    let path = format!("{case}/geschiedenis");
    let told = async |who| server.get_as(&path, who).await.text;
    let ground = "contacten die de cliënt wil mijden";
    assert!(told(Some(CARE)).await.contains(ground));
    for other in [None, Some("drenthe.zorgpartij.ggz")] {
        let told = told(other).await;
        assert!(
            !told.contains(ground) && told.contains("om een geldige reden"),
            "{told}"
        );
    }
}

async fn one_home_goes_to_one_of_two_cases(on: Backend) {
    let one = server(on).await;
    let cases = [matchable(&one).await, matchable(&one).await];
    let id = report(&one, json!({ "feiten": facts() })).await;
    let files = convenant_server::regions::RegionFiles::read_all(&crate::common::convenants());
    let two = one.second_node(files.unwrap()).await;
    let offer = json!({ "aanbod": { "woning": id } });
    let (a, b) = tokio::join!(
        say(&one, &cases[0], MATCHER, offer.clone()),
        say(&two, &cases[1], MATCHER, offer),
    );
    let (winner, loser) = if a.status == 200 { (0, b) } else { (1, a) };
    let told = loser.problem(409, "geweigerd");
    assert_eq!(told["staat"], "aangeboden", "{told}");
    let home = shown(&one, id, MATCHER).await;
    assert_eq!(home["woning"]["zaak"], number(&cases[winner]));
    // Two acceptances at once: one is carried out, the other finds no open offer.
    let accept = json!({ "antwoord": "aanvaard" });
    let (a, b) = tokio::join!(
        say(&one, &cases[winner], CARE, accept.clone()),
        say(&two, &cases[winner], CARE, accept),
    );
    assert_eq!(
        [a.status, b.status].iter().filter(|s| **s == 200).count(),
        1,
        "{} {}",
        a.text,
        b.text
    );
    let home = shown(&one, id, MATCHER).await;
    assert_eq!(story(&home), ["gemeld", "aangeboden", "aanvaard"]);
}

async fn import(server: &TestServer, file: impl Into<Vec<u8>>) -> Answer {
    let request = axum::http::Request::post(format!("{HOMES}/csv"))
        .header("host", crate::common::HOST)
        .header("x-account", ACTIUM)
        .header("content-type", "text/csv; charset=utf-8");
    let body = axum::body::Body::from(file.into());
    server.send(request.body(body).unwrap()).await
}

const FILE: &str = "\u{feff}kenmerk;gemeente;huur;kamers;gelijkvloers;beschikbaar\r
A-1;Meppel;600,50;2;ja;2018-06-01\r
A-2;Assen;€ 700;3;nee;\r
";

async fn a_csv_is_imported_once_and_whole_or_not_at_all(on: Backend) {
    let server = server(on).await;
    let first = import(&server, FILE).await;
    assert_eq!(
        first.json()["nieuw"].as_array().map(Vec::len),
        Some(2),
        "{}",
        first.text
    );
    let again = import(&server, FILE).await.json();
    assert_eq!(again["bekend"].as_array().map(Vec::len), Some(2), "{again}");
    let id = again["bekend"][0].as_i64().unwrap();
    assert_eq!(
        shown(&server, id, ACTIUM).await["woning"]["feiten"]["huur"],
        "€ 600,50"
    );
    let commas = "kenmerk,gemeente,kamers\nA-2,Assen,4\nA-3,\"Assen\",1\n";
    let third = import(&server, commas).await.json();
    assert_eq!(
        (
            third["nieuw"].as_array().unwrap().len(),
            third["verbeterd"].as_array().unwrap().len()
        ),
        (1, 1)
    );
    for (file, line, column, part) in [
        (
            "kenmerk;gemeente\nB;Assen\n;Meppel\nC;Parijs\n".to_owned(),
            4,
            "gemeente",
            "gemeente",
        ),
        (
            "kenmerk;gemeente;kamers\nB;Assen;=1+1\n".to_owned(),
            2,
            "kamers",
            "formule",
        ),
        (
            "kenmerk;gemeente\n-cmd;Assen\n".to_owned(),
            2,
            "kenmerk",
            "formule",
        ),
        (
            "kenmerk;gemeente\n@A;Assen\n".to_owned(),
            2,
            "kenmerk",
            "formule",
        ),
        (
            "kenmerk;gemeente\n-2+3+cmd|' /C calc'!A0;Assen\n".to_owned(),
            2,
            "kenmerk",
            "formule",
        ),
        // A quote that does not close would swallow every home below it.
        (
            "gemeente;wijk\nAssen;\"Lariks\nMeppel;Ezinge\n".to_owned(),
            2,
            "wijk",
            "meer dan één regel",
        ),
        (
            "\nkenmerk,gemeente\nB,Parijs\n".to_owned(),
            3,
            "gemeente",
            "gemeente",
        ),
        (
            "kenmerk;gemeente;straat\nB;Assen;x\n".to_owned(),
            1,
            "3",
            "gelijkvloers",
        ),
        (
            "gemeente;gemeente\nAssen;Assen\n".to_owned(),
            1,
            "2",
            "twee keer",
        ),
        ("kenmerk;gemeente\nB;Assen;x\n".to_owned(), 2, "", "cellen"),
        (
            "kenmerk;gemeente\nB;Assen\nB;Meppel\n".to_owned(),
            3,
            "kenmerk",
            "regel 2",
        ),
        ("kenmerk;gemeente\n".to_owned(), 1, "", "geen woning"),
        (
            "kenmerk;kamers\nB;2\n".to_owned(),
            2,
            "gemeente",
            "ontbreekt",
        ),
        (
            format!("gemeente\n{}", "Assen\n".repeat(10_001)),
            0,
            "",
            "meer dan",
        ),
    ] {
        let told = import(&server, file.clone()).await.problem(422, "waarde");
        let fault = &told["fouten"][0];
        assert_eq!(
            (&fault["regel"], &fault["kolom"]),
            (&json!(line), &json!(column)),
            "{told}"
        );
        assert!(fault["fout"].as_str().unwrap().contains(part), "{told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(
            !detail.contains("‘’") && !detail.contains("egel 0"),
            "{told}"
        );
    }
    let latin = import(&server, b"gemeente\nCo\xebvorden\n".to_vec())
        .await
        .problem(422, "waarde");
    assert!(
        latin["detail"].as_str().unwrap().contains("UTF-8"),
        "{latin}"
    );
    let million = import(&server, "A;Assen;2\n".repeat(1_000_000)).await;
    million.problem(413, "te-groot");
    let all = server.get_as(HOMES, Some(ACTIUM)).await.json();
    assert_eq!(
        all["woningen"].as_array().unwrap().len(),
        3,
        "nothing of what was refused"
    );
    let json = server
        .post(&format!("{HOMES}/csv"), ACTIUM, json!({}))
        .await;
    json.problem(415, "geen-json");
    let full = format!("gemeente\n{}", "Assen\n".repeat(10_000));
    let done = import(&server, full).await.json();
    assert_eq!(done["nieuw"].as_array().map(Vec::len), Some(10_000));
}
