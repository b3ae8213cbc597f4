//! Who a party is in another version: by name, by the number that the store knows it by, after a merger.
//!
//! Input: a name, a number or an id. Output: the party of the current version, or what it is elsewhere. Invariant: a party that was taken over
//! from is its successor.

use convenant_lang::model::{PartyId, successor_on};
use convenant_store::Hash;
use jiff::civil::Date;

use super::{Region, Version, read};

impl Region {
    /// Who a party of this name, in any version, is on a day: itself, or whoever took over from it.
    pub fn party_today(&self, name: &str, today: Date) -> Option<PartyId> {
        let model = self.current.model();
        let party = read(&self.books).party_named(name, model)?;
        Some(successor_on(&model.parties, party, today))
    }

    /// Every name under which the party that has this one today was ever known, or those that it took over from; this one is among them.
    pub fn names_of(&self, name: &str, today: Date) -> Vec<String> {
        let names: Vec<String> = read(&self.books).party_names().map(str::to_owned).collect();
        let party = self.party_today(name, today);
        let same = |other: &String| {
            other == name || party.is_some() && self.party_today(other, today) == party
        };
        names.into_iter().filter(same).collect()
    }

    /// The number under which the store keeps a party of a version.
    pub fn number_of(&self, version: &Version, party: PartyId) -> Option<u16> {
        read(&self.books).number_of(party, version.model())
    }

    /// The party of the current version that has this number, or that took over from it by this day.
    pub fn party_numbered(&self, number: u16, today: Date) -> Option<PartyId> {
        let model = self.current.model();
        let party = read(&self.books).party_numbered(number, model)?;
        Some(successor_on(&model.parties, party, today))
    }

    /// The numbers of a party of the current version, and of those that it took over from by this day.
    pub fn numbers_of(&self, party: PartyId, today: Date) -> Vec<u16> {
        let numbers = read(&self.books).numbers();
        numbers
            .filter(|number| self.party_numbered(*number, today) == Some(party))
            .collect()
    }

    /// What a party of the current version, with those that it took over from by this day, is in each version.
    pub fn in_every_version(&self, party: PartyId, today: Date) -> Vec<(Hash, PartyId)> {
        let model = self.current.model();
        let books = read(&self.books);
        let same = |(hash, id): &(Hash, PartyId)| {
            let now = books.party_in(*hash, *id, model);
            now.is_some_and(|now| now == party || successor_on(&model.parties, now, today) == party)
        };
        books.parties().filter(same).collect()
    }
}
