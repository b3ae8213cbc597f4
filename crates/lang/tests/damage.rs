//! One mistake, one message: a word that is misspelt does not make the rest of the agreement look wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

use convenant_lang::{Lang, Lines, check};

/// Codes about the agreement as a whole begin with these.
const WHOLE: [&str; 2] = ["C05", "C06"];

#[test]
fn damaged_text_hides_what_may_follow_from_it() {
    let good = include_str!("format/whole.convenant");
    assert!(check(good.as_bytes()).diagnostics.is_empty());
    let lines: Vec<&str> = good.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let clause = line.trim_start();
        let block = clause.starts_with(['}', '#']) || clause.ends_with('{') || clause.is_empty();
        if block {
            continue;
        }
        let mut damaged = lines.clone();
        let words = format!("%% {clause}");
        damaged.splice(number..=number, [words.as_str()]);
        let text = damaged.join("\n");
        let found = check(text.as_bytes()).diagnostics;
        assert!(!found.is_empty(), "{words}");
        let places = Lines::new(&text);
        for diagnostic in found {
            let code = diagnostic.code.to_string();
            assert!(
                !WHOLE.iter().any(|whole| code.starts_with(whole)),
                "`{words}` gives {code} at line {}: {}",
                places.place(diagnostic.span.start).line,
                diagnostic.message(Lang::Nl)
            );
        }
    }
}
