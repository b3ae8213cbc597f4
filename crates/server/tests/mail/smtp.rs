//! Mail handed to a real server (`tests/smtp/server.py`, over aiosmtpd) that refuses, delays, drops the connection or never answers.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use convenant_server::channel::Outcome;
use convenant_server::channel::config::{Encryption, MailConfig, Secret, Server};
use convenant_server::channel::letter::Mail;
use convenant_server::channel::smtp::{Smtp, SmtpError};
use serde_json::Value as Json;

use crate::Draft;

/// A server in another process.
struct Sink {
    process: Child,
    lines: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Sink {
    fn start(arguments: &[&str]) -> Sink {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("target/python/bin/python");
        let mut process = Command::new(&python)
            .arg(root.join("tests/smtp/server.py"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}; run `cargo xtask install`", python.display()));
        let lines = BufReader::new(process.stdout.take().unwrap());
        let mut sink = Sink {
            process,
            lines,
            port: 0,
        };
        sink.port = u16::try_from(sink.next()["port"].as_u64().unwrap()).unwrap();
        sink
    }

    /// What it tells next.
    fn next(&mut self) -> Json {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Stops it, and gives all that it took and was not asked for yet.
    fn stop(mut self) -> Vec<Json> {
        self.process.kill().unwrap();
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        rest.lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
    }

    fn server(&self, encryption: Encryption) -> Server {
        Server {
            name: "eigen".to_owned(),
            host: "localhost".to_owned(),
            port: self.port,
            encryption,
            roots: None,
            login: None,
            domains: BTreeSet::new(),
            patience: Duration::from_secs(5),
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn smtp(servers: Vec<Server>) -> Smtp {
    let sender = Draft::usual().sender;
    Smtp::new(&MailConfig { sender, servers }).unwrap()
}

fn plain(sink: &Sink) -> Smtp {
    smtp(vec![sink.server(Encryption::Geen)])
}

/// For servers that never answer.
fn hasty(sink: &Sink) -> Smtp {
    smtp(vec![Server {
        patience: Duration::from_millis(400),
        ..sink.server(Encryption::Geen)
    }])
}

fn to(address: &str) -> Mail {
    let mut draft = Draft::usual();
    draft.to = address.parse().unwrap();
    draft.mail()
}

/// The reason; it never repeats what is personal.
fn reason(outcome: &Outcome) -> &str {
    let reason = match outcome {
        Outcome::Delivered => panic!("delivered"),
        Outcome::Later { reason, .. }
        | Outcome::Refused { reason }
        | Outcome::Ambiguous { reason } => reason,
    };
    assert!(
        !reason.contains('@') && !reason.contains("UTR-"),
        "{reason}"
    );
    reason
}

#[tokio::test]
async fn a_mail_arrives_byte_for_byte_and_the_connection_is_used_again() {
    let mut sink = Sink::start(&[]);
    let smtp = plain(&sink);
    for _ in 0..3 {
        let mail = to("jan@gemeente.example");
        assert_eq!(smtp.send(&mail).await, Outcome::Delivered);
        let taken = sink.next();
        assert_eq!(taken["sender"], "convenant@regio.example");
        assert_eq!(taken["receivers"][0], "jan@gemeente.example");
        assert_eq!(taken["connection"], 1, "one connection for all");
        let message = taken["message"].as_str().unwrap().as_bytes();
        assert_eq!(message.trim_ascii_end(), mail.message.trim_ascii_end());
    }
}

#[tokio::test]
async fn a_refusal_is_for_good_greylisting_is_not_and_the_others_are_served() {
    let sink = Sink::start(&[]);
    let smtp = plain(&sink);
    for (address, wanted) in [
        ("jan@a.example", "Delivered"),
        ("refuse@a.example", "Refused smtp-antwoord RCPT 550 5.1.1"),
        ("piet@a.example", "Delivered"),
        ("grey@a.example", "Later smtp-antwoord RCPT 451 4.7.1"),
        (
            "full@a.example",
            "Later smtp-antwoord END-OF-DATA 452 4.2.2",
        ),
        (
            "refuse-message@a.example",
            "Refused smtp-antwoord END-OF-DATA 554 5.6.0",
        ),
        ("slow@a.example", "Delivered"),
    ] {
        let outcome = smtp.send(&to(address)).await;
        let told = match &outcome {
            Outcome::Delivered => "Delivered".to_owned(),
            Outcome::Later { .. } => format!("Later {}", reason(&outcome)),
            Outcome::Refused { .. } => format!("Refused {}", reason(&outcome)),
            Outcome::Ambiguous { .. } => format!("Ambiguous {}", reason(&outcome)),
        };
        assert_eq!(told, wanted, "{address}");
    }
    let taken = sink.stop();
    assert_eq!(taken.len(), 3);
    assert!(
        taken.iter().all(|t| t["connection"] == 1),
        "RSET after each refusal"
    );
}

#[tokio::test]
async fn a_connection_lost_after_the_message_is_ambiguous_and_before_it_is_not() {
    let sink = Sink::start(&[]);
    let smtp = plain(&sink);
    let before = smtp.send(&to("drop-before@a.example")).await;
    assert!(matches!(before, Outcome::Later { .. }), "{before:?}");
    reason(&before);
    let after = smtp.send(&to("drop-after@a.example")).await;
    assert!(matches!(after, Outcome::Ambiguous { .. }), "{after:?}");
    reason(&after);
    let closing = smtp.send(&to("closing@a.example")).await;
    assert_eq!(reason(&closing), "smtp-antwoord RCPT 421 4.3.2");
    assert_eq!(smtp.send(&to("jan@a.example")).await, Outcome::Delivered);
    assert_eq!(sink.stop().len(), 2, "what is ambiguous did arrive here");
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_in_time() {
    let sink = Sink::start(&[]);
    let smtp = hasty(&sink);
    let begin = Instant::now();
    let before = smtp.send(&to("silent@a.example")).await;
    assert_eq!(reason(&before), "smtp-stil RCPT");
    let after = smtp.send(&to("silent-after@a.example")).await;
    assert_eq!(reason(&after), "smtp-stil END-OF-DATA");
    assert!(matches!(after, Outcome::Ambiguous { .. }), "{after:?}");
    assert!(begin.elapsed() < Duration::from_secs(5));

    // Something listens, and says nothing at all.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let host = "127.0.0.1".to_owned();
    let patience = Duration::from_millis(200);
    let server = |port| Server {
        host: host.clone(),
        port,
        patience,
        ..sink.server(Encryption::Geen)
    };
    let outcome = self::smtp(vec![server(port)])
        .send(&to("jan@a.example"))
        .await;
    assert_eq!(reason(&outcome), "smtp-stil CONNECT");
    drop(mute);
    let outcome = self::smtp(vec![server(port)])
        .send(&to("jan@a.example"))
        .await;
    assert_eq!(reason(&outcome), "smtp-niet-bereikbaar CONNECT");
    assert!(matches!(outcome, Outcome::Later { .. }));
}

#[tokio::test]
async fn a_server_that_closed_an_idle_connection_gets_a_new_one() {
    let mut sink = Sink::start(&["--once"]);
    let smtp = plain(&sink);
    for connection in 1..=3 {
        assert_eq!(smtp.send(&to("jan@a.example")).await, Outcome::Delivered);
        assert_eq!(sink.next()["connection"], connection);
    }
}

#[tokio::test]
async fn what_the_server_has_against_us_is_not_held_against_the_receiver() {
    let sink = Sink::start(&[]);
    let mut draft = Draft::usual();
    draft.sender.address = "refused-sender@regio.example".parse().unwrap();
    let outcome = plain(&sink).send(&draft.mail()).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    assert_eq!(reason(&outcome), "smtp-antwoord MAIL 553 5.1.8");

    let locked = Sink::start(&["--auth", "convenant:geheim"]);
    let with = |password: &str| {
        let mut server = locked.server(Encryption::Geen);
        server.login = Some(("convenant".to_owned(), Secret::new(password.to_owned())));
        smtp(vec![server])
    };
    let mail = to("jan@a.example");
    assert_eq!(with("geheim").send(&mail).await, Outcome::Delivered);
    let outcome = with("fout").send(&mail).await;
    assert!(
        reason(&outcome).starts_with("smtp-antwoord AUTH 535"),
        "{outcome:?}"
    );
    assert!(matches!(outcome, Outcome::Later { .. }));
    let outcome = plain(&locked).send(&mail).await;
    assert_eq!(reason(&outcome), "smtp-antwoord MAIL 530 5.7.0");
}

/// A certificate that signed itself, for localhost.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let done = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(&cert)
        .arg("-keyout")
        .arg(&key)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(done.success());
    (cert, key)
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_refused_unless_the_file_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let pem = std::fs::read(&cert).unwrap();
    let files = [
        "--cert",
        cert.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
    ];
    let mail = to("jan@a.example");
    for (word, encryption) in [("starttls", Encryption::Starttls), ("tls", Encryption::Tls)] {
        let mut sink = Sink::start(&[&["--tls", word], &files[..]].concat());
        let stranger = smtp(vec![sink.server(encryption)]).send(&mail).await;
        assert!(reason(&stranger).contains("smtp-onveilig"), "{stranger:?}");
        assert!(matches!(stranger, Outcome::Later { .. }));
        let mut server = sink.server(encryption);
        server.roots = Some(pem.clone());
        assert_eq!(
            smtp(vec![server.clone()]).send(&mail).await,
            Outcome::Delivered
        );
        assert_eq!(sink.next()["encrypted"], true);
        server.host = "127.0.0.1".to_owned();
        let other_name = smtp(vec![server]).send(&mail).await;
        assert!(
            reason(&other_name).contains("smtp-onveilig"),
            "{other_name:?}"
        );
    }
    // Nothing goes in the clear where encryption is asked for.
    let open = Sink::start(&[]);
    let outcome = smtp(vec![open.server(Encryption::Starttls)])
        .send(&mail)
        .await;
    assert_eq!(reason(&outcome), "smtp-geen-starttls");
    assert!(open.stop().is_empty());

    let broken = Sink::start(&[]).server(Encryption::Tls);
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let servers = vec![Server {
        roots: Some(nonsense.to_vec()),
        ..broken
    }];
    let sender = Draft::usual().sender;
    let refused = Smtp::new(&MailConfig { sender, servers }).err();
    assert!(matches!(refused, Some(SmtpError::Certificates { .. })));
}

#[tokio::test]
async fn each_domain_has_its_server_and_one_takes_the_rest() {
    let (mut first, mut second) = (Sink::start(&[]), Sink::start(&[]));
    let mut special = second.server(Encryption::Geen);
    special.name = "gemeente".to_owned();
    special.domains.insert("gemeente.example".to_owned());
    let smtp = smtp(vec![special, first.server(Encryption::Geen)]);
    let here = to("jan@Gemeente.example");
    let elsewhere = to("jan@sub.gemeente.example");
    assert_eq!(smtp.lane(&here.to), "mail:gemeente");
    assert_eq!(smtp.lane(&elsewhere.to), "mail:eigen");
    assert_eq!(smtp.send(&here).await, Outcome::Delivered);
    assert_eq!(smtp.send(&elsewhere).await, Outcome::Delivered);
    assert_eq!(second.next()["receivers"][0], "jan@Gemeente.example");
    assert_eq!(first.next()["receivers"][0], "jan@sub.gemeente.example");
}
