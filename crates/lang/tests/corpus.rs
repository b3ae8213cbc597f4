//! Files beside what is said about them: `good/` says nothing, `bad/X.convenant` says `bad/X.expected`.
//!
//! An expectation is one line per diagnostic: code, place, message, and the hint behind an arrow; related places are indented.
//! `BLESS=1 cargo test` writes the expectations anew; read the difference before it is committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use convenant_lang::{Code, Lang, Lines, check};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "convenant"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn report(source: &[u8]) -> String {
    let text = String::from_utf8_lossy(source);
    let lines = Lines::new(&text);
    let place = |offset: u32| {
        let place = lines.place(offset);
        format!("{}:{}", place.line, place.column)
    };
    let mut report = String::new();
    for diagnostic in check(source).diagnostics {
        let message = diagnostic.message(Lang::Nl);
        write!(
            report,
            "{} {} {message}",
            diagnostic.code,
            place(diagnostic.span.start)
        )
        .unwrap();
        if let Some(hint) = diagnostic.hint(Lang::Nl) {
            write!(report, " => {hint}").unwrap();
        }
        report.push('\n');
        for related in &diagnostic.related {
            writeln!(
                report,
                "  {} {}",
                place(related.span.start),
                related.message(Lang::Nl)
            )
            .unwrap();
        }
    }
    report
}

#[test]
fn good_files_give_no_remark() {
    for path in files("good") {
        let source = std::fs::read(&path).unwrap();
        assert_eq!(report(&source), "", "{}", path.display());
    }
}

#[test]
fn models_survive_json() {
    for path in files("good") {
        let model = check(&std::fs::read(&path).unwrap()).model.unwrap();
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(
            serde_json::from_str::<convenant_lang::model::Convenant>(&json).unwrap(),
            model
        );
    }
}

#[test]
fn bad_files_say_what_is_expected() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = String::new();
    for path in files("bad") {
        let source = std::fs::read(&path).unwrap();
        let report = report(&source);
        let expected = path.with_extension("expected");
        if bless {
            std::fs::write(&expected, &report).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        if report != expected {
            writeln!(
                wrong,
                "{}\n-- expected\n{expected}-- found\n{report}",
                path.display()
            )
            .unwrap();
        }
        // A file is named after the code that it shows.
        let name = path.file_stem().unwrap().to_str().unwrap();
        if let Some(code) = name.get(..5).filter(|code| code.starts_with('C')) {
            assert!(
                report.contains(code),
                "{name} does not show {code}:\n{report}"
            );
        }
        // Messages in English are complete too: none falls back to its bare code.
        for diagnostic in check(&source).diagnostics {
            for lang in [Lang::Nl, Lang::En] {
                assert_ne!(
                    diagnostic.message(lang),
                    diagnostic.code.to_string(),
                    "{name}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_code_has_its_file() {
    let shown: Vec<String> = files("bad")
        .iter()
        .map(|path| {
            path.file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .chars()
                .take(5)
                .collect()
        })
        .collect();
    // Too large to keep as files; `limits.rs` makes them.
    let made = [
        Code::TOO_LARGE,
        Code::EMPTY,
        Code::TOO_MANY_CLAUSES,
        Code::TOO_MANY,
        Code::TOO_DEEP,
        Code::CONDITION_TOO_LONG,
        Code::BAD_DURATION,
        Code::BAD_VALUE,
        // What only whoever reads the templates can find; `template.rs` shows them.
        Code::TEMPLATE_MISSING,
        Code::TEMPLATE_FIELD_UNKNOWN,
        Code::TEMPLATE_PERSONAL,
        // What only exact counting can find, in the engine; the tests of the command line show them.
        Code::SPREADING_CONFLICT,
        Code::TARGET_OUT_OF_REACH,
    ];
    let missing: Vec<String> = Code::ALL
        .iter()
        .filter(|code| !made.contains(code))
        .map(Code::to_string)
        .filter(|code| !shown.contains(code))
        .collect();
    assert!(missing.is_empty(), "no file in bad/ shows {missing:?}");
}
