//! Webhooks of a party: where its systems are told what its people are told.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use convenant_engine::civil_date;
use convenant_store::{
    Consent, Endpoint, EndpointChange, EndpointId, EndpointSecrets, EndpointState,
    Error as StoreError, NewEndpoint,
};
use serde::{Deserialize, Serialize};
use tokio::sync::SemaphorePermit;
use uuid::Uuid;

use super::App;
use super::caller::{Body, Caller, InRegion};
use super::failures::store_problem;
use super::views::moment;
use crate::accounts::Account;
use crate::channel::Outcome;
use crate::channel::endpoints::EndpointError;
use crate::channel::guard::Unreachable;
use crate::channel::webhook::explain;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;

/// Characters of a name.
const LONGEST_NAME: usize = 100;

/// A webhook, as its party gives it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookBody {
    /// Where to send: `https` to a public address, without user name and without `#`.
    #[schema(example = "https://zaken.voorbeeld.nl/convenant")]
    pub adres: String,
    /// What you call it; at most 100 characters.
    #[serde(default)]
    pub naam: String,
    /// Whether it is told anything; it is when absent.
    #[serde(default = "on")]
    pub aan: bool,
    /// Whether it is told what happens although its receiver does not confirm that it wants to be: because you agreed on that otherwise.
    #[serde(default)]
    pub afgesproken: bool,
}

fn on() -> bool {
    true
}

/// A webhook.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookView {
    /// Id.
    pub id: String,
    /// Where it sends to.
    pub adres: String,
    /// What its party calls it.
    pub naam: String,
    /// When it was made.
    pub gemaakt: String,
    /// Whether it is told anything.
    pub aan: bool,
    /// Why it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uit_omdat: Option<String>,
    /// Since when it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uit_sinds: Option<String>,
    /// Since when nothing has arrived; after five days of that it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mislukt_sinds: Option<String>,
    /// Whether the receiver confirmed that it wants to be told (`OPTIONS`, CloudEvents' HTTP 1.1 Web Hooks). Without this it is told
    /// nothing, unless that was agreed on.
    pub bevestigd: bool,
    /// When it confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bevestigd_op: Option<String>,
    /// Requests a minute that the receiver allows, where it says so; it slows us down itself, by 429.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verzoeken_per_minuut: Option<u32>,
    /// Why it is not confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub niet_bevestigd_omdat: Option<String>,
    /// Whether its party says that this was agreed on otherwise.
    pub afgesproken: bool,
    /// Until when an older secret signs along with the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oud_geheim_tot: Option<String>,
}

/// A webhook with the secret that was just made. It is shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecretView {
    /// The webhook.
    pub webhook: WebhookView,
    /// The secret (Standard Webhooks).
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub geheim: String,
}

/// What came of a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TestView {
    /// `bezorgd`, `later` (it will be tried again), `geweigerd` or `onzeker` (it may have arrived).
    pub uitkomst: &'static str,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reden: Option<String>,
    /// Whether the receiver confirms that it wants to be told.
    pub bevestigd: bool,
    /// Seconds that the receiver asks to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wacht_seconden: Option<u64>,
}

fn view(app: &App, caller: &Caller, endpoint: &Endpoint) -> WebhookView {
    let (reason, since) = match &endpoint.state {
        EndpointState::On => (None, None),
        EndpointState::Off { reason, since } => (
            Some(explain(&app.texts, caller.language, reason)),
            Some(moment(*since)),
        ),
    };
    let (confirmed, rate, unconfirmed) = match &endpoint.consent {
        Consent::Given { at, rate } => (Some(moment(*at)), *rate, None),
        Consent::Withheld { reason } => (
            None,
            None,
            Some(explain(&app.texts, caller.language, reason)),
        ),
        Consent::Unasked => (None, None, None),
    };
    let now = app.endpoints.webhooks().now();
    WebhookView {
        id: endpoint.id.to_string(),
        adres: endpoint.url.clone(),
        naam: endpoint.name.clone(),
        gemaakt: moment(endpoint.made),
        aan: endpoint.state == EndpointState::On,
        uit_omdat: reason,
        uit_sinds: since,
        mislukt_sinds: endpoint.failing_since.map(moment),
        bevestigd: confirmed.is_some(),
        bevestigd_op: confirmed,
        verzoeken_per_minuut: rate,
        niet_bevestigd_omdat: unconfirmed,
        afgesproken: endpoint.agreed,
        oud_geheim_tot: endpoint.secrets.older_until(now).map(moment),
    }
}

