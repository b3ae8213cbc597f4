//! Regions over HTTP: their agreements and versions, and the explanation of a hypothetical client.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use convenant_engine::{civil_date, explain as explain_client};
use convenant_lang::model::{Convenant, FactId, Filling, Standing, Value};
use convenant_store::Hash;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;

use super::App;
use super::caller::{Body, Caller, InRegion};
use super::failures::{act_problem, store_problem};
use super::views::{ExplanationView, moment};
use crate::act::{self, YesNo};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::value;
use crate::words::{Source, Words};

/// A region in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RegionView {
    /// Key: in addresses.
    #[schema(example = "utrecht")]
    pub regio: String,
    /// Name.
    pub naam: String,
    /// Title of the agreement.
    pub titel: String,
    /// Version number of the file.
    pub versie: u32,
    /// Hash of the version.
    pub hash: String,
    /// First day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub van: Option<String>,
    /// First day after the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tot: Option<String>,
    /// Whether a case can be opened today.
    pub van_kracht: bool,
    /// Running cases.
    pub lopend: u64,
    /// Ended cases.
    pub afgesloten: u64,
    /// Running cases with a deadline that has passed.
    pub te_laat: u64,
}

/// A region's agreement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgreementView {
    /// The region.
    #[serde(flatten)]
    pub regio: RegionView,
    /// The text that was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bron: Option<String>,
    /// Parties.
    pub partijen: Vec<PartyView>,
    /// Roles.
    pub rollen: Vec<RoleView>,
    /// Bodies.
    pub organen: Vec<String>,
    /// Facts, by name, with their type.
    pub gegevens: BTreeMap<String, String>,
    /// Schemes.
    pub regelingen: Vec<SchemeView>,
}

/// A party.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartyView {
    /// Name.
    pub naam: String,
    /// Kind.
    pub soort: &'static str,
    /// `ondertekenaar`, `ondersteuner` or `teruggetrokken`.
    pub hoedanigheid: &'static str,
    /// Who takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opgevolgd_door: Option<String>,
    /// Where it comes from.
    pub bron: Source,
}

/// A role.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleView {
    /// Name.
    pub naam: String,
    /// Who fills it: parties by name, `elke <soort>`, or `<soort> van de zaak`.
    pub vervuld_door: String,
    /// Where it comes from.
    pub bron: Source,
}

/// A scheme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SchemeView {
    /// Name.
    pub naam: String,
    /// Title.
    pub titel: String,
    /// Criteria and exclusions, by name.
    pub doelgroep: Vec<String>,
    /// Steps, by name.
    pub stappen: Vec<String>,
    /// Ends, by name.
    pub eindes: Vec<String>,
    /// It spreads placements.
    pub spreiding: bool,
}

/// A version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionView {
    /// SHA-256 of its text.
    pub hash: String,
    /// Number that the file gives itself.
    pub nummer: u32,
    /// When it was adopted.
    pub aangenomen: String,
    /// New cases open under it.
    pub huidig: bool,
}

/// The regions.
#[utoipa::path(get, path = "/v1/convenanten", operation_id = "convenanten", tag = "convenanten",
    responses((status = 200, description = "The regions", body = Vec<RegionView>)))]
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<RegionView>>, Problem> {
    let mut views = Vec::new();
    for region in app.cases.regions().iter() {
        views.push(region_view(&app, region).await?);
    }
    Ok(Json(views))
}

/// A region with its counts.
pub async fn region_view(app: &App, region: &Region) -> Result<RegionView, Problem> {
    let counts = app
        .cases
        .store()
        .counts(&region.key)
        .await
        .map_err(store_problem)?;
    let (model, life) = (region.current.model(), region.life());
    Ok(RegionView {
        regio: region.key.to_string(),
        naam: region.name().to_owned(),
        titel: model.header.title.clone(),
        versie: model.header.version,
        hash: region.current.hash.to_string(),
        van: life.in_force.map(|d| d.to_string()),
        tot: life.until.map(|d| d.to_string()),
        van_kracht: life.is_in_force(civil_date(app.clock.now())),
        lopend: counts.running,
        afgesloten: counts.ended,
        te_laat: counts.overdue,
    })
}

/// A region's agreement: parties, roles, facts, schemes.
#[utoipa::path(get, path = "/v1/convenanten/{regio}", operation_id = "convenant", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The agreement", body = AgreementView),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<AgreementView>, Problem> {
    let words = region.current.words(&app.texts, caller.language);
    let model = words.model;
    Ok(Json(AgreementView {
        regio: region_view(&app, &region).await?,
        bron: model.header.source.clone(),
        partijen: model
            .parties
            .iter()
            .map(|p| party_view(&words, p))
            .collect(),
        rollen: model
            .roles
            .iter()
            .map(|r| RoleView {
                naam: r.name.clone(),
                vervuld_door: filling(&words, &r.filled_by),
                bron: words.source(&r.meta),
            })
            .collect(),
        organen: model.bodies.iter().map(|b| b.name.clone()).collect(),
        gegevens: facts(model),
        regelingen: schemes(model),
    }))
}

fn party_view(words: &Words<'_>, party: &convenant_lang::model::Party) -> PartyView {
    PartyView {
        naam: party.name.clone(),
        soort: party.kind.keyword(),
        hoedanigheid: match party.standing {
            Standing::Signatory => "ondertekenaar",
            Standing::Supporter => "ondersteuner",
            Standing::Withdrawn(_) => "teruggetrokken",
        },
        opgevolgd_door: party.succession.as_ref().map(|s| words.party(s.by)),
        bron: words.source(&party.meta),
    }
}

