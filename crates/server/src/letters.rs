//! Letters: what a notification says, from the region's templates over the built-in ones.
//!
//! Input: a template name, a language and a context. Output: a subject (the first line) and a text. Invariants: a name that the context
//! does not have is an error, found when the region is loaded; no template runs for ever; no personal data is in the context.
//! A template `X.en` is the English of `X`; without one the English reader gets `X`.

pub mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use convenant_engine::Cause;
use convenant_lang::model::Notice;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use crate::channel::html::Layout;
use crate::text::Language;

/// Steps that one letter may take; the largest built-in one takes some thousands.
const FUEL: u64 = 200_000;

/// Deadlines that a digest lists at most; every template is tried with so many.
pub const MOST_LINES: usize = 50;

/// The template of the HTML of every mail, among a region's templates.
pub const LAYOUT: &str = "bericht.mjml";

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(
            ($name, include_str!(concat!("../templates/", $name, ".txt.j2"))),
            (concat!($name, ".en"), include_str!(concat!("../templates/", $name, ".en.txt.j2"))),
        )*]
    };
}

/// The built-in templates.
const BUILT_IN: [(&str, &str); 22] = built_in![
    "melding",
    "herinnering",
    "overschrijding",
    "verlenging",
    "verzet",
    "bezwaar",
    "bezwaar-verdaagd",
    "bezwaar-besluit",
    "te-doen",
    "overzicht",
    "convenant",
];

/// The letters of a region.
#[derive(Debug)]
pub struct Letters {
    environment: Environment<'static>,
    /// Names of the region's own.
    own: Vec<String>,
    layout: Arc<Layout>,
}

/// Why a letter cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("template `sjablonen/{}`: {problem}", file_name(.name))]
pub struct LetterError {
    /// Which template.
    pub name: String,
    /// The line in it, from 1, when it is known.
    pub line: Option<usize>,
    /// What kind of fault.
    pub fault: Fault,
    /// What is wrong, with its line.
    pub problem: String,
}

/// What can be wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It asks for something that is not there.
    Unknown,
    /// It takes too many steps.
    Costly,
    /// The subject or the text is missing.
    Shape,
    /// It cannot be read, or does what it cannot do.
    Other,
}

/// The file of a template.
pub fn file_name(name: &str) -> String {
    if name == LAYOUT {
        format!("{name}.j2")
    } else {
        format!("{name}.txt.j2")
    }
}

/// A letter, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// What a template can use. Every name exists in every letter; what does not apply is empty.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LetterContext {
    /// The region.
    pub regio: String,
    /// The convenant's title.
    pub convenant: String,
    /// The receiver's role or body.
    pub rol: String,
    /// The receiver's party.
    pub partij: String,
    /// Case number.
    pub zaaknummer: String,
    /// Link.
    pub verwijzing: String,
    /// The step in which the case is.
    pub stap: Option<String>,
    /// The last day of the deadline that it is about, or else of the first deadline of the step.
    pub termijn: Option<String>,
    /// What the deadline is of.
    pub over: Option<String>,
    /// Article or assumption on which it rests.
    pub bron: Option<String>,
    /// The notice's name, for a reader.
    pub melding: String,
    /// What happened in the convenant's own life.
    pub bericht: String,
    /// Facts that are declared fit for a mail.
    pub velden: Vec<Field>,
    /// Day of the digest.
    pub datum: String,
    /// The digest's name.
    pub overzicht: String,
    /// Deadlines in the digest.
    pub regels: Vec<Line>,
    /// How many deadlines there are.
    pub aantal: usize,
    /// How many of them are late.
    pub te_laat: usize,
    /// How many are not listed.
    pub meer: usize,
    /// Running cases in the region.
    pub lopend: u64,
}

/// A fact in a letter.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Name.
    pub naam: String,
    /// Value.
    pub waarde: String,
}

/// A deadline in a digest.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Case number.
    pub zaaknummer: String,
    /// What the deadline is of.
    pub over: String,
    /// Last day.
    pub uiterlijk: String,
    /// It has passed.
    pub te_laat: bool,
    /// Link.
    pub verwijzing: String,
}

impl Letters {
    /// Reads the region's templates over the built-in ones, and tries each of them.
    pub fn new(templates: &BTreeMap<String, String>) -> Result<Letters, LetterError> {
        let layout = Layout::new(templates.get(LAYOUT).map(String::as_str))?;
        let mut letters = Letters {
            environment: environment(),
            own: Vec::new(),
            layout: Arc::new(layout),
        };
        for (name, text) in BUILT_IN {
            letters.add(name, text)?;
        }
        for (name, text) in templates.iter().filter(|(name, _)| *name != LAYOUT) {
            letters.add(name, text)?;
            letters.own.push(name.clone());
        }
        Ok(letters)
    }

    /// Adds a template that works with everything there, and with what may be absent absent.
    fn add(&mut self, name: &str, text: &str) -> Result<(), LetterError> {
        self.environment
            .add_template_owned(name.to_owned(), text.to_owned())
            .map_err(|e| error(name, &e))?;
        self.write(name, &sample(true))?;
        self.write(name, &sample(false)).map(drop)
    }

