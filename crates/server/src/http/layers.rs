//! Layers around every handler: the host that was asked for, security headers, and problems in the right shape.
//!
//! Invariant: whatever goes wrong inside, a client of `/v1` gets problem+json and a reader of a page gets a page.

use std::any::Any;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::agenda::FEEDS;
use super::{App, caller};
use crate::problem::{Kind, Problem};

/// Version of the API.
pub const API_VERSION: &str = "1.0.0";

/// Sets the headers of every answer.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 6] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("api-version"), API_VERSION),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.append(
        VARY,
        HeaderValue::from_static("Accept-Language, Cookie, X-Account"),
    );
    headers.remove(AUTHORIZATION);
    response
}

/// Refuses a request for a name that is not ours: a page of another site may have pointed its own name at this address.
pub async fn host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let asked = request
        .headers()
        .get(HOST)
        .and_then(|v| v.to_str().ok())
        .or_else(|| request.uri().authority().map(|a| a.as_str()));
    let known = asked.is_some_and(|name| app.hosts.iter().any(|h| h.eq_ignore_ascii_case(name)));
    if known {
        next.run(request).await
    } else {
        Problem::new(Kind::WrongHost).into_response()
    }
}

/// Writes problems in the language of the request, as JSON or as a page.
pub async fn problems(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let language = caller::language(&parts);
    let path = shown(parts.uri.path()).to_owned();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let ours = response.extensions().get::<Problem>().cloned();
    if ours.is_none() && is_written(&response) {
        return response;
    }
    let problem =
        ours.unwrap_or_else(|| Problem::new(Kind::of_status(status)).arg("wat", path.as_str()));
    let body = problem.body(&app.texts, language, &path);
    let is_api = path.starts_with("/v1") || path.ends_with(".json") || path.starts_with("/health");
    let mut written = if is_api {
        let mut json = Json(&body).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        json.headers_mut().insert(CONTENT_TYPE, kind);
        json
    } else {
        app.pages.problem(&body, language)
    };
    *written.status_mut() = axum::http::StatusCode::from_u16(body.status).unwrap_or(status);
    written
        .headers_mut()
        .insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    written
}

/// A path as an answer may repeat it: the address of a feed is a secret.
fn shown(path: &str) -> &str {
    if path.starts_with(FEEDS) {
        "agenda"
    } else {
        path
    }
}

/// An answer that is a problem or a page already.
fn is_written(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    kind.is_some_and(|k| k.starts_with("application/") || k.starts_with("text/html"))
}

/// No such address.
pub async fn not_found(request: Request) -> Problem {
    Problem::not_found(shown(request.uri().path()))
}

/// The address exists, the method does not.
pub async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed)
}

/// A handler panicked: the cause goes to the log.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem::internal(format!("a handler panicked: {text}")).into_response()
}
