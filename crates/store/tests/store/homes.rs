//! Homes: reported once, changed by one at a time, and together with the case that they are offered to.

use convenant_engine::EventKind;
use convenant_engine::{Event, Moment};
use convenant_lang::model::EndId;
use convenant_store::{
    Append, Error, FellAway, HomeActor, HomeChange, HomeFacts, HomeFilter, HomeId, HomeRow,
    HomeStanding, HomeState, HomeWrite, NewHome, NotReported, Reported, Store, StreamId,
    WhyNotReported,
};
use jiff::civil::{Date, date};

use crate::world::{START, World, command, judged};

on_both!(
    a_home_is_reported_once_under_its_reference,
    a_report_is_all_or_nothing,
    every_state_admits_what_it_should_and_says_so_otherwise,
    two_offers_of_one_home_at_once_one_wins,
    two_acceptances_of_one_home_at_once_one_wins,
    an_append_takes_its_home_along_or_does_nothing,
    many_appends_fight_over_one_home,
    homes_are_found_by_what_they_are,
);

fn facts(municipality: u16, available: Option<Date>, text: &str) -> HomeFacts {
    HomeFacts {
        municipality: Some(municipality),
        available,
        facts: text.to_owned(),
    }
}

fn new(owner: u16, reference: Option<&str>, text: &str) -> NewHome {
    NewHome {
        owner,
        reference: reference.map(str::to_owned),
        facts: facts(3, Some(date(2018, 5, 1)), text),
    }
}

fn by(person: &str) -> HomeActor {
    HomeActor {
        person: Some(person.to_owned()),
        party: Some(9),
        motivation: None,
    }
}

async fn report(world: &World, homes: Vec<NewHome>, at: i64) -> Result<Reported, Vec<NotReported>> {
    let done = world
        .store
        .report_homes(&world.region, homes, by("c1"), Moment(at))
        .await;
    done.unwrap()
}

async fn reported(world: &World) -> HomeRow {
    let made = report(world, vec![new(9, None, "{}")], START)
        .await
        .unwrap()
        .made;
    world.store.home(&world.region, made[0]).await.unwrap()
}

fn write(home: &HomeRow, change: HomeChange) -> HomeWrite {
    HomeWrite {
        home: home.id,
        expected: home.version,
        change,
        by: by("k1"),
    }
}

async fn change(world: &World, home: &HomeRow, what: HomeChange) -> Result<HomeRow, Error> {
    let write = write(home, what);
    let store = &world.store;
    store
        .change_home(&world.region, write, Moment(START + 1))
        .await
}

fn offer(case: StreamId) -> HomeChange {
    HomeChange::Offer {
        case,
        departure: false,
    }
}

async fn a_home_is_reported_once_under_its_reference(world: World) {
    let file = || {
        vec![
            new(9, Some("A-1"), "{\"a\":1}"),
            new(9, Some("A-2"), "{}"),
            new(8, Some("A-1"), "{}"),
        ]
    };
    let first = report(&world, file(), START).await.unwrap();
    assert_eq!(first.made, [HomeId(1), HomeId(2), HomeId(3)]);
    let again = report(&world, file(), START + 1).await.unwrap();
    assert_eq!(again.known, first.made);
    assert!(again.made.is_empty() && again.corrected.is_empty());
    let mut other = file();
    other[0].facts.facts = "{\"a\":2}".to_owned();
    let third = report(&world, other, START + 2).await.unwrap();
    assert_eq!(
        (third.corrected, third.known),
        (vec![HomeId(1)], vec![HomeId(2), HomeId(3)])
    );
    let home = world.store.home(&world.region, HomeId(1)).await.unwrap();
    assert_eq!((home.version, home.facts.facts.as_str()), (2, "{\"a\":2}"));
    assert_eq!(
        (home.reported, home.changed),
        (Moment(START), Moment(START + 2))
    );
    let history = world
        .store
        .home_history(&world.region, HomeId(1))
        .await
        .unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(
        history[0].change,
        HomeChange::Report(file()[0].facts.clone())
    );
    assert_eq!(history[1].change, HomeChange::Correct(home.facts));
    assert_eq!(history[1].by, by("c1"));
    let none = world.store.home_history(&world.region, HomeId(99)).await;
    assert!(matches!(none, Err(Error::NoSuchHome)));
}

