//! Refusals in the words of people: a stable key, a sentence, the article, and what is missing.

use convenant_engine::{Reason, Refusal};
use convenant_lang::model::{Convenant, SchemeId, StepId};

use crate::messages::{Messages, say};
use crate::words;

/// The key of a reason, as `grammar/scenarios.md` lists it: the same word as in the API.
pub use convenant_server::history::reason_name as key;

/// Every key that a refusal of a case can have.
pub const KEYS: [&str; 29] = [
    "niet-geopend",
    "al-geopend",
    "afgelopen",
    "niet-van-kracht",
    "onbekende-naam",
    "niet-hier",
    "niet-in-rol",
    "mag-niet",
    "alleen-de-klok",
    "motivering-nodig",
    "verkeerde-waarde",
    "al-bekend",
    "nog-niet-bekend",
    "niet-compleet",
    "niet-te-beslissen",
    "advies-nodig",
    "voorwaarde-niet-vervuld",
    "al-gestemd",
    "aanbod",
    "te-vroeg",
    "opgebruikt",
    "opschorting",
    "afwezig",
    "niet-toe-te-wijzen",
    "grens-bereikt",
    "andere-regeling",
    "verkeerde-dag",
    "verlopen",
    "niet-te-tellen",
];

/// Where a refused act was done: names of tasks and judgements depend on it.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// The convenant.
    pub model: &'a Convenant,
    /// The scheme of the case.
    pub scheme: Option<SchemeId>,
    /// The step in which it was.
    pub step: Option<StepId>,
}

/// Names of the facts, judgements, evidence and tasks that are missing, in order of the alphabet.
pub fn missing(reason: &Reason, spot: Spot) -> Vec<String> {
    let model = spot.model;
    let scheme = spot.scheme.and_then(|id| model.schemes.get(id.index()));
    let step = scheme
        .zip(spot.step)
        .and_then(|(scheme, id)| scheme.handover.steps.get(id.index()));
    let fact = |id: &convenant_lang::model::FactId| {
        model.facts.get(id.index()).map(|fact| fact.name.clone())
    };
    let mut names: Vec<String> = match reason {
        Reason::Incomplete {
            facts,
            evidence,
            tasks,
        } => facts
            .iter()
            .filter_map(fact)
            .chain(
                evidence
                    .iter()
                    .filter_map(|id| model.evidence.get(id.index()).map(|e| e.name.clone())),
            )
            .chain(tasks.iter().filter_map(|id| {
                step.and_then(|step| step.tasks.get(id.index()))
                    .map(|t| t.name.clone())
            }))
            .collect(),
        Reason::Undecided { facts, criteria } => facts
            .iter()
            .filter_map(fact)
            .chain(criteria.iter().filter_map(|id| {
                scheme
                    .and_then(|scheme| scheme.eligibility.criteria.get(id.index()))
                    .map(|criterion| criterion.name.clone())
            }))
            .collect(),
        Reason::ConditionNotMet { missing } => missing.iter().filter_map(fact).collect(),
        _ => Vec::new(),
    };
    names.sort();
    names.dedup();
    names
}

/// A sentence about a refusal: its key, what is missing, and the article.
pub fn tell(refusal: &Refusal, spot: Spot, messages: &Messages) -> String {
    let key = key(&refusal.reason);
    let mut text = say!(messages, &format!("refused-{key}"));
    let missing = missing(&refusal.reason, spot);
    if !missing.is_empty() {
        text.push_str(&format!(" ({})", missing.join(", ")));
    }
    if let Reason::TooEarly { from } = refusal.reason {
        text.push_str(&format!(" ({})", words::date(from, messages)));
    }
    if let Some(article) = refusal
        .clause
        .as_ref()
        .and_then(|clause| clause.article.as_ref())
    {
        text.push_str(&format!(
            " [{}]",
            say!(messages, "article", article = article)
        ));
    }
    format!("{key}: {text}")
}
