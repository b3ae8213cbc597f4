//! The page of the matching: a proposal with its reasons, and the buttons to accept, change or reject a line.
//!
//! Input: the same views as the API. Output: HTML. Invariants: a form does what the API does, through the same functions; who does not match
//! sees none of it.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::matching_views::{LineBody, LineDeed, MatchingView, ProposedView};
use super::matchings::{act_on_line, propose, shown, summaries};
use super::pages::{day, frame, moment_text, named, source_text, with};
use crate::matching::{LineView, RuleView, WhyNotView};
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::text::Language;

/// The routes of this page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/koppeling", get(show).post(make))
        .route("/{regio}/koppeling/{koppeling}/{nummer}", post(act))
}

/// Which proposal.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Its number; the latest when absent.
    nummer: Option<i64>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// What a form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    doe: LineDeed,
    woning: Option<String>,
    motivering: Option<String>,
}

async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(which): Query<Which>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    page(&app, &region, &caller, which.nummer, uri.path(), None).await
}

async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Redirect, Problem> {
    let id = propose(&app, &region, &caller).await?;
    Ok(Redirect::to(&format!(
        "/{}/koppeling?nummer={id}",
        region.key
    )))
}

async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id, case)): Path<(String, String, String)>,
    caller: Caller,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::not_found("koppeling"))?;
    let body = LineBody {
        doe: sent.doe,
        woning: sent.woning.map(|home| home.trim().to_owned()),
        motivering: sent.motivering,
    };
    let here = format!("/{}/koppeling", region.key);
    match act_on_line(&app, &region, &caller, (id, case), body).await {
        Ok(_) => Ok(Redirect::to(&format!("{here}?nummer={id}")).into_response()),
        Err(problem) if matches!(problem.kind(), Kind::Refused | Kind::BadValue) => {
            let fault = problem.body(&app.texts, caller.language, &here).detail;
            page(&app, &region, &caller, Some(id), &here, Some(fault)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    app: &App,
    region: &Region,
    caller: &Caller,
    which: Option<i64>,
    path: &str,
    fault: Option<String>,
) -> Result<Response, Problem> {
    let language = caller.language;
    let earlier = match summaries(app, region, caller).await {
        Ok(earlier) => Some(earlier),
        // Whoever does not match is told who does.
        Err(problem) if matches!(problem.kind(), Kind::NoAccount | Kind::Forbidden) => None,
        Err(problem) => return Err(problem),
    };
    let latest = earlier.as_ref().and_then(|list| list.first());
    let which = which.or(latest.map(|latest| latest.nummer));
    let proposal = match which.filter(|_| earlier.is_some()) {
        Some(id) => Some(shown(app, region, caller, id).await?),
        None => None,
    };
    let earlier: Option<Vec<Json>> = earlier.map(|list| {
        let rows = list.iter().map(|row| {
            let made = moment_text(app, language, &row.gemaakt);
            with(row, json!({ "gemaakt_tekst": made }))
        });
        rows.collect()
    });
    let content = context! {
        regio => Serde(named(region)),
        eerdere => Serde(earlier),
        voorstel => Serde(proposal.map(|view| proposal_json(app, language, &view))),
        fout => fault,
        ..frame(app, caller, path).await
    };
    app.pages.render("koppeling.html", language, content)
}

fn proposal_json(app: &App, language: Language, view: &MatchingView) -> Json {
    let lines = view
        .regels
        .iter()
        .map(|line| line_json(app, language, line));
    with(
        view,
        json!({
            "gemaakt_tekst": moment_text(app, language, &view.gemaakt),
            "dag_tekst": day(app, language, &view.dag),
            "regels": lines.collect::<Vec<_>>(),
        }),
    )
}

fn state_text(app: &App, language: Language, state: &str) -> String {
    let id = match state {
        "gewijzigd" => "pagina-koppeling-gewijzigd",
        "aanvaard" => "pagina-koppeling-aanvaard-stand",
        "afgewezen" => "pagina-koppeling-afgewezen",
        _ => "pagina-koppeling-voorgesteld",
    };
    app.texts.get(language, id, &[])
}

fn line_json(app: &App, language: Language, line: &ProposedView) -> Json {
    let done = line.gedaan.iter().map(|act| {
        with(
            act,
            json!({
                "op_tekst": moment_text(app, language, &act.op),
                "stand_tekst": state_text(app, language, act.stand),
                "motivering": act.motivering,
            }),
        )
    });
    let told = line.uitleg.as_ref();
    with(
        line,
        json!({
            "woning": line.woning,
            "stand_tekst": state_text(app, language, line.stand),
            "gedaan": done.collect::<Vec<_>>(),
            "open": !matches!(line.stand, "aanvaard" | "afgewezen"),
            "uitleg": told.map(|told| told_json(app, language, told)),
        }),
    )
}

fn told_json(app: &App, language: Language, told: &LineView) -> Json {
    let rules = |rules: &[RuleView]| -> Vec<Json> {
        let rules = rules.iter().map(|rule| rule_json(app, language, rule));
        rules.collect()
    };
    let none = told.geen.as_ref();
    let other = |why: &WhyNotView| {
        json!({
            "woning": why.woning,
            "uitleg": why.uitleg,
            "zaken": why.zaken,
            "regels": rules(&why.regels),
            "waarom": why.bron.as_ref().map(|source| source_text(app, language, source)),
        })
    };
    json!({
        "wacht": told.wacht,
        "termijn": told.termijn,
        "waarom": rules(&told.waarom),
        "geen": none.map(|none| json!({ "uitleg": none.uitleg, "regels": rules(&none.regels) })),
        "andere": told.andere.iter().map(other).collect::<Vec<_>>(),
    })
}

fn rule_json(app: &App, language: Language, rule: &RuleView) -> Json {
    let value = match rule.waarde {
        "ja" => "ja",
        "nee" => "nee",
        _ => "pagina-nog-onbekend",
    };
    json!({
        "tekst": rule.tekst,
        "waarde_tekst": app.texts.get(language, value, &[]),
        "ontbreekt": rule.ontbreekt,
        "waarom": source_text(app, language, &rule.bron),
    })
}
