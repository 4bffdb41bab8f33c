//! The Lambdas' log lines, from CloudWatch Logs.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Result;
use crate::stack::{Outputs, unchecked_signature};

/// A line of the Lambda's own code, in Lambda's JSON format. The lines of Lambda itself are left out.
#[derive(Debug, Clone)]
pub struct Line {
    level: String,
    fields: Value,
}

impl Line {
    /// Parses a line; `None` if it is not of the Lambda's own code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut line: Value = serde_json::from_str(text).ok()?;
        let fields = line.get_mut("fields")?.take();
        let level = line["level"].as_str().unwrap_or_default().to_owned();
        fields.get("message")?.is_string().then_some(Self { level, fields })
    }

    /// Whether it reports an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == "ERROR"
    }

    /// What happened: `accepted`, `delivered`, `retry`, `dead letter` …
    #[must_use]
    pub fn message(&self) -> &str {
        self.text("message").unwrap_or_default()
    }

    /// A field that holds text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some()
    }

    /// The deliveries of the event, in the order in which they ended.
    pub fn deliveries(&self) -> impl Iterator<Item = Self> {
        let deliveries = self.fields.get("deliveries").and_then(Value::as_array);
        let of_it = |fields: &Value| Self { level: self.level.clone(), fields: fields.clone() };
        deliveries.into_iter().flatten().map(of_it)
    }

    /// A field that holds a number.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<f64> {
        let value = self.fields.get(field)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }
}

/// Reads the logs of both Lambdas, each line once.
#[derive(Debug)]
pub struct LambdaLog {
    http: reqwest::Client,
    endpoint: String,
    groups: [String; 2],
    from: i64,
    /// The streams read. MiniStack gives each invocation one of its own, written at once.
    read: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    log_stream_name: String,
    timestamp: i64,
    message: String,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

impl LambdaLog {
    /// From the beginning.
    #[must_use]
    pub fn new(http: reqwest::Client, outputs: &Outputs) -> Self {
        let group = |function: &str| format!("/aws/lambda/{function}");
        Self {
            http,
            endpoint: outputs.endpoint.clone(),
            groups: [group(&outputs.ingest_function), group(&outputs.worker_function)],
            from: 0,
            read: HashSet::new(),
        }
    }

    /// What has been logged since the last time.
    pub async fn new_lines(&mut self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut latest = self.from;
        let mut read = HashSet::new();
        for group in self.groups.clone() {
            for event in self.events(&group).await? {
                latest = latest.max(event.timestamp);
                if !self.read.contains(&event.log_stream_name) {
                    lines.extend(Line::parse(&event.message));
                    read.insert(event.log_stream_name);
                }
            }
        }
        self.read.extend(read);
        // Lines are filed some time after their invocation, but never 10 s.
        self.from = latest - 10_000;
        Ok(lines)
    }

    async fn events(&self, group: &str) -> Result<Vec<Event>> {
        let asked = json!({ "logGroupName": group, "startTime": self.from.max(0) });
        let answer = self
            .http
            .post(&self.endpoint)
            .header("x-amz-target", "Logs_20140328.FilterLogEvents")
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", unchecked_signature("logs"))
            .body(asked.to_string())
            .send()
            .await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("the Lambdas' log cannot be read: {text}").into());
        }
        let events: Events = serde_json::from_str(&text)?;
        Ok(events.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_what_lambda_says() {
        let line =
            r#"{"level":"INFO","fields":{"message":"accepted","store_ms":7,"again_in_s":"0.5"}}"#;
        let line = Line::parse(line).unwrap();
        assert_eq!((line.message(), line.number("store_ms")), ("accepted", Some(7.0)));
        assert_eq!((line.number("again_in_s"), line.text("source")), (Some(0.5), None));
        for other in ["START RequestId: 1", r#"{"type":"platform.report"}"#, r#"{"fields":{}}"#] {
            assert!(Line::parse(other).is_none(), "{other}");
        }
    }
}
