//! What people read, in Dutch or English, from the message files of this crate.
//!
//! Input: a message id with arguments. Output: text; a message that is missing gives its id, which a test forbids.
//! The language is Dutch unless the request asks for English.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;

/// A language of the pages and messages.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Language {
    /// Dutch: the default.
    #[default]
    #[serde(rename = "nl")]
    Dutch,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The tag of RFC 5646.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Dutch => "nl",
            Language::English => "en",
        }
    }

    /// From `?lang=`.
    pub fn from_tag(tag: &str) -> Option<Language> {
        match tag {
            "nl" => Some(Language::Dutch),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// From `Accept-Language`: whichever of the two is preferred (RFC 9110, 12.5.4).
    pub fn from_accept(header: &str) -> Option<Language> {
        let mut best: Option<(u16, Language)> = None;
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default();
            let Some(language) = Language::from_tag(&primary.to_ascii_lowercase()) else {
                continue;
            };
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(Some(1000), thousandths)
                .unwrap_or(0);
            if weight > 0 && best.is_none_or(|(w, _)| weight > w) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// `0.8` as 800.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let whole: u16 = whole.parse().ok()?;
    let fraction: u16 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    whole.checked_mul(1000)?.checked_add(fraction)
}

/// The messages in both languages.
pub struct Texts {
    dutch: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

impl Default for Texts {
    fn default() -> Self {
        Texts::new()
    }
}

impl Texts {
    /// Reads the message files that are built in.
    pub fn new() -> Texts {
        Texts {
            dutch: bundle("nl", include_str!("../messages/nl.ftl")),
            english: bundle("en", include_str!("../messages/en.ftl")),
        }
    }

    /// The message, with its arguments.
    pub fn get(&self, language: Language, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        let bundle = match language {
            Language::Dutch => &self.dutch,
            Language::English => &self.english,
        };
        let Some(pattern) = bundle.get_message(id).and_then(|m| m.value()) else {
            return id.to_owned();
        };
        let args: FluentArgs<'_> = args.iter().map(|(k, v)| (*k, v.clone())).collect();
        let mut errors = Vec::new();
        bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned()
    }

    /// `15 maart 2017`.
    pub fn date(&self, language: Language, date: Date) -> String {
        let month = self.get(language, &format!("maand-{}", date.month()), &[]);
        format!("{} {month} {}", date.day(), date.year())
    }

    /// Whether the message exists.
    pub fn has(&self, language: Language, id: &str) -> bool {
        match language {
            Language::Dutch => self.dutch.has_message(id),
            Language::English => self.english.has_message(id),
        }
    }
}

fn bundle(tag: &str, source: &str) -> FluentBundle<FluentResource> {
    let locale = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // The pages are in one direction of writing: no invisible isolation marks.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) => resource,
        Err((partial, _)) => partial,
    };
    bundle.add_resource_overriding(resource);
    bundle
}
