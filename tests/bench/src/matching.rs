//! Matching: clients over municipalities, over homes, and over a few homes each, against libraries for the bare problem.
//!
//! The libraries get one number per pair and give no reasons; where both can, they must find the same cost. Whole runs in turn, medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use convenant_engine::matching::{
    Client, Home, HomeIndex, Matching, Pair, Problem, Reasons, RuleSet, solve,
};
use convenant_engine::spread::{Fraction, PartyTarget};
use convenant_lang::model::PartyId;
use mcmf::{Capacity, Cost, GraphBuilder, Vertex};

use crate::measure::{Bench, Goal};

/// How often each is run; the median counts.
const RUNS: usize = 7;

/// What OR-Tools takes for the few homes each, measured beforehand, in nanoseconds.
const OR_TOOLS: f64 = 1.77e9;

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("matching") {
        return Ok(());
    }
    municipalities(bench)?;
    dense(bench)?;
    few_each(bench)
}

/// 10,000 clients over 16 municipalities: judged, balanced and explained, against the bare flow.
fn municipalities(bench: &mut Bench) -> Result<()> {
    let (clients, parties) = (10_000, 16);
    let mut numbers = Numbers::new();
    let costs: Vec<u32> = (0..clients * parties).map(|_| numbers.below(1_000)).collect();
    let places = (clients / parties) as u32;
    let bare = problem(parties, places, costs.chunks(parties).map(every), 1);
    let same = solve(&bare?)?;
    let pairs = || costs.chunks(parties).map(every);
    let least = flow(parties, places, pairs())?;
    ensure!(same.score.preferences == [least], "not the same cost: {:?} and {least}", same.score);

    // Three ranks a pair, and of ten pairs one that breaks rules.
    let ranks: Vec<u32> = (0..costs.len() * 3).map(|_| numbers.below(8)).collect();
    let broken: Vec<RuleSet> = (0..costs.len())
        .map(|_| RuleSet(if numbers.below(10) == 0 { u64::from(1 + numbers.below(255)) } else { 0 }))
        .collect();
    let rules = || {
        ranks.chunks(3 * parties).zip(broken.chunks(parties)).map(|(ranks, broken)| {
            let judged = (0..).map(HomeIndex).zip(broken).zip(ranks.chunks(3));
            judged.map(|((home, broken), ranks)| Pair { home, broken: *broken, ranks })
        })
    };
    let (ours, theirs) = in_turn(
        || {
            let problem = problem(parties, places, rules(), 3)?;
            let matching = solve(&problem)?;
            reasons(&problem, &matching)
        },
        || flow(parties, places, pairs()),
    )?;
    let what = "10,000 clients over 16 municipalities, with rules, balance and every reason";
    bench.compare_times(what, ours, "mcmf (LEMON), the bare flow", theirs, Goal::AtMost(1.5));
    Ok(())
}

/// 1,000 clients and 1,000 homes, each pair possible.
fn dense(bench: &mut Bench) -> Result<()> {
    let size = 1_000;
    let mut numbers = Numbers::new();
    let costs: Vec<u32> = (0..size * size).map(|_| numbers.below(1_000_000)).collect();
    let problem = problem(size, 1, costs.chunks(size).map(every), 1)?;
    let matrix = lapjv::Matrix::from_shape_vec((size, size), costs.iter().map(|cost| f64::from(*cost)).collect())?;
    let (rows, _) = lapjv::lapjv(&matrix).ok().context("lapjv found nothing")?;
    let least = lapjv::cost(&matrix, &rows);
    let same = solve(&problem)?.score.preferences;
    ensure!(same == [least as u64], "not the same cost: {same:?} and {least}");
    let (ours, theirs) = in_turn(
        || Ok(solve(black_box(&problem))?.homes.len()),
        || Ok(lapjv::lapjv(black_box(&matrix)).ok().context("lapjv found nothing")?.0.len()),
    )?;
    let what = "1,000 clients and 1,000 homes, each pair possible";
    bench.compare_times(what, ours, "lapjv", theirs, Goal::AtMost(2.0));
    Ok(())
}

