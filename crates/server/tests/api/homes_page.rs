//! The pages of homes: the list and its filter, one home with what can be done, the forms to report and import.

use serde_json::json;

use crate::common::{Answer, Backend, TestServer};
use crate::spreading::matchable;

on_both!(
    the_page_lists_reports_and_imports,
    the_page_of_a_home_shows_what_can_be_done_and_what_was_done,
    a_case_offers_a_home_on_its_page_and_shows_it,
    a_matching_tells_on_its_page_what_another_home_costs,
);

const ACTIUM: &str = "drenthe.verhuurder.actium";
const MATCHER: &str = "drenthe.koppelaar.coordinatiepunt-uitstroom";
const CARE: &str = "drenthe.zorgpartij.cosis";

async fn server(on: Backend) -> TestServer {
    TestServer::start_on(on, "2018-05-02").await
}

/// Sends a file, or what was pasted, by the form of the page.
async fn send_file(server: &TestServer, name: &str, content: &str) -> Answer {
    let other = if name == "csv" { "bestand" } else { "csv" };
    let part = |name: &str, content: &str| {
        format!(
            "--grens\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}.csv\"\r\n\r\n{content}\r\n"
        )
    };
    let body = format!("{}{}--grens--\r\n", part(name, content), part(other, ""));
    let headers = [("content-type", "multipart/form-data; boundary=grens")];
    server
        .post_with("/drenthe/woningen/csv", ACTIUM, &headers, body)
        .await
}

/// Sends a form of the page.
async fn fill_in(server: &TestServer, path: &str, who: &str, body: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    server.post_with(path, who, &headers, body.to_owned()).await
}

/// Sends a form of the page as a corporation; gives the status.
async fn form(server: &TestServer, path: &str, body: &str) -> u16 {
    fill_in(server, path, ACTIUM, body).await.status.as_u16()
}

