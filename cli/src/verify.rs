//! `catchment verify`: accepts or refuses a saved request as ingest would, and explains each step.

mod handshake;
mod hints;
mod judge;
mod notes;
mod render;
mod reply;
mod report;
mod saved;
mod step;
mod stored_token;

use std::io::Read;

use jiff::Timestamp;

pub use self::judge::judge;
pub use self::report::{
    HandshakeAnswer, Matched, Outcome, ReceivedAt, Refused, Reply, ReplyBody, Report, Signed, Step,
    Verified,
};
pub use self::saved::SavedRequest;
use crate::arguments::VerifyArguments;
use crate::source::Source;
use crate::{ExitStatus, Failure, Streams};

/// Runs the command. The status is [`ExitStatus::Refused`] for a request that ingest would refuse.
pub fn run(arguments: &VerifyArguments, streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let report = report(arguments, streams.input)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", render::json(&report))?,
        false => write!(streams.out, "{}", render::text(&report))?,
    }
    Ok(match report.outcome {
        Outcome::Refused(_) => ExitStatus::Refused,
        Outcome::Verified(_) | Outcome::Handshake(_) => ExitStatus::Success,
    })
}

fn report(arguments: &VerifyArguments, input: &mut dyn Read) -> Result<Report, Failure> {
    let source = Source::read(&arguments.source, arguments.secret_file.as_deref())?;
    let mut saved = SavedRequest::read(&arguments.request, input)?;
    if let Some(url) = &arguments.url {
        saved.set_url(url);
    }
    let received_at = match (arguments.at, saved.received_at()) {
        (Some(seconds), _) => ReceivedAt::Known(at(seconds)?),
        (None, Some(received_at)) => ReceivedAt::Known(received_at),
        (None, None) => ReceivedAt::Now(Timestamp::now()),
    };
    judge(&source, &saved, received_at)
}

fn at(seconds: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_second(seconds).map_err(|_| {
        Failure::unusable(format!(
            "--at: {seconds} is not a time in Unix seconds; is it in milliseconds?"
        ))
    })
}
