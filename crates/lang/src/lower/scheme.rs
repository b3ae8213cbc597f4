//! Schemes (`regeling`) and the section `doelgroep`.
//!
//! Input: the sections of a file or of a `regeling`. Output: `Scheme`s. Invariant: the names in every handover are declared
//! before the first is lowered; a file without `regeling` has one scheme, named after the region.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Criterion, Eligibility, Handover, Header, Meta, Objection, Polarity, Relation, Scheme,
    SchemeId, Span, StepId, Test,
};
use crate::syntax::{Node, Rule};

use super::{Lower, NOBODY, Sections, Seen, read};

/// A scheme whose sections are found and not yet lowered.
struct Found<'a> {
    meta: Meta,
    name: String,
    title: String,
    place: Span,
    sections: Sections<'a>,
    relations: Vec<Node<'a>>,
}

impl<'a> Lower<'a> {
    pub(super) fn schemes(
        &mut self,
        sections: &mut Sections<'a>,
        header: &Header,
        place: Span,
    ) -> Vec<Scheme> {
        let loose = Sections {
            eligibility: sections.eligibility.take(),
            spreading: sections.spreading.take(),
            handover: sections.handover.take(),
            ..Sections::default()
        };
        let stand_loose: Vec<Span> = [&loose.eligibility, &loose.spreading, &loose.handover]
            .into_iter()
            .flatten()
            .map(read::keyword)
            .collect();
        let mut found = Vec::new();
        let mut names = HashMap::new();
        for (i, node) in std::mem::take(&mut sections.schemes)
            .into_iter()
            .enumerate()
        {
            let id = SchemeId(self.next_id(i, read::keyword(&node)));
            if let Some(name) = read::name(&node) {
                self.declare(&mut names, &name, id);
            }
            found.push(self.found(node));
        }
        self.names.schemes = names;
        if !found.is_empty() {
            for place in &stand_loose {
                self.report(Diagnostic::new(Code::LOOSE_SECTION, *place));
            }
        }
        // Loose sections beside schemes are a mistake, but what stands in them is checked all the same.
        if found.is_empty() || !stand_loose.is_empty() {
            let (meta, name) = (header.meta.clone(), header.region.clone());
            let title = header.title.clone();
            found.push(Found {
                meta,
                name,
                title,
                place,
                sections: loose,
                relations: Vec::new(),
            });
        }
        for scheme in &found {
            let names = self.declare_handover(scheme.sections.handover.as_ref());
            self.schemes.push(names);
        }
        found
            .into_iter()
            .enumerate()
            .map(|(i, scheme)| self.scheme(i, scheme))
            .collect()
    }

