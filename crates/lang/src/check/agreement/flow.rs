//! The handover as a graph: which steps can be entered, which lead to an end, what can have happened before what.
//!
//! Input: a handover. Output: `Flow`, asked by the other checks. Invariant: conditions are ignored, so a path that is
//! not here can never be taken, and a path that is here may still be closed to a given client.

use crate::check::Damage;
use crate::model::{
    AtEnd, Convenant, ExitId, ExitKind, Handover, Step, StepId, Target, Transition,
};

/// Reachability within one handover.
pub(super) struct Flow {
    /// Steps to which each step leads by its own exits or by an act that is always possible.
    next: Vec<Vec<usize>>,
    /// Steps that a case can enter.
    reached: Vec<bool>,
    /// Ends at which a case can arrive.
    ended: Vec<bool>,
    /// Steps from which an end can be reached by the exits of steps alone.
    finishes: Vec<bool>,
    /// Steps with damaged text: they may lead anywhere.
    damaged: Vec<bool>,
}

impl Flow {
    /// Reads the graph of the scheme at `index`. A step whose name stands in damaged text may be entered from there; a step
    /// with damaged text may lead to an end.
    pub(super) fn of(
        model: &Convenant,
        damage: &Damage,
        index: usize,
        handover: &Handover,
    ) -> Flow {
        let count = handover.steps.len();
        let always: Vec<Target> = handover
            .always
            .iter()
            .flat_map(|exit| targets(&exit.kind))
            .collect();
        let mut next = Vec::with_capacity(count);
        let mut own = Vec::with_capacity(count);
        for step in &handover.steps {
            own.push(exits_of(step));
            let mut to: Vec<usize> = own
                .last()
                .into_iter()
                .flatten()
                .chain(&always)
                .filter_map(|t| step_of(*t))
                .collect();
            to.sort_unstable();
            to.dedup();
            next.push(to);
        }

        let outside = from_outside(model, index);
        let mut reached = vec![false; count];
        let start = outside
            .iter()
            .filter_map(|t| step_of(*t))
            .chain(steps_where(handover, |s| damage.mentions(&s.name)))
            .chain([handover.start.index()]);
        flood(&next, start, &mut reached);

        let mut ended = vec![false; handover.ends.len()];
        let arrivals = own
            .iter()
            .zip(&reached)
            .filter(|(_, reached)| **reached)
            .flat_map(|(to, _)| to)
            .chain(&always)
            .chain(&outside);
        for target in arrivals {
            if let Target::End(end) = target
                && let Some(slot) = ended.get_mut(end.index())
            {
                *slot = true;
            }
        }

        let damaged: Vec<bool> = handover
            .steps
            .iter()
            .map(|s| damage.touches(s.meta.span))
            .collect();
        Flow {
            damaged,
            finishes: finishing(
                &own,
                steps_where(handover, |s| damage.touches(s.meta.span)).collect(),
            ),
            next,
            reached,
            ended,
        }
    }

    /// Whether a case can enter the step.
    pub(super) fn reached(&self, step: usize) -> bool {
        self.reached.get(step).copied().unwrap_or(false)
    }

    /// Whether a case can arrive at the end.
    pub(super) fn ended(&self, end: usize) -> bool {
        self.ended.get(end).copied().unwrap_or(false)
    }

    /// Whether an end can be reached from the step without an act that is always possible.
    pub(super) fn finishes(&self, step: usize) -> bool {
        self.finishes.get(step).copied().unwrap_or(false)
    }

