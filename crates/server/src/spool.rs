//! Mail as files in a folder: what a mail server would be given, where there is none.
//!
//! Input: a composed mail. Output: one `.eml` file, written whole or not at all. Invariant: the file name follows from the mail's key, so
//! that a delivery that is repeated gives the same message in the same place.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use convenant_engine::Moment;

use crate::channel::Outcome;
use crate::channel::letter::{Mail, short_id};

/// The spool folder.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// A spool in `folder`, which is made when the first mail is written.
    pub fn new(folder: impl Into<PathBuf>) -> Spool {
        Spool {
            folder: folder.into(),
        }
    }

    /// The file of a mail.
    pub fn path_of(&self, region: &str, key: &str, at: Moment) -> PathBuf {
        let stamp = jiff::Timestamp::from_millisecond(at.0)
            .map(|t| t.strftime("%Y%m%dT%H%M%SZ").to_string())
            .unwrap_or_else(|_| "undated".to_owned());
        self.folder
            .join(slug(region))
            .join(format!("{stamp}-{}.eml", short_id(key)))
    }

    /// Writes the mail: to a temporary file, flushed to disk, then renamed.
    pub fn put(&self, mail: &Mail) -> io::Result<PathBuf> {
        let path = self.path_of(&mail.region, &mail.key, mail.at);
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)?;
        let temporary = path.with_extension("tmp");
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(&mail.message)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&temporary, &path)?;
        sync_folder(folder)?;
        Ok(path)
    }

    /// Writes the mail as a channel does.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        let (spool, mail) = (self.clone(), mail.clone());
        let later = |reason: String| Outcome::Later {
            reason,
            after: None,
        };
        match tokio::task::spawn_blocking(move || spool.put(&mail)).await {
            Ok(Ok(_)) => Outcome::Delivered,
            Ok(Err(error)) => later(format!("spool: {}", error.kind())),
            Err(_) => later("spool: the work was broken off".to_owned()),
        }
    }
}

/// A renamed file is only safe once its folder is on disk as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A name as part of an address, a file name or an id: lower-case ASCII letters, digits and hyphens.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        let plain = match c {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' | 'À' | 'Á' | 'Â' | 'Ä' => 'a',
            'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'Ò' | 'Ó' | 'Ô' | 'Ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
            'ç' | 'Ç' => 'c',
            'ñ' | 'Ñ' => 'n',
            other => other.to_ascii_lowercase(),
        };
        if plain.is_ascii_alphanumeric() {
            out.push(plain);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() {
        "x".to_owned()
    } else {
        trimmed.to_owned()
    }
}
