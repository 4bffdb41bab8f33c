//! The log lines of events, which tests can read, and what they count: in Lambda, ingest and worker write them to standard
//! output.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use shared::telemetry::{LineSink, Log, Metric};

use crate::lambda_log::Line;

/// The lines of one ingest or worker, oldest first. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RecordedLines(Arc<Mutex<Vec<Value>>>);

impl RecordedLines {
    /// A log whose lines are recorded here.
    pub fn log(&self) -> Log {
        Log::with_sink("catchment", Arc::new(self.clone()))
    }

    /// Everything counted so far: lines by their message, and metrics by the names that CloudWatch sees. Compare it with
    /// [`counts`].
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for line in self.all() {
            let message = line["fields"]["message"].as_str().expect("a line has a message");
            *counts.entry(message.to_owned()).or_default() += 1;
            let directives = line["_aws"]["CloudWatchMetrics"].as_array();
            let metrics = directives.into_iter().flatten().flat_map(|it| it["Metrics"].as_array());
            for metric in metrics.flatten() {
                let name = metric["Name"].as_str().expect("a metric has a name");
                let count = line[name].as_u64().expect("a metric is a count");
                *counts.entry(name.to_owned()).or_default() += count;
            }
        }
        counts
    }

    /// The largest value of a metric so far, 0 if it has none: CloudWatch's statistic `Maximum`.
    pub fn largest(&self, metric: Metric) -> u64 {
        let name = metric.name();
        let values = self.all().into_iter().filter_map(|line| line[&name].as_u64());
        values.max().unwrap_or_default()
    }

    /// The lines with a message, oldest first.
    pub fn lines(&self, message: &str) -> Vec<Line> {
        let lines = self.all().into_iter().filter_map(|line| Line::parse(&line.to_string()));
        lines.filter(|line| line.message() == message).collect()
    }

    /// The length of each line in bytes, as it is written.
    pub fn bytes(&self) -> Vec<usize> {
        self.all().iter().map(|line| line.to_string().len()).collect()
    }

    fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl LineSink for RecordedLines {
    fn write(&self, line: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
    }
}

/// Expected counts of messages and metrics, to compare with [`RecordedLines::counts`]. What is not listed must not be
/// counted.
pub fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(what, count)| (what.to_owned(), count)).collect()
}
