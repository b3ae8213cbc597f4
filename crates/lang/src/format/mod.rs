//! The layout of a file belongs to the formatter: what is said stays, how it stands on the page is decided here.
//!
//! Input: source text. Output: the same words in the same order, laid out; or the diagnostics of a text that cannot be read.
//! Invariants: comments, quotations and sources stay where they were among the words; formatting twice is formatting once;
//! the meaning (the model but for its spans) is unchanged.

mod layout;
mod lines;
mod tokens;
mod tree;

use crate::diagnostic::{Diagnostic, Severity};
use crate::syntax::{Node, Rule};
use crate::{check, source, syntax};

/// Lays out a file. A text that cannot be read as clauses is left alone: its errors come back. Mistakes in names, types and
/// the agreement as a whole do not stand in the way.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    laid_out(text).ok_or_else(|| {
        let mut diagnostics = check(text.as_bytes()).diagnostics;
        diagnostics.retain(|d| d.severity == Severity::Error);
        diagnostics
    })
}

fn laid_out(text: &str) -> Option<String> {
    let mut wrong = Vec::new();
    let source = source::read(text.as_bytes(), &mut wrong)?;
    let file = syntax::parse(&source.prepared)?;
    if !wrong.is_empty() || misread(file.clone()) {
        return None;
    }
    let tokens = tokens::tokens(&source.prepared);
    let places = tree::Places::of(file, &tokens);
    let items = tree::tree(&tokens, &places);
    Some(lines::text(layout::layout(&items, &places)))
}

/// Whether some text did not fit the grammar.
fn misread(file: Node<'_>) -> bool {
    file.into_inner()
        .flatten()
        .any(|node| matches!(node.as_rule(), Rule::bad | Rule::bad_body))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::format;

    #[test]
    fn lays_out_what_is_written() {
        let messy = include_str!("../../tests/format/messy.convenant");
        let neat = include_str!("../../tests/format/neat.convenant");
        assert_eq!(format(messy).unwrap(), neat);
        assert_eq!(format(neat).unwrap(), neat);
    }

    #[test]
    fn a_text_that_cannot_be_read_comes_back_with_its_errors() {
        let errors = format("looptijd {\n  van alles\n}\n").unwrap_err();
        assert!(!errors.is_empty());
    }
}
