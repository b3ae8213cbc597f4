//! Mail files, read back by another program's parser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use convenant_engine::Moment;
use convenant_server::spool::{Letter, Spool};
use mail_parser::MessageParser;

fn letter() -> Letter {
    Letter {
        key: "utrecht.0190-1.4.0.3".to_owned(),
        region: "Utrecht".to_owned(),
        role: "coördinator".to_owned(),
        party: "Het Vierde Huis".to_owned(),
        subject: "Te laat: ‘Toets aan de doelgroep’ van zaak UTR-2018-0001".to_owned(),
        text: "De termijn is voorbij.\nBekijk de zaak: http://127.0.0.1:8080/utrecht/zaken/UTR-2018-0001\n.\nFrom hier\n".to_owned(),
        at: Moment(1_526_680_800_000),
    }
}

#[test]
fn a_letter_is_a_complete_message() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path(), "convenant.invalid");
    let path = spool.deliver(&letter()).unwrap();
    let raw = std::fs::read(&path).unwrap();
    let message = MessageParser::default().parse(&raw).unwrap();
    assert_eq!(message.subject(), Some(letter().subject.as_str()));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(from.address(), Some("convenant@utrecht.convenant.invalid"));
    let to = message.to().unwrap().first().unwrap();
    assert_eq!(
        to.address(),
        Some("coordinator.het-vierde-huis@utrecht.convenant.invalid")
    );
    assert_eq!(to.name(), Some("coördinator (Het Vierde Huis)"));
    assert_eq!(message.date().unwrap().to_timestamp(), 1_526_680_800);
    assert!(
        message
            .message_id()
            .unwrap()
            .ends_with("@utrecht.convenant.invalid")
    );
    assert_eq!(
        message.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    let body = message.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), letter().text.trim_end());
}

#[test]
fn lines_end_in_crlf_and_are_ascii() {
    let spool = Spool::new("unused", "convenant.invalid");
    let raw = spool.message(&letter()).unwrap();
    assert!(raw.is_ascii(), "what is not ASCII is encoded");
    for (n, byte) in raw.iter().enumerate() {
        if *byte == b'\n' {
            assert_eq!(raw[n - 1], b'\r', "a bare line feed at {n}");
        }
        if *byte == b'\r' {
            assert_eq!(raw[n + 1], b'\n', "a bare carriage return at {n}");
        }
    }
    assert!(
        raw.split(|b| *b == b'\n').all(|line| line.len() <= 999),
        "RFC 5322, 2.1.1"
    );
}

#[test]
fn a_delivery_that_is_repeated_is_the_same_message_in_the_same_place() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path(), "convenant.invalid");
    let first = spool.deliver(&letter()).unwrap();
    let bytes = std::fs::read(&first).unwrap();
    let second = spool.deliver(&letter()).unwrap();
    assert_eq!(first, second);
    assert_eq!(std::fs::read(&second).unwrap(), bytes);
    let files: Vec<_> = std::fs::read_dir(first.parent().unwrap())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 1, "no temporary file is left: {files:?}");
    let mut other = letter();
    other.key.push('9');
    assert_ne!(spool.path_of(&other), first);
}

#[test]
fn no_header_can_be_smuggled_in() {
    let mut bad = letter();
    bad.subject = "Hallo\r\nBcc: iemand@example.org\r\n\r\nTekst".to_owned();
    bad.role = "rol\r\nBcc: iemand@example.org".to_owned();
    bad.party = "Partij\nBcc: iemand@example.org".to_owned();
    bad.region = "Utrecht\r\nBcc: iemand@example.org".to_owned();
    let raw = Spool::new("unused", "convenant.invalid")
        .message(&bad)
        .unwrap();
    let message = MessageParser::default().parse(&raw).unwrap();
    assert!(message.bcc().is_none(), "{}", String::from_utf8_lossy(&raw));
    assert_eq!(
        message.subject(),
        Some("Hallo Bcc: iemand@example.org Tekst")
    );
    assert_eq!(
        message
            .to()
            .unwrap()
            .first()
            .unwrap()
            .address()
            .unwrap()
            .split('@')
            .count(),
        2
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bestand");
    std::fs::write(&file, "x").unwrap();
    let spool = Spool::new(&file, "convenant.invalid");
    assert!(spool.deliver(&letter()).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "x");
}
