//! The section `looptijd`: the convenant's own life; and the values that any clause may hold.
//!
//! Input: its node. Output: `Term`. Invariant: exactly one of `van`, `duur` and `onbepaald`.

use jiff::civil::Date;

use crate::diagnostic::{Code, Diagnostic};
use crate::literal;
use crate::model::{
    AtEnd, Duration, Entry, EvaluationWhen, Meta, Span, Target, Term, TermEvaluation,
    TermExtension, TermLength,
};
use crate::syntax::{Node, Rule};

use super::{Lower, Seen, no_term, read};

impl<'a> Lower<'a> {
    pub(super) fn term(&mut self, section: Option<Node<'a>>) -> Term {
        let mut term = no_term();
        let Some(section) = section else { return term };
        let whole = read::keyword(&section);
        term.meta = read::meta(&section, &Meta::default());
        let mut seen = Seen::default();
        let mut length: Option<(Span, TermLength)> = None;
        let mut entry = None;
        for clause in self.clauses(section, Rule::term_items) {
            let rule = clause.as_rule();
            if rule == Rule::term_evaluation {
                let evaluation = self.term_evaluation(&clause, &term.meta);
                term.evaluations.extend(evaluation);
                continue;
            }
            if !self.first_time(&mut seen, &clause) {
                continue;
            }
            match rule {
                Rule::signed => term.signed = self.dated(&clause),
                Rule::term_dates | Rule::term_length | Rule::indefinite => {
                    self.term_length(&clause, &mut length)
                }
                Rule::entry => {
                    entry = Some(self.dated(&clause).map_or(Entry::WhenAllSigned, Entry::On))
                }
                Rule::term_extension => term.extension = self.term_extension(&clause, &term.meta),
                Rule::notice_period => {
                    let meta = read::meta(&clause, &term.meta);
                    term.notice_reminders = self.ladder_of(&clause, &meta).reminders;
                    term.notice = self.lasting(&clause).map(|d| (meta, d));
                }
                Rule::at_end => term.at_end = self.at_end(&clause),
                _ => {}
            }
        }
        let length_known = length.is_some();
        match length {
            Some((_, length)) => term.length = length,
            None if seen.has(Rule::term_dates) || seen.has(Rule::term_length) => {}
            None => self.missing_clause(whole, "van", "looptijd", term.meta.span),
        }
        term.entry = match (entry, &term.length, term.signed) {
            (Some(entry), ..) => entry,
            (None, TermLength::Dates { from, .. }, _) => Entry::On(*from),
            (None, _, Some(signed)) => Entry::On(signed),
            (None, _, None) if length_known => {
                self.missing_clause(whole, "inwerkingtreding", "looptijd", term.meta.span);
                Entry::WhenAllSigned
            }
            (None, _, None) => Entry::WhenAllSigned,
        };
        term
    }

    fn term_length(&mut self, clause: &Node<'a>, length: &mut Option<(Span, TermLength)>) {
        let place = read::span(clause);
        let new = match clause.as_rule() {
            Rule::term_dates => {
                let dates: Vec<Option<Date>> = read::children(clause, Rule::date)
                    .map(|date| self.date(&date))
                    .collect();
                let inclusive = read::child(clause, Rule::inclusive).is_some();
                let [Some(from), Some(last)] = dates.as_slice() else {
                    return;
                };
                let until = if inclusive {
                    last.tomorrow().unwrap_or(*last)
                } else {
                    *last
                };
                if until <= *from {
                    return self.report(Diagnostic::new(Code::TERM_ENDS_BEFORE_START, place));
                }
                TermLength::Dates { from: *from, until }
            }
            Rule::term_length => match self.recurring(clause) {
                Some(duration) => TermLength::Length(duration),
                None => return,
            },
            _ => TermLength::Indefinite,
        };
        match length {
            Some((first, _)) => {
                let first = *first;
                self.report(
                    Diagnostic::new(Code::CONFLICTING_CLAUSES, place).and(first, "rel-first"),
                );
            }
            None => *length = Some((place, new)),
        }
    }

