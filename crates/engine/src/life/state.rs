//! The life of a convenant as data: state, commands, events, timers and what notifications are about.

use convenant_lang::model::{ConsentFor, Convenant, PartyId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Actor, Moment};

/// The life of a convenant: a fold of its events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Life {
    /// Number of events folded in: the version for optimistic concurrency.
    pub seq: u32,
    /// The facts of the file about its own signing are in the log.
    pub established: bool,
    /// By `PartyId`: the day on which the party signed; shorter lists mean not signed.
    pub signed: Vec<Option<Date>>,
    /// By `PartyId`: the day on which the outside body approved that must.
    pub approved: Vec<Option<Date>>,
    /// First day in force.
    pub in_force: Option<Date>,
    /// First day after the term; none while it is open or not in force.
    pub until: Option<Date>,
    /// How often the term was extended.
    pub extensions: u32,
    /// The parties were told that the last day for notice has come, for the term with this many extensions.
    pub notice_closed: Option<u32>,
    /// Reminders of that day that went out: number of extensions, index.
    #[serde(default)]
    pub notice_reminded: Vec<(u32, u16)>,
    /// Notice given: by whom, on which day, and the first day on which it has effect.
    pub notices: Vec<(PartyId, Date, Date)>,
    /// Consents given and not used yet.
    pub consents: Vec<Given>,
    /// Evaluations and duties: the next occurrence of each.
    pub obligations: Vec<Obligation>,
    /// The day on which each was last done.
    pub performed: Vec<(ObligationRef, Date)>,
    /// The end was brought forward: it is not extended.
    pub ends_early: bool,
    /// The term has ended.
    pub ended: bool,
}

impl Life {
    /// Whether the convenant is in force on this day: a case can be opened.
    pub fn is_in_force(&self, on: Date) -> bool {
        !self.ended
            && self.in_force.is_some_and(|from| from <= on)
            && self.until.is_none_or(|until| on < until)
    }

    /// Whether this party has left by giving notice.
    pub fn has_left(&self, party: PartyId, on: Date) -> bool {
        self.notices
            .iter()
            .any(|&(who, _, from)| who == party && from <= on)
    }

    /// Whether this party takes part in cases on this day, as far as the life goes: it has not left, and has been approved where the file
    /// binds it only then (`onder voorbehoud van goedkeuring`).
    pub fn takes_part(&self, model: &Convenant, party: PartyId, on: Date) -> bool {
        let reserved = model
            .parties
            .get(party.index())
            .is_some_and(|found| found.subject_to_approval.is_some());
        let approved = self.approved_on(party).is_some_and(|day| day <= on);
        !self.has_left(party, on) && (approved || !reserved)
    }

    /// The day on which the party signed.
    pub fn signed_on(&self, party: PartyId) -> Option<Date> {
        self.signed.get(party.index()).copied().flatten()
    }

    /// The day on which the party's outside body approved.
    pub fn approved_on(&self, party: PartyId) -> Option<Date> {
        self.approved.get(party.index()).copied().flatten()
    }
}

/// A consent that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// For what.
    pub to: ConsentFor,
    /// By which party, for itself or as a member of the body.
    pub party: PartyId,
    /// On behalf of this outside body (`"de gemeenteraad"`).
    pub outside: Option<String>,
    /// In writing.
    pub in_writing: bool,
    /// The day.
    pub on: Date,
}

/// An evaluation or duty of the convenant itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Which.
    pub of: ObligationRef,
    /// Number of the occurrence, from 1.
    pub number: u32,
    /// The day on which it falls.
    pub opens: Date,
    /// The last day on which it is done in time.
    pub due: Date,
    /// The parties were told that it has fallen due.
    pub announced: bool,
    /// It was not done in time.
    pub overdue: bool,
    /// A bit per reminder that went out.
    #[serde(default)]
    pub reminded: u32,
    /// How many rungs of its ladder were reached.
    #[serde(default)]
    pub climbed: u16,
    /// When the last of them was.
    #[serde(default)]
    pub reached: Option<Moment>,
}

/// Which evaluation or duty of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationRef {
    /// Index in `Term::evaluations`.
    Evaluation(u16),
    /// Index in `Oversight::duties`.
    Duty(u16),
}

/// A request to change the life of a convenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeCommand {
    /// Put what the file says about its own signing and entry into force in the log. Only the clock sends it, at
    /// every start; it changes nothing when it is there.
    Establish,
    /// The actor's party signed on this day.
    Sign {
        /// Not after today.
        on: Date,
    },
    /// The outside body approved the signature of the actor's party (`onder voorbehoud van goedkeuring`).
    Approve {
        /// Not after today.
        on: Date,
    },
    /// An evaluation of the convenant was held, or a duty was done.
    Perform {
        /// Which.
        obligation: ObligationRef,
    },
    /// The actor's party gives notice.
    GiveNotice {
        /// Why.
        motivation: String,
    },
    /// The actor's party consents, for itself, as a member of the body or on behalf of the outside body that must.
    Consent {
        /// To what.
        to: ConsentFor,
        /// In writing.
        in_writing: bool,
        /// On behalf of this outside body.
        outside: Option<String>,
    },
    /// Extend the term, where the file leaves that to a body: every vote counts as consent to extension.
    Extend,
    /// End the convenant early; refused until everybody who must has consented.
    EndEarly {
        /// First day after the term.
        from: Date,
        /// Why.
        motivation: String,
    },
    /// A rung of an escalation ladder stayed unread for as long as the file says: the next one is reached early. Only the clock sends it;
    /// see [`crate::life_unread_at`].
    Unread {
        /// Of which evaluation or duty.
        obligation: ObligationRef,
        /// The rung that stayed unread.
        rung: u16,
    },
    /// A timer is due. Only the clock sends it; refused as `Stale` when the timer does not exist.
    Fire {
        /// Which timer.
        timer: LifeTimer,
    },
}

