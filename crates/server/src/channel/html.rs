//! The HTML of a mail: responsive, from an MJML template that a region can replace.
//!
//! Input: an MJML template, once; a page, for every mail. Output: HTML. The MJML becomes HTML before anything is filled in, so that no
//! value can add an element, and a mail costs no more than one template of HTML. Invariants: every value is escaped as HTML; a name
//! that a page does not have is an error, found when the layout is read; nothing is fetched from elsewhere, by us or by the reader.

use std::collections::HashMap;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use mrml::prelude::parser::{Error as ParseError, ParserOptions};
use mrml::prelude::render::RenderOptions;
use serde::Serialize;

use crate::letters::{Fault, LAYOUT, LetterError, error, strict};

/// The layout where a region has none of its own.
pub const BUILT_IN: &str = include_str!("../../templates/bericht.mjml.j2");

/// The name under which the HTML is kept.
const PAGE: &str = "bericht.html";

/// A layout, ready to be filled in.
#[derive(Debug)]
pub struct Layout {
    environment: Environment<'static>,
}

/// What a layout can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Language tag.
    pub taal: &'static str,
    /// Who sends it.
    pub afzender: String,
    /// The convenant's title.
    pub convenant: String,
    /// Subject.
    pub onderwerp: String,
    /// The first words, for the list of messages.
    pub voorproef: String,
    /// That it is urgent, in words; none when it is not.
    pub dringend: Option<String>,
    /// The text.
    pub blokken: Vec<Block>,
    /// The button.
    pub knop: Option<Link>,
    /// Why the reader gets this, and what else there is to know about it.
    pub uitleg: Vec<String>,
}

/// A part of the text; one of the three is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Block {
    /// A paragraph.
    pub alinea: String,
    /// Rows of a label and a value.
    pub rijen: Vec<Row>,
    /// Items, each with a link.
    pub punten: Vec<Link>,
}

/// `Klaar op zijn laatst: 15 maart 2018`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Label.
    pub naam: String,
    /// Value.
    pub waarde: String,
}

/// Words that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Words.
    pub tekst: String,
    /// Address.
    pub verwijzing: String,
}

impl Layout {
    /// Reads a layout, or the built-in one, and tries it.
    pub fn new(own: Option<&str>) -> Result<Layout, LetterError> {
        let mjml = own.unwrap_or(BUILT_IN);
        let html = to_html(mjml)?;
        let mut environment = strict();
        // Whatever the name: this is HTML.
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment
            .add_template_owned(PAGE, html)
            .map_err(|e| in_html(mjml, &e))?;
        let layout = Layout { environment };
        for full in [true, false] {
            layout.fill(&sample(full)).map_err(|e| in_html(mjml, &e))?;
        }
        Ok(layout)
    }

    /// The HTML of one mail.
    pub fn render(&self, page: &Page) -> Result<String, LetterError> {
        self.fill(page).map_err(|e| error(LAYOUT, &e))
    }

    fn fill(&self, page: &Page) -> Result<String, minijinja::Error> {
        self.environment.get_template(PAGE)?.render(Serde(page))
    }
}

/// MJML as HTML, with the marks of the template in it.
fn to_html(mjml: &str) -> Result<String, LetterError> {
    // The default reader of `mj-include` refuses every file.
    let parsed = mrml::parse_with_options(mjml, &ParserOptions::default())
        .map_err(|e| of_mjml(line_of(mjml, &e), &e))?;
    let options = RenderOptions {
        disable_comments: true,
        // No letters are fetched from anywhere.
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    let rendered = parsed.element.render(&options);
    rendered.map_err(|e| of_mjml(None, &e))
}

fn of_mjml(line: Option<usize>, problem: &dyn std::error::Error) -> LetterError {
    let why = problem.source().map(|s| format!(": {s}"));
    LetterError {
        name: LAYOUT.to_owned(),
        line,
        fault: Fault::Other,
        problem: format!("{problem}{}", why.unwrap_or_default()),
    }
}

fn line_of(mjml: &str, problem: &ParseError) -> Option<usize> {
    let start = match problem {
        ParseError::UnexpectedElement { position, .. }
        | ParseError::UnexpectedToken { position, .. }
        | ParseError::MissingAttribute { position, .. }
        | ParseError::InvalidAttribute { position, .. }
        | ParseError::InvalidFormat { position, .. }
        | ParseError::IncludeLoaderError { position, .. } => position.start,
        ParseError::ParserError { source, .. } => {
            return usize::try_from(source.pos().row).ok();
        }
        ParseError::EndOfStream { .. } => mjml.len(),
        ParseError::SizeLimit { .. } | ParseError::NoRootNode => return None,
    };
    let before = mjml.get(..start)?;
    Some(before.matches('\n').count().saturating_add(1))
}

/// An error in the HTML, at the line of the MJML that holds the same words.
fn in_html(mjml: &str, problem: &minijinja::Error) -> LetterError {
    let words = problem
        .template_source()
        .zip(problem.range())
        .and_then(|(html, range)| html.get(range));
    let line = words.and_then(|words| {
        let line = mjml.lines().position(|line| line.contains(words))?;
        Some(line.saturating_add(1))
    });
    let mut found = error(LAYOUT, problem);
    let detail = problem.detail().unwrap_or_default();
    let named = words.map(|w| format!(" `{w}`")).unwrap_or_default();
    found.problem = format!("{}{named} {detail}", problem.kind())
        .trim_end()
        .to_owned();
    found.line = line;
    found
}

/// What every layout is tried with.
fn sample(full: bool) -> Page {
    let link = Link {
        tekst: "Bekijk de zaak".to_owned(),
        verwijzing: "http://127.0.0.1:8080/regio".to_owned(),
    };
    let rows = vec![
        Row {
            naam: "Stap".to_owned(),
            waarde: "Toets".to_owned(),
        };
        20
    ];
    let of_rows = Block {
        rijen: rows,
        ..Block::default()
    };
    let of_items = Block {
        punten: vec![link.clone(); crate::letters::MOST_LINES],
        ..Block::default()
    };
    let paragraph = Block {
        alinea: "Tekst.".to_owned(),
        ..Block::default()
    };
    Page {
        taal: "nl",
        afzender: "Convenant Regio".to_owned(),
        convenant: "Convenant".to_owned(),
        onderwerp: "Onderwerp".to_owned(),
        voorproef: "Tekst.".to_owned(),
        dringend: full.then(|| "Dringend".to_owned()),
        blokken: if full {
            vec![paragraph, of_rows, of_items]
        } else {
            Vec::new()
        },
        knop: full.then_some(link),
        uitleg: vec!["U krijgt dit bericht als rol.".to_owned(); usize::from(full)],
    }
}