    /// Whether there is a template with this name.
    pub fn has(&self, name: &str) -> bool {
        self.environment.get_template(name).is_ok()
    }

    /// The HTML of the region's mails.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The template of a notification: the one that the notice names, the one with its name, or the built-in one.
    pub fn template_of(&self, cause: Cause, notice: Option<&Notice>) -> String {
        let named = notice.and_then(|n| {
            let own = n.template.as_deref().unwrap_or(&n.name);
            self.has(own).then(|| own.to_owned())
        });
        named.unwrap_or_else(|| {
            match cause {
                Cause::Notice(_) => "melding",
                Cause::Reminder(..) => "herinnering",
                Cause::Escalation(..) => "overschrijding",
                Cause::Extension(_) => "verlenging",
                Cause::Rescheduled(_) => "verzet",
                Cause::Objection => "bezwaar",
                Cause::ObjectionExtended => "bezwaar-verdaagd",
                Cause::ObjectionDecided => "bezwaar-besluit",
                Cause::ToDo(_) => "te-doen",
                Cause::Life(_) => "convenant",
            }
            .to_owned()
        })
    }

    /// Writes a letter in Dutch: the first line of the template is the subject.
    pub fn render(&self, name: &str, content: &LetterContext) -> Result<Rendered, LetterError> {
        self.render_in(Language::Dutch, name, content)
    }

    /// Writes a letter in the language of its reader, where the template has that language: a region's own template goes before
    /// a built-in translation of the one that it replaces.
    pub fn render_in(
        &self,
        language: Language,
        name: &str,
        content: &LetterContext,
    ) -> Result<Rendered, LetterError> {
        let is_own = |name: &str| self.own.iter().any(|own| own == name);
        let translated = format!("{name}.{}", language.tag());
        let name = if self.has(&translated) && (is_own(&translated) || !is_own(name)) {
            translated.as_str()
        } else {
            name
        };
        self.write(name, content)
    }

    fn write(&self, name: &str, content: &LetterContext) -> Result<Rendered, LetterError> {
        let template = self
            .environment
            .get_template(name)
            .map_err(|e| error(name, &e))?;
        let whole = template
            .render(Serde(content))
            .map_err(|e| error(name, &e))?;
        let (subject, text) = whole.trim_start().split_once('\n').unwrap_or((&whole, ""));
        if subject.trim().is_empty() || text.trim().is_empty() {
            return Err(LetterError {
                name: name.to_owned(),
                line: Some(1),
                fault: Fault::Shape,
                problem: "expected the subject on the first line, an empty line, and the text"
                    .to_owned(),
            });
        }
        Ok(Rendered {
            subject: subject.trim().to_owned(),
            text: format!("{}\n", text.trim()),
        })
    }
}

/// How every template of a letter runs.
fn environment() -> Environment<'static> {
    let mut environment = strict();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment
}

/// Strict, bounded, without access to anything but the context.
pub(crate) fn strict() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(32);
    environment
}

/// An error of the template language as one of a letter.
pub(crate) fn error(name: &str, error: &minijinja::Error) -> LetterError {
    let at = error.line();
    let line = at.map(|l| format!("line {l}: ")).unwrap_or_default();
    let detail = error.detail().map(|d| format!(": {d}")).unwrap_or_default();
    LetterError {
        name: name.to_owned(),
        line: at,
        fault: match error.kind() {
            ErrorKind::UndefinedError => Fault::Unknown,
            ErrorKind::OutOfFuel => Fault::Costly,
            _ => Fault::Other,
        },
        problem: format!("{line}{}{detail}", error.kind()),
    }
}

/// What every template is tried with: once with everything there, and as much of it as there can be; once with what may be absent absent.
fn sample(full: bool) -> LetterContext {
    let maybe = |text: &str| full.then(|| text.to_owned());
    let some = |most: usize| if full { most } else { 0 };
    LetterContext {
        regio: "Regio".to_owned(),
        convenant: "Convenant".to_owned(),
        rol: "rol".to_owned(),
        partij: "Partij".to_owned(),
        zaaknummer: "REG-2018-0001".to_owned(),
        verwijzing: "http://127.0.0.1:8080/regio".to_owned(),
        stap: maybe("Stap"),
        termijn: maybe("1 januari 2018"),
        over: maybe("Stap"),
        bron: maybe("aanname"),
        melding: "melding".to_owned(),
        bericht: "bericht".to_owned(),
        velden: vec![
            Field {
                naam: "veld".to_owned(),
                waarde: "waarde".to_owned(),
            };
            some(20)
        ],
        datum: "1 januari 2018".to_owned(),
        overzicht: "ochtend".to_owned(),
        regels: vec![
            Line {
                zaaknummer: "REG-2018-0001".to_owned(),
                over: "Stap".to_owned(),
                uiterlijk: "1 januari 2018".to_owned(),
                te_laat: true,
                verwijzing: "http://127.0.0.1:8080/regio".to_owned(),
            };
            some(MOST_LINES)
        ],
        aantal: some(MOST_LINES),
        te_laat: some(MOST_LINES),
        meer: some(1),
        lopend: 1,
    }
}