/// What happened in the life of a convenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LifeEvent {
    /// When it was recorded.
    pub at: Moment,
    /// By whom.
    pub by: Actor,
    /// What.
    pub kind: LifeEventKind,
}

impl LifeEvent {
    /// Every party that it names: an id of the version under which it was written.
    pub fn parties_mut(&mut self) -> impl Iterator<Item = &mut PartyId> {
        let by = match &mut self.by {
            Actor::Person { party, .. } => Some(party),
            Actor::Clock => None,
        };
        let about = match &mut self.kind {
            LifeEventKind::Signed { party, .. }
            | LifeEventKind::Approved { party, .. }
            | LifeEventKind::NoticeGiven { party, .. } => Some(party),
            LifeEventKind::Consented { consent } => Some(&mut consent.party),
            _ => None,
        };
        by.into_iter().chain(about)
    }
}

/// What happened in the life of a convenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeEventKind {
    /// What the file says is in the log.
    Established,
    /// A party signed.
    Signed {
        /// Which.
        party: PartyId,
        /// The day.
        on: Date,
    },
    /// The outside body approved the signature of a party.
    Approved {
        /// Which party.
        party: PartyId,
        /// The day.
        on: Date,
    },
    /// The convenant entered into force.
    EnteredIntoForce {
        /// First day.
        on: Date,
        /// First day after the term; none when it is open.
        until: Option<Date>,
    },
    /// The next occurrence of an evaluation or duty is known.
    Scheduled {
        /// Which, and when.
        obligation: Obligation,
    },
    /// An evaluation or duty fell due.
    FellDue {
        /// Which.
        obligation: ObligationRef,
    },
    /// It was not done in time.
    Overdue {
        /// Which.
        obligation: ObligationRef,
    },
    /// A reminder of it went out.
    Reminded {
        /// Which.
        obligation: ObligationRef,
        /// Index in its reminders.
        reminder: u16,
    },
    /// A rung of its escalation ladder was reached.
    Escalated {
        /// Which.
        obligation: ObligationRef,
        /// Index in its ladder.
        rung: u16,
        /// Early, because the rung before it stayed unread.
        unread: bool,
    },
    /// A reminder of the last day for notice went out.
    NoticeReminded {
        /// Index in the reminders.
        reminder: u16,
    },
    /// An evaluation was held or a duty done.
    Performed {
        /// Which.
        obligation: ObligationRef,
        /// Number of the occurrence.
        number: u32,
        /// The day.
        on: Date,
        /// Whether that was in time.
        in_time: bool,
    },
    /// An evaluation or duty recurs no more within the term.
    Finished {
        /// Which.
        obligation: ObligationRef,
    },
    /// A party gave notice.
    NoticeGiven {
        /// Which party.
        party: PartyId,
        /// The day.
        on: Date,
        /// First day on which it has effect.
        from: Date,
        /// Why.
        motivation: String,
    },
    /// The last day on which notice could be given has come.
    NoticeClosed,
    /// A party consented.
    Consented {
        /// The consent.
        consent: Given,
    },
    /// The term was extended.
    Extended {
        /// First day after the term, from now on.
        until: Date,
        /// Of itself, because nobody gave notice.
        silently: bool,
    },
    /// The term will end early.
    EndMoved {
        /// First day after the term, from now on.
        until: Date,
        /// Why.
        motivation: String,
    },
    /// The term ended.
    Ended,
}

/// Timers of a convenant's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeTimer {
    /// Entry into force on a date.
    Entry,
    /// An evaluation or duty falls due: which, and the number of the occurrence.
    FallsDue(ObligationRef, u32),
    /// It passes.
    Passes(ObligationRef, u32),
    /// A reminder of it: which, the number of the occurrence, index.
    Reminder(ObligationRef, u32, u16),
    /// A rung after it: which, the number of the occurrence, index.
    Rung(ObligationRef, u32, u16),
    /// The last day on which notice can be given has come, for the term with this many extensions.
    Notice(u32),
    /// A reminder of that day: number of extensions, index.
    NoticeReminder(u32, u16),
    /// The term ends, or is silently extended.
    End,
}

/// What a notification of a convenant's life is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeCause {
    /// It entered into force.
    EnteredIntoForce,
    /// An evaluation or duty fell due.
    FellDue(ObligationRef),
    /// An evaluation or duty was not done in time.
    Overdue(ObligationRef),
    /// An evaluation or duty comes near: which, and the reminder.
    Reminder(ObligationRef, u16),
    /// An evaluation or duty is still not done: which, and the rung.
    Escalation(ObligationRef, u16),
    /// A party gave notice.
    NoticeGiven(PartyId),
    /// The last day for notice comes near.
    NoticeReminder(u16),
    /// The last day for notice has come.
    NoticeCloses,
    /// The term was extended.
    Extended,
    /// The term will end early.
    EndMoved,
    /// The term ended.
    Ended,
}
