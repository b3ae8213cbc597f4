//! Random agreements: valid definitions that use every construct of the handover, made from a stream of numbers.

use convenant_lang::model::*;
use jiff::civil::{Date, date};

use super::people::{ladder, parties, reschedule, roles};

/// A stream of numbers that a seed makes.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u16) -> u16 {
        u16::try_from(self.next() % u64::from(n.max(1))).unwrap()
    }

    /// True `n` times in ten.
    pub fn chance(&mut self, n: u16) -> bool {
        self.below(10) < n
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.below(u16::try_from(from.len()).unwrap()))].clone()
    }

    pub fn length(&mut self) -> Duration {
        let unit = self.pick(&[
            Unit::Hours,
            Unit::Days,
            Unit::WorkingDays,
            Unit::Weeks,
            Unit::Months,
        ]);
        Duration {
            amount: u32::from(1 + self.below(6)),
            unit,
        }
    }

    pub fn list<T>(&mut self, most: u16, mut make: impl FnMut(&mut Dice) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }
}

pub const FACTS: u16 = 6;
pub const PARTIES: u16 = 8;
pub const ROLES: u16 = 6;
const BODIES: u16 = 3;

pub fn who(dice: &mut Dice) -> Who {
    if dice.chance(7) {
        Who::Role(RoleId(dice.below(ROLES - 1)))
    } else {
        Who::Body(BodyId(dice.below(BODIES)))
    }
}

pub fn meta(article: &str) -> Meta {
    Meta {
        article: Some(article.to_owned()),
        ..Meta::default()
    }
}

fn bodies(dice: &mut Dice) -> Vec<Body> {
    let mut body = |name: &str, members, rule| Body {
        meta: Meta::default(),
        name: name.to_owned(),
        word: "overleg".to_owned(),
        members,
        rule,
        advises: dice.chance(2),
    };
    vec![
        body(
            "klein",
            vec![Member::Party(PartyId(0)), Member::Role(RoleId(0))],
            BodyRule::One,
        ),
        body(
            "groot",
            vec![Member::EveryOf(PartyKind::Municipality)],
            BodyRule::Majority,
        ),
        body(
            "samen",
            vec![Member::Role(RoleId(0)), Member::Party(PartyId(6))],
            BodyRule::All,
        ),
    ]
}

/// Yes/no, amount, date, municipality, number, periods.
pub fn facts() -> Vec<Fact> {
    let kinds = [
        Type::Bool,
        Type::Money,
        Type::Date,
        Type::Party(Some(PartyKind::Municipality)),
        Type::Number,
        Type::Periods,
    ];
    kinds
        .into_iter()
        .enumerate()
        .map(|(index, kind)| Fact {
            meta: meta(&format!("feit {index}")),
            name: format!("feit-{index}"),
            kind,
            unit: None,
            label: None,
            supplied_by: if index < 3 {
                vec![Who::Role(RoleId(0))]
            } else {
                Vec::new()
            },
            visible_to: Vec::new(),
            class: PrivacyClass::Ordinary,
            keep: None,
            fit_for_mail: false,
        })
        .collect()
}

pub fn condition(dice: &mut Dice, depth: u16) -> Condition {
    let kind = match dice.below(if depth == 0 { 5 } else { 8 }) {
        0 => ConditionKind::Fact(FactId(0)),
        1 => ConditionKind::Known(FactId(dice.below(FACTS))),
        2 => ConditionKind::Compare(
            Expr::Fact(FactId(1)),
            dice.pick(&[
                Comparison::Greater,
                Comparison::LessOrEqual,
                Comparison::Equal,
            ]),
            Expr::Value(Value::Money(i64::from(dice.below(3)) * 100)),
        ),
        3 => ConditionKind::Compare(
            Expr::Age(FactId(2)),
            Comparison::GreaterOrEqual,
            Expr::Value(Value::Duration(dice.length())),
        ),
        4 => ConditionKind::Within(FactId(5), dice.length()),
        5 => ConditionKind::Not(Box::new(condition(dice, depth - 1))),
        6 => ConditionKind::All(dice.list(3, |dice| condition(dice, depth - 1))),
        _ => ConditionKind::Unless(
            Box::new(condition(dice, depth - 1)),
            Box::new(condition(dice, depth - 1)),
        ),
    };
    Condition {
        span: Span::default(),
        kind,
    }
}

