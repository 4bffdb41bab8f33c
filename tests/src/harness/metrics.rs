//! Metrics that tests can read: what ingest and worker write here, they write to standard output in Lambda.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use shared::telemetry::{Metric, MetricSink, Metrics};

/// What one ingest or worker counted: the values of each metric. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RecordedMetrics(Arc<Mutex<BTreeMap<String, Vec<u64>>>>);

impl RecordedMetrics {
    /// Metrics that are counted here.
    pub fn metrics(&self) -> Metrics {
        Metrics::with_sink("catchment", Arc::new(self.clone()))
    }

    /// Everything counted so far, by the names that CloudWatch sees. Compare it with [`counts`].
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|(name, values)| (name.clone(), values.iter().sum())).collect()
    }

    /// The largest value of a metric so far, 0 if it has none: CloudWatch's statistic `Maximum`.
    pub fn largest(&self, metric: Metric) -> u64 {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let values = values.get(&format!("{metric:?}"));
        values.and_then(|values| values.iter().max().copied()).unwrap_or_default()
    }
}

impl MetricSink for RecordedMetrics {
    fn write(&self, metric: &Value) {
        let name = metric["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str();
        let name = name.expect("a metric has a name");
        let value = metric[name].as_u64().expect("a metric is a whole number");
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.entry(name.to_owned()).or_default().push(value);
    }
}

/// Expected counts, to compare with [`RecordedMetrics::counts`]. Metrics that are not listed must not be counted.
pub fn counts<const N: usize>(counts: [(Metric, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(metric, count)| (format!("{metric:?}"), count)).collect()
}
