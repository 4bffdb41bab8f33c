//! Metrics that tests can read: what ingest and worker write here, they write to standard output in Lambda.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use shared::telemetry::{Metric, MetricSink, Metrics};

/// The counts of one ingest or worker, by metric. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RecordedMetrics(Arc<Mutex<BTreeMap<String, u64>>>);

impl RecordedMetrics {
    /// Metrics that are counted here.
    pub fn metrics(&self) -> Metrics {
        Metrics::with_sink("catchment", Arc::new(self.clone()))
    }

    /// Everything counted so far, by the names that CloudWatch sees. Compare it with [`counts`].
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl MetricSink for RecordedMetrics {
    fn write(&self, metric: &Value) {
        let name = metric["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str();
        let name = name.expect("a metric has a name");
        let count = metric[name].as_u64().expect("a metric is a count");
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name.to_owned()).or_default() += count;
    }
}

/// Expected counts, to compare with [`RecordedMetrics::counts`]. Metrics that are not listed must not be counted.
pub fn counts<const N: usize>(counts: [(Metric, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(metric, count)| (format!("{metric:?}"), count)).collect()
}
