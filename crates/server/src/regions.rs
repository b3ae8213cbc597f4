//! The regions that are served: their files read and checked, their versions kept for ever, their placements and life in memory.
//!
//! Input: region folders (`<region>.convenant` and `sjablonen/`) and the store. Output: `Region`s with compiled programs.
//! Invariants: every case runs under the version it is pinned to, by the hash of its text; a version once adopted stays;
//! placements and life are what the store holds.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use convenant_engine::spread::{CaseRef, InForce, Spread};
use convenant_engine::{
    Answer, Case, Event, EventKind, Holidays, Ledger, Life, LifeEvent, Placement, Program,
    civil_date, replay_life,
};
use convenant_lang::model::{Convenant, SchemeId};
use convenant_lang::{Diagnostic, Lang, Lines, Severity};
use convenant_store::{Booked, Hash, LedgerRow, RegionKey, Store, StreamId};

use crate::letters::{LAYOUT, LetterError, Letters};
use crate::text::{Language, Texts};
use crate::words::{Words, line_starts};

/// The largest template that is read.
const LARGEST_TEMPLATE: u64 = 64 * 1024;

/// The files of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionFiles {
    /// The folder's name.
    pub key: String,
    /// The convenant.
    pub source: Vec<u8>,
    /// Templates by name (`template_name`).
    pub templates: BTreeMap<String, String>,
}

/// Why regions cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// A folder or file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No region folder.
    #[error(
        "{0}: no region here; expected a folder per region with `<region>/<region>.convenant` in it"
    )]
    NoRegion(PathBuf),
    /// The file has errors.
    #[error("{region}: the convenant has errors; `convenant check` shows them in place:\n{}", .diagnostics.join("\n"))]
    Faulty {
        /// Which region.
        region: String,
        /// One line each.
        diagnostics: Vec<String>,
    },
    /// A version that the store holds cannot be compiled by this program.
    #[error("{region}: version {version} cannot be run: {problem}")]
    NotRunnable {
        /// Which region.
        region: String,
        /// Its hash.
        version: Hash,
        /// Why.
        problem: String,
    },
    /// A template is wrong.
    #[error("{region}: {source}")]
    Template {
        /// Which region.
        region: String,
        /// What.
        source: LetterError,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] convenant_store::Error),
}

impl RegionFiles {
    /// Reads the folder of one region.
    pub fn read(folder: &Path) -> Result<RegionFiles, RegionError> {
        let key = folder
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let path = folder.join(format!("{key}.convenant"));
        let source = std::fs::read(&path).map_err(|source| RegionError::Read { path, source })?;
        Ok(RegionFiles {
            key,
            source,
            templates: read_templates(&folder.join("sjablonen"))?,
        })
    }

    /// Reads every region folder in `folder`, by name.
    pub fn read_all(folder: &Path) -> Result<Vec<RegionFiles>, RegionError> {
        let read_error = |source| RegionError::Read {
            path: folder.to_owned(),
            source,
        };
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read_error)? {
            let path = entry.map_err(read_error)?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            if name.is_some_and(|n| path.join(format!("{n}.convenant")).is_file()) {
                folders.push(path);
            }
        }
        folders.sort();
        if folders.is_empty() {
            return Err(RegionError::NoRegion(folder.to_owned()));
        }
        folders.iter().map(|f| RegionFiles::read(f)).collect()
    }
}

/// The name of a template by that of its file: `toegewezen.txt.j2` is `toegewezen`, `bericht.mjml.j2` is the layout of the HTML.
pub fn template_name(file: &str) -> Option<&str> {
    let layout = file.strip_suffix(".j2").filter(|name| *name == LAYOUT);
    file.strip_suffix(".txt.j2").or(layout)
}

