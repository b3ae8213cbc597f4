//! The regions that are served: their files read and checked, their versions kept for ever, their placements and life in memory.
//!
//! Input: region folders (`<region>.convenant` and `sjablonen/`) and the store. Output: `Region`s with compiled programs.
//! Invariants: every case runs under the version it is pinned to, by the hash of its text; a version once adopted stays;
//! placements and life are what the store holds.

mod ceilings;
mod parties;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use convenant_engine::spread::{InForce, Spread};
use convenant_engine::{Holidays, Life, LifeEvent, Program, replay_life};
use convenant_lang::model::{Convenant, PartyId, SchemeId};
use convenant_lang::{Diagnostic, Lang, Lines, Severity};
use convenant_store::{Booked, Hash, LedgerRow, Recorded, RegionKey, Store, StreamId};

use crate::books::{Book, Books};
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
    /// Another ceiling than the one that holds, without the consent that it needs.
    #[error(
        "{region}: this file has another `plafond` than the version that runs, and that needs the consent of {lacking}; let them consent first (`instemming` for `plafond`), or put the ceiling back"
    )]
    Ceiling {
        /// Which region.
        region: String,
        /// Whose consent is missing, and by which article.
        lacking: String,
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
    /// Checks and compiles a text, to count with these days off.
    pub fn compile(
        region: &str,
        source: String,
        holidays: &Holidays,
    ) -> Result<Version, RegionError> {
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
        let spreads = (0u16..)
            .map(SchemeId)
            .take(model.schemes.len())
            .map(|scheme| Spread::compile(&model, scheme, holidays))
            .collect::<Result<_, _>>()
            .map_err(|e| not_runnable(e.to_string()))?;
        let program =
            Program::compile(model, holidays.clone()).map_err(|e| not_runnable(e.to_string()))?;
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
    books: RwLock<Books>,
    life: RwLock<Arc<Life>>,
    /// The version in whose ids the life was written last.
    life_version: RwLock<Option<Hash>>,
    /// The end of the term that every running case was told of last; none when that is not known.
    told: RwLock<Option<String>>,
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
            books: RwLock::default(),
            life: RwLock::default(),
            life_version: RwLock::default(),
            told: RwLock::default(),
            allocating: tokio::sync::Mutex::new(()),
        };
        region.number(store).await?;
        region.reload_book(store).await?;
        region.reload_life(store).await?;
        *write(&region.told) = store.setting(&region.told_setting()).await?;
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
        let version = Arc::new(Version::compile(
            self.key.as_str(),
            source,
            self.current.program.holidays(),
        )?);
        if !read(&self.books).knows(hash) {
            // Another node has adopted it since this one started.
            self.number(store).await?;
        }
        write(&self.versions).insert(hash, version.clone());
        Ok(version)
    }

    /// The version with this hash, and the `moves` versions that a case ran under before it went over to it, the earliest first: each is
    /// the one that the next amends. Shorter where the store does not have one.
    pub async fn versions_back(
        &self,
        store: &Store,
        hash: Hash,
        moves: usize,
    ) -> Result<Vec<Arc<Version>>, RegionError> {
        let mut versions = vec![self.version(store, hash).await?];
        if moves == 0 {
            return Ok(versions);
        }
        let stored = store.versions(&self.key).await?;
        for _ in 0..moves {
            let amends = versions.last().and_then(|v| v.model().header.amends);
            let before =
                amends.and_then(|a| stored.iter().rev().find(|row| row.number == a.version));
            let Some(row) = before else {
                break;
            };
            versions.push(self.version(store, row.hash).await?);
        }
        versions.reverse();
        Ok(versions)
    }

    /// Gives the parties and schemes of every version the numbers under which the store books them.
    async fn number(&self, store: &Store) -> Result<(), RegionError> {
        let mut models = Vec::new();
        for row in store.versions(&self.key).await? {
            let source = store.source(&self.key, row.hash).await?;
            let checked = convenant_lang::check(source.as_bytes());
            match checked.model {
                Some(model) => models.push((row.hash, model)),
                None => return Err(faulty(self.key.as_str(), &source, &checked.diagnostics)),
            }
        }
        write(&self.books).number(models.iter().map(|(hash, model)| (*hash, model)));
        Ok(())
    }

    /// The placements, in the ids of a version.
    pub fn book(&self, version: &Version) -> Arc<Book> {
        write(&self.books).read(version.hash, version.model())
    }

    /// The placements that a version books, as the store knows them.
    pub(crate) fn numbered(&self, version: &Version, placements: Vec<Booked>) -> Vec<Booked> {
        read(&self.books).write(version.model(), placements)
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
        let book = Book::read(stored.version, stored.placements);
        write(&self.books).replace(book);
        Ok(())
    }

    /// Books what was written on top of `expected`; reads everything again when somebody else came between.
    pub(crate) async fn booked(
        &self,
        store: &Store,
        expected: u64,
        rows: Vec<LedgerRow>,
    ) -> Result<(), convenant_store::Error> {
        if write(&self.books).add(expected, rows) {
            return Ok(());
        }
        self.reload_book(store).await
    }

    /// Reads the convenant's life again.
    pub(crate) async fn reload_life(&self, store: &Store) -> Result<(), convenant_store::Error> {
        let recorded = store
            .events::<LifeEvent>(&self.key, StreamId::LIFE, 0)
            .await?;
        let last = recorded.iter().rev().find_map(|recorded| recorded.version);
        let events = self.in_current_ids(recorded);
        *write(&self.life) = Arc::new(replay_life(events.iter()));
        *write(&self.life_version) = last;
        Ok(())
    }

    /// The events of the life with the parties as the current version numbers them, or whoever took over from them.
    pub(crate) fn in_current_ids(&self, recorded: Vec<Recorded<LifeEvent>>) -> Vec<LifeEvent> {
        let model = self.current.model();
        let books = read(&self.books);
        let nobody = PartyId(u16::try_from(model.parties.len()).unwrap_or(u16::MAX));
        let mut version = self.current.hash;
        let mut events = Vec::with_capacity(recorded.len());
        for mut recorded in recorded {
            version = recorded.version.unwrap_or(version);
            if version != self.current.hash {
                for party in recorded.event.parties_mut() {
                    *party = books.party_in(version, *party, model).unwrap_or(nobody);
                }
            }
            events.push(recorded.event);
        }
        events
    }

    /// The version that the life takes up with what is written now, when it was written under another one.
    pub(crate) fn life_takes_up(&self) -> Option<Hash> {
        let last = *read(&self.life_version);
        last.is_some_and(|last| last != self.current.hash)
            .then_some(self.current.hash)
    }

    /// Whether every running case was told of the end of the term as it is in this life.
    pub(crate) fn has_told(&self, life: &Life) -> bool {
        read(&self.told).as_deref() == Some(&term_end(life))
    }

    /// Keeps that every running case was told of the end of the term as it is in this life.
    pub(crate) async fn keep_told(
        &self,
        store: &Store,
        life: &Life,
    ) -> Result<(), convenant_store::Error> {
        let told = term_end(life);
        store.keep_setting(&self.told_setting(), &told).await?;
        *write(&self.told) = Some(told);
        Ok(())
    }

    fn told_setting(&self) -> String {
        format!("term.told.{}", self.key)
    }

    /// Keeps the life as it is after events of the current version.
    pub(crate) fn set_life(&self, life: Life) {
        *write(&self.life) = Arc::new(life);
        *write(&self.life_version) = Some(self.current.hash);
    }
}

fn term_end(life: &Life) -> String {
    life.until
        .map_or_else(|| "open".to_owned(), |day| day.to_string())
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
        holidays: &Holidays,
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
            let version = Version::compile(&file.key, source, holidays)?;
            let letters =
                Letters::new(&file.templates).map_err(|source| RegionError::Template {
                    region: file.key.clone(),
                    source,
                })?;
            ceilings::guard(store, &key, &version, holidays, now).await?;
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
            let version = Version::compile(key.as_str(), source, holidays)?;
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
