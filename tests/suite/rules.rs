//! The description of the API against the Dutch API Design Rules, by their own Spectral rules.

use std::path::Path;
use std::process::Command;

use convenant_tests::http::Request;
use convenant_tests::program::Server;

/// The rules as they are published, beside the workspace.
const RULES: &str = "../../shared/vectors/nl-api-design-rules/linter.yaml";

#[test]
fn the_api_keeps_the_dutch_api_design_rules() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = here.join(RULES);
    if !rules.is_file() {
        println!(
            "the API Design Rules are not at {}: not tried",
            rules.display()
        );
        return;
    }
    let spectral = here.join("browser/node_modules/.bin/spectral");
    assert!(
        spectral.exists(),
        "this test needs its Node packages: run `cargo xtask test`, which installs them"
    );
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::demo(&data, 3);
    let served = Request::get("/v1/openapi.json").send(server.address());
    let description = folder.path().join("openapi.json");
    std::fs::write(&description, served.unwrap().text).unwrap();
    let output = Command::new(spectral)
        .args(["lint", "--fail-severity", "error", "--ruleset"])
        .arg(&rules)
        .arg(&description)
        .output()
        .expect("node is installed");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("0 errors") || said.contains("No results"),
        "{said}"
    );
}
