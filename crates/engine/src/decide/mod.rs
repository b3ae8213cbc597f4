//! `decide`: a command on a case into events and effects, or a refusal.

use crate::{Actor, Case, Command, Context, Decision, Program, Reason, Refusal};

/// What a command makes of a case. Changes nothing itself: the events are to be applied, the effects to be carried out.
pub fn decide(
    _program: &Program,
    _case: &Case,
    _actor: &Actor,
    _command: &Command,
    _context: &Context<'_>,
) -> Result<Decision, Refusal> {
    Err(Refusal {
        reason: Reason::NotHere,
        clause: None,
    })
}
