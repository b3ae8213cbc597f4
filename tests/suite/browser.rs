//! The pages in a real browser, wide and narrow: accessible (WCAG 2.1 A and AA), not too wide, without script errors.
//!
//! Chromium is driven by `tests/browser/pages.mjs`; `cargo xtask test` installs what that needs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use convenant_tests::http::Request;
use convenant_tests::program::Server;
use serde_json::Value;

/// Cases of the demo: so many that clients wait in Drenthe, and that a home fits some of them.
const CASES: u32 = 150;

const MATCHER: &str = "drenthe.koppelaar.coordinatiepunt-uitstroom";

/// A proposal over the demo's own clients and homes; pages that show it as whoever matches sees it.
fn pages_of_a_matching(address: SocketAddr) -> Vec<String> {
    let matchings = "/v1/convenanten/drenthe/koppelingen";
    let made = Request::post(matchings, "{}").with("X-Account", MATCHER);
    let made = made.send(address).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    let made: Value = serde_json::from_str(&made.text).unwrap();
    let lines = made["regels"].as_array().unwrap();
    let served = lines.iter().find(|line| line["woning"].is_string());
    let home = served.expect("a home fits somebody")["woning"]
        .as_str()
        .unwrap();
    let fits_nobody = |line: &&Value| line["uitleg"]["geen"]["reden"] == "niets-past";
    let lacking = lines
        .iter()
        .find(fits_nobody)
        .expect("a client whom nothing fits");
    let rules = lacking["uitleg"]["geen"]["regels"].as_array().unwrap();
    assert!(!rules.is_empty(), "{lacking}");
    let other = lines.iter().find_map(|line| {
        let others = line["uitleg"]["andere"].as_array()?.iter();
        let mut fitting = others.filter(|why| why["reden"] != "past-niet");
        Some((line["zaak"].as_str()?, fitting.next()?["woning"].as_str()?))
    });
    let (case, choice) = other.expect("another home fits somebody");
    let actium = "drenthe.verhuurder.actium";
    vec![
        format!("{MATCHER}@/drenthe/koppeling"),
        format!("{MATCHER}@/drenthe/koppeling?nummer=1&zaak={case}&woning={choice}"),
        format!("{MATCHER}@/drenthe/woningen?staat=alle"),
        format!("{MATCHER}@/drenthe/woningen/{home}"),
        format!("{actium}@/drenthe/woningen"),
    ]
}

#[test]
fn the_pages_are_accessible_and_fit_their_window() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    assert!(
        scripts.join("node_modules").is_dir(),
        "the browser tests need their Node packages: run `cargo xtask test`, which installs them"
    );
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::demo(&data, CASES);
    let address = server.address();
    let listed = Request::get("/v1/convenanten/utrecht/zaken")
        .send(address)
        .unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed.text).unwrap();
    let number = listed["zaken"][0]["nummer"].as_str().expect("a case");
    let case = format!("/utrecht/zaken/{number}");
    let pages = pages_of_a_matching(address);
    let output = Command::new("node")
        .arg("pages.mjs")
        .arg(format!("http://{address}"))
        .arg(folder.path())
        .args([
            "/",
            "/utrecht",
            "/nijmegen",
            "/nijmegen/spreiding",
            "/drenthe",
            "/drenthe/woningen",
            "/utrecht/zaken",
            "/utrecht/spreiding",
            "/drenthe/koppeling",
            &case,
        ])
        .args(pages)
        .current_dir(scripts)
        .output()
        .expect("node is installed");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let narrow = folder.path().join("narrow-utrecht.png");
    assert!(std::fs::metadata(narrow).is_ok_and(|picture| picture.len() > 10_000));
}
