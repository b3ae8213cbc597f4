//! The compiled rules and the explanation agree, whatever the conditions, the facts and the day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use convenant_lang::model::*;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{FactReader, explain};
use crate::{Eligible, Holidays, Program};

/// Two facts of each kind, by position.
fn kinds() -> Vec<Type> {
    let options = || Type::Choice(["a", "b", "c"].map(String::from).to_vec());
    let once = [
        Type::Bool,
        Type::Number,
        Type::Money,
        Type::Percentage,
        Type::Date,
        options(),
        Type::Periods,
        Type::Duration,
    ];
    once.iter().chain(&once).cloned().collect()
}

const KINDS: u16 = 8;

fn fact(kind: u16) -> impl Strategy<Value = FactId> {
    (0..2_u16).prop_map(move |n| FactId(n * KINDS + kind))
}

fn day() -> impl Strategy<Value = Date> {
    (-9000..9990_i16, 1..=12_i8, 1..=31_i8).prop_filter_map("a date", |(y, m, d)| {
        let year = if y % 3 == 0 { y } else { 2000 + y % 20 };
        Date::new(year, m, d).ok()
    })
}

fn length() -> impl Strategy<Value = Duration> {
    let unit = prop::sample::select(vec![Unit::Days, Unit::Weeks, Unit::Months, Unit::Years]);
    (prop_oneof![0..40_u32, Just(9000), Just(u32::MAX)], unit)
        .prop_map(|(amount, unit)| Duration { amount, unit })
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -3..4_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN + 1)]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::*;
    prop::sample::select(vec![
        Equal,
        Unequal,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    ])
}

fn periods() -> impl Strategy<Value = Vec<Period>> {
    vec(
        (2000..2020_i16, 1..=12_i8, 1..2000_i32, any::<bool>()),
        0..3,
    )
    .prop_map(|raw| {
        let mut from: Vec<_> = raw
            .into_iter()
            .map(|(y, m, days, open)| (Date::new(y, m, 1).unwrap(), days, open))
            .collect();
        from.sort_unstable();
        from.into_iter()
            .map(|(from, days, open)| Period {
                from,
                until: (!open).then(|| from.saturating_add(jiff::Span::new().days(days))),
            })
            .collect()
    })
}

fn value(kind: &Type) -> BoxedStrategy<Value> {
    match kind {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::Money => number().prop_map(Value::Money).boxed(),
        Type::Percentage => number().prop_map(Value::Percentage).boxed(),
        Type::Date => day().prop_map(Value::Date).boxed(),
        Type::Choice(_) => (0..3_u16).prop_map(Value::Choice).boxed(),
        Type::Periods => periods().prop_map(Value::Periods).boxed(),
        _ => length().prop_map(Value::Duration).boxed(),
    }
}

/// A sum of numbers, amounts or percentages.
fn sum(kind: u16) -> BoxedStrategy<Expr> {
    let make = move |n| match kind {
        1 => Value::Number(n),
        2 => Value::Money(n),
        _ => Value::Percentage(n),
    };
    let leaf = prop_oneof![
        fact(kind).prop_map(Expr::Fact),
        number().prop_map(move |n| Expr::Value(make(n))),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), inner, 0..3).prop_map(|(a, b, op)| match op {
            0 => Expr::Add(a.into(), b.into()),
            1 => Expr::Subtract(a.into(), b.into()),
            _ => Expr::Share(Expr::Value(Value::Percentage(300_000)).into(), b.into()),
        })
    })
    .boxed()
}

