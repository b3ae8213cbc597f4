//! Characters that a file may not hold: control characters, invisible ones, loose accents, letters that only look Latin.
//!
//! Input: the text. Output: diagnostics, and when there are any a text in which they are put right, so that each is reported
//! once and the rest of the file is checked all the same. Invariant: a line that is ASCII costs one look per byte.

use unicode_normalization::char::compose;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::{Shift, place};
use crate::diagnostic::{Code, Diagnostic};

/// A text whose characters were put right, and how its offsets differ.
pub(super) struct Cleaned {
    pub text: String,
    pub shifts: Vec<Shift>,
}

/// Something to put right: these bytes of the file become this letter, or nothing.
struct Repair {
    start: usize,
    end: usize,
    letter: Option<char>,
}

pub(super) fn check(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Cleaned> {
    let mut repairs = Vec::new();
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
            check_line(body, start, &mut repairs, diagnostics);
        }
        start += line.len();
    }
    (!repairs.is_empty()).then(|| clean(text, &repairs))
}

fn clean(text: &str, repairs: &[Repair]) -> Cleaned {
    let mut cleaned = Cleaned {
        text: String::with_capacity(text.len()),
        shifts: Vec::new(),
    };
    let mut done = 0;
    for repair in repairs {
        cleaned
            .text
            .push_str(text.get(done..repair.start).unwrap_or_default());
        cleaned.text.extend(repair.letter);
        done = repair.end;
        let at = u32::try_from(cleaned.text.len()).unwrap_or(u32::MAX);
        let by = i64::try_from(done).unwrap_or(0) - i64::from(at);
        cleaned.shifts.push(Shift { at, by });
    }
    cleaned.text.push_str(text.get(done..).unwrap_or_default());
    cleaned
}

fn check_line(
    line: &str,
    start: usize,
    repairs: &mut Vec<Repair>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let comes_first = |letter| line.trim_start().starts_with(letter);
    // In running text (a comment, a quoted line, a text) a word of another script is itself.
    let mut running = comes_first('>') || comes_first('#');
    let mut in_text = false;
    let mut reported = None;
    let mut last: Option<(usize, char)> = None;
    for (at, letter) in line.char_indices() {
        let (here, end) = (start + at, start + at + letter.len_utf8());
        let mut found = |code| {
            diagnostics
                .push(Diagnostic::new(code, place(here, end)).with("found", code_point(letter)));
        };
        match letter {
            '"' => in_text = !in_text,
            '#' if !in_text => running = true,
            '\u{FEFF}' if here == 0 => {}
            '\t' => {}
            _ if letter.is_control() => {
                found(Code::CONTROL_CHARACTER);
                repairs.push(Repair {
                    start: here,
                    end,
                    letter: None,
                });
            }
            _ if letter.is_ascii() => {}
            _ if is_invisible(letter) => {
                found(Code::INVISIBLE_CHARACTER);
                repairs.push(Repair {
                    start: here,
                    end,
                    letter: None,
                });
            }
            _ if letter.is_alphabetic() && !is_latin(letter) => {
                let word = word_start(line, at);
                let name = word_from(line, word);
                let mixed = name.chars().any(|c| c.is_alphabetic() && is_latin(c));
                if mixed || !(running || in_text) {
                    if let Some(latin) = looks_like(letter) {
                        repairs.push(Repair {
                            start: here,
                            end,
                            letter: Some(latin),
                        });
                    }
                    if reported != Some(word) {
                        reported = Some(word);
                        let wrong = Diagnostic::new(Code::FOREIGN_LETTER, place(here, end));
                        diagnostics
                            .push(wrong.with("found", letter.to_string()).with("name", name));
                    }
                }
            }
            _ if is_loose(letter) => {
                found(Code::NOT_NFC);
                match last.and_then(|(before, base)| Some((before, compose(base, letter)?))) {
                    Some((before, whole)) => {
                        repairs.pop_if(|repair| repair.end == here);
                        repairs.push(Repair {
                            start: before,
                            end,
                            letter: Some(whole),
                        });
                        last = Some((before, whole));
                    }
                    None => repairs.push(Repair {
                        start: here,
                        end,
                        letter: None,
                    }),
                }
                continue;
            }
            _ => {}
        }
        last = Some((here, letter));
    }
}

/// The Latin letter that a Cyrillic or Greek one is taken for.
fn looks_like(letter: char) -> Option<char> {
    const PAIRS: [(char, char); 34] = [
        ('а', 'a'),
        ('е', 'e'),
        ('о', 'o'),
        ('р', 'p'),
        ('с', 'c'),
        ('у', 'y'),
        ('х', 'x'),
        ('і', 'i'),
        ('ј', 'j'),
        ('ѕ', 's'),
        ('һ', 'h'),
        ('ԁ', 'd'),
        ('ԛ', 'q'),
        ('ԝ', 'w'),
        ('ɡ', 'g'),
        ('А', 'A'),
        ('В', 'B'),
        ('Е', 'E'),
        ('К', 'K'),
        ('М', 'M'),
        ('Н', 'H'),
        ('О', 'O'),
        ('Р', 'P'),
        ('С', 'C'),
        ('Т', 'T'),
        ('Х', 'X'),
        ('ο', 'o'),
        ('α', 'a'),
        ('ν', 'v'),
        ('ι', 'i'),
        ('ρ', 'p'),
        ('κ', 'k'),
        ('Α', 'A'),
        ('Ο', 'O'),
    ];
    PAIRS
        .iter()
        .find(|(foreign, _)| *foreign == letter)
        .map(|(_, latin)| *latin)
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
