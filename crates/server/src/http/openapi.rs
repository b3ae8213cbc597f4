//! The description of the API: generated from the handlers, finished here.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{RefOr, Response};

use super::App;

/// What stands above the generated parts.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "convenant",
        version = "1.0.0",
        description = "Zaken, termijnen en meldingen van regionale uitstroomconvenanten.\n\nNames of resources and fields are Dutch: `convenanten` (a region's agreement), `zaken` (cases), `opdrachten` (commands), `termijnen` (deadlines), `meldingen` (notifications), `uitleg` (explanation), `spreiding` (spreading), `leven` (the convenant's own life), `klok` (clock). Facts are named by their names in the convenant; values are in its spelling (`\"€ 1.250,50\"`, `\"15 maart 2017\"`, `\"ja\"`) or JSON types.\n\nUntil there is a login, the header `X-Account` says who acts (see `/v1/accounts`), and the server listens on loopback only. A command with an `Idempotency-Key` is carried out once, however often it is sent. `If-Match` with the sequence number of a case refuses a command on a case that has changed. Errors are problem+json (RFC 9457), in Dutch or English by `Accept-Language`.",
        contact(name = "convenant", url = "http://127.0.0.1:8080/"),
        license(name = "EUPL-1.2", url = "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12")
    ),
    servers((url = "http://127.0.0.1:8080/v1", description = "This machine")),
    tags(
        (name = "convenanten", description = "Regions and their agreements"),
        (name = "zaken", description = "Cases and commands"),
        (name = "termijnen", description = "Deadlines"),
        (name = "meldingen", description = "Notifications"),
        (name = "mensen", description = "People, what they do, when they are away"),
        (name = "klok", description = "The demo's clock"),
        (name = "accounts", description = "Who acts"),
        (name = "server", description = "Health"))
)]
struct Base;

/// The description without its paths.
pub fn base() -> Description {
    Base::openapi()
}

/// Takes the version out of the paths, where the server's address has it, and adds what holds for every operation.
pub fn finish(mut description: Description) -> Description {
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths = paths
        .into_iter()
        .map(|(path, item)| (path.strip_prefix("/v1").unwrap_or(&path).to_owned(), item))
        .collect();
    for item in description.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            add_version(operation);
        }
    }
    description
}

fn add_version(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(Response { headers, .. }) = response {
            let header = HeaderBuilder::new()
                .description(Some("Version of the API"))
                .build();
            headers.insert("API-Version".to_owned(), header.into());
        }
    }
}

/// Where the description is served.
pub fn routes(description: Arc<Description>) -> Router<Arc<App>> {
    let text: Arc<str> = description.to_json().unwrap_or_default().into();
    let serve = move || {
        let text = text.clone();
        async move { ([(CONTENT_TYPE, "application/json")], text.to_string()).into_response() }
    };
    Router::new()
        .route("/openapi.json", get(serve.clone()))
        .route("/v1/openapi.json", get(serve))
}
