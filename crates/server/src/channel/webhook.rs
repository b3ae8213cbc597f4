//! Webhooks: one event to one endpoint of a party, signed (Standard Webhooks), by way of the guard.
//!
//! Input: an endpoint and an event. Output: an `Outcome` whose reason is a code of ours with at most a status, never text of the
//! other side. Invariants: one request per connection, to addresses that were checked for it; no redirect is followed, no proxy used;
//! waiting and reading are bounded. Only 2xx is delivered. 410 refuses for good. Every other answer is `Later`: a wrong route, an expired
//! certificate or a login page before the receiver is repaired within hours, and an event lost to it is not; the number of tries ends it.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use convenant_engine::Moment;
use convenant_store::{Consent, Endpoint};
use fluent_bundle::FluentValue;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode, Url, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, RootCertStore};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};

use super::Outcome;
use super::event::{EventError, HookEvent};
use super::guard::{Guard, Lookup, SystemLookup, Unreachable};
use crate::clock::Clock;
use crate::text::{Language, Texts};

/// The media type of a structured CloudEvent.
const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Of an answer so much is read, and no longer than this, so that a decent receiver is not cut off: what it says is not used.
const MOST_ANSWER: usize = 4 * 1024;
const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// The longest wait that a receiver may ask for: a mistake in it must not silence a party for a year.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Who publishes events when the configuration does not say it.
const PUBLISHER: &str = "uitstroomconvenant";

/// Who sends when the configuration does not say it: as long as there is no login, a server of this machine alone.
const ORIGIN: &str = "localhost";

/// Who asks, and who tells (CloudEvents, HTTP 1.1 Web Hooks, 2.1 and 4.1).
const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");

/// What a receiver answers that wants to be told (the same, 4.2).
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// How webhooks are sent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who publishes the events, as the part of a URN: `oin:00000001823288444000`.
    pub publisher: String,
    /// Who sends, as a name of the DNS: what receivers give their consent to.
    pub origin: String,
    /// Who may sign certificates besides those that this machine trusts.
    pub authorities: Vec<Certificate>,
    /// Addresses besides the public ones that may be called, by plain `http` as well.
    pub allowed: BTreeSet<IpAddr>,
    /// For the connection, with looking the name up and TLS.
    pub connect: Duration,
    /// For the answer, once there is a connection.
    pub answer: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            publisher: PUBLISHER.to_owned(),
            origin: ORIGIN.to_owned(),
            authorities: Vec::new(),
            allowed: BTreeSet::new(),
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(15),
        }
    }
}

/// Sends events. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    guard: Guard,
    settings: Arc<Settings>,
    wall: Arc<dyn Clock>,
    client: Arc<OnceLock<Client>>,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Why an event was not delivered: a code that `explain` puts in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The address may not be called.
    Address,
    /// The name is not known.
    Name,
    /// No connection, or no TLS.
    Connection,
    /// Its certificate is for another name.
    CertificateName,
    /// Its certificate has expired, or is not valid yet.
    CertificateTime,
    /// Its certificate is signed by nobody whom this machine trusts, or is wrong otherwise.
    Certificate,
    /// No answer in time.
    Silence,
    /// The connection was lost before an answer.
    Lost,
    /// It answered otherwise than with 2xx.
    Status(StatusCode),
    /// The event cannot be written.
    Event,
    /// This machine cannot call at all: its certificates cannot be read.
    Client,
    /// The endpoint is switched off.
    Off,
    /// It did not say that it wants to be told.
    Consent,
    /// It wants to be told by others only.
    Origin,
}

