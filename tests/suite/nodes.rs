//! Two servers share one PostgreSQL; one of them is killed, or stands still for longer than its leases, while it holds work.
//!
//! Clients act over both, and both move the clock of a rehearsal on over many deadlines. A blow that meets no held work is taken back.
//! Output: what each victim held was done by the other; every deadline passed once, everybody was told once, every letter went out
//! under one id, and nothing waits: as the audit of the kill test finds it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use convenant_engine::Moment;
use convenant_server::clock::machine_now;
use convenant_store::{Location, MasterKey};
use convenant_tests::http::Request;
use convenant_tests::program::{Server, command};
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};
use serde_json::Value;

use crate::kill::audit::{self, Scene};
use crate::kill::clients::{self, Client, Sent};
use crate::kill::{Dice, Stage, forward};

/// The day on which the rehearsal begins: all three agreements are in force.
const BEGINS: &str = "2018-05-02";
/// The clock moves no further than this day, on which they still are.
const LAST_DAY: &str = "2019-08-15";
/// Clients at the same time.
const CLIENTS: u64 = 2;
/// Leases, in seconds; what goes out is held twice as long.
const LEASE: i64 = 2;
/// A server that lives is done with what it holds by then, in milliseconds.
const DONE: i64 = 600;
/// Blows that may miss before one meets held work.
const MISSES: usize = 400;
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a node has claimed: where it stands, under which token, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    row: String,
    token: i64,
    until: i64,
}

/// Everything that is held, and until when.
const HELD: &str = "SELECT * FROM (
    SELECT 'timer ' || region || ' ' || hex(stream) || ' ' || name AS row, token, lease_until FROM timers
    UNION ALL SELECT 'outbox ' || region || ' ' || hex(stream) || ' ' || seq || ' ' || n, token, lease_until FROM outbox WHERE state = 0
    UNION ALL SELECT 'delivery ' || region || ' ' || id, token, lease_until FROM deliveries WHERE state = 0) AS held
    WHERE lease_until > 0";

/// The database that both nodes use, and the folders of each.
struct House {
    url: String,
    key: String,
    folders: [PathBuf; 2],
    sql: DatabaseConnection,
    runtime: tokio::runtime::Runtime,
}

impl House {
    fn new(folder: &Path) -> House {
        let url = convenant_tests::postgres::server().database();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sql = runtime.block_on(async {
            let sql = Database::connect(&url).await.unwrap();
            // As SQLite has it: the audit asks both in the same words.
            let hex = "CREATE FUNCTION hex(bytea) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT upper(encode($1, 'hex')) $$";
            sql.execute_unprepared(hex).await.unwrap();
            sql
        });
        let folders = ["a", "b"].map(|name| folder.join(name));
        for folder in &folders {
            std::fs::create_dir(folder).unwrap();
        }
        House {
            url,
            key: "5c".repeat(32),
            folders,
            sql,
            runtime,
        }
    }

    /// Starts a node, which keeps its mail in its own folder.
    fn start(&self, node: usize) -> Server {
        let lease = LEASE.to_string();
        let mut command = command([
            "serve",
            "--database",
            &self.url,
            "--rehearse",
            BEGINS,
            "--lease",
            &lease,
            "--listen",
            "127.0.0.1:0",
        ]);
        command
            .env("CONVENANT_MASTER_KEY", &self.key)
            .current_dir(&self.folders[node]);
        Server::spawn(command)
    }

    fn spool(&self, node: usize) -> PathBuf {
        self.folders[node].join("data/server/post")
    }

    fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.sql.get_database_backend(), sql);
        let rows = self.runtime.block_on(self.sql.query_all_raw(statement));
        rows.unwrap()
    }

    fn held(&self) -> Vec<Held> {
        let held = |row: &QueryResult| Held {
            row: row.try_get_by_index(0).unwrap(),
            token: row.try_get_by_index(1).unwrap(),
            until: row.try_get_by_index(2).unwrap(),
        };
        self.rows(HELD).iter().map(held).collect()
    }

    /// What is due at this moment and still waits.
    fn waiting(&self, now: Moment) -> i64 {
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM timers WHERE due_at <= {0}) + (SELECT COUNT(*) FROM outbox WHERE state = 0)
            + (SELECT COUNT(*) FROM deliveries WHERE state = 0 AND due_at <= {0})",
            now.0
        );
        self.rows(&sql)[0].try_get_by_index(0).unwrap()
    }
}

