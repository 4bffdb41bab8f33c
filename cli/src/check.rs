//! `catchment check`: everything that is wrong with a configuration, without AWS and without Terraform.
//!
//! Most rules are written once, in `infra/`: the types, validations and preconditions of the Terraform module are
//! evaluated here. Terraform itself ignores attributes that it does not know, without a message; this command reports
//! them. The rules of signature schemes stand in two places, `infra/schemes.tf` and
//! `shared/src/webhook/scheme/file.rs`: the first tells an operator at plan, the second protects the Lambdas.

mod config;
mod diagnostic;
mod render;
mod rules;
mod spans;
mod tfvars;
mod type_check;

use std::collections::BTreeMap;
use std::path::PathBuf;

use shared::config::Config;

pub use self::diagnostic::{Diagnostic, Origin};
pub use self::render::text;
use crate::arguments::CheckArguments;
use crate::terraform::{Evaluation, Module};
use crate::{ExitStatus, Failure, Streams};

/// What was found in the files.
#[derive(Debug)]
pub struct Report {
    /// The files, in the order of the arguments.
    pub files: Vec<String>,
    /// Everything that is wrong, in the order of the files and their lines.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of sources, queues, destinations and routes.
    pub counts: BTreeMap<&'static str, usize>,
    /// The configuration that the Lambdas would read; none if anything is wrong.
    pub config: Option<Config>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

/// Runs the command. The status is [`ExitStatus::Refused`] if anything is wrong.
pub fn run(arguments: &CheckArguments, streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let report = check(&arguments.files)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", render::json(&report))?,
        false => write!(streams.out, "{}", render::text(&report))?,
    }
    Ok(match report.is_sound() {
        true => ExitStatus::Success,
        false => ExitStatus::Refused,
    })
}

/// Checks files of variables. If several set the same variable, the last one counts.
pub fn check(files: &[PathBuf]) -> Result<Report, Failure> {
    let module = Module::embedded().map_err(Failure::Unusable)?;
    let mut read = tfvars::Variables::read(files)?;
    let mut diagnostics = std::mem::take(&mut read.diagnostics);
    let mut report = Report {
        files: read.spans.files().to_vec(),
        diagnostics: Vec::new(),
        counts: BTreeMap::new(),
        config: None,
    };
    // A file that cannot be parsed would only lead to wrong findings about its values.
    if !read.is_broken {
        let values = type_check::variables(module, &read.values, &mut diagnostics);
        report.counts = render::counts(&values);
        let evaluation = Evaluation::new(module, values.clone());
        let undecided = rules::check(module, &evaluation, &mut diagnostics);
        config::check_expressions(&values, &mut diagnostics);
        report.config = config::check(&evaluation, &mut diagnostics);
        // A rule that another mistake keeps from being decided is reported only if there is no other mistake.
        if diagnostics.is_empty() {
            diagnostics.extend(undecided);
        }
    }
    let complete = diagnostics.is_empty();
    report.diagnostics = diagnostic::in_order(diagnostics, &read.spans);
    report.config = report.config.filter(|_| complete);
    Ok(report)
}

/// The module evaluated with files of variables, whatever is wrong with them.
pub fn evaluation(files: &[PathBuf]) -> Result<Evaluation<'static>, Failure> {
    let module = Module::embedded().map_err(Failure::Unusable)?;
    let read = tfvars::Variables::read(files)?;
    Ok(Evaluation::new(module, type_check::variables(module, &read.values, &mut Vec::new())))
}
