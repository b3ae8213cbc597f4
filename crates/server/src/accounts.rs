//! Who acts, until there is a login: accounts of a YAML file, or the demo's own, one per role and party.
//!
//! Input: a file, or the roles of the regions. Output: accounts by id. Invariants: ids are unique; an account's party and
//! role exist in its region; whether the party fills the role on the day of the act is the engine's to say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use convenant_engine::Actor;
use convenant_lang::model::{Convenant, Filling, PartyId, RoleId, Standing};
use serde::Deserialize;

use crate::directory::written::is_one_line;
use crate::spool::slug;
use crate::text::{Language, Texts};
use crate::yaml::{self, FileError};

/// What an accounts file looks like.
const SHAPE: &str = "`accounts:` with entries of `id`, `naam`, `regio`, `partij`, `rol` and, when it differs from `id`, `persoon`";

/// Somebody who may act: a person for a party in a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Stable id; stands in the log.
    pub id: String,
    /// Name, for the select box only.
    pub name: String,
    /// Region, as in its file.
    pub region: String,
    /// Party's name.
    pub party_name: String,
    /// Role's name.
    pub role_name: String,
    /// Party.
    pub party: PartyId,
    /// Role.
    pub role: RoleId,
    /// Id of the person in the directory; the account's own when the file names none.
    pub person: String,
}

impl Account {
    /// The actor of its commands.
    pub fn actor(&self) -> Actor {
        Actor::Person {
            person: self.id.clone(),
            party: self.party,
            role: self.role,
        }
    }
}

/// All accounts, by id.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    by_id: BTreeMap<String, Account>,
    invented: bool,
}

/// Why an accounts file is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// Cannot be read, or is not of the right shape.
    #[error(transparent)]
    File(#[from] FileError),
    /// A name that cannot stand in a message.
    #[error("{path}: account `{account}`: `naam` must be one line, without control characters")]
    BadName {
        /// The file.
        path: PathBuf,
        /// The account.
        account: String,
    },
    /// A name that the region does not have.
    #[error("{path}: account `{account}`: there is no {what} `{name}`{}", nearest(.known))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The account.
        account: String,
        /// `regio`, `partij` or `rol`.
        what: &'static str,
        /// The name.
        name: String,
        /// Names that exist.
        known: Vec<String>,
    },
    /// An id twice.
    #[error("{path}: account `{account}` stands in it twice; an id is unique")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The account.
        account: String,
    },
    /// An id that cannot stand in a header or an address.
    #[error(
        "{path}: `{account}` is no account id; use lower-case letters, digits, `.` and `-`, at most 64"
    )]
    BadId {
        /// The file.
        path: PathBuf,
        /// The account.
        account: String,
    },
}

impl AccountsError {
    /// What is wrong, in the language of the reader.
    pub fn in_words(&self, texts: &Texts, language: Language) -> String {
        let (path, account, message) = match self {
            AccountsError::File(error) => return error.in_words(texts, language),
            AccountsError::Unknown {
                path,
                account,
                what,
                name,
                known,
            } => {
                let args = [
                    ("bestand", path.display().to_string().into()),
                    ("account", account.as_str().into()),
                    ("wat", (*what).into()),
                    ("naam", name.as_str().into()),
                    ("keuze", known.join(", ").into()),
                ];
                return texts.get(language, "accounts-onbekend", &args);
            }
            AccountsError::BadName { path, account } => (path, account, "accounts-naam"),
            AccountsError::Twice { path, account } => (path, account, "accounts-dubbel"),
            AccountsError::BadId { path, account } => (path, account, "accounts-id"),
        };
        let args = [
            ("bestand", path.display().to_string().into()),
            ("account", account.as_str().into()),
        ];
        texts.get(language, message, &args)
    }
}

