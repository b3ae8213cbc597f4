//! The section `gegevens`: facts with their types, and evidence.
//!
//! Input: its node. Output: the lists of the model. Invariant: all facts are known, with their types, before the first
//! condition is read.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Evidence, EvidenceId, Fact, FactId, Meta, PartyKind, PrivacyClass, Span, Type};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, names::IN_CONDITIONS, read};

impl<'a> Lower<'a> {
    pub(super) fn facts(&mut self, section: Option<Node<'a>>) -> (Vec<Fact>, Vec<Evidence>) {
        let Some(section) = section else {
            return Default::default();
        };
        let meta = read::meta(&section, &Meta::default());
        let clauses = self.clauses(section, Rule::facts_items);
        let mut names = std::mem::take(&mut self.names.facts);
        let mut evidence_names = std::mem::take(&mut self.names.evidence);
        let (mut facts, mut evidence) = (Vec::new(), Vec::new());
        let mut documents = 0;
        for clause in &clauses {
            let Some(name) = read::name(clause) else {
                continue;
            };
            if clause.as_rule() == Rule::fact {
                let id = self.next_id(facts.len(), read::span(clause));
                self.not_reserved(&name, IN_CONDITIONS);
                self.declare(&mut names, &name, FactId(id));
                let fact = self.fact_clause(clause, &name, id, &meta);
                self.types.push(fact.kind.clone());
                facts.push(fact);
            } else {
                let id = self.next_id(documents, read::span(clause));
                documents += 1;
                self.declare(&mut evidence_names, &name, EvidenceId(id));
            }
        }
        self.names.facts = names;
        self.names.evidence = evidence_names;
        for clause in clauses.iter().filter(|c| c.as_rule() == Rule::evidence) {
            evidence.push(self.evidence_clause(clause, &meta));
        }
        (facts, evidence)
    }

    pub(super) fn fact_clause(
        &mut self,
        clause: &Node<'a>,
        name: &Node<'a>,
        id: u16,
        around: &Meta,
    ) -> Fact {
        let mut fact = Fact {
            meta: read::meta(clause, around),
            name: read::string(name),
            kind: Type::Text,
            unit: None,
            label: None,
            supplied_by: Vec::new(),
            visible_to: Vec::new(),
            class: PrivacyClass::Ordinary,
            keep: None,
            fit_for_mail: false,
        };
        let mut seen = Seen::default();
        for part in clause.clone().into_inner() {
            let rule = part.as_rule();
            let source = matches!(
                rule,
                Rule::name | Rule::article | Rule::assumption | Rule::quote
            );
            if source || !self.first_time(&mut seen, &part) {
                continue;
            }
            match rule {
                Rule::type_word => fact.kind = type_of(part.as_str()),
                Rule::choice => fact.kind = self.choice(part, id),
                Rule::text => fact.label = Some(read::string(&part)),
                Rule::privacy => fact.class = read::privacy(part.as_str()),
                Rule::supplied_by => fact.supplied_by = self.whos_in(&part),
                Rule::visible_to => fact.visible_to = self.whos_in(&part),
                Rule::fact_unit => fact.unit = read::name(&part).map(|n| read::string(&n)),
                Rule::keep => fact.keep = self.lasting(&part),
                Rule::fit_for_mail => fact.fit_for_mail = true,
                _ => {}
            }
        }
        fact
    }

    fn choice(&mut self, node: Node<'a>, fact: u16) -> Type {
        let mut options = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        for option in node.into_inner() {
            let place = read::span(&option);
            let index = self.next_id(options.len(), place);
            let word = read::bare(&option);
            match self.options.get(&(fact, word)) {
                Some(first) => {
                    let first = places.get(usize::from(*first)).copied().unwrap_or(place);
                    self.duplicate_name(word, place, first);
                }
                None => {
                    self.options.insert((fact, word), index);
                }
            }
            options.push(word.to_owned());
            places.push(place);
        }
        Type::Choice(options)
    }

    fn evidence_clause(&mut self, clause: &Node<'a>, around: &Meta) -> Evidence {
        let mut evidence = Evidence {
            meta: read::meta(clause, around),
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            label: None,
            supplied_by: Vec::new(),
            issuer: None,
            max_age: None,
            needed_if: None,
        };
        let mut seen = Seen::default();
        for part in clause.clone().into_inner() {
            let rule = part.as_rule();
            let source = matches!(
                rule,
                Rule::name | Rule::article | Rule::assumption | Rule::quote
            );
            if source || !self.first_time(&mut seen, &part) {
                continue;
            }
            match rule {
                Rule::text => evidence.label = Some(read::string(&part)),
                Rule::supplied_by => evidence.supplied_by = self.whos_in(&part),
                Rule::issuer => {
                    evidence.issuer = read::child(&part, Rule::text).map(|t| read::string(&t))
                }
                Rule::max_age => evidence.max_age = self.lasting(&part),
                Rule::needed_if => evidence.needed_if = self.condition_in(&part),
                _ => {}
            }
        }
        if !seen.has(Rule::supplied_by) {
            let place = evidence.meta.span;
            self.missing_clause(place, "van", "bewijs", place);
        }
        evidence
    }

    /// The roles and bodies of the first `whos` in a clause.
    pub(super) fn whos_in(&mut self, clause: &Node<'a>) -> Vec<crate::model::Who> {
        read::child(clause, Rule::whos)
            .map(|whos| self.whos(whos))
            .unwrap_or_default()
    }

    /// The facts of a list of names, each once.
    pub(super) fn facts_in(&mut self, clause: &Node<'a>) -> Vec<FactId> {
        let mut found: Vec<(FactId, Span)> = Vec::new();
        for name in read::children(clause, Rule::name) {
            let Some(fact) = self.fact(&name) else {
                continue;
            };
            let place = read::span(&name);
            match found.iter().find(|(f, _)| *f == fact) {
                Some((_, first)) => self.duplicate_name(read::bare(&name), place, *first),
                None => found.push((fact, place)),
            }
        }
        found.into_iter().map(|(fact, _)| fact).collect()
    }

    /// Refuses a fact whose type does not fit the clause.
    pub(super) fn fact_that(
        &mut self,
        name: &Node<'a>,
        fits: impl Fn(&Type) -> bool,
        wanted: &'static str,
    ) -> Option<FactId> {
        let fact = self.fact(name)?;
        let kind = self.types.get(fact.index());
        if kind.is_some_and(&fits) {
            return Some(fact);
        }
        let given = kind.map_or("w-text", super::kind::kind_word);
        let wrong = Diagnostic::new(Code::WRONG_FACT_TYPE, read::span(name))
            .with("name", read::bare(name))
            .with("given", super::kind::kinds([given]))
            .with("wanted", super::kind::kinds([wanted]));
        self.report(wrong);
        None
    }
}

fn type_of(word: &str) -> Type {
    match word {
        "ja/nee" => Type::Bool,
        "getal" => Type::Number,
        "bedrag" => Type::Money,
        "percentage" => Type::Percentage,
        "datum" => Type::Date,
        "duur" => Type::Duration,
        "tekst" => Type::Text,
        "wijk" => Type::Neighbourhood,
        "periodes" => Type::Periods,
        kind => Type::Party(PartyKind::ALL.into_iter().find(|k| k.keyword() == kind)),
    }
}
