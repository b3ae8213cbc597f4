//! `convenant serve`: the server, until it is told to stop.
//!
//! Input: where the data is, where to listen, regions, accounts. Output: a running server; SIGTERM and Ctrl-C finish what is at hand.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use convenant_engine::{HolidayProblem, Holidays, civil_date, start_of_day};
use convenant_server::accounts::AccountsError;
use convenant_server::channel::config::{ConfigError, MailConfig};
use convenant_server::channel::event::is_publisher;
use convenant_server::channel::webhook::{Settings, authorities, is_origin};
use convenant_server::clock::{Clock, DemoClock, RealClock, follow_clock, keep_clock, kept_clock};
use convenant_server::lease::Leases;
use convenant_server::regions::{RegionError, RegionFiles};
use convenant_server::serve::{AccountsFrom, Terms, loopback_only, serve_on};
use convenant_server::text::Texts;
use convenant_server::yaml::FileError;
use convenant_server::{Config, Handle, ServeError};
use convenant_store::{CaseFilter, Error as StoreError, Location, MasterKey, RegionKey, Store};
use jiff::civil::Date;
use tracing_subscriber::EnvFilter;

use crate::args::{LISTEN, date};
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::{Failure, directory, regions, words};

/// Where the key of a PostgreSQL database comes from: never from the command line, which others can see.
const KEY: &str = "CONVENANT_MASTER_KEY";

/// The largest file of days off that is read: that of the program has some 70 KB.
const LARGEST_HOLIDAYS: u64 = 1 << 20;

/// Where the data of the server is when nobody says otherwise.
const DATA: &str = "data/server";

/// `convenant serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Data folder (SQLite).
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    pub data: Option<PathBuf>,
    /// Database (PostgreSQL or SQLite).
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    pub listen: String,
    /// Folder with a folder per region; the three of the program itself when absent.
    #[arg(long, value_name = "DIR")]
    pub regions: Option<PathBuf>,
    /// Accounts (YAML).
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Addresses besides the public ones that webhooks may call, by plain `http` as well.
    #[arg(long, value_name = "IP")]
    pub webhook_allow: Vec<IpAddr>,
    /// Who publishes the events of webhooks, as the part of a URN behind `urn:nld:`.
    #[arg(long, value_name = "URN", value_parser = publisher)]
    pub webhook_publisher: Option<String>,
    /// Who sends webhooks, as a name of the DNS.
    #[arg(long, value_name = "NAME", value_parser = origin)]
    pub webhook_origin: Option<String>,
    /// Who may sign certificates of receivers besides those that this machine trusts (PEM).
    #[arg(long, value_name = "FILE")]
    pub webhook_ca: Option<PathBuf>,
    /// People (YAML).
    #[arg(long, value_name = "FILE")]
    pub people: Option<PathBuf>,
    /// Mail servers (YAML).
    #[arg(long, value_name = "FILE")]
    pub channels: Option<PathBuf>,
    /// Days off; those of the program when absent.
    #[arg(long, value_name = "FILE")]
    pub holidays: Option<PathBuf>,
    /// A rehearsal: a clock of its own, which begins on this day and can be moved forward.
    #[arg(long, value_name = "DATE", value_parser = date, alias = "oefenen")]
    pub rehearse: Option<Date>,
    /// For how many seconds a node claims work: another takes it over after that.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub lease: u64,
    /// For how many days read messages and what was sent of them are kept.
    #[arg(long, value_name = "DAYS", default_value_t = 366, hide_short_help = true, value_parser = clap::value_parser!(u64).range(1..=36_500))]
    pub keep: u64,
}

/// `oin:00000001823288444000`, `kvknr:09220932`, `gemeente-zeist`.
fn publisher(text: &str) -> Result<String, String> {
    if is_publisher(text) {
        Ok(text.to_owned())
    } else {
        Err(text.to_owned())
    }
}

/// `zaken.voorbeeld.nl`.
fn origin(text: &str) -> Result<String, String> {
    if is_origin(text) {
        Ok(text.to_owned())
    } else {
        Err(text.to_owned())
    }
}

