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
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::App;

/// What stands above the generated parts.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "convenant",
        version = "1.0.0",
        description = "Zaken, termijnen en meldingen van regionale uitstroomconvenanten.\n\nNames of resources and fields are Dutch: `convenanten` (a region's agreement), `zaken` (cases), `opdrachten` (commands), `termijnen` (deadlines), `meldingen` (notifications), `uitleg` (explanation), `spreiding` (spreading), `leven` (the convenant's own life), `rapporten` (reports of the oversight), `woningen` (homes), `klok` (clock). Facts are named by their names in the convenant; values are in its spelling (`\"€ 1.250,50\"`, `\"15 maart 2017\"`, `\"ja\"`) or JSON types.\n\nUntil there is a login, the header `X-Account` says who acts (see `/v1/accounts`), and the server listens on loopback only. A command with an `Idempotency-Key` is carried out once, however often it is sent. `If-Match` with the sequence number of a case refuses a command on a case that has changed. Errors are problem+json (RFC 9457), in Dutch or English by `Accept-Language`.",
        contact(name = "convenant", url = "http://127.0.0.1:8080/", email = "beheer@convenant.invalid"),
        license(name = "EUPL-1.2", url = "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12")
    ),
    servers((url = "http://127.0.0.1:8080/v1", description = "This machine")),
    tags(
        (name = "convenanten", description = "Regions and their agreements"),
        (name = "zaken", description = "Cases and commands"),
        (name = "rapporten", description = "Reports of the oversight"),
        (name = "woningen", description = "Homes that corporations report: free, offered to a case, accepted, let or withdrawn"),
        (name = "termijnen", description = "Deadlines"),
        (name = "meldingen", description = "Notifications"),
        (name = "webhooks", description = "Your systems are told what your people are told: CloudEvents 1.0 in the NL GOV profile, as structured JSON, signed as Standard Webhooks.\n\n`type` is `nl.uitstroomconvenanten.` and: `melding` (a notice of the region's file), `herinnering` (a deadline comes near), `overschrijding` (a deadline has passed), `verlenging` (more time was given), `bezwaar-gemaakt`, `bezwaar-verdaagd`, `bezwaar-beslist` (objections), `te-doen` (a step begins in which you act), `convenant` (the life of the convenant itself), `proef` (a test). `time` is when it was put in the log, `subject` the case number, `dataref` where more can be fetched with an account, `sequence` orders the events of a region as text and has gaps. `data` holds `regio`, `zaak`, `onderwerp`, `uiterlijk` (the last day) and `verwijzing`; nothing personal.\n\nAn event comes at least once, always with the same `id` and `webhook-id`: keep those that you have handled. Answer with 2xx within 15 seconds. With 410 the webhook is switched off; after any other answer, or none, the event comes again later, not before `Retry-After`. A webhook that fails for five days is switched off. Redirects are not followed."),
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
            add_bad_parameter(operation);
            add_version(operation);
        }
    }
    description
}

/// Every address with a parameter can be asked for with one that cannot be read.
fn add_bad_parameter(operation: &mut Operation) {
    if operation.parameters.as_ref().is_none_or(Vec::is_empty) {
        return;
    }
    let problem = || {
        let body = Ref::from_schema_name("ProblemBody");
        let content = ContentBuilder::new().schema(Some(body)).build();
        ResponseBuilder::new()
            .description("A parameter does not fit")
            .content("application/problem+json", content)
            .build()
    };
    let responses = &mut operation.responses.responses;
    responses
        .entry("400".to_owned())
        .or_insert_with(|| problem().into());
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
