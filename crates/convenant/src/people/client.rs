//! An invented client: a value for every fact, and what those who judge would find.
//!
//! Input: a convenant, a scheme, a day, a seed. Output: values of the right type, near the borders that the criteria draw. Most clients are
//! drawn again until the rules find them eligible, as most are who are registered.

use std::collections::BTreeMap;

use convenant_engine::{Eligible, authority::is_member, explain};
use convenant_lang::model::{
    Condition, ConditionKind, Convenant, Criterion, Duration, Expr, FactId, HomeForce, PartyId,
    PartyKind, Period, Polarity, SCALE, SchemeId, Test, Type, Unit, Value,
};
use jiff::civil::Date;

use super::Chance;
use crate::world::World;

/// How often a client is drawn again before chance is given its way.
const DRAWS: u32 = 60;

/// What can become known of a client.
#[derive(Debug, Clone)]
pub struct Client {
    /// By `FactId`.
    pub facts: Vec<Value>,
    /// By `CriterionId`: what whoever judges it finds; nothing for conditions.
    pub judgements: Vec<bool>,
}

impl Client {
    /// Draws a client for a case that opens on this day.
    pub fn invent(world: &World, scheme: SchemeId, on: Date, seed: u64, number: u64) -> Self {
        let model = world.program.model();
        let criteria = model
            .schemes
            .get(scheme.index())
            .map(|scheme| scheme.eligibility.criteria.as_slice())
            .unwrap_or_default();
        let hints = Hints::of(model, criteria);
        let mut chance = Chance::of(seed, [number, 4, 0]);
        let wanted = chance.percent(84);
        let mut client = Client::draw(model, criteria, &hints, on, &mut chance);
        for _ in 0..DRAWS {
            let facts: Vec<Option<Value>> = client.facts.iter().cloned().map(Some).collect();
            let judgements: Vec<Option<bool>> =
                client.judgements.iter().copied().map(Some).collect();
            let found = explain(world.program, scheme, &facts, &judgements, on);
            if !wanted || found.outcome == Eligible::Met {
                break;
            }
            client = Client::draw(model, criteria, &hints, on, &mut chance);
        }
        client
    }

    fn draw(
        model: &Convenant,
        criteria: &[Criterion],
        hints: &Hints,
        on: Date,
        chance: &mut Chance,
    ) -> Self {
        let facts = (0_u16..)
            .zip(&model.facts)
            .map(|(id, fact)| value(model, &fact.kind, hints.of_fact(FactId(id)), on, chance))
            .collect();
        let judgements = criteria
            .iter()
            .map(|criterion| {
                let good = chance.percent(93);
                good == (criterion.polarity == Polarity::Required)
            })
            .collect();
        Self { facts, judgements }
    }
}

/// What the criteria say about a fact: where they draw a border, and whether they take it for a birthday.
#[derive(Debug, Default)]
struct Hint {
    borders: Vec<Value>,
    of_homes: Option<Sort>,
    age: bool,
    spans: Vec<Duration>,
}

/// What a number or an amount is that decides on a home.
#[derive(Debug, Clone, Copy)]
enum Sort {
    /// Compared with a fact of a home: how many people, or a rent.
    Like,
    /// A home may take a share of it.
    Income,
    /// Taken off a rent.
    Allowance,
}

#[derive(Default)]
struct Hints(BTreeMap<FactId, Hint>);

impl Hints {
    fn of(model: &Convenant, criteria: &[Criterion]) -> Self {
        let mut hints = Self::default();
        let rules = model.homes.iter().flat_map(|homes| &homes.rules);
        for rule in rules.filter(|rule| rule.force == HomeForce::Needed) {
            hints.homes(&rule.condition);
        }
        for criterion in criteria {
            if let Test::Condition(condition) = &criterion.test {
                hints.condition(condition);
            }
        }
        hints
    }

    fn of_fact(&self, id: FactId) -> Option<&Hint> {
        self.0.get(&id)
    }

