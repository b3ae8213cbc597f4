//! Templates beside a file: what `check` says about them, and what `notify preview` makes of them.

use std::path::Path;
use std::process::Command;

use super::{SMALL, expect, ran, root, run};

/// The small file in a folder of its own, with these templates beside it.
fn region(templates: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("klein.convenant");
    std::fs::copy(root().join(SMALL), &file).unwrap();
    let beside = folder.path().join("sjablonen");
    std::fs::create_dir(&beside).unwrap();
    for (name, text) in templates {
        std::fs::write(beside.join(name), text).unwrap();
    }
    let file = file.display().to_string();
    (folder, file)
}

/// What was printed, without the folder.
fn local(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

const WRONG: [(&str, &str); 6] = [
    (
        "duur.txt.j2",
        "Zaak\n\n{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}\n",
    ),
    ("nieuw.txt.j2", "Zaak {{ zaaknummer }}\n\n{{ herkomst }}\n"),
    (
        "onbekend.txt.j2",
        "Zaak\n\ntekst\n{% if stap %}{{ zaaknumer }}{% endif %}\n",
    ),
    ("leeg.txt.j2", "Alleen een onderwerp\n"),
    ("stuk.txt.j2", "Zaak\n\n{% if stap %}\n"),
    (
        "bericht.mjml.j2",
        "<mjml>\n<mj-body>\n<mj-section></mj-body></mjml>\n",
    ),
];

#[test]
fn templates_are_checked_with_the_file_beside_which_they_stand() {
    let (folder, file) = region(&WRONG);
    let text = run(&["check", &file]);
    assert_eq!(text.code, 1, "{}", text.err);
    expect("check-templates.nl.txt", &local(&text.out, folder.path()));
    let json = run(&["check", &file, "--format", "json", "--lang", "en"]);
    assert_eq!(json.code, 1);
    expect("check-templates.en.json", &local(&json.out, folder.path()));
    let preview = run(&["notify", "preview", &file]);
    assert_eq!(preview.code, 1);
    assert!(preview.err.contains("convenant check"), "{}", preview.err);
}

#[test]
fn a_notice_names_a_template_that_is_there() {
    let (folder, file) = region(&[("anders.txt.j2", "Zaak {{ zaaknummer }}\n\ntekst\n")]);
    let named = |name: &str| {
        let text = std::fs::read_to_string(root().join(SMALL)).unwrap();
        let with = format!("per inbox sjabloon \"{name}\"");
        std::fs::write(&file, text.replacen("per inbox", &with, 1)).unwrap();
        run(&["check", &file])
    };
    assert_eq!(named("anders").code, 0);
    let missing = named("andres");
    assert_eq!(missing.code, 1);
    let said = local(&missing.out, folder.path());
    assert!(said.starts_with("klein.convenant:101: error: "), "{said}");
    assert!(
        said.contains("`andres`") && said.contains("`anders`"),
        "{said}"
    );
}

/// Runs the preview with only these programs on the PATH.
fn preview(file: &str, out: &Path, path: &str, more: &[&str]) -> super::Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convenant"));
    command
        .args(["notify", "preview", file, "--out"])
        .arg(out)
        .args(more)
        .current_dir(root())
        .env("PATH", path);
    ran(command.output().unwrap())
}

#[test]
fn a_preview_holds_every_notification_as_text_html_and_mail() {
    let (folder, file) = region(&[(
        "nieuw.txt.j2",
        "Nieuw: {{ zaaknummer }}\n\nEigen tekst.\n\nBekijk de zaak: {{ verwijzing }}\n",
    )]);
    let out = folder.path().join("uit");
    let all = preview(&file, &out, "", &[]);
    assert_eq!(all.code, 0, "{}", all.err);
    assert!(
        all.err.contains("Chromium"),
        "it says that there are no pictures"
    );
    let names: Vec<&str> = all
        .out
        .lines()
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    for kind in [
        "melding-",
        "herinnering-",
        "overschrijding-",
        "te-doen-",
        "leven-",
    ] {
        assert!(
            names.iter().any(|name| name.starts_with(kind)),
            "{kind}: {names:?}"
        );
    }
    let index = std::fs::read_to_string(out.join("index.html")).unwrap();
    for name in &names {
        for kind in ["txt", "html", "eml"] {
            assert!(
                out.join(format!("{name}.{kind}")).is_file(),
                "{name}.{kind}"
            );
        }
        assert!(index.contains(&format!("id=\"{name}\"")), "{name}");
    }
    let html = std::fs::read_to_string(out.join("melding-nieuw.html")).unwrap();
    assert!(html.contains("Eigen tekst.") && html.contains("lang=\"nl\""));

    let english = preview(
        &file,
        &folder.path().join("en"),
        "",
        &["--lang", "en", "--notice", "te-doen"],
    );
    assert!(
        english.out.contains("waits for you") && !english.out.contains("leven-"),
        "{}",
        english.out
    );
    let none = preview(&file, &out, "", &["--notice", "bestaatniet"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("melding-nieuw"), "{}", none.err);
}

#[test]
fn a_preview_has_pictures_of_a_telephone_and_of_a_mail_program() {
    let (folder, file) = region(&[]);
    let out = folder.path().join("uit");
    let path = std::env::var("PATH").unwrap();
    let one = preview(&file, &out, &path, &["--notice", "melding-nieuw"]);
    assert_eq!(one.code, 0, "{}", one.err);
    for width in [390_u32, 800] {
        let png = std::fs::read(out.join(format!("melding-nieuw-{width}.png"))).unwrap();
        assert_eq!(&png[1..4], b"PNG");
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(number(16), width);
        assert!(number(20) > 300, "as high as what it shows: {}", number(20));
    }
}
