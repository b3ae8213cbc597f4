//! Cases over HTTP: list, open, look, act, history, explanation, deadlines.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use convenant_engine::{Command, civil_date};
use convenant_lang::model::{FactId, SchemeId};
use convenant_store::{CaseFilter, CaseRow, CaseState, CommandId, StreamId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;

use super::App;
use super::caller::{Body, Caller, CaseNumber, InRegion, Query, header};
use super::failures::{act_problem, case_problem, store_problem};
use super::history::{EventView, told};
use super::homes::to_offer;
use super::views::{CaseSummary, CaseView, moment};
use crate::act::{self, Act, ActError};
use crate::cases::{CaseError, Done, Loaded, Submit, TRIES};
use crate::next::Now;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::sight::Viewer;
use crate::text::Language;
use crate::value;
use crate::words::Words;

/// Cases in an answer.
const MOST: u32 = 200;

/// The case with this number, as it stands.
pub async fn find_case(app: &App, region: &Region, number: &str) -> Result<Loaded, Problem> {
    let stream = find_stream(app, region, number).await?;
    let loaded = app.cases.load(region, stream).await;
    loaded.map_err(|e| case_problem(app, Language::Dutch, e))
}

async fn find_stream(app: &App, region: &Region, number: &str) -> Result<StreamId, Problem> {
    app.cases
        .store()
        .numbered(&region.key, number)
        .await
        .map_err(store_problem)?
        .ok_or_else(|| Problem::not_found("zaak"))
}

/// A case in a list.
pub fn summary(
    words: &Words<'_>,
    region: &Region,
    number: &str,
    seq: u32,
    state: &CaseState,
    version: &convenant_store::Hash,
    erased: Option<convenant_engine::Moment>,
) -> CaseSummary {
    let scheme = state.scheme.and_then(|s| words.scheme(s));
    CaseSummary {
        nummer: number.to_owned(),
        regio: region.key.to_string(),
        regeling: scheme.map_or_else(String::new, |s| s.name.clone()),
        plaats: words.place_view(state),
        sinds: moment(state.entered),
        geopend: state.opened.map(moment).unwrap_or_default(),
        volgnummer: seq,
        te_laat: !state.overdue.is_empty(),
        eerstvolgende: state
            .deadlines
            .iter()
            .map(|d| d.due)
            .min()
            .map(|d| d.to_string()),
        partijen: words.parties_view(&state.parties),
        opgeschort_tot: state.stopped.map(|s| s.until.to_string()),
        gewist: erased.map(moment),
        versie: version.to_string(),
    }
}

async fn row_summary(
    app: &App,
    region: &Region,
    language: Language,
    row: &CaseRow,
) -> Result<CaseSummary, Problem> {
    let version = region.version(app.cases.store(), row.head.version).await;
    let version = version.map_err(|e| case_problem(app, language, e.into()))?;
    let words = version
        .words(&app.texts, language)
        .on(civil_date(app.clock.now()));
    let head = &row.head;
    Ok(summary(
        &words,
        region,
        &head.number,
        head.seq,
        &row.state,
        &head.version,
        head.erased,
    ))
}

/// A case with everything that the caller may see.
pub fn case_view(app: &App, region: &Region, caller: &Caller, loaded: &Loaded) -> CaseView {
    let now = app.clock.now();
    let today = civil_date(now);
    let words = loaded.version.words(&app.texts, caller.language).on(today);
    let case = &loaded.case;
    let state = CaseState::of(case);
    let viewer = Viewer::of(caller.account.as_ref(), region, words.model, today);
    let mut deadlines: Vec<_> = case.deadlines.iter().collect();
    deadlines.sort_by_key(|d| (d.due, d.id));
    let at = Now {
        region,
        version: &loaded.version,
        case,
        at: now,
    };
    let scheme = case.scheme.unwrap_or(SchemeId(0));
    CaseView {
        samenvatting: summary(
            &words,
            region,
            &loaded.number,
            case.seq,
            &state,
            &loaded.version.hash,
            loaded.erased,
        ),
        termijnen: deadlines
            .into_iter()
            .map(|d| words.deadline_view(&loaded.number, &state, d))
            .collect(),
        gegevens: (0u16..)
            .map(FactId)
            .take(words.model.facts.len())
            .filter_map(|id| words.fact_view(case, id, viewer, today))
            .collect(),
        nu_mogelijk: at
            .possible()
            .iter()
            .map(|p| words.possible_view(scheme, p))
            .collect(),
    }
}

/// Which cases.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// In this scheme.
    regeling: Option<String>,
    /// In this step.
    stap: Option<String>,
    /// Assigned to this party.
    partij: Option<String>,
    /// Only running (true) or only ended (false).
    lopend: Option<bool>,
    /// Only with a deadline that has passed.
    #[serde(default, rename = "teLaat")]
    te_laat: bool,
    /// Only with a running deadline whose last day is before this day.
    #[serde(rename = "uiterlijkVoor")]
    uiterlijk_voor: Option<String>,
    /// After the case with this number: the `volgende` of the page before.
    na: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    aantal: Option<u32>,
    /// Language.
    #[serde(rename = "lang")]
    #[param(ignore)]
    _lang: Option<String>,
}

