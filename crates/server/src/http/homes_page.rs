//! The page of a region's homes: the list, a form to report one, a CSV to paste, and what can be done with each.
//!
//! Input: the same views as the API. Output: HTML. Invariants: a form does what the API does, through the same functions; a button stands there
//! only for who may use it in the home's state.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use convenant_lang::model::{Fact, Homes, Type};
use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion};
use super::forms::fact_field;
use super::homes::{
    HomeAct, HomeActBody, HomeQuery, HomeView, NewHomeBody, act_on_home, import_csv, page,
    report_one, roles,
};
use super::pages::{day, frame, named, with};
use crate::problem::{Kind, Problem};
use crate::regions::Region;
use crate::words::Words;

/// The routes of this page.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{regio}/woningen", get(show).post(report))
        .route("/{regio}/woningen/{id}/doe", post(act))
}

/// The form that takes a file: its body may be larger.
pub fn import_route() -> Router<Arc<App>> {
    Router::new().route("/{regio}/woningen/csv", post(import))
}

fn back(region: &Region) -> Redirect {
    Redirect::to(&format!("/{}/woningen", region.key))
}

async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    super::caller::Query(query): super::caller::Query<HomeQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let model = region.current.model();
    let homes = model.homes.as_ref();
    let homes = homes.ok_or_else(|| Problem::not_found("woningen"))?;
    let language = caller.language;
    let words = region.current.words(&app.texts, language);
    let known = caller.account_in(&region).is_ok();
    let mut list = Vec::new();
    let (mut more, mut reports) = (None, false);
    if known {
        let (may_report, matches) = roles(&app, &region, &caller)?;
        reports = may_report;
        let found = page(&app, &region, &caller, &query).await?;
        more = found.volgende;
        for view in &found.woningen {
            list.push(row(&app, &words, homes, view, reports, matches));
        }
    }
    let fields: Vec<Json> = homes.facts.iter().map(|f| fact_field(&words, f)).collect();
    let content = context! {
        regio => Serde(named(&region)),
        kiest => known,
        meldt => reports,
        woningen => Serde(list),
        volgende => more,
        velden => Serde(fields),
        kop => columns(homes),
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("woningen.html", language, content)
}

/// The header of a file with every fact.
fn columns(homes: &Homes) -> String {
    let names = homes.facts.iter().map(|fact| fact.name.as_str());
    let all: Vec<&str> = std::iter::once(crate::homes::csv::REFERENCE)
        .chain(names)
        .collect();
    all.join(";")
}

/// A home with what the caller can do with it now.
fn row(
    app: &App,
    words: &Words<'_>,
    homes: &Homes,
    view: &HomeView,
    reports: bool,
    matches: bool,
) -> Json {
    let own = view.eigen && reports;
    let can = |id: &str, motivation: bool, case: bool| json!({ "doe": id, "titel": words.say(&format!("woning-doe-{id}"), &[]), "motivering": motivation, "zaak": case });
    let mut acts = Vec::new();
    match view.staat {
        "vrij" => {
            if own || matches {
                acts.push(can("bied-aan", true, true));
            }
            if own {
                acts.push(can("trek-in", true, false));
            }
        }
        "aanvaard" if own || matches => {
            acts.push(can("verhuurd", false, false));
            acts.push(can("geef-vrij", true, false));
        }
        "ingetrokken" if own => acts.push(can("geef-vrij", true, false)),
        _ => {}
    }
    let facts: Vec<String> = homes
        .facts
        .iter()
        .filter_map(|fact: &Fact| {
            let said = match view.feiten.get(&fact.name)? {
                Json::Bool(yes) => words.yes(*yes),
                Json::String(text) if fact.kind == Type::Date => day(app, words.language, text),
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(format!("{}: {said}", fact.name))
        })
        .collect();
    with(
        view,
        json!({ "kenmerk": view.kenmerk, "zaak": view.zaak, "kan": acts, "staat_tekst": words.say(&format!("woning-staat-{}", view.staat), &[]), "tekst": facts }),
    )
}

async fn report(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Problem> {
    let filled = form.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let mut body = NewHomeBody {
        kenmerk: None,
        feiten: BTreeMap::new(),
    };
    for (name, text) in filled {
        match name.strip_prefix("feit.") {
            Some(fact) => {
                body.feiten.insert(fact.to_owned(), Json::String(text));
            }
            None => body.kenmerk = Some(text),
        }
    }
    report_one(&app, &region, &caller, body).await?;
    Ok(back(&region))
}

async fn import(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Form(mut form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Problem> {
    let text = form.remove("csv").unwrap_or_default();
    import_csv(&app, &region, &caller, text.as_bytes()).await?;
    Ok(back(&region))
}

async fn act(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    Path((_, id)): Path<(String, String)>,
    caller: Caller,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Problem> {
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
    act_on_home(&app, &region, &caller, &id, body).await?;
    Ok(back(&region))
}
