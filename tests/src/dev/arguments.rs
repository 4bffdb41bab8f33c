//! The command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

pub(crate) const USAGE: &str = "usage: cargo dev [--once] [--var-file FILE.tfvars]";

pub(crate) const HELP: &str = "\
usage: cargo dev [--once] [--var-file FILE.tfvars]

Runs all of Catchment on this machine, without Docker and without a cloud account: the very module
in infra/, on MiniStack. It sends one correctly signed sample per source and shows its way, then goes
on serving until Ctrl-C.

  --once           end after the samples; the exit status is not 0 if any step did not happen
  --var-file FILE  your own sources, queues, routes and destinations in place of the built-in sample;
                   sends nothing by itself. Each time that you save it, it is checked and applied
                   to the running stack
  --help           this

While it serves, target/dev/ at the repository's root has outputs.json, sources.json and
destinations.json, with all that another program needs to drive it.";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Run(Arguments),
    Help,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// End after the samples.
    pub(crate) once: bool,
    /// A user's own values, relative to where the command was given.
    pub(crate) var_file: Option<PathBuf>,
}

/// Reads the command line; the error says what is wrong with it.
pub(crate) fn parse(given: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut arguments = Arguments::default();
    let mut given = given;
    while let Some(argument) = given.next() {
        let text = argument.to_string_lossy();
        let file = match (&*text, text.strip_prefix("--var-file=")) {
            ("--help" | "-h", _) => return Ok(Asked::Help),
            ("--once", _) => {
                arguments.once = true;
                continue;
            }
            ("--var-file", _) => given.next(),
            (_, Some(file)) => Some(OsStr::new(file).to_owned()),
            (unknown, None) => return Err(format!("unknown argument: {unknown}")),
        };
        match (file.filter(|file| !file.is_empty()), &arguments.var_file) {
            (Some(file), None) => arguments.var_file = Some(file.into()),
            (Some(_), Some(_)) => return Err("--var-file is given twice".to_owned()),
            (None, _) => return Err("--var-file needs a file".to_owned()),
        }
    }
    Ok(Asked::Run(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn reads_what_the_usage_says() {
        let run = |once, file: Option<&str>| {
            Ok(Asked::Run(Arguments { once, var_file: file.map(PathBuf::from) }))
        };
        assert_eq!(of(""), run(false, None));
        assert_eq!(of("--once"), run(true, None));
        assert_eq!(of("--var-file a.tfvars --once"), run(true, Some("a.tfvars")));
        assert_eq!(of("--var-file=../a.tfvars"), run(false, Some("../a.tfvars")));
        assert_eq!(of("--once --help"), Ok(Asked::Help));
    }

    #[test]
    fn says_what_it_does_not_understand() {
        for (line, wrong) in [
            ("--twice", "unknown argument: --twice"),
            ("a.tfvars", "unknown argument: a.tfvars"),
            ("--var-file", "--var-file needs a file"),
            ("--var-file=", "--var-file needs a file"),
            ("--var-file a --var-file b", "--var-file is given twice"),
        ] {
            assert_eq!(of(line), Err(wrong.to_owned()), "{line}");
        }
    }
}
