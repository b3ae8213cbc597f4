//! What a person does, in the words of the convenant: `{"taak": "intake"}`, `"gereed"`, `{"feiten": {…}}`.
//!
//! Input: JSON (of the API, or of a scenario) and the model and case it is about. Output: the engine's `Command`.
//! Invariants: every name is resolved here, so that the engine sees ids only; an unknown name or a value of the wrong type
//! is an error that names the place and says what was expected.

mod here;
mod life;

use std::collections::BTreeMap;

use convenant_engine::{Case, Command};
use convenant_lang::model::{Convenant, Exit, ExitKind, FactId, SchemeId, Type, Value, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use self::here::Here;
pub(crate) use self::here::deadline_name;
pub use self::life::LifeAct;
use crate::value;

/// One act. The names of the variants are the words of the scenarios.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Facts, by name: in the spelling of the language or as JSON.
    #[schema(value_type = Object, example = json!({"feiten": {"geboortedatum": "1980-03-01", "schulden": "€ 0"}}))]
    Feiten(BTreeMap<String, Json>),
    /// Replace a wrong value.
    Corrigeer(Correction),
    /// Judge an open norm.
    Oordeel(Judgement),
    /// One piece of evidence with its date of issue.
    #[schema(value_type = Object, example = json!({"bewijs": {"inkomensverklaring": "2018-03-01"}}))]
    Bewijs(BTreeMap<String, String>),
    /// A task of the current step is done.
    Taak(String),
    /// Advice on a decision.
    Advies(Advice),
    /// The current step is complete.
    Gereed,
    /// Decide: on eligibility (`doelgroep`) or another decision of the step.
    Besluit(Ruling),
    /// An act of the current step; a bare name will do.
    Handeling(Named),
    /// An act that is possible in every step; a bare name will do.
    Altijd(Named),
    /// Fix the party of the case: its kind with its name, and `wijk` and `motivering` where needed.
    #[schema(value_type = Object, example = json!({"toewijzen": {"gemeente": "Zeist", "wijk": "Vollenhove"}}))]
    Toewijzen(BTreeMap<String, String>),
    /// Offer a home.
    Aanbod(Home),
    /// Answer an offer: `aanvaard`, `geweigerd`, or the name of a valid ground.
    Antwoord(String),
    /// The contract goes over to the client.
    Omslag(Reasoned),
    /// The contract fails.
    Mislukt(Reasoned),
    /// Suspend the deadline of the current step.
    Opschorten(Suspending),
    /// End the suspension.
    Hervatten,
    /// Extend the deadline of the current step.
    Verlengen(Reasoned),
    /// Move a deadline to another day, where the file allows it.
    Verzetten(Rescheduling),
    /// Hold an evaluation of the current step.
    Evaluatie(Evaluating),
    /// Object to the refusal of the client.
    Bezwaar(Reasoned),
    /// Extend the time for the decision on the objection.
    VerlengBezwaar(Reasoned),
    /// Decide on the objection; in a body this is the vote of one member.
    BesluitBezwaar(ObjectionRuling),
}

/// A decision on an objection.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRuling {
    /// `gegrond` (upheld) or `ongegrond` (rejected).
    pub uitkomst: Upheld,
    /// Why.
    pub motivering: Option<String>,
}

/// How an objection is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upheld {
    /// The objection succeeds.
    Gegrond,
    /// The objection fails.
    Ongegrond,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The fact.
    pub feit: String,
    /// The right value.
    #[schema(value_type = Object)]
    pub waarde: Json,
    /// Why.
    pub motivering: String,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The criterion or exclusion.
    pub criterium: String,
    /// Whether it holds; for an exclusion `ja` means that it excludes.
    pub uitkomst: YesNo,
    /// Why.
    pub motivering: String,
}

