//! The three regions, as their files say, under random commands.

use convenant_lang::check;

use crate::{Holidays, Program};

/// A region's file, compiled.
pub fn region(name: &str) -> Program {
    let path = format!(
        "{}/../../convenants/{name}/{name}.convenant",
        env!("CARGO_MANIFEST_DIR")
    );
    let checked = check(&std::fs::read(path).unwrap());
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| format!("{d:?}"))
        .collect();
    let model = checked.model.unwrap_or_else(|| panic!("{said:#?}"));
    Program::compile(model, Holidays::dutch()).unwrap()
}

#[test]
fn the_regions_compile() {
    for name in ["utrecht", "nijmegen", "drenthe"] {
        assert!(region(name).model().parties.len() > 5);
    }
}
