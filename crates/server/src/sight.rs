//! Who may see which fact of a case: need to know, by role, on a day.
//!
//! Input: a case, an account or nobody, a fact. Output: yes or no. Invariants: nobody sees a value without a role in the case, or
//! before the party is bound;
//! a fact with `voor` is for those roles and bodies only; a special-category fact without it is for who supplies it.

use convenant_engine::{Case, Life, authority};
use convenant_lang::model::{Convenant, Fact, PartyId, PrivacyClass, RoleId, Who};
use jiff::civil::Date;

use crate::accounts::Account;
use crate::regions::Region;

/// Somebody who looks at a case, in the ids of the case's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Party.
    pub party: PartyId,
    /// Role.
    pub role: RoleId,
    /// The party has not left, and awaits no approval.
    takes_part: bool,
}

impl Viewer {
    /// The account as a viewer under this version of the region, on a day; none when it is of another region, or the version lacks
    /// its role.
    pub fn of(
        account: Option<&Account>,
        region: &Region,
        model: &Convenant,
        on: Date,
    ) -> Option<Viewer> {
        let account = account.filter(|a| a.region == model.header.region)?;
        Viewer::named(&account.role_name, &account.party_name, region, model, on)
    }

    /// Somebody who acts for a party in a role, both by name; none when the version lacks either.
    pub fn named(
        role: &str,
        party: &str,
        region: &Region,
        model: &Convenant,
        on: Date,
    ) -> Option<Viewer> {
        // The convenant's life knows the parties of the current version.
        let current = region.current.model();
        let id = model.party_named(party)?;
        let takes_part = match current.party_named(party) {
            Some(known) => region.life().takes_part(current, known, on),
            None => Life::default().takes_part(model, id, on),
        };
        Some(Viewer {
            party: id,
            role: model.role_named(role)?,
            takes_part,
        })
    }

    /// Whether it has a role in this case on this day. Of parties of one kind only the one to which the case belongs has; one that
    /// awaits approval or has left has none.
    pub fn is_involved(self, model: &Convenant, case: &Case, on: Date) -> bool {
        if !self.takes_part {
            return false;
        }
        !authority::is_elsewhere(model, case, self.party, on)
            && authority::fills(model, case, self.role, self.party, on)
    }

    /// Whether its party takes part in the convenant: it is a member, has not left, and awaits no approval.
    pub fn takes_part(self, model: &Convenant, on: Date) -> bool {
        self.takes_part && authority::is_member(model, self.party, on)
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

    /// Whether it is one of these on this day, whatever the case; its party takes part.
    pub fn is_among(self, model: &Convenant, whos: &[Who], on: Date) -> bool {
        self.acts_as(model, &Case::default(), whos, on)
    }

    /// Whether it acts as one of these in this case on this day, by the rule by which a command is authorised.
    pub fn acts_as(self, model: &Convenant, case: &Case, whos: &[Who], on: Date) -> bool {
        self.takes_part
            && authority::fills(model, case, self.role, self.party, on)
            && whos.iter().any(|who| self.is(model, case, *who, on))
    }

    fn is(self, model: &Convenant, case: &Case, who: Who, on: Date) -> bool {
        let in_role = match who {
            Who::Role(role) => role == self.role,
            Who::Body(_) => true,
        };
        in_role && authority::parties_of(model, case, who, on).contains(&self.party)
    }
}