fn with_secret(app: &App, caller: &Caller, endpoint: &Endpoint) -> SecretView {
    SecretView {
        webhook: view(app, caller, endpoint),
        geheim: written(&endpoint.secrets),
    }
}

/// A secret as Standard Webhooks writes it.
fn written(secrets: &EndpointSecrets) -> String {
    let key = secrets.newest().map(|key| STANDARD.encode(key));
    format!("whsec_{}", key.unwrap_or_default())
}

fn problem(app: &App, caller: &Caller, error: EndpointError) -> Problem {
    let say = |id: &str| app.texts.get(caller.language, id, &[]);
    match error {
        EndpointError::Address(Unreachable::Forbidden(why)) => Problem::new(Kind::BadValue)
            .arg("fout", say(why.message()))
            .with("veld", "adres"),
        EndpointError::Address(Unreachable::Unknown(_)) => Problem::new(Kind::BadValue)
            .arg("fout", say("fout-webhook-onbekende-naam"))
            .with("veld", "adres"),
        EndpointError::Store(error) => store_problem(error),
    }
}

fn check_name(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    if name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let text = app
        .texts
        .get(caller.language, "fout-webhook-lange-naam", &[]);
    Err(Problem::new(Kind::BadValue)
        .arg("fout", text)
        .with("veld", "naam"))
}

/// Whoever asks a receiver may wait for as long as it is silent: only so many at the same time.
fn turn(app: &App) -> Result<SemaphorePermit<'_>, Problem> {
    let turn = app.tests.try_acquire();
    turn.map_err(|_| Problem::new(Kind::TooMany))
}

fn webhook_id(text: &str) -> Result<EndpointId, Problem> {
    Uuid::parse_str(text)
        .map(EndpointId)
        .map_err(|_| store_problem(StoreError::NoSuchEndpoint))
}

/// Every name that your party has had, and the webhook of the path.
fn asked(
    app: &App,
    caller: &Caller,
    region: &Region,
    path: &(String, String),
) -> Result<(Vec<String>, EndpointId), Problem> {
    let account = caller.account_in(region)?;
    Ok((names(app, region, account), webhook_id(&path.1)?))
}

/// A webhook stands under the name that its party had when it was made.
fn names(app: &App, region: &Region, account: &Account) -> Vec<String> {
    region.names_of(&account.party_name, civil_date(app.clock.now()))
}

/// The webhooks of your party.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/webhooks", operation_id = "webhooks", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The webhooks, oldest first", body = Vec<WebhookView>),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<Vec<WebhookView>>, Problem> {
    let names = names(&app, &region, caller.account_in(&region)?);
    let found = app.endpoints.of_party(&region.key, &names);
    let found = found.await.map_err(store_problem)?;
    Ok(Json(
        found.iter().map(|one| view(&app, &caller, one)).collect(),
    ))
}

/// Makes a webhook for your party, and asks its receiver whether it wants to be told. The answer holds its secret, this once.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/webhooks", operation_id = "webhookMaken", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key")),
    request_body = WebhookBody,
    responses(
        (status = 201, description = "It is made", body = SecretView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Your party has as many as it may have", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "This address may not be called", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many receivers are being asked", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Body(body): Body<WebhookBody>,
) -> Result<Response, Problem> {
    let account = caller.account_in(&region)?;
    let _turn = turn(&app)?;
    check_name(&app, &caller, &body.naam)?;
    let party = &account.party_name;
    let new = NewEndpoint {
        url: body.adres,
        name: body.naam,
        on: body.aan,
        agreed: body.afgesproken,
    };
    let made = app.endpoints.make(&region.key, party, new);
    let made = made.await.map_err(|error| problem(&app, &caller, error))?;
    let location = format!("/v1/convenanten/{}/webhooks/{}", region.key, made.id);
    let view = with_secret(&app, &caller, &made);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(view)).into_response())
}

