//! `convenant simulate`: invented cases from opening to end, in memory only, and what came of them.
//!
//! Input: a region's file, a number of cases, a seed, a span of days. Output: a summary: throughput time per step, deadlines, spreading.
//! Invariant: same file, cases, seed and days, same summary, to the letter.

use std::collections::BTreeMap;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use convenant_engine::spread::{CaseRef, InForce};
use convenant_engine::{
    Closing, Event, EventKind, Moment, Place, Program, civil_date, start_of_day,
};
use convenant_lang::model::{Convenant, Entry, SchemeId, TermLength};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use crate::args::{Format, Simulate};
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::people::{Chance, DAY, Happening, Opening, Troupe};
use crate::{Failure, check, scenario, words};

/// `convenant simulate`.
pub fn run(args: &Simulate, out: &mut Output) -> Result<(), Failure> {
    let (model, _) = check::demand(&args.file, out)?;
    let from = args
        .from
        .or_else(|| entry(&model))
        .ok_or_else(|| Failure::Use(say!(out.messages, "simulate-from")))?;
    let until = args
        .until
        .or_else(|| from.checked_add(2.years()).ok())
        .filter(|until| *until > from)
        .ok_or_else(|| Failure::Use(say!(out.messages, "simulate-until")))?;
    let program = scenario::compile(model, out)?;
    let summary = simulate(&program, args.cases, args.seed, from, until);
    match args.format {
        Format::Json => {
            let json = serde_json::to_value(&summary).map_err(std::io::Error::from)?;
            out.json(&json)
        }
        Format::Text => {
            let text = tell(&summary, &out.messages);
            out.print(&crate::output::tame(&text))
        }
    }
}

/// The first day in force, as far as the file says it.
pub fn entry(model: &Convenant) -> Option<Date> {
    match (&model.term.entry, &model.term.length) {
        (Entry::On(date), _) => Some(*date),
        // In force once the last has signed.
        (Entry::WhenAllSigned, TermLength::Dates { from, .. }) => Some(*from),
        (Entry::WhenAllSigned, _) => model.parties.iter().filter_map(|party| party.signed).max(),
    }
}

/// Days on which cases open: spread evenly by lot over the span, in office hours, over the schemes that open of themselves.
pub fn openings(program: &Program, cases: u32, seed: u64, from: Date, until: Date) -> Vec<Opening> {
    let model = program.model();
    let schemes: Vec<SchemeId> = (0_u16..)
        .zip(&model.schemes)
        .filter(|(_, scheme)| {
            use convenant_lang::model::Relation;
            // A scheme that is open only after a refusal is left to those who were refused.
            let mut relations = scheme.relations.iter();
            !relations.any(|relation| matches!(relation, Relation::OnlyAfterRefusal { .. }))
        })
        .map(|(id, _)| SchemeId(id))
        .collect();
    let (first, last) = (start_of_day(from).0, start_of_day(until).0);
    let mut all: Vec<Opening> = (0..cases)
        .filter_map(|number| {
            let mut chance = Chance::of(seed, [u64::from(number), 0, 0]);
            let days = (last - first) / DAY;
            let day = civil_date(Moment(first + chance.below(days) * DAY + DAY / 2));
            let working = (0..14)
                .filter_map(|later: i64| day.checked_add(later.days()).ok())
                .find(|day| !program.holidays().is_day_off(*day))?;
            let minute = chance.between(9 * 60, 16 * 60 + 30);
            Some(Opening {
                at: Moment(start_of_day(working).0 + minute * 60_000),
                scheme: *chance.pick(&schemes)?,
                id: CaseRef(u128::from(number)),
            })
        })
        .collect();
    all.sort_by_key(|opening| (opening.at, opening.id));
    all
}

/// What came of the cases.
#[derive(Debug, Serialize)]
pub struct Summary {
    region: String,
    from: Date,
    until: Date,
    seed: u64,
    cases: u32,
    opened: u32,
    running: u32,
    refused: u32,
    ends: Vec<End>,
    steps: Vec<Throughput>,
    deadlines: Vec<Deadlines>,
    spreading: Vec<Period>,
}

#[derive(Debug, Serialize)]
struct End {
    scheme: String,
    end: String,
    succeeded: bool,
    cases: u32,
}

#[derive(Debug, Serialize)]
struct Throughput {
    scheme: String,
    step: String,
    visits: usize,
    /// In tenths of a day.
    median_tenths: i64,
    /// In tenths of a day.
    p90_tenths: i64,
}

#[derive(Debug, Default, Serialize)]
struct Deadlines {
    scheme: String,
    deadline: String,
    in_time: u32,
    late: u32,
    lapsed: u32,
    overdue: u32,
}

#[derive(Debug, Serialize)]
struct Period {
    scheme: String,
    from: Date,
    until: Date,
    parties: Vec<Party>,
}

#[derive(Debug, Serialize)]
struct Party {
    party: String,
    target: Option<i64>,
    placed: u32,
}

