//! What is known of a case: facts, corrections, judgements, evidence.

use convenant_lang::model::{CriterionId, EvidenceId, FactId, Test, Type, Value, Who};
use jiff::civil::Date;

use super::work::{Outcome, Work, motivated, refuse, refuse_by, unknown};
use crate::{EventKind, Reason, Secret};

impl Work<'_> {
    /// Supplies facts. What is known with the same value already is left out.
    pub fn supply(&mut self, facts: &[(FactId, Value)]) -> Outcome {
        self.party()?;
        let mut new: Vec<(FactId, Secret)> = Vec::new();
        for (fact, value) in facts {
            self.may_supply(*fact, value)?;
            let known = self.case.facts.get(fact.index()).and_then(Option::as_ref);
            let twice = new.iter().find(|(other, _)| other == fact).map(|(_, v)| v);
            match twice.or(known.map(|(secret, _)| secret)) {
                Some(Secret::Value(old)) if old == value => {}
                Some(_) => return refuse(Reason::AlreadyKnown { fact: *fact }),
                None => new.push((*fact, Secret::Value(value.clone()))),
            }
        }
        if !new.is_empty() {
            self.push(EventKind::Supplied { facts: new });
        }
        Ok(())
    }

    /// Replaces a wrong value, and lists what was decided on it.
    pub fn correct(&mut self, fact: FactId, value: &Value, motivation: &str) -> Outcome {
        self.party()?;
        let clause = self.may_supply(fact, value)?;
        motivated(motivation, clause)?;
        let Some((old, since)) = self.case.facts.get(fact.index()).and_then(Option::as_ref) else {
            return refuse(Reason::NotKnown { fact });
        };
        if old.value() == Some(value) {
            return Ok(());
        }
        let decided_on = self
            .case
            .decisions
            .iter()
            .filter(|(seq, facts)| seq > since && facts.contains(&fact))
            .map(|(seq, _)| *seq)
            .collect();
        self.push(EventKind::Corrected {
            fact,
            value: Secret::Value(value.clone()),
            motivation: Secret::Text(motivation.to_owned()),
            decided_on,
        });
        Ok(())
    }

    /// Who supplies a fact: `van …`, and the actors of the steps that say `levert`.
    fn may_supply(&self, id: FactId, value: &Value) -> Outcome<&'_ convenant_lang::model::Meta> {
        let Some(fact) = self.model.facts.get(id.index()) else {
            return Err(unknown("feit"));
        };
        let mut may = fact.supplied_by.clone();
        for step in &self.scheme()?.handover.steps {
            if step.supplies.iter().any(|supply| supply.fact == id) {
                add(&mut may, &step.actors);
            }
        }
        self.authorise_any(&may, &fact.meta)?;
        if !self.has_type(&fact.kind, value) {
            return refuse_by(Reason::WrongValue { fact: id }, &fact.meta);
        }
        Ok(&fact.meta)
    }

    /// What the file leaves open is open to everybody with a role.
    fn authorise_any(&self, may: &[Who], clause: &convenant_lang::model::Meta) -> Outcome {
        if may.is_empty() {
            self.party().map(|_| ())
        } else {
            self.authorise(may, clause).map(|_| ())
        }
    }

    fn has_type(&self, kind: &Type, value: &Value) -> bool {
        match (kind, value) {
            (Type::Bool, Value::Bool(_))
            | (Type::Number, Value::Number(_))
            | (Type::Money, Value::Money(_))
            | (Type::Percentage, Value::Percentage(_))
            | (Type::Date, Value::Date(_))
            | (Type::Duration, Value::Duration(_))
            | (Type::Text | Type::Neighbourhood, Value::Text(_)) => true,
            (Type::Choice(options), Value::Choice(option)) => usize::from(*option) < options.len(),
            (Type::Party(kind), Value::Party(party)) => {
                let found = self.model.parties.get(party.index());
                found.is_some_and(|party| kind.is_none_or(|kind| kind == party.kind))
            }
            (Type::Periods, Value::Periods(periods)) => {
                let ordered = periods
                    .iter()
                    .zip(periods.iter().skip(1))
                    .all(|(a, b)| a.until.is_some_and(|until| until <= b.from));
                ordered
                    && periods
                        .iter()
                        .all(|p| p.until.is_none_or(|until| p.from < until))
            }
            _ => false,
        }
    }

    /// Judges an open norm. A judgement may change until it was decided upon, and after that too: the decision stays what it was.
    pub fn judge(&mut self, id: CriterionId, holds: bool, motivation: &str) -> Outcome {
        let scheme = self.scheme()?;
        let Some(criterion) = scheme.eligibility.criteria.get(id.index()) else {
            return Err(unknown("criterium"));
        };
        let Test::Judgement(who) = &criterion.test else {
            return refuse_by(Reason::NotHere, &criterion.meta);
        };
        self.authorise(&[*who], &criterion.meta)?;
        motivated(motivation, &criterion.meta)?;
        let known = self.case.judgements.get(id.index()).copied().flatten();
        if known != Some(holds) {
            self.push(EventKind::Judged {
                criterion: id,
                holds,
                motivation: Secret::Text(motivation.to_owned()),
            });
        }
        Ok(())
    }

    /// Hands in evidence.
    pub fn submit(&mut self, id: EvidenceId, issued: Date) -> Outcome {
        let Some(evidence) = self.model.evidence.get(id.index()) else {
            return Err(unknown("bewijs"));
        };
        let mut may = evidence.supplied_by.clone();
        for step in &self.scheme()?.handover.steps {
            if step.evidence.contains(&id) {
                add(&mut may, &step.actors);
            }
        }
        self.authorise_any(&may, &evidence.meta)?;
        if issued > self.today {
            return refuse_by(Reason::WrongDay, &evidence.meta);
        }
        if self.case.evidence.get(id.index()).copied().flatten() != Some(issued) {
            self.push(EventKind::Submitted {
                evidence: id,
                issued,
            });
        }
        Ok(())
    }
}

fn add(list: &mut Vec<Who>, more: &[Who]) {
    for who in more {
        if !list.contains(who) {
            list.push(*who);
        }
    }
}
