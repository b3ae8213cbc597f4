//! The grammar at work: a prepared text to its pairs.
//!
//! Input: text as `source` prepared it. Output: the `file` node. Invariant: whatever the text says, the grammar takes it:
//! what it does not understand stands in nodes of kind `bad`.

mod diagnose;
mod words;

mod tree {
    #![allow(missing_docs, reason = "generated from the grammar")]
    #[derive(pest_derive::Parser)]
    #[grammar = "../../../grammar/convenant.pest"]
    pub struct Grammar;
}

use pest::Parser;
use pest::iterators::Pair;

pub(crate) use diagnose::{Damaged, diagnose, is_sound, read_with};
pub(crate) use tree::Rule;

/// A node of the parsed text.
pub(crate) type Node<'a> = Pair<'a, Rule>;

/// Parses a whole file.
pub(crate) fn parse(text: &str) -> Option<Node<'_>> {
    tree::Grammar::parse(Rule::file, text).ok()?.next()
}

/// A text as the grammar takes it, and the grammar alone: what the time of `check` is measured against.
pub struct Prepared(crate::source::Source);

impl Prepared {
    /// Prepares a text; none when it cannot be parsed at all.
    pub fn new(text: &str) -> Option<Prepared> {
        crate::source::read(text.as_bytes(), &mut Vec::new()).map(Prepared)
    }

    /// Lets the grammar make its nodes, and says whether it could.
    pub fn parse(&self) -> bool {
        tree::Grammar::parse(Rule::file, &self.0.prepared).is_ok()
    }
}
