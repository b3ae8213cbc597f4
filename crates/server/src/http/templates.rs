//! The templates of the pages, compiled: strict, escaped, with our messages at hand as `t("id")`.

use std::sync::Arc;

use axum::http::header::CONTENT_LANGUAGE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use fluent_bundle::FluentValue;
use minijinja::value::{Kwargs, Serde};
use minijinja::{AutoEscape, Environment, State, UndefinedBehavior, context};

use crate::problem::{Problem, ProblemBody};
use crate::text::{Language, Texts};

/// The templates.
const TEMPLATES: [(&str, &str); 16] = [
    ("basis.html", include_str!("../../pages/basis.html")),
    ("begin.html", include_str!("../../pages/begin.html")),
    ("regio.html", include_str!("../../pages/regio.html")),
    ("termijnen.html", include_str!("../../pages/termijnen.html")),
    ("spreiding.html", include_str!("../../pages/spreiding.html")),
    ("koppeling.html", include_str!("../../pages/koppeling.html")),
    ("mensen.html", include_str!("../../pages/mensen.html")),
    ("woning.html", include_str!("../../pages/woning.html")),
    ("woningen.html", include_str!("../../pages/woningen.html")),
    ("zaken.html", include_str!("../../pages/zaken.html")),
    ("zaak.html", include_str!("../../pages/zaak.html")),
    ("agenda.html", include_str!("../../pages/agenda.html")),
    ("meldingen.html", include_str!("../../pages/meldingen.html")),
    (
        "onbestelbaar.html",
        include_str!("../../pages/onbestelbaar.html"),
    ),
    ("bron.html", include_str!("../../pages/bron.html")),
    ("probleem.html", include_str!("../../pages/probleem.html")),
];

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
            move |state: &State<'_, '_>, id: &str, kwargs: Kwargs| say(&texts, state, id, &kwargs),
        );
        for (name, text) in TEMPLATES {
            if let Err(error) = environment.add_template(name, text) {
                tracing::error!(%error, name, "a page does not compile");
            }
        }
        Pages { environment }
    }

    /// Renders a page.
    pub fn render(
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
            taal => language.tag(), pad => "/", accounts => (), account => "", klok => (), post => (),
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
    state: &State<'_, '_>,
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
