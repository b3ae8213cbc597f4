//! The text of a diagnostic, from the message files.
//!
//! Input: a diagnostic and a language. Output: message, hint, labels. The file holds per code `C0101 = …`, with `.hint` for
//! what to do and `.hint-near` for when a nearest spelling (`near`) is known; `w-…` are kinds of things, `rel-…` labels of places.
//! Invariant: a message that is missing or lacks an argument shows the code, never nothing; the tests refuse such a file.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::langid;

use super::{Arg, Code, Diagnostic, Related, Word};

/// A language for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

static NL: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(langid!("nl"), include_str!("../../messages/nl.ftl")));
static EN: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(langid!("en"), include_str!("../../messages/en.ftl")));

fn bundle(lang: unic_langid::LanguageIdentifier, text: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![lang]);
    // The texts run from left to right only; the marks would show up in terminals and tests.
    bundle.set_use_isolating(false);
    // What can be read of a faulty file is used; the tests refuse a faulty file.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(rest, _)| rest);
    bundle.add_resource_overriding(resource);
    bundle
}

impl Lang {
    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        match self {
            Lang::Nl => &NL,
            Lang::En => &EN,
        }
    }

    /// A message, or one of its attributes, filled in; none when absent or when an argument is missing.
    fn text(
        self,
        id: &str,
        attribute: Option<&str>,
        args: &[(&'static str, Arg)],
    ) -> Option<String> {
        let message = self.bundle().get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut filled = FluentArgs::new();
        for (name, arg) in args {
            match arg {
                // Text, so that a year is not written as 2.017.
                Arg::Number(number) => filled.set(*name, number.to_string()),
                Arg::Text(text) => filled.set(*name, text.as_str()),
                Arg::AnyOf(words) => filled.set(*name, self.list(words, "list-or")),
                Arg::AllOf(words) => filled.set(*name, self.list(words, "list-and")),
            }
        }
        let mut errors = Vec::new();
        let text = self
            .bundle()
            .format_pattern(pattern, Some(&filled), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    fn list(self, words: &[Word], joint: &str) -> String {
        let joint = self.text(joint, None, &[]).unwrap_or_default();
        let mut list = String::new();
        for (i, word) in words.iter().enumerate() {
            if i > 0 && i + 1 == words.len() {
                list.push(' ');
                list.push_str(&joint);
                list.push(' ');
            } else if i > 0 {
                list.push_str(", ");
            }
            match word {
                Word::Literal(text) => {
                    list.push('`');
                    list.push_str(text);
                    list.push('`');
                }
                Word::Kind(id) => {
                    list.push_str(&self.text(id, None, &[]).unwrap_or_else(|| (*id).to_owned()))
                }
            }
        }
        list
    }
}

impl Diagnostic {
    /// What is wrong, in one sentence.
    pub fn message(&self, lang: Lang) -> String {
        let id = self.code.to_string();
        lang.text(&id, None, &self.args).unwrap_or(id)
    }

    /// What to do about it, if there is something to say.
    pub fn hint(&self, lang: Lang) -> Option<String> {
        let id = self.code.to_string();
        let near = self.args.iter().any(|(name, _)| *name == "near");
        near.then(|| lang.text(&id, Some("hint-near"), &self.args))
            .flatten()
            .or_else(|| lang.text(&id, Some("hint"), &self.args))
    }
}

impl Related {
    /// What is there.
    pub fn message(&self, lang: Lang) -> String {
        lang.text(self.label, None, &[])
            .unwrap_or_else(|| self.label.to_owned())
    }
}

impl Code {
    /// Whether the message files know it.
    pub fn has_message(self, lang: Lang) -> bool {
        lang.bundle().has_message(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn message_files_are_sound_and_alike() {
        // Ids, and per id the attributes, in order: both languages say the same things.
        fn read(text: &'static str) -> Vec<&'static str> {
            FluentResource::try_new(text.to_owned())
                .map_err(|(_, errors)| errors)
                .unwrap();
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once(" = "))
                .map(|(id, _)| id)
                .collect()
        }
        let nl = read(include_str!("../../messages/nl.ftl"));
        assert_eq!(nl, read(include_str!("../../messages/en.ftl")));
        for code in Code::ALL {
            assert!(code.has_message(Lang::Nl), "{code} has no message");
        }
    }
}