/// A page of cases.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CasePage {
    /// The cases, in order of opening.
    pub zaken: Vec<CaseSummary>,
    /// Ask for more with `na`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volgende: Option<String>,
}

impl CaseQuery {
    /// The filter of the store.
    async fn filter(
        &self,
        app: &App,
        region: &Region,
    ) -> Result<(CaseFilter, Option<StreamId>), Problem> {
        let model = region.current.model();
        let bad = |what: &str| Problem::new(Kind::BadParameter).arg("fout", format!("`{what}`"));
        let mut filter = CaseFilter {
            running: self.lopend,
            overdue: self.te_laat,
            ..CaseFilter::default()
        };
        if let Some(name) = &self.regeling {
            filter.scheme = Some(model.scheme_named(name).ok_or_else(|| bad("regeling"))?);
        }
        if let Some(name) = &self.stap {
            let scheme = filter
                .scheme
                .or((model.schemes.len() == 1).then_some(SchemeId(0)));
            let scheme = scheme.ok_or_else(|| bad("regeling"))?;
            let steps = model
                .schemes
                .get(scheme.index())
                .map(|s| s.handover.steps.as_slice());
            let step = steps
                .unwrap_or_default()
                .iter()
                .position(|s| s.name == *name);
            let step = step
                .and_then(|n| u16::try_from(n).ok())
                .ok_or_else(|| bad("stap"))?;
            (filter.scheme, filter.step) =
                (Some(scheme), Some(convenant_lang::model::StepId(step)));
        }
        if let Some(name) = &self.partij {
            let party = model.party_named(name).ok_or_else(|| bad("partij"))?;
            let today = civil_date(app.clock.now());
            filter.assigned = Some(region.in_every_version(party, today));
        }
        if let Some(day) = &self.uiterlijk_voor {
            filter.due_before = Some(value::date(model, day).ok_or_else(|| bad("uiterlijkVoor"))?);
        }
        let after = match &self.na {
            Some(number) => Some(
                find_stream(app, region, number)
                    .await
                    .map_err(|_| bad("na"))?,
            ),
            None => None,
        };
        Ok((filter, after))
    }
}

/// The cases of a region, in order of opening.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken", operation_id = "zaken", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), CaseQuery),
    responses(
        (status = 200, description = "A page of cases", body = CasePage),
        (status = 400, description = "A parameter does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<CaseQuery>,
) -> Result<Json<CasePage>, Problem> {
    Ok(Json(page(&app, &region, &caller, &query).await?))
}

/// A page of cases.
pub async fn page(
    app: &App,
    region: &Region,
    caller: &Caller,
    query: &CaseQuery,
) -> Result<CasePage, Problem> {
    let (filter, after) = query.filter(app, region).await?;
    let limit = query.aantal.unwrap_or(50).clamp(1, MOST);
    let asked = limit.saturating_add(1);
    let store = app.cases.store();
    let mut rows = store
        .cases(&region.key, &filter, after, asked)
        .await
        .map_err(store_problem)?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut zaken = Vec::with_capacity(rows.len());
    for row in &rows {
        zaken.push(row_summary(app, region, caller.language, row).await?);
    }
    let volgende = rows.last().filter(|_| more).map(|r| r.head.number.clone());
    Ok(CasePage { zaken, volgende })
}

/// A new case.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    /// Scheme; may be left out when there is one.
    pub regeling: Option<String>,
    /// Earlier cases of the same client, by number.
    #[serde(default)]
    pub eerdere_zaken: Vec<String>,
}

