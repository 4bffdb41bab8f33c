//! The operator's tool: what each provider wants, why a webhook was refused, and samples to send.
//!
//! [`run`] is all of it: arguments and streams in, an exit status out. What it verifies, it verifies
//! by the same code as ingest; it never prints a secret, nor the content of a body.

pub mod arguments;
pub mod check;
pub mod event;
mod failure;
pub mod providers;
pub mod route;
pub mod send;
pub mod source;
pub mod terraform;
pub mod verify;
mod way;
mod words;

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};

use clap::Parser;

use self::arguments::{Arguments, Command};
pub use self::failure::Failure;

/// Where input comes from and output goes.
pub struct Streams<'a> {
    /// What `-` stands for.
    pub input: &'a mut dyn Read,
    /// The findings.
    pub out: &'a mut dyn Write,
    /// What is wrong with the arguments.
    pub err: &'a mut dyn Write,
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Verified, shaken hands, sent and accepted, sound, or routed.
    Good,
    /// Refused, with mistakes, or unrouted.
    Refused,
}

/// The exit status where the arguments are of no use.
const UNUSABLE: u8 = 2;

/// Runs the command that the arguments say; the result is the exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut streams: Streams<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error, &mut streams),
    };
    let ended = match &arguments.command {
        Command::Providers(arguments) => providers::run(arguments, &mut streams),
        Command::Verify(arguments) => verify::run(arguments, &mut streams),
        Command::Send(arguments) => send::run(arguments, &mut streams),
        Command::Check(arguments) => check::run(arguments, &mut streams),
        Command::Route(arguments) => route::run(arguments, &mut streams),
    };
    match ended {
        Ok(Ending::Good) => 0,
        Ok(Ending::Refused) => 1,
        // Whoever reads has seen enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => 0,
        Err(failure) => {
            // Where not even this can be written, the exit status says it.
            let _ = writeln!(streams.err, "error: {failure}");
            UNUSABLE
        }
    }
}

/// Help goes where it was asked to go, and mistakes to the errors.
fn explain(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let (to, status): (&mut dyn Write, _) = match error.use_stderr() {
        true => (&mut *streams.err, UNUSABLE),
        false => (&mut *streams.out, 0),
    };
    let _ = write!(to, "{}", error.render());
    status
}
