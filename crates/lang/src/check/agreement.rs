//! What must hold of the agreement as a whole: steps that are reached and left, roles that are filled, shares that add up.
//!
//! Input: the model (complete, or built around text that was not understood) and the `Damage`. Output: diagnostics C05xx
//! (errors) and C06xx (warnings). Invariant: nothing is reported that may follow from damaged text.

use super::Damage;
use crate::diagnostic::Diagnostic;
use crate::model::Convenant;

/// Checks the agreement; `damage` says which clauses and names were not understood.
pub fn check(model: &Convenant, damage: &Damage, diagnostics: &mut Vec<Diagnostic>) {
    let _ = (model, damage, diagnostics);
}
