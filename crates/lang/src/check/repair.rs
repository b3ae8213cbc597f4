//! A mistake in the head of a block: the head is put right for the parser, so that what stands in the block is still read.
//!
//! Input: damaged text that opens a block, and what is wrong with it. Output: the text with another head of the same length, or none.
//! Invariants: no byte behind the head moves; the new head stands only for finding other mistakes, so nothing is said about it.

use crate::diagnostic::{Arg, Diagnostic};
use crate::lower::Bad;
use crate::model::Span;
use crate::syntax;

/// Heads nest at most this deep (file, scheme, handover, step, decision), and each round puts one level right.
pub(super) const ROUNDS: usize = 6;

/// Heads that say the least that a block needs; `ǁ` stands for a name that no file has.
const LEAST: [(&str, &str); 11] = [
    ("convenant", "convenant \"\""),
    ("regeling", "regeling ǁ"),
    ("criterium", "criterium ǁ"),
    ("uitsluiting", "uitsluiting ǁ"),
    ("stap", "stap ǁ"),
    ("besluit", "besluit ǁ door ǁ"),
    ("aanbod", "aanbod door ǁ antwoord door ǁ hoogstens 1"),
    ("melding", "melding ǁ"),
    ("rapport", "rapport ǁ"),
    ("overleg", "overleg ǁ"),
    ("commissie", "commissie ǁ"),
];

/// A head that was put right.
pub(super) struct Repair {
    /// The head as it stands in the file, up to and with its `{`.
    pub head: Span,
    /// What stands there instead: as long as what it replaces.
    text: String,
}

/// Puts the head of a damaged block right; `number` makes the names in it differ from those of other heads.
pub(super) fn repair(text: &str, bad: &Bad, wrong: &Diagnostic, number: usize) -> Option<Repair> {
    let start = bad.span.start as usize;
    let damaged = text.get(start..bad.span.end as usize)?;
    let brace = opening(damaged)?;
    let head = damaged.get(..brace)?;
    let after = text.get(start + brace + 1..)?;
    let space = after.len() - after.trim_start_matches([' ', '\n', '\r', '\t']).len();
    let room = brace + 1 + space;
    let at = (wrong.span.start as usize).checked_sub(start)?.min(brace);
    let before = syntax::read_with(text, bad.before, bad.span.start)?;
    let fits = |head: &String| {
        head.len() <= room && syntax::is_sound(bad.items, &format!("{before}{head}}}"))
    };
    let new = candidates(head, at, wrong, number).find(fits)?;
    let kept = text.get(start + new.len().max(brace + 1)..start + room)?;
    let blank = " ".repeat((brace + 1).saturating_sub(new.len()));
    Some(Repair {
        head: span(start, start + brace + 1),
        text: format!("{new}{blank}{kept}"),
    })
}

impl Repair {
    /// Writes the new head over the old one.
    pub fn apply(&self, text: &mut String) {
        let start = self.head.start as usize;
        text.replace_range(start..start + self.text.len(), &self.text);
    }
}

/// What the head may have been meant to be, the nearest to the text first; each ends with `{`.
fn candidates(
    head: &str,
    at: usize,
    wrong: &Diagnostic,
    number: usize,
) -> impl Iterator<Item = String> {
    let read = head.get(..at).unwrap_or_default();
    let rest = head.get(at..).unwrap_or_default();
    let length = (wrong.span.end - wrong.span.start) as usize;
    let arg = |wanted| wrong.args.iter().find(|(name, _)| *name == wanted);
    let near = match arg("near") {
        Some((_, Arg::Text(near))) => rest
            .get(length.min(rest.len())..)
            .map(|tail| format!("{read}{near}{tail}{{")),
        _ => None,
    };
    let straight = head
        .contains(['“', '”', '„', '«', '»'])
        .then(|| format!("{}{{", head.replace(['“', '”', '„', '«', '»'], "\"")));
    let shorter = format!("{}{{", read.trim_end());
    let keyword = head.split_whitespace().next().unwrap_or_default();
    let least = LEAST
        .iter()
        .find(|(word, _)| *word == keyword)
        .map(|(_, least)| format!("{}{{", least.replace('ǁ', &format!("ǁ{number}"))));
    near.into_iter()
        .chain(straight)
        .chain([shorter])
        .chain(least)
}

/// Where the block of a damaged clause opens: the first `{` that stands in no text.
fn opening(damaged: &str) -> Option<usize> {
    let mut in_text = false;
    damaged.char_indices().find_map(|(at, letter)| {
        if letter == '"' || (letter == '\n' && in_text) {
            in_text = !in_text;
        }
        (letter == '{' && !in_text).then_some(at)
    })
}

fn span(start: usize, end: usize) -> Span {
    let fit = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span {
        start: fit(start),
        end: fit(end),
    }
}
