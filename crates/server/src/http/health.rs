//! Whether the server lives and whether it is ready.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::App;
use crate::problem::{Kind, Problem, ProblemBody};

/// How the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `goed`.
    pub toestand: &'static str,
    /// Regions served.
    pub regios: usize,
}

/// The process lives.
#[utoipa::path(get, path = "/v1/health/live", operation_id = "leeft", tag = "server",
    responses((status = 200, description = "The process lives", body = Health)))]
pub async fn live(State(app): State<Arc<App>>) -> Json<Health> {
    Json(Health {
        toestand: "goed",
        regios: app.cases.regions().iter().count(),
    })
}

/// The server takes requests and its store answers.
#[utoipa::path(get, path = "/v1/health/ready", operation_id = "gereed", tag = "server",
    responses(
        (status = 200, description = "The server takes requests", body = Health),
        (status = 503, description = "It is stopping, or the store does not answer", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    if app.is_stopping() {
        return Err(Problem::new(Kind::Unavailable));
    }
    app.cases
        .store()
        .regions()
        .await
        .map_err(|_| Problem::new(Kind::Unavailable))?;
    Ok(live(State(app)).await)
}
