//! What can be typed: the commands, their arguments and their help, in Dutch or English.
//!
//! Input: the words of the command line. Output: `Command` with its language, or a wrong use that is explained in the
//! language of the user. Invariant: every help text comes from the message files.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use convenant_lang::Lang;
use jiff::civil::Date;

use crate::messages::{Messages, say};

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

/// What the user asked for.
pub enum Asked {
    /// A command.
    Run(Box<Command>),
    /// Help or the version: print it, and be done.
    Show(String),
    /// Wrong use: print it, and say so.
    Wrong(String),
}

/// Reads the words of the command line.
pub fn read(words: &[OsString]) -> (Lang, Asked) {
    let lang = language(words);
    let messages = Messages::new(lang);
    let command = localise(Cli::command(), &messages, "help", true);
    let parsed = command
        .try_get_matches_from(words)
        .and_then(|found| Cli::from_arg_matches(&found));
    let asked = match parsed {
        Ok(cli) => Asked::Run(Box::new(
            cli.command
                .unwrap_or_else(|| Command::Demo(Demo::default())),
        )),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Asked::Show(error.to_string()),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Asked::Wrong(error.to_string()),
            _ => Asked::Wrong(wrong_use(&error, &messages)),
        },
    };
    (lang, asked)
}

/// The language, found before anything else is read, so that wrong use is explained in it too.
fn language(words: &[OsString]) -> Lang {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let chosen = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if chosen == Some("en") {
            return Lang::En;
        }
    }
    Lang::Nl
}

/// Puts the help texts of the language into a command and the commands below it.
fn localise(
    command: clap::Command,
    messages: &Messages,
    path: &str,
    outermost: bool,
) -> clap::Command {
    let heading = |id: &str| say!(messages, id);
    let template = format!(
        "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}{{after-help}}",
        heading("help-heading-usage")
    );
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(heading("help-heading-commands"))
        .about(say!(messages, path))
        .arg(
            clap::Arg::new("help")
                .short('h')
                .long("help")
                .action(clap::ArgAction::Help),
        );
    if outermost {
        command = command
            .after_help(say!(messages, "help-after"))
            .subcommand_value_name(heading("help-name-command"))
            .arg(
                clap::Arg::new("version")
                    .short('V')
                    .long("version")
                    .action(clap::ArgAction::Version),
            );
    }
    let options = heading("help-heading-options");
    let arguments = heading("help-heading-arguments");
    let path = path.to_owned();
    command = command.mut_args(|arg| {
        let own = format!("{path}-{}", arg.get_id());
        let shared = format!("help-any-{}", arg.get_id());
        let text = messages
            .find(&own, &[])
            .or_else(|| messages.find(&shared, &[]))
            .unwrap_or_default();
        let heading = if arg.is_positional() {
            arguments.clone()
        } else {
            options.clone()
        };
        let takes_value = arg.get_action().takes_values();
        arg.help(text)
            .help_heading(heading)
            .hide_possible_values(takes_value)
            .hide_default_value(takes_value)
    });
    command.mut_subcommands(|sub| {
        let below = format!("{path}-{}", sub.get_name());
        localise(sub, messages, &below, false)
    })
}

/// Wrong use, in the language of the user: what is wrong, what is meant, and where help is.
fn wrong_use(error: &clap::Error, messages: &Messages) -> String {
    let context = |kind: ContextKind| -> String {
        match error.get(kind) {
            Some(ContextValue::Strings(all)) => all.join(", "),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    };
    let id = match error.kind() {
        ErrorKind::UnknownArgument => "wrong-use-unknown-argument",
        ErrorKind::InvalidSubcommand => "wrong-use-unknown-command",
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            "wrong-use-no-value"
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "wrong-use-value",
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => "wrong-use-missing",
        ErrorKind::ArgumentConflict => "wrong-use-conflict",
        _ => "wrong-use-other",
    };
    let argument = match error.kind() {
        ErrorKind::InvalidSubcommand => context(ContextKind::InvalidSubcommand),
        ErrorKind::MissingSubcommand => context(ContextKind::ValidSubcommand),
        _ => context(ContextKind::InvalidArg),
    };
    let mut text = messages.text(
        id,
        &[
            ("argument", argument.into()),
            ("value", context(ContextKind::InvalidValue).into()),
            ("other", context(ContextKind::PriorArg).into()),
        ],
    );
    let nearest = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .map(context)
    .find(|text| !text.is_empty());
    if let Some(nearest) = nearest {
        text.push('\n');
        text.push_str(&say!(messages, "wrong-use-nearest", nearest = nearest));
    }
    let possible = context(ContextKind::ValidValue);
    if !possible.is_empty() {
        text.push('\n');
        text.push_str(&say!(messages, "wrong-use-possible", values = possible));
    }
    text.push('\n');
    text.push_str(&say!(messages, "wrong-use-help"));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn ask(words: &[&str]) -> Asked {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        read(&words).1
    }

    #[test]
    fn the_surface_is_well_formed() {
        localise(Cli::command(), &Messages::new(Lang::Nl), "help", true).debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_help_in_both_languages() {
        fn visit(command: &clap::Command, path: &str) {
            assert!(
                command.get_about().is_some_and(|a| a.to_string() != path),
                "{path} has no help"
            );
            for arg in command.get_arguments() {
                let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!text.is_empty(), "{path}: {} has no help", arg.get_id());
            }
            for sub in command.get_subcommands() {
                visit(sub, &format!("{path}-{}", sub.get_name()));
            }
        }
        for lang in [Lang::Nl, Lang::En] {
            visit(
                &localise(Cli::command(), &Messages::new(lang), "help", true),
                "help",
            );
        }
    }

    fn command_of(words: &[&str]) -> Command {
        match ask(words) {
            Asked::Run(command) => *command,
            _ => panic!("no command"),
        }
    }

    #[test]
    fn no_argument_is_the_demo() {
        let Command::Demo(demo) = command_of(&["convenant"]) else {
            panic!("not the demo")
        };
        assert_eq!((demo.cases, demo.listen.as_str()), (None, LISTEN));
        let Command::Demo(typed) = command_of(&["convenant", "demo"]) else {
            panic!("not the demo")
        };
        assert_eq!((demo.cases, demo.seed), (typed.cases, typed.seed));
    }

    #[test]
    fn wrong_use_names_the_nearest_and_follows_the_language() {
        let Asked::Wrong(dutch) = ask(&["convenant", "chekc", "x"]) else {
            panic!("accepted")
        };
        assert!(
            dutch.contains("chekc") && dutch.contains("check"),
            "{dutch}"
        );
        let Asked::Wrong(english) =
            ask(&["convenant", "graph", "x", "--format", "png", "--lang=en"])
        else {
            panic!("accepted")
        };
        assert!(english.contains("svg, dot, mermaid"), "{english}");
    }
}
