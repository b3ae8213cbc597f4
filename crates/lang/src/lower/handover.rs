//! The section `overdracht`: steps, ends, what is always possible.
//!
//! Input: its node. Output: `Handover`. Invariant: ids follow the order of the file; an exit that is wrong still takes its
//! number, so that what follows keeps its own.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Contract, End, EndId, EvidenceId, Exit, ExitId, ExitKind, Extension, Handover, Meta, Span,
    Step, StepEvaluation, StepId, Supply, Suspension, Target, Task, TaskId,
};
use crate::syntax::{Node, Rule};

use super::names::{OF_EVENTS, SchemeNames};
use super::{Lower, Seen, read};

impl<'a> Lower<'a> {
    /// Declares the names in a handover.
    pub(super) fn declare_handover(&mut self, section: Option<&Node<'a>>) -> SchemeNames<'a> {
        let mut names = SchemeNames::default();
        let Some(section) = section else { return names };
        let (mut steps, mut ends, mut always) = (0, 0, 0);
        for clause in section.clone().into_inner() {
            let Some(name) = read::name(&clause) else {
                continue;
            };
            match clause.as_rule() {
                Rule::step => {
                    let id = StepId(self.next_id(steps, read::span(&name)));
                    steps += 1;
                    self.not_reserved(&name, OF_EVENTS);
                    self.declare(&mut names.steps, &name, id);
                    self.declare_step(&clause, id, &mut names);
                }
                Rule::end => {
                    let id = EndId(self.next_id(ends, read::span(&name)));
                    ends += 1;
                    self.declare(&mut names.ends, &name, id);
                }
                Rule::always => {
                    let id = ExitId(self.next_id(always, read::span(&name)));
                    always += 1;
                    self.not_reserved(&name, OF_EVENTS);
                    let list = names.exits.entry(read::bare(&name)).or_default();
                    list.push((None, id, read::span(&name)));
                }
                _ => {}
            }
        }
        // A step and an end share the names after `->`.
        for (name, (_, place)) in &names.ends {
            if let Some((_, first)) = names.steps.get(name) {
                let (first, second) = if first.start < place.start {
                    (*first, *place)
                } else {
                    (*place, *first)
                };
                self.duplicate_name(name, second, first);
            }
        }
        names
    }

    fn declare_step(&mut self, step: &Node<'a>, id: StepId, names: &mut SchemeNames<'a>) {
        let (mut tasks, mut exits) = (0, 0);
        let mut taken: HashMap<&'a str, Span> = HashMap::new();
        for clause in step.clone().into_inner() {
            let rule = clause.as_rule();
            let name = if matches!(rule, Rule::task | Rule::act | Rule::decision) {
                read::name(&clause)
            } else {
                None
            };
            if let Some(name) = &name {
                let (word, place) = (read::bare(name), read::span(name));
                self.not_reserved(name, OF_EVENTS);
                match taken.get(word) {
                    Some(first) => self.duplicate_name(word, place, *first),
                    None => {
                        taken.insert(word, place);
                    }
                }
            }
            if rule == Rule::task {
                let task = TaskId(self.next_id(tasks, read::span(&clause)));
                tasks += 1;
                if let Some(name) = name {
                    names.tasks.entry(read::bare(&name)).or_default().push((
                        id,
                        task,
                        read::span(&name),
                    ));
                }
            } else if is_exit(rule) {
                let exit = ExitId(self.next_id(exits, read::span(&clause)));
                exits += 1;
                match name {
                    Some(name) => {
                        let list = names.exits.entry(read::bare(&name)).or_default();
                        list.push((Some(id), exit, read::span(&name)));
                    }
                    None => {
                        if let Some(word) = built_in_name(rule) {
                            let list = names.built_in.entry(word).or_default();
                            list.push((Some(id), exit, read::keyword(&clause)));
                        }
                    }
                }
            }
        }
    }

    pub(super) fn handover(&mut self, section: Node<'a>, around: &Meta, scheme: usize) -> Handover {
        let whole = read::keyword(&section);
        let mut handover = Handover {
            meta: read::meta(&section, around),
            start: StepId(u16::MAX),
            steps: Vec::new(),
            always: Vec::new(),
            ends: Vec::new(),
            deadlines: Vec::new(),
            reschedule: None,
        };
        let meta = handover.meta.clone();
        let mut seen = Seen::default();
        for clause in self.clauses(section, Rule::handover_items) {
            match clause.as_rule() {
                Rule::start if self.first_time(&mut seen, &clause) => {
                    let start = read::name(&clause).and_then(|name| self.step_id(&name, scheme));
                    handover.start = start.unwrap_or(StepId(u16::MAX));
                }
                Rule::step => {
                    let id = StepId(u16::try_from(handover.steps.len()).unwrap_or(u16::MAX));
                    handover.steps.push(self.step(clause, &meta, scheme, id));
                }
                Rule::end => handover.ends.push(End {
                    meta: read::meta(&clause, &meta),
                    name: read::name(&clause)
                        .map(|n| read::string(&n))
                        .unwrap_or_default(),
                    title: read::title(&clause),
                    succeeded: read::child(&clause, Rule::success)
                        .is_some_and(|w| w.as_str() == "geslaagd"),
                }),
                Rule::always => handover.always.push(self.act(&clause, &meta, scheme)),
                Rule::reschedule if self.first_time(&mut seen, &clause) => {
                    handover.reschedule = Some(self.reschedule(&clause, &meta));
                }
                Rule::deadline => handover
                    .deadlines
                    .extend(self.deadline_in(&clause, &meta, scheme, None)),
                _ => {}
            }
        }
        if !seen.has(Rule::start) {
            self.missing_clause(whole, "begin", "overdracht", meta.span);
        }
        handover
    }

    fn step(&mut self, node: Node<'a>, around: &Meta, scheme: usize, id: StepId) -> Step {
        let place = read::keyword(&node);
        let mut step = Step {
            meta: read::meta(&node, around),
            name: read::name(&node)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(&node),
            actors: Vec::new(),
            supplies: Vec::new(),
            evidence: Vec::new(),
            tasks: Vec::new(),
            deadlines: Vec::new(),
            suspension: None,
            extension: None,
            reschedule: None,
            evaluations: Vec::new(),
            contract: None,
            exits: Vec::new(),
        };
        let clauses = self.clauses(node, Rule::step_items);
        let mut seen = Seen::default();
        let mut ladders = Vec::new();
        // Who acts comes first in meaning: `omslag` and `mislukt` are the actors' unless they say otherwise.
        for clause in clauses.iter().filter(|c| c.as_rule() == Rule::actors) {
            if self.first_time(&mut seen, clause) {
                step.actors = self.whos_in(clause);
                step.deadlines
                    .extend(self.deadline_in(clause, &step.meta, scheme, Some(id)));
            }
        }
        let mut supplied: Vec<(Supply, Span)> = Vec::new();
        for clause in clauses {
            let meta = &step.meta;
            match clause.as_rule() {
                Rule::actors | Rule::name | Rule::text => {}
                Rule::supplies => self.supplies(&clause, &mut supplied),
                Rule::step_evidence => self.step_evidence(&clause, &mut step.evidence),
                Rule::task => step.tasks.push(self.task(&clause, meta, scheme, id)),
                Rule::deadline => {
                    step.deadlines
                        .extend(self.deadline_in(&clause, meta, scheme, Some(id)))
                }
                Rule::reminder | Rule::escalation => ladders.push(clause),
                Rule::step_evaluation => {
                    step.evaluations.extend(self.step_evaluation(&clause, meta))
                }
                rule if is_exit(rule) => step.exits.push(self.exit(clause, &step, scheme)),
                _ if self.first_time(&mut seen, &clause) => {
                    self.step_clause(&clause, &mut step, scheme)
                }
                _ => {}
            }
        }
        step.supplies = supplied.into_iter().map(|(supply, _)| supply).collect();
        self.link_contract(&mut step);
        self.ladders(ladders, &mut step);
        if !seen.has(Rule::actors) {
            self.missing_clause(place, "door", "stap", step.meta.span);
        }
        step
    }

    fn step_clause(&mut self, clause: &Node<'a>, step: &mut Step, scheme: usize) {
        let meta = read::meta(clause, &step.meta);
        match clause.as_rule() {
            Rule::suspension => {
                let during = read::child(clause, Rule::during).and_then(|d| read::name(&d));
                let during = match during {
                    None => None,
                    Some(name) => match self.step_id(&name, scheme) {
                        None => return,
                        found => found,
                    },
                };
                let by = self.whos_in(clause);
                step.suspension = self.lasting(clause).map(|at_most| Suspension {
                    meta,
                    during,
                    by,
                    at_most,
                });
            }
            Rule::extension => {
                let notify = read::child(clause, Rule::notify)
                    .map(|n| self.whos_in(&n))
                    .unwrap_or_default();
                let (length, at_most, by) = (
                    self.recurring(clause),
                    self.counted(clause),
                    self.whos_in(clause),
                );
                let both = length.zip(at_most);
                step.extension = both.map(|(length, at_most)| Extension {
                    meta,
                    length,
                    at_most,
                    by,
                    notify,
                });
            }
            Rule::reschedule => step.reschedule = Some(self.reschedule(clause, &step.meta)),
            Rule::contract => {
                step.contract = Some(Contract {
                    meta,
                    form: read::name(clause)
                        .map(|n| read::string(&n))
                        .unwrap_or_default(),
                    holder: read::child(clause, Rule::who).map(|who| self.who(&who)),
                    at_least: self.lasting(clause),
                    flips: None,
                    fails: None,
                });
            }
            _ => {}
        }
    }

    fn supplies(&mut self, clause: &Node<'a>, supplied: &mut Vec<(Supply, Span)>) {
        let required = read::child(clause, Rule::if_possible).is_none();
        for name in read::children(clause, Rule::name) {
            let Some(fact) = self.fact(&name) else {
                continue;
            };
            let place = read::span(&name);
            match supplied.iter().find(|(s, _)| s.fact == fact) {
                Some((_, first)) => self.duplicate_name(read::bare(&name), place, *first),
                None => supplied.push((Supply { fact, required }, place)),
            }
        }
    }

    fn step_evidence(&mut self, clause: &Node<'a>, evidence: &mut Vec<EvidenceId>) {
        for name in read::children(clause, Rule::name) {
            let Some(id) = self.evidence_id(&name) else {
                continue;
            };
            if evidence.contains(&id) {
                let wrong = Diagnostic::new(Code::DUPLICATE_CLAUSE, read::span(&name));
                self.report(wrong.with("name", read::bare(&name)));
            } else {
                evidence.push(id);
            }
        }
    }

    fn task(&mut self, clause: &Node<'a>, around: &Meta, scheme: usize, step: StepId) -> Task {
        let meta = read::meta(clause, around);
        Task {
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(clause),
            actors: self.whos_in(clause),
            deadline: self.deadline_in(clause, &meta, scheme, Some(step)),
            needed_if: self.condition_in(clause),
            meta,
        }
    }

    fn step_evaluation(&mut self, clause: &Node<'a>, around: &Meta) -> Option<StepEvaluation> {
        let by = self.by(clause);
        let required = read::child(clause, Rule::required)
            .map(|w| self.whos_in(&w))
            .unwrap_or_default();
        let invited = read::child(clause, Rule::invited)
            .map(|w| self.whos_in(&w))
            .unwrap_or_default();
        let every = self.recurring(clause)?;
        let meta = read::meta(clause, around);
        Some(StepEvaluation {
            ladder: self.ladder_of(clause, &meta),
            meta,
            every,
            by,
            required,
            invited,
        })
    }

    /// `omslag` and `mislukt` belong to the contract of their step.
    fn link_contract(&mut self, step: &mut Step) {
        let find = |exits: &[Exit], word: &str| {
            let found = exits
                .iter()
                .position(|e| matches!(&e.kind, ExitKind::Act { name, .. } if name == word));
            found.and_then(|i| Some((ExitId(u16::try_from(i).ok()?), exits.get(i)?.meta.span)))
        };
        let (flips, fails) = (find(&step.exits, "omslag"), find(&step.exits, "mislukt"));
        match &mut step.contract {
            Some(contract) => {
                contract.flips = flips.map(|(id, _)| id);
                contract.fails = fails.map(|(id, _)| id);
            }
            None => {
                if let Some((_, place)) = flips.or(fails) {
                    self.missing_clause(place, "contract", "stap", step.meta.span);
                }
            }
        }
    }

    /// `altijd …` and `handeling …`.
    pub(super) fn act(&mut self, clause: &Node<'a>, around: &Meta, scheme: usize) -> Exit {
        let to = match read::child(clause, Rule::target) {
            Some(_) => self.target(clause, scheme),
            None => Target::Stay,
        };
        let kind = ExitKind::Act {
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(clause),
            by: self.whos_in(clause),
            only_if: self.condition_in(clause),
            motivated: read::child(clause, Rule::motivated).is_some(),
            to,
        };
        Exit {
            meta: read::meta(clause, around),
            kind,
        }
    }
}

/// The rules that lead out of a step, in any order.
pub(super) fn is_exit(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::done
            | Rule::eligibility_exit
            | Rule::decision
            | Rule::act
            | Rule::allocation
            | Rule::offer
            | Rule::flip
            | Rule::failure
            | Rule::after
            | Rule::on_date
    )
}

/// What an exit without a name of its own is called.
fn built_in_name(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::eligibility_exit => Some("doelgroep"),
        Rule::allocation => Some("toewijzing"),
        Rule::offer => Some("aanbod"),
        Rule::flip => Some("omslag"),
        Rule::failure => Some("mislukt"),
        _ => None,
    }
}
