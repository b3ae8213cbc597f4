//! Composition, read back by the parser `mail-parser`: what a mail says, and what nobody can put into it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use convenant_server::channel::html::Layout;
use convenant_server::channel::letter::Address;
use convenant_server::letters::LAYOUT;
use convenant_server::text::{Language, Texts};
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders};
use proptest::prelude::*;

use crate::Draft;

fn parse(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

fn header<'a>(message: &'a Message<'_>, name: &'static str) -> &'a str {
    message.header_raw(name).unwrap_or_default().trim()
}

/// What RFC 5322 (2.1, 2.1.1) asks of every line.
fn on_the_wire(raw: &[u8]) {
    assert!(raw.is_ascii(), "what is not ASCII is encoded");
    for (n, byte) in raw.iter().enumerate() {
        if *byte == b'\n' {
            assert_eq!(raw[n - 1], b'\r', "a bare line feed at {n}");
        }
        if *byte == b'\r' {
            assert_eq!(raw[n + 1], b'\n', "a bare carriage return at {n}");
        }
    }
    assert!(raw.split(|b| *b == b'\n').all(|line| line.len() <= 999));
}

#[test]
fn a_mail_is_text_and_html_with_everything_that_a_reader_needs() {
    let mail = Draft::usual().mail();
    on_the_wire(&mail.message);
    let message = parse(&mail.message);
    assert_eq!(message.subject(), Some(Draft::usual().subject.as_str()));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(from.address(), Some("convenant@regio.example"));
    assert_eq!(from.name(), Some("Convenant Utrecht"));
    let to = message.to().unwrap().first().unwrap();
    assert_eq!(to.address(), Some("c.jansen@gemeente.example"));
    assert_eq!(to.name(), Some("Carla Jansen-Çelik"));
    assert_eq!(message.date().unwrap().to_timestamp(), 1_526_680_800);
    assert_eq!(header(&message, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&message, "List-Id"), "<utrecht.regio.example>");
    assert_eq!(header(&message, "Content-Language"), "nl");
    assert!(header(&message, "Importance").is_empty());
    let kind = message.content_type().unwrap();
    assert_eq!(
        (kind.ctype(), kind.subtype()),
        ("multipart", Some("alternative"))
    );

    let text = message.body_text(0).unwrap().replace("\r\n", "\n");
    let body = Draft::usual().text;
    let footer =
        "-- \nU krijgt dit bericht als coördinator namens Het Vierde Huis.\nConvenant Weer Thuis\n";
    assert_eq!(text.trim_end(), format!("{body}\n{footer}").trim_end());
    let html = message.body_html(0).unwrap();
    assert!(html.contains("<html lang=\"nl\""), "{html}");
    assert!(html.contains("<td>UTR-2018-0001</td>"));
    assert!(html.contains("href=\"https:&#x2f;&#x2f;convenant.example"));
    assert!(html.contains("namens Het Vierde Huis."));
    let fetched = ["<img", "<link", "<script", "@import", "url("];
    assert!(fetched.iter().all(|mark| !html.contains(mark)), "{html}");
}

#[test]
fn messages_about_one_case_are_one_thread_under_stable_ids() {
    let first = Draft::usual().mail();
    let again = Draft::usual().mail();
    assert_eq!(first.message, again.message, "a retry is the same message");
    let mut other = Draft::usual();
    other.key.push('9');
    other.urgent = true;
    let other = other.mail();
    let (first, other) = (parse(&first.message), parse(&other.message));
    assert_ne!(first.message_id(), other.message_id());
    let root = |m: &Message<'_>| match m.references() {
        HeaderValue::Text(id) => id.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(root(&first), root(&other));
    assert_eq!(header(&first, "In-Reply-To"), header(&first, "References"));
    assert_eq!(header(&other, "Importance"), "high");
    let mut alone = Draft::usual();
    alone.thread = None;
    let alone = alone.mail();
    assert!(header(&parse(&alone.message), "References").is_empty());
}

#[test]
fn the_english_reader_gets_english() {
    let mut draft = Draft::usual();
    draft.language = Language::English;
    draft.urgent = true;
    let mail = draft.mail();
    let message = parse(&mail.message);
    assert_eq!(header(&message, "Content-Language"), "en");
    let html = message.body_html(0).unwrap();
    assert!(html.contains("<html lang=\"en\"") && html.contains("Urgent"));
}

