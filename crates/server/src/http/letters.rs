//! Messages: the inbox of a person, and what a case caused with what became of it at each receiver.
//!
//! Input: an account, or a case. Output: messages with why, who else and what next, and the state of each channel. Invariants: a person sees
//! their own messages only; of others roles and parties are shown, no names.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use convenant_engine::Notification;
use convenant_store::{
    DeliveryRow, DeliveryState, MessageFilter, MessageRow, Occasion, OutboxState, RegionKey,
};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Body, Caller, CaseNumber, InRegion, Query};
use super::failures::store_problem;
use super::views::moment;
use super::work::find_case;
use crate::delivery::insight::Insight;
use crate::delivery::occasion_of;
use crate::problem::{Problem, ProblemBody};
use crate::text::Language;

/// Messages in an answer.
const MOST: u32 = 200;

/// Messages of one case that are looked at.
const MOST_OF_CASE: u32 = 2_000;

/// Which messages.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
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

/// The inbox of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InboxView {
    /// How many messages were not read yet.
    pub ongelezen: u64,
    /// Messages, the newest first.
    pub meldingen: Vec<MessageView>,
}

/// A message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    /// Number in the region.
    pub nummer: i64,
    /// When it was intended.
    pub op: String,
    /// Your role or body; several when you get it in several.
    pub rol: String,
    /// Your party.
    pub partij: String,
    /// Subject.
    pub onderwerp: String,
    /// Text.
    pub tekst: String,
    /// It is late: it should have been here at this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub te_laat_sinds: Option<String>,
    /// It did not wait for quiet hours to end.
    pub dringend: bool,
    /// Why you get it.
    pub waarom: Vec<String>,
    /// Who else was told.
    pub wie_nog: String,
    /// What comes next when nobody acts.
    pub wat_volgt: String,
    /// What became of it by other channels.
    pub kanalen: Vec<ChannelView>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gelezen: Option<String>,
}

/// What became of a message by a channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChannelView {
    /// `mail`, `webhook`.
    pub kanaal: String,
    /// `wacht`, `bezorgd`, `onbestelbaar` or `rust`.
    pub toestand: &'static str,
    /// It went together with others.
    pub verzameld: bool,
    /// It may have arrived: the connection was lost before the answer.
    pub misschien_bezorgd: bool,
    /// How often it was tried.
    pub pogingen: u32,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volgende_poging: Option<String>,
}

impl ChannelView {
    fn of(row: &DeliveryRow) -> ChannelView {
        let waits = row.state == DeliveryState::Waiting;
        ChannelView {
            kanaal: row.channel.clone(),
            toestand: state_word(row.state),
            verzameld: row.gathered,
            misschien_bezorgd: row.state != DeliveryState::Delivered && row.ambiguous > 0,
            pogingen: row.attempts,
            volgende_poging: waits.then(|| moment(row.due_at)),
        }
    }
}

/// The state of a delivery, as the API says it.
fn state_word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "wacht",
        // Shown as what it went with; on its own it is as good as delivered.
        DeliveryState::Delivered | DeliveryState::Gathered => "bezorgd",
        DeliveryState::Dead => "onbestelbaar",
        DeliveryState::Dismissed => "rust",
    }
}

/// Your messages, the newest first: those of the person of your account.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/meldingen", operation_id = "meldingen", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), InboxQuery),
    responses(
        (status = 200, description = "The messages", body = InboxView),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "An account of another region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn inbox(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<InboxQuery>,
) -> Result<Json<InboxView>, Problem> {
    let account = caller.account_in(&region)?;
    let filter = MessageFilter {
        person: Some(account.person.clone()),
        case: None,
        unread: query.ongelezen,
    };
    let limit = query.aantal.unwrap_or(50).clamp(1, MOST);
    let view = inbox_view(
        &app,
        &region.key,
        &account.person,
        caller.language,
        &filter,
        query.voor,
        limit,
    );
    Ok(Json(view.await?))
}