/// A webhook of your party.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/webhooks/{id}", operation_id = "webhook", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<WebhookView>, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let found = app.endpoints.one(&region.key, &names, id);
    Ok(Json(view(
        &app,
        &caller,
        &found.await.map_err(store_problem)?,
    )))
}

/// Changes a webhook of your party: its address, its name, on or off. Switched on again, its failures are forgotten.
#[utoipa::path(put, path = "/v1/convenanten/{regio}/webhooks/{id}", operation_id = "webhookWijzigen", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    request_body = WebhookBody,
    responses(
        (status = 200, description = "The webhook as it is now", body = WebhookView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "This address may not be called", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many receivers are being asked", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn change(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
    Body(body): Body<WebhookBody>,
) -> Result<Json<WebhookView>, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let _turn = turn(&app)?;
    check_name(&app, &caller, &body.naam)?;
    let change = EndpointChange {
        url: Some(body.adres),
        name: Some(body.naam),
        on: Some(body.aan),
        agreed: Some(body.afgesproken),
        ..EndpointChange::default()
    };
    let changed = changed(&app, &caller, &region, &names, id, change).await?;
    Ok(Json(view(&app, &caller, &changed)))
}

/// Removes a webhook of your party, with its secrets.
#[utoipa::path(delete, path = "/v1/convenanten/{regio}/webhooks/{id}", operation_id = "webhookWeg", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let removed = app.endpoints.remove(&region.key, &names, id);
    removed.await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret for a webhook of your party, and shows it this once. The older ones sign along for 24 hours, so that the receiver
/// accepts every event while the new one is put in; at most two older ones do.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/webhooks/{id}/geheim", operation_id = "webhookGeheim", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    responses(
        (status = 200, description = "The webhook and its new secret", body = SecretView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn rotate(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<SecretView>, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let change = EndpointChange {
        rotate: true,
        ..EndpointChange::default()
    };
    let changed = changed(&app, &caller, &region, &names, id, change).await?;
    Ok(Json(with_secret(&app, &caller, &changed)))
}

/// Withdraws the older secrets of a webhook of your party at once: from now on only the newest signs.
#[utoipa::path(delete, path = "/v1/convenanten/{regio}/webhooks/{id}/geheim", operation_id = "webhookOudGeheimWeg", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    responses(
        (status = 204, description = "Only the newest signs"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let change = EndpointChange {
        withdraw_older: true,
        ..EndpointChange::default()
    };
    changed(&app, &caller, &region, &names, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn changed(
    app: &App,
    caller: &Caller,
    region: &Region,
    names: &[String],
    id: EndpointId,
    change: EndpointChange,
) -> Result<Endpoint, Problem> {
    app.endpoints
        .change(&region.key, names, id, change)
        .await
        .map_err(|error| problem(app, caller, error))
}

/// Asks the receiver of a webhook of your party again whether it wants to be told, sends it a test event (type `nl.uitstroomconvenanten.proef`) if so,
/// also when it is switched off, and tells what came of it.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/webhooks/{id}/proef", operation_id = "webhookProef", tag = "webhooks",
    params(("regio" = String, Path, description = "Region key"), ("id" = String, Path, description = "Id of the webhook")),
    responses(
        (status = 200, description = "What came of it", body = TestView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not your region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook of your party", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many tests are running", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn test(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<TestView>, Problem> {
    let (names, id) = asked(&app, &caller, &region, &path)?;
    let _turn = turn(&app)?;
    let about = app.texts.get(caller.language, "webhook-proef", &[]);
    let (endpoint, outcome) = app
        .endpoints
        .test(&region.key, &names, id, about)
        .await
        .map_err(store_problem)?;
    let (uitkomst, reason, after) = match outcome {
        Outcome::Delivered => ("bezorgd", None, None),
        Outcome::Later { reason, after } => ("later", Some(reason), after),
        Outcome::Refused { reason } => ("geweigerd", Some(reason), None),
        Outcome::Ambiguous { reason } => ("onzeker", Some(reason), None),
    };
    Ok(Json(TestView {
        uitkomst,
        reden: reason.map(|reason| explain(&app.texts, caller.language, &reason)),
        bevestigd: matches!(endpoint.consent, Consent::Given { .. }),
        wacht_seconden: after.map(|after| after.as_secs()),
    }))
}
