//! Two servers share one PostgreSQL; one of them is killed, or stands still for longer than its leases, in the middle of the work.
//!
//! Clients act over both while the clock of a rehearsal moves on over many deadlines. Output: every deadline passed once, everybody was
//! told once, every letter went out under one id, and nothing waits: as the audit of the kill test finds it.

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
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::Value;

use crate::kill::audit::{self, Scene};
use crate::kill::clients::{self, Client, Sent};
use crate::kill::{Dice, Stage, forward};

/// The day on which the rehearsal begins: all three agreements are in force, and stay so.
const BEGINS: &str = "2018-05-02";
/// Clients at the same time.
const CLIENTS: u64 = 2;
/// Cases that they open at least.
const CASES: i64 = 40;
/// Leases, in seconds; what goes out is held twice as long.
const LEASE: i64 = 1;
/// How often each of the two nodes is killed, and as often it stands still.
const ROUNDS: usize = 1;
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(40);

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

    fn count(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.sql.get_database_backend(), sql);
        let row = self.runtime.block_on(self.sql.query_one_raw(statement));
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// How often work was taken over from another node, or tried again.
    fn taken_over(&self) -> i64 {
        self.count("SELECT (SELECT COUNT(*) FROM outbox WHERE token > 1) + (SELECT COUNT(*) FROM deliveries WHERE token > 1)")
    }

    /// What is due at this moment and still waits.
    fn waiting(&self, now: Moment) -> i64 {
        self.count(&format!(
            "SELECT (SELECT COUNT(*) FROM timers WHERE due_at <= {0}) + (SELECT COUNT(*) FROM outbox WHERE state = 0)
            + (SELECT COUNT(*) FROM deliveries WHERE state = 0 AND due_at <= {0})",
            now.0
        ))
    }
}

/// The node through which the clock is moved.
#[derive(Default)]
struct Mover {
    over: Mutex<Option<SocketAddr>>,
    moved: AtomicUsize,
    stop: AtomicBool,
    changed: Condvar,
}

impl Mover {
    /// Moves the clock on and on by a day or two.
    fn work(&self) {
        let mut dice = Dice::new(77);
        while !self.stop.load(Ordering::Acquire) {
            let to = self.over.lock().unwrap().unwrap();
            // It may be killed on the way: what was done stays done.
            if let Ok(answer) = forward(1 + dice.below(2)).send(to) {
                assert_eq!(answer.status, 200, "{}", answer.text);
                self.moved.fetch_add(1, Ordering::AcqRel);
                self.changed.notify_all();
            }
        }
    }

    /// From the next move on the clock is moved over this node; waits until that has been done, so often.
    fn move_over(&self, to: SocketAddr, times: usize) {
        *self.over.lock().unwrap() = Some(to);
        // The move that is under way may be over the other one.
        let wanted = self.moved.load(Ordering::Acquire) + 1 + times;
        self.wait(
            || self.moved.load(Ordering::Acquire) >= wanted,
            "the clock moves",
        );
    }

    /// Waits until it is so.
    fn wait(&self, is_so: impl Fn() -> bool, what: &str) {
        let until = Instant::now() + PATIENCE;
        let mut over = self.over.lock().unwrap();
        while !is_so() {
            assert!(Instant::now() < until, "in vain: {what}");
            let little = Duration::from_millis(10);
            over = self.changed.wait_timeout(over, little).unwrap().0;
        }
    }
}

/// What time it is for a node; none when it does not answer.
fn clock(of: SocketAddr) -> Option<Moment> {
    let answer = Request::get("/v1/klok").send(of).ok()?;
    let clock: Value = serde_json::from_str(&answer.text).ok()?;
    let now: Timestamp = clock["nu"].as_str()?.parse().ok()?;
    Some(Moment(now.as_millisecond()))
}

/// Ends what others do, also when a test fails.
struct End<'a>(&'a Stage, &'a Mover);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
        self.1.stop.store(true, Ordering::Release);
    }
}

