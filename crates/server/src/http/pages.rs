//! Plain pages: the regions, a region, its cases, a case, the text of the convenant; and the few forms on them.
//!
//! Input: the same views as the API. Output: HTML in Dutch or English, with our own style sheet, without script.
//! Invariants: every text of ours comes from the message files; what stands in a page is escaped; a form is answered by a redirect.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use convenant_engine::{Moment, civil_date, civil_time};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{Caller, CaseNumber, InRegion, Query};
use super::deadlines::{DeadlineQuery, due};
use super::failures::store_problem;
use super::forms::possible_json;
use super::history::{EventView, told};
use super::ledger::spreading_views;
use super::life::life_view;
use super::regions::region_view;
use super::views::DeadlineView;
use super::why::explanation;
use super::work::{self, CaseQuery, case_view, find_case};
use super::{homes_page, ledger_page};
use crate::problem::Problem;
use crate::regions::Region;
use crate::text::Language;
use crate::words::{Source, Words};

/// Deadlines on the page of a region.
const MOST_DUE: u32 = 25;

/// Deadlines that have passed on the page of a region.
const MOST_LATE: u32 = 100;

/// Messages on the page of a region.
const MOST_MESSAGES: u32 = 10;

/// The routes of the pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(start))
        .route("/convenant.css", get(style))
        .route("/health/live", get(super::health::live))
        .route("/health/ready", get(super::health::ready))
        .route("/{regio}", get(region))
        .route("/{regio}/convenant", get(source))
        .route("/{regio}/spreiding", get(super::ledger_page::show))
        .route("/{regio}/mensen", get(super::people_page::people))
        .route("/{regio}/zaken", get(cases))
        .route("/{regio}/zaken/{nummer}", get(case))
}

async fn style() -> Response {
    let css = include_str!("../../pages/convenant.css");
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "max-age=300"),
        ],
        css,
    )
        .into_response()
}

/// What every page shows: language, accounts, clock, unread messages.
pub async fn frame(app: &App, caller: &Caller, path: &str) -> minijinja::Value {
    let unread = unread(app, caller).await;
    let mut groups: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for account in app.accounts.iter() {
        let entry = json!({ "id": account.id, "naam": account.name });
        groups.entry(&account.region).or_default().push(entry);
    }
    let accounts: Vec<Json> = groups
        .into_iter()
        .map(|(regio, accounts)| json!({ "regio": regio, "accounts": accounts }))
        .collect();
    let now = app.clock.now();
    let clock = app.clock.is_demo().then(|| {
        let date = civil_date(now);
        let day = format!("dag-{}", date.weekday().to_monday_one_offset());
        let day = app.texts.get(caller.language, &day, &[]);
        json!({
            "iso": super::views::moment(now),
            "tekst": format!("{day} {}", when(app, caller.language, now)),
        })
    });
    context! {
        taal => caller.language.tag(),
        pad => path,
        accounts => Serde(accounts),
        account => caller.account.as_ref().map_or("", |a| a.id.as_str()),
        klok => Serde(clock),
        post => Serde(unread),
    }
}

/// Where the messages of the account are, and how many of them were not read.
async fn unread(app: &App, caller: &Caller) -> Option<Json> {
    let account = caller.account.as_ref()?;
    let region = app
        .cases
        .regions()
        .iter()
        .find(|r| r.name() == account.region)?;
    let store = app.cases.store();
    // A page without the count is better than no page.
    let count = store
        .unread(&region.key, &account.person)
        .await
        .ok()?
        .unread;
    Some(json!({ "regio": region.key.as_str(), "aantal": count }))
}

/// `4 maart 2019 09:00`, in civil time.
fn when(app: &App, language: Language, at: Moment) -> String {
    let wall = civil_time(at);
    let day = app.texts.date(language, wall.date());
    format!("{day} {}", wall.strftime("%H:%M"))
}

/// A day in ISO for a reader; empty when it is none.
pub fn day(app: &App, language: Language, iso: &str) -> String {
    match iso.get(..10).and_then(|day| day.parse().ok()) {
        Some(date) => app.texts.date(language, date),
        None => String::new(),
    }
}

/// A moment as RFC 3339 for a reader.
pub fn moment_text(app: &App, language: Language, text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(stamp) => when(app, language, Moment(stamp.as_millisecond())),
        Err(_) => text.to_owned(),
    }
}

