//! The words of the command line, and what is said about them in Dutch or English.
//!
//! Input: words. Output: `Command` with its language, help, or a wrong use that is explained in the language of the user.
//! Invariant: every help text comes from the message files.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use convenant_lang::Lang;

use super::{Cli, Command, Demo};
use crate::messages::{Messages, say};

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

    use super::super::LISTEN;
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
