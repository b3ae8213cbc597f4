//! `explain`: the outcome of a scheme's eligibility with everything behind it.

use convenant_lang::model::{
    Criterion, CriterionId, FactId, Polarity, Scheme, SchemeId, Test, Value,
};
use jiff::civil::Date;

use super::truth::{facts, missing, tree, truth};
use super::value::Env;
use super::{Clause, Explanation, Truth};
use crate::{Eligible, Program};

/// Whether a client with these facts and judgements is eligible on this day, and why. Facts by `FactId`, judgements by `CriterionId`;
/// shorter lists mean unknown. A scheme that does not exist has no clauses, so that everybody is eligible.
pub fn explain(
    program: &Program,
    scheme: SchemeId,
    facts: &[Option<Value>],
    judgements: &[Option<bool>],
    on: Date,
) -> Explanation {
    let known = |fact: FactId| facts.get(fact.index()).and_then(Option::as_ref);
    let env = program.env(on, &known);
    let name = |fact: FactId| {
        let found = program.model().facts.get(fact.index());
        found.map_or_else(String::new, |fact| fact.name.clone())
    };
    let criteria = criteria(program.model().schemes.get(scheme.index()));
    let clauses = criteria
        .map(|(id, criterion)| {
            let condition = match &criterion.test {
                Test::Condition(condition) => Some(tree(condition, &env, &name)),
                Test::Judgement(_) => None,
            };
            Clause {
                criterion: id,
                name: criterion.name.clone(),
                label: criterion.label.clone(),
                polarity: criterion.polarity,
                value: value(id, criterion, &env, judgements),
                deciding: false,
                source: criterion.meta.clone(),
                judged_by: match &criterion.test {
                    Test::Judgement(who) => Some(*who),
                    Test::Condition(_) => None,
                },
                condition,
            }
        })
        .collect::<Vec<_>>();
    let brief = assess(program, scheme, &env, judgements);
    let clauses = clauses
        .into_iter()
        .map(|clause| Clause {
            deciding: brief.deciding.contains(&clause.criterion),
            ..clause
        })
        .collect();
    Explanation {
        scheme,
        on,
        outcome: brief.outcome,
        deciding: brief.deciding,
        missing_facts: brief.missing_facts,
        missing_judgements: brief.missing_judgements,
        clauses,
    }
}

/// The outcome without the trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assessment {
    pub outcome: Eligible,
    pub deciding: Vec<CriterionId>,
    pub missing_facts: Vec<FactId>,
    pub missing_judgements: Vec<CriterionId>,
    /// Known facts that the deciding clauses read.
    pub rested_on: Vec<FactId>,
}

/// Evaluates the eligibility of a scheme.
pub(crate) fn assess(
    program: &Program,
    scheme: SchemeId,
    env: &Env<'_>,
    judgements: &[Option<bool>],
) -> Assessment {
    let scheme = program.model().schemes.get(scheme.index());
    let mut outcome = Eligible::Met;
    for (id, criterion) in criteria(scheme) {
        match passes(criterion, value(id, criterion, env, judgements)) {
            Truth::False => outcome = Eligible::Unmet,
            Truth::Unknown if outcome == Eligible::Met => outcome = Eligible::Unknown,
            _ => {}
        }
    }
    let wanted = match outcome {
        Eligible::Met => Truth::True,
        Eligible::Unmet => Truth::False,
        Eligible::Unknown => Truth::Unknown,
    };
    let mut found = Assessment {
        outcome,
        deciding: Vec::new(),
        missing_facts: Vec::new(),
        missing_judgements: Vec::new(),
        rested_on: Vec::new(),
    };
    for (id, criterion) in criteria(scheme) {
        if passes(criterion, value(id, criterion, env, judgements)) != wanted {
            continue;
        }
        found.deciding.push(id);
        match &criterion.test {
            Test::Judgement(_) if outcome == Eligible::Unknown => found.missing_judgements.push(id),
            Test::Judgement(_) => {}
            Test::Condition(condition) => {
                missing(condition, env, &mut found.missing_facts);
                facts(condition, &mut found.rested_on);
            }
        }
    }
    found.rested_on.retain(|fact| env.fact(*fact).is_ok());
    found.rested_on.sort_unstable();
    found.missing_facts.sort_unstable();
    found
}

fn criteria(scheme: Option<&Scheme>) -> impl Iterator<Item = (CriterionId, &Criterion)> {
    scheme
        .map(|scheme| scheme.eligibility.criteria.as_slice())
        .unwrap_or_default()
        .iter()
        .enumerate()
        .filter_map(|(i, criterion)| u16::try_from(i).ok().map(|i| (CriterionId(i), criterion)))
}

fn value(
    id: CriterionId,
    criterion: &Criterion,
    env: &Env<'_>,
    judgements: &[Option<bool>],
) -> Truth {
    match &criterion.test {
        Test::Condition(condition) => truth(condition, env),
        Test::Judgement(_) => judgements
            .get(id.index())
            .copied()
            .flatten()
            .map_or(Truth::Unknown, Truth::from),
    }
}

/// Whether the client passes the clause: an exclusion must not hold.
fn passes(criterion: &Criterion, value: Truth) -> Truth {
    match criterion.polarity {
        Polarity::Required => value,
        Polarity::Excluding => value.negated(),
    }
}
