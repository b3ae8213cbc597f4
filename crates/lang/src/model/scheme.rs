//! A scheme (`regeling`): eligibility, spreading and handover that belong together.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Condition, Duration, FactId, Handover, Meta, PartyId, PartyKind, SchemeId, Who};

/// One scheme; a file without `regeling` has exactly one, named after the region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheme {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Who it is for.
    pub eligibility: Eligibility,
    /// How placements are spread; a scheme may have none.
    pub spreading: Option<Spreading>,
    /// The steps.
    pub handover: Handover,
    /// How it relates to other schemes.
    pub relations: Vec<Relation>,
}

/// How schemes relate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// `alleen na afwijzing onder X`.
    OnlyAfterRefusal {
        /// Source.
        meta: Meta,
        /// The other scheme.
        under: SchemeId,
    },
    /// `niet na afwijzing onder X binnen 3 jaar`: no case opens within that time, whatever the reason was.
    NotAfterRefusal {
        /// Source.
        meta: Meta,
        /// The other scheme, or this one.
        under: SchemeId,
        /// How long.
        within: Duration,
    },
}

/// The section `doelgroep`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eligibility {
    /// Source.
    pub meta: Meta,
    /// Criteria (all needed) and exclusions (none may hold), in the order of the file.
    pub criteria: Vec<Criterion>,
    /// `besluit door X`; without it the actors of the step decide.
    pub decided_by: Option<Who>,
    /// `advies van X`: needed before the decision.
    pub advice: Vec<Who>,
    /// `bezwaar bij X binnen 6 weken`, or `geen bezwaar`.
    pub objection: Option<Objection>,
    /// `hardheidsclausule door X`: may decide otherwise, with a motivation.
    pub hardship: Option<(Meta, Who)>,
}

/// A criterion or an exclusion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Text in quotes.
    pub label: Option<String>,
    /// Criterion or exclusion.
    pub polarity: Polarity,
    /// What decides it.
    pub test: Test,
}

/// Whether a clause is needed or excludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// `criterium`: must hold.
    Required,
    /// `uitsluiting`: must not hold.
    Excluding,
}

/// What decides a criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A condition over facts.
    Condition(Condition),
    /// `oordeel van X`: an open norm; unknown until X has judged, with a motivation.
    Judgement(Who),
}

/// `bezwaar bij X binnen 6 weken`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objection {
    /// Source.
    pub meta: Meta,
    /// Who decides on it.
    pub by: Who,
    /// Within which time after the decision it must be made.
    pub within: Duration,
}

/// The section `spreiding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spreading {
    /// Source.
    pub meta: Meta,
    /// `woningen` or `plaatsingen`: what is spread.
    pub unit: String,
    /// Over which parties.
    pub over: PartyKind,
    /// Per which period.
    pub period: SpreadPeriod,
    /// Total per period.
    pub target: Option<SpreadTarget>,
    /// Shares. A percentage of an attribute without `sleutel` is divided by that attribute.
    pub key: ShareKey,
    /// `aandeel Utrecht 60%`: fixed shares taken off before the key; in ten-thousandths of a percent.
    pub fixed_shares: Vec<(PartyId, i64)>,
    /// `afronden`.
    pub rounding: Rounding,
    /// `voorkeur a, anders b, anders c`.
    pub preference: Vec<Preference>,
    /// `contra-indicatie a, b`: facts that name a party where the client must not go.
    #[serde(default)]
    pub contra_indications: Vec<(Meta, FactId)>,
    /// `capaciteit …`: the attribute of a party that says how many it can take in a period.
    #[serde(default)]
    pub capacity: Option<(Meta, String)>,
    /// `toetreding …`: the part of a party that joins within a period.
    #[serde(default)]
    pub joining: MidPeriod,
    /// `uittreding …`: the part of a party that leaves within a period.
    #[serde(default)]
    pub leaving: MidPeriod,
    /// `tekort …`: shortfall.
    pub shortfall: CarryOver,
    /// `overschot …`: surplus.
    pub surplus: CarryOver,
    /// `restant vrijgeven na X`: unused room is released to all this long before the period ends.
    pub release: Option<Duration>,
    /// `hoogstens 2 per wijk per 12 maanden`.
    pub caps: Vec<Cap>,
    /// `gemeente bepaald door X`.
    pub decided_by: Option<Who>,
    /// `woning gezocht door X`.
    pub home_found_by: Option<Who>,
    /// `afwijken met motivering [door X]`: a departure from the preference is possible; by whom.
    pub departure: Option<Departure>,
    /// Where the clauses above come from that do not carry their own source.
    pub sources: SpreadingSources,
}

