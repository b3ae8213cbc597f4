//! From the bytes of a file to its model, and what must hold of a whole agreement.
//!
//! Input: bytes. Output: `Checked`: every diagnostic, sorted by place, and the model when none of them is an error.
//! Invariant: a mistake is reported once; what follows from text that was not understood (`Damage`) is not reported.

mod agreement;
mod damage;

pub use damage::Damage;

use crate::diagnostic::{Diagnostic, Severity};
use crate::lower::{self, Bad};
use crate::model::{Convenant, Span};
use crate::source;
use crate::syntax::{self, Damaged};

/// What checking a file gives.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The model; present exactly when no diagnostic is an error.
    pub model: Option<Convenant>,
    /// Everything there is to say about the file, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a file: limits, characters, grammar, names, types, and the agreement as a whole.
pub fn check(source: &[u8]) -> Checked {
    let mut diagnostics = Vec::new();
    let model = understand(source, &mut diagnostics);
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end, d.code));
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    Checked {
        model: model.filter(|_| !failed),
        diagnostics,
    }
}

/// The model of a text, complete or not, and everything that is wrong with it.
fn understand(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<Convenant> {
    let source = source::read(bytes, diagnostics)?;
    let file = syntax::parse(&source.prepared)?;
    let mut lowered = lower::lower(file);
    let text = source.prepared.as_str();
    let mut damage: Vec<Span> = lowered.bad.iter().map(|bad| bad.span).collect();
    damage.extend(&source.repaired);
    let misread = Damage::new(text, damage.clone());
    let mut unknown = lowered.unknown.iter().peekable();
    for (i, diagnostic) in lowered.diagnostics.into_iter().enumerate() {
        // A name that is not found may be declared in text that was not understood.
        let excused = unknown
            .next_if(|(at, _)| *at == i)
            .is_some_and(|(_, name)| misread.mentions(name));
        damage.push(diagnostic.span);
        if !excused {
            diagnostics.push(diagnostic);
        }
    }
    report_bad(text, &mut lowered.bad, diagnostics);
    let damage = if damage.is_empty() {
        Damage::default()
    } else {
        Damage::new(text, damage)
    };
    agreement::check(&lowered.model, &damage, diagnostics);
    Some(lowered.model)
}

/// Reports what the grammar did not understand: each mistake once, not again for the lines that go on from it.
fn report_bad(text: &str, bad: &mut [Bad], diagnostics: &mut Vec<Diagnostic>) {
    bad.sort_by_key(|bad| bad.span.start);
    let mut last: Option<(Span, usize)> = None;
    for bad in bad {
        let column = indentation(text, bad.span.start as usize);
        let goes_on = last.is_some_and(|(before, indent)| {
            let between = text.get(before.end as usize..bad.span.start as usize);
            column > indent && between.is_some_and(|t| t.trim().is_empty())
        });
        if goes_on {
            last = last.map(|(_, indent)| (bad.span, indent));
            continue;
        }
        last = Some((bad.span, column));
        let damaged = Damaged {
            text,
            span: bad.span,
            items: bad.items,
            before: bad.before,
        };
        diagnostics.extend(syntax::diagnose(&damaged));
    }
}

/// How far the line of a place is indented; a line longer than a page is not looked back upon to its beginning.
fn indentation(text: &str, at: usize) -> usize {
    let before = text
        .as_bytes()
        .get(at.saturating_sub(500)..at)
        .unwrap_or_default();
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}
