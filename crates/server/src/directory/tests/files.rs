//! People files: what is read, and every way in which one is refused.

use std::path::Path;

use super::model;
use crate::directory::yaml::PeopleFile;
use crate::directory::{QuietHours, rhythm, written};

const GOOD: &str = r#"mensen:
- id: c.een
  naam: Coördinatie Een
  mail: een@vierdehuis.example
  taal: en
  kanalen: [mail, agenda]
  overzicht: elke werkdag om 08:00
  stil: {van: "18:00", tot: "08:00", vrije-dagen: true}
  rollen:
  - {regio: Utrecht, partij: Het Vierde Huis, rol: coördinator}
  - {regio: Utrecht, partij: Het Vierde Huis, rol: spreidingscommissie}
  afwezig:
  - {van: 2018-08-10, tot-en-met: 2018-08-20}
  - {van: 2018-07-01, tot-en-met: 2018-07-20, vervanger: c.twee}
- id: c.twee
  naam: Coördinatie Twee
  rollen:
  - {regio: Utrecht, partij: Het Vierde Huis, rol: coördinator}
  - {regio: Nijmegen, partij: Nijmegen, rol: regisseur}
  afwezig:
  - {van: 2018-07-21, tot-en-met: 2018-07-31, vervanger: c.een}
"#;

fn read(text: &str) -> Result<PeopleFile, String> {
    let models = [model("utrecht"), model("nijmegen")];
    let path = Path::new("people.yaml");
    PeopleFile::parse(path, text, models.iter()).map_err(|e| e.to_string())
}

#[test]
fn a_file_gives_the_people_of_each_region() {
    // In Nijmegen nobody is `c.een`.
    let error = read(GOOD).unwrap_err();
    assert!(
        error.contains("entry 2") && error.contains("`c.een` is nobody"),
        "{error}"
    );
    let people = read(&GOOD.replace("vervanger: c.een", "vervanger: c.drie")).unwrap_err();
    assert!(people.contains("`c.drie` is nobody"), "{people}");
    let people = read(&GOOD.replace(", vervanger: c.een}", "}")).unwrap();
    let utrecht = &people.regions["Utrecht"].people;
    assert_eq!(utrecht.len(), 2);
    assert_eq!(people.regions["Nijmegen"].people.len(), 1);
    let one = &utrecht["c.een"];
    assert_eq!(one.language, crate::text::Language::English);
    assert_eq!(one.channels.len(), 3, "the inbox is always there");
    assert_eq!(one.roles.len(), 2);
    let quiet = QuietHours {
        from: rhythm::time("18:00").unwrap(),
        until: rhythm::time("08:00").unwrap(),
        days_off: true,
    };
    assert_eq!(one.quiet, Some(quiet));
    assert!(one.absences[0].from < one.absences[1].from);
    // What was read can be written again.
    let mut again = (**one).clone();
    written::wish(&mut again, &written::wishes(one)).unwrap();
    assert_eq!(again, **one);
}