/// Somebody's messages.
pub async fn inbox_view(
    app: &App,
    region: &RegionKey,
    person: &str,
    language: Language,
    filter: &MessageFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<InboxView, Problem> {
    let store = app.cases.store();
    let rows = store
        .messages(region, filter, before, limit)
        .await
        .map_err(store_problem)?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let deliveries = store
        .deliveries_of(region, &numbers)
        .await
        .map_err(store_problem)?;
    let unread = store.unread(region, person).await.map_err(store_problem)?;
    Ok(InboxView {
        ongelezen: unread.unread,
        meldingen: rows
            .into_iter()
            .map(|row| view(app, language, row, &deliveries))
            .collect(),
    })
}

fn view(app: &App, language: Language, row: MessageRow, deliveries: &[DeliveryRow]) -> MessageView {
    let insight: Insight = serde_json::from_str(&row.message.insight).unwrap_or_default();
    MessageView {
        nummer: row.number,
        op: moment(row.message.at),
        rol: row.message.role,
        partij: row.message.party,
        onderwerp: row.message.subject,
        tekst: row.message.body,
        te_laat_sinds: row.message.late_since.map(moment),
        dringend: row.message.urgent,
        waarom: insight.why_text(&app.texts, language),
        wie_nog: insight.others_text(&app.texts, language),
        wat_volgt: insight.next_text(&app.texts, language),
        kanalen: channels(row.number, deliveries),
        gelezen: row.read.map(moment),
    }
}

fn channels(number: i64, deliveries: &[DeliveryRow]) -> Vec<ChannelView> {
    let of_message = deliveries.iter().filter(|d| d.number == number);
    of_message.map(ChannelView::of).collect()
}

/// Marks one of your messages as read.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/meldingen/{nummer}/gelezen", operation_id = "meldingGelezen", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = i64, Path, description = "Number of the message")),
    responses(
        (status = 204, description = "It is read"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "You have no such message", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn read(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let account = caller.account_in(&region)?;
    let (_, number) = path;
    mark_read(&app, &region.key, &account.person, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a message as read, when it is this person's.
pub async fn mark_read(
    app: &App,
    region: &RegionKey,
    person: &str,
    number: i64,
) -> Result<(), Problem> {
    let now = app.clock.now();
    let store = app.cases.store();
    match store.mark_read(region, person, number, now).await {
        Ok(true) => {
            app.live.hint();
            Ok(())
        }
        Ok(false) => Err(Problem::not_found("melding")),
        Err(error) => Err(store_problem(error)),
    }
}

/// Up to which message everything was read.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadAll {
    /// Number of the newest message that you saw: what came in since stays unread.
    pub tot: i64,
}

/// How many messages were read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReadAllView {
    /// Messages that were not read before.
    pub gelezen: u64,
}

/// Marks all your messages up to a number as read.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/meldingen/gelezen", operation_id = "meldingenGelezen", tag = "meldingen",
    params(("regio" = String, Path, description = "Region key")),
    request_body = ReadAll,
    responses(
        (status = 200, description = "They are read", body = ReadAllView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn read_all(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Body(body): Body<ReadAll>,
) -> Result<Json<ReadAllView>, Problem> {
    let account = caller.account_in(&region)?;
    let gelezen = mark_all_read(&app, &region.key, &account.person, body.tot).await?;
    Ok(Json(ReadAllView { gelezen }))
}

/// Marks this person's messages up to a number as read; gives how many were not.
pub async fn mark_all_read(
    app: &App,
    region: &RegionKey,
    person: &str,
    up_to: i64,
) -> Result<u64, Problem> {
    let now = app.clock.now();
    let store = app.cases.store();
    let read = store.mark_all_read(region, person, up_to, now).await;
    app.live.hint();
    read.map_err(store_problem)
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
    /// `wacht`, `verspreid` (its messages are in the inboxes) or `opgegeven`.
    pub toestand: &'static str,
    /// Who got it, and what became of it.
    pub ontvangers: Vec<ReceiverView>,
}

/// Somebody who was told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReceiverView {
    /// Role or body; several when this person got it in several.
    pub rol: String,
    /// Party.
    pub partij: String,
    /// When it was read in the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gelezen: Option<String>,
    /// What became of it by other channels.
    pub kanalen: Vec<ChannelView>,
}

/// What a case caused, oldest first, with its receivers.
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
    let store = app.cases.store();
    let rows = store
        .notifications(&region.key, loaded.stream)
        .await
        .map_err(store_problem)?;
    let filter = MessageFilter {
        case: Some(loaded.stream),
        ..MessageFilter::default()
    };
    let mut messages = store
        .messages(&region.key, &filter, None, MOST_OF_CASE)
        .await
        .map_err(store_problem)?;
    messages.reverse();
    let numbers: Vec<i64> = messages.iter().map(|row| row.number).collect();
    let deliveries = store
        .deliveries_of(&region.key, &numbers)
        .await
        .map_err(store_problem)?;
    let words = loaded.version.words(&app.texts, caller.language);
    let views = rows.into_iter().map(|row| {
        let told: Option<Notification> = serde_json::from_str(&row.body).ok();
        let occasion = told
            .as_ref()
            .and_then(|t| occasion_of(row.id.stream, row.id.seq, t.cause).ok());
        NotificationView {
            id: row.id.to_string(),
            op: moment(row.at),
            aan: told.as_ref().map_or_else(String::new, |t| words.who(t.to)),
            partijen: told
                .map(|t| t.parties.iter().map(|p| words.party(*p)).collect())
                .unwrap_or_default(),
            toestand: match row.state {
                OutboxState::Waiting => "wacht",
                OutboxState::Delivered => "verspreid",
                OutboxState::Failed => "opgegeven",
            },
            ontvangers: receivers(occasion, &messages, &deliveries),
        }
    });
    Ok(Json(views.collect()))
}

fn receivers(
    occasion: Option<Occasion>,
    messages: &[MessageRow],
    deliveries: &[DeliveryRow],
) -> Vec<ReceiverView> {
    let told = messages
        .iter()
        .filter(|row| Some(row.message.occasion) == occasion);
    told.map(|row| ReceiverView {
        rol: row.message.role.clone(),
        partij: row.message.party.clone(),
        gelezen: row.read.map(moment),
        kanalen: channels(row.number, deliveries),
    })
    .collect()
}
