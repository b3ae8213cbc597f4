//! Starting and stopping: store, regions, worker and listener together.
//!
//! Input: a `Config`. Output: a `Handle` to a running server. Invariants: it listens on loopback only, as long as there is no login;
//! stopping finishes the requests and the unit of work at hand.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use convenant_engine::{Actor, Holidays, LifeCommand, Moment};
use convenant_store::{Location, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::{Accounts, AccountsError};
use crate::cases::{CaseError, Cases};
use crate::channel::config::MailConfig;
use crate::channel::endpoints::Endpoints;
use crate::channel::post::Post;
use crate::channel::smtp::SmtpError;
use crate::channel::webhook::{Settings as WebhookSettings, Webhooks};
use crate::clock::{Clock, RealClock};
use crate::delivery::mail::Mail;
use crate::delivery::webhook::Webhook;
use crate::delivery::{Delivery, KEEP, Progress};
use crate::directory::Directory;
use crate::directory::registry::Registry;
use crate::directory::yaml::{PeopleError, PeopleFile};
use crate::http::{App, router};
use crate::lease::{Leases, USUAL};
use crate::life::SubmitLife;
use crate::regions::{RegionError, RegionFiles, Regions};
use crate::text::Texts;
use crate::worker::{Worker, WorkerError};

/// How long the last requests may take when the server stops.
const DRAIN: Duration = Duration::from_secs(20);

/// Where accounts come from.
#[derive(Debug, Clone)]
pub enum AccountsFrom {
    /// The demo's own: one per role and party.
    Roles,
    /// A YAML file.
    File(PathBuf),
}

/// What a server is made of.
pub struct Config {
    /// Where the data is.
    pub location: Location,
    /// The regions' files.
    pub regions: Vec<RegionFiles>,
    /// Where accounts come from.
    pub accounts: AccountsFrom,
    /// A file with the people of the regions; none: those that the store has, and the accounts.
    pub people: Option<PathBuf>,
    /// The days off.
    pub holidays: Holidays,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where to listen: loopback only.
    pub listen: SocketAddr,
    /// The folder for mail, where no mail servers are configured.
    pub spool: PathBuf,
    /// The mail servers.
    pub mail: Option<MailConfig>,
    /// How webhooks are sent.
    pub webhooks: WebhookSettings,
    /// For how long work is claimed, and what is settled is kept.
    pub terms: Terms,
}

/// For how long.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// This node claims work.
    pub leases: Leases,
    /// Messages that were read, and what was sent of them, are kept.
    pub keep: Duration,
}

impl Default for Terms {
    /// When nobody says otherwise.
    fn default() -> Terms {
        Terms {
            leases: Leases::of(USUAL),
            keep: KEEP,
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not a loopback address.
    #[error(
        "will not listen on {0}: there is no login yet, so everybody who can reach the server can act as anybody; listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; is another server running there?")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] convenant_store::Error),
    /// A region.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Accounts.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The people file.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// A convenant's life.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The worker.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The mail servers.
    #[error(transparent)]
    Mail(#[from] SmtpError),
}

/// The ways out of here.
pub struct Outward {
    /// Mail.
    pub post: Post,
    /// Webhooks.
    pub webhooks: Webhooks,
}

impl Outward {
    /// Mail into a folder, and webhooks to public addresses.
    pub fn folder(folder: PathBuf) -> Outward {
        Outward {
            post: Post::folder(folder),
            webhooks: Webhooks::new(WebhookSettings::default(), Arc::new(RealClock::default())),
        }
    }
}

/// Everything but the listener: for the command line, simulations and tests.
pub struct Service {
    /// Cases.
    pub cases: Cases,
    /// The people of each region.
    pub people: Arc<Registry>,
    /// The worker.
    pub worker: Arc<Worker>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The messages.
    pub texts: Arc<Texts>,
    /// The address of the pages, without a slash at the end.
    pub base_url: String,
    /// Where parties want webhooks.
    pub endpoints: Endpoints,
}

impl Service {
    /// Opens regions over a store, puts what their files say of their own signing in the log, and readies the worker.
    pub async fn open(
        store: Store,
        files: Vec<RegionFiles>,
        holidays: Holidays,
        clock: Arc<dyn Clock>,
        outward: Outward,
        base_url: String,
        terms: Terms,
    ) -> Result<Service, ServeError> {
        let now = clock.now();
        let regions = Regions::open(&store, files, &holidays, now).await?;
        let keys = regions.iter().map(|region| &region.key);
        let people = Arc::new(Registry::open(store.clone(), keys).await?);
        // What another node serves, and this one does not know, is not this one's to claim.
        store.work_for(regions.iter().map(|region| &region.key));
        let cases = Cases::new(store, regions, terms.leases);
        establish(&cases, now).await?;
        for region in cases.regions().iter() {
            cases.tell_cases_of_term(region, now).await?;
        }
        let texts = Arc::new(Texts::new());
        let webhooks = outward.webhooks;
        let endpoints = Endpoints::new(cases.store().clone(), webhooks, base_url.clone());
        let mail = Mail {
            post: outward.post,
            texts: texts.clone(),
        };
        let webhook = Webhook {
            endpoints: endpoints.clone(),
        };
        let delivery = Delivery {
            texts: texts.clone(),
            people: people.clone(),
            senders: vec![Arc::new(mail), Arc::new(webhook)],
            base_url: base_url.clone(),
            seed: seed(),
            progress: Arc::new(Progress::keeping(terms.keep)),
        };
        let worker = Worker::new(cases.clone(), clock.clone(), delivery).await?;
        Ok(Service {
            cases,
            people,
            worker: Arc::new(worker),
            clock,
            texts,
            base_url,
            endpoints,
        })
    }

