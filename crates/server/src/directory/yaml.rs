//! `people.yaml`: the people of the regions, as an organisation keeps them.
//!
//! Input: a file with `mensen:`, and the regions' files. Output: a `Directory` per region. Invariants: an id stands in it once; every
//! name exists in its region; a replacement is somebody in every region of the one who is away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use convenant_lang::model::Convenant;
use serde::Deserialize;

use super::written::{Misfit, Wishes, WrittenAbsence, WrittenQuiet, WrittenRole, person};
use super::{Directory, circle};
use crate::text::{Language, Texts};
use crate::yaml::{self, FileError};

/// What the file looks like.
const SHAPE: &str = "`mensen:` with entries of `id`, `naam`, `mail`, `taal`, `kanalen`, `overzicht`, `stil` (`van`, `tot`, `vrije-dagen`), `rollen` (`regio`, `partij`, `rol`) and `afwezig` (`van`, `tot-en-met`, `vervanger`)";

/// The people of a file, by the name of their region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFile {
    /// By name of the region, as in its file.
    pub regions: BTreeMap<String, Directory>,
}

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Cannot be read, or is not of the right shape.
    #[error(transparent)]
    File(#[from] FileError),
    /// An entry does not fit.
    #[error("{path}: entry {entry} under `mensen` (`id: {id}`): {misfit}")]
    Misfit {
        /// The file.
        path: PathBuf,
        /// Which entry, from 1.
        entry: usize,
        /// Its id.
        id: String,
        /// What does not fit.
        misfit: Box<Misfit>,
    },
    /// An id twice.
    #[error(
        "{path}: entry {entry} under `mensen`: `{id}` stands in the file already; an id is unique, so put all roles of one person under one entry"
    )]
    Twice {
        /// The file.
        path: PathBuf,
        /// Which entry, from 1.
        entry: usize,
        /// The id.
        id: String,
    },
}

impl PeopleError {
    /// What is wrong, in the language of the reader.
    pub fn in_words(&self, texts: &Texts, language: Language) -> String {
        match self {
            PeopleError::File(error) => error.in_words(texts, language),
            PeopleError::Misfit {
                path,
                entry,
                id,
                misfit,
            } => {
                let (message, args) = misfit.message();
                let args = args.into_iter().map(|(name, value)| (name, value.into()));
                let wrong = texts.get(language, message, &args.collect::<Vec<_>>());
                let args = [
                    ("bestand", path.display().to_string().into()),
                    ("n", entry.to_string().into()),
                    ("id", id.as_str().into()),
                    ("fout", wrong.into()),
                ];
                texts.get(language, "mensen-plaats", &args)
            }
            PeopleError::Twice { path, entry, id } => {
                let args = [
                    ("bestand", path.display().to_string().into()),
                    ("n", entry.to_string().into()),
                    ("id", id.as_str().into()),
                ];
                texts.get(language, "mensen-dubbel", &args)
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mensen: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    naam: String,
    mail: Option<String>,
    taal: Option<String>,
    kanalen: Option<Vec<String>>,
    overzicht: Option<String>,
    stil: Option<WrittenQuiet>,
    #[serde(default)]
    rollen: Vec<RegionRole>,
    #[serde(default)]
    afwezig: Vec<WrittenAbsence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionRole {
    regio: String,
    partij: String,
    rol: String,
}

impl PeopleFile {
    /// Reads a file against the regions.
    pub fn read<'m>(
        path: &Path,
        regions: impl Iterator<Item = &'m Convenant>,
    ) -> Result<PeopleFile, PeopleError> {
        let text = yaml::text(path, SHAPE)?;
        PeopleFile::parse(path, &text, regions)
    }

    /// Reads a text against the regions; `path` is for the errors.
    pub fn parse<'m>(
        path: &Path,
        text: &str,
        regions: impl Iterator<Item = &'m Convenant>,
    ) -> Result<PeopleFile, PeopleError> {
        let file: File = yaml::value(path, text, SHAPE)?;
        let models: Vec<&Convenant> = regions.collect();
        let mut people = PeopleFile::default();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (entry, written) in (1..).zip(file.mensen) {
            let id = written.id.clone();
            if seen.insert(id.clone(), entry).is_some() {
                let path = path.to_owned();
                return Err(PeopleError::Twice { path, entry, id });
            }
            people
                .add(written, &models)
                .map_err(|misfit| misfit_at(path, entry, &id, misfit))?;
        }
        for directory in people.regions.values() {
            for (id, person) in &directory.people {
                let entry = seen.get(id).copied().unwrap_or_default();
                circle::check(directory, person)
                    .map_err(|misfit| misfit_at(path, entry, id, misfit))?;
            }
        }
        Ok(people)
    }

    /// Adds an entry to each region that it has a role in.
    fn add(&mut self, entry: Entry, models: &[&Convenant]) -> Result<(), Misfit> {
        let mut by_region: BTreeMap<String, Vec<WrittenRole>> = BTreeMap::new();
        for RegionRole { regio, partij, rol } in entry.rollen {
            let roles = by_region.entry(regio).or_default();
            roles.push(WrittenRole { rol, partij });
        }
        if by_region.is_empty() {
            return Err(Misfit::NoRole);
        }
        let wishes = Wishes {
            taal: entry.taal,
            kanalen: entry.kanalen,
            overzicht: entry.overzicht,
            stil: entry.stil,
            afwezig: entry.afwezig,
        };
        for (region, roles) in by_region {
            let model = models
                .iter()
                .find(|m| m.header.region == region)
                .ok_or_else(|| {
                    let known = models.iter().map(|m| m.header.region.as_str());
                    Misfit::unknown("regio", &region, known)
                })?;
            let mail = entry.mail.as_deref();
            let person = person(model, &entry.id, &entry.naam, mail, &roles, &wishes)?;
            let directory = self.regions.entry(region).or_default();
            directory.people.insert(entry.id.clone(), Arc::new(person));
        }
        Ok(())
    }
}

fn misfit_at(path: &Path, entry: usize, id: &str, misfit: Misfit) -> PeopleError {
    PeopleError::Misfit {
        path: path.to_owned(),
        entry,
        id: id.to_owned(),
        misfit: Box::new(misfit),
    }
}
