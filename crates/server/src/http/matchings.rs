//! Matchings over HTTP: make a proposal, look at it with its reasons, ask what another choice costs, and act on a line.
//!
//! Input: the cases that wait and the homes that are free. Output: proposals that are kept, and what was done with each line. Invariants: only
//! who `gekoppeld door` names sees or does any of it; a home is offered before the act is kept, so that an act that broke off
//! half-way is finished by doing it again; addresses hold case numbers and numbers of homes only.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use convenant_engine::civil_date;
use convenant_engine::matching::{
    ClientIndex, HomeIndex, Matching, MatchingError, consequence, solve,
};
use convenant_store::{
    Hash, HomeId, LineAct, LineKept, LineState, MatchingLine, MatchingRow, NewMatching, Unless,
};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::{Body, Caller, InRegion, Query};
use super::failures::{case_problem, motivation, store_problem};
use super::matching_offer::{Given, offer, promised};
use super::matching_views::{
    ChangeView, CostQuery, CostView, LineBody, LineDeed, MatchingSummary, MatchingView,
    ProposedView, home_of, proposed,
};
use super::views::moment;
use crate::matching::{Gathered, Only, Question, ScoreView, Stated, StatingError, Teller};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::sight::Viewer;
use crate::words::Words;

/// Proposals in a list.
const MOST: u32 = 50;

/// The answer and the homes that were free, as they are kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    matching: Matching,
    homes: Vec<HomeId>,
}

/// Somebody who matches, or the problem that the caller is not.
fn matcher(app: &App, region: &Region, caller: &Caller) -> Result<(), Problem> {
    caller.account_in(region)?;
    let model = region.current.model();
    let today = civil_date(app.clock.now());
    let by = model.homes.as_ref().and_then(|homes| homes.matched_by);
    let by = by.ok_or_else(|| Problem::not_found("koppeling"))?;
    let viewer = Viewer::of(caller.account.as_ref(), region, model, today);
    let viewer = viewer
        .filter(|viewer| viewer.takes_part(model, today) && viewer.is_among(model, &[by], today));
    viewer.map(drop).ok_or_else(|| {
        let words = region.current.words(&app.texts, caller.language);
        Problem::new(Kind::Forbidden).with("mag", vec![words.who(by)])
    })
}

/// The proposals, the latest first.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/koppelingen", operation_id = "koppelingen", tag = "koppelingen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 200, description = "The proposals", body = Vec<MatchingSummary>),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role does not match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region, or its file matches nothing", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Json<Vec<MatchingSummary>>, Problem> {
    Ok(Json(summaries(&app, &region, &caller).await?))
}

/// The proposals of a region, the latest first.
pub async fn summaries(
    app: &App,
    region: &Region,
    caller: &Caller,
) -> Result<Vec<MatchingSummary>, Problem> {
    matcher(app, region, caller)?;
    let rows = app.cases.store().matchings(&region.key, MOST).await;
    let rows = rows.map_err(store_problem)?.into_iter();
    Ok(rows
        .map(|row| MatchingSummary {
            nummer: row.id,
            gemaakt: moment(row.at),
            door: row.person,
            dag: row.on.to_string(),
        })
        .collect())
}

/// Makes a proposal for everybody who waits and every free home.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/koppelingen", operation_id = "koppelingMaken", tag = "koppelingen",
    params(("regio" = String, Path, description = "Region key")),
    responses(
        (status = 201, description = "The proposal", body = MatchingView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role does not match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such region, or its file matches nothing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be answered exactly", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn make(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
) -> Result<Response, Problem> {
    let id = propose(&app, &region, &caller).await?;
    let view = shown(&app, &region, &caller, id).await?;
    let place = format!("/v1/convenanten/{}/koppelingen/{id}", region.key);
    Ok((StatusCode::CREATED, [(LOCATION, place)], Json(view)).into_response())
}

/// Makes a proposal and keeps it; gives its number.
pub async fn propose(app: &App, region: &Region, caller: &Caller) -> Result<i64, Problem> {
    matcher(app, region, caller)?;
    let account = caller.account_in(region)?;
    let now = app.clock.now();
    let on = civil_date(now);
    let gathered = Gathered::read(&app.cases, region, on, None).await;
    let gathered = gathered.map_err(|e| case_problem(app, caller.language, e))?;
    let homes: Vec<HomeId> = gathered.homes.iter().map(|home| home.id).collect();
    let (gathered, answer) = apart(move || {
        let answer = gathered.ask(|question| {
            let stated = Stated::of(question)?;
            let matching = solve(&stated.problem)?;
            let names = question.clients.iter().map(|client| client.name.clone());
            let chosen = matching
                .homes
                .iter()
                .map(|home| home.and_then(|home| number(question, home)));
            let lines: Vec<(String, Option<i64>)> = names.zip(chosen).collect();
            Ok((stated.hash(), matching, lines))
        });
        (gathered, answer)
    })
    .await?;
    let (input, matching, lines) = answer.map_err(unanswered)?;
    let body = serde_json::to_string(&Kept { matching, homes }).map_err(Problem::internal)?;
    let lines = lines.into_iter().filter_map(|(name, home)| {
        let stream = gathered.streams.get(&name)?;
        Some((*stream, name, home))
    });
    let matching = NewMatching {
        at: now,
        person: account.id.clone(),
        on,
        input,
        body,
        lines: lines.collect(),
    };
    let kept = app.cases.store().keep_matching(&region.key, matching).await;
    kept.map_err(store_problem)
}

/// The number of a home of a question.
fn number(question: &Question<'_>, home: HomeIndex) -> Option<i64> {
    question.homes.get(home.index())?.name.parse().ok()
}

/// Work that keeps a processor busy, where it keeps nobody waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(Problem::internal)
}

