//! Webhooks over TLS, with certificates that an authority of the test signs: who is believed, who is not, and what the dead letter says.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use convenant_engine::Moment;
use convenant_server::channel::Outcome;
use convenant_server::channel::webhook::{Settings, Webhooks, authorities};
use convenant_server::clock::RealClock;
use convenant_server::serve::Outward;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::api::WEBHOOKS;
use crate::common::{COORDINATOR, TestServer};
use crate::guard::Script;
use crate::receiver::{Behaviour, Receiver};
use crate::sending::{Bench, later, settings};

const NAME: &str = "ontvanger.voorbeeld.nl";

/// An authority of its own.
struct Authority(TempDir);

impl Authority {
    fn new() -> Authority {
        let authority = Authority(tempfile::tempdir().unwrap());
        let (cert, key) = (authority.file("ca.pem"), authority.file("ca.key"));
        request(&[
            "-subj",
            "/CN=Proef",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-out",
            &cert,
            "-keyout",
            &key,
        ]);
        authority
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn pem(&self) -> Vec<u8> {
        std::fs::read(self.file("ca.pem")).unwrap()
    }

    /// A server that shows a certificate for this name.
    fn signs(&self, name: &str) -> TlsAcceptor {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (cert, key) = (self.file("cert.pem"), self.file("cert.key"));
        let names = format!("subjectAltName=DNS:{name}");
        let (ca, ca_key) = (self.file("ca.pem"), self.file("ca.key"));
        let own = [
            "-subj",
            "/CN=ontvanger",
            "-addext",
            &names,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-out",
            &cert,
            "-keyout",
            &key,
        ];
        request(&own);
        let chain = CertificateDer::pem_file_iter(Path::new(&cert)).unwrap();
        let chain = chain.collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(Path::new(&key)).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(chain, key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn request(more: &[&str]) {
    let done = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(' '))
        .args(more)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(done.success());
}

/// Trusts these, and finds every name on this machine.
fn trusting(pem: Option<&[u8]>) -> Settings {
    Settings {
        authorities: pem.map_or_else(Vec::new, |pem| authorities(pem).unwrap()),
        ..settings(&["127.0.0.1"])
    }
}

fn here() -> Arc<Script> {
    Script::of(&[&["127.0.0.1"]])
}

async fn receiver(tls: TlsAcceptor) -> Receiver {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned();
    Receiver::over_tls(Behaviour::Answer(answer), tls).await
}

fn url(name: &str, receiver: &Receiver) -> String {
    format!("https://{name}:{}/hook", receiver.address.port())
}

#[tokio::test]
async fn a_certificate_is_believed_by_its_name_and_who_signed_it() {
    let (ours, strange) = (Authority::new(), Authority::new());
    let pem = ours.pem();
    let bench =
        Bench::with(|clock| Webhooks::looking_up_by(trusting(Some(&pem)), clock, here())).await;
    let sound = receiver(ours.signs(NAME)).await;
    let endpoint = bench.endpoint(&url(NAME, &sound)).await;
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, Outcome::Delivered);
    assert!(sound.requests()[0].body.contains("UTR-2018-0001"));

    for (name, tls, reason) in [
        (
            "ander.voorbeeld.nl",
            ours.signs(NAME),
            "webhook-certificaat-naam",
        ),
        (NAME, strange.signs(NAME), "webhook-certificaat"),
    ] {
        let receiver = receiver(tls).await;
        let endpoint = bench.endpoint(&url(name, &receiver)).await;
        let (outcome, _) = bench.deliver(&endpoint).await;
        assert_eq!(outcome, later(reason, None));
        assert!(receiver.requests().is_empty() && receiver.connections() == 1);
    }
    // Without the authority it is as strange as the other.
    let bench = Bench::with(|clock| Webhooks::looking_up_by(trusting(None), clock, here())).await;
    let endpoint = bench.endpoint(&url(NAME, &sound)).await;
    let (outcome, _) = bench.deliver(&endpoint).await;
    assert_eq!(outcome, later("webhook-certificaat", None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dead_letter_says_what_is_wrong_with_the_certificate() {
    let (ours, strange) = (Authority::new(), Authority::new());
    let server = TestServer::start("2018-05-02").await;
    let webhooks = Webhooks::looking_up_by(
        trusting(Some(&ours.pem())),
        Arc::new(RealClock::default()),
        here(),
    );
    let outward = Outward {
        webhooks,
        ..Outward::folder(server.data.folder.path().join("mail"))
    };
    let server = server.with_outward(outward).await;
    let wrong_name = receiver(ours.signs("een.voorbeeld.nl")).await;
    let unknown = receiver(strange.signs(NAME)).await;
    for at in [url("ander.voorbeeld.nl", &wrong_name), url(NAME, &unknown)] {
        let body = json!({"adres": at, "afgesproken": true});
        let made = server.post(WEBHOOKS, COORDINATOR, body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let why = made.json()["webhook"]["niet_bevestigd_omdat"].to_string();
        assert!(why.contains("certificaat"), "{why}");
    }
    server.registered().await;
    // As often as it is tried, each time after the longest wait.
    let service = &server.service;
    for _ in 0..24 {
        service.worker.run_due().await.unwrap();
        let later = service.clock.now().0 + 5 * 3_600_000;
        service.clock.advance(Moment(later));
    }
    let dead = "/v1/convenanten/utrecht/onbestelbaar";
    let letters = server.get_as(dead, Some(COORDINATOR)).await.json();
    let reasons: Vec<&str> = letters
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|letter| letter["reden"].as_str())
        .collect();
    for expected in [
        "de naam op het certificaat van de ontvanger is een andere dan die in het adres",
        "het certificaat van de ontvanger is niet te vertrouwen: wij kennen niet wie het heeft ondertekend",
    ] {
        assert!(reasons.contains(&expected), "{letters}");
    }
    assert!(wrong_name.requests().is_empty() && unknown.requests().is_empty());
}

#[test]
fn a_file_of_authorities_holds_certificates_and_nothing_that_only_looks_like_them() {
    let pem = Authority::new().pem();
    let twice = [pem.clone(), pem.clone()].concat();
    assert_eq!(authorities(&twice).unwrap().len(), 2);
    let text = String::from_utf8(pem).unwrap();
    for bad in ["", "geen certificaat", &text.replace("MII", "AAA")] {
        assert!(authorities(bad.as_bytes()).is_none(), "{bad}");
    }
}