/// What a command made of the case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DoneView {
    /// The case afterwards.
    pub zaak: CaseView,
    /// What happened; empty when it was already so.
    pub gebeurtenissen: Vec<EventView>,
    /// The command had been carried out before, under the same `Idempotency-Key`.
    pub herhaald: bool,
}

/// Opens a case.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/zaken", operation_id = "zaakOpenen", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("Idempotency-Key" = Option<String>, Header, description = "The same key again is the same case")),
    request_body = OpenBody,
    responses(
        (status = 201, description = "The case is open", body = DoneView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role may not", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region or case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The rules refuse it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn open(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    key: IdempotencyKey,
    Body(body): Body<OpenBody>,
) -> Result<Response, Problem> {
    let done = open_case(&app, &region, &caller, key.0, &body).await?;
    let view = done_view(&app, &region, &caller, &done).await?;
    let location = format!(
        "/v1/convenanten/{}/zaken/{}",
        region.key, done.loaded.number
    );
    let mut response = with_etag(
        (StatusCode::CREATED, Json(view)).into_response(),
        &done.loaded,
    );
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Opens a case for the caller.
pub async fn open_case(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    key: Option<String>,
    body: &OpenBody,
) -> Result<Done, Problem> {
    let account = caller.account_in(region)?;
    let scheme = act::scheme(region.current.model(), body.regeling.as_deref())
        .map_err(|e| act_problem(app, caller.language, &e))?;
    let mut refusals = Vec::new();
    for number in &body.eerdere_zaken {
        let stream = find_stream(app, region, number).await?;
        let prior = app.cases.prior_refusal(region, stream).await;
        refusals.extend(prior.map_err(|e| case_problem(app, caller.language, e))?);
    }
    let (actor, command) = (account.actor(), Command::Open { scheme });
    let id = command_id(key, &(&actor, &command))?;
    let mut submit = Submit::new(None, actor, command, app.clock.now());
    (submit.id, submit.refusals) = (id, refusals);
    let done = app.cases.submit(region, submit).await;
    done.map_err(|e| case_problem(app, caller.language, e))
}

async fn done_view(
    app: &App,
    region: &Region,
    caller: &Caller,
    done: &Done,
) -> Result<DoneView, Problem> {
    let count = u32::try_from(done.events.len()).unwrap_or(u32::MAX);
    let all = told(app, caller, region, &done.loaded).await?;
    let before = done.seq.saturating_sub(count);
    // A repeated command may be long past: what it made of the case then, not what happened last.
    let happened = all
        .into_iter()
        .filter(|e| e.volgnummer > before && e.volgnummer <= done.seq);
    Ok(DoneView {
        gebeurtenissen: happened.collect(),
        zaak: case_view(app, region, caller, &done.loaded),
        herhaald: done.repeated,
    })
}

/// The key of a command with what was asked under it.
pub fn command_id<C: Serialize>(
    key: Option<String>,
    asked: &C,
) -> Result<Option<CommandId>, Problem> {
    let id = key.map(|key| CommandId::new(&key, asked)).transpose();
    id.map_err(store_problem)
}

/// The `Idempotency-Key` header.
pub struct IdempotencyKey(pub Option<String>);

impl axum::extract::FromRequestParts<Arc<App>> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Problem> {
        let Some(raw) = parts.headers.get("idempotency-key") else {
            return Ok(IdempotencyKey(None));
        };
        let fits = raw.to_str().ok().filter(|k| (1..=200).contains(&k.len()));
        let wrong = || Problem::new(Kind::BadParameter).arg("fout", "`Idempotency-Key`: 1 – 200");
        Ok(IdempotencyKey(Some(fits.ok_or_else(wrong)?.to_owned())))
    }
}

/// The sequence number of `If-Match`.
pub struct Expected(pub Option<u32>);

impl axum::extract::FromRequestParts<Arc<App>> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Problem> {
        let Some(text) = header(parts, "if-match") else {
            return Ok(Expected(None));
        };
        let number = text.trim().trim_matches('"').parse().ok();
        let wrong = || Problem::new(Kind::BadParameter).arg("fout", "`If-Match`: \"12\"");
        Ok(Expected(Some(number.ok_or_else(wrong)?)))
    }
}

