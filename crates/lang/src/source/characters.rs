//! Characters that a file may not hold: control characters, invisible ones, loose accents, letters that only look Latin.
//!
//! Input: the text. Output: diagnostics, and a copy in which control and invisible characters are blanked, so that each is
//! reported once. Invariant: text that is ASCII costs one look per byte.

use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::place;
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn check(text: &str, prepared: &mut [u8], diagnostics: &mut Vec<Diagnostic>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line
            .strip_suffix("\r\n")
            .or_else(|| line.strip_suffix('\n'))
            .unwrap_or(line);
        if !body
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t')
        {
            check_line(body, start, prepared, diagnostics);
        }
        start += line.len();
    }
}

fn check_line(line: &str, start: usize, prepared: &mut [u8], diagnostics: &mut Vec<Diagnostic>) {
    let comes_first = |letter| line.trim_start().starts_with(letter);
    // In running text (a comment, a quoted line, a text) a word of another script is itself.
    let mut running = comes_first('>') || comes_first('#');
    let mut in_text = false;
    let mut reported = None;
    for (at, letter) in line.char_indices() {
        let here = start + at;
        let span = place(here, here + letter.len_utf8());
        match letter {
            '"' => in_text = !in_text,
            '#' if !in_text => running = true,
            '\u{FEFF}' if here == 0 => {}
            '\t' => {}
            _ if letter.is_control() => {
                report(Code::CONTROL_CHARACTER, letter, here, prepared, diagnostics)
            }
            _ if letter.is_ascii() => {}
            _ if is_invisible(letter) => report(
                Code::INVISIBLE_CHARACTER,
                letter,
                here,
                prepared,
                diagnostics,
            ),
            _ if letter.is_alphabetic() && !is_latin(letter) => {
                let word = word_start(line, at);
                let name = word_from(line, word);
                let mixed = name.chars().any(|c| c.is_alphabetic() && is_latin(c));
                if (mixed || !(running || in_text)) && reported != Some(word) {
                    reported = Some(word);
                    let wrong = Diagnostic::new(Code::FOREIGN_LETTER, span)
                        .with("found", letter.to_string());
                    diagnostics.push(wrong.with("name", name));
                }
            }
            _ if is_loose(letter) => {
                diagnostics
                    .push(Diagnostic::new(Code::NOT_NFC, span).with("found", code_point(letter)));
            }
            _ => {}
        }
    }
}

fn report(
    code: Code,
    letter: char,
    at: usize,
    prepared: &mut [u8],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let end = at + letter.len_utf8();
    if let Some(bytes) = prepared.get_mut(at..end) {
        bytes.fill(b' ');
    }
    diagnostics.push(Diagnostic::new(code, place(at, end)).with("found", code_point(letter)));
}

fn code_point(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

/// Zero width, soft hyphens, joiners, variation selectors, tags, and everything that turns the direction of the text.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Latin letters with every accent that Europe writes; not the full-width and mathematical ones that imitate them.
fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || matches!(letter, '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

/// A mark that would melt together with the letter before it, or a letter that has another spelling.
fn is_loose(letter: char) -> bool {
    is_nfc_quick(std::iter::once(letter)) != IsNormalized::Yes
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-'
}

fn word_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    // A word longer than this is no word; the bound keeps a file of one such word linear.
    let tail: usize = before
        .chars()
        .rev()
        .take(64)
        .take_while(|c| is_word(*c))
        .map(char::len_utf8)
        .sum();
    at - tail
}

fn word_from(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let length: usize = rest
        .chars()
        .take(128)
        .take_while(|c| is_word(*c))
        .map(char::len_utf8)
        .sum();
    rest.get(..length).unwrap_or_default()
}
