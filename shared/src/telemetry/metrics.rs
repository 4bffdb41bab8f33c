//! The metrics in CloudWatch. Each is something that an alarm watches; everything else is counted in the log lines, by
//! CloudWatch Logs Insights. A metric is part of the log line of its event (CloudWatch's embedded metric format), so that
//! it costs no call to AWS and no line of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The CloudWatch namespace of all metrics.
const NAMESPACE: &str = "Catchment";

/// The metrics, each of which has an alarm. Every metric has the dimension `stack`, and the rare ones also `source`: each
/// combination that CloudWatch sees costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// A request was answered 503 because its source has no usable secret, or because none matched and the newest
    /// is unusable.
    SecretMissing,
    /// An event is done because no route matched it.
    Unrouted,
    /// A route's filter failed on an event, which counts as no match.
    FilterFailed,
    /// A destination's circuit breaker opened.
    CircuitOpened,
    /// A destination answered 410: it is gone for good.
    Gone,
    /// An event is still undelivered after half of its queue's retention.
    Overdue,
    /// A dead letter was sent.
    DeadLettered,
    /// A message was sent to its queue again. The value says how often this message was resent, this time included, so
    /// that its maximum tells an endless loop from many messages that wait.
    Resent,
}

impl Metric {
    /// The name in CloudWatch.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Whether there is also one metric for each source. Where many sources fail at once, for a common cause, there is
    /// not: each would begin a metric.
    fn is_by_source(self) -> bool {
        matches!(self, Self::SecretMissing | Self::FilterFailed | Self::Gone | Self::Overdue)
    }
}

/// Adds metrics to the root of a log line, in the embedded metric format. The values of dimensions must be in the root,
/// too, whatever other properties it has.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(super) fn embed(
    counts: &BTreeMap<Metric, u64>,
    stack: &str,
    source: Option<&Value>,
    now: Timestamp,
    root: &mut Map<String, Value>,
) {
    if counts.is_empty() {
        return;
    }
    let (by_source, by_stack): (Vec<_>, Vec<_>) =
        counts.keys().partition(|metric| metric.is_by_source() && source.is_some());
    let directive = |metrics: Vec<&Metric>, dimensions: Value| {
        let names: Vec<_> = metrics.iter().map(|metric| json!({ "Name": metric.name() })).collect();
        let directive =
            json!({ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": names });
        (!names.is_empty()).then_some(directive)
    };
    if let (false, Some(source)) = (by_source.is_empty(), source) {
        root.insert("source".to_owned(), source.clone());
    }
    let directives = [
        directive(by_stack, json!([["stack"]])),
        directive(by_source, json!([["stack"], ["stack", "source"]])),
    ];
    let directives: Vec<_> = directives.into_iter().flatten().collect();
    root.insert("stack".to_owned(), json!(stack));
    root.extend(counts.iter().map(|(metric, count)| (metric.name(), json!(count))));
    root.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": directives }),
    );
}
