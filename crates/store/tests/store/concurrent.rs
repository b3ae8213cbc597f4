//! Many at once: each accepted or refused on its own, nothing lost, nothing twice; a dropped future undoes nothing.

use std::collections::BTreeSet;

use convenant_engine::Event;
use convenant_store::Error;

use crate::world::{World, command, judged, opened, supplied};

on_both!(
    sixty_four_tasks_append_to_cases_of_their_own,
    sixty_four_tasks_fight_over_one_case,
    the_same_command_from_many_tasks_is_one_event,
    dropped_futures_neither_undo_nor_block,
);

async fn sixty_four_tasks_append_to_cases_of_their_own(world: World) {
    let mut tasks = Vec::new();
    for _ in 0..64 {
        let (store, mut case) = (world.store.clone(), world.case());
        tasks.push(tokio::spawn(async move {
            store.append(case.next(vec![opened()])).await.unwrap();
            for n in 0..10 {
                let append = case.next(vec![supplied("Jansen"), judged(&format!("{n}"))]);
                store.append(append).await.unwrap();
            }
            case
        }));
    }
    let mut numbers = BTreeSet::new();
    for task in tasks {
        let case = task.await.unwrap();
        let loaded = world
            .store
            .load::<Event>(&world.region, case.stream)
            .await
            .unwrap();
        assert_eq!(loaded.events, case.events);
        numbers.insert(loaded.head.number);
    }
    assert_eq!(numbers.len(), 64);
    let found = world.store.verify_region(&world.region).await.unwrap();
    assert_eq!(
        (found.streams, found.events, found.faults.len()),
        (64, 64 * 21, 0)
    );
}

async fn sixty_four_tasks_fight_over_one_case(world: World) {
    let case = world.stored_case().await;
    let other = world.second_node().await;
    let mut tasks = Vec::new();
    for n in 0..64 {
        let store = if n % 2 == 0 {
            world.store.clone()
        } else {
            other.clone()
        };
        let append = case.draft(vec![judged(&format!("{n}"))]);
        tasks.push(tokio::spawn(async move { store.append(append).await }));
    }
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(answer) => {
                assert_eq!(answer.seq, 7);
                won += 1;
            }
            Err(Error::Conflict {
                expected: 6,
                actual: 7,
                ..
            }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(won, 1);
    assert!(world.store.verify(&world.region, case.stream).await.is_ok());
}

async fn the_same_command_from_many_tasks_is_one_event(world: World) {
    let other = world.second_node().await;
    let mut tasks = Vec::new();
    for n in 0..32 {
        let store = if n % 2 == 0 {
            world.store.clone()
        } else {
            other.clone()
        };
        // A new stream at every try, as a client that repeats its request would cause.
        let mut append = world.case().draft(vec![opened()]);
        append.command = command("open-1", "open");
        tasks.push(tokio::spawn(
            async move { store.append(append).await.unwrap() },
        ));
    }
    let mut streams = BTreeSet::new();
    let mut new = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        streams.insert(answer.stream);
        new += i32::from(!answer.repeated);
    }
    assert_eq!((streams.len(), new), (1, 1));
    assert_eq!(
        world
            .store
            .cases(&world.region, &Default::default(), None, 100)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn dropped_futures_neither_undo_nor_block(world: World) {
    let mut cases = Vec::new();
    for n in 0..300 {
        let mut case = world.case();
        let mut append = case.next(vec![opened(), supplied("Jansen")]);
        append.command = command(&format!("k{n}"), "open");
        cases.push((case, append.clone()));
        let store = world.store.clone();
        let task = tokio::spawn(async move { store.append(append).await });
        // Let it come to another point each time before it is dropped.
        for _ in 0..n % 7 {
            tokio::task::yield_now().await;
        }
        task.abort();
    }
    // Whatever became of each: repeating it with the same key settles it, once.
    for (case, append) in cases {
        let answer = world.store.append(append).await.unwrap();
        assert_eq!((answer.stream, answer.seq), (case.stream, 2));
        let loaded = world
            .store
            .load::<Event>(&world.region, case.stream)
            .await
            .unwrap();
        assert_eq!(loaded.events, case.events);
    }
    let found = world.store.verify_region(&world.region).await.unwrap();
    assert_eq!((found.streams, found.faults.len()), (300, 0));
}
