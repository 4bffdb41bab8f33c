//! Sends samples, and finds what became of them in the Lambdas' log.

use std::time::{Duration, Instant};

use catchment_tests::lambda_log::{LambdaLog, Line};
use catchment_tests::receiver::Receiver;
use catchment_tests::samples::{self, Sample};
use catchment_tests::stack::{Source, Stack};
use catchment_tests::{Result, wait};
use jiff::Timestamp;
use serde_json::Value;

use crate::screen::Screen;

/// How long the Lambdas' log may take to have a line; it is for the times only.
const LOGGED_WITHIN: Duration = Duration::from_secs(3);

/// What the samples are sent with and watched by.
pub(crate) struct Stage<'s> {
    pub(crate) stack: &'s Stack,
    pub(crate) receiver: &'s Receiver,
    pub(crate) screen: &'s Screen,
    pub(crate) http: reqwest::Client,
    pub(crate) log: &'s mut LambdaLog,
    /// All that was logged so far.
    pub(crate) lines: Vec<Line>,
}

/// What the sender was told.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// How long it took.
    pub(crate) took: Duration,
    /// When the question was sent.
    pub(crate) sent: Timestamp,
}

impl Answer {
    /// The event's id; the error says what came in place of 200.
    pub(crate) fn accepted(&self) -> Result<String> {
        let id = self.body["id"].as_str().filter(|_| self.status == 200);
        let id = id.ok_or_else(|| format!("answered {}: {}", self.status, self.body))?;
        Ok(id.to_owned())
    }
}

/// Signs a body as the source's provider does, now.
pub(crate) fn signed(source: &Source, secret: &str, body: &[u8]) -> Result<Sample> {
    let now = Timestamp::now();
    let id = format!("sample-{}-{}", source.name, now.as_millisecond());
    samples::sign(&source.provider, secret, &id, body, now)
}

impl Stage<'_> {
    /// Posts a sample to a source.
    pub(crate) async fn post(&self, source: &Source, sample: Sample) -> Result<Answer> {
        let (sent, start) = (Timestamp::now(), Instant::now());
        let mut post = self.http.post(&source.url).body(sample.body);
        for (name, value) in sample.headers {
            post = post.header(name, value);
        }
        let answer = post.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body, took: start.elapsed(), sent })
    }

    /// A line that was logged about an event, if it comes soon.
    pub(crate) async fn logged(&mut self, message: &str, event: &str) -> Option<Line> {
        let about =
            |line: &&Line| line.message() == message && line.text("event_id") == Some(event);
        let (log, lines) = (&mut *self.log, &mut self.lines);
        let logged = wait::until("a log line", LOGGED_WITHIN, async || {
            lines.extend(log.new_lines().await.ok()?);
            lines.iter().find(about).cloned()
        });
        logged.await.ok()
    }
}

/// A time that was logged, in milliseconds.
pub(crate) fn took(line: Option<&Line>, field: &str) -> String {
    match line.and_then(|line| line.number(field)) {
        Some(ms) if ms < 1.0 => "<1 ms".to_owned(),
        Some(ms) => format!("{ms} ms"),
        None => "? ms".to_owned(),
    }
}
