//! `convenant check`, and reading a region's file for the other commands.
//!
//! Input: files. Output: everything there is to say about them and the templates beside them, how far their spreading can end from
//! its targets, and whether any of it is an error.

use std::path::Path;

use convenant_lang::model::{Convenant, SchemeId};
use convenant_lang::{Checked, Severity};
use serde_json::{Value, json};

use crate::args::{Check, Format};
use crate::bounds::Bounds;
use crate::messages::{Messages, say};
use crate::output::{self, Output};
use crate::source::{self, Source, Unread};
use crate::templates::{self, Fault};
use crate::{Failure, nearest};

/// `convenant check`.
pub fn run(args: &Check, out: &mut Output) -> Result<(), Failure> {
    let mut reports: Vec<Value> = Vec::new();
    let (mut errors, mut warnings, mut unreadable) = (0_usize, 0_usize, false);
    for path in &args.files {
        let source = match source::read(path) {
            Ok(source) => source,
            Err(error) => {
                let (text, of_input) = match &error {
                    Unread::TooLarge => (source::too_large(path, &out.messages), true),
                    Unread::Io(error) => (source::unreadable(path, error, &out.messages), false),
                };
                errors += usize::from(of_input);
                unreadable |= !of_input;
                match args.format {
                    Format::Text => out.line(&text)?,
                    Format::Json => reports.push(json!({
                        "file": path.display().to_string(),
                        "unreadable": text,
                        "diagnostics": [],
                        "templates": [],
                        "spreading": [],
                    })),
                }
                continue;
            }
        };
        let Checked {
            model,
            mut diagnostics,
        } = convenant_lang::check(&source.bytes);
        let faults = model.as_ref().map_or_else(Vec::new, |model| {
            templates::faults(&source, model, &out.messages)
        });
        let bounds = model.as_ref().map(Bounds::of);
        if let Some(bounds) = &bounds {
            diagnostics.extend(bounds.diagnostics());
            diagnostics.sort_by_key(|d| (d.span.start, d.span.end, d.code));
        }
        let bad = diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count();
        errors += bad + faults.len();
        warnings += diagnostics.len() - bad;
        match args.format {
            Format::Text => {
                out.diagnostics(&source, &diagnostics)?;
                for fault in &faults {
                    out.line(&fault.line().replace('\n', " "))?;
                }
                // Beside the results: a good file gives none.
                let lines = bounds
                    .iter()
                    .flat_map(|bounds| bounds.lines(&source.name, &out.messages));
                lines.for_each(|line| out.note(&line));
            }
            Format::Json => {
                let mut report = output::as_json(&source, &diagnostics, out.messages.lang());
                if let Some(report) = report.as_object_mut() {
                    let faults = faults.iter().map(Fault::json).collect();
                    report.insert("templates".to_owned(), faults);
                    let bounds = bounds.as_ref().map_or_else(|| json!([]), Bounds::json);
                    report.insert("spreading".to_owned(), bounds);
                }
                reports.push(report);
            }
        }
    }
    match args.format {
        Format::Json => out.json(&json!({
            "files": reports,
            "errors": errors,
            "warnings": warnings,
        }))?,
        Format::Text => out.note(&say!(
            out.messages,
            "check-summary",
            errors = errors,
            warnings = warnings,
            files = args.files.len()
        )),
    }
    if unreadable {
        Err(Failure::Said(2))
    } else if errors > 0 {
        Err(Failure::Said(1))
    } else {
        Ok(())
    }
}

/// The model of a file that a command needs; with errors they are said, and the command ends.
pub fn demand(path: &Path, out: &mut Output) -> Result<(Convenant, Source), Failure> {
    let source = source::demand(path, &out.messages)?;
    let Checked { model, diagnostics } = convenant_lang::check(&source.bytes);
    match model {
        Some(model) => Ok((model, source)),
        None => {
            let errors: Vec<_> = diagnostics
                .into_iter()
                .filter(|d| d.severity == Severity::Error)
                .collect();
            Err(Failure::Input(
                out.render(&source, &errors).trim_end().to_owned(),
            ))
        }
    }
}

/// The scheme with this name, or the only one.
pub fn scheme(
    convenant: &Convenant,
    name: Option<&str>,
    messages: &Messages,
) -> Result<SchemeId, Failure> {
    let names = || convenant.schemes.iter().map(|scheme| scheme.name.as_str());
    match name {
        Some(name) => convenant.scheme_named(name).ok_or_else(|| {
            Failure::Use(say!(
                messages,
                "scheme-unknown",
                name = name,
                hint = nearest::hint(name, names(), messages)
            ))
        }),
        None if convenant.schemes.len() == 1 => Ok(SchemeId(0)),
        None => Err(Failure::Use(say!(
            messages,
            "scheme-choose",
            names = names().collect::<Vec<_>>().join(", ")
        ))),
    }
}