fn deadline(dice: &mut Dice, steps: u16) -> Deadline {
    let step = StepId(dice.below(steps));
    let anchor = match dice.below(9) {
        0 => Anchor::StepDone(step),
        1 => Anchor::TaskDone(step, TaskId(0)),
        2 => Anchor::ExitTaken(step, ExitId(dice.below(2))),
        3 | 4 => Anchor::Fact(FactId(2)),
        5 => Anchor::CaseOpened,
        6 => Anchor::TermEnd,
        _ => Anchor::Entered,
    };
    Deadline {
        meta: meta("termijn"),
        length: dice.length(),
        anchor,
        backward: matches!(anchor, Anchor::Fact(_) | Anchor::TermEnd) && dice.chance(5),
        calendar: dice.pick(&[
            None,
            Some(CalendarKind::Atw),
            Some(CalendarKind::CalendarDays),
            Some(CalendarKind::WorkingDays),
        ]),
        aim: dice.chance(3),
        start_counts: dice.chance(2),
        ladder: ladder(dice),
        reschedule: dice.chance(2).then(|| reschedule(dice)),
    }
}

/// A step or an end; two ends.
fn target(dice: &mut Dice, steps: u16) -> Target {
    if dice.chance(8) {
        Target::Step(StepId(dice.below(steps)))
    } else {
        Target::End(EndId(dice.below(2)))
    }
}

fn exit(dice: &mut Dice, steps: u16) -> Exit {
    let kind = match dice.below(10) {
        0 | 1 => ExitKind::Done(target(dice, steps)),
        2 => ExitKind::Eligibility {
            met: target(dice, steps),
            unmet: target(dice, steps),
            unknown: dice.chance(5).then(|| target(dice, steps)),
        },
        3 | 4 => ExitKind::Decision {
            name: "besluit".to_owned(),
            title: "Besluit".to_owned(),
            by: who(dice),
            advice: dice.list(1, who),
            outcomes: (0..2)
                .map(|n| Outcome {
                    meta: Meta::default(),
                    name: format!("uitkomst-{n}"),
                    title: String::new(),
                    motivated: dice.chance(3),
                    to: target(dice, steps),
                })
                .collect(),
        },
        5 | 6 => ExitKind::Act {
            name: "handeling".to_owned(),
            title: String::new(),
            by: vec![who(dice)],
            only_if: dice.chance(3).then(|| condition(dice, 1)),
            motivated: dice.chance(3),
            to: if dice.chance(3) {
                Target::Stay
            } else {
                target(dice, steps)
            },
        },
        7 => ExitKind::Allocate {
            kind: PartyKind::Municipality,
            by: who(dice),
            to: target(dice, steps),
        },
        8 => ExitKind::Offer(Offer {
            by: who(dice),
            answered_by: who(dice),
            at_most: u32::from(1 + dice.below(3)),
            grounds: vec![("te-duur".to_owned(), String::new())],
            answer: dice.chance(7).then(|| dice.length()),
            ladder: ladder(dice),
            accepted: target(dice, steps),
            exhausted: target(dice, steps),
        }),
        _ if dice.chance(7) => ExitKind::After(dice.length(), target(dice, steps)),
        _ => ExitKind::On(date(2019, 6, 1), target(dice, steps)),
    };
    Exit {
        meta: meta("uitgang"),
        kind,
    }
}

fn step(dice: &mut Dice, steps: u16) -> Step {
    let mut exits = vec![exit(dice, steps)];
    exits.extend(dice.list(3, |dice| exit(dice, steps)));
    let suspension = dice.chance(5).then(|| Suspension {
        meta: meta("opschorten"),
        during: dice.chance(5).then(|| StepId(dice.below(steps))),
        by: dice.list(1, who),
        at_most: Duration {
            amount: u32::from(1 + dice.below(4)),
            unit: Unit::Weeks,
        },
    });
    Step {
        meta: meta("stap"),
        name: "stap".to_owned(),
        title: String::new(),
        actors: vec![Who::Role(RoleId(dice.below(3))), who(dice)],
        supplies: dice.list(2, |dice| Supply {
            fact: FactId(dice.below(FACTS)),
            required: dice.chance(5),
        }),
        evidence: dice.list(1, |_| EvidenceId(0)),
        tasks: dice.list(3, |dice| Task {
            meta: meta("taak"),
            name: "taak".to_owned(),
            title: String::new(),
            actors: dice.list(1, who),
            deadline: dice.chance(6).then(|| deadline(dice, steps)),
            needed_if: dice.chance(5).then(|| condition(dice, 1)),
        }),
        deadlines: dice.list(2, |dice| deadline(dice, steps)),
        suspension,
        extension: dice.chance(4).then(|| Extension {
            meta: meta("verlengen"),
            length: dice.length(),
            at_most: u32::from(1 + dice.below(2)),
            by: vec![who(dice)],
            notify: vec![who(dice)],
        }),
        reschedule: dice.chance(3).then(|| reschedule(dice)),
        evaluations: dice.list(1, |dice| StepEvaluation {
            meta: meta("evaluatie"),
            every: Duration {
                amount: 2,
                unit: Unit::Months,
            },
            by: who(dice),
            required: dice.list(1, who),
            invited: Vec::new(),
            ladder: ladder(dice),
        }),
        contract: dice.chance(2).then(|| Contract {
            meta: meta("contract"),
            form: "omklapcontract".to_owned(),
            holder: None,
            at_least: Some(dice.length()),
            flips: Some(ExitId(0)),
            fails: None,
        }),
        exits,
    }
}