impl Reason {
    fn code(self) -> String {
        match self {
            Reason::Address => "webhook-adres".to_owned(),
            Reason::Name => "webhook-naam".to_owned(),
            Reason::Connection => "webhook-verbinding".to_owned(),
            Reason::CertificateName => "webhook-certificaat-naam".to_owned(),
            Reason::CertificateTime => "webhook-certificaat-datum".to_owned(),
            Reason::Certificate => "webhook-certificaat".to_owned(),
            Reason::Silence => "webhook-stil".to_owned(),
            Reason::Lost => "webhook-verbroken".to_owned(),
            Reason::Status(status) if status.is_redirection() => {
                format!("webhook-omleiding {}", status.as_u16())
            }
            Reason::Status(StatusCode::GONE) => GONE.to_owned(),
            Reason::Status(status) => format!("webhook-antwoord {}", status.as_u16()),
            Reason::Event => "webhook-bericht".to_owned(),
            Reason::Client => "webhook-certificaten".to_owned(),
            Reason::Off => "webhook-uit".to_owned(),
            Reason::Consent => "webhook-niet-bevestigd".to_owned(),
            Reason::Origin => "webhook-andere-afzender".to_owned(),
        }
    }
}

/// The reason of a receiver that says that it is gone for good (410): its endpoint is switched off.
pub const GONE: &str = "webhook-weg";

/// The reason of a mail to somebody who has no address any more.
pub const NO_ADDRESS: &str = "mail-geen-adres";

/// The reason of a try, by whatever channel, that took too long; with the seconds behind it.
pub const NO_ANSWER: &str = "bezorgen-stil";

/// The reason of a delivery over a channel that this server does not have.
pub const NO_CHANNEL: &str = "bezorgen-geen-kanaal";

/// The reason of a delivery of which nothing can be made that could be sent.
pub const UNREADABLE: &str = "bezorgen-onleesbaar";

/// The reason of a try of which could not be kept how it went.
pub const UNKNOWN: &str = "bezorgen-onbekend";

/// The reasons that there are, without the status behind some.
pub const REASONS: [&str; 22] = [
    "webhook-adres",
    "webhook-naam",
    "webhook-verbinding",
    "webhook-certificaat-naam",
    "webhook-certificaat-datum",
    "webhook-certificaat",
    "webhook-stil",
    "webhook-verbroken",
    "webhook-omleiding",
    GONE,
    "webhook-antwoord",
    "webhook-bericht",
    "webhook-certificaten",
    "webhook-uit",
    "webhook-niet-bevestigd",
    "webhook-andere-afzender",
    "webhook-partij",
    NO_ADDRESS,
    NO_ANSWER,
    NO_CHANNEL,
    UNREADABLE,
    UNKNOWN,
];

/// Whether the cause is on our side, so that it says nothing of the endpoint.
pub fn is_ours(reason: &str) -> bool {
    [Reason::Event.code(), Reason::Client.code()].contains(&reason.to_owned())
}

/// A reason in words; a text that is none of ours stays as it is.
pub fn explain(texts: &Texts, language: Language, reason: &str) -> String {
    let (id, status) = reason.split_once(' ').unwrap_or((reason, ""));
    if REASONS.contains(&id) || super::smtp::REASONS.contains(&id) {
        texts.get(language, id, &[("status", FluentValue::from(status))])
    } else {
        reason.to_owned()
    }
}

fn later(reason: Reason) -> Outcome {
    Outcome::Later {
        reason: reason.code(),
        after: None,
    }
}

fn refused(reason: Reason) -> Outcome {
    Outcome::Refused {
        reason: reason.code(),
    }
}

/// The outcome for an endpoint that is switched off.
pub fn switched_off() -> Outcome {
    refused(Reason::Off)
}

/// The outcome for an endpoint whose receiver did not say that it wants to be told.
pub fn not_wanted() -> Outcome {
    refused(Reason::Consent)
}

/// The certificates of a PEM file, of those who sign; none when there is none in it, or one that is damaged.
pub fn authorities(pem: &[u8]) -> Option<Vec<Certificate>> {
    let mut roots = RootCertStore::empty();
    for one in CertificateDer::pem_slice_iter(pem) {
        roots.add(one.ok()?).ok()?;
    }
    let found = Certificate::from_pem_bundle(pem).ok()?;
    (!found.is_empty()).then_some(found)
}

