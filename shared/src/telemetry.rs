//! Logs and metrics. Logs are JSON lines on stdout in Lambda's own format; metrics are counted by
//! CloudWatch's embedded metric format, which is a log line too: no call, no agent.

use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber::{EnvFilter, fmt};
use serde_json::{Value, json};

/// The namespace of all metrics.
const NAMESPACE: &str = "Catchment";

/// What is counted. The dimensions are `stack`, and `source` where a metric is about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Stored, queued and answered with 2xx.
    Accepted,
    /// Refused: not signed as it must be, not a POST, or too large.
    Refused,
    /// Answered with 503 because S3 or SQS failed: the provider must send it again.
    Unavailable,
    /// Answered with 503 because a source has no usable secret. There is an alarm on it.
    SecretMissing,
    /// Delivered to every destination owed.
    Delivered,
    /// Recognised as a duplicate and acknowledged.
    Duplicate,
    /// Complete, because no route matched.
    Unrouted,
    /// Complete, because its routes have no destination.
    Discarded,
    /// Not delivered this time, and hidden for a while.
    Retried,
    /// Given up.
    DeadLettered,
}

/// Starts logging, in the format and at the level that Lambda is set to. Call it once, first thing in
/// `main`.
///
/// The level is for our own code. What others log below INFO has payloads in it, and secrets:
/// `lambda_runtime` traces each event whole.
pub fn init() {
    let setting = |name| std::env::var(name).unwrap_or_default();
    let lines = fmt()
        .with_target(false)
        .with_env_filter(EnvFilter::new(filter(&setting("AWS_LAMBDA_LOG_LEVEL"))));
    match &setting("AWS_LAMBDA_LOG_FORMAT").to_ascii_lowercase()[..] {
        // Lambda files a JSON line by its level only if it has a timestamp too.
        "json" => lines.json().init(),
        _ => lines.without_time().init(),
    }
}

/// A filter for our own code at a level, INFO if it is none, and for all other at INFO or above.
fn filter(level: &str) -> String {
    // An empty one would be taken for ERROR.
    let level = if level.is_empty() { "info" } else { level };
    let ours = level.parse().unwrap_or(LevelFilter::INFO);
    let others = ours.min(LevelFilter::INFO);
    format!("{others},ingest_lambda={ours},worker_lambda={ours},shared={ours}")
}

/// A time as it is logged: as a number, by which logs can be filtered. Of more than 64 bits,
/// `tracing` makes text.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Counts one.
#[expect(clippy::print_stdout, reason = "Lambda reads metrics from standard output")]
pub fn count(metric: Metric, stack: &str, source: Option<&str>) {
    println!("{}", line(metric, stack, source, Timestamp::now()));
}

fn line(metric: Metric, stack: &str, source: Option<&str>, now: Timestamp) -> Value {
    let name = format!("{metric:?}");
    let mut dimensions = vec![json!(["stack"])];
    if source.is_some() {
        dimensions.push(json!(["stack", "source"]));
    }
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Metrics": [{ "Name": name, "Unit": "Count" }],
            }],
        },
        "stack": stack,
    });
    line[&name] = json!(1);
    if let Some(source) = source {
        line["source"] = json!(source);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_code_says_more_than_info() {
        let all = |others: &str, ours: &str| {
            format!("{others},ingest_lambda={ours},worker_lambda={ours},shared={ours}")
        };
        assert_eq!(filter("TRACE"), all("info", "trace"));
        assert_eq!(filter("DEBUG"), all("info", "debug"));
        assert_eq!(filter("ERROR"), all("error", "error"));
        assert_eq!(filter(""), all("info", "info"));
    }

    #[test]
    fn a_metric_is_one_line_that_cloudwatch_understands() {
        let line = line(Metric::SecretMissing, "catchment", Some("shop"), Timestamp::UNIX_EPOCH);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Catchment");
        assert_eq!(metrics["Metrics"][0]["Name"], "SecretMissing");
        assert_eq!(metrics["Dimensions"], json!([["stack"], ["stack", "source"]]));
        assert_eq!((&line["SecretMissing"], &line["source"]), (&json!(1), &json!("shop")));
    }
}
