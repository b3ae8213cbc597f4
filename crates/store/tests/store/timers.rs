//! Timers: due ones are claimed by one, fired once, and deleted with the events that they caused.

use convenant_engine::{Event, EventKind, Moment};
use convenant_lang::model::StepId;
use convenant_store::{Append, Error, Store, Timer, TimerChange, TimerName};

use crate::world::{START, World, judged, lease, opened};

on_both!(
    a_timer_is_claimed_when_due_and_fired_once,
    a_lost_lease_fires_nothing,
    a_timer_that_was_set_again_is_not_fired_by_an_old_claim,
    a_timer_without_events_is_settled_too,
    a_timer_fires_in_its_own_stream,
    two_nodes_fire_each_timer_once,
    what_another_node_changes_while_timers_fire_stays_changed,
    of_a_timer_and_a_command_at_once_one_comes_first,
    the_timers_of_a_stream_are_claimed_away_from_who_holds_them,
    the_timers_of_an_older_database_are_kept,
);

fn set(name: u32, at: i64) -> TimerChange {
    TimerChange::Set {
        name: TimerName::of(&name).unwrap(),
        at: Moment(START + at),
    }
}

async fn a_timer_is_claimed_when_due_and_fired_once(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.timers = vec![
        set(1, 1000),
        set(2, 500),
        set(3, 2000),
        TimerChange::Clear {
            name: TimerName::of(&3).unwrap(),
        },
    ];
    world.store.append(append).await.unwrap();
    assert_eq!(
        world.store.next_timer().await.unwrap(),
        Some(Moment(START + 500))
    );
    let none = world
        .store
        .claim_timers(Moment(START + 499), lease(0), 10)
        .await
        .unwrap();
    assert_eq!(none, []);
    let claims = world
        .store
        .claim_timers(Moment(START + 1000), lease(0), 10)
        .await
        .unwrap();
    let due: Vec<i64> = claims.iter().map(|claim| claim.due_at.0 - START).collect();
    assert_eq!(due, [500, 1000]);
    assert_eq!(claims[0].name.key::<u32>().unwrap(), 2);
    let again = world
        .store
        .claim_timers(Moment(START + 1000), lease(5), 10)
        .await
        .unwrap();
    assert_eq!(again, [], "held");
    let mut fire = case.next(vec![judged("af")]);
    fire.fires = Some(claims[0].clone());
    world.store.append(fire).await.unwrap();
    let mut twice = case.draft(vec![judged("nog eens")]);
    twice.fires = Some(claims[0].clone());
    let error = world.store.append(twice).await.unwrap_err();
    assert!(matches!(error, Error::TimerLost), "{error}");
    let left = world
        .store
        .timers(&world.region, case.stream)
        .await
        .unwrap();
    assert_eq!(
        left.iter()
            .map(|timer| timer.name.key::<u32>().unwrap())
            .collect::<Vec<_>>(),
        [1]
    );
    world.store.drop_timer(&claims[1]).await.unwrap();
    assert_eq!(world.store.next_timer().await.unwrap(), None);
    assert!(matches!(
        world.store.drop_timer(&claims[1]).await,
        Err(Error::TimerLost)
    ));
}

async fn a_timer_fires_in_its_own_stream(world: World) {
    let (mut case, mut other) = (world.case(), world.case());
    let mut append = case.next(vec![opened()]);
    append.timers = vec![set(1, 0)];
    world.store.append(append).await.unwrap();
    let mut append = other.next(vec![opened()]);
    append.timers = vec![set(1, 0)];
    world.store.append(append).await.unwrap();
    let claims = world.store.claim_timers(Moment(START), lease(0), 10).await;
    for claim in claims.unwrap() {
        let wrong = if claim.stream == case.stream {
            &other
        } else {
            &case
        };
        let mut fire = wrong.draft(vec![judged("af")]);
        fire.fires = Some(claim);
        let error = world.store.append(fire).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    }
}

async fn a_lost_lease_fires_nothing(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.timers = vec![set(1, 0)];
    world.store.append(append).await.unwrap();
    let slow = world
        .store
        .claim_timers(Moment(START), lease(0), 10)
        .await
        .unwrap();
    let quick = world
        .store
        .claim_timers(Moment(START), lease(10), 10)
        .await
        .unwrap();
    assert_eq!(quick.len(), 1, "the lease has lapsed");
    let mut late = case.draft(vec![judged("te laat")]);
    late.fires = Some(slow[0].clone());
    assert!(matches!(
        world.store.append(late).await,
        Err(Error::TimerLost)
    ));
    assert!(matches!(
        world.store.drop_timer(&slow[0]).await,
        Err(Error::TimerLost)
    ));
    let mut fire = case.next(vec![judged("op tijd")]);
    fire.fires = Some(quick[0].clone());
    world.store.append(fire).await.unwrap();
}

