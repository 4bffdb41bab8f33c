//! The command line tool for operators: what each provider needs, why a webhook was refused, signed samples to send,
//! what is wrong with a configuration, where an event would be routed, and what a stack costs.
//!
//! [`run`] is the whole tool: it takes arguments and streams and returns an exit status. It accepts and verifies
//! requests with the same code as ingest, and routes events with the same code as the worker. It never prints a
//! secret, nor the content of a body.

pub mod arguments;
pub mod check;
pub mod cost;
mod describe;
pub mod event;
mod markdown;
pub mod module;
pub mod providers;
pub mod route;
mod scheme_file;
pub mod send;
pub mod source;
pub mod terminal;
pub mod terraform;
pub mod verify;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};

use clap::Parser;

use self::arguments::{Arguments, Command};

/// The streams that a command reads and writes.
pub struct Streams<'a> {
    /// Read if an argument names `-` as its file.
    pub input: &'a mut dyn Read,
    /// The findings.
    pub out: &'a mut dyn Write,
    /// What is wrong with the arguments.
    pub err: &'a mut dyn Write,
}

/// The exit status. Its number is what the process exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Verified or a handshake; everything sent was answered 2xx; a sound configuration; a routed event.
    Success = 0,
    /// The request was refused, an answer was not 2xx, the configuration has mistakes, or no route matches.
    Refused = 1,
    /// The arguments, or the files that they name, cannot be used.
    Unusable = 2,
}

/// Why a command could not be run. Its messages contain neither secrets nor bodies.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments, or the files that they name, cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The findings cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// Arguments that cannot be used, with the reason.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable(reason.into())
    }
}

/// Runs the command that the arguments name. `arguments` begin with the name of the binary.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut streams: Streams<'_>) -> ExitStatus {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return print_usage(&error, &mut streams),
    };
    let result = match &arguments.command {
        Command::Providers(arguments) => providers::run(arguments, &mut streams),
        Command::Verify(arguments) => verify::run(arguments, &mut streams),
        Command::Send(arguments) => send::run(arguments, &mut streams),
        Command::Module => module::run(&mut streams),
        Command::Check(arguments) => check::run(arguments, &mut streams),
        Command::Route(arguments) => route::run(arguments, &mut streams),
        Command::Cost(arguments) => cost::run(arguments, &mut streams),
    };
    match result {
        Ok(status) => status,
        // The reader closed the pipe, as `head` does when it has enough lines.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitStatus::Success,
        Err(failure) => {
            // If this cannot be written either, the exit status still tells.
            let _ = writeln!(streams.err, "error: {failure}");
            ExitStatus::Unusable
        }
    }
}

/// Prints help that was asked for to the standard output, and errors in the arguments to the standard error.
fn print_usage(error: &clap::Error, streams: &mut Streams<'_>) -> ExitStatus {
    let (to, status): (&mut dyn Write, _) = match error.use_stderr() {
        true => (&mut *streams.err, ExitStatus::Unusable),
        false => (&mut *streams.out, ExitStatus::Success),
    };
    let _ = write!(to, "{}", error.render());
    status
}