/// Starts what the arguments ask for.
pub fn run(args: &ServeArgs, out: &mut Output) -> Result<(), Failure> {
    log();
    let listen = address(&args.listen, &out.messages)?;
    let folder = args.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
    let (location, spool) = match &args.database {
        None => (Location::Folder(folder.clone()), folder.join("post")),
        Some(url) => {
            let key = std::env::var(KEY).unwrap_or_default();
            let master = MasterKey::parse(&key)
                .map_err(|_| Failure::Use(say!(out.messages, "serve-key", name = KEY)))?;
            let url = url.clone();
            (Location::Postgres { url, master }, folder.join("post"))
        }
    };
    let mut config = Config {
        location,
        regions: regions::read(args.regions.as_deref())
            .map_err(|error| failure(&error.into(), &out.messages))?,
        holidays: holidays(args.holidays.as_deref(), &out.messages)?,
        accounts: args
            .accounts
            .clone()
            .map_or(AccountsFrom::Roles, AccountsFrom::File),
        people: args.people.clone(),
        clock: Arc::new(RealClock::default()),
        listen,
        spool,
        mail: mail(args.channels.as_deref(), &out.messages)?,
        webhooks: webhooks(args, &out.messages)?,
        terms: Terms {
            leases: Leases::of(Duration::from_secs(args.lease)),
            keep: Duration::from_secs(args.keep.saturating_mul(24 * 60 * 60)),
        },
    };
    runtime()?.block_on(async {
        loopback_only(listen).map_err(|error| failure(&error, &out.messages))?;
        let store = Store::open(config.location.clone())
            .await
            .map_err(|error| store_failure(&error, &out.messages))?;
        if let Some(clock) = rehearsal(&store, args.rehearse, &config.regions, out).await? {
            config.clock = Arc::new(clock);
        }
        let handle = serve_on(store, config)
            .await
            .map_err(|error| failure(&error, &out.messages))?;
        let url = format!("http://{}/", handle.address);
        out.line(&say!(out.messages, "serve-listening", url = url))?;
        until_told(handle, &out.messages).await
    })
}

/// The clock of a rehearsal, which goes on where it was; none when the server keeps real time. Data of the one are no data of the other:
/// years of deadlines would pass at once, or a clock would go back.
async fn rehearsal(
    store: &Store,
    begins: Option<Date>,
    regions: &[RegionFiles],
    out: &mut Output,
) -> Result<Option<DemoClock>, Failure> {
    let failed = |error: StoreError| store_failure(&error, &out.messages);
    let kept = kept_clock(store).await.map_err(failed)?;
    let clock = match (kept, begins) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(Failure::Use(say!(out.messages, "serve-rehearse-kept"))),
        (Some(clock), Some(_)) => clock,
        (None, Some(begins)) => {
            if has_cases(store, regions).await.map_err(failed)? {
                return Err(Failure::Use(say!(out.messages, "serve-rehearse-real")));
            }
            let clock = DemoClock::starting_at(start_of_day(begins));
            keep_clock(store, &clock).await.map_err(failed)?;
            // Another node may have begun in the same moment.
            follow_clock(store, &clock).await.map_err(failed)?;
            clock
        }
    };
    let date = words::date(civil_date(clock.now()), &out.messages);
    out.line(&say!(out.messages, "serve-rehearse-clock", date = date))?;
    Ok(Some(clock))
}

