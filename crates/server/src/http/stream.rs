//! Server-sent events: what an account has not read yet, at once and whenever it changes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use convenant_store::UnreadCount;
use futures_util::stream::{Stream, unfold};
use serde::Serialize;
use tokio::sync::watch;

use super::App;
use super::caller::{Caller, InRegion, header};
use crate::channel::live::Watch;
use crate::problem::{Kind, Problem, ProblemBody};

/// How often a comment says that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a browser waits before it opens a broken stream again.
const RETRY: Duration = Duration::from_secs(3);

/// Asks a proxy in front to pass on each event as it comes.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// What an event tells.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnreadView {
    /// Messages that were not read yet.
    pub ongelezen: u64,
    /// Number of the latest message.
    pub laatste: u64,
}

/// A stream (`text/event-stream`) with an event `ongelezen` at once and whenever the number of unread messages changes. Each event has an id;
/// who comes back with it in `Last-Event-ID` hears nothing until something has changed. A comment every 15 seconds says that the
/// stream lives. It ends when the server stops. At most 8 streams per account.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/meldingen/stroom", operation_id = "meldingenStroom", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was received")),
    responses(
        (status = 200, description = "The stream; the data of each event is JSON", body = UnreadView, content_type = "text/event-stream"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many streams", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn unread(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    parts: Parts,
) -> Result<Response, Problem> {
    let account = caller.account_in(&region)?;
    let watched = app.live.watch(&region.key, account);
    let watched = watched.map_err(|_| Problem::new(Kind::TooMany))?;
    let known = header(&parts, "last-event-id").map(str::to_owned);
    let events = events(watched, known, app.stopping());
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response())
}

fn events(
    watched: Watch,
    known: Option<String>,
    stopping: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(
        (watched, known, stopping),
        |(mut watched, mut known, mut stopping)| async move {
            loop {
                let count = tokio::select! {
                    _ = stopping.wait_for(|stops| *stops) => return None,
                    count = watched.next() => count?,
                };
                let id = id(count);
                // Only the first event can be known already.
                if known.take().is_some_and(|known| known == id) {
                    continue;
                }
                let view = UnreadView {
                    ongelezen: count.unread,
                    laatste: count.last,
                };
                let event = Event::default().event("ongelezen").id(id).retry(RETRY);
                let event = event.json_data(view).unwrap_or_default();
                return Some((Ok(event), (watched, known, stopping)));
            }
        },
    )
}

fn id(count: UnreadCount) -> String {
    format!("{}-{}", count.last, count.unread)
}
