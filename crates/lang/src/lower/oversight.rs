//! The sections `toezicht` and `overgang`.
//!
//! Input: their nodes. Output: `Oversight` and `Transition`. Invariant: the steps on the left of an `overgang` are of the
//! previous version and are kept as text; those on the right are of this file.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Count, Duty, Meta, Norm, Oversight, PrivacyClass, Report, SchemeId, SpreadPeriod, Target,
    Transition,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, names::SchemeNames, read};

impl<'a> Lower<'a> {
    pub(super) fn oversight(&mut self, section: Node<'a>) -> Oversight {
        let meta = read::meta(&section, &Meta::default());
        let mut oversight = Oversight::default();
        let mut names = std::mem::take(&mut self.names.oversight);
        for clause in self.clauses(section, Rule::oversight_items) {
            if let Some(name) = read::name(&clause) {
                self.declare(&mut names, &name, ());
            }
            match clause.as_rule() {
                Rule::report => oversight.reports.push(self.report_clause(clause, &meta)),
                Rule::duty => oversight.duties.extend(self.duty(&clause, &meta)),
                _ => oversight.norms.extend(self.norm(&clause, &meta)),
            }
        }
        oversight
    }

    fn report_clause(&mut self, node: Node<'a>, around: &Meta) -> Report {
        let place = read::keyword(&node);
        let mut report = Report {
            meta: read::meta(&node, around),
            name: read::name(&node)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(&node),
            period: SpreadPeriod::Year,
            to: Vec::new(),
            counts: Vec::new(),
            fields: Vec::new(),
            class: PrivacyClass::Ordinary,
        };
        let mut seen = Seen::default();
        for clause in self.clauses(node, Rule::report_items) {
            let rule = clause.as_rule();
            if matches!(rule, Rule::name | Rule::text) || !self.first_time(&mut seen, &clause) {
                continue;
            }
            match rule {
                Rule::report_period => report.period = self.period(&clause),
                Rule::notice_to => report.to = self.whos_in(&clause),
                Rule::counts => report.counts = self.counts(&clause),
                Rule::fields => report.fields = self.facts_in(&clause),
                Rule::report_class => {
                    report.class = read::child(&clause, Rule::privacy)
                        .map_or(PrivacyClass::Ordinary, |word| read::privacy(word.as_str()));
                }
                _ => {}
            }
        }
        for (rule, word) in [
            (Rule::report_period, "per kalenderjaar"),
            (Rule::notice_to, "aan"),
        ] {
            if !seen.has(rule) {
                self.missing_clause(place, word, "rapport", report.meta.span);
            }
        }
        if !seen.has(Rule::counts) && !seen.has(Rule::fields) {
            self.missing_clause(place, "telt", "rapport", report.meta.span);
        }
        report
    }

    fn period(&mut self, clause: &Node<'a>) -> SpreadPeriod {
        read::child(clause, Rule::period).map_or(SpreadPeriod::Year, |p| read::period(p.as_str()))
    }

    fn counts(&mut self, clause: &Node<'a>) -> Vec<Count> {
        let mut counts = Vec::new();
        for word in read::children(clause, Rule::count) {
            let count = match word.as_str() {
                "aangemeld" => Count::Opened,
                "geplaatst" => Count::Placed,
                "afgewezen" => Count::Refused,
                "afgesloten" => Count::Ended,
                "lopend" => Count::Running,
                _ => Count::Overdue,
            };
            if counts.contains(&count) {
                let wrong = Diagnostic::new(Code::DUPLICATE_CLAUSE, read::span(&word));
                self.report(wrong.with("name", word.as_str()));
            } else {
                counts.push(count);
            }
        }
        counts
    }

    fn duty(&mut self, clause: &Node<'a>, around: &Meta) -> Option<Duty> {
        let by = self.by(clause);
        let every = self.recurring(clause);
        let within = read::children(clause, Rule::duration)
            .nth(1)
            .and_then(|d| self.duration(&d));
        let meta = read::meta(clause, around);
        Some(Duty {
            ladder: self.ladder_of(clause, &meta),
            meta,
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(clause),
            by,
            every: every?,
            within: within?,
        })
    }

    fn norm(&mut self, clause: &Node<'a>, around: &Meta) -> Option<Norm> {
        let share = self.shared(clause);
        let step = read::child(clause, Rule::during).and_then(|d| read::name(&d))?;
        let get = |names: &SchemeNames<'a>, word: &str| names.steps.get(word).copied();
        let of = self.in_schemes(clause, &step, Code::UNKNOWN_STEP, get);
        Some(Norm {
            meta: read::meta(clause, around),
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            title: read::title(clause),
            share: share?,
            of: of?,
            period: self.period(clause),
        })
    }

    pub(super) fn transition(&mut self, section: Node<'a>) -> Transition {
        let mut transition = Transition {
            meta: read::meta(&section, &Meta::default()),
            moves: false,
            steps: Vec::new(),
            stays: Vec::new(),
            exceptions: Vec::new(),
        };
        let place = read::keyword(&section);
        let mut seen = Seen::default();
        let mut named = std::collections::HashMap::new();
        for clause in self.clauses(section, Rule::transition_items) {
            let name = read::name(&clause);
            if let Some(name) = &name
                && let Some(first) = named.insert(read::bare(name), read::span(name))
            {
                self.duplicate_name(read::bare(name), read::span(name), first);
            }
            match clause.as_rule() {
                Rule::running if self.first_time(&mut seen, &clause) => {
                    transition.moves = read::child(&clause, Rule::running_word)
                        .is_some_and(|w| w.as_str() != "blijven");
                }
                Rule::step_moves => {
                    let old = name.map(|n| read::string(&n)).unwrap_or_default();
                    if let Some((scheme, to)) = self.target_anywhere(&clause) {
                        transition.steps.push((old, scheme, to));
                    }
                }
                Rule::step_stays => transition.stays.extend(name.map(|n| read::string(&n))),
                Rule::exception => {
                    transition
                        .exceptions
                        .extend(read::child(&clause, Rule::text).map(|t| read::string(&t)));
                }
                _ => {}
            }
        }
        if !seen.has(Rule::running) {
            self.missing_clause(place, "lopende zaken", "overgang", transition.meta.span);
        }
        transition
    }

    /// A step or end of whichever scheme has it.
    fn target_anywhere(&mut self, clause: &Node<'a>) -> Option<(SchemeId, Target)> {
        let name = read::child(clause, Rule::target).and_then(|t| read::name(&t))?;
        let get = |names: &SchemeNames<'a>, word: &str| {
            let step = names
                .steps
                .get(word)
                .map(|(step, place)| (Target::Step(*step), *place));
            step.or_else(|| {
                names
                    .ends
                    .get(word)
                    .map(|(end, place)| (Target::End(*end), *place))
            })
        };
        self.in_schemes(clause, &name, Code::UNKNOWN_TARGET, get)
    }
}
