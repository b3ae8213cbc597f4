//! The pages of a region's homes: the list, one home with what happened to it, and the forms to report, import and change them.
//!
//! Input: the same views as the API. Output: HTML. Invariants: a form does what the API does, through the same functions; a button stands there
//! only for who may use it in the home's state; what a form refuses is told on the page that it was sent from.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use convenant_engine::civil_date;
use convenant_lang::model::{Convenant, Fact, Homes, PartyKind, Type};
use convenant_store::{HomeFilter, HomeStanding};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::failures::store_problem;
use super::forms::fact_field;
use super::homes::{
    HomeAct, HomeActBody, HomeQuery, HomeView, NewHomeBody, Roles, act_on_home, history,
    import_csv, look, page, report_one, roles,
};
use super::pages::{day, frame, moment_text, named, with};
use crate::cases::Loaded;
use crate::homes::{csv, standing_name};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::sight::Viewer;
use crate::text::Language;
use crate::words::Words;

/// Every state, in the filter of the list.
const ALL: &str = "alle";

/// The routes of these pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/woningen", get(show).post(report))
        .route("/{regio}/woningen/{id}", get(show_one))
        .route("/{regio}/woningen/{id}/doe", post(act))
}

/// The form that takes a file: its body may be larger.
pub fn import_route() -> Router<Arc<App>> {
    Router::new().route("/{regio}/woningen/csv", post(import))
}

/// What of the list is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// In this state; free ones when absent, `alle` for every one.
    staat: Option<String>,
    /// In this municipality; everywhere when absent or empty.
    gemeente: Option<String>,
    /// Only those of your party, when it is there.
    eigen: Option<String>,
    /// After this home.
    na: Option<i64>,
    /// What an import has done: new, corrected and known already.
    nieuw: Option<u32>,
    verbeterd: Option<u32>,
    bekend: Option<u32>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// What is said above the list.
#[derive(Default)]
struct Said {
    fault: Option<ProblemBody>,
    /// The form that was sent, with what it was filled with.
    filled: BTreeMap<String, String>,
}

async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(which): Query<Which>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    list(&app, &region, &caller, which, uri.path(), Said::default()).await
}

async fn list(
    app: &App,
    region: &Region,
    caller: &Caller,
    which: Which,
    path: &str,
    said: Said,
) -> Result<Response, Problem> {
    let model = region.current.model();
    let homes = model.homes.as_ref();
    let homes = homes.ok_or_else(|| Problem::not_found("woningen"))?;
    let language = caller.language;
    let words = region.current.words(&app.texts, language);
    let known = caller.account_in(region).is_ok();
    let free = || standing_name(HomeStanding::Free).to_owned();
    let state = which.staat.unwrap_or_else(free);
    let place = which.gemeente.filter(|name| !name.is_empty());
    let own = which.eigen.is_some();
    let mut rows = Vec::new();
    let (mut more, mut reports) = (None, false);
    if known {
        reports = roles(app, region, caller)?.reports;
        let asked = Some(state.clone()).filter(|state| state != ALL);
        let query = HomeQuery::of_page(asked, place.clone(), own, which.na);
        let found = page(app, region, caller, &query).await?;
        more = found.volgende;
        rows = found
            .woningen
            .iter()
            .map(|view| row(app, &words, homes, view))
            .collect();
    }
    let fields = homes.facts.iter().map(|fact| {
        let mut field = fact_field(&words, fact);
        let name = field.get("naam").and_then(Json::as_str);
        let filled = name.and_then(|name| said.filled.get(name)).cloned();
        if let Some(map) = field.as_object_mut() {
            map.insert("ingevuld".to_owned(), json!(filled));
            if matches!(fact.kind, Type::Text | Type::Neighbourhood) {
                // That it is text needs no saying.
                map.insert("hulp".to_owned(), Json::Null);
            }
        }
        field
    });
    let imported = which.nieuw.map(|new| {
        let args = [
            ("nieuw", new.into()),
            ("verbeterd", which.verbeterd.unwrap_or_default().into()),
            ("bekend", which.bekend.unwrap_or_default().into()),
        ];
        app.texts.get(language, "pagina-woning-ingelezen", &args)
    });
    let faults = said
        .fault
        .as_ref()
        .and_then(|fault| fault.extra.get("fouten"));
    let content = context! {
        regio => Serde(named(region)),
        kiest => known,
        meldt => reports,
        woningen => Serde(rows),
        volgende => more,
        koppen => homes.facts.iter().map(heading).collect::<Vec<_>>(),
        staten => Serde(states(&words)),
        staat => state,
        gemeenten => municipalities(model, homes),
        gemeente => place,
        eigen => own,
        velden => Serde(fields.collect::<Vec<_>>()),
        kenmerk => said.filled.get(csv::REFERENCE),
        kop => columns(homes),
        fout => said.fault.as_ref().map(|fault| fault.detail.as_str()),
        fouten => Serde(faults.and_then(Json::as_array).filter(|list| list.len() > 1)),
        gelukt => imported,
        ..frame(app, caller, path).await
    };
    let mut answer = app.pages.render("woningen.html", language, content)?;
    if let Some(fault) = said.fault {
        *answer.status_mut() = StatusCode::from_u16(fault.status).unwrap_or_default();
    }
    Ok(answer)
}

