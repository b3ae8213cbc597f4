//! Claims on timers against a model: whatever is set, cleared, claimed, fired or dropped, the earliest that nobody holds are given.

use std::collections::BTreeMap;

use convenant_engine::Moment;
use convenant_store::{Error, Lease, StreamId, TimerChange, TimerClaim, TimerName};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::world::{CaseFile, START, World, judged, lease, opened};

on_both!(
    claims_are_the_earliest_that_nobody_holds,
    a_timer_that_is_set_again_while_it_is_claimed_is_claimed_anew,
);

const CASES: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    Set { case: usize, name: u32, at: i64 },
    Clear { case: usize, name: u32 },
    Claim { limit: u32, at: i64, seconds: i64 },
    ClaimOf { case: usize, at: i64, seconds: i64 },
    Fire { claim: prop::sample::Index },
    Drop { claim: prop::sample::Index },
    Wait { seconds: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let case = || 0..CASES;
    let step = prop_oneof![
        3 => (case(), 0..4u32, 0..20i64).prop_map(|(case, name, at)| Step::Set { case, name, at }),
        1 => (case(), 0..4u32).prop_map(|(case, name)| Step::Clear { case, name }),
        6 => (1..4u32, 0..20i64, 1..12i64).prop_map(|(limit, at, seconds)| Step::Claim { limit, at, seconds }),
        3 => (case(), 0..20i64, 1..12i64).prop_map(|(case, at, seconds)| Step::ClaimOf { case, at, seconds }),
        3 => any::<prop::sample::Index>().prop_map(|claim| Step::Fire { claim }),
        1 => any::<prop::sample::Index>().prop_map(|claim| Step::Drop { claim }),
        2 => (1..4i64).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 800)
}

type Due = (Moment, StreamId, TimerName);

/// What is set, and who holds it: the last claim, with the second in which it lapses.
#[derive(Default)]
struct Model {
    timers: BTreeMap<Due, Option<(TimerClaim, i64)>>,
    claims: Vec<TimerClaim>,
    second: i64,
}

impl Model {
    fn lease(&self, seconds: i64) -> Lease {
        Lease {
            now: Moment(self.second * 1000),
            until: Moment((self.second + seconds) * 1000),
        }
    }

    fn clear(&mut self, stream: StreamId, name: &TimerName) {
        self.timers
            .retain(|(_, of, set), _| *of != stream || set != name);
    }

    fn due(&self, at: Moment, such: impl Fn(&Due, bool) -> bool) -> Vec<Due> {
        self.timers
            .iter()
            .filter(|(due, held)| {
                let free = held.as_ref().is_none_or(|(_, until)| *until <= self.second);
                due.0 <= at && such(due, free)
            })
            .map(|(due, _)| due.clone())
            .collect()
    }

    fn claimed(&mut self, claims: Vec<TimerClaim>, expected: &[Due], seconds: i64, step: Step) {
        let given: Vec<Due> = claims.iter().map(place).collect();
        assert_eq!(given, expected, "{step:?}");
        for claim in claims {
            let held = Some((claim.clone(), self.second + seconds));
            self.timers.insert(place(&claim), held);
            self.claims.push(claim);
        }
    }

    /// Whether a claim is the last one on a timer that is still there; the timer is gone then.
    fn settle(&mut self, claim: &TimerClaim) -> bool {
        let held = self.timers.get(&place(claim)).and_then(Option::as_ref);
        let holds = held.is_some_and(|(last, _)| last == claim);
        if holds {
            self.timers.remove(&place(claim));
        }
        holds
    }
}

fn place(claim: &TimerClaim) -> Due {
    (claim.due_at, claim.stream, claim.name.clone())
}

fn moment(at: i64) -> Moment {
    Moment(START + at)
}

