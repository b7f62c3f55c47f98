//! Where settings come from: the command line, the environment, a file, and what is so where nobody says otherwise, each
//! before the next.
//!
//! The options of the command line say what there is and which values are allowed; what comes from elsewhere is given to
//! them as their defaults. What is done with a setting is left to `serve`.

mod environment;
mod file;
mod show;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use patchbay_model::Diagnostic;

use super::Options;
use crate::command::{self, Cli};
use crate::exit::Exit;
use crate::render::diagnostics;
use crate::render::{tell, tell_line};
pub use show::show;

/// Read if it is there and no other is named.
const USUAL_FILE: &str = "patchbay.toml";

/// What stands in the file beside the options of `serve`: an option of all commands.
const LOG: &str = "log";

/// Of the server unless told otherwise.
const USUAL_LOG: &str = "info";

/// Options that are no settings.
const NO_SETTINGS: [&str; 5] = ["ask-ready", "config", "new-api-key", "show-config", "help"];

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    CommandLine,
    /// The variable's name.
    Environment(String),
    File {
        name: String,
        line: usize,
    },
    Default,
}

/// One setting as it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    /// Its values as texts; none where it is not set.
    pub values: Vec<String>,
    /// It may have several values.
    pub is_list: bool,
    pub source: Source,
}

/// What the environment or the file says of one setting.
#[derive(Clone, Debug)]
struct Given {
    values: Vec<String>,
    source: Source,
}

/// By key.
type Layer = BTreeMap<String, Given>;

/// Why the program does not start.
pub enum Refused {
    /// The command line, told by clap.
    Usage(clap::Error),
    /// What was wrong has been told.
    Told(Exit),
}

impl From<clap::Error> for Refused {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

/// Reads the command line; for `serve` also the environment and the file.
pub fn parse(arguments: &[OsString]) -> Result<Cli, Refused> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let Some(("serve", serve)) = matches.subcommand() else {
        return Ok(Cli::from_arg_matches(&matches)?);
    };
    let variables = environment::Variables::of_process();
    let file = named_file(serve, &variables);
    let layered = layers(file.as_deref(), &variables).map_err(Refused::Told)?;
    let matches = with_defaults(&layered).try_get_matches_from(arguments)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let (command::Command::Serve(options), Some(("serve", serve))) = (&mut cli.command, matches.subcommand()) {
        options.all = all(serve, &layered);
        options.told_in = variables.files().chain(file).collect();
    }
    Ok(cli)
}

/// The file that is named, or the usual one if it is there.
fn named_file(serve: &ArgMatches, variables: &environment::Variables) -> Option<PathBuf> {
    let named = serve.get_one::<PathBuf>("config").cloned();
    let named = named.or_else(|| variables.get("PATCHBAY_CONFIG").map(PathBuf::from));
    named.or_else(|| Path::new(USUAL_FILE).is_file().then(|| PathBuf::from(USUAL_FILE)))
}

/// What environment and file say, the environment first; every fault of both is told.
fn layers(file: Option<&Path>, variables: &environment::Variables) -> Result<Layer, Exit> {
    let mut layer = Layer::new();
    let mut is_wrong = false;
    if let Some(path) = file {
        let read = command::setup::read_file(path)?;
        let (given, faults) = file::read(&read.name, &read.text);
        tell(&diagnostics::human_without_source(&read.name, &faults));
        is_wrong |= !faults.is_empty();
        layer.extend(given);
    }
    let (given, faults) = environment::read(variables);
    for fault in &faults {
        tell_line!("{fault}");
        fault.hints.iter().for_each(|hint| tell_line!("hint: {hint}"));
    }
    is_wrong |= !faults.is_empty();
    layer.extend(given);
    if is_wrong { Err(Exit::Usage) } else { Ok(layer) }
}

