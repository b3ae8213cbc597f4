//! Reading the files that the user names, with a limit that holds before anything is read.
//!
//! Input: a path, or `-` for the standard input. Output: the bytes, or why not. Invariant: never more than the limit and
//! one byte is in memory, however large the file is or claims to be.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::messages::{Messages, say};

/// The most bytes of a region's file, a facts file or a scenario file.
pub const LIMIT: u64 = 1024 * 1024;

/// A file as it was read.
pub struct Source {
    /// How it is named in messages.
    pub name: String,
    /// Where it is; none for the standard input.
    pub path: Option<PathBuf>,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Why a file was not read.
#[derive(Debug)]
pub enum Unread {
    /// It is larger than the limit: the input is at fault.
    TooLarge,
    /// It cannot be read: the use is at fault.
    Io(std::io::Error),
}

/// Reads at most `LIMIT` bytes of a file, or of the standard input.
pub fn read(path: &Path) -> Result<Source, Unread> {
    if path == Path::new("-") {
        let bytes = read_limited(std::io::stdin().lock())?;
        return Ok(Source {
            name: "-".to_owned(),
            path: None,
            bytes,
        });
    }
    let file = File::open(path).map_err(Unread::Io)?;
    let facts = file.metadata().map_err(Unread::Io)?;
    if facts.is_dir() {
        return Err(Unread::Io(std::io::ErrorKind::IsADirectory.into()));
    }
    if facts.len() > LIMIT {
        return Err(Unread::TooLarge);
    }
    Ok(Source {
        name: path.display().to_string(),
        path: Some(path.to_owned()),
        bytes: read_limited(file)?,
    })
}

/// Reads a file for a command that needs it: anything wrong ends the command.
pub fn demand(path: &Path, messages: &Messages) -> Result<Source, Failure> {
    read(path).map_err(|error| match error {
        Unread::TooLarge => Failure::Input(too_large(path, messages)),
        Unread::Io(error) => Failure::Use(unreadable(path, &error, messages)),
    })
}

/// As one line: the file is larger than the limit.
pub fn too_large(path: &Path, messages: &Messages) -> String {
    say!(
        messages,
        "file-too-large",
        file = path.display().to_string()
    )
}

/// As one line: the file cannot be read, and why.
pub fn unreadable(path: &Path, error: &std::io::Error, messages: &Messages) -> String {
    let why = reason(error, messages);
    say!(
        messages,
        "file-unreadable",
        file = path.display().to_string(),
        why = why
    )
}

/// As one line: the file cannot be written, and why.
pub fn unwritable(path: &Path, error: &std::io::Error, messages: &Messages) -> String {
    let why = reason(error, messages);
    say!(
        messages,
        "file-unwritable",
        file = path.display().to_string(),
        why = why
    )
}

fn reason(error: &std::io::Error, messages: &Messages) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => say!(messages, "file-not-found"),
        std::io::ErrorKind::PermissionDenied => say!(messages, "file-no-permission"),
        std::io::ErrorKind::IsADirectory => say!(messages, "file-is-folder"),
        _ => error.to_string(),
    }
}

fn read_limited(from: impl Read) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    from.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(Unread::Io)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Unread::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_stream_without_end_is_not_read_whole() {
        assert!(matches!(
            read_limited(std::io::repeat(b'a')),
            Err(Unread::TooLarge)
        ));
        assert_eq!(
            read_limited(std::io::repeat(b'a').take(LIMIT))
                .unwrap()
                .len() as u64,
            LIMIT
        );
    }
}
