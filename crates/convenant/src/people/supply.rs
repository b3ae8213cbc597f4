//! What is supplied for an invented client: facts and evidence, by whom, and what is left open at first.

use convenant_engine::{Case, Command};
use convenant_lang::model::{EvidenceId, FactId, HomeForce, Supply, Test, Type, Value, Who};
use jiff::civil::Date;

use super::acts::{Candidate, Here};
use super::{Chance, Scene};

/// What may be left open is mostly supplied when a home has to fit it, or the second time that it is asked for.
pub fn will_supply(scene: &Scene, supply: &Supply) -> bool {
    let share = if scene.case.visit > 1 || asked_by_homes(scene, supply.fact) {
        96
    } else {
        70
    };
    supply.required || scene.chance(5, u64::from(supply.fact.0)).percent(share)
}

/// Whether the fact is known in the case.
pub fn is_known(case: &Case, id: FactId) -> bool {
    case.facts.get(id.index()).is_some_and(Option::is_some)
}

/// The client's value of a fact; a day that no rule is about is a day soon.
pub fn fact(scene: &Scene, id: FactId, today: Date) -> Option<Value> {
    let declared = scene.world.program.model().facts.get(id.index())?;
    let value = scene.story.client.facts.get(id.index())?.clone();
    if declared.kind == Type::Date && !decides(scene, id) {
        let days = scene.chance(6, u64::from(id.0)).between(5, 40);
        let span = jiff::Span::new().try_days(days);
        let soon = span.and_then(|span| today.checked_add(span)).ok()?;
        return Some(Value::Date(soon));
    }
    Some(value)
}

/// Whether a criterion of the scheme reads this fact: then its value was drawn with the client.
fn decides(scene: &Scene, id: FactId) -> bool {
    let scheme = scene
        .case
        .scheme
        .and_then(|scheme| scene.world.program.scheme(scheme));
    let criteria = scheme.map(|scheme| scheme.eligibility.criteria.as_slice());
    criteria.unwrap_or_default().iter().any(
        |criterion| matches!(&criterion.test, Test::Condition(condition) if reads(condition, id)),
    )
}

/// Whether a home cannot be found as long as this fact is not known.
fn asked_by_homes(scene: &Scene, id: FactId) -> bool {
    let homes = scene.world.program.model().homes.iter();
    let mut rules = homes.flat_map(|homes| &homes.rules);
    rules.any(|rule| {
        let condition = &rule.condition;
        rule.force == HomeForce::Needed && reads(condition, id) && !allows_unknown(condition, id)
    })
}

/// Whether a condition says what holds when this fact is not known.
fn allows_unknown(condition: &convenant_lang::model::Condition, id: FactId) -> bool {
    use convenant_lang::model::ConditionKind as Kind;
    match &condition.kind {
        Kind::All(parts) | Kind::Any(parts) => parts.iter().any(|part| allows_unknown(part, id)),
        Kind::Not(part) => allows_unknown(part, id),
        Kind::Unless(rule, exception) => allows_unknown(rule, id) || allows_unknown(exception, id),
        Kind::Known(fact) => *fact == id,
        _ => false,
    }
}

fn reads(condition: &convenant_lang::model::Condition, id: FactId) -> bool {
    use convenant_lang::model::ConditionKind as Kind;
    match &condition.kind {
        Kind::All(parts) | Kind::Any(parts) => parts.iter().any(|part| reads(part, id)),
        Kind::Not(part) => reads(part, id),
        Kind::Unless(rule, exception) => reads(rule, id) || reads(exception, id),
        Kind::Fact(fact)
        | Kind::Known(fact)
        | Kind::OneOf(fact, _)
        | Kind::Within(fact, _)
        | Kind::Unbroken { fact, .. } => *fact == id,
        Kind::Compare(left, _, right) => expression(left, id) || expression(right, id),
    }
}

fn expression(expr: &convenant_lang::model::Expr, id: FactId) -> bool {
    use convenant_lang::model::Expr;
    match expr {
        Expr::Value(_) | Expr::Today => false,
        Expr::Fact(fact) | Expr::Age(fact) => *fact == id,
        Expr::Add(left, right) | Expr::Subtract(left, right) | Expr::Share(left, right) => {
            expression(left, id) || expression(right, id)
        }
    }
}

/// Who supplies a fact: `van …`, and the actors of the steps that say `levert`.
pub fn suppliers(scene: &Scene, here: &Here, id: FactId) -> Vec<Who> {
    let declared = scene.world.program.model().facts.get(id.index());
    let mut by: Vec<Who> = declared
        .map(|fact| fact.supplied_by.clone())
        .unwrap_or_default();
    for step in &here.handover.steps {
        if step.supplies.iter().any(|supply| supply.fact == id) {
            by.extend(&step.actors);
        }
    }
    if by.is_empty() {
        by.clone_from(&here.step.actors);
    }
    by
}

/// Handing in a piece of evidence, issued not long ago.
pub fn evidence(
    scene: &Scene,
    here: &Here,
    id: EvidenceId,
    today: Date,
    chance: &mut Chance,
) -> Candidate {
    let declared = scene.world.program.model().evidence.get(id.index());
    let mut by: Vec<Who> = declared
        .map(|evidence| evidence.supplied_by.clone())
        .unwrap_or_default();
    by.extend(&here.step.actors);
    let span = jiff::Span::new().try_days(chance.between(1, 50));
    let issued = span
        .and_then(|span| today.checked_sub(span))
        .unwrap_or(today);
    Candidate::new(
        6,
        &by,
        Command::Submit {
            evidence: id,
            issued,
        },
    )
}
