//! The convenant's own life over HTTP: look, and act in it for one's party.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use convenant_engine::{LifeEvent, LifeEventKind, ObligationRef, civil_date};
use convenant_lang::model::PartyId;
use fluent_bundle::FluentValue;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;

use super::App;
use super::caller::{Body, Caller, InRegion};
use super::failures::{act_problem, case_problem};
use super::views::moment;
use super::work::{IdempotencyKey, command_id};
use crate::act::LifeAct;
use crate::history;
use crate::life::{LifeDone, SubmitLife};
use crate::problem::{Problem, ProblemBody};
use crate::regions::Region;
use crate::words::{Source, Words};

/// The convenant's own life.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LifeView {
    /// First day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub van: Option<String>,
    /// First day after the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tot: Option<String>,
    /// A case can be opened today.
    pub van_kracht: bool,
    /// The term has ended.
    pub afgelopen: bool,
    /// How often it was extended.
    pub verlengd: u32,
    /// Parties that have signed, with the day.
    pub ondertekend: BTreeMap<String, String>,
    /// Parties whose signature was approved by the outside body that must, with the day.
    pub goedgekeurd: BTreeMap<String, String>,
    /// Parties that gave notice, with the first day on which they take no part.
    pub opgezegd: BTreeMap<String, String>,
    /// Evaluations and duties: the next occurrence of each.
    pub verplichtingen: Vec<ObligationView>,
}

/// An evaluation or duty of the convenant itself.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ObligationView {
    /// What.
    pub titel: String,
    /// By whom.
    pub door: String,
    /// The day on which it falls.
    pub valt_op: String,
    /// The last day.
    pub uiterlijk: String,
    /// It was not done in time.
    pub te_laat: bool,
    /// Where it comes from.
    pub bron: Source,
}

/// The convenant's own life: in force since when, signed by whom, evaluations and duties.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/leven", operation_id = "leven", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The life", body = LifeView),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn life(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Json<LifeView> {
    Json(life_view(&app, &region, &caller))
}

/// The life of a region.
pub fn life_view(app: &App, region: &Region, caller: &Caller) -> LifeView {
    let words = region.current.words(&app.texts, caller.language);
    let life = region.life();
    let by_party = |days: &[Option<Date>]| {
        (0u16..)
            .map(PartyId)
            .zip(days)
            .filter_map(|(party, day)| Some((words.party(party), (*day)?.to_string())))
            .collect()
    };
    LifeView {
        van: life.in_force.map(|d| d.to_string()),
        tot: life.until.map(|d| d.to_string()),
        van_kracht: life.is_in_force(civil_date(app.clock.now())),
        afgelopen: life.ended,
        verlengd: life.extensions,
        ondertekend: by_party(&life.signed),
        goedgekeurd: by_party(&life.approved),
        opgezegd: life
            .notices
            .iter()
            .map(|(party, _, from)| (words.party(*party), from.to_string()))
            .collect(),
        verplichtingen: life
            .obligations
            .iter()
            .filter_map(|o| {
                let (titel, who, meta) = words.obligation(o.of)?;
                Some(ObligationView {
                    titel,
                    door: words.who(who),
                    valt_op: o.opens.to_string(),
                    uiterlijk: o.due.to_string(),
                    te_laat: o.overdue,
                    bron: words.source(meta),
                })
            })
            .collect(),
    }
}
/// An act in the convenant's own life.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifeCommandBody {
    /// The act: `"verlenging"`, `{"ondertekening": {"op": "2017-09-04"}}`, `{"plicht": "jaarverslag"}`.
    #[schema(value_type = LifeAct)]
    pub doe: Json_,
}

/// What an act made of the convenant's own life.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LifeDoneView {
    /// The life afterwards.
    pub leven: LifeView,
    /// What happened; empty when it was already so.
    pub gebeurtenissen: Vec<LifeEventView>,
    /// The act had been done before, under the same `Idempotency-Key`.
    pub herhaald: bool,
}

/// Something that happened in the convenant's own life.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LifeEventView {
    /// When.
    pub op: String,
    /// By whom.
    pub door: String,
    /// Stable name.
    pub soort: &'static str,
    /// In words.
    pub tekst: String,
}