/// Reads the templates in a folder; none when there is no such folder.
pub fn read_templates(folder: &Path) -> Result<BTreeMap<String, String>, RegionError> {
    let mut templates = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(templates);
    }
    let read_error = |path: &Path| {
        let path = path.to_owned();
        move |source| RegionError::Read { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(read_error(folder))? {
        let path = entry.map_err(read_error(folder))?.path();
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let Some(name) = template_name(&name) else {
            continue;
        };
        if std::fs::metadata(&path).map_err(read_error(&path))?.len() > LARGEST_TEMPLATE {
            let too_large = std::io::Error::other(format!("larger than {LARGEST_TEMPLATE} bytes"));
            return Err(read_error(&path)(too_large));
        }
        let text = std::fs::read_to_string(&path).map_err(read_error(&path))?;
        templates.insert(name.to_owned(), text);
    }
    Ok(templates)
}

/// A version of a region's file, ready to run.
#[derive(Debug)]
pub struct Version {
    /// SHA-256 of its text.
    pub hash: Hash,
    /// Compiled.
    pub program: Program,
    /// Its text.
    pub source: String,
    /// The first byte of each line.
    pub lines: Vec<u32>,
    /// The spreading of each scheme.
    pub spreads: Vec<Option<Spread>>,
}

impl Version {
    /// Checks and compiles a text.
    pub fn compile(region: &str, source: String) -> Result<Version, RegionError> {
        let hash = Hash::of(source.as_bytes());
        let not_runnable = |problem: String| RegionError::NotRunnable {
            region: region.to_owned(),
            version: hash,
            problem,
        };
        let checked = convenant_lang::check(source.as_bytes());
        let Some(model) = checked.model else {
            return Err(faulty(region, &source, &checked.diagnostics));
        };
        let holidays = Holidays::dutch();
        let spreads = (0u16..)
            .map(SchemeId)
            .take(model.schemes.len())
            .map(|scheme| Spread::compile(&model, scheme, &holidays))
            .collect::<Result<_, _>>()
            .map_err(|e| not_runnable(e.to_string()))?;
        let program = Program::compile(model, holidays).map_err(|e| not_runnable(e.to_string()))?;
        Ok(Version {
            hash,
            program,
            lines: line_starts(&source),
            source,
            spreads,
        })
    }

    /// The model.
    pub fn model(&self) -> &Convenant {
        self.program.model()
    }

    /// The words of this version in a language.
    pub fn words<'a>(&'a self, texts: &'a Texts, language: Language) -> Words<'a> {
        Words {
            texts,
            language,
            model: self.model(),
            lines: &self.lines,
            today: None,
        }
    }

    /// The spreading of a scheme, if it has one.
    pub fn spread(&self, scheme: SchemeId) -> Option<&Spread> {
        self.spreads.get(scheme.index()).and_then(Option::as_ref)
    }
}

fn faulty(region: &str, source: &str, diagnostics: &[Diagnostic]) -> RegionError {
    let lines = Lines::new(source);
    RegionError::Faulty {
        region: region.to_owned(),
        diagnostics: diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .take(20)
            .map(|d| {
                let place = lines.place(d.span.start);
                format!(
                    "  {}:{}: {} {}",
                    place.line,
                    place.column,
                    d.code,
                    d.message(Lang::Nl)
                )
            })
            .collect(),
    }
}

/// The placements of a region, with the version that a booking must name.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Version in the store.
    pub version: u64,
    /// The placements.
    pub ledger: Ledger,
}

/// A region that is served.
#[derive(Debug)]
pub struct Region {
    /// Folder name.
    pub key: RegionKey,
    /// The version under which new cases open.
    pub current: Arc<Version>,
    /// Its letters.
    pub letters: Letters,
    versions: RwLock<HashMap<Hash, Arc<Version>>>,
    book: RwLock<Arc<Book>>,
    life: RwLock<Arc<Life>>,
    /// One allocation at a time: each sees the placement before it.
    pub(crate) allocating: tokio::sync::Mutex<()>,
}

impl Region {
    async fn open(
        store: &Store,
        key: RegionKey,
        current: Version,
        letters: Letters,
    ) -> Result<Region, RegionError> {
        let current = Arc::new(current);
        let region = Region {
            versions: RwLock::new(HashMap::from([(current.hash, current.clone())])),
            key,
            current,
            letters,
            book: RwLock::default(),
            life: RwLock::default(),
            allocating: tokio::sync::Mutex::new(()),
        };
        region.reload_book(store).await?;
        region.reload_life(store).await?;
        Ok(region)
    }

    /// The name of the region, as in its file.
    pub fn name(&self) -> &str {
        &self.current.model().header.region
    }

    /// The version with this hash: compiled when it is asked for the first time.
    pub async fn version(&self, store: &Store, hash: Hash) -> Result<Arc<Version>, RegionError> {
        if let Some(known) = read(&self.versions).get(&hash) {
            return Ok(known.clone());
        }
        let source = store.source(&self.key, hash).await?;
        let version = Arc::new(Version::compile(self.key.as_str(), source)?);
        write(&self.versions).insert(hash, version.clone());
        Ok(version)
    }

    /// The placements.
    pub fn book(&self) -> Arc<Book> {
        read(&self.book).clone()
    }

    /// The convenant's own life.
    pub fn life(&self) -> Arc<Life> {
        read(&self.life).clone()
    }

    /// The days during which the convenant is in force, once that has begun.
    pub fn in_force(&self) -> Option<InForce> {
        let life = self.life();
        Some(InForce {
            from: life.in_force?,
            until: life.until,
        })
    }

    /// Reads the placements again.
    pub(crate) async fn reload_book(&self, store: &Store) -> Result<(), convenant_store::Error> {
        let stored = store.ledger(&self.key).await?;
        let mut book = Book {
            version: stored.version,
            ledger: Ledger::new(),
        };
        for row in stored.placements {
            place(&mut book.ledger, row);
        }
        *write(&self.book) = Arc::new(book);
        Ok(())
    }