/// Sources of the clauses of `spreiding` that are plain values; the source of the section where a clause is not written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpreadingSources {
    /// `woningen over gemeenten per kalenderjaar`.
    pub over: Meta,
    /// `sleutel`.
    pub key: Meta,
    /// `aandeel`, in the order of `fixed_shares`.
    pub fixed_shares: Vec<Meta>,
    /// `afronden`.
    pub rounding: Meta,
    /// `voorkeur`.
    pub preference: Meta,
    /// `toetreding`.
    #[serde(default)]
    pub joining: Meta,
    /// `uittreding`.
    #[serde(default)]
    pub leaving: Meta,
    /// `tekort`.
    pub shortfall: Meta,
    /// `overschot`.
    pub surplus: Meta,
    /// `restant vrijgeven`.
    pub release: Meta,
}

/// Period over which is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpreadPeriod {
    /// `per kalenderjaar`.
    Year,
    /// `per halfjaar`.
    HalfYear,
    /// `per kwartaal`.
    Quarter,
    /// `per maand`.
    Month,
    /// `over de looptijd`.
    Term,
}

/// `doel 120`, `verplichting 120`, `plafond 120`, or `25% van vrijkomende woningen, peildatum …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpreadTarget {
    /// Source.
    pub meta: Meta,
    /// How binding.
    pub force: TargetForce,
    /// How many.
    pub amount: TargetAmount,
}

/// How binding a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetForce {
    /// `doel`: aim.
    Aim,
    /// `verplichting`: obligation.
    Obligation,
    /// `plafond`: a ceiling that is not passed.
    Ceiling,
}

/// How many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetAmount {
    /// A number per period.
    Count(u32),
    /// A percentage of the attribute (`vrijkomende-woningen`), summed over the parties, at its reference date.
    ShareOf {
        /// In ten-thousandths of a percent.
        percentage: i64,
        /// Attribute's name.
        attribute: String,
        /// `peildatum`.
        on: Option<Date>,
    },
}

/// How a total is divided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareKey {
    /// `sleutel inwoners`: by an attribute of the parties.
    Attribute(String),
    /// `sleutel gelijk`: all the same.
    Equal,
    /// `sleutel tabel { Utrecht 60 … }`: negotiated numbers; shares are number / sum.
    Table(Vec<(PartyId, u32)>),
}

/// Apportionment methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// `grootste rest` (the default): largest remainder (Hamilton).
    LargestRemainder,
    /// `sainte-laguë`.
    SainteLague,
    /// `d'hondt`.
    DHondt,
}

/// One preference in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// A fact of a party type: `herkomst`, `netwerk`.
    Fact(FactId),
    /// `grootste achterstand`: the party furthest behind its target.
    FurthestBehind,
}

/// What a party that joins or leaves within a period counts for in that period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MidPeriod {
    /// `telt bij volgende periode` (the default): the parts of the first day stay.
    #[default]
    NextPeriod,
    /// `naar rato`: by the days of the period on which it is a member; the others take the rest.
    ProRata,
}

/// What happens to a shortfall or surplus at the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryOver {
    /// `vervalt` (the default).
    Lapses,
    /// `meenemen naar volgende periode` (or `volgend jaar`).
    Carries,
}

/// `hoogstens 2 per wijk per 12 maanden`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cap {
    /// Source.
    pub meta: Meta,
    /// How many.
    pub at_most: u32,
    /// Per what.
    pub per: CapPer,
    /// Within which sliding window before the placement.
    pub within: Duration,
    /// `afwijken met motivering`.
    pub departure: bool,
}

/// Per what a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapPer {
    /// `per wijk`: neighbourhood.
    Neighbourhood,
    /// `per gemeente`: party.
    Party,
}

/// `afwijken met motivering door X`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Departure {
    /// Source.
    pub meta: Meta,
    /// By whom; none means whoever fixes the municipality.
    pub by: Option<Who>,
}
