//! Opening a store: a data folder with SQLite under an exclusive lock, or PostgreSQL.
//!
//! A folder holds `convenant.db`, `master.key` (readable by the owner only), `lock`, and `ballast`: room that is given back when a full disk
//! would keep the database from opening. Invariant: one process per folder; any number of nodes per PostgreSQL.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteAutoVacuum, SqliteJournalMode};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};

use crate::commit::Committer;
use crate::db::{Db, column};
use crate::direct::{READING, SETTINGS, WRITING};
use crate::request::Request;
use crate::sealing::CaseKey;
use crate::{Append, Appended, Error, Hash, Payload, RegionKey, StreamId, schema, timers};

/// Free bytes under which nothing is written any more.
const RESERVE: u64 = 64 << 20;
/// How long there is taken to be room after there was: a disk that is full sooner is told by SQLite, which writes nothing then.
const LATELY: Duration = Duration::from_millis(50);
/// Size of the ballast file.
const BALLAST: u64 = 16 << 20;
/// How long PostgreSQL waits for the next statement of a transaction: a node that stands still in the middle of one would hold its locks,
/// and with them every other node, for as long as it does.
const STANDS_STILL: &str = "5s";
/// Keys of cases held in memory at most.
const KEYS: usize = 20_000;

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A data folder with an SQLite file, the master key and a lock; made when it is not there.
    Folder(PathBuf),
    /// `postgres://…`.
    Postgres {
        /// Address.
        url: String,
        /// The key under which the keys of the cases are kept; never in the database.
        master: MasterKey,
    },
}

/// The key that wraps the keys of the cases: 32 bytes.
#[derive(Clone)]
pub struct MasterKey(pub(crate) [u8; 32]);

impl MasterKey {
    /// From 64 hexadecimal digits (`CONVENANT_MASTER_KEY`).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes)
            .map_err(|_| Error::MasterKey("expected 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }

    /// A new one.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| Error::MasterKey("the system gives no random bytes"))?;
        Ok(Self(bytes))
    }

    /// Of a data folder: read, or made when there is none and no database either.
    fn of_folder(folder: &Path, fresh: bool) -> Result<Self, Error> {
        let path = folder.join("master.key");
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && fresh => {
                let key = Self::random()?;
                write_owner_only(&path, &hex::encode(key.0))
                    .map_err(Error::io("writing the master key failed"))?;
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::MasterKey(
                "`master.key` is missing from the data folder; without it personal facts cannot be read",
            )),
            Err(source) => Err(Error::Io {
                what: "reading the master key failed",
                source,
            }),
        }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Written under another name first: a key that is half there would be worse than none.
fn write_owner_only(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let draft = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    path.parent()
        .map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

/// The data folder as long as the store is open, shared by its clones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Option<Folder>>>);

impl Held {
    /// Refuses when the disk is nearly full.
    pub(crate) fn require_room(&self) -> Result<(), Error> {
        locked(&self.0)
            .as_mut()
            .map_or(Ok(()), Folder::require_room)
    }

    /// Another process may have it.
    fn let_go(&self) {
        locked(&self.0).take();
    }
}

/// The data folder: its lock, and the room that is left on its disk.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    reserve: u64,
    /// When it last had room.
    had_room: Option<Instant>,
    _lock: fs::File,
}

impl Folder {
    fn open(path: &Path, reserve: u64) -> Result<Self, Error> {
        let not_writable = |source| Error::NotWritable {
            folder: path.to_owned(),
            source,
        };
        make_folder(path).map_err(not_writable)?;
        let lock = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(not_writable(source)),
        }
        let folder = Self {
            path: path.to_owned(),
            reserve,
            had_room: None,
            _lock: lock,
        };
        folder.trim_ballast()?;
        Ok(folder)
    }

    fn free(&self) -> Result<u64, Error> {
        fs4::available_space(&self.path)
            .map_err(Error::io("asking for the free space on the disk failed"))
    }

    /// Refuses early: a disk that is really full keeps SQLite from opening its files.
    fn require_room(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let lately = |at| now.saturating_duration_since(at) < LATELY;
        if self.had_room.is_some_and(lately) {
            return Ok(());
        }
        let free = self.free()?;
        if free < self.reserve {
            return Err(Error::DiskFull { free });
        }
        self.had_room = Some(now);
        Ok(())
    }

    /// Gives the ballast back when the disk is full, and lays it in again when there is room.
    fn trim_ballast(&self) -> Result<(), Error> {
        let ballast = self.path.join("ballast");
        let free = self.free()?;
        if free < BALLAST {
            match fs::remove_file(&ballast) {
                Ok(()) => tracing::warn!(
                    "the disk is full: the ballast file was given back so that data can be read"
                ),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(Error::Io {
                        what: "removing the ballast file failed",
                        source,
                    });
                }
            }
        } else if free > self.reserve.saturating_add(BALLAST) && !ballast.exists() {
            let file =
                fs::File::create(&ballast).map_err(Error::io("making the ballast file failed"))?;
            fs4::FileExt::allocate(&file, BALLAST)
                .map_err(Error::io("making the ballast file failed"))?;
        }
        Ok(())
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Batches that are written at the same time on PostgreSQL: while one waits for the disk, another is judged.
const LANES: usize = 2;

/// What the clones of a store share.
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) master: MasterKey,
    keys: Mutex<HashMap<(RegionKey, StreamId), CaseKey>>,
    versions: Mutex<HashSet<(RegionKey, Hash)>>,
    /// A stream is always written by the same one.
    committers: Vec<Arc<Committer>>,
    folder: Held,
    /// Empty while it works for all regions.
    served: RwLock<String>,
}