#[test]
fn each_mistake_is_named_with_its_place_and_what_to_do() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "rol: regisseur",
            "rol: regiseur",
            &["entry 2", "rol `regiseur`", "did you mean `regisseur`"],
        ),
        (
            "partij: Nijmegen",
            "partij: Nimegen",
            &["partij `Nimegen`", "did you mean `Nijmegen`"],
        ),
        (
            "regio: Nijmegen",
            "regio: Groningen",
            &["regio `Groningen`", "choose from: Utrecht, Nijmegen"],
        ),
        (
            "id: c.twee",
            "id: c.een",
            &["entry 2", "`c.een` stands in the file already"],
        ),
        ("id: c.twee", "id: C Twee", &["this is no id"]),
        (
            "naam: Coördinatie Twee",
            "naam: \"a\\r\\nBcc: b\"",
            &["`naam` must be one line"],
        ),
        (
            "naam: Coördinatie Twee",
            "naam: \"\"",
            &["`naam` must be one line"],
        ),
        (
            "een@vierdehuis.example",
            "\"een@x.nl\\r\\nBcc: b@y.nl\"",
            &["`mail` is not a mail address"],
        ),
        (
            "een@vierdehuis.example",
            "een.vierdehuis",
            &["`mail` is not a mail address"],
        ),
        (
            "taal: en",
            "taal: fr",
            &["taal `fr`", "choose from: nl, en"],
        ),
        (
            "agenda",
            "agenta",
            &["kanaal `agenta`", "did you mean `agenda`"],
        ),
        (
            "naam: Coördinatie Twee",
            "naam: Twee\n  kanalen: [mail]",
            &["there is no `mail`"],
        ),
        (
            "elke werkdag om 08:00",
            "elke werkdag",
            &["`overzicht` is not a schedule"],
        ),
        (
            "tot: \"08:00\"",
            "tot: \"18:00\"",
            &["`stil` needs two different times"],
        ),
        (
            "tot: \"08:00\"",
            "tot: \"25:00\"",
            &["`stil` needs two different times"],
        ),
        (
            "2018-08-20",
            "2018-08-09",
            &["from 2018-08-10 ends before it begins"],
        ),
        (
            "van: 2018-08-10",
            "van: 2018-07-20",
            &["overlap on 2018-07-20"],
        ),
        (
            "van: 2018-08-10",
            "van: 10 augustus",
            &["people.yaml", "expected `mensen:`"],
        ),
        (
            "vervanger: c.twee",
            "vervanger: c.een",
            &["on 2018-07-01", "leads back"],
        ),
        (
            "  rollen:\n  - {regio: Utrecht, partij: Het Vierde Huis, rol: coördinator}\n  - {regio: N",
            "  rollen: []\n  x: {regio: N",
            &["unknown field `x`"],
        ),
        (
            "taal: en",
            "taal: en\n  taal: nl",
            &["duplicate", "expected `mensen:`"],
        ),
        (
            "taal: en",
            "taal: en\n  wachtwoord: x",
            &["unknown field `wachtwoord`"],
        ),
        (
            "taal: en",
            "taal: &a en",
            &["people.yaml:5", "anchors and aliases"],
        ),
    ];
    let base = GOOD.replace(", vervanger: c.een}", "}");
    for (from, to, expected) in cases {
        assert!(base.contains(from), "{from}");
        let error = read(&base.replacen(from, to, 1)).unwrap_err();
        for part in *expected {
            assert!(error.contains(part), "{to}: {part:?} is not in {error:?}");
        }
        assert!(!error.contains("Bcc"), "a value is repeated: {error}");
    }
    let nothing = read("mensen:\n- {id: a, naam: A}\n").unwrap_err();
    assert!(nothing.contains("`rollen` is empty"), "{nothing}");
}

#[test]
fn a_circle_counts_only_on_the_days_on_which_all_are_away() {
    let person = |id: &str, from: u8, through: u8, by: &str| {
        format!(
            "- id: {id}\n  naam: {id}\n  rollen: [{{regio: Utrecht, partij: Het Vierde Huis, rol: coördinator}}]\n  afwezig: [{{van: 2018-07-{from:02}, tot-en-met: 2018-07-{through:02}, vervanger: {by}}}]\n"
        )
    };
    let file = |people: [String; 3]| format!("mensen:\n{}", people.concat());
    let apart = file([
        person("a", 1, 10, "b"),
        person("b", 11, 20, "c"),
        person("c", 21, 30, "a"),
    ]);
    read(&apart).unwrap();
    let pairs = file([
        person("a", 1, 12, "b"),
        person("b", 11, 22, "c"),
        person("c", 21, 30, "a"),
    ]);
    read(&pairs).unwrap();
    let round = file([
        person("a", 1, 20, "b"),
        person("b", 10, 25, "c"),
        person("c", 20, 30, "a"),
    ]);
    let error = read(&round).unwrap_err();
    assert!(error.contains("on 2018-07-20"), "{error}");
}
