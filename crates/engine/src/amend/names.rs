//! What belongs together in two versions: by name, and where the file gives none, by what it is.

use convenant_lang::model::{
    Anchor, Convenant, Deadline, Exit, ExitKind, Handover, PartyKind, Step, StepId,
};

use super::translation::Marks;

/// The position in the new list of what is the same as each item of the old list; the second that is the same belongs to the second.
pub(super) fn pair<A, B>(old: &[A], new: &[B], same: impl Fn(&A, &B) -> bool) -> Vec<Option<u16>> {
    let mut taken = vec![false; new.len()];
    let mut found = Vec::new();
    for item in old {
        let position = new
            .iter()
            .zip(&taken)
            .position(|(other, taken)| !taken && same(item, other));
        if let Some(slot) = position.and_then(|position| taken.get_mut(position)) {
            *slot = true;
        }
        found.push(position.and_then(|position| u16::try_from(position).ok()));
    }
    found
}

/// What tells an exit from the others of its step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExitName<'a> {
    Done,
    Eligibility,
    Decision(&'a str),
    Act(&'a str),
    Allocate(PartyKind),
    Offer,
    After,
    On,
}

fn exit_name(exit: &Exit) -> ExitName<'_> {
    match &exit.kind {
        ExitKind::Done(_) => ExitName::Done,
        ExitKind::Eligibility { .. } => ExitName::Eligibility,
        ExitKind::Decision { name, .. } => ExitName::Decision(name),
        ExitKind::Act { name, .. } => ExitName::Act(name),
        ExitKind::Allocate { kind, .. } => ExitName::Allocate(*kind),
        ExitKind::Offer(_) => ExitName::Offer,
        ExitKind::After(..) => ExitName::After,
        ExitKind::On(..) => ExitName::On,
    }
}

/// Whether two exits are the same one.
pub(super) fn same_exit(old: &Exit, new: &Exit) -> bool {
    exit_name(old) == exit_name(new)
}

/// The outcomes of an exit in those of the other version; of eligibility they are the same two.
pub(super) fn outcomes(old: &Exit, new: &Exit) -> Vec<Option<u16>> {
    match (&old.kind, &new.kind) {
        (ExitKind::Decision { outcomes: old, .. }, ExitKind::Decision { outcomes: new, .. }) => {
            pair(old, new, |a, b| a.name == b.name)
        }
        (ExitKind::Eligibility { .. }, ExitKind::Eligibility { .. }) => vec![Some(0), Some(1)],
        _ => Vec::new(),
    }
}

/// A version of a scheme, to say what a deadline counts from in words that both versions share.
#[derive(Clone, Copy)]
pub(super) struct Wording<'a> {
    pub model: &'a Convenant,
    pub handover: &'a Handover,
}

/// What a deadline counts from, in names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AnchorName<'a> {
    Entered,
    StepDone(&'a str),
    TaskDone(&'a str, &'a str),
    ExitTaken(&'a str, ExitName<'a>),
    Fact(&'a str),
    CaseOpened,
    TermEnd,
    Unknown,
}

impl<'a> Wording<'a> {
    fn step(self, step: StepId) -> Option<&'a Step> {
        self.handover.steps.get(step.index())
    }

    pub fn anchor(self, anchor: Anchor) -> AnchorName<'a> {
        let found = match anchor {
            Anchor::Entered => Some(AnchorName::Entered),
            Anchor::CaseOpened => Some(AnchorName::CaseOpened),
            Anchor::TermEnd => Some(AnchorName::TermEnd),
            Anchor::StepDone(step) => self.step(step).map(|s| AnchorName::StepDone(&s.name)),
            Anchor::TaskDone(step, task) => self.step(step).and_then(|step| {
                let task = step.tasks.get(task.index())?;
                Some(AnchorName::TaskDone(&step.name, &task.name))
            }),
            Anchor::ExitTaken(step, exit) => self.step(step).and_then(|step| {
                let exit = step.exits.get(exit.index())?;
                Some(AnchorName::ExitTaken(&step.name, exit_name(exit)))
            }),
            Anchor::Fact(fact) => {
                let fact = self.model.facts.get(fact.index());
                fact.map(|fact| AnchorName::Fact(&fact.name))
            }
        };
        found.unwrap_or(AnchorName::Unknown)
    }
}

/// Deadlines that are the same: the main one of a step is the main one, the others count from the same thing in the same direction.
pub(super) fn same_deadlines(
    (old, old_in): (&[Deadline], Wording<'_>),
    (new, new_in): (&[Deadline], Wording<'_>),
    with_main: bool,
) -> Vec<Option<u16>> {
    let same = |a: &Deadline, b: &Deadline| {
        a.backward == b.backward && old_in.anchor(a.anchor) == new_in.anchor(b.anchor)
    };
    match (with_main, old, new) {
        (true, [_, old @ ..], [_, new @ ..]) => {
            let rest = pair(old, new, same);
            let shifted = rest.into_iter().map(|to| to.map(|to| to.saturating_add(1)));
            std::iter::once(Some(0)).chain(shifted).collect()
        }
        _ => pair(old, new, same),
    }
}

/// Reminders and rungs that come at the same distance.
pub(super) fn marks(old: &Deadline, new: &Deadline) -> Marks {
    Marks {
        reminders: pair(&old.ladder.reminders, &new.ladder.reminders, |a, b| {
            a.before == b.before
        }),
        rungs: pair(&old.ladder.escalation, &new.ladder.escalation, |a, b| {
            a.after == b.after
        }),
    }
}