fn nearest(known: &[String]) -> String {
    if known.is_empty() {
        String::new()
    } else {
        format!("; choose from: {}", known.join(", "))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accounts: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    naam: String,
    regio: String,
    partij: String,
    rol: String,
    persoon: Option<String>,
}

impl Accounts {
    /// One account per role and party of each region: what the demo offers.
    pub fn of_roles<'a>(regions: impl Iterator<Item = &'a Convenant>) -> Accounts {
        let mut accounts = Accounts {
            invented: true,
            ..Accounts::default()
        };
        for model in regions {
            for (role_index, role) in (0u16..).zip(&model.roles) {
                for (party_index, party) in (0u16..).zip(&model.parties) {
                    let party_id = PartyId(party_index);
                    let fills = match &role.filled_by {
                        Filling::Parties(parties) => parties.contains(&party_id),
                        Filling::EveryOf(kind) | Filling::OfCase(kind) => {
                            party.kind == *kind && party.standing == Standing::Signatory
                        }
                    };
                    if fills {
                        let id = format!(
                            "{}.{}.{}",
                            slug(&model.header.region),
                            slug(&role.name),
                            slug(&party.name)
                        );
                        accounts.add(Account {
                            person: id.clone(),
                            id,
                            name: format!("{} ({})", party.name, role.name),
                            region: model.header.region.clone(),
                            party_name: party.name.clone(),
                            role_name: role.name.clone(),
                            party: party_id,
                            role: RoleId(role_index),
                        });
                    }
                }
            }
        }
        accounts
    }

    /// Reads an accounts file against the regions.
    pub fn read<'a>(
        path: &Path,
        regions: impl Iterator<Item = &'a Convenant>,
    ) -> Result<Accounts, AccountsError> {
        let text = yaml::text(path, SHAPE)?;
        Accounts::parse(path, &text, regions)
    }

    fn parse<'a>(
        path: &Path,
        text: &str,
        regions: impl Iterator<Item = &'a Convenant>,
    ) -> Result<Accounts, AccountsError> {
        let file: File = yaml::value(path, text, SHAPE)?;
        let models: Vec<&Convenant> = regions.collect();
        let mut accounts = Accounts::default();
        for entry in file.accounts {
            let account = resolve(path, entry, &models)?;
            let id = account.id.clone();
            if !accounts.add(account) {
                return Err(AccountsError::Twice {
                    path: path.to_owned(),
                    account: id,
                });
            }
        }
        Ok(accounts)
    }

    /// Adds an account; false when its id exists.
    fn add(&mut self, account: Account) -> bool {
        if self.by_id.contains_key(&account.id) {
            return false;
        }
        self.by_id.insert(account.id.clone(), account);
        true
    }

    /// The account with this id.
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.by_id.get(id)
    }

    /// Whether these are the demo's own: nobody real is behind them.
    pub fn are_invented(&self) -> bool {
        self.invented
    }

    /// All accounts, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.by_id.values()
    }
}

/// Whether this can be the id of an account or a person: it stands in headers, addresses and the log.
pub fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    !id.is_empty() && id.len() <= 64 && id.chars().all(fits)
}

