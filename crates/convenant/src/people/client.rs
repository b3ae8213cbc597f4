//! An invented client: a value for every fact, and what those who judge would find.
//!
//! Input: a convenant, a scheme, a day, a seed. Output: values of the right type, near the borders that the criteria draw. Most clients are
//! drawn again until the rules find them eligible, as most are who are registered.

use std::collections::BTreeMap;

use convenant_engine::{Eligible, authority::is_member, explain};
use convenant_lang::model::{
    Condition, ConditionKind, Convenant, Criterion, Duration, Expr, FactId, PartyId, PartyKind,
    Period, Polarity, SchemeId, Test, Type, Unit, Value,
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
        let hints = Hints::of(criteria);
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
    age: bool,
    spans: Vec<Duration>,
}

#[derive(Default)]
struct Hints(BTreeMap<FactId, Hint>);

impl Hints {
    fn of(criteria: &[Criterion]) -> Self {
        let mut hints = Self::default();
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
    match kind {
        Type::Bool => Value::Bool(chance.percent(60)),
        Type::Number => Value::Number(chance.between(0, 12) * convenant_lang::model::SCALE),
        Type::Money => Value::Money(chance.between(0, 40) * 5_000),
        Type::Percentage => {
            Value::Percentage(chance.between(0, 20) * 5 * convenant_lang::model::SCALE)
        }
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

/// The border itself, or a little less or more.
fn beside(border: Value, chance: &mut Chance) -> Value {
    let step = chance.between(-1, 1);
    match border {
        Value::Number(number) => {
            Value::Number((number + step * convenant_lang::model::SCALE).max(0))
        }
        Value::Money(cents) => Value::Money((cents + step * 10_000).max(0)),
        Value::Percentage(share) => {
            Value::Percentage((share + step * convenant_lang::model::SCALE).max(0))
        }
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
