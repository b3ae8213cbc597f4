//! Pairs of the grammar to the typed model: names to ids, values to their types, sources to the clauses they hold for.
//!
//! Input: the pairs of a prepared text. Output: `Lowered`: a model, always, and what is wrong. When something is wrong the
//! model may hold ids that index nothing (`u16::MAX`); it then serves only to find the other mistakes of the file.
//! Invariant: one walk declares the names, one walk lowers the clauses; no name is looked up but through a map.

mod condition;
mod deadline;
mod exit;
mod facts;
mod handover;
mod homes;
mod kind;
mod names;
mod notices;
mod oversight;
mod parties;
mod read;
mod scheme;
mod spreading;
mod term;

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    AtEnd, CalendarKind, Convenant, Entry, Header, Meta, MonthEnd, Oversight, Span, Term,
    TermLength, Who,
};
use crate::syntax::{Node, Rule};

pub(crate) use kind::kind_word;
use names::Names;

/// Clauses in a file at most.
const MOST_CLAUSES: usize = 10_000;

/// Text that the grammar did not understand.
pub(crate) struct Bad {
    /// The text.
    pub span: Span,
    /// The entry rule of the clauses that could have stood there.
    pub items: Rule,
    /// The clause before it in the same block, or an empty span: the mistake may be in how that one goes on.
    pub before: Span,
}

/// What lowering gives.
pub(crate) struct Lowered {
    /// The model; complete when there are no diagnostics and nothing is bad.
    pub model: Convenant,
    /// What is wrong with names and values.
    pub diagnostics: Vec<Diagnostic>,
    /// For each unknown name: the index of its diagnostic, and the name.
    pub unknown: Vec<(usize, String)>,
    /// What the grammar did not understand.
    pub bad: Vec<Bad>,
    /// Clauses that say less in the model than in the text, because something in them is wrong.
    pub damage: Vec<Span>,
}

/// Lowers a whole file. `heads` are heads of blocks that do not stand in the file as they are read: what is missing in the block may
/// stand there.
pub(crate) fn lower(file: Node<'_>, heads: &[Span]) -> Lowered {
    let end = file.as_span().end();
    let mut lower = Lower {
        heads: heads.to_vec(),
        ..Lower::default()
    };
    let mut sections = Sections::default();
    for section in lower.clauses(file, Rule::file_items) {
        lower.place(&mut sections, section);
    }
    let model = lower.convenant(sections, u32::try_from(end).unwrap_or(u32::MAX));
    if lower.clauses > MOST_CLAUSES {
        let span = Span { start: 0, end: 0 };
        lower.report(Diagnostic::new(Code::TOO_MANY_CLAUSES, span).with("count", lower.clauses));
    }
    Lowered {
        model,
        diagnostics: lower.diagnostics,
        unknown: lower.unknown,
        bad: lower.bad,
        damage: lower.damage,
    }
}

/// The sections of a file (or of a scheme: the last three).
#[derive(Default)]
struct Sections<'a> {
    convenant: Option<Node<'a>>,
    term: Option<Node<'a>>,
    parties: Option<Node<'a>>,
    facts: Option<Node<'a>>,
    homes: Option<Node<'a>>,
    schemes: Vec<Node<'a>>,
    notices: Option<Node<'a>>,
    oversight: Option<Node<'a>>,
    transition: Option<Node<'a>>,
    eligibility: Option<Node<'a>>,
    spreading: Option<Node<'a>>,
    handover: Option<Node<'a>>,
}

#[derive(Default)]
struct Lower<'a> {
    diagnostics: Vec<Diagnostic>,
    unknown: Vec<(usize, String)>,
    bad: Vec<Bad>,
    /// Heads of blocks that were put right.
    heads: Vec<Span>,
    /// Clauses that say less in the model than in the text, because something in them is wrong.
    damage: Vec<Span>,
    clauses: usize,
    names: Names<'a>,
    /// How many more names may be compared for a nearest spelling: keeps a file full of mistakes linear.
    comparisons: usize,
    /// Per scheme, what its clauses are called.
    schemes: Vec<names::SchemeNames<'a>>,
    /// In the conditions of `woningen`: facts of the home and the parties of the case have a meaning there.
    matching: bool,
    /// The types of the facts, by id.
    types: Vec<crate::model::Type>,
    /// The kinds of the parties, by id.
    kinds: Vec<crate::model::PartyKind>,
    /// Options of choices of the facts: fact and option to its index.
    options: HashMap<(u16, &'a str), u16>,
}