/// Kills and freezes the nodes in turn, at seeded moments, while the clock is moved over the other.
fn disturb(
    house: &House,
    mover: &Mover,
    stage: &Stage,
    nodes: [Server; 2],
    mut at: [SocketAddr; 2],
) -> [Server; 2] {
    let mut dice = Dice::new(4242);
    let mut nodes = nodes.map(Some);
    for round in 0..4 * ROUNDS {
        let (victim, kill) = (round % 2, round % 4 < 2);
        let other = 1 - victim;
        mover.move_over(at[other], 1);
        stage.rest(false);
        // Clients do not know what is coming: some are on their way to the victim.
        let until = Instant::now() + Duration::from_millis(dice.below(900));
        mover.wait(|| Instant::now() >= until, "a moment passes");
        let server = nodes[victim].take().unwrap();
        let lost = machine_now() + 2_000 * LEASE;
        let server = if kill {
            server.kill();
            None
        } else {
            server.freeze();
            Some(server)
        };
        stage.listen([at[other]]);
        mover.wait(|| machine_now() > lost, "its leases lapse");
        stage.rest(true);
        mover.move_over(at[other], 0);
        let server = match server {
            Some(server) => {
                server.thaw();
                server
            }
            None => house.start(victim),
        };
        if kill {
            at[victim] = server.address();
        }
        let reached = clock(at[other]).unwrap();
        let follows = || clock(at[victim]).is_some_and(|said| said >= reached);
        mover.wait(follows, "the node follows the clock of the other");
        stage.listen(at);
        println!(
            "round {round}: {} moves",
            mover.moved.load(Ordering::Acquire)
        );
        nodes[victim] = Some(server);
    }
    nodes.map(Option::unwrap)
}

#[test]
fn two_nodes_share_the_work_and_one_that_is_killed_or_frozen_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new(folder.path());
    let begun = Instant::now();
    let nodes = [house.start(0), house.start(1)];
    let addresses = nodes.each_ref().map(Server::address);
    let (stage, mover) = (Arc::new(Stage::default()), Mover::default());
    stage.listen(addresses);
    *mover.over.lock().unwrap() = Some(addresses[0]);
    let scripts = Arc::new(clients::scripts());
    let mut sent: Vec<Sent> = Vec::new();
    std::thread::scope(|scope| {
        let end = End(&stage, &mover);
        let working: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = Client::new(number, stage.clone(), scripts.clone());
                scope.spawn(move || client.work())
            })
            .collect();
        let moving = scope.spawn(|| mover.work());
        let nodes = disturb(&house, &mover, &stage, nodes, addresses);
        let cases = "SELECT COUNT(*) FROM streams WHERE sort = 'case'";
        mover.wait(|| house.count(cases) >= CASES, "cases are opened");
        drop(end);
        for client in working {
            sent.extend(client.join().unwrap());
        }
        moving.join().unwrap();
        let last = *mover.over.lock().unwrap();
        let answer = forward(28).send(last.unwrap()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let now = clock(last.unwrap()).unwrap();
        mover.wait(|| house.waiting(now) == 0, "nothing that is due waits");
        for node in nodes {
            assert!(node.terminate().success(), "it stops in good order");
        }
    });
    let accepted = sent.iter().filter(|sent| sent.is_accepted()).count();
    let retried = sent.iter().filter(|sent| sent.tries > 1).count();
    let (moves, taken_over) = (mover.moved.load(Ordering::Acquire), house.taken_over());
    println!(
        "{} commands, {accepted} accepted, {retried} sent more than once; the clock moved {moves} times; {taken_over} pieces of work were taken over; {:?}",
        sent.len(),
        begun.elapsed()
    );
    assert!(accepted > 100 && taken_over > 0, "the nodes were kept busy");
    let spools = [0, 1].map(|node| house.spool(node));
    for spool in &spools {
        assert!(
            spool.is_dir(),
            "{}: this node sent nothing",
            spool.display()
        );
    }
    let scene = Scene {
        location: Location::Postgres {
            url: house.url.clone(),
            master: MasterKey::parse(&house.key).unwrap(),
        },
        url: house.url.clone(),
        spools: spools.to_vec(),
        begun: BEGINS.parse().unwrap(),
    };
    audit::audit(&scene, &sent);
}
