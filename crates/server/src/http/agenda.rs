//! Calendar feeds over HTTP: making and revoking addresses, and reading them.
//!
//! Input: an account that wants its deadlines in a calendar; a calendar that asks for them under a secret address. Output: an address,
//! shown once; iCalendar. Invariants: of a secret only the hash is kept; an address that never was and one that was revoked get the
//! same answer, which does not repeat it; what has not changed is not sent again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use convenant_store::{FeedRow, Hash};
use serde::Serialize;

use super::App;
use super::caller::{Caller, InRegion};
use super::failures::{case_problem, store_problem};
use super::views::moment;
use crate::agenda::{Agendas, Reader};
use crate::channel::calendar;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::text::Language;

/// Where the feeds are: what stands behind it in an address is a secret.
pub const FEEDS: &str = "/agenda/";

/// Addresses that one person may have at the same time.
const MOST: u32 = 10;

/// Bytes of a secret.
const SECRET: usize = 32;

/// An address of a feed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedView {
    /// Id, to revoke it by.
    pub id: String,
    /// When it was made.
    pub gemaakt: String,
    /// Language in which it is written.
    pub taal: String,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingetrokken: Option<String>,
    /// The address, only in the answer that makes it: whoever knows it can read the deadlines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adres: Option<String>,
}

impl FeedView {
    fn of(row: &FeedRow) -> FeedView {
        FeedView {
            id: id(row),
            gemaakt: moment(row.made),
            taal: row.language.clone(),
            ingetrokken: row.revoked.map(moment),
            adres: None,
        }
    }
}

/// The name of a feed for its owner: the beginning of its hash.
fn id(row: &FeedRow) -> String {
    row.token.to_string().chars().take(16).collect()
}

/// Your addresses in this region, the oldest first; without the secret.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/agenda", operation_id = "agendas", tag = "termijnen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The addresses", body = Vec<FeedView>),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "An account of another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<Vec<FeedView>>, Problem> {
    Ok(Json(feed_views(&app, &region, &caller).await?))
}

/// The addresses of this account, the oldest first; without the secret.
pub async fn feed_views(
    app: &App,
    region: &Region,
    caller: &Caller,
) -> Result<Vec<FeedView>, Problem> {
    let rows = feeds(app, region, caller).await?;
    Ok(rows.iter().map(FeedView::of).collect())
}

async fn feeds(app: &App, region: &Region, caller: &Caller) -> Result<Vec<FeedRow>, Problem> {
    let account = caller.account_in(region)?;
    let store = app.cases.store();
    store
        .feeds(&region.key, &account.id)
        .await
        .map_err(store_problem)
}

/// Makes an address under which a calendar can read your deadlines, in the language of this request. It is shown once.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/agenda", operation_id = "agendaMaken", tag = "termijnen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 201, description = "The address", body = FeedView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "An account of another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "You have too many addresses", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<(StatusCode, Json<FeedView>), Problem> {
    let made = make_feed(&app, &region, &caller).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Makes an address for this account: the only time that it is shown.
pub async fn make_feed(app: &App, region: &Region, caller: &Caller) -> Result<FeedView, Problem> {
    let account = caller.account_in(region)?;
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).map_err(Problem::internal)?;
    let row = FeedRow {
        region: region.key.clone(),
        token: Hash::of(&secret),
        person: account.id.clone(),
        language: caller.language.tag().to_owned(),
        made: app.clock.now(),
        revoked: None,
    };
    let store = app.cases.store();
    if !store.add_feed(&row, MOST).await.map_err(store_problem)? {
        return Err(Problem::new(Kind::Refused)
            .detail("weigering-te-veel-agendas")
            .arg("aantal", MOST.to_string()));
    }
    let mut view = FeedView::of(&row);
    view.adres = Some(format!(
        "{}{FEEDS}{}.ics",
        app.base_url,
        hex::encode(secret)
    ));
    Ok(view)
}

/// Revokes one of your addresses, for good.
#[utoipa::path(delete, path = "/v1/convenanten/{regio}/agenda/{id}", operation_id = "agendaIntrekken", tag = "termijnen",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the address")),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "An account of another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "You have no such address", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let (_, wanted) = path;
    revoke_feed(&app, &region, &caller, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes an address of this account, for good.
pub async fn revoke_feed(
    app: &App,
    region: &Region,
    caller: &Caller,
    wanted: &str,
) -> Result<(), Problem> {
    let rows = feeds(app, region, caller).await?;
    let row = rows
        .iter()
        .find(|row| id(row) == wanted)
        .ok_or_else(|| Problem::not_found("agenda"))?;
    app.cases
        .store()
        .revoke_feed(&region.key, row.token, app.clock.now())
        .await
        .map_err(store_problem)
}

/// Where the feeds themselves are.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/agenda/{bestand}", get(read))
}

/// The deadlines of whoever this address was made for. The address is all that a calendar can show: there is no account here.
async fn read(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("agenda");
    let secret = file
        .strip_suffix(".ics")
        .filter(|hex| hex.len() == 2 * SECRET)
        .and_then(|hex| hex::decode(hex).ok())
        .ok_or_else(unknown)?;
    let store = app.cases.store();
    let row = store.feed(Hash::of(&secret)).await.map_err(store_problem)?;
    let row = row
        .filter(|row| row.revoked.is_none())
        .ok_or_else(unknown)?;
    let region = app
        .cases
        .regions()
        .get(row.region.as_str())
        .ok_or_else(unknown)?;
    let account = app
        .accounts
        .get(&row.person)
        .filter(|account| account.region == region.name())
        .ok_or_else(unknown)?;
    let language = Language::from_tag(&row.language).unwrap_or_default();
    let reader = Reader {
        account,
        language,
        now: app.clock.now(),
        base_url: &app.base_url,
        texts: &app.texts,
    };
    let state = Agendas::state(store, region, reader.now)
        .await
        .map_err(store_problem)?;
    let tag = format!("\"{}\"", state.tag(&reader));
    let kept = [(CACHE_CONTROL, "private, no-cache"), (ETAG, &tag)];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let entries = app
        .agendas
        .entries(store, region, &state, &reader)
        .await
        .map_err(|e| case_problem(&app, language, e.into()))?;
    let words = region.current.words(&app.texts, language);
    let name = words.say("agenda-naam", &[("regio", region.name().into())]);
    let kind = [(CONTENT_TYPE, "text/calendar; charset=utf-8; method=PUBLISH")];
    Ok((kept, kind, calendar::feed(&name, &entries)).into_response())
}

/// Whether the reader has what this tag names (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim())
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
