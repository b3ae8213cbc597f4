//! The people of every region, in memory.
//!
//! Input: the store's rows, a people file, the accounts. Output: an `Arc<Directory>` per region, which never changes under whoever holds
//! it. Invariants: every account is a person, also when no row says so; what another node changed is seen at the next `refresh`, by the
//! version that every change moves; an edit is made on the newest people or not at all; an id that is given out again inherits nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use convenant_engine::Moment;
use convenant_lang::model::{Channel, Convenant};
use convenant_store::{Error as StoreError, People, PeopleChange, PersonRow, RegionKey, Store};

use super::{Directory, HeldRole, Person};
use crate::accounts::{Account, Accounts};
use crate::cases::TRIES;
use crate::channel::post::MAIL_DOMAIN;
use crate::spool::slug;
use crate::text::Language;

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
    /// The people that have a row, by id.
    stored: BTreeMap<String, Arc<Person>>,
    /// The people that accounts make, by id.
    of_accounts: BTreeMap<String, Arc<Person>>,
}

/// A change of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Put in, in the place of whoever has this id.
    Put(Box<Person>),
    /// Remove whoever has this id.
    Remove(String),
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
            known.insert(region.clone(), Known::default().with(&people)?);
        }
        Ok(Registry {
            store,
            regions: RwLock::new(known),
        })
    }

    /// The people of a region as this node knows them; nobody when there is no such region.
    pub fn directory(&self, region: &RegionKey) -> Arc<Directory> {
        let known = self.known();
        let found = known.get(region).map(|known| known.directory.clone());
        found.unwrap_or_default()
    }

    /// Looks whether anybody changed the people of a region (one row is read), reads them again if so, and gives them.
    pub async fn refresh(&self, region: &RegionKey) -> Result<Arc<Directory>, StoreError> {
        let version = self.store.people_version(region).await?;
        let mine = self.known().get(region).map(|known| known.version);
        if mine.is_some_and(|mine| mine != version) {
            let people = self.store.people(region).await?;
            let stored = stored(&people)?;
            self.update(region, |known| {
                // Two reloads side by side: the newer one stays.
                if known.version < people.version {
                    known.version = people.version;
                    known.stored = stored;
                    known.merge();
                }
            });
        }
        Ok(self.directory(region))
    }

    /// Makes a person of every account that has none.
    pub fn admit(&self, accounts: &Accounts, region: &RegionKey, model: &Convenant) {
        let mut people: BTreeMap<String, Person> = BTreeMap::new();
        for account in accounts.iter() {
            if account.region != model.header.region {
                continue;
            }
            let person = people
                .entry(account.person.clone())
                .or_insert_with(|| person_of(account, accounts.are_invented()));
            person.roles.insert(HeldRole {
                role: account.role_name.clone(),
                party: account.party_name.clone(),
            });
        }
        let people = people.into_iter().map(|(id, p)| (id, Arc::new(p)));
        let of_accounts = people.collect();
        self.update(region, |known| {
            known.of_accounts = of_accounts;
            known.merge();
        });
    }

    /// Whether this person is there because of an account only: no row says so, and none can be removed.
    pub fn is_of_account_only(&self, region: &RegionKey, id: &str) -> bool {
        let known = self.known();
        let found = known.get(region);
        found.is_some_and(|k| k.of_accounts.contains_key(id) && !k.stored.contains_key(id))
    }

    /// Changes the people of a region: `edit` sees them as they are, and is asked again when somebody else was first.
    pub async fn edit<E: From<StoreError>>(
        &self,
        region: &RegionKey,
        now: Moment,
        edit: impl Fn(&Directory) -> Result<Edit, E>,
    ) -> Result<Arc<Directory>, E> {
        let mut tried = 0;
        loop {
            let people = self.store.people(region).await?;
            let known = self.known().get(region).cloned().unwrap_or_default();
            let known = known.with(&people)?;
            let directory = known.directory.clone();
            let mut change = PeopleChange {
                expected: Some(people.version),
                ..PeopleChange::default()
            };
            match edit(&directory)? {
                Edit::Put(person) => {
                    let before = people.rows.into_iter().find(|row| row.id == person.id);
                    let imported = before.and_then(|row| row.imported);
                    change.put.push(row(&person, imported, now)?);
                }
                Edit::Remove(id) => change.remove.push(id),
            }
            change.gone = known.gone(&change, now);
            tried += 1;
            match self.store.change_people(region, change).await {
                Ok(_) => return Ok(self.refresh(region).await?),
                Err(StoreError::PeopleConflict { .. }) if tried < TRIES => {}
                Err(other) => return Err(other.into()),
            }
        }
    }

    /// Takes over what a people file says of a region. A person whose entry is as it was at the last import keeps what was changed over
    /// the API since; whoever came from the file and no longer stands in it goes; whoever was made over the API stays.
    pub async fn import(
        &self,
        region: &RegionKey,
        file: &Directory,
        now: Moment,
    ) -> Result<Arc<Directory>, StoreError> {
        let mut tried = 0;
        loop {
            let people = self.store.people(region).await?;
            let mut change = imported(file, people, now)?;
            let known = self.known().get(region).cloned().unwrap_or_default();
            change.gone = known.gone(&change, now);
            if change.put.is_empty() && change.remove.is_empty() {
                return self.refresh(region).await;
            }
            tried += 1;
            match self.store.change_people(region, change).await {
                Ok(_) => return self.refresh(region).await,
                Err(StoreError::PeopleConflict { .. }) if tried < TRIES => {}
                Err(other) => return Err(other),
            }
        }
    }

    /// A lock that a panic poisoned still holds whole values: they are replaced, never half written.
    fn known(&self) -> RwLockReadGuard<'_, BTreeMap<RegionKey, Known>> {
        self.regions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, region: &RegionKey, change: impl FnOnce(&mut Known)) {
        let mut guard = self.regions.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = guard.get_mut(region) {
            change(known);
        }
    }
}

