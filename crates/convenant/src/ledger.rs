//! `convenant ledger`: where each party stands in a period, what was placed, and who is next and why.
//!
//! Input: a region of a server that runs on this computer, a day or a case. Output: tables, or the JSON of the server. Invariant: nothing is
//! counted here; what is shown is what the server says, to this account.

use clap::Args;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use jiff::civil::Date;
use serde_json::Value;

use crate::Failure;
use crate::args::{Format, LISTEN};
use crate::call::{cell, fetch, language};
use crate::feed::{account, region};
use crate::messages::{Messages, say};
use crate::output::{Output, tame};
use crate::spread::first_day;

/// What is told of each party, and the message at its head.
const STANDS: [(&str, &str); 8] = [
    ("partij", "ledger-party"),
    ("exact", "ledger-exact"),
    ("doel", "ledger-target"),
    ("meegenomen", "ledger-carried"),
    ("geplaatst", "ledger-placed"),
    ("afwijkingen", "ledger-departures"),
    ("vrijgegeven", "ledger-released"),
    ("achter", "ledger-behind"),
];
/// What is told of each placement.
const ENTRIES: [(&str, &str); 8] = [
    ("dag", "ledger-day"),
    ("partij", "ledger-party"),
    ("toen", "ledger-then"),
    ("zaak", "ledger-case"),
    ("volgnummer", "ledger-event"),
    ("wijk", "ledger-neighbourhood"),
    ("afwijking", "ledger-departure"),
    ("motivering", "ledger-motivation"),
];

/// `convenant ledger`.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// Key of the region.
    #[arg(value_name = "REGION", value_parser = region)]
    pub region: String,
    /// A year, a month or a day: the period that it lies in; today's when absent.
    #[arg(long, value_name = "PERIOD", value_parser = first_day)]
    pub period: Option<Date>,
    /// Of this scheme only.
    #[arg(long, value_name = "NAME", alias = "scheme")]
    pub regeling: Option<String>,
    /// The placements of this party only.
    #[arg(long, value_name = "NAME", alias = "party")]
    pub partij: Option<String>,
    /// Who is next for this case, instead.
    #[arg(long, value_name = "NUMBER", value_parser = case_number, alias = "case", conflicts_with_all = ["period", "regeling", "partij"], requires = "account")]
    pub zaak: Option<String>,
    /// Who asks: who has a role in a case sees more of it.
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub account: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Where the server listens.
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    pub listen: String,
}

/// Letters, digits and dashes, as in `UTR-2018-0042`.
fn case_number(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let number = text.chars().all(fits).then(|| text.to_owned());
    number.ok_or_else(|| text.to_owned())
}

/// `convenant ledger`.
pub fn run(args: &LedgerArgs, out: &mut Output) -> Result<(), Failure> {
    let path = path(args, out)?;
    let answer = fetch(&args.listen, &path, args.account.as_deref(), out)?;
    if args.format == Format::Json {
        return out.json(&answer);
    }
    let messages = &out.messages;
    let text = match answer.as_array() {
        Some(ledgers) if ledgers.is_empty() => say!(messages, "ledger-none"),
        Some(ledgers) => {
            let told = ledgers.iter().map(|ledger| whole(ledger, messages));
            told.collect::<Vec<_>>().join("\n")
        }
        None => order(&answer, messages),
    };
    out.print(&tame(&text))
}

fn path(args: &LedgerArgs, out: &Output) -> Result<String, Failure> {
    let mut query = vec![("lang", language(out).to_owned())];
    query.extend(args.period.map(|day| ("op", day.to_string())));
    query.extend(args.regeling.clone().map(|name| ("regeling", name)));
    query.extend(args.partij.clone().map(|name| ("partij", name)));
    let query =
        serde_urlencoded::to_string(query).map_err(|error| Failure::Use(error.to_string()))?;
    let what = match &args.zaak {
        Some(number) => format!("zaken/{number}/spreiding"),
        None => "spreiding/grootboek".to_owned(),
    };
    Ok(format!("/v1/convenanten/{}/{what}?{query}", args.region))
}

/// The ledger of a scheme: where the parties stand, what was placed, who is next.
fn whole(ledger: &Value, messages: &Messages) -> String {
    let Some(stand) = ledger.get("stand") else {
        return String::new();
    };
    let mut text = match (text_at(stand, "van"), text_at(stand, "tot")) {
        ("", _) => say!(
            messages,
            "ledger-not-yet",
            scheme = text_at(stand, "regeling")
        ),
        (from, until) => say!(
            messages,
            "ledger-head",
            scheme = text_at(stand, "regeling"),
            total = cell(stand, "totaal"),
            unit = text_at(stand, "eenheid"),
            from = from,
            until = until
        ),
    };
    text.push('\n');
    let rows = list(stand, "partijen").iter();
    let mut stands = table(&STANDS, messages);
    stands.add_rows(rows.map(|party| STANDS.map(|(key, _)| cell(party, key))));
    for column in stands.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    text.push_str(&format!("{stands}\n"));
    let entries = list(ledger, "boekingen");
    if !entries.is_empty() {
        let mut booked = table(&ENTRIES, messages);
        let rows = entries.iter();
        booked.add_rows(rows.map(|entry| ENTRIES.map(|(key, _)| written(entry, key, messages))));
        text.push_str(&format!("{booked}\n"));
    }
    if ledger.get("meer").and_then(Value::as_bool) == Some(true) {
        text.push_str(&say!(messages, "ledger-more", count = entries.len()));
        text.push('\n');
    }
    if !list(stand, "volgorde").is_empty() {
        text.push_str(&order(stand, messages));
    }
    text
}

/// Who is next, and why each party is or is not.
fn order(stand: &Value, messages: &Messages) -> String {
    let mut text = match text_at(stand, "aan_de_beurt") {
        "" => say!(messages, "ledger-next-nobody"),
        party => say!(messages, "ledger-next", party = party),
    };
    text.push('\n');
    for candidate in list(stand, "volgorde") {
        text.push_str(&say!(
            messages,
            "ledger-candidate",
            party = text_at(candidate, "partij"),
            why = text_at(candidate, "uitleg"),
            source = source(candidate, messages)
        ));
        text.push('\n');
    }
    let missing: Vec<&str> = list(stand, "ontbrekende_feiten")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if !missing.is_empty() {
        text.push_str(&say!(
            messages,
            "ledger-missing",
            facts = missing.join(", ")
        ));
        text.push('\n');
    }
    text
}

fn source(of: &Value, messages: &Messages) -> String {
    let source = of.get("bron").unwrap_or(&Value::Null);
    match text_at(source, "artikel") {
        "" => say!(messages, "ledger-assumption"),
        article => say!(messages, "ledger-article", article = article),
    }
}

fn table(columns: &[(&str, &str)], messages: &Messages) -> Table {
    let mut table = Table::new();
    let heads = columns.iter().map(|(_, id)| messages.text(id, &[]));
    table.load_preset(UTF8_BORDERS_ONLY).set_header(heads);
    table
}

/// A cell of an entry; whether it departed from the rules in a word.
fn written(entry: &Value, key: &str, messages: &Messages) -> String {
    match entry.get(key).and_then(Value::as_bool) {
        Some(true) => say!(messages, "yes"),
        Some(false) => String::new(),
        None => cell(entry, key),
    }
}

fn text_at<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    let list = of.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}
