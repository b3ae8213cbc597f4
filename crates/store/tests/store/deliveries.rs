//! Deliveries: claimed in turns, settled once, gathered when they are many; whatever happens, none is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use convenant_engine::Moment;
use convenant_store::{
    DeliveryClaim, DeliveryState, Gathered, NewMessage, Settlement, Store, Verdict,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::outbox::{fanned, mail, message};
use crate::world::{START, World, lease, opened, outgoing};

on_both!(
    parties_take_turns_in_a_lane_and_lanes_are_found,
    an_outcome_is_settled_once_and_only_by_who_holds_it,
    a_dead_letter_is_told_of_and_can_be_tried_again_or_left,
    many_for_one_person_go_as_one,
    with_random_outcomes_and_lost_leases_every_delivery_ends_once,
);

/// One notification per entry, each with one mail to this person for this party in this lane.
pub async fn told(world: &World, mails: &[(&str, &str, &str)]) {
    told_as(world, mails, |_, _| ()).await;
}

/// The same, each message as it is changed.
async fn told_as(
    world: &World,
    mails: &[(&str, &str, &str)],
    change: impl Fn(usize, &mut NewMessage),
) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.notifications = (0..mails.len())
        .map(|n| outgoing(&format!("{n}")))
        .collect();
    world.store.append(append).await.unwrap();
    let claims = world
        .store
        .claim_outbox(Moment(START), lease(0), 1000)
        .await
        .unwrap();
    assert_eq!(claims.len(), mails.len());
    let done = claims
        .iter()
        .zip(mails)
        .enumerate()
        .map(|(n, (claim, (person, party, lane)))| {
            let mut told = message(claim, person);
            change(n, &mut told);
            told.deliveries = vec![mail(claim, person, party)];
            told.deliveries[0].lane = (*lane).to_owned();
            fanned(claim, vec![told])
        })
        .collect();
    world.store.fan_out(Moment(START), done).await.unwrap();
}

async fn claim(store: &Store, lane: &str, after: &str, limit: u32) -> Vec<DeliveryClaim> {
    store
        .claim_deliveries(lane, after, Moment(START), lease(0), limit)
        .await
        .unwrap()
}

pub fn verdict(claim: &DeliveryClaim, verdict: Verdict) -> Settlement {
    Settlement {
        region: claim.region.clone(),
        id: claim.id,
        token: claim.token,
        verdict,
    }
}

pub fn again(at: i64) -> Verdict {
    Verdict::Again {
        at: Moment(at),
        reason: "421 later".to_owned(),
        ambiguous: false,
    }
}

fn dead(messages: Vec<NewMessage>) -> Verdict {
    Verdict::Dead {
        reason: "550 no such mailbox".to_owned(),
        ambiguous: false,
        messages,
    }
}

async fn parties_take_turns_in_a_lane_and_lanes_are_found(world: World) {
    let mut mails = vec![("z", "Zeist", "mail:a"); 6];
    mails.extend([("h", "Houten", "mail:a"), ("b", "Bunnik", "mail:a")]);
    mails.push(("x", "Bunnik", "mail:b"));
    told(&world, &mails).await;
    assert_eq!(world.store.lanes().await.unwrap(), ["mail:a", "mail:b"]);
    let targets = |claims: &[DeliveryClaim]| -> Vec<String> {
        claims.iter().map(|claim| claim.target.clone()).collect()
    };
    let first = claim(&world.store, "mail:a", "", 2).await;
    assert_eq!(targets(&first), ["b", "h"]);
    // After Houten it is Zeist's turn.
    let second = claim(&world.store, "mail:a", &first[1].turn, 4).await;
    assert_eq!(targets(&second), ["z"; 4]);
    assert_eq!(
        second.iter().map(|c| c.number).collect::<Vec<_>>(),
        [1, 2, 3, 4].map(Some)
    );
    assert_eq!(claim(&world.store, "mail:a", "", 9).await.len(), 2);
    assert_eq!(claim(&world.store, "mail:a", "", 9).await, []);
    assert_eq!(targets(&claim(&world.store, "mail:b", "", 9).await), ["x"]);
}

