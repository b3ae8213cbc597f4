//! What holds for every definition: the generator's files are accepted, the formatter is idempotent and keeps the meaning.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../../../tests/src/generate/mod.rs"]
mod generate;

use convenant_lang::model::Convenant;
use convenant_lang::{Code, Lang, Lines, check, format};
use proptest::prelude::*;
use serde_json::Value;

/// The model of a text that must be accepted.
fn model(text: &str) -> Convenant {
    let checked = check(text.as_bytes());
    let lines = Lines::new(text);
    let wrong: Vec<String> = checked
        .diagnostics
        .iter()
        // Whether each role gets something to do is left to chance.
        .filter(|d| d.code != Code::ROLE_UNUSED)
        .map(|d| {
            let line = lines.place(d.span.start).line;
            format!("{line}: {} {}", d.code, d.message(Lang::Nl))
        })
        .collect();
    match checked.model {
        Some(model) if wrong.is_empty() => model,
        _ => panic!("{wrong:#?}\n{text}"),
    }
}

/// What a model means: everything but the places in the text.
fn meaning(text: &str) -> Value {
    fn without_places(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !name.ends_with("span"));
                fields.values_mut().for_each(without_places);
            }
            Value::Array(items) => items.iter_mut().for_each(without_places),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(model(text)).unwrap();
    without_places(&mut value);
    value
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formatting_keeps_the_meaning_and_is_done_once(seed: u64, space: u64) {
        let text = generate::definition(seed);
        let scrambled = generate::scrambled(&text, space);
        let meant = meaning(&text);
        prop_assert_eq!(&meant, &meaning(&scrambled), "the scrambled text means something else:\n{}", scrambled);
        let formatted = format(&scrambled).unwrap();
        prop_assert_eq!(&meant, &meaning(&formatted), "\n{}", formatted);
        prop_assert_eq!(&format(&formatted).unwrap(), &formatted);
        let comments = |text: &str| text.matches("# een opmerking").count() + text.matches("# nog een").count();
        prop_assert_eq!(comments(&scrambled), comments(&formatted));
    }
}

#[test]
fn every_good_file_keeps_its_meaning() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/good");
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let formatted = format(&text).unwrap();
        assert_eq!(meaning(&text), meaning(&formatted));
        assert_eq!(format(&formatted).unwrap(), formatted);
    }
}

/// A file with mistakes is laid out, or comes back with its errors; either way nothing gets lost.
#[test]
fn a_bad_file_keeps_its_words() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad");
    let words = |text: &str| text.split_whitespace().collect::<String>();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        if path.extension().is_some_and(|e| e == "expected") {
            continue;
        }
        match format(&text) {
            Ok(formatted) => assert_eq!(words(&text), words(&formatted), "{}", path.display()),
            Err(errors) => assert!(!errors.is_empty(), "{}", path.display()),
        }
    }
}

#[test]
fn the_regions_keep_their_meaning() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../convenants");
    let mut count = 0;
    for region in std::fs::read_dir(folder).unwrap() {
        let region = region.unwrap();
        let file = region
            .path()
            .join(region.file_name())
            .with_extension("convenant");
        let text = std::fs::read_to_string(file).unwrap();
        let formatted = format(&text).unwrap();
        assert_eq!(meaning(&text), meaning(&formatted));
        assert_eq!(format(&formatted).unwrap(), formatted);
        count += 1;
    }
    assert!(count >= 3);
}