/// What those who move the clock share.
#[derive(Default)]
struct Clockwork {
    /// Where each node listens; none while it is dead.
    at: Mutex<[Option<SocketAddr>; 2]>,
    moved: AtomicUsize,
    stop: AtomicBool,
}

impl Clockwork {
    /// Moves the clock on and on by a day or two, over one of the nodes.
    fn work(&self, node: usize) {
        let mut dice = Dice::new(77 + node as u64);
        while !self.stop.load(Ordering::Acquire) {
            let Some(to) = self.at.lock().unwrap()[node] else {
                wait("the node listens again", || {
                    self.at.lock().unwrap()[node].is_some() || self.stop.load(Ordering::Acquire)
                });
                continue;
            };
            // It may be killed on the way: what was done stays done.
            let Ok(answer) = forward(1 + dice.below(2)).send(to) else {
                std::thread::yield_now();
                continue;
            };
            // A node that stood still may have lost its connection in the middle of the work, and says so.
            assert!(matches!(answer.status, 200 | 503), "{}", answer.text);
            let told: Value = serde_json::from_str(&answer.text).unwrap();
            if answer.status == 503 {
                let problem = answer.header("content-type") == Some("application/problem+json");
                assert!(problem, "{}", answer.text);
                continue;
            }
            self.moved.fetch_add(1, Ordering::AcqRel);
            if told["datum"].as_str().unwrap() >= LAST_DAY {
                return;
            }
        }
    }
}

/// Waits until it is so.
fn wait(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "in vain: {what}");
        pause(5);
    }
}

/// Lets the servers go on for so many milliseconds, in the machine's time: their leases are counted in it.
fn pause(millis: u64) {
    let (never, lock) = (Condvar::new(), Mutex::new(()));
    let time = Duration::from_millis(millis);
    drop(never.wait_timeout(lock.lock().unwrap(), time).unwrap());
}

/// What time it is for a node; none when it does not answer.
fn clock(of: SocketAddr) -> Option<Moment> {
    let answer = Request::get("/v1/klok").send(of).ok()?;
    let clock: Value = serde_json::from_str(&answer.text).ok()?;
    let now: Timestamp = clock["nu"].as_str()?.parse().ok()?;
    Some(Moment(now.as_millisecond()))
}

/// Ends what others do, also when a test fails.
struct End<'a>(&'a Stage, &'a Clockwork);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
        self.1.stop.store(true, Ordering::Release);
    }
}

/// How a node is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    Kill,
    Freeze,
}

/// Lets a node stand still at a moment at which it holds work; gives what is held then. The other one finishes what is its own.
fn strike(house: &House, server: &Server, dice: &mut Dice) -> Vec<Held> {
    for _ in 0..MISSES {
        pause(dice.below(40));
        server.freeze();
        let struck = machine_now();
        let mut held = house.held();
        held.retain(|held| held.until > struck);
        while !held.is_empty() && machine_now() < struck + DONE {
            pause(5);
            let now = house.held();
            held.retain(|held| now.contains(held));
        }
        if !held.is_empty() {
            return held;
        }
        server.thaw();
    }
    panic!("no blow met a node that held work");
}

/// Waits until the leases of what was held have lapsed and the other node has taken it over; gives how much that was. What is held no longer
/// before its lease lapses was not held by the victim.
fn taken_over(house: &House, mut held: Vec<Held>) -> usize {
    while let Some(last) = held.iter().map(|held| held.until).max() {
        if machine_now() >= last {
            break;
        }
        let now = house.held();
        held.retain(|held| held.until <= machine_now() || now.contains(held));
        pause(5);
    }
    wait("the other node takes the work over", || {
        let now = house.held();
        !held.iter().any(|held| now.contains(held))
    });
    held.len()
}

