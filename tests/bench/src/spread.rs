//! The ledger of a million placements: folding it, and who is next with it.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use convenant_engine::spread::{CaseRef, InForce, Question};
use convenant_engine::{Holidays, Ledger, Placement, Program};
use convenant_lang::model::{PartyId, PartyKind, SchemeId};
use jiff::civil::{Date, date};

use crate::measure::{Bench, Goal};

const FILE: &str = include_str!("../../../convenants/utrecht/utrecht.convenant");

/// How many placements.
const PLACEMENTS: u32 = 1_000_000;

/// Placements per second that are promised.
const PROMISED: f64 = 1e6;

/// How often the fold is run; the median counts.
const RUNS: usize = 5;

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("spread") {
        return Ok(());
    }
    let checked = convenant_lang::check(FILE.as_bytes());
    let model = checked.model.context("the file has errors")?;
    let kinds = (0..).map(PartyId).zip(&model.parties);
    let parties: Vec<PartyId> =
        kinds.filter(|(_, party)| party.kind == PartyKind::Municipality).map(|(id, _)| id).collect();
    let program = Program::compile(model, Holidays::dutch())?;
    let spread = program.spread(SchemeId(0)).context("nothing is spread")?;
    let placements = placements(&parties)?;

    let (rate, _) = fold(&placements)?;
    let (scattered, ledger) = fold(&scattered(&placements))?;

    let question = Question {
        on: date(2019, 6, 3),
        in_force: InForce { from: date(2017, 3, 15), until: Some(date(2020, 1, 1)) },
        fact: &|_| parties.get(3).copied(),
        member: &|_| true,
        neighbourhood: Some("wijk 7"),
        replaces: None,
    };
    let proposal = spread.propose(&question, &ledger).map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(proposal.ranked.len() == parties.len(), "every party is ranked");
    let next = bench.nanoseconds("spread-next", || spread.propose(black_box(&question), &ledger).is_ok())?;
    bench.compare_rates("placements folded into a ledger of a million", rate, "promised", PROMISED, Goal::AtLeast(1.0));
    bench.compare_rates("the same, of cases named at random", scattered, "promised", PROMISED, Goal::AtLeast(1.0));
    bench.compare_times("who is next, of 17 municipalities, with that ledger", next, "promised", 50_000.0, Goal::AtMost(1.0));
    Ok(())
}

/// Placements a second that are folded, and the ledger that they make.
fn fold(placements: &[(CaseRef, Placement)]) -> Result<(f64, Ledger)> {
    let (mut rates, mut ledger) = (Vec::new(), Ledger::new());
    for _ in 0..RUNS {
        // What is folded was read from somewhere: the copies are no part of it.
        let read = placements.to_vec();
        let start = Instant::now();
        ledger = read.into_iter().map(|(case, placement)| (case, SchemeId(0), placement)).collect();
        rates.push(f64::from(PLACEMENTS) / start.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    ensure!(ledger.len() == PLACEMENTS as usize, "placements are missing");
    Ok((*rates.get(RUNS / 2).context("no run")?, ledger))
}

/// The same placements of cases with names in no order at all.
fn scattered(placements: &[(CaseRef, Placement)]) -> Vec<(CaseRef, Placement)> {
    // A multiplication by an odd number names no two alike; the upper half depends on all of it.
    let name = |case: u128| case.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(64);
    placements.iter().map(|(case, placement)| (CaseRef(name(case.0)), placement.clone())).collect()
}

/// Placements in the order of a log: over a thousand days, over all municipalities and twenty neighbourhoods of each.
fn placements(parties: &[PartyId]) -> Result<Vec<(CaseRef, Placement)>> {
    let first = date(2017, 3, 15);
    let days: Vec<Date> = first.series(jiff::Span::new().days(1)).take(1_000).collect();
    let mut all = Vec::with_capacity(PLACEMENTS as usize);
    for number in 0..PLACEMENTS {
        // Of a thousand cases that run at once every one is placed in another order than it was opened in.
        let case = CaseRef(u128::from(number & !1_023 | number.wrapping_mul(389) & 1_023));
        let turn = number as usize;
        let on = *days.get(turn / 1_000).context("a day")?;
        let party = *parties.get(turn % parties.len()).context("a party")?;
        let neighbourhood = Some(format!("wijk {}", turn % 20));
        all.push((case, Placement { party, neighbourhood, on, seq: number, departure: false }));
    }
    Ok(all)
}