fn resolve(path: &Path, entry: Entry, models: &[&Convenant]) -> Result<Account, AccountsError> {
    let person = entry.persoon.clone().unwrap_or_else(|| entry.id.clone());
    for id in [&entry.id, &person] {
        if !is_id(id) {
            return Err(AccountsError::BadId {
                path: path.to_owned(),
                account: id.clone(),
            });
        }
    }
    if entry.naam.trim().is_empty() || !is_one_line(&entry.naam) {
        return Err(AccountsError::BadName {
            path: path.to_owned(),
            account: entry.id,
        });
    }
    let unknown = |what, name: &str, known: Vec<String>| AccountsError::Unknown {
        path: path.to_owned(),
        account: entry.id.clone(),
        what,
        name: name.to_owned(),
        known,
    };
    let model = models
        .iter()
        .find(|m| m.header.region == entry.regio)
        .ok_or_else(|| {
            let known = models.iter().map(|m| m.header.region.clone()).collect();
            unknown("regio", &entry.regio, known)
        })?;
    let party = model.party_named(&entry.partij).ok_or_else(|| {
        let known = model.parties.iter().map(|p| p.name.clone()).collect();
        unknown("partij", &entry.partij, known)
    })?;
    let role = model.role_named(&entry.rol).ok_or_else(|| {
        let known = model.roles.iter().map(|r| r.name.clone()).collect();
        unknown("rol", &entry.rol, known)
    })?;
    Ok(Account {
        person,
        id: entry.id,
        name: entry.naam,
        region: entry.regio,
        party_name: entry.partij,
        role_name: entry.rol,
        party,
        role,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn model() -> Convenant {
        let text = include_bytes!("../../../convenants/utrecht/utrecht.convenant");
        convenant_lang::check(text).model.unwrap()
    }

    fn parse(text: &str) -> Result<Accounts, AccountsError> {
        let model = model();
        Accounts::parse(Path::new("accounts.yaml"), text, std::iter::once(&model))
    }

    const GOOD: &str = "accounts:\n- id: c.een\n  naam: Coördinatie\n  regio: Utrecht\n  partij: Het Vierde Huis\n  rol: coördinator\n";

    #[test]
    fn an_account_names_a_party_and_a_role_of_its_region() {
        let accounts = parse(GOOD).unwrap();
        assert_eq!(accounts.get("c.een").unwrap().role_name, "coördinator");
        let wrong = parse(&GOOD.replace("coördinator", "burgemeester"))
            .unwrap_err()
            .to_string();
        assert!(
            wrong.contains("rol `burgemeester`") && wrong.contains("aanmelder"),
            "{wrong}"
        );
        let texts = Texts::new();
        let in_words =
            |text: String, language| parse(&text).unwrap_err().in_words(&texts, language);
        let said = in_words(GOOD.replace("coördinator", "burgemeester"), Language::Dutch);
        assert!(
            said.starts_with("accounts.yaml: account `c.een`: de rol `burgemeester` bestaat niet. Kies uit: aanmelder"),
            "{said}"
        );
        let said = in_words(GOOD.replace("c.een", "C Een"), Language::Dutch);
        assert!(said.contains("kleine letters"), "{said}");
        let said = in_words(GOOD.replace("c.een", "C Een"), Language::English);
        assert!(said.contains("lower-case letters"), "{said}");
    }

    #[test]
    fn an_account_is_its_own_person_unless_it_names_another() {
        let own = parse(GOOD).unwrap();
        assert_eq!(own.get("c.een").unwrap().person, "c.een");
        let other = parse(&GOOD.replace("  rol:", "  persoon: jansen.c\n  rol:")).unwrap();
        assert_eq!(other.get("c.een").unwrap().person, "jansen.c");
        let bad = parse(&GOOD.replace("  rol:", "  persoon: C Jansen\n  rol:"));
        assert!(matches!(bad, Err(AccountsError::BadId { .. })));
    }

    #[test]
    fn what_could_hurt_or_mislead_is_refused() {
        let twice = format!("{GOOD}{}", GOOD.trim_start_matches("accounts:\n"));
        assert!(matches!(parse(&twice), Err(AccountsError::Twice { .. })));
        let key_twice = GOOD.replace("  rol:", "  naam: Ander\n  rol:");
        assert!(matches!(
            parse(&key_twice),
            Err(AccountsError::File(FileError::Shape { .. }))
        ));
        let unknown = GOOD.replace("  rol:", "  wachtwoord: x\n  rol:");
        assert!(matches!(
            parse(&unknown),
            Err(AccountsError::File(FileError::Shape { .. }))
        ));
        let bomb = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\naccounts: *b\n";
        assert!(matches!(
            parse(bomb),
            Err(AccountsError::File(FileError::Alias { line: 1, .. }))
        ));
        assert!(matches!(
            parse(&GOOD.replace("c.een", "C Een")),
            Err(AccountsError::BadId { .. })
        ));
        assert!(matches!(
            parse(&GOOD.replace("naam: Coördinatie", "naam: \"a\\r\\nBcc: b\"")),
            Err(AccountsError::BadName { .. })
        ));
        assert!(matches!(
            parse("accounts: 5"),
            Err(AccountsError::File(FileError::Shape { .. }))
        ));
        assert!(matches!(
            parse(""),
            Err(AccountsError::File(FileError::Shape { .. }))
        ));
    }

    #[test]
    fn the_demo_has_an_account_per_role_and_party() {
        let model = model();
        let accounts = Accounts::of_roles(std::iter::once(&model));
        assert!(
            accounts
                .get("utrecht.coordinator.het-vierde-huis")
                .is_some()
        );
        assert!(accounts.get("utrecht.wijkteam.zeist").is_some());
    }
}
