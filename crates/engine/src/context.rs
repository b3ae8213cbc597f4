//! What a decision may look at besides the case: the moment, the region's placements, the convenant's life, other cases.

use convenant_lang::model::{CriterionId, SchemeId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Ledger, Life, Moment};

/// The surroundings of a command; everything is an input, nothing is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The moment of the command.
    pub now: Moment,
    /// The region's placements.
    pub ledger: &'a Ledger,
    /// The convenant's own life.
    pub life: &'a Life,
    /// Earlier refusals of the same client in this region; only looked at when a case is opened.
    pub refusals: &'a [PriorRefusal],
}

/// An earlier case of the same client that ended in a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorRefusal {
    /// Under which scheme.
    pub scheme: SchemeId,
    /// On which day.
    pub on: Date,
    /// The clauses that decided.
    pub criteria: Vec<CriterionId>,
}
