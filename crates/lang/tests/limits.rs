//! What no file may do to the checker: be too large, too deep, too many, or make it panic or crawl.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use convenant_lang::model::Type;
use convenant_lang::{Code, Lang, check, parse_value};
use proptest::prelude::*;

const GOOD: &str = include_str!("good/everything.convenant");

fn codes(source: &[u8]) -> Vec<Code> {
    check(source).diagnostics.iter().map(|d| d.code).collect()
}

#[test]
fn size_and_emptiness() {
    assert_eq!(codes(&vec![b'#'; 100 << 20]), [Code::TOO_LARGE]);
    for nothing in ["", " \n\t\r\n", "\u{FEFF}"] {
        assert_eq!(codes(nothing.as_bytes()), [Code::EMPTY], "{nothing:?}");
    }
    let with_mark = format!("\u{FEFF}{GOOD}");
    assert_eq!(codes(with_mark.as_bytes()), []);
    let windows = GOOD.replace('\n', "\r\n");
    assert_eq!(codes(windows.as_bytes()), []);
}

#[test]
fn nesting() {
    for open in ["{", "(", "x {\n"] {
        let deep = format!("doelgroep {{ criterium x {{ {} }} }}", open.repeat(100_000));
        assert_eq!(codes(deep.as_bytes()), [Code::TOO_DEEP], "{open}");
    }
    // A parenthesis in a text, a comment or a quotation nests nothing.
    let flat = GOOD.replace("\"Klaar\"", &format!("\"{}\"", "(".repeat(100)));
    let flat = format!("# {}\n{flat}", "{(".repeat(100));
    assert_eq!(codes(flat.as_bytes()), []);
}

fn with_condition(condition: &str) -> String {
    GOOD.replace(
        "criterium hulp { schuldhulp }",
        &format!("criterium hulp {{ {condition} }}"),
    )
}

#[test]
fn chains_of_operators() {
    for part in [
        "niet ",
        "schuldhulp tenzij ",
        "schulden - € 1 > € 0 tenzij ",
    ] {
        let long = with_condition(&format!("{}schuldhulp", part.repeat(5_000)));
        assert_eq!(codes(long.as_bytes()), [Code::CONDITION_TOO_LONG], "{part}");
    }
    let sum = with_condition(&format!("schulden > € 0{}", " + € 1".repeat(5_000)));
    assert_eq!(codes(sum.as_bytes()), [Code::CONDITION_TOO_LONG]);
    for part in ["schuldhulp en ", "schuldhulp of "] {
        let flat = with_condition(&format!("{}schuldhulp", part.repeat(5_000)));
        assert_eq!(codes(flat.as_bytes()), [], "{part}");
    }
}

#[test]
fn counts() {
    let mut parties = String::new();
    for i in 0..10_001 {
        writeln!(parties, "  organisatie \"Partij {i}\"").unwrap();
    }
    let many = GOOD.replace(
        "  organisatie Cliëntenraad\n",
        &format!("  organisatie Cliëntenraad\n{parties}"),
    );
    assert_eq!(codes(many.as_bytes()), [Code::TOO_MANY_CLAUSES]);
    let options: Vec<String> = (0..70_000).map(|i| format!("o{i}")).collect();
    let many = GOOD.replace(
        "(opvang, beschermd-wonen, elders)",
        &format!("(opvang, beschermd-wonen, elders, {})", options.join(", ")),
    );
    assert_eq!(codes(many.as_bytes()), [Code::TOO_MANY]);
}

#[test]
fn ten_thousand_mistakes_are_all_reported_and_soon() {
    let mut wrong = String::new();
    for i in 0..10_000 {
        writeln!(wrong, "  gemente \"Partij {i}\"").unwrap();
    }
    let many = GOOD.replace(
        "  organisatie Cliëntenraad\n",
        &format!("  organisatie Cliëntenraad\n{wrong}"),
    );
    let found = codes(many.as_bytes());
    assert_eq!(
        found
            .iter()
            .filter(|code| **code == Code::UNEXPECTED)
            .count(),
        10_000
    );
    let names: Vec<String> = (0..10_000).map(|i| format!("onbekend-{i}")).collect();
    let many = GOOD.replace(
        "levert sleutel-op",
        &format!("levert sleutel-op, {}", names.join(", ")),
    );
    let found = codes(many.as_bytes());
    assert_eq!(
        found
            .iter()
            .filter(|code| **code == Code::UNKNOWN_FACT)
            .count(),
        10_000
    );
}

#[test]
fn values_from_outside() {
    let model = check(GOOD.as_bytes()).model.unwrap();
    let code = |kind: &Type, text: &str| parse_value(&model, kind, text).unwrap_err().code;
    assert_eq!(code(&Type::Duration, "lang"), Code::BAD_DURATION);
    assert_eq!(code(&Type::Duration, "3 eeuwen"), Code::BAD_DURATION);
    assert_eq!(code(&Type::Bool, "misschien"), Code::BAD_VALUE);
}

/// Whatever is said, it is said in words, and a model comes only without errors.
fn survives(source: &[u8]) {
    let checked = check(source);
    for diagnostic in &checked.diagnostics {
        for lang in [Lang::Nl, Lang::En] {
            assert_ne!(diagnostic.message(lang), diagnostic.code.to_string());
            diagnostic.hint(lang);
        }
        assert!(
            diagnostic.span.start <= diagnostic.span.end,
            "{diagnostic:?}"
        );
    }
    assert!(checked.model.is_some() || !checked.diagnostics.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn any_text(text in "[a-zé{}()\"#>€0-9.,:%\\-= \n\u{1}\u{2}\u{3}]{0,400}") {
        survives(text.as_bytes());
    }

    #[test]
    fn mutated_good_files(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0_usize..6, "[a-z{}()\"#>€0-9.,:%\\-= \n]{0,3}"), 1..12)
    ) {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (at, removed, inserted) in edits {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, inserted.chars());
        }
        survives(text.into_iter().collect::<String>().as_bytes());
    }
}
