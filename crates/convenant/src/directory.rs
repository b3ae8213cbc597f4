//! `convenant people`: whether a people file fits the regions, and which roles it leaves open.
//!
//! Input: a people file, the regions, a day. Output: per region how many people, and each role that nobody fills on that day or within
//! thirty days; exit code 1 when the file has errors. Invariant: no name and no mail address is printed.

use std::path::Path;

use convenant_engine::{Holidays, Life};
use convenant_lang::Lang;
use convenant_lang::model::Convenant;
use convenant_server::directory::Directory;
use convenant_server::directory::recipients::Why;
use convenant_server::directory::vacant::vacant;
use convenant_server::directory::yaml::{PeopleError, PeopleFile};
use convenant_server::regions::Version;
use convenant_server::text::{Language, Texts};
use convenant_server::yaml::FileError;
use jiff::Zoned;
use jiff::civil::Date;

use crate::args::People;
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::{Failure, regions, serve};

/// `convenant people`.
pub fn run(args: &People, out: &mut Output) -> Result<(), Failure> {
    let models = models(args.regions.as_deref(), &out.messages)?;
    let people = PeopleFile::read(&args.file, models.iter())
        .map_err(|error| failure(&error, &out.messages))?;
    let today = args.date.unwrap_or_else(|| Zoned::now().date());
    for model in &models {
        if let Some(directory) = people.regions.get(&model.header.region) {
            tell(model, directory, today, out)?;
        }
    }
    Ok(())
}

fn models(folder: Option<&Path>, messages: &Messages) -> Result<Vec<Convenant>, Failure> {
    let wrong =
        |error: convenant_server::regions::RegionError| serve::failure(&error.into(), messages);
    let files = regions::read(folder).map_err(wrong)?;
    let models = files.into_iter().map(|file| {
        let source = String::from_utf8_lossy(&file.source).into_owned();
        Version::compile(&file.key, source, &Holidays::dutch())
            .map(|version| version.model().clone())
    });
    models.collect::<Result<_, _>>().map_err(wrong)
}

fn tell(
    model: &Convenant,
    directory: &Directory,
    today: Date,
    out: &mut Output,
) -> Result<(), Failure> {
    let found = vacant(directory, model, &Life::default(), today);
    let region = model.header.region.as_str();
    let summary = say!(
        out.messages,
        "people-region",
        region = region,
        people = directory.people.len(),
        vacant = found.len()
    );
    out.line(&summary)?;
    for vacancy in found {
        let role = model.roles.get(vacancy.role.index());
        let party = model.parties.get(vacancy.party.index());
        let Some((role, party)) = role.zip(party) else {
            continue;
        };
        let why = match vacancy.why {
            Why::Vacant => say!(out.messages, "people-nobody"),
            _ => say!(out.messages, "people-away"),
        };
        let through = vacancy.through.map(|day| day.to_string());
        let line = say!(
            out.messages,
            "people-vacant",
            party = party.name.as_str(),
            role = role.name.as_str(),
            from = vacancy.from.to_string(),
            through = through.unwrap_or_else(|| "…".to_owned()),
            why = why
        );
        out.line(&line)?;
    }
    Ok(())
}

/// Why a people file is refused, in the language of the user.
pub fn failure(error: &PeopleError, messages: &Messages) -> Failure {
    let text = error.in_words(&Texts::new(), language(messages));
    match error {
        PeopleError::File(file) if file.is_unreadable() => Failure::Use(text),
        _ => Failure::Input(text),
    }
}

/// Why a file that the user named is refused: it cannot be read, or what stands in it is wrong.
pub fn file_failure(error: &FileError, messages: &Messages) -> Failure {
    let text = error.in_words(&Texts::new(), language(messages));
    if error.is_unreadable() {
        Failure::Use(text)
    } else {
        Failure::Input(text)
    }
}

/// The language of the user, as the server calls it.
pub fn language(messages: &Messages) -> Language {
    match messages.lang() {
        Lang::Nl => Language::Dutch,
        Lang::En => Language::English,
    }
}
