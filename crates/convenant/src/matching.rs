//! `convenant match`: who gets which home, on files, without a server.
//!
//! Input: a region's file, clients (YAML), homes (YAML or CSV), a day. Output: the same matching as the server makes, with the same reasons.
//! Invariant: nothing was placed before: targets and caps count from zero.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use convenant_engine::matching::{Matching, solve};
use convenant_engine::{Ledger, Program};
use convenant_lang::Lang;
use convenant_lang::model::{Convenant, PartyId, SchemeId};
use convenant_server::homes::csv::spelled;
use convenant_server::matching::{
    Free, LineView, Question, RuleView, ScoreView, Stated, Teller, Waiting, foremost,
};
use convenant_server::text::{Language, Texts};
use convenant_server::value::from_json;
use convenant_server::words::{Words, line_starts};
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::json;

use crate::args::Format;
use crate::messages::{Messages, say};
use crate::output::{Output, tame};
use crate::source::Source;
use crate::yaml::{Document, Entry, Fault, Kind, Node};
use crate::{Failure, bounds, check, facts, nearest, scenario, source, values, words, yaml};

/// `convenant match`.
#[derive(Debug, Args)]
pub struct MatchArgs {
    /// The region's file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The clients that wait.
    #[arg(long, value_name = "CLIENTS.yaml")]
    pub clients: PathBuf,
    /// The homes that are free; CSV when the name ends so.
    #[arg(long, value_name = "HOMES")]
    pub homes: PathBuf,
    /// The day; today when absent.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub date: Option<Date>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

fn day(text: &str) -> Result<Date, String> {
    values::date(text).ok_or_else(|| "2018-05-02".to_owned())
}

/// `convenant match`.
pub fn run(args: &MatchArgs, out: &mut Output) -> Result<(), Failure> {
    let (model, source) = check::demand(&args.file, out)?;
    let homes = read_homes(&args.homes, &model, &out.messages)?;
    let clients = read_clients(&args.clients, &model, &out.messages)?;
    let on = args.date.unwrap_or_else(|| Zoned::now().date());
    let in_force = bounds::in_force(&model);
    let program = scenario::compile(model, out)?;
    let question = Question {
        programs: vec![&program],
        ledgers: vec![Ledger::new()],
        in_force: Some(in_force),
        member: &|_, _| true,
        on,
        clients,
        homes,
    }
    .in_order();
    let failed = |why: String| Failure::Input(say!(out.messages, "match-failed", why = why));
    let stated = Stated::of(&question).map_err(|error| failed(error.to_string()))?;
    let matching = solve(&stated.problem).map_err(|error| failed(error.to_string()))?;
    let texts = Texts::new();
    let lines = tell(
        &program,
        &source,
        &stated,
        &matching,
        &texts,
        out.messages.lang(),
    );
    match args.format {
        Format::Json => out.json(&json!({
            "file": source.name,
            "date": on.to_string(),
            "input": stated.hash().to_string(),
            "score": ScoreView::of(&matching),
            "lines": lines,
        })),
        Format::Text => {
            let text = as_text(&lines, on, &out.messages);
            out.print(&tame(&text))
        }
    }
}

fn tell(
    program: &Program,
    source: &Source,
    stated: &Stated<'_>,
    matching: &Matching,
    texts: &Texts,
    lang: Lang,
) -> Vec<LineView> {
    let starts = line_starts(&String::from_utf8_lossy(&source.bytes));
    let words = Words {
        texts,
        language: match lang {
            Lang::Nl => Language::Dutch,
            Lang::En => Language::English,
        },
        model: program.model(),
        lines: &starts,
        today: Some(stated.question.on),
    };
    Teller::new(stated, matching, vec![words]).lines()
}

/// Other homes that are told of each client; the JSON tells of all.
const MOST_OTHERS: usize = 20;

fn as_text(lines: &[LineView], on: Date, messages: &Messages) -> String {
    let served = lines.iter().filter(|line| line.woning.is_some()).count();
    let head = say!(
        messages,
        "match-head",
        date = words::date(on, messages),
        clients = lines.len(),
        served = served
    );
    let mut text = vec![head];
    for line in lines {
        text.push(String::new());
        let home = line.woning.clone();
        let home = home.unwrap_or_else(|| say!(messages, "match-no-home"));
        text.push(format!("{} → {home}", line.zaak));
        let rules = |rules: &[RuleView], indent: &str| -> Vec<String> {
            let told = rules.iter().map(|rule| told(rule, messages));
            told.map(|rule| format!("{indent}{rule}")).collect()
        };
        text.extend(rules(&line.waarom, "  "));
        if let Some(none) = &line.geen {
            text.push(format!("  {}", none.uitleg));
            text.extend(rules(&none.regels, "    "));
        }
        let (others, more) = foremost(&line.andere, MOST_OTHERS);
        for other in others {
            let cases = match other.zaken.as_slice() {
                [] => String::new(),
                cases => format!(" ({})", cases.join(", ")),
            };
            text.push(format!("  {}: {}{cases}", other.woning, other.uitleg));
            text.extend(rules(&other.regels, "    "));
        }
        if more > 0 {
            text.push(format!("  {}", say!(messages, "match-more", count = more)));
        }
    }
    text.push(String::new());
    text.join("\n")
}

/// `The home is affordable: no (article 3)`.
fn told(rule: &RuleView, messages: &Messages) -> String {
    let value = match rule.waarde {
        "ja" => say!(messages, "yes"),
        "nee" => say!(messages, "no"),
        _ => say!(messages, "outcome-unknown"),
    };
    let mut text = format!("{}: {value}", rule.tekst);
    if !rule.ontbreekt.is_empty() {
        let facts = rule.ontbreekt.join(", ");
        let missing = say!(messages, "match-missing", facts = facts);
        text.push_str(&format!("; {missing}"));
    }
    match &rule.bron.artikel {
        Some(article) => {
            let article = say!(messages, "match-article", article = article.as_str());
            text.push_str(&format!(" ({article})"));
        }
        None if rule.bron.aanname => {
            text.push_str(&format!(" ({})", say!(messages, "match-assumption")));
        }
        None => {}
    }
    text
}

fn refused(file: &Source, faults: &[Fault]) -> Failure {
    Failure::Input(yaml::lines(&file.name, faults))
}

/// The homes of a file: YAML with a map of names, or CSV whose first column is the name.
fn read_homes(path: &Path, model: &Convenant, messages: &Messages) -> Result<Vec<Free>, Failure> {
    let file = source::demand(path, messages)?;
    let csv = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let found = if csv {
        homes_of_csv(&file, model, messages)
    } else {
        homes_of_yaml(&file, model, messages)
    };
    found.map_err(|fault| refused(&file, &[fault]))
}

fn homes_of_yaml(
    file: &Source,
    model: &Convenant,
    messages: &Messages,
) -> Result<Vec<Free>, Fault> {
    let document = yaml::read(&file.bytes, messages)?;
    let named = entries(&document, &document.root, messages)?;
    let homes = named.iter().map(|entry| {
        let facts = facts::home(&document, &entry.value, model, messages)?;
        Ok(Free {
            name: entry.key.clone(),
            facts: vec![facts],
        })
    });
    homes.collect()
}

fn homes_of_csv(file: &Source, model: &Convenant, messages: &Messages) -> Result<Vec<Free>, Fault> {
    let first = file.bytes.split(|byte| *byte == b'\n').next();
    let semicolon = first.is_some_and(|line| line.contains(&b';'));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if semicolon { b';' } else { b',' })
        .from_reader(
            file.bytes
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(&file.bytes),
        );
    let bad = |line: Option<u64>, column: usize, message: String| Fault {
        line: line
            .and_then(|line| usize::try_from(line).ok())
            .unwrap_or(1),
        column,
        message,
    };
    let unread = |error: &csv::Error| {
        let line = error.position().map(csv::Position::line);
        bad(
            line,
            1,
            say!(messages, "match-csv", why = error.to_string()),
        )
    };
    let declared = || model.homes.iter().flat_map(|homes| &homes.facts);
    let header = reader.headers().map_err(|error| unread(&error))?.clone();
    for (column, name) in (1..).zip(&header).skip(1) {
        if !declared().any(|fact| fact.name == name) {
            let hint = nearest::hint(name, declared().map(|fact| fact.name.as_str()), messages);
            let text = say!(messages, "facts-unknown", name = name, hint = hint);
            return Err(bad(Some(1), column, text));
        }
    }
    let mut homes = Vec::new();
    let mut names = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| unread(&error))?;
        let line = record.position().map(csv::Position::line);
        let mut values = Vec::new();
        for fact in declared() {
            let column = header.iter().position(|name| name == fact.name);
            let cell = column
                .and_then(|at| record.get(at))
                .unwrap_or_default()
                .trim();
            if cell.is_empty() {
                values.push(None);
                continue;
            }
            // A quote that does not close swallows the homes below it.
            let whole = !cell.chars().any(char::is_control);
            let value = from_json(model, &fact.kind, &spelled(&fact.kind, cell));
            let value = value.filter(|_| whole);
            if value.is_none() {
                let expected = facts::expected(&fact.kind, messages);
                let name = fact.name.as_str();
                let text = say!(
                    messages,
                    "facts-wrong-type",
                    name = name,
                    expected = expected
                );
                return Err(bad(line, column.map_or(1, |at| at + 1), text));
            }
            values.push(value);
        }
        let name = record.get(0).unwrap_or_default().trim().to_owned();
        if name.is_empty() || !names.insert(name.clone()) {
            return Err(bad(line, 1, say!(messages, "match-home-name")));
        }
        homes.push(Free {
            name,
            facts: vec![values],
        });
    }
    Ok(homes)
}

