//! Lines of a matching that are agreed on where another role makes the offer: Utrecht and Nijmegen, up to the answer.

use serde_json::{Value as Json, json};

use crate::common::{ALARMER, Backend, COORDINATOR, TestServer};
use crate::spreading::allocatable;

on_both!(
    in_utrecht_the_corporation_offers_what_was_agreed_on,
    in_nijmegen_the_corporation_offers_what_was_agreed_on,
    one_home_is_agreed_on_for_one_of_two_lines,
);

const LANDLORD: &str = "utrecht.corporatie.woningcorporatie-a";

fn number(case: &str) -> &str {
    case.rsplit('/').next().unwrap()
}

/// A case of Utrecht that waits for a home in Zeist.
async fn waiting_in_utrecht(server: &TestServer) -> String {
    let case = allocatable(server).await;
    let more = json!({ "feiten": { "personen": 1, "trap-lukt": "ja" } });
    let receives = json!({ "besluit": { "naam": "ontvangst", "uitkomst": "ontvangt" } });
    for (who, act) in [
        (ALARMER, more),
        (COORDINATOR, json!({ "toewijzen": { "gemeente": "Zeist" } })),
        ("utrecht.wijkteam.zeist", receives),
        (LANDLORD, json!({ "feiten": { "soort-woning": "studio" } })),
    ] {
        server.act(&case, who, act).await;
    }
    case
}

/// Nijmegen's way to a home in Beuningen.
async fn waiting_in_nijmegen(server: &TestServer) -> String {
    let (care, landlord) = (
        "nijmegen.voordrager.zorginstelling-a",
        "nijmegen.corporatie.woningcorporatie-a",
    );
    let (board, director) = (
        "nijmegen.gemeenten.berg-en-dal",
        "nijmegen.regisseur.nijmegen",
    );
    let body = json!({ "regeling": "begeleid-wonen" });
    let opened = server
        .post("/v1/convenanten/nijmegen/zaken", care, body)
        .await;
    let case = opened.headers["location"].to_str().unwrap().to_owned();
    let facts = json!({ "geboortedatum": "1979-11-02", "situatie": "opvang", "begeleidingsuren": 6, "inkomen": "€ 1.250",
        "toeslag": "€ 300", "huur": "€ 600", "schulden": "€ 0", "zoekt-werk": "nee", "ernstig-incident": "nee",
        "eigen-gemeente": "Beuningen", "personen": 1 });
    let why = "Zo besproken";
    let placed = json!({ "besluit": { "naam": "plaatsingsbesluit", "uitkomst": "plaatsen", "motivering": why } });
    let advice =
        |on: &str| json!({ "advies": { "over": on, "uitkomst": "ja", "motivering": why } });
    let judged = json!({ "oordeel": { "criterium": "toe-aan-zelfstandigheid", "uitkomst": "ja", "motivering": why } });
    for (who, act) in [
        (care, json!({ "feiten": facts })),
        (
            care,
            json!({ "bewijs": { "inkomensverklaring": "2018-02-15" } }),
        ),
        (care, judged),
        (care, json!("gereed")),
        (care, advice("doelgroep")),
        (director, json!({ "besluit": { "naam": "doelgroep" } })),
        (care, advice("plaatsingsbesluit")),
        (care, placed.clone()),
        (board, placed.clone()),
        (landlord, placed),
        (
            director,
            json!({ "toewijzen": { "gemeente": "Beuningen" } }),
        ),
        (landlord, json!({ "feiten": { "kamers": 2 } })),
    ] {
        server.act(&case, who, act).await;
    }
    case
}

async fn post(server: &TestServer, path: &str, who: &str, body: Json) -> Json {
    let answer = server.post(path, who, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
    answer.json()
}

/// Who does what, and where.
struct Parts<'a> {
    region: &'a str,
    matcher: &'a str,
    landlord: &'a str,
    client: &'a str,
}

