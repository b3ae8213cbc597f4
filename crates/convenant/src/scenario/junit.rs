//! The results of a run as JUnit XML, one suite per region's file.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Outcome;

/// Writes the results; gaps are a failure of their own when the run had to be complete.
pub fn write(outcomes: &[Outcome], gaps: &BTreeMap<String, Vec<String>>, complete: bool) -> String {
    let mut suites: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let name = outcome
            .convenant
            .as_ref()
            .map_or_else(|| "?".to_owned(), |path| path.display().to_string());
        suites.entry(name).or_default().push(outcome);
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (name, outcomes) in &suites {
        let bad = outcomes.iter().filter(|o| o.difference.is_some()).count();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{bad}\">",
            escape(name),
            outcomes.len()
        );
        for outcome in outcomes {
            case(&mut text, outcome);
        }
        text.push_str("  </testsuite>\n");
    }
    for (name, gaps) in gaps {
        let failures = usize::from(complete && !gaps.is_empty());
        let _ = writeln!(
            text,
            "  <testsuite name=\"{} (dekking)\" tests=\"1\" failures=\"{failures}\">\n    <testcase name=\"dekking\" classname=\"{}\">",
            escape(name),
            escape(name)
        );
        let lines = escape(&gaps.join("\n"));
        let _ = match failures {
            0 => writeln!(text, "      <system-out>{lines}</system-out>"),
            _ => writeln!(text, "      <failure message=\"dekking\">{lines}</failure>"),
        };
        text.push_str("    </testcase>\n  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, outcome: &Outcome) {
    let _ = write!(
        text,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\"",
        escape(&outcome.title),
        escape(
            &outcome
                .file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
        ),
        escape(&outcome.file.display().to_string())
    );
    match &outcome.difference {
        None => text.push_str("/>\n"),
        Some(difference) => {
            let _ = writeln!(
                text,
                ">\n      <failure message=\"{}\">{}:{}:{}\n{}\n{}</failure>\n    </testcase>",
                escape(&difference.found),
                escape(&outcome.file.display().to_string()),
                difference.line,
                difference.column,
                escape(&difference.expected),
                escape(&difference.found)
            );
        }
    }
}

/// Text inside an element or an attribute; characters that XML does not know become a mark.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' | '\t' => c.to_string(),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => "\u{fffd}".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_title_holds_stays_text() {
        assert_eq!(escape("a<b>&\"\u{1}"), "a&lt;b&gt;&amp;&quot;\u{fffd}");
    }
}