impl<'a> Lower<'a> {
    /// Puts a section where it belongs; a second one of its kind is refused.
    fn place(&mut self, sections: &mut Sections<'a>, section: Node<'a>) {
        let slot = match section.as_rule() {
            Rule::convenant => &mut sections.convenant,
            Rule::term => &mut sections.term,
            Rule::parties => &mut sections.parties,
            Rule::facts => &mut sections.facts,
            Rule::homes => &mut sections.homes,
            Rule::notices => &mut sections.notices,
            Rule::oversight => &mut sections.oversight,
            Rule::transition => &mut sections.transition,
            Rule::eligibility => &mut sections.eligibility,
            Rule::spreading => &mut sections.spreading,
            Rule::handover => &mut sections.handover,
            _ => return sections.schemes.push(section),
        };
        match slot {
            None => *slot = Some(section),
            Some(first) => {
                let first = read::keyword(first);
                let second = read::keyword(&section);
                self.duplicate_clause(second, first, section.as_str());
            }
        }
    }

    fn convenant(&mut self, mut sections: Sections<'a>, end: u32) -> Convenant {
        self.comparisons = 500_000;
        let place = Span {
            start: end.saturating_sub(1),
            end,
        };
        for (absent, keyword) in [
            (sections.convenant.is_none(), "convenant"),
            (sections.term.is_none(), "looptijd"),
            (sections.parties.is_none(), "partijen"),
            (sections.facts.is_none(), "gegevens"),
        ] {
            if absent {
                self.missing_clause(place, keyword, "", Span::default());
            }
        }
        let header = self.header(sections.convenant.take());
        let (parties, roles, bodies, consents) = self.parties(sections.parties.take());
        let (facts, evidence) = self.facts(sections.facts.take());
        let schemes = self.schemes(&mut sections, &header, place);
        let homes = sections.homes.take().map(|s| self.homes(s, facts.len()));
        let (notices, digests, last_resort) = self.notices(sections.notices.take());
        let oversight = sections
            .oversight
            .take()
            .map_or_else(Oversight::default, |s| self.oversight(s));
        let transition = sections.transition.take().map(|s| self.transition(s));
        let term = self.term(sections.term.take());
        Convenant {
            header,
            term,
            parties,
            roles,
            bodies,
            consents,
            facts,
            evidence,
            homes,
            schemes,
            notices,
            digests,
            last_resort,
            oversight,
            transition,
        }
    }

    fn header(&mut self, section: Option<Node<'a>>) -> Header {
        let mut header = Header {
            meta: Meta::default(),
            title: String::new(),
            region: String::new(),
            version: 1,
            source: None,
            calendar: CalendarKind::CalendarDays,
            month_end: MonthEnd::LastDay,
            amends: None,
        };
        let Some(section) = section else {
            return header;
        };
        let whole = read::keyword(&section);
        header.meta = read::meta(&section, &Meta::default());
        if let Some(title) = read::child(&section, Rule::text) {
            header.title = read::string(&title);
        }
        let mut seen = Seen::default();
        for clause in self.clauses(section, Rule::convenant_items) {
            if !self.first_time(&mut seen, &clause) {
                continue;
            }
            match clause.as_rule() {
                Rule::region => {
                    header.region = read::labels(&clause)
                        .next()
                        .map(|n| read::string(&n))
                        .unwrap_or_default()
                }
                Rule::version => header.version = self.counted(&clause).unwrap_or(1),
                Rule::source => {
                    header.source = read::child(&clause, Rule::text).map(|t| read::string(&t))
                }
                Rule::calendar => {
                    if let Some(word) = read::child(&clause, Rule::calendar_word) {
                        header.calendar = read::calendar(word.as_str());
                    }
                }
                Rule::month_end => {
                    let next = read::child(&clause, Rule::month_end_word)
                        .is_some_and(|word| word.as_str().starts_with("volgende"));
                    header.month_end = if next {
                        MonthEnd::NextDay
                    } else {
                        MonthEnd::LastDay
                    };
                }
                Rule::amends => {
                    let version = self.counted(&clause);
                    let from = self.dated(&clause);
                    header.amends = version
                        .zip(from)
                        .map(|(version, from)| crate::model::Amends { version, from });
                }
                _ => {}
            }
        }
        for (rule, keyword) in [(Rule::region, "regio"), (Rule::version, "versie")] {
            if !seen.has(rule) {
                self.missing_clause(whole, keyword, "convenant", header.meta.span);
            }
        }
        header
    }

