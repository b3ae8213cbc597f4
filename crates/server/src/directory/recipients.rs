//! Who is told: from a notification to a role or body of parties, to people who are there today.
//!
//! Input: the directory, a notification with its case, a day. Output: `Recipients`, each person once, in the order of their ids, with
//! every capacity in which they are told. Order of preference per party: who holds the role (or whoever replaces them), somebody else of
//! that party who acts in the current step, the last resort. Invariant: as long as anybody has a role at a member party there is somebody;
//! nobody who is away is told, unless everybody is.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use convenant_engine::{Case, Cause, Life, Notification, Place, authority};
use convenant_lang::model::{Convenant, Filling, Member, PartyId, RoleId, Step, Who};
use jiff::civil::Date;

use super::{Directory, HeldRole, Person};

/// A notification, with what decides who gets it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The version under which the case runs.
    pub model: &'a Convenant,
    /// The case; an empty one for the convenant's own life.
    pub case: &'a Case,
    /// The convenant's life: who has left.
    pub life: &'a Life,
    /// To which role or body of which parties.
    pub told: &'a Notification,
    /// The day of delivery.
    pub today: Date,
    /// `vangnet`: who is told when nobody else can be.
    pub last_resort: Option<Who>,
}

/// Who is told, and where nobody was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// By id, each once.
    pub to: Vec<Recipient>,
    /// Seats that nobody fills today.
    pub vacancies: Vec<Vacancy>,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub person: Arc<Person>,
    /// As what, the strongest first; never empty.
    pub capacities: Vec<Capacity>,
}

impl Recipient {
    /// The strongest reason to be told.
    pub fn via(&self) -> Option<&Via> {
        self.capacities.first().map(|c| &c.via)
    }
}

/// As what somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capacity {
    /// How it came to this person.
    pub via: Via,
    /// The role or body, and the party: this person's own, or that of the person who is replaced.
    pub held: HeldRole,
}

/// How a message came to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Holds the role or body that is told.
    Role,
    /// Replaces who holds it.
    Replacement {
        /// Id of the person who is away.
        of: String,
        /// Last day of the absence.
        until: Date,
    },
    /// Acts for the same party, where nobody holds the role today.
    Party {
        /// Why not the one who holds it.
        why: Why,
    },
    /// Nobody of the party could be told.
    LastResort {
        /// Why not.
        why: Why,
    },
}

/// Why the holder of a role is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Nobody holds it.
    Vacant,
    /// Everybody who holds it is away, without a replacement who is there.
    Away,
    /// The party left the convenant, without a successor.
    Left,
    /// No party fills the role in this case.
    NoParty,
    /// Everybody in the directory is away: they find it when they are back.
    EverybodyAway,
}

/// A role or body that nobody fills for a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vacancy {
    /// Party.
    pub party: PartyId,
    /// Role or body.
    pub who: Who,
    /// Nobody holds it, or all who do are away.
    pub why: Why,
}

/// Whoever is to be told of a notification on a day.
pub fn recipients(directory: &Directory, asked: &Asked<'_>) -> Recipients {
    let mut search = Search {
        directory,
        asked: *asked,
        away_too: false,
    };
    let mut found = search.everybody();
    if found.people.is_empty() {
        search.away_too = true;
        found.people = search.everybody().people;
    }
    found.into_recipients()
}

/// Whether somebody fills a role or body for a party on a day, themselves or through a replacement; else why not.
pub fn filled(
    directory: &Directory,
    model: &Convenant,
    who: Who,
    party: PartyId,
    on: Date,
) -> Result<(), Why> {
    let mut why = Why::Vacant;
    for tier in holders(directory, model, who, party) {
        if tier
            .iter()
            .any(|(person, _)| present(directory, person, on).is_some())
        {
            return Ok(());
        }
        if !tier.is_empty() {
            why = Why::Away;
        }
    }
    Err(why)
}

/// The person themselves when they are there, else the first in the chain of replacements who is; none when that ends or goes round.
pub fn present<'d>(
    directory: &'d Directory,
    person: &'d Arc<Person>,
    on: Date,
) -> Option<&'d Arc<Person>> {
    let mut current = person;
    // A chain without a circle is no longer than the directory.
    for _ in 0..directory.people.len() {
        let Some(absence) = current.absent_on(on) else {
            return Some(current);
        };
        current = directory.people.get(absence.replacement.as_deref()?)?;
    }
    None
}

