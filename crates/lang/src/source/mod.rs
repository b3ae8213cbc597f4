//! The bytes of a file to text that the grammar can take.
//!
//! Input: bytes. Output: a copy of the text, of the same length, in which quoted lines and missing ends are marked, and what is
//! wrong with size, characters and nesting. Invariants: a byte offset in the copy is the same offset in the file, unless
//! characters had to be put right, and then `to_file` finds it; what is handed on nests at most `MOST_DEEP` deep and is balanced as far as indentation can tell.

mod balance;
mod characters;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// Size of a file at most.
const MOST_BYTES: usize = 1 << 20;

/// Nesting of braces and parentheses at most.
const MOST_DEEP: usize = 64;

/// Marks a quoted line instead of its `>`.
pub(crate) const QUOTE: u8 = 1;
/// Closes a block whose `}` is missing, instead of a space.
pub(crate) const CLOSE: u8 = 2;
/// Begins a text that does not end on its line, instead of its `"`.
pub(crate) const OPEN_TEXT: u8 = 3;

/// A text, ready to be parsed.
pub(crate) struct Source {
    /// The text as the grammar takes it.
    pub prepared: String,
    /// Where something was wrong that the marks have put right: what is said there is not trusted.
    pub repaired: Vec<Span>,
    /// How far the file lies behind the prepared text, from an offset on.
    shifts: Vec<Shift>,
}

/// From this offset in the prepared text on, the file is so many bytes ahead.
#[derive(Debug, Clone, Copy)]
struct Shift {
    at: u32,
    by: i64,
}

/// Prepares a file; none when it cannot be parsed at all.
pub(crate) fn read(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<Source> {
    let nothing = Span::default();
    if bytes.len() > MOST_BYTES {
        diagnostics.push(Diagnostic::new(Code::TOO_LARGE, nothing));
        return None;
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        diagnostics.push(Diagnostic::new(Code::NOT_TEXT, place(at, at + 1)));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            diagnostics.push(Diagnostic::new(Code::NOT_UTF8, place(at, at + 1)));
            return None;
        }
    };
    if text.trim_start_matches('\u{FEFF}').trim().is_empty() {
        diagnostics.push(Diagnostic::new(Code::EMPTY, nothing));
        return None;
    }
    let cleaned = characters::check(text, diagnostics);
    let (text, shifts) = match &cleaned {
        Some(cleaned) => (cleaned.text.as_str(), cleaned.shifts.clone()),
        None => (text, Vec::new()),
    };
    let mut prepared = text.as_bytes().to_vec();
    // A byte order mark at the start says what is known already.
    if let Some(mark) = text
        .starts_with('\u{FEFF}')
        .then(|| prepared.get_mut(..3))
        .flatten()
    {
        mark.fill(b' ');
    }
    let before = diagnostics.len();
    let repaired = balance::prepare(text, &mut prepared, diagnostics)?;
    // Only whole characters were replaced, each by as many ASCII bytes as it had.
    let prepared = String::from_utf8(prepared).ok()?;
    let source = Source {
        prepared,
        repaired,
        shifts,
    };
    for diagnostic in diagnostics.iter_mut().skip(before) {
        source.to_file(diagnostic);
    }
    Some(source)
}

impl Source {
    /// Moves a diagnostic from the prepared text to the file, when characters were put right between them.
    pub(crate) fn to_file(&self, diagnostic: &mut Diagnostic) {
        if self.shifts.is_empty() {
            return;
        }
        let moved = |offset: u32| {
            let after = self.shifts.partition_point(|shift| shift.at <= offset);
            let shift = after
                .checked_sub(1)
                .and_then(|i| self.shifts.get(i))
                .map_or(0, |shift| shift.by);
            u32::try_from(i64::from(offset) + shift).unwrap_or(offset)
        };
        let place = |span: Span| Span {
            start: moved(span.start),
            end: moved(span.end),
        };
        diagnostic.span = place(diagnostic.span);
        for related in &mut diagnostic.related {
            related.span = place(related.span);
        }
    }
}

/// A place; files are at most 1 MiB, so every offset fits.
fn place(start: usize, end: usize) -> Span {
    let fit = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span {
        start: fit(start),
        end: fit(end),
    }
}