/// Advice.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// `doelgroep`, or the name of a decision of the step.
    pub over: String,
    /// In favour.
    pub uitkomst: YesNo,
    /// Why.
    pub motivering: String,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// `doelgroep`, or the name of a decision of the step.
    pub naam: String,
    /// The outcome, by name; not for `doelgroep`, which the rules decide.
    pub uitkomst: Option<String>,
    /// Only for `doelgroep`: depart from the rules (`voldoet` or `voldoet niet`) under the hardship clause.
    pub afwijken: Option<String>,
    /// Why.
    pub motivering: Option<String>,
}

/// An act by name.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name in the file.
    pub naam: String,
    /// Why, where the file asks for it.
    pub motivering: Option<String>,
}

/// A home.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// Which of the homes that were reported, by its id; none when it is not one of those.
    pub woning: Option<i64>,
    /// Its neighbourhood; of a reported home that is known.
    pub wijk: Option<String>,
    /// Why, when a cap of that neighbourhood is passed or the home breaks a rule: it is booked as a departure.
    pub motivering: Option<String>,
}

/// Something with a motivation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reasoned {
    /// Why.
    pub motivering: Option<String>,
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspending {
    /// Until this day at the latest; the most that the file allows when absent.
    pub tot: Option<String>,
    /// Why.
    pub motivering: String,
}

/// A deadline that is moved.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rescheduling {
    /// What the deadline is of: a step, a task, `zaak`, `aanbod` or `evaluatie`.
    pub termijn: String,
    /// The last day, from now on.
    pub naar: String,
    /// Why.
    pub motivering: String,
}

/// An evaluation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluating {
    /// Which evaluation of the step, counted from 1; the first when absent.
    pub nummer: Option<u16>,
    /// Roles and bodies that were there.
    #[serde(default)]
    pub aanwezig: Vec<String>,
}

/// `ja` or `nee`, also as true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(try_from = "Json", into = "bool")]
#[schema(value_type = String, example = "ja")]
pub struct YesNo(pub bool);

impl TryFrom<Json> for YesNo {
    type Error = &'static str;
    fn try_from(json: Json) -> Result<Self, Self::Error> {
        match json {
            Json::Bool(b) => Ok(YesNo(b)),
            Json::String(s) if s == "ja" => Ok(YesNo(true)),
            Json::String(s) if s == "nee" => Ok(YesNo(false)),
            _ => Err("expected `ja` or `nee`"),
        }
    }
}

impl From<YesNo> for bool {
    fn from(yes_no: YesNo) -> bool {
        yes_no.0
    }
}

/// Why an act cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Not of the right shape.
    #[error("{0}")]
    Shape(String),
    /// A name that the convenant does not have (here).
    #[error("there is no {what} `{name}`; expected one of: {known}")]
    Unknown {
        /// What, in the words of the language.
        what: &'static str,
        /// The name.
        name: String,
        /// Names that would do, separated by commas.
        known: String,
    },
    /// A value that does not fit the type of its fact. The value itself is never repeated.
    #[error("the value of `{fact}` does not fit: {expected} {options}")]
    Value {
        /// The fact.
        fact: String,
        /// Message id of what its type asks for.
        expected: &'static str,
        /// The options of a choice, separated by commas.
        options: String,
    },
    /// Something is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Not in a step: nothing can be done.
    #[error("the case is not in a step")]
    NotInStep,
}

/// Words whose content may be left out, and words that take a bare name.
const MAY_BE_BARE: [&str; 4] = ["aanbod", "omslag", "mislukt", "evaluatie"];
const TAKES_NAME: [&str; 2] = ["handeling", "altijd"];

impl Act {
    /// Reads an act from JSON, with the short spellings.
    pub fn from_json(json: Json) -> Result<Act, ActError> {
        let full = match json {
            Json::String(word) if MAY_BE_BARE.contains(&word.as_str()) => Json::Object(
                [(word, Json::Object(Default::default()))]
                    .into_iter()
                    .collect(),
            ),
            Json::Object(map) if map.len() == 1 => Json::Object(
                map.into_iter()
                    .map(|(word, content)| match content {
                        Json::String(name) if TAKES_NAME.contains(&word.as_str()) => {
                            (word, serde_json::json!({ "naam": name }))
                        }
                        content => (word, content),
                    })
                    .collect(),
            ),
            other => other,
        };
        serde_json::from_value(full).map_err(|e| ActError::Shape(e.to_string()))
    }