/// Whether this can be the name of who sends: a name of the DNS, as it stands in an address.
pub fn is_origin(text: &str) -> bool {
    let url = Url::parse(&format!("https://{text}/")).ok();
    url.is_some_and(|url| url.domain() == Some(text) && url.path() == "/")
}

impl Webhooks {
    /// With the machine's resolver. `wall` is the clock that the receivers have too, never the demo's.
    pub fn new(settings: Settings, wall: Arc<dyn Clock>) -> Webhooks {
        Webhooks::looking_up_by(settings, wall, Arc::new(SystemLookup))
    }

    /// With another resolver.
    pub fn looking_up_by(
        settings: Settings,
        wall: Arc<dyn Clock>,
        lookup: Arc<dyn Lookup>,
    ) -> Webhooks {
        Webhooks {
            guard: Guard::new(settings.allowed.clone(), lookup),
            settings: Arc::new(settings),
            wall,
            client: Arc::default(),
        }
    }

    /// What may be called.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The clock of the world outside.
    pub fn now(&self) -> Moment {
        self.wall.now()
    }

    /// What must not hold up anything else: everything that goes to one host.
    pub fn lane(&self, endpoint: &Endpoint) -> String {
        let url = Url::parse(&endpoint.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        format!("webhook:{host}")
    }

    /// One try to tell an endpoint of an event.
    pub async fn send(&self, endpoint: &Endpoint, event: &HookEvent) -> Outcome {
        // Checked again, because rules and configuration may have changed since it was entered, and a literal address is never looked up.
        let Ok(url) = self.guard.url(&endpoint.url) else {
            return refused(Reason::Address);
        };
        let body = match event.body(&self.settings.publisher) {
            Ok(body) => body,
            Err(error @ (EventError::Attribute | EventError::TooLarge)) => {
                tracing::error!(%error, "an event for a webhook cannot be written");
                return refused(Reason::Event);
            }
        };
        let Some(headers) = self.signed(endpoint, &event.wire_id(), &body) else {
            return refused(Reason::Event);
        };
        let request = match self.client() {
            Ok(client) => client.post(url).headers(headers).body(body),
            Err(error) => return unable(&error),
        };
        match self.answer(request).await {
            Ok(answer) => outcome(answer, self.wall.now()).await,
            Err(outcome) => outcome,
        }
    }

    /// Asks a receiver whether it wants to be told anything: its status says nothing, only its headers do. A reason when there is no answer.
    pub async fn ask(&self, endpoint: &Endpoint) -> Result<Consent, String> {
        let url = self.guard.url(&endpoint.url);
        let url = url.map_err(|_| Reason::Address.code())?;
        let asked = match self.client() {
            Ok(client) => {
                let request = client.request(Method::OPTIONS, url);
                let request = request.header(REQUEST_ORIGIN, &self.settings.origin);
                self.answer(request).await
            }
            Err(error) => Err(unable(&error)),
        };
        match asked {
            Ok(answer) => Ok(match allowed(answer.headers(), &self.settings.origin) {
                Ok(rate) => Consent::Given {
                    at: self.wall.now(),
                    rate,
                },
                Err(reason) => Consent::Withheld {
                    reason: reason.code(),
                },
            }),
            Err(Outcome::Later { reason, .. } | Outcome::Refused { reason }) => Err(reason),
            // Whether a question arrived does not matter.
            Err(Outcome::Delivered | Outcome::Ambiguous { .. }) => Err(Reason::Consent.code()),
        }
    }

    /// The answer to one request; without one, what that means.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, Outcome> {
        // The time for the connection is the client's; what is over it is the wait for an answer.
        let patience = self.settings.connect.saturating_add(self.settings.answer);
        match tokio::time::timeout(patience, request.send()).await {
            Ok(answer) => answer.map_err(|error| failed(&error)),
            // Something was sent, and who is silent may still have read it.
            Err(_) => Err(Outcome::Ambiguous {
                reason: Reason::Silence.code(),
            }),
        }
    }