fn leaf() -> BoxedStrategy<ConditionKind> {
    use ConditionKind as K;
    let dated = prop_oneof![
        fact(4).prop_map(Expr::Fact),
        day().prop_map(|d| Expr::Value(Value::Date(d))),
        Just(Expr::Today),
        length().prop_map(|l| Expr::Subtract(
            Expr::Today.into(),
            Expr::Value(Value::Duration(l)).into()
        )),
    ];
    let compare = |a, op, b| K::Compare(a, op, b);
    prop_oneof![
        fact(0).prop_map(K::Fact),
        (0..2 * KINDS).prop_map(|n| K::Known(FactId(n))),
        (fact(5), vec(0..3_u16, 0..3))
            .prop_map(|(f, o)| K::OneOf(f, o.into_iter().map(Value::Choice).collect())),
        (prop_oneof![fact(4), fact(6)], length()).prop_map(|(f, l)| K::Within(f, l)),
        (fact(6), length(), option::of(length())).prop_map(|(fact, length, within)| K::Unbroken {
            fact,
            length,
            within
        }),
        (1..4_u16)
            .prop_flat_map(move |k| (sum(k), comparison(), sum(k))
                .prop_map(move |(a, op, b)| compare(a, op, b))),
        (dated.clone(), comparison(), dated).prop_map(move |(a, op, b)| compare(a, op, b)),
        (fact(4), comparison(), length(), any::<bool>()).prop_map(move |(f, op, l, turned)| {
            let (age, length) = (Expr::Age(f), Expr::Value(Value::Duration(l)));
            if turned {
                compare(length, op, age)
            } else {
                compare(age, op, length)
            }
        }),
        (fact(7), comparison(), fact(7)).prop_map(move |(a, op, b)| compare(
            Expr::Fact(a),
            op,
            Expr::Fact(b)
        )),
    ]
    .boxed()
}

fn condition() -> impl Strategy<Value = Condition> {
    use ConditionKind as K;
    let whole = |kind| Condition {
        span: Span::default(),
        kind,
    };
    leaf()
        .prop_map(whole)
        .prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                vec(inner.clone(), 1..4).prop_map(K::All),
                vec(inner.clone(), 1..4).prop_map(K::Any),
                inner.clone().prop_map(|c| K::Not(c.into())),
                (inner.clone(), inner).prop_map(|(a, b)| K::Unless(a.into(), b.into())),
            ]
            .prop_map(whole)
        })
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let test = prop_oneof![
        6 => condition().prop_map(Test::Condition),
        1 => Just(Test::Judgement(Who::Role(RoleId(0)))),
    ];
    (test, any::<bool>()).prop_map(|(test, required)| Criterion {
        meta: Meta::default(),
        name: String::new(),
        label: None,
        polarity: if required {
            Polarity::Required
        } else {
            Polarity::Excluding
        },
        test,
    })
}

fn facts() -> impl Strategy<Value = Vec<Option<Value>>> {
    let each: Vec<_> = kinds()
        .iter()
        .map(|kind| option::weighted(0.7, value(kind)))
        .collect();
    each
}

