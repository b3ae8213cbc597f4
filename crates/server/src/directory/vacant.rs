//! Roles that nobody fills for a party, today or soon.
//!
//! Input: the directory, the region's file, the convenant's life, a stretch of days. Output: stretches without anybody, per role and party.
//! Invariant: only parties that are members on the day count; a replacement who is there fills the role.

use convenant_engine::{Life, authority};
use convenant_lang::model::{Convenant, Filling, PartyId, RoleId, Who};
use jiff::ToSpan;
use jiff::civil::Date;

use super::Directory;
use super::recipients::{Why, filled};

/// How many days ahead are looked at.
pub const AHEAD: i32 = 30;

/// Days on which nobody fills a role for a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vacant {
    /// Party.
    pub party: PartyId,
    /// Role.
    pub role: RoleId,
    /// First day.
    pub from: Date,
    /// Last day; none when it lasts at least as long as was looked.
    pub through: Option<Date>,
    /// Nobody holds it, or all who do are away.
    pub why: Why,
}

/// The vacancies from `today` on, for `AHEAD` days: by party, role and first day.
pub fn vacant(directory: &Directory, model: &Convenant, life: &Life, today: Date) -> Vec<Vacant> {
    let last = today.saturating_add(AHEAD.days());
    let mut found = Vec::new();
    for party in (0u16..).map(PartyId).take(model.parties.len()) {
        for role in (0u16..).map(RoleId).take(model.roles.len()) {
            // Stretches of one party and role, the latest one last.
            let mut open: Option<Vacant> = None;
            for day in today.series(1.day()).take_while(|day| *day <= last) {
                let why = match may_fill(model, life, role, party, day) {
                    true => filled(directory, model, Who::Role(role), party, day).err(),
                    false => None,
                };
                match (why, &mut open) {
                    (Some(why), Some(stretch)) if stretch.why == why => {}
                    (why, open) => {
                        if let Some(mut ended) = open.take() {
                            ended.through = day.yesterday().ok();
                            found.push(ended);
                        }
                        *open = why.map(|why| Vacant {
                            party,
                            role,
                            from: day,
                            through: None,
                            why,
                        });
                    }
                }
            }
            found.extend(open);
        }
    }
    found
}

/// Whether this party fills this role, in some case, on this day.
fn may_fill(model: &Convenant, life: &Life, role: RoleId, party: PartyId, on: Date) -> bool {
    let Some((of, role)) = model
        .parties
        .get(party.index())
        .zip(model.roles.get(role.index()))
    else {
        return false;
    };
    authority::is_member(model, party, on)
        && !life.has_left(party, on)
        && match &role.filled_by {
            Filling::Parties(list) => list.iter().any(|p| model.successor_on(*p, on) == party),
            Filling::EveryOf(kind) | Filling::OfCase(kind) => of.kind == *kind,
        }
}