    /// Whether a case that is in `from` can enter `to` later on (also `from` itself, by way of a loop).
    pub(super) fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.next.len()];
        let first = self.next.get(from).into_iter().flatten().copied();
        flood(&self.next, first, &mut seen);
        let anywhere = |step: usize| self.damaged.get(step).copied().unwrap_or(false);
        anywhere(from)
            || seen.get(to).copied().unwrap_or(false)
            || seen
                .iter()
                .enumerate()
                .any(|(step, seen)| *seen && anywhere(step))
    }

    /// Whether the exit can have been taken, in the step `from`, before a moment at which the case is in `to`.
    pub(super) fn taken_before(
        &self,
        handover: &Handover,
        from: StepId,
        exit: ExitId,
        to: usize,
    ) -> bool {
        let Some(exit) = handover
            .steps
            .get(from.index())
            .and_then(|s| s.exits.get(exit.index()))
        else {
            return false;
        };
        self.reached(from.index())
            && targets(&exit.kind).into_iter().any(|target| match target {
                Target::Step(step) => step.index() == to || self.leads(step.index(), to),
                Target::Stay => from.index() == to || self.leads(from.index(), to),
                Target::End(_) => false,
            })
    }
}

/// Where an exit can lead, in the order of the file.
pub(super) fn targets(kind: &ExitKind) -> Vec<Target> {
    match kind {
        ExitKind::Done(to)
        | ExitKind::After(_, to)
        | ExitKind::On(_, to)
        | ExitKind::Act { to, .. }
        | ExitKind::Allocate { to, .. } => vec![*to],
        ExitKind::Eligibility {
            met,
            unmet,
            unknown,
        } => [Some(*met), Some(*unmet), *unknown]
            .into_iter()
            .flatten()
            .collect(),
        ExitKind::Decision { outcomes, .. } => outcomes.iter().map(|o| o.to).collect(),
        ExitKind::Offer(offer) => vec![offer.accepted, offer.exhausted],
    }
}

fn exits_of(step: &Step) -> Vec<Target> {
    step.exits.iter().flat_map(|e| targets(&e.kind)).collect()
}

fn steps_where(handover: &Handover, fits: impl Fn(&Step) -> bool) -> impl Iterator<Item = usize> {
    handover
        .steps
        .iter()
        .enumerate()
        .filter(move |(_, step)| fits(step))
        .map(|(number, _)| number)
}

fn step_of(target: Target) -> Option<usize> {
    match target {
        Target::Step(step) => Some(step.index()),
        Target::End(_) | Target::Stay => None,
    }
}

/// Ways into a handover besides its start: the end of the term, and cases of the version before.
fn from_outside(model: &Convenant, scheme: usize) -> Vec<Target> {
    let mut to: Vec<Target> = match &model.term.at_end {
        AtEnd::Move(targets) => targets.get(scheme).copied().into_iter().collect(),
        AtEnd::Finish => Vec::new(),
    };
    if let Some(Transition { steps, .. }) = &model.transition {
        let own = steps.iter().filter(|(_, of, _)| of.index() == scheme);
        to.extend(own.map(|(.., target)| *target));
    }
    to
}

/// Marks everything that can be walked to from `start`, `start` included.
fn flood(next: &[Vec<usize>], start: impl Iterator<Item = usize>, seen: &mut [bool]) {
    let mut open: Vec<usize> = start.collect();
    while let Some(step) = open.pop() {
        match seen.get_mut(step) {
            Some(slot) if !*slot => *slot = true,
            _ => continue,
        }
        open.extend(next.get(step).into_iter().flatten());
    }
}

/// The steps from which an end can be reached: walked backwards from the ends and from the steps in `last`.
fn finishing(own: &[Vec<Target>], mut last: Vec<usize>) -> Vec<bool> {
    let mut before = vec![Vec::new(); own.len()];
    for (step, targets) in own.iter().enumerate() {
        for target in targets {
            match target {
                Target::Step(to) => {
                    if let Some(list) = before.get_mut(to.index()) {
                        list.push(step);
                    }
                }
                Target::End(_) => last.push(step),
                Target::Stay => {}
            }
        }
    }
    let mut seen = vec![false; own.len()];
    flood(&before, last.into_iter(), &mut seen);
    seen
}