/// The store. Cheap to clone; the last clone that is dropped lets go of the folder.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.inner.db.backend)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens it, making or bringing up to date what is needed. Two nodes may open one PostgreSQL at the same time.
    pub async fn open(location: Location) -> Result<Self, Error> {
        Self::open_with_reserve(location, RESERVE).await
    }

    /// Opens it, refusing writes when fewer than `reserve` bytes are free on the disk of the data folder (64 MiB otherwise),
    /// as it was at most 50 ms before.
    pub async fn open_with_reserve(location: Location, reserve: u64) -> Result<Self, Error> {
        match location {
            Location::Folder(path) => {
                let folder = Folder::open(&path, reserve)?;
                let file = path.join("convenant.db");
                let master = MasterKey::of_folder(&path, !file.exists())?;
                let write = sqlite(&file, 1, false)
                    .await
                    .map_err(|error| unwritable(&path, error))?;
                let ready = Db::new(write, DbBackend::Sqlite);
                schema::migrate(&ready).await?;
                let mut db = ready;
                db.read = sqlite(&file, 3, true).await?;
                db.take_up(&file)?;
                // The lock says that nobody else works here: what a process held when it was killed is free at once.
                timers::release_claims(&db).await?;
                Self::start(db, master, Held(Arc::new(Mutex::new(Some(folder))))).await
            }
            Location::Postgres { url, master } => {
                if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
                    return Err(Error::BadAddress);
                }
                let pool = postgres(&url).await?;
                let db = Db::new(pool, DbBackend::Postgres);
                schema::migrate(&db).await?;
                Self::start(db, master, Held::default()).await
            }
        }
    }

    async fn start(db: Db, master: MasterKey, folder: Held) -> Result<Self, Error> {
        let store = Self {
            inner: Arc::new(Inner {
                committers: (0..if db.is_shared() { LANES } else { 1 })
                    .map(|_| Committer::new(db.clone(), folder.clone()))
                    .collect(),
                keys: Mutex::default(),
                versions: Mutex::default(),
                db,
                master,
                folder,
                served: RwLock::default(),
            }),
        };
        match store.check_master().await {
            Ok(()) => Ok(store),
            Err(error) => {
                // So that the folder is free again when the error is told; the first error counts.
                let _ = store.close().await;
                Err(error)
            }
        }
    }

    /// A wrong master key shows here, not at the first fact that cannot be read.
    async fn check_master(&self) -> Result<(), Error> {
        const NAME: &str = "master key";
        let own = self.inner.master.fingerprint();
        self.inner.keep_first_setting(NAME, &own).await?;
        if self.setting(NAME).await?.as_deref() == Some(own.as_str()) {
            Ok(())
        } else {
            Err(Error::MasterKey(
                "this is not the key that the database was made with",
            ))
        }
    }

    /// From now on this node claims timers, notifications and deliveries of these regions only: another node may serve others, and what
    /// nobody serves waits.
    pub fn work_for<'a>(&self, regions: impl IntoIterator<Item = &'a RegionKey>) {
        let keys: Vec<String> = regions.into_iter().map(|key| format!("'{key}'")).collect();
        let condition = match keys.as_slice() {
            [] => " AND 1 = 0".to_owned(),
            keys => format!(" AND region IN ({})", keys.join(", ")),
        };
        *self
            .inner
            .served
            .write()
            .unwrap_or_else(PoisonError::into_inner) = condition;
    }

    /// Writes what is still queued and closes the connections. Every clone is closed with it.
    pub async fn close(&self) -> Result<(), Error> {
        for committer in &self.inner.committers {
            committer.close().await;
        }
        self.inner.db.close().await?;
        self.inner.folder.let_go();
        Ok(())
    }

    /// Appends in one transaction, shared with what others append at the same time. Dropping the future does not undo it.
    pub async fn append<P: Payload>(&self, append: Append<P>) -> Result<Appended, Error> {
        // In a box each: of whoever waits for a commit, little is carried about.
        let (request, key) = Box::pin(Request::of(&self.inner, append)).await?;
        let key = key.map(|key| ((request.region.clone(), request.stream), key));
        let committer = self.inner.committer(request.stream)?;
        let appended = committer.commit(Box::new(request)).await?;
        if let Some((place, key)) = key.filter(|_| !appended.repeated) {
            self.inner.remember_key(place, key);
        }
        Ok(appended)
    }
}