    /// The headers of Standard Webhooks; a signature for each secret that holds now.
    fn signed(&self, endpoint: &Endpoint, id: &str, body: &[u8]) -> Option<HeaderMap> {
        let now = self.wall.now();
        let seconds = now.0.div_euclid(1000);
        let signatures: Vec<String> = endpoint
            .secrets
            .signing(now)
            .map(|key| Webhook::from_bytes(key.to_vec())?.sign(id, seconds, body))
            .collect::<Result<_, _>>()
            .ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (HEADER_WEBHOOK_ID, id),
            (HEADER_WEBHOOK_TIMESTAMP, &seconds.to_string()),
            (HEADER_WEBHOOK_SIGNATURE, &signatures.join(" ")),
            (CONTENT_TYPE.as_str(), MEDIA_TYPE),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().ok()?);
        }
        headers.insert(REQUEST_ORIGIN, self.settings.origin.parse().ok()?);
        Some(headers)
    }

    /// Made at the first event: reading the machine's certificates takes time and memory that a server without webhooks keeps.
    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Another part of the program may have chosen a provider before; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("convenant/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(self.guard.clone())
            .tls_certs_merge(self.settings.authorities.iter().cloned())
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.settings.connect)
            // A connection that is kept may be one that the other side has just closed, and then nobody knows what arrived.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// What it means that this machine cannot call at all.
fn unable(error: &reqwest::Error) -> Outcome {
    tracing::error!(%error, "webhooks cannot be sent from this machine");
    later(Reason::Client)
}

/// What an error of the client means.
fn failed(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(inner) = cause {
        match inner.downcast_ref::<Unreachable>() {
            Some(Unreachable::Forbidden(_)) => return refused(Reason::Address),
            Some(Unreachable::Unknown(_)) => return later(Reason::Name),
            None => {}
        }
        if let Some(rustls::Error::InvalidCertificate(why)) = inner.downcast_ref() {
            return later(certificate(why));
        }
        // An error of reading and writing passes over what it holds when it is asked for its source.
        let held = inner.downcast_ref().and_then(std::io::Error::get_ref);
        cause = match held {
            Some(held) => Some(held),
            None => inner.source(),
        };
    }
    if error.is_connect() || error.is_builder() {
        later(Reason::Connection)
    } else {
        Outcome::Ambiguous {
            reason: Reason::Lost.code(),
        }
    }
}

fn certificate(why: &CertificateError) -> Reason {
    match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Reason::CertificateName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Reason::CertificateTime,
        _ => Reason::Certificate,
    }
}

/// How many requests a minute a receiver allows, by the headers of its answer; none: as many as there are.
fn allowed(headers: &HeaderMap, origin: &str) -> Result<Option<u32>, Reason> {
    let said = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let to = said(&ALLOWED_ORIGIN).ok_or(Reason::Consent)?.trim();
    if to != "*" && !to.eq_ignore_ascii_case(origin) {
        return Err(Reason::Origin);
    }
    Ok(said(&ALLOWED_RATE)
        .and_then(|rate| rate.trim().parse().ok())
        .filter(|rate| *rate > 0))
}

/// What an answer means.
async fn outcome(mut answer: Response, now: Moment) -> Outcome {
    let status = answer.status();
    let outcome = if status.is_success() {
        Outcome::Delivered
    } else if status == StatusCode::GONE {
        refused(Reason::Status(status))
    } else {
        Outcome::Later {
            reason: Reason::Status(status).code(),
            after: wait(answer.headers(), now),
        }
    };
    // The status decides; how reading ends does not.
    let _ = tokio::time::timeout(LONGEST_ANSWER, async {
        let mut read: usize = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read = read.saturating_add(chunk.len());
            if read > MOST_ANSWER {
                break;
            }
        }
    })
    .await;
    outcome
}

/// How long the receiver asks to wait (`Retry-After`, RFC 9110, 10.2.3): seconds or a date.
fn wait(headers: &HeaderMap, now: Moment) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match asked.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(asked).ok()?;
            let millis = until.timestamp().as_millisecond().checked_sub(now.0)?;
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_WAIT))
}