fn with_etag(mut response: Response, loaded: &Loaded) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", loaded.case.seq)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// A case: where it is, its deadlines, its facts as far as you may see them, what can be done now and by whom.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/zaken/{nummer}", operation_id = "zaak", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number")),
    responses(
        (status = 200, description = "The case; `ETag` is its sequence number", body = CaseView),
        (status = 404, description = "No such case", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
) -> Result<Response, Problem> {
    let loaded = find_case(&app, &region, &number).await?;
    let view = case_view(&app, &region, &caller, &loaded);
    Ok(with_etag(Json(view).into_response(), &loaded))
}

/// A command.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandBody {
    /// The act: `"gereed"`, `{"taak": "intake"}`, `{"feiten": {…}}`.
    #[schema(value_type = Act)]
    pub doe: Json_,
    /// Only when the case has this sequence number; the same as `If-Match`.
    pub verwacht: Option<u32>,
}

/// Does something with a case.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/zaken/{nummer}/opdrachten", operation_id = "opdracht", tag = "zaken",
    params(("regio" = String, Path, description = "Region key"), ("nummer" = String, Path, description = "Case number"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again is the same command"),
        ("If-Match" = Option<String>, Header, description = "Only when the case has this sequence number")),
    request_body = CommandBody,
    responses(
        (status = 200, description = "The case afterwards", body = DoneView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role may not", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such case", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The rules refuse it, or the case has changed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A name or value does not fit", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
    key: IdempotencyKey,
    expected: Expected,
    Body(body): Body<CommandBody>,
) -> Result<Response, Problem> {
    let done = act_on(&app, &region, &caller, &number, key.0, expected.0, body).await?;
    let view = done_view(&app, &region, &caller, &done).await?;
    Ok(with_etag(Json(view).into_response(), &done.loaded))
}

/// Does something with a case for the caller.
pub async fn act_on(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    number: &str,
    key: Option<String>,
    expected: Option<u32>,
    body: CommandBody,
) -> Result<Done, Problem> {
    caller.account_in(region)?;
    let stream = find_stream(app, region, number).await?;
    let id = command_id(key, &(stream, &caller.account()?.id, &body.doe))?;
    let problem = |e| case_problem(app, caller.language, e);
    // Before it is understood: the case may have left the step in which its words have a meaning.
    let before = app.cases.answered(region, id.as_ref()).await;
    if let Some(done) = before.map_err(problem)? {
        return Ok(done);
    }
    let wrong = |e: ActError| act_problem(app, caller.language, &e);
    let mut act = Act::from_json(body.doe).map_err(wrong)?;
    let expected = expected.or(body.verwacht);
    for _ in 0..TRIES {
        let now = app.clock.now();
        let loaded = app.cases.caught_up(region, stream, now).await;
        let loaded = loaded.map_err(problem)?;
        let model = loaded.version.model();
        let viewer = Viewer::of(caller.account.as_ref(), region, model, civil_date(now))
            .ok_or_else(|| Problem::new(Kind::Forbidden))?;
        let actor = convenant_engine::Actor::Person {
            person: caller.account()?.id.clone(),
            party: viewer.party,
            role: viewer.role,
        };
        let mut homes = Vec::new();
        if let Act::Aanbod(home) = &mut act
            && home.woning.is_some()
        {
            let (write, found) = to_offer(app, region, caller, &loaded, home, &actor).await?;
            home.wijk = found;
            homes.push(write);
        }
        let command = act.command(model, &loaded.case).map_err(wrong)?;
        let mut submit = Submit::new(Some(stream), actor, command, now);
        // Its words have a meaning in this state of the case only: in another one they are understood anew.
        (submit.id, submit.expected) = (id.clone(), expected.or(Some(loaded.case.seq)));
        submit.homes = homes;
        match app.cases.submit(region, submit).await {
            Err(CaseError::Stale { .. }) if expected.is_none() => {}
            // The home is looked at again.
            Err(CaseError::Store(convenant_store::Error::HomeConflict { .. })) => {}
            done => return done.map_err(problem),
        }
    }
    Err(problem(CaseError::Busy))
}
