//! What is wrong with text that the grammar did not understand.
//!
//! Input: the damaged text, and which clauses could have stood there. Output: one diagnostic with the furthest place that could be
//! read, what was expected there in the words of the language, and the nearest spelling. Invariant: each damaged clause is
//! read again on its own, at most `ROUNDS` times, so that a file full of mistakes takes linear time.

use std::sync::Mutex;

use pest::Parser;
use pest::error::{Error, ErrorVariant};

use super::tree::Grammar;
use super::{Rule, words};
use crate::diagnostic::{Arg, Code, Diagnostic, Word};
use crate::model::Span;
use crate::nearest::nearest;

/// Longer than this, the clause before is not read again: it ended with a block, and blocks end where they close.
const MOST_BEFORE: usize = 400;

/// Expected words shown at most.
const MOST_EXPECTED: usize = 12;

/// A character that no clause has: whatever could come next is expected where it stands.
const NOTHING: char = '\u{4}';

/// Collecting expectations is a setting of the whole process: one reading at a time switches it on and off.
static DETAIL: Mutex<()> = Mutex::new(());

/// Damaged text with what is around it.
pub(crate) struct Damaged<'a> {
    /// The whole prepared text.
    pub text: &'a str,
    /// The damaged part.
    pub span: Span,
    /// The entry rule of the clauses of the block.
    pub items: Rule,
    /// The clause before it in the same block.
    pub before: Span,
}

/// Says what is wrong; none when something else already says it (an unterminated text).
pub(crate) fn diagnose(damaged: &Damaged<'_>) -> Option<Diagnostic> {
    let (start, end) = (damaged.span.start as usize, damaged.span.end as usize);
    let bad = damaged.text.get(start..end)?.trim_end();
    if bad.contains('\u{3}') {
        return None;
    }
    if bad.starts_with('\u{1}') {
        return Some(Diagnostic::new(Code::STRAY_QUOTE, damaged.span));
    }
    let from = start - read_with(damaged.text, damaged.before, damaged.span.start)?.len();
    let snippet = damaged.text.get(from..start + bad.len())?;
    let furthest = furthest(damaged.items, snippet)
        .unwrap_or(start - from)
        .max(start - from);
    let at = word_start(snippet, furthest).max(start - from);
    let found = found(snippet, at);
    if let Some((quotes, place)) = curly(bad, start) {
        return Some(Diagnostic::new(Code::CURLY_QUOTES, place).with("found", quotes));
    }
    let place = |from: usize, to: usize| {
        let fit = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            start: fit(from),
            end: fit(to),
        }
    };
    let span = place(from + at, from + at + found.len().max(1));
    let expected = expected(damaged.items, snippet.get(..at).unwrap_or_default());
    if found.is_empty() || found == "\u{2}" || found == "}" {
        let list = shown(&expected);
        return Some(Diagnostic::new(Code::INCOMPLETE, span).with_some("expected", list));
    }
    let first = at == start - from;
    if found.starts_with('\u{1}') {
        return Some(Diagnostic::new(Code::STRAY_QUOTE, span));
    }
    let near = nearest(found, expected.iter().filter_map(literal)).map(str::to_owned);
    if first
        && near.is_none()
        && let Some(block) = words::block_of(found, damaged.items)
    {
        let wrong = Diagnostic::new(Code::MISPLACED, span).with("found", found);
        return Some(
            wrong.with(
                "block",
                Arg::AnyOf(
                    block
                        .iter()
                        .map(|b| Word::Literal((*b).to_owned()))
                        .collect(),
                ),
            ),
        );
    }
    let wrong = Diagnostic::new(Code::UNEXPECTED, span).with("found", found);
    Some(
        wrong
            .with_some("near", near)
            .with_some("expected", shown(&expected)),
    )
}

/// The clause before damaged text, with which that is read again; nothing when there is none, or when it is long.
pub(crate) fn read_with(text: &str, before: Span, start: u32) -> Option<&str> {
    let length = start.saturating_sub(before.start) as usize;
    let from = if before.end > 0 && length <= MOST_BEFORE {
        before.start
    } else {
        start
    };
    text.get(from as usize..start as usize)
}