/// Does something in the convenant's own life, for the party of the account: sign, approve, give notice, consent, extend, evaluate.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/leven/opdrachten", operation_id = "levenOpdracht", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again is the same act")),
    request_body = LifeCommandBody,
    responses(
        (status = 200, description = "The life afterwards", body = LifeDoneView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This party or role may not", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The rules refuse it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    key: IdempotencyKey,
    Body(body): Body<LifeCommandBody>,
) -> Result<Json<LifeDoneView>, Problem> {
    let done = act_in(&app, &region, &caller, key.0, body).await?;
    let words = region.current.words(&app.texts, caller.language);
    Ok(Json(LifeDoneView {
        leven: life_view(&app, &region, &caller),
        gebeurtenissen: done.events.iter().map(|e| told(&words, e)).collect(),
        herhaald: done.repeated,
    }))
}

async fn act_in(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    key: Option<String>,
    body: LifeCommandBody,
) -> Result<LifeDone, Problem> {
    let account = caller.account_in(region)?;
    let id = command_id(key, &("leven", &account.id, &body.doe))?;
    let problem = |e| case_problem(app, caller.language, e);
    // Before it is understood: without a day it means today, and that may be another one by now.
    let before = app.cases.answered_life(region, id.as_ref()).await;
    if let Some(done) = before.map_err(problem)? {
        return Ok(done);
    }
    let now = app.clock.now();
    let command = LifeAct::from_json(body.doe)
        .and_then(|act| act.command(region.current.model(), civil_date(now)))
        .map_err(|e| act_problem(app, caller.language, &e))?;
    let mut submit = SubmitLife::new(account.actor(), command, now);
    submit.id = id;
    let done = app.cases.submit_life(region, submit).await;
    done.map_err(problem)
}

fn told(words: &Words<'_>, event: &LifeEvent) -> LifeEventView {
    let what = |of: ObligationRef| {
        let found = words.obligation(of).map(|(title, ..)| title);
        ("wat", found.unwrap_or_default())
    };
    let party = |party: PartyId| ("partij", words.party(party));
    let day = |name, day: Date| (name, words.date(day));
    let (id, args) = match &event.kind {
        LifeEventKind::Established => ("leven-gebeurtenis-vastgelegd", vec![]),
        LifeEventKind::Signed { party: who, on } => (
            "leven-gebeurtenis-ondertekend",
            vec![party(*who), day("datum", *on)],
        ),
        LifeEventKind::Approved { party: who, on } => (
            "leven-gebeurtenis-goedgekeurd",
            vec![party(*who), day("datum", *on)],
        ),
        LifeEventKind::EnteredIntoForce { on, .. } => {
            ("leven-gebeurtenis-in-werking", vec![day("datum", *on)])
        }
        LifeEventKind::Scheduled { obligation } => (
            "leven-gebeurtenis-gepland",
            vec![what(obligation.of), day("datum", obligation.opens)],
        ),
        LifeEventKind::FellDue { obligation } => {
            ("leven-gebeurtenis-aan-de-orde", vec![what(*obligation)])
        }
        LifeEventKind::Overdue { obligation } => {
            ("leven-gebeurtenis-te-laat", vec![what(*obligation)])
        }
        LifeEventKind::Performed { obligation, .. } => {
            ("leven-gebeurtenis-gedaan", vec![what(*obligation)])
        }
        LifeEventKind::Finished { obligation } => {
            ("leven-gebeurtenis-klaar", vec![what(*obligation)])
        }
        LifeEventKind::NoticeGiven {
            party: who, from, ..
        } => (
            "leven-gebeurtenis-opgezegd",
            vec![party(*who), day("datum", *from)],
        ),
        LifeEventKind::Reminded { obligation, .. } => {
            ("leven-gebeurtenis-herinnerd", vec![what(*obligation)])
        }
        LifeEventKind::Escalated { obligation, .. } => {
            ("leven-gebeurtenis-opgeschaald", vec![what(*obligation)])
        }
        LifeEventKind::NoticeReminded { .. } => ("leven-gebeurtenis-opzegging-herinnerd", vec![]),
        LifeEventKind::NoticeClosed => ("leven-gebeurtenis-opzegging-gesloten", vec![]),
        LifeEventKind::Consented { consent } => {
            ("leven-gebeurtenis-ingestemd", vec![party(consent.party)])
        }
        LifeEventKind::Extended { until, .. } => {
            ("leven-gebeurtenis-verlengd", vec![day("datum", *until)])
        }
        LifeEventKind::EndMoved { until, .. } => {
            ("leven-gebeurtenis-eerder-einde", vec![day("datum", *until)])
        }
        LifeEventKind::Ended => ("leven-gebeurtenis-afgelopen", vec![]),
    };
    let args: Vec<(&str, FluentValue<'_>)> = args
        .into_iter()
        .map(|(name, text)| (name, FluentValue::from(text)))
        .collect();
    LifeEventView {
        op: moment(event.at),
        door: history::actor(words, &event.by),
        soort: id.strip_prefix("leven-gebeurtenis-").unwrap_or(id),
        tekst: words.say(id, &args),
    }
}
