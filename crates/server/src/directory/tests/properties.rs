//! What holds for every directory: there is somebody, nobody twice, nobody who is away.

use std::collections::BTreeSet;
use std::sync::Arc;

use convenant_engine::{Case, Cause, Life, Notification, Place, authority};
use convenant_lang::model::{Convenant, PartyId, StepId, Who};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{case_of, model};
use crate::directory::recipients::{Asked, Via, Why, coordinator, recipients};
use crate::directory::{Absence, Directory, HeldRole, Person};
use crate::text::Language;

const TODAY: Date = date(2019, 3, 1);

/// Which roles somebody has (role or body, party), and whether they are away, with whom instead.
type Drawn = (Vec<(usize, usize)>, bool, Option<usize>);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let person = (
        prop::collection::vec((0usize..40, 0usize..60), 0..3),
        any::<bool>(),
        prop::option::of(0usize..8),
    );
    prop::collection::vec(person, 0..8)
}

fn directory(model: &Convenant, drawn: &[Drawn]) -> Directory {
    let roles = model.roles.iter().map(|r| &r.name);
    let names: Vec<&String> = roles.chain(model.bodies.iter().map(|b| &b.name)).collect();
    let people = drawn.iter().enumerate().map(|(n, (roles, away, by))| {
        let id = format!("p{n}");
        let absence = Absence {
            from: TODAY.yesterday().unwrap(),
            through: TODAY.saturating_add(3.days()),
            replacement: by.map(|n| format!("p{n}")),
        };
        let person = Person {
            id: id.clone(),
            name: id.clone(),
            mail: None,
            language: Language::Dutch,
            channels: BTreeSet::new(),
            rhythm: None,
            quiet: None,
            roles: roles
                .iter()
                .map(|(role, party)| HeldRole {
                    role: names[role % names.len()].clone(),
                    party: model.parties[party % model.parties.len()].name.clone(),
                })
                .collect(),
            absences: if *away { vec![absence] } else { Vec::new() },
        };
        (id, Arc::new(person))
    });
    Directory {
        people: people.collect(),
    }
}

fn a_who(model: &Convenant, n: usize) -> Who {
    let n = n % (model.roles.len() + model.bodies.len());
    match n.checked_sub(model.roles.len()) {
        Some(body) => Who::Body(convenant_lang::model::BodyId(u16::try_from(body).unwrap())),
        None => Who::Role(convenant_lang::model::RoleId(u16::try_from(n).unwrap())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn there_is_always_somebody_once_and_there(
        region in prop::sample::select(vec!["utrecht", "nijmegen", "drenthe"]),
        drawn in drawn(),
        (told, last) in (0usize..40, prop::option::of(0usize..40)),
        (step, of_case) in (0usize..30, prop::collection::vec(0usize..60, 0..3)),
        left in prop::collection::vec(0usize..60, 0..2),
        parties in prop::option::of(prop::collection::vec(0usize..60, 0..3)),
    ) {
        thread_local! {
            static MODELS: [Convenant; 3] = ["utrecht", "nijmegen", "drenthe"].map(model);
        }
        MODELS.with(|models| {
            let model = models.iter().find(|m| m.header.region.eq_ignore_ascii_case(region)).unwrap();
            let id = |n: usize| PartyId(u16::try_from(n % model.parties.len()).unwrap());
            let of_case: Vec<PartyId> = of_case.into_iter().map(id).collect();
            let mut case: Case = case_of(model, &of_case);
            let steps = model.schemes[0].handover.steps.len();
            let step = StepId(u16::try_from(step % steps).unwrap());
            case.place = Place::Step(step);
            let life = Life {
                notices: left.into_iter().map(|n| (id(n), TODAY, TODAY)).collect(),
                ..Life::default()
            };
            let to = a_who(model, told);
            let told = Notification {
                cause: Cause::ToDo(step),
                to,
                parties: match parties {
                    Some(drawn) => drawn.into_iter().map(id).collect(),
                    None => authority::parties_of(model, &case, to, TODAY),
                },
                due: None,
instead_of: None,
            };
            let directory = directory(model, &drawn);
            let asked = Asked {
                model,
                case: &case,
                life: &life,
                told: &told,
                today: TODAY,
                last_resort: last.map(|n| a_who(model, n)),
            };
            let found = recipients(&directory, &asked);
            let member = |name: &str| model.party_named(name)
                .is_some_and(|p| authority::is_member(model, p, TODAY) && !life.has_left(p, TODAY));
            let able: Vec<&Arc<Person>> = directory.people.values()
                .filter(|p| p.roles.iter().any(|h| member(&h.party)))
                .collect();
            prop_assert_eq!(found.to.is_empty(), able.is_empty(), "{:?}", found);
            let ids: BTreeSet<&str> = found.to.iter().map(|r| r.person.id.as_str()).collect();
            prop_assert_eq!(ids.len(), found.to.len());
            let everybody_away = able.iter().all(|p| p.absent_on(TODAY).is_some());
            for recipient in &found.to {
                prop_assert!(!recipient.capacities.is_empty());
                if !everybody_away {
                    prop_assert!(recipient.person.absent_on(TODAY).is_none(), "{:?}", recipient);
                }
                for capacity in &recipient.capacities {
                    prop_assert!(member(&capacity.held.party), "{:?}", capacity);
                    let desperate = Via::LastResort { why: Why::EverybodyAway };
                    prop_assert!(capacity.via != desperate || everybody_away);
                }
            }
            // The order in which the parties are named does not count.
            let mut turned = told.clone();
            turned.parties.reverse();
            let again = recipients(&directory, &Asked { told: &turned, ..asked });
            prop_assert_eq!(again.to, found.to);
            Ok(())
        })?;
    }
}

#[test]
fn the_coordinator_is_the_role_of_a_named_party_that_acts_most() {
    for (region, expected) in [
        ("utrecht", "coördinator"),
        ("nijmegen", "regisseur"),
        ("drenthe", "koppelaar"),
    ] {
        let model = model(region);
        let role = coordinator(&model).unwrap();
        assert_eq!(model.roles[role.index()].name, expected);
    }
}