fn eligibility(dice: &mut Dice) -> Eligibility {
    let mut criteria = dice.list(3, |dice| Criterion {
        meta: meta("criterium"),
        name: "criterium".to_owned(),
        label: None,
        polarity: dice.pick(&[Polarity::Required, Polarity::Excluding]),
        test: Test::Condition(condition(dice, 2)),
    });
    criteria.push(Criterion {
        meta: meta("oordeel"),
        name: "oordeel".to_owned(),
        label: None,
        polarity: Polarity::Required,
        test: Test::Judgement(who(dice)),
    });
    Eligibility {
        meta: meta("doelgroep"),
        criteria,
        decided_by: dice.chance(5).then(|| who(dice)),
        advice: dice.list(1, who),
        objection: dice.chance(6).then(|| Objection {
            meta: meta("bezwaar"),
            by: who(dice),
            within: Duration {
                amount: 6,
                unit: Unit::Weeks,
            },
        }),
        hardship: dice.chance(5).then(|| (meta("hardheid"), who(dice))),
    }
}

fn spreading(dice: &mut Dice) -> Spreading {
    Spreading {
        meta: meta("spreiding"),
        unit: "woningen".to_owned(),
        over: PartyKind::Municipality,
        period: SpreadPeriod::Year,
        target: Some(SpreadTarget {
            meta: Meta::default(),
            force: dice.pick(&[TargetForce::Aim, TargetForce::Ceiling]),
            amount: TargetAmount::Count(10),
        }),
        key: ShareKey::Attribute("inwoners".to_owned()),
        fixed_shares: Vec::new(),
        rounding: Rounding::LargestRemainder,
        preference: vec![Preference::Fact(FactId(3)), Preference::FurthestBehind],
        contra_indications: Vec::new(),
        capacity: None,
        joining: MidPeriod::NextPeriod,
        leaving: MidPeriod::NextPeriod,
        shortfall: CarryOver::Lapses,
        surplus: CarryOver::Lapses,
        release: None,
        caps: Vec::new(),
        decided_by: None,
        home_found_by: None,
        departure: dice.chance(5).then(|| Departure {
            meta: Meta::default(),
            by: dice.chance(5).then(|| who(dice)),
        }),
        sources: SpreadingSources::default(),
    }
}

fn notices(dice: &mut Dice, steps: u16) -> Vec<Notice> {
    let scheme = SchemeId(0);
    let step = StepId(dice.below(steps));
    let triggers = [
        Trigger::Opened,
        Trigger::StepEntered(scheme, step),
        Trigger::TaskDone(scheme, step, TaskId(0)),
        Trigger::ExitTaken(scheme, Some(step), ExitId(0)),
        Trigger::Ended(Some(scheme), None),
        Trigger::Overdue,
        Trigger::Corrected,
        Trigger::Suspended,
    ];
    dice.list(4, |dice| Notice {
        meta: Meta::default(),
        name: "melding".to_owned(),
        on: dice.pick(&triggers),
        to: vec![who(dice)],
        channels: vec![Channel::Inbox],
        template: None,
        template_span: None,
        fields: Vec::new(),
    })
}

