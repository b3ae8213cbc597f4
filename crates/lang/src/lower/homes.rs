//! The section `woningen`: facts of a home, and the rules that say which client it fits.
//!
//! Input: its node, and how many facts a case has. Output: `Homes`. Invariant: the types of the facts of a home, and of the parties
//! of the case, stand behind those of the case before the first condition is read.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{FactId, HomeForce, HomeRule, Homes, Meta, PartyKind, Type};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, names::IN_CONDITIONS, read};

impl<'a> Lower<'a> {
    pub(super) fn homes(&mut self, section: Node<'a>, of_case: usize) -> Homes {
        let mut homes = Homes {
            meta: read::meta(&section, &Meta::default()),
            facts: Vec::new(),
            reported_by: Vec::new(),
            matched_by: None,
            rules: Vec::new(),
        };
        let clauses = self.clauses(section, Rule::homes_items);
        let mut names = HashMap::new();
        for clause in clauses.iter().filter(|c| c.as_rule() == Rule::fact) {
            let Some(name) = read::name(clause) else {
                continue;
            };
            let id = self.next_id(of_case + homes.facts.len(), read::span(clause));
            self.not_reserved(&name, IN_CONDITIONS);
            self.declare(&mut names, &name, FactId(id));
            let fact = self.fact_clause(clause, &name, id, &homes.meta);
            self.types.push(fact.kind.clone());
            homes.facts.push(fact);
        }
        self.names.home_facts = names;
        self.types
            .extend(PartyKind::ALL.map(|kind| Type::Party(Some(kind))));
        self.matching = true;
        self.home_clauses(clauses, &mut homes);
        self.matching = false;
        homes
    }

    fn home_clauses(&mut self, clauses: Vec<Node<'a>>, homes: &mut Homes) {
        let mut names = HashMap::new();
        let mut seen = Seen::default();
        for clause in clauses {
            match clause.as_rule() {
                Rule::fit => {
                    if let Some(name) = read::name(&clause) {
                        self.declare(&mut names, &name, ());
                    }
                    homes.rules.extend(self.fit(clause, &homes.meta));
                }
                Rule::reported_by | Rule::matched_by if self.first_time(&mut seen, &clause) => {
                    if clause.as_rule() == Rule::reported_by {
                        homes.reported_by = self.whos_in(&clause);
                    } else {
                        homes.matched_by = Some(self.by(&clause));
                    }
                }
                _ => {}
            }
        }
    }

    fn fit(&mut self, clause: Node<'a>, around: &Meta) -> Option<HomeRule> {
        let meta = read::meta(&clause, around);
        let name = read::name(&clause)?;
        let label = read::child(&clause, Rule::text).map(|text| read::string(&text));
        let wished =
            read::child(&clause, Rule::fit_word).is_some_and(|word| word.as_str() == "liefst");
        let scheme = read::child(&clause, Rule::of_scheme)
            .and_then(|of| read::name(&of))
            .and_then(|of| self.scheme_id(&of));
        let (place, bad) = (read::keyword(&clause), self.bad.len());
        let condition = self
            .clauses(clause, Rule::fit_body)
            .into_iter()
            .find(|part| part.as_rule() == Rule::condition);
        if condition.is_none() && self.bad.len() == bad {
            let wrong = Diagnostic::new(Code::EMPTY_HOME_RULE, place);
            self.report(wrong.with("name", read::bare(&name)));
        }
        Some(HomeRule {
            meta,
            name: read::string(&name),
            label,
            force: if wished {
                HomeForce::Wished
            } else {
                HomeForce::Needed
            },
            scheme,
            condition: self.condition(condition?)?,
        })
    }

    /// `huur van de woning`, `gemeente van de zaak`.
    pub(super) fn matched_fact(&mut self, node: &Node<'a>) -> Option<FactId> {
        if !self.matching {
            let wrong = Diagnostic::new(Code::NOT_ABOUT_HOMES, read::span(node));
            self.report(wrong.with("found", node.as_str()));
            return None;
        }
        if node.as_rule() == Rule::of_home {
            let name = read::name(node)?;
            return self.find(|names| &names.home_facts, Code::UNKNOWN_HOME_FACT, &name);
        }
        let kind = read::kind(read::child(node, Rule::kind)?.as_str());
        let parties = PartyKind::ALL.len();
        let place = PartyKind::ALL.iter().position(|of| *of == kind)?;
        let first = self.types.len().checked_sub(parties)?;
        u16::try_from(first + place).ok().map(FactId)
    }
}
