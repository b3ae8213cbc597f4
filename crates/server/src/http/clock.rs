//! The clock and the accounts: what stands in for real time and a login in the demo.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::{Moment, civil_date};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Body, Caller};
use super::failures::worker_problem;
use super::views::moment;
use crate::clock::DAY;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::worker::Worked;

/// The most days that the clock moves at once.
const MOST_DAYS: u16 = 366;

/// What time it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockView {
    /// Now.
    #[schema(example = "2019-03-04T09:00:00.000Z")]
    pub nu: String,
    /// The civil date in the Netherlands.
    #[schema(format = Date, example = "2019-03-04")]
    pub datum: String,
    /// It is the demo's clock, which can be moved forward.
    pub demo: bool,
    /// What happened on the way, after it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gedaan: Option<WorkedView>,
}

/// What happened while the clock moved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WorkedView {
    /// Timers fired.
    pub wekkers: u64,
    /// Digests made.
    pub overzichten: u64,
    /// Notifications delivered.
    pub meldingen: u64,
}

impl From<Worked> for WorkedView {
    fn from(worked: Worked) -> WorkedView {
        WorkedView {
            wekkers: worked.fired,
            overzichten: worked.occurred,
            meldingen: worked.delivered,
        }
    }
}

/// How far the clock is to be moved.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// Days, 1 to 366.
    #[schema(minimum = 1, maximum = 366, example = 7)]
    pub dagen: u16,
}

/// What time it is for the server.
#[utoipa::path(get, path = "/v1/klok", operation_id = "klok", tag = "klok",
    responses((status = 200, description = "The time", body = ClockView)))]
pub async fn now(State(app): State<Arc<App>>) -> Json<ClockView> {
    Json(view(&app, None))
}

fn view(app: &App, worked: Option<Worked>) -> ClockView {
    let now = app.clock.now();
    ClockView {
        nu: moment(now),
        datum: civil_date(now).to_string(),
        demo: app.clock.is_demo(),
        gedaan: worked.map(WorkedView::from),
    }
}

/// Moves the demo's clock forward; what becomes due on the way happens, in order, at its own time.
#[utoipa::path(post, path = "/v1/klok/vooruit", operation_id = "klokVooruit", tag = "klok",
    request_body = Forward,
    responses(
        (status = 200, description = "The time afterwards", body = ClockView),
        (status = 400, description = "Not a number of days that the clock can be moved", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The server keeps real time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database was lost on the way: what was done stays done", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn forward(
    State(app): State<Arc<App>>,
    Body(forward): Body<Forward>,
) -> Result<Json<ClockView>, Problem> {
    let worked = move_forward(&app, forward.dagen).await?;
    Ok(Json(view(&app, Some(worked))))
}

/// Moves the clock, in a task of its own: whoever asked may go away.
pub async fn move_forward(app: &Arc<App>, days: u16) -> Result<Worked, Problem> {
    if !app.clock.is_demo() {
        return Err(Problem::new(Kind::RealClock));
    }
    if days == 0 || days > MOST_DAYS {
        let wrong = Problem::new(Kind::BadParameter);
        return Err(wrong.arg("fout", format!("`dagen`: 1 – {MOST_DAYS}")));
    }
    let until = Moment(
        app.clock
            .now()
            .0
            .saturating_add(i64::from(days).saturating_mul(DAY)),
    );
    let worker = app.worker.clone();
    tokio::spawn(async move { worker.run_until(until).await })
        .await
        .map_err(Problem::internal)?
        .map_err(worker_problem)
}

/// An account that can be chosen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    /// For the header `X-Account`.
    pub id: String,
    /// Name.
    pub naam: String,
    /// Region.
    pub regio: String,
    /// Party.
    pub partij: String,
    /// Role.
    pub rol: String,
}

/// Who one can be, until there is a login.
#[utoipa::path(get, path = "/v1/accounts", operation_id = "accounts", tag = "accounts",
    responses((status = 200, description = "The accounts", body = Vec<AccountView>)))]
pub async fn accounts(State(app): State<Arc<App>>, _caller: Caller) -> Json<Vec<AccountView>> {
    let view = |account: &crate::accounts::Account| AccountView {
        id: account.id.clone(),
        naam: account.name.clone(),
        regio: account.region.clone(),
        partij: account.party_name.clone(),
        rol: account.role_name.clone(),
    };
    Json(app.accounts.iter().map(view).collect())
}
