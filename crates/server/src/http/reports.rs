//! Reports of the section `toezicht` over HTTP: which there are, and what one holds for a period, as JSON or CSV.
//!
//! Input: the events of the region's cases, a period. Output: counts, and where the file lists facts, a row per counted case. Invariants: a
//! report is for the roles and bodies that the file names; a fact in it is shown to whoever may see it in the case.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use convenant_engine::oversight::{Record, counts_in, report};
use convenant_engine::spread::{InForce, Window, period_of};
use convenant_engine::{Case, Event, authority, civil_date};
use convenant_lang::model::{Convenant, Count, PrivacyClass, Report, SpreadPeriod, Who};
use convenant_store::{CaseFilter, CaseRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::{case_problem, store_problem};
use super::views::moment;
use crate::next::fact_value;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::{Region, Version};
use crate::sight::Viewer;
use crate::value;
use crate::words::{Source, Words};

/// Cases read at a time.
const PAGE: u32 = 500;

/// A report that the convenant declares.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeclaredView {
    /// Name.
    pub naam: String,
    /// Title.
    pub titel: String,
    /// Per which period.
    pub per: &'static str,
    /// Roles and bodies that it is for.
    pub aan: Vec<String>,
    /// What it counts.
    pub telt: Vec<&'static str>,
    /// Facts that it lists per case.
    pub velden: Vec<String>,
    /// `gewoon`, `persoonsgegeven` or `bijzonder`.
    pub klasse: &'static str,
    /// Where it comes from.
    pub bron: Source,
}

/// A report over a period.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReportView {
    /// Name.
    pub naam: String,
    /// Title.
    pub titel: String,
    /// First day of the period.
    #[schema(example = "2018-04-01")]
    pub van: String,
    /// First day after the period.
    #[schema(example = "2018-07-01")]
    pub tot: String,
    /// When it was counted; before the end of the period it may still change.
    pub stand: String,
    /// How many cases, by what is counted.
    pub tellingen: Vec<CountView>,
    /// The cases that were counted, where the report lists facts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zaken: Vec<RowView>,
    /// Where it comes from.
    pub bron: Source,
}

/// One count.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CountView {
    /// `aangemeld`, `geplaatst`, `afgewezen`, `afgesloten`, `lopend` or `te-laat`.
    pub telling: &'static str,
    /// Cases.
    pub aantal: u32,
}

/// A counted case with the facts that the report lists.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RowView {
    /// Case number.
    pub nummer: String,
    /// Facts by name; null when it is not known, was erased, or is not for you.
    #[schema(value_type = Object)]
    pub gegevens: BTreeMap<String, Json_>,
}

/// Which period, and in which form.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// A day in the period; without it the last period that is over.
    #[param(example = "2018-05-02")]
    op: Option<String>,
    /// `json` or `csv`; without it what `Accept` asks for.
    #[param(inline)]
    vorm: Option<Form>,
    /// What the CSV holds: the counts, or a row per counted case.
    #[param(inline)]
    deel: Option<Part>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// JSON.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
}

/// A part of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The counts.
    #[default]
    Tellingen,
    /// The cases.
    Zaken,
}

/// The reports that the convenant declares.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/rapporten", operation_id = "rapporten", tag = "rapporten",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The reports", body = Vec<DeclaredView>),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Json<Vec<DeclaredView>> {
    let words = region.current.words(&app.texts, caller.language);
    let reports = words.model.oversight.reports.iter();
    Json(reports.map(|report| declared(&words, report)).collect())
}

fn declared(words: &Words<'_>, report: &Report) -> DeclaredView {
    DeclaredView {
        naam: report.name.clone(),
        titel: report.title.clone(),
        per: match report.period {
            SpreadPeriod::Year => "kalenderjaar",
            SpreadPeriod::HalfYear => "halfjaar",
            SpreadPeriod::Quarter => "kwartaal",
            SpreadPeriod::Month => "maand",
            SpreadPeriod::Term => "looptijd",
        },
        aan: report.to.iter().map(|who| words.who(*who)).collect(),
        telt: report.counts.iter().map(|count| name(*count)).collect(),
        velden: report.fields.iter().map(|f| words.fact_name(*f)).collect(),
        klasse: match report.class {
            PrivacyClass::Ordinary => "gewoon",
            PrivacyClass::Personal => "persoonsgegeven",
            PrivacyClass::Special => "bijzonder",
        },
        bron: words.source(&report.meta),
    }
}

