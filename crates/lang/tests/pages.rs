//! Every code has a page that explains it, and messages in both languages; every page belongs to a code.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

use convenant_lang::{Code, Lang};

#[test]
fn every_code_has_a_page_and_messages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for code in Code::ALL {
        for lang in [Lang::Nl, Lang::En] {
            assert!(code.has_message(lang), "{code} has no message in {lang:?}");
        }
        let page = std::fs::read_to_string(root.join(code.page())).unwrap_or_default();
        assert!(
            page.starts_with(&format!("# {code}: ")),
            "{} is absent or has another title",
            code.page()
        );
        let parts: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let wrong = parts.first().copied().unwrap_or_default();
        assert!(
            matches!(wrong, "Fout" | "Let op"),
            "{code}: what is wrong comes first"
        );
        assert_eq!(
            parts.get(1..),
            Some(["Goed", "Waarom"].as_slice()),
            "{code}"
        );
        assert_eq!(
            page.matches("```").count(),
            4,
            "{code}: one example of each"
        );
    }
}

#[test]
fn every_page_belongs_to_a_code() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|c| format!("{c}.md")).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammar");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with('C') {
            assert!(codes.contains(&name), "{name} explains no code");
        }
    }
}
