//! `convenant homes`: reports the homes of a CSV to a server that runs on this computer.
//!
//! Input: a region, an account whose role reports homes, a file. Output: how many are new, corrected and known already, or every line that is
//! wrong. Invariants: all of the file or nothing of it; the server checks it, so that a file is read as everywhere else.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use convenant_server::homes::csv::LARGEST;
use serde_json::{Value, json};

use crate::Failure;
use crate::args::{Format, LISTEN};
use crate::call::{Call, Sent, language, said};
use crate::feed::Whose;
use crate::messages::say;
use crate::output::{Output, tame};
use crate::serve::address;

/// So many faults the server tells.
const TOLD: usize = 50;

/// `convenant homes`.
#[derive(Debug, Args)]
pub struct HomesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub act: HomesAct,
    /// Where the server listens.
    #[arg(long, value_name = "ADDR", default_value = LISTEN, global = true)]
    pub listen: String,
}

/// What can be done with homes.
#[derive(Debug, Subcommand)]
pub enum HomesAct {
    /// Report those of a file, all or none.
    #[command(alias = "inlezen")]
    Import {
        /// Who reports them.
        #[command(flatten)]
        whose: Whose,
        /// The file.
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// How to print.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// `convenant homes`.
pub fn run(args: &HomesArgs, out: &mut Output) -> Result<(), Failure> {
    let HomesAct::Import {
        whose,
        file,
        format,
    } = &args.act;
    let name = file.display().to_string();
    let bytes = read(file).map_err(|error| {
        let (file, why) = (name.as_str(), error.to_string());
        Failure::Use(say!(
            out.messages,
            "homes-unreadable",
            file = file,
            why = why
        ))
    })?;
    if bytes.len() > LARGEST {
        let text = say!(out.messages, "homes-too-large", file = name.as_str());
        return refuse(*format, &name, &[], text, out);
    }
    let (status, answer) = send(args, whose, &bytes, out)?;
    let faults = answer.get("fouten").and_then(Value::as_array);
    match (status, faults) {
        (200, _) => {
            let ids = |key: &str| answer.get(key).and_then(Value::as_array);
            let count = |key| ids(key).map_or(0, Vec::len);
            match format {
                Format::Json => out.json(&json!({
                    "file": name,
                    "new": ids("nieuw"),
                    "corrected": ids("verbeterd"),
                    "known": ids("bekend"),
                })),
                Format::Text => Ok(out.line(&say!(
                    out.messages,
                    "homes-imported",
                    file = name.as_str(),
                    new = count("nieuw"),
                    corrected = count("verbeterd"),
                    known = count("bekend")
                ))?),
            }
        }
        (422, Some(faults)) => {
            let text = told(&name, faults, out);
            refuse(*format, &name, faults, text, out)
        }
        _ => Err(Failure::Use(say!(
            out.messages,
            "homes-refused",
            status = u32::from(status),
            why = tame(said(&answer))
        ))),
    }
}

/// The file; no more of it than says that it is too large.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(most)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Sends the file to the server, which answers in the language of the user.
fn send(
    args: &HomesArgs,
    whose: &Whose,
    bytes: &[u8],
    out: &Output,
) -> Result<(u16, Value), Failure> {
    let language = language(out);
    let region = &whose.region;
    let path = format!("/v1/convenanten/{region}/woningen/csv?lang={language}");
    let call = Call {
        target: address(&args.listen, &out.messages)?,
        method: "POST",
        path: &path,
        account: Some(&whose.account),
        body: Some(Sent::Csv(bytes)),
    };
    call.answer().map_err(|error| {
        Failure::Use(say!(
            out.messages,
            "homes-unreachable",
            address = &args.listen,
            why = error.to_string()
        ))
    })
}

/// What is wrong in a file: nothing of it was reported.
fn refuse(
    format: Format,
    name: &str,
    faults: &[Value],
    text: String,
    out: &mut Output,
) -> Result<(), Failure> {
    if format == Format::Text {
        return Err(Failure::Input(text));
    }
    let errors: Vec<Value> = if faults.is_empty() {
        vec![json!({ "line": 0, "column": "", "message": text })]
    } else {
        let error = |fault: &Value| json!({ "line": fault.get("regel"), "column": fault.get("kolom"), "message": fault.get("fout") });
        faults.iter().map(error).collect()
    };
    out.json(&json!({ "file": name, "errors": errors }))?;
    Err(Failure::Said(1))
}

/// Every fault on a line of its own, with its line and column.
fn told(name: &str, faults: &[Value], out: &Output) -> String {
    let mut lines = vec![say!(out.messages, "homes-wrong", file = name)];
    for fault in faults {
        let text = |key: &str| fault.get(key).and_then(Value::as_str).unwrap_or_default();
        let line = fault
            .get("regel")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        lines.push(match (line, text("kolom")) {
            (0, _) => text("fout").to_owned(),
            (_, "") => say!(
                out.messages,
                "homes-fault-line",
                line = line,
                text = text("fout")
            ),
            (_, column) => say!(
                out.messages,
                "homes-fault",
                line = line,
                column = column,
                text = text("fout")
            ),
        });
    }
    if faults.len() >= TOLD {
        lines.push(say!(out.messages, "homes-fault-more"));
    }
    tame(&lines.join("\n"))
}
