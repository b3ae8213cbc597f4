//! The page of a region's people: who does what for which party, who is away, and what nobody fills.
//!
//! Input: the directory. Output: HTML. Invariants: no mail address stands on it; names are for whoever chose an account of the region.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::response::Response;
use convenant_engine::civil_date;
use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion};
use super::pages::{day, frame, named, with};
use super::people::{directory, vacancy_views};
use crate::directory::Directory;
use crate::problem::Problem;
use crate::text::Language;

/// The page.
pub async fn people(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let directory = directory(&app, &region).await?;
    let language = caller.language;
    let today = civil_date(app.clock.now());
    let knows_names = caller.account_in(&region).is_ok();
    let order = region.current.model().parties.iter();
    let order: Vec<&str> = order.map(|p| p.name.as_str()).collect();
    let vacancies: Vec<Json> = vacancy_views(&app, &region, &directory)
        .iter()
        .map(|view| {
            let last = view.tot_en_met.as_deref().map(|d| day(&app, language, d));
            let when = stretch(&app, language, &day(&app, language, &view.van), last);
            let why = match view.reden {
                "afwezig" => "pagina-vacature-afwezig",
                _ => "pagina-vacature-niemand",
            };
            let why = app.texts.get(language, why, &[]);
            with(view, json!({ "wanneer": when, "waarom": why }))
        })
        .collect();
    let content = context! {
        regio => Serde(named(&region)),
        vacatures => Serde(vacancies),
        partijen => Serde(knows_names.then(|| parties(&directory, &order, today))),
        afwezig => Serde(knows_names.then(|| absences(&app, language, &directory, today))),
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("mensen.html", language, content)
}

fn stretch(app: &App, language: Language, from: &str, through: Option<String>) -> String {
    match through {
        Some(last) => {
            let args = [("van", from.into()), ("tot", last.into())];
            app.texts.get(language, "pagina-van-tot", &args)
        }
        None => app
            .texts
            .get(language, "pagina-vanaf", &[("van", from.into())]),
    }
}

/// The parties in the order of the file, each with its roles and who has them.
fn parties(directory: &Directory, order: &[&str], today: Date) -> Vec<Json> {
    let mut roles: BTreeMap<(usize, &str, &str), Vec<Json>> = BTreeMap::new();
    for (person, held) in directory.holding(|_| true) {
        let at = order.iter().position(|name| *name == held.party);
        let key = (at.unwrap_or(order.len()), &*held.party, &*held.role);
        roles.entry(key).or_default().push(json!({
            "naam": person.name,
            "weg": person.absent_on(today).is_some(),
        }));
    }
    let rows = roles.into_iter().map(
        |((_, party, role), people)| json!({ "partij": party, "rol": role, "mensen": people }),
    );
    rows.collect()
}

/// The absences that are not over, by first day.
fn absences(app: &App, language: Language, directory: &Directory, today: Date) -> Vec<Json> {
    let mut found = Vec::new();
    for person in directory.people.values() {
        for absence in person.absences.iter().filter(|a| a.through >= today) {
            let by = absence.replacement.as_deref();
            let by = by.and_then(|id| directory.get(id)).map(|p| p.name.as_str());
            let last = app.texts.date(language, absence.through);
            let from = app.texts.date(language, absence.from);
            let row = json!({
                "naam": person.name,
                "wanneer": stretch(app, language, &from, Some(last)),
                "vervanger": by,
            });
            found.push(((absence.from, person.id.as_str()), row));
        }
    }
    found.sort_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, row)| row).collect()
}
