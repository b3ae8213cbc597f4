//! The page of calendar addresses: those that an account has, a new one that is shown this once, and revoking.
//!
//! Input: the same views as the API. Output: HTML. Invariants: a form does what the API does, through the same functions; an address stands
//! on the page that made it and on no other, which no browser keeps.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use super::App;
use super::agenda::{FeedView, feed_views, make_feed, revoke_feed};
use super::caller::{Caller, InRegion};
use super::pages::{frame, moment_text, named, with};
use crate::problem::Problem;
use crate::regions::Region;

/// The routes of this page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/agenda", get(show).post(make))
        .route("/{regio}/agenda/{id}/intrekken", post(revoke))
}

async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    page(&app, &region, &caller, uri.path(), None).await
}

async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let made = make_feed(&app, &region, &caller).await?;
    let mut answer = page(&app, &region, &caller, uri.path(), Some(&made)).await?;
    let secret = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, secret);
    Ok(answer)
}

async fn revoke(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id)): Path<(String, String)>,
    caller: Caller,
) -> Result<Redirect, Problem> {
    revoke_feed(&app, &region, &caller, &id).await?;
    Ok(Redirect::to(&format!("/{}/agenda", region.key)))
}

async fn page(
    app: &App,
    region: &Region,
    caller: &Caller,
    path: &str,
    made: Option<&FeedView>,
) -> Result<Response, Problem> {
    let views = feed_views(app, region, caller).await?;
    let when = |at: &str| moment_text(app, caller.language, at);
    let feeds: Vec<Json> = views
        .iter()
        .map(|view| {
            let since = view.ingetrokken.as_deref().map(when);
            with(view, json!({ "sinds": when(&view.gemaakt), "weg": since }))
        })
        .collect();
    let content = context! {
        regio => Serde(named(region)),
        adressen => Serde(feeds),
        nieuw => made.and_then(|made| made.adres.as_deref()),
        ..frame(app, caller, path).await
    };
    app.pages.render("agenda.html", caller.language, content)
}