fn name(count: Count) -> &'static str {
    match count {
        Count::Opened => "aangemeld",
        Count::Placed => "geplaatst",
        Count::Refused => "afgewezen",
        Count::Ended => "afgesloten",
        Count::Running => "lopend",
        Count::Overdue => "te-laat",
    }
}

/// A report over a period, for the roles and bodies that the convenant names.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/rapporten/{naam}", operation_id = "rapport", tag = "rapporten",
    params(("regio" = String, Path, description = "Region key"), ("naam" = String, Path, description = "Name of the report"), ReportQuery),
    responses(
        (status = 200, description = "The report", content((ReportView = "application/json"), (String = "text/csv"))),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The report is not for this role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region or report", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let model = region.current.model();
    let found = model.oversight.reports.iter().find(|r| r.name == path.1);
    let found = found.ok_or_else(|| Problem::not_found("rapport"))?;
    let today = civil_date(app.clock.now());
    caller.account_in(&region)?;
    if !is_for(&caller, &region, found, today) {
        let words = region.current.words(&app.texts, caller.language);
        let may: Vec<String> = found.to.iter().map(|who| words.who(*who)).collect();
        return Err(Problem::new(Kind::Forbidden).with("mag", may));
    }
    let period = period(&region, model, found, query.op.as_deref(), today)?;
    let view = counted(&app, &region, &caller, found, period).await?;
    if asks_csv(query.vorm, &headers) {
        return csv(&view, found, model, query.deel.unwrap_or_default());
    }
    Ok(Json(view).into_response())
}

/// Whether the report is for the role of the caller, or for a body in which the party sits.
fn is_for(caller: &Caller, region: &Region, report: &Report, today: Date) -> bool {
    let model = region.current.model();
    let nobody = Case::default();
    Viewer::of(caller.account.as_ref(), region, model, today).is_some_and(|viewer| {
        viewer.takes_part(model, today)
            && report.to.iter().any(|who| match who {
                Who::Role(role) => *role == viewer.role,
                Who::Body(_) => {
                    authority::parties_of(model, &nobody, *who, today).contains(&viewer.party)
                }
            })
    })
}

/// The period that holds the day, or the last one that is over.
fn period(
    region: &Region,
    model: &Convenant,
    report: &Report,
    day: Option<&str>,
    today: Date,
) -> Result<Window, Problem> {
    let in_force = region.in_force().unwrap_or(InForce {
        from: today,
        until: None,
    });
    let bad = || Problem::new(Kind::BadParameter).arg("fout", "`op`");
    if let Some(day) = day {
        let day = value::date(model, day).ok_or_else(bad)?;
        return Ok(period_of(report.period, day, in_force));
    }
    let current = period_of(report.period, today, in_force);
    let before = current.from.yesterday().unwrap_or(current.from);
    Ok(match report.period {
        SpreadPeriod::Term => current,
        kind => period_of(kind, before, in_force),
    })
}

async fn counted(
    app: &App,
    region: &Region,
    caller: &Caller,
    found: &Report,
    period: Window,
) -> Result<ReportView, Problem> {
    let now = app.clock.now();
    let words = region.current.words(&app.texts, caller.language);
    let store = app.cases.store();
    let (mut records, mut rows, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let filter = CaseFilter::default();
        let page = store.cases(&region.key, &filter, after, PAGE).await;
        let page = page.map_err(store_problem)?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.head.stream);
        for case in &page {
            let events = store
                .events::<Event>(&region.key, case.head.stream, 0)
                .await
                .map_err(store_problem)?;
            let record = Record::of(events.iter().map(|recorded| &recorded.event));
            let counts = |count: &Count| counts_in(&record, *count, period);
            if !found.fields.is_empty() && found.counts.iter().any(counts) {
                rows.push(row(app, region, caller, found, case).await?);
            }
            records.push(record);
        }
    }
    Ok(ReportView {
        naam: found.name.clone(),
        titel: found.title.clone(),
        van: period.from.to_string(),
        tot: period.until.to_string(),
        stand: moment(now),
        tellingen: report(found, &records, period)
            .into_iter()
            .map(|counted| CountView {
                telling: name(counted.count),
                aantal: counted.cases,
            })
            .collect(),
        zaken: rows,
        bron: words.source(&found.meta),
    })
}

