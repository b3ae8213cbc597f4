//! A process that is killed in the middle: every acknowledged append is there, every other one is there completely or not at all.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use convenant_engine::{Event, Moment};
use convenant_store::{CaseFilter, Location, RegionKey, Store, TimerChange, TimerName};

use crate::world::{START, World, judged, opened, outgoing, supplied};

const FOLDER: &str = "CONVENANT_TEST_WRITER_FOLDER";

/// The process that is killed: this test program again, started by the test below with a folder to write in.
#[test]
#[ignore = "started by the test that kills it"]
fn writer() {
    let folder = std::env::var_os(FOLDER).expect("the folder is named");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::in_folder(folder.into()).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (store, mut case) = (world.store.clone(), world.case());
            tasks.spawn(async move {
                loop {
                    let kinds = if case.events.is_empty() {
                        vec![opened()]
                    } else {
                        vec![supplied("Jansen"), judged("x")]
                    };
                    let mut append = case.next(kinds);
                    append.notifications = vec![outgoing("a")];
                    append.timers = vec![TimerChange::Set {
                        name: TimerName::of(&append.expected).unwrap(),
                        at: Moment(START),
                    }];
                    let answer = store.append(append).await.unwrap();
                    println!("ack {} {} {}", answer.stream, answer.seq, answer.head);
                }
            });
        }
        // Each writes until the process is killed: the first that comes back has failed.
        tasks.join_next().await.unwrap().unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut acknowledged = Vec::new();
    for round in 1..=12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writer", "--ignored", "--nocapture"])
            .env(FOLDER, &data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while seen < round * 17 {
            let line = lines.next().expect("it goes on writing").unwrap();
            if let Some(ack) = line.strip_prefix("ack ") {
                acknowledged.push(ack.to_owned());
                seen += 1;
            }
        }
        child.kill().unwrap();
        // What it still said before it died counts as well; the last line may be cut off.
        for line in lines.map_while(Result::ok) {
            if let Some(ack) = line
                .strip_prefix("ack ")
                .filter(|ack| ack.split(' ').nth(2).is_some_and(|head| head.len() == 64))
            {
                acknowledged.push(ack.to_owned());
            }
        }
        child.wait().unwrap();
        check(&data, &acknowledged).await;
    }
}

async fn check(data: &std::path::Path, acknowledged: &[String]) {
    let store = Store::open(Location::Folder(data.to_owned()))
        .await
        .unwrap();
    let region = RegionKey::new("utrecht").unwrap();
    assert_eq!(store.verify_region(&region).await.unwrap().faults, []);
    for ack in acknowledged {
        let mut words = ack.split(' ');
        let stream = words.next().unwrap().parse().unwrap();
        let seq: u32 = words.next().unwrap().parse().unwrap();
        let events = store
            .events::<Event>(&region, stream, seq - 1)
            .await
            .unwrap();
        assert_eq!(events[0].hash.to_string(), words.next().unwrap(), "{ack}");
    }
    for case in store
        .cases(&region, &CaseFilter::default(), None, 10_000)
        .await
        .unwrap()
    {
        let stream = case.head.stream;
        assert_eq!(store.verify(&region, stream).await.unwrap().faults, []);
        // One notification and one timer per append: 1, 3, 5, … events.
        let appends = (case.head.seq as usize).div_ceil(2);
        assert_eq!(case.head.seq % 2, 1, "half an append");
        assert_eq!(
            store.notifications(&region, stream).await.unwrap().len(),
            appends
        );
        assert_eq!(store.timers(&region, stream).await.unwrap().len(), appends);
    }
    store.close().await.unwrap();
}