    /// Takes over the people of a file.
    pub async fn import(&self, path: &Path) -> Result<(), ServeError> {
        let regions = self.cases.regions();
        let file = PeopleFile::read(path, regions.iter().map(|r| r.current.model()))?;
        let nobody = Directory::default();
        for region in regions.iter() {
            let people = file.regions.get(region.name()).unwrap_or(&nobody);
            let now = self.clock.now();
            self.people.import(&region.key, people, now).await?;
        }
        Ok(())
    }

    /// Every account becomes a person of its region.
    pub fn admit(&self, accounts: &Accounts) {
        for region in self.cases.regions().iter() {
            let model = region.current.model();
            self.people.admit(accounts, &region.key, model);
        }
    }

    /// The state of the HTTP side; every account becomes a person of its region.
    pub fn app(&self, accounts: Accounts, hosts: Vec<String>) -> Arc<App> {
        self.admit(&accounts);
        Arc::new(App::new(self, accounts, hosts))
    }
}

/// Where the jitter of this process begins. Without a source of randomness nodes may retry together, and nothing worse.
fn seed() -> u64 {
    getrandom::u64().unwrap_or_default()
}

/// What a file says about its own signing and entry into force is in the log from the first start on.
async fn establish(cases: &Cases, now: Moment) -> Result<(), CaseError> {
    for region in cases.regions().iter() {
        let submit = SubmitLife::new(Actor::Clock, LifeCommand::Establish, now);
        cases.submit_life(region, submit).await?;
    }
    Ok(())
}

/// The accounts of a configuration.
pub fn accounts(from: &AccountsFrom, cases: &Cases) -> Result<Accounts, AccountsError> {
    let models = cases.regions().iter().map(|r| r.current.model());
    match from {
        AccountsFrom::Roles => Ok(Accounts::of_roles(models)),
        AccountsFrom::File(path) => Accounts::read(path, models),
    }
}

/// A running server.
pub struct Handle {
    /// Where it listens.
    pub address: SocketAddr,
    app: Arc<App>,
    store: Store,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    worker: JoinHandle<()>,
}

/// Refuses an address that others can reach.
pub fn loopback_only(address: SocketAddr) -> Result<(), ServeError> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(ServeError::NotLoopback(address))
    }
}

/// Starts a server.
pub async fn serve(config: Config) -> Result<Handle, ServeError> {
    loopback_only(config.listen)?;
    let store = Store::open(config.location.clone()).await?;
    serve_on(store, config).await
}

/// Starts a server on a store that is open.
pub async fn serve_on(store: Store, config: Config) -> Result<Handle, ServeError> {
    loopback_only(config.listen)?;
    let listen_error = |source| ServeError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let base_url = format!("http://{address}");
    let post = match &config.mail {
        Some(mail) => Post::servers(mail)?,
        None => Post::folder(config.spool),
    };
    let outward = Outward {
        post,
        webhooks: Webhooks::new(config.webhooks, Arc::new(RealClock::default())),
    };
    let service = Service::open(
        store.clone(),
        config.regions,
        config.holidays,
        config.clock,
        outward,
        base_url,
        config.terms,
    )
    .await?;
    // Whoever has an account is somebody, also when the file of people no longer names them.
    let accounts = accounts(&config.accounts, &service.cases)?;
    service.admit(&accounts);
    if let Some(path) = &config.people {
        service.import(path).await?;
    }
    let app = service.app(accounts, hosts(address));
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(service.worker.clone().run(stopped.clone()));
    let serving =
        axum::serve(listener, router(app.clone())).with_graceful_shutdown(until_stopped(stopped));
    let server = tokio::spawn(async move { serving.await });
    tracing::info!(%address, "listening");
    Ok(Handle {
        address,
        app,
        store,
        stop,
        server,
        worker,
    })
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if stopped.changed().await.is_err() {
            return;
        }
    }
}

/// The names by which a server on this address may be called.
pub fn hosts(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let names = ["127.0.0.1", "localhost", "[::1]"];
    let mut hosts: Vec<String> = names.iter().map(|n| format!("{n}:{port}")).collect();
    hosts.push(address.to_string());
    if port == 80 {
        hosts.extend(names.iter().map(|n| (*n).to_owned()));
    }
    hosts
}

impl Handle {
    /// Stops: no new requests, those at hand and the worker's unit of work are finished, the store is closed.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.app.stop();
        let _ = self.stop.send(true);
        let abort = self.server.abort_handle();
        if tokio::time::timeout(DRAIN, self.server).await.is_err() {
            tracing::warn!("requests did not finish in time; they are broken off");
            abort.abort();
        }
        if self.worker.await.is_err() {
            tracing::warn!("the worker was broken off");
        }
        self.store.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}