async fn an_outcome_is_settled_once_and_only_by_who_holds_it(world: World) {
    told(&world, &[("a", "Zeist", "l"), ("b", "Zeist", "l")]).await;
    let store = &world.store;
    let claims = claim(store, "l", "", 9).await;
    let settle = async |settlements| {
        store
            .settle_deliveries(Moment(START), settlements)
            .await
            .unwrap()
    };
    let done = vec![
        verdict(&claims[0], Verdict::Delivered),
        verdict(&claims[1], again(START + 5)),
    ];
    assert_eq!(settle(done.clone()).await, 2);
    assert_eq!(settle(vec![done[0].clone()]).await, 0);
    assert_eq!(claim(store, "l", "", 9).await, []);
    let at = |moment| store.claim_deliveries("l", "", Moment(moment), lease(0), 9);
    let second = at(START + 5).await.unwrap();
    assert_eq!((second[0].target.as_str(), second[0].attempts), ("b", 1));
    assert_eq!(second[0].occasion, claims[1].occasion, "under the same id");
    // The lease lapses, somebody else takes over, and the first has nothing to say any more.
    let third = store
        .claim_deliveries("l", "", Moment(START + 5), lease(11), 9)
        .await
        .unwrap();
    assert_eq!(
        (second[0].ambiguous, third[0].ambiguous),
        (0, 1),
        "the first may have sent it before it was broken off"
    );
    assert_eq!(settle(vec![verdict(&second[0], dead(Vec::new()))]).await, 0);
    assert_eq!(
        settle(vec![verdict(&third[0], Verdict::Delivered)]).await,
        1
    );
    let rows = store.deliveries_of(&world.region, &[1, 2]).await.unwrap();
    assert!(rows.iter().all(|row| row.state == DeliveryState::Delivered));
    assert_eq!(store.lanes().await.unwrap(), Vec::<String>::new());
}

async fn a_dead_letter_is_told_of_and_can_be_tried_again_or_left(world: World) {
    told(&world, &[("a", "Zeist", "l"), ("b", "Zeist", "l")]).await;
    let store = &world.store;
    let claims = claim(store, "l", "", 9).await;
    let mut about = store.messages_numbered(&world.region, &[1]).await.unwrap();
    let mut about = about.remove(0).message;
    about.person = "coordinator".to_owned();
    let settlements = claims
        .iter()
        .map(|claim| verdict(claim, dead(vec![about.clone()])))
        .collect();
    store
        .settle_deliveries(Moment(START + 1), settlements)
        .await
        .unwrap();
    assert_eq!(
        store
            .unread(&world.region, "coordinator")
            .await
            .unwrap()
            .unread,
        1
    );
    let dead = store.dead_letters(&world.region, None, 9).await.unwrap();
    assert_eq!(dead.len(), 2);
    assert_eq!(dead[0].subject.as_deref(), Some("Nieuwe zaak"));
    assert_eq!(dead[0].turn, "utrecht/Zeist");
    assert_eq!(
        dead[0].delivery.outcome.as_deref(),
        Some("550 no such mailbox")
    );
    let [left, tried] = [dead[0].delivery.id, dead[1].delivery.id];
    let now = Moment(START + 2);
    assert!(store.dismiss(&world.region, left, now).await.unwrap());
    assert!(!store.dismiss(&world.region, left, now).await.unwrap());
    assert!(!store.retry(&world.region, left, now).await.unwrap());
    assert!(store.retry(&world.region, tried, now).await.unwrap());
    assert_eq!(
        store.dead_letters(&world.region, None, 9).await.unwrap(),
        []
    );
    let again = store
        .claim_deliveries("l", "", now, lease(0), 9)
        .await
        .unwrap();
    assert_eq!((again.len(), again[0].id, again[0].attempts), (1, tried, 1));
}

async fn many_for_one_person_go_as_one(world: World) {
    let mut mails = vec![("z", "Zeist", "l"); 8];
    mails.extend([("h", "Houten", "l"); 5]);
    // The last one for z comes to them for another reason.
    told_as(&world, &mails, |n, message| {
        if n == 7 {
            message.insight = r#"{"why":["anders"]}"#.to_owned();
            message.urgent = true;
        }
    })
    .await;
    let store = &world.store;
    // One of them has been tried: it goes on under its own id.
    let first = claim(store, "l", "utrecht/Houten", 1).await;
    let back = vec![verdict(&first[0], again(START))];
    store.settle_deliveries(Moment(START), back).await.unwrap();
    let gather = async || {
        store
            .gather_deliveries(Moment(i64::MIN), Moment(START), lease(0))
            .await
            .unwrap()
    };
    assert_eq!(gather().await, 1);
    assert_eq!(gather().await, 0);
    let claims = claim(store, "l", "", 99).await;
    let (alone, together): (Vec<_>, Vec<_>) = claims.iter().partition(|c| c.number.is_some());
    assert_eq!((alone.len(), together.len()), (6, 1));
    let one = together[0];
    assert_eq!(one.target, "z");
    let carried = async |most| store.gathered(&world.region, one.id, most).await.unwrap();
    let numbers = |carried: &Gathered| {
        let numbers = carried.messages.iter().map(|row| row.number);
        numbers.collect::<Vec<_>>()
    };
    let all = carried(99).await;
    assert_eq!((all.count, all.urgent), (7, true));
    assert_eq!(numbers(&all), [2, 3, 4, 5, 6, 7, 8]);
    let some = carried(3).await;
    assert_eq!((some.count, numbers(&some)), (7, vec![2, 3, 4, 8]));
    let done = vec![verdict(one, Verdict::Delivered)];
    store.settle_deliveries(Moment(START), done).await.unwrap();
    let rows = store.deliveries_of(&world.region, &[8]).await.unwrap();
    assert!(rows[0].gathered);
    assert_eq!(rows[0].state, DeliveryState::Delivered);
}

