//! The forms on the pages: an act on a case, a new case, the account, the language, the clock.
//!
//! Input: what can be done, or a form that was sent. Output: the fields of a form, or a command and a redirect. Invariants: a form does
//! what the API does, through the same functions; a redirect stays within this site.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use convenant_lang::model::{Convenant, Fact, Type};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::App;
use super::caller::{ACCOUNT_COOKIE, Caller, CaseNumber, InRegion, LANGUAGE_COOKIE};
use super::pages::{case_page, source_text, with};
use super::views::PossibleView;
use super::work::{CommandBody, OpenBody, act_on, open_case};
use crate::problem::{Kind, Problem};
use crate::text::Language;
use crate::value;
use crate::words::Words;

/// The act that offers a home.
const OFFER: &str = "aanbod";

/// The routes of the forms.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/account", post(choose_account))
        .route("/taal", post(choose_language))
        .route("/klok", post(move_clock))
        .route("/{regio}/zaken", post(open))
        .route("/{regio}/zaken/{nummer}/doe", post(act))
}

/// An act with the fields of its form. The name of a field is the path in the act that it fills.
pub fn possible_json(app: &App, words: &Words<'_>, caller: &Caller, view: &PossibleView) -> Json {
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
        .or_else(|| view.doe.as_str().filter(|word| *word == OFFER))
        .unwrap_or_default();
    let field = |name: &str, label: String, choices: &[Json], long: bool| json!({ "naam": name, "label": label, "keuzes": choices, "lang": long, "hulp": Json::Null });
    let mut motivation = false;
    match act {
        "besluit" | "besluit-bezwaar" if !options.is_empty() => {
            fields.push(field("uitkomst", view.titel.clone(), &options, false));
            motivation = true;
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
        OFFER => {
            let home = say("pagina-aanbod-woning");
            fields.push(field("woning", home, &[], false));
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

/// The field of a fact.
pub fn fact_field(words: &Words<'_>, fact: &Fact) -> Json {
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
fn fill_in(base: Json, form: &ActForm, model: &Convenant) -> Option<Json> {
    let text = |name: &str| form.get(name).filter(|v| !v.trim().is_empty()).cloned();
    if base == json!(OFFER) {
        // An offer of a home that nobody has reported is an act without more.
        let home = match text("woning") {
            Some(number) => Some(number.trim().parse::<i64>().ok()?),
            None => None,
        };
        return Some(match (home, text("motivering")) {
            (None, None) => base,
            (home, why) => json!({ OFFER: { "woning": home, "motivering": why } }),
        });
    }
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