/// A convenant with nothing in it but facts and criteria.
fn convenant(criteria: Vec<Criterion>) -> Convenant {
    let meta = Meta::default;
    let on = Date::constant(2018, 1, 1);
    Convenant {
        header: Header {
            meta: meta(),
            title: String::new(),
            region: String::new(),
            version: 1,
            source: None,
            calendar: CalendarKind::WorkingDays,
            month_end: MonthEnd::LastDay,
            amends: None,
        },
        term: Term {
            meta: meta(),
            signed: None,
            length: TermLength::Indefinite,
            entry: Entry::On(on),
            extension: None,
            notice: None,
            notice_reminders: Vec::new(),
            evaluations: Vec::new(),
            at_end: AtEnd::Finish,
        },
        parties: Vec::new(),
        roles: Vec::new(),
        bodies: Vec::new(),
        consents: Vec::new(),
        facts: kinds()
            .into_iter()
            .enumerate()
            .map(|(n, kind)| Fact {
                meta: meta(),
                name: format!("feit-{n}"),
                kind,
                unit: None,
                label: None,
                supplied_by: Vec::new(),
                visible_to: Vec::new(),
                class: PrivacyClass::Ordinary,
                keep: None,
                fit_for_mail: false,
            })
            .collect(),
        evidence: Vec::new(),
        homes: None,
        schemes: vec![Scheme {
            meta: meta(),
            name: String::new(),
            title: String::new(),
            eligibility: Eligibility {
                meta: meta(),
                criteria,
                decided_by: None,
                advice: Vec::new(),
                objection: None,
                hardship: None,
            },
            spreading: None,
            handover: Handover {
                reschedule: None,
                meta: meta(),
                start: StepId(0),
                steps: Vec::new(),
                always: Vec::new(),
                ends: Vec::new(),
                deadlines: Vec::new(),
            },
            relations: Vec::new(),
        }],
        notices: Vec::new(),
        last_resort: None,
        digests: Vec::new(),
        oversight: Oversight::default(),
        transition: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_compiled_rules_say_what_the_explanation_says(
        criteria in vec(criterion(), 0..70),
        facts in facts(),
        judgements in vec(option::of(any::<bool>()), 70),
        on in day(),
    ) {
        let program = match Program::compile(convenant(criteria), Holidays::dutch()) {
            Ok(program) => program,
            // More literals than a verdict has bits: said at compile time.
            Err(_) => return Ok(()),
        };
        let told = explain(&program, SchemeId(0), &facts, &judgements, on);
        let rules = program.rules(SchemeId(0)).unwrap();
        let mut slots = rules.slots();
        for (n, value) in facts.iter().enumerate() {
            if let Some(value) = value {
                slots.set(FactId(n as u16), value.clone());
            }
        }
        for (n, holds) in judgements.iter().enumerate() {
            if let Some(holds) = holds {
                slots.judge(CriterionId(n as u16), *holds);
            }
        }
        let verdict = program.rules_on(SchemeId(0), on).unwrap().verdict(&slots);
        prop_assert_eq!(verdict.outcome, told.outcome);
        let mut deciding: Vec<_> = verdict.deciding(rules).collect();
        deciding.sort_unstable();
        prop_assert_eq!(deciding, told.deciding);
    }
}

#[test]
fn facts_are_read_from_json_exactly() {
    let program = Program::compile(convenant(Vec::new()), Holidays::dutch()).unwrap();
    let reader = FactReader::new(program.model());
    let fresh = || program.rules(SchemeId(0)).unwrap().slots();
    let mut read = fresh();
    let text = r#"{"feit-4": "2018-05-02", "feit-0": true, "feit-1": 2.5, "feit-2": 1250.05, "feit-3": null, "feit-5": "c"}"#;
    reader.read(text, &mut read).unwrap();
    let mut expected = fresh();
    expected.set(FactId(4), Value::Date(Date::constant(2018, 5, 2)));
    expected.set(FactId(0), Value::Bool(true));
    expected.set(FactId(1), Value::Number(25_000));
    expected.set(FactId(2), Value::Money(125_005));
    expected.set(FactId(5), Value::Choice(2));
    assert_eq!(read, expected);

    for (text, message) in [
        (
            r#"{"feit-2": 1.005}"#,
            "`feit-2` must be an amount with at most two decimals",
        ),
        (
            r#"{"feit-2": 1e30}"#,
            "`feit-2` must be an amount with at most two decimals",
        ),
        (
            r#"{"feit-1": 9223372036854775807}"#,
            "`feit-1` must be a number with at most four decimals",
        ),
        (r#"{"feit-0": 1}"#, "`feit-0` must be true or false"),
        (r#"{"feit-5": "d"}"#, "`feit-5` must be one of its options"),
        (
            r#"{"feit-4": "2018-02-30"}"#,
            "`feit-4` must be a date such as 2018-05-02",
        ),
        (
            r#"{"feit-0": true, "feit-0": true}"#,
            "`feit-0` comes twice",
        ),
        (
            r#"{"feit-99": 1}"#,
            "a name that is no fact of this convenant",
        ),
        (r#"[1]"#, "expected an object with a value for each fact"),
        (r#"{} {}"#, "trailing characters"),
    ] {
        let error = reader.read(text, &mut fresh()).unwrap_err().to_string();
        assert!(error.contains(message), "{text} gave {error}");
    }
}

#[test]
fn a_hundred_conditions_more_than_fit_are_refused_when_compiled() {
    let one = Criterion {
        meta: Meta::default(),
        name: String::new(),
        label: None,
        polarity: Polarity::Required,
        test: Test::Judgement(Who::Role(RoleId(0))),
    };
    let fits = Program::compile(convenant(vec![one.clone(); 256]), Holidays::dutch()).unwrap();
    let slots = fits.rules(SchemeId(0)).unwrap().slots();
    let rules = fits
        .rules_on(SchemeId(0), Date::constant(2018, 1, 1))
        .unwrap();
    assert_eq!(rules.verdict(&slots).outcome, Eligible::Unknown);
    assert!(Program::compile(convenant(vec![one; 257]), Holidays::dutch()).is_err());
}