/// Somebody with the role by which they are found.
type Holder<'d> = (&'d Arc<Person>, &'d HeldRole);

/// The people of a party who fill a role or body, in tiers of preference: for a body those who hold it by name, then those in a role that
/// sits in it; where the party itself sits in it, everybody with a role for that party.
fn holders<'d>(
    directory: &'d Directory,
    model: &Convenant,
    who: Who,
    party: PartyId,
) -> Vec<Vec<Holder<'d>>> {
    let Some(of) = model.parties.get(party.index()) else {
        return Vec::new();
    };
    let named = |name: &str| directory.holding(|h| h.party == of.name && h.role == name);
    let role = |id: RoleId| model.roles.get(id.index()).map(|r| r.name.as_str());
    match who {
        Who::Role(id) => role(id).map(|name| vec![named(name)]).unwrap_or_default(),
        Who::Body(id) => {
            let Some(body) = model.bodies.get(id.index()) else {
                return Vec::new();
            };
            let mut sitting = Vec::new();
            for member in &body.members {
                match member {
                    Member::Role(id) => {
                        sitting.extend(role(*id).map(named).into_iter().flatten());
                    }
                    Member::Party(p) if *p == party => {
                        sitting.extend(of_party(directory, model, party))
                    }
                    Member::EveryOf(kind) if *kind == of.kind => {
                        sitting.extend(of_party(directory, model, party));
                    }
                    Member::Party(_) | Member::EveryOf(_) => {}
                }
            }
            vec![named(&body.name), sitting]
        }
    }
}

/// Everybody with a role (not only a body) for a party.
fn of_party<'d>(directory: &'d Directory, model: &Convenant, party: PartyId) -> Vec<Holder<'d>> {
    let Some(of) = model.parties.get(party.index()) else {
        return Vec::new();
    };
    directory.holding(|h| h.party == of.name && model.role_named(&h.role).is_some())
}

struct Search<'a> {
    directory: &'a Directory,
    asked: Asked<'a>,
    /// Absences do not count any more.
    away_too: bool,
}

impl Search<'_> {
    /// Tells every party, and the last resort for those of which nobody could be told.
    fn everybody(&self) -> Found {
        let mut found = Found::default();
        let parties = &self.asked.told.parties;
        let mut unreached = Vec::new();
        for party in parties {
            unreached.extend(self.seat(*party, &mut found).err());
        }
        if parties.is_empty() {
            unreached.push(Why::NoParty);
        }
        let instead = |why| match self.away_too {
            true => Why::EverybodyAway,
            false => why,
        };
        for why in unreached {
            // Whoever holds the role is the best of those who find it later.
            if !self.away_too || found.people.is_empty() {
                self.last_resort(instead(why), &mut found);
            }
        }
        found
    }

    /// Tells a party; why not, when nobody of it can be told.
    fn seat(&self, told: PartyId, found: &mut Found) -> Result<(), Why> {
        let Asked {
            model, today, case, ..
        } = self.asked;
        let successor = || model.successor_on(told, today);
        let party = [told, successor()]
            .into_iter()
            .find(|p| self.is_member(*p))
            .ok_or(Why::Left)?;
        let who = self.asked.told.to;
        let tiers = holders(self.directory, model, who, party);
        let late = self.away_too.then_some(Via::LastResort {
            why: Why::EverybodyAway,
        });
        let late = late.as_ref();
        if tiers.iter().any(|tier| self.reach(tier, late, found)) {
            return Ok(());
        }
        let held = tiers.iter().any(|tier| !tier.is_empty());
        let why = if held { Why::Away } else { Why::Vacant };
        found.vacancies.push(Vacancy { party, who, why });
        let via = Via::Party { why };
        let colleagues = match (current_step(model, case), self.asked.told.cause) {
            (Some(step), _) => step
                .actors
                .iter()
                .flat_map(|actor| holders(self.directory, model, *actor, party))
                .flatten()
                .collect(),
            (None, Cause::Life(_)) => of_party(self.directory, model, party),
            (None, _) => Vec::new(),
        };
        if self.reach(&colleagues, late.or(Some(&via)), found) {
            Ok(())
        } else {
            Err(why)
        }
    }

    /// Tells the last resort: the file's `vangnet`; else the coordinator and after that the other roles in that order; of a role of every
    /// party of a kind only the first party with somebody is told, because a message that nobody expects goes to few. Else the first who
    /// has a role at a member party.
    fn last_resort(&self, why: Why, found: &mut Found) {
        let Asked {
            model, case, today, ..
        } = self.asked;
        let via = Via::LastResort { why };
        let named = self.asked.last_resort.into_iter();
        for who in named.chain(roles_by_steps(model).into_iter().map(Who::Role)) {
            let narrow = self.asked.last_resort != Some(who) && every_of_kind(model, who);
            let mut told = false;
            for party in authority::parties_of(model, case, who, today) {
                if self.is_member(party) && !(narrow && told) {
                    let tiers = holders(self.directory, model, who, party);
                    told |= tiers.iter().any(|t| self.reach(t, Some(&via), found));
                }
            }
            if told {
                return;
            }
        }
        let anybody = self.directory.holding(|h| {
            let party = model.party_named(&h.party);
            party.is_some_and(|p| self.is_member(p))
        });
        for holder in anybody {
            if self.reach(&[holder], Some(&via), found) {
                return;
            }
        }
    }

    fn is_member(&self, party: PartyId) -> bool {
        let Asked {
            model, life, today, ..
        } = self.asked;
        authority::is_member(model, party, today) && !life.has_left(party, today)
    }

    /// Tells these people, or whoever replaces them; true when that is anybody. Without `via` they hold what is told.
    fn reach(&self, people: &[Holder<'_>], via: Option<&Via>, found: &mut Found) -> bool {
        let mut any = false;
        for &(holder, held) in people {
            let away = holder
                .absent_on(self.asked.today)
                .filter(|_| !self.away_too);
            let told = match away {
                Some(_) => present(self.directory, holder, self.asked.today),
                None => Some(holder),
            };
            let Some(person) = told else { continue };
            let via = match (via, away) {
                (Some(via), _) => via.clone(),
                (None, None) => Via::Role,
                (None, Some(absence)) => Via::Replacement {
                    of: holder.id.clone(),
                    until: absence.through,
                },
            };
            any = true;
            found.add(
                person,
                Capacity {
                    via,
                    held: held.clone(),
                },
            );
        }
        any
    }
}