/// The source of a clause in a few words.
pub fn source_text(app: &App, language: Language, source: &Source) -> String {
    match &source.artikel {
        Some(article) => app.texts.get(
            language,
            "bron-artikel",
            &[("artikel", article.as_str().into())],
        ),
        None if source.aanname => app.texts.get(language, "bron-aanname", &[]),
        None => app.texts.get(language, "bron-geen", &[]),
    }
}

/// A view with more members beside it.
pub fn with<T: Serialize>(view: &T, more: Json) -> Json {
    let mut json = serde_json::to_value(view).unwrap_or_default();
    if let (Some(map), Json::Object(more)) = (json.as_object_mut(), more) {
        map.extend(more);
    }
    json
}

async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let mut regions = Vec::new();
    for found in app.cases.regions().iter() {
        regions.push(region_json(&app, &caller, found).await?);
    }
    let content = context! { regios => Serde(regions), ..frame(&app, &caller, uri.path()).await };
    app.pages.render("begin.html", caller.language, content)
}

async fn region_json(app: &App, caller: &Caller, found: &Region) -> Result<Json, Problem> {
    let view = region_view(app, found).await?;
    let text = |iso: &Option<String>| iso.as_deref().map(|i| day(app, caller.language, i));
    let term = match (text(&view.van), text(&view.tot)) {
        _ if found.life().ended => {
            let end = text(&view.tot).unwrap_or_default();
            app.texts.get(
                caller.language,
                "pagina-afgelopen",
                &[("datum", end.into())],
            )
        }
        (Some(from), Some(until)) => app.texts.get(
            caller.language,
            "pagina-van-kracht-tot",
            &[("van", from.into()), ("tot", until.into())],
        ),
        (Some(from), None) => app.texts.get(
            caller.language,
            "pagina-van-kracht",
            &[("datum", from.into())],
        ),
        (None, _) => app
            .texts
            .get(caller.language, "pagina-niet-van-kracht", &[]),
    };
    Ok(with(&view, json!({ "looptijd": term })))
}

fn deadline_json(app: &App, language: Language, view: &DeadlineView) -> Json {
    let who = if view.voor.is_empty() {
        view.partijen
            .values()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    } else {
        view.voor.join(", ")
    };
    with(
        view,
        json!({
            "dag": day(app, language, &view.uiterlijk),
            "wie": who,
            "waarom": source_text(app, language, &view.bron),
            "lengte": view.lengte,
        }),
    )
}

