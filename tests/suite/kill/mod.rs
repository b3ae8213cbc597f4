//! The server is killed in the middle, again and again: what it acknowledged is there, once; what was due happened, once.
//!
//! Clients play the regions' scenarios over HTTP while the clock of the demo moves on and the process gets SIGKILL at seeded
//! moments. At the end the data folder is read and compared with what was acknowledged and with what the events demand.

pub mod audit;
pub mod clients;
mod delivery;
mod filling;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use convenant_store::Location;
use convenant_tests::http::Request;
use convenant_tests::program::Server;
use serde_json::{Value, json};

use clients::{Client, Sent};

/// How often the server is killed.
const KILLS: usize = 200;
/// Clients at the same time.
const CLIENTS: u64 = 4;
/// The clock moves no further than this day: all three agreements are in force on it.
const LAST_DAY: &str = "2019-08-15";

/// A small generator of our own: the same seed gives the same choices on every machine.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n.max(1)
    }
}

/// What clients and the one who kills share.
#[derive(Default)]
pub struct Stage {
    /// Where servers listen now; none while all are dead.
    addresses: Mutex<Vec<SocketAddr>>,
    changed: Condvar,
    /// Answers so far.
    answers: AtomicUsize,
    /// Moves of the clock that were finished.
    moves: AtomicUsize,
    /// No new commands any more; those on their way are finished.
    over: AtomicBool,
    /// No new commands for now: the clock moves without being kept busy.
    quiet: AtomicBool,
}

impl Stage {
    /// Waits for a server that listens; where there are several, another one after every answer.
    pub fn server(&self) -> SocketAddr {
        let mut addresses = self.addresses.lock().unwrap();
        while addresses.is_empty() {
            addresses = self.changed.wait(addresses).unwrap();
        }
        addresses[self.answers.load(Ordering::Acquire) % addresses.len()]
    }

    /// Servers listen here from now on, and nowhere else.
    pub fn listen(&self, at: impl IntoIterator<Item = SocketAddr>) {
        *self.addresses.lock().unwrap() = at.into_iter().collect();
        self.changed.notify_all();
    }

    /// No new commands for now, or again.
    pub fn rest(&self, quiet: bool) {
        self.quiet.store(quiet, Ordering::Release);
        self.changed.notify_all();
    }

    /// No new commands any more.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// Something was answered.
    pub fn answered(&self) {
        self.answers.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_all();
    }

    /// Waits until so many more have been counted, and then a little, or until the time is over.
    fn wait_for(&self, counted: &AtomicUsize, more: usize, little: Duration) {
        let wanted = counted.load(Ordering::Acquire) + more;
        let until = Instant::now() + Duration::from_secs(2);
        let mut address = self.addresses.lock().unwrap();
        while counted.load(Ordering::Acquire) < wanted && Instant::now() < until {
            address = self
                .changed
                .wait_timeout(address, until - Instant::now().min(until))
                .unwrap()
                .0;
        }
        let until = Instant::now() + little;
        while Instant::now() < until {
            address = self
                .changed
                .wait_timeout(address, until - Instant::now().min(until))
                .unwrap()
                .0;
        }
    }

    /// Waits while no new commands are to be sent for now.
    pub fn wait_for_turn(&self) {
        let mut address = self.addresses.lock().unwrap();
        while self.quiet.load(Ordering::Acquire) && !self.is_over() {
            let time = Duration::from_millis(20);
            address = self.changed.wait_timeout(address, time).unwrap().0;
        }
    }

    /// Whether no new commands are to be sent.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

fn start(data: &Path) -> Server {
    let folder = data.to_str().unwrap();
    Server::start(["demo", "--data", folder, "--listen", "127.0.0.1:0"])
}

/// Moves the clock on and on by a day or two, until its last day.
fn move_clock(stage: &Stage, seed: u64) {
    let mut dice = Dice::new(seed);
    while !stage.is_over() {
        let days = 1 + dice.below(2);
        let to = stage.server();
        let Ok(answer) = Request::get("/v1/klok").send(to) else {
            continue;
        };
        let clock: Value = serde_json::from_str(&answer.text).unwrap();
        if clock["datum"].as_str().unwrap() >= LAST_DAY {
            return;
        }
        if let Ok(answer) = forward(days).send(to) {
            assert_eq!(answer.status, 200, "{}", answer.text);
            stage.moves.fetch_add(1, Ordering::AcqRel);
            stage.changed.notify_all();
        }
    }
}

/// Moves the clock so many days.
pub fn forward(days: u64) -> Request {
    Request::post("/v1/klok/vooruit", json!({ "dagen": days }))
}

/// Kills the server at seeded moments: most while it works, some while it starts.
fn kill_often(stage: &Stage, data: &Path) {
    let mut dice = Dice::new(4242);
    let mut started = Duration::from_millis(500);
    let mut listened = 0;
    for _ in 0..KILLS {
        let begun = Instant::now();
        let server = start(data);
        let address = if dice.below(6) == 0 {
            let early = started.mul_f64(dice.below(1000) as f64 / 1000.0);
            server.address_within(early)
        } else {
            Some(server.address())
        };
        let Some(address) = address else {
            server.kill();
            continue;
        };
        stage.listen([address]);
        started = begun.elapsed();
        listened += 1;
        let little = Duration::from_micros(dice.below(12_000));
        if dice.below(5) == 0 {
            stage.rest(true);
            stage.wait_for(&stage.moves, 1, little);
            stage.rest(false);
        } else {
            let answers = usize::try_from(dice.below(9)).unwrap();
            stage.wait_for(&stage.answers, answers, little);
        }
        server.kill();
        stage.listen([]);
    }
    assert!(
        listened > KILLS / 2,
        "the server lived {listened} times only"
    );
}

#[test]
fn what_was_acknowledged_survives_200_kills_and_what_was_due_happened_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let filled = convenant_tests::program::run([
        "demo",
        "--data",
        data.to_str().unwrap(),
        "--cases",
        "6",
        "--seed",
        "11",
        "--fill-only",
    ]);
    assert_eq!(filled.code, Some(0), "{}", filled.errors);

    let stage = Arc::new(Stage::default());
    let scripts = Arc::new(clients::scripts());
    let mut sent: Vec<Sent> = Vec::new();
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = Client::new(number, stage.clone(), scripts.clone());
                scope.spawn(move || client.work())
            })
            .collect();
        let clock = scope.spawn(|| move_clock(&stage, 77));
        kill_often(&stage, &data);
        stage.end();
        let server = start(&data);
        stage.listen([server.address()]);
        for client in working {
            sent.extend(client.join().unwrap());
        }
        clock.join().unwrap();
        // Everything that is due by now, and in four weeks more, happens.
        let answer = forward(28).send(stage.server()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(server.terminate().success(), "it stops in good order");
    });
    let accepted = sent.iter().filter(|sent| sent.is_accepted()).count();
    let retried = sent.iter().filter(|sent| sent.tries > 1).count();
    let moves = stage.moves.load(Ordering::Acquire);
    println!(
        "{} commands, {accepted} accepted, {retried} sent more than once; the clock moved {moves} times",
        sent.len()
    );
    assert!(
        accepted > 200 && retried > 20 && moves > 5,
        "the server was kept busy"
    );
    audit::audit(
        &audit::Scene {
            url: format!("sqlite:{}?mode=ro", data.join("convenant.db").display()),
            spools: vec![data.join("post")],
            location: Location::Folder(data),
            begun: "2019-03-16".parse().unwrap(),
        },
        &sent,
    );
}
