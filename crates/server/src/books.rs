//! The placements of a region, as each version of its file reads them.
//!
//! Input: what the store has booked, and the versions in the order of adoption. Output: a ledger in the ids of a version. Invariants: in the
//! store a party or a scheme has the number under which a version first named it, so that a file may put a new one anywhere; of a party
//! that a version no longer names the placements are its successor's.

use std::collections::HashMap;
use std::sync::Arc;

use convenant_engine::spread::CaseRef;
use convenant_engine::{Answer, Case, Event, EventKind, Ledger, Placement, civil_date};
use convenant_lang::model::{Convenant, PartyId, PartyKind, SchemeId};
use convenant_store::{Booked, Hash, LedgerRow};

/// Placements, with the version of the ledger that a booking must name.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Version in the store.
    pub version: u64,
    /// The placements.
    pub ledger: Ledger,
}

impl Book {
    /// What the store has, in the order in which it was booked.
    pub(crate) fn read(version: u64, rows: Vec<LedgerRow>) -> Book {
        Book {
            version,
            ledger: rows.into_iter().map(entry).collect(),
        }
    }

    /// Takes in what was booked.
    fn place(&mut self, row: LedgerRow) {
        let (case, scheme, placement) = entry(row);
        self.ledger.place(case, scheme, placement);
    }
}

fn entry(row: LedgerRow) -> (CaseRef, SchemeId, Placement) {
    let Booked {
        scheme,
        party,
        neighbourhood,
        on,
        departure,
    } = row.booked;
    let placement = Placement {
        party,
        neighbourhood,
        on,
        seq: row.seq,
        departure,
    };
    (CaseRef(row.stream.0.as_u128()), scheme, placement)
}

/// What the store has, and how each version reads it.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// By number.
    stored: Arc<Book>,
    numbering: Numbering,
    /// The parties of each version, by id.
    parties: HashMap<Hash, Vec<(PartyKind, String)>>,
    read: HashMap<Hash, Read>,
}

#[derive(Debug)]
struct Read {
    names: Names,
    book: Arc<Book>,
}

impl Books {
    /// Begins again with these versions, in the order of adoption; the placements stay.
    pub fn number<'a>(&mut self, versions: impl IntoIterator<Item = (Hash, &'a Convenant)>) {
        self.numbering = Numbering::default();
        self.parties.clear();
        self.read.clear();
        for (hash, version) in versions {
            self.numbering.take_in(version);
            let names = version.parties.iter().map(|p| (p.kind, p.name.clone()));
            self.parties.insert(hash, names.collect());
        }
    }

    /// Whether this version is one of those that were numbered.
    pub fn knows(&self, version: Hash) -> bool {
        self.parties.contains_key(&version)
    }

    /// The party of a version as this model names it: itself, or whoever took over from it.
    pub fn party_in(&self, version: Hash, party: PartyId, model: &Convenant) -> Option<PartyId> {
        let name = self.parties.get(&version)?.get(party.index())?;
        self.numbering
            .party(name, model, self.numbering.successions.len())
    }

    /// The party of this name in any version as this model names it: itself, or whoever took over from it.
    pub fn party_named(&self, name: &str, model: &Convenant) -> Option<PartyId> {
        let known = self.numbering.parties.iter().find(|(_, n)| n == name)?;
        self.numbering
            .party(known, model, self.numbering.successions.len())
    }

    /// Every name that a version has for a party.
    pub fn party_names(&self) -> impl Iterator<Item = &str> {
        self.numbering.parties.iter().map(|(_, name)| name.as_str())
    }

    /// Every party of every version.
    pub fn parties(&self) -> impl Iterator<Item = (Hash, PartyId)> {
        self.parties.iter().flat_map(|(hash, names)| {
            (0u16..)
                .zip(names)
                .map(|(index, _)| (*hash, PartyId(index)))
        })
    }

    /// The number under which the store keeps a party of this model.
    pub fn number_of(&self, party: PartyId, model: &Convenant) -> Option<u16> {
        let party = model.parties.get(party.index())?;
        position(&self.numbering.parties, |n| {
            (n.0, &n.1) == (party.kind, &party.name)
        })
    }

    /// The party with this number as this model names it: itself, or whoever took over from it.
    pub fn party_numbered(&self, number: u16, model: &Convenant) -> Option<PartyId> {
        let name = self.numbering.parties.get(usize::from(number))?;
        self.numbering
            .party(name, model, self.numbering.successions.len())
    }

    /// Every number that a party has.
    pub fn numbers(&self) -> impl Iterator<Item = u16> + use<> {
        (0u16..).take(self.numbering.parties.len())
    }

    /// Begins again with what the store has.
    pub fn replace(&mut self, stored: Book) {
        self.stored = Arc::new(stored);
    }

    /// Takes in what was booked on top of `expected`; false when somebody else came between.
    pub fn add(&mut self, expected: u64, rows: impl IntoIterator<Item = LedgerRow>) -> bool {
        if self.stored.version != expected {
            return false;
        }
        let book = Arc::make_mut(&mut self.stored);
        book.version = expected.saturating_add(1);
        for row in rows {
            book.place(row);
        }
        true
    }

    /// The placements in the ids of a version.
    pub fn read(&mut self, version: Hash, model: &Convenant) -> Arc<Book> {
        let numbering = &self.numbering;
        let read = self.read.entry(version).or_insert_with(|| Read {
            names: numbering.names(model),
            book: Arc::default(),
        });
        if read.names.are_numbers() {
            return self.stored.clone();
        }
        if read.book.version != self.stored.version {
            read.book = Arc::new(Book {
                version: self.stored.version,
                ledger: read.names.ledger(&self.stored.ledger),
            });
        }
        read.book.clone()
    }

    /// What a version books, by number.
    pub fn write(&self, model: &Convenant, placements: Vec<Booked>) -> Vec<Booked> {
        let names = self.numbering.names(model);
        placements
            .into_iter()
            .filter_map(|booked| {
                Some(Booked {
                    scheme: SchemeId(at(&names.scheme_numbers, booked.scheme.index())?),
                    party: PartyId(at(&names.party_numbers, booked.party.index())?),
                    ..booked
                })
            })
            .collect()
    }
}