    /// The clauses of a block: without sources, with what is bad set aside.
    fn clauses(&mut self, block: Node<'a>, items: Rule) -> Vec<Node<'a>> {
        let mut clauses = Vec::new();
        let mut before = Span::default();
        for node in block.into_inner() {
            match node.as_rule() {
                Rule::bad | Rule::bad_body => {
                    let span = read::span(&node);
                    self.bad.push(Bad {
                        span,
                        items,
                        before,
                    });
                    before = Span::default();
                }
                Rule::article | Rule::assumption | Rule::quote | Rule::EOI => {}
                Rule::name
                | Rule::text
                | Rule::who
                | Rule::whos
                | Rule::duration
                | Rule::number
                | Rule::kind
                | Rule::polarity
                | Rule::fit_word
                | Rule::of_scheme
                | Rule::body_word
                | Rule::advised
                | Rule::term_end => clauses.push(node),
                _ => {
                    before = read::span(&node);
                    self.clauses += 1;
                    clauses.push(node);
                }
            }
        }
        clauses
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The value, or none and its diagnostic.
    fn sound<T>(&mut self, value: Result<T, Diagnostic>) -> Option<T> {
        value.map_err(|diagnostic| self.report(diagnostic)).ok()
    }

    fn duplicate_clause(&mut self, second: Span, first: Span, text: &str) {
        let word = text
            .split(|c: char| c.is_whitespace() || c == '{')
            .next()
            .unwrap_or_default();
        self.report(
            Diagnostic::new(Code::DUPLICATE_CLAUSE, second)
                .with("name", word)
                .and(first, "rel-first"),
        );
    }

    /// Reports a clause that must be there; not when it may stand in damaged text of the block that is `around`.
    fn missing_clause(&mut self, place: Span, keyword: &str, block: &str, around: Span) {
        let inside = |span: &Span| around.start <= span.start && span.end <= around.end;
        let mut bad = self.bad.iter().map(|bad| &bad.span).rev();
        if bad.any(inside) || self.heads.iter().any(inside) {
            return;
        }
        let diagnostic = Diagnostic::new(Code::MISSING_CLAUSE, place).with("name", keyword);
        self.unknown
            .push((self.diagnostics.len(), keyword.to_owned()));
        self.report(if block.is_empty() {
            diagnostic
        } else {
            diagnostic.with("block", block)
        });
    }

    /// Whether this is the first clause of its kind in the block; a second one is refused.
    fn first_time(&mut self, seen: &mut Seen, clause: &Node<'a>) -> bool {
        let rule = clause.as_rule();
        let span = read::span(clause);
        match seen.0.iter().find(|(r, _)| *r == rule) {
            None => {
                seen.0.push((rule, span));
                true
            }
            Some((_, first)) => {
                self.duplicate_clause(span, *first, clause.as_str());
                false
            }
        }
    }
}

/// Whether the clauses of a block lead from one step to another.
pub(crate) fn may_lead_on(items: Rule) -> bool {
    matches!(
        items,
        Rule::handover_items
            | Rule::step_items
            | Rule::decision_items
            | Rule::eligibility_outcome_items
            | Rule::offer_items
            | Rule::scheme_items
            | Rule::file_items
    )
}

/// Which kinds of clause a block already has.
#[derive(Default)]
struct Seen(Vec<(Rule, Span)>);

impl Seen {
    fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|(r, _)| *r == rule)
    }
}

/// A term for a file without one, so that its other sections can be checked.
fn no_term() -> Term {
    Term {
        meta: Meta::default(),
        signed: None,
        length: TermLength::Indefinite,
        entry: Entry::WhenAllSigned,
        extension: None,
        notice: None,
        notice_reminders: Vec::new(),
        evaluations: Vec::new(),
        at_end: AtEnd::Finish,
    }
}

/// Stands in for a role or body that was not found.
const NOBODY: Who = Who::Role(crate::model::RoleId(u16::MAX));
