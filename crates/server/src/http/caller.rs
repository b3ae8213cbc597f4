//! Who asks, in which language, and what they send: checked before a handler sees it.
//!
//! Input: the parts of a request. Output: `Caller`, `Body<T>`, `Query<T>`, the region of the path; or a problem that names what
//! does not fit without repeating a value.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use crate::accounts::Account;
use crate::problem::{Kind, Problem, without_values};
use crate::regions::Region;
use crate::text::Language;

/// The header that names the account, until there is a login.
const ACCOUNT_HEADER: &str = "x-account";

/// The cookies of the pages: account and language.
pub const ACCOUNT_COOKIE: &str = "convenant-account";
pub const LANGUAGE_COOKIE: &str = "convenant-taal";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// In which language.
    pub language: Language,
    /// As whom; none just looks.
    pub account: Option<Account>,
}

impl Caller {
    /// The account, or the problem that there is none.
    pub fn account(&self) -> Result<&Account, Problem> {
        self.account
            .as_ref()
            .ok_or_else(|| Problem::new(Kind::NoAccount))
    }

    /// The account, when it is of this region.
    pub fn account_in(&self, region: &Region) -> Result<&Account, Problem> {
        let account = self.account()?;
        if account.region == region.name() {
            Ok(account)
        } else {
            Err(Problem::new(Kind::Forbidden).with("regio", account.region.as_str()))
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        let account = match header(parts, ACCOUNT_HEADER) {
            Some(id) => Some(
                app.accounts
                    .get(id)
                    .cloned()
                    .ok_or_else(|| Problem::new(Kind::NoAccount))?,
            ),
            // A cookie of an account that is gone is no account.
            None => cookie(parts, ACCOUNT_COOKIE).and_then(|id| app.accounts.get(id).cloned()),
        };
        Ok(Caller {
            language: language(parts),
            account,
        })
    }
}

/// The language of a request: `?lang=`, the cookie, `Accept-Language`, or Dutch.
pub fn language(parts: &Parts) -> Language {
    let asked = parts.uri.query().and_then(|query| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(Language::from_tag)
    });
    asked
        .or_else(|| cookie(parts, LANGUAGE_COOKIE).and_then(Language::from_tag))
        .or_else(|| header(parts, ACCEPT_LANGUAGE.as_str()).and_then(Language::from_accept))
        .unwrap_or_default()
}

/// A header as text.
pub fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|v| v.to_str().ok())
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    header(parts, COOKIE.as_str())?
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A part of the address that is no text.
fn unreadable(name: &str) -> Problem {
    Problem::new(Kind::BadParameter).arg("fout", format!("`{name}`"))
}

/// The region of the path.
pub struct InRegion(pub Arc<Region>);

impl FromRequestParts<Arc<App>> for InRegion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<InRegion, Problem> {
        let key = in_path(parts, app, "regio").await?;
        let region = key.as_deref().and_then(|key| app.cases.regions().get(key));
        region
            .cloned()
            .map(InRegion)
            .ok_or_else(|| Problem::not_found("regio"))
    }
}

/// The case number of the path.
pub struct CaseNumber(pub String);

impl FromRequestParts<Arc<App>> for CaseNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<CaseNumber, Problem> {
        in_path(parts, app, "nummer")
            .await?
            .map(CaseNumber)
            .ok_or_else(|| Problem::not_found("zaak"))
    }
}

/// The deadline of the path: what it is of, or its number within the case.
pub struct DeadlineName(pub String);

impl FromRequestParts<Arc<App>> for DeadlineName {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<DeadlineName, Problem> {
        in_path(parts, app, "termijn")
            .await?
            .map(DeadlineName)
            .ok_or_else(|| Problem::not_found("termijn"))
    }
}

async fn in_path(parts: &mut Parts, app: &Arc<App>, name: &str) -> Result<Option<String>, Problem> {
    let path = Path::<std::collections::HashMap<String, String>>::from_request_parts(parts, app)
        .await
        .map_err(|_| unreadable(name))?;
    Ok(path.get(name).cloned())
}

/// A JSON body: of the right content type and shape.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Body<T>, Problem> {
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split(';').next())
            .is_some_and(|v| v.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Problem::new(Kind::NotJson));
        }
        // The only way in which reading fails here is the limit, or a client that went away.
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|_| Problem::new(Kind::TooLarge))?;
        serde_json::from_slice(&bytes)
            .map(Body)
            .map_err(|e| Problem::new(Kind::BadBody).arg("fout", without_values(&e.to_string())))
    }
}

/// The parameters behind the question mark: unknown ones are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Query<T>, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Query(query))
            .map_err(|e| {
                let cause = std::error::Error::source(&e)
                    .map_or_else(|| e.to_string(), ToString::to_string);
                Problem::new(Kind::BadParameter).arg("fout", without_values(&cause))
            })
    }
}