    fn term_evaluation(&mut self, clause: &Node<'a>, around: &Meta) -> Option<TermEvaluation> {
        let by = self.by(clause);
        let when = match read::child(clause, Rule::date) {
            Some(date) => EvaluationWhen::On(self.date(&date)?),
            None => EvaluationWhen::Every(self.recurring(clause)?),
        };
        let meta = read::meta(clause, around);
        Some(TermEvaluation {
            ladder: self.ladder_of(clause, &meta),
            meta,
            when,
            by,
        })
    }

    fn term_extension(&mut self, clause: &Node<'a>, around: &Meta) -> Option<TermExtension> {
        let silent = read::child(clause, Rule::silent).is_some();
        let by = read::child(clause, Rule::who).map(|who| self.body_id(&who));
        let (by_length, at_most) = (self.recurring(clause), self.counted(clause));
        let by = if silent { None } else { by? };
        Some(TermExtension {
            meta: read::meta(clause, around),
            by,
            by_length: by_length?,
            at_most: at_most?,
        })
    }

    /// The target is looked up in every scheme: each has an end or step of that name, or the cases of it are finished.
    fn at_end(&mut self, clause: &Node<'a>) -> AtEnd {
        let Some(name) = read::child(clause, Rule::target).and_then(|t| read::name(&t)) else {
            return AtEnd::Finish;
        };
        let targets: Vec<Option<Target>> = (0..self.schemes.len())
            .map(|scheme| self.target_named(&name, scheme, false))
            .collect();
        if targets.iter().all(Option::is_none) {
            let known: Vec<&'a str> = self
                .schemes
                .iter()
                .flat_map(|s| s.steps.keys().chain(s.ends.keys()))
                .copied()
                .collect();
            self.unknown_name(Code::UNKNOWN_TARGET, &name, known.into_iter());
        }
        AtEnd::Move(
            targets
                .into_iter()
                .map(|t| t.unwrap_or(Target::Stay))
                .collect(),
        )
    }

    /// A date, or none and its diagnostic.
    pub(super) fn date(&mut self, node: &Node<'a>) -> Option<Date> {
        self.sound(literal::date(node.as_str(), read::span(node)))
    }

    /// The first date of a clause, if it holds one.
    pub(super) fn dated(&mut self, clause: &Node<'a>) -> Option<Date> {
        read::child(clause, Rule::date).and_then(|date| self.date(&date))
    }

    /// A duration, or none and its diagnostic.
    pub(super) fn duration(&mut self, node: &Node<'a>) -> Option<Duration> {
        self.sound(literal::duration(node.as_str(), read::span(node)))
    }

    /// The first duration of a clause, if it holds one.
    pub(super) fn lasting(&mut self, clause: &Node<'a>) -> Option<Duration> {
        read::child(clause, Rule::duration).and_then(|duration| self.duration(&duration))
    }

    /// The first duration of a clause, which may not be zero.
    pub(super) fn recurring(&mut self, clause: &Node<'a>) -> Option<Duration> {
        let node = read::child(clause, Rule::duration)?;
        let duration = self.duration(&node)?;
        if duration.amount == 0 {
            self.report(
                Diagnostic::new(Code::ZERO, read::span(&node)).with("found", node.as_str()),
            );
            return None;
        }
        Some(duration)
    }

    /// The first number of a clause: whole, not negative, within `T`.
    pub(super) fn counted<T: TryFrom<i64>>(&mut self, clause: &Node<'a>) -> Option<T> {
        let node = read::child(clause, Rule::number)?;
        self.sound(literal::count(node.as_str(), read::span(&node)))
    }

    /// The first percentage of a clause: from 0 to 100.
    pub(super) fn shared(&mut self, clause: &Node<'a>) -> Option<i64> {
        let node = read::child(clause, Rule::percentage)?;
        let share = self.sound(literal::percentage(node.as_str(), read::span(&node)))?;
        if !(0..=1_000_000).contains(&share) {
            self.report(
                Diagnostic::new(Code::BAD_PERCENTAGE, read::span(&node))
                    .with("found", node.as_str()),
            );
            return None;
        }
        Some(share)
    }
}
