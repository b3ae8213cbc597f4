//! Dead letters: what was given up, for the coordinator to try again or to leave at that.
//!
//! Input: an account whose person coordinates the region today. Output: dead letters, and what is done with them. Invariant: nobody else sees
//! or changes them; what is shown names roles and parties, no addresses.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::store_problem;
use super::views::moment;
use crate::channel::webhook::explain;
use crate::delivery::coordinators;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::text::Language;

/// Dead letters in an answer.
pub const MOST: u32 = 200;

/// Which dead letters.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadQuery {
    /// Those with a lower id than this.
    voor: Option<i64>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// A delivery that was given up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeadView {
    /// Id in the region.
    pub id: i64,
    /// `mail`, `webhook`.
    pub kanaal: String,
    /// For which party.
    pub partij: String,
    /// Subject of the message, or of the first of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onderwerp: Option<String>,
    /// When it was intended.
    pub op: String,
    /// When it was given up.
    pub sinds: String,
    /// How often it was tried.
    pub pogingen: u32,
    /// It may have arrived: the connection was lost before the answer.
    pub misschien_bezorgd: bool,
    /// What the other side said, or what went wrong.
    pub reden: String,
}

/// What to do with a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Try again.
    Retry,
    /// Leave it at that.
    Dismiss,
}

/// The problem when the caller does not coordinate this region today.
pub async fn require_coordinator(
    app: &App,
    region: &Region,
    caller: &Caller,
) -> Result<(), Problem> {
    let account = caller.account_in(region)?;
    let people = app
        .people
        .refresh(&region.key)
        .await
        .map_err(store_problem)?;
    let all = coordinators(region, &people, app.clock.now());
    if all.iter().any(|one| one.person.id == account.person) {
        Ok(())
    } else {
        Err(Problem::new(Kind::Forbidden))
    }
}

/// The dead letters of a region, for who coordinates it.
pub async fn dead_views(
    app: &App,
    region: &Region,
    language: Language,
    before: Option<i64>,
) -> Result<Vec<DeadView>, Problem> {
    let rows = app
        .cases
        .store()
        .dead_letters(&region.key, before, MOST)
        .await
        .map_err(store_problem)?;
    let view = |row: convenant_store::DeadLetter| {
        let party = row.turn.split_once('/').map_or("", |(_, party)| party);
        DeadView {
            id: row.delivery.id,
            kanaal: row.delivery.channel,
            partij: party.to_owned(),
            onderwerp: row.subject,
            op: moment(row.at),
            sinds: row.delivery.settled.map(moment).unwrap_or_default(),
            pogingen: row.delivery.attempts,
            misschien_bezorgd: row.delivery.ambiguous > 0,
            reden: explain(
                &app.texts,
                language,
                &row.delivery.outcome.unwrap_or_default(),
            ),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Does something with a dead letter.
pub async fn settle(app: &App, region: &Region, id: i64, doing: Doing) -> Result<(), Problem> {
    let (store, now) = (app.cases.store(), app.clock.now());
    let found = match doing {
        Doing::Retry => store.retry(&region.key, id, now).await,
        Doing::Dismiss => store.dismiss(&region.key, id, now).await,
    };
    if found.map_err(store_problem)? {
        Ok(())
    } else {
        Err(Problem::not_found("onbestelbaar bericht"))
    }
}

/// What could not be delivered and is left to a person, the newest first. For who coordinates the region today.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/onbestelbaar", operation_id = "onbestelbaar", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), DeadQuery),
    responses(
        (status = 200, description = "The dead letters", body = Vec<DeadView>),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "You do not coordinate this region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<DeadQuery>,
) -> Result<Json<Vec<DeadView>>, Problem> {
    require_coordinator(&app, &region, &caller).await?;
    Ok(Json(
        dead_views(&app, &region, caller.language, query.voor).await?,
    ))
}

/// Tries a dead letter again, under the same id.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/onbestelbaar/{id}/opnieuw", operation_id = "onbestelbaarOpnieuw", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("id" = i64, Path, description = "Id of the dead letter")),
    responses(
        (status = 204, description = "It is tried again"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "You do not coordinate this region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such dead letter", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn retry(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    require_coordinator(&app, &region, &caller).await?;
    settle(&app, &region, path.1, Doing::Retry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a dead letter at that.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/onbestelbaar/{id}/laten-rusten", operation_id = "onbestelbaarLatenRusten", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("id" = i64, Path, description = "Id of the dead letter")),
    responses(
        (status = 204, description = "It is left at that"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "You do not coordinate this region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such dead letter", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn dismiss(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    require_coordinator(&app, &region, &caller).await?;
    settle(&app, &region, path.1, Doing::Dismiss).await?;
    Ok(StatusCode::NO_CONTENT)
}