/// Strikes each node while it holds work: it is killed and started again, or stands still until its work was taken over. Gives how much was.
fn disturb(
    house: &House,
    clockwork: &Clockwork,
    stage: &Stage,
    nodes: [Server; 2],
) -> ([Server; 2], usize) {
    let mut dice = Dice::new(4242);
    let mut nodes = nodes.map(Some);
    let mut all = 0;
    let rounds = [Blow::Kill, Blow::Freeze]
        .into_iter()
        .flat_map(|blow| [(0, blow), (1, blow)]);
    for (victim, blow) in rounds {
        let begun = Instant::now();
        let mut count = 0;
        while count == 0 {
            let server = nodes[victim].take().unwrap();
            let held = strike(house, &server, &mut dice);
            let other = clockwork.at.lock().unwrap()[1 - victim];
            stage.listen(other);
            if blow == Blow::Kill {
                clockwork.at.lock().unwrap()[victim] = None;
                server.kill();
                count = taken_over(house, held);
                let server = house.start(victim);
                clockwork.at.lock().unwrap()[victim] = Some(server.address());
                nodes[victim] = Some(server);
            } else {
                count = taken_over(house, held);
                server.thaw();
                nodes[victim] = Some(server);
            }
            stage.listen(clockwork.at.lock().unwrap().iter().flatten().copied());
        }
        println!(
            "{blow:?} {victim}: {count} pieces of work taken over, {:?}",
            begun.elapsed()
        );
        all += count;
    }
    (nodes.map(Option::unwrap), all)
}

#[test]
fn two_nodes_share_the_work_and_one_that_is_killed_or_frozen_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new(folder.path());
    let begun = Instant::now();
    let nodes = [house.start(0), house.start(1)];
    let addresses = nodes.each_ref().map(Server::address);
    let (stage, clockwork) = (Arc::new(Stage::default()), Clockwork::default());
    stage.listen(addresses);
    *clockwork.at.lock().unwrap() = addresses.map(Some);
    let scripts = Arc::new(clients::scripts());
    let mut sent: Vec<Sent> = Vec::new();
    let all = std::thread::scope(|scope| {
        let end = End(&stage, &clockwork);
        let working: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = Client::new(number, stage.clone(), scripts.clone());
                scope.spawn(move || client.work())
            })
            .collect();
        let moving = [0, 1].map(|node| {
            let clockwork = &clockwork;
            scope.spawn(move || clockwork.work(node))
        });
        let (nodes, all) = disturb(&house, &clockwork, &stage, nodes);
        drop(end);
        for client in working {
            sent.extend(client.join().unwrap());
        }
        for moving in moving {
            moving.join().unwrap();
        }
        let [last, _] = clockwork.at.lock().unwrap().map(Option::unwrap);
        let answer = forward(28).send(last).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let now = clock(last).unwrap();
        wait("nothing that is due waits", || house.waiting(now) == 0);
        for node in nodes {
            assert!(node.terminate().success(), "it stops in good order");
        }
        all
    });
    let accepted = sent.iter().filter(|sent| sent.is_accepted()).count();
    let retried = sent.iter().filter(|sent| sent.tries > 1).count();
    println!(
        "{} commands, {accepted} accepted, {retried} sent more than once; the clock moved {} times; {:?}",
        sent.len(),
        clockwork.moved.load(Ordering::Acquire),
        begun.elapsed()
    );
    let scene = Scene {
        location: Location::Postgres {
            url: house.url.clone(),
            master: MasterKey::parse(&house.key).unwrap(),
        },
        url: house.url.clone(),
        spools: [0, 1].map(|node| house.spool(node)).to_vec(),
        begun: BEGINS.parse().unwrap(),
    };
    audit::audit(&scene, &sent);
    assert!(all > 3 && accepted > 50, "the nodes were kept busy");
    for spool in &scene.spools {
        let said = format!("{}: this node sent nothing", spool.display());
        assert!(spool.is_dir(), "{said}");
    }
}
