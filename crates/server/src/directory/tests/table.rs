//! Who is told, as a table: a file per story, each with people, a notification and what is expected of it.

use std::collections::BTreeMap;
use std::path::Path;

use convenant_engine::{Case, Cause, Life, LifeCause, Notification, Place, authority};
use convenant_lang::model::{Convenant, StepId};
use jiff::civil::Date;
use serde::Deserialize;

use super::{case_of, model, party, who};
use crate::directory::recipients::{Asked, Recipients, Via, recipients};
use crate::directory::yaml::PeopleFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    regio: String,
    mensen: serde_yaml::Value,
    gevallen: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    geval: String,
    dag: Date,
    aan: String,
    /// The parties of the notification; those of the day when absent.
    partijen: Option<Vec<String>>,
    /// The parties of the case.
    #[serde(default)]
    zaak_van: Vec<String>,
    /// The step; none for the convenant's own life.
    stap: Option<String>,
    vangnet: Option<String>,
    #[serde(default)]
    opgezegd: Vec<String>,
    verwacht: Vec<String>,
    #[serde(default)]
    vacatures: Vec<String>,
}

fn in_words(model: &Convenant, found: &Recipients) -> (Vec<String>, Vec<String>) {
    let via = |via: &Via| match via {
        Via::Role => "vervult".to_owned(),
        Via::Replacement { of, until } => format!("vervangt {of} tot en met {until} als"),
        Via::Party { why } => format!("zelfde partij ({why:?}), is"),
        Via::LastResort { why } => format!("vangnet ({why:?}), is"),
    };
    let to = found.to.iter().map(|recipient| {
        let as_what = recipient
            .capacities
            .iter()
            .map(|c| format!("{} {} van {}", via(&c.via), c.held.role, c.held.party));
        let as_what: Vec<String> = as_what.collect();
        format!("{}: {}", recipient.person.id, as_what.join("; "))
    });
    let vacancies = found.vacancies.iter().map(|v| {
        let party = &model.parties[v.party.index()].name;
        format!("{party} ({:?})", v.why)
    });
    (to.collect(), vacancies.collect())
}

fn resolve(model: &Convenant, people: &PeopleFile, told: &Told) -> Recipients {
    let ids = |names: &[String]| names.iter().map(|n| party(model, n)).collect::<Vec<_>>();
    let mut case = case_of(model, &ids(&told.zaak_van));
    let cause = match &told.stap {
        Some(name) => {
            let steps = &model.schemes[0].handover.steps;
            let at = steps.iter().position(|s| s.name == *name).unwrap();
            let step = StepId(u16::try_from(at).unwrap());
            case.place = Place::Step(step);
            Cause::ToDo(step)
        }
        None => {
            case = Case::default();
            Cause::Life(LifeCause::EndMoved)
        }
    };
    let to = who(model, &told.aan);
    let parties = match &told.partijen {
        Some(names) => ids(names),
        None => authority::parties_of(model, &case, to, told.dag),
    };
    let notification = Notification {
        cause,
        to,
        parties,
        due: None,
        instead_of: None,
    };
    let life = Life {
        notices: ids(&told.opgezegd)
            .into_iter()
            .map(|p| (p, told.dag, told.dag))
            .collect(),
        ..Life::default()
    };
    recipients(
        &people.regions[&model.header.region],
        &Asked {
            model,
            case: &case,
            life: &life,
            told: &notification,
            today: told.dag,
            last_resort: told.vangnet.as_deref().map(|name| who(model, name)),
        },
    )
}

#[test]
fn every_story_tells_whom_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/directory/tests/stories");
    let mut wrong = Vec::new();
    let mut told = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let story: Story = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let model = model(&story.regio);
        let mensen = BTreeMap::from([("mensen", &story.mensen)]);
        let mensen = serde_yaml::to_string(&mensen).unwrap();
        let people = PeopleFile::parse(&path, &mensen, std::iter::once(&model)).unwrap();
        for case in &story.gevallen {
            let found = in_words(&model, &resolve(&model, &people, case));
            let expected = (case.verwacht.clone(), case.vacatures.clone());
            if found != expected {
                wrong.push(format!("{}: found {found:#?}", case.geval));
            }
            told += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told > 15, "only {told} cases were read");
}
