//! The names of a file: declared once, looked up through maps, with the nearest spelling when they are not found.
//!
//! Input: names with their places. Output: ids, or a diagnostic. Invariant: every lookup is O(1); a nearest spelling is
//! looked for only on a mistake, and only as often as keeps a file full of mistakes linear.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    BodyId, EndId, EvidenceId, ExitId, FactId, PartyId, RoleId, SchemeId, Span, StepId, Target,
    TaskId, Who,
};
use crate::nearest::nearest;
use crate::syntax::{Node, Rule};

use super::{Lower, NOBODY, read};

/// Words that may not name a fact, a role or a body: a condition or a list could not be told from them.
pub(super) const IN_CONDITIONS: &[&str] = &[
    "aanname", "artikel", "bekend", "onbekend", "en", "of", "niet", "tenzij", "in", "is", "ja",
    "nee", "leeftijd", "oordeel", "vandaag",
];

/// Words that may not name a step, a task, an act or a decision: deadlines and notices mean something else by them.
pub(super) const OF_EVENTS: &[&str] = &[
    "opening",
    "herinnering",
    "overschrijding",
    "correctie",
    "afwijking",
    "opschorting",
    "verlenging",
    "stap",
    "taak",
    "einde",
];

/// A map from names to what they mean and where that is said.
pub(super) type Map<'a, T> = HashMap<&'a str, (T, Span)>;

/// The names of the whole file.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub parties: Map<'a, PartyId>,
    pub whos: Map<'a, Who>,
    pub facts: Map<'a, FactId>,
    pub home_facts: Map<'a, FactId>,
    pub evidence: Map<'a, EvidenceId>,
    pub schemes: Map<'a, SchemeId>,
    pub attributes: HashMap<&'a str, Span>,
    pub notices: Map<'a, ()>,
    pub oversight: Map<'a, ()>,
}

/// An exit, the step that it leads out of (none for `altijd`), and where it is named.
pub(super) type Taken = (Option<StepId>, ExitId, Span);

/// The names in the handover of one scheme.
#[derive(Default)]
pub(super) struct SchemeNames<'a> {
    pub steps: Map<'a, StepId>,
    pub ends: Map<'a, EndId>,
    pub tasks: HashMap<&'a str, Vec<(StepId, TaskId, Span)>>,
    /// Exits that the file names.
    pub exits: HashMap<&'a str, Vec<Taken>>,
    /// Exits without a name of their own: `toewijzing`, `doelgroep`, `aanbod`, `omslag`, `mislukt`.
    pub built_in: HashMap<&'static str, Vec<Taken>>,
}

impl<'a> Lower<'a> {
    /// The next id, for a list that already has `len` items.
    pub(super) fn next_id(&mut self, len: usize, place: Span) -> u16 {
        match u16::try_from(len) {
            Ok(id) if id < u16::MAX => id,
            // Said once: at the first that has no number.
            _ => {
                if len == usize::from(u16::MAX) {
                    self.report(Diagnostic::new(Code::TOO_MANY, place).with("most", len));
                }
                u16::MAX
            }
        }
    }

    /// Declares a name; a second one is refused and the first stays.
    pub(super) fn declare<T: Copy>(&mut self, map: &mut Map<'a, T>, node: &Node<'a>, meaning: T) {
        let (name, place) = (read::bare(node), read::span(node));
        match map.get(name) {
            None => {
                map.insert(name, (meaning, place));
            }
            Some((_, first)) => {
                let first = *first;
                self.duplicate_name(name, place, first);
            }
        }
    }

    /// Refuses a name that the language needs itself.
    pub(super) fn not_reserved(&mut self, node: &Node<'a>, words: &[&str]) {
        if words.contains(&node.as_str()) {
            let wrong = Diagnostic::new(Code::RESERVED_NAME, read::span(node));
            self.report(wrong.with("name", node.as_str()));
        }
    }

    pub(super) fn duplicate_name(&mut self, name: &str, place: Span, first: Span) {
        self.report(
            Diagnostic::new(Code::DUPLICATE_NAME, place)
                .with("name", name)
                .and(first, "rel-first"),
        );
    }

