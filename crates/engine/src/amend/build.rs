//! What an amendment makes of the cases of the version before, worked out once per pair of versions.
//!
//! Input: both programs. Output: per scheme the translation of its ids and what each step comes to. Invariant: a named step beats
//! the default; a step without a counterpart that is not named stays where it is, under its own version.

use convenant_lang::model::{
    Convenant, Fact, Handover, Party, PartyId, Scheme, SchemeId, Step, StepId, Target, Test,
    Transition, Type, position,
};
use jiff::civil::Date;

use super::loss::{Loss, excepted, losses};
use super::names::{Wording, marks, outcomes, pair, same_deadlines, same_exit};
use super::translation::{
    DeadlineTranslation, ExitTranslation, FactTranslation, StepTranslation, TaskTranslation,
    Translation,
};
use crate::{DeadlineRef, Placement, Program};

/// What an amendment makes of running cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    pub(super) version: u32,
    pub(super) from: Date,
    pub(super) courses: Vec<Option<Course>>,
    losses: Vec<Loss>,
}

/// What it makes of the cases of one scheme.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    pub words: Translation,
    /// By step of the old version.
    pub fates: Vec<Fate>,
    /// Deadlines of the new version that an exception allows to get earlier.
    pub freed: Vec<DeadlineRef>,
}

/// What becomes of a case in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays under the old version.
    Stays,
    /// It goes on in the step of the same name.
    GoesOn,
    /// It goes to another step, or ends.
    GoesTo(Target),
}

/// Why two versions are no amendment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationError {
    /// The new version amends nothing.
    NoAmendment {
        /// The new version.
        version: u32,
    },
    /// The new version amends another version than this one.
    OtherVersion {
        /// Which it amends.
        amends: u32,
        /// Which this is.
        found: u32,
    },
    /// The versions are of different regions.
    OtherRegion {
        /// The region of the old version.
        old: String,
        /// The region of the new version.
        new: String,
    },
    /// `overgang` names a step that the old version does not have.
    UnknownStep {
        /// As written.
        name: String,
    },
}

impl std::fmt::Display for MigrationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MigrationError::NoAmendment { version } => write!(
                f,
                "version {version} amends no other; write `wijzigt versie … vanaf …` and a section `overgang`"
            ),
            MigrationError::OtherVersion { amends, found } => write!(
                f,
                "`wijzigt versie {amends}`, but the version before is {found}; hold it against version {amends}"
            ),
            MigrationError::OtherRegion { old, new } => write!(
                f,
                "the version before is of region `{old}` and the new one of `{new}`; both must be of one region"
            ),
            MigrationError::UnknownStep { name } => write!(
                f,
                "`overgang` names step `{name}`, which the version before does not have; write a step of that version"
            ),
        }
    }
}

impl std::error::Error for MigrationError {}

/// Works out what the new version makes of the running cases of the old one.
pub fn migration(old: &Program, new: &Program) -> Result<Migration, MigrationError> {
    let (was, is) = (old.model(), new.model());
    let (Some(amends), Some(transition)) = (is.header.amends, &is.transition) else {
        return Err(MigrationError::NoAmendment {
            version: is.header.version,
        });
    };
    if amends.version != was.header.version {
        return Err(MigrationError::OtherVersion {
            amends: amends.version,
            found: was.header.version,
        });
    }
    if was.header.region != is.header.region {
        return Err(MigrationError::OtherRegion {
            old: was.header.region.clone(),
            new: is.header.region.clone(),
        });
    }
    known_steps(was, is, transition)?;
    let mut courses = Vec::new();
    for scheme in &was.schemes {
        let to = is.scheme_named(&scheme.name);
        let found = to.and_then(|id| Some((id, is.schemes.get(id.index())?)));
        courses.push(found.map(|(id, new_scheme)| {
            let both = Both {
                was,
                is,
                old: scheme,
                new: new_scheme,
            };
            both.course(id, amends.from, transition)
        }));
    }
    let losses = losses(old, new, amends.from, transition, &courses);
    Ok(Migration {
        version: is.header.version,
        from: amends.from,
        courses,
        losses,
    })
}

