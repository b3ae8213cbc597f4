//! Delivery from end to end: one message per person and occasion, late and in order, gathered; lanes side by side; dead letters.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use common::{ALARMER, Backend, COORDINATOR, Data, TestServer, morning};
use convenant_engine::Moment;
use convenant_lang::model::Channel;
use convenant_server::channel::Outcome;
use convenant_server::delivery::{Delivery, KEEP, Parcel, Progress, Route, Sender, Sending};
use convenant_server::directory::registry::Edit;
use convenant_server::directory::{HeldRole, Person, QuietHours};
use convenant_server::regions::{Region, RegionFiles};
use convenant_store::{
    Awaits, FannedOut, Lease, MessageFilter, MessageRow, Occasion, Outgoing, RegionKey,
};
use mail_parser::MessageParser;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

const INBOX: &str = "/v1/convenanten/utrecht/meldingen?aantal=200";

fn utrecht() -> RegionKey {
    RegionKey::new("utrecht").unwrap()
}

async fn messages(server: &TestServer, person: &str) -> Vec<MessageRow> {
    let filter = MessageFilter {
        person: Some(person.to_owned()),
        ..MessageFilter::default()
    };
    let store = &server.store;
    let mut rows = store
        .messages(&utrecht(), &filter, None, 1000)
        .await
        .unwrap();
    rows.reverse();
    rows
}

