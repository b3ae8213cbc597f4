//! The facts of one client or one home from YAML: names to values in the spelling of the language, a client's judgements under `oordelen`.
//!
//! Input: the text and the convenant. Output: facts by `FactId` and judgements by `CriterionId`, or every fault with its place.

use convenant_lang::model::{Convenant, CriterionId, Fact, SchemeId, Test, Type, Value};
use convenant_server::act::fact_value;
use convenant_server::value::from_json;

use crate::messages::{Messages, say};
use crate::nearest;
use crate::yaml::{Document, Entry, Fault, Kind, Node};

/// What is known of a client.
#[derive(Debug, Default)]
pub struct Known {
    /// By `FactId`.
    pub facts: Vec<Option<Value>>,
    /// By `CriterionId`.
    pub judgements: Vec<Option<bool>>,
}

/// Reads the facts of a client; all faults at once.
pub fn read(
    document: &Document,
    model: &Convenant,
    scheme: SchemeId,
    messages: &Messages,
) -> Result<Known, Vec<Fault>> {
    read_at(document, &document.root, model, scheme, messages)
}

/// The same, of a part of the text.
pub fn read_at(
    document: &Document,
    node: &Node,
    model: &Convenant,
    scheme: SchemeId,
    messages: &Messages,
) -> Result<Known, Vec<Fault>> {
    let reader = Reader {
        document,
        model,
        scheme,
        messages,
    };
    let mut known = Known {
        facts: vec![None; model.facts.len()],
        judgements: vec![None; reader.criteria().len()],
    };
    let mut faults = Vec::new();
    let entries = match &node.kind {
        Kind::Map(entries) => entries.as_slice(),
        Kind::Scalar(text) if text.is_empty() => &[],
        _ => {
            faults.push(document.fault(node.id, say!(messages, "facts-map")));
            &[]
        }
    };
    for entry in entries {
        if entry.key == "oordelen" && model.fact_named("oordelen").is_none() {
            reader.judgements(entry, &mut known, &mut faults);
        } else if let Err(fault) = reader.fact(entry, &mut known) {
            faults.push(fault);
        }
    }
    if faults.is_empty() {
        Ok(known)
    } else {
        Err(faults)
    }
}

/// Reads the facts of a home, by their place in `woningen`.
pub fn home(
    document: &Document,
    node: &Node,
    model: &Convenant,
    messages: &Messages,
) -> Result<Vec<Option<Value>>, Fault> {
    let Kind::Map(entries) = &node.kind else {
        return Err(document.fault(node.id, say!(messages, "facts-map")));
    };
    let declared = model.homes.iter().flat_map(|homes| &homes.facts);
    let declared: Vec<&Fact> = declared.collect();
    let mut values = vec![None; declared.len()];
    for entry in entries {
        let found = declared
            .iter()
            .zip(&mut values)
            .find(|(fact, _)| fact.name == entry.key);
        let Some((fact, value)) = found else {
            let names = declared.iter().map(|fact| fact.name.as_str());
            let hint = nearest::hint(&entry.key, names, messages);
            let text = say!(messages, "facts-unknown", name = &entry.key, hint = hint);
            return Err(document.fault(entry.key_id, text));
        };
        *value = from_json(model, &fact.kind, &entry.value.to_json());
        if value.is_none() {
            let text = say!(
                messages,
                "facts-wrong-type",
                name = &entry.key,
                expected = expected(&fact.kind, messages)
            );
            return Err(document.fault(entry.value.id, text));
        }
    }
    Ok(values)
}

struct Reader<'a> {
    document: &'a Document,
    model: &'a Convenant,
    scheme: SchemeId,
    messages: &'a Messages,
}

impl<'a> Reader<'a> {
    fn criteria(&self) -> &'a [convenant_lang::model::Criterion] {
        self.model
            .schemes
            .get(self.scheme.index())
            .map(|scheme| scheme.eligibility.criteria.as_slice())
            .unwrap_or_default()
    }

    fn fact(&self, entry: &Entry, known: &mut Known) -> Result<(), Fault> {
        let Some(id) = self.model.fact_named(&entry.key) else {
            let names = self.model.facts.iter().map(|fact| fact.name.as_str());
            let hint = nearest::hint(&entry.key, names, self.messages);
            let text = say!(
                self.messages,
                "facts-unknown",
                name = &entry.key,
                hint = hint
            );
            return Err(self.document.fault(entry.key_id, text));
        };
        let kind = self.model.facts.get(id.index()).map(|fact| &fact.kind);
        let expected = kind
            .map(|kind| expected(kind, self.messages))
            .unwrap_or_default();
        let wrong = |_| {
            let text = say!(
                self.messages,
                "facts-wrong-type",
                name = &entry.key,
                expected = expected.as_str()
            );
            self.document.fault(entry.value.id, text)
        };
        let (id, value) =
            fact_value(self.model, &entry.key, &entry.value.to_json()).map_err(wrong)?;
        if let Some(place) = known.facts.get_mut(id.index()) {
            *place = Some(value);
        }
        Ok(())
    }

    fn judgements(&self, entry: &Entry, known: &mut Known, faults: &mut Vec<Fault>) {
        let Kind::Map(entries) = &entry.value.kind else {
            let text = say!(self.messages, "facts-judgements-map");
            faults.push(self.document.fault(entry.value.id, text));
            return;
        };
        for entry in entries {
            match self.judgement(entry) {
                Ok((id, holds)) => {
                    if let Some(place) = known.judgements.get_mut(id.index()) {
                        *place = Some(holds);
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
    }

    fn judgement(&self, entry: &Entry) -> Result<(CriterionId, bool), Fault> {
        let judged = || {
            (0_u16..)
                .zip(self.criteria())
                .filter(|(_, criterion)| matches!(criterion.test, Test::Judgement(_)))
        };
        let found = judged().find(|(_, criterion)| criterion.name == entry.key);
        let Some((id, _)) = found else {
            let names: Vec<&str> = judged().map(|(_, c)| c.name.as_str()).collect();
            let hint = nearest::hint(&entry.key, names.iter().copied(), self.messages);
            let text = say!(
                self.messages,
                "facts-unknown-judgement",
                name = &entry.key,
                hint = hint
            );
            return Err(self.document.fault(entry.key_id, text));
        };
        match entry.value.scalar() {
            Some("ja" | "true") => Ok((CriterionId(id), true)),
            Some("nee" | "false") => Ok((CriterionId(id), false)),
            _ => {
                let text = say!(self.messages, "shape-yes");
                Err(self.document.fault(entry.value.id, text))
            }
        }
    }
}

/// What a type asks for, with an example.
pub fn expected(kind: &Type, messages: &Messages) -> String {
    match kind {
        Type::Bool => say!(messages, "type-bool"),
        Type::Number => say!(messages, "type-number"),
        Type::Money => say!(messages, "type-money"),
        Type::Percentage => say!(messages, "type-percentage"),
        Type::Date => say!(messages, "type-date"),
        Type::Duration => say!(messages, "type-duration"),
        Type::Text | Type::Neighbourhood => say!(messages, "type-text"),
        Type::Choice(options) => {
            say!(messages, "type-choice", options = options.join(", "))
        }
        Type::Party(kind) => {
            let kind = kind.map_or("partij", convenant_lang::model::PartyKind::keyword);
            say!(messages, "type-party", kind = kind)
        }
        Type::Periods => say!(messages, "type-periods"),
    }
}