async fn a_timer_that_was_set_again_is_not_fired_by_an_old_claim(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.timers = vec![set(1, 0)];
    world.store.append(append).await.unwrap();
    let claims = world
        .store
        .claim_timers(Moment(START), lease(0), 10)
        .await
        .unwrap();
    let mut moved = case.next(vec![judged("verlengd")]);
    moved.timers = vec![set(1, 60_000)];
    world.store.append(moved).await.unwrap();
    let mut fire = case.draft(vec![judged("af")]);
    fire.fires = Some(claims[0].clone());
    assert!(matches!(
        world.store.append(fire).await,
        Err(Error::TimerLost)
    ));
    let mut cleared = case.next(vec![judged("weg")]);
    cleared.timers = vec![TimerChange::Clear {
        name: TimerName::of(&1).unwrap(),
    }];
    world.store.append(cleared).await.unwrap();
    let mut back = case.next(vec![judged("terug")]);
    back.timers = vec![set(1, 0)];
    world.store.append(back).await.unwrap();
    let mut fire = case.draft(vec![judged("af")]);
    fire.fires = Some(claims[0].clone());
    assert!(matches!(
        world.store.append(fire).await,
        Err(Error::TimerLost)
    ));
    assert_eq!(
        world
            .store
            .claim_timers(Moment(START), lease(0), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn a_timer_without_events_is_settled_too(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.timers = vec![set(1, 0)];
    world.store.append(append).await.unwrap();
    let claims = world
        .store
        .claim_timers(Moment(START), lease(0), 10)
        .await
        .unwrap();
    let mut fire: Append<Event> = Append::new(world.region.clone(), case.stream, 1);
    fire.fires = Some(claims[0].clone());
    fire.timers = vec![set(2, 10)];
    let answer = world.store.append(fire).await.unwrap();
    assert_eq!((answer.seq, answer.events), (1, 0));
    assert_eq!(
        world.store.next_timer().await.unwrap(),
        Some(Moment(START + 10))
    );
    assert_eq!(
        world
            .store
            .verify(&world.region, case.stream)
            .await
            .unwrap()
            .faults,
        []
    );
}

async fn two_nodes_fire_each_timer_once(world: World) {
    let mut cases = Vec::new();
    for _ in 0..60 {
        let mut case = world.case();
        let mut append = case.next(vec![opened()]);
        append.timers = vec![set(1, 0)];
        world.store.append(append).await.unwrap();
        cases.push(case);
    }
    let nodes = [world.store.clone(), world.second_node().await];
    let mut workers = Vec::new();
    for worker in 0..4 {
        let (store, cases) = (nodes[worker % 2].clone(), cases.clone());
        workers.push(tokio::spawn(async move {
            let mut fired = 0;
            loop {
                let claims = store
                    .claim_timers(Moment(START), lease(0), 7)
                    .await
                    .unwrap();
                if claims.is_empty() {
                    return fired;
                }
                for claim in claims {
                    let case = cases
                        .iter()
                        .find(|case| case.stream == claim.stream)
                        .unwrap();
                    let mut fire = case.draft(vec![judged("af")]);
                    fire.fires = Some(claim);
                    store.append(fire).await.unwrap();
                    fired += 1;
                }
            }
        }));
    }
    let mut fired = 0;
    for worker in workers {
        fired += worker.await.unwrap();
    }
    assert_eq!(fired, 60);
    for case in cases {
        assert_eq!(
            world
                .store
                .head(&world.region, case.stream)
                .await
                .unwrap()
                .unwrap()
                .seq,
            2
        );
    }
}

/// Appends that are handed in at the same time.
async fn append_all(store: &Store, appends: Vec<Append<Event>>) {
    let mut tasks = tokio::task::JoinSet::new();
    for append in appends {
        let store = store.clone();
        tasks.spawn(async move { store.append(append).await });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
}

/// What fires without a secret does not lock its streams first.
async fn what_another_node_changes_while_timers_fire_stays_changed(world: World) {
    let (store, other) = (&world.store, world.second_node().await);
    let mut cases: Vec<_> = (0..210).map(|_| world.case()).collect();
    let opening = cases.iter_mut().map(|case| {
        let mut append = case.next(vec![opened()]);
        append.timers = vec![set(1, 0), set(2, 0)];
        append
    });
    append_all(store, opening.collect()).await;
    let claims = store.claim_timers(Moment(START), lease(0), 1000).await;
    let first = TimerName::of(&1).unwrap();
    let (fired, dropped): (Vec<_>, Vec<_>) = claims
        .unwrap()
        .into_iter()
        .partition(|claim| claim.name == first);
    assert_eq!((fired.len(), dropped.len()), (210, 210));
    let dropping = async {
        for claim in &dropped {
            other.drop_timer(claim).await.unwrap();
        }
    };
    let firing = async {
        for claims in fired.chunks(70) {
            let fires = claims.iter().map(|claim| {
                let case = cases.iter().find(|case| case.stream == claim.stream);
                let mut fire = case
                    .unwrap()
                    .draft(vec![EventKind::Entered { step: StepId(1) }]);
                fire.fires = Some(claim.clone());
                fire
            });
            append_all(store, fires.collect()).await;
        }
    };
    tokio::join!(dropping, firing);
    assert_eq!(store.next_timer().await.unwrap(), None);
    // The row of a stream names its timers: none of them came back there.
    let named = world.tamper("UPDATE streams SET timers = timers WHERE timers IS NOT NULL");
    assert_eq!(named.await, 0);
    for case in &cases {
        let verified = store.verify(&world.region, case.stream).await.unwrap();
        assert_eq!((verified.events, verified.faults), (2, vec![]));
    }
}

async fn of_a_timer_and_a_command_at_once_one_comes_first(world: World) {
    let (store, other) = (&world.store, world.second_node().await);
    let mut cases: Vec<_> = (0..100).map(|_| world.case()).collect();
    let opening = cases.iter_mut().map(|case| {
        let mut append = case.next(vec![opened()]);
        append.timers = vec![set(1, 0)];
        append
    });
    append_all(store, opening.collect()).await;
    let claims = store.claim_timers(Moment(START), lease(0), 1000).await;
    let mut tasks = tokio::task::JoinSet::new();
    for claim in claims.unwrap() {
        let case = cases.iter().find(|case| case.stream == claim.stream);
        let case = case.unwrap();
        let mut fire = case.draft(vec![EventKind::Entered { step: StepId(1) }]);
        fire.fires = Some(claim);
        let command = case.draft(vec![judged("intussen")]);
        for (node, append) in [(store, fire), (&other, command)] {
            let node = node.clone();
            tasks.spawn(async move { (append.stream, node.append(append).await) });
        }
    }
    let mut won = Vec::new();
    for (stream, outcome) in tasks.join_all().await {
        match outcome {
            Ok(_) => won.push(stream),
            Err(Error::Conflict {
                expected: 1,
                actual: 2,
                ..
            }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won.len(), 100);
    won.sort_unstable();
    won.dedup();
    assert_eq!(won.len(), 100);
    for case in &cases {
        let verified = store.verify(&world.region, case.stream).await.unwrap();
        assert_eq!((verified.events, verified.faults), (2, vec![]));
    }
}

async fn the_timers_of_a_stream_are_claimed_away_from_who_holds_them(world: World) {
    let (mut case, mut other) = (world.case(), world.case());
    let mut append = case.next(vec![opened()]);
    append.timers = vec![set(1, 1000), set(2, 500), set(3, 2000)];
    world.store.append(append).await.unwrap();
    let mut append = other.next(vec![opened()]);
    append.timers = vec![set(1, 100)];
    world.store.append(append).await.unwrap();
    let now = Moment(START + 1000);
    let held = world.store.claim_timers(now, lease(0), 10).await.unwrap();
    assert_eq!(held.len(), 3);
    let taken = world
        .store
        .claim_timers_of(&world.region, case.stream, now, lease(1))
        .await
        .unwrap();
    let due: Vec<i64> = taken.iter().map(|claim| claim.due_at.0 - START).collect();
    assert_eq!(due, [500, 1000]);
    let lost = held
        .into_iter()
        .find(|claim| claim.name == taken[0].name && claim.stream == case.stream)
        .unwrap();
    let mut late = case.draft(vec![judged("te laat")]);
    late.fires = Some(lost);
    let error = world.store.append(late).await.unwrap_err();
    assert!(matches!(error, Error::TimerLost), "{error}");
    let mut fire = case.next(vec![judged("af")]);
    fire.fires = Some(taken[0].clone());
    world.store.append(fire).await.unwrap();
}

/// As timers lay before they lay in order.
const AS_BEFORE: [&str; 5] = [
    "CREATE TABLE before AS SELECT region, stream, name, due_at, lease_until, token FROM timers",
    "DROP TABLE timers",
    "ALTER TABLE before RENAME TO timers",
    "ALTER TABLE streams DROP COLUMN timers",
    "DELETE FROM seaql_migrations WHERE version = 'm0015_timers_in_order'",
];

async fn the_timers_of_an_older_database_are_kept(world: World) {
    let (mut one, mut none) = (world.case(), world.case());
    let mut append = one.next(vec![opened()]);
    append.timers = vec![set(1, 2000), set(2, 1000)];
    world.store.append(append).await.unwrap();
    world.store.append(none.next(vec![opened()])).await.unwrap();
    world.store.close().await.unwrap();
    for sql in AS_BEFORE {
        world.tamper(sql).await;
    }
    let store = Store::open(world.location()).await.unwrap();
    let of_one = store.timers(&world.region, one.stream).await.unwrap();
    assert_eq!(
        of_one,
        [(2, 1000), (1, 2000)].map(|(name, at)| Timer {
            name: TimerName::of(&name).unwrap(),
            due_at: Moment(START + at),
        })
    );
    let of_none = store.timers(&world.region, none.stream).await.unwrap();
    assert_eq!(of_none, []);
    let claims = store
        .claim_timers(Moment(START + 1000), lease(0), 10)
        .await
        .unwrap();
    let mut fire = one.next(vec![judged("af")]);
    fire.fires = Some(claims[0].clone());
    store.append(fire).await.unwrap();
    let left = store.timers(&world.region, one.stream).await.unwrap();
    assert_eq!(left, of_one[1..]);
}