/// 10,000 clients and 10,000 homes, 20 of them possible for each client.
fn few_each(bench: &mut Bench) -> Result<()> {
    let (size, each) = (10_000, 20);
    let mut numbers = Numbers::new();
    let mut pairs: Vec<Vec<(HomeIndex, u32)>> = Vec::with_capacity(size);
    for client in 0..size as u32 {
        // One of its own, so that everybody can be served.
        let mut homes = vec![(HomeIndex(client), 999)];
        while homes.len() < each {
            let home = HomeIndex(numbers.below(size as u32));
            if homes.iter().all(|(other, _)| *other != home) {
                homes.push((home, numbers.below(1_000)));
            }
        }
        homes.sort_unstable();
        pairs.push(homes);
    }
    let judged = pairs.iter().map(|homes| homes.iter().map(|(home, cost)| one(*home, cost)));
    let problem = problem(size, 1, judged, 1)?;
    let plain = || pairs.iter().map(|homes| homes.iter().copied());
    let least = flow_of(size, 1, plain())?;
    let same = solve(&problem)?.score.preferences;
    ensure!(same == [least], "not the same cost: {same:?} and {least}");
    let (ours, theirs) = in_turn(|| Ok(solve(black_box(&problem))?.homes.len()), || flow_of(size, 1, plain()))?;
    let what = "10,000 clients and 10,000 homes, 20 possible for each";
    bench.compare_times(what, ours, "OR-Tools, as measured beforehand", OR_TOOLS, Goal::AtMost(1.0));
    bench.compare_times("the same", ours, "mcmf (LEMON)", theirs, Goal::AtMost(1.5));
    Ok(())
}

fn one(home: HomeIndex, cost: &u32) -> Pair<'_> {
    Pair { home, broken: RuleSet::NONE, ranks: std::slice::from_ref(cost) }
}

/// Every home in order, at these costs.
fn every(costs: &[u32]) -> impl Iterator<Item = Pair<'_>> {
    (0..).map(HomeIndex).zip(costs).map(|(home, cost)| one(home, cost))
}

/// Clients with their pairs; the homes are of sixteen parties that are due differently much.
fn problem<'a, P: Iterator<Item = Pair<'a>>>(
    homes: usize,
    places: u32,
    clients: impl Iterator<Item = P>,
    preferences: usize,
) -> Result<Problem> {
    let parties = (0..16).map(|party| {
        let due = 500 + 17 * i64::from(party);
        let exact = Fraction::whole(due);
        Some(PartyTarget { party: PartyId(party), exact, rounded: Some(due), carried: 0, placed: 3 * u32::from(party), departures: 0, released: 0 })
    });
    let homes = (0..homes).map(|home| Home { party: (home % 16) as u16, places });
    let mut problem = Problem::new(preferences, parties.collect(), homes.collect(), Vec::new())?;
    let mut numbers = Numbers::new();
    for pairs in clients {
        let (waiting, term) = (numbers.below(700), numbers.below(300));
        let client = Client { waiting: waiting.into(), term_left: Some(term.into()) };
        problem.add_client(client, pairs)?;
    }
    Ok(problem)
}

/// Every reason that there is: of each client for each home, and of each client without a home.
fn reasons(problem: &Problem, matching: &Matching) -> Result<usize> {
    let reasons = Reasons::of(problem, matching);
    let of_each = problem.client_indices().map(|client| {
        let unserved = black_box(reasons.unserved(client));
        reasons.all(client).map(black_box).count() + usize::from(unserved.is_some())
    });
    Ok(of_each.sum())
}

/// The least cost by LEMON's network simplex.
fn flow<'a, P: Iterator<Item = Pair<'a>>>(
    homes: usize,
    places: u32,
    clients: impl Iterator<Item = P>,
) -> Result<u64> {
    let cost = |pair: Pair<'_>| (pair.home, pair.ranks.first().copied().unwrap_or(0));
    flow_of(homes, places, clients.map(|pairs| pairs.map(cost)))
}

fn flow_of<P: Iterator<Item = (HomeIndex, u32)>>(
    homes: usize,
    places: u32,
    clients: impl Iterator<Item = P>,
) -> Result<u64> {
    let mut graph = GraphBuilder::new();
    for (client, pairs) in (homes..).zip(clients) {
        graph.add_edge(Vertex::Source, client, Capacity(1), Cost(0));
        for (home, cost) in pairs {
            graph.add_edge(client, home.index(), Capacity(1), Cost(cost.try_into()?));
        }
    }
    for home in 0..homes {
        graph.add_edge(home, Vertex::Sink, Capacity(places.try_into()?), Cost(0));
    }
    let (cost, _) = graph.mcmf();
    Ok(cost.try_into()?)
}

/// The medians of two whole runs in nanoseconds, run in turn.
fn in_turn<A, B>(
    mut ours: impl FnMut() -> Result<A>,
    mut theirs: impl FnMut() -> Result<B>,
) -> Result<(f64, f64)> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(ours()?);
        one.push(start.elapsed());
        let start = Instant::now();
        black_box(theirs()?);
        two.push(start.elapsed());
    }
    Ok((median(one), median(two)))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_nanos() as f64)
}

/// The same numbers in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn new() -> Numbers {
        Numbers(88_172_645_463_325_252)
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % u64::from(limit)) as u32
    }
}
