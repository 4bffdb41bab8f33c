//! The one log line of an event in a Lambda, with the metrics of the event in it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::metrics::{Metric, embed};

/// What a log line says, until it is written.
#[derive(Clone, Debug, Default)]
pub struct Line {
    fields: Map<String, Value>,
    counts: BTreeMap<Metric, u64>,
    is_warning: bool,
}

/// Writes the log lines of one stack.
#[derive(Clone)]
pub struct Log {
    stack: String,
    sink: Arc<dyn LineSink>,
}

/// Receives log lines, one JSON object each.
pub trait LineSink: Send + Sync {
    /// Writes one line.
    fn write(&self, line: &Value);
}

/// Prints each line on standard output, from which Lambda takes it to CloudWatch.
struct StandardOutput;

impl LineSink for StandardOutput {
    #[expect(clippy::print_stdout, reason = "Lambda reads log lines from standard output")]
    fn write(&self, line: &Value) {
        println!("{line}");
    }
}

impl Line {
    /// A line about an event of this source.
    pub fn of(source: &str) -> Self {
        let mut line = Self::default();
        line.field("source", source);
        line
    }

    /// Sets a field. `None` leaves it out.
    pub fn field(&mut self, name: &'static str, value: impl Into<Value>) {
        match value.into() {
            Value::Null => {}
            value => drop(self.fields.insert(name.to_owned(), value)),
        }
    }

    /// Adds an entry to a field that is a list.
    pub fn push(&mut self, name: &'static str, entry: Value) {
        let list = self.fields.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(entry);
        }
    }

    /// Makes it a warning: somebody should look at it.
    pub fn warn(&mut self) {
        self.is_warning = true;
    }

    /// Adds one to a metric.
    pub fn count(&mut self, metric: Metric) {
        *self.counts.entry(metric).or_default() += 1;
    }

    /// Sets the value of a metric that is not a count. CloudWatch has its maximum.
    pub fn record(&mut self, metric: Metric, value: u64) {
        self.counts.insert(metric, value);
    }

    /// Whether somebody should look at it.
    pub fn is_warning(&self) -> bool {
        self.is_warning
    }

    /// Whether the line has a field.
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The line in the format that Lambda reads the level of (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>):
    /// `level` and `timestamp` in the root. Other lines of this project have their fields in `fields`, and so has this one.
    fn into_json(
        mut self,
        message: &str,
        stack: &str,
        now: Timestamp,
        trace: Option<&str>,
    ) -> Value {
        self.field("message", message);
        self.field("trace", trace);
        let mut root = Map::new();
        embed(&self.counts, stack, self.fields.get("source"), now, &mut root);
        root.insert("timestamp".to_owned(), json!(format!("{now:.3}")));
        root.insert("level".to_owned(), json!(if self.is_warning { "WARN" } else { "INFO" }));
        root.insert("fields".to_owned(), Value::Object(self.fields));
        Value::Object(root)
    }
}

impl Log {
    /// The log of the stack with this name, printed to standard output.
    pub fn new(stack: impl Into<String>) -> Self {
        Self::with_sink(stack, Arc::new(StandardOutput))
    }

    /// The log of the stack with this name, written to `sink`. Tests read it there.
    pub fn with_sink(stack: impl Into<String>, sink: Arc<dyn LineSink>) -> Self {
        Self { stack: stack.into(), sink }
    }

    /// Writes a line. The message says what became of the event.
    pub fn write(&self, message: &str, line: Line) {
        let trace = std::env::var("_X_AMZN_TRACE_ID").ok();
        let trace = trace.as_deref().and_then(sampled_trace);
        self.sink.write(&line.into_json(message, &self.stack, Timestamp::now(), trace));
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("stack", &self.stack).finish_non_exhaustive()
    }
}

/// The id of the invocation's X-Ray trace, from the header that Lambda hands over, if the trace is kept:
/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. No other trace can be looked up.
fn sampled_trace(header: &str) -> Option<&str> {
    let mut parts = header.split(';');
    parts.clone().any(|part| part == "Sampled=1").then_some(())?;
    parts.find_map(|part| part.strip_prefix("Root="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: Line, message: &str, trace: Option<&str>) -> Value {
        line.into_json(message, "catchment", Timestamp::UNIX_EPOCH, trace)
    }

    #[test]
    fn a_line_without_metrics_has_its_level_its_time_and_its_fields_and_nothing_else() {
        let mut line = Line::of("shop");
        line.field("event_type", None::<String>);
        line.field("store_ms", 7);
        assert_eq!(
            written(line, "accepted", None),
            json!({
                "timestamp": "1970-01-01T00:00:00.000Z", "level": "INFO",
                "fields": { "message": "accepted", "source": "shop", "store_ms": 7 },
            })
        );
    }

    /// The root may have other members than the metrics and their dimensions.
    #[test]
    fn the_metrics_of_a_line_are_in_its_root_in_the_embedded_metric_format() {
        let mut line = Line::of("shop");
        line.warn();
        line.count(Metric::FilterFailed);
        line.count(Metric::FilterFailed);
        line.count(Metric::DeadLettered);
        assert_eq!(
            written(line, "dead letter", None),
            json!({
                "timestamp": "1970-01-01T00:00:00.000Z", "level": "WARN",
                "fields": { "message": "dead letter", "source": "shop" },
                "stack": "catchment", "source": "shop", "DeadLettered": 1, "FilterFailed": 2,
                "_aws": { "Timestamp": 0, "CloudWatchMetrics": [
                    {
                        "Namespace": "Catchment", "Dimensions": [["stack"]],
                        "Metrics": [{ "Name": "DeadLettered" }],
                    },
                    {
                        "Namespace": "Catchment", "Dimensions": [["stack"], ["stack", "source"]],
                        "Metrics": [{ "Name": "FilterFailed" }],
                    },
                ] },
            })
        );
    }

    #[test]
    fn a_metric_of_no_source_has_the_stack_as_its_only_dimension() {
        let mut line = Line::default();
        line.count(Metric::SecretMissing);
        let written = written(line, "x", None);
        assert_eq!(written["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["stack"]]));
        assert!(written.get("source").is_none(), "{written}");
    }

    #[test]
    fn a_trace_is_named_only_if_it_is_kept() {
        let header = |sampled| format!("Root=1-5759e988-bd86;Parent=5399;Sampled={sampled}");
        assert_eq!(sampled_trace(&header(1)), Some("1-5759e988-bd86"));
        assert_eq!(sampled_trace(&header(0)), None);
        assert_eq!(sampled_trace("Root=1-5759e988-bd86"), None);
        let line = written(Line::default(), "x", Some("1-5759e988-bd86"));
        assert_eq!(line["fields"]["trace"], "1-5759e988-bd86");
    }
}
