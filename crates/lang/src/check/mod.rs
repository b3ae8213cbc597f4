//! From the bytes of a file to its model, and what must hold of a whole agreement.
//!
//! Input: bytes. Output: `Checked`: every diagnostic, sorted by place, and the model when none of them is an error.
//! Invariant: a mistake is reported once; what follows from text that was not understood (`Damage`) is not reported.

mod agreement;
mod damage;

pub use damage::Damage;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::model::{Convenant, Span};
use crate::{lower, source, syntax};

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
    let lowered = lower::lower(file);
    let text = source.prepared.as_str();
    let mut damage: Vec<Span> = lowered.bad.iter().map(|bad| bad.span).collect();
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
    for bad in &lowered.bad {
        diagnostics.push(
            Diagnostic::new(Code::UNEXPECTED, bad.span).with(
                "found",
                text.get(bad.span.start as usize..bad.span.end as usize)
                    .unwrap_or_default(),
            ),
        );
    }
    let damage = if damage.is_empty() {
        Damage::default()
    } else {
        Damage::new(text, damage)
    };
    agreement::check(&lowered.model, &damage, diagnostics);
    Some(lowered.model)
}
