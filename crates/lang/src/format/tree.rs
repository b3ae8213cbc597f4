//! Tokens as blocks and clauses: where a line begins and what belongs together.
//!
//! Input: tokens, and the places where the grammar found clauses, sources and joints. Output: nested `Item`s that hold every
//! token once, in order.

use std::collections::{HashMap, HashSet};

use super::tokens::{Kind, Token};
use crate::syntax::{Node, Rule};

/// What the grammar says about places in the text.
#[derive(Default)]
pub(super) struct Places {
    /// Where clauses begin.
    clauses: HashMap<usize, Rule>,
    /// Where `artikel` and `aanname` begin that are sources.
    sources: HashSet<usize>,
    /// Where `en`, `of` and `tenzij` stand in a condition.
    joints: HashSet<usize>,
    /// Where the condition or judgement of a criterion, or anything else that stands in a block, takes its line.
    opens: Vec<usize>,
}

impl Places {
    /// Reads the places from the syntax.
    pub(super) fn of(file: Node<'_>, tokens: &[Token<'_>]) -> Places {
        let mut places = Places {
            opens: tokens
                .iter()
                .filter(|t| t.kind == Kind::Open)
                .map(|t| t.start)
                .collect(),
            ..Places::default()
        };
        for section in file.into_inner() {
            places
                .clauses
                .insert(section.as_span().start(), section.as_rule());
            places.node(section);
        }
        places
    }

    fn node(&mut self, node: Node<'_>) {
        let mut at = node.as_span().start();
        let mut open = None;
        for child in node.into_inner() {
            let span = child.as_span();
            open = open.or_else(|| self.open_within(at, span.start()));
            at = span.end();
            match child.as_rule() {
                Rule::article | Rule::assumption => {
                    self.sources.insert(span.start());
                }
                Rule::quote => {}
                Rule::op_and | Rule::op_or | Rule::op_unless => {
                    self.joints.insert(span.start());
                }
                rule => {
                    if open.is_some() {
                        self.clauses.insert(span.start(), rule);
                    }
                    self.node(child);
                }
            }
        }
    }

    /// The first `{` between two places.
    fn open_within(&self, from: usize, to: usize) -> Option<usize> {
        let first = self.opens.partition_point(|open| *open < from);
        self.opens.get(first).copied().filter(|open| *open < to)
    }

    pub(super) fn is_source(&self, token: &Token<'_>) -> bool {
        self.sources.contains(&token.start)
    }

    pub(super) fn is_joint(&self, token: &Token<'_>) -> bool {
        self.joints.contains(&token.start)
    }
}

/// Something that takes a line of its own.
pub(super) enum Item<'a> {
    /// A comment.
    Comment(Token<'a>),
    /// A line of the signed text.
    Quote(Token<'a>),
    /// A source that does not end a clause: of the block, or after a quotation.
    Source(Vec<Token<'a>>),
    /// A clause, with its blocks.
    Clause(Clause<'a>),
}

/// A clause.
pub(super) struct Clause<'a> {
    /// What the grammar calls it, if it was found.
    pub(super) rule: Option<Rule>,
    /// What it consists of.
    pub(super) parts: Vec<Part<'a>>,
}

/// A part of a clause.
pub(super) enum Part<'a> {
    /// A token; a comment ends its line.
    Token(Token<'a>),
    /// A block.
    Block(Block<'a>),
}

/// What stands between `{` and `}`.
pub(super) struct Block<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// The author wrote it on one line.
    pub(super) on_one_line: bool,
}

impl<'a> Item<'a> {
    /// Line ends before the first token.
    pub(super) fn lines_before(&self) -> usize {
        match self {
            Item::Comment(token) | Item::Quote(token) => token.lines,
            Item::Source(tokens) => tokens.first().map_or(0, |t| t.lines),
            Item::Clause(clause) => match clause.parts.first() {
                Some(Part::Token(token)) => token.lines,
                _ => 0,
            },
        }
    }

    /// The rule of a clause.
    pub(super) fn rule(&self) -> Option<Rule> {
        match self {
            Item::Clause(clause) => clause.rule,
            _ => None,
        }
    }
}

/// Builds the tree.
pub(super) fn tree<'a>(tokens: &[Token<'a>], places: &Places) -> Vec<Item<'a>> {
    let mut reader = Reader {
        tokens,
        places,
        at: 0,
    };
    let mut items = Vec::new();
    while reader.peek().is_some() {
        items.extend(reader.items());
        // A `}` too many cannot follow from a text without mistakes; nothing may get lost all the same.
        if let Some(token) = reader.next() {
            items.push(Item::Source(vec![token]));
        }
    }
    items
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    places: &'t Places,
    at: usize,
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// Everything up to the `}` that closes this block, or to the end.
    fn items(&mut self) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Close => break,
                Kind::Comment => {
                    self.at += 1;
                    items.push(Item::Comment(token));
                }
                Kind::Quote => {
                    self.at += 1;
                    items.push(Item::Quote(token));
                }
                _ if self.places.is_source(&token) => {
                    items.push(Item::Source(self.source()));
                }
                _ => items.push(Item::Clause(self.clause())),
            }
        }
        items
    }

    /// `aanname`, or `artikel` and its text.
    fn source(&mut self) -> Vec<Token<'a>> {
        let mut tokens: Vec<Token<'a>> = self.next().into_iter().collect();
        if let Some(text) = self.peek()
            && text.kind == Kind::Text
        {
            self.at += 1;
            tokens.push(text);
        }
        tokens
    }

    fn clause(&mut self) -> Clause<'a> {
        let mut parts = Vec::new();
        let first = self.peek();
        let rule = first.and_then(|t| self.places.clauses.get(&t.start).copied());
        while let Some(token) = self.peek() {
            if !parts.is_empty() && self.ends(&token) {
                break;
            }
            self.at += 1;
            if token.kind == Kind::Open {
                parts.push(Part::Block(self.block()));
            } else {
                parts.push(Part::Token(token));
            }
        }
        Clause { rule, parts }
    }

    /// Whether the clause before this token is complete.
    fn ends(&self, token: &Token<'a>) -> bool {
        match token.kind {
            Kind::Close | Kind::Quote => true,
            // A comment belongs to a clause only if the clause goes on behind it.
            Kind::Comment => self
                .tokens
                .get(self.at..)
                .into_iter()
                .flatten()
                .find(|t| t.kind != Kind::Comment)
                .is_none_or(|next| self.ends(next)),
            _ => self.places.clauses.contains_key(&token.start),
        }
    }

    /// The block behind a `{` that was just read, with its `}`.
    fn block(&mut self) -> Block<'a> {
        let first = self.at;
        let items = self.items();
        let close = self.at.min(self.tokens.len());
        self.at += 1;
        let inside = self.tokens.get(first..=close).unwrap_or_default();
        let on_one_line = inside
            .iter()
            .all(|t| t.lines == 0 && !matches!(t.kind, Kind::Comment | Kind::Quote));
        Block { items, on_one_line }
    }
}
