//! Clients that play the regions' scenarios over HTTP, and remember what was acknowledged.
//!
//! Every command has an idempotency key; what gets no answer is sent again under the same key until there is one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use convenant_tests::http::{Answer, Request};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Dice, Stage};

/// How long it may take until a server answers that was killed or stood still on the way.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command and its answer.
pub struct Sent {
    /// Region key.
    pub region: String,
    /// Idempotency key.
    pub key: String,
    /// How often it was sent.
    pub tries: u32,
    /// Status of the answer.
    pub status: u16,
    /// Case number; empty when refused before there was one.
    pub number: String,
    /// Sequence number and hash of each event that it caused.
    pub events: Vec<(u32, String)>,
}

impl Sent {
    /// Whether it was acknowledged as done.
    pub fn is_accepted(&self) -> bool {
        self.status < 300
    }
}

/// What a scenario does: who, what; without what it expects.
pub struct Script {
    region: String,
    scheme: Option<String>,
    begin: Date,
    deeds: Vec<(String, String, Value)>,
}

/// The scenarios of the three regions.
pub fn scripts() -> Vec<Script> {
    let convenants = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convenants");
    let mut scripts = Vec::new();
    for region in ["drenthe", "nijmegen", "utrecht"] {
        let folder = convenants.join(region).join("scenarios");
        let mut paths: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .collect();
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let story: Value = serde_yaml::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            scripts.extend(script(region, &story));
        }
    }
    assert!(scripts.len() > 40, "{} scenarios to play", scripts.len());
    scripts
}

fn script(region: &str, story: &Value) -> Option<Script> {
    let begin = story["begin"].as_str()?.get(..10)?.parse().ok()?;
    let mut deeds = Vec::new();
    let (mut role, mut party) = (String::new(), String::new());
    for step in story["stappen"].as_array()? {
        if let Some(who) = step.get("wie") {
            role = who["rol"].as_str()?.to_owned();
            party = who["partij"].as_str()?.to_owned();
        }
        let doe = match &step["doe"] {
            Value::Array(several) => several.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        // What the clock does is no deed of a person.
        let of_clock = |deed: &Value| deed == "klok" || deed.get("ongelezen").is_some();
        for deed in doe.into_iter().filter(|deed| !of_clock(deed)) {
            deeds.push((role.clone(), party.clone(), deed));
        }
    }
    Some(Script {
        region: region.to_owned(),
        scheme: story["regeling"].as_str().map(str::to_owned),
        begin,
        deeds,
    })
}

/// The same with every date so many days later.
fn later(value: &Value, days: i64) -> Value {
    match value {
        Value::String(text) => match text.parse::<Date>() {
            Ok(date) => json!(date.checked_add(days.days()).unwrap().to_string()),
            Err(_) => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| later(item, days)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), later(item, days)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// One client.
pub struct Client {
    number: u64,
    stage: Arc<Stage>,
    scripts: Arc<Vec<Script>>,
    dice: Dice,
    /// Account by region, role and party.
    accounts: BTreeMap<(String, String, String), String>,
    sent: Vec<Sent>,
}

impl Client {
    /// A client; its number is its seed.
    pub fn new(number: u64, stage: Arc<Stage>, scripts: Arc<Vec<Script>>) -> Client {
        Client {
            number,
            stage,
            scripts,
            dice: Dice::new(number + 1),
            accounts: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    /// Plays scenarios until it is over.
    pub fn work(mut self) -> Vec<Sent> {
        self.accounts = self.accounts();
        while !self.stage.is_over() {
            self.play();
        }
        self.sent
    }

    fn accounts(&self) -> BTreeMap<(String, String, String), String> {
        let (answer, _) = self.ask(&Request::get("/v1/accounts"));
        let list: Vec<Value> = serde_json::from_str(&answer.text).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list.iter()
            .map(|a| {
                let region = text(&a["id"]).split('.').next().unwrap().to_owned();
                (
                    (region, text(&a["rol"]), text(&a["partij"])),
                    text(&a["id"]),
                )
            })
            .collect()
    }

    /// The answer, however often it takes; and how often it took.
    fn ask(&self, request: &Request) -> (Answer, u32) {
        let (mut tries, begun) = (0, Instant::now());
        loop {
            assert!(begun.elapsed() < PATIENCE, "{request:?}: no answer");
            let server = self.stage.server();
            tries += 1;
            match request.send(server) {
                // It was being killed, or stopping: it did nothing.
                Ok(answer) if answer.status == 503 => {}
                Ok(answer) => {
                    assert!(answer.status < 500, "{request:?}: {}", answer.text);
                    self.stage.answered();
                    return (answer, tries);
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    fn today(&self) -> Date {
        let (answer, _) = self.ask(&Request::get("/v1/klok"));
        let clock: Value = serde_json::from_str(&answer.text).unwrap();
        clock["datum"].as_str().unwrap().parse().unwrap()
    }

    /// One scenario, up to some deed, as if it began today: most cases are left in the middle, where deadlines pass.
    fn play(&mut self) {
        let scripts = self.scripts.clone();
        let choice = self.dice.below(scripts.len() as u64) as usize;
        let script = &scripts[choice];
        let shift = (self.today() - script.begin).get_days();
        let until = 2 + self.dice.below(script.deeds.len() as u64) as usize;
        let (mut case, mut refused) = (None, 0);
        for (role, party, deed) in script.deeds.iter().take(until) {
            self.stage.wait_for_turn();
            if self.stage.is_over() || refused > 2 {
                return;
            }
            let who = (script.region.clone(), role.clone(), party.clone());
            let Some(account) = self.accounts.get(&who).cloned() else {
                continue;
            };
            let base = format!("/v1/convenanten/{}/zaken", script.region);
            let (path, body) = match (&case, deed == "open") {
                (_, true) => (base, json!({ "regeling": script.scheme })),
                (Some(number), false) => {
                    let doe = later(deed, i64::from(shift));
                    (format!("{base}/{number}/opdrachten"), json!({ "doe": doe }))
                }
                (None, false) => return,
            };
            let sent = self.command(&script.region, &path, &account, &body);
            if sent.is_accepted() {
                (case, refused) = (Some(sent.number.clone()), 0);
            } else {
                refused += 1;
            }
            self.sent.push(sent);
        }
    }

    fn command(&mut self, region: &str, path: &str, account: &str, body: &Value) -> Sent {
        let key = format!("klant-{}-{}", self.number, self.sent.len());
        let request = Request::post(path, body)
            .with("X-Account", account)
            .with("Idempotency-Key", &key);
        let (answer, tries) = self.ask(&request);
        let mut sent = Sent {
            region: region.to_owned(),
            key,
            tries,
            status: answer.status,
            number: String::new(),
            events: Vec::new(),
        };
        match answer.status {
            200 | 201 => {
                let done: Value = serde_json::from_str(&answer.text).unwrap();
                sent.number = done["zaak"]["nummer"].as_str().unwrap().to_owned();
                for event in done["gebeurtenissen"].as_array().unwrap() {
                    let number = event["volgnummer"].as_u64().unwrap();
                    let hash = event["hash"].as_str().unwrap().to_owned();
                    sent.events.push((u32::try_from(number).unwrap(), hash));
                }
            }
            // The rules refuse it, in a case that is a little different from the scenario's.
            403 | 409 | 422 => {}
            other => panic!("{request:?}: {other} {}", answer.text),
        }
        sent
    }
}
