//! The page of the spreading: where each party stands in a period, the placements behind it, and who is next and why.
//!
//! Input: the same views as the API. Output: HTML. Invariant: nothing stands on it that the API does not tell the same caller.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::response::Response;
use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, InRegion, Query};
use super::ledger::{LedgerQuery, LedgerView, ledger_views};
use super::pages::{day, frame, named, source_text, spreading_json, with};
use crate::problem::Problem;
use crate::words::{Source, Words};

/// Placements on the page.
const MOST: usize = 200;

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    InRegion(region): InRegion,
    caller: Caller,
    Query(query): Query<LedgerQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let words = region.current.words(&app.texts, caller.language);
    let views = ledger_views(&app, &region, &caller, &query, MOST).await?;
    let ledgers: Vec<Json> = views
        .iter()
        .map(|view| ledger_json(&app, &words, view))
        .collect();
    let chosen = query.op.clone().or_else(|| {
        let first = views.first()?;
        first.stand.van.clone()
    });
    let content = context! {
        regio => Serde(named(&region)),
        boeken => Serde(ledgers),
        op => chosen.unwrap_or_default(),
        gevraagd => query.op.clone().unwrap_or_default(),
        partij => query.partij.clone().unwrap_or_default(),
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("spreiding.html", caller.language, content)
}

fn ledger_json(app: &App, words: &Words<'_>, view: &LedgerView) -> Json {
    let language = words.language;
    let entries: Vec<Json> = view
        .boekingen
        .iter()
        .map(|entry| {
            with(
                entry,
                json!({
                    "dag_tekst": day(app, language, &entry.dag),
                    "toen": entry.toen,
                    "wijk": entry.wijk,
                    "motivering": entry.motivering,
                }),
            )
        })
        .collect();
    let released = view.stand.vrijgegeven_vanaf.as_deref();
    let clauses: Vec<Json> = clause_titles()
        .into_iter()
        .filter_map(|(name, title)| {
            let source: &Source = view.bronnen.get(name)?;
            Some(json!({
                "titel": words.say(title, &[]),
                "waarom": source_text(app, language, source),
                "citaat": source.citaat,
            }))
        })
        .collect();
    json!({
        "stand": spreading_json(app, words, &view.stand),
        "vrijgegeven_vanaf": released.map(|iso| day(app, language, iso)),
        "boekingen": entries,
        "meer": view.meer,
        "vorige": view.vorige,
        "volgende": view.volgende,
        "bronnen": clauses,
    })
}

/// The clauses in the order in which they count, with the message that names each.
fn clause_titles() -> [(&'static str, &'static str); 8] {
    [
        ("over", "pagina-clausule-over"),
        ("doel", "pagina-clausule-doel"),
        ("sleutel", "pagina-clausule-sleutel"),
        ("afronden", "pagina-clausule-afronden"),
        ("voorkeur", "pagina-clausule-voorkeur"),
        ("tekort", "pagina-clausule-tekort"),
        ("overschot", "pagina-clausule-overschot"),
        ("vrijgeven", "pagina-clausule-vrijgeven"),
    ]
}

/// A fraction with its whole part before it: `300/149` as `2 2/149`.
pub fn mixed(fraction: &str) -> String {
    let parts = fraction.split_once('/').and_then(|(over, under)| {
        let (over, under): (i128, i128) = (over.parse().ok()?, under.parse().ok()?);
        let whole = over.checked_div(under)?;
        let rest = over.checked_rem(under)?.checked_abs()?;
        (whole != 0 && rest != 0).then(|| format!("{whole} {rest}/{under}"))
    });
    parts.unwrap_or_else(|| fraction.to_owned())
}
