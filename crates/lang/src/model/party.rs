//! The section `partijen`: parties, their membership and succession, roles and bodies.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BodyId, Meta, PartyId, RoleId};

/// Kinds of party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// `gemeente`.
    Municipality,
    /// `woningcorporatie`.
    HousingCorporation,
    /// `zorgaanbieder`.
    CareProvider,
    /// `dienstverlener`.
    ServiceOrganisation,
    /// `coördinatiepunt`.
    CoordinationPoint,
    /// `organisatie`: any other.
    Organisation,
}

impl PartyKind {
    /// Every kind, in declaration order; `kind as usize` indexes it.
    pub const ALL: [PartyKind; 6] = [
        PartyKind::Municipality,
        PartyKind::HousingCorporation,
        PartyKind::CareProvider,
        PartyKind::ServiceOrganisation,
        PartyKind::CoordinationPoint,
        PartyKind::Organisation,
    ];

    /// The keyword in the language.
    pub fn keyword(self) -> &'static str {
        match self {
            PartyKind::Municipality => "gemeente",
            PartyKind::HousingCorporation => "woningcorporatie",
            PartyKind::CareProvider => "zorgaanbieder",
            PartyKind::ServiceOrganisation => "dienstverlener",
            PartyKind::CoordinationPoint => "coördinatiepunt",
            PartyKind::Organisation => "organisatie",
        }
    }
}

/// One party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Source.
    pub meta: Meta,
    /// Name, as written.
    pub name: String,
    /// Kind.
    pub kind: PartyKind,
    /// Signed, supports or withdrew.
    pub standing: Standing,
    /// `vanaf`: first day of membership, when not that of the convenant.
    pub from: Option<Date>,
    /// `tot`: first day after membership.
    pub until: Option<Date>,
    /// `ondertekend op`: the day this party signed.
    pub signed: Option<Date>,
    /// `onder voorbehoud van goedkeuring door "raad van commissarissen"`.
    pub subject_to_approval: Option<String>,
    /// `opgevolgd door X voor grondgebied Y`.
    pub succession: Option<Succession>,
    /// `grondgebied`: names of territories, when they are not the party's own name.
    pub territory: Vec<String>,
    /// Numbers with a reference date: `inwoners 14.900 op 1 januari 2017`.
    pub attributes: Vec<Attribute>,
    /// `centrumgemeente [tot DATUM]`: the special role, and the first day after it.
    pub central: Option<Central>,
}

impl Party {
    /// Whether the file makes this party a member on this day: it signed, its membership has begun, and it has neither
    /// ended nor passed to a successor. What happened later (signing, leaving) is the convenant's own life.
    pub fn member_on(&self, on: Date) -> bool {
        let stands = match self.standing {
            Standing::Signatory => true,
            Standing::Supporter | Standing::Withdrawn(None) => false,
            Standing::Withdrawn(Some(left)) => on < left,
        };
        let succeeded = self
            .succession
            .as_ref()
            .is_some_and(|succession| succession.from <= on);
        stands
            && !succeeded
            && self.from.is_none_or(|from| from <= on)
            && self.until.is_none_or(|until| on < until)
    }
}

/// Standing of a party towards the convenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// `ondertekenaar` (the default).
    Signatory,
    /// `ondersteuner`: supports, did not sign; no duties, fills no role, takes no share.
    Supporter,
    /// `teruggetrokken [op DATUM]`: withdrew.
    Withdrawn(Option<Date>),
}

/// Central municipality, until a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Central {
    /// First day after.
    pub until: Option<Date>,
}

/// Who takes over, from when, for which territory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// The successor.
    pub by: PartyId,
    /// First day of the successor.
    pub from: Date,
    /// `voor grondgebied X`.
    pub territory: Vec<String>,
}

/// The party that stands in for `party` on `on`: itself, or its successor once it has ceased
/// (Wet arhi, art. 44: rights and duties pass to the successor on that date without a deed).
pub fn successor_on(parties: &[Party], party: PartyId, on: Date) -> PartyId {
    let mut current = party;
    // Bounded by the number of parties: the checker refuses cycles, a hand-made model may not.
    for _ in 0..parties.len() {
        let next = parties
            .get(current.index())
            .and_then(|party| party.succession.as_ref())
            .filter(|succession| succession.from <= on)
            .map(|succession| succession.by);
        match next {
            Some(by) => current = by,
            None => break,
        }
    }
    current
}

/// A number of a party with its reference date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Source.
    pub meta: Meta,
    /// Name (`inwoners`, `woningvoorraad`).
    pub name: String,
    /// Whole number.
    pub value: u64,
    /// `op DATUM`.
    pub on: Option<Date>,
}

/// A role and who fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Who fills it.
    pub filled_by: Filling,
}

/// Who fills a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filling {
    /// `is "Het Vierde Huis"` or `is A of B`.
    Parties(Vec<PartyId>),
    /// `is elke zorgaanbieder`.
    EveryOf(PartyKind),
    /// `is gemeente van de zaak`: the party of this kind to which the case is assigned.
    OfCase(PartyKind),
}

/// A body that decides or advises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// `overleg` or `commissie`, as written.
    pub word: String,
    /// Who sits in it.
    pub members: Vec<Member>,
    /// How it decides.
    pub rule: BodyRule,
    /// `adviseert` rather than `besluit`.
    pub advises: bool,
}

/// A seat in a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// One party.
    Party(PartyId),
    /// Every party of a kind.
    EveryOf(PartyKind),
    /// Whoever fills a role.
    Role(RoleId),
}

/// How a body decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyRule {
    /// `één lid`: any member speaks for it.
    One,
    /// `bij meerderheid`: more than half of the members.
    Majority,
    /// `unaniem`: all members.
    All,
}

/// `instemming voor wijziging: alle partijen, schriftelijk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Source.
    pub meta: Meta,
    /// For what.
    pub of: ConsentFor,
    /// Whose.
    pub by: ConsentBy,
    /// `schriftelijk`.
    pub in_writing: bool,
}

/// What needs consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentFor {
    /// `wijziging`.
    Amendment,
    /// `beëindiging`: early end.
    Termination,
    /// `toetreding`.
    Joining,
    /// `uittreding`.
    Leaving,
    /// `verlenging`.
    Extension,
    /// `plafond`: another ceiling.
    Ceiling,
}

/// Whose consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBy {
    /// `alle partijen`.
    AllParties,
    /// A body.
    Body(BodyId),
    /// An outside body, by name: `"de gemeenteraad"`.
    Outside(String),
}

/// Who acts or is told: a role or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever fills the role.
    Role(RoleId),
    /// The body.
    Body(BodyId),
}
