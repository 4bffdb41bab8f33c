//! What is counted. Metrics are lines on standard output, which no test can read of its own process: what
//! is to be counted is done once more, alone, in a process of its own.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::Result;

/// In that process, which case it is to do.
const CASE: &str = "CATCHMENT_COUNTED_CASE";

/// The case that this process is to do.
pub fn case() -> Result<String> {
    Ok(std::env::var(CASE)?)
}

/// What is counted by metric, acceptance apart, where the ignored `test` of this binary does a case.
pub fn counted(test: &str, case: &str) -> Result<BTreeMap<String, u64>> {
    let alone = [test, "--exact", "--ignored", "--nocapture", "--test-threads", "1"];
    let output = Command::new(std::env::current_exe()?).args(alone).env(CASE, case).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let mut counts = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        // The first stands behind the test's name.
        let metric =
            line.find("{\"").and_then(|at| serde_json::from_str::<Value>(&line[at..]).ok());
        let Some(metric) = metric else { continue };
        let name = metric["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str();
        let Some(name) = name.filter(|name| !["Accepted", "Verified"].contains(name)) else {
            continue;
        };
        *counts.entry(name.to_owned()).or_default() += metric[name].as_u64().unwrap_or_default();
    }
    Ok(counts)
}

/// Such counts, as they are expected.
pub fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
