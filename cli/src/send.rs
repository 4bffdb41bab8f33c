//! `catchment send`: signs a sample as the provider would, sends it, and shows the answer.

mod derive;
mod draft;
mod http;
mod place;
mod sample;
mod sign;

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use self::http::{Answer, Sender};
use crate::arguments::SendArguments;
use crate::source::Source;
use crate::{ExitStatus, Failure, Streams, source};

/// Runs the command. The status is [`ExitStatus::Refused`] if any answer is not 2xx.
pub fn run(arguments: &SendArguments, streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let source = Source::read(&arguments.source, Some(&arguments.secret_file))?;
    let signer = sign::Signer::of(&source)?;
    let url = url(&arguments.url)?;
    let body = arguments.body.as_deref().map(|path| source::bytes("--body", path)).transpose()?;
    let sender = Sender::new()?;
    let mut answers = Vec::new();
    for number in 1..=arguments.count {
        let sample = sample::Sample { body: body.as_deref(), vary: arguments.count > 1 };
        let now = this_millisecond();
        let signed = signer.sign(sample.draft(&source, &url, now)?, now)?;
        writeln!(streams.out, "{number}/{}  {}", arguments.count, signed.description)?;
        if let Some((webhook_id, source)) = &signed.webhook_id {
            writeln!(streams.out, "  webhook-id {webhook_id}, if the source is {source}")?;
        }
        let answer = sender.send(&signed.request);
        show(&source, &answer, streams)?;
        if let (None, Some(id)) = (&signed.webhook_id, answer.as_ref().ok().and_then(event_id)) {
            writeln!(streams.out, "  ce-eventid {id} in its deliveries")?;
        }
        answers.push(answer.ok());
    }
    let good = |answer: &Option<Answer>| answer.as_ref().is_some_and(Answer::is_good);
    let all_good = answers.iter().all(good);
    if arguments.count > 1 {
        writeln!(streams.out, "\n{}", summary(&answers))?;
    }
    Ok(if all_good { ExitStatus::Success } else { ExitStatus::Refused })
}

/// The current time in whole milliseconds, because providers write no smaller fractions.
fn this_millisecond() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

fn url(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|error| Failure::unusable(format!("--url: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Failure::unusable("--url: the scheme is neither http nor https")),
    }
}

/// The event's id, which ingest answers.
fn event_id(answer: &Answer) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Accepted {
        id: Uuid,
    }
    serde_json::from_str::<Accepted>(&answer.body).ok().map(|accepted| accepted.id)
}

fn show(
    source: &Source,
    answer: &Result<Answer, String>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => return Ok(writeln!(streams.out, "  no answer: {reason}")?),
    };
    writeln!(streams.out, "  {} in {} ms", answer.status, answer.took.as_millis())?;
    for (name, value) in &answer.headers {
        writeln!(streams.out, "  {name}: {}", source.secrets.masked(value).escape_debug())?;
    }
    // The answer may echo the request, so secrets are masked and control characters removed.
    for line in source.secrets.masked(&answer.body).lines() {
        let visible: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        writeln!(streams.out, "  {visible}")?;
    }
    Ok(())
}

/// The number of answers by status, and the fastest, median and slowest.
fn summary(answers: &[Option<Answer>]) -> String {
    let mut counted = std::collections::BTreeMap::<String, usize>::new();
    for answer in answers {
        let status =
            answer.as_ref().map_or("no answer".to_owned(), |answer| answer.status.to_string());
        *counted.entry(status).or_default() += 1;
    }
    let counted: Vec<_> =
        counted.iter().map(|(status, times)| format!("{times} × {status}")).collect();
    let mut took: Vec<Duration> = answers.iter().flatten().map(|answer| answer.took).collect();
    took.sort_unstable();
    let times = match (took.first(), took.get(took.len() / 2), took.last()) {
        (Some(fastest), Some(median), Some(slowest)) => format!(
            "; fastest {} ms, median {} ms, slowest {} ms",
            fastest.as_millis(),
            median.as_millis(),
            slowest.as_millis()
        ),
        _ => String::new(),
    };
    format!("{} sent: {}{times}", answers.len(), counted.join(", "))
}
