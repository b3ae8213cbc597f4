//! The message files: both languages say the same things, and everything that is asked for exists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::path::Path;

use convenant_server::letters::{LetterContext, Letters};
use convenant_server::problem::Kind;
use convenant_server::text::{Language, Texts};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn ids(file: &str) -> BTreeSet<String> {
    let starts =
        |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(" =");
    let ids: Vec<String> = read(file)
        .lines()
        .filter(starts)
        .map(|l| l.split(" =").next().unwrap().to_owned())
        .collect();
    let unique: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(ids.len(), unique.len(), "{file}: an id twice");
    unique
}

fn arguments(file: &str, id: &str) -> BTreeSet<String> {
    let text = read(file);
    let start = text.find(&format!("\n{id} =")).unwrap() + 1;
    let rest = &text[start..];
    let end = rest.find("\n").map_or(rest.len(), |first| {
        rest[first + 1..]
            .lines()
            .take_while(|l| l.starts_with([' ', '}']))
            .map(|l| l.len() + 1)
            .sum::<usize>()
            + first
    });
    rest[..end]
        .split('$')
        .skip(1)
        .map(|s| {
            s.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    let (dutch, english) = (ids("messages/nl.ftl"), ids("messages/en.ftl"));
    assert_eq!(
        dutch.symmetric_difference(&english).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    let texts = Texts::new();
    for id in &dutch {
        assert!(
            texts.has(Language::Dutch, id) && texts.has(Language::English, id),
            "{id} cannot be read"
        );
        assert_eq!(
            arguments("messages/nl.ftl", id),
            arguments("messages/en.ftl", id),
            "{id}"
        );
    }
}

#[test]
fn every_message_that_is_asked_for_exists_and_every_one_that_exists_is_asked_for() {
    let known = ids("messages/nl.ftl");
    let mut asked = BTreeSet::new();
    for folder in [
        "src",
        "src/act",
        "src/channel",
        "src/delivery",
        "src/directory",
        "src/homes",
        "src/http",
        "src/http/homes",
        "src/matching",
        "pages",
    ] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap()
        {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                for literal in text.split('"').skip(1).step_by(1) {
                    asked.insert(literal.to_owned());
                }
            }
        }
    }
    let made = [
        "gebeurtenis-",
        "weigering-",
        "probleem-",
        "maand-",
        "dag-",
        "bezorging-",
        "inzicht-waarom-",
        "inzicht-volgt-",
        "pagina-vacature-",
        "woning-",
    ];
    let unused: Vec<&String> = known
        .iter()
        .filter(|id| !asked.contains(*id) && !made.iter().any(|m| id.starts_with(m)))
        .collect();
    assert_eq!(unused, Vec::<&String>::new(), "nothing asks for these");
    let missing: Vec<&String> = asked
        .iter()
        .filter(|a| {
            [
                "pagina-",
                "kandidaat-",
                "leven-",
                "verwacht-",
                "uitgang-",
                "termijn-zaak",
                "duur-",
                "bron-",
                "doe-",
                "fout-",
                "webhook-",
            ]
            .iter()
            .any(|p| a.starts_with(p))
        })
        .filter(|a| {
            a.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
        // Headers of a webhook are no messages.
        .filter(|a| !a.starts_with("webhook-allowed-") && !a.starts_with("webhook-request-"))
        .filter(|a| !known.contains(*a) && !a.ends_with('-'))
        .collect();
    assert_eq!(missing, Vec::<&String>::new(), "these do not exist");
}

#[test]
fn every_kind_of_problem_event_and_refusal_has_its_words() {
    let texts = Texts::new();
    for kind in Kind::ALL {
        for id in [
            format!("probleem-{}", kind.name()),
            format!("probleem-{}-uitleg", kind.name()),
        ] {
            assert!(texts.has(Language::Dutch, &id), "{id}");
        }
    }
    let source = read("src/history.rs");
    let refusals = source.split("pub fn reason_name").nth(1).unwrap();
    let names: Vec<&str> = refusals.split('"').skip(1).step_by(2).collect();
    assert!(names.len() > 25);
    for name in names {
        assert!(
            texts.has(Language::Dutch, &format!("weigering-{name}")),
            "{name}"
        );
    }
    let told = source
        .split("fn parts(")
        .nth(1)
        .unwrap()
        .split("fn outcome(")
        .next()
        .unwrap();
    let events: BTreeSet<&str> = told.split('"').skip(1).step_by(2).collect();
    let known = ids("messages/nl.ftl");
    for id in known
        .iter()
        .filter_map(|id| id.strip_prefix("gebeurtenis-"))
    {
        assert!(events.contains(id), "no event is told as `{id}`");
    }
}

#[test]
fn a_template_that_asks_for_what_is_not_there_or_never_ends_is_refused() {
    let refused = |text: &str| {
        let templates = [("eigen".to_owned(), text.to_owned())]
            .into_iter()
            .collect();
        Letters::new(&templates).unwrap_err().to_string()
    };
    assert!(refused("Onderwerp\n\n{{ geboortedatum }}").contains("undefined"));
    assert!(refused("Onderwerp\n\n{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}").contains("fuel"));
    assert!(refused("Onderwerp\n\n{% if %}").contains("sjablonen/eigen.txt.j2"));
    assert!(refused("alleen een onderwerp").contains("first line"));
}

#[test]
fn a_letter_begins_with_its_subject() {
    let letters = Letters::new(&Default::default()).unwrap();
    let content = LetterContext {
        zaaknummer: "UTR-2018-0001".to_owned(),
        over: Some("Toets".to_owned()),
        termijn: Some("18 mei 2018".to_owned()),
        bron: Some("aanname".to_owned()),
        ..LetterContext::default()
    };
    let letter = letters.render("herinnering", &content).unwrap();
    assert_eq!(
        letter.subject,
        "Herinnering: Toets van zaak UTR-2018-0001 moet klaar op 18 mei 2018"
    );
    assert!(letter.text.starts_with("Zaak:"));
}
