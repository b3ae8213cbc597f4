//! Why a command is refused: a domain answer with a reason and an article, not a failure.

use convenant_lang::model::{EvidenceId, FactId, Meta, TaskId, Who};
use serde::{Deserialize, Serialize};

/// A refusal. Changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The clause that it rests on.
    pub clause: Option<Meta>,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The case has not been opened.
    NotOpened,
    /// The case is open already.
    AlreadyOpened,
    /// The case has ended.
    Ended,
    /// The convenant is not in force on this day: no case opens.
    NotInForce,
    /// The command names something that the version of this case does not have.
    Unknown {
        /// What, in the words of the language (`stap`, `feit`, `taak`, …).
        what: String,
    },
    /// The act does not belong to the step in which the case is.
    NotHere,
    /// The actor's party does not fill the role on this day.
    NotInRole {
        /// The role that was claimed.
        role: convenant_lang::model::RoleId,
    },
    /// The role may not do this.
    NotAllowed {
        /// Who may.
        may: Vec<Who>,
    },
    /// Only the clock may do this, or the clock may not.
    ClockOnly,
    /// A motivation is needed.
    MotivationNeeded,
    /// A value of the wrong type, or out of range.
    WrongValue {
        /// Which fact.
        fact: FactId,
    },
    /// The fact is known with another value: correct it instead.
    AlreadyKnown {
        /// Which fact.
        fact: FactId,
    },
    /// The fact is not known yet: supply it instead.
    NotKnown {
        /// Which fact.
        fact: FactId,
    },
    /// The step is not complete.
    Incomplete {
        /// Facts still missing.
        facts: Vec<FactId>,
        /// Evidence still missing or too old.
        evidence: Vec<EvidenceId>,
        /// Tasks still open.
        tasks: Vec<TaskId>,
    },
    /// A deciding fact or judgement is missing.
    Undecided {
        /// Facts.
        facts: Vec<FactId>,
        /// Judgements.
        criteria: Vec<convenant_lang::model::CriterionId>,
    },
    /// Advice is needed first.
    AdviceNeeded {
        /// Of whom.
        of: Vec<Who>,
    },
    /// The condition of the act does not hold, or is not known to.
    ConditionNotMet {
        /// Facts still missing; empty when it is known not to hold.
        missing: Vec<FactId>,
    },
    /// The body has decided or the member has voted otherwise already.
    AlreadyVoted,
    /// There is no open offer, or there is one already.
    Offer,
    /// Too early: not before this day.
    TooEarly {
        /// First day on which it is possible.
        from: jiff::civil::Date,
    },
    /// The number of times that the file allows is used up.
    UsedUp,
    /// The clock of this step cannot be suspended, or is suspended already, or is not suspended.
    Suspension,
    /// A person who must attend was not there.
    Absent {
        /// Who.
        who: Vec<Who>,
    },
    /// The party cannot be allocated: no member on this day, no share, or a ceiling is reached.
    NotAllocatable,
    /// A cap per neighbourhood or party would be passed, and the file allows no departure.
    CapReached,
    /// The other scheme must have refused first, or has refused too recently.
    OtherScheme,
    /// The timer no longer exists, or is not due yet.
    Stale,
    /// A deadline cannot be counted: the holidays of that year are not known, or the result is out of range.
    NotCountable,
    /// A day that cannot be: in the future, or outside the term.
    WrongDay,
    /// Consents are missing: of these parties, or of the outside body with this name.
    ConsentNeeded {
        /// Parties that have not consented.
        of: Vec<convenant_lang::model::PartyId>,
        /// Outside bodies that have not consented.
        outside: Vec<String>,
        /// Consent must be in writing.
        in_writing: bool,
    },
    /// The party did not or cannot sign.
    NotAParty,
}