impl Known {
    /// With these rows.
    fn with(mut self, people: &People) -> Result<Known, StoreError> {
        self.version = people.version;
        self.stored = stored(people)?;
        self.merge();
        Ok(self)
    }

    /// Who is removed and is not there because of an account as well.
    fn gone(&self, change: &PeopleChange, now: Moment) -> Vec<(String, Moment)> {
        let removed = change.remove.iter();
        removed
            .filter(|id| !self.of_accounts.contains_key(*id))
            .map(|id| (id.clone(), now))
            .collect()
    }

    fn merge(&mut self) {
        let mut people = self.of_accounts.clone();
        people.extend(self.stored.iter().map(|(id, p)| (id.clone(), p.clone())));
        self.directory = Arc::new(Directory { people });
    }
}

/// The people in these rows.
fn stored(people: &People) -> Result<BTreeMap<String, Arc<Person>>, StoreError> {
    let person = |row: &PersonRow| {
        let person: Person = serde_json::from_str(&row.body)
            .map_err(|_| StoreError::Damaged(format!("the person `{}`", row.id)))?;
        Ok((row.id.clone(), Arc::new(person)))
    };
    people.rows.iter().map(person).collect()
}

/// What an import changes.
fn imported(file: &Directory, people: People, now: Moment) -> Result<PeopleChange, StoreError> {
    let mut change = PeopleChange {
        expected: Some(people.version),
        ..PeopleChange::default()
    };
    let mut unchanged = BTreeSet::new();
    for before in people.rows {
        let Some(entry) = before.imported else {
            continue;
        };
        match file.people.get(&before.id) {
            Some(person) if text(person)? == entry => {
                unchanged.insert(before.id);
            }
            Some(_) => {}
            None => change.remove.push(before.id),
        }
    }
    for (id, person) in &file.people {
        if !unchanged.contains(id) {
            change.put.push(row(person, Some(text(person)?), now)?);
        }
    }
    Ok(change)
}

fn row(person: &Person, imported: Option<String>, now: Moment) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: person.id.clone(),
        body: text(person)?,
        imported,
        changed: now,
    })
}

fn text(person: &Person) -> Result<String, StoreError> {
    serde_json::to_string(person).map_err(|_| StoreError::Malformed("a person is no JSON"))
}

/// The person behind an account. The demo's have an invented function for a name, and an address that never delivers (RFC 2606), so
/// that the spool shows their mail.
fn person_of(account: &Account, invented: bool) -> Person {
    let mut person = Person {
        id: account.person.clone(),
        name: account.name.clone(),
        mail: None,
        language: Language::default(),
        channels: BTreeSet::from([Channel::Inbox]),
        rhythm: None,
        quiet: None,
        roles: BTreeSet::new(),
        absences: Vec::new(),
    };
    if invented {
        let mut letters = account.role_name.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let role: String = first.chain(letters).collect();
        person.name = format!("{role} van {}", account.party_name);
        person.mail = Some(format!(
            "{}.{}@{}.{MAIL_DOMAIN}",
            slug(&account.role_name),
            slug(&account.party_name),
            slug(&account.region)
        ));
        person.channels.insert(Channel::Mail);
    }
    person
}