    /// Reports a name that means nothing, with the nearest spelling among `known`.
    pub(super) fn unknown_name<'n>(
        &mut self,
        code: Code,
        node: &Node<'a>,
        known: impl ExactSizeIterator<Item = &'n str>,
    ) {
        let name = read::bare(node);
        let near = match self.comparisons.checked_sub(known.len() + 1) {
            Some(left) => {
                self.comparisons = left;
                nearest(name, known).map(str::to_owned)
            }
            None => None,
        };
        self.unknown.push((self.diagnostics.len(), name.to_owned()));
        let diagnostic = Diagnostic::new(code, read::span(node)).with("name", name);
        self.report(diagnostic.with_some("near", near));
    }

    /// Looks a name up in a map of the file.
    pub(super) fn find<T: Copy>(
        &mut self,
        map: impl for<'n> Fn(&'n Names<'a>) -> &'n Map<'a, T>,
        code: Code,
        node: &Node<'a>,
    ) -> Option<T> {
        if let Some((meaning, _)) = map(&self.names).get(read::bare(node)) {
            return Some(*meaning);
        }
        let known: Vec<&'a str> = map(&self.names).keys().copied().collect();
        self.unknown_name(code, node, known.into_iter());
        None
    }

    pub(super) fn party(&mut self, node: &Node<'a>) -> Option<PartyId> {
        self.find(|names| &names.parties, Code::UNKNOWN_PARTY, node)
    }

    pub(super) fn fact(&mut self, node: &Node<'a>) -> Option<FactId> {
        match node.as_rule() {
            Rule::of_home | Rule::of_case => self.matched_fact(node),
            _ => self.find(|names| &names.facts, Code::UNKNOWN_FACT, node),
        }
    }

    pub(super) fn evidence_id(&mut self, node: &Node<'a>) -> Option<EvidenceId> {
        self.find(|names| &names.evidence, Code::UNKNOWN_EVIDENCE, node)
    }

    pub(super) fn scheme_id(&mut self, node: &Node<'a>) -> Option<SchemeId> {
        self.find(|names| &names.schemes, Code::UNKNOWN_SCHEME, node)
    }

    /// A role or a body, by a `who` node.
    pub(super) fn who(&mut self, node: &Node<'a>) -> Who {
        let Some(label) = read::labels(node).next() else {
            return NOBODY;
        };
        let name = read::bare(&label);
        if !self.names.whos.contains_key(name) && self.names.parties.contains_key(name) {
            self.report(
                Diagnostic::new(Code::PARTY_AS_ROLE, read::span(&label)).with("name", name),
            );
            return NOBODY;
        }
        self.find(|names| &names.whos, Code::UNKNOWN_WHO, &label)
            .unwrap_or(NOBODY)
    }

    /// The roles and bodies of a `whos` node.
    pub(super) fn whos(&mut self, node: Node<'a>) -> Vec<Who> {
        node.into_inner().map(|who| self.who(&who)).collect()
    }

    /// A body, by a `who` node.
    pub(super) fn body_id(&mut self, node: &Node<'a>) -> Option<BodyId> {
        let label = read::labels(node).next()?;
        match self.names.whos.get(read::bare(&label)) {
            Some((Who::Body(body), _)) => Some(*body),
            _ => {
                let is_body = |(name, (who, _)): (&&'a str, &(Who, Span))| {
                    matches!(who, Who::Body(_)).then_some(*name)
                };
                let known: Vec<&'a str> = self.names.whos.iter().filter_map(is_body).collect();
                self.unknown_name(Code::UNKNOWN_BODY, &label, known.into_iter());
                None
            }
        }
    }

    /// A role, when it is one.
    pub(super) fn role_named(&self, name: &str) -> Option<RoleId> {
        match self.names.whos.get(name) {
            Some((Who::Role(role), _)) => Some(*role),
            _ => None,
        }
    }

    /// A step or an end of a scheme, by the `target` child of a clause; `Stay` when it is not found.
    pub(super) fn target(&mut self, clause: &Node<'a>, scheme: usize) -> Target {
        let Some(name) = read::child(clause, Rule::target).and_then(|t| read::name(&t)) else {
            return Target::Stay;
        };
        self.target_named(&name, scheme, true)
            .unwrap_or(Target::Stay)
    }

    /// A step or an end of a scheme, by name; with `required` an unknown one is reported.
    pub(super) fn target_named(
        &mut self,
        name: &Node<'a>,
        scheme: usize,
        required: bool,
    ) -> Option<Target> {
        let names = self.schemes.get(scheme)?;
        let word = read::bare(name);
        let found = match (names.steps.get(word), names.ends.get(word)) {
            (Some((step, _)), _) => Some(Target::Step(*step)),
            (None, Some((end, _))) => Some(Target::End(*end)),
            (None, None) => None,
        };
        if found.is_none() && required {
            let known: Vec<&'a str> = names
                .steps
                .keys()
                .chain(names.ends.keys())
                .copied()
                .collect();
            self.unknown_name(Code::UNKNOWN_TARGET, name, known.into_iter());
        }
        found
    }

    /// A step of a scheme, by name.
    pub(super) fn step_id(&mut self, name: &Node<'a>, scheme: usize) -> Option<StepId> {
        let names = self.schemes.get(scheme)?;
        if let Some((step, _)) = names.steps.get(read::bare(name)) {
            return Some(*step);
        }
        let known: Vec<&'a str> = names.steps.keys().copied().collect();
        self.unknown_name(Code::UNKNOWN_STEP, name, known.into_iter());
        None
    }
}
