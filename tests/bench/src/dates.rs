//! A due date and its explanation, against the same count written by hand over jiff, day by day.

use std::collections::HashSet;
use std::hint::black_box;

use anyhow::{Context as _, Result};
use convenant_engine::calendar::{Counting, due};
use convenant_engine::{
    Actor, Case, Command, Context, Holidays, Ledger, Life, LifeCommand, Moment, Program, apply, apply_life,
    decide, decide_life, explain_date, start_of_day,
};
use convenant_lang::model::{CalendarKind, Duration, MonthEnd, PartyId, RoleId, SchemeId, Unit};
use jiff::civil::{Date, Weekday, date};

use crate::measure::{Bench, Goal};

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("dates") {
        return Ok(());
    }
    let holidays = Holidays::dutch();
    let off: HashSet<Date> = holidays.all().iter().map(|row| row.on).collect();
    let ten = Duration { amount: 10, unit: Unit::WorkingDays };
    let how = Counting {
        calendar: CalendarKind::WorkingDays,
        month_end: MonthEnd::LastDay,
        backward: false,
        start_counts: false,
    };
    let mut starts = Vec::new();
    let mut day = date(2017, 1, 1);
    while day < date(2020, 1, 1) {
        anyhow::ensure!(due(&holidays, day, ten, how).ok() == by_hand(&off, day, 10), "not the same: {day}");
        starts.push(day);
        day = day.tomorrow()?;
    }
    let mut turn = starts.iter().cycle();
    let ours = bench.nanoseconds("dates-ours", || due(&holidays, black_box(*turn.next()?), ten, how).ok())?;
    let mut turn = starts.iter().cycle();
    let hand = bench.nanoseconds("dates-by-hand", || by_hand(&off, black_box(*turn.next()?), 10))?;

    let (program, case) = running()?;
    let id = case.deadlines.first().context("no deadline runs")?.id;
    let told = explain_date(&program, &case, id).context("no such deadline")??;
    anyhow::ensure!(told.count.steps.len() > 5, "the explanation names each day: {told:?}");
    let explained = bench.nanoseconds("dates-explained", || explain_date(&program, black_box(&case), id))?;

    let what = "a date, 10 working days";
    bench.compare_times(what, ours, "day by day over jiff", hand, Goal::AtMost(1.0));
    bench.compare_times(what, ours, "100 ns", 100.0, Goal::AtMost(1.0));
    bench.compare_times("a date of a case with its explanation", explained, "2 µs", 2_000.0, Goal::AtMost(1.0));
    Ok(())
}

/// So many working days after a day.
fn by_hand(off: &HashSet<Date>, start: Date, mut days: u32) -> Option<Date> {
    let mut day = start;
    while days > 0 {
        day = day.tomorrow().ok()?;
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !off.contains(&day) {
            days -= 1;
        }
    }
    Some(day)
}

/// A case whose first step has a term of ten working days, over Whitsun.
fn running() -> Result<(Program, Case)> {
    let text = "convenant \"Meting\" {\n  aanname\n  regio Meting\n  versie 1\n  kalender werkdagen\n}\n\
        looptijd {\n  aanname\n  van 1 januari 2017 tot 1 januari 2020\n}\n\
        partijen {\n  aanname\n  zorgaanbieder Zorg\n  rol aanmelder is Zorg\n}\n\
        gegevens {\n  aanname\n  past : ja/nee van aanmelder\n}\n\
        doelgroep {\n  aanname\n  criterium past { past }\n}\n\
        overdracht {\n  aanname\n  begin toets\n  stap toets {\n    door aanmelder binnen 10 werkdagen\n    levert past\n\
            besluit doelgroep {\n      voldoet -> klaar\n      voldoet niet -> niet\n    }\n  }\n\
          einde klaar geslaagd\n  einde niet niet geslaagd\n}\n";
    let checked = convenant_lang::check(text.as_bytes());
    let model = checked.model.with_context(|| format!("{:?}", checked.diagnostics))?;
    let program = Program::compile(model, Holidays::dutch())?;
    let now = Moment(start_of_day(date(2018, 5, 7)).0 + 12 * 3_600_000);
    let mut life = Life::default();
    let established = decide_life(&program, &life, &Actor::Clock, &LifeCommand::Establish, now)
        .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    for event in &established.events {
        apply_life(&mut life, event);
    }
    let context = Context { now, ledger: &Ledger::default(), life: &life, refusals: &[] };
    let person = Actor::Person { person: "p".to_owned(), party: PartyId(0), role: RoleId(0) };
    let mut case = Case::default();
    let opened = decide(&program, &case, &person, &Command::Open { scheme: SchemeId(0) }, &context)
        .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    for event in &opened.events {
        apply(&mut case, event);
    }
    Ok((program, case))
}