async fn a_report_is_all_or_nothing(world: World) {
    let twice = vec![
        new(9, Some("A"), "{}"),
        new(9, None, "{}"),
        new(9, Some("A"), "{}"),
    ];
    let refused = report(&world, twice, START).await.unwrap_err();
    assert_eq!(
        refused,
        [NotReported {
            index: 2,
            why: WhyNotReported::Twice(0)
        }]
    );
    let made = report(&world, vec![new(9, Some("A"), "{}")], START)
        .await
        .unwrap()
        .made;
    let home = world.store.home(&world.region, made[0]).await.unwrap();
    change(&world, &home, HomeChange::Withdraw).await.unwrap();
    let refused = report(
        &world,
        vec![new(9, None, "{}"), new(9, Some("A"), "{\"b\":1}")],
        START,
    );
    let fixed = WhyNotReported::Fixed(HomeState::Withdrawn);
    assert_eq!(
        refused.await.unwrap_err(),
        [NotReported {
            index: 1,
            why: fixed
        }]
    );
    let all = world
        .store
        .homes(&world.region, &HomeFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    // As it was, it may be reported again: nothing changes.
    let same = report(&world, vec![new(9, Some("A"), "{}")], START)
        .await
        .unwrap();
    assert_eq!(same.known, made);
}

async fn every_state_admits_what_it_should_and_says_so_otherwise(world: World) {
    let (case, other) = (StreamId::new(), StreamId::new());
    let other_facts = facts(4, None, "{}");
    let refuse = |case| HomeChange::Refuse { case, ground: None };
    let fall_away = |case| {
        let why = FellAway::Ended;
        HomeChange::FallAway { case, why }
    };
    let states = [
        HomeState::Free,
        HomeState::Offered(case),
        HomeState::Accepted(case),
        HomeState::Let(case),
        HomeState::Withdrawn,
    ];
    let changes = [
        (HomeChange::Correct(other_facts), "x----"),
        (HomeChange::Withdraw, "x----"),
        (offer(other), "x----"),
        (refuse(case), "-x---"),
        (refuse(other), "-----"),
        (HomeChange::Accept { case }, "-x---"),
        (HomeChange::Accept { case: other }, "-----"),
        (HomeChange::Let, "--x--"),
        (HomeChange::Release, "--x-x"),
        (fall_away(case), "-xx--"),
        (fall_away(other), "-----"),
    ];
    let to = |state: HomeState| match state {
        HomeState::Free => vec![],
        HomeState::Offered(_) => vec![offer(case)],
        HomeState::Accepted(_) => vec![offer(case), HomeChange::Accept { case }],
        HomeState::Let(_) => vec![offer(case), HomeChange::Accept { case }, HomeChange::Let],
        HomeState::Withdrawn => vec![HomeChange::Withdraw],
    };
    for (place, state) in states.into_iter().enumerate() {
        for (what, admitted) in &changes {
            let mut home = reported(&world).await;
            for step in to(state) {
                home = change(&world, &home, step).await.unwrap();
            }
            assert_eq!(home.state, state);
            let done = change(&world, &home, what.clone()).await;
            if admitted.as_bytes()[place] == b'x' {
                assert_eq!(
                    done.unwrap().version,
                    home.version + 1,
                    "{state:?} {what:?}"
                );
            } else {
                let told =
                    matches!(done, Err(Error::HomeRefused { state: told, .. }) if told == state);
                assert!(told, "{state:?} {what:?}");
                let now = world.store.home(&world.region, home.id).await.unwrap();
                assert_eq!(now, home);
            }
        }
    }
    let nobody = HomeRow {
        id: HomeId(9999),
        ..reported(&world).await
    };
    let none = change(&world, &nobody, HomeChange::Withdraw).await;
    assert!(matches!(none, Err(Error::NoSuchHome)));
    let home = reported(&world).await;
    change(&world, &home, HomeChange::Correct(facts(5, None, "{}")))
        .await
        .unwrap();
    let stale = change(&world, &home, HomeChange::Withdraw).await;
    assert!(matches!(
        stale,
        Err(Error::HomeConflict {
            expected: 1,
            actual: 2,
            ..
        })
    ));
}

/// Both at once, on two nodes where there are two.
async fn at_once(
    world: &World,
    home: &HomeRow,
    changes: [HomeChange; 2],
) -> Vec<Result<HomeRow, Error>> {
    let stores: [Store; 2] = [world.store.clone(), world.second_node().await];
    let tasks: Vec<_> = stores
        .into_iter()
        .zip(changes)
        .map(|(store, change)| {
            let (region, write) = (world.region.clone(), write(home, change));
            tokio::spawn(async move { store.change_home(&region, write, Moment(START + 1)).await })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

async fn two_offers_of_one_home_at_once_one_wins(world: World) {
    for _ in 0..8 {
        let home = reported(&world).await;
        let cases = [StreamId::new(), StreamId::new()];
        let done = at_once(&world, &home, cases.map(offer)).await;
        let winner = done.iter().position(Result::is_ok).unwrap();
        let now = world.store.home(&world.region, home.id).await.unwrap();
        assert_eq!(now.state, HomeState::Offered(cases[winner]));
        let loser = &done[1 - winner];
        let told = matches!(loser, Err(Error::HomeRefused { state, .. }) if *state == now.state);
        assert!(told, "{loser:?}");
        let history = world
            .store
            .home_history(&world.region, home.id)
            .await
            .unwrap();
        assert_eq!(history.len(), 2);
    }
}

async fn two_acceptances_of_one_home_at_once_one_wins(world: World) {
    for _ in 0..8 {
        let case = StreamId::new();
        let home = change(&world, &reported(&world).await, offer(case))
            .await
            .unwrap();
        let accept = || HomeChange::Accept { case };
        let done = at_once(&world, &home, [accept(), accept()]).await;
        assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1);
        let loser = done.iter().find(|d| d.is_err());
        let told = matches!(loser, Some(Err(Error::HomeRefused { state: HomeState::Accepted(to), .. })) if *to == case);
        assert!(told, "{loser:?}");
        let history = world
            .store
            .home_history(&world.region, home.id)
            .await
            .unwrap();
        assert_eq!(history.len(), 3);
    }
}

fn with(append: Append<Event>, homes: Vec<HomeWrite>) -> Append<Event> {
    Append { homes, ..append }
}

async fn an_append_takes_its_home_along_or_does_nothing(world: World) {
    let mut case = world.stored_case().await;
    let home = reported(&world).await;
    let (region, store) = (&world.region, &world.store);
    let append = with(
        case.next(vec![judged("aangeboden")]),
        vec![write(&home, offer(case.stream))],
    );
    store.append(append).await.unwrap();
    let offered = store.home(region, home.id).await.unwrap();
    assert_eq!(
        (offered.version, offered.state),
        (2, HomeState::Offered(case.stream))
    );
    // A home that has changed since keeps the case as it was.
    let stale = write(&home, HomeChange::Accept { case: case.stream });
    let mut append = with(case.draft(vec![judged("aanvaard")]), vec![stale]);
    append.command = command("k", "aanvaard");
    let refused = store.append(append.clone()).await;
    assert!(
        matches!(
            refused,
            Err(Error::HomeConflict {
                expected: 1,
                actual: 2,
                ..
            })
        ),
        "{refused:?}"
    );
    let head = store.head(region, case.stream).await.unwrap().unwrap();
    assert_eq!(head.seq as usize, case.events.len());
    // And a case that has moved on keeps the home as it was.
    let mut late = case.draft(vec![judged("te laat")]);
    (late.expected, late.homes) = (
        1,
        vec![write(&offered, HomeChange::Accept { case: case.stream })],
    );
    assert!(matches!(
        store.append(late).await,
        Err(Error::Conflict { .. })
    ));
    assert_eq!(store.home(region, home.id).await.unwrap(), offered);
    // The same command again changes nothing twice.
    append.homes[0].expected = 2;
    let first = store.append(append.clone()).await.unwrap();
    let again = store.append(append).await.unwrap();
    assert_eq!(
        (first.repeated, again.repeated, first.seq),
        (false, true, again.seq)
    );
    let accepted = store.home(region, home.id).await.unwrap();
    assert_eq!(
        (accepted.version, accepted.state),
        (3, HomeState::Accepted(case.stream))
    );
    let nobody = HomeWrite {
        home: HomeId(77),
        ..write(&home, HomeChange::Release)
    };
    let mut end = case.draft(vec![EventKind::Ended { end: EndId(0) }]);
    (end.expected, end.homes) = (first.seq, vec![nobody]);
    assert!(matches!(store.append(end).await, Err(Error::NoSuchHome)));
}

async fn many_appends_fight_over_one_home(world: World) {
    let home = reported(&world).await;
    let nodes = [world.store.clone(), world.second_node().await];
    let mut tasks = Vec::new();
    for n in 0..12 {
        let mut case = world.stored_case().await;
        let append = with(
            case.next(vec![judged("aangeboden")]),
            vec![write(&home, offer(case.stream))],
        );
        let store = nodes[n % 2].clone();
        tasks.push((
            case.stream,
            tokio::spawn(async move { store.append(append).await }),
        ));
    }
    let mut winners = Vec::new();
    for (stream, task) in tasks {
        match task.await.unwrap() {
            Ok(_) => winners.push(stream),
            Err(Error::HomeRefused {
                state: HomeState::Offered(_),
                ..
            }) => {
                let head = world
                    .store
                    .head(&world.region, stream)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(head.seq, 6);
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(winners.len(), 1);
    let now = world.store.home(&world.region, home.id).await.unwrap();
    assert_eq!(now.state, HomeState::Offered(winners[0]));
    let found = world.store.verify_region(&world.region).await.unwrap();
    assert!(found.faults.is_empty());
}

async fn homes_are_found_by_what_they_are(world: World) {
    let mut homes = vec![
        new(9, None, "{}"),
        new(8, None, "{}"),
        new(9, None, "{}"),
        new(9, None, "{}"),
    ];
    homes[2].facts = facts(4, None, "{}");
    homes[3].facts.available = Some(date(2018, 6, 1));
    let made = report(&world, homes, START).await.unwrap().made;
    let case = StreamId::new();
    let first = world.store.home(&world.region, made[0]).await.unwrap();
    change(&world, &first, offer(case)).await.unwrap();
    let places = |filter: HomeFilter, after: Option<HomeId>, most: u32| {
        let (store, region, made) = (world.store.clone(), world.region.clone(), made.clone());
        async move {
            let rows = store.homes(&region, &filter, after, most).await.unwrap();
            rows.iter()
                .map(|row| made.iter().position(|id| *id == row.id).unwrap())
                .collect::<Vec<_>>()
        }
    };
    let any = HomeFilter::default;
    assert_eq!(places(any(), None, 10).await, [0, 1, 2, 3]);
    assert_eq!(places(any(), Some(made[1]), 1).await, [2]);
    let states = vec![HomeStanding::Free, HomeStanding::Let];
    assert_eq!(
        places(HomeFilter { states, ..any() }, None, 10).await,
        [1, 2, 3]
    );
    let municipalities = Some(vec![4, 5]);
    assert_eq!(
        places(
            HomeFilter {
                municipalities,
                ..any()
            },
            None,
            10
        )
        .await,
        [2]
    );
    assert_eq!(
        places(
            HomeFilter {
                owners: Some(vec![8]),
                ..any()
            },
            None,
            10
        )
        .await,
        [1]
    );
    assert_eq!(
        places(
            HomeFilter {
                owners: Some(vec![]),
                ..any()
            },
            None,
            10
        )
        .await,
        [0; 0]
    );
    let available_by = Some(date(2018, 5, 31));
    assert_eq!(
        places(
            HomeFilter {
                available_by,
                ..any()
            },
            None,
            10
        )
        .await,
        [0, 1, 2]
    );
    assert_eq!(
        places(
            HomeFilter {
                case: Some(case),
                ..any()
            },
            None,
            10
        )
        .await,
        [0]
    );
}
