//! Measuring: micro-benchmarks by criterion, whole runs by who measures them; every figure is a ratio within one run.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use criterion::Criterion;

/// Runs measurements and collects the rows of the table.
pub struct Bench {
    criterion: Criterion,
    folder: PathBuf,
    filter: Option<String>,
    rows: Vec<Row>,
}

/// One line of the table: what we took, what a limit or peer took, and the ratio that was aimed for.
pub struct Row {
    what: String,
    against: String,
    ours: String,
    theirs: String,
    ratio: f64,
    goal: Goal,
}

/// What a ratio (ours / theirs) should be.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
}

impl Goal {
    fn met(self, ratio: f64) -> bool {
        match self {
            Goal::AtMost(limit) => ratio <= limit,
            Goal::AtLeast(limit) => ratio >= limit,
        }
    }
}

/// Things per second of ours and of theirs, run in turn, so that a disk that is busy for a while slows down both: the pair of runs
/// with the median ratio. Each run tells how long the things took, without making and removing files.
pub fn in_turn(
    things: usize,
    rounds: usize,
    mut ours: impl FnMut() -> Result<Duration>,
    mut theirs: impl FnMut() -> Result<Duration>,
) -> Result<(f64, f64)> {
    let rate = |took: Duration| things as f64 / took.as_secs_f64();
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        pairs.push((rate(ours()?), rate(theirs()?)));
    }
    pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    pairs.get(rounds / 2).copied().context("no rounds")
}

/// In hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Bench {
    /// A bench that runs only what matches the filter.
    pub fn new(filter: Option<String>) -> Self {
        let folder = std::env::temp_dir().join(format!("convenant-bench-{}", std::process::id()));
        let criterion = Criterion::default()
            .without_plots()
            .output_directory(&folder)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2))
            .sample_size(50);
        Bench { criterion, folder, filter, rows: Vec::new() }
    }

    /// Whether a group of measurements was asked for.
    pub fn wants(&self, group: &str) -> bool {
        self.filter.as_ref().is_none_or(|text| group.contains(text.as_str()))
    }

    /// Median time of one call, in nanoseconds.
    pub fn nanoseconds<T>(&mut self, name: &str, mut call: impl FnMut() -> T) -> Result<f64> {
        self.criterion.bench_function(name, |b| b.iter(|| black_box(call())));
        let path = self.folder.join(name).join("new/estimates.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("criterion left no {}", path.display()))?;
        let estimates: serde_json::Value = serde_json::from_str(&text)?;
        estimates["median"]["point_estimate"]
            .as_f64()
            .context("criterion's estimates have no median")
    }

    /// Adds a row that compares times (less is better).
    pub fn compare_times(&mut self, what: &str, ours: f64, against: &str, theirs: f64, goal: Goal) {
        self.add(what, against, time(ours), time(theirs), ours / theirs, goal);
    }

    /// Adds a row that compares rates (more is better).
    pub fn compare_rates(&mut self, what: &str, ours: f64, against: &str, theirs: f64, goal: Goal) {
        self.add(what, against, rate(ours), rate(theirs), ours / theirs, goal);
    }

    /// Adds a row of plain sizes in bytes.
    pub fn compare_sizes(&mut self, what: &str, ours: u64, against: &str, limit: u64, goal: Goal) {
        let mega = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
        self.add(what, against, mega(ours), mega(limit), ours as f64 / limit as f64, goal);
    }

    fn add(&mut self, what: &str, against: &str, ours: String, theirs: String, ratio: f64, goal: Goal) {
        self.rows.push(Row {
            what: what.to_owned(),
            against: against.to_owned(),
            ours,
            theirs,
            ratio,
            goal,
        });
    }

    /// Prints the table; false when a goal was missed.
    pub fn report(self) -> bool {
        println!("\n| what | ours | against | theirs | ratio | goal |");
        println!("|---|---:|---|---:|---:|---|");
        let mut all = true;
        for row in &self.rows {
            let goal = match row.goal {
                Goal::AtMost(limit) => format!("≤ {limit}"),
                Goal::AtLeast(limit) => format!("≥ {limit}"),
            };
            let met = row.goal.met(row.ratio);
            all &= met;
            let mark = if met { "" } else { " **missed**" };
            let digits = if row.ratio < 0.1 { 4 } else { 2 };
            println!(
                "| {} | {} | {} | {} | {:.digits$} | {goal}{mark} |",
                row.what, row.ours, row.against, row.theirs, row.ratio
            );
        }
        // Best effort: a folder that stays behind in the temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
        all
    }
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

fn rate(per_second: f64) -> String {
    match per_second {
        n if n < 1e4 => format!("{n:.0}/s"),
        n if n < 1e6 => format!("{:.1}k/s", n / 1e3),
        n => format!("{:.2}M/s", n / 1e6),
    }
}
