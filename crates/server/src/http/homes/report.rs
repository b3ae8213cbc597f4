//! Homes that are reported over HTTP: one, or a CSV full of them.
//!
//! Input: a home as JSON, or a CSV, of an account whose role reports homes. Output: what became of each, or every line that is wrong.
//! Invariant: all of a file or nothing of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use convenant_store::{HomeId, NewHome, Reported, WhyNotReported};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json_, json};

use super::{Asking, asking, by};
use crate::homes::checked;
use crate::homes::csv::{self, Fault, What};
use crate::http::App;
use crate::http::caller::{Body, Caller, InRegion};
use crate::http::failures::{act_problem, store_problem};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;

/// A home to report.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHomeBody {
    /// What your party calls it; the same again is the same home.
    pub kenmerk: Option<String>,
    /// Facts that the convenant declares, by name.
    #[schema(value_type = Object, example = json!({"gemeente": "Zeist", "huur": "€ 620", "kamers": 2, "beschikbaar": "2018-06-01"}))]
    pub feiten: BTreeMap<String, Json_>,
}

/// What became of a report.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReportedView {
    /// New homes, by id.
    pub nieuw: Vec<i64>,
    /// Known by their reference, with other facts from now on.
    pub verbeterd: Vec<i64>,
    /// Known by their reference, and the same.
    pub bekend: Vec<i64>,
}

impl From<Reported> for ReportedView {
    fn from(reported: Reported) -> ReportedView {
        let ids = |list: Vec<HomeId>| list.into_iter().map(|id| id.0).collect();
        ReportedView {
            nieuw: ids(reported.made),
            verbeterd: ids(reported.corrected),
            bekend: ids(reported.known),
        }
    }
}

/// The party that reports, with its number.
fn reporting(region: &Region, asking: &Asking<'_>) -> Result<u16, Problem> {
    let forbidden = || Problem::new(Kind::Forbidden).detail("fout-woning-melden");
    if !asking.rights.reports {
        return Err(forbidden());
    }
    region
        .number_of(&region.current, asking.rights.viewer.party)
        .ok_or_else(forbidden)
}

