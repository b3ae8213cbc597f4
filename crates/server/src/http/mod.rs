//! The HTTP side: routes, layers and the state they share.
//!
//! Input: requests on loopback. Output: JSON under `/v1`, pages elsewhere. Invariants: every error is a problem (RFC 9457) or a
//! page in the language of the reader; a request from another site or for another host is refused; no answer is cached.

mod agenda;
mod agenda_page;
mod caller;
mod candidates;
mod clock;
mod dead;
mod deadlines;
mod failures;
mod forms;
mod health;
mod history;
mod homes;
mod homes_page;
mod layers;
mod ledger;
mod ledger_page;
mod letter_pages;
mod letters;
mod life;
mod matching_offer;
mod matching_page;
mod matching_views;
mod matchings;
mod openapi;
mod pages;
mod people;
mod people_page;
mod regions;
mod reports;
mod stream;
mod templates;
mod views;
mod webhooks;
mod why;
mod work;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Accounts;
use crate::agenda::Agendas;
use crate::cases::Cases;
use crate::channel::endpoints::Endpoints;
use crate::channel::live::{Live, Unread};
use crate::clock::Clock;
use crate::directory::registry::Registry;
use crate::serve::Service;
use crate::text::Texts;
use crate::worker::Worker;

/// The largest body that is read.
const LARGEST_BODY: usize = 256 * 1024;

/// The largest file that is read: a form spells some characters with three.
const LARGEST_FILE: usize = 2 * crate::homes::csv::LARGEST;

/// Receivers of webhooks that are asked or tested at the same time: each may hold a connection for as long as a receiver is silent.
const TESTS: usize = 8;

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
    /// The address of the pages, without a slash at the end.
    pub base_url: String,
    /// Calendars.
    agendas: Agendas,
    /// Where parties want webhooks.
    pub endpoints: Endpoints,
    /// Turns for a test of a webhook.
    pub tests: Semaphore,
    /// What is unread, as it changes.
    pub live: Live,
    stopping: watch::Sender<bool>,
    pages: templates::Pages,
}

impl App {
    /// The state of a server over a service: for these accounts, called by these names.
    pub fn new(service: &Service, accounts: Accounts, hosts: Vec<String>) -> App {
        App {
            cases: service.cases.clone(),
            people: service.people.clone(),
            worker: service.worker.clone(),
            clock: service.clock.clone(),
            accounts,
            pages: templates::Pages::new(service.texts.clone()),
            texts: service.texts.clone(),
            hosts,
            base_url: service.base_url.clone(),
            agendas: Agendas::default(),
            endpoints: service.endpoints.clone(),
            tests: Semaphore::new(TESTS),
            live: Live::new(unread_of_person(&service.cases)),
            stopping: watch::Sender::new(false),
        }
    }

    /// From now on the server is not ready: it finishes what it has.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Becomes true when the server stops: what has no end of its own ends then.
    fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}

/// The inbox is a person's, whichever account they use.
fn unread_of_person(cases: &Cases) -> Unread {
    let store = cases.store().clone();
    Arc::new(move |region, account| {
        let (store, region, person) = (store.clone(), region.clone(), account.person.clone());
        Box::pin(async move { store.unread(&region, &person).await })
    })
}

/// The whole router.
pub fn router(app: Arc<App>) -> Router {
    let (api, mut description) = api().split_for_parts();
    let (files, more) = OpenApiRouter::new()
        .routes(routes!(homes::import))
        .split_for_parts();
    description.merge(more);
    let description = Arc::new(openapi::finish(description));
    let files = files
        .merge(homes_page::import_route())
        .layer(RequestBodyLimitLayer::new(LARGEST_FILE))
        .layer(DefaultBodyLimit::disable());
    api.merge(openapi::routes(description))
        .merge(pages::routes())
        .merge(forms::routes())
        .merge(agenda::routes())
        .merge(letter_pages::routes())
        .merge(matching_page::routes())
        .merge(agenda_page::routes())
        .merge(homes_page::routes())
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::method_not_allowed)
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .merge(files)
        .layer(CatchPanicLayer::custom(layers::panicked))
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
        .routes(routes!(life::life))
        .routes(routes!(life::act))
        .routes(routes!(ledger::spreading))
        .routes(routes!(ledger::ledger))
        .routes(routes!(regions::explain))
        .routes(routes!(work::list, work::open))
        .routes(routes!(work::one))
        .routes(routes!(work::act))
        .routes(routes!(reports::list))
        .routes(routes!(reports::one))
        .routes(routes!(history::history))
        .routes(routes!(why::explain))
        .routes(routes!(why::spreading))
        .routes(routes!(why::why_due))
        .routes(routes!(deadlines::deadlines))
        .routes(routes!(homes::list, homes::report))
        .routes(routes!(homes::one))
        .routes(routes!(homes::act))
        .routes(routes!(homes::fitting))
        .routes(routes!(letters::inbox))
        .routes(routes!(letters::read))
        .routes(routes!(letters::read_all))
        .routes(routes!(letters::of_case))
        .routes(routes!(agenda::list, agenda::make))
        .routes(routes!(agenda::revoke))
        .routes(routes!(stream::unread))
        .routes(routes!(webhooks::list, webhooks::make))
        .routes(routes!(webhooks::one, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate, webhooks::withdraw))
        .routes(routes!(webhooks::test))
        .routes(routes!(matchings::list, matchings::make))
        .routes(routes!(matchings::one))
        .routes(routes!(matchings::cost))
        .routes(routes!(matchings::act))
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
