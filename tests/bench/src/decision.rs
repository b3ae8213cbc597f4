//! One decision: 20 conditions over 25 typed facts with the deciding clauses, against rules written by hand and the peers.

use std::hint::black_box;

use anyhow::{Context, Result};
use convenant_engine::{FactReader, FactSlots, Holidays, Program};
use convenant_lang::model::{SchemeId, Value};
use jiff::civil::Date;

use crate::measure::{Bench, Goal};
use crate::peers::{Cedar, Cel, Zen};
use crate::rules::{self, Choice, Record};

const ON: Date = Date::constant(2018, 5, 2);

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("decision") {
        return Ok(());
    }
    let program = program()?;
    same_answers(&program)?;
    times(bench, &program)?;
    from_json(bench, &program)
}

fn program() -> Result<Program> {
    let checked = convenant_lang::check(rules::convenant().as_bytes());
    let errors: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|d| d.message(convenant_lang::Lang::En))
        .collect();
    let model = checked.model.with_context(|| errors.join("\n"))?;
    Ok(Program::compile(model, Holidays::dutch())?)
}

/// A record in the slots of the convenant.
fn fill(program: &Program, record: &Record, slots: &mut FactSlots) -> Result<()> {
    slots.clear();
    let serde_json::Value::Object(facts) = serde_json::to_value(record)? else {
        anyhow::bail!("a record is an object");
    };
    for (name, value) in facts {
        let fact = program.model().fact_named(&name).context("no such fact")?;
        let number = value.as_i64();
        let value = match name.as_bytes().first() {
            Some(b'j') => value.as_bool().map(Value::Bool),
            Some(b'g') => number.map(|n| Value::Number(n * convenant_lang::model::SCALE)),
            Some(b'b') => number.map(Value::Money),
            _ => serde_json::from_value::<Option<Choice>>(value)?.map(|c| Value::Choice(c as u16)),
        };
        if let Some(value) = value {
            slots.set(fact, value);
        }
    }
    Ok(())
}

/// A bit for each criterion, in the order of the file.
fn bits(verdict: &convenant_engine::Verdict, rules: &convenant_engine::Rules) -> u32 {
    verdict.deciding(rules).fold(0, |bits, id| bits | 1 << id.0)
}

/// All forms agree on a thousand records; the three-valued ones on a thousand with unknown facts too.
fn same_answers(program: &Program) -> Result<()> {
    let scheme = SchemeId(0);
    let rules = program.rules(scheme).context("no rules")?;
    let today = program.rules_on(scheme, ON).context("no rules")?;
    let (cel, zen, cedar) = (Cel::new()?, Zen::new()?, Cedar::new()?);
    let mut machine = zen_expression::vm::VM::new();
    let mut slots = rules.slots();
    for unknown_in in [0, 5] {
        for record in rules::records(1000, unknown_in) {
            let hand = rules::by_hand(&record);
            fill(program, &record, &mut slots)?;
            let verdict = today.verdict(&slots);
            let expected = match (hand.failed, hand.unknown) {
                (0, 0) => (1 << 20) - 1,
                (0, unknown) => unknown,
                (failed, _) => failed,
            };
            anyhow::ensure!(bits(&verdict, rules) == expected, "not the same: {record:?}");
            if unknown_in == 0 {
                let answers = [
                    cel.failed(&cel.context(&record)?)?,
                    zen.failed(&Zen::context(&record)?, &mut machine)?,
                    cedar.failed(&cedar.request(&record)?)?,
                ];
                anyhow::ensure!(answers == [hand.failed; 3], "not the same: {record:?}");
            }
        }
    }
    Ok(())
}

/// Goes round the records, so that no branch is learnt by heart.
struct Round<'a, T> {
    items: &'a [T],
    next: usize,
}

impl<'a, T> Round<'a, T> {
    fn new(items: &'a [T]) -> Self {
        Round { items, next: 0 }
    }

    fn turn(&mut self) -> &'a T {
        // No division: it would cost as much as the rules.
        self.next = if self.next + 1 == self.items.len() { 0 } else { self.next + 1 };
        &self.items[self.next]
    }
}

