//! The scenarios of the regions: all of them hold, and together they take every transition, every outcome and both sides of every criterion.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn the_scenarios_of_the_regions_hold_and_leave_nothing_out() {
    let regions = concat!(env!("CARGO_MANIFEST_DIR"), "/../../convenants");
    let output = Command::new(env!("CARGO_BIN_EXE_convenant"))
        .args(["test", regions, "--complete"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    for region in ["utrecht", "nijmegen", "drenthe"] {
        assert!(said.contains(&format!("{region}/scenarios/")), "{said}");
    }
}
