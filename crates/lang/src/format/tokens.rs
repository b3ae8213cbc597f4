//! The words of a file for the formatter: everything but white space, in order.
//!
//! Input: the prepared text (a quoted line begins with `QUOTE`). Output: tokens with the number of line ends before each.
//! Invariant: the tokens and white space together are the text; a word is never split where the grammar reads one.

/// Marks a quoted line in the prepared text, in the place of its `>`.
pub(super) const QUOTE: char = '\u{1}';

/// What a token is, as far as its layout depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a number, a sign.
    Word,
    /// Text between quotation marks.
    Text,
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// From `#` to the end of the line.
    Comment,
    /// A line of the signed text.
    Quote,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte offset.
    pub(super) start: usize,
    /// Line ends between the token before and this one.
    pub(super) lines: usize,
}

/// Splits the text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut lines = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() {
            lines += usize::from(first == '\n');
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, first);
        found.push(Token {
            kind,
            text: rest.get(..length).unwrap_or(rest),
            start: at,
            lines,
        });
        lines = 0;
        at += length;
    }
    found
}

/// The kind and length of the token at the start of `rest`.
fn token(rest: &str, first: char) -> (Kind, usize) {
    match first {
        '{' => (Kind::Open, 1),
        '}' => (Kind::Close, 1),
        '#' => (Kind::Comment, line(rest)),
        QUOTE => (Kind::Quote, line(rest)),
        '"' => (Kind::Text, quoted(rest)),
        ',' | ':' | '(' | ')' | '+' | '=' => (Kind::Word, 1),
        '<' | '>' => {
            let two = rest.get(1..2).is_some_and(|c| c == "=" || c == ">");
            (Kind::Word, if two { 2 } else { 1 })
        }
        '-' if rest.starts_with("->") => (Kind::Word, 2),
        _ => (Kind::Word, word(rest)),
    }
}

fn line(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Up to and with the closing mark; a backslash takes the next character along.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Up to white space or a sign; a colon or comma between digits (`08:00`, `1.250,50`)
/// and a hyphen within a name belong to the word.
fn word(rest: &str) -> usize {
    let mut before = None;
    for (at, c) in rest.char_indices() {
        let next = rest.get(at + c.len_utf8()..).and_then(|r| r.chars().next());
        let ends = match c {
            ':' | ',' => {
                !(before.is_some_and(|b: char| b.is_ascii_digit())
                    && next.is_some_and(|n| n.is_ascii_digit()))
            }
            '-' => at > 0 && !next.is_some_and(char::is_alphanumeric),
            _ => c.is_whitespace() || "{}#\"()+=<>".contains(c) || c == QUOTE,
        };
        if ends && at > 0 {
            return at;
        }
        before = Some(c);
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(
            words("a-b->c om 08:00 : € 1.250,50>=x d'hondt 12,5% ja/nee -5 dagen"),
            [
                "a-b", "->", "c", "om", "08:00", ":", "€", "1.250,50", ">=", "x", "d'hondt",
                "12,5%", "ja/nee", "-5", "dagen"
            ]
        );
        assert_eq!(
            words("a \"b # \\\" }\" # c\nd"),
            ["a", "\"b # \\\" }\"", "# c", "d"]
        );
        assert_eq!(words("naam:tekst"), ["naam", ":", "tekst"]);
    }

    #[test]
    fn lines_between_are_counted() {
        let lines: Vec<usize> = tokens("a\n\nb c\n").iter().map(|t| t.lines).collect();
        assert_eq!(lines, [0, 2, 0]);
    }
}
