//! What went wrong, for a client of the API (RFC 9457) and for a reader of the pages.
//!
//! Input: a refusal of the engine, an error of the store, a request that does not fit. Output: a `Problem` that the
//! outermost layer writes as `application/problem+json` or as a page, in the language of the request.
//! Invariants: `type` is stable; no personal data; the cause of a 5xx goes to the log only.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fluent_bundle::FluentValue;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::text::{Language, Texts};

/// The kinds of problem; each has a stable `type` and a message in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The rules refuse the command.
    Refused,
    /// The actor may not do or see this.
    Forbidden,
    /// No account was chosen, or it does not exist.
    NoAccount,
    /// No such thing.
    NotFound,
    /// The method does not exist here.
    MethodNotAllowed,
    /// The case has changed since the sequence number that was expected.
    Stale,
    /// The idempotency key was used for another command.
    KeyReused,
    /// The body is not JSON, or not of the right shape.
    BadBody,
    /// A parameter of the address or a header does not fit.
    BadParameter,
    /// A name in the body does not exist in the convenant, or a value does not fit its type.
    BadValue,
    /// The body is not `application/json`.
    NotJson,
    /// The body is too large.
    TooLarge,
    /// The request came from another site.
    CrossSite,
    /// The request names a host that this server is not.
    WrongHost,
    /// The clock is not the demo's: it cannot be moved.
    RealClock,
    /// Too many of these are open at the same time.
    TooMany,
    /// It took too long.
    Timeout,
    /// The server is stopping or not ready yet, or its database is away: nothing was done.
    Unavailable,
    /// The database was lost while it wrote: the same command with the same idempotency key settles it.
    UnknownOutcome,
    /// Our fault.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 20] = [
        Kind::Refused,
        Kind::Forbidden,
        Kind::NoAccount,
        Kind::NotFound,
        Kind::MethodNotAllowed,
        Kind::Stale,
        Kind::KeyReused,
        Kind::BadBody,
        Kind::BadParameter,
        Kind::BadValue,
        Kind::NotJson,
        Kind::TooLarge,
        Kind::CrossSite,
        Kind::WrongHost,
        Kind::RealClock,
        Kind::TooMany,
        Kind::Timeout,
        Kind::Unavailable,
        Kind::UnknownOutcome,
        Kind::Internal,
    ];

    /// The last part of `type`, and of the message id.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Refused => "geweigerd",
            Kind::Forbidden => "niet-bevoegd",
            Kind::NoAccount => "geen-account",
            Kind::NotFound => "onbekend",
            Kind::MethodNotAllowed => "methode",
            Kind::Stale => "verouderd",
            Kind::KeyReused => "sleutel-hergebruikt",
            Kind::BadBody => "vorm",
            Kind::BadParameter => "parameter",
            Kind::BadValue => "waarde",
            Kind::NotJson => "geen-json",
            Kind::TooLarge => "te-groot",
            Kind::CrossSite => "andere-site",
            Kind::WrongHost => "andere-host",
            Kind::RealClock => "echte-klok",
            Kind::TooMany => "te-veel",
            Kind::Timeout => "te-lang",
            Kind::Unavailable => "niet-beschikbaar",
            Kind::UnknownOutcome => "uitkomst-onbekend",
            Kind::Internal => "intern",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Kind::Refused | Kind::Stale | Kind::RealClock => StatusCode::CONFLICT,
            Kind::Forbidden | Kind::CrossSite => StatusCode::FORBIDDEN,
            Kind::NoAccount => StatusCode::UNAUTHORIZED,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::KeyReused | Kind::BadValue => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::BadBody | Kind::BadParameter => StatusCode::BAD_REQUEST,
            Kind::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Timeout => StatusCode::REQUEST_TIMEOUT,
            Kind::Unavailable | Kind::UnknownOutcome => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind for an answer that a layer gave without one of ours.
    pub fn of_status(status: StatusCode) -> Kind {
        match status {
            StatusCode::FORBIDDEN => Kind::CrossSite,
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::NotJson,
            StatusCode::TOO_MANY_REQUESTS => Kind::TooMany,
            StatusCode::REQUEST_TIMEOUT => Kind::Timeout,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
            status if status.is_client_error() => Kind::BadParameter,
            _ => Kind::Internal,
        }
    }
}

/// A problem, not yet in a language.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which kind.
    pub kind: Kind,
    /// Message id of the detail; none means the kind's own.
    detail: Option<String>,
    args: Vec<(&'static str, String)>,
    extra: Map<String, Json>,
}

/// A problem as the API writes it (RFC 9457).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:convenant:probleem:verouderd")]
    pub kind: String,
    /// The kind of problem, in words.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What went wrong here, and what to do.
    pub detail: String,
    /// The address that was asked for, without its query.
    pub instance: String,
    /// More about it, by kind: `reden`, `artikel`, `mag`, `ontbreekt`, `vanaf`, `volgnummer`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub extra: Map<String, Json>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind) -> Problem {
        Problem {
            kind,
            detail: None,
            args: Vec::new(),
            extra: Map::new(),
        }
    }

    /// What kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// No such thing; `what` is a Dutch noun of the API.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(Kind::NotFound).arg("wat", what)
    }

    /// Our fault: the cause goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        tracing::error!(%cause, "request failed");
        Problem::new(Kind::Internal)
    }

    /// With an argument of its message.
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Problem {
        self.args.push((name, value.into()));
        self
    }

    /// With another value of an argument of its message.
    pub fn replacing(mut self, name: &'static str, value: impl Into<String>) -> Problem {
        self.args.retain(|(known, _)| *known != name);
        self.arg(name, value)
    }

    /// With a detail of its own: a message id.
    pub fn detail(mut self, id: impl Into<String>) -> Problem {
        self.detail = Some(id.into());
        self
    }

    /// With a member of its own.
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Problem {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// In words.
    pub fn body(&self, texts: &Texts, language: Language, instance: &str) -> ProblemBody {
        let args: Vec<(&str, FluentValue<'_>)> = self
            .args
            .iter()
            .map(|(name, value)| (*name, FluentValue::from(value.as_str())))
            .collect();
        let name = self.kind.name();
        let detail = match &self.detail {
            Some(id) => texts.get(language, id, &args),
            None => texts.get(language, &format!("probleem-{name}-uitleg"), &args),
        };
        ProblemBody {
            kind: format!("urn:convenant:probleem:{name}"),
            title: texts.get(language, &format!("probleem-{name}"), &[]),
            status: self.kind.status().as_u16(),
            detail,
            instance: instance.to_owned(),
            extra: self.extra.clone(),
        }
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem: the outermost layer writes it.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A message of serde without the value that did not fit: that may be personal.
pub fn without_values(message: &str) -> String {
    let hidden = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|start| message.find(start).map(|at| (at, start.len())));
    match (hidden, message.rfind(", expected ")) {
        (Some((at, _)), Some(expected)) if expected > at => {
            let before = message.get(..at).unwrap_or_default();
            let after = message
                .get(expected.saturating_add(2)..)
                .unwrap_or_default();
            format!("{before}{after}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_does_not_fit_is_not_repeated() {
        let message = "invalid type: string \"Jan, expected x\", expected u32 at line 1 column 5";
        assert_eq!(without_values(message), "expected u32 at line 1 column 5");
        let unknown = "unknown field `feitn`, expected one of `feiten`";
        assert_eq!(without_values(unknown), unknown);
    }
}