/// Whether these are sound clauses of the block with these items.
pub(crate) fn is_sound(items: Rule, text: &str) -> bool {
    Grammar::parse(items, text).is_ok()
}

fn literal(word: &Word) -> Option<&str> {
    match word {
        Word::Literal(text) => Some(text),
        Word::Kind(_) => None,
    }
}

fn shown(expected: &[Word]) -> Option<Arg> {
    (!expected.is_empty() && expected.len() <= MOST_EXPECTED).then(|| Arg::AnyOf(expected.to_vec()))
}

/// How far the clauses could be read.
fn furthest(items: Rule, snippet: &str) -> Option<usize> {
    let error = attempt(items, snippet)?;
    let attempts = error.parse_attempts()?;
    Some(attempts.max_position)
}

/// What could follow what was read.
fn expected(items: Rule, read: &str) -> Vec<Word> {
    let mut text = String::with_capacity(read.len() + 1);
    text.push_str(read);
    text.push(NOTHING);
    let Some(error) = attempt(items, &text) else {
        return Vec::new();
    };
    let Some(attempts) = error.parse_attempts() else {
        return Vec::new();
    };
    let mut expected: Vec<Word> = attempts
        .call_stacks()
        .iter()
        .filter_map(|stack| stack.deepest.get_rule().and_then(|rule| words::kind(*rule)))
        .map(Word::Kind)
        .collect();
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        expected.extend(
            positives
                .iter()
                .filter_map(|rule| words::kind(*rule))
                .map(Word::Kind),
        );
    }
    for token in attempts.expected_tokens() {
        let token = token.to_string();
        if words::is_word(&token) {
            expected.push(Word::Literal(token));
        }
    }
    expected.sort();
    expected.dedup();
    expected
}

fn attempt(items: Rule, text: &str) -> Option<Error<Rule>> {
    // A poisoned lock guards no data: only the setting, which is set anew here.
    let guard = DETAIL
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    pest::set_error_detail(true);
    let result = Grammar::parse(items, text);
    pest::set_error_detail(false);
    drop(guard);
    result.err()
}

/// The start of the word that the place lies in, or the place after the space that it lies in.
fn word_start(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let is_word =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | ',' | '%');
    let (before, after) = text.split_at(at);
    if after.starts_with(is_word) {
        let tail: usize = before
            .chars()
            .rev()
            .take_while(|c| is_word(*c))
            .map(char::len_utf8)
            .sum();
        return at - tail;
    }
    at + (after.len() - after.trim_start_matches([' ', '\n', '\t', '\r']).len())
}

/// The word, the text or the sign at a place.
fn found(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let mut letters = rest.chars();
    let Some(first) = letters.next() else {
        return "";
    };
    if first == '"' {
        let inner = rest.get(1..).unwrap_or_default();
        return inner
            .find('"')
            .and_then(|end| rest.get(..end + 2))
            .unwrap_or(rest);
    }
    if first == '-' && letters.next() == Some('>') {
        return "->";
    }
    let in_word = |c: char| c.is_alphanumeric() || c == '-' || c == '\'';
    if !in_word(first) {
        return rest.get(..first.len_utf8()).unwrap_or_default();
    }
    // `gereed->` is two words.
    let length: usize = rest
        .chars()
        .take_while(|c| in_word(*c))
        .map(char::len_utf8)
        .sum();
    let word = rest.get(..length).unwrap_or_default();
    if rest
        .get(length..)
        .is_some_and(|after| after.starts_with('>'))
    {
        word.trim_end_matches('-')
    } else {
        word
    }
}

/// Typographic quotation marks that stand outside a text, and where.
fn curly(bad: &str, start: usize) -> Option<(String, Span)> {
    let mut in_text = false;
    let (at, mark) = bad.char_indices().find(|(_, letter)| {
        if *letter == '"' {
            in_text = !in_text;
        }
        !in_text && matches!(letter, '“' | '”' | '„' | '«' | '»')
    })?;
    let fit = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let span = Span {
        start: fit(start + at),
        end: fit(start + at + mark.len_utf8()),
    };
    Some((mark.to_string(), span))
}