impl Inner {
    fn committer(&self, stream: StreamId) -> Result<&Arc<Committer>, Error> {
        // The last bytes of an id are drawn by lot.
        let lane = usize::from(stream.0.as_bytes()[15]) % self.committers.len().max(1);
        self.committers.get(lane).ok_or(Error::Closed)
    }

    /// Refuses when the disk is nearly full.
    pub(crate) fn require_room(&self) -> Result<(), Error> {
        self.folder.require_room()
    }

    /// For the end of a WHERE: of the regions that this node works for.
    pub(crate) fn of_served(&self) -> String {
        let served = self.served.read().unwrap_or_else(PoisonError::into_inner);
        served.clone()
    }

    pub(crate) fn remember_key(&self, place: (RegionKey, StreamId), key: CaseKey) {
        let mut keys = locked(&self.keys);
        if keys.len() >= KEYS {
            keys.clear();
        }
        keys.insert(place, key);
    }

    pub(crate) fn forget_key(&self, region: &RegionKey, stream: StreamId) {
        locked(&self.keys).remove(&(region.clone(), stream));
    }

    /// The key of a case, if it has one.
    pub(crate) async fn case_key(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Option<CaseKey>, Error> {
        let place = (region.clone(), stream);
        if let Some(key) = locked(&self.keys).get(&place) {
            return Ok(Some(key.clone()));
        }
        let key = self.case_key_fresh(region, stream).await?;
        if let Some(key) = &key {
            self.remember_key(place, key.clone());
        }
        Ok(key)
    }

    /// The key of a case as it is stored now.
    pub(crate) async fn case_key_fresh(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<Option<CaseKey>, Error> {
        let sql = "SELECT wrapped FROM case_keys WHERE region = $1 AND stream = $2";
        let row = self
            .db
            .row(sql, vec![region.as_str().into(), stream.bytes().into()])
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        self.master
            .unwrap(region, stream, &column::<Vec<u8>>(&row, 0)?)
            .map(Some)
    }

    /// The key of a case, or a new one with how it is to be kept. Two that make one at the same time differ in nothing but
    /// who comes first: the other is a conflict.
    pub(crate) async fn case_key_or_new(
        &self,
        region: &RegionKey,
        stream: StreamId,
        opens: bool,
    ) -> Result<(CaseKey, Option<Vec<u8>>), Error> {
        if !opens && let Some(key) = self.case_key(region, stream).await? {
            return Ok((key, None));
        }
        let (key, wrapped) = self.master.new_case_key(region, stream)?;
        Ok((key, Some(wrapped)))
    }

    /// A stream is pinned only to a version whose text is kept.
    pub(crate) async fn require_version(
        &self,
        region: &RegionKey,
        version: Hash,
    ) -> Result<(), Error> {
        let key = (region.clone(), version);
        if locked(&self.versions).contains(&key) {
            return Ok(());
        }
        let sql = "SELECT number FROM versions WHERE region = $1 AND hash = $2";
        let row = self
            .db
            .row(sql, vec![region.as_str().into(), version.bytes().into()])
            .await?;
        row.ok_or(Error::NoSuchVersion)?;
        locked(&self.versions).insert(key);
        Ok(())
    }
}

/// A lock that a panicking holder left behind still guards plain data.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unwritable(path: &Path, error: Error) -> Error {
    match &error {
        // SQLITE_CANTOPEN, SQLITE_READONLY and their extensions.
        Error::Database(inner)
            if matches!(
                crate::db::code(inner)
                    .and_then(|c| c.parse::<u32>().ok())
                    .map(|c| c & 0xff),
                Some(8 | 14)
            ) =>
        {
            Error::NotWritable {
                folder: path.to_owned(),
                source: io::Error::other(inner.clone()),
            }
        }
        _ => error,
    }
}

async fn sqlite(file: &Path, connections: u32, reads: bool) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new("sqlite:");
    let file = file.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .filename(&file)
                .create_if_missing(!reads)
                .journal_mode(SqliteJournalMode::Wal)
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(512)
                .auto_vacuum(SqliteAutoVacuum::None);
            let settings: &[_] = if reads { &READING } else { &WRITING };
            let all = SETTINGS.iter().chain(settings);
            all.fold(options, |options, (name, value)| {
                options.pragma(*name, *value)
            })
        });
    Ok(Database::connect(options).await?)
}

async fn postgres(url: &str) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(10)
        .acquire_timeout(Duration::from_secs(20))
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .set_application_name("convenant")
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            options
                .statement_cache_capacity(512)
                .options([("idle_in_transaction_session_timeout", STANDS_STILL)])
        });
    let pool = Database::connect(options).await?;
    pool.execute_unprepared("SELECT 1").await?;
    Ok(pool)
}
