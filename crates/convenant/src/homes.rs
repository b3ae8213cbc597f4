//! `convenant homes`: the homes of a server that runs on this computer: lists them, and reports those of a CSV.
//!
//! Input: a region, an account, for a report a file. Output: a table; how many are new, corrected and known already, or every line that is
//! wrong. Invariants: all of the file or nothing of it; the server checks it, so that a file is read as everywhere else.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use comfy_table::Table;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use convenant_server::homes::csv::LARGEST;
use serde_json::{Value, json};

use crate::Failure;
use crate::args::{Format, LISTEN};
use crate::call::{Call, Sent, cell, fetch, language, said, unreachable};
use crate::feed::Whose;
use crate::messages::say;
use crate::output::{Output, tame};
use crate::serve::address;

/// What is told of every home, and the message at its head.
const COLUMNS: [(&str, &str); 4] = [
    ("id", "homes-id"),
    ("kenmerk", "homes-reference"),
    ("corporatie", "homes-corporation"),
    ("staat", "homes-state"),
];

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
    /// List them.
    #[command(alias = "lijst")]
    List {
        /// Who asks.
        #[command(flatten)]
        whose: Whose,
        /// In this state.
        #[arg(long, value_name = "STATE", alias = "state")]
        staat: Option<String>,
        /// In this municipality.
        #[arg(long, value_name = "NAME", alias = "municipality")]
        gemeente: Option<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
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
    match &args.act {
        HomesAct::List {
            whose,
            staat,
            gemeente,
            format,
        } => {
            let homes = every(
                &args.listen,
                whose,
                [("staat", staat), ("gemeente", gemeente)],
                out,
            )?;
            list(&homes, *format, out)
        }
        HomesAct::Import {
            whose,
            file,
            format,
        } => import(&args.listen, whose, file, *format, out),
    }
}

fn fact(known: &Value, name: &str, out: &Output) -> String {
    match known.get(name).and_then(Value::as_bool) {
        Some(true) => say!(out.messages, "yes"),
        Some(false) => say!(out.messages, "no"),
        None => cell(known, name),
    }
}

/// Page after page.
fn every(
    listen: &str,
    whose: &Whose,
    asked: [(&str, &Option<String>); 2],
    out: &Output,
) -> Result<Vec<Value>, Failure> {
    let mut homes = Vec::new();
    let mut after: Option<i64> = None;
    loop {
        let mut query = vec![
            ("lang", language(out).to_owned()),
            ("aantal", "200".to_owned()),
        ];
        query.extend(
            asked
                .iter()
                .filter_map(|(key, value)| Some((*key, (*value).clone()?))),
        );
        query.extend(after.map(|id| ("na", id.to_string())));
        let query =
            serde_urlencoded::to_string(query).map_err(|error| Failure::Use(error.to_string()))?;
        let path = format!("/v1/convenanten/{}/woningen?{query}", whose.region);
        let mut page = fetch(listen, &path, Some(&whose.account), out)?;
        if let Some(Value::Array(found)) = page.get_mut("woningen").map(Value::take) {
            homes.extend(found);
        }
        after = page.get("volgende").and_then(Value::as_i64);
        if after.is_none() {
            return Ok(homes);
        }
    }
}

fn list(homes: &[Value], format: Format, out: &mut Output) -> Result<(), Failure> {
    if format == Format::Json {
        return out.json(&json!(homes));
    }
    if homes.is_empty() {
        return out.line(&say!(out.messages, "homes-none"));
    }
    // Whatever facts the file of the region gives its homes.
    let facts: BTreeSet<&String> = homes
        .iter()
        .filter_map(|home| home.get("feiten")?.as_object())
        .flat_map(|facts| facts.keys())
        .collect();
    let mut table = Table::new();
    let own = COLUMNS.map(|(_, id)| out.messages.text(id, &[]));
    let heads = own
        .into_iter()
        .chain(facts.iter().map(|name| (*name).clone()));
    table.load_preset(UTF8_BORDERS_ONLY).set_header(heads);
    for home in homes {
        let own = COLUMNS.map(|(key, _)| cell(home, key));
        let known = home.get("feiten").unwrap_or(&Value::Null);
        table.add_row(
            own.into_iter()
                .chain(facts.iter().map(|name| fact(known, name, out))),
        );
    }
    out.print(&tame(&format!("{table}\n")))
}

fn import(
    listen: &str,
    whose: &Whose,
    file: &Path,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
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
        return refuse(format, &name, &[], text, out);
    }
    let (status, answer) = send(listen, whose, &bytes, out)?;
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
            refuse(format, &name, faults, text, out)
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
fn send(listen: &str, whose: &Whose, bytes: &[u8], out: &Output) -> Result<(u16, Value), Failure> {
    let language = language(out);
    let region = &whose.region;
    let path = format!("/v1/convenanten/{region}/woningen/csv?lang={language}");
    let call = Call {
        target: address(listen, &out.messages)?,
        method: "POST",
        path: &path,
        account: Some(&whose.account),
        body: Some(Sent::Csv(bytes)),
    };
    call.answer()
        .map_err(|error| unreachable(listen, &error, "homes-unreachable", out))
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
