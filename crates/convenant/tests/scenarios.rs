//! The scenarios of the regions: all of them hold, and together they take every transition, every outcome and both sides of every criterion. And
//! those of ladders that no region has.
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

/// No region has a ladder on an offer with several rungs, or on an evaluation: these have a file of their own.
#[test]
fn a_ladder_on_an_offer_and_on_an_evaluation_is_climbed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ladders");
    let output = Command::new(env!("CARGO_BIN_EXE_convenant"))
        .args(["test", folder])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 goed, 0 fout"), "{said}");
}
