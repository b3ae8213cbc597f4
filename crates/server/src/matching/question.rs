//! The question of a matching: which clients wait, which homes are free, and what is known of both.
//!
//! Input: cases and homes, in any order. Output: a `Question`, in canonical order. Invariants: the placements of the clients that wait
//! are taken out of the books, because they are what is being decided; facts are in the ids of the version that they are read under.

use std::collections::BTreeSet;

use convenant_engine::spread::{CaseRef, InForce};
use convenant_engine::{Case, Ledger, Place, Placement, Program};
use convenant_lang::model::{
    Convenant, Exit, ExitId, ExitKind, PartyId, SchemeId, Step, Target, Value,
};
use jiff::civil::Date;

/// A client that waits for a home.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Case number.
    pub name: String,
    /// Under which program: position in `Question::programs`.
    pub program: usize,
    /// Scheme.
    pub scheme: SchemeId,
    /// Facts by `FactId`; a shorter list means unknown.
    pub facts: Vec<Option<Value>>,
    /// The party of each kind to which the case is assigned.
    pub parties: [Option<PartyId>; 6],
    /// The placement that the case has already, as the books know it.
    pub placement: Option<(CaseRef, Placement)>,
    /// Since when it waits.
    pub since: Date,
    /// When the term of the case ends.
    pub ends: Option<Date>,
    /// Homes that the client has refused, by name.
    pub refused: BTreeSet<String>,
}

/// A home that is free.
#[derive(Debug, Clone)]
pub struct Free {
    /// What it is called: its number.
    pub name: String,
    /// Its facts, read under each program of the question.
    pub facts: Vec<Vec<Option<Value>>>,
}

/// Everything that a matching depends on.
pub struct Question<'a> {
    /// The program of the region first, then those of cases that run under another version.
    pub programs: Vec<&'a Program>,
    /// The placements, in the ids of each program.
    pub ledgers: Vec<Ledger>,
    /// The convenant's own term; none when it is not in force.
    pub in_force: Option<InForce>,
    /// Whether a party of a program is a member as far as the convenant's own life goes.
    pub member: &'a dyn Fn(usize, PartyId) -> bool,
    /// The day.
    pub on: Date,
    /// Clients, by name.
    pub clients: Vec<Waiting>,
    /// Homes, by name.
    pub homes: Vec<Free>,
}

impl Question<'_> {
    /// Puts clients and homes in canonical order, and takes the placements of the clients out of the books.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        // Numbers by size, whatever their number of digits.
        self.clients
            .sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
        self.homes
            .sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
        for client in &self.clients {
            if let Some((case, _)) = &client.placement {
                for ledger in &mut self.ledgers {
                    ledger.withdraw(*case);
                }
            }
        }
        self
    }
}

/// Whether a client waits for a home: the case is in a step in which a home is offered and none is waiting for its answer; or, where the
/// scheme offers none, in the step that follows the allocation.
pub fn waits(model: &Convenant, case: &Case) -> bool {
    let (Some(scheme), Place::Step(step)) = (case.scheme, case.place) else {
        return false;
    };
    let steps = model
        .schemes
        .get(scheme.index())
        .map(|s| s.handover.steps.as_slice())
        .unwrap_or_default();
    let here = steps.get(step.index());
    if steps.iter().any(|step| offer_of(step).is_some()) {
        return here.is_some_and(|here| offer_of(here).is_some()) && case.offers.open.is_none();
    }
    let leads_here = |exit: &Exit| matches!(exit.kind, ExitKind::Allocate { to, .. } if to == Target::Step(step));
    case.placement.is_some() && steps.iter().flat_map(|s| &s.exits).any(leads_here)
}

/// The exit by which a step offers a home.
pub fn offer_of(step: &Step) -> Option<(ExitId, &convenant_lang::model::Offer)> {
    let mut exits = (0u16..).map(ExitId).zip(&step.exits);
    exits.find_map(|(id, exit)| match &exit.kind {
        ExitKind::Offer(offer) => Some((id, offer)),
        _ => None,
    })
}
