//! The history of a case over HTTP, as far as the caller may see it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::{Event, EventKind, civil_date};
use convenant_store::Recorded;
use serde::Serialize;

use super::App;
use super::caller::{Caller, CaseNumber, InRegion};
use super::failures::{case_problem, store_problem};
use super::views::moment;
use super::work::find_case;
use crate::cases::Loaded;
use crate::history::{self as telling, Narrator};
use crate::problem::{Problem, ProblemBody};
use crate::regions::{Region, Version};
use crate::sight::Viewer;

/// Something that happened.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// Sequence number.
    pub volgnummer: u32,
    /// When.
    pub op: String,
    /// Who: party and role, or the clock.
    pub door: String,
    /// What, by name.
    pub soort: &'static str,
    /// What, in a sentence.
    pub tekst: String,
    /// Why, when you may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motivering: Option<String>,
    /// Hash of the event, which commits to everything before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// Everything that happened to a case, in order.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}/geschiedenis", operation_id = "geschiedenis", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "The events", body = Vec<EventView>),
        (status = 404, description = "No such case", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn history(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
) -> Result<Json<Vec<EventView>>, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    Ok(Json(told(&app, &caller, &region, &loaded).await?))
}

/// The history of a case as the caller may see it. Motivations are for whoever has a role in the case.
pub async fn told(
    app: &App,
    caller: &Caller,
    region: &Region,
    loaded: &Loaded,
) -> Result<Vec<EventView>, Problem> {
    let store = app.cases.store();
    let events = store
        .events::<Event>(&region.key, loaded.stream, 0)
        .await
        .map_err(store_problem)?;
    let versions = versions_of(app, region, caller, loaded, &events).await?;
    let model = loaded.version.model();
    let today = civil_date(app.clock.now());
    let involved = Viewer::of(caller.account.as_ref(), region, model, today)
        .is_some_and(|v| v.is_involved(model, &loaded.case, today));
    let mut narrator = Narrator::default();
    let mut under = versions.iter();
    let mut version = under.next().unwrap_or(&loaded.version);
    let views = events.into_iter().map(|recorded| {
        if matches!(recorded.event.kind, EventKind::Moved { .. }) {
            version = under.next().unwrap_or(&loaded.version);
        }
        let words = version.words(&app.texts, caller.language);
        let told = narrator.tell(&words, &recorded.event);
        let motivation = telling::motivation(&recorded.event.kind)
            .filter(|_| involved)
            .and_then(|secret| secret.text().map(str::to_owned));
        EventView {
            volgnummer: recorded.seq,
            op: moment(recorded.event.at),
            door: telling::actor(&words, &recorded.event.by),
            soort: told.name,
            tekst: told.sentence,
            motivering: motivation,
            hash: Some(recorded.hash.to_string()),
        }
    });
    Ok(views.collect())
}

/// The versions under which the events of a case happened, in order: the last one is that of the case, and each one before it is
/// the one that the next amends.
async fn versions_of(
    app: &App,
    region: &Region,
    caller: &Caller,
    loaded: &Loaded,
    events: &[Recorded<Event>],
) -> Result<Vec<Arc<Version>>, Problem> {
    let moves = events
        .iter()
        .filter(|r| matches!(r.event.kind, EventKind::Moved { .. }))
        .count();
    let mut versions = vec![loaded.version.clone()];
    if moves == 0 {
        return Ok(versions);
    }
    let store = app.cases.store();
    let stored = store.versions(&region.key).await.map_err(store_problem)?;
    for _ in 0..moves {
        let amends = versions.last().and_then(|v| v.model().header.amends);
        let before = amends.and_then(|a| stored.iter().rev().find(|row| row.number == a.version));
        let Some(row) = before else {
            break;
        };
        let version = region.version(store, row.hash).await;
        versions.push(version.map_err(|e| case_problem(app, caller.language, e.into()))?);
    }
    versions.reverse();
    Ok(versions)
}