async fn region(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let language = caller.language;
    let words = found.current.words(&app.texts, language);
    let today = civil_date(app.clock.now());
    let coming = DeadlineQuery {
        van: Some(today.to_string()),
        aantal: Some(MOST_DUE),
        ..DeadlineQuery::default()
    };
    let deadlines = due(&app, &found, language, &coming).await?;
    let passed = DeadlineQuery {
        tot: today.yesterday().ok().map(|d| d.to_string()),
        aantal: Some(MOST_LATE),
        ..DeadlineQuery::default()
    };
    let late = due(&app, &found, language, &passed).await?;
    let spreading: Vec<Json> = spreading_views(&app, &found, &caller)?
        .iter()
        .map(|view| spreading_json(&app, &words, view))
        .collect();
    let life = life_view(&app, &found, &caller);
    let duties: Vec<Json> = life
        .verplichtingen
        .iter()
        .map(|o| with(o, json!({ "dag": day(&app, language, &o.uiterlijk) })))
        .collect();
    let schemes: Vec<Json> = words
        .model
        .schemes
        .iter()
        .map(|s| json!({ "naam": s.name, "titel": s.title }))
        .collect();
    let content = context! {
        regio => Serde(region_json(&app, &caller, &found).await?),
        aannames => assumptions(&found.current.source),
        termijnen => Serde(deadlines.iter().map(|d| deadline_json(&app, language, d)).collect::<Vec<_>>()),
        te_laat => Serde(late.iter().map(|d| deadline_json(&app, language, d)).collect::<Vec<_>>()),
        spreiding => Serde(spreading),
        stappen => Serde(steps(&app, &found, &words).await?),
        leven => Serde(json!({ "verplichtingen": duties })),
        regelingen => Serde(schemes),
        mag_openen => caller.account_in(&found).is_ok(),
        meldingen => Serde(messages(&app, &found, &caller).await?),
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("regio.html", language, content)
}

/// How many clauses of the text are marked as an assumption.
fn assumptions(source: &str) -> i64 {
    let lines = source.lines().filter(|line| {
        let code = line.split('#').next().unwrap_or_default();
        !line.trim_start().starts_with('>')
            && code
                .split_whitespace()
                .any(|word| word.trim_matches(['{', '}']) == "aanname")
    });
    i64::try_from(lines.count()).unwrap_or(i64::MAX)
}

/// The spreading of a scheme for a page.
pub fn spreading_json(app: &App, words: &Words<'_>, view: &super::views::SpreadingView) -> Json {
    let language = words.language;
    let title = words
        .model
        .scheme_named(&view.regeling)
        .and_then(|id| words.scheme(id))
        .map_or_else(|| view.regeling.clone(), |s| s.title.clone());
    let period = view
        .van
        .as_deref()
        .zip(view.tot.as_deref())
        .map(|(from, until)| {
            let (from, until) = (day(app, language, from), day(app, language, until));
            words.say(
                "pagina-spreiding-van",
                &[("van", from.into()), ("tot", until.into())],
            )
        });
    let order: Vec<Json> = view
        .volgorde
        .iter()
        .map(|c| with(c, json!({ "waarom": source_text(app, language, &c.bron) })))
        .collect();
    let parties: Vec<Json> = view
        .partijen
        .iter()
        .map(|p| {
            with(
                p,
                json!({ "doel": p.doel, "achter": p.achter, "exact_tekst": ledger_page::mixed(&p.exact) }),
            )
        })
        .collect();
    with(
        view,
        json!({
            "titel": title,
            "periode": period,
            "totaal": view.totaal,
            "aan_de_beurt": view.aan_de_beurt,
            "partijen": parties,
            "volgorde": order,
            "waarom": source_text(app, language, &view.bron),
        }),
    )
}

/// Running cases per step, in the order of the file.
async fn steps(app: &App, found: &Region, words: &Words<'_>) -> Result<Vec<Json>, Problem> {
    let counts = app
        .cases
        .store()
        .counts(&found.key)
        .await
        .map_err(store_problem)?;
    let mut rows = Vec::new();
    for (scheme_id, scheme) in (0u16..)
        .map(convenant_lang::model::SchemeId)
        .zip(&words.model.schemes)
    {
        let steps = (0u16..)
            .map(convenant_lang::model::StepId)
            .zip(&scheme.handover.steps);
        for (step_id, step) in steps {
            let count = counts
                .by_step
                .iter()
                .find(|(s, t, _)| *s == scheme_id && *t == step_id)
                .map_or(0, |(_, _, n)| *n);
            rows.push(json!({
                "regeling": scheme.name,
                "naam": step.name,
                "titel": step.title,
                "wie": words.whos(&step.actors),
                "aantal": count,
            }));
        }
    }
    Ok(rows)
}

/// The latest messages of the caller; none without an account of this region.
async fn messages(
    app: &App,
    found: &Region,
    caller: &Caller,
) -> Result<Option<Vec<Json>>, Problem> {
    let Ok(account) = caller.account_in(found) else {
        return Ok(None);
    };
    let filter = convenant_store::MessageFilter {
        person: Some(account.person.clone()),
        ..Default::default()
    };
    let rows = app
        .cases
        .store()
        .messages(&found.key, &filter, None, MOST_MESSAGES)
        .await;
    let rows = rows.map_err(store_problem)?.into_iter().map(|row| {
        json!({
            "wanneer": when(app, caller.language, row.message.at),
            "rol": row.message.role,
            "onderwerp": row.message.subject,
            "tekst": row.message.body,
        })
    });
    Ok(Some(rows.collect()))
}

/// What a page needs to name a region.
pub fn named(found: &Region) -> Json {
    json!({ "key": found.key.as_str(), "naam": found.name() })
}

async fn source(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let lines: Vec<String> = found.current.source.lines().map(str::to_owned).collect();
    let content = context! {
        regio => Serde(named(&found)),
        titel => found.current.model().header.title.clone(),
        regels => lines,
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("bron.html", caller.language, content)
}

async fn cases(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    Query(query): Query<CaseQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let page = work::page(&app, &found, &caller, &query).await?;
    let language = caller.language;
    let rows: Vec<Json> = page
        .zaken
        .iter()
        .map(|z| {
            let first = z.eerstvolgende.as_deref();
            with(
                z,
                json!({
                    "sinds_dag": day(&app, language, &z.sinds),
                    "uiterlijk_dag": first.map(|d| day(&app, language, d)).unwrap_or_default(),
                    "wie": z.partijen.values().cloned().collect::<Vec<_>>().join(", "),
                }),
            )
        })
        .collect();
    let next = page.volgende.map(|number| {
        let rest: Vec<&str> = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("na="))
            .collect();
        let joined = rest.join("&");
        let and = if joined.is_empty() { "" } else { "&" };
        format!("/{}/zaken?{joined}{and}na={number}", found.key)
    });
    let content = context! {
        regio => Serde(named(&found)),
        zaken => Serde(rows),
        volgende => next,
        ..frame(&app, &caller, uri.path()).await
    };
    app.pages.render("zaken.html", language, content)
}

async fn case(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let done = uri
        .query()
        .is_some_and(|q| q.split('&').any(|p| p == "gedaan"));
    case_page(&app, &found, &number, &caller, done, None).await
}

/// The page of a case.
pub async fn case_page(
    app: &App,
    found: &Region,
    number: &str,
    caller: &Caller,
    done: bool,
    fault: Option<String>,
) -> Result<Response, Problem> {
    let language = caller.language;
    let loaded = find_case(app, found, number).await?;
    let words = loaded.version.words(&app.texts, language);
    let view = case_view(app, found, caller, &loaded);
    let history = history_json(app, language, &told(app, caller, found, &loaded).await?);
    let summary = &view.samenvatting;
    let place = with(
        &summary.plaats,
        json!({ "geslaagd": summary.plaats.geslaagd }),
    );
    let stopped = summary
        .opgeschort_tot
        .as_deref()
        .map(|d| day(app, language, d));
    let header = json!({
        "sinds_dag": day(app, language, &summary.sinds),
        "geopend_dag": day(app, language, &summary.geopend),
        "opgeschort_tot_dag": stopped,
        "gewist_dag": summary.gewist.as_deref().map(|d| day(app, language, d)),
        "plaats": place,
    });
    let explained =
        explanation(app, found, caller, &loaded).map(|e| explanation_json(app, language, &e));
    let content = context! {
        regio => Serde(named(found)),
        zaak => Serde(with(summary, header)),
        termijnen => Serde(view.termijnen.iter().map(|d| deadline_json(app, language, d)).collect::<Vec<_>>()),
        mogelijk => Serde(view.nu_mogelijk.iter().map(|p| possible_json(app, &words, caller, p)).collect::<Vec<_>>()),
        geschiedenis => Serde(history),
        gegevens => Serde(view.gegevens.iter().map(|f| with(f, json!({ "tekst": f.tekst }))).collect::<Vec<_>>()),
        uitleg => Serde(explained),
        woning => Serde(homes_page::of_case(app, found, caller, &loaded).await?),
        gedaan => done,
        fout => fault,
        ..frame(app, caller, &format!("/{}/zaken/{number}", found.key)).await
    };
    app.pages.render("zaak.html", language, content)
}

/// The history, the latest first; what one person did at one moment stands together.
fn history_json(app: &App, language: Language, events: &[EventView]) -> Vec<Json> {
    let together = events.chunk_by(|a, b| (&a.op, &a.door) == (&b.op, &b.door));
    let mut groups: Vec<Json> = together
        .map(|group| {
            let first = group.first();
            let lines: Vec<Json> = group
                .iter()
                .map(|e| json!({ "tekst": e.tekst, "motivering": e.motivering, "laat": e.soort == "te-laat" }))
                .collect();
            json!({
                "wanneer": first.map(|e| moment_text(app, language, &e.op)),
                "door": first.map(|e| e.door.as_str()),
                "gebeurtenissen": lines,
            })
        })
        .collect();
    groups.reverse();
    groups
}

fn explanation_json(app: &App, language: Language, view: &super::views::ExplanationView) -> Json {
    let outcome = match view.uitkomst {
        "voldoet" => "voldoet",
        "voldoet niet" => "voldoet-niet",
        _ => "onbekend",
    };
    let clauses: Vec<Json> = view
        .clausules
        .iter()
        .map(|c| {
            let value = match c.waarde {
                "ja" => "ja",
                "nee" => "nee",
                "verborgen" => "pagina-verborgen",
                _ => "pagina-nog-onbekend",
            };
            with(
                c,
                json!({
                    "tekst": c.tekst.clone().unwrap_or_else(|| c.naam.clone()),
                    "waarom": source_text(app, language, &c.bron),
                    "waarde": app.texts.get(language, value, &[]),
                }),
            )
        })
        .collect();
    let text = app.texts.get(language, outcome, &[]);
    with(
        view,
        json!({ "uitkomst_tekst": text, "clausules": clauses }),
    )
}