/// Reports a home of your party.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/woningen", operation_id = "woningMelden", tag = "woningen",
    params(("regio" = String, Path, description = "Region key")),
    request_body = NewHomeBody,
    responses(
        (status = 200, description = "What became of it", body = ReportedView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Your role does not report homes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region, or its convenant has no homes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The home with this reference is let or withdrawn", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn report(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Body(body): Body<NewHomeBody>,
) -> Result<Json<ReportedView>, Problem> {
    Ok(Json(report_one(&app, &region, &caller, body).await?))
}

/// Reports a home of the caller's party.
pub async fn report_one(
    app: &App,
    region: &Region,
    caller: &Caller,
    body: NewHomeBody,
) -> Result<ReportedView, Problem> {
    let asking = asking(app, region, caller)?;
    let number = reporting(region, &asking)?;
    let say = |id: &str| app.texts.get(caller.language, id, &[]);
    if body
        .kenmerk
        .as_deref()
        .is_some_and(|k| !csv::is_reference(k))
    {
        let fault = Problem::new(Kind::BadValue).arg("fout", say("fout-csv-kenmerk"));
        return Err(fault.with("feit", csv::REFERENCE));
    }
    let owner = asking.rights.viewer.party;
    let facts = checked(region, asking.homes, owner, &body.feiten);
    let new = NewHome {
        owner: number,
        reference: body.kenmerk,
        facts: facts.map_err(|e| act_problem(app, caller.language, &e))?,
    };
    let (by, now) = (by(caller, region, &asking, None)?, app.clock.now());
    let done = app
        .cases
        .store()
        .report_homes(&region.key, vec![new], by, now)
        .await;
    match done.map_err(store_problem)? {
        Ok(reported) => Ok(reported.into()),
        Err(_) => Err(Problem::new(Kind::Refused).detail("fout-csv-vast")),
    }
}

/// Reports the homes of your party from a CSV: all of them, or none and every line that is wrong.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/woningen/csv", operation_id = "woningenCsv", tag = "woningen",
    params(("regio" = String, Path, description = "Region key")),
    request_body(content = String, content_type = "text/csv", description = "UTF-8; first the names of the facts and `kenmerk`, with `;` or `,` between"),
    responses(
        (status = 200, description = "What became of it", body = ReportedView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Your role does not report homes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region, or its convenant has no homes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "More than 2 MiB", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not text/csv", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`fouten` says what is wrong, line by line", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn import(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<ReportedView>, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let kind = kind.and_then(|v| v.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("text/csv") {
        return Err(Problem::new(Kind::NotJson).detail("fout-csv-soort"));
    }
    // The only way in which reading fails here is the limit, or a client that went away.
    let bytes = body.map_err(|_| Problem::new(Kind::TooLarge).detail("fout-csv-groot"))?;
    Ok(Json(import_csv(&app, &region, &caller, &bytes).await?))
}

/// Reports the homes of the caller's party from a CSV.
pub async fn import_csv(
    app: &App,
    region: &Region,
    caller: &Caller,
    bytes: &[u8],
) -> Result<ReportedView, Problem> {
    let asking = asking(app, region, caller)?;
    let number = reporting(region, &asking)?;
    if bytes.len() > csv::LARGEST {
        return Err(Problem::new(Kind::TooLarge).detail("fout-csv-groot"));
    }
    let owner = (asking.rights.viewer.party, number);
    let lines = csv::read(region, asking.homes, owner, bytes);
    let lines = lines.map_err(|faults| csv_problem(app, caller, &faults))?;
    let numbers: Vec<u64> = lines.iter().map(|line| line.line).collect();
    let line = |index: usize| numbers.get(index).copied().unwrap_or_default();
    let homes = lines.into_iter().map(|line| line.home).collect();
    let (by, now) = (by(caller, region, &asking, None)?, app.clock.now());
    let done = app
        .cases
        .store()
        .report_homes(&region.key, homes, by, now)
        .await;
    done.map_err(store_problem)?
        .map(ReportedView::from)
        .map_err(|refused| {
            let faults = refused.iter().map(|not| Fault {
                line: line(not.index),
                column: csv::REFERENCE.to_owned(),
                what: match not.why {
                    WhyNotReported::Twice(first) => What::ReferenceTwice { line: line(first) },
                    WhyNotReported::Fixed(_) => What::Fixed,
                },
            });
            csv_problem(app, caller, &faults.collect::<Vec<_>>())
        })
}

/// What is wrong in a file, line by line.
fn csv_problem(app: &App, caller: &Caller, faults: &[Fault]) -> Problem {
    let language = caller.language;
    let say = |id: &str, args: &[(&str, fluent_bundle::FluentValue<'_>)]| {
        app.texts.get(language, id, args)
    };
    let text = |what: &What| match what {
        What::Encoding => say("fout-csv-codering", &[]),
        What::Empty => say("fout-csv-leeg", &[]),
        What::TooMany => say(
            "fout-csv-te-veel",
            &[("aantal", csv::MOST.to_string().into())],
        ),
        What::Cells => say("fout-csv-cellen", &[]),
        What::UnknownColumn { known } => say("fout-csv-kolom", &[("keuze", known.as_str().into())]),
        What::Twice => say("fout-csv-dubbel", &[]),
        What::Formula => say("fout-csv-formule", &[]),
        What::Control => say("fout-csv-regels", &[]),
        What::Reference => say("fout-csv-kenmerk", &[]),
        What::ReferenceTwice { line } => say(
            "fout-csv-kenmerk-dubbel",
            &[("regel", line.to_string().into())],
        ),
        What::Fixed => say("fout-csv-vast", &[]),
        What::Value(error) => {
            let problem = act_problem(app, language, error);
            let told = problem.body(&app.texts, language, "").detail;
            told.trim_end_matches('.').to_owned()
        }
    };
    let told: Vec<Json_> = faults
        .iter()
        .map(|fault| json!({ "regel": fault.line, "kolom": fault.column, "fout": text(&fault.what) }))
        .collect();
    let first = faults.first().map(|fault| {
        let args = [
            ("regel", fault.line.to_string().into()),
            ("kolom", fault.column.as_str().into()),
            ("fout", text(&fault.what).into()),
        ];
        let told = match (fault.line, fault.column.as_str()) {
            (0, _) => "fout-csv-bestand",
            (_, "") => "fout-csv-regel",
            _ => "fout-csv",
        };
        say(told, &args)
    });
    Problem::new(Kind::BadValue)
        .arg("fout", first.unwrap_or_default())
        .with("fouten", told)
}
