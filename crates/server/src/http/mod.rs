//! The HTTP side: routes, layers and the state they share.
//!
//! Input: requests on loopback. Output: JSON under `/v1`, pages elsewhere. Invariants: every error is a problem (RFC 9457) or a
//! page in the language of the reader; a request from another site or for another host is refused; no answer is cached.

mod caller;
mod clock;
mod dead;
mod deadlines;
mod failures;
mod forms;
mod health;
mod history;
mod layers;
mod letter_pages;
mod letters;
mod openapi;
mod pages;
mod people;
mod people_page;
mod regions;
mod templates;
mod views;
mod why;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Accounts;
use crate::cases::Cases;
use crate::clock::Clock;
use crate::directory::registry::Registry;
use crate::text::Texts;
use crate::worker::Worker;

/// The largest body that is read.
const LARGEST_BODY: usize = 256 * 1024;

/// What every handler can reach.
pub struct App {
    /// Cases.
    pub cases: Cases,
    /// The people of each region.
    pub people: Arc<Registry>,
    /// The worker: the demo's clock is moved through it.
    pub worker: Arc<Worker>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Accounts.
    pub accounts: Accounts,
    /// Messages.
    pub texts: Arc<Texts>,
    /// Names by which the server may be called, with port.
    pub hosts: Vec<String>,
    stopping: AtomicBool,
    pages: templates::Pages,
}

impl App {
    /// The state of a server.
    pub fn new(
        cases: Cases,
        people: Arc<Registry>,
        worker: Arc<Worker>,
        clock: Arc<dyn Clock>,
        accounts: Accounts,
        texts: Arc<Texts>,
        hosts: Vec<String>,
    ) -> App {
        App {
            cases,
            people,
            worker,
            clock,
            accounts,
            pages: templates::Pages::new(texts.clone()),
            texts,
            hosts,
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on the server is not ready: it finishes what it has.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

/// The whole router.
pub fn router(app: Arc<App>) -> Router {
    let (api, description) = api().split_for_parts();
    let description = Arc::new(openapi::finish(description));
    api.merge(openapi::routes(description))
        .merge(pages::routes())
        .merge(forms::routes())
        .merge(letter_pages::routes())
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::method_not_allowed)
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(app.clone(), layers::host))
        .layer(from_fn_with_state(app.clone(), layers::problems))
        .layer(from_fn(layers::headers))
        .with_state(app)
}

fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(regions::list))
        .routes(routes!(regions::one))
        .routes(routes!(regions::versions))
        .routes(routes!(regions::source))
        .routes(routes!(regions::life))
        .routes(routes!(regions::spreading))
        .routes(routes!(regions::explain))
        .routes(routes!(work::list, work::open))
        .routes(routes!(work::one))
        .routes(routes!(work::act))
        .routes(routes!(history::history))
        .routes(routes!(why::explain))
        .routes(routes!(why::spreading))
        .routes(routes!(deadlines::deadlines))
        .routes(routes!(letters::inbox))
        .routes(routes!(letters::read))
        .routes(routes!(letters::of_case))
        .routes(routes!(dead::list))
        .routes(routes!(dead::retry))
        .routes(routes!(dead::dismiss))
        .routes(routes!(people::list))
        .routes(routes!(people::one, people::put, people::remove))
        .routes(routes!(people::absent))
        .routes(routes!(people::vacancies))
        .routes(routes!(clock::accounts))
        .routes(routes!(clock::now))
        .routes(routes!(clock::forward))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}
