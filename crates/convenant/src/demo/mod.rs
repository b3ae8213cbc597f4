//! `convenant demo`: a data folder with three regions and two years of invented cases, served under a clock of its own.
//!
//! Input: a folder, a number of cases, a seed. Output: a filled store, then a server. Invariants: a folder is filled once, with one seed;
//! interrupted at any moment, the next start goes on where it was and repeats nothing.

mod fill;
mod progress;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use convenant_engine::{Holidays, Moment, Program};
use convenant_server::Config;
use convenant_server::clock::{Clock, DemoClock, keep_clock, kept_clock};
use convenant_server::regions::RegionFiles;
use convenant_server::serve::{
    AccountsFrom, Outward, ServeError, Service, Terms, accounts, loopback_only, serve_on,
};
use convenant_store::{Hash, Location, RegionKey, Store};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use crate::args::Demo;
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::serve::{address, failure, log, runtime, store_failure, until_told};
use crate::{Failure, regions, simulate, values, words};

/// Where the data of the demo is when nobody says otherwise.
const DATA: &str = "data/demo";

/// The setting that says with what a folder is filled.
const SETTING: &str = "demo.filling";

/// How many cases, over the regions together.
const CASES: u32 = 600;

/// What a folder is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Filling {
    seed: u64,
    cases: u32,
    /// Region and the hash of its file.
    regions: Vec<(String, String)>,
    done: bool,
}

/// A region that takes part.
pub struct Stage {
    /// Its key in the store.
    pub key: RegionKey,
    /// Its version.
    pub version: Hash,
    /// Ready to run.
    pub program: Program,
}

/// `convenant demo`.
pub fn run(args: &Demo, out: &mut Output) -> Result<(), Failure> {
    log();
    let listen = address(&args.listen, &out.messages)?;
    loopback_only(listen).map_err(|error| failure(&error, &out.messages))?;
    let folder = args.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
    runtime()?.block_on(async {
        let location = || Location::Folder(folder.clone());
        let mut store = Store::open(location())
            .await
            .map_err(|error| store_failure(&error, &out.messages))?;
        let files = regions::embedded();
        let (clock, now) = filled(&store, args, &files, out).await?;
        if now || args.fill_only {
            store
                .close()
                .await
                .map_err(|error| store_failure(&error, &out.messages))?;
            if args.fill_only {
                return Ok(());
            }
            start_afresh();
            store = Store::open(location())
                .await
                .map_err(|error| store_failure(&error, &out.messages))?;
        }
        let today = convenant_engine::civil_date(clock.now());
        out.line(&say!(
            out.messages,
            "demo-folder",
            folder = folder.display().to_string()
        ))?;
        out.line(&say!(
            out.messages,
            "demo-clock",
            date = words::date(today, &out.messages)
        ))?;
        let config = Config {
            location: Location::Folder(folder.clone()),
            regions: files,
            holidays: Holidays::dutch(),
            accounts: AccountsFrom::Roles,
            people: None,
            clock: Arc::new(clock),
            listen,
            spool: folder.join("post"),
            mail: None,
            webhooks: Default::default(),
            terms: Terms::default(),
        };
        let handle = serve_on(store, config)
            .await
            .map_err(|error| failure(&error, &out.messages))?;
        let url = format!("http://{}", handle.address);
        out.line("")?;
        out.line(&say!(
            out.messages,
            "demo-look",
            url = url.as_str(),
            post = folder.join("post").display().to_string()
        ))?;
        until_told(handle, &out.messages).await
    })
}

/// Goes on as a new process that finds the folder filled: filling takes four times the memory of serving, and an allocator keeps it.
/// Where that cannot be, this process serves.
fn start_afresh() {
    use std::os::unix::process::CommandExt;
    if let Ok(program) = std::env::current_exe() {
        let mut again = std::process::Command::new(program);
        // Comes back only with an error.
        let _ = again.args(std::env::args_os().skip(1)).exec();
    }
}

