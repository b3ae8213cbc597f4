//! What is said about a file: codes, places and arguments, and the message in Dutch or English when somebody asks.
//!
//! Input: a code, a span and arguments. Output: `Diagnostic`, whose texts stand in `messages/{nl,en}.ftl` under the code.
//! Invariant: making a diagnostic builds no text; the place, the expectation and the hint are data.

mod code;
mod lines;
mod message;

pub use code::Code;
pub use lines::{Lines, Place};
pub use message::Lang;

use crate::model::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file has no model.
    Error,
    /// The file runs; somebody should look.
    Warning,
}

/// One thing to say about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// What, by number; its page is `grammar/<code>.md`.
    pub code: Code,
    /// Error or warning; follows from the code.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What the message fills in, by name.
    pub args: Vec<(&'static str, Arg)>,
    /// Other places that matter (`messages` id of what they are, such as `rel-first`).
    pub related: Vec<Related>,
}

/// Another place that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// The id of its label in the message files (`rel-…`).
    pub label: &'static str,
}

/// An argument of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// Text of the file (a name, a word), shown as it is.
    Text(String),
    /// A number.
    Number(i64),
    /// Alternatives: shown as 'a, b of c'.
    AnyOf(Vec<Word>),
    /// Enumeration: shown as 'a, b en c'.
    AllOf(Vec<Word>),
}

/// A word in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// A word of the language or a name in the file, shown between backticks.
    Literal(String),
    /// A kind of thing ('a date'), by its id in the message files (`w-…`).
    Kind(&'static str),
}

impl Diagnostic {
    /// A diagnostic without arguments.
    pub fn new(code: Code, span: Span) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            span,
            args: Vec::new(),
            related: Vec::new(),
        }
    }

    /// With an argument (chainable).
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Diagnostic {
        self.args.push((name, arg.into()));
        self
    }

    /// With an argument if there is one (chainable): `near`, the nearest spelling, chooses the hint.
    pub fn with_some(self, name: &'static str, arg: Option<impl Into<Arg>>) -> Diagnostic {
        match arg {
            Some(arg) => self.with(name, arg),
            None => self,
        }
    }

    /// With another place that matters (chainable).
    pub fn and(mut self, span: Span, label: &'static str) -> Diagnostic {
        self.related.push(Related { span, label });
        self
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Arg {
        Arg::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Arg {
        Arg::Number(number)
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Arg {
        Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