    /// The engine's command for this act on this case.
    pub fn command(&self, model: &Convenant, case: &Case) -> Result<Command, ActError> {
        let here = Here::of(model, case)?;
        Ok(match self {
            Act::Feiten(facts) => Command::Supply {
                facts: facts
                    .iter()
                    .map(|(name, json)| fact_value(model, name, json))
                    .collect::<Result<_, _>>()?,
            },
            Act::Corrigeer(c) => {
                let (fact, value) = fact_value(model, &c.feit, &c.waarde)?;
                Command::Correct {
                    fact,
                    value,
                    motivation: c.motivering.clone(),
                }
            }
            Act::Oordeel(j) => Command::Judge {
                criterion: here.criterion(&j.criterium)?,
                holds: j.uitkomst.0,
                motivation: j.motivering.clone(),
            },
            Act::Bewijs(pieces) => evidence(model, pieces)?,
            Act::Taak(name) => Command::DoTask {
                task: here.task(name)?,
            },
            Act::Advies(a) => Command::Advise {
                exit: here.decision(&a.over)?.0,
                favourable: a.uitkomst.0,
                motivation: a.motivering.clone(),
            },
            Act::Gereed => here.exit("gereed", "gereed", None, |e| {
                matches!(e.kind, ExitKind::Done(_))
            })?,
            Act::Besluit(r) => here.ruling(r)?,
            Act::Handeling(n) => here.exit("handeling", &n.naam, n.motivering.clone(), |e| {
                act_name(e) == Some(n.naam.as_str())
            })?,
            Act::Altijd(n) => Command::Always {
                exit: here.always(&n.naam)?,
                motivation: n.motivering.clone(),
            },
            Act::Toewijzen(parts) => here.allocation(parts)?,
            Act::Aanbod(home) => Command::Offer {
                exit: here.offer()?.0,
                neighbourhood: home.wijk.clone(),
                motivation: home.motivering.clone(),
            },
            Act::Antwoord(answer) => here.answer(answer)?,
            Act::Omslag(r) => here.contract("omslag", r)?,
            Act::Mislukt(r) => here.contract("mislukt", r)?,
            Act::Opschorten(s) => Command::Suspend {
                until: s
                    .tot
                    .as_deref()
                    .map(|d| date(model, "tot", d))
                    .transpose()?,
                motivation: s.motivering.clone(),
            },
            Act::Hervatten => Command::Resume,
            Act::Verlengen(r) => Command::Extend {
                motivation: reason(r)?,
            },
            Act::Verzetten(r) => Command::Reschedule {
                deadline: here.deadline(case, &r.termijn)?,
                due: date(model, "naar", &r.naar)?,
                motivation: r.motivering.clone(),
            },
            Act::Evaluatie(e) => Command::Evaluate {
                evaluation: e.nummer.unwrap_or(1).saturating_sub(1),
                present: e
                    .aanwezig
                    .iter()
                    .map(|name| who_named(model, name))
                    .collect::<Result<_, _>>()?,
            },
            Act::Bezwaar(r) => Command::Object {
                motivation: reason(r)?,
            },
            Act::VerlengBezwaar(r) => Command::ExtendObjection {
                motivation: reason(r)?,
            },
            Act::BesluitBezwaar(ruling) => Command::DecideObjection {
                upheld: ruling.uitkomst == Upheld::Gegrond,
                motivation: ruling
                    .motivering
                    .clone()
                    .ok_or(ActError::Missing("motivering"))?,
            },
        })
    }
}

