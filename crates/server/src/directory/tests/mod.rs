//! Recipients, replacements and vacancies, over the three regions' files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod files;
mod properties;
mod table;

use std::path::Path;

use convenant_engine::Case;
use convenant_lang::model::{Convenant, PartyId, SchemeId, Who};

/// The file of a region.
fn model(region: &str) -> Convenant {
    let path = format!("../../convenants/{region}/{region}.convenant");
    let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    convenant_lang::check(&text).model.unwrap()
}

fn party(model: &Convenant, name: &str) -> PartyId {
    let found = model.party_named(name);
    found.unwrap_or_else(|| panic!("no party {name}"))
}

fn who(model: &Convenant, name: &str) -> Who {
    let role = model.role_named(name).map(Who::Role);
    role.or_else(|| model.body_named(name).map(Who::Body))
        .unwrap_or_else(|| panic!("no role or body {name}"))
}

/// A case in the first scheme, with these parties.
fn case_of(model: &Convenant, parties: &[PartyId]) -> Case {
    let mut case = Case {
        scheme: Some(SchemeId(0)),
        ..Case::default()
    };
    for id in parties {
        case.parties[model.parties[id.index()].kind as usize] = Some(*id);
    }
    case
}