async fn the_page_lists_reports_and_imports(on: Backend) {
    let server = server(on).await;
    let nobody = server.get("/drenthe/woningen").await;
    assert!(nobody.status == 200 && nobody.text.contains("Kies boven aan de pagina"));
    let page = "/drenthe/woningen";
    let filled = "kenmerk=P-1&feit.gemeente=Meppel&feit.kamers=2&feit.gelijkvloers=ja&feit.wijk=";
    assert_eq!(form(&server, page, filled).await, 303);
    let file = send_file(&server, "bestand", "kenmerk;gemeente\r\nP-2;Assen\r\n").await;
    assert_eq!(file.status, 303, "{}", file.text);
    let pasted = send_file(&server, "csv", "kenmerk;gemeente\nP-2;Assen\nP-3;Meppel\n").await;
    let to = pasted.headers["location"].to_str().unwrap();
    assert_eq!(to, "/drenthe/woningen?nieuw=1&verbeterd=0&bekend=1");
    let done = server.get_as(to, Some(ACTIUM)).await;
    assert!(done.text.contains("Nieuw: 1."), "{}", done.text);
    let wrong = send_file(
        &server,
        "bestand",
        "gemeente;kamers\nAtlantis;2\nAssen;=1+1\n",
    )
    .await;
    assert_eq!(wrong.status, 422);
    for part in ["regel 2, kolom gemeente", "regel 3, kolom kamers"] {
        assert!(wrong.text.contains(part), "{part}: {}", wrong.text);
    }
    assert_eq!(send_file(&server, "bestand", "").await.status, 422);
    let large = "a".repeat(2 * 1024 * 1024 + 1);
    assert_eq!(send_file(&server, "bestand", &large).await.status, 413);
    let larger = "a".repeat(4 * 1024 * 1024);
    assert_eq!(send_file(&server, "bestand", &larger).await.status, 413);
    let shown = server.get_as(page, Some(ACTIUM)).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    for part in ["P-1", "P-2", ">Meppel<", "Inlezen"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
}

async fn the_page_of_a_home_shows_what_can_be_done_and_what_was_done(on: Backend) {
    let server = server(on).await;
    let page = "/drenthe/woningen";
    let filled = "kenmerk=P-1&feit.gemeente=Meppel&feit.kamers=veel";
    let refused = fill_in(&server, page, ACTIUM, filled).await;
    assert!(
        refused.status == 422 && refused.text.contains("value=\"veel\""),
        "{}",
        refused.text
    );
    let filled = filled.replace("veel", "2");
    assert_eq!(form(&server, page, &filled).await, 303);
    let one = format!("{page}/1");
    let shown = server.get_as(&one, Some(ACTIUM)).await;
    for part in ["P-1", "Intrekken", "Gemeld"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    // In Drenthe whoever matches offers, and a corporation does not.
    assert!(!shown.text.contains("Aanbieden"), "{}", shown.text);
    let matcher = server.get_as(&one, Some(MATCHER)).await;
    assert!(matcher.text.contains("Aanbieden"), "{}", matcher.text);
    let care = server.get_as(&one, Some(CARE)).await;
    assert!(care.status == 200 && !care.text.contains("P-1") && !care.text.contains("Intrekken"));
    let withdraw = "doe=trek-in&versie=1&motivering=verkocht";
    assert_eq!(form(&server, &format!("{one}/doe"), withdraw).await, 303);
    assert_eq!(form(&server, &format!("{one}/doe"), withdraw).await, 409);
    let shown = server.get_as(&one, Some(ACTIUM)).await;
    for part in ["ingetrokken", "verkocht", "Weer vrijgeven"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    for (query, is_there) in [
        ("", false),
        ("?staat=alle", true),
        ("?staat=ingetrokken&gemeente=Meppel", true),
        ("?staat=ingetrokken&gemeente=Assen", false),
    ] {
        let list = server.get_as(&format!("{page}{query}"), Some(CARE)).await;
        let link = "/drenthe/woningen/1\"";
        assert_eq!(list.text.contains(link), is_there, "{query}: {}", list.text);
    }
    assert_eq!(
        server.get_as(&format!("{page}/9"), Some(CARE)).await.status,
        404
    );
}

async fn a_case_offers_a_home_on_its_page_and_shows_it(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let page = case.replace("/v1/convenanten", "");
    let home = "kenmerk=P-1&feit.gemeente=Meppel";
    assert_eq!(form(&server, "/drenthe/woningen", home).await, 303);
    let shown = server.get_as(&page, Some(MATCHER)).await;
    assert!(
        shown.text.contains("Nummer van de woning"),
        "{}",
        shown.text
    );
    assert!(!shown.text.contains("/drenthe/woningen/1\""));
    let offer = |home: &str| format!("daad=%22aanbod%22&woning={home}&motivering=");
    let path = format!("{page}/doe");
    for wrong in ["een", "7"] {
        let refused = fill_in(&server, &path, MATCHER, &offer(wrong)).await;
        assert!(
            refused.status.is_client_error(),
            "{wrong}: {}",
            refused.text
        );
    }
    let done = fill_in(&server, &path, MATCHER, &offer("1")).await;
    assert_eq!(done.status, 303, "{}", done.text);
    for who in [MATCHER, CARE, ACTIUM] {
        let shown = server.get_as(&page, Some(who)).await;
        assert!(shown.text.contains("/drenthe/woningen/1\""), "{who}");
    }
    let nobody = server.get(&page).await;
    assert!(!nobody.text.contains("/drenthe/woningen/1\""));
}

async fn a_matching_tells_on_its_page_what_another_home_costs(on: Backend) {
    let server = server(on).await;
    let case = matchable(&server).await;
    let case = case.rsplit('/').next().unwrap();
    let known = json!({ "feiten": { "personen": 1, "trap-lukt": "ja", "hoogste-huur": "€ 700", "eigen-wijk": "Ezinge" } });
    server
        .act(
            &format!("/v1/convenanten/drenthe/zaken/{case}"),
            CARE,
            known,
        )
        .await;
    let list = "kenmerk;gemeente;wijk;huur;kamers;gelijkvloers;beschikbaar\n\
        1;Meppel;Ezinge;500;1;ja;2018-05-10\n2;Meppel;Oosterboer;500;1;ja;2018-05-10\n3;Meppel;Ezinge;900;1;ja;2018-05-10\n";
    assert_eq!(send_file(&server, "bestand", list).await.status, 303);
    let page = "/drenthe/koppeling";
    assert_eq!(fill_in(&server, page, MATCHER, "").await.status, 303);
    let looked = |home: u8| format!("{page}?nummer=1&zaak={case}&woning={home}");
    let cost = server.get_as(&looked(2), Some(MATCHER)).await;
    let said = format!("Als {case} woning 2 krijgt:");
    assert!(cost.text.contains(&said), "{}", cost.text);
    assert!(cost.text.contains("De woning staat in de eigen wijk"));
    let dear = server.get_as(&looked(3), Some(MATCHER)).await;
    assert!(
        dear.text.contains("Deze woning past niet bij de cliënt"),
        "{}",
        dear.text
    );
    let line = format!("{page}/1/{case}");
    let change = "doe=wijzig&woning=2&motivering=werk";
    let done = fill_in(&server, &line, MATCHER, change).await;
    let to = format!("{page}?nummer=1#{case}");
    assert_eq!(done.headers["location"].to_str().unwrap(), to);
    // Somebody else takes the home: the page says so, and does not offer it.
    let withdraw = "doe=trek-in&motivering=verkocht";
    assert_eq!(
        form(&server, "/drenthe/woningen/2/doe", withdraw).await,
        303
    );
    let shown = server.get_as(page, Some(MATCHER)).await;
    assert!(
        shown.text.contains("Deze woning is niet meer vrij"),
        "{}",
        shown.text
    );
    assert!(!shown.text.contains("Bied deze woning aan"));
}
