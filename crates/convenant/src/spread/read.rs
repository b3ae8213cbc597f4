//! The real placements of a region, from a data folder, by name: a draft numbers its parties and facts as it likes.
//!
//! Input: a folder that no process has open, a draft and its scheme. Output: `Real`. What was erased from a case is not known any more.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use convenant_engine::{Event, Life, LifeEvent, replay, replay_life};
use convenant_lang::model::{Convenant, PartyId, PartyKind, SchemeId, Value};
use convenant_store::{Error, Hash, Location, RegionKey, Store, StreamId};
use jiff::civil::Date;

use crate::Failure;
use crate::messages::{Messages, say};
use crate::serve::{runtime, store_failure};
use crate::world::fact_value;

/// A party by its kind and name.
pub type Name = (PartyKind, String);

/// A placement that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The case.
    pub case: u128,
    /// The day.
    pub on: Date,
    /// With which party.
    pub party: Name,
    /// In which neighbourhood.
    pub neighbourhood: Option<String>,
    /// Whether it departed from the rules, with a motivation.
    pub departure: bool,
    /// The parties that facts of the case name, by fact.
    pub facts: BTreeMap<String, Name>,
}

/// What the folder has of the region.
pub struct Real {
    /// The version under which new cases open.
    pub current: Convenant,
    /// First day in force.
    pub in_force: Option<Date>,
    /// First day after the term.
    pub until: Option<Date>,
    /// Placements under the scheme, in the order in which they were made.
    pub placed: Vec<Placed>,
}

/// Reads the placements under the scheme of this name, of the region of the draft.
pub fn read(
    folder: &Path,
    draft: &Convenant,
    scheme: SchemeId,
    messages: &Messages,
) -> Result<Real, Failure> {
    let shown = folder.display().to_string();
    if !super::is_data_folder(folder) {
        return Err(Failure::Use(say!(
            messages,
            "spread-no-folder",
            folder = shown
        )));
    }
    runtime()?.block_on(async {
        let store = Store::open(Location::Folder(folder.to_owned()))
            .await
            .map_err(|error| store_failure(&error, messages))?;
        let found = of_region(&store, draft, scheme).await;
        let closed = store.close().await;
        let found = found.and_then(|found| closed.map(|()| found));
        match found.map_err(|error| store_failure(&error, messages))? {
            Some(real) => Ok(real),
            None => Err(Failure::Input(say!(
                messages,
                "spread-no-region",
                region = &draft.header.region,
                folder = shown
            ))),
        }
    })
}

/// The region whose latest version has the draft's name; none when there is no such region.
async fn of_region(
    store: &Store,
    draft: &Convenant,
    scheme: SchemeId,
) -> Result<Option<Real>, Error> {
    for region in store.regions().await? {
        let mut reader = Reader {
            store,
            region,
            versions: HashMap::new(),
        };
        let Some(last) = store.versions(&reader.region).await?.pop() else {
            continue;
        };
        let Some(current) = reader.version(last.hash).await?.cloned() else {
            continue;
        };
        if current.header.region == draft.header.region {
            let name = draft.schemes.get(scheme.index()).map(|s| s.name.clone());
            return reader
                .real(current, &name.unwrap_or_default())
                .await
                .map(Some);
        }
    }
    Ok(None)
}

/// Reads one region; the versions of its file are checked once.
struct Reader<'a> {
    store: &'a Store,
    region: RegionKey,
    versions: HashMap<Hash, Convenant>,
}

impl Reader<'_> {
    async fn version(&mut self, hash: Hash) -> Result<Option<&Convenant>, Error> {
        if !self.versions.contains_key(&hash) {
            let source = self.store.source(&self.region, hash).await?;
            if let Some(model) = convenant_lang::check(source.as_bytes()).model {
                self.versions.insert(hash, model);
            }
        }
        Ok(self.versions.get(&hash))
    }

    async fn real(mut self, current: Convenant, scheme: &str) -> Result<Real, Error> {
        let life = match self
            .store
            .load::<LifeEvent>(&self.region, StreamId::LIFE)
            .await
        {
            Ok(loaded) => replay_life(loaded.events.iter()),
            Err(Error::NoSuchStream) => Life::default(),
            Err(other) => return Err(other),
        };
        let mut placed: Vec<Placed> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        // In the order of the first booking of each case.
        for row in self.store.ledger(&self.region).await?.placements {
            if seen.insert(row.stream) {
                placed.extend(self.placed(row.stream, scheme).await?);
            }
        }
        placed.sort_by_key(|placed| placed.on);
        Ok(Real {
            current,
            in_force: life.in_force,
            until: life.until,
            placed,
        })
    }

    /// The placement of a case as it stands now, if it is under the scheme.
    async fn placed(&mut self, stream: StreamId, scheme: &str) -> Result<Option<Placed>, Error> {
        let loaded = self.store.load::<Event>(&self.region, stream).await?;
        let case = replay(loaded.events.iter());
        let Some(model) = self.version(loaded.head.version).await? else {
            return Ok(None);
        };
        let under = case.scheme.and_then(|id| model.schemes.get(id.index()));
        let (Some(under), Some(placement)) = (under, &case.placement) else {
            return Ok(None);
        };
        let name = |party: PartyId| {
            let party = model.parties.get(party.index())?;
            Some((party.kind, party.name.clone()))
        };
        let Some(party) = name(placement.party).filter(|_| under.name == scheme) else {
            return Ok(None);
        };
        let mut facts = BTreeMap::new();
        for (index, fact) in model.facts.iter().enumerate() {
            if let Some(Value::Party(party)) = fact_value(&case, index)
                && let Some(named) = name(*party)
            {
                facts.insert(fact.name.clone(), named);
            }
        }
        Ok(Some(Placed {
            case: stream.0.as_u128(),
            on: placement.on,
            party,
            neighbourhood: placement.neighbourhood.clone(),
            departure: placement.departure,
            facts,
        }))
    }
}