/// Plays the cases.
pub fn simulate(program: &Program, cases: u32, seed: u64, from: Date, until: Date) -> Summary {
    let openings = openings(program, cases, seed, from, until);
    let begin = entry(program.model()).map_or(from, |entry| entry.min(from));
    let mut troupe = Troupe::new(program, seed, start_of_day(begin), &openings);
    let end = start_of_day(until);
    let mut visits = Visits::default();
    while troupe.next_at().is_some_and(|at| at < end) {
        if let Some(Happening::Case(done)) = troupe.step() {
            visits.events(done.number, &done.decision.events);
        }
    }
    summarise(&troupe, &visits, seed, cases, from, until)
}

/// How long cases stayed in steps.
#[derive(Default)]
struct Visits {
    /// By case: scheme and step in which it is, and since when.
    at: BTreeMap<usize, (SchemeId, u16, Moment)>,
    /// By scheme and step: lengths of stay in milliseconds.
    stays: BTreeMap<(SchemeId, u16), Vec<i64>>,
}

impl Visits {
    fn events(&mut self, case: usize, events: &[Event]) {
        for event in events {
            let known = self.at.get(&case).copied();
            let entered = match event.kind {
                EventKind::Opened { scheme, step } => Some((scheme, step.0, event.at)),
                EventKind::Entered { step } => known.map(|(scheme, ..)| (scheme, step.0, event.at)),
                EventKind::Ended { .. } => None,
                _ => continue,
            };
            if let Some((scheme, step, since)) = known {
                let stay = event.at.0 - since.0;
                self.stays.entry((scheme, step)).or_default().push(stay);
            }
            match entered {
                Some(entered) => self.at.insert(case, entered),
                None => self.at.remove(&case),
            };
        }
    }
}

fn summarise(
    troupe: &Troupe,
    visits: &Visits,
    seed: u64,
    cases: u32,
    from: Date,
    until: Date,
) -> Summary {
    let program = troupe.world.program;
    let model = program.model();
    let count = |fits: fn(&Place) -> bool| {
        let members = troupe.members.iter();
        members
            .filter(|member| fits(&member.track.case.place))
            .count() as u32
    };
    let nowhere = count(|place| matches!(place, Place::Nowhere));
    Summary {
        region: model.header.region.clone(),
        from,
        until,
        seed,
        cases,
        opened: troupe.members.len() as u32 - nowhere,
        running: count(|place| matches!(place, Place::Step(_))),
        refused: nowhere,
        ends: ends(troupe),
        steps: throughput(model, visits),
        deadlines: deadlines(troupe),
        spreading: spreading(troupe, from, until),
    }
}

fn ends(troupe: &Troupe) -> Vec<End> {
    let mut counts: BTreeMap<(SchemeId, u16), u32> = BTreeMap::new();
    for member in &troupe.members {
        let case = &member.track.case;
        if let (Some(scheme), Place::End(end)) = (case.scheme, case.place) {
            *counts.entry((scheme, end.0)).or_default() += 1;
        }
    }
    let model = troupe.world.program.model();
    (0_u16..)
        .zip(&model.schemes)
        .flat_map(|(id, scheme)| {
            let counts = &counts;
            (0_u16..)
                .zip(&scheme.handover.ends)
                .map(move |(number, end)| End {
                    scheme: scheme.name.clone(),
                    end: end.name.clone(),
                    succeeded: end.succeeded,
                    cases: counts.get(&(SchemeId(id), number)).copied().unwrap_or(0),
                })
        })
        .collect()
}

fn throughput(model: &Convenant, visits: &Visits) -> Vec<Throughput> {
    let mut found = Vec::new();
    for (id, scheme) in (0_u16..).zip(&model.schemes) {
        for (number, step) in (0_u16..).zip(&scheme.handover.steps) {
            let Some(stays) = visits.stays.get(&(SchemeId(id), number)) else {
                continue;
            };
            let mut stays = stays.clone();
            stays.sort_unstable();
            found.push(Throughput {
                scheme: scheme.name.clone(),
                step: step.name.clone(),
                visits: stays.len(),
                median_tenths: percentile(&stays, 50),
                p90_tenths: percentile(&stays, 90),
            });
        }
    }
    found
}

/// The smallest stay that so many of a hundred do not pass, in tenths of a day.
fn percentile(sorted: &[i64], share: usize) -> i64 {
    let rank = (sorted.len() * share).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0, |stay| stay * 10 / DAY)
}