fn current_step<'m>(model: &'m Convenant, case: &Case) -> Option<&'m Step> {
    let Place::Step(step) = case.place else {
        return None;
    };
    let scheme = model.schemes.get(case.scheme?.index())?;
    scheme.handover.steps.get(step.index())
}

/// The role that coordinates: it keeps the directory, and is the last resort where the file names none. Of the roles that named parties
/// fill the one that acts in the most steps; where no role is like that, one of a party of the case, else one of every party of a kind.
pub fn coordinator(model: &Convenant) -> Option<RoleId> {
    roles_by_steps(model).first().copied()
}

/// Roles in the order in which `coordinator` prefers them.
fn roles_by_steps(model: &Convenant) -> Vec<RoleId> {
    let steps = || model.schemes.iter().flat_map(|s| &s.handover.steps);
    let acts = |id: RoleId| {
        let acting = steps().filter(|step| step.actors.contains(&Who::Role(id)));
        acting.count()
    };
    let breadth = |id: RoleId| match model.roles.get(id.index()).map(|r| &r.filled_by) {
        Some(Filling::Parties(_)) => 0,
        Some(Filling::OfCase(_)) => 1,
        _ => 2,
    };
    let mut roles: Vec<RoleId> = (0u16..).map(RoleId).take(model.roles.len()).collect();
    roles.sort_by_key(|id| (breadth(*id), Reverse(acts(*id)), *id));
    roles
}

fn every_of_kind(model: &Convenant, who: Who) -> bool {
    let Who::Role(id) = who else { return false };
    let role = model.roles.get(id.index());
    role.is_some_and(|r| matches!(r.filled_by, Filling::EveryOf(_)))
}

/// What was found so far.
#[derive(Default)]
struct Found {
    people: BTreeMap<String, Recipient>,
    vacancies: Vec<Vacancy>,
}

impl Found {
    fn add(&mut self, person: &Arc<Person>, capacity: Capacity) {
        let entry = self
            .people
            .entry(person.id.clone())
            .or_insert_with(|| Recipient {
                person: person.clone(),
                capacities: Vec::new(),
            });
        if !entry.capacities.contains(&capacity) {
            entry.capacities.push(capacity);
        }
    }

    fn into_recipients(self) -> Recipients {
        let mut to: Vec<Recipient> = self.people.into_values().collect();
        for recipient in &mut to {
            recipient.capacities.sort();
        }
        Recipients {
            to,
            vacancies: self.vacancies,
        }
    }
}
