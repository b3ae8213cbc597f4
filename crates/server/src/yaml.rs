//! YAML files that somebody else wrote: read with a limit, refused when they could hurt or mislead.
//!
//! Input: a path and the shape that is expected. Output: the value, or an error with place and remedy. Invariants: no file larger than the
//! limit is read; anchors and aliases are refused (a small file with them can become a very large one), as are a key that stands there
//! twice and (by `deny_unknown_fields` of the shape) a key that nobody knows.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::problem::without_values;

/// The largest file that is read.
pub const LARGEST_FILE: u64 = 256 * 1024;

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Too large.
    #[error("{path}: larger than {LARGEST_FILE} bytes; expected {expected}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What should stand in it.
        expected: &'static str,
    },
    /// Not of the right shape.
    #[error("{path}: {problem}; expected {expected}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What should stand in it.
        expected: &'static str,
    },
    /// Anchors and aliases.
    #[error("{path}:{line}: anchors and aliases (`&`, `*`) are not allowed; write the value out")]
    Alias {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
}

/// The text of a file.
pub fn text(path: &Path, expected: &'static str) -> Result<String, FileError> {
    let read_error = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(read_error)?.len() > LARGEST_FILE {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
            expected,
        });
    }
    std::fs::read_to_string(path).map_err(read_error)
}

/// The value of a text; `path` is for the errors.
pub fn value<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    expected: &'static str,
) -> Result<T, FileError> {
    if let Some(line) = text.lines().position(has_alias) {
        return Err(FileError::Alias {
            path: path.to_owned(),
            line: line.saturating_add(1),
        });
    }
    serde_yaml::from_str(text).map_err(|e| FileError::Shape {
        path: path.to_owned(),
        problem: without_values(&e.to_string()),
        expected,
    })
}

/// Whether a line of YAML uses an anchor or an alias, outside quotes and comments. Both, and quotes, count where a value can begin only:
/// the apostrophe in the middle of a word hides nothing.
fn has_alias(line: &str) -> bool {
    let mut quote: Option<char> = None;
    let (mut previous, mut last_ink) = (' ', ':');
    for c in line.chars() {
        let apart = previous.is_whitespace() || matches!(previous, '[' | '{' | ',');
        let begins = apart && matches!(last_ink, ':' | '-' | '?' | '[' | '{' | ',');
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if begins && (c == '"' || c == '\'') => quote = Some(c),
            None if c == '#' && previous.is_whitespace() => return false,
            None if begins && (c == '&' || c == '*') => return true,
            None => {}
        }
        previous = c;
        if !c.is_whitespace() {
            last_ink = c;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_seen_wherever_it_hides_and_nothing_else_is_one() {
        for hidden in [
            "a: &x 1",
            "- *x",
            "  *x",
            "a: [*x]",
            "foto's: *x",
            "{a: 's', b: *x}",
        ] {
            assert!(has_alias(hidden), "{hidden}");
        }
        for plain in [
            "naam: Zorg & Zo",
            "naam: '*'",
            "a: \"& b\"",
            "a: 1 # *x",
            "naam: wie*wat",
        ] {
            assert!(!has_alias(plain), "{plain}");
        }
    }
}
