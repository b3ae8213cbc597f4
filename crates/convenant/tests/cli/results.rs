//! Results of the commands that run a convenant: `explain`, `test`, `simulate`, `graph`.

use serde_json::Value;

use super::{SMALL, expect, run};

const FACTS: &str = "tests/data/feiten.yaml";

#[test]
fn an_explanation_names_clauses_articles_and_what_is_missing() {
    let text = run(&["explain", SMALL, "--facts", FACTS, "--date", "2 mei 2018"]);
    assert_eq!(text.code, 0, "{}", text.err);
    expect("explain.nl.txt", &text.out);
    let english = run(&[
        "explain",
        SMALL,
        "--facts",
        FACTS,
        "--date",
        "2018-05-02",
        "--lang",
        "en",
    ]);
    expect("explain.en.txt", &english.out);
    let words = [
        "explain",
        SMALL,
        "--facts",
        FACTS,
        "--date",
        "2018-05-02",
        "--format",
        "json",
    ];
    expect("explain.json", &run(&words).out);
}

#[test]
fn scenarios_say_what_differs_and_what_nobody_has_seen() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("uitslag.xml");
    let ran = run(&["test", "tests/data", "--junit", junit.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    expect("test.nl.txt", &ran.out);
    expect("test.xml", &std::fs::read_to_string(junit).unwrap());
    let one = run(&["test", "tests/data/scenarios/01-goed.yaml"]);
    assert_eq!(one.code, 0, "{}", one.out);
    let gaps = run(&["test", "tests/data/scenarios/01-goed.yaml", "--complete"]);
    assert_eq!(gaps.code, 0, "gaps count only when a folder was played");
}

#[test]
fn the_regions_scenarios_are_good_and_leave_nothing_unseen() {
    let ran = run(&["test", "../../convenants", "--complete"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn the_same_seed_gives_the_same_simulation() {
    let simulate = |seed: &str| {
        let words = [
            "simulate",
            SMALL,
            "--cases",
            "40",
            "--seed",
            seed,
            "--from",
            "2018-03-01",
            "--until",
            "2019-03-01",
            "--format",
            "json",
        ];
        let ran = run(&words);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let first = simulate("7");
    assert_eq!(first, simulate("7"));
    assert_ne!(first, simulate("8"));
    let summary: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(summary["opened"], 40);
    let placed: u64 = summary["spreading"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|period| period["parties"].as_array().unwrap())
        .map(|party| party["placed"].as_u64().unwrap())
        .sum();
    assert!(placed > 10, "{placed} placed");
}

#[test]
fn people_find_their_way_through_every_file() {
    let everything = "../lang/tests/good/everything.convenant";
    for file in [
        everything,
        "../../convenants/utrecht/utrecht.convenant",
        "../../convenants/nijmegen/nijmegen.convenant",
        "../../convenants/drenthe/drenthe.convenant",
    ] {
        let words = ["simulate", file, "--cases", "30", "--format", "json"];
        let ran = run(&words);
        assert_eq!(ran.code, 0, "{file}: {}", ran.err);
        let summary: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(
            summary["opened"].as_u64().unwrap() > 20,
            "{file}: {summary}"
        );
        let ended: u64 = summary["ends"]
            .as_array()
            .unwrap()
            .iter()
            .map(|end| end["cases"].as_u64().unwrap())
            .sum();
        assert!(ended > 0, "{file}: nothing ends: {summary}");
    }
}

#[test]
fn a_drawing_holds_every_step_with_its_actor_and_deadline() {
    expect(
        "graph.mmd",
        &run(&["graph", SMALL, "--format", "mermaid"]).out,
    );
    expect("graph.dot", &run(&["graph", SMALL, "--format", "dot"]).out);
    let svg = run(&["graph", SMALL]).out;
    assert_eq!(svg, run(&["graph", SMALL]).out, "two runs draw differently");
    expect("graph.svg", &svg);
}

/// A client, and the home.
type Gets = (&'static str, Option<&'static str>);

/// Small matchings with an answer that is known by hand, and who gets what in it.
const MATCHINGS: [(&str, &[Gets]); 4] = [
    (
        "grens",
        &[
            ("a", Some("1")),
            ("b", Some("2")),
            ("c", Some("3")),
            ("d", None),
        ],
    ),
    (
        "ketting",
        &[("a", Some("3")), ("b", Some("2")), ("c", Some("1"))],
    ),
    ("niets", &[("a", None), ("b", None), ("c", None)]),
    (
        "evenwicht",
        &[("a", Some("1")), ("b", Some("2")), ("c", Some("3"))],
    ),
];

#[test]
fn a_matching_gives_the_known_answer_with_its_reasons() {
    for (name, answer) in MATCHINGS {
        let clients = format!("tests/data/matching/{name}.clients.yaml");
        let homes = format!("tests/data/matching/{name}.homes.yaml");
        let words = |format| {
            [
                "match",
                "../../convenants/drenthe/drenthe.convenant",
                "--clients",
                &clients,
                "--homes",
                &homes,
                "--date",
                "2018-05-02",
                "--format",
                format,
            ]
        };
        let text = run(&words("text"));
        assert_eq!(text.code, 0, "{name}: {}", text.err);
        expect(&format!("match-{name}.nl.txt"), &text.out);
        let json = run(&words("json"));
        let json: Value = serde_json::from_str(&json.out).unwrap();
        let lines = json["lines"].as_array().unwrap().iter();
        let found: Vec<(&str, Option<&str>)> = lines
            .map(|line| (line["zaak"].as_str().unwrap(), line["woning"].as_str()))
            .collect();
        assert_eq!(found, answer, "{name}");
    }
}

#[test]
fn a_matching_refuses_files_that_it_cannot_read_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let clients = write("clients.yaml", "a:\n  sinds: 2018-01-01\n");
    let homes = write("homes.csv", "woning,gemeente\n1,Meppel\n");
    for (clients, homes, place) in [
        (
            &clients,
            write("1.csv", "woning,gemeente\n1,Atlantis\n"),
            "1.csv:2:2",
        ),
        (
            &clients,
            write("2.csv", "woning,kleur\n1,rood\n"),
            "2.csv:1:2",
        ),
        (
            &clients,
            write("3.csv", "woning,gemeente\n1,Meppel\n1,Assen\n"),
            "3.csv:3:1",
        ),
        (&clients, write("4.csv", "woning,gemeente\n1\n"), "4.csv:2"),
        (
            &clients,
            write(
                "7.csv",
                "woning;huur;wijk\n1;600,50;\"Ezinge\n2;700;Lariks\n",
            ),
            "7.csv:2:3",
        ),
        (
            &write("5.yaml", "a:\n  sinds: gisteren\n"),
            homes.clone(),
            "5.yaml:2:10",
        ),
        (&write("6.yaml", "a:\n  naam: x\n"), homes, "6.yaml:2:3"),
    ] {
        let file = "../../convenants/drenthe/drenthe.convenant";
        let ran = run(&["match", file, "--clients", clients, "--homes", &homes]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.err.contains(place), "{place}: {}", ran.err);
    }
}