    /// Books what was written on top of `expected`; reads everything again when somebody else came between.
    pub(crate) async fn booked(
        &self,
        store: &Store,
        expected: u64,
        rows: Vec<LedgerRow>,
    ) -> Result<(), convenant_store::Error> {
        {
            let mut guard = write(&self.book);
            if guard.version == expected {
                let book = Arc::make_mut(&mut guard);
                book.version = expected.saturating_add(1);
                for row in rows {
                    place(&mut book.ledger, row);
                }
                return Ok(());
            }
        }
        self.reload_book(store).await
    }

    /// Reads the convenant's life again.
    pub(crate) async fn reload_life(&self, store: &Store) -> Result<(), convenant_store::Error> {
        let life = match store.load::<LifeEvent>(&self.key, StreamId::LIFE).await {
            Ok(loaded) => replay_life(loaded.events.iter()),
            Err(convenant_store::Error::NoSuchStream) => Life::default(),
            Err(other) => return Err(other),
        };
        *write(&self.life) = Arc::new(life);
        Ok(())
    }

    pub(crate) fn set_life(&self, life: Life) {
        *write(&self.life) = Arc::new(life);
    }
}

fn place(ledger: &mut Ledger, row: LedgerRow) {
    let Booked {
        scheme,
        party,
        neighbourhood,
        on,
        departure,
    } = row.booked;
    ledger.place(
        CaseRef(row.stream.0.as_u128()),
        scheme,
        Placement {
            party,
            neighbourhood,
            on,
            seq: row.seq,
            departure,
        },
    );
}

/// The placements in these events, as the ledger books them.
pub(crate) fn placements(events: &[Event], after: &Case) -> Vec<Booked> {
    let Some(scheme) = after.scheme else {
        return Vec::new();
    };
    events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Allocated {
                party,
                neighbourhood,
                departure,
                ..
            } => Some(Booked {
                scheme,
                party: *party,
                neighbourhood: neighbourhood.clone(),
                on: civil_date(event.at),
                departure: departure.is_some(),
            }),
            // A home that was accepted moves the placement to its neighbourhood.
            EventKind::Answered {
                answer: Answer::Accepted,
                ..
            } => after.placement.as_ref().map(|placed| Booked {
                scheme,
                party: placed.party,
                neighbourhood: placed.neighbourhood.clone(),
                on: placed.on,
                departure: placed.departure,
            }),
            _ => None,
        })
        .collect()
}

/// A lock that a panic poisoned still holds a whole value: values are replaced, never half written.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// All regions, by key.
#[derive(Debug, Clone)]
pub struct Regions {
    by_key: BTreeMap<String, Arc<Region>>,
}

impl Regions {
    /// Checks and compiles the files, adopts them in the store, and serves what the store has besides.
    pub async fn open(
        store: &Store,
        files: Vec<RegionFiles>,
        now: convenant_engine::Moment,
    ) -> Result<Regions, RegionError> {
        let mut by_key = BTreeMap::new();
        for file in files {
            let key = RegionKey::new(&file.key)?;
            // The checker refuses what is no UTF-8; the text is the one it accepted.
            let source = match String::from_utf8(file.source) {
                Ok(source) => source,
                Err(bad) => {
                    let checked = convenant_lang::check(bad.as_bytes());
                    return Err(faulty(&file.key, "", &checked.diagnostics));
                }
            };
            let version = Version::compile(&file.key, source)?;
            let letters =
                Letters::new(&file.templates).map_err(|source| RegionError::Template {
                    region: file.key.clone(),
                    source,
                })?;
            let number = version.model().header.version;
            store.adopt(&key, number, &version.source, now).await?;
            let region = Region::open(store, key.clone(), version, letters).await?;
            by_key.insert(key.as_str().to_owned(), Arc::new(region));
        }
        for key in store.regions().await? {
            if by_key.contains_key(key.as_str()) {
                continue;
            }
            let Some(latest) = store.versions(&key).await?.pop() else {
                continue;
            };
            let source = store.source(&key, latest.hash).await?;
            let version = Version::compile(key.as_str(), source)?;
            let letters =
                Letters::new(&BTreeMap::new()).map_err(|source| RegionError::Template {
                    region: key.to_string(),
                    source,
                })?;
            let region = Region::open(store, key.clone(), version, letters).await?;
            by_key.insert(key.as_str().to_owned(), Arc::new(region));
        }
        Ok(Regions { by_key })
    }

    /// The region with this key.
    pub fn get(&self, key: &str) -> Option<&Arc<Region>> {
        self.by_key.get(key)
    }

    /// All, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.by_key.values()
    }

    /// The region with this name in its file.
    pub fn named(&self, name: &str) -> Option<&Arc<Region>> {
        self.by_key.values().find(|r| r.name() == name)
    }
}