fn entries<'d>(
    document: &Document,
    node: &'d Node,
    messages: &Messages,
) -> Result<&'d [Entry], Fault> {
    match &node.kind {
        Kind::Map(entries) => Ok(entries),
        Kind::Scalar(text) if text.is_empty() => Ok(&[]),
        _ => Err(document.fault(node.id, say!(messages, "facts-map"))),
    }
}

/// The clients of a file: a map of case numbers.
fn read_clients(
    path: &Path,
    model: &Convenant,
    messages: &Messages,
) -> Result<Vec<Waiting>, Failure> {
    let file = source::demand(path, messages)?;
    let read = || -> Result<Vec<Waiting>, Vec<Fault>> {
        let document = yaml::read(&file.bytes, messages).map_err(|fault| vec![fault])?;
        let named = entries(&document, &document.root, messages).map_err(|fault| vec![fault])?;
        let mut clients = Vec::new();
        for entry in named {
            clients.push(client(&document, entry, model, messages)?);
        }
        Ok(clients)
    };
    read().map_err(|faults| refused(&file, &faults))
}

/// One client: `sinds`, `termijn`, `regeling`, `toegewezen`, `geweigerd` and `feiten`.
fn client(
    document: &Document,
    entry: &Entry,
    model: &Convenant,
    messages: &Messages,
) -> Result<Waiting, Vec<Fault>> {
    let own = entries(document, &entry.value, messages).map_err(|fault| vec![fault])?;
    let find = |key: &str| own.iter().find(|entry| entry.key == key);
    let fault = |node: &Node, id: &str| vec![document.fault(node.id, messages.text(id, &[]))];
    let known = [
        "sinds",
        "termijn",
        "regeling",
        "toegewezen",
        "geweigerd",
        "feiten",
    ];
    if let Some(other) = own
        .iter()
        .find(|entry| !known.contains(&entry.key.as_str()))
    {
        return Err(vec![
            document.fault(other.key_id, say!(messages, "match-client-keys")),
        ]);
    }
    let date = |key: &str| -> Result<Option<Date>, Vec<Fault>> {
        let Some(entry) = find(key) else {
            return Ok(None);
        };
        let day = entry.value.scalar().and_then(values::date);
        day.map(Some)
            .ok_or_else(|| fault(&entry.value, "match-date"))
    };
    let scheme = match find("regeling") {
        None => SchemeId(0),
        Some(entry) => {
            let found = entry
                .value
                .scalar()
                .and_then(|name| model.scheme_named(name));
            found.ok_or_else(|| fault(&entry.value, "match-scheme"))?
        }
    };
    let mut parties: [Option<PartyId>; 6] = [None; 6];
    if let Some(entry) = find("toegewezen") {
        let found = entry
            .value
            .scalar()
            .and_then(|name| model.party_named(name));
        let party = found.ok_or_else(|| fault(&entry.value, "match-party"))?;
        let kind = model.parties.get(party.index()).map(|party| party.kind);
        if let Some(place) = kind.and_then(|kind| parties.get_mut(kind as usize)) {
            *place = Some(party);
        }
    }
    let refused: BTreeSet<String> = match find("geweigerd") {
        None => BTreeSet::new(),
        Some(entry) => {
            let Kind::List(homes) = &entry.value.kind else {
                return Err(fault(&entry.value, "match-refused"));
            };
            homes
                .iter()
                .filter_map(Node::scalar)
                .map(str::to_owned)
                .collect()
        }
    };
    let facts = match find("feiten") {
        Some(entry) => facts::read_at(document, &entry.value, model, scheme, messages)?.facts,
        None => Vec::new(),
    };
    let since = date("sinds")?.ok_or_else(|| fault(&entry.value, "match-since"))?;
    Ok(Waiting {
        name: entry.key.clone(),
        program: 0,
        scheme,
        facts,
        parties,
        placement: None,
        since,
        ends: date("termijn")?,
        refused,
    })
}
