//! Letters: what a notification says, from the region's templates over the built-in ones.
//!
//! Input: a template name and a context. Output: a subject (the first line) and a text. Invariants: a name that the context does
//! not have is an error, found when the region is loaded; no template runs for ever; no personal data is in the context.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

/// Steps that one letter may take; the largest built-in one takes some hundreds.
const FUEL: u64 = 200_000;

/// The built-in templates.
const BUILT_IN: [(&str, &str); 11] = [
    ("melding", include_str!("../templates/melding.txt.j2")),
    (
        "herinnering",
        include_str!("../templates/herinnering.txt.j2"),
    ),
    (
        "overschrijding",
        include_str!("../templates/overschrijding.txt.j2"),
    ),
    ("verlenging", include_str!("../templates/verlenging.txt.j2")),
    ("verzet", include_str!("../templates/verzet.txt.j2")),
    ("bezwaar", include_str!("../templates/bezwaar.txt.j2")),
    (
        "bezwaar-verdaagd",
        include_str!("../templates/bezwaar-verdaagd.txt.j2"),
    ),
    (
        "bezwaar-besluit",
        include_str!("../templates/bezwaar-besluit.txt.j2"),
    ),
    ("te-doen", include_str!("../templates/te-doen.txt.j2")),
    ("overzicht", include_str!("../templates/overzicht.txt.j2")),
    ("convenant", include_str!("../templates/convenant.txt.j2")),
];

/// The letters of a region.
#[derive(Debug)]
pub struct Letters {
    environment: Environment<'static>,
}

/// Why a letter cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("template `sjablonen/{name}.txt.j2`: {problem}")]
pub struct LetterError {
    /// Which template.
    pub name: String,
    /// What is wrong, with its line.
    pub problem: String,
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
    /// Reads the region's templates over the built-in ones, and tries each of them once.
    pub fn new(templates: &BTreeMap<String, String>) -> Result<Letters, LetterError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(32);
        let mut names = Vec::new();
        let built_in = BUILT_IN.iter().map(|(n, t)| (*n, *t));
        let own = templates.iter().map(|(n, t)| (n.as_str(), t.as_str()));
        for (name, text) in built_in.chain(own) {
            environment
                .add_template_owned(name.to_owned(), text.to_owned())
                .map_err(|e| error(name, &e))?;
            names.push(name.to_owned());
        }
        let letters = Letters { environment };
        for name in names {
            letters.render(&name, &sample(true))?;
            letters.render(&name, &sample(false))?;
        }
        Ok(letters)
    }

    /// Whether there is a template with this name.
    pub fn has(&self, name: &str) -> bool {
        self.environment.get_template(name).is_ok()
    }

    /// Writes a letter: the first line of the template is the subject.
    pub fn render(&self, name: &str, content: &LetterContext) -> Result<Rendered, LetterError> {
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

fn error(name: &str, error: &minijinja::Error) -> LetterError {
    let line = error
        .line()
        .map(|l| format!("line {l}: "))
        .unwrap_or_default();
    let detail = error.detail().map(|d| format!(": {d}")).unwrap_or_default();
    LetterError {
        name: name.to_owned(),
        problem: format!("{line}{}{detail}", error.kind()),
    }
}

/// What every template is tried with: once with everything there, once with what may be absent absent.
fn sample(full: bool) -> LetterContext {
    let maybe = |text: &str| full.then(|| text.to_owned());
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
        velden: full
            .then(|| Field {
                naam: "veld".to_owned(),
                waarde: "waarde".to_owned(),
            })
            .into_iter()
            .collect(),
        datum: "1 januari 2018".to_owned(),
        overzicht: "ochtend".to_owned(),
        regels: full
            .then(|| Line {
                zaaknummer: "REG-2018-0001".to_owned(),
                over: "Stap".to_owned(),
                uiterlijk: "1 januari 2018".to_owned(),
                te_laat: true,
                verwijzing: "http://127.0.0.1:8080/regio".to_owned(),
            })
            .into_iter()
            .collect(),
        aantal: usize::from(full),
        te_laat: usize::from(full),
        meer: usize::from(full),
        lopend: 1,
    }
}
