//! From the tree to lines: what gets a line of its own, what is indented, where a long clause is broken.
//!
//! Input: items. Output: lines. Invariants: every token is printed once, in order; no line but a quotation begins with `>`;
//! laying out the result again gives the same lines.

use super::lines::{Group, Line, width};
use super::tokens::{Kind, Token};
use super::tree::{Block, Clause, Item, Part, Places};
use crate::syntax::Rule;

/// A clause that would be longer is broken.
const WIDTH: usize = 120;
/// Spaces per level.
const STEP: usize = 2;
/// Spaces before the rest of a broken clause, on top of its own.
const HANG: usize = 2;

/// Words before which a long clause may be broken.
const BREAKS: [&str; 21] = [
    "persoonsgegeven",
    "bijzonder",
    "gewoon",
    "van",
    "voor",
    "bewaren",
    "door",
    "indien",
    "tenzij",
    "of",
    "en",
    "met",
    "na",
    "binnen",
    "hoogstens",
    "afgegeven",
    "opgevolgd",
    "anders",
    "per",
    "aan",
    "->",
];

/// Lays out the whole file.
pub(super) fn layout(items: &[Item<'_>], places: &Places) -> Vec<Line> {
    let mut layout = Layout {
        places,
        lines: Vec::new(),
    };
    layout.items(items, 0, true);
    layout.lines
}

struct Layout<'p> {
    places: &'p Places,
    lines: Vec<Line>,
}

impl Layout<'_> {
    fn items(&mut self, items: &[Item<'_>], indent: usize, top: bool) {
        let blanks = blanks(items, top);
        // Quotations and sources behind a clause belong to it.
        let mut behind_clause = false;
        for (item, blank) in items.iter().zip(blanks) {
            let first = self.lines.len();
            let attached = if behind_clause { indent + STEP } else { indent };
            match item {
                Item::Comment(token) => {
                    if self.comment(token, indent) {
                        continue;
                    }
                }
                Item::Quote(token) => {
                    let text = token.text.chars().skip(1).collect::<String>();
                    let text = format!("> {}", text.trim());
                    self.lines.push(Line::plain(attached, text));
                }
                Item::Source(tokens) => {
                    let text = spaced(tokens.iter().map(|t| (t.text, t.kind)));
                    self.lines.push(Line::plain(attached, text));
                }
                Item::Clause(clause) => {
                    self.clause(clause, indent);
                    behind_clause = true;
                }
            }
            if let Some(line) = self.lines.get_mut(first) {
                line.blank = blank;
            }
        }
    }

    /// A comment goes behind the line before it if the author wrote it there; whether it did.
    fn comment(&mut self, token: &Token<'_>, indent: usize) -> bool {
        let text = token.text.trim_end().to_owned();
        if token.lines == 0
            && let Some(line) = self.lines.last_mut()
            && line.comment.is_none()
        {
            line.comment = Some(text);
            return true;
        }
        self.lines.push(Line::plain(indent, text));
        false
    }

    fn clause(&mut self, clause: &Clause<'_>, indent: usize) {
        if let Some(words) = self.on_one_line(clause) {
            self.short(clause, &words, indent);
            return;
        }
        let mut row: Vec<Word<'_>> = Vec::new();
        let mut at = indent;
        for part in &clause.parts {
            match part {
                Part::Token(token) if token.kind == Kind::Comment => {
                    self.broken(&row, at);
                    row.clear();
                    self.comment(token, at);
                    at = indent + HANG;
                }
                Part::Token(token) => row.push(self.word(token, clause.rule)),
                Part::Block(block) => {
                    row.push(Word::sign("{", Kind::Open));
                    self.broken(&row, at);
                    row.clear();
                    self.items(&block.items, indent + STEP, false);
                    row.push(Word::sign("}", Kind::Close));
                    at = indent;
                }
            }
        }
        self.broken(&row, at);
    }

    /// The words of a clause that fits on one line, blocks included; none when it does not.
    fn on_one_line<'a>(&self, clause: &Clause<'a>) -> Option<Vec<Word<'a>>> {
        let always_open = clause.rule.is_some_and(always_open);
        let mut words = Vec::new();
        for part in &clause.parts {
            match part {
                Part::Token(token) if token.kind == Kind::Comment => return None,
                Part::Token(token) => words.push(self.word(token, clause.rule)),
                Part::Block(block) if always_open || !block.on_one_line => return None,
                Part::Block(block) => self.inline(block, &mut words)?,
            }
        }
        Some(words)
    }

    fn inline<'a>(&self, block: &Block<'a>, words: &mut Vec<Word<'a>>) -> Option<()> {
        words.push(Word::sign("{", Kind::Open));
        for (number, item) in block.items.iter().enumerate() {
            let first = words.len();
            match item {
                Item::Comment(_) | Item::Quote(_) => return None,
                Item::Source(tokens) => words.extend(tokens.iter().map(|t| self.word(t, None))),
                Item::Clause(clause) => words.extend(self.on_one_line(clause)?),
            }
            if let Some(word) = words.get_mut(first) {
                word.apart = number > 0;
            }
        }
        words.push(Word::sign("}", Kind::Close));
        Some(())
    }

    /// A clause without an open block: one line with its columns, or broken where it is too long.
    fn short(&mut self, clause: &Clause<'_>, words: &[Word<'_>], indent: usize) {
        let hard = words.iter().skip(1).any(|w| w.hard);
        if hard || indent + width(&text_of(words)) > WIDTH {
            if words.iter().any(|w| w.kind == Kind::Open) && !hard {
                self.opened(clause, indent);
            } else {
                let first = self.lines.len();
                self.broken(words, indent);
                self.share_columns(clause, words, first, indent);
            }
            return;
        }
        let from = source_from(words);
        let (main, source) = words.split_at(from);
        let source = (!main.is_empty() && !source.is_empty()).then(|| text_of(source));
        let main = if source.is_some() { main } else { words };
        let (cells, group) = columns(clause.rule, main, indent);
        self.lines.push(Line {
            indent,
            cells,
            group,
            source,
            ..Line::default()
        });
    }

    /// The first line of a broken clause has the columns of its neighbours; the others do not part them.
    fn share_columns(&mut self, clause: &Clause<'_>, words: &[Word<'_>], first: usize, at: usize) {
        let length = line_length(words, at);
        let (cells, group) = columns(clause.rule, words.get(..length).unwrap_or(words), at);
        let mut lines = self.lines.iter_mut().skip(first);
        if let Some(line) = lines.next() {
            line.cells = cells;
            line.group = group;
        }
        lines.for_each(|line| line.group = group);
    }

    /// A clause whose block the author wrote on one line that is too long.
    fn opened(&mut self, clause: &Clause<'_>, indent: usize) {
        let mut row = Vec::new();
        for part in &clause.parts {
            match part {
                Part::Token(token) => row.push(self.word(token, clause.rule)),
                Part::Block(block) => {
                    row.push(Word::sign("{", Kind::Open));
                    self.broken(&row, indent);
                    row.clear();
                    self.items(&block.items, indent + STEP, false);
                    row.push(Word::sign("}", Kind::Close));
                }
            }
        }
        self.broken(&row, indent);
    }

    /// Words on one line, or on more where the author broke a condition or the line would be too long.
    fn broken(&mut self, words: &[Word<'_>], indent: usize) {
        let mut rest = words;
        let mut at = indent;
        while !rest.is_empty() {
            let length = line_length(rest, at);
            let (row, after) = rest.split_at(length);
            self.lines.push(Line::plain(at, text_of(row)));
            rest = after;
            at = indent + HANG;
        }
    }

    fn word<'a>(&self, token: &Token<'a>, rule: Option<Rule>) -> Word<'a> {
        let source = self.places.is_source(token);
        let joint = self.places.is_joint(token);
        Word {
            text: token.text,
            kind: token.kind,
            apart: false,
            source,
            hard: joint && token.lines > 0,
            tight: token.text == ":" && rule == Some(Rule::consent),
        }
    }
}

