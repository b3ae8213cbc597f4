//! Plain pages: the regions, a region, its cases, a case, the text of the convenant; and the few forms on them.
//!
//! Input: the same views as the API. Output: HTML in Dutch or English, with our own style sheet, without script.
//! Invariants: every text of ours comes from the message files; what stands in a page is escaped; a form is answered by a redirect.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use convenant_engine::{Moment, civil_date};
use convenant_lang::model::Type;
use fluent_bundle::FluentValue;
use minijinja::value::{Kwargs, Serde};
use minijinja::{AutoEscape, Environment, State as TemplateState, UndefinedBehavior, context};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{ACCOUNT_COOKIE, Caller, CaseNumber, InRegion, LANGUAGE_COOKIE, Query};
use super::regions::{life_view, region_view, spreading_views};
use super::views::{DeadlineView, PossibleView};
use super::work::{
    self, CaseQuery, CommandBody, DeadlineQuery, OpenBody, act_on, case_view, due, explanation,
    find_case, open_case, store_problem, told,
};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::regions::Region;
use crate::text::{Language, Texts};
use crate::value;
use crate::words::{Source, Words};

/// The templates.
const TEMPLATES: [(&str, &str); 8] = [
    ("basis.html", include_str!("../../pages/basis.html")),
    ("begin.html", include_str!("../../pages/begin.html")),
    ("regio.html", include_str!("../../pages/regio.html")),
    ("termijnen.html", include_str!("../../pages/termijnen.html")),
    ("zaken.html", include_str!("../../pages/zaken.html")),
    ("zaak.html", include_str!("../../pages/zaak.html")),
    ("bron.html", include_str!("../../pages/bron.html")),
    ("probleem.html", include_str!("../../pages/probleem.html")),
];

/// Deadlines on the page of a region.
const MOST_DUE: u32 = 25;

/// Messages on the page of a region.
const MOST_MESSAGES: u32 = 10;

/// The compiled templates.
pub struct Pages {
    environment: Environment<'static>,
}

impl Pages {
    /// Compiles the templates. One that does not compile is missing; a test holds that none is.
    pub fn new(texts: Arc<Texts>) -> Pages {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(false);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_function(
            "t",
            move |state: &TemplateState<'_, '_>, id: &str, kwargs: Kwargs| {
                say(&texts, state, id, &kwargs)
            },
        );
        for (name, text) in TEMPLATES {
            if let Err(error) = environment.add_template(name, text) {
                tracing::error!(%error, name, "a page does not compile");
            }
        }
        Pages { environment }
    }

    fn render(
        &self,
        name: &str,
        language: Language,
        content: minijinja::Value,
    ) -> Result<Response, Problem> {
        let template = self
            .environment
            .get_template(name)
            .map_err(Problem::internal)?;
        // Only what and where: the longer form holds the values, which may be personal.
        let page = template.render(content).map_err(|e| {
            Problem::internal(format!("{name}:{}: {}", e.line().unwrap_or(0), e.kind()))
        })?;
        let mut response = Html(page).into_response();
        response
            .headers_mut()
            .insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        Ok(response)
    }