async fn has_cases(store: &Store, regions: &[RegionFiles]) -> Result<bool, StoreError> {
    for region in regions {
        let key = RegionKey::new(&region.key)?;
        let any = store.cases(&key, &CaseFilter::default(), None, 1).await?;
        if !any.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn webhooks(args: &ServeArgs, messages: &Messages) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    settings.allowed.extend(&args.webhook_allow);
    if let Some(publisher) = &args.webhook_publisher {
        settings.publisher.clone_from(publisher);
    }
    if let Some(origin) = &args.webhook_origin {
        settings.origin.clone_from(origin);
    }
    if let Some(file) = &args.webhook_ca {
        let pem = std::fs::read(file).map_err(|source| {
            let path = file.clone();
            directory::file_failure(&FileError::Read { path, source }, messages)
        })?;
        let name = file.display().to_string();
        settings.authorities = authorities(&pem)
            .ok_or_else(|| Failure::Input(say!(messages, "serve-no-certificate", file = name)))?;
    }
    Ok(settings)
}

/// The days off: those of the program, or those of the file that the user names.
fn holidays(file: Option<&Path>, messages: &Messages) -> Result<Holidays, Failure> {
    let Some(file) = file else {
        return Ok(Holidays::dutch());
    };
    let refused = |why: String| {
        let why = format!("{}: {why}", file.display());
        Failure::Input(say!(messages, "serve-other", why = why))
    };
    let unreadable = |source| {
        let path = file.to_owned();
        directory::file_failure(&FileError::Read { path, source }, messages)
    };
    let about = std::fs::metadata(file).map_err(unreadable)?;
    if about.len() > LARGEST_HOLIDAYS {
        return Err(refused(say!(messages, "serve-holidays-large")));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    Holidays::parse(&text).map_err(|error| {
        let place = format!("{}:{}", file.display(), error.line);
        let wrong = holiday_problem(&error.problem, messages);
        Failure::Input(say!(
            messages,
            "holidays-wrong",
            place = place,
            wrong = wrong
        ))
    })
}

fn holiday_problem(problem: &HolidayProblem, messages: &Messages) -> String {
    match problem {
        HolidayProblem::NoRange => say!(messages, "holidays-no-range"),
        HolidayProblem::RangeTwice => say!(messages, "holidays-range-twice"),
        HolidayProblem::RangeBounds => say!(messages, "holidays-range-bounds"),
        HolidayProblem::DayBeforeRange => say!(messages, "holidays-before-range"),
        HolidayProblem::Outside(on) => say!(messages, "holidays-outside", on = on.to_string()),
        HolidayProblem::NoName(on) => say!(messages, "holidays-no-name", on = on.to_string()),
        HolidayProblem::UnknownBasis(basis) => say!(messages, "holidays-basis", basis = basis),
        HolidayProblem::Order(on) => say!(messages, "holidays-order", on = on.to_string()),
        HolidayProblem::UnknownLine(word) => say!(messages, "holidays-line", word = word),
        HolidayProblem::NoDate(text) => say!(messages, "holidays-date", text = text),
        HolidayProblem::Reversed(from, to) => say!(
            messages,
            "holidays-reversed",
            from = from.to_string(),
            to = to.to_string()
        ),
    }
}

/// How mail leaves, by the file that the user names; its passwords stand in the environment.
fn mail(file: Option<&Path>, messages: &Messages) -> Result<Option<MailConfig>, Failure> {
    file.map(|file| MailConfig::read(file, &|name| std::env::var(name).ok()))
        .transpose()
        .map_err(|error| match error {
            ConfigError::File(file) => directory::file_failure(&file, messages),
            other => Failure::Input(other.in_words(&Texts::new(), directory::language(messages))),
        })
}

/// The log goes to the standard error; `RUST_LOG` says how much of it.
pub fn log() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,sqlx=error"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process keeps the first one's log.
    let _ = subscriber.try_init();
}

/// The runtime on which the server runs.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Output)
}

/// An address with a port: `127.0.0.1:8080`, `localhost:8080`.
pub fn address(text: &str, messages: &Messages) -> Result<SocketAddr, Failure> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| Failure::Use(say!(messages, "serve-address", address = text)))
}

/// Serves until SIGTERM or Ctrl-C, and finishes what is at hand.
pub async fn until_told(handle: Handle, messages: &Messages) -> Result<(), Failure> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    handle
        .stop()
        .await
        .map_err(|error| failure(&error, messages))
}

/// Why the server does not start, in the language of the user.
pub fn failure(error: &ServeError, messages: &Messages) -> Failure {
    let text = match error {
        ServeError::NotLoopback(address) => {
            say!(messages, "serve-loopback", address = address.to_string())
        }
        ServeError::Listen { address, source } => say!(
            messages,
            "serve-listen",
            address = address.to_string(),
            why = source.to_string()
        ),
        ServeError::People(error) => return directory::failure(error, messages),
        ServeError::Accounts(AccountsError::File(file)) => {
            return directory::file_failure(file, messages);
        }
        ServeError::Store(error) | ServeError::Region(RegionError::Store(error)) => {
            return store_failure(error, messages);
        }
        // What stands in a file that the user named is wrong.
        ServeError::Accounts(accounts) => {
            let language = directory::language(messages);
            return Failure::Input(accounts.in_words(&Texts::new(), language));
        }
        ServeError::Mail(_)
        | ServeError::Region(
            RegionError::Faulty { .. }
            | RegionError::NotRunnable { .. }
            | RegionError::Template { .. },
        ) => {
            let why = error.to_string();
            return Failure::Input(say!(messages, "serve-other", why = why));
        }
        other => say!(messages, "serve-other", why = other.to_string()),
    };
    Failure::Use(text)
}

/// Why the data cannot be used, in the language of the user.
pub fn store_failure(error: &StoreError, messages: &Messages) -> Failure {
    let text = match error {
        StoreError::InUse(folder) => {
            say!(
                messages,
                "serve-in-use",
                folder = folder.display().to_string()
            )
        }
        StoreError::NotWritable { folder, source } => say!(
            messages,
            "serve-not-writable",
            folder = folder.display().to_string(),
            why = source.to_string()
        ),
        StoreError::Newer { found } => say!(messages, "serve-newer", found = found),
        StoreError::DiskFull { .. } => say!(messages, "serve-disk-full"),
        unreachable if unreachable.is_unreachable() => {
            say!(messages, "serve-no-database", why = chain(unreachable))
        }
        other => say!(messages, "serve-other", why = chain(other)),
    };
    Failure::Use(text)
}

/// An error with what it came from.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}