/// The facts that the report lists of a case, as far as the caller may see them there.
async fn row(
    app: &App,
    region: &Region,
    caller: &Caller,
    report: &Report,
    case: &CaseRow,
) -> Result<RowView, Problem> {
    let loaded = app.cases.load(region, case.head.stream).await;
    let loaded = loaded.map_err(|e| case_problem(app, caller.language, e))?;
    let version: &Version = &loaded.version;
    let (model, today) = (version.model(), civil_date(app.clock.now()));
    let viewer = Viewer::of(caller.account.as_ref(), region, model, today);
    let words = region.current.words(&app.texts, caller.language);
    let gegevens = report.fields.iter().map(|field| {
        let name = words.fact_name(*field);
        let known = model.fact_named(&name).and_then(|id| {
            let fact = model.facts.get(id.index())?;
            let seen = viewer?.may_see(model, &loaded.case, fact, today);
            let value = fact_value(&loaded.case, id).filter(|_| seen)?;
            Some(value::to_json(model, &fact.kind, value))
        });
        (name, known.unwrap_or(Json_::Null))
    });
    Ok(RowView {
        nummer: loaded.number.to_string(),
        gegevens: gegevens.collect(),
    })
}

fn csv(
    view: &ReportView,
    report: &Report,
    model: &Convenant,
    part: Part,
) -> Result<Response, Problem> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = match part {
        Part::Tellingen => counts_as_csv(&mut writer, view),
        Part::Zaken => cases_as_csv(&mut writer, view, report, model),
    };
    written.map_err(Problem::internal)?;
    download(writer, &format!("{}-{}", view.naam, view.van))
}

/// A CSV to be kept under this name.
pub fn download(writer: csv::Writer<Vec<u8>>, name: &str) -> Result<Response, Problem> {
    let bytes = writer.into_inner().map_err(Problem::internal)?;
    let file = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, bytes).into_response())
}

/// Whether CSV is asked for: by the parameter, or else by `Accept`.
pub fn asks_csv(form: Option<Form>, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    match form {
        Some(form) => form == Form::Csv,
        None => accepted.is_some_and(|text| text.trim_start().starts_with("text/csv")),
    }
}

fn counts_as_csv(writer: &mut csv::Writer<Vec<u8>>, view: &ReportView) -> Result<(), csv::Error> {
    writer.write_record(["rapport", "van", "tot", "telling", "aantal"])?;
    for count in &view.tellingen {
        let cases = count.aantal.to_string();
        writer.write_record([&view.naam, &view.van, &view.tot, count.telling, &cases])?;
    }
    Ok(())
}

fn cases_as_csv(
    writer: &mut csv::Writer<Vec<u8>>,
    view: &ReportView,
    report: &Report,
    model: &Convenant,
) -> Result<(), csv::Error> {
    let fields: Vec<&str> = report
        .fields
        .iter()
        .filter_map(|field| Some(model.facts.get(field.index())?.name.as_str()))
        .collect();
    writer.write_record(std::iter::once("nummer").chain(fields.iter().copied()))?;
    for case in &view.zaken {
        let values = fields.iter().map(|field| {
            let known = case.gegevens.get(*field);
            cell(known.unwrap_or(&Json_::Null))
        });
        writer.write_record(std::iter::once(case.nummer.clone()).chain(values))?;
    }
    Ok(())
}

fn cell(value: &Json_) -> String {
    text_cell(match value {
        Json_::Null => String::new(),
        Json_::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// Text in a cell: what a spreadsheet would take for a formula stays text.
pub fn text_cell(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_not_become_a_formula() {
        let cell_of = |text: &str| cell(&Json_::String(text.to_owned()));
        assert_eq!(cell_of("=1+1"), "'=1+1");
        assert_eq!(cell_of("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell_of("Zeist"), "Zeist");
        assert_eq!(cell(&serde_json::json!(-3)), "-3");
        assert_eq!(cell(&Json_::Null), "");
    }
}