fn deadlines(troupe: &Troupe) -> Vec<Deadlines> {
    let model = troupe.world.program.model();
    let mut counts: BTreeMap<(SchemeId, String), Deadlines> = BTreeMap::new();
    for member in &troupe.members {
        let case = &member.track.case;
        let Some((id, scheme)) = case
            .scheme
            .and_then(|id| model.schemes.get(id.index()).map(|scheme| (id, scheme)))
        else {
            continue;
        };
        let closed = case
            .closed
            .iter()
            .map(|(of, _, closing)| (*of, Some(*closing)));
        let overdue = case
            .deadlines
            .iter()
            .filter(|deadline| case.overdue.contains(&deadline.id))
            .map(|deadline| (deadline.of, None));
        for (of, closing) in closed.chain(overdue) {
            let name = words::deadline(&scheme.handover, of);
            let count = counts
                .entry((id, name.clone()))
                .or_insert_with(|| Deadlines {
                    scheme: scheme.name.clone(),
                    deadline: name,
                    ..Deadlines::default()
                });
            match closing {
                Some(Closing::InTime) => count.in_time += 1,
                Some(Closing::Late) => count.late += 1,
                Some(Closing::Lapsed) => count.lapsed += 1,
                None => count.overdue += 1,
            }
        }
    }
    counts.into_values().collect()
}

/// Per period of the span: what each party was to place, and what it placed.
fn spreading(troupe: &Troupe, from: Date, until: Date) -> Vec<Period> {
    let world = &troupe.world;
    let model = world.program.model();
    let in_force = InForce {
        from: world.life.in_force.unwrap_or(from),
        until: world.life.until,
    };
    let mut found = Vec::new();
    for (id, scheme) in (0_u16..).zip(&model.schemes) {
        let Some(spread) = world.program.spread(SchemeId(id)) else {
            continue;
        };
        let mut day = from.max(in_force.from);
        while day < until {
            let Ok(targets) = spread.targets(&world.ledger, in_force, day) else {
                break;
            };
            // Parties come and go within a period: it is looked at on its last day.
            let next = targets.period.until;
            let last = next.min(until).yesterday().unwrap_or(day).max(day);
            let targets = spread
                .targets(&world.ledger, in_force, last)
                .unwrap_or(targets);
            found.push(Period {
                scheme: scheme.name.clone(),
                from: targets.period.from,
                until: targets.period.until,
                parties: targets
                    .parties
                    .iter()
                    .map(|target| Party {
                        party: model
                            .parties
                            .get(target.party.index())
                            .map_or_else(String::new, |party| party.name.clone()),
                        target: target.due(),
                        placed: target.placed,
                    })
                    .collect(),
            });
            if next <= day {
                break;
            }
            day = next;
        }
    }
    found
}

/// The summary as tables.
fn tell(summary: &Summary, messages: &Messages) -> String {
    let mut text = say!(
        messages,
        "simulate-head",
        region = &summary.region,
        opened = summary.opened,
        from = words::date(summary.from, messages),
        until = words::date(summary.until, messages),
        seed = summary.seed.to_string()
    );
    text.push_str("\n\n");
    let mut ends = table(&[
        say!(messages, "simulate-end"),
        say!(messages, "simulate-cases"),
    ]);
    for end in &summary.ends {
        ends.add_row([end.end.clone(), end.cases.to_string()]);
    }
    ends.add_row([
        say!(messages, "simulate-running"),
        summary.running.to_string(),
    ]);
    let mut steps = table(&[
        say!(messages, "simulate-step"),
        say!(messages, "simulate-visits"),
        say!(messages, "simulate-median"),
        say!(messages, "simulate-p90"),
    ]);
    for step in &summary.steps {
        steps.add_row([
            step.step.clone(),
            step.visits.to_string(),
            tenths(step.median_tenths),
            tenths(step.p90_tenths),
        ]);
    }
    let mut deadlines = table(&[
        say!(messages, "simulate-deadline"),
        say!(messages, "simulate-in-time"),
        say!(messages, "simulate-late"),
        say!(messages, "simulate-overdue"),
        say!(messages, "simulate-lapsed"),
    ]);
    for deadline in &summary.deadlines {
        deadlines.add_row([
            deadline.deadline.clone(),
            deadline.in_time.to_string(),
            deadline.late.to_string(),
            deadline.overdue.to_string(),
            deadline.lapsed.to_string(),
        ]);
    }
    for table in [ends, steps, deadlines] {
        text.push_str(&format!("{table}\n\n"));
    }
    for period in &summary.spreading {
        text.push_str(&say!(
            messages,
            "simulate-period",
            from = words::date(period.from, messages),
            until = words::date(period.until, messages),
            scheme = &period.scheme
        ));
        let mut parties = table(&[
            say!(messages, "simulate-party"),
            say!(messages, "simulate-target"),
            say!(messages, "simulate-placed"),
        ]);
        for party in &period.parties {
            let target = party
                .target
                .map_or_else(|| "-".to_owned(), |target| target.to_string());
            parties.add_row([party.party.clone(), target, party.placed.to_string()]);
        }
        text.push_str(&format!("\n{parties}\n\n"));
    }
    text
}

/// A table whose first column is text and the others are numbers.
fn table(heads: &[String]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(heads);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn tenths(number: i64) -> String {
    format!("{},{}", number / 10, number % 10)
}