/// Every step on the left of `overgang` is one of the old version: of the scheme that the target is of, or of any.
fn known_steps(
    was: &Convenant,
    is: &Convenant,
    transition: &Transition,
) -> Result<(), MigrationError> {
    let has = |scheme: &Scheme, name: &str| scheme.handover.steps.iter().any(|s| s.name == name);
    for (name, to, _) in &transition.steps {
        let scheme = is.schemes.get(to.index()).map(|scheme| &scheme.name);
        if !was
            .schemes
            .iter()
            .any(|s| Some(&s.name) == scheme && has(s, name))
        {
            return Err(MigrationError::UnknownStep { name: name.clone() });
        }
    }
    for name in &transition.stays {
        if !was.schemes.iter().any(|scheme| has(scheme, name)) {
            return Err(MigrationError::UnknownStep { name: name.clone() });
        }
    }
    Ok(())
}

impl Migration {
    /// The first day of the new version.
    pub fn from(&self) -> Date {
        self.from
    }

    /// The number of the new version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What cases that move lose: duties that fall away and deadlines that are shorter. A running deadline keeps its later end all the
    /// same, unless an exception names it.
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// A placement that was booked under the old version, in the ids of the new one: the books of a region run on.
    pub fn placement(
        &self,
        scheme: SchemeId,
        placement: &Placement,
    ) -> Option<(SchemeId, Placement)> {
        let words = &self.course(scheme)?.words;
        let party = words.party(placement.party)?;
        Some((
            words.scheme,
            Placement {
                party,
                ..placement.clone()
            },
        ))
    }

    pub(super) fn course(&self, scheme: SchemeId) -> Option<&Course> {
        self.courses.get(scheme.index())?.as_ref()
    }
}

/// A scheme in both versions.
struct Both<'a> {
    was: &'a Convenant,
    is: &'a Convenant,
    old: &'a Scheme,
    new: &'a Scheme,
}

impl<'a> Both<'a> {
    fn course(&self, id: SchemeId, from: Date, transition: &Transition) -> Course {
        let words = self.words(id, from);
        let fates = self
            .old
            .handover
            .steps
            .iter()
            .map(|step| self.fate(id, step, transition))
            .collect();
        let freed = super::loss::duties(self.old)
            .into_iter()
            .filter(|(_, name)| excepted(&transition.exceptions, name))
            .filter_map(|(of, _)| words.deadline(of).map(|(to, _)| to))
            .collect();
        Course {
            words,
            fates,
            freed,
        }
    }

    fn fate(&self, id: SchemeId, step: &Step, transition: &Transition) -> Fate {
        let same = self.step_named(&step.name);
        let named = transition
            .steps
            .iter()
            .find(|(name, scheme, _)| *name == step.name && *scheme == id);
        if let Some((.., target)) = named {
            return match (*target, same) {
                (Target::Step(to), Some(same)) if to == same => Fate::GoesOn,
                (target, _) => Fate::GoesTo(target),
            };
        }
        if transition.moves && same.is_some() && !transition.stays.contains(&step.name) {
            return Fate::GoesOn;
        }
        Fate::Stays
    }

    fn step_named(&self, name: &str) -> Option<StepId> {
        position(&self.new.handover.steps, |s| s.name == name).map(StepId)
    }

    fn words(&self, scheme: SchemeId, from: Date) -> Translation {
        let (was, is) = (self.was, self.is);
        let handovers = (&self.old.handover, &self.new.handover);
        let judged = |test: &Test| matches!(test, Test::Judgement(_));
        let criteria = pair(
            &self.old.eligibility.criteria,
            &self.new.eligibility.criteria,
            |a, b| a.name == b.name && judged(&a.test) == judged(&b.test),
        );
        let bodies = pair(&was.bodies, &is.bodies, |a, b| a.name == b.name);
        let evidence = pair(&was.evidence, &is.evidence, |a, b| a.name == b.name);
        let always = pair(&handovers.0.always, &handovers.1.always, same_exit);
        Translation {
            scheme,
            parties: parties(was, is, from),
            roles: was.roles.iter().map(|r| is.role_named(&r.name)).collect(),
            bodies: ids(bodies, convenant_lang::model::BodyId),
            facts: was.facts.iter().map(|fact| fact_in(is, fact)).collect(),
            evidence: ids(evidence, convenant_lang::model::EvidenceId),
            criteria: ids(criteria, convenant_lang::model::CriterionId),
            steps: handovers
                .0
                .steps
                .iter()
                .map(|step| self.step_words(step))
                .collect(),
            always: ids(always, convenant_lang::model::ExitId),
            deadlines: self.deadline_words(&handovers.0.deadlines, &handovers.1.deadlines, false),
            objection: self.new.eligibility.objection.is_some(),
        }
    }

