//! Why, for one case: eligibility explained, and who is next by the spreading.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::{RunningDeadline, civil_date, explain as explain_case, explain_date};
use convenant_lang::model::FactId;

use super::App;
use super::caller::{Caller, CaseNumber, DeadlineName, InRegion};
use super::views::{ExplanationView, SpreadingView};
use super::work::find_case;
use crate::cases::Loaded;
use crate::dates::WhyDueView;
use crate::next::{Now, fact_value};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::sight::Viewer;

/// Whether the client of this case is eligible now, and why.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}/uitleg", operation_id = "uitlegVanZaak", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "The explanation", body = ExplanationView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "No role in this case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such case", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn explain(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
) -> Result<Json<ExplanationView>, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    caller.account_in(&region)?;
    let view = explanation(&app, &region, &caller, &loaded)
        .ok_or_else(|| Problem::new(Kind::Forbidden))?;
    Ok(Json(view))
}

/// The explanation of a case, for whoever may see every fact that it reads.
pub fn explanation(
    app: &App,
    region: &Region,
    caller: &Caller,
    loaded: &Loaded,
) -> Option<ExplanationView> {
    let words = loaded.version.words(&app.texts, caller.language);
    let (case, today) = (&loaded.case, civil_date(app.clock.now()));
    let viewer = Viewer::of(caller.account.as_ref(), region, words.model, today)?;
    if !viewer.is_involved(words.model, case, today) {
        return None;
    }
    let facts: Vec<_> = (0u16..)
        .map(FactId)
        .take(words.model.facts.len())
        .map(|id| fact_value(case, id).cloned())
        .collect();
    let found = explain_case(
        &loaded.version.program,
        case.scheme?,
        &facts,
        &case.judgements,
        today,
    );
    let mut view = words.explanation_view(&found);
    // Whether a clause holds says something about its facts.
    let hidden = |name: &String| {
        let fact = words.model.fact_named(name).and_then(|id| words.fact(id));
        fact.is_some_and(|f| !viewer.may_see(words.model, case, f, today))
    };
    for clause in &mut view.clausules {
        if clause.feiten.iter().any(hidden) {
            clause.waarde = "verborgen";
        }
    }
    Some(view)
}

/// Why a running deadline is due on its day: every day that was skipped, what moved it, and the articles.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}/termijnen/{termijn}/waarom", operation_id = "waaromTermijn", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number"),
        ("termijn" = String, Path, description = "What the deadline is of, as `van` has it; or its number within the case")),
    responses(
        (status = 200, description = "The explanation", body = WhyDueView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "No role in this case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or no such deadline runs in it", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn why_due(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    DeadlineName(deadline): DeadlineName,
    caller: Caller,
) -> Result<Json<WhyDueView>, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    caller.account_in(&region)?;
    let words = loaded.version.words(&app.texts, caller.language);
    let (case, today) = (&loaded.case, civil_date(app.clock.now()));
    let viewer = Viewer::of(caller.account.as_ref(), &region, words.model, today);
    if !viewer.is_some_and(|v| v.is_involved(words.model, case, today)) {
        return Err(Problem::new(Kind::Forbidden));
    }
    let scheme = case.scheme.unwrap_or(convenant_lang::model::SchemeId(0));
    let named = |d: &&RunningDeadline| words.deadline_name(scheme, d.of) == deadline;
    let found = case.deadlines.iter().find(named).map(|d| d.id);
    let id = deadline
        .parse()
        .ok()
        .or(found)
        .ok_or_else(|| Problem::not_found("termijn"))?;
    let why = explain_date(&loaded.version.program, case, id)
        .ok_or_else(|| Problem::not_found("termijn"))?
        .map_err(Problem::internal)?;
    Ok(Json(words.why_due_view(scheme, &why)))
}

/// Who is next by the spreading for this case, and why.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}/spreiding", operation_id = "spreidingVanZaak", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "The ranking", body = SpreadingView),
        (status = 403, description = "No role in this case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or its scheme spreads nothing", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn spreading(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
) -> Result<Json<SpreadingView>, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    let words = loaded.version.words(&app.texts, caller.language);
    let (case, now) = (&loaded.case, app.clock.now());
    let today = civil_date(now);
    let viewer = Viewer::of(caller.account.as_ref(), &region, words.model, today);
    // The order of parties tells where the client comes from.
    if !viewer.is_some_and(|v| v.is_involved(words.model, case, today)) {
        return Err(Problem::new(Kind::Forbidden));
    }
    let at = Now {
        region: &region,
        version: &loaded.version,
        case,
        at: now,
    };
    let proposal = at
        .proposal()
        .ok_or_else(|| Problem::not_found("spreiding"))?
        .map_err(Problem::internal)?;
    let scheme = case.scheme.and_then(|s| words.scheme(s));
    let (name, rules) = scheme
        .and_then(|s| Some((s.name.as_str(), s.spreading.as_ref()?)))
        .ok_or_else(|| Problem::not_found("spreiding"))?;
    Ok(Json(words.spreading_view(
        name,
        rules,
        None,
        Some(&proposal),
    )))
}
