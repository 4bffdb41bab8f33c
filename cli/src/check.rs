//! `catchment check`: all that is wrong with a configuration, without AWS and without Terraform.
//!
//! What a configuration must be is written once, in `infra/`: its types, validations and what it makes
//! of the variables are evaluated here. Terraform itself silently drops attributes that there are not.

mod config;
mod expressions;
mod fit;
mod given;
mod json;
mod mistake;
mod places;
mod rules;
mod said;
mod suggest;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use shared::config::Config;

pub use self::mistake::{Mistake, Of};
pub use self::words::of as words;
use crate::arguments::CheckArguments;
use crate::terraform::{Evaluation, Module};
use crate::{Ending, Failure, Streams};

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The files, in the order in which they were given.
    pub files: Vec<String>,
    /// All that is wrong.
    pub mistakes: Vec<Mistake>,
    /// How many there are of what the configuration has.
    pub counts: BTreeMap<&'static str, usize>,
    /// What the Lambdas would be told; none where a mistake is in the way.
    pub config: Option<Config>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.mistakes.is_empty()
    }
}

/// Runs the command.
pub fn run(arguments: &CheckArguments, streams: &mut Streams<'_>) -> Result<Ending, Failure> {
    let report = check(&arguments.files)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", json::of(&report))?,
        false => write!(streams.out, "{}", words::of(&report))?,
    }
    Ok(match report.is_sound() {
        true => Ending::Good,
        false => Ending::Refused,
    })
}

/// Checks files of variables; of two that set the same variable, the later wins.
pub fn check(files: &[PathBuf]) -> Result<Report, Failure> {
    let module = Module::embedded().map_err(Failure::Unusable)?;
    let mut given = given::Given::read(files)?;
    let mut mistakes = std::mem::take(&mut given.mistakes);
    let mut report = Report {
        files: given.places.files().to_vec(),
        mistakes: Vec::new(),
        counts: BTreeMap::new(),
        config: None,
    };
    // What cannot be read has nothing more to say.
    if !given.is_broken {
        let values = fit::variables(module, &given.values, &mut mistakes);
        report.counts = words::counts(&values);
        let evaluation = Evaluation::new(module, values.clone());
        let unknown = rules::check(module, &evaluation, &mut mistakes);
        expressions::check(&values, &mut mistakes);
        report.config = config::check(&evaluation, &mut mistakes);
        // What cannot be told because of a mistake is none of its own.
        if mistakes.is_empty() {
            mistakes.extend(unknown);
        }
    }
    let complete = mistakes.is_empty();
    report.mistakes = mistake::in_order(mistakes, &given.places);
    report.config = report.config.filter(|_| complete);
    Ok(report)
}

/// The module with what files of variables say, whatever is wrong with it.
pub fn evaluation(files: &[PathBuf]) -> Result<Evaluation<'static>, Failure> {
    let module = Module::embedded().map_err(Failure::Unusable)?;
    let given = given::Given::read(files)?;
    Ok(Evaluation::new(module, fit::variables(module, &given.values, &mut Vec::new())))
}