/// The command line, with what was given elsewhere in place of its own defaults.
fn with_defaults(layer: &Layer) -> Command {
    let mut command = Cli::command();
    let log = layer.get(LOG).and_then(|given| given.values.first());
    let log = log.map_or(USUAL_LOG, String::as_str).to_owned();
    command = command.mut_arg(LOG, |argument| argument.default_value(log));
    command.mut_subcommand("serve", |mut serve| {
        for (key, given) in layer.iter().filter(|(key, _)| *key != LOG) {
            let values = given.values.clone();
            serve = serve.mut_arg(key.replace('-', "_"), |argument| argument.default_values(values));
        }
        serve
    })
}

/// The options that are settings.
fn options() -> Vec<Arg> {
    let command = Options::augment_args(Command::new("serve"));
    let is_setting = |argument: &&Arg| !NO_SETTINGS.contains(&argument.get_long().unwrap_or("help"));
    command.get_arguments().filter(is_setting).cloned().collect()
}

/// The keys of the file.
fn keys() -> Vec<String> {
    let keys = options()
        .into_iter()
        .filter_map(|option| option.get_long().map(str::to_owned));
    keys.chain([LOG.to_owned()]).collect()
}

fn is_list(option: &Arg) -> bool {
    matches!(option.get_action(), clap::ArgAction::Append)
}

/// Why values are not allowed for a setting, if they are not.
fn refused(key: &str, values: &[String]) -> Option<String> {
    let command = if key == LOG {
        Cli::command()
    } else {
        Options::augment_args(Command::new("serve"))
    };
    let mut arguments = vec!["patchbay".to_owned()];
    arguments.extend(values.iter().map(|value| format!("--{key}={value}")));
    if key == LOG {
        arguments.push("sandbox".to_owned());
    }
    let error = command.try_get_matches_from(arguments).err()?;
    let reason = std::error::Error::source(&error).map(ToString::to_string);
    let allowed = error
        .get(clap::error::ContextKind::ValidValue)
        .map(|allowed| format!("it is one of {allowed}"));
    Some(
        reason
            .or(allowed)
            .unwrap_or_else(|| "it cannot have that value".to_owned()),
    )
}

/// The fault of a value that is not allowed.
fn wrong_value(key: &str, values: &[String], reason: &str) -> Diagnostic {
    let shown = if show::is_secret(key) {
        "what it is"
    } else {
        &values.join(", ")
    };
    Diagnostic::error("E1252", format!("`{key}` can not be `{shown}`: {reason}"))
}

/// Every setting as it is used.
fn all(matches: &ArgMatches, layer: &Layer) -> Vec<Setting> {
    let setting = |key: String, id: &str, is_list: bool| {
        let raw = matches.get_raw(id).into_iter().flatten();
        let values = raw.map(|value| value.to_string_lossy().into_owned()).collect();
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Source::CommandLine,
            Some(ValueSource::EnvVariable) => Source::Environment("PATCHBAY_LOG".to_owned()),
            _ => layer.get(&key).map_or(Source::Default, |given| given.source.clone()),
        };
        Setting {
            key,
            values,
            is_list,
            source,
        }
    };
    let options = options().into_iter().filter_map(|option| {
        let key = option.get_long()?.to_owned();
        Some(setting(key, option.get_id().as_str(), is_list(&option)))
    });
    options.chain([setting(LOG.to_owned(), LOG, false)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_by_the_option_that_they_are_for() {
        for (key, value, allowed) in [
            ("port", "8080", true),
            ("port", "80800", false),
            ("timeout", "5m", true),
            ("timeout", "soon", false),
            ("sandbox", "true", true),
            ("sandbox", "yes", false),
            ("log-format", "json", true),
            ("log-format", "xml", false),
            ("log", "debug", true),
            ("log", "a=b=c", false),
        ] {
            let reason = refused(key, &[value.to_owned()]);
            assert_eq!(reason.is_none(), allowed, "{key} {value}: {reason:?}");
        }
    }
}