    fn step_words(&self, old: &Step) -> Option<StepTranslation> {
        let to = self.step_named(&old.name)?;
        let new = self.new.handover.steps.get(to.index())?;
        let tasks = pair(&old.tasks, &new.tasks, |a, b| a.name == b.name);
        let tasks = tasks.into_iter().zip(&old.tasks).map(|(to, was)| {
            let to = to?;
            let is = new.tasks.get(usize::from(to))?;
            let deadline = was.deadline.as_ref().zip(is.deadline.as_ref());
            Some(TaskTranslation {
                to: convenant_lang::model::TaskId(to),
                deadline: deadline.map(|(was, is)| marks(was, is)),
            })
        });
        let exits = pair(&old.exits, &new.exits, same_exit);
        let exits = exits.into_iter().zip(&old.exits).map(|(to, was)| {
            let to = to?;
            let is = new.exits.get(usize::from(to))?;
            Some(ExitTranslation {
                to: convenant_lang::model::ExitId(to),
                outcomes: outcomes(was, is),
            })
        });
        let who = |who| self.who_name(self.was, who);
        let other = |who| self.who_name(self.is, who);
        Some(StepTranslation {
            to,
            tasks: tasks.collect(),
            exits: exits.collect(),
            deadlines: self.deadline_words(&old.deadlines, &new.deadlines, true),
            evaluations: pair(&old.evaluations, &new.evaluations, |a, b| {
                who(a.by) == other(b.by)
            }),
        })
    }

    fn who_name(&self, model: &'a Convenant, who: convenant_lang::model::Who) -> Option<&'a str> {
        use convenant_lang::model::Who;
        match who {
            Who::Role(role) => model.roles.get(role.index()).map(|r| r.name.as_str()),
            Who::Body(body) => model.bodies.get(body.index()).map(|b| b.name.as_str()),
        }
    }

    fn deadline_words(
        &self,
        old: &[convenant_lang::model::Deadline],
        new: &[convenant_lang::model::Deadline],
        with_main: bool,
    ) -> Vec<Option<DeadlineTranslation>> {
        let wording = |model, handover: &'a Handover| Wording { model, handover };
        let old_in = wording(self.was, &self.old.handover);
        let new_in = wording(self.is, &self.new.handover);
        let pairs = same_deadlines((old, old_in), (new, new_in), with_main);
        let translated = pairs.into_iter().zip(old).map(|(to, was)| {
            let to = to?;
            let is = new.get(usize::from(to))?;
            Some(DeadlineTranslation {
                to,
                marks: marks(was, is),
            })
        });
        translated.collect()
    }
}

fn ids<T>(pairs: Vec<Option<u16>>, id: impl Fn(u16) -> T) -> Vec<Option<T>> {
    pairs.into_iter().map(|to| to.map(&id)).collect()
}

/// Parties by name and kind; one that the new version no longer has is found under the name of whoever succeeded it by then.
fn parties(was: &Convenant, is: &Convenant, from: Date) -> Vec<Option<PartyId>> {
    let named = |party: &Party| {
        position(&is.parties, |p| {
            p.name == party.name && p.kind == party.kind
        })
    };
    (0..=u16::MAX)
        .map(PartyId)
        .zip(&was.parties)
        .map(|(id, party)| {
            let successor = was.parties.get(was.successor_on(id, from).index());
            let found = named(party).or_else(|| named(successor?));
            found.map(PartyId)
        })
        .collect()
}

/// The fact of the same name, type and unit.
fn fact_in(is: &Convenant, old: &Fact) -> Option<FactTranslation> {
    let to = is.fact_named(&old.name)?;
    let new = is.facts.get(to.index())?;
    if old.unit != new.unit {
        return None;
    }
    let options = match (&old.kind, &new.kind) {
        (Type::Choice(old), Type::Choice(new)) => pair(old, new, |a, b| a == b),
        (a, b) if a == b => Vec::new(),
        _ => return None,
    };
    Some(FactTranslation { to, options })
}
