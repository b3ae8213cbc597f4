//! Whether a home fits a case, rule by rule, over HTTP.
//!
//! Input: a home and a case. Output: the outcome of every rule, with its article and what is not known. Invariant: only for who offers or matches
//! homes there, or may see every fact of the client that the rules look at: with one home after another, outcomes tell what those are.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use convenant_engine::Truth;
use convenant_engine::homes::client_facts;
use convenant_lang::model::{FactId, HomeForce};
use serde::Serialize;

use super::{asking, find};
use crate::homes::{fits, offers};
use crate::http::App;
use crate::http::caller::{Caller, InRegion};
use crate::http::work::find_case;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::sight::Viewer;
use crate::words::Source;

/// One rule about homes, for a home and a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FitRuleView {
    /// Its name.
    pub naam: String,
    /// What it asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tekst: Option<String>,
    /// Whether it must hold (`passend`); otherwise it is a wish (`liefst`).
    pub moet: bool,
    /// `ja`, `nee` or `onbekend`.
    pub uitkomst: &'static str,
    /// What is not known and can still change that.
    pub ontbreekt: Vec<String>,
    /// Where it stands.
    pub bron: Source,
}

/// Whether a home fits a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FitView {
    /// `ja`, `nee` or `onbekend`.
    pub past: &'static str,
    /// Every rule, in the order of the file.
    pub regels: Vec<FitRuleView>,
}

/// Whether a home fits a case, rule by rule. For whoever offers or matches homes there, or may see every fact that the rules look at.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/woningen/{id}/passend/{nummer}", operation_id = "woningPassend", tag = "woningen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the home"),
        ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "Whether it fits, without the facts of the client", body = FitView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "You have no role in this case, or may not see what the rules look at", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such home or case", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn fitting(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Json<FitView>, Problem> {
    let asking = asking(&app, &region, &caller)?;
    let home = find(&app, &region, &path.1).await?;
    let loaded = find_case(&app, &region, &path.2).await?;
    let model = loaded.version.model();
    let viewer = Viewer::of(caller.account.as_ref(), &region, model, asking.today);
    let involved = viewer.filter(|v| v.is_involved(model, &loaded.case, asking.today));
    let viewer = involved.ok_or_else(|| Problem::new(Kind::Forbidden))?;
    let scheme = loaded.case.scheme;
    let scheme = scheme.ok_or_else(|| Problem::not_found("regeling"))?;
    let sees = |fact: FactId| {
        let fact = model.facts.get(fact.index());
        fact.is_some_and(|fact| viewer.may_see(model, &loaded.case, fact, asking.today))
    };
    let matches = asking.rights.matches || offers(viewer, &loaded, asking.today);
    if !matches && !client_facts(model, scheme).into_iter().all(sees) {
        return Err(Problem::new(Kind::Forbidden).detail("fout-woning-past-inzage"));
    }
    let words = loaded.version.words(&app.texts, caller.language);
    let found = fits(&region, &loaded.version, &loaded.case, &home, asking.today);
    let found = found.ok_or_else(|| Problem::not_found("regeling"))?;
    let word = |truth: Truth| match truth {
        Truth::True => "ja",
        Truth::False => "nee",
        Truth::Unknown => "onbekend",
    };
    Ok(Json(FitView {
        past: word(found.value()),
        regels: found
            .rules
            .into_iter()
            .map(|rule| FitRuleView {
                bron: words.source(&rule.source),
                naam: rule.name,
                tekst: rule.label,
                moet: rule.force == HomeForce::Needed,
                uitkomst: word(rule.value),
                ontbreekt: rule.missing,
            })
            .collect(),
    }))
}
