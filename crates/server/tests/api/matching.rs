//! Matching: proposals with their reasons, acts on their lines, and who may.

use convenant_store::{
    HomeActor, HomeChange, HomeFacts, HomeFilter, HomeId, HomeState, HomeWrite, NewHome, RegionKey,
};
use serde_json::{Value as Json, json};

use crate::common::{Backend, TestServer, morning};

on_both!(
    a_proposal_says_why_and_is_accepted_changed_and_rejected,
    more_homes_than_clients_and_none_at_all,
    a_home_that_is_taken_in_between_is_told_and_changes_nothing,
    only_who_matches_sees_and_does_it,
    an_offer_that_broke_off_is_finished_by_doing_it_again,
    a_line_says_what_happened_whoever_was_first,
);

const MATCHER: &str = "drenthe.koppelaar.coordinatiepunt-uitstroom";
const CARE: &str = "drenthe.zorgpartij.cosis";
const ALL: &str = "/v1/convenanten/drenthe/koppelingen";

fn drenthe() -> RegionKey {
    RegionKey::new("drenthe").unwrap()
}

/// A case of Drenthe that waits for a home in Meppel.
async fn waiting(server: &TestServer, more: Json) -> String {
    let opened = server
        .post("/v1/convenanten/drenthe/zaken", CARE, json!({}))
        .await;
    let case = opened.headers["location"].to_str().unwrap().to_owned();
    let mut facts = json!({ "geboortedatum": "1991-08-20", "verblijf": "maatschappelijke-opvang", "woonvaardigheden": "met-hulp",
        "persoonlijke-verzorging": "zelfstandig", "ondersteuning-nodig": 4, "ondersteuning-beschikbaar": 5, "ooit-ontruimd": "nee",
        "huurschuld": "€ 0", "eigen-gemeente": "Meppel", "personen": 1, "trap-lukt": "ja", "hoogste-huur": "€ 600" });
    facts
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let judged = |criterion: &str| json!({ "oordeel": { "criterium": criterion, "uitkomst": "ja", "motivering": "gesproken" } });
    for (who, act) in [
        (CARE, json!({ "feiten": facts })),
        (
            CARE,
            json!({ "bewijs": { "ondersteuningsplan": "2018-04-20" } }),
        ),
        (CARE, json!({ "taak": "huurdersafspraken" })),
        (CARE, json!("gereed")),
        ("drenthe.verhuurder.actium", judged("goede-huurder")),
        ("drenthe.gemeentebestuur.assen", judged("draagkracht")),
        (MATCHER, json!({ "besluit": { "naam": "doelgroep" } })),
        (MATCHER, json!({ "toewijzen": { "gemeente": "Meppel" } })),
    ] {
        server.act(&case, who, act).await;
    }
    case.rsplit('/').next().unwrap().to_owned()
}

/// Reports homes in these neighbourhoods of a municipality, with this rent; they are all free from today on.
async fn report(server: &TestServer, homes: &[(&str, &str, &str)]) {
    let homes = homes.iter().map(|(municipality, neighbourhood, rent)| NewHome {
        owner: 6,
        reference: None,
        facts: HomeFacts {
            municipality: None,
            available: None,
            facts: json!({ "gemeente": municipality, "wijk": neighbourhood, "huur": rent, "kamers": 2, "gelijkvloers": "ja",
                "beschikbaar": "2018-05-10" })
            .to_string(),
        },
    });
    let by = HomeActor::default();
    let done = server
        .store
        .report_homes(&drenthe(), homes.collect(), by, morning("2018-05-02"))
        .await;
    done.unwrap().unwrap();
}

async fn propose(server: &TestServer) -> Json {
    let made = server.post(ALL, MATCHER, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.headers["location"].to_str().unwrap().starts_with(ALL));
    made.json()
}

async fn state_of(server: &TestServer, home: i64) -> HomeState {
    server
        .store
        .home(&drenthe(), HomeId(home))
        .await
        .unwrap()
        .state
}

