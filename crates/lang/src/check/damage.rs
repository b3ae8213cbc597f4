//! The parts of a file that were not understood, so that one mistake gives one message.
//!
//! Input: the spans of clauses with an error. Output: whether a clause is touched, whether a name occurs in damaged text.
//! Invariant: `words` holds every name that occurs inside one of `spans`.

use std::collections::HashSet;

use crate::diagnostic::{Arg, Diagnostic};
use crate::model::{Convenant, Span};

/// Spans that were not understood, and the names in them.
#[derive(Debug, Clone, Default)]
pub struct Damage {
    spans: Vec<Span>,
    words: HashSet<String>,
}

impl Damage {
    /// Gathers the damaged spans of `text`; spans may overlap and come in any order.
    pub fn new(text: &str, mut spans: Vec<Span>) -> Damage {
        spans.sort_by_key(|s| (s.start, s.end));
        let mut words = HashSet::new();
        let mut done = 0;
        for span in &spans {
            let (start, end) = (span.start.max(done) as usize, span.end as usize);
            done = done.max(span.end);
            let Some(part) = text.get(start..end.max(start)) else {
                continue;
            };
            // A quoted name is one word, and so is each word in it.
            words.extend(part.split('"').filter(|w| !w.is_empty()).map(str::to_owned));
            words.extend(
                part.split(|c: char| !(c.is_alphanumeric() || c == '-'))
                    .filter(|w| !w.is_empty())
                    .map(str::to_owned),
            );
        }
        Damage { spans, words }
    }

    /// What a misspelt word was meant to be counts as mentioned, and so does what a clause without a name of its own is called.
    pub(super) fn meant(&mut self, diagnostic: &Diagnostic) {
        let near = diagnostic.args.iter().find(|(name, _)| *name == "near");
        if let Some((_, Arg::Text(word))) = near {
            self.words.insert(word.clone());
        }
        for (keyword, name) in [
            ("toewijzen", "toewijzing"),
            ("aanbod", "aanbod"),
            ("omslag", "omslag"),
        ] {
            if self.words.contains(keyword) {
                self.words.insert(name.to_owned());
            }
        }
    }

    /// Text that leads from step to step was not understood: any step or end may be where it leads.
    pub(super) fn leads_anywhere(&mut self, model: &Convenant) {
        for handover in model.schemes.iter().map(|scheme| &scheme.handover) {
            self.words
                .extend(handover.steps.iter().map(|step| step.name.clone()));
            self.words
                .extend(handover.ends.iter().map(|end| end.name.clone()));
        }
    }

    /// Nothing is damaged.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Some damaged text lies inside `span` (or the other way round): what is absent there may only seem so.
    pub fn touches(&self, span: Span) -> bool {
        let after = self.spans.partition_point(|s| s.start < span.end);
        self.spans
            .iter()
            .take(after)
            .rev()
            .any(|s| s.end > span.start)
    }

    /// The name occurs in damaged text: it may be declared, used or reached there.
    pub fn mentions(&self, name: &str) -> bool {
        self.words.contains(name)
    }
}
