//! The pages in a real browser, wide and narrow: accessible (WCAG 2.1 A and AA), not too wide, without script errors.
//!
//! Chromium is driven by `tests/browser/pages.mjs`; `cargo xtask test` installs what that needs.

use std::path::Path;
use std::process::Command;

use convenant_tests::http::Request;
use convenant_tests::program::Server;

#[test]
fn the_pages_are_accessible_and_fit_their_window() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    assert!(
        scripts.join("node_modules").is_dir(),
        "the browser tests need their Node packages: run `cargo xtask test`, which installs them"
    );
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::demo(&data, 30);
    let address = server.address();
    let listed = Request::get("/v1/convenanten/utrecht/zaken")
        .send(address)
        .unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed.text).unwrap();
    let number = listed["zaken"][0]["nummer"].as_str().expect("a case");
    let case = format!("/utrecht/zaken/{number}");
    let output = Command::new("node")
        .arg("pages.mjs")
        .arg(format!("http://{address}"))
        .arg(folder.path())
        .args([
            "/",
            "/utrecht",
            "/nijmegen",
            "/drenthe",
            "/drenthe/woningen",
            "/utrecht/zaken",
            "/utrecht/spreiding",
            "/drenthe/koppeling",
            &case,
        ])
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