/// The numbers: the position of each name in the order in which the versions brought them.
#[derive(Debug, Default)]
struct Numbering {
    parties: Vec<(PartyKind, String)>,
    /// Who took over from whom, by name, the latest version last.
    successions: Vec<((PartyKind, String), (PartyKind, String))>,
    schemes: Vec<String>,
}

impl Numbering {
    fn take_in(&mut self, model: &Convenant) {
        for party in &model.parties {
            let name = (party.kind, party.name.clone());
            let successor = party.succession.as_ref();
            if let Some(by) = successor.and_then(|s| model.parties.get(s.by.index())) {
                self.successions
                    .push((name.clone(), (by.kind, by.name.clone())));
            }
            if !self.parties.contains(&name) {
                self.parties.push(name);
            }
        }
        for scheme in &model.schemes {
            if !self.schemes.contains(&scheme.name) {
                self.schemes.push(scheme.name.clone());
            }
        }
    }

    /// How a version names what has a number.
    fn names(&self, model: &Convenant) -> Names {
        let parties = &model.parties;
        Names {
            parties: self
                .parties
                .iter()
                .map(|name| self.party(name, model, self.successions.len()))
                .collect(),
            schemes: self
                .schemes
                .iter()
                .map(|name| model.scheme_named(name))
                .collect(),
            party_numbers: parties
                .iter()
                .map(|party| position(&self.parties, |n| (n.0, &n.1) == (party.kind, &party.name)))
                .collect(),
            scheme_numbers: model
                .schemes
                .iter()
                .map(|scheme| position(&self.schemes, |name| *name == scheme.name))
                .collect(),
        }
    }

    /// The party of this name in a version, or whoever took over from it; `steps` ends a circle.
    fn party(
        &self,
        name: &(PartyKind, String),
        model: &Convenant,
        steps: usize,
    ) -> Option<PartyId> {
        let found = position(&model.parties, |p| (p.kind, &p.name) == (name.0, &name.1));
        if let Some(index) = found {
            return Some(PartyId(index));
        }
        let (_, by) = self.successions.iter().rfind(|(of, _)| of == name)?;
        self.party(by, model, steps.checked_sub(1)?)
    }
}

/// How a version names what has a number.
#[derive(Debug)]
struct Names {
    /// By number.
    parties: Vec<Option<PartyId>>,
    schemes: Vec<Option<SchemeId>>,
    /// By id in the version.
    party_numbers: Vec<Option<u16>>,
    scheme_numbers: Vec<Option<u16>>,
}

impl Names {
    /// Every id is the number: nothing has to be translated.
    fn are_numbers(&self) -> bool {
        let parties = (0u16..).zip(&self.parties);
        let schemes = (0u16..).zip(&self.schemes);
        parties
            .map(|(n, id)| *id == Some(PartyId(n)))
            .chain(schemes.map(|(n, id)| *id == Some(SchemeId(n))))
            .all(|same| same)
    }

    /// A ledger in the ids of the version; placements under what it does not know count for nobody there.
    fn ledger(&self, stored: &Ledger) -> Ledger {
        let named = |(case, scheme, placement): (CaseRef, SchemeId, &Placement)| {
            let scheme = at(&self.schemes, scheme.index())?;
            let party = at(&self.parties, placement.party.index())?;
            let placement = Placement {
                party,
                ..placement.clone()
            };
            Some((case, scheme, placement))
        };
        stored.placements().filter_map(named).collect()
    }
}

fn at<T: Copy>(list: &[Option<T>], index: usize) -> Option<T> {
    list.get(index).copied().flatten()
}

fn position<T>(list: &[T], is: impl Fn(&T) -> bool) -> Option<u16> {
    list.iter()
        .position(is)
        .and_then(|index| u16::try_from(index).ok())
}

/// The placements in these events, as the version of the case books them; `after` is the case when they have happened.
pub fn placements(events: &[Event], after: &Case) -> Vec<Booked> {
    let Some(scheme) = after.scheme else {
        return Vec::new();
    };
    events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Allocated {
                party,
                neighbourhood,
                departure,
                ..
            } => Some(Booked {
                scheme,
                party: *party,
                neighbourhood: neighbourhood.clone(),
                on: civil_date(event.at),
                departure: departure.is_some(),
            }),
            // A home that was accepted moves the placement to its neighbourhood.
            EventKind::Answered {
                answer: Answer::Accepted,
                ..
            } => after.placement.as_ref().map(|placed| Booked {
                scheme,
                party: placed.party,
                neighbourhood: placed.neighbourhood.clone(),
                on: placed.on,
                departure: placed.departure,
            }),
            _ => None,
        })
        .collect()
}
