//! Nesting and ends: quoted lines are marked, texts and blocks that do not end are ended, closers that close nothing are blanked.
//!
//! Input: the text. Output: marks in the copy, diagnostics, and the repaired places; none when it nests too deep. Invariant:
//! one look per byte; only when the braces do not balance, a second look by the indentation of the lines finds where.

use super::{CLOSE, MOST_DEEP, OPEN_TEXT, QUOTE, place};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// An opening brace.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    indent: usize,
}

/// A brace, in the order of the text.
#[derive(Clone, Copy)]
struct Brace {
    at: usize,
    opens: bool,
}

/// A line: where it begins, where its first character stands, and how many braces come before it.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    first: usize,
    braces: usize,
}

pub(super) fn prepare(
    text: &str,
    prepared: &mut [u8],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Span>> {
    let mut repaired = Vec::new();
    let (mut lines, mut braces) = (Vec::new(), Vec::new());
    let (mut depth, mut parentheses, mut lowest) = (0_i64, 0_i64, 0_i64);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let first = start + (line.len() - line.trim_start().len());
        lines.push(Line {
            start,
            first,
            braces: braces.len(),
        });
        let body = line.trim();
        if body.starts_with('>') && !body.starts_with(">=") {
            mark(prepared, first, QUOTE);
        } else {
            let mut at = first;
            let end = start + line.trim_end().len();
            while at < end {
                match text.as_bytes().get(at) {
                    Some(b'#') => break,
                    Some(b'"') => at = string(text, at, end, prepared, diagnostics, &mut repaired),
                    Some(b'{') => {
                        depth += 1;
                        braces.push(Brace { at, opens: true });
                    }
                    Some(b'}') => {
                        depth -= 1;
                        braces.push(Brace { at, opens: false });
                    }
                    Some(b'(') => parentheses += 1,
                    Some(b')') => parentheses = (parentheses - 1).max(0),
                    _ => {}
                }
                if depth + parentheses > MOST_DEEP as i64 {
                    let wrong = Diagnostic::new(Code::TOO_DEEP, place(at, at + 1));
                    diagnostics.push(wrong.with("most", MOST_DEEP));
                    return None;
                }
                lowest = lowest.min(depth);
                at += 1;
            }
            // A parenthesis does not outlive the braces that it stands in.
            if braces.len() > lines.last().map_or(0, |l| l.braces) {
                parentheses = 0;
            }
        }
        start += line.len();
    }
    if depth != 0 || lowest < 0 {
        rebalance(text, &lines, &braces, prepared, diagnostics, &mut repaired);
    }
    Some(repaired)
}

fn mark(prepared: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = prepared.get_mut(at) {
        *place = byte;
    }
}

/// The last byte of the text that begins at `at`; a text that does not end on its line ends before a last `{`.
fn string(
    text: &str,
    at: usize,
    end: usize,
    prepared: &mut [u8],
    diagnostics: &mut Vec<Diagnostic>,
    repaired: &mut Vec<Span>,
) -> usize {
    let rest = text.get(at + 1..end).unwrap_or_default();
    if let Some(length) = rest.find('"') {
        return at + 1 + length;
    }
    let length = rest.strip_suffix('{').map_or(rest.len(), str::len);
    mark(prepared, at, OPEN_TEXT);
    let span = place(
        at,
        at + 1 + rest.get(..length).unwrap_or_default().trim_end().len(),
    );
    diagnostics.push(Diagnostic::new(Code::UNTERMINATED_TEXT, span));
    repaired.push(span);
    at + length
}

/// Finds the blocks that are not closed and the closers that close nothing, by the indentation of the lines.
fn rebalance(
    text: &str,
    lines: &[Line],
    braces: &[Brace],
    prepared: &mut [u8],
    diagnostics: &mut Vec<Diagnostic>,
    repaired: &mut Vec<Span>,
) {
    let mut open: Vec<Open> = Vec::new();
    let unclosed = |open: Open, diagnostics: &mut Vec<Diagnostic>, repaired: &mut Vec<Span>| {
        let (span, name) = header(text, open.at);
        diagnostics.push(Diagnostic::new(Code::UNCLOSED_BLOCK, span).with("name", name));
        repaired.push(span);
    };
    for (i, line) in lines.iter().enumerate() {
        let indent = line.first - line.start;
        let blank = text
            .get(line.first..)
            .is_none_or(|rest| rest.starts_with(['#', '\n']) || rest.is_empty());
        let closes = text.as_bytes().get(line.first) == Some(&b'}');
        if !blank {
            // What stands as far left as the head of a block, or further, is no longer in it.
            let mut room = line.first;
            while let Some(top) = open.last().copied() {
                let ended = top.indent > indent || (top.indent == indent && !closes);
                if !ended {
                    break;
                }
                open.pop();
                unclosed(top, diagnostics, repaired);
                room = close_before(prepared, room);
            }
        }
        // A closer further in than the head of the innermost block closes nothing.
        let stray = closes && open.last().is_some_and(|top| top.indent < indent);
        let after = lines.get(i + 1).map_or(braces.len(), |next| next.braces);
        for brace in braces.get(line.braces..after).unwrap_or_default() {
            if brace.opens {
                open.push(Open {
                    at: brace.at,
                    indent,
                });
            } else if (stray && brace.at == line.first) || open.pop().is_none() {
                mark(prepared, brace.at, b' ');
                diagnostics.push(Diagnostic::new(
                    Code::STRAY_CLOSE,
                    place(brace.at, brace.at + 1),
                ));
            }
        }
    }
    // The grammar closes at the end of the file whatever is open there.
    for top in open.into_iter().rev() {
        unclosed(top, diagnostics, repaired);
    }
}

/// Turns the nearest white space before `at` into a closer, and says where it is.
fn close_before(prepared: &mut [u8], at: usize) -> usize {
    let before = prepared.get(..at).unwrap_or_default();
    match before
        .iter()
        .rposition(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r'))
    {
        Some(space) if space + 1 == at => {
            mark(prepared, space, CLOSE);
            space
        }
        _ => at,
    }
}

/// The head of the block that opens at `at`: the rest of its line before the brace, and its first word.
fn header(text: &str, at: usize) -> (Span, &str) {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind(['\n', '{', '}']).map_or(0, |i| i + 1);
    let head = before.get(start..).unwrap_or_default();
    let trimmed = head.trim();
    let from = start + (head.len() - head.trim_start().len());
    let name = trimmed.split_whitespace().next().unwrap_or("{");
    (place(from, (from + trimmed.len()).max(at + 1)), name)
}
