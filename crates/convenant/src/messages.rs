//! Everything the program says to its user, in Dutch or English.
//!
//! Input: the id of a message and its arguments. Output: text from `messages/nl.ftl` or `messages/en.ftl`. Invariant: both
//! files hold the same ids, and every id that the code names is in them (a test holds both).

use convenant_lang::Lang;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::langid;

const DUTCH: &str = include_str!("../messages/nl.ftl");
const ENGLISH: &str = include_str!("../messages/en.ftl");

/// The messages of one language.
pub struct Messages {
    bundle: FluentBundle<FluentResource>,
    lang: Lang,
}

impl Messages {
    /// Reads the message file of the language, which is part of the program.
    pub fn new(lang: Lang) -> Self {
        let (id, text) = match lang {
            Lang::Nl => (langid!("nl"), DUTCH),
            Lang::En => (langid!("en"), ENGLISH),
        };
        let mut bundle = FluentBundle::new(vec![id]);
        bundle.set_use_isolating(false);
        // What does not parse is left out; the tests hold that nothing is.
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(rest, _)| rest);
        bundle.add_resource_overriding(resource);
        Self { bundle, lang }
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of a message; its id when there is none.
    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// The text of a message, if there is one with this id.
    pub fn find(&self, id: &str, args: &[(&str, Arg)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set(*name, value.clone().into_fluent());
        }
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&values), &mut errors);
        Some(text.into_owned())
    }
}

/// An argument of a message: text, or a number that chooses singular or plural.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl Arg {
    fn into_fluent(self) -> FluentValue<'static> {
        match self {
            Arg::Text(text) => FluentValue::from(text),
            Arg::Number(number) => FluentValue::from(number),
        }
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(text.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Arg::Text(text.clone())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Arg::Text(text)
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Arg::Number(i64::from(number))
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// The text of a message, by its id and named arguments.
macro_rules! say {
    ($messages:expr, $id:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $messages.text($id, &[$((stringify!($name), $crate::messages::Arg::from($value))),*])
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn ids(text: &str) -> BTreeSet<String> {
        FluentResource::try_new(text.to_owned())
            .unwrap_or_else(|(_, errors)| panic!("the message file does not parse: {errors:?}"));
        text.lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(id, _)| id.to_owned())
            .collect()
    }

    /// The names of the arguments that a message file uses, per message.
    fn variables(text: &str) -> Vec<(String, BTreeSet<String>)> {
        let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
        for line in text.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase())
                && let Some((id, _)) = line.split_once(" =")
            {
                found.push((id.to_owned(), BTreeSet::new()));
            }
            for rest in line.split('$').skip(1) {
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                found.last_mut().unwrap().1.insert(name);
            }
        }
        found.sort();
        found
    }

    fn sources(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("messages.rs")
            {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(ids(DUTCH), ids(ENGLISH));
        assert_eq!(variables(DUTCH), variables(ENGLISH));
    }

    #[test]
    fn every_message_that_the_code_names_exists_and_every_message_is_named() {
        let mut code = String::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut code,
        );
        let known = ids(DUTCH);
        let compact: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in compact.split("say!(").skip(1) {
            let named = part.split(')').next().unwrap_or_default();
            if let Some(id) = named.split('"').nth(1)
                && !named.contains("format!")
            {
                assert!(known.contains(id), "no message {id}");
            }
        }
        for id in &known {
            // Help texts and reasons are found by a composed id.
            let composed = ["help-", "wrong-use-", "refused-"]
                .iter()
                .any(|prefix| id.starts_with(prefix));
            assert!(
                composed || code.contains(&format!("\"{id}\"")),
                "nobody uses {id}"
            );
        }
    }

    #[test]
    fn numbers_choose_singular_or_plural() {
        let messages = Messages::new(Lang::Nl);
        let one = say!(
            messages,
            "check-summary",
            errors = 1usize,
            warnings = 0usize,
            files = 1usize
        );
        let two = say!(
            messages,
            "check-summary",
            errors = 2usize,
            warnings = 0usize,
            files = 1usize
        );
        assert!(one.contains("1 fout,"), "{one}");
        assert!(two.contains("2 fouten,"), "{two}");
    }
}