/// A token as it is printed.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    kind: Kind,
    /// Two spaces before it: it begins a clause within a line.
    apart: bool,
    /// It begins a source.
    source: bool,
    /// It begins a line: the author broke the condition here.
    hard: bool,
    /// No space before it.
    tight: bool,
}

impl<'a> Word<'a> {
    fn sign(text: &'a str, kind: Kind) -> Word<'a> {
        Word {
            text,
            kind,
            apart: false,
            source: false,
            hard: false,
            tight: false,
        }
    }
}

/// How many of the words fit on a line.
fn line_length(words: &[Word<'_>], indent: usize) -> usize {
    let mut last = None;
    for end in 1..=words.len() {
        let Some(row) = words.get(..end) else { break };
        if end > 1 && indent + width(&text_of(row)) > WIDTH {
            // A word that is too long by itself stays where it is.
            if let Some(last) = last {
                return last;
            }
        }
        match words.get(end) {
            Some(next) if next.hard => return end,
            Some(next) if may_break(row, next) => last = Some(end),
            _ => {}
        }
    }
    words.len()
}

fn may_break(row: &[Word<'_>], next: &Word<'_>) -> bool {
    let comma = row.last().is_some_and(|w| w.text == ",");
    // `artikel` and its text stay together.
    let text = next.kind == Kind::Text && !row.last().is_some_and(|w| w.source);
    let word = text || next.source || BREAKS.contains(&next.text);
    (comma || word) && next.kind != Kind::Open && row.len() > 1
}

/// Where the sources at the end of the words begin.
fn source_from(words: &[Word<'_>]) -> usize {
    let mut from = words.len();
    for (number, word) in words.iter().enumerate().rev() {
        if word.source {
            from = number;
        } else if !(word.kind == Kind::Text
            && number
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|before| before.source))
        {
            break;
        }
    }
    from
}

fn text_of(words: &[Word<'_>]) -> String {
    let mut text = String::new();
    let mut before: Option<&Word<'_>> = None;
    for word in words {
        if let Some(before) = before
            && !word.tight
            && space(before.text, word.text)
        {
            text.push_str(if word.apart { "  " } else { " " });
        }
        text.push_str(word.text);
        before = Some(word);
    }
    text
}

fn spaced<'a>(tokens: impl Iterator<Item = (&'a str, Kind)>) -> String {
    let words: Vec<Word<'_>> = tokens.map(|(text, kind)| Word::sign(text, kind)).collect();
    text_of(&words)
}

/// Whether there is a space between two words.
fn space(before: &str, after: &str) -> bool {
    let call = after == "(" && before == "leeftijd";
    !(matches!(after, "," | ")") || before == "(" || call || (before == "-" && after == ">"))
}

/// Which items have a blank line before them: where the author left one, and around steps and sections.
fn blanks(items: &[Item<'_>], top: bool) -> Vec<bool> {
    let roomy = |item: &Item<'_>| match item.rule() {
        Some(Rule::step | Rule::eligibility | Rule::spreading | Rule::handover) => true,
        Some(_) => top,
        None => false,
    };
    let mut blanks: Vec<bool> = items.iter().map(|i| i.lines_before() > 1).collect();
    for (number, item) in items.iter().enumerate() {
        let after_roomy = number
            .checked_sub(1)
            .and_then(|before| items.get(before))
            .is_some_and(roomy);
        let trailing = matches!(item, Item::Comment(token) if token.lines == 0);
        if after_roomy
            && !trailing
            && let Some(blank) = blanks.get_mut(number)
        {
            *blank = true;
        }
        if roomy(item) {
            let first = first_comment(items, &blanks, number);
            if let Some(blank) = blanks.get_mut(first) {
                *blank = true;
            }
        }
    }
    if let Some(first) = blanks.first_mut() {
        *first = false;
    }
    blanks
}

/// The first of the comments that stand right before an item.
fn first_comment(items: &[Item<'_>], blanks: &[bool], number: usize) -> usize {
    let mut first = number;
    while let Some(before) = first.checked_sub(1) {
        let attached = !blanks.get(first).copied().unwrap_or(true);
        let comment =
            matches!(items.get(before), Some(Item::Comment(t)) if t.lines > 0 || before == 0);
        if !(attached && comment) {
            break;
        }
        first = before;
    }
    first
}

/// Blocks that never stand on one line.
fn always_open(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::convenant
            | Rule::term
            | Rule::parties
            | Rule::facts
            | Rule::homes
            | Rule::scheme
            | Rule::eligibility
            | Rule::spreading
            | Rule::handover
            | Rule::step
            | Rule::notices
            | Rule::oversight
            | Rule::transition
    )
}

/// The cells of a line and the group with which it shares them: up to the last, they end where a column ends.
fn columns(rule: Option<Rule>, words: &[Word<'_>], indent: usize) -> (Vec<String>, Option<Group>) {
    let arrow = || words.iter().position(|w| w.text == "->").unwrap_or(0);
    let colon = || words.iter().position(|w| w.text == ":").unwrap_or(0);
    let (name, ends): (&'static str, Vec<usize>) = match rule {
        Some(
            Rule::region
            | Rule::version
            | Rule::source
            | Rule::calendar
            | Rule::month_end
            | Rule::amends,
        ) => ("header", vec![1]),
        Some(Rule::party) => ("party", vec![1, 2]),
        Some(Rule::role) => ("role", vec![2]),
        Some(Rule::end) => ("end", vec![2]),
        Some(Rule::task) => ("task", vec![2]),
        Some(Rule::notice) => ("notice", vec![2]),
        Some(Rule::digest) => ("digest", vec![2]),
        Some(Rule::outcome) => ("outcome", vec![2]),
        Some(Rule::fact) => ("fact", vec![colon()]),
        Some(Rule::eligibility_outcome) => ("eligibility", vec![arrow()]),
        Some(Rule::accepted | Rule::exhausted) => ("offer", vec![arrow()]),
        Some(Rule::key_row) => ("key", vec![1]),
        _ => return (vec![text_of(words)], None),
    };
    let mut cells = Vec::new();
    let mut from = 0;
    for end in ends {
        if end > from && end < words.len() {
            cells.push(text_of(words.get(from..end).unwrap_or_default()));
            from = end;
        }
    }
    cells.push(text_of(words.get(from..).unwrap_or_default()));
    (cells, Some((name, indent)))
}
