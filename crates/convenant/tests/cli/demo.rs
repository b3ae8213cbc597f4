//! The demo as a process: filled once, served, moved in time, stopped and continued.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::{program, run};

/// A demo that serves; ends with the test.
struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a demo and waits until it says where it listens.
fn serve(folder: &str) -> Serving {
    let mut child = program(&[
        "demo",
        "--data",
        folder,
        "--cases",
        "9",
        "--listen",
        "127.0.0.1:0",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, url) = line.split_once("http://")?;
            Some(url.trim_end_matches('/').to_owned())
        })
        .expect("the demo says where it listens");
    Serving { child, address }
}

/// Utrecht's own file as the draft: the same targets, and every placement in it.
fn a_draft_spreads_what_is_there(folder: &str) {
    let file = "../../convenants/utrecht/utrecht.convenant";
    let picture = format!("{folder}/spreiding.svg");
    let asked = ["spread", file, "--data", folder, "--svg", &picture];
    let ran = run(&[&asked[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let sum = |key: &str| {
        let parties = found["parties"].as_array().unwrap();
        parties
            .iter()
            .filter_map(|row| row[key].as_i64())
            .sum::<i64>()
    };
    assert!(sum("placed_now") > 0, "{}", ran.out);
    assert_eq!(sum("placed_now"), found["cases"].as_i64().unwrap());
    assert_eq!(sum("placed_draft"), sum("placed_now"));
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert!(
        svg.contains("role=\"img\"") && svg.contains("De Bilt"),
        "{svg}"
    );
    let text = run(&[&asked[..], &["--period", "2018"]].concat());
    assert!(text.out.contains("Doel concept"), "{}", text.out);
    let early = run(&[&asked[..], &["--period", "mei"]].concat());
    assert_eq!(early.code, 2);
    // A folder that is not there is not made.
    let nowhere = format!("{folder}/nergens");
    let ran = run(&["spread", file, "--data", &nowhere]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(!std::path::Path::new(&nowhere).exists());
}

#[test]
fn a_demo_is_filled_once_served_moved_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let fill = ["demo", "--data", folder, "--cases", "9", "--fill-only"];
    let first = run(&fill);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.contains("9 verzonnen zaken"), "{}", first.out);
    let again = run(&fill);
    assert_eq!(again.code, 0);
    assert!(!again.out.contains("verzonnen zaken"), "{}", again.out);
    a_draft_spreads_what_is_there(folder);
    let other = run(&["demo", "--data", folder, "--seed", "2", "--fill-only"]);
    assert_eq!(other.code, 2, "{}", other.out);

    let mut serving = serve(folder);
    let in_use = run(&fill);
    assert_eq!(in_use.code, 2);
    assert!(in_use.err.contains(folder), "{}", in_use.err);
    let before = run(&["clock", "show", "--listen", &serving.address]);
    let moved = run(&[
        "klok",
        "vooruit",
        "--weken",
        "1",
        "--listen",
        &serving.address,
    ]);
    assert_eq!(moved.code, 0, "{}", moved.err);
    let after = run(&["clock", "show", "--listen", &serving.address]);
    assert!(before.out.contains("15 maart 2019"), "{}", before.out);
    assert!(after.out.contains("22 maart 2019"), "{}", after.out);

    the_ledger_says_where_parties_stand_and_who_is_next(&serving.address);
    a_calendar_address_is_made_listed_and_revoked(&serving.address);
    homes_are_imported_all_or_none(&serving.address);

    let pid = serving.child.id().to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));

    let continued = serve(folder);
    let kept = run(&["clock", "show", "--listen", &continued.address]);
    assert!(
        kept.out.contains("22 maart 2019"),
        "the clock is kept: {}",
        kept.out
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let ran = run(&["demo", "--data", "/proc/convenant", "--fill-only"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("/proc/convenant"), "{}", ran.err);
}

fn homes_are_imported_all_or_none(listen: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let whose = ["drenthe", "drenthe.verhuurder.actium"];
    let import = |file: &str, more: &[&str]| {
        let words = [&["homes", "import"], &whose[..], &[file], more].concat();
        run(&[&words[..], &["--listen", listen]].concat())
    };
    let good = file(
        "goed.csv",
        b"kenmerk;gemeente;huur\nN-1;Meppel;600\nN-2;Assen;550\n",
    );
    let done = import(&good, &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("2 nieuw, 0 verbeterd"), "{}", done.out);
    let again = import(&good, &["--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["known"].as_array().unwrap().len(), 2, "{again}");
    assert_eq!(again["new"], serde_json::json!([]));

    let wrong = file(
        "fout.csv",
        b"kenmerk;gemeente;huur\nN-3;Meppel;600\nN-4;Atlantis;=1+1\nN-5;Assen\n",
    );
    let refused = import(&wrong, &[]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    for part in ["fout.csv", "regel 3, kolom huur", "regel 4: "] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert!(!refused.err.contains("Atlantis"), "{}", refused.err);
    let english = import(&wrong, &["--lang", "en", "--format", "json"]);
    assert_eq!(english.code, 1);
    let english: serde_json::Value = serde_json::from_str(&english.out).unwrap();
    let error = &english["errors"][0];
    assert_eq!(
        (&error["line"], &error["column"]),
        (&3.into(), &"huur".into())
    );
    // Nothing of the wrong file is there: its first home is still new.
    let first = file("eerste.csv", b"kenmerk;gemeente\nN-3;Meppel\n");
    assert!(import(&first, &[]).out.contains("1 nieuw"));

    let large = file("groot.csv", &vec![b'a'; 2 * 1024 * 1024 + 1]);
    let refused = import(&large, &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("2 MB"), "{}", refused.err);
    let many = format!("gemeente\n{}", "Assen\n".repeat(10_001));
    let refused = import(&file("veel.csv", many.as_bytes()), &[]);
    assert!(
        refused.code == 1 && refused.err.contains("10000"),
        "{}",
        refused.err
    );
    let nowhere = import("nergens.csv", &[]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("nergens.csv"), "{}", nowhere.err);
    let other = [
        "homes",
        "import",
        "drenthe",
        "drenthe.zorgpartij.cosis",
        &good,
    ];
    let other = run(&[&other[..], &["--listen", listen]].concat());
    assert_eq!(other.code, 2);
    assert!(other.err.contains("403"), "{}", other.err);
    let list = |more: &[&str]| {
        let words = [&["homes", "list"], &whose[..], more, &["--listen", listen]].concat();
        run(&words)
    };
    let (all, english) = (list(&["--format", "json"]), list(&["--lang", "en"]));
    let all: Vec<serde_json::Value> = serde_json::from_str(&all.out).unwrap();
    // A line for each, and four of the table.
    assert_eq!(
        english.out.lines().count(),
        all.len() + 4,
        "{}",
        english.out
    );
    assert!(english.out.contains(" Reference "), "{}", english.out);
    let free = list(&["--staat", "vrij"]);
    let of_all = all.iter().filter(|home| home["staat"] == "vrij").count();
    assert_eq!(free.out.lines().count(), of_all + 4, "{}", free.out);
    let wrong = list(&["--staat", "leeg"]);
    assert!(
        wrong.code == 2 && wrong.err.contains("staat"),
        "{}",
        wrong.err
    );
    let silent = run(&[
        &["homes", "import"],
        &whose[..],
        &[&good, "--listen", "127.0.0.1:1"],
    ]
    .concat());
    assert_eq!(silent.code, 2);
    assert!(silent.err.contains("127.0.0.1:1"), "{}", silent.err);
}

fn the_ledger_says_where_parties_stand_and_who_is_next(listen: &str) {
    let ledger = |more: &[&str]| {
        let words = [&["ledger", "utrecht"], more, &["--listen", listen]].concat();
        run(&words)
    };
    let now = ledger(&[]);
    assert_eq!(now.code, 0, "{}", now.err);
    let lines = now.out.lines().filter(|line| line.starts_with("│ Bunnik "));
    assert_eq!(lines.count(), 1, "{}", now.out);
    assert!(now.out.contains("\nAan de beurt: "), "{}", now.out);
    let views = ["2017", "2018", "2019"].map(|year| {
        let known = ledger(&["--format", "json", "--period", year]);
        let views: serde_json::Value = serde_json::from_str(&known.out).unwrap();
        assert_eq!(views[0]["stand"]["van"], format!("{year}-01-01"));
        (year, views[0]["boekingen"].as_array().unwrap().clone())
    });
    let (year, placed) = views
        .iter()
        .find(|(_, placed)| !placed.is_empty())
        .expect("somebody was placed");
    let party = placed[0]["partij"].as_str().unwrap();
    let of_party = placed.iter().filter(|entry| entry["partij"] == party);
    let told = ledger(&["--period", year, "--partij", party, "--lang", "en"]);
    let cases = told.out.lines().filter(|line| line.contains(" UTR-201"));
    assert_eq!(cases.count(), of_party.count(), "{}", told.out);
    assert!(told.out.contains("Still to place"), "{}", told.out);
    let case = ["--zaak", placed[0]["zaak"].as_str().unwrap()];
    let of_case = |who: &str| ledger(&[&case[..], &["--account", who]].concat());
    let asked = of_case("utrecht.coordinator.het-vierde-huis");
    assert!(
        asked.code == 0 && asked.out.starts_with("Aan de beurt: "),
        "{}{}",
        asked.out,
        asked.err
    );
    let stranger = of_case("drenthe.koppelaar.coordinatiepunt-uitstroom");
    assert!(
        stranger.code == 2 && stranger.err.contains("403"),
        "{}",
        stranger.err
    );
    let unknown = ledger(&["--partij", "Emmen & co"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("partij"),
        "{}",
        unknown.err
    );
}

fn a_calendar_address_is_made_listed_and_revoked(listen: &str) {
    let whose = ["utrecht", "utrecht.coordinator.het-vierde-huis"];
    let feed = |act: &str, more: &[&str]| {
        let words = [&["feed", act], &whose[..], more, &["--listen", listen]].concat();
        run(&words)
    };
    let none = feed("list", &[]);
    assert_eq!(none.out, "Er zijn geen adressen.\n", "{}", none.err);
    let made = feed("make", &[]);
    assert_eq!(made.code, 0, "{}", made.err);
    let address = made.out.lines().next().unwrap();
    let secret = address.rsplit('/').next().unwrap();
    assert!(
        address.starts_with("http://") && secret.len() == 68,
        "{address}"
    );
    let listed = feed("list", &[]);
    assert!(!listed.out.contains(secret) && listed.out.lines().count() == 1);
    let id = listed.out.split_whitespace().next().unwrap();
    assert!(
        made.out.contains(id) && listed.out.contains("taal nl"),
        "{}",
        listed.out
    );
    let english = feed("make", &["--lang", "en"]);
    assert!(
        english.out.contains("You see this address"),
        "{}",
        english.out
    );
    let unknown = feed("revoke", &["0123456789abcdef"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("404"), "{}", unknown.err);
    let revoked = feed("intrekken", &[id]);
    assert!(revoked.out.contains(id), "{}", revoked.err);
    let listed = feed("lijst", &[]);
    assert_eq!(
        listed
            .out
            .lines()
            .filter(|line| line.contains("ingetrokken"))
            .count(),
        1
    );
    let nobody = run(&["feed", "list", "utrecht", "niemand", "--listen", listen]);
    assert_eq!(nobody.code, 2);
    let smuggled = run(&["feed", "list", "utrecht", "a\r\nb", "--listen", listen]);
    assert_eq!(smuggled.code, 2);
}
