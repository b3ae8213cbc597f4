//! Notifications: the inbox of a region's parties, and what a case caused.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use convenant_engine::Moment;
use convenant_store::{InboxFilter, InboxRow, OutboxState};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Caller, CaseNumber, InRegion, Query};
use super::failures::store_problem;
use super::views::moment;
use super::work::find_case;
use crate::problem::{Kind, Problem, ProblemBody};

/// Messages in an answer.
const MOST: u32 = 200;

/// Which messages.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// Of this party, by name; your own when absent.
    partij: Option<String>,
    /// Of this role or body; your own when absent.
    rol: Option<String>,
    /// Only what was not read yet.
    #[serde(default)]
    ongelezen: bool,
    /// Messages with a lower number than this.
    voor: Option<i64>,
    /// At most so many, 1 to 200; 50 when absent.
    aantal: Option<u32>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// A message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    /// Number in the region.
    pub nummer: i64,
    /// When it was intended.
    pub op: String,
    /// Receiving role or body.
    pub rol: String,
    /// Receiving party.
    pub partij: String,
    /// Subject.
    pub onderwerp: String,
    /// Text.
    pub tekst: String,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gelezen: Option<String>,
}

/// The messages in the inbox of a party in a role, the newest first. You see those of your own role and party.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/meldingen", operation_id = "meldingen", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), InboxQuery),
    responses(
        (status = 200, description = "The messages", body = Vec<MessageView>),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your messages", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn inbox(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<InboxQuery>,
) -> Result<Json<Vec<MessageView>>, Problem> {
    let account = caller.account_in(&region)?;
    let model = region.current.model();
    let party = query.partij.as_deref().unwrap_or(&account.party_name);
    let party = model
        .party_named(party)
        .ok_or_else(|| Problem::not_found("partij"))?;
    // A body's messages are for each of its members, so the role is free; the party is not.
    if party != account.party {
        return Err(Problem::new(Kind::Forbidden));
    }
    let filter = InboxFilter {
        party: Some(party),
        role: query.rol.clone(),
        case: None,
        unread: query.ongelezen,
    };
    let limit = query.aantal.unwrap_or(50).clamp(1, MOST);
    let rows = app
        .cases
        .store()
        .inbox(&region.key, &filter, query.voor, limit)
        .await;
    let words = region.current.words(&app.texts, caller.language);
    let rows = rows.map_err(store_problem)?;
    Ok(Json(rows.into_iter().map(|r| view(&words, r)).collect()))
}

fn view(words: &crate::words::Words<'_>, row: InboxRow) -> MessageView {
    MessageView {
        nummer: row.number,
        op: moment(row.at),
        rol: row.message.role,
        partij: words.party(row.message.party),
        onderwerp: row.message.subject,
        tekst: row.message.text,
        gelezen: row.read.map(moment),
    }
}

/// Marks a message of your party as read.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/meldingen/{nummer}/gelezen", operation_id = "meldingGelezen", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = i64, Path, description = "Number of the message")),
    responses(
        (status = 204, description = "It is read"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such message for your party", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn read(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = caller.account_in(&region)?;
    let (_, number) = path;
    let filter = InboxFilter {
        party: Some(account.party),
        ..InboxFilter::default()
    };
    let before = number.checked_add(1);
    let store = app.cases.store();
    let found = store
        .inbox(&region.key, &filter, before, 1)
        .await
        .map_err(store_problem)?;
    if found.first().is_none_or(|row| row.number != number) {
        return Err(Problem::not_found("melding"));
    }
    let now: Moment = app.clock.now();
    store
        .mark_read(&region.key, number, now)
        .await
        .map_err(store_problem)?;
    app.live.hint();
    Ok(StatusCode::NO_CONTENT)
}

/// A notification that a case caused.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NotificationView {
    /// Stable id.
    pub id: String,
    /// When it was intended.
    pub op: String,
    /// Receiving role or body.
    pub aan: String,
    /// Receiving parties.
    pub partijen: Vec<String>,
    /// `wacht`, `bezorgd` or `opgegeven`.
    pub toestand: &'static str,
}

/// What a case caused, oldest first.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}/meldingen", operation_id = "meldingenVanZaak", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "The notifications", body = Vec<NotificationView>),
        (status = 404, description = "No such case", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn of_case(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
) -> Result<Json<Vec<NotificationView>>, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    let rows = app
        .cases
        .store()
        .notifications(&region.key, loaded.stream)
        .await;
    let words = loaded.version.words(&app.texts, caller.language);
    let views = rows.map_err(store_problem)?.into_iter().map(|row| {
        let told: Option<convenant_engine::Notification> = serde_json::from_str(&row.body).ok();
        NotificationView {
            id: row.id.to_string(),
            op: moment(row.at),
            aan: told.as_ref().map_or_else(String::new, |t| words.who(t.to)),
            partijen: told
                .map(|t| t.parties.iter().map(|p| words.party(*p)).collect())
                .unwrap_or_default(),
            toestand: match row.state {
                OutboxState::Waiting => "wacht",
                OutboxState::Delivered => "bezorgd",
                OutboxState::Failed => "opgegeven",
            },
        }
    });
    Ok(Json(views.collect()))
}
