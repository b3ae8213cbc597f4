//! The history of a case over HTTP, as far as the caller may see it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::{Answer, Event, EventKind, civil_date};
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
use crate::regions::Region;
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
    let moved = |r: &&Recorded<Event>| matches!(r.event.kind, EventKind::Moved { .. });
    let moves = events.iter().filter(moved).count();
    let versions = region
        .versions_back(store, loaded.version.hash, moves)
        .await
        .map_err(|e| case_problem(app, caller.language, e.into()))?;
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
        let mut told = narrator.tell(&words, &recorded.event);
        // The ground of a refusal says something about the client.
        let refused_on = matches!(
            recorded.event.kind,
            EventKind::Answered {
                answer: Answer::RefusedOn(_),
                ..
            }
        );
        if !involved && refused_on {
            told.sentence = words.say("geweigerd-op-grond", &[]);
        }
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
