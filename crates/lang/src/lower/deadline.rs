//! Deadlines: what they count from, in which direction, and whom they remind and tell.
//!
//! Input: a clause that holds `binnen …` or `uiterlijk …`. Output: a `Deadline`. Invariant: a name that could mean two things
//! is refused, with both places; what the step itself has comes before what another step has.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Anchor, Deadline, Duration, Ladder, Meta, Reminder, Reschedule, Rung, Span, Step, StepId, Type,
    Unit,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, read};

impl<'a> Lower<'a> {
    /// The deadline among the children of a clause, if there is one.
    pub(super) fn deadline_in(
        &mut self,
        clause: &Node<'a>,
        around: &Meta,
        scheme: usize,
        step: Option<StepId>,
    ) -> Option<Deadline> {
        let mut parts = clause.clone().into_inner();
        let node = parts.find(|part| matches!(part.as_rule(), Rule::within | Rule::backward))?;
        let own = read::meta(clause, around);
        let meta = read::meta(&node, &own);
        let backward = node.as_rule() == Rule::backward;
        let length = self.lasting(&node);
        let anchor = match node
            .clone()
            .into_inner()
            .find(|p| matches!(p.as_rule(), Rule::term_end | Rule::name))
        {
            None if step.is_none() => {
                let wrong = Diagnostic::new(Code::MISSING_CLAUSE, read::span(&node));
                self.report(wrong.with("name", "na").with("block", "termijn"));
                None
            }
            None => Some(Anchor::Entered),
            Some(part) if part.as_rule() == Rule::term_end => Some(Anchor::TermEnd),
            Some(name) => self.anchor(&name, scheme, step),
        };
        let mut deadline = Deadline {
            meta,
            length: length.unwrap_or(Duration {
                amount: 0,
                unit: Unit::Days,
            }),
            anchor: anchor.unwrap_or(Anchor::Entered),
            backward,
            calendar: None,
            aim: false,
            start_counts: false,
            ladder: Ladder::default(),
            reschedule: None,
        };
        let mut seen = Seen::default();
        let mut ladders = Vec::new();
        for part in self.clauses(node, Rule::deadline_items) {
            match part.as_rule() {
                Rule::duration | Rule::name | Rule::term_end => {}
                Rule::reminder | Rule::escalation => ladders.push(part),
                Rule::reschedule if self.first_time(&mut seen, &part) => {
                    deadline.reschedule = Some(self.reschedule(&part, &deadline.meta));
                }
                _ if !self.first_time(&mut seen, &part) => {}
                Rule::deadline_calendar => {
                    deadline.calendar =
                        read::child(&part, Rule::calendar_word).map(|w| read::calendar(w.as_str()));
                }
                Rule::aim => deadline.aim = true,
                Rule::start_counts => deadline.start_counts = true,
                _ => {}
            }
        }
        for ladder in ladders {
            self.ladder(&ladder, &deadline.meta, &mut deadline.ladder);
        }
        Some(deadline)
    }

    /// `verzetten met motivering door …`.
    pub(super) fn reschedule(&mut self, clause: &Node<'a>, around: &Meta) -> Reschedule {
        Reschedule {
            meta: read::meta(clause, around),
            by: self.whos_in(clause),
        }
    }

    /// The reminders and the escalation in the block of a clause.
    pub(super) fn ladder_of(&mut self, clause: &Node<'a>, around: &Meta) -> Ladder {
        let mut ladder = Ladder::default();
        let items = match clause.as_rule() {
            Rule::notice_period => Rule::reminder_items,
            _ => Rule::ladder_items,
        };
        for part in self.clauses(clause.clone(), items) {
            if matches!(part.as_rule(), Rule::reminder | Rule::escalation) {
                self.ladder(&part, around, &mut ladder);
            }
        }
        ladder
    }

    /// Reminders and escalation that stand loose in a step belong to its first deadline.
    pub(super) fn ladders(&mut self, clauses: Vec<Node<'a>>, step: &mut Step) {
        for clause in clauses {
            match step.deadlines.first_mut() {
                Some(Deadline { meta, ladder, .. }) => self.ladder(&clause, meta, ladder),
                None => self.missing_clause(read::span(&clause), "termijn", "stap", step.meta.span),
            }
        }
    }

