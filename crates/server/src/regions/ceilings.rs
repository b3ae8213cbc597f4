//! A ceiling (`plafond`) changes only with the consent of whoever the running version names at `instemming voor plafond`.
//!
//! Input: the versions that the store has, with the life of the convenant, and a version to adopt. Output: nothing, or why not: whose
//! consent is missing, by which article. Invariant: a version that was adopted before is not asked about again.

use std::collections::BTreeMap;

use convenant_engine::{
    Holidays, Moment, Reason, Refusal, civil_date, keeps_ceilings, may_change_ceilings,
};
use convenant_lang::model::{ConsentFor, Convenant};
use convenant_lang::{Lines, check};
use convenant_store::{RegionKey, Store, VersionRow};

use super::{Region, RegionError, Version};
use crate::letters::Letters;

/// Refuses a version that changes a ceiling without the consent that the last one asks for.
pub(super) async fn guard(
    store: &Store,
    key: &RegionKey,
    new: &Version,
    holidays: &Holidays,
    now: Moment,
) -> Result<(), RegionError> {
    let rows = store.versions(key).await?;
    let Some(last) = rows.last() else {
        return Ok(());
    };
    if rows.iter().any(|row| row.hash == new.hash) {
        return Ok(());
    }
    let source = store.source(key, last.hash).await?;
    let running = Version::compile(key.as_str(), source, holidays)?;
    let asks = |model: &Convenant| model.consents.iter().any(|c| c.of == ConsentFor::Ceiling);
    if !asks(running.model()) || keeps_ceilings(running.model(), new.model()) {
        return Ok(());
    }
    let since = civil_date(since(store, key, &rows, running.model()).await?);
    let none = Letters::new(&BTreeMap::new()).map_err(|source| RegionError::Template {
        region: key.to_string(),
        source,
    })?;
    let region = Region::open(store, key.clone(), running, none).await?;
    let running = &region.current;
    may_change_ceilings(&running.program, &region.life(), since, now).map_err(|refusal| {
        RegionError::Ceiling {
            region: key.to_string(),
            lacking: lacking(running, &refusal),
        }
    })
}

/// When the ceilings of the last version were set: with the first of the versions up to it that have the same ones.
async fn since(
    store: &Store,
    key: &RegionKey,
    rows: &[VersionRow],
    running: &Convenant,
) -> Result<Moment, RegionError> {
    let mut since = Moment(0);
    for row in rows.iter().rev() {
        let source = store.source(key, row.hash).await?;
        let same = check(source.as_bytes()).model.is_some_and(|model| {
            keeps_ceilings(running, &model) && keeps_ceilings(&model, running)
        });
        if !same {
            break;
        }
        since = row.adopted;
    }
    Ok(since)
}

/// Whose consent is missing, by which article of the running version.
fn lacking(running: &Version, refusal: &Refusal) -> String {
    let model = running.model();
    let mut names = Vec::new();
    if let Reason::ConsentNeeded { of, outside, .. } = &refusal.reason {
        let parties = of.iter().filter_map(|id| model.parties.get(id.index()));
        names.extend(parties.map(|party| party.name.as_str()));
        names.extend(outside.iter().map(String::as_str));
    }
    let clause = refusal.clause.as_ref().map_or_else(String::new, |clause| {
        let line = Lines::new(&running.source).place(clause.span.start).line;
        match &clause.article {
            Some(article) => format!(" (‘{article}’, line {line} of the running version)"),
            None => format!(" (line {line} of the running version)"),
        }
    });
    format!("{}{clause}", names.join(", "))
}
