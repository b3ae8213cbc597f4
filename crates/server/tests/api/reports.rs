//! Reports: for whom they are, what they count, and as CSV.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::common::{ALARMER, Backend, COORDINATOR, HOST, TestServer, eligible_facts};

on_both!(
    a_report_counts_a_period_for_whom_it_is,
    a_report_lists_facts_for_who_may_see_them
);

const REPORTS: &str = "/v1/convenanten/utrecht/rapporten";

async fn a_report_counts_a_period_for_whom_it_is(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    server.open_case().await;
    server.open_case().await;
    let declared = server.get(REPORTS).await.json();
    let names: Vec<&str> = declared
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["naam"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["kwartaalcijfers", "plaatsingen"]);
    assert_eq!(declared[0]["per"], "kwartaal");

    let path = format!("{REPORTS}/kwartaalcijfers");
    // A member of the bestuurlijk overleg.
    let member = "utrecht.wijkteam.zeist";
    let board = Some(member);
    let view = server.get_as(&format!("{path}?op=2018-05-02"), board).await;
    let view = view.json();
    assert_eq!(
        (&view["van"], &view["tot"]),
        (&json!("2018-04-01"), &json!("2018-07-01"))
    );
    let counts = json!([
        { "telling": "aangemeld", "aantal": 2 }, { "telling": "geplaatst", "aantal": 0 },
        { "telling": "afgewezen", "aantal": 0 }, { "telling": "lopend", "aantal": 2 },
        { "telling": "te-laat", "aantal": 0 },
    ]);
    assert_eq!(view["tellingen"], counts);
    let last = server.get_as(&path, board).await.json();
    assert_eq!(last["van"], "2018-01-01", "the last quarter that is over");
    assert_eq!(last["tellingen"][0]["aantal"], 0);

    let csv = server
        .get_as(&format!("{path}?op=2018-05-02&vorm=csv"), board)
        .await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "rapport,van,tot,telling,aantal",
            "kwartaalcijfers,2018-04-01,2018-07-01,aangemeld,2"
        ]
    );
    let asked = Request::get(format!("{path}?op=2018-05-02"))
        .header("host", HOST)
        .header("x-account", member)
        .header("accept", "text/csv");
    let accepted = server.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(accepted.text, csv.text);

    server.get(&path).await.problem(401, "geen-account");
    let refused = server.get_as(&path, Some(ALARMER)).await;
    let refused = refused.problem(403, "niet-bevoegd");
    assert_eq!(refused["mag"], json!(["bestuurlijk-overleg"]));
    server
        .get_as(&format!("{path}?op=morgen"), board)
        .await
        .problem(400, "parameter");
    server
        .get_as(&format!("{REPORTS}/jaarverslag"), board)
        .await
        .problem(404, "onbekend");
}

async fn a_report_lists_facts_for_who_may_see_them(on: Backend) {
    let server = TestServer::start_on(on, "2018-05-02").await;
    let case = server.open_case().await;
    let facts = json!({ "feiten": eligible_facts() });
    server.act(&case, ALARMER, facts).await;
    let withdrawn =
        json!({ "altijd": { "naam": "intrekken", "motivering": "De client wil niet meer" } });
    server.act(&case, ALARMER, withdrawn).await;
    let path = format!("{REPORTS}/plaatsingen?op=2018-05-02");
    let view = server.get_as(&path, Some(COORDINATOR)).await.json();
    let number = case.rsplit('/').next().unwrap();
    assert_eq!(view["zaken"][0]["nummer"], number);
    assert_eq!(view["zaken"][0]["gegevens"]["herkomst"], "Zeist");
    let csv = server
        .get_as(&format!("{path}&vorm=csv&deel=zaken"), Some(COORDINATOR))
        .await;
    assert_eq!(
        csv.text,
        format!("nummer,herkomst,soort-woning\n{number},Zeist,\n")
    );
    server
        .get_as(&path, Some("utrecht.wijkteam.zeist"))
        .await
        .problem(403, "niet-bevoegd");
}
