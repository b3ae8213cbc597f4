//! The pages of messages: a person's inbox, and the dead letters of a region, with their few forms.
//!
//! Input: the same views as the API. Output: HTML; a form is answered by a redirect. Invariant: a form does what the API does, through the
//! same functions.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use convenant_store::MessageFilter;
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::dead::{Doing, dead_views, require_coordinator, settle};
use super::letters::{ReadAll, inbox_view, mark_all_read, mark_read};
use super::pages::{frame, moment_text, named, with};
use crate::problem::{Kind, Problem};

/// Messages on a page.
const MOST: u32 = 50;

/// The routes of these pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/meldingen", get(inbox))
        .route("/{regio}/meldingen/{nummer}/gelezen", post(read))
        .route("/{regio}/meldingen/gelezen", post(read_all))
        .route("/{regio}/onbestelbaar", get(dead))
        .route("/{regio}/onbestelbaar/{id}/{daad}", post(act))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    voor: Option<i64>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

async fn inbox(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    Query(query): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let (account, language) = (caller.account_in(&found)?, caller.language);
    let filter = MessageFilter {
        person: Some(account.person.clone()),
        ..MessageFilter::default()
    };
    let (person, before) = (account.person.as_str(), query.voor);
    let view = inbox_view(&app, &found.key, person, language, &filter, before, MOST).await?;
    let full = view.meldingen.len() >= MOST as usize;
    let last = view.meldingen.last().map(|m| m.nummer).filter(|_| full);
    let messages: Vec<Json> = view
        .meldingen
        .iter()
        .map(|m| {
            let channels: Vec<String> = m
                .kanalen
                .iter()
                .map(|c| {
                    let state = app
                        .texts
                        .get(language, &format!("bezorging-{}", c.toestand), &[]);
                    let maybe = c.misschien_bezorgd;
                    let maybe = maybe.then(|| app.texts.get(language, "bezorging-misschien", &[]));
                    let parts = [Some(state), maybe].into_iter().flatten();
                    format!("{}: {}", c.kanaal, parts.collect::<Vec<_>>().join(", "))
                })
                .collect();
            let late = m.te_laat_sinds.as_deref();
            with(
                m,
                json!({
                    "wanneer": moment_text(&app, language, &m.op),
                    "laat": late.map(|at| moment_text(&app, language, at)),
                    "bezorging": channels,
                    "is_gelezen": m.gelezen.is_some(),
                }),
            )
        })
        .collect();
    let coordinates = require_coordinator(&app, &found, &caller).await.is_ok();
    let content = context! {
        regio => Serde(named(&found)),
        aantal => view.ongelezen,
        meldingen => Serde(messages),
        // What came in since this page was made is not read with it.
        nieuwste => view.meldingen.first().map(|m| m.nummer).filter(|_| before.is_none()),
        verder => last,
        coordineert => coordinates,
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("meldingen.html", language, content)
}

async fn read(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    Path((_, number)): Path<(String, i64)>,
    caller: Caller,
) -> Result<Redirect, Problem> {
    let account = caller.account_in(&found)?;
    mark_read(&app, &found.key, &account.person, number).await?;
    Ok(Redirect::to(&format!("/{}/meldingen", found.key)))
}

async fn read_all(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    Form(form): Form<ReadAll>,
) -> Result<Redirect, Problem> {
    let account = caller.account_in(&found)?;
    mark_all_read(&app, &found.key, &account.person, form.tot).await?;
    Ok(Redirect::to(&format!("/{}/meldingen", found.key)))
}

async fn dead(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    Query(query): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    require_coordinator(&app, &found, &caller).await?;
    let views = dead_views(&app, &found, caller.language, query.voor).await?;
    let full = views.len() >= super::dead::MOST as usize;
    let last = views.last().map(|v| v.id).filter(|_| full);
    let letters: Vec<Json> = views
        .iter()
        .map(|v| {
            with(
                v,
                json!({
                    "onderwerp": v.onderwerp,
                    "wanneer": moment_text(&app, caller.language, &v.op),
                    "opgegeven": moment_text(&app, caller.language, &v.sinds),
                }),
            )
        })
        .collect();
    let content = context! {
        regio => Serde(named(&found)),
        brieven => Serde(letters),
        verder => last,
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages
        .render("onbestelbaar.html", caller.language, content)
}

async fn act(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    Path((_, id, act)): Path<(String, i64, String)>,
    caller: Caller,
) -> Result<Redirect, Problem> {
    require_coordinator(&app, &found, &caller).await?;
    let doing = match act.as_str() {
        "opnieuw" => Doing::Retry,
        "laten-rusten" => Doing::Dismiss,
        _ => return Err(Problem::new(Kind::NotFound)),
    };
    settle(&app, &found, id, doing).await?;
    Ok(Redirect::to(&format!("/{}/onbestelbaar", found.key)))
}
