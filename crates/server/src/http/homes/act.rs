//! What is done with a home over HTTP: corrected, withdrawn, let, set free; and offered to a case.
//!
//! Input: an act of an account of the region. Output: the home afterwards. Invariants: its own party and whoever matches change a home, nobody
//! else; it is offered and answered in the case, in the transaction of that case.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use convenant_store::{Error as StoreError, HomeChange, HomeWrite};
use serde::Deserialize;
use serde_json::{Value as Json_, json};

use super::{HomeHistoryView, asking, by, find, shown};
use crate::act::ActError;
use crate::homes::checked;
use crate::http::App;
use crate::http::caller::{Body, Caller, InRegion};
use crate::http::failures::{act_problem, motivation, store_problem};
use crate::http::work::{CommandBody, act_on};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;

/// What is done with a home.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HomeAct {
    /// Other facts, instead of all there were.
    #[schema(value_type = Object)]
    Verbeter(BTreeMap<String, Json_>),
    /// It is not to be had any more.
    TrekIn,
    /// It is let to the client of the case that accepted it.
    Verhuurd,
    /// It is free again: the client of the case does not take it after all, or it was withdrawn too early.
    GeefVrij,
    /// Offer it to the case with this number.
    BiedAan(String),
}

/// A change of a home.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HomeActBody {
    /// `"trek-in"`, `"verhuurd"`, `"geef-vrij"`, `{"verbeter": {…}}` or `{"bied-aan": "UTR-2018-0001"}`.
    pub doe: HomeAct,
    /// Why: needed to withdraw and to set free, and for a home that breaks a rule. About the home, never about a person.
    pub motivering: Option<String>,
    /// Only when the home has this version.
    pub versie: Option<u32>,
}

/// Changes a home, or offers it to a case.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/woningen/{id}/opdrachten", operation_id = "woningOpdracht", tag = "woningen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the home")),
    request_body = HomeActBody,
    responses(
        (status = 200, description = "The home afterwards", body = HomeHistoryView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your home", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such home or case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The home is not what this needs, has changed, or breaks a rule", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
    Body(body): Body<HomeActBody>,
) -> Result<Json<HomeHistoryView>, Problem> {
    let view = act_on_home(&app, &region, &caller, &path.1, body).await?;
    Ok(Json(view))
}

/// Changes a home for the caller, or offers it to a case.
pub async fn act_on_home(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    id: &str,
    body: HomeActBody,
) -> Result<HomeHistoryView, Problem> {
    let asking = asking(app, region, caller)?;
    let home = find(app, region, id).await?;
    let motivation = motivation(app, caller.language, body.motivering.as_deref())?;
    let owns = asking.rights.reports && asking.rights.owns(region, &home, asking.today);
    let change = match &body.doe {
        HomeAct::BiedAan(number) => {
            let expected = body.versie.unwrap_or(home.version);
            if expected != home.version {
                let actual = home.version;
                let home = home.id;
                return Err(store_problem(StoreError::HomeConflict {
                    home,
                    expected,
                    actual,
                }));
            }
            let doe = json!({ "aanbod": { "woning": home.id.0, "motivering": motivation } });
            let command = CommandBody {
                doe,
                verwacht: None,
            };
            act_on(app, region, caller, number, None, None, command).await?;
            let home = find(app, region, id).await?;
            return shown(app, region, caller, &asking, &home).await;
        }
        HomeAct::Verbeter(facts) if owns => {
            let facts = checked(region, asking.homes, asking.rights.viewer.party, facts);
            HomeChange::Correct(facts.map_err(|e| act_problem(app, caller.language, &e))?)
        }
        HomeAct::TrekIn if owns => HomeChange::Withdraw,
        HomeAct::Verhuurd if owns || asking.rights.matches => HomeChange::Let,
        HomeAct::GeefVrij if owns || asking.rights.matches => HomeChange::Release,
        _ => return Err(Problem::new(Kind::Forbidden).detail("fout-woning-van-ander")),
    };
    if matches!(change, HomeChange::Withdraw | HomeChange::Release) && motivation.is_none() {
        return Err(act_problem(
            app,
            caller.language,
            &ActError::Missing("motivering"),
        ));
    }
    let write = HomeWrite {
        home: home.id,
        expected: body.versie.unwrap_or(home.version),
        change,
        by: by(caller, region, &asking, motivation)?,
    };
    let done = app
        .cases
        .store()
        .change_home(&region.key, write, app.clock.now())
        .await;
    let home = done.map_err(store_problem)?;
    shown(app, region, caller, &asking, &home).await
}
