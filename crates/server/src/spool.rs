//! Mail as complete RFC 5322 files in a folder: what a mail server would be given.
//!
//! Input: a rendered letter and the outbox key it was intended under. Output: one `.eml` file, written whole or not at
//! all. Invariants: the Message-ID and the file name follow from the key, so that a delivery that is repeated gives
//! the same message in the same place; lines end in CRLF; addresses are of roles, never of persons.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use convenant_engine::Moment;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use sha2::{Digest, Sha256};

/// A letter to a role or a body of a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The outbox key: stable, unique.
    pub key: String,
    /// The region, as in the file.
    pub region: String,
    /// The role or body, as in the file.
    pub role: String,
    /// The party that fills it.
    pub party: String,
    /// One line.
    pub subject: String,
    /// Text.
    pub text: String,
    /// When it was intended.
    pub at: Moment,
}

/// The spool folder.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    domain: String,
}

impl Spool {
    /// A spool in `folder` for addresses under `domain`; the folder is made when the first letter is written.
    pub fn new(folder: impl Into<PathBuf>, domain: impl Into<String>) -> Spool {
        Spool {
            folder: folder.into(),
            domain: domain.into(),
        }
    }

    /// The file of a letter.
    pub fn path_of(&self, letter: &Letter) -> PathBuf {
        let stamp = jiff::Timestamp::from_millisecond(letter.at.0)
            .map(|t| t.strftime("%Y%m%dT%H%M%SZ").to_string())
            .unwrap_or_else(|_| "undated".to_owned());
        self.folder
            .join(slug(&letter.region))
            .join(format!("{stamp}-{}.eml", short_id(&letter.key)))
    }

    /// Writes the letter: to a temporary file, flushed to disk, then renamed.
    pub fn deliver(&self, letter: &Letter) -> io::Result<PathBuf> {
        let path = self.path_of(letter);
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)?;
        let temporary = path.with_extension("tmp");
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(&self.message(letter)?)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&temporary, &path)?;
        sync_folder(folder)?;
        Ok(path)
    }

    /// The message itself.
    pub fn message(&self, letter: &Letter) -> io::Result<Vec<u8>> {
        let region = slug(&letter.region);
        let from = format!("convenant@{region}.{}", self.domain);
        let to = format!(
            "{}.{}@{region}.{}",
            slug(&letter.role),
            slug(&letter.party),
            self.domain
        );
        MessageBuilder::new()
            .message_id(format!(
                "{}@{region}.{}",
                short_id(&letter.key),
                self.domain
            ))
            .date(letter.at.0.div_euclid(1000))
            .from((format!("Convenant {}", letter.region), from))
            .to((format!("{} ({})", letter.role, letter.party), to))
            .subject(one_line(&letter.subject))
            // RFC 3834: no vacation notices in answer to this.
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .header("Content-Language", Raw::new("nl"))
            .text_body(letter.text.as_str())
            .write_to_vec()
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

/// An identifier that follows from the outbox key.
fn short_id(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    hex::encode(digest.get(..16).unwrap_or(&[]))
}

/// A subject is one line: whatever a template or a name put in it.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
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
