//! A rush: 100,000 deadlines that pass in one second, through the worker of a server, until everybody's message is intended.
//!
//! Nine in ten are of one region; the other region must not wait for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use convenant_engine::{Actor, Command, Holidays, Moment, start_of_day};
use convenant_lang::model::SchemeId;
use convenant_server::accounts::Accounts;
use convenant_server::cases::{Cases, Submit};
use convenant_server::clock::{Clock, StillClock};
use convenant_server::regions::RegionFiles;
use convenant_server::serve::{Outward, Service, Terms};
use convenant_store::{Location, Store};
use rusqlite::Connection;

use crate::measure::{Bench, Goal};

const LARGE: (&str, usize) = ("drenthe", 90_000);
const SMALL: (&str, usize) = ("elders", 10_000);
/// All must be intended within this time.
const LIMIT: Duration = Duration::from_secs(60);

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("rush") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let (all, small) = runtime.block_on(rush(folder.path()))?;
    bench.compare_times(
        "100,000 deadlines that pass in one second, all told",
        all.as_nanos() as f64,
        "limit",
        LIMIT.as_nanos() as f64,
        Goal::AtMost(1.0),
    );
    bench.compare_times(
        "the same, the region that has a tenth of them",
        small.as_nanos() as f64,
        "all",
        all.as_nanos() as f64,
        Goal::AtMost(0.4),
    );
    Ok(())
}

/// The agreement of a region, with somebody to tell when the first deadline passes.
fn files(key: &str) -> Result<RegionFiles> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../convenants/drenthe");
    let mut files = RegionFiles::read(&folder)?;
    let text = String::from_utf8(files.source)?;
    let term = "termijn binnen 30 dagen eerste dag telt mee  aanname\n";
    anyhow::ensure!(text.contains(term), "the first step has another deadline");
    let told = format!("{term}    bij overschrijding : meld koppelaar\n");
    files.source = text.replace(term, &told).replace("regio      Drenthe", &format!("regio      {key}")).into();
    files.key = key.to_owned();
    Ok(files)
}

/// How long it took until all were told, and until the small region was.
async fn rush(folder: &Path) -> Result<(Duration, Duration)> {
    let store = Store::open(Location::Folder(folder.join("data"))).await?;
    let opened = Moment(start_of_day("2018-05-02".parse()?).0 + 9 * 3_600_000);
    let clock: Arc<dyn Clock> = Arc::new(StillClock::at(opened));
    let service = Service::open(
        store.clone(),
        vec![files(LARGE.0)?, files(SMALL.0)?],
        Holidays::dutch(),
        clock.clone(),
        Outward::folder(folder.join("mail")),
        "http://127.0.0.1:8080".to_owned(),
        Terms::default(),
    )
    .await?;
    service.admit(&Accounts::of_roles(service.cases.regions().iter().map(|region| region.current.model())));
    service.worker.run_due().await?;
    for (key, cases) in [LARGE, SMALL] {
        open(&service.cases, key, cases, opened).await?;
    }
    // The deadline is thirty days; the day before, nothing is due.
    clock.advance(Moment(start_of_day("2018-05-31".parse()?).0));
    service.worker.run_due().await?;
    clock.advance(Moment(start_of_day("2018-06-02".parse()?).0));
    let done = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let file = folder.join("data/convenant.db");
    let watched = done.clone();
    let watch = std::thread::spawn(move || small_told(&file, start, &watched));
    service.worker.run_due().await?;
    let all = start.elapsed();
    done.store(true, Ordering::Relaxed);
    let small = watch.join().map_err(|_| anyhow::anyhow!("nobody watched"))??;
    let told = count(&Connection::open(folder.join("data/convenant.db"))?, LARGE.0)?;
    anyhow::ensure!(told >= LARGE.1, "{told} were told in {}", LARGE.0);
    store.close().await?;
    Ok((all, small.context("the small region was not told")?))
}

async fn open(cases: &Cases, key: &str, many: usize, now: Moment) -> Result<()> {
    let region = cases.regions().get(key).context("no such region")?.clone();
    let model = region.current.model();
    let actor = Actor::Person {
        person: "mw-1".to_owned(),
        party: model.party_named("Cosis").context("no such party")?,
        role: model.role_named("zorgpartij").context("no such role")?,
    };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..many {
        if tasks.len() >= 256
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
        let (cases, region) = (cases.clone(), region.clone());
        let submit = Submit::new(None, actor.clone(), Command::Open { scheme: SchemeId(0) }, now);
        tasks.spawn(async move { cases.submit(&region, submit).await.map(|_| ()) });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

/// When every case of the small region had its notification.
fn small_told(file: &PathBuf, start: Instant, done: &AtomicBool) -> Result<Option<Duration>> {
    let connection = Connection::open(file)?;
    loop {
        let last = done.load(Ordering::Relaxed);
        if count(&connection, SMALL.0)? >= SMALL.1 {
            return Ok(Some(start.elapsed()));
        }
        if last {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Cases of a region whose deadline has passed: the row says so in the transaction in which the notification is intended.
fn count(connection: &Connection, region: &str) -> Result<usize> {
    let sql = "SELECT COUNT(*) FROM streams WHERE region = ?1 AND overdue > 0";
    Ok(connection.query_row(sql, [region], |row| row.get::<_, i64>(0))?.try_into()?)
}
