//! Server-sent events over real connections, with two servers on one PostgreSQL.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use convenant_server::clock::StillClock;
use convenant_server::regions::RegionFiles;
use convenant_server::serve::{AccountsFrom, Terms};
use convenant_server::{Config, Handle, serve};
use convenant_store::{Location, MasterKey};
use convenant_tests::http::{Answer, Request};
use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::common::{COORDINATOR, convenants, morning};

const STREAM: &str = "/v1/convenanten/utrecht/meldingen/stroom";

/// How long something may take that takes a second or two.
const PATIENCE: Duration = Duration::from_secs(30);

async fn node(url: &str, master: &MasterKey, clock: &Arc<StillClock>, spool: &Path) -> Handle {
    let config = Config {
        location: Location::Postgres {
            url: url.to_owned(),
            master: master.clone(),
        },
        regions: RegionFiles::read_all(&convenants()).unwrap(),
        holidays: convenant_engine::Holidays::dutch(),
        accounts: AccountsFrom::Roles,
        clock: clock.clone(),
        listen: "127.0.0.1:0".parse().unwrap(),
        people: None,
        spool: spool.to_owned(),
        mail: None,
        webhooks: Default::default(),
        terms: Terms::default(),
    };
    serve(config).await.unwrap()
}

/// An open stream.
struct Stream {
    head: Vec<String>,
    lines: Lines<BufReader<TcpStream>>,
    /// What has come of the next event: reading may be broken off in the middle.
    id: String,
    data: String,
}

/// An event: its id, and its data.
type Event = (String, Json);

impl Stream {
    async fn open(handle: &Handle, headers: &str) -> Stream {
        let mut stream = TcpStream::connect(handle.address).await.unwrap();
        let request = format!(
            "GET {STREAM} HTTP/1.1\r\nHost: {}\r\nX-Account: {COORDINATOR}\r\n{headers}\r\n",
            handle.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        let mut head = Vec::new();
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if line.is_empty() {
                return Stream {
                    head,
                    lines,
                    id: String::new(),
                    data: String::new(),
                };
            }
            head.push(line.to_lowercase());
        }
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        let read = tokio::time::timeout(PATIENCE, self.read()).await;
        read.expect("an event in time")
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            let line = self.lines.next_line().await.unwrap()?;
            if let Some(text) = line.strip_prefix("id: ") {
                self.id = text.to_owned();
            } else if let Some(text) = line.strip_prefix("data: ") {
                self.data = text.to_owned();
            } else if line.is_empty() && !self.data.is_empty() {
                let data = serde_json::from_str(&std::mem::take(&mut self.data)).unwrap();
                return Some((std::mem::take(&mut self.id), data));
            }
        }
    }

    /// Reads on until so many are unread.
    async fn until(&mut self, fits: impl Fn(u64) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if fits(event.1["ongelezen"].as_u64().unwrap()) {
                return event;
            }
        }
    }
}

async fn ask(handle: &Handle, request: Request) -> std::io::Result<Answer> {
    let address = handle.address;
    let request = request.with("X-Account", COORDINATOR);
    let asked = tokio::task::spawn_blocking(move || request.send(address));
    asked.await.unwrap()
}

/// Reads the latest unread message; false when there is none.
async fn read_one(handle: &Handle) -> bool {
    const MESSAGES: &str = "/v1/convenanten/utrecht/meldingen";
    let unread = Request::get(format!("{MESSAGES}?ongelezen=true&aantal=1"));
    let listed: Json = serde_json::from_str(&ask(handle, unread).await.unwrap().text).unwrap();
    let Some(number) = listed["meldingen"][0]["nummer"].as_i64() else {
        return false;
    };
    // The answer has no body, and so no length: to the small client half an answer.
    let read = Request::post(format!("{MESSAGES}/{number}/gelezen"), "");
    let error = ask(handle, read).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_tells_what_is_unread_also_by_the_doing_of_another_node() {
    let url = convenant_tests::postgres::server().database();
    let master = MasterKey::random().unwrap();
    let clock = Arc::new(StillClock::at(morning("2019-03-01")));
    let spool = tempfile::tempdir().unwrap();
    let (one, two) = (
        node(&url, &master, &clock, spool.path()).await,
        node(&url, &master, &clock, spool.path()).await,
    );
    let mut stream = Stream::open(&two, "").await;
    assert!(stream.head[0].contains("200 ok"));
    let has = |line: &str| stream.head.iter().any(|h| h == line);
    assert!(has("content-type: text/event-stream") && has("x-content-type-options: nosniff"));
    // What befell the convenant in two years is told by whichever node is first; it may be there at once.
    let mut told = stream.next().await.expect("the count at once");
    if told.1["ongelezen"] == 0 {
        told = stream.until(|unread| unread > 0).await;
    }
    let many = told.1["ongelezen"].as_u64().unwrap();
    read_one(&one).await;
    stream.until(|unread| unread < many).await;
    // To the end, also of what came in between.
    let (id, told) = loop {
        while read_one(&one).await {}
        let none = stream.until(|unread| unread == 0);
        if let Ok(event) = tokio::time::timeout(Duration::from_secs(3), none).await {
            break event;
        }
    };
    assert_eq!(id, format!("{}-0", told["laatste"]));

    // Who knows already hears nothing until something changes; who knows something else hears at once.
    let mut knows = Stream::open(&two, &format!("Last-Event-ID: {id}\r\n")).await;
    let quiet = tokio::time::timeout(Duration::from_millis(300), knows.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    let mut knew = Stream::open(&two, "Last-Event-ID: 1-1\r\n").await;
    assert_eq!(knew.next().await.unwrap().0, id);

    // Eight for one account on a node; who goes makes room.
    let mut others = Vec::new();
    for _ in 3..8 {
        others.push(Stream::open(&two, "").await);
    }
    let refused = ask(&two, Request::get(STREAM)).await.unwrap();
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    assert!(refused.text.contains("urn:convenant:probleem:te-veel"));

    // The end of the server is the end of its streams, not of its patience.
    let stopped = tokio::time::timeout(Duration::from_secs(15), two.stop()).await;
    stopped.expect("it stops in time").unwrap();
    assert_eq!(knows.next().await, None);
    one.stop().await.unwrap();
}
