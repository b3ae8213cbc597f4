//! The bytes of a file to text that the grammar can take.
//!
//! Input: bytes. Output: `Source`: the text, a copy of the same length with its quoted lines and unclosed ends marked, and what is wrong
//! with the characters. Invariant: a byte offset in the copy is the same offset in the file.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// A text, ready to be parsed.
pub(crate) struct Source {
    /// The text as the grammar takes it.
    pub prepared: String,
}

/// Prepares a file.
pub(crate) fn read(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<Source> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        diagnostics.push(Diagnostic::new(Code::NOT_UTF8, Span::default()));
        return None;
    };
    let mut prepared = text.as_bytes().to_vec();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset + (line.len() - line.trim_start().len());
        if line.trim_start().starts_with('>') && !line.trim_start().starts_with(">=") {
            if let Some(byte) = prepared.get_mut(start) {
                *byte = 1;
            }
        }
        offset += line.len();
    }
    Some(Source {
        prepared: String::from_utf8(prepared).ok()?,
    })
}
