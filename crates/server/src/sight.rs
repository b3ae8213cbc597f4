//! Who may see which fact of a case: need to know, by role, on a day.
//!
//! Input: a case, an account or nobody, a fact. Output: yes or no. Invariants: nobody sees a value without a role in the case;
//! a fact with `voor` is for those roles and bodies only; a special-category fact without it is for who supplies it.

use convenant_engine::{Case, authority};
use convenant_lang::model::{Convenant, Fact, PartyId, PrivacyClass, RoleId, Who};
use jiff::civil::Date;

use crate::accounts::Account;

/// Somebody who looks at a case, in the ids of the case's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Party.
    pub party: PartyId,
    /// Role.
    pub role: RoleId,
}

impl Viewer {
    /// The account as a viewer under this model; none when it is of another region, or the version lacks its role.
    pub fn of(account: Option<&Account>, model: &Convenant) -> Option<Viewer> {
        let account = account.filter(|a| a.region == model.header.region)?;
        Some(Viewer {
            party: model.party_named(&account.party_name)?,
            role: model.role_named(&account.role_name)?,
        })
    }

    /// Whether it has a role in this case on this day. Of parties of one kind only the one to which the case belongs has.
    pub fn is_involved(self, model: &Convenant, case: &Case, on: Date) -> bool {
        let kind = model.parties.get(self.party.index()).map(|p| p.kind);
        let other = kind
            .and_then(|kind| authority::party_of_case(model, case, kind, on))
            .is_some_and(|party| party != self.party);
        !other && authority::fills(model, case, self.role, self.party, on)
    }

    /// Whether it may see this fact.
    pub fn may_see(self, model: &Convenant, case: &Case, fact: &Fact, on: Date) -> bool {
        if !self.is_involved(model, case, on) {
            return false;
        }
        let among = |whos: &[Who]| whos.iter().any(|who| self.is(model, case, *who, on));
        if !fact.visible_to.is_empty() {
            return among(&fact.visible_to);
        }
        fact.class != PrivacyClass::Special || among(&fact.supplied_by)
    }

    fn is(self, model: &Convenant, case: &Case, who: Who, on: Date) -> bool {
        match who {
            Who::Role(role) => role == self.role,
            Who::Body(_) => authority::parties_of(model, case, who, on).contains(&self.party),
        }
    }
}