fn unanswered(error: StatingError) -> Problem {
    match error {
        StatingError::Matching(
            MatchingError::TooLarge | MatchingError::NotProven | MatchingError::ChoicesClash,
        )
        | StatingError::TooManyRules => Problem::new(Kind::Refused)
            .detail("koppeling-niet-te-tellen")
            .with("reden", "niet-te-tellen"),
        other => Problem::internal(other),
    }
}

/// A proposal with its reasons, as far as it is not out of date.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/koppelingen/{koppeling}", operation_id = "koppeling", tag = "koppelingen",
    params(("regio" = String, Path, description = "Region key"), ("koppeling" = i64, Path, description = "Number of the proposal")),
    responses(
        (status = 200, description = "The proposal", body = MatchingView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role does not match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<MatchingView>, Problem> {
    let id = path.1.parse();
    let id = id.map_err(|_| Problem::not_found("koppeling"))?;
    Ok(Json(shown(&app, &region, &caller, id).await?))
}

/// A proposal that was kept, with what it was about as it is now.
struct Found {
    row: MatchingRow,
    lines: Vec<MatchingLine>,
    kept: Kept,
    gathered: Gathered,
}

async fn find(app: &App, region: &Region, caller: &Caller, id: i64) -> Result<Found, Problem> {
    matcher(app, region, caller)?;
    let found = app.cases.store().matching(&region.key, id).await;
    let (row, lines) = found
        .map_err(store_problem)?
        .ok_or_else(|| Problem::not_found("koppeling"))?;
    let kept: Kept = serde_json::from_str(&row.body).map_err(Problem::internal)?;
    let streams: Vec<_> = lines.iter().map(|line| line.stream).collect();
    let only = Only {
        cases: &streams,
        homes: &kept.homes,
    };
    let gathered = Gathered::read(&app.cases, region, row.on, Some(only)).await;
    let gathered = gathered.map_err(|e| case_problem(app, caller.language, e))?;
    Ok(Found {
        row,
        lines,
        kept,
        gathered,
    })
}

/// A proposal for whoever matches.
pub async fn shown(
    app: &App,
    region: &Region,
    caller: &Caller,
    id: i64,
) -> Result<MatchingView, Problem> {
    let Found {
        row,
        lines,
        kept,
        gathered,
    } = find(app, region, caller, id).await?;
    let score = ScoreView::of(&kept.matching);
    let (texts, language, input) = (app.texts.clone(), caller.language, row.input);
    let told = apart(move || {
        gathered.ask(|question| {
            let stated = Stated::of(question)
                .ok()
                .filter(|stated| stated.hash() == input)?;
            let versions = gathered.versions.iter();
            let words: Vec<Words<'_>> = versions
                .map(|v| v.words(&texts, language).on(question.on))
                .collect();
            Some(Teller::new(&stated, &kept.matching, words).lines())
        })
    })
    .await?;
    let outdated = told.is_none();
    let mut told = told.unwrap_or_default().into_iter();
    Ok(MatchingView {
        nummer: row.id,
        gemaakt: moment(row.at),
        door: row.person,
        dag: row.on.to_string(),
        invoer: row.input.to_string(),
        score,
        verouderd: outdated,
        regels: lines
            .iter()
            .map(|line| proposed(line, told.next()))
            .collect(),
    })
}

/// What another home, or none, for one client costs the whole.
#[utoipa::path(get, path = "/v1/convenanten/{regio}/koppelingen/{koppeling}/zaken/{nummer}/gevolg", operation_id = "koppelingGevolg", tag = "koppelingen",
    params(("regio" = String, Path, description = "Region key"), ("koppeling" = i64, Path, description = "Number of the proposal"),
        ("nummer" = String, Path, description = "Case number"), CostQuery),
    responses(
        (status = 200, description = "What it costs", body = CostView),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role does not match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal, case or home in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The home does not fit, or the proposal is out of date", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn cost(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String, String)>,
    caller: Caller,
    Query(query): Query<CostQuery>,
) -> Result<Json<CostView>, Problem> {
    let (_, id, number) = path;
    let id = id.parse().map_err(|_| Problem::not_found("koppeling"))?;
    let cost = consequence_for(&app, &region, &caller, (id, number), query.woning).await?;
    Ok(Json(cost))
}

/// What another home, or none, for the client of a line costs.
pub async fn consequence_for(
    app: &App,
    region: &Region,
    caller: &Caller,
    (id, case): (i64, String),
    home: Option<String>,
) -> Result<CostView, Problem> {
    let found = find(app, region, caller, id).await?;
    cost_of(app, caller, found, case, home).await
}

async fn cost_of(
    app: &App,
    caller: &Caller,
    found: Found,
    number: String,
    home: Option<String>,
) -> Result<CostView, Problem> {
    let (texts, language) = (app.texts.clone(), caller.language);
    let Found {
        row,
        kept,
        gathered,
        ..
    } = found;
    apart(move || {
        gathered.ask(|question| {
            let stated = current(question, row.input)?;
            let mut clients = question.clients.iter();
            let client = clients.position(|client| client.name == number);
            let client = client.and_then(|n| u32::try_from(n).ok()).map(ClientIndex);
            let client = client.ok_or_else(|| Problem::not_found("zaak"))?;
            let wanted = match &home {
                Some(name) => Some(home_named(question, name)?),
                None => None,
            };
            let versions = gathered.versions.iter();
            let words = versions
                .map(|v| v.words(&texts, language).on(question.on))
                .collect();
            let teller = Teller::new(&stated, &kept.matching, words);
            let other = consequence(&stated.problem, &kept.matching, client, wanted);
            let other = other.map_err(|error| match error {
                MatchingError::NotPossible(..) => does_not_fit(&teller, client, home.as_deref()),
                MatchingError::ChoicesClash => Problem::new(Kind::Refused)
                    .detail("koppeling-grens-in-de-weg")
                    .with("reden", "grens-bereikt"),
                other => unanswered(other.into()),
            })?;
            let name = |home: Option<HomeIndex>| {
                let home = question.homes.get(home?.index())?;
                Some(home.name.clone())
            };
            let changes = other.changes.iter().filter_map(|(case, from, to)| {
                Some(ChangeView {
                    zaak: stated.client(*case)?.name.clone(),
                    van: name(*from),
                    naar: name(*to),
                })
            });
            let of = stated
                .client(client)
                .and_then(|client| teller.level(client, other.level));
            Ok(CostView {
                gevolg: of.ok_or_else(|| Problem::not_found("zaak"))?,
                score: ScoreView::of(&other.matching),
                wijzigingen: changes.collect(),
            })
        })
    })
    .await?
}

fn home_named(question: &Question<'_>, name: &str) -> Result<HomeIndex, Problem> {
    let found = question.homes.iter().position(|home| home.name == name);
    let found = found.and_then(|n| u32::try_from(n).ok()).map(HomeIndex);
    found.ok_or_else(|| Problem::not_found("woning"))
}

/// The problem as it was when the proposal was made, or the problem that it is out of date.
fn current<'a>(question: &'a Question<'a>, input: Hash) -> Result<Stated<'a>, Problem> {
    let stated = Stated::of(question).map_err(unanswered)?;
    if stated.hash() == input {
        return Ok(stated);
    }
    Err(Problem::new(Kind::Refused)
        .detail("koppeling-verouderd")
        .with("reden", "verouderd"))
}

fn does_not_fit(teller: &Teller<'_>, client: ClientIndex, home: Option<&str>) -> Problem {
    let line = teller.line(client);
    let rules = line.and_then(|line| {
        let mut others = line.andere.into_iter();
        let why = others.find(|why| Some(why.woning.as_str()) == home)?;
        serde_json::to_value(why.regels).ok()
    });
    Problem::new(Kind::Refused)
        .detail("koppeling-past-niet")
        .with("reden", "past-niet")
        .with("regels", rules.unwrap_or_default())
}

/// Acts on a line: offers the home to the case, chooses another home, or leaves it.
#[utoipa::path(post, path = "/v1/convenanten/{regio}/koppelingen/{koppeling}/zaken/{nummer}", operation_id = "koppelingDoen", tag = "koppelingen",
    params(("regio" = String, Path, description = "Region key"), ("koppeling" = i64, Path, description = "Number of the proposal"),
        ("nummer" = String, Path, description = "Case number")),
    request_body = LineBody,
    responses(
        (status = 200, description = "The line afterwards", body = ProposedView),
        (status = 400, description = "Not good JSON, or another shape", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "This role does not match", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such proposal, case or home in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It has been dealt with, the home is gone or does not fit, or the rules refuse the offer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A motivation or home is missing", body = ProblemBody, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path(path): Path<(String, String, String)>,
    caller: Caller,
    Body(body): Body<LineBody>,
) -> Result<Json<ProposedView>, Problem> {
    let (_, id, number) = path;
    let id = id.parse().map_err(|_| Problem::not_found("koppeling"))?;
    Ok(Json(
        act_on_line(&app, &region, &caller, (id, number), body).await?,
    ))
}

/// Does something with a line; gives the line as it is then.
pub async fn act_on_line(
    app: &App,
    region: &Arc<Region>,
    caller: &Caller,
    (id, case): (i64, String),
    body: LineBody,
) -> Result<ProposedView, Problem> {
    let account = caller.account_in(region)?.clone();
    let found = find(app, region, caller, id).await?;
    let mut lines = (0usize..).zip(&found.lines);
    let (at, line) = lines
        .find(|(_, line)| line.number == case)
        .map(|(at, line)| (at, line.clone()))
        .ok_or_else(|| Problem::not_found("zaak"))?;
    let last = line.acts.last().map(|act| act.state);
    if matches!(last, Some(LineState::Accepted | LineState::Rejected)) {
        return Err(dealt_with());
    }
    let motivation = motivation(app, caller.language, body.motivering.as_deref())?;
    let missing = |what: &str| {
        let args = [("wat", what.to_owned().into())];
        let text = app.texts.get(caller.language, "fout-ontbreekt", &args);
        Problem::new(Kind::BadValue)
            .arg("fout", text)
            .with("ontbreekt", what)
    };
    if body.doe != LineDeed::Aanvaard && motivation.is_none() {
        return Err(missing("motivering"));
    }
    let of_line = home_of(&line);
    // What the case has by now was accepted, though that may not be kept yet.
    let unless_accepted = of_line.map_or(Unless::Never, |home| Unless::HasIt(HomeId(home)));
    let (state, home, unless) = match body.doe {
        LineDeed::WijsAf => (LineState::Rejected, of_line, unless_accepted),
        LineDeed::Wijzig => {
            let wanted = body.woning.ok_or_else(|| missing("woning"))?;
            // Whether it fits, by the same rules; what it costs was there to be asked.
            cost_of(app, caller, found, case, Some(wanted.clone())).await?;
            let home = wanted.parse().map_err(|_| Problem::not_found("woning"))?;
            (LineState::Changed, Some(home), unless_accepted)
        }
        LineDeed::Aanvaard => {
            let home = of_line.ok_or_else(|| missing("woning"))?;
            let of = (&line, found.lines.as_slice());
            let given = offer(app, region, caller, of, HomeId(home)).await?;
            let unless = match given {
                Given::Offered => Unless::Never,
                Given::Agreed => Unless::Promised(HomeId(home)),
            };
            (LineState::Accepted, Some(home), unless)
        }
    };
    let act = LineAct {
        at: app.clock.now(),
        person: account.id,
        state,
        home,
        motivation: motivation.map(str::to_owned),
    };
    keep(app, region, (id, at), line, act, unless).await
}

/// Keeps the act. A home that is offered by then is accepted, whatever somebody else did with the line between the offer and this.
async fn keep(
    app: &App,
    region: &Region,
    (id, at): (i64, usize),
    mut line: MatchingLine,
    act: LineAct,
    unless: Unless,
) -> Result<ProposedView, Problem> {
    let store = app.cases.store();
    loop {
        let kept = store
            .act_on_line(&region.key, (id, at), line.acts.len(), act.clone(), unless)
            .await
            .map_err(store_problem)?;
        if kept == LineKept::Yes {
            line.acts.push(act);
            return Ok(proposed(&line, None));
        }
        let now = store.matching(&region.key, id).await;
        let now = now.map_err(store_problem)?;
        let lines = now.map(|(_, lines)| lines).unwrap_or_default();
        if kept == LineKept::Promised {
            let promised = act.home.and_then(|home| promised(&lines, HomeId(home)));
            return Err(promised.unwrap_or_else(dealt_with));
        }
        let offered = act.state == LineState::Accepted && unless == Unless::Never;
        match lines.into_iter().nth(at) {
            Some(found) if offered && !is_accepted(&found) => line = found,
            _ => return Err(dealt_with()),
        }
    }
}

fn is_accepted(line: &MatchingLine) -> bool {
    let last = line.acts.last();
    last.is_some_and(|act| act.state == LineState::Accepted)
}

fn dealt_with() -> Problem {
    Problem::new(Kind::Refused)
        .detail("koppeling-al-gedaan")
        .with("reden", "al-gedaan")
}
