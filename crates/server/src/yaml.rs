//! YAML files that somebody else wrote: read with a limit, refused when they could hurt or mislead.
//!
//! Input: a path and the shape that is expected. Output: the value, or an error with place and remedy. Invariants: no file larger than the
//! limit is read; anchors and aliases are refused (a small file with them can become a very large one), as are a key that stands there
//! twice and (by `deny_unknown_fields` of the shape) a key that nobody knows.

use std::path::{Path, PathBuf};

use fluent_bundle::FluentValue;
use serde::de::DeserializeOwned;

use crate::problem::without_values;
use crate::text::{Language, Texts};

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

impl FileError {
    /// Whether the file cannot be read: then nothing is wrong with what stands in it.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, FileError::Read { .. })
    }

    /// What is wrong, in the language of the reader.
    pub fn in_words(&self, texts: &Texts, language: Language) -> String {
        let say = |id: &str, args: &[(&str, String)]| {
            let args: Vec<_> = args
                .iter()
                .map(|(name, text)| (*name, FluentValue::from(text.as_str())))
                .collect();
            texts.get(language, id, &args)
        };
        let file = |path: &Path| ("plaats", path.display().to_string());
        match self {
            FileError::Read { path, source } => {
                let why = match source.kind() {
                    std::io::ErrorKind::NotFound => "weg",
                    std::io::ErrorKind::PermissionDenied => "dicht",
                    _ => "anders",
                };
                say(
                    "bestand-niet-gelezen",
                    &[file(path), ("waarom", why.to_owned())],
                )
            }
            FileError::TooLarge { path, .. } => {
                let most = ("meest", (LARGEST_FILE / 1024).to_string());
                say("bestand-te-groot", &[file(path), most])
            }
            FileError::Alias { path, line } => {
                let place = format!("{}:{line}", path.display());
                say("bestand-verwijzing", &[("plaats", place)])
            }
            FileError::Shape { path, problem, .. } => {
                let told = Told::of(problem);
                let place = format!("{}{}", path.display(), told.place);
                say(
                    told.message,
                    &[
                        ("plaats", place),
                        ("naam", told.name),
                        ("keuze", told.choice),
                    ],
                )
            }
        }
    }
}

/// What the parser says in English: which message says so, of what, and where.
struct Told {
    message: &'static str,
    name: String,
    choice: String,
    /// `:5:3`, when it is known.
    place: String,
}

impl Told {
    fn of(problem: &str) -> Told {
        let (what, place) = problem.split_once(" at line ").unwrap_or((problem, ""));
        let mut numbers = place
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty());
        let line = numbers.next();
        let place = match (line, numbers.next()) {
            (Some(line), Some(column)) => format!(":{line}:{column}"),
            _ => String::new(),
        };
        let told = |message, name: &str, choice: &str| Told {
            message,
            name: name.to_owned(),
            choice: choice.to_owned(),
            place,
        };
        let after = |start: &str| what.split_once(start).map(|(_, rest)| rest);
        let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
        let expected = after("expected ").unwrap_or_default();
        let choice = expected.trim_start_matches("one of ").replace(" or ", ", ");
        if let Some(rest) = after("missing field ") {
            told("bestand-ontbreekt", &quoted(rest), "")
        } else if let Some(rest) = after("unknown field ").or(after("unknown variant ")) {
            told("bestand-onbekend", &quoted(rest), &choice)
        } else if let Some(rest) = after("duplicate field ") {
            told("bestand-dubbel", &quoted(rest), "")
        } else if let Some(kind) = kind(expected) {
            told("bestand-soort", kind, "")
        } else {
            told("bestand-geen-yaml", "", "")
        }
    }
}

/// What was expected, when it is one of the shapes that a value can have.
fn kind(expected: &str) -> Option<&'static str> {
    let first = expected.split_whitespace().next()?;
    match expected {
        "a string" => Some("tekst"),
        "a sequence" => Some("lijst"),
        "a map" => Some("namen"),
        "a boolean" => Some("waar"),
        _ if first == "struct" => Some("namen"),
        _ if first.len() <= 4 && first.starts_with(['u', 'i']) => Some("getal"),
        _ => None,
    }
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
    #![allow(clippy::unwrap_used)]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "lijst")]
        _list: Vec<u16>,
        #[serde(rename = "wie")]
        _who: Entry,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        #[serde(rename = "naam")]
        _name: String,
    }

    #[test]
    fn what_is_wrong_with_the_shape_is_said_in_the_language_of_the_reader() {
        let texts = Texts::new();
        for (text, dutch) in [
            ("lijst: [1]\n", "a.yaml: `wie` ontbreekt."),
            (
                "lijst: [1]\nwie: {naam: x, nam: y}\n",
                "a.yaml:2:16: `nam` hoort hier niet. Kies uit: `naam`.",
            ),
            (
                "lijst: 1\nwie: {naam: x}\n",
                "a.yaml:1:8: hier hoort een lijst.",
            ),
            (
                "lijst: [veel]\nwie: {naam: x}\n",
                "a.yaml:1:9: hier hoort een getal.",
            ),
            (
                "lijst: [1]\nwie: jan\n",
                "a.yaml:2:6: hier horen namen met een waarde, elk op een regel.",
            ),
            (
                "lijst: [1}\n",
                "a.yaml:1:10: dit is geen goede YAML. Kijk naar het inspringen, de dubbele punten en de aanhalingstekens.",
            ),
        ] {
            let error = value::<File>(Path::new("a.yaml"), text, "x").unwrap_err();
            assert_eq!(error.in_words(&texts, Language::Dutch), dutch, "{error}");
            let english = error.in_words(&texts, Language::English);
            assert!(english.starts_with("a.yaml:") && !english.contains("hier"));
        }
    }

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
