//! The typed model of one region's convenant: what a `.convenant` file means once every name is
//! resolved and every type checked.
//!
//! Input: the syntax tree (by `lower`). Output: `Convenant`, read by the engine, the proofs and the server.
//! Invariants: every id indexes its own list; every condition is well typed; exact numbers only, no floating
//! point; every clause carries its source (`Meta`).

mod condition;
mod fact;
mod handover;
mod home;
mod notice;
mod party;
mod scheme;
mod term;
mod value;

pub use condition::*;
pub use fact::*;
pub use handover::*;
pub use home::*;
pub use notice::*;
pub use party::*;
pub use scheme::*;
pub use term::*;
pub use value::*;

use serde::{Deserialize, Serialize};

/// A byte range in the source text of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Where a clause comes from: every decision, deadline and report can cite it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The clause in the source text.
    pub span: Span,
    /// `artikel "4.2"`: the article of the signed text.
    pub article: Option<String>,
    /// The lines that start with `>`: the signed text, quoted.
    pub quotes: Vec<String>,
    /// `aanname`: no text states this value.
    pub assumption: bool,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);
        impl $name {
            /// The position in the list that this id indexes.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    /// Index in `Convenant::parties`.
    PartyId,
    /// Index in `Convenant::roles`.
    RoleId,
    /// Index in `Convenant::bodies`.
    BodyId,
    /// Index in `Convenant::facts`; in the conditions of `Homes`, index in `Convenant::matched_facts`.
    FactId,
    /// Index in `Convenant::evidence`.
    EvidenceId,
    /// Index in `Convenant::schemes`.
    SchemeId,
    /// Index in `Homes::rules`.
    HomeRuleId,
    /// Index in `Eligibility::criteria` of a scheme.
    CriterionId,
    /// Index in `Handover::steps` of a scheme.
    StepId,
    /// Index in `Step::tasks` of a step.
    TaskId,
    /// Index in `Step::exits` of a step, or in `Handover::always` for acts possible in every step.
    ExitId,
    /// Index in `Handover::ends` of a scheme.
    EndId,
    /// Index in `Convenant::notices`.
    NoticeId,
    /// Index in `Convenant::digests`.
    DigestId,
}

/// One region's agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convenant {
    /// Title, region, version, calendar.
    pub header: Header,
    /// Signing, duration, entry into force, extension, notice, evaluation, end.
    pub term: Term,
    /// Everybody who signed, supports, withdrew or succeeds.
    pub parties: Vec<Party>,
    /// Roles filled by parties.
    pub roles: Vec<Role>,
    /// Bodies that decide or advise.
    pub bodies: Vec<Body>,
    /// What needs consent, and whose.
    pub consents: Vec<Consent>,
    /// Facts of a case.
    pub facts: Vec<Fact>,
    /// Documents that prove facts.
    pub evidence: Vec<Evidence>,
    /// Homes: what is known of one, and which client one fits.
    #[serde(default)]
    pub homes: Option<Homes>,
    /// One scheme, or several side by side.
    pub schemes: Vec<Scheme>,
    /// Who is told what, when and how.
    pub notices: Vec<Notice>,
    /// Digests that are sent on a schedule.
    pub digests: Vec<Digest>,
    /// `vangnet …`: who is told when nobody else can be.
    #[serde(default)]
    pub last_resort: Option<LastResort>,
    /// Reports, recurring duties, norms.
    pub oversight: Oversight,
    /// For an amendment: what happens to running cases.
    pub transition: Option<Transition>,
}

/// The section `convenant`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Source of the section.
    pub meta: Meta,
    /// The agreement's title.
    pub title: String,
    /// `regio`: the region's name.
    pub region: String,
    /// `versie`: 1 for the first.
    pub version: u32,
    /// `bron`: the text that was signed.
    pub source: Option<String>,
    /// `kalender`: how deadlines count where they do not say so themselves.
    pub calendar: CalendarKind,
    /// `maandeinde`: rounding of month arithmetic.
    pub month_end: MonthEnd,
    /// `wijzigt versie 1 vanaf 1 januari 2019`.
    pub amends: Option<Amends>,
}

/// What an amendment replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amends {
    /// The version that is amended.
    pub version: u32,
    /// First day of the new version.
    pub from: jiff::civil::Date,
}

/// The calendar by which a deadline counts (ATW 5: a convenant declares its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// `atw`: calendar days, with the end moved and padded by the Algemene termijnenwet.
    Atw,
    /// `werkdagen`: a deadline that ends on a day off runs through the next working day.
    WorkingDays,
    /// `kalenderdagen`: every day counts and no end moves.
    CalendarDays,
}

/// Where a month arithmetic lands when the day does not exist (31 January + 1 month).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthEnd {
    /// `maandeinde laatste dag` (the default): 28 or 29 February.
    LastDay,
    /// `maandeinde volgende dag`: 1 March.
    NextDay,
}

impl Convenant {
    /// The party that stands in for `party` on `on`: itself, or its successor once it has ceased
    /// (Wet arhi, art. 44: rights and duties pass to the successor on that date without a deed).
    pub fn successor_on(&self, party: PartyId, on: jiff::civil::Date) -> PartyId {
        successor_on(&self.parties, party, on)
    }

    /// The party with this name, exactly as written in the file.
    pub fn party_named(&self, name: &str) -> Option<PartyId> {
        position(&self.parties, |p| p.name == name).map(PartyId)
    }

    /// The role with this name.
    pub fn role_named(&self, name: &str) -> Option<RoleId> {
        position(&self.roles, |r| r.name == name).map(RoleId)
    }

    /// The body with this name.
    pub fn body_named(&self, name: &str) -> Option<BodyId> {
        position(&self.bodies, |b| b.name == name).map(BodyId)
    }

    /// The fact with this name.
    pub fn fact_named(&self, name: &str) -> Option<FactId> {
        position(&self.facts, |f| f.name == name).map(FactId)
    }

    /// The piece of evidence with this name.
    pub fn evidence_named(&self, name: &str) -> Option<EvidenceId> {
        position(&self.evidence, |e| e.name == name).map(EvidenceId)
    }

    /// The scheme with this name.
    pub fn scheme_named(&self, name: &str) -> Option<SchemeId> {
        position(&self.schemes, |s| s.name == name).map(SchemeId)
    }
}

/// The position of the first item that fits, as the number inside an id.
pub fn position<T>(items: &[T], fits: impl Fn(&T) -> bool) -> Option<u16> {
    items
        .iter()
        .position(fits)
        .and_then(|i| u16::try_from(i).ok())
}
