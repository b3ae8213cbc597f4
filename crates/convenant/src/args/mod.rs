//! What can be typed: the commands and their arguments.
//!
//! Input: none. Output: the shapes that `reading` fills with the words of the command line.

mod reading;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

pub use self::reading::{Asked, read};

/// Where the server listens when nobody says otherwise.
pub const LISTEN: &str = "127.0.0.1:8080";

#[derive(Parser)]
#[command(
    name = "convenant",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[arg(
        long,
        value_enum,
        global = true,
        default_value = "nl",
        hide_default_value = true
    )]
    lang: Language,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Nl,
    En,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How a state machine is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// A picture.
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// All diagnostics of files.
    Check(Check),
    /// The layout of files.
    Fmt(Fmt),
    /// Whether a client is eligible, and why.
    Explain(Explain),
    /// Scenarios.
    Test(Test),
    /// Simulated cases.
    Simulate(Simulate),
    /// A picture of the state machine.
    Graph(Graph),
    /// Who gets which home.
    #[command(alias = "koppel")]
    Match(crate::matching::MatchArgs),
    /// A period's real cases under the spreading of a draft.
    Spread(crate::spread::SpreadArgs),
    /// Where each party stands, and who is next.
    #[command(alias = "grootboek")]
    Ledger(crate::ledger::LedgerArgs),
    /// The people of the regions.
    #[command(alias = "mensen")]
    People(People),
    /// Notifications of a file.
    #[command(alias = "meldingen")]
    Notify(Notify),
    /// The server.
    Serve(Box<crate::serve::ServeArgs>),
    /// The server with simulated regions.
    Demo(Demo),
    /// The addresses under which a calendar reads somebody's deadlines.
    #[command(alias = "agenda")]
    Feed(crate::feed::FeedArgs),
    /// Homes that come free.
    #[command(alias = "woningen")]
    Homes(crate::homes::HomesArgs),
    /// The clock of the demo.
    #[command(alias = "klok")]
    Clock(Clock),
}

/// `convenant check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Files; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `convenant fmt`.
#[derive(Debug, Args)]
pub struct Fmt {
    /// Files; `-` formats the standard input to the standard output.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Change nothing; list what differs.
    #[arg(long)]
    pub check: bool,
}

/// `convenant explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The region's file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The facts of the client.
    #[arg(long, value_name = "FACTS.yaml")]
    pub facts: PathBuf,
    /// The facts of a home: does it fit the client?
    #[arg(long, value_name = "HOME.yaml")]
    pub home: Option<PathBuf>,
    /// The day of evaluation; today when absent.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
    /// The scheme, where the file has several.
    #[arg(long, value_name = "NAME", alias = "scheme")]
    pub regeling: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `convenant test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Scenario files or folders; `convenants` when absent.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What no scenario takes is a failure.
    #[arg(long)]
    pub complete: bool,
    /// Write the results as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `convenant simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The region's file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How many cases.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub cases: u32,
    /// Same seed, same result.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// First day; the day of entry into force when absent.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<Date>,
    /// First day after; two years later when absent.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<Date>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `convenant graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// The region's file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to draw.
    #[arg(long, value_enum, default_value = "svg")]
    pub format: Picture,
    /// The scheme, where the file has several.
    #[arg(long, value_name = "NAME", alias = "scheme")]
    pub regeling: Option<String>,
}

/// `convenant notify`.
#[derive(Debug, Args)]
pub struct Notify {
    /// What to do with them.
    #[command(subcommand)]
    pub act: NotifyAct,
}

/// What can be done with the notifications of a file.
#[derive(Debug, Subcommand)]
pub enum NotifyAct {
    /// Show each of them with sample data.
    #[command(alias = "voorbeeld")]
    Preview {
        /// The region's file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only those whose name contains this.
        #[arg(long, value_name = "NAME")]
        notice: Option<String>,
        /// Where to put them.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// `convenant people`.
#[derive(Debug, Args)]
pub struct People {
    /// People (YAML).
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder with a folder per region; the three of the program itself when absent.
    #[arg(long, value_name = "DIR")]
    pub regions: Option<PathBuf>,
    /// The day on which is looked who fills what; today when absent.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
}

/// `convenant demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    pub listen: String,
    /// How many cases, over the three regions together.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub cases: Option<u32>,
    /// Same seed, same cases.
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Fill the data folder and stop.
    #[arg(long)]
    pub fill_only: bool,
}

impl Default for Demo {
    fn default() -> Self {
        Self {
            data: None,
            listen: LISTEN.to_owned(),
            cases: None,
            seed: None,
            fill_only: false,
        }
    }
}

/// `convenant clock`.
#[derive(Debug, Args)]
pub struct Clock {
    /// What to do with it.
    #[command(subcommand)]
    pub act: ClockAct,
    /// Where the demo listens.
    #[arg(long, value_name = "ADDR", default_value = LISTEN, global = true)]
    pub listen: String,
}

/// What can be done with the clock of the demo.
#[derive(Debug, Subcommand)]
pub enum ClockAct {
    /// Show it.
    #[command(alias = "toon")]
    Show,
    /// Move it forward.
    #[command(alias = "vooruit")]
    Forward {
        /// Days.
        #[arg(long, alias = "dagen", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=366))]
        days: u32,
        /// Weeks.
        #[arg(long, alias = "weken", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=52))]
        weeks: u32,
    },
}

/// `2017-03-15`, `15-03-2017` or `15 maart 2017`.
pub fn date(text: &str) -> Result<Date, String> {
    crate::values::date(text).ok_or_else(|| text.to_owned())
}