async fn edit(server: &TestServer, id: &str, change: impl Fn(&mut Person)) {
    let people = &server.service.people;
    people
        .edit(&utrecht(), Moment(0), |directory| {
            let mut person = Person::clone(directory.get(id).unwrap());
            change(&mut person);
            Ok::<_, convenant_store::Error>(Edit::Put(Box::new(person)))
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_days_down_every_deadline_comes_once_late_in_order_and_as_one_mail() {
    let server = TestServer::start("2018-05-02").await;
    for _ in 0..7 {
        server.registered().await;
    }
    server.service.worker.run_due().await.unwrap();
    let before = messages(&server, COORDINATOR).await.len();
    let spool = server.data.folder.path().join("mail/utrecht");
    let files = || std::fs::read_dir(&spool).unwrap().count();
    let mails = files();
    // The deadlines of the 18th pass while nobody works.
    server.service.clock.advance(morning("2018-05-21"));
    server.service.worker.run_due().await.unwrap();
    let again = server.service.worker.run_due().await.unwrap();
    assert_eq!((again.fired, again.delivered, again.sent), (0, 0, 0));
    let rows = messages(&server, COORDINATOR).await.split_off(before);
    let late: Vec<&MessageRow> = rows
        .iter()
        .filter(|row| row.message.subject.starts_with("Te laat:"))
        .collect();
    assert_eq!(late.len(), 7);
    let mut occasions: Vec<_> = late.iter().map(|row| row.message.occasion).collect();
    occasions.sort();
    occasions.dedup();
    assert_eq!(occasions.len(), 7, "each once");
    let since: Vec<Moment> = rows
        .iter()
        .filter(|row| row.message.case.is_some())
        .map(|row| row.message.late_since.expect("it is late"))
        .collect();
    assert!(since.is_sorted(), "in the order of what was due: {since:?}");
    assert!(
        late[0].message.body.starts_with(
            "Dit bericht komt te laat. Het had er moeten zijn op 19 mei 2018 om 00:00 uur."
        ),
        "{}",
        late[0].message.body
    );
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let sent = server
        .store
        .deliveries_of(&utrecht(), &numbers)
        .await
        .unwrap();
    assert!(sent.len() > 7 && sent.iter().all(|delivery| delivery.gathered));
    let person = server.service.people.directory(&utrecht());
    let address = person.get(COORDINATOR).unwrap().mail.clone().unwrap();
    let to_coordinator: Vec<String> = new_mails(&spool, &address)
        .into_iter()
        .filter(|subject| subject.contains("berichten van"))
        .collect();
    assert!(files() < mails + 10, "a flood is one mail per person");
    assert!(
        to_coordinator
            .iter()
            .any(|subject| subject.starts_with(&format!("{} berichten van", sent.len()))),
        "{to_coordinator:?} of {}",
        sent.len()
    );
    let states = server.get_as(INBOX, Some(COORDINATOR)).await.json();
    let newest = &states["meldingen"][0]["kanalen"][0];
    assert_eq!(newest["toestand"], "bezorgd");
    assert_eq!(newest["verzameld"], true);
}

fn new_mails(spool: &std::path::Path, to: &str) -> Vec<String> {
    let mut subjects = Vec::new();
    for entry in std::fs::read_dir(spool).unwrap() {
        let raw = std::fs::read(entry.unwrap().path()).unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        let address = mail.to().unwrap().first().unwrap().address().unwrap();
        if address == to {
            subjects.push(mail.subject().unwrap().to_owned());
        }
    }
    subjects
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_with_two_roles_gets_one_message_that_names_both() {
    let files = RegionFiles::read_all(&common::convenants()).unwrap();
    let data = Data::on(Backend::Sqlite);
    let server = TestServer::open(data, morning("2017-03-01"), files).await;
    // The coordinator also sits for a municipality. Both are told when the convenant enters into force.
    edit(&server, COORDINATOR, |person| {
        person.roles.insert(HeldRole {
            role: "bestuurder".to_owned(),
            party: "Zeist".to_owned(),
        });
    })
    .await;
    server
        .service
        .worker
        .run_until(morning("2017-03-20"))
        .await
        .unwrap();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for row in messages(&server, COORDINATOR).await {
        *told.entry(row.message.occasion.to_string()).or_default() += 1;
    }
    assert!(told.values().all(|times| *times == 1));
    let inbox = server.get_as(INBOX, Some(COORDINATOR)).await.json();
    let both = inbox["meldingen"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["waarom"].as_array().unwrap().len() == 2)
        .unwrap_or_else(|| panic!("{inbox}"));
    let why = both["waarom"].to_string();
    assert!(
        why.contains("U krijgt dit als bestuurder namens Zeist.")
            && why.contains("U krijgt dit als coördinator namens Het Vierde Huis."),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_says_why_who_else_and_what_next_in_the_readers_language() {
    let server = TestServer::start("2018-05-02").await;
    edit(&server, COORDINATOR, |person| {
        person.language = convenant_server::text::Language::English;
    })
    .await;
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let rows = messages(&server, COORDINATOR).await;
    let told = rows.last().unwrap();
    assert!(
        !told.message.body.contains("Zaak "),
        "{}",
        told.message.body
    );
    let english = format!("{INBOX}&lang=en");
    let inbox = server.get_as(&english, Some(COORDINATOR)).await.json();
    assert_eq!(inbox["ongelezen"], rows.len());
    let first = &inbox["meldingen"][0];
    assert_eq!(
        first["waarom"][0],
        "You get this as coördinator for Het Vierde Huis."
    );
    assert!(
        first["wat_volgt"].as_str().unwrap().contains("2018"),
        "{first}"
    );
    let address = format!(
        "/v1/convenanten/utrecht/meldingen/{}/gelezen",
        first["nummer"]
    );
    // Somebody else's message is not there.
    let other = server.post(&address, ALARMER, json!({})).await;
    other.problem(404, "onbekend");
    let page = server.get_as("/utrecht/meldingen", Some(COORDINATOR)).await;
    assert!(page.text.contains("Alles is gelezen"), "{}", page.text);
    let read = server.post(&address, COORDINATOR, json!({})).await;
    assert_eq!(read.status, 204);
    let inbox = server.get_as(INBOX, Some(COORDINATOR)).await.json();
    assert_eq!(inbox["ongelezen"], rows.len() - 1);
    let page = server.get_as("/utrecht/meldingen", Some(COORDINATOR)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Waarom u dit krijgt"));
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let unread = server.get_as(INBOX, Some(COORDINATOR)).await.json();
    let (newest, all) = (&unread["meldingen"][0]["nummer"], &unread["ongelezen"]);
    let address = "/v1/convenanten/utrecht/meldingen/gelezen";
    let done = server
        .post(address, COORDINATOR, json!({ "tot": newest }))
        .await;
    assert_eq!(done.json(), json!({ "gelezen": all }), "{}", done.text);
    server.registered().await;
    server.service.worker.run_due().await.unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let all = format!("tot={}", i64::MAX);
    let sent = server
        .post_with("/utrecht/meldingen/gelezen", COORDINATOR, &form, all)
        .await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let inbox = server.get_as(INBOX, Some(COORDINATOR)).await.json();
    assert_eq!(inbox["ongelezen"], 0);
    let page = server.get_as("/utrecht/meldingen", Some(COORDINATOR)).await;
    assert!(
        !page.text.contains("Alles is gelezen"),
        "nothing is left to read"
    );
}

/// A channel whose lanes are named after people, with an outcome for each.
struct Scripted {
    outcomes: Mutex<BTreeMap<String, Outcome>>,
    /// The one whose lane hangs until there is a permit.
    hangs: String,
    permits: Semaphore,
    /// The first try for the coordinator hangs until there is a permit, and no other does.
    first_hangs: AtomicBool,
    sent: mpsc::UnboundedSender<(String, String)>,
}

impl Sender for Scripted {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    fn to_person(&self, _region: &Region, person: &Person) -> Option<Route> {
        Some(Route {
            target: person.id.clone(),
            lane: format!("mail:{}", person.id),
        })
    }

    fn at_once(&self, _lane: &str) -> usize {
        2
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            if parcel.target == self.hangs
                || parcel.target == COORDINATOR && self.first_hangs.swap(false, Ordering::AcqRel)
            {
                self.permits.acquire().await.unwrap().forget();
            }
            let sent = (parcel.target.clone(), parcel.key.clone());
            self.sent.send(sent).unwrap();
            let outcomes = self.outcomes.lock().unwrap();
            outcomes
                .get(&parcel.target)
                .cloned()
                .unwrap_or(Outcome::Delivered)
        })
    }
}

/// The delivery of a server over a scripted channel.
fn scripted(
    server: &TestServer,
    hangs: &str,
) -> (
    Delivery,
    Arc<Scripted>,
    mpsc::UnboundedReceiver<(String, String)>,
) {
    let (sent, sends) = mpsc::unbounded_channel();
    let channel = Arc::new(Scripted {
        outcomes: Mutex::default(),
        hangs: hangs.to_owned(),
        permits: Semaphore::new(0),
        first_hangs: AtomicBool::new(false),
        sent,
    });
    let delivery = Delivery {
        texts: server.service.texts.clone(),
        people: server.service.people.clone(),
        senders: vec![channel.clone()],
        base_url: "https://convenant.example".to_owned(),
        seed: 7,
        progress: Arc::new(Progress::keeping(KEEP)),
    };
    (delivery, channel, sends)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_that_hangs_holds_up_no_other() {
    let server = TestServer::start("2018-05-02").await;
    let (delivery, channel, mut sends) = scripted(&server, COORDINATOR);
    server.registered().await;
    let cases = server.service.cases.clone();
    let clock = server.service.clock.clone();
    delivery.fan_out(&cases, clock.now()).await.unwrap();
    let sending = tokio::spawn(async move { delivery.send_due(&cases, &clock).await.unwrap() });
    let (first, _) = sends.recv().await.unwrap();
    assert_ne!(first, COORDINATOR);
    assert!(!sending.is_finished(), "the other lane still hangs");
    channel.permits.add_permits(100);
    let total = sending.await.unwrap();
    let mut rest = Vec::new();
    while let Ok(sent) = sends.try_recv() {
        rest.push(sent.0);
    }
    assert!(rest.contains(&COORDINATOR.to_owned()));
    assert_eq!(total, rest.len() as u64 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_hangs_holds_up_no_other_of_its_lane() {
    let server = TestServer::start("2018-05-02").await;
    let (delivery, channel, mut sends) = scripted(&server, "");
    let (cases, clock) = (server.service.cases.clone(), server.service.clock.clone());
    // Few enough for one person that they go one by one, and more than the lane tries side by side.
    for _ in 0..2 {
        server.registered().await;
    }
    delivery.fan_out(&cases, clock.now()).await.unwrap();
    let lane = format!("mail:{COORDINATOR}");
    let waiting = server.store.deliveries_waiting(&lane, clock.now());
    let waiting = waiting.await.unwrap() as usize;
    assert!((3..=5).contains(&waiting), "{waiting}");
    channel.first_hangs.store(true, Ordering::Release);
    let sending = tokio::spawn(async move { delivery.send_due(&cases, &clock).await.unwrap() });
    let mut to_coordinator = 0;
    while to_coordinator < waiting - 1 {
        let (target, _) = sends.recv().await.unwrap();
        to_coordinator += usize::from(target == COORDINATOR);
    }
    assert!(!sending.is_finished(), "one still hangs");
    channel.permits.add_permits(1);
    sending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_comes_again_under_its_key_and_what_is_refused_is_left_to_the_coordinator() {
    let server = TestServer::start("2018-05-02").await;
    let (delivery, channel, mut sends) = scripted(&server, "");
    let fails = |outcome: Option<Outcome>| {
        let mut outcomes = channel.outcomes.lock().unwrap();
        outcomes.clear();
        outcomes.extend(outcome.map(|outcome| (ALARMER.to_owned(), outcome)));
    };
    fails(Some(Outcome::Ambiguous {
        reason: "lost after DATA".to_owned(),
    }));
    server.open_case().await;
    let (cases, clock) = (&server.service.cases, &server.service.clock);
    delivery.fan_out(cases, clock.now()).await.unwrap();
    delivery.send_due(cases, clock).await.unwrap();
    let mut keys = Vec::new();
    let mut drain = |keys: &mut Vec<String>| {
        while let Ok((target, key)) = sends.try_recv() {
            if target == ALARMER {
                keys.push(key);
            }
        }
    };
    drain(&mut keys);
    assert_eq!(keys.len(), 1);
    // Not at once.
    delivery.send_due(cases, clock).await.unwrap();
    drain(&mut keys);
    assert_eq!(keys.len(), 1);
    clock.advance(Moment(clock.now().0 + 60_000));
    fails(Some(Outcome::Refused {
        reason: "webhook-antwoord 500".to_owned(),
    }));
    delivery.send_due(cases, clock).await.unwrap();
    drain(&mut keys);
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1], "under the same key");
    let dead = "/v1/convenanten/utrecht/onbestelbaar";
    server
        .get_as(dead, Some(ALARMER))
        .await
        .problem(403, "niet-bevoegd");
    let letters = server.get_as(dead, Some(COORDINATOR)).await.json();
    assert_eq!(letters.as_array().unwrap().len(), 1, "{letters}");
    let reason = "de ontvanger antwoordde met 500 in plaats van 2xx";
    assert_eq!(letters[0]["reden"], reason);
    assert_eq!(letters[0]["misschien_bezorgd"], true);
    assert!(!letters.to_string().contains('@'));
    let told = messages(&server, COORDINATOR).await;
    let told = &told.last().unwrap().message;
    assert_eq!(
        told.subject,
        "Een bericht aan Leger des Heils is niet bezorgd"
    );
    assert!(told.body.contains(reason), "{}", told.body);
    let page = server
        .get_as("/utrecht/onbestelbaar", Some(COORDINATOR))
        .await;
    assert!(page.text.contains(reason), "{}", page.text);
    let again = format!("{dead}/{}/opnieuw", letters[0]["id"]);
    assert_eq!(
        server.post(&again, COORDINATOR, json!({})).await.status,
        204
    );
    server
        .post(&again, COORDINATOR, json!({}))
        .await
        .problem(404, "onbekend");
    fails(None);
    delivery.send_due(cases, clock).await.unwrap();
    drain(&mut keys);
    assert_eq!((keys.len(), &keys[2]), (3, &keys[0]));
    let letters = server.get_as(dead, Some(COORDINATOR)).await.json();
    assert_eq!(letters, json!([]));
}

/// Whoever registers does not want to be woken between a second past nine and eleven.
async fn quiet_until_eleven(server: &TestServer) {
    edit(server, ALARMER, |person| {
        person.quiet = Some(QuietHours {
            from: jiff::civil::time(9, 0, 1, 0),
            until: jiff::civil::time(11, 0, 0, 0),
            days_off: false,
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_comes_again_waits_for_quiet_hours_to_end() {
    let server = TestServer::start("2018-05-02").await;
    let (delivery, channel, mut sends) = scripted(&server, "");
    let (cases, clock) = (&server.service.cases, &server.service.clock);
    quiet_until_eleven(&server).await;
    let later = Outcome::Later {
        reason: "421".to_owned(),
        after: None,
    };
    let outcomes = || channel.outcomes.lock().unwrap();
    outcomes().insert(ALARMER.to_owned(), later);
    server.open_case().await;
    delivery.fan_out(cases, clock.now()).await.unwrap();
    let mut tries = Vec::new();
    for minutes in [0, 1, 119, 120] {
        clock.advance(Moment(morning("2018-05-02").0 + minutes * 60_000));
        delivery.send_due(cases, clock).await.unwrap();
        outcomes().clear();
        while let Ok((target, _)) = sends.try_recv() {
            if target == ALARMER {
                tries.push(minutes);
            }
        }
    }
    assert_eq!(tries, [0, 120]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_nobody_sent_before_the_quiet_hours_waits_for_them_to_end() {
    let server = TestServer::start("2018-05-02").await;
    let (delivery, _channel, mut sends) = scripted(&server, "");
    let (cases, clock) = (&server.service.cases, &server.service.clock);
    quiet_until_eleven(&server).await;
    server.open_case().await;
    delivery.fan_out(cases, clock.now()).await.unwrap();
    let mut sent = Vec::new();
    for minutes in [30, 119, 120] {
        clock.advance(Moment(morning("2018-05-02").0 + minutes * 60_000));
        delivery.send_due(cases, clock).await.unwrap();
        while let Ok((target, _)) = sends.try_recv() {
            if target == ALARMER {
                sent.push(minutes);
            }
        }
    }
    assert_eq!(sent, [120], "the server was down until half past nine");
    let rows = messages(&server, ALARMER).await;
    let told: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let deliveries = server.store.deliveries_of(&utrecht(), &told).await.unwrap();
    assert_eq!(deliveries[0].attempts, 1, "waiting was no try");
}

/// How often the next rung of the ladder of a case, the central municipality, was told.
async fn next_rung_told(server: &TestServer) -> usize {
    let all = MessageFilter::default();
    let rows = server.store.messages(&utrecht(), &all, None, 1000).await;
    let rows = rows.unwrap().into_iter();
    rows.filter(|row| row.message.case.is_some())
        .filter(|row| row.message.role.contains("centrumgemeente"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_escalation_that_nobody_reads_goes_on_early_and_one_that_is_read_does_not() {
    // Overdue on the 19th of May; unread for two working days on the 24th; by the ladder itself it would be the 29th.
    for (read, told) in [(false, 1), (true, 0)] {
        let server = TestServer::start("2018-05-02").await;
        server.registered().await;
        let worker = &server.service.worker;
        worker.run_until(morning("2018-05-22")).await.unwrap();
        if read {
            let rows = messages(&server, COORDINATOR).await;
            let escalation = rows.iter().find(|row| row.message.awaits.is_some());
            let number = escalation.unwrap().number;
            let address = format!("/v1/convenanten/utrecht/meldingen/{number}/gelezen");
            let answer = server.post(&address, COORDINATOR, json!({})).await;
            assert_eq!(answer.status, 204, "{}", answer.text);
        }
        worker.run_until(morning("2018-05-23")).await.unwrap();
        assert_eq!(next_rung_told(&server).await, 0);
        worker.run_until(morning("2018-05-25")).await.unwrap();
        assert_eq!(next_rung_told(&server).await, told, "read: {read}");
        worker.run_until(morning("2018-05-30")).await.unwrap();
        assert_eq!(next_rung_told(&server).await, 1, "read: {read}");
    }
}

/// An escalation that cannot be read, written in front of all others.
async fn broken_escalation(server: &TestServer) {
    let (store, at) = (&server.store, morning("2018-05-22"));
    let date = "2018-05-22".parse().unwrap();
    let told = Outgoing {
        body: "{}".to_owned(),
        deliver_after: None,
    };
    store
        .occur(&utrecht(), "broken", date, at, &[told])
        .await
        .unwrap();
    let lease = Lease {
        now: Moment(0),
        until: Moment(i64::MAX),
    };
    let claims = store.claim_outbox(at, lease, 10).await.unwrap();
    let claim = &claims[0];
    let rows = messages(server, COORDINATOR).await;
    let mut message = rows[0].message.clone();
    message.occasion = Occasion::of(&[b"broken"]);
    message.source = claim.id.clone();
    message.awaits = Some(Awaits {
        until: at,
        cause: "{".to_owned(),
    });
    let fanned = FannedOut {
        id: claim.id.clone(),
        at: claim.at,
        token: claim.token,
        messages: vec![message],
        deliveries: Vec::new(),
    };
    assert_eq!(store.fan_out(at, vec![fanned]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_escalation_that_cannot_go_on_holds_up_no_other() {
    let server = TestServer::start("2018-05-02").await;
    server.registered().await;
    let worker = &server.service.worker;
    worker.run_until(morning("2018-05-22")).await.unwrap();
    broken_escalation(&server).await;
    worker.run_until(morning("2018-05-25")).await.unwrap();
    assert_eq!(next_rung_told(&server).await, 1);
    // It was not forgotten.
    let next = server.store.next_unread().await.unwrap().unwrap();
    assert!(next > morning("2018-05-25"));
}