    pub(super) fn ladder(&mut self, clause: &Node<'a>, around: &Meta, ladder: &mut Ladder) {
        let meta = read::meta(clause, around);
        if clause.as_rule() == Rule::reminder {
            let to = self.whos_in(clause);
            ladder
                .reminders
                .extend(
                    self.lasting(clause)
                        .map(|before| Reminder { meta, before, to }),
                );
            return;
        }
        if let Some(first) = ladder.escalation.first() {
            let first = first.meta.span;
            return self.duplicate_clause(meta.span, first, clause.as_str());
        }
        for part in clause.clone().into_inner() {
            let after = match part.as_rule() {
                Rule::unread => {
                    ladder.unread_after = self.recurring(&part);
                    continue;
                }
                Rule::rung => None,
                Rule::rung_after => match self.lasting(&part) {
                    None => continue,
                    after => after,
                },
                _ => continue,
            };
            let rung = Rung {
                meta: meta.clone(),
                after,
                to: self.whos_in(&part),
            };
            ladder.escalation.push(rung);
        }
    }

    fn anchor(&mut self, name: &Node<'a>, scheme: usize, step: Option<StepId>) -> Option<Anchor> {
        let word = read::bare(name);
        if word == "opening" {
            return Some(Anchor::CaseOpened);
        }
        let mut found = self.anchors(word, scheme, step);
        if found.len() > 1 && step.is_some() {
            let here: Vec<_> = found
                .iter()
                .copied()
                .filter(|(anchor, _)| stands_in(*anchor, step))
                .collect();
            if !here.is_empty() {
                found = here;
            }
        }
        match found.as_slice() {
            [(anchor, _)] => Some(*anchor),
            [(_, first), (_, second), ..] => {
                let wrong =
                    Diagnostic::new(Code::AMBIGUOUS_NAME, read::span(name)).with("name", word);
                self.report(wrong.and(*first, "rel-one").and(*second, "rel-other"));
                None
            }
            [] => {
                self.unknown_anchor(name, scheme);
                None
            }
        }
    }

    /// Everything of this name that a deadline can count from.
    fn anchors(&self, word: &str, scheme: usize, step: Option<StepId>) -> Vec<(Anchor, Span)> {
        let mut found = Vec::new();
        let Some(names) = self.schemes.get(scheme) else {
            return found;
        };
        if let Some((step, place)) = names.steps.get(word) {
            found.push((Anchor::StepDone(*step), *place));
        }
        for (step, task, place) in names.tasks.get(word).into_iter().flatten() {
            found.push((Anchor::TaskDone(*step, *task), *place));
        }
        let taken = |(at, exit, place): &(Option<StepId>, _, Span)| {
            at.map(|at| (Anchor::ExitTaken(at, *exit), *place))
        };
        found.extend(
            names
                .exits
                .get(word)
                .into_iter()
                .flatten()
                .filter_map(taken),
        );
        if let Some((fact, place)) = self.names.facts.get(word)
            && self.types.get(fact.index()) == Some(&Type::Date)
        {
            found.push((Anchor::Fact(*fact), *place));
        }
        // The exits without a name of their own give way to whatever the file names so.
        if found.is_empty() {
            found.extend(
                names
                    .built_in
                    .get(word)
                    .into_iter()
                    .flatten()
                    .filter_map(taken),
            );
        }
        // A step does not wait for itself to be done.
        found
            .retain(|(anchor, _)| !matches!(anchor, Anchor::StepDone(done) if Some(*done) == step));
        found
    }

    fn unknown_anchor(&mut self, name: &Node<'a>, scheme: usize) {
        let word = read::bare(name);
        if self.names.facts.contains_key(word) {
            // A fact of another type: say so instead of 'unknown'.
            self.fact_that(name, |kind| *kind == Type::Date, "w-date");
            return;
        }
        let Some(names) = self.schemes.get(scheme) else {
            return;
        };
        let dates = |(name, (fact, _)): (&&'a str, &(crate::model::FactId, Span))| {
            (self.types.get(fact.index()) == Some(&Type::Date)).then_some(*name)
        };
        let known: Vec<&str> = names
            .steps
            .keys()
            .chain(names.tasks.keys())
            .chain(names.exits.keys())
            .copied()
            .chain(names.built_in.keys().copied())
            .chain(self.names.facts.iter().filter_map(dates))
            .collect();
        self.unknown_name(Code::UNKNOWN_ANCHOR, name, known.into_iter());
    }
}

/// Whether the anchor is something of this step.
fn stands_in(anchor: Anchor, step: Option<StepId>) -> bool {
    match anchor {
        Anchor::TaskDone(at, _) | Anchor::ExitTaken(at, _) => Some(at) == step,
        _ => false,
    }
}
