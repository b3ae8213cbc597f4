//! Endpoints of webhooks: whose they are, how their secrets are kept and replaced, when they are switched off.

use convenant_engine::Moment;
use convenant_store::{
    BY_PARTY, Consent, Endpoint, EndpointChange, EndpointState, Error, NewEndpoint, Store, Tried,
};

use crate::world::{START, World};

on_both!(
    an_endpoint_is_its_partys_alone,
    secrets_are_replaced_while_the_older_ones_sign_along,
    secrets_lie_sealed_and_bound_to_their_endpoint,
    a_party_has_ten_endpoints_also_when_they_are_made_at_once,
    failures_switch_off_after_five_days,
    consent_is_kept_for_the_address_that_gave_it,
);

const DAY: i64 = 86_400_000;

async fn made(world: &World, party: &str) -> Endpoint {
    let new = NewEndpoint {
        url: "https://ontvanger.voorbeeld.nl/hook".to_owned(),
        name: "zaken".to_owned(),
        on: true,
        agreed: false,
    };
    let made = world
        .store
        .make_endpoint(&world.region, party, new, Moment(START));
    made.await.unwrap()
}

async fn changed(
    world: &World,
    of: &Endpoint,
    change: EndpointChange,
    at: i64,
) -> Result<Endpoint, Error> {
    let (region, party) = (&world.region, of.party.as_str());
    let store = &world.store;
    store
        .change_endpoint(region, party, of.id, change, Moment(at))
        .await
}

fn rotate() -> EndpointChange {
    EndpointChange {
        rotate: true,
        ..EndpointChange::default()
    }
}

async fn an_endpoint_is_its_partys_alone(world: World) {
    let (ours, theirs) = (made(&world, "Zeist").await, made(&world, "Houten").await);
    let (store, region) = (&world.store, &world.region);
    assert_eq!(
        store.endpoints(region, Some("Zeist")).await.unwrap(),
        std::slice::from_ref(&ours)
    );
    assert_eq!(
        store.endpoints(region, None).await.unwrap(),
        [ours.clone(), theirs.clone()]
    );
    let change = store.change_endpoint(region, "Houten", ours.id, rotate(), Moment(START));
    assert!(matches!(change.await, Err(Error::NoSuchEndpoint)));
    let removed = store.remove_endpoint(region, "Houten", ours.id).await;
    assert!(matches!(removed, Err(Error::NoSuchEndpoint)));
    assert_eq!(store.endpoint(region, ours.id).await.unwrap(), ours);
    store
        .remove_endpoint(region, "Zeist", ours.id)
        .await
        .unwrap();
    let gone = store.endpoint(region, ours.id).await;
    assert!(matches!(gone, Err(Error::NoSuchEndpoint)));
    assert_eq!(store.endpoint(region, theirs.id).await.unwrap(), theirs);
}

async fn secrets_are_replaced_while_the_older_ones_sign_along(world: World) {
    let first = made(&world, "Zeist").await;
    let key = |endpoint: &Endpoint| *endpoint.secrets.newest().unwrap();
    let signing = |endpoint: &Endpoint, at: i64| -> Vec<[u8; 32]> {
        endpoint.secrets.signing(Moment(at)).copied().collect()
    };
    let second = changed(&world, &first, rotate(), START).await.unwrap();
    let (old, new) = (key(&first), key(&second));
    assert_ne!(old, new);
    assert_eq!(signing(&second, START + DAY - 1), [new, old]);
    assert_eq!(signing(&second, START + DAY), [new]);
    assert_eq!(
        second.secrets.older_until(Moment(START)),
        Some(Moment(START + DAY))
    );
    // Again within the day: the oldest keeps its own end. A third time it makes room.
    let third = changed(&world, &first, rotate(), START + 1000)
        .await
        .unwrap();
    assert_eq!(signing(&third, START + DAY - 1), [key(&third), new, old]);
    assert_eq!(signing(&third, START + DAY), [key(&third), new]);
    let fourth = changed(&world, &first, rotate(), START + 2000)
        .await
        .unwrap();
    assert_eq!(
        signing(&fourth, START + 2000),
        [key(&fourth), key(&third), new]
    );
    let withdraw = EndpointChange {
        withdraw_older: true,
        ..EndpointChange::default()
    };
    let last = changed(&world, &first, withdraw, START + 3000)
        .await
        .unwrap();
    assert_eq!(signing(&last, START + 3000), [key(&fourth)]);
    let stored = world.store.endpoint(&world.region, first.id).await.unwrap();
    assert_eq!(stored, last);
    assert!(!format!("{stored:?}").contains(&format!("{:?}", key(&last))));
}