impl Parts<'_> {
    async fn home(&self, server: &TestServer) -> Json {
        let path = format!("/v1/convenanten/{}/woningen/1", self.region);
        server.get_as(&path, Some(self.landlord)).await.json()["woning"].clone()
    }

    /// Reports home 1 and makes proposal 1; gives the way to its lines.
    async fn proposed(&self, server: &TestServer, facts: Json) -> String {
        let region = format!("/v1/convenanten/{}", self.region);
        let home = json!({ "feiten": facts });
        post(server, &format!("{region}/woningen"), self.landlord, home).await;
        let all = format!("{region}/koppelingen");
        let view = post(server, &all, self.matcher, json!({})).await;
        assert_eq!(view["regels"][0]["woning"], "1", "{view}");
        format!("{all}/1/zaken")
    }

    /// The line of a case is accepted: that is agreed on, and no more.
    async fn agree(&self, server: &TestServer, lines: &str, case: &str) {
        let line = format!("{lines}/{}", number(case));
        let accept = json!({ "doe": "aanvaard" });
        let accepted = post(server, &line, self.matcher, accept).await;
        assert_eq!(
            (&accepted["stand"], &accepted["woning"]),
            (&json!("aanvaard"), &json!("1"))
        );
        // It was agreed on: the home is free, and the case has no offer yet.
        assert_eq!(self.home(server).await["staat"], "vrij");
        let history = server.get(&format!("{case}/geschiedenis")).await;
        assert!(!history.text.contains("\"aangeboden\""), "{}", history.text);
    }

    /// The home is offered by the landlord, and accepted by the client's side.
    async fn offer_and_accept(&self, server: &TestServer, case: &str) {
        // Whoever agreed on it does not offer here; the landlord does.
        let offer = json!({ "doe": { "bied-aan": number(case) } });
        let act = format!("/v1/convenanten/{}/woningen/1/opdrachten", self.region);
        let not = server.post(&act, self.matcher, offer.clone()).await;
        assert_eq!(
            not.problem(403, "niet-bevoegd")["mag"],
            json!(["corporatie"])
        );
        post(server, &act, self.landlord, offer).await;
        let home = self.home(server).await;
        assert_eq!(
            (&home["staat"], &home["zaak"]),
            (&json!("aangeboden"), &json!(number(case)))
        );
        let yes = json!({ "antwoord": "aanvaard" });
        server.act(case, self.client, yes).await;
        assert_eq!(self.home(server).await["staat"], "aanvaard");
    }
}

/// A home in Zeist, proposed.
async fn proposed_in_utrecht(server: &TestServer) -> (Parts<'static>, String) {
    let parts = Parts {
        region: "utrecht",
        matcher: COORDINATOR,
        landlord: LANDLORD,
        client: ALARMER,
    };
    let facts = json!({ "gemeente": "Zeist", "huur": "€ 380", "kamers": 1, "gelijkvloers": "nee", "soort": "studio" });
    let lines = parts.proposed(server, facts).await;
    (parts, lines)
}

async fn in_utrecht_the_corporation_offers_what_was_agreed_on(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let first = waiting_in_utrecht(&server).await;
    let second = waiting_in_utrecht(&server).await;
    let (parts, lines) = proposed_in_utrecht(&server).await;
    // Another line may be changed to the home, and not agreed on once the first one is.
    let line = format!("{lines}/{}", number(&second));
    let change = json!({ "doe": "wijzig", "woning": "1", "motivering": "wacht het langst" });
    post(&server, &line, COORDINATOR, change).await;
    parts.agree(&server, &lines, &first).await;
    let late = json!({ "doe": "aanvaard" });
    let late = server.post(&line, COORDINATOR, late).await;
    let late = late.problem(409, "geweigerd");
    assert_eq!(
        (&late["reden"], &late["zaak"]),
        (&json!("woning-toegezegd"), &json!(number(&first)))
    );
    parts.offer_and_accept(&server, &first).await;
}

async fn in_nijmegen_the_corporation_offers_what_was_agreed_on(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = waiting_in_nijmegen(&server).await;
    let parts = Parts {
        region: "nijmegen",
        matcher: "nijmegen.regisseur.nijmegen",
        landlord: "nijmegen.corporatie.woningcorporatie-a",
        client: "nijmegen.voordrager.zorginstelling-a",
    };
    let facts = json!({ "gemeente": "Beuningen", "huur": "€ 600", "kamers": 2 });
    let lines = parts.proposed(&server, facts).await;
    parts.agree(&server, &lines, &case).await;
    parts.offer_and_accept(&server, &case).await;
}

async fn one_home_is_agreed_on_for_one_of_two_lines(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let cases = [
        waiting_in_utrecht(&server).await,
        waiting_in_utrecht(&server).await,
    ];
    let (_, lines) = proposed_in_utrecht(&server).await;
    let [first, second] = cases.map(|case| format!("{lines}/{}", number(&case)));
    let change = json!({ "doe": "wijzig", "woning": "1", "motivering": "wacht het langst" });
    post(&server, &second, COORDINATOR, change).await;
    let accept = json!({ "doe": "aanvaard" });
    let (a, b) = tokio::join!(
        server.post(&first, COORDINATOR, accept.clone()),
        server.post(&second, COORDINATOR, accept),
    );
    let (winner, loser) = if a.status == 200 { (a, b) } else { (b, a) };
    assert_eq!(winner.status, 200, "{}", winner.text);
    assert_eq!(loser.problem(409, "geweigerd")["reden"], "woning-toegezegd");
}
