//! The lists that people look at.

use convenant_engine::EventKind;
use convenant_lang::model::{PartyId, SchemeId, StepId};
use convenant_store::{CaseFilter, DeadlineFilter, StreamId};
use jiff::civil::date;

use crate::world::{World, assigned, deadline, ended, opened};

on_both!(
    cases_are_filtered_and_paged,
    deadlines_of_a_day_and_a_party,
    counts_add_up,
    a_reassigned_case_moves,
    settings_are_kept
);

async fn three(world: &World) -> Vec<StreamId> {
    let mut streams = Vec::new();
    for (party, due, more) in [
        (1, date(2018, 1, 10), vec![EventKind::Overdue { id: 0 }]),
        (2, date(2018, 1, 20), vec![deadline(1, date(2018, 2, 1))]),
        (
            2,
            date(2018, 1, 20),
            vec![EventKind::DeadlineStopped { id: 0, met: true }, ended()],
        ),
    ] {
        let mut case = world.case();
        let mut kinds = vec![opened(), assigned(party), deadline(0, due)];
        kinds.extend(more);
        world.store.append(case.next(kinds)).await.unwrap();
        streams.push(case.stream);
    }
    streams
}

async fn cases_are_filtered_and_paged(world: World) {
    let streams = three(&world).await;
    let list = async |filter: CaseFilter| -> Vec<usize> {
        let rows = world
            .store
            .cases(&world.region, &filter, None, 100)
            .await
            .unwrap();
        rows.iter()
            .map(|row| {
                streams
                    .iter()
                    .position(|stream| *stream == row.head.stream)
                    .unwrap()
            })
            .collect()
    };
    let all = CaseFilter::default();
    assert_eq!(list(all.clone()).await, [0, 1, 2]);
    assert_eq!(
        list(CaseFilter {
            assigned: Some(vec![(world.version, PartyId(2))]),
            ..all.clone()
        })
        .await,
        [1, 2]
    );
    assert_eq!(
        list(CaseFilter {
            running: Some(true),
            ..all.clone()
        })
        .await,
        [0, 1]
    );
    assert_eq!(
        list(CaseFilter {
            running: Some(false),
            ..all.clone()
        })
        .await,
        [2]
    );
    assert_eq!(
        list(CaseFilter {
            overdue: true,
            ..all.clone()
        })
        .await,
        [0]
    );
    assert_eq!(
        list(CaseFilter {
            due_before: Some(date(2018, 1, 20)),
            ..all.clone()
        })
        .await,
        [0]
    );
    assert_eq!(
        list(CaseFilter {
            scheme: Some(SchemeId(0)),
            step: Some(StepId(0)),
            ..all.clone()
        })
        .await,
        [0, 1]
    );
    assert_eq!(
        list(CaseFilter {
            scheme: Some(SchemeId(1)),
            ..all.clone()
        })
        .await,
        [0usize; 0]
    );
    assert_eq!(
        list(CaseFilter {
            version: Some(world.version),
            assigned: Some(vec![(world.version, PartyId(1))]),
            ..all.clone()
        })
        .await,
        [0]
    );
    let first = world
        .store
        .cases(&world.region, &all, None, 2)
        .await
        .unwrap();
    let rest = world
        .store
        .cases(&world.region, &all, Some(first[1].head.stream), 2)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].head.stream, streams[2]);
    assert!(rest[0].ended.is_some() && first[0].ended.is_none());
}

async fn deadlines_of_a_day_and_a_party(world: World) {
    let streams = three(&world).await;
    let list = async |filter: DeadlineFilter| -> Vec<(usize, u32, bool)> {
        let rows = world
            .store
            .deadlines(&world.region, &filter, 100)
            .await
            .unwrap();
        rows.iter()
            .map(|row| {
                (
                    streams
                        .iter()
                        .position(|stream| *stream == row.stream)
                        .unwrap(),
                    row.deadline.id,
                    row.overdue,
                )
            })
            .collect()
    };
    let all = DeadlineFilter::default();
    assert_eq!(
        list(all).await,
        [(0, 0, true), (1, 0, false), (1, 1, false)]
    );
    let day = Some(date(2018, 1, 20));
    assert_eq!(
        list(DeadlineFilter {
            from: day,
            until: day,
            party: None
        })
        .await,
        [(1, 0, false)]
    );
    assert_eq!(
        list(DeadlineFilter {
            from: Some(date(2018, 1, 21)),
            ..all
        })
        .await,
        [(1, 1, false)]
    );
    assert_eq!(
        list(DeadlineFilter {
            party: Some(PartyId(1)),
            ..all
        })
        .await,
        [(0, 0, true)]
    );
    assert_eq!(
        world
            .store
            .deadlines(&world.region, &all, 2)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn counts_add_up(world: World) {
    three(&world).await;
    let counts = world.store.counts(&world.region).await.unwrap();
    assert_eq!((counts.running, counts.ended, counts.overdue), (2, 1, 1));
    assert_eq!(counts.by_step, [(SchemeId(0), StepId(0), 2)]);
    assert_eq!(counts.events, 4 + 4 + 5);
    assert_eq!(
        world.store.regions().await.unwrap(),
        std::slice::from_ref(&world.region)
    );
    let versions = world.store.versions(&world.region).await.unwrap();
    assert_eq!((versions.len(), versions[0].hash), (1, world.version));
    assert_eq!(
        world
            .store
            .source(&world.region, world.version)
            .await
            .unwrap(),
        "convenant \"Proef\" {}"
    );
}

async fn a_reassigned_case_moves(world: World) {
    let mut case = world.case();
    world
        .store
        .append(case.next(vec![opened(), assigned(1)]))
        .await
        .unwrap();
    world
        .store
        .append(case.next(vec![assigned(2)]))
        .await
        .unwrap();
    let of = async |party| {
        let filter = CaseFilter {
            assigned: Some(vec![(world.version, PartyId(party))]),
            ..CaseFilter::default()
        };
        world
            .store
            .cases(&world.region, &filter, None, 10)
            .await
            .unwrap()
            .len()
    };
    assert_eq!((of(1).await, of(2).await), (0, 1));
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

async fn settings_are_kept(world: World) {
    assert_eq!(world.store.setting("clock").await.unwrap(), None);
    world.store.keep_setting("clock", "1").await.unwrap();
    world.store.keep_setting("clock", "2").await.unwrap();
    assert_eq!(
        world.store.setting("clock").await.unwrap().as_deref(),
        Some("2")
    );
    for (offered, kept) in [(10, "10"), (9, "10"), (-400, "10"), (11, "11")] {
        world.store.raise_setting("clock", offered).await.unwrap();
        let now = world.store.setting("clock").await.unwrap();
        assert_eq!(now.as_deref(), Some(kept), "numbers, not text");
    }
}
