//! Text to syntax to typed model, with diagnostics, formatter and editor queries.
//!
//! `check` goes from the bytes of a file to a `Convenant` by way of `source` (limits and characters), `syntax`
//! (the grammar, with recovery), `lower` (names and types) and `check` (what must hold of a whole agreement).
//! It never panics, reports every mistake of a file at once, and builds no message text: `Diagnostic::message` does.

pub mod check;
mod cron;
mod diagnostic;
mod format;
mod literal;
mod lower;
pub mod model;
mod nearest;
mod source;
mod syntax;
pub mod template;
mod value;

pub use check::{Checked, check};
pub use diagnostic::{Arg, Code, Diagnostic, Lang, Lines, Place, Related, Severity, Word};
pub use format::format;
pub use nearest::nearest;
pub use syntax::Prepared;
pub use value::{date_to_text, duration_to_text, parse_value, sorted_periods, value_to_text};