/// What one simulated worker does with a claim.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Delivered,
    Later,
    Ambiguous,
    Refused,
    /// The worker dies before it settles: the lease lapses.
    Lost,
    /// The worker freezes and settles after somebody else took over.
    Late,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        4 => Just(Fate::Delivered),
        2 => Just(Fate::Later),
        1 => Just(Fate::Ambiguous),
        1 => Just(Fate::Refused),
        2 => Just(Fate::Lost),
        2 => Just(Fate::Late),
    ];
    prop::collection::vec(fate, 1..120)
}

/// Two workers on two nodes, side by side, until nothing waits any more.
async fn with_random_outcomes_and_lost_leases_every_delivery_ends_once(world: World) {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for round in 0..6 {
        let fates = fates().new_tree(&mut runner).unwrap().current();
        let mut mails = vec![("z", "Zeist", "l"); 12];
        mails.extend([("h", "Houten", "l"); 4]);
        told(&world, &mails).await;
        let gathered = world
            .store
            .gather_deliveries(Moment(i64::MIN), Moment(START), lease(0))
            .await
            .unwrap();
        assert_eq!(gathered, 1, "round {round}");
        play(&world, fates).await;
        let numbers: Vec<i64> = (1..=16 * (round + 1)).collect();
        let rows = world
            .store
            .deliveries_of(&world.region, &numbers)
            .await
            .unwrap();
        let messages: BTreeSet<i64> = rows.iter().map(|row| row.number).collect();
        assert_eq!((rows.len(), messages.len()), (numbers.len(), numbers.len()));
        for row in rows {
            let ended = matches!(row.state, DeliveryState::Delivered | DeliveryState::Dead);
            assert!(ended, "{row:?}");
        }
    }
}

async fn play(world: &World, fates: Vec<Fate>) {
    let script = Arc::new(Mutex::new(fates.into_iter()));
    // Wall clock and clock of the deliveries, moved by whoever finds nothing to do.
    let time = Arc::new(Mutex::new(0i64));
    let ended: Arc<Mutex<BTreeMap<i64, u32>>> = Arc::default();
    let mut workers = Vec::new();
    for store in [world.store.clone(), world.second_node().await] {
        let (script, time, ended) = (script.clone(), time.clone(), ended.clone());
        workers.push(tokio::spawn(async move {
            let mut frozen: Vec<Settlement> = Vec::new();
            while !store.lanes().await.unwrap().is_empty() {
                let second = *time.lock().unwrap();
                let now = Moment(START + second * 1000);
                let claims = store
                    .claim_deliveries("l", "", now, lease(second), 3)
                    .await
                    .unwrap();
                if claims.is_empty() {
                    // Longer than a lease and than any postponement.
                    *time.lock().unwrap() += 11;
                    let held = store
                        .settle_deliveries(now, std::mem::take(&mut frozen))
                        .await
                        .unwrap();
                    let _ = held;
                }
                for claim in claims {
                    let fate = script.lock().unwrap().next().unwrap_or(Fate::Delivered);
                    let settlement = match fate {
                        Fate::Delivered => verdict(&claim, Verdict::Delivered),
                        Fate::Later => verdict(&claim, again(now.0 + 1000)),
                        Fate::Ambiguous => verdict(
                            &claim,
                            Verdict::Again {
                                at: now,
                                reason: "lost after DATA".to_owned(),
                                ambiguous: true,
                            },
                        ),
                        Fate::Refused => verdict(&claim, dead(Vec::new())),
                        Fate::Lost => continue,
                        Fate::Late => {
                            frozen.push(verdict(&claim, again(now.0 + 2000)));
                            continue;
                        }
                    };
                    let ends = !matches!(settlement.verdict, Verdict::Again { .. });
                    let held = store
                        .settle_deliveries(now, vec![settlement])
                        .await
                        .unwrap();
                    if ends && held == 1 {
                        *ended.lock().unwrap().entry(claim.id).or_default() += 1;
                    }
                }
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    // One gathered delivery and four single ones, each ended once.
    let ended = ended.lock().unwrap();
    assert_eq!(ended.len(), 5, "{ended:?}");
    assert!(ended.values().all(|times| *times == 1), "{ended:?}");
}
