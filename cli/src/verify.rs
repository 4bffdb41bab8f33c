//! `catchment verify`: a saved request verified as ingest would, and in words what was done.

mod handshake;
mod hints;
mod json;
mod judge;
mod notes;
mod report;
mod said;
mod saved;
mod step;
mod words;

use std::io::Read;

use jiff::Timestamp;

pub use self::judge::{Moment, judge};
pub use self::report::{
    Matched, Outcome, Refused, Report, Said, SaidBody, Shaken, Signed, Step, Verified,
};
pub use self::saved::Saved;
use crate::arguments::VerifyArguments;
use crate::source::Source;
use crate::{Ending, Failure, Streams};

/// Runs the command.
pub fn run(arguments: &VerifyArguments, streams: &mut Streams<'_>) -> Result<Ending, Failure> {
    let report = report(arguments, streams.input)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", json::of(&report))?,
        false => write!(streams.out, "{}", words::of(&report))?,
    }
    Ok(match report.outcome {
        Outcome::Refused(_) => Ending::Refused,
        Outcome::Verified(_) | Outcome::Handshake(_) => Ending::Good,
    })
}

fn report(arguments: &VerifyArguments, input: &mut dyn Read) -> Result<Report, Failure> {
    let source = Source::of(&arguments.source, arguments.secret_file.as_deref())?;
    let mut saved = Saved::read(&arguments.request, input)?;
    if let Some(url) = &arguments.url {
        saved.call(url);
    }
    let moment = match (arguments.at, saved.received_at()) {
        (Some(seconds), _) => Moment::Known(at(seconds)?),
        (None, Some(received_at)) => Moment::Known(received_at),
        (None, None) => Moment::Now(Timestamp::now()),
    };
    judge(&source, &saved, moment)
}

fn at(seconds: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_second(seconds).map_err(|_| {
        Failure::unusable(format!(
            "--at: {seconds} is no time in Unix seconds; is it in milliseconds, perhaps?"
        ))
    })
}
