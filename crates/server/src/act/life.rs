//! What a party does in the convenant's own life: `{"ondertekening": {"op": "2017-09-04"}}`, `"verlenging"`, `{"plicht": "jaarverslag"}`.
//!
//! Input: JSON and the model. Output: the engine's `LifeCommand`. Invariant: every name and date is resolved here; one that does not fit is
//! an error that says what was expected.

use convenant_engine::{LifeCommand, ObligationRef};
use convenant_lang::model::{ConsentFor, Convenant};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{ActError, Reasoned, date, list, reason};

/// An act in the convenant's own life, for the party of whoever does it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LifeAct {
    /// The party has signed.
    Ondertekening(Dated),
    /// The outside body has approved the signature of the party.
    Goedkeuring(Dated),
    /// An evaluation of the convenant was held.
    Evaluatie(Numbered),
    /// A duty was done, by its name.
    Plicht(String),
    /// The party gives notice.
    Opzegging(Reasoned),
    /// The party consents, for itself or for the outside body that must.
    Instemming(Consenting),
    /// The party votes for extension of the term; the vote that carries it extends it.
    Verlenging,
    /// The convenant ends early, once everybody who must has consented.
    #[serde(rename = "beëindiging", alias = "beeindiging")]
    Beeindiging(Ending),
}

/// Something that happened on a day.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    /// The day, not after today; today when absent.
    #[schema(example = "2017-09-04")]
    pub op: Option<String>,
}

/// One of several without a name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// Which one of the file, counted from 1; the first when absent.
    pub nummer: Option<u16>,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consenting {
    /// To what.
    pub voor: ConsentTo,
    /// In writing.
    #[serde(default)]
    pub schriftelijk: bool,
    /// For this outside body, by the name that the file gives it.
    pub namens: Option<String>,
}

/// What can be consented to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentTo {
    /// Another version.
    Wijziging,
    /// Early end.
    #[serde(rename = "beëindiging", alias = "beeindiging")]
    Beeindiging,
    /// A party joins.
    Toetreding,
    /// A party leaves.
    Uittreding,
    /// Extension of the term.
    Verlenging,
    /// Another ceiling of a spreading.
    Plafond,
}

/// An early end.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// First day after the term.
    #[schema(example = "2019-07-01")]
    pub per: String,
    /// Why.
    pub motivering: Option<String>,
}

/// Words whose content may be left out.
const MAY_BE_BARE: [&str; 3] = ["ondertekening", "goedkeuring", "evaluatie"];

impl LifeAct {
    /// Reads an act from JSON, with the short spellings.
    pub fn from_json(json: Json) -> Result<LifeAct, ActError> {
        let full = match json {
            Json::String(word) if MAY_BE_BARE.contains(&word.as_str()) => {
                serde_json::json!({ word: {} })
            }
            other => other,
        };
        serde_json::from_value(full).map_err(|e| ActError::Shape(e.to_string()))
    }

    /// The engine's command for this act.
    pub fn command(&self, model: &Convenant, today: Date) -> Result<LifeCommand, ActError> {
        let on = |dated: &Dated| match &dated.op {
            Some(day) => date(model, "op", day),
            None => Ok(today),
        };
        Ok(match self {
            LifeAct::Ondertekening(dated) => LifeCommand::Sign { on: on(dated)? },
            LifeAct::Goedkeuring(dated) => LifeCommand::Approve { on: on(dated)? },
            LifeAct::Evaluatie(numbered) => LifeCommand::Perform {
                obligation: evaluation(model, numbered.nummer.unwrap_or(1))?,
            },
            LifeAct::Plicht(name) => LifeCommand::Perform {
                obligation: duty(model, name)?,
            },
            LifeAct::Opzegging(reasoned) => LifeCommand::GiveNotice {
                motivation: reason(reasoned)?,
            },
            LifeAct::Instemming(given) => LifeCommand::Consent {
                to: match given.voor {
                    ConsentTo::Wijziging => ConsentFor::Amendment,
                    ConsentTo::Beeindiging => ConsentFor::Termination,
                    ConsentTo::Toetreding => ConsentFor::Joining,
                    ConsentTo::Uittreding => ConsentFor::Leaving,
                    ConsentTo::Verlenging => ConsentFor::Extension,
                    ConsentTo::Plafond => ConsentFor::Ceiling,
                },
                in_writing: given.schriftelijk,
                outside: given.namens.clone(),
            },
            LifeAct::Verlenging => LifeCommand::Extend,
            LifeAct::Beeindiging(ending) => LifeCommand::EndEarly {
                from: date(model, "per", &ending.per)?,
                motivation: ending
                    .motivering
                    .clone()
                    .ok_or(ActError::Missing("motivering"))?,
            },
        })
    }
}

fn evaluation(model: &Convenant, number: u16) -> Result<ObligationRef, ActError> {
    let evaluations = &model.term.evaluations;
    let index = number.checked_sub(1);
    index
        .filter(|index| usize::from(*index) < evaluations.len())
        .map(ObligationRef::Evaluation)
        .ok_or_else(|| ActError::Unknown {
            what: "evaluatie",
            name: number.to_string(),
            known: (1..=evaluations.len())
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

fn duty(model: &Convenant, name: &str) -> Result<ObligationRef, ActError> {
    let duties = &model.oversight.duties;
    (0u16..)
        .zip(duties)
        .find(|(_, duty)| duty.name == name)
        .map(|(n, _)| ObligationRef::Duty(n))
        .ok_or_else(|| ActError::Unknown {
            what: "plicht",
            name: name.to_owned(),
            known: list(duties.iter().map(|duty| duty.name.as_str())),
        })
}
