//! Small readings of one node: its span, its text, its source, its children of a kind.
//!
//! Input: a node. Output: what it says. Invariant: nothing here can fail or report.

use crate::model::{CalendarKind, Meta, PartyKind, PrivacyClass, Span, SpreadPeriod};
use crate::syntax::{Node, Rule};

/// The place of a node.
pub fn span(node: &Node<'_>) -> Span {
    let span = node.as_span();
    place(span.start(), span.end())
}

/// A place; texts are at most 1 MiB, so every offset fits.
pub fn place(start: usize, end: usize) -> Span {
    let fit = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span {
        start: fit(start),
        end: fit(end),
    }
}

/// The place of the first line of a node: what to point at in a long block.
pub fn keyword(node: &Node<'_>) -> Span {
    let first = node
        .as_str()
        .split(['{', '\n'])
        .next()
        .unwrap_or_default()
        .trim_end();
    let start = node.as_span().start();
    place(start, start + first.len())
}

/// The text of a `name` or of a `text` without its quotation marks.
pub fn bare<'a>(node: &Node<'a>) -> &'a str {
    let text = node.as_str();
    match text.strip_prefix(['"', '\u{3}']) {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => text,
    }
}

/// The same, owned.
pub fn string(node: &Node<'_>) -> String {
    bare(node).to_owned()
}

/// The first child of a kind.
pub fn child<'a>(node: &Node<'a>, rule: Rule) -> Option<Node<'a>> {
    node.clone()
        .into_inner()
        .find(|child| child.as_rule() == rule)
}

/// The children of a kind.
pub fn children<'a>(node: &Node<'a>, rule: Rule) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.clone()
        .into_inner()
        .filter(move |child| child.as_rule() == rule)
}

/// The names and texts that are children.
pub fn labels<'a>(node: &Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.clone()
        .into_inner()
        .filter(|child| matches!(child.as_rule(), Rule::name | Rule::text))
}

/// The name of a clause: its first `name`.
pub fn name<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    child(node, Rule::name)
}

/// What a condition is about: a fact of the case, one of the home, or the party of the case.
pub fn subject<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let rules = [Rule::name, Rule::of_home, Rule::of_case];
    node.clone()
        .into_inner()
        .find(|child| rules.contains(&child.as_rule()))
}

/// The title of a clause, or else its name.
pub fn title(node: &Node<'_>) -> String {
    child(node, Rule::text)
        .or_else(|| name(node))
        .map(|n| string(&n))
        .unwrap_or_default()
}

/// The source of a clause: its own, or that of the block around it.
pub fn meta(node: &Node<'_>, around: &Meta) -> Meta {
    let mut own = Meta {
        span: span(node),
        ..Meta::default()
    };
    for child in node.clone().into_inner() {
        match child.as_rule() {
            Rule::article => own.article = self::child(&child, Rule::text).map(|t| string(&t)),
            Rule::assumption => own.assumption = true,
            Rule::quote => {
                let quote = child.as_str().trim_start_matches('\u{1}').trim();
                own.quotes.push(quote.to_owned());
            }
            _ => {}
        }
    }
    if own.article.is_none() && !own.assumption {
        own.article.clone_from(&around.article);
        own.assumption = around.assumption;
    }
    own
}

/// `werkdagen`, `atw`, `kalenderdagen`.
pub fn calendar(word: &str) -> CalendarKind {
    match word {
        "werkdagen" => CalendarKind::WorkingDays,
        "atw" => CalendarKind::Atw,
        _ => CalendarKind::CalendarDays,
    }
}

/// A kind of party, in singular or plural.
pub fn kind(word: &str) -> PartyKind {
    PartyKind::ALL
        .into_iter()
        .find(|kind| word.starts_with(kind.keyword()))
        .unwrap_or(PartyKind::Organisation)
}

/// `per kalenderjaar` and so on.
pub fn period(words: &str) -> SpreadPeriod {
    match words.split_whitespace().last() {
        Some("kalenderjaar") => SpreadPeriod::Year,
        Some("halfjaar") => SpreadPeriod::HalfYear,
        Some("kwartaal") => SpreadPeriod::Quarter,
        Some("maand") => SpreadPeriod::Month,
        _ => SpreadPeriod::Term,
    }
}

/// `gewoon`, `persoonsgegeven`, `bijzonder`.
pub fn privacy(word: &str) -> PrivacyClass {
    match word {
        "persoonsgegeven" => PrivacyClass::Personal,
        "bijzonder" => PrivacyClass::Special,
        _ => PrivacyClass::Ordinary,
    }
}