/// Fills the folder as far as that has not been done; gives the clock of the demo, and whether it was filled now.
async fn filled(
    store: &Store,
    args: &Demo,
    files: &[RegionFiles],
    out: &mut Output,
) -> Result<(DemoClock, bool), Failure> {
    let failed =
        |error: convenant_store::Error, messages: &Messages| store_failure(&error, messages);
    let stages = stages(files, &out.messages)?;
    let wanted = Filling {
        seed: args.seed.unwrap_or(1),
        cases: args.cases.unwrap_or(CASES),
        regions: stages
            .iter()
            .map(|stage| (stage.key.to_string(), stage.version.to_string()))
            .collect(),
        done: false,
    };
    let known = store
        .setting(SETTING)
        .await
        .map_err(|error| failed(error, &out.messages))?
        .and_then(|text| serde_json::from_str::<Filling>(&text).ok());
    let filling = agree(wanted, known, args, &out.messages)?;
    let span = span(&stages, &out.messages)?;
    if !filling.done {
        keep(store, &filling)
            .await
            .map_err(|error| failed(error, &out.messages))?;
        for (stage, file) in stages.iter().zip(files) {
            let text = String::from_utf8_lossy(&file.source);
            let number = stage.program.model().header.version;
            store
                .adopt(&stage.key, number, &text, span.0)
                .await
                .map_err(|error| failed(error, &out.messages))?;
        }
        let count = fill::fill(store, &stages, &filling_of(&filling), span, out)
            .await
            .map_err(|error| failed(error, &out.messages))?;
        let clock = DemoClock::starting_at(span.1);
        keep_clock(store, &clock)
            .await
            .map_err(|error| failed(error, &out.messages))?;
        tell_past(store, files, clock, args)
            .await
            .map_err(|error| failure(&error, &out.messages))?;
        let done = Filling {
            done: true,
            ..filling
        };
        keep(store, &done)
            .await
            .map_err(|error| failed(error, &out.messages))?;
        out.line(&say!(
            out.messages,
            "demo-filled",
            events = count.events,
            cases = count.cases
        ))?;
    }
    let kept = kept_clock(store)
        .await
        .map_err(|error| failed(error, &out.messages))?;
    let clock = kept.unwrap_or_else(|| DemoClock::starting_at(span.1));
    Ok((clock, !filling.done))
}

/// Puts what the story told into the inboxes of its people.
async fn tell_past(
    store: &Store,
    files: &[RegionFiles],
    clock: DemoClock,
    args: &Demo,
) -> Result<(), ServeError> {
    let folder = args.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
    let service = Service::open(
        store.clone(),
        files.to_vec(),
        Holidays::dutch(),
        Arc::new(clock),
        Outward::folder(folder.join("post")),
        format!("http://{}", args.listen),
        Terms::default(),
    )
    .await?;
    let accounts = accounts(&AccountsFrom::Roles, &service.cases)?;
    service.admit(&accounts);
    service.worker.tell_past().await?;
    Ok(())
}

fn filling_of(filling: &Filling) -> fill::Recipe {
    fill::Recipe {
        seed: filling.seed,
        cases: filling.cases,
    }
}

async fn keep(store: &Store, filling: &Filling) -> Result<(), convenant_store::Error> {
    let text = serde_json::to_string(filling)?;
    store.keep_setting(SETTING, &text).await
}

/// A folder goes on with what it was begun with; asking for something else is a mistake.
fn agree(
    wanted: Filling,
    known: Option<Filling>,
    args: &Demo,
    messages: &Messages,
) -> Result<Filling, Failure> {
    let Some(known) = known else {
        return Ok(wanted);
    };
    let other_seed = args.seed.is_some_and(|seed| seed != known.seed);
    let other_cases = args.cases.is_some_and(|cases| cases != known.cases);
    if other_seed || other_cases {
        return Err(Failure::Use(say!(
            messages,
            "demo-other",
            seed = known.seed.to_string(),
            cases = known.cases
        )));
    }
    if !known.done && known.regions != wanted.regions {
        return Err(Failure::Use(say!(messages, "demo-other-regions")));
    }
    Ok(known)
}

fn stages(files: &[RegionFiles], messages: &Messages) -> Result<Vec<Stage>, Failure> {
    let broken = |file: &RegionFiles, why: String| {
        let why = format!("{}: {why}", file.key);
        Failure::Input(say!(messages, "compile-failed", why = why))
    };
    files
        .iter()
        .map(|file| {
            let model = convenant_lang::check(&file.source)
                .model
                .ok_or_else(|| broken(file, String::new()))?;
            Ok(Stage {
                key: RegionKey::new(&file.key).map_err(|error| broken(file, error.to_string()))?,
                version: Hash::of(&file.source),
                program: Program::compile(model, Holidays::dutch())
                    .map_err(|error| broken(file, error.to_string()))?,
            })
        })
        .collect()
}

/// From the first entry into force, two years: the last day lies within the terms of all three.
fn span(stages: &[Stage], messages: &Messages) -> Result<(Moment, Moment), Failure> {
    let entries = stages
        .iter()
        .filter_map(|stage| simulate::entry(stage.program.model()));
    let first = entries.min();
    let last = first.and_then(|first| first.checked_add(2.years()).ok());
    match (first, last) {
        (Some(first), Some(last)) => Ok((
            values::amsterdam(first.at(0, 0, 0, 0)),
            values::amsterdam(last.at(9, 0, 0, 0)),
        )),
        _ => Err(Failure::Input(say!(messages, "simulate-from"))),
    }
}
