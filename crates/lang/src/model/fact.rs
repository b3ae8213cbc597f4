//! The section `gegevens`: facts of a case and the evidence for them.

use serde::{Deserialize, Serialize};

use super::{Condition, Duration, Meta, Type, Who};

/// A fact of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Type.
    pub kind: Type,
    /// `per maand`, `kamers`: the unit, for the reader.
    pub unit: Option<String>,
    /// The text in quotes: what it means, as a question or a label.
    pub label: Option<String>,
    /// `van X`: who supplies it, besides the steps that say `levert`.
    pub supplied_by: Vec<Who>,
    /// `voor X en Y`: who may see it; empty means everybody with a role in the case.
    pub visible_to: Vec<Who>,
    /// Privacy class.
    pub class: PrivacyClass,
    /// `bewaren 15 jaar`: how long after the case ends.
    pub keep: Option<Duration>,
    /// `in meldingen toegestaan`: may stand in a mail.
    pub fit_for_mail: bool,
}

/// Privacy class (AVG art. 4 and 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyClass {
    /// `gewoon` (the default).
    Ordinary,
    /// `persoonsgegeven`.
    Personal,
    /// `bijzonder`: special category, need to know only.
    Special,
}

/// A document: `bewijs inkomensverklaring …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Source.
    pub meta: Meta,
    /// Name.
    pub name: String,
    /// Text in quotes.
    pub label: Option<String>,
    /// `van X`: who supplies it.
    pub supplied_by: Vec<Who>,
    /// `afgegeven door "Belastingdienst"`.
    pub issuer: Option<String>,
    /// `hoogstens 6 maanden oud`.
    pub max_age: Option<Duration>,
    /// `indien …`: needed only then.
    pub needed_if: Option<Condition>,
}
