//! For whom a home counts, against where its client is placed and where the client must not go.
//!
//! Input: a case and a home, under the version of the case. Output: what is wrong with the pair, with its clause. Invariant: a party that merged
//! counts as its successor, on both sides; what is not known is not wrong.

use convenant_engine::{Case, Secret};
use convenant_lang::model::{Meta, PartyId, Spreading, Value};
use convenant_store::HomeRow;
use jiff::civil::Date;

use super::values;
use crate::regions::{Region, Version};

/// A home and a case whose scheme spreads over the parties of homes.
pub struct Counts<'a> {
    version: &'a Version,
    case: &'a Case,
    spreading: &'a Spreading,
    party: PartyId,
    on: Date,
}

impl<'a> Counts<'a> {
    /// None where nothing is spread, or it is not known for whom the home counts.
    pub fn of(
        region: &Region,
        version: &'a Version,
        case: &'a Case,
        home: &HomeRow,
        on: Date,
    ) -> Option<Counts<'a>> {
        let scheme = case.scheme?;
        let values = values(region, version, home, on);
        Some(Counts {
            version,
            case,
            spreading: version.program.scheme(scheme)?.spreading.as_ref()?,
            party: version.program.homes_on(scheme, on)?.party_of(&values)?,
            on,
        })
    }

    /// The party to which the case is allocated, when the home counts for another one.
    pub fn elsewhere(&self) -> Option<(PartyId, &'a Meta)> {
        let own = self.case.parties.get(self.spreading.over as usize);
        let own = self.today(own.copied().flatten()?);
        (own != self.party).then_some((own, &self.spreading.meta))
    }

    /// The clause by which the client must not go to the party of the home.
    pub fn barred(&self) -> Option<&'a Meta> {
        let names = |(clause, fact): &'a (Meta, _)| {
            let fact: convenant_lang::model::FactId = *fact;
            match self.case.facts.get(fact.index()) {
                Some(Some((Secret::Value(Value::Party(there)), _))) => {
                    (self.today(*there) == self.party).then_some(clause)
                }
                _ => None,
            }
        };
        self.spreading.contra_indications.iter().find_map(names)
    }

    fn today(&self, party: PartyId) -> PartyId {
        self.version.model().successor_on(party, self.on)
    }
}