fn filling(words: &Words<'_>, filling: &Filling) -> String {
    match filling {
        Filling::Parties(parties) => words.all_of(parties.iter().map(|p| words.party(*p))),
        Filling::EveryOf(kind) => format!("elke {}", kind.keyword()),
        Filling::OfCase(kind) => format!("{} van de zaak", kind.keyword()),
    }
}

fn facts(model: &Convenant) -> BTreeMap<String, String> {
    use convenant_lang::model::Type;
    model
        .facts
        .iter()
        .map(|fact| {
            let kind = match &fact.kind {
                Type::Bool => "ja/nee".to_owned(),
                Type::Number => "getal".to_owned(),
                Type::Money => "bedrag".to_owned(),
                Type::Percentage => "percentage".to_owned(),
                Type::Date => "datum".to_owned(),
                Type::Duration => "duur".to_owned(),
                Type::Text => "tekst".to_owned(),
                Type::Neighbourhood => "wijk".to_owned(),
                Type::Choice(options) => format!("keuze ({})", options.join(", ")),
                Type::Party(None) => "partij".to_owned(),
                Type::Party(Some(kind)) => kind.keyword().to_owned(),
                Type::Periods => "periodes".to_owned(),
            };
            (fact.name.clone(), kind)
        })
        .collect()
}

fn schemes(model: &Convenant) -> Vec<SchemeView> {
    model
        .schemes
        .iter()
        .map(|scheme| SchemeView {
            naam: scheme.name.clone(),
            titel: scheme.title.clone(),
            doelgroep: scheme
                .eligibility
                .criteria
                .iter()
                .map(|c| c.name.clone())
                .collect(),
            stappen: scheme
                .handover
                .steps
                .iter()
                .map(|s| s.name.clone())
                .collect(),
            eindes: scheme
                .handover
                .ends
                .iter()
                .map(|e| e.name.clone())
                .collect(),
            spreiding: scheme.spreading.is_some(),
        })
        .collect()
}

/// The versions of a region's file, in the order of adoption.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/versies", operation_id = "versies", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The versions", body = Vec<VersionView>),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn versions(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
) -> Result<Json<Vec<VersionView>>, Problem> {
    let rows = app
        .cases
        .store()
        .versions(&region.key)
        .await
        .map_err(store_problem)?;
    let view = |row: convenant_store::VersionRow| VersionView {
        huidig: row.hash == region.current.hash,
        hash: row.hash.to_string(),
        nummer: row.number,
        aangenomen: moment(row.adopted),
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}

/// The text of a version.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/versies/{hash}", operation_id = "versie", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key"), ("hash" = String, Path, description = "SHA-256 of the text")),
    responses(
        (status = 200, description = "The text", body = String, content_type = "text/plain"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn source(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
) -> Result<Response, Problem> {
    let hash: Hash = path.1.parse().map_err(|_| Problem::not_found("versie"))?;
    let text = app
        .cases
        .store()
        .source(&region.key, hash)
        .await
        .map_err(store_problem)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// A hypothetical client.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientBody {
    /// Scheme; may be left out when there is one.
    pub regeling: Option<String>,
    /// The day of evaluation; today when absent.
    #[schema(example = "2018-05-02")]
    pub dag: Option<String>,
    /// Facts, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub feiten: BTreeMap<String, Json_>,
    /// Judgements, by criterion.
    #[serde(default)]
    pub oordelen: BTreeMap<String, YesNo>,
}

/// Whether a hypothetical client is eligible, and why. Nothing is kept.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/uitleg", operation_id = "uitleg", tag = "convenanten",
    params(("regio" = String, Path, description = "Region key")),
    request_body = ClientBody,
    responses(
        (status = 200, description = "The explanation", body = ExplanationView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn explain(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Body(body): Body<ClientBody>,
) -> Result<Json<ExplanationView>, Problem> {
    let model = region.current.model();
    let wrong = |e: act::ActError| act_problem(&app, caller.language, &e);
    let scheme = act::scheme(model, body.regeling.as_deref()).map_err(wrong)?;
    let on = match &body.dag {
        Some(text) => value::date(model, text)
            .ok_or_else(|| Problem::new(Kind::BadParameter).arg("fout", "`dag`"))?,
        None => civil_date(app.clock.now()),
    };
    let mut facts: Vec<Option<Value>> = vec![None; model.facts.len()];
    for (name, json) in &body.feiten {
        let (FactId(id), value) = act::fact_value(model, name, json).map_err(wrong)?;
        if let Some(place) = facts.get_mut(usize::from(id)) {
            *place = Some(value);
        }
    }
    let criteria = model
        .schemes
        .get(scheme.index())
        .map(|s| s.eligibility.criteria.as_slice());
    let criteria = criteria.unwrap_or_default();
    let mut judgements = vec![None; criteria.len()];
    for (name, holds) in &body.oordelen {
        let found = criteria.iter().position(|c| c.name == *name);
        let place = found.and_then(|n| judgements.get_mut(n)).ok_or_else(|| {
            wrong(act::ActError::Unknown {
                what: "criterium",
                name: name.clone(),
                known: criteria
                    .iter()
                    .map(|c| c.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
        })?;
        *place = Some(holds.0);
    }
    let found = explain_client(&region.current.program, scheme, &facts, &judgements, on);
    let words = region.current.words(&app.texts, caller.language);
    Ok(Json(words.explanation_view(&found)))
}