fn term(dice: &mut Dice, at_end: AtEnd) -> Term {
    Term {
        meta: meta("looptijd"),
        signed: Some(date(2017, 3, 15)),
        length: TermLength::Dates {
            from: date(2017, 3, 15),
            until: date(2020, 1, 1),
        },
        entry: Entry::On(date(2017, 3, 15)),
        extension: dice.chance(6).then(|| TermExtension {
            meta: meta("verlenging"),
            by: dice.chance(5).then_some(BodyId(1)),
            by_length: Duration {
                amount: 6,
                unit: Unit::Months,
            },
            at_most: 1,
        }),
        notice: dice.chance(6).then(|| {
            let ahead = Duration {
                amount: 3,
                unit: Unit::Months,
            };
            (meta("opzegging"), ahead)
        }),
        notice_reminders: ladder(dice).reminders,
        evaluations: dice.list(2, |dice| TermEvaluation {
            meta: meta("evaluatie"),
            when: if dice.chance(5) {
                EvaluationWhen::Every(Duration {
                    amount: 12,
                    unit: Unit::Months,
                })
            } else {
                EvaluationWhen::On(date(2018, 10, 1))
            },
            by: who(dice),
            ladder: ladder(dice),
        }),
        at_end,
    }
}

/// A random agreement with one scheme.
pub fn convenant(dice: &mut Dice) -> Convenant {
    let steps = 1 + dice.below(4);
    let at_end = if dice.chance(5) {
        AtEnd::Move(vec![target(dice, steps)])
    } else {
        AtEnd::Finish
    };
    let handover = Handover {
        meta: Meta::default(),
        reschedule: dice.chance(3).then(|| reschedule(dice)),
        start: StepId(0),
        steps: (0..steps).map(|_| step(dice, steps)).collect(),
        always: vec![Exit {
            meta: meta("altijd"),
            kind: ExitKind::Act {
                name: "intrekken".to_owned(),
                title: String::new(),
                by: vec![Who::Role(RoleId(0))],
                only_if: None,
                motivated: dice.chance(5),
                to: dice.pick(&[Target::Stay, Target::End(EndId(1))]),
            },
        }],
        ends: ["af", "niet"]
            .map(|name| End {
                meta: Meta::default(),
                name: name.to_owned(),
                title: String::new(),
                succeeded: name == "af",
            })
            .to_vec(),
        deadlines: dice.list(2, |dice| deadline(dice, steps)),
    };
    Convenant {
        header: Header {
            meta: Meta::default(),
            title: "Proef".to_owned(),
            region: "Proef".to_owned(),
            version: 1,
            source: None,
            calendar: dice.pick(&[
                CalendarKind::WorkingDays,
                CalendarKind::Atw,
                CalendarKind::CalendarDays,
            ]),
            month_end: dice.pick(&[MonthEnd::LastDay, MonthEnd::NextDay]),
            amends: None,
        },
        term: term(dice, at_end),
        parties: parties(),
        roles: roles(),
        bodies: bodies(dice),
        consents: Vec::new(),
        facts: facts(),
        evidence: vec![Evidence {
            meta: Meta::default(),
            name: "bewijs".to_owned(),
            label: None,
            supplied_by: Vec::new(),
            issuer: None,
            max_age: Some(Duration {
                amount: 6,
                unit: Unit::Months,
            }),
            needed_if: dice.chance(5).then(|| condition(dice, 1)),
        }],
        homes: None,
        schemes: vec![Scheme {
            meta: Meta::default(),
            name: "proef".to_owned(),
            title: "Proef".to_owned(),
            eligibility: eligibility(dice),
            spreading: dice.chance(9).then(|| spreading(dice)),
            handover,
            relations: Vec::new(),
        }],
        notices: notices(dice, steps),
        last_resort: dice.chance(5).then(|| LastResort {
            meta: meta("vangnet"),
            who: who(dice),
        }),
        digests: Vec::new(),
        oversight: Oversight {
            duties: vec![Duty {
                meta: meta("plicht"),
                name: "jaarverslag".to_owned(),
                title: String::new(),
                by: who(dice),
                every: Duration {
                    amount: 12,
                    unit: Unit::Months,
                },
                within: Duration {
                    amount: 8,
                    unit: Unit::Weeks,
                },
                ladder: ladder(dice),
            }],
            ..Oversight::default()
        },
        transition: None,
    }
}

/// A value that mostly fits the fact.
pub fn value(dice: &mut Dice, fact: FactId, around: Date) -> Value {
    match if dice.chance(9) {
        fact.0
    } else {
        dice.below(FACTS)
    } {
        0 => Value::Bool(dice.chance(5)),
        1 => Value::Money(i64::from(dice.below(3)) * 100),
        2 => {
            let days = jiff::Span::new().days(i64::from(dice.below(120)) - 60);
            Value::Date(around.saturating_add(days))
        }
        3 => Value::Party(PartyId(dice.below(PARTIES))),
        4 => Value::Number(i64::from(dice.below(5))),
        _ => Value::Periods(vec![Period {
            from: date(2016, 1, 1),
            until: None,
        }]),
    }
}
