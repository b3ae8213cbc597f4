//! What leads out of a step.
//!
//! Input: the node of one exit. Output: always an `Exit`, also when parts of it were wrong: exits are counted by position.
//! Invariant: a decision has the outcomes of the file, in its order.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Duration, Exit, ExitKind, Ladder, Meta, Offer, Outcome, PartyKind, Step, Target, Unit,
};
use crate::syntax::{Node, Rule};

use super::{Lower, NOBODY, Seen, read};

impl<'a> Lower<'a> {
    pub(super) fn exit(&mut self, node: Node<'a>, step: &Step, scheme: usize) -> Exit {
        let meta = read::meta(&node, &step.meta);
        let kind = match node.as_rule() {
            Rule::act => return self.act(&node, &step.meta, scheme),
            Rule::done => ExitKind::Done(self.target(&node, scheme)),
            Rule::eligibility_exit => self.eligibility_exit(node, scheme),
            Rule::decision => self.decision(node, &meta, scheme),
            Rule::allocation => ExitKind::Allocate {
                kind: read::child(&node, Rule::kind)
                    .map_or(PartyKind::Municipality, |k| read::kind(k.as_str())),
                by: self.by(&node),
                to: self.target(&node, scheme),
            },
            Rule::offer => self.offer(node, scheme),
            Rule::flip | Rule::failure => {
                let name = if node.as_rule() == Rule::flip {
                    "omslag"
                } else {
                    "mislukt"
                };
                let by = self.whos_in(&node);
                ExitKind::Act {
                    name: name.to_owned(),
                    title: if name == "omslag" {
                        "Omslag van het contract"
                    } else {
                        "Contract mislukt"
                    }
                    .to_owned(),
                    by: if by.is_empty() {
                        step.actors.clone()
                    } else {
                        by
                    },
                    only_if: None,
                    motivated: name == "mislukt",
                    to: self.target(&node, scheme),
                }
            }
            Rule::after => {
                let zero = Duration {
                    amount: 0,
                    unit: Unit::Days,
                };
                ExitKind::After(
                    self.recurring(&node).unwrap_or(zero),
                    self.target(&node, scheme),
                )
            }
            _ => {
                let to = self.target(&node, scheme);
                match self.dated(&node) {
                    Some(date) => ExitKind::On(date, to),
                    None => ExitKind::Done(to),
                }
            }
        };
        Exit { meta, kind }
    }

    fn eligibility_exit(&mut self, node: Node<'a>, scheme: usize) -> ExitKind {
        let (place, around) = (read::keyword(&node), read::span(&node));
        let mut targets: HashMap<bool, Target> = HashMap::new();
        let mut unknown = None;
        let mut seen = HashMap::new();
        for clause in self.clauses(node, Rule::eligibility_outcome_items) {
            let Some(word) = read::child(&clause, Rule::eligibility_word) else {
                continue;
            };
            let word = word.as_str();
            let to = self.target(&clause, scheme);
            let key = match word {
                "onbekend" => {
                    unknown = Some(to);
                    None
                }
                met => Some(met == "voldoet"),
            };
            if let Some(met) = key {
                targets.insert(met, to);
            }
            if let Some(first) = seen.insert(key, read::span(&clause)) {
                self.duplicate_clause(read::span(&clause), first, word);
            }
        }
        for (met, word) in [(true, "voldoet"), (false, "voldoet niet")] {
            if !targets.contains_key(&met) {
                self.missing_clause(place, word, "besluit doelgroep", around);
            }
        }
        let target = |met| targets.get(&met).copied().unwrap_or(Target::Stay);
        ExitKind::Eligibility {
            met: target(true),
            unmet: target(false),
            unknown,
        }
    }

    fn decision(&mut self, node: Node<'a>, meta: &Meta, scheme: usize) -> ExitKind {
        let name = read::name(&node)
            .map(|n| read::string(&n))
            .unwrap_or_default();
        let title = read::title(&node);
        let by = self.by(&node);
        let advice = read::child(&node, Rule::advised)
            .map(|a| self.whos_in(&a))
            .unwrap_or_default();
        let place = read::keyword(&node);
        let bad = self.bad.len();
        let mut outcomes = Vec::new();
        let mut names = HashMap::new();
        for clause in self.clauses(node, Rule::decision_items) {
            if clause.as_rule() != Rule::outcome {
                continue;
            }
            if let Some(name) = read::name(&clause) {
                self.declare(&mut names, &name, ());
            }
            outcomes.push(Outcome {
                meta: read::meta(&clause, meta),
                name: read::name(&clause)
                    .map(|n| read::string(&n))
                    .unwrap_or_default(),
                title: read::title(&clause),
                motivated: read::child(&clause, Rule::motivated).is_some(),
                to: self.target(&clause, scheme),
            });
        }
        if outcomes.len() < 2 && self.bad.len() == bad {
            self.report(Diagnostic::new(Code::TOO_FEW_OUTCOMES, place).with("name", name.as_str()));
        }
        ExitKind::Decision {
            name,
            title,
            by,
            advice,
            outcomes,
        }
    }

    fn offer(&mut self, node: Node<'a>, scheme: usize) -> ExitKind {
        let (place, around) = (read::keyword(&node), read::span(&node));
        let mut whos = read::children(&node, Rule::who);
        let (by, answered_by) = (whos.next(), whos.next());
        let by = by.map_or(NOBODY, |who| self.who(&who));
        let answered_by = answered_by.map_or(NOBODY, |who| self.who(&who));
        let (at_most, answer) = (self.counted::<u32>(&node), self.lasting(&node));
        if at_most == Some(0) {
            let number = read::child(&node, Rule::number).map_or(place, |n| read::span(&n));
            self.report(Diagnostic::new(Code::ZERO, number).with("found", "0"));
        }
        let mut offer = Offer {
            by,
            answered_by,
            at_most: at_most.unwrap_or(1),
            grounds: Vec::new(),
            answer,
            ladder: Ladder::default(),
            accepted: Target::Stay,
            exhausted: Target::Stay,
        };
        let meta = read::meta(&node, &Meta::default());
        let mut seen = Seen::default();
        let mut names = HashMap::new();
        for clause in self.clauses(node, Rule::offer_items) {
            match clause.as_rule() {
                Rule::reminder | Rule::escalation if offer.answer.is_none() => {
                    self.missing_clause(read::span(&clause), "binnen", "aanbod", around);
                }
                Rule::reminder | Rule::escalation => {
                    self.ladder(&clause, &meta, &mut offer.ladder);
                }
                Rule::ground => {
                    let Some(name) = read::name(&clause) else {
                        continue;
                    };
                    self.declare(&mut names, &name, ());
                    offer
                        .grounds
                        .push((read::string(&name), read::title(&clause)));
                }
                Rule::accepted if self.first_time(&mut seen, &clause) => {
                    offer.accepted = self.target(&clause, scheme);
                }
                Rule::exhausted if self.first_time(&mut seen, &clause) => {
                    offer.exhausted = self.target(&clause, scheme);
                }
                _ => {}
            }
        }
        for (rule, word) in [(Rule::accepted, "aanvaard"), (Rule::exhausted, "uitgeput")] {
            if !seen.has(rule) {
                self.missing_clause(place, word, "aanbod", around);
            }
        }
        ExitKind::Offer(offer)
    }
}