fn held_or_lost<T>(outcome: Result<T, Error>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(Error::TimerLost) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn claims_are_the_earliest_that_nobody_holds(world: World) {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut cases: Vec<CaseFile> = Vec::new();
    for _ in 0..CASES {
        let mut case = world.case();
        world.store.append(case.next(vec![opened()])).await.unwrap();
        cases.push(case);
    }
    let mut model = Model::default();
    let mut claimed_behind = false;
    for step in steps().new_tree(&mut runner).unwrap().current() {
        let before = model.claims.last().map(place);
        carry_out(&world, &mut cases, &mut model, step).await;
        let after = model.claims.last().map(place);
        claimed_behind |= matches!(step, Step::Claim { .. }) && after < before;
    }
    assert!(claimed_behind, "no claim had to look back");
}

async fn carry_out(world: &World, cases: &mut [CaseFile], model: &mut Model, step: Step) {
    let store = &world.store;
    match step {
        Step::Set { case, name, at } => {
            let name = TimerName::of(&name).unwrap();
            let mut append = cases[case].next(vec![judged("gezet")]);
            let (stream, at) = (append.stream, moment(at));
            append.timers = vec![TimerChange::Set {
                name: name.clone(),
                at,
            }];
            store.append(append).await.unwrap();
            model.clear(stream, &name);
            model.timers.insert((at, stream, name), None);
        }
        Step::Clear { case, name } => {
            let name = TimerName::of(&name).unwrap();
            let mut append = cases[case].next(vec![judged("weg")]);
            model.clear(append.stream, &name);
            append.timers = vec![TimerChange::Clear { name }];
            store.append(append).await.unwrap();
        }
        Step::Claim { limit, at, seconds } => {
            let at = moment(at);
            let mut expected = model.due(at, |_, free| free);
            expected.truncate(limit as usize);
            let claims = store.claim_timers(at, model.lease(seconds), limit).await;
            model.claimed(claims.unwrap(), &expected, seconds, step);
        }
        Step::ClaimOf { case, at, seconds } => {
            let (at, stream) = (moment(at), cases[case].stream);
            let expected = model.due(at, |due, _| due.1 == stream);
            let lease = model.lease(seconds);
            let claims = store.claim_timers_of(&world.region, stream, at, lease);
            model.claimed(claims.await.unwrap(), &expected, seconds, step);
        }
        Step::Fire { claim } if !model.claims.is_empty() => {
            let claim = claim.get(&model.claims).clone();
            let case = cases.iter_mut().find(|case| case.stream == claim.stream);
            let case = case.unwrap();
            let mut append = case.draft(vec![judged("af")]);
            append.fires = Some(claim.clone());
            let fired = held_or_lost(store.append(append).await);
            assert_eq!(fired, model.settle(&claim), "{step:?}");
            if fired {
                case.next(vec![judged("af")]);
            }
        }
        Step::Drop { claim } if !model.claims.is_empty() => {
            let claim = claim.get(&model.claims).clone();
            let dropped = held_or_lost(store.drop_timer(&claim).await);
            assert_eq!(dropped, model.settle(&claim), "{step:?}");
        }
        Step::Fire { .. } | Step::Drop { .. } => {}
        Step::Wait { seconds } => model.second += seconds,
    }
}

/// Whatever comes first: the claim on the timer as it was is lost, and the timer as it is can be claimed at once.
async fn a_timer_that_is_set_again_while_it_is_claimed_is_claimed_anew(world: World) {
    let store = &world.store;
    let mut case = world.case();
    store.append(case.next(vec![opened()])).await.unwrap();
    let name = TimerName::of(&1).unwrap();
    let set = |case: &mut CaseFile, at| {
        let mut append = case.next(vec![judged("gezet")]);
        append.timers = vec![TimerChange::Set {
            name: name.clone(),
            at: moment(at),
        }];
        append
    };
    let now = moment(1000);
    let mut lost = 0;
    for round in 0..100 {
        store.append(set(&mut case, 500)).await.unwrap();
        // Earlier and later than before, in turn.
        let at = if round % 2 == 0 { round } else { 500 + round };
        let appending = tokio::spawn({
            let (store, append) = (store.clone(), set(&mut case, at));
            async move { store.append(append).await }
        });
        let mut claims = Vec::new();
        while !appending.is_finished() {
            claims.extend(store.claim_timers(now, lease(0), 10).await.unwrap());
        }
        appending.await.unwrap().unwrap();
        claims.extend(store.claim_timers(now, lease(0), 10).await.unwrap());
        let (anew, before): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.due_at == moment(at));
        assert_eq!(anew.len(), 1, "round {round}");
        lost += before.len();
        for claim in before {
            let mut append = case.draft(vec![judged("af")]);
            append.fires = Some(claim);
            assert!(!held_or_lost(store.append(append).await), "round {round}");
        }
    }
    assert!(lost > 0, "nothing was claimed before it was set again");
}
