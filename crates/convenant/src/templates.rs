//! What `convenant check` says about the templates in `sjablonen/` beside a file.
//!
//! Input: the region's file and its model. Output: faults with file, line, message and hint, in the language of the user.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use convenant_lang::Lines;
use convenant_lang::model::Convenant;
use convenant_server::letters::check::{Finding, Place, Problem, check};
use convenant_server::letters::file_name;
use convenant_server::regions::read_templates;
use serde_json::{Value, json};

use crate::messages::{Messages, say};
use crate::nearest;
use crate::source::Source;

/// Something wrong with a template.
pub struct Fault {
    file: String,
    line: usize,
    message: String,
    hint: Option<String>,
}

impl Fault {
    /// `file:line: error: message (hint)`.
    pub fn line(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!(" ({hint})"));
        let (file, line, message) = (&self.file, self.line, &self.message);
        format!(
            "{file}:{line}: error: {message}{}",
            hint.unwrap_or_default()
        )
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        json!({
            "file": self.file,
            "line": self.line,
            "severity": "error",
            "message": self.message,
            "hint": self.hint,
        })
    }
}

/// Where the templates of a file are; nowhere for the standard input.
pub fn folder(source: &Source) -> Option<PathBuf> {
    let path = source.path.as_deref()?;
    Some(path.parent().unwrap_or(Path::new("")).join("sjablonen"))
}

/// The templates of a file, or why they cannot be read.
pub fn read(source: &Source, messages: &Messages) -> Result<BTreeMap<String, String>, String> {
    let Some(folder) = folder(source) else {
        return Ok(BTreeMap::new());
    };
    read_templates(&folder).map_err(|error| {
        say!(
            messages,
            "template-folder",
            folder = folder.display().to_string(),
            why = error.to_string()
        )
    })
}

/// All faults of the templates of a file.
pub fn faults(source: &Source, model: &Convenant, messages: &Messages) -> Vec<Fault> {
    let Some(folder) = folder(source) else {
        return Vec::new();
    };
    let templates = match read(source, messages) {
        Ok(templates) => templates,
        Err(message) => {
            return vec![Fault {
                file: folder.display().to_string(),
                line: 1,
                message,
                hint: None,
            }];
        }
    };
    check(model, &templates)
        .into_iter()
        .map(|finding| fault(source, &folder, finding, messages))
        .collect()
}

fn fault(source: &Source, folder: &Path, finding: Finding, messages: &Messages) -> Fault {
    let (file, line) = match finding.place {
        Place::Template(name, line) => (folder.join(file_name(&name)).display().to_string(), line),
        Place::Convenant(span) => {
            let content = String::from_utf8_lossy(&source.bytes);
            let place = Lines::new(&content).place(span.start);
            (source.name.clone(), place.line as usize)
        }
    };
    let near = |name: &str, known: &[String]| {
        let hint = nearest::hint(name, known.iter().map(String::as_str), messages);
        (!hint.is_empty()).then_some(hint)
    };
    let (message, hint) = match finding.problem {
        Problem::UnknownField { name, known } => (
            say!(messages, "template-unknown", name = name.as_str()),
            near(&name, &known),
        ),
        Problem::PersonalFact { name } => (
            say!(messages, "template-personal", name = name),
            Some(say!(messages, "template-personal-hint")),
        ),
        Problem::FactByName { name } => (
            say!(messages, "template-fact", name = name),
            Some(say!(messages, "template-fact-hint")),
        ),
        Problem::NoTemplate {
            notice,
            template,
            known,
        } => (
            say!(
                messages,
                "template-missing",
                notice = notice,
                template = template.as_str()
            ),
            near(&template, &known),
        ),
        Problem::TooCostly => (
            say!(messages, "template-costly"),
            Some(say!(messages, "template-costly-hint")),
        ),
        Problem::NoSubject => (say!(messages, "template-subject"), None),
        Problem::Faulty { detail } => (say!(messages, "template-faulty", detail = detail), None),
    };
    Fault {
        file,
        line,
        message,
        hint,
    }
}
