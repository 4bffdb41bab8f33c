//! Metrics in CloudWatch's embedded metric format. Each is a log line, so that counting needs no call to AWS.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

/// The CloudWatch namespace of all metrics.
const NAMESPACE: &str = "Catchment";

/// The metrics. Every metric has the dimension `stack`, and also `source` if it is about one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A webhook was stored, queued and answered with 2xx.
    Accepted,
    /// A webhook was verified, by the index of the secret that matched (dimension `secret`, 0 is the newest).
    /// When an older secret is no longer counted, it can be removed.
    Verified,
    /// A handshake was answered.
    Handshake,
    /// A request was refused for its signature, method, address, client certificate or size.
    Refused,
    /// A request was answered 503 because S3, SQS or Secrets Manager failed. The provider must send it again.
    Unavailable,
    /// A request was answered 503 because its source has no usable secret, or because none matched and the newest
    /// is unusable. Has an alarm.
    SecretMissing,
    /// No secret matched, and the secret looks like a list of secrets with a mistake in it.
    SecretResemblesList,
    /// An event was delivered to every destination that its routes name.
    Delivered,
    /// A duplicate was recognised and acknowledged.
    Duplicate,
    /// An event is done because no route matched it. Has an alarm.
    Unrouted,
    /// An event is done because the routes that matched it have no destination.
    Discarded,
    /// A list was split, and its items were queued.
    Split,
    /// An event lacks the ordering key of its FIFO queue, and got a message group of its own.
    Unordered,
    /// A route's filter failed on an event, which counts as no match. Has an alarm.
    FilterFailed,
    /// A body is not what its content type says. The event was routed without its body.
    Mislabelled,
    /// An event was not delivered to every destination, and will be retried.
    Retried,
    /// A delivery was not attempted because its destination's circuit breaker is open or its rate limit is
    /// used up.
    Deferred,
    /// A destination's circuit breaker opened. Has an alarm.
    CircuitOpened,
    /// A destination answered 410: it is gone for good. Has an alarm.
    Gone,
    /// An event is still undelivered after half of its queue's retention. Has an alarm.
    Overdue,
    /// A dead letter was sent. Has an alarm.
    DeadLettered,
    /// A message was sent to its queue again. The value says how often this message was resent, this time included, so
    /// that its maximum tells an endless loop from many messages that wait. Has an alarm.
    Resent,
}

/// Counts metrics for one stack.
#[derive(Clone)]
pub struct Metrics {
    stack: String,
    sink: Arc<dyn MetricSink>,
}

/// Receives metrics, one JSON object each.
pub trait MetricSink: Send + Sync {
    /// Writes one metric in the embedded metric format.
    fn write(&self, metric: &Value);
}

/// Prints each metric as a line on standard output, where Lambda reads it.
struct StandardOutput;

impl MetricSink for StandardOutput {
    #[expect(clippy::print_stdout, reason = "Lambda reads metrics from standard output")]
    fn write(&self, metric: &Value) {
        println!("{metric}");
    }
}

impl Metrics {
    /// Metrics of the stack with this name, printed to standard output.
    pub fn new(stack: impl Into<String>) -> Self {
        Self::with_sink(stack, Arc::new(StandardOutput))
    }

    /// Metrics of the stack with this name, written to `sink`. Tests read them there.
    pub fn with_sink(stack: impl Into<String>, sink: Arc<dyn MetricSink>) -> Self {
        Self { stack: stack.into(), sink }
    }

    /// Adds one to a metric, and to the metric of `source` if there is one.
    pub fn count(&self, metric: Metric, source: Option<&str>) {
        let mut dimensions = vec![json!(["stack"])];
        if source.is_some() {
            dimensions.push(json!(["stack", "source"]));
        }
        let mut line = line(metric, dimensions, &self.stack, Timestamp::now());
        if let Some(source) = source {
            line["source"] = json!(source);
        }
        self.sink.write(&line);
    }

    /// Writes a value of a metric that is not a count. CloudWatch has its maximum.
    pub fn record(&self, metric: Metric, value: u64) {
        let mut line = line(metric, vec![json!(["stack"])], &self.stack, Timestamp::now());
        line[format!("{metric:?}")] = json!(value);
        self.sink.write(&line);
    }

    /// Adds one to [`Metric::Verified`] for the secret with this index. 0 is the newest.
    pub fn count_secret(&self, source: &str, index: usize) {
        let dimensions = vec![json!(["stack", "source", "secret"])];
        let mut line = line(Metric::Verified, dimensions, &self.stack, Timestamp::now());
        line["source"] = json!(source);
        line["secret"] = json!(index.to_string());
        self.sink.write(&line);
    }
}

/// One metric in the embedded metric format, with the value 1.
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
    fn a_metric_is_a_line_in_the_embedded_metric_format() {
        let dimensions = vec![json!(["stack"]), json!(["stack", "source"])];
        let line = line(Metric::SecretMissing, dimensions, "catchment", Timestamp::UNIX_EPOCH);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Catchment");
        assert_eq!(metrics["Metrics"][0]["Name"], "SecretMissing");
        assert_eq!(metrics["Dimensions"], json!([["stack"], ["stack", "source"]]));
        assert_eq!((&line["SecretMissing"], &line["stack"]), (&json!(1), &json!("catchment")));
    }
}