#[test]
fn no_header_can_be_smuggled_in() {
    let evil = "Hallo\r\nBcc: iemand@example.org\r\n\r\nTekst";
    let mut draft = Draft::usual();
    draft.subject = evil.to_owned();
    draft.name = evil.to_owned();
    draft.sender.name = Some(evil.to_owned());
    draft.insight = vec![evil.to_owned()];
    draft.key = evil.to_owned();
    draft.thread = Some(evil.to_owned());
    let mail = draft.mail();
    on_the_wire(&mail.message);
    let message = parse(&mail.message);
    assert!(message.bcc().is_none());
    let told = "Hallo Bcc: iemand@example.org Tekst";
    assert_eq!(message.subject(), Some(told));
    let name = |list: Option<&mail_parser::Address<'_>>| {
        let all: Vec<_> = list
            .unwrap()
            .iter()
            .map(|a| a.name().unwrap().to_owned())
            .collect();
        assert_eq!(all, [told]);
    };
    name(message.to());
    name(message.from());
    for address in [
        "a@b.nl\r\nBcc: c@d.nl",
        "a@b.nl>, <c@d.nl",
        "a b@c.nl",
        "a@é.nl",
        "a@",
        "\"x\"@b.nl",
    ] {
        assert!(address.parse::<Address>().is_err(), "{address}");
    }
}

#[test]
fn a_lone_dot_a_long_line_and_bare_line_ends_arrive_as_text() {
    let mut draft = Draft::usual();
    let long = "lang ".repeat(500);
    draft.text = format!("Boven\n.\r\nEen\rTwee\nFrom hier\n..\n{long}\n.");
    let mail = draft.mail();
    on_the_wire(&mail.message);
    let message = parse(&mail.message);
    let text = message.body_text(0).unwrap().replace("\r\n", "\n");
    let wanted = format!("Boven\n.\nEen\nTwee\nFrom hier\n..\n{long}\n.\n\n-- \n");
    assert!(text.starts_with(&wanted), "{text}");
}

#[test]
fn markup_in_names_and_texts_is_text() {
    let evil = "<img src=x onerror=alert(1)>\"'&amp;</td><mj-include path=\"/etc/passwd\" />{{ onderwerp }}{% raw %}";
    let mut draft = Draft::usual();
    draft.subject = evil.to_owned();
    draft.name = evil.to_owned();
    draft.insight = vec![evil.to_owned()];
    draft.text = format!("{evil}\n\nLabel: {evil}\n");
    let mail = draft.mail();
    let message = parse(&mail.message);
    assert_eq!(message.subject(), Some(evil));
    let html = message.body_html(0).unwrap();
    assert!(
        !html.contains("<img") && !html.contains("mj-include path=\""),
        "{html}"
    );
    assert_eq!(
        html.matches("{{ onderwerp }}").count(),
        html.matches("&lt;img").count()
    );
    assert!(
        html.matches("&lt;img").count() >= 5,
        "each place tells it as text"
    );
}

#[test]
fn a_subject_is_not_taken_for_an_encoded_word() {
    let mut draft = Draft::usual();
    draft.subject = "=?utf-8?Q?Van_de_directeur?=".to_owned();
    let mail = draft.mail();
    let message = parse(&mail.message);
    assert_eq!(message.subject(), Some("= ?utf-8?Q?Van_de_directeur?="));
}

#[test]
fn a_layout_of_a_region_is_escaped_and_checked() {
    let own = "<mjml><mj-body><mj-section><mj-column><mj-text>Eigen {{ onderwerp }} <a href=\"{{ knop.verwijzing if knop else '' }}\">x</a></mj-text></mj-column></mj-section></mj-body></mjml>";
    let layout = Layout::new(Some(own)).unwrap();
    let mut draft = Draft::usual();
    draft.subject = "<b>".to_owned();
    let mail = draft.mail_with(&layout, &Texts::new());
    let message = parse(&mail.message);
    assert!(message.body_html(0).unwrap().contains("Eigen &lt;b&gt;"));

    for (wrong, line) in [
        ("<mjml>\n<mj-body><mj-text></mj-body></mjml>", Some(2)),
        (
            "<mjml><mj-body><mj-section><mj-column>\n\n<mj-text>{{ zaaknummer }}</mj-text></mj-column></mj-section></mj-body></mjml>",
            Some(3),
        ),
        (
            "<mjml><mj-body>\n<mj-include path=\"/etc/passwd\" /></mj-body></mjml>",
            Some(2),
        ),
    ] {
        let error = Layout::new(Some(wrong)).unwrap_err();
        assert_eq!((error.name.as_str(), error.line), (LAYOUT, line), "{error}");
    }
}

