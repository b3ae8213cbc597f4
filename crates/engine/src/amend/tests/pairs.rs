//! What two versions say of each other without any case.

use super::*;

fn losses(new: &str) -> Vec<(String, LossKind, bool)> {
    let found = migration(&program(OLD), &program(new)).unwrap();
    let losses = found.losses().iter();
    losses
        .map(|l| (l.name.clone(), l.kind, l.excepted))
        .collect()
}

#[test]
fn losses_are_what_falls_away_and_what_is_shorter() {
    let found = losses(NEW);
    let expected = [
        ("taak plan", LossKind::Dropped, false),
        ("termijn aanmelding", LossKind::Earlier, false),
        ("bezwaar", LossKind::Earlier, false),
    ];
    let expected = expected.map(|(name, kind, meant)| (name.to_owned(), kind, meant));
    assert_eq!(found, expected);
}

#[test]
fn an_exception_says_that_a_loss_is_meant() {
    let named = NEW.replacen(
        "stap screening -> toets",
        "stap screening -> toets\n  uitzondering \"Taak plan, want dat is nu een stap\"\n  uitzondering \"bezwaarschrift\"",
        1,
    );
    let found = losses(&named);
    let meant: Vec<_> = found.iter().filter(|l| l.2).map(|l| l.0.as_str()).collect();
    assert_eq!(meant, ["taak plan"]);
}

#[test]
fn a_step_without_counterpart_is_a_loss_unless_it_is_named() {
    let unnamed = NEW.replacen("stap screening -> toets", "", 1);
    assert!(losses(&unnamed).contains(&(
        "stap screening".to_owned(),
        LossKind::NoCounterpart,
        false
    )));
    let stays = NEW.replacen("screening -> toets", "screening blijft", 1);
    assert!(
        losses(&stays)
            .iter()
            .all(|l| l.1 != LossKind::NoCounterpart)
    );
}

#[test]
fn cases_that_stay_lose_nothing() {
    let stay = NEW.replacen("gaan over\n  stap screening -> toets", "blijven", 1);
    assert_eq!(losses(&stay), []);
}

#[test]
fn the_steps_on_the_left_are_those_of_the_old_version() {
    let old = program(OLD);
    let wrong = migration(&old, &new_with("stap screening", "stap scrining")).unwrap_err();
    let name = "scrining".to_owned();
    assert_eq!(wrong, MigrationError::UnknownStep { name });
    let wrong = migration(&old, &new_with("screening -> toets", "keuring blijft")).unwrap_err();
    assert!(matches!(wrong, MigrationError::UnknownStep { .. }));
    assert!(wrong.to_string().contains("keuring"));
}

#[test]
fn an_amendment_is_of_the_version_that_it_names() {
    let (old, new) = (program(OLD), program(NEW));
    let version = 1;
    assert_eq!(
        migration(&new, &old),
        Err(MigrationError::NoAmendment { version })
    );
    let (amends, found) = (1, 2);
    assert_eq!(
        migration(&new, &new),
        Err(MigrationError::OtherVersion { amends, found })
    );
    let other = new_with("regio    Proef", "regio    Anders");
    assert!(matches!(
        migration(&old, &other),
        Err(MigrationError::OtherRegion { .. })
    ));
}