    /// A problem as a page.
    pub fn problem(&self, problem: &ProblemBody, language: Language) -> Response {
        let content = context! {
            taal => language.tag(), pad => "/", accounts => (), account => "", klok => (),
            probleem => Serde(problem),
        };
        match self.render("probleem.html", language, content) {
            Ok(page) => page,
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

fn say(
    texts: &Texts,
    state: &TemplateState<'_, '_>,
    id: &str,
    kwargs: &Kwargs,
) -> Result<String, minijinja::Error> {
    let language = state
        .lookup("taal")
        .and_then(|v| v.as_str().and_then(Language::from_tag))
        .unwrap_or_default();
    let mut args: Vec<(&str, FluentValue<'_>)> = Vec::new();
    for key in kwargs.args() {
        let value: minijinja::Value = kwargs.get(key)?;
        let value = match i64::try_from(value.clone()) {
            Ok(number) => FluentValue::from(number),
            Err(_) => FluentValue::from(value.to_string()),
        };
        args.push((key, value));
    }
    Ok(texts.get(language, id, &args))
}

/// The routes of the pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(start))
        .route("/convenant.css", get(style))
        .route("/account", post(choose_account))
        .route("/taal", post(choose_language))
        .route("/klok", post(move_clock))
        .route("/health/live", get(super::health::live))
        .route("/health/ready", get(super::health::ready))
        .route("/{regio}", get(region))
        .route("/{regio}/convenant", get(source))
        .route("/{regio}/zaken", get(cases).post(open))
        .route("/{regio}/zaken/{nummer}", get(case))
        .route("/{regio}/zaken/{nummer}/doe", post(act))
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

/// What every page shows: language, accounts, clock.
fn frame(app: &App, caller: &Caller, path: &str) -> minijinja::Value {
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
    }
}

/// `4 maart 2019 09:00`, in civil time.
fn when(app: &App, language: Language, at: Moment) -> String {
    let zone = jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap_or(jiff::tz::TimeZone::UTC);
    let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let wall = zone.to_datetime(stamp);
    format!(
        "{} {}",
        date_text(app, language, wall.date()),
        wall.strftime("%H:%M")
    )
}

fn date_text(app: &App, language: Language, date: jiff::civil::Date) -> String {
    let month = app
        .texts
        .get(language, &format!("maand-{}", date.month()), &[]);
    format!("{} {month} {}", date.day(), date.year())
}

fn day(app: &App, language: Language, iso: &str) -> String {
    match iso.get(..10).and_then(|day| day.parse().ok()) {
        Some(date) => date_text(app, language, date),
        None => String::new(),
    }
}

/// A moment as RFC 3339 for a reader.
fn moment_text(app: &App, language: Language, text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(stamp) => when(app, language, Moment(stamp.as_millisecond())),
        Err(_) => text.to_owned(),
    }
}

fn source_text(app: &App, language: Language, source: &Source) -> String {
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
fn with<T: Serialize>(view: &T, more: Json) -> Json {
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
    let content = context! { regios => Serde(regions), ..frame(&app, &caller, uri.path()) };
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
    let query = DeadlineQuery {
        aantal: Some(MOST_DUE),
        ..DeadlineQuery::default()
    };
    let deadlines = due(&app, &found, language, &query).await?;
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
        spreiding => Serde(spreading),
        stappen => Serde(steps(&app, &found, &words).await?),
        leven => Serde(json!({ "verplichtingen": duties })),
        regelingen => Serde(schemes),
        mag_openen => caller.account_in(&found).is_ok(),
        meldingen => Serde(messages(&app, &found, &caller).await?),
        ..frame(&app, &caller, uri.path())
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

fn spreading_json(app: &App, words: &Words<'_>, view: &super::views::SpreadingView) -> Json {
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
        .map(|p| with(p, json!({ "doel": p.doel, "achter": p.achter })))
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

/// The latest messages of the caller's party; none without an account of this region.
async fn messages(
    app: &App,
    found: &Region,
    caller: &Caller,
) -> Result<Option<Vec<Json>>, Problem> {
    let Ok(account) = caller.account_in(found) else {
        return Ok(None);
    };
    let filter = convenant_store::InboxFilter {
        party: Some(account.party),
        ..Default::default()
    };
    let rows = app
        .cases
        .store()
        .inbox(&found.key, &filter, None, MOST_MESSAGES)
        .await;
    let rows = rows.map_err(store_problem)?.into_iter().map(|row| {
        json!({
            "wanneer": when(app, caller.language, row.at),
            "rol": row.message.role,
            "onderwerp": row.message.subject,
            "tekst": row.message.text,
        })
    });
    Ok(Some(rows.collect()))
}

fn named(found: &Region) -> Json {
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
        ..frame(&app, &caller, uri.path())
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
        ..frame(&app, &caller, uri.path())
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

async fn case_page(
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
    let explained = explanation(app, caller, &loaded).map(|e| explanation_json(app, language, &e));
    let content = context! {
        regio => Serde(named(found)),
        zaak => Serde(with(summary, header)),
        termijnen => Serde(view.termijnen.iter().map(|d| deadline_json(app, language, d)).collect::<Vec<_>>()),
        mogelijk => Serde(view.nu_mogelijk.iter().map(|p| possible_json(app, &words, caller, p)).collect::<Vec<_>>()),
        geschiedenis => Serde(history),
        gegevens => Serde(view.gegevens.iter().map(|f| with(f, json!({ "tekst": f.tekst }))).collect::<Vec<_>>()),
        uitleg => Serde(explained),
        gedaan => done,
        fout => fault,
        ..frame(app, caller, &format!("/{}/zaken/{number}", found.key))
    };
    app.pages.render("zaak.html", language, content)
}

/// The history, the latest first; what one person did at one moment stands together.
fn history_json(app: &App, language: Language, events: &[super::work::EventView]) -> Vec<Json> {
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

/// An act with the fields of its form. The name of a field is the path in the act that it fills.
fn possible_json(app: &App, words: &Words<'_>, caller: &Caller, view: &PossibleView) -> Json {
    let yours = caller.account.as_ref().is_some_and(|account| {
        view.door.contains(&account.role_name) || view.partijen.contains(&account.party_name)
    });
    let say = |id: &str| words.say(id, &[]);
    let mut fields: Vec<Json> = view
        .feiten
        .iter()
        .filter_map(|name| words.model.fact_named(name).and_then(|id| words.fact(id)))
        .map(|fact| fact_field(words, fact))
        .collect();
    let options: Vec<Json> = view
        .keuzes
        .iter()
        .map(|k| json!({ "naam": k.naam, "titel": k.titel }))
        .collect();
    let act = view
        .doe
        .as_object()
        .and_then(|o| o.keys().next())
        .map(String::as_str)
        .unwrap_or_default();
    let field = |name: &str, label: String, choices: &[Json], long: bool| json!({ "naam": name, "label": label, "keuzes": choices, "lang": long, "hulp": Json::Null });
    let mut motivation = false;
    match act {
        "besluit" | "besluit-bezwaar" => {
            if !options.is_empty() {
                fields.push(field("uitkomst", view.titel.clone(), &options, false));
                motivation = true;
            }
        }
        "antwoord" => fields.push(field("antwoord", view.titel.clone(), &options, false)),
        "bewijs" => fields.push(field("afgegeven", say("verwacht-datum"), &[], false)),
        "oordeel" => {
            let yes_no = [
                json!({"naam": "ja", "titel": say("ja")}),
                json!({"naam": "nee", "titel": say("nee")}),
            ];
            fields.push(field("uitkomst", view.titel.clone(), &yes_no, false));
            motivation = true;
        }
        "toewijzen" => {
            fields.push(field(
                "partij",
                say("pagina-partij"),
                &party_options(words, view),
                false,
            ));
            motivation = true;
        }
        "handeling" | "altijd" | "mislukt" | "bezwaar" | "verleng-bezwaar" => motivation = true,
        _ => {}
    }
    if motivation {
        fields.push(field("motivering", say("pagina-motivering"), &[], true));
    }
    let who = words.all_of(view.door.iter().cloned());
    let who = if view.partijen.is_empty() || view.partijen.len() > 4 {
        who
    } else {
        format!("{who} ({})", view.partijen.join(", "))
    };
    let meta = &view.bron;
    with(
        view,
        json!({
            "wie": who,
            "van_u": yours,
            "daad": view.doe.to_string(),
            "invoer": fields,
            "uitleg": view.uitleg,
            "waarom": source_text(app, words.language, meta),
        }),
    )
}

fn fact_field(words: &Words<'_>, fact: &convenant_lang::model::Fact) -> Json {
    let options: Vec<Json> = match &fact.kind {
        Type::Bool => vec!["ja".to_owned(), "nee".to_owned()],
        Type::Choice(options) => options.clone(),
        Type::Party(kind) => words
            .model
            .parties
            .iter()
            .filter(|p| kind.is_none_or(|k| k == p.kind))
            .map(|p| p.name.clone())
            .collect(),
        _ => Vec::new(),
    }
    .into_iter()
    .map(|name| json!({ "naam": name, "titel": name }))
    .collect();
    let mut choices = options;
    if !choices.is_empty() {
        choices.insert(
            0,
            json!({ "naam": "", "titel": words.say("pagina-nog-onbekend", &[]) }),
        );
    }
    json!({
        "naam": format!("feit.{}", fact.name),
        "label": fact.label.clone().unwrap_or_else(|| fact.name.clone()),
        "keuzes": choices,
        "lang": false,
        "hulp": words.say(value::expected(&fact.kind), &[("keuze", "".into())]),
    })
}

fn party_options(words: &Words<'_>, view: &PossibleView) -> Vec<Json> {
    let first = view.voorstel.iter().cloned();
    let kind = words
        .model
        .parties
        .iter()
        .find(|p| Some(&p.name) == view.voorstel.as_ref())
        .map(|p| p.kind);
    let others = words
        .model
        .parties
        .iter()
        .filter(|p| kind.is_none_or(|k| k == p.kind) && Some(&p.name) != view.voorstel.as_ref())
        .map(|p| p.name.clone());
    first
        .chain(others)
        .map(|name| json!({ "naam": name, "titel": name }))
        .collect()
}

/// The form of an act.
type ActForm = BTreeMap<String, String>;

async fn act(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    CaseNumber(number): CaseNumber,
    caller: Caller,
    Form(form): Form<ActForm>,
) -> Result<Response, Problem> {
    let wrong = || Problem::new(Kind::BadBody).arg("fout", "`daad`");
    let base: Json = form
        .get("daad")
        .and_then(|d| serde_json::from_str(d).ok())
        .ok_or_else(wrong)?;
    let body = CommandBody {
        doe: fill_in(base, &form, found.current.model()).ok_or_else(wrong)?,
        verwacht: form.get("volgnummer").and_then(|n| n.parse().ok()),
    };
    match act_on(&app, &found, &caller, &number, None, None, body).await {
        Ok(_) => {
            let to = format!("/{}/zaken/{number}?gedaan", found.key);
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) if problem.kind != Kind::Internal => {
            let body = problem.body(&app.texts, caller.language, "");
            let mut page =
                case_page(&app, &found, &number, &caller, false, Some(body.detail)).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(problem) => Err(problem),
    }
}

/// Puts the fields of the form into the act.
fn fill_in(base: Json, form: &ActForm, model: &convenant_lang::model::Convenant) -> Option<Json> {
    let text = |name: &str| form.get(name).filter(|v| !v.trim().is_empty()).cloned();
    let Json::Object(map) = base else {
        return Some(base);
    };
    let (word, mut content) = map.into_iter().next()?;
    let mut set = |key: &str, value: Option<String>| {
        if let (Some(object), Some(value)) = (content.as_object_mut(), value) {
            object.insert(key.to_owned(), Json::String(value));
        }
    };
    match word.as_str() {
        "feiten" => {
            for (key, value) in form {
                if let (Some(name), false) = (key.strip_prefix("feit."), value.trim().is_empty()) {
                    set(name, Some(value.trim().to_owned()));
                }
            }
        }
        "antwoord" => return Some(json!({ "antwoord": text("antwoord")? })),
        "bewijs" => {
            let name = content.as_object()?.keys().next()?.clone();
            return Some(json!({ "bewijs": { name: text("afgegeven").unwrap_or_default() } }));
        }
        "toewijzen" => {
            let party = text("partij")?;
            let kind = model.parties.iter().find(|p| p.name == party)?.kind;
            set(kind.keyword(), Some(party));
            set("motivering", text("motivering"));
        }
        _ => {
            set("uitkomst", text("uitkomst"));
            set("motivering", text("motivering"));
        }
    }
    Some(json!({ word: content }))
}

#[derive(Deserialize)]
struct OpenForm {
    regeling: Option<String>,
}

async fn open(
    State(app): State<Arc<App>>,
    InRegion(found): InRegion,
    caller: Caller,
    Form(form): Form<OpenForm>,
) -> Result<Redirect, Problem> {
    let body = OpenBody {
        regeling: form.regeling,
        eerdere_zaken: Vec::new(),
    };
    let done = open_case(&app, &found, &caller, None, &body).await?;
    Ok(Redirect::to(&format!(
        "/{}/zaken/{}?gedaan",
        found.key, done.loaded.number
    )))
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    account: String,
    #[serde(default)]
    taal: String,
    #[serde(default)]
    dagen: u16,
    terug: Option<String>,
}

/// Back to where the form was; only within this site.
fn back(to: Option<&str>) -> Redirect {
    let fits = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n'])
    };
    Redirect::to(to.filter(fits).unwrap_or("/"))
}

fn set_cookie(name: &str, value: &str, mut response: Response) -> Response {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

async fn choose_account(
    State(app): State<Arc<App>>,
    Form(form): Form<Choice>,
) -> Result<Response, Problem> {
    if !form.account.is_empty() && app.accounts.get(&form.account).is_none() {
        return Err(Problem::new(Kind::NoAccount));
    }
    let response = back(form.terug.as_deref()).into_response();
    Ok(set_cookie(ACCOUNT_COOKIE, &form.account, response))
}

async fn choose_language(Form(form): Form<Choice>) -> Result<Response, Problem> {
    let language = Language::from_tag(&form.taal)
        .ok_or_else(|| Problem::new(Kind::BadParameter).arg("fout", "`taal`: nl, en"))?;
    let response = back(form.terug.as_deref()).into_response();
    Ok(set_cookie(LANGUAGE_COOKIE, language.tag(), response))
}

async fn move_clock(
    State(app): State<Arc<App>>,
    Form(form): Form<Choice>,
) -> Result<Redirect, Problem> {
    super::clock::move_forward(&app, form.dagen).await?;
    Ok(back(form.terug.as_deref()))
}
