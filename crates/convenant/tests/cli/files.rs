//! Files that are good, bad or hostile: `check`, `fmt` and the reading of YAML.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{SMALL, expect, file, root, run, run_with};

/// Checks bytes from a file: exit 1, plain lines with a place, soon, and the file is left as it was.
fn refused(name: &str, contents: &[u8]) -> String {
    let (_folder, path) = file("bestand.convenant", contents);
    let begun = Instant::now();
    let ran = run(&["check", path.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{name}: {}{}", ran.out, ran.err);
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{name} took too long"
    );
    let line = ran.out.lines().next().unwrap_or_default();
    assert!(line.contains(": error[C"), "{name}: {line}");
    assert!(
        !ran.out.contains('\u{1b}'),
        "{name}: colours without a terminal"
    );
    // What reads but means nothing may be laid out; what does not read stays as it is.
    let formatted = run(&["fmt", path.to_str().unwrap()]);
    if formatted.code != 0 {
        assert_eq!(fs::read(&path).unwrap(), contents, "{name}: changed");
    }
    ran.out
}

fn small() -> String {
    fs::read_to_string(root().join(SMALL)).unwrap()
}

/// The small file with one thing otherwise.
fn with(old: &str, new: &str) -> String {
    let text = small();
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn a_good_file_is_good_from_a_path_and_from_the_standard_input() {
    assert_eq!(run(&["check", SMALL]).code, 0);
    let ran = run_with(&["check", "-"], small().as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}

#[test]
fn exit_codes_tell_errors_of_the_input_from_wrong_use() {
    for (words, code) in [
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec!["check", "--help", "--lang", "en"], 0),
        (vec!["check"], 2),
        (vec!["check", "bestaat-niet.convenant"], 2),
        (vec!["check", "tests"], 2),
        (vec!["chekc", SMALL], 2),
        (vec!["check", "--kleur", SMALL], 2),
        (vec!["graph", SMALL, "--format", "png"], 2),
        (vec!["explain", SMALL], 2),
        (vec!["explain", SMALL, "--facts", "bestaat-niet.yaml"], 2),
        (
            vec![
                "explain",
                SMALL,
                "--facts",
                "tests/data/feiten.yaml",
                "--date",
                "2018-02-30",
            ],
            2,
        ),
        (
            vec![
                "explain",
                SMALL,
                "--facts",
                "tests/data/feiten.yaml",
                "--regeling",
                "x",
            ],
            2,
        ),
        (vec!["simulate", SMALL, "--cases", "0"], 2),
        (
            vec![
                "simulate",
                SMALL,
                "--from",
                "2019-01-01",
                "--until",
                "2018-01-01",
            ],
            2,
        ),
        (vec!["test", "tests/expected"], 2),
        (vec!["serve", "--listen", "nergens"], 2),
        (
            vec!["serve", "--listen", "0.0.0.0:0", "--data", "/dev/null/x"],
            2,
        ),
        (vec!["clock", "forward", "--listen", "127.0.0.1:1"], 2),
    ] {
        let ran = run(&words);
        assert_eq!(ran.code, code, "{words:?}: {}{}", ran.out, ran.err);
        assert!(
            code == 0 || !ran.err.is_empty(),
            "{words:?}: nothing was said"
        );
    }
}

#[test]
fn help_and_wrong_use_speak_the_language_of_the_user() {
    expect("help.nl.txt", &run(&["--help"]).out);
    expect(
        "help-explain.en.txt",
        &run(&["explain", "--help", "--lang", "en"]).out,
    );
    expect(
        "wrong-use.nl.txt",
        &run(&["simulate", SMALL, "--cases", "veel"]).err,
    );
    expect("wrong-use.en.txt", &run(&["--lang=en", "grpah", SMALL]).err);
}

#[test]
fn diagnostics_are_plain_lines_and_stable_json() {
    let bad = with("voldoet niet -> afgewezen", "voldoet niet -> afgeweezen");
    let text = run_with(&["check", "-"], bad.as_bytes());
    assert_eq!(text.code, 1);
    expect("check.nl.txt", &text.out);
    let json = run_with(
        &["check", "-", "--format", "json", "--lang", "en"],
        bad.as_bytes(),
    );
    assert_eq!(json.code, 1);
    expect("check.en.json", &json.out);
}

#[test]
fn a_spreading_is_refused_where_its_articles_do_not_go_together() {
    let cap = "verplichting 8\n  hoogstens 1 per gemeente per 6 maanden artikel \"6.2\"";
    let hard = with("doel 8", cap);
    let text = run_with(&["check", "-"], hard.as_bytes());
    assert_eq!(text.code, 1);
    expect("check-spreading.nl.txt", &text.out);
    assert!(text.err.contains("hoogstens 4 achter"), "{}", text.err);
    let json = run_with(
        &["check", "-", "--format", "json", "--lang", "en"],
        hard.as_bytes(),
    );
    expect("check-spreading.en.json", &json.out);
    // With a departure it can be, and somebody should look.
    let soft = hard.replace("per 6 maanden", "per 6 maanden, afwijken met motivering");
    let text = run_with(&["check", "-"], soft.as_bytes());
    assert_eq!(text.code, 0);
    assert!(text.out.contains("warning[C0608]"), "{}", text.out);
}

#[test]
fn hostile_files_are_refused_in_place_and_in_time() {
    refused("empty", b"");
    refused(
        "binary",
        &(0..=255_u8).cycle().take(4096).collect::<Vec<_>>(),
    );
    refused("invalid UTF-8", b"convenant \"a\xff\" {}");
    refused("nesting", "{".repeat(100_000).as_bytes());
    let conditions = format!("{}schuldhulp{}", "(".repeat(100_000), ")".repeat(100_000));
    refused(
        "nested conditions",
        with("schulden > € 0 tenzij schuldhulp", &conditions).as_bytes(),
    );
    refused(
        "unterminated text",
        with("\"Wonen na de opvang\"", "\"Wonen na de opvang").as_bytes(),
    );
    refused("homoglyph", with("rol regie", "rol rеgie").as_bytes());
    refused(
        "bidi",
        with("stap toewijzing \"", "stap toewijzing \"\u{202e}").as_bytes(),
    );
    refused(
        "twice",
        with("looptijd {", "looptijd {\n}\nlooptijd {").as_bytes(),
    );
    refused(
        "30 February",
        with("ondertekend 1 maart 2018", "ondertekend 30 februari 2018").as_bytes(),
    );
    refused(
        "negative duration",
        with("binnen 10 werkdagen", "binnen -10 werkdagen").as_bytes(),
    );
    refused(
        "overflow",
        with("€ 0", "€ 99.999.999.999.999.999.999").as_bytes(),
    );
    refused(
        "long duration",
        with("10 werkdagen", "99999999999 werkdagen").as_bytes(),
    );
}

#[test]
fn ten_thousand_mistakes_are_told_in_time() {
    let many = "stap toets \"Toets\" {\n    door niemand\n  }\n".repeat(9_000);
    let text = with("  stap toewijzing", &format!("{many}  stap toewijzing"));
    let told = refused("many", text.as_bytes());
    assert!(told.lines().count() > 100, "{} lines", told.lines().count());
}

#[test]
fn a_file_of_100_mb_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("groot.convenant");
    File::create(&path)
        .unwrap()
        .set_len(100 * 1024 * 1024)
        .unwrap();
    for words in [["check"], ["fmt"], ["graph"]] {
        let ran = run(&[words[0], path.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{words:?}");
        assert!(
            format!("{}{}", ran.out, ran.err).contains("1 MiB"),
            "{words:?}"
        );
    }
    let ran = run_with(&["check", "-"], &vec![b' '; 2 * 1024 * 1024]);
    assert_eq!(ran.code, 1);
}

#[test]
fn formatting_is_checked_done_and_then_nothing_more() {
    let loose = small().replace("  regio    Voorbeeld", "regio     Voorbeeld");
    let (_folder, path) = file("los.convenant", loose.as_bytes());
    let path = path.to_str().unwrap();
    let checked = run(&["fmt", "--check", path]);
    assert_eq!((checked.code, checked.out.trim()), (1, path));
    assert_eq!(fs::read_to_string(path).unwrap(), loose);
    assert_eq!(run(&["fmt", path]).code, 0);
    assert_eq!(run(&["fmt", "--check", path]).code, 0);
    let from_stdin = run_with(&["fmt", "-"], loose.as_bytes());
    assert_eq!(from_stdin.out, fs::read_to_string(path).unwrap());
}

/// Explains with these facts: exit 1 and what was said.
fn facts_refused(facts: &[u8]) -> String {
    let (_folder, path) = file("feiten.yaml", facts);
    let path = path.to_str().unwrap();
    let ran = run(&["explain", SMALL, "--facts", path, "--date", "2018-05-02"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "");
    ran.err.replace(path, "feiten.yaml")
}

#[test]
fn facts_are_refused_where_they_are_wrong() {
    let mut told = String::new();
    for facts in [
        "schulden: € 3\nschulden: € 4\n",
        "shculden: € 3\nschuldhulp: misschien\ngeboortedatum: 2018-02-30\nherkomst: Oost\noordelen: { toe-aan-wone: ja }\n",
        "schulden: -1 appel\noordelen: { toe-aan-wonen: soms, meerderjarig: ja }\n",
        "schulden: € 99.999.999.999.999.999.999\n",
        "a: &a [x, x]\nb: *a\n",
        "schulden: !!int 3\n",
        "- schulden\n",
        "schulden: [1, 2]\n",
        "schulden: \"€ 3\n",
        "a: 1\n---\nb: 2\n",
    ] {
        told.push_str(&facts_refused(facts.as_bytes()));
    }
    expect("facts-refused.nl.txt", &told);
}

#[test]
fn hostile_facts_are_refused_in_time() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..30 {
        let before = level - 1;
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![format!("*a{before}"); 9].join(",")
        ));
    }
    let begun = Instant::now();
    facts_refused(bomb.as_bytes());
    facts_refused("[".repeat(100_000).as_bytes());
    facts_refused("a:\n".repeat(100_000).as_bytes());
    facts_refused(b"a: \xff");
    facts_refused(&vec![b' '; 2 * 1024 * 1024]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn json_is_json() {
    for words in [
        vec!["check", SMALL, "--format", "json"],
        vec![
            "explain",
            SMALL,
            "--facts",
            "tests/data/feiten.yaml",
            "--format",
            "json",
        ],
        vec!["test", "tests/data", "--format", "json"],
        vec!["simulate", SMALL, "--cases", "5", "--format", "json"],
    ] {
        let ran = run(&words);
        serde_json::from_str::<Value>(&ran.out).unwrap_or_else(|e| panic!("{words:?}: {e}"));
    }
}

/// One rule for every file that a server is given: what stands in it is wrong (1), or it cannot be read (2).
#[test]
fn a_file_of_a_server_that_is_wrong_gives_1_and_one_that_is_not_there_2() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let wrong = folder.path().join("fout.yaml");
    std::fs::write(&wrong, "mensen: jan\n").unwrap();
    let absent = folder.path().join("weg.yaml");
    for option in ["--people", "--accounts", "--channels", "--holidays"] {
        for (file, code) in [(&wrong, 1), (&absent, 2)] {
            let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
            let listen = ["--listen", "127.0.0.1:0"];
            let words = ["serve", "--data", data, option, file];
            let ran = run(&[&words[..], &listen[..]].concat());
            assert_eq!(ran.code, code, "{option} {file}: {}", ran.err);
            if code == 2 {
                let said = format!("{file}: dit bestand is er niet.\n");
                assert_eq!(ran.err, said, "{option}");
            } else {
                assert!(ran.err.contains("fout.yaml"), "{option}: {}", ran.err);
                assert!(!ran.err.contains("expected"), "{option}: {}", ran.err);
                let english = run(&[&words[..], &listen[..], &["--lang", "en"]].concat());
                assert_ne!(english.err, ran.err, "{option}");
            }
        }
    }
}