#[test]
fn another_parser_reads_the_same_and_finds_nothing_wrong() {
    let evil = "Hallo, \"wereld\" \\ <a@b.nl>\r\nBcc: x@y.nl";
    let long = "Dit is een onderwerp van gewone lengte met é en ‘aanhalingstekens’ dat over meer dan één regel loopt";
    for (subject, name) in [
        (long, "Carla Jansen-Çelik"),
        ("Kort", evil),
        (evil, "漢字 😀"),
        ("漢字".repeat(40).as_str(), "A. B."),
    ] {
        let mut draft = Draft::usual();
        draft.subject = subject.to_owned();
        draft.name = name.to_owned();
        draft.text = format!("{subject}\n.\n{name}\n");
        let mail = draft.mail();
        let found = python_reads(&mail.message);
        assert_eq!(found["defects"], serde_json::json!([]), "{found}");
        let folded = |text: &str| text.replace("\r\n", " ");
        assert_eq!(found["subject"], folded(subject));
        assert_eq!(
            found["to"],
            serde_json::json!([[folded(name), "c.jansen@gemeente.example"]])
        );
        assert_eq!(
            found["from"],
            serde_json::json!([["Convenant Utrecht", "convenant@regio.example"]])
        );
        assert_eq!(found["date"], 1_526_680_800);
        assert_eq!(
            found["types"],
            serde_json::json!(["multipart/alternative", "text/plain", "text/html"])
        );
        let text = found["text"].as_str().unwrap().replace("\r\n", "\n");
        assert!(
            text.starts_with(&draft.text.replace("\r\n", "\n")),
            "{text}"
        );
        assert!(
            found["html"]
                .as_str()
                .unwrap()
                .starts_with("<!doctype html>")
        );
    }
}

/// What Python's own `email` finds in a message.
fn python_reads(message: &[u8]) -> serde_json::Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut python = Command::new(root.join("target/python/bin/python"))
        .arg(root.join("tests/smtp/read.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("run `cargo xtask install` first");
    python.stdin.take().unwrap().write_all(message).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Text with what hurts mail, more often than chance gives it.
fn hostile() -> impl Strategy<Value = String> {
    let bad = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\r\nBcc: x@y.nl\r\n\r\n",
        "\n.\n",
        ".",
        "=?utf-8?B?QQ==?=",
        "<b>",
        "\"",
        "\\",
        "\0",
        "\u{7f}",
        "\u{2028}",
        "{{ x }}",
        "é",
        "漢字",
        "😀",
        ": ",
        "--",
        "From ",
        " ",
        "\t",
        ",",
        ";",
        "<a@b.nl>",
        "(",
        "https://convenant.example/x",
    ]);
    let piece =
        prop_oneof![3 => bad.prop_map(str::to_owned), 2 => "\\PC{0,12}", 1 => "[a-z]{60,90}"];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_stands_in_a_letter_it_stays_one_message(
        subject in hostile(), name in hostile(), text in hostile(), why in hostile(), key in hostile(),
    ) {
        let mut draft = Draft::usual();
        let (usual, layout, texts) = (Draft::usual().mail(), Layout::new(None).unwrap(), Texts::new());
        let names = |raw: &[u8]| -> Vec<String> {
            let message = parse(raw);
            message.headers().iter().map(|h| h.name().to_owned()).collect()
        };
        draft.subject = subject;
        draft.name = name;
        draft.text.clone_from(&text);
        draft.insight = vec![why];
        draft.key = key;
        let mail = draft.mail_with(&layout, &texts);
        on_the_wire(&mail.message);
        prop_assert_eq!(names(&mail.message), names(&usual.message));
        let message = parse(&mail.message);
        prop_assert_eq!(message.to().unwrap().iter().count(), 1);
        prop_assert_eq!(message.to().unwrap().first().unwrap().address(), Some("c.jansen@gemeente.example"));
        prop_assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1));
        let visible = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
        };
        let told = visible(&message.body_text(0).unwrap());
        prop_assert!(told.starts_with(&visible(&text)), "{told:?}");
        let subject = visible(message.subject().unwrap_or_default());
        let wanted = visible(&draft.subject);
        let short: String = wanted.chars().take(100).collect();
        prop_assert!(subject.starts_with(&short), "{subject:?} {wanted:?}");
    }
}
