//! Logs and metrics. Logs are JSON lines on stdout in Lambda's own format; metrics are counted by
//! CloudWatch's embedded metric format, which is a log line too: no call, no agent.

#[cfg(feature = "aws")]
mod log;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

#[cfg(feature = "aws")]
pub use self::log::init;
use crate::config::StartError;

/// The namespace of all metrics.
const NAMESPACE: &str = "Catchment";

/// What is counted. The dimensions are `stack`, and `source` where a metric is about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Stored, queued and answered with 2xx.
    Accepted,
    /// Accepted, by the position of the secret that matched, the dimension `secret`: when the old one of
    /// two has no more of these, it can go.
    Verified,
    /// A handshake, answered.
    Handshake,
    /// Refused: not signed as it must be, of another method, from another address, or too large.
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
    /// A list, taken apart: its items are queued.
    Split,
    /// Without the ordering key of its FIFO queue: a group of its own.
    Unordered,
    /// A filter that failed on an event, which is no match. There is an alarm on it.
    FilterFailed,
    /// A body that is not what its content type says: routed without it.
    Mislabelled,
    /// Not delivered this time, and hidden for a while.
    Retried,
    /// Not even tried this time, because the circuit of a destination is open or its pace used up.
    Held,
    /// The circuit of a destination that opened. There is an alarm on it.
    CircuitOpened,
    /// Still owed after half of the time for which its queue keeps it. There is an alarm on it.
    Overdue,
    /// Given up.
    DeadLettered,
}

/// Says why a Lambda cannot start, where its other lines are: what `main` returns is not in JSON.
pub fn cannot_start(error: &StartError) {
    tracing::error!(%error, "cannot start");
}

/// A time as it is logged: as a number, by which logs can be filtered. Of more than 64 bits,
/// `tracing` makes text.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Counts one.
#[expect(clippy::print_stdout, reason = "Lambda reads metrics from standard output")]
pub fn count(metric: Metric, stack: &str, source: Option<&str>) {
    let mut dimensions = vec![json!(["stack"])];
    if source.is_some() {
        dimensions.push(json!(["stack", "source"]));
    }
    let mut line = line(metric, dimensions, stack, Timestamp::now());
    if let Some(source) = source {
        line["source"] = json!(source);
    }
    println!("{line}");
}

/// Counts one verification by the position of the secret that matched.
#[expect(clippy::print_stdout, reason = "Lambda reads metrics from standard output")]
pub fn count_secret(stack: &str, source: &str, position: usize) {
    let dimensions = vec![json!(["stack", "source", "secret"])];
    let mut line = line(Metric::Verified, dimensions, stack, Timestamp::now());
    line["source"] = json!(source);
    line["secret"] = json!(position.to_string());
    println!("{line}");
}

fn line(metric: Metric, dimensions: Vec<Value>, stack: &str, now: Timestamp) -> Value {
    let name = format!("{metric:?}");
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
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_one_line_that_cloudwatch_understands() {
        let dimensions = vec![json!(["stack"]), json!(["stack", "source"])];
        let line = line(Metric::SecretMissing, dimensions, "catchment", Timestamp::UNIX_EPOCH);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Catchment");
        assert_eq!(metrics["Metrics"][0]["Name"], "SecretMissing");
        assert_eq!(metrics["Dimensions"], json!([["stack"], ["stack", "source"]]));
        assert_eq!((&line["SecretMissing"], &line["stack"]), (&json!(1), &json!("catchment")));
    }
}