fn times(bench: &mut Bench, program: &Program) -> Result<()> {
    let scheme = SchemeId(0);
    let rules = program.rules(scheme).context("no rules")?;
    let today = program.rules_on(scheme, ON).context("no rules")?;
    let filled = |records: &[Record]| -> Result<Vec<FactSlots>> {
        records
            .iter()
            .map(|record| {
                let mut slots = rules.slots();
                fill(program, record, &mut slots)?;
                Ok(slots)
            })
            .collect()
    };
    let records = rules::records(1000, 0);
    let clients = filled(&records)?;
    let (mut hand, mut client) = (Round::new(&records), Round::new(&clients));
    let by_hand = bench.nanoseconds("decision-by-hand", || rules::by_hand(black_box(hand.turn())))?;
    let ours = bench.nanoseconds("decision-ours", || today.verdict(black_box(client.turn())))?;

    let unknown_records = rules::records(1000, 5);
    let unknown_clients = filled(&unknown_records)?;
    let (mut hand, mut client) = (Round::new(&unknown_records), Round::new(&unknown_clients));
    let unknown_by_hand =
        bench.nanoseconds("decision-by-hand-unknown", || rules::by_hand(black_box(hand.turn())))?;
    let unknown_ours =
        bench.nanoseconds("decision-ours-unknown", || today.verdict(black_box(client.turn())))?;

    let (cel, zen, cedar) = (Cel::new()?, Zen::new()?, Cedar::new()?);
    let some = &records[..100];
    let contexts = some.iter().map(|r| cel.context(r)).collect::<Result<Vec<_>>>()?;
    let mut turn = Round::new(&contexts);
    let cel_time = bench.nanoseconds("decision-cel", || cel.failed(turn.turn()))?;
    let contexts = some.iter().map(Zen::context).collect::<Result<Vec<_>>>()?;
    let mut machine = zen_expression::vm::VM::new();
    let mut turn = Round::new(&contexts);
    let zen_time = bench.nanoseconds("decision-zen", || zen.failed(turn.turn(), &mut machine))?;
    let requests = some.iter().map(|r| cedar.request(r)).collect::<Result<Vec<_>>>()?;
    let mut turn = Round::new(&requests);
    let cedar_time = bench.nanoseconds("decision-cedar", || cedar.failed(turn.turn()))?;

    let what = "one decision, 20 conditions over 25 facts";
    bench.compare_times(what, ours, "written by hand", by_hand, Goal::AtMost(6.0));
    bench.compare_times("… with unknown facts", unknown_ours, "written by hand", unknown_by_hand, Goal::AtMost(6.0));
    bench.compare_times(what, ours, "cel", cel_time, Goal::AtMost(1.0 / 50.0));
    bench.compare_times(what, ours, "ZEN", zen_time, Goal::AtMost(1.0));
    bench.compare_times(what, ours, "Cedar", cedar_time, Goal::AtMost(1.0));
    Ok(())
}

fn from_json(bench: &mut Bench, program: &Program) -> Result<()> {
    let rules = program.rules(SchemeId(0)).context("no rules")?;
    let today = program.rules_on(SchemeId(0), ON).context("no rules")?;
    let texts = rules::records(1000, 0)
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<Vec<_>, _>>()?;
    let mut turn = Round::new(&texts);
    let serde = bench.nanoseconds("decision-json-serde", || {
        serde_json::from_str::<Record>(black_box(turn.turn()))
    })?;
    let reader = FactReader::new(program.model());
    let mut slots = rules.slots();
    let mut turn = Round::new(&texts);
    let ours = bench.nanoseconds("decision-json-ours", || {
        slots.clear();
        let read = reader.read(black_box(turn.turn()), &mut slots);
        (read.is_ok(), today.verdict(&slots))
    })?;
    let cel = Cel::new()?;
    let mut turn = Round::new(&texts);
    let cel_time = bench.nanoseconds("decision-json-cel", || -> Result<u32> {
        let record: Record = serde_json::from_str(turn.turn())?;
        cel.failed(&cel.context(&record)?)
    })?;
    let what = "the same from JSON text";
    bench.compare_times(what, ours, "serde into a struct", serde, Goal::AtMost(1.5));
    bench.compare_times(what, ours, "cel", cel_time, Goal::AtMost(1.0));
    Ok(())
}
