//! `convenant fmt`: the layout of files, written in place in one step so that no half file is ever seen.
//!
//! Input: files. Output: the same files in the fixed layout, or with `--check` the names of those that differ. A file with errors is
//! left as it is.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::args::Fmt;
use crate::messages::say;
use crate::output::Output;
use crate::source::{self, Source, Unread};

/// `convenant fmt`.
pub fn run(args: &Fmt, out: &mut Output) -> Result<(), Failure> {
    let mut worst = 0;
    for path in &args.files {
        worst = worst.max(file(path, args.check, out)?);
    }
    match worst {
        0 => Ok(()),
        code => Err(Failure::Said(code)),
    }
}

/// Formats one file; gives the exit code that it alone would have.
fn file(path: &Path, check: bool, out: &mut Output) -> Result<u8, Failure> {
    let source = match source::read(path) {
        Ok(source) => source,
        Err(Unread::TooLarge) => {
            out.note(&source::too_large(path, &out.messages));
            return Ok(1);
        }
        Err(Unread::Io(error)) => {
            out.note(&source::unreadable(path, &error, &out.messages));
            return Ok(2);
        }
    };
    let Some(formatted) = format(&source, out)? else {
        return Ok(1);
    };
    let same = formatted.as_bytes() == source.bytes;
    match &source.path {
        None if check => {}
        None => out.print(&formatted)?,
        Some(_) if same => {}
        Some(_) if check => out.line(&source.name)?,
        Some(path) => {
            if let Err(error) = replace(path, formatted.as_bytes()) {
                out.note(&source::unwritable(path, &error, &out.messages));
                return Ok(2);
            }
            out.note(&say!(out.messages, "fmt-done", file = &source.name));
        }
    }
    Ok(u8::from(check && !same))
}

/// The text in the fixed layout; none when it has errors, which are said.
fn format(source: &Source, out: &mut Output) -> Result<Option<String>, Failure> {
    let found = match std::str::from_utf8(&source.bytes) {
        Ok(text) => match convenant_lang::format(text) {
            Ok(formatted) => return Ok(Some(formatted)),
            Err(found) => found,
        },
        // The checker says where the bytes stop being text.
        Err(_) => convenant_lang::check(&source.bytes).diagnostics,
    };
    let text = out.render(source, &found);
    out.note(text.trim_end());
    Ok(None)
}

/// Puts new contents in the place of a file: written beside it, kept with its permissions, renamed over it.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // What a link points to is replaced, not the link.
    let path = path.canonicalize()?;
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let (beside, mut file) = create_beside(&path)?;
    let written = file
        .set_permissions(permissions)
        .and_then(|()| file.write_all(contents))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It is the first error that counts.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A new file in the same folder, under a name that nobody uses.
fn create_beside(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    for attempt in 0..100 {
        let beside = path.with_file_name(format!(".{name}.{process}.{attempt}"));
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.convenant");
        fs::write(&path, "oud").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, b"nieuw").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"nieuw");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
