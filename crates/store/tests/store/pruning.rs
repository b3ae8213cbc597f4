//! Pruning: what is settled and old goes, and nothing else; a whole inbox is read at once.

use convenant_engine::Moment;
use convenant_store::{Awaits, DeliveryState, MessageFilter, Store, Sweep, Verdict};

use crate::deliveries::{told, verdict};
use crate::outbox::{fanned, message};
use crate::world::{START, World, lease, opened, outgoing};

on_both!(
    what_is_settled_and_old_goes_and_nothing_else,
    everything_that_was_seen_is_read_and_nothing_that_came_in_since,
);

/// What is old when everything happened a second after the start.
const BEFORE: i64 = START + 5_000;

/// A whole sweep in windows of a few rows; gives how many went.
async fn sweep(world: &World) -> u64 {
    let (mut gone, mut from) = (0, Some(Sweep::START));
    while let Some(place) = from {
        let pruned = world.store.prune(&world.region, place, Moment(BEFORE), 3);
        let pruned = pruned.await.unwrap();
        gone += pruned.gone;
        from = pruned.next;
    }
    gone
}

async fn numbers(store: &Store, world: &World) -> Vec<i64> {
    let all = MessageFilter::default();
    let mut numbers: Vec<i64> = store
        .messages(&world.region, &all, None, 100)
        .await
        .unwrap()
        .iter()
        .map(|row| row.number)
        .collect();
    numbers.sort_unstable();
    numbers
}

async fn what_is_settled_and_old_goes_and_nothing_else(world: World) {
    let people = [
        "goes",
        "unread",
        "dead",
        "waits",
        "ambiguous",
        "dismissed",
        "recent",
    ];
    let mut mails: Vec<_> = people.iter().map(|who| (*who, "Zeist", "l")).collect();
    mails.extend([("gathered", "Zeist", "l"); 8]);
    told(&world, &mails).await;
    let store = &world.store;
    let now = Moment(START + 1_000);
    let gathered = store.gather_deliveries(Moment(START - 1), now, lease(0));
    assert_eq!(gathered.await.unwrap(), 1);
    let claims = store.claim_deliveries("l", "", now, lease(0), 99);
    let claims = claims.await.unwrap();
    let settled = claims.iter().map(|claim| {
        let reason = "550 nobody".to_owned();
        let outcome = match claim.target.as_str() {
            "dead" | "dismissed" => Verdict::Dead {
                reason,
                ambiguous: false,
                messages: Vec::new(),
            },
            "waits" | "ambiguous" => Verdict::Again {
                at: now,
                reason,
                ambiguous: claim.target == "ambiguous",
            },
            _ => Verdict::Delivered,
        };
        verdict(claim, outcome)
    });
    store
        .settle_deliveries(now, settled.collect())
        .await
        .unwrap();
    let again = store.claim_deliveries("l", "", now, lease(0), 99);
    let again = again.await.unwrap();
    let arrived = again.iter().filter(|claim| claim.target == "ambiguous");
    let arrived = arrived.map(|claim| verdict(claim, Verdict::Delivered));
    store
        .settle_deliveries(now, arrived.collect())
        .await
        .unwrap();
    let dead = store.dead_letters(&world.region, None, 9).await.unwrap();
    let dismissed = dead.iter().find(|d| d.delivery.target == "dismissed");
    let id = dismissed.unwrap().delivery.id;
    assert!(store.dismiss(&world.region, id, now).await.unwrap());
    for row in store
        .messages(&world.region, &MessageFilter::default(), None, 100)
        .await
        .unwrap()
    {
        let at = match row.message.person.as_str() {
            "unread" => continue,
            "recent" => Moment(BEFORE + 1),
            _ => now,
        };
        let read = store.mark_read(&world.region, &row.message.person, row.number, at);
        assert!(read.await.unwrap());
    }
    // What the gathered ones went with stays as long as they do.
    let gone = sweep(&world).await + sweep(&world).await;
    assert_eq!(sweep(&world).await, 0);
    assert_eq!(numbers(store, &world).await, [2, 3, 4, 5, 7]);
    let rows = store
        .deliveries_of(&world.region, &(1..=15).collect::<Vec<_>>())
        .await
        .unwrap();
    let states: Vec<_> = rows.iter().map(|row| (row.number, row.state)).collect();
    assert_eq!(
        states,
        [
            (2, DeliveryState::Delivered),
            (3, DeliveryState::Dead),
            (4, DeliveryState::Waiting),
            (5, DeliveryState::Delivered),
        ]
    );
    // Ten messages, eleven deliveries with the one that carried eight, one more that was delivered long before its message was read, and the
    // notifications of those ten.
    assert_eq!(gone, 10 + 12 + 10);
}

async fn everything_that_was_seen_is_read_and_nothing_that_came_in_since(world: World) {
    let mut case = world.case();
    let mut append = case.next(vec![opened()]);
    append.notifications = ["0", "1", "2"].map(outgoing).into();
    world.store.append(append).await.unwrap();
    let store = &world.store;
    let claims = store
        .claim_outbox(Moment(START), lease(0), 9)
        .await
        .unwrap();
    let done = claims.iter().map(|claim| {
        let told = ["jan", "piet"].map(|person| {
            let mut told = message(claim, person);
            told.deliveries.clear();
            told.awaits = Some(Awaits {
                until: Moment(START + 9_000),
                cause: "{}".to_owned(),
            });
            told
        });
        fanned(claim, told.into())
    });
    store.fan_out(Moment(START), done.collect()).await.unwrap();
    let read = store.mark_all_read(&world.region, "jan", 4, Moment(START + 1));
    assert_eq!(read.await.unwrap(), 2, "his among the first four");
    let left = async |person| store.unread(&world.region, person).await.unwrap().unread;
    assert_eq!((left("jan").await, left("piet").await), (1, 3));
    let waiting = store.unread_escalations(Moment(START + 9_000), 9);
    assert_eq!(waiting.await.unwrap().len(), 1, "he read two for everybody");
    let again = store.mark_all_read(&world.region, "jan", 4, Moment(START + 2));
    assert_eq!(again.await.unwrap(), 0);
}
