//! The people of every region, in memory.
//!
//! Input: the store's rows and the accounts. Output: an `Arc<Directory>` per region, which never changes under whoever holds it.
//! Invariants: every account is a person, also when no row says so; what another node changed is seen at the next `refresh`, by the
//! version that every change moves.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use convenant_store::{Error as StoreError, People, RegionKey, Store};

use super::{Directory, Person};

/// The people of every region.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    regions: RwLock<BTreeMap<RegionKey, Known>>,
}

/// What is known of a region.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Version of the rows.
    version: u64,
    /// Rows and accounts together.
    directory: Arc<Directory>,
    /// The people that accounts make, by id.
    of_accounts: BTreeMap<String, Arc<Person>>,
}

impl Registry {
    /// The people as the store has them.
    pub async fn open(
        store: Store,
        regions: impl Iterator<Item = &RegionKey>,
    ) -> Result<Registry, StoreError> {
        let mut known = BTreeMap::new();
        for region in regions {
            let people = store.people(region).await?;
            known.insert(region.clone(), Known::default().with(people)?);
        }
        Ok(Registry {
            store,
            regions: RwLock::new(known),
        })
    }

    /// The people of a region as this node knows them; nobody when there is no such region.
    pub fn directory(&self, region: &RegionKey) -> Arc<Directory> {
        let guard = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        guard
            .get(region)
            .map(|k| k.directory.clone())
            .unwrap_or_default()
    }

    /// Looks whether anybody changed the people of a region (one row is read), reads them again if so, and gives them.
    pub async fn refresh(&self, region: &RegionKey) -> Result<Arc<Directory>, StoreError> {
        let version = self.store.people_version(region).await?;
        let mine = {
            let guard = self.regions.read().unwrap_or_else(PoisonError::into_inner);
            guard.get(region).map(|known| known.version)
        };
        if mine.is_some_and(|mine| mine != version) {
            let people = self.store.people(region).await?;
            let mut guard = self.regions.write().unwrap_or_else(PoisonError::into_inner);
            // Two reloads side by side: the newer one stays.
            if let Some(known) = guard.get_mut(region)
                && known.version < people.version
            {
                *known = known.clone().with(people)?;
            }
        }
        Ok(self.directory(region))
    }
}

impl Known {
    /// With these rows.
    fn with(mut self, people: People) -> Result<Known, StoreError> {
        let mut all = self.of_accounts.clone();
        for row in people.rows {
            let person: Person = serde_json::from_str(&row.body)
                .map_err(|e| StoreError::Damaged(format!("a person of the directory: {e}")))?;
            all.insert(row.id, Arc::new(person));
        }
        self.version = people.version;
        self.directory = Arc::new(Directory { people: all });
        Ok(self)
    }
}
