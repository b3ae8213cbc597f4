//! Where results go: plain lines for programs and files, pictures of the source and colours on a terminal only.
//!
//! Input: texts and diagnostics. Output: the standard output (results) and the standard error (what went wrong, progress).
//! Invariant: what comes from a file never steers the terminal: control characters are shown as a mark.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use convenant_lang::{Diagnostic, Lang, Lines, Severity};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use serde_json::{Value, json};

use crate::Failure;
use crate::messages::{Messages, say};
use crate::source::Source;

/// The most diagnostics of a file that are drawn; the others are lines.
const DRAWN: usize = 40;

/// The standard output and what is known about it.
pub struct Output {
    /// What to say.
    pub messages: Messages,
    /// Whether a person looks at it.
    pub terminal: bool,
    colour: bool,
}

impl Output {
    /// Looks at the standard output.
    pub fn new(lang: Lang) -> Self {
        let terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            messages: Messages::new(lang),
            terminal,
            colour: terminal && !plain,
        }
    }

    /// Prints a text as it is.
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// Prints a line, with marks instead of control characters.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{}\n", tame(text)))
    }

    /// Prints a value as JSON.
    pub fn json(&mut self, value: &Value) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        self.print(&format!("{text}\n"))
    }

    /// A line about what goes on, beside the results.
    pub fn note(&self, text: &str) {
        // Nothing is left to tell it to when this fails.
        let _ = writeln!(io::stderr().lock(), "{}", tame(text));
    }

    /// Prints the diagnostics of a file.
    pub fn diagnostics(&mut self, source: &Source, found: &[Diagnostic]) -> Result<(), Failure> {
        let text = self.render(source, found);
        self.print(&text)
    }

    /// The diagnostics of a file: drawn on a terminal, a line each otherwise.
    pub fn render(&self, source: &Source, found: &[Diagnostic]) -> String {
        let content = String::from_utf8_lossy(&source.bytes);
        let drawn = if self.terminal { DRAWN } else { 0 };
        let lines = Lines::new(&content);
        let mut text = String::new();
        let shown = tame(&content);
        for (number, diagnostic) in found.iter().enumerate() {
            if number < drawn && shown.len() == content.len() {
                text.push_str(&self.draw(source, &shown, diagnostic));
            } else {
                text.push_str(&self.plain(source, &lines, diagnostic));
            }
        }
        text
    }

    /// `file:line:col: error[C0301]: message (hint)`.
    fn plain(&self, source: &Source, lines: &Lines, diagnostic: &Diagnostic) -> String {
        let lang = self.messages.lang();
        let place = lines.place(diagnostic.span.start);
        let mut text = format!(
            "{}:{}:{}: {}[{}]: {}",
            source.name,
            place.line,
            place.column,
            severity(diagnostic.severity),
            diagnostic.code,
            diagnostic.message(lang)
        );
        if let Some(hint) = diagnostic.hint(lang) {
            text.push_str(&format!(" ({hint})"));
        }
        format!("{}\n", tame(&text).replace('\n', " "))
    }

    fn draw(&self, source: &Source, content: &str, diagnostic: &Diagnostic) -> String {
        let lang = self.messages.lang();
        let theme = if self.colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let page = say!(self.messages, "check-page", page = diagnostic.code.page());
        let footer = match diagnostic.hint(lang) {
            Some(hint) => format!("{hint}\n{page}"),
            None => page,
        };
        let picture = Picture {
            diagnostic,
            lang,
            source: NamedSource::new(&source.name, content.to_owned()),
        };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_footer(tame(&footer));
        match handler.render_report(&mut text, &picture) {
            Ok(()) => text,
            Err(fmt::Error) => self.plain(source, &Lines::new(content), diagnostic),
        }
    }
}

/// The diagnostics of a file as JSON.
pub fn as_json(source: &Source, found: &[Diagnostic], lang: Lang) -> Value {
    let content = String::from_utf8_lossy(&source.bytes);
    let lines = Lines::new(&content);
    let place = |offset: u32| {
        let place = lines.place(offset);
        json!({ "line": place.line, "column": place.column, "byte": offset })
    };
    let diagnostics: Vec<Value> = found
        .iter()
        .map(|d| {
            let related: Vec<Value> = d
                .related
                .iter()
                .map(|r| {
                    json!({
                        "message": r.message(lang),
                        "start": place(r.span.start),
                        "end": place(r.span.end),
                    })
                })
                .collect();
            json!({
                "code": d.code.to_string(),
                "severity": severity(d.severity),
                "message": d.message(lang),
                "hint": d.hint(lang),
                "page": d.code.page(),
                "start": place(d.span.start),
                "end": place(d.span.end),
                "related": related,
            })
        })
        .collect();
    json!({ "file": source.name, "diagnostics": diagnostics })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A text without characters that steer a terminal or turn the direction of reading; as many bytes as before.
pub fn tame(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\r' => ' ',
            c if c.is_control() && c.len_utf8() == 1 => '?',
            c if c.is_control() => '·',
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}

/// A diagnostic as the drawer wants it.
struct Picture<'a> {
    diagnostic: &'a Diagnostic,
    lang: Lang,
    source: NamedSource<String>,
}

impl fmt::Debug for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.diagnostic.code)
    }
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tame(&self.diagnostic.message(self.lang)))
    }
}

impl std::error::Error for Picture<'_> {}

impl miette::Diagnostic for Picture<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = |span: convenant_lang::model::Span| {
            let start = span.start as usize;
            (start, (span.end as usize).saturating_sub(start))
        };
        let main = span(self.diagnostic.span);
        let first = LabeledSpan::new_primary_with_span(None, main);
        let others = self.diagnostic.related.iter().map(move |related| {
            LabeledSpan::new_with_span(Some(related.message(self.lang)), span(related.span))
        });
        Some(Box::new(std::iter::once(first).chain(others)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_steer_the_terminal() {
        let evil = "naam\u{1b}[31m\u{202e}rood\u{85}";
        let tamed = tame(evil);
        assert_eq!(tamed, "naam?[31m\u{fffd}rood·");
        assert_eq!(tamed.len(), evil.len());
    }
}