/// The states that the list can be limited to, with every one as the last.
fn states(words: &Words<'_>) -> Vec<Json> {
    let names = HomeStanding::ALL.into_iter().map(standing_name);
    let choices = names.chain([ALL]).map(
        |name| json!({ "naam": name, "titel": words.say(&format!("woning-staat-{name}"), &[]) }),
    );
    choices.collect()
}

/// The municipalities that the list can be limited to; none where homes do not say in which they stand.
fn municipalities(model: &Convenant, homes: &Homes) -> Vec<String> {
    let asked = homes.party(PartyKind::Municipality).is_some();
    let wanted = model
        .parties
        .iter()
        .filter(|party| asked && party.kind == PartyKind::Municipality);
    wanted.map(|party| party.name.clone()).collect()
}

/// The header of a file with every fact.
fn columns(homes: &Homes) -> String {
    let names = homes.facts.iter().map(|fact| fact.name.as_str());
    let all: Vec<&str> = std::iter::once(csv::REFERENCE).chain(names).collect();
    all.join(";")
}

/// The name of a fact above its column.
fn heading(fact: &Fact) -> String {
    let mut letters = fact.name.chars();
    let first = letters.next();
    let first = first.into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A home in the list.
fn row(app: &App, words: &Words<'_>, homes: &Homes, view: &HomeView) -> Json {
    let cells: Vec<Json> = homes
        .facts
        .iter()
        .map(|fact| {
            let said = fact_text(app, words, fact, &view.feiten);
            json!({ "kop": heading(fact), "tekst": said, "vast": matches!(fact.kind, Type::Money | Type::Date) })
        })
        .collect();
    with(
        view,
        json!({
            "kenmerk": view.kenmerk,
            "zaak": view.zaak,
            "staat_tekst": words.say(&format!("woning-staat-{}", view.staat), &[]),
            "cellen": cells,
        }),
    )
}

/// What is known of a fact of a home, for a reader.
fn fact_text(
    app: &App,
    words: &Words<'_>,
    fact: &Fact,
    known: &Map<String, Json>,
) -> Option<String> {
    Some(match known.get(&fact.name)? {
        Json::Bool(yes) => words.yes(*yes),
        Json::String(text) if fact.kind == Type::Date => day(app, words.language, text),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// A home in a few words.
pub fn described(app: &App, words: &Words<'_>, homes: &Homes, view: &HomeView) -> String {
    let facts = homes.facts.iter().filter_map(|fact| {
        let text = fact_text(app, words, fact, &view.feiten)?;
        Some(match fact.kind {
            Type::Party(_) | Type::Neighbourhood | Type::Text | Type::Choice(_) => text,
            _ => format!("{} {text}", fact.name),
        })
    });
    facts.collect::<Vec<_>>().join(", ")
}

/// The home that a case is offered, has accepted or got, for who has a role in the case, matches, or is of the party of the home.
pub async fn of_case(
    app: &App,
    region: &Region,
    caller: &Caller,
    loaded: &Loaded,
) -> Result<Option<Json>, Problem> {
    let (model, today) = (region.current.model(), civil_date(app.clock.now()));
    let (Some(homes), Ok(roles)) = (model.homes.as_ref(), roles(app, region, caller)) else {
        return Ok(None);
    };
    let own = loaded.version.model();
    let viewer = Viewer::of(caller.account.as_ref(), region, own, today);
    let involved = viewer.is_some_and(|viewer| viewer.is_involved(own, &loaded.case, today));
    let filter = HomeFilter {
        case: Some(loaded.stream),
        ..HomeFilter::default()
    };
    let found = app.cases.store().homes(&region.key, &filter, None, 1).await;
    let Some(home) = found.map_err(store_problem)?.pop() else {
        return Ok(None);
    };
    let view = look(app, region, caller, &home.id.to_string()).await?;
    let words = region.current.words(&app.texts, caller.language);
    let known = involved || roles.matches || view.eigen;
    Ok(known.then(|| {
        json!({
            "id": view.id,
            "staat_tekst": words.say(&format!("woning-staat-{}", view.staat), &[]),
            "tekst": described(app, &words, homes, &view),
        })
    }))
}

/// What the caller can do with a home now.
fn possible(words: &Words<'_>, view: &HomeView, roles: Roles) -> Vec<Json> {
    let own = view.eigen && roles.reports;
    let insider = own || roles.matches;
    let act = |id: &str, motivation: &str| {
        json!({
            "doe": id,
            "titel": words.say(&format!("woning-doe-{id}"), &[]),
            "motivering": motivation,
            "zaak": id == "bied-aan",
        })
    };
    let mut acts = Vec::new();
    match view.staat {
        "vrij" => {
            if insider && roles.offers {
                acts.push(act("bied-aan", "mag"));
            }
            if own {
                acts.push(act("trek-in", "moet"));
            }
        }
        "aanvaard" if insider => {
            acts.push(act("verhuurd", ""));
            acts.push(act("geef-vrij", "moet"));
        }
        "ingetrokken" if own => acts.push(act("geef-vrij", "moet")),
        _ => {}
    }
    acts
}

async fn show_one(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id)): Path<(String, String)>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    one(&app, &region, &caller, &id, uri.path(), None).await
}

async fn one(
    app: &App,
    region: &Region,
    caller: &Caller,
    id: &str,
    path: &str,
    fault: Option<ProblemBody>,
) -> Result<Response, Problem> {
    let language = caller.language;
    let words = region.current.words(&app.texts, language);
    let found = history(app, region, caller, id).await?;
    let roles = roles(app, region, caller)?;
    let homes = region.current.model().homes.as_ref();
    let homes = homes.ok_or_else(|| Problem::not_found("woningen"))?;
    let happened: Vec<Json> = found
        .geschiedenis
        .iter()
        .rev()
        .map(|event| {
            let at = moment_text(app, language, &event.op);
            with(
                event,
                json!({ "op_tekst": at, "door": event.door, "motivering": event.motivering }),
            )
        })
        .collect();
    let content = context! {
        regio => Serde(named(region)),
        woning => Serde(row(app, &words, homes, &found.woning)),
        vragen => homes.facts.iter().map(|fact| fact.label.clone().unwrap_or_else(|| fact.name.clone())).collect::<Vec<_>>(),
        kan => Serde(possible(&words, &found.woning, roles)),
        geschiedenis => Serde(happened),
        fout => fault.as_ref().map(|fault| fault.detail.as_str()),
        ..frame(app, caller, path).await
    };
    let mut answer = app.pages.render("woning.html", language, content)?;
    if let Some(fault) = fault {
        *answer.status_mut() = StatusCode::from_u16(fault.status).unwrap_or_default();
    }
    Ok(answer)
}

/// The same problem as a message on a page, when it is about what was filled in; others get a page of their own.
fn told(
    app: &App,
    language: Language,
    path: &str,
    problem: Problem,
) -> Result<ProblemBody, Problem> {
    match problem.kind() {
        Kind::Refused | Kind::BadValue | Kind::TooLarge | Kind::Stale => {
            Ok(problem.body(&app.texts, language, path))
        }
        _ => Err(problem),
    }
}

async fn report(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let filled = form.iter().filter(|(_, text)| !text.trim().is_empty());
    let mut body = NewHomeBody {
        kenmerk: None,
        feiten: BTreeMap::new(),
    };
    for (name, text) in filled {
        match name.strip_prefix("feit.") {
            Some(fact) => {
                body.feiten
                    .insert(fact.to_owned(), Json::String(text.clone()));
            }
            None => body.kenmerk = Some(text.clone()),
        }
    }
    let here = format!("/{}/woningen", region.key);
    match report_one(&app, &region, &caller, body).await {
        Ok(_) => Ok(Redirect::to(&here).into_response()),
        Err(problem) => {
            let said = Said {
                fault: Some(told(&app, caller.language, &here, problem)?),
                filled: form,
            };
            list(&app, &region, &caller, Which::default(), &here, said).await
        }
    }
}

async fn import(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    mut parts: Multipart,
) -> Result<Response, Problem> {
    let (mut file, mut pasted) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let place = match part.name() {
            Some("bestand") => &mut file,
            Some("csv") => &mut pasted,
            _ => continue,
        };
        *place = part.bytes().await.map_err(unreadable)?.to_vec();
    }
    let bytes = if file.is_empty() { pasted } else { file };
    let here = format!("/{}/woningen", region.key);
    match import_csv(&app, &region, &caller, &bytes).await {
        Ok(done) => {
            let (new, corrected) = (done.nieuw.len(), done.verbeterd.len());
            let known = done.bekend.len();
            let to = format!("{here}?nieuw={new}&verbeterd={corrected}&bekend={known}");
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) => {
            let said = Said {
                fault: Some(told(&app, caller.language, &here, problem)?),
                ..Said::default()
            };
            list(&app, &region, &caller, Which::default(), &here, said).await
        }
    }
}

/// A form whose parts cannot be read: too large, or not made by a form.
fn unreadable(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(Kind::TooLarge).detail("fout-csv-groot");
    }
    Problem::new(Kind::BadBody).arg("fout", "multipart/form-data")
}

async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id)): Path<(String, String)>,
    caller: Caller,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let field = |name: &str| form.get(name).map(|text| text.trim().to_owned());
    let doe = match field("doe").as_deref() {
        Some("bied-aan") => HomeAct::BiedAan(field("zaak").unwrap_or_default()),
        Some("trek-in") => HomeAct::TrekIn,
        Some("verhuurd") => HomeAct::Verhuurd,
        Some("geef-vrij") => HomeAct::GeefVrij,
        _ => return Err(Problem::new(Kind::BadParameter).arg("fout", "`doe`")),
    };
    let body = HomeActBody {
        doe,
        motivering: field("motivering"),
        versie: field("versie").and_then(|text| text.parse().ok()),
    };
    let here = format!("/{}/woningen/{id}", region.key);
    match act_on_home(&app, &region, &caller, &id, body).await {
        Ok(_) => Ok(Redirect::to(&here).into_response()),
        Err(problem) => {
            let fault = told(&app, caller.language, &here, problem)?;
            one(&app, &region, &caller, &id, &here, Some(fault)).await
        }
    }
}