    fn found(&mut self, node: Node<'a>) -> Found<'a> {
        let mut found = Found {
            meta: read::meta(&node, &Meta::default()),
            name: read::name(&node)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(&node),
            place: read::keyword(&node),
            sections: Sections::default(),
            relations: Vec::new(),
        };
        for clause in self.clauses(node, Rule::scheme_items) {
            match clause.as_rule() {
                Rule::eligibility | Rule::spreading | Rule::handover => {
                    self.place(&mut found.sections, clause)
                }
                Rule::only_after_refusal | Rule::not_after_refusal => found.relations.push(clause),
                _ => {}
            }
        }
        found
    }

    fn scheme(&mut self, index: usize, found: Found<'a>) -> Scheme {
        let block = if self.names.schemes.is_empty() {
            ""
        } else {
            "regeling"
        };
        let (meta, sections) = (found.meta, found.sections);
        for (section, keyword) in [
            (&sections.eligibility, "doelgroep"),
            (&sections.handover, "overdracht"),
        ] {
            if section.is_none() {
                let around = if block.is_empty() {
                    Span::default()
                } else {
                    meta.span
                };
                self.missing_clause(found.place, keyword, block, around);
            }
        }
        let relations = found
            .relations
            .iter()
            .filter_map(|r| self.relation(r, &meta))
            .collect();
        let eligibility = match sections.eligibility {
            Some(section) => self.eligibility(section, &meta),
            None => no_eligibility(),
        };
        let spreading = sections
            .spreading
            .map(|section| self.spreading(section, &meta));
        let handover = match sections.handover {
            Some(section) => self.handover(section, &meta, index),
            None => no_handover(),
        };
        Scheme {
            meta,
            name: found.name,
            title: found.title,
            eligibility,
            spreading,
            handover,
            relations,
        }
    }

    fn relation(&mut self, clause: &Node<'a>, around: &Meta) -> Option<Relation> {
        let under = read::name(clause).and_then(|name| self.scheme_id(&name));
        let meta = read::meta(clause, around);
        if clause.as_rule() == Rule::only_after_refusal {
            return Some(Relation::OnlyAfterRefusal {
                meta,
                under: under?,
            });
        }
        let within = self.lasting(clause);
        Some(Relation::NotAfterRefusal {
            meta,
            under: under?,
            within: within?,
        })
    }

    fn eligibility(&mut self, section: Node<'a>, around: &Meta) -> Eligibility {
        let mut eligibility = Eligibility {
            meta: read::meta(&section, around),
            ..no_eligibility()
        };
        let mut names = HashMap::new();
        let mut seen = Seen::default();
        let mut no_objection = None;
        for clause in self.clauses(section, Rule::eligibility_items) {
            if clause.as_rule() == Rule::criterion {
                if let Some(name) = read::name(&clause) {
                    self.declare(&mut names, &name, ());
                }
                eligibility
                    .criteria
                    .extend(self.criterion(clause, &eligibility.meta));
                continue;
            }
            if !self.first_time(&mut seen, &clause) {
                continue;
            }
            let meta = read::meta(&clause, &eligibility.meta);
            match clause.as_rule() {
                Rule::eligibility_decision => eligibility.decided_by = Some(self.by(&clause)),
                Rule::eligibility_advice => eligibility.advice = self.whos_in(&clause),
                Rule::no_objection => no_objection = Some(meta.span),
                Rule::objection => {
                    let by = self.by(&clause);
                    eligibility.objection =
                        self.lasting(&clause)
                            .map(|within| Objection { meta, by, within });
                }
                Rule::hardship => eligibility.hardship = Some((meta, self.by(&clause))),
                _ => {}
            }
        }
        if let (Some(none), Some(some)) = (no_objection, &eligibility.objection) {
            let wrong = Diagnostic::new(Code::CONFLICTING_CLAUSES, some.meta.span);
            self.report(wrong.and(none, "rel-first"));
        }
        eligibility
    }

    fn criterion(&mut self, clause: Node<'a>, around: &Meta) -> Option<Criterion> {
        let meta = read::meta(&clause, around);
        let name = read::name(&clause)?;
        let label = read::child(&clause, Rule::text).map(|t| read::string(&t));
        let excluding =
            read::child(&clause, Rule::polarity).is_some_and(|p| p.as_str() == "uitsluiting");
        let polarity = if excluding {
            Polarity::Excluding
        } else {
            Polarity::Required
        };
        let place = read::keyword(&clause);
        let bad = self.bad.len();
        let parts = self.clauses(clause, Rule::criterion_body);
        let test = parts.into_iter().find_map(|part| match part.as_rule() {
            Rule::judgement => {
                Some(read::child(&part, Rule::who).map(|who| Test::Judgement(self.who(&who))))
            }
            Rule::condition => Some(self.condition(part).map(Test::Condition)),
            _ => None,
        });
        if test.is_none() && self.bad.len() == bad {
            self.report(
                Diagnostic::new(Code::EMPTY_CRITERION, place).with("name", read::bare(&name)),
            );
        }
        let name = read::string(&name);
        Some(Criterion {
            meta,
            name,
            label,
            polarity,
            test: test.flatten().unwrap_or(Test::Judgement(NOBODY)),
        })
    }
}

fn no_eligibility() -> Eligibility {
    Eligibility {
        meta: Meta::default(),
        criteria: Vec::new(),
        decided_by: None,
        advice: Vec::new(),
        objection: None,
        hardship: None,
    }
}

fn no_handover() -> Handover {
    Handover {
        meta: Meta::default(),
        start: StepId(u16::MAX),
        steps: Vec::new(),
        always: Vec::new(),
        ends: Vec::new(),
        deadlines: Vec::new(),
        reschedule: None,
    }
}