async fn a_proposal_says_why_and_is_accepted_changed_and_rejected(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let own = waiting(&server, json!({ "eigen-wijk": "Ezinge" })).await;
    let dear = waiting(&server, json!({ "hoogste-huur": "€ 100" })).await;
    let anywhere = waiting(&server, json!({})).await;
    report(
        &server,
        &[
            ("Meppel", "Koedijkslanden", "€ 500"),
            ("Meppel", "Ezinge", "€ 500"),
            ("Assen", "Lariks", "€ 90"),
        ],
    )
    .await;
    let view = propose(&server).await;
    let line = |view: &Json, case: &str| {
        let lines = view["regels"].as_array().unwrap().iter();
        lines
            .clone()
            .find(|line| line["zaak"] == *case)
            .unwrap()
            .clone()
    };
    assert_eq!(view["score"]["zonder_woning"], 1, "{view}");
    // One would rather live in Ezinge, of the other that is not known.
    assert_eq!(line(&view, &own)["woning"], "2");
    assert_eq!(line(&view, &anywhere)["woning"], "1");
    let why = line(&view, &own)["uitleg"]["waarom"].to_string();
    assert!(
        why.contains("eigen-wijk") && why.contains("\"artikel\":\"Eigen wijk\""),
        "{why}"
    );
    let others = line(&view, &anywhere)["uitleg"]["andere"].clone();
    assert_eq!(others[0]["reden"], "vergeven", "{others}");
    assert_eq!(others[0]["zaken"], json!([own]));
    assert_eq!(others[1]["reden"], "past-niet");
    assert_eq!(others[1]["regels"][0]["soort"], "toewijzing");
    // Two rules together leave nothing: the rent of the ones, the municipality of the other.
    let none = line(&view, &dear)["uitleg"]["geen"].clone();
    assert_eq!(none["reden"], "niets-past", "{none}");
    let kinds: Vec<&str> = none["regels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["soort"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["passend", "toewijzing"]);
    assert!(
        !view.to_string().contains("€ 100"),
        "no value of a fact stands in a reason"
    );
    // The same question has the same answer.
    let again = propose(&server).await;
    assert_eq!(
        (&again["invoer"], &again["regels"]),
        (&view["invoer"], &view["regels"])
    );

    let lines = format!("{ALL}/1/zaken");
    let cost = server
        .get_as(&format!("{lines}/{own}/gevolg?woning=1"), Some(MATCHER))
        .await
        .json();
    assert_eq!(cost["gevolg"]["niveau"], "voorkeur", "{cost}");
    assert_eq!(cost["wijzigingen"].as_array().unwrap().len(), 2);
    let wrong = server
        .get_as(&format!("{lines}/{dear}/gevolg?woning=1"), Some(MATCHER))
        .await;
    assert_eq!(wrong.problem(409, "geweigerd")["reden"], "past-niet");
    let bare = server
        .post(
            &format!("{lines}/{own}"),
            MATCHER,
            json!({ "doe": "wijs-af" }),
        )
        .await;
    assert_eq!(bare.problem(422, "waarde")["ontbreekt"], "motivering");
    let unkept = json!({ "doe": "wijs-af", "motivering": "\u{0}" });
    let unkept = server
        .post(&format!("{lines}/{own}"), MATCHER, unkept)
        .await;
    assert_eq!(unkept.problem(422, "waarde")["feit"], "motivering");

    let changed = json!({ "doe": "wijzig", "woning": "1", "motivering": "dichter bij het werk" });
    let changed = server
        .post(&format!("{lines}/{own}"), MATCHER, changed)
        .await
        .json();
    assert_eq!(
        (&changed["stand"], &changed["woning"]),
        (&json!("gewijzigd"), &json!("1"))
    );
    let rejected = json!({ "doe": "wijs-af", "motivering": "wacht nog even" });
    let rejected = server
        .post(&format!("{lines}/{anywhere}"), MATCHER, rejected)
        .await;
    assert_eq!(rejected.json()["stand"], "afgewezen");
    let accepted = server
        .post(
            &format!("{lines}/{own}"),
            MATCHER,
            json!({ "doe": "aanvaard" }),
        )
        .await;
    assert_eq!(accepted.json()["stand"], "aanvaard", "{}", accepted.text);
    assert!(matches!(state_of(&server, 1).await, HomeState::Offered(_)));
    // The matcher of Drenthe is who offers: the case has the offer as well.
    let answered = server
        .act(
            &format!("/v1/convenanten/drenthe/zaken/{own}"),
            CARE,
            json!({ "antwoord": "aanvaard" }),
        )
        .await;
    assert_eq!(answered["zaak"]["plaats"]["naam"], "ondertekening");
    let again = server
        .post(
            &format!("{lines}/{own}"),
            MATCHER,
            json!({ "doe": "aanvaard" }),
        )
        .await;
    assert_eq!(again.problem(409, "geweigerd")["reden"], "al-gedaan");
    let view = server
        .get_as(&format!("{ALL}/1"), Some(MATCHER))
        .await
        .json();
    assert_eq!(
        line(&view, &own)["gedaan"].as_array().unwrap().len(),
        2,
        "{view}"
    );
    let page = server
        .get_as("/drenthe/koppeling?nummer=1", Some(MATCHER))
        .await;
    assert!(page.text.contains("dichter bij het werk"), "{}", page.text);

    // What was written about a client goes with the client; what was done stays.
    let stream = server.store.numbered(&drenthe(), &own).await.unwrap();
    let (region, at) = (drenthe(), morning("2018-05-02"));
    let erased = server.store.erase(&region, stream.unwrap(), at);
    erased.await.unwrap();
    let (_, lines) = server.store.matching(&drenthe(), 1).await.unwrap().unwrap();
    for line in lines {
        let told = line.acts.iter().any(|act| act.motivation.is_some());
        assert_eq!(told, line.number == anywhere, "{}", line.number);
        assert_eq!(line.acts.is_empty(), line.number == dear);
    }
}

async fn more_homes_than_clients_and_none_at_all(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    assert_eq!(propose(&server).await["regels"], json!([]));
    let case = waiting(&server, json!({})).await;
    let view = propose(&server).await;
    assert_eq!(
        view["regels"][0]["uitleg"]["geen"]["reden"], "geen-woningen",
        "{view}"
    );
    report(
        &server,
        &[
            ("Meppel", "Ezinge", "€ 500"),
            ("Meppel", "Ezinge", "€ 500"),
            ("Meppel", "Ezinge", "€ 900"),
        ],
    )
    .await;
    let view = propose(&server).await;
    assert_eq!(view["regels"][0]["zaak"], case);
    assert_eq!(view["regels"][0]["woning"], "1");
    let others = &view["regels"][0]["uitleg"]["andere"];
    assert_eq!(others[0]["reden"], "volgorde", "{others}");
    assert_eq!(others[1]["reden"], "past-niet", "{others}");
}

async fn a_home_that_is_taken_in_between_is_told_and_changes_nothing(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = waiting(&server, json!({})).await;
    report(&server, &[("Meppel", "Ezinge", "€ 500")]).await;
    propose(&server).await;
    let home = server.store.home(&drenthe(), HomeId(1)).await.unwrap();
    let withdraw = HomeWrite {
        home: home.id,
        expected: home.version,
        change: HomeChange::Withdraw,
        by: HomeActor::default(),
    };
    server
        .store
        .change_home(&drenthe(), withdraw, morning("2018-05-02"))
        .await
        .unwrap();
    let line = format!("{ALL}/1/zaken/{case}");
    let late = server
        .post(&line, MATCHER, json!({ "doe": "aanvaard" }))
        .await;
    let late = late.problem(409, "geweigerd");
    assert_eq!(
        (&late["reden"], &late["stand"]),
        (&json!("woning-weg"), &json!("ingetrokken"))
    );
    let view = server
        .get_as(&format!("{ALL}/1"), Some(MATCHER))
        .await
        .json();
    assert_eq!(view["regels"][0]["stand"], "voorgesteld", "{view}");
    let case = format!("/v1/convenanten/drenthe/zaken/{case}/geschiedenis");
    assert!(!server.get(&case).await.text.contains("\"aangeboden\""));
    assert_eq!(
        propose(&server).await["regels"][0]["uitleg"]["geen"]["reden"],
        "geen-woningen"
    );
}

async fn only_who_matches_sees_and_does_it(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = waiting(&server, json!({})).await;
    report(&server, &[("Meppel", "Ezinge", "€ 500")]).await;
    propose(&server).await;
    let line = format!("{ALL}/1/zaken/{case}");
    for path in [
        ALL.to_owned(),
        format!("{ALL}/1"),
        format!("{line}/gevolg?woning=1"),
    ] {
        server.get(&path).await.problem(401, "geen-account");
        server
            .get_as(&path, Some(CARE))
            .await
            .problem(403, "niet-bevoegd");
        server
            .get_as(&path, Some("utrecht.coordinator.het-vierde-huis"))
            .await
            .problem(403, "niet-bevoegd");
    }
    server
        .post(ALL, CARE, json!({}))
        .await
        .problem(403, "niet-bevoegd");
    let refused = server.post(&line, CARE, json!({ "doe": "aanvaard" })).await;
    assert_eq!(
        refused.problem(403, "niet-bevoegd")["mag"],
        json!(["koppelaar"])
    );
    assert_eq!(state_of(&server, 1).await, HomeState::Free);
    let page = server.get_as("/drenthe/koppeling", Some(CARE)).await;
    assert!(!page.text.contains(&case), "{}", page.text);
    server
        .get_as(&format!("{ALL}/7"), Some(MATCHER))
        .await
        .problem(404, "onbekend");
    let free = server
        .store
        .homes(&drenthe(), &HomeFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(free.len(), 1);
}

async fn an_offer_that_broke_off_is_finished_by_doing_it_again(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = waiting(&server, json!({})).await;
    report(&server, &[("Meppel", "Ezinge", "€ 500")]).await;
    propose(&server).await;
    let stream = server
        .store
        .numbered(&drenthe(), &case)
        .await
        .unwrap()
        .unwrap();
    let offer = HomeWrite {
        home: HomeId(1),
        expected: 1,
        change: HomeChange::Offer {
            case: stream,
            departure: false,
        },
        by: HomeActor::default(),
    };
    server
        .store
        .change_home(&drenthe(), offer, morning("2018-05-02"))
        .await
        .unwrap();
    let done = server
        .post(
            &format!("{ALL}/1/zaken/{case}"),
            MATCHER,
            json!({ "doe": "aanvaard" }),
        )
        .await;
    assert_eq!(done.json()["stand"], "aanvaard", "{}", done.text);
    assert_eq!(state_of(&server, 1).await, HomeState::Offered(stream));
}

async fn a_line_says_what_happened_whoever_was_first(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    for _ in 0..4 {
        waiting(&server, json!({})).await;
    }
    report(&server, &[("Meppel", "Ezinge", "€ 500"); 4]).await;
    let view = propose(&server).await;
    let lines = view["regels"].as_array().unwrap().iter();
    let given: Vec<(&str, i64)> = lines
        .filter_map(|line| {
            let home = line["woning"].as_str()?;
            Some((line["zaak"].as_str()?, home.parse().unwrap()))
        })
        .collect();
    assert!(given.len() >= 2, "{view}");
    for (case, home) in given {
        let line = format!("{ALL}/1/zaken/{case}");
        let reject = json!({ "doe": "wijs-af", "motivering": "toch niet" });
        let (accepted, rejected) = tokio::join!(
            server.post(&line, MATCHER, json!({ "doe": "aanvaard" })),
            server.post(&line, MATCHER, reject.clone()),
        );
        let offered = state_of(&server, home).await != HomeState::Free;
        let now = server
            .get_as(&format!("{ALL}/1"), Some(MATCHER))
            .await
            .json();
        let regels = now["regels"].as_array().unwrap();
        let kept = regels.iter().find(|one| one["zaak"] == case).unwrap();
        let expected = if offered { "aanvaard" } else { "afgewezen" };
        assert_eq!(
            kept["stand"], expected,
            "{} {}",
            accepted.text, rejected.text
        );
        assert_eq!(accepted.status == 200, offered, "{}", accepted.text);
        assert_eq!(server.post(&line, MATCHER, reject).await.status, 409);
    }
}
