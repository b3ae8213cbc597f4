//! `decide_life`: a command on the life of a convenant into events and effects, or a refusal.

use super::{Life, LifeCommand, LifeEvent};
use crate::{Actor, Decision, Moment, Program, Reason, Refusal};

/// What a command makes of the life of a convenant.
pub fn decide_life(
    _program: &Program,
    _life: &Life,
    _actor: &Actor,
    _command: &LifeCommand,
    _now: Moment,
) -> Result<Decision<LifeEvent>, Refusal> {
    Err(Refusal {
        reason: Reason::NotHere,
        clause: None,
    })
}
