//! The deadlines of a region over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::civil_date;
use convenant_store::DeadlineFilter;
use serde::Deserialize;

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::{case_problem, store_problem};
use super::views::DeadlineView;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::text::Language;
use crate::value;

/// Deadlines in an answer.
const MOST: u32 = 200;

/// Which deadlines.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadlineQuery {
    /// Last day on or after this day.
    pub van: Option<String>,
    /// Last day on or before this day.
    pub tot: Option<String>,
    /// Of cases that are assigned to this party.
    pub partij: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    pub aantal: Option<u32>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    pub _lang: Option<String>,
}

/// The deadlines that run in a region, the earliest first.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/termijnen", operation_id = "termijnen", tag = "termijnen",
    params(("regio" = String, Path, description = "Region key"), DeadlineQuery),
    responses(
        (status = 200, description = "The deadlines", body = Vec<DeadlineView>),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn deadlines(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<DeadlineQuery>,
) -> Result<Json<Vec<DeadlineView>>, Problem> {
    Ok(Json(due(&app, &region, caller.language, &query).await?))
}

/// The deadlines of a region.
pub async fn due(
    app: &App,
    region: &Region,
    language: Language,
    query: &DeadlineQuery,
) -> Result<Vec<DeadlineView>, Problem> {
    let bad = |what: &str| Problem::new(Kind::BadParameter).arg("fout", format!("`{what}`"));
    let model = region.current.model();
    let day = |what: &str, text: &Option<String>| {
        let parsed = text
            .as_deref()
            .map(|t| value::date(model, t).ok_or_else(|| bad(what)));
        parsed.transpose()
    };
    let party = match &query.partij {
        Some(name) => Some(model.party_named(name).ok_or_else(|| bad("partij"))?),
        None => None,
    };
    let filter = DeadlineFilter {
        from: day("van", &query.van)?,
        until: day("tot", &query.tot)?,
        party,
    };
    let limit = query.aantal.unwrap_or(50).clamp(1, MOST);
    let store = app.cases.store();
    let rows = store
        .deadlines(&region.key, &filter, limit)
        .await
        .map_err(store_problem)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let version = region.version(store, row.version).await;
        let version = version.map_err(|e| case_problem(app, language, e.into()))?;
        let words = version
            .words(&app.texts, language)
            .on(civil_date(app.clock.now()));
        views.push(words.deadline_view(&row.number, &row.state, &row.deadline));
    }
    Ok(views)
}