    fn entry(&mut self, id: FactId) -> &mut Hint {
        self.0.entry(id).or_default()
    }

    fn condition(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::All(parts) | ConditionKind::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            ConditionKind::Not(part) => self.condition(part),
            ConditionKind::Unless(rule, exception) => {
                self.condition(rule);
                self.condition(exception);
            }
            ConditionKind::Fact(_) | ConditionKind::Known(_) => {}
            ConditionKind::OneOf(fact, values) => {
                self.entry(*fact).borders.extend(values.iter().cloned());
            }
            ConditionKind::Within(fact, span) => self.entry(*fact).spans.push(*span),
            ConditionKind::Unbroken { fact, length, .. } => {
                self.entry(*fact).spans.push(*length);
            }
            ConditionKind::Compare(left, _, right) => self.compare(left, right),
        }
    }

    fn homes(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::All(parts) | ConditionKind::Any(parts) => {
                parts.iter().for_each(|part| self.homes(part));
            }
            ConditionKind::Compare(left, _, right) => {
                self.amount(left, Sort::Like);
                self.amount(right, Sort::Like);
            }
            _ => {}
        }
    }

    /// What the facts in an expression about a home are. Facts of homes are among them: no client has those.
    fn amount(&mut self, expr: &Expr, sort: Sort) {
        match expr {
            Expr::Fact(fact) => self.entry(*fact).of_homes = Some(sort),
            Expr::Add(left, right) => {
                self.amount(left, sort);
                self.amount(right, sort);
            }
            Expr::Subtract(left, right) => {
                self.amount(left, sort);
                self.amount(right, Sort::Allowance);
            }
            Expr::Share(_, of) => self.amount(of, Sort::Income),
            Expr::Value(_) | Expr::Today | Expr::Age(_) => {}
        }
    }

    fn compare(&mut self, left: &Expr, right: &Expr) {
        match (left, right) {
            (Expr::Fact(fact), Expr::Value(value)) | (Expr::Value(value), Expr::Fact(fact)) => {
                self.entry(*fact).borders.push(value.clone());
            }
            (Expr::Age(fact), _) | (_, Expr::Age(fact)) => self.entry(*fact).age = true,
            _ => {}
        }
    }
}

/// A value of this type: half of the time at a border, or one beside it.
fn value(
    model: &Convenant,
    kind: &Type,
    hint: Option<&Hint>,
    on: Date,
    chance: &mut Chance,
) -> Value {
    let border = hint
        .filter(|hint| !hint.borders.is_empty())
        .filter(|_| chance.percent(50))
        .and_then(|hint| chance.pick(&hint.borders).cloned());
    if let Some(border) = border {
        return beside(border, chance);
    }
    match (kind, hint.and_then(|hint| hint.of_homes)) {
        (Type::Number, Some(Sort::Like)) => return Value::Number(people(chance) * SCALE),
        (Type::Money, Some(sort)) => return Value::Money(monthly(sort, chance)),
        _ => {}
    }
    match kind {
        Type::Bool => Value::Bool(chance.percent(60)),
        Type::Number => Value::Number(chance.between(0, 12) * SCALE),
        Type::Money => Value::Money(chance.between(0, 40) * 5_000),
        Type::Percentage => Value::Percentage(chance.between(0, 20) * 5 * SCALE),
        Type::Date if hint.is_some_and(|hint| hint.age) => {
            Value::Date(ago(on, chance.between(365 * 17, 365 * 68)))
        }
        Type::Date => {
            let far = match hint.and_then(|hint| hint.spans.first()) {
                Some(_) => chance.between(30, 365 * 6),
                None => chance.between(-150, 500),
            };
            Value::Date(ago(on, far))
        }
        Type::Duration => Value::Duration(Duration {
            amount: u32::try_from(chance.between(1, 24)).unwrap_or(1),
            unit: Unit::Months,
        }),
        Type::Neighbourhood => {
            let places = ["Centrum", "Noord", "Oost", "Zuid", "West"];
            let place = usize::try_from(chance.below(5)).unwrap_or(0);
            Value::Text((*places.get(place).unwrap_or(&"Centrum")).to_owned())
        }
        Type::Text => Value::Text("Verzonnen voor de demo".to_owned()),
        Type::Choice(options) => {
            let count = i64::try_from(options.len()).unwrap_or(1);
            Value::Choice(u16::try_from(chance.below(count)).unwrap_or(0))
        }
        Type::Party(kind) => party(model, *kind, on, chance),
        Type::Periods => periods(on, chance),
    }
}