async fn secrets_lie_sealed_and_bound_to_their_endpoint(world: World) {
    let (one, two) = (made(&world, "Zeist").await, made(&world, "Zeist").await);
    let hex: String = two
        .id
        .0
        .as_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let id = if world.folder().is_some() {
        format!("x'{hex}'")
    } else {
        format!("'\\x{hex}'")
    };
    let sql =
        format!("UPDATE endpoints SET secrets = (SELECT secrets FROM endpoints WHERE id = {id})");
    assert_eq!(world.tamper(&sql).await, 2);
    let moved = world.store.endpoint(&world.region, one.id).await;
    assert!(matches!(moved, Err(Error::Damaged(_))), "{moved:?}");
    assert_eq!(
        world.store.endpoint(&world.region, two.id).await.unwrap(),
        two
    );
}

async fn a_party_has_ten_endpoints_also_when_they_are_made_at_once(world: World) {
    let nodes = [world.store.clone(), world.second_node().await];
    let make = |store: Store, party: &'static str| {
        let region = world.region.clone();
        tokio::spawn(async move {
            let new = NewEndpoint {
                url: "https://ontvanger.voorbeeld.nl/".to_owned(),
                name: String::new(),
                on: false,
                agreed: false,
            };
            store
                .make_endpoint(&region, party, new, Moment(START))
                .await
        })
    };
    let many: Vec<_> = (0..14)
        .map(|n| make(nodes[n % 2].clone(), "Zeist"))
        .collect();
    let mut refused = 0;
    for made in many {
        match made.await.unwrap() {
            Ok(endpoint) => assert_eq!(
                endpoint.state,
                EndpointState::Off {
                    reason: BY_PARTY.to_owned(),
                    since: Moment(START)
                }
            ),
            Err(Error::TooManyEndpoints { most: 10 }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 4);
    make(nodes[0].clone(), "Houten").await.unwrap().unwrap();
}

async fn failures_switch_off_after_five_days(world: World) {
    let endpoint = made(&world, "Zeist").await;
    let tried = |tried: Tried, at: i64| {
        let (store, region) = (world.store.clone(), world.region.clone());
        async move {
            store
                .endpoint_tried(&region, endpoint.id, tried, Moment(START + at))
                .await
                .unwrap()
        }
    };
    let failed = || Tried::Failed("stil".to_owned());
    assert_eq!(tried(failed(), 0).await.failing_since, Some(Moment(START)));
    assert_eq!(tried(Tried::Delivered, DAY).await.failing_since, None);
    tried(failed(), 2 * DAY).await;
    assert_eq!(tried(failed(), 7 * DAY - 1).await.state, EndpointState::On);
    let off = |reason: &str, at: i64| EndpointState::Off {
        reason: reason.to_owned(),
        since: Moment(START + at),
    };
    let switched = tried(failed(), 7 * DAY).await;
    assert_eq!(switched.state, off("stil", 7 * DAY));
    // The first reason stays.
    let later = tried(Tried::Gone("weg".to_owned()), 8 * DAY).await;
    assert_eq!(later.state, off("stil", 7 * DAY));
    let on = EndpointChange {
        on: Some(true),
        ..EndpointChange::default()
    };
    let again = changed(&world, &switched, on, START + 9 * DAY)
        .await
        .unwrap();
    assert_eq!(
        (again.state, again.failing_since),
        (EndpointState::On, None)
    );
    let gone = tried(Tried::Gone("weg".to_owned()), 10 * DAY).await;
    assert_eq!(gone.state, off("weg", 10 * DAY));
}

async fn consent_is_kept_for_the_address_that_gave_it(world: World) {
    let first = made(&world, "Zeist").await;
    assert!(first.consent == Consent::Unasked && !first.is_told());
    let (store, region) = (&world.store, &world.region);
    for consent in [
        Consent::Given {
            at: Moment(START),
            rate: Some(120),
        },
        Consent::Given {
            at: Moment(START + 1),
            rate: None,
        },
        Consent::Withheld {
            reason: "webhook-stil".to_owned(),
        },
        Consent::Given {
            at: Moment(START + 2),
            rate: None,
        },
    ] {
        let told = matches!(consent, Consent::Given { .. });
        let asked = store.endpoint_asked(region, first.id, &first.url, consent.clone());
        let asked = asked.await.unwrap();
        assert_eq!((&asked.consent, asked.is_told()), (&consent, told));
        assert_eq!(store.endpoint(region, first.id).await.unwrap(), asked);
    }
    let url = "https://elders.voorbeeld.nl/".to_owned();
    let elsewhere = EndpointChange {
        url: Some(url),
        ..EndpointChange::default()
    };
    let moved = changed(&world, &first, elsewhere, START).await.unwrap();
    assert_eq!(moved.consent, Consent::Unasked);
    // The answer of the address before comes too late.
    let late = Consent::Given {
        at: Moment(START),
        rate: None,
    };
    let asked = store.endpoint_asked(region, first.id, &first.url, late);
    assert_eq!(asked.await.unwrap().consent, Consent::Unasked);
    let agreed = EndpointChange {
        agreed: Some(true),
        ..EndpointChange::default()
    };
    assert!(
        changed(&world, &first, agreed, START)
            .await
            .unwrap()
            .is_told()
    );
}