/// The scheme by name; without a name the only one there is.
pub fn scheme(model: &Convenant, name: Option<&str>) -> Result<SchemeId, ActError> {
    match (name, model.schemes.as_slice()) {
        (None, [_]) => Ok(SchemeId(0)),
        (None, _) => Err(ActError::Missing("regeling")),
        (Some(name), schemes) => model.scheme_named(name).ok_or_else(|| ActError::Unknown {
            what: "regeling",
            name: name.to_owned(),
            known: list(schemes.iter().map(|s| s.name.as_str())),
        }),
    }
}

/// The role or body with this name.
pub fn who_named(model: &Convenant, name: &str) -> Result<Who, ActError> {
    let role = model.role_named(name).map(Who::Role);
    role.or_else(|| model.body_named(name).map(Who::Body))
        .ok_or_else(|| ActError::Unknown {
            what: "rol",
            name: name.to_owned(),
            known: list(
                model
                    .roles
                    .iter()
                    .map(|r| r.name.as_str())
                    .chain(model.bodies.iter().map(|b| b.name.as_str())),
            ),
        })
}

/// A fact by name with its value.
pub fn fact_value(model: &Convenant, name: &str, json: &Json) -> Result<(FactId, Value), ActError> {
    let id = model.fact_named(name).ok_or_else(|| ActError::Unknown {
        what: "feit",
        name: name.to_owned(),
        known: list(model.facts.iter().map(|f| f.name.as_str())),
    })?;
    let fact = model
        .facts
        .get(id.index())
        .ok_or(ActError::Missing("feit"))?;
    let value = value::from_json(model, &fact.kind, json).ok_or_else(|| ActError::Value {
        fact: name.to_owned(),
        expected: value::expected(&fact.kind),
        options: match &fact.kind {
            Type::Choice(options) => list(options.iter().map(String::as_str)),
            _ => String::new(),
        },
    })?;
    Ok((id, value))
}

/// A civil date in either spelling.
fn date(model: &Convenant, what: &'static str, text: &str) -> Result<Date, ActError> {
    value::date(model, text).ok_or_else(|| ActError::Value {
        fact: what.to_owned(),
        expected: value::EXPECTED_DATE,
        options: String::new(),
    })
}

fn evidence(model: &Convenant, pieces: &BTreeMap<String, String>) -> Result<Command, ActError> {
    let mut entries = pieces.iter();
    let (Some((name, issued)), None) = (entries.next(), entries.next()) else {
        return Err(ActError::Shape(
            "`bewijs` takes one piece of evidence with its date of issue".to_owned(),
        ));
    };
    let id = model
        .evidence_named(name)
        .ok_or_else(|| ActError::Unknown {
            what: "bewijs",
            name: name.clone(),
            known: list(model.evidence.iter().map(|e| e.name.as_str())),
        })?;
    Ok(Command::Submit {
        evidence: id,
        issued: date(model, "bewijs", issued)?,
    })
}

fn reason(reasoned: &Reasoned) -> Result<String, ActError> {
    reasoned
        .motivering
        .clone()
        .ok_or(ActError::Missing("motivering"))
}

/// The name of an act, where the exit is one.
pub(crate) fn act_name(exit: &Exit) -> Option<&str> {
    match &exit.kind {
        ExitKind::Act { name, .. } => Some(name),
        _ => None,
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// The word by which an exit is taken; none for those that come of themselves.
pub(crate) fn exit_word(exit: &Exit) -> Option<&str> {
    match &exit.kind {
        ExitKind::Done(_) => Some("gereed"),
        ExitKind::Eligibility { .. } => Some("doelgroep"),
        ExitKind::Decision { name, .. } | ExitKind::Act { name, .. } => Some(name),
        ExitKind::Allocate { .. } => Some("toewijzen"),
        ExitKind::Offer(_) => Some("aanbod"),
        ExitKind::After(..) | ExitKind::On(..) => None,
    }
}