/// How many people will live together: mostly one.
fn people(chance: &mut Chance) -> i64 {
    let weights = [60, 20, 10, 6, 3, 1];
    let drawn = chance.weighted(&weights).unwrap_or(0);
    1 + i64::try_from(drawn).unwrap_or(0)
}

/// An amount per month in cents, by lot.
fn monthly(sort: Sort, chance: &mut Chance) -> i64 {
    match sort {
        Sort::Like => chance.between(100, 160) * 500,
        Sort::Income => chance.between(24, 52) * 5_000,
        Sort::Allowance => chance.between(0, 60) * 500,
    }
}

/// A value for a fact of a home, by lot.
pub fn of_home(model: &Convenant, kind: &Type, on: Date, chance: &mut Chance) -> Value {
    match kind {
        Type::Number => {
            let weights = [15, 35, 30, 15, 5];
            let drawn = chance.weighted(&weights).unwrap_or(0);
            Value::Number((1 + i64::try_from(drawn).unwrap_or(0)) * SCALE)
        }
        Type::Money => Value::Money(chance.between(80, 160) * 500),
        Type::Date => Value::Date(ago(on, -chance.between(0, 75))),
        other => value(model, other, None, on, chance),
    }
}

/// The border itself, or a little less or more.
fn beside(border: Value, chance: &mut Chance) -> Value {
    let step = chance.between(-1, 1);
    match border {
        Value::Number(number) => Value::Number((number + step * SCALE).max(0)),
        Value::Money(cents) => Value::Money((cents + step * 10_000).max(0)),
        Value::Percentage(share) => Value::Percentage((share + step * SCALE).max(0)),
        Value::Date(date) => Value::Date(ago(date, step)),
        other => other,
    }
}

fn ago(day: Date, days: i64) -> Date {
    let span = jiff::Span::new().try_days(days);
    span.and_then(|span| day.checked_sub(span)).unwrap_or(day)
}

fn party(model: &Convenant, kind: Option<PartyKind>, on: Date, chance: &mut Chance) -> Value {
    let members: Vec<(PartyId, u32)> = (0_u16..)
        .zip(&model.parties)
        .filter(|(_, party)| kind.is_none_or(|kind| kind == party.kind))
        .map(|(id, party)| {
            // More people come from where more people live.
            let size = party
                .attributes
                .first()
                .map_or(1, |attribute| attribute.value);
            let weight = u32::try_from(size.clamp(1, 1_000_000)).unwrap_or(1);
            let here = is_member(model, PartyId(id), on);
            (PartyId(id), if here { weight } else { 0 })
        })
        .collect();
    let weights: Vec<u32> = members.iter().map(|(_, weight)| *weight).collect();
    let drawn = chance.weighted(&weights).unwrap_or(0);
    Value::Party(members.get(drawn).map_or(PartyId(0), |(id, _)| *id))
}

/// One or two stays, the last of which often still runs.
fn periods(on: Date, chance: &mut Chance) -> Value {
    let end = chance.between(0, 900);
    let length = chance.between(200, 4_500);
    let last = Period {
        from: ago(on, end + length),
        until: if chance.percent(55) {
            None
        } else {
            Some(ago(on, end))
        },
    };
    let mut all = vec![last];
    if chance.percent(35) {
        let gap = end + length + chance.between(30, 900);
        all.insert(
            0,
            Period {
                from: ago(on, gap + chance.between(200, 3_000)),
                until: Some(ago(on, gap)),
            },
        );
    }
    Value::Periods(all)
}
