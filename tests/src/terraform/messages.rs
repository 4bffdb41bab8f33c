//! What `terraform apply -json` says, line by line.

use serde_json::Value;

/// A resource that has been applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its address: `aws_sqs_queue.source["default"]`.
    pub resource: String,
    /// How many are done, this one included.
    pub done: u64,
    /// How many there are.
    pub of: u64,
    /// How long this one took.
    pub seconds: u64,
}

/// What has been said so far.
#[derive(Debug, Default)]
pub(super) struct Apply {
    planned: u64,
    done: u64,
    errors: Vec<String>,
}

impl Apply {
    /// Reads one line. What it does not know it passes over.
    pub(super) fn read(&mut self, line: &str) -> Option<Applied> {
        let message: Value = serde_json::from_str(line).ok()?;
        match message["type"].as_str()? {
            "change_summary" if message["changes"]["operation"] == "plan" => {
                let count = |what: &str| message["changes"][what].as_u64().unwrap_or(0);
                self.planned = count("add") + count("change") + count("remove");
                None
            }
            "apply_complete" if message["hook"]["action"] != "read" => {
                let hook = &message["hook"];
                self.done += 1;
                Some(Applied {
                    resource: hook["resource"]["addr"].as_str()?.to_owned(),
                    done: self.done,
                    of: self.planned.max(self.done),
                    seconds: hook["elapsed_seconds"].as_u64().unwrap_or(0),
                })
            }
            "diagnostic" if message["diagnostic"]["severity"] == "error" => {
                self.errors.push(describe(&message["diagnostic"]));
                None
            }
            _ => None,
        }
    }

    /// The errors, a paragraph for each.
    pub(super) fn errors(&self) -> String {
        self.errors.concat()
    }
}

/// The address of a resource that a line of `terraform plan -json` says would change.
pub(super) fn planned_change(line: &str) -> Option<String> {
    let message: Value = serde_json::from_str(line).ok()?;
    let of_plan = message["type"] == "planned_change" && message["change"]["action"] != "noop";
    let address = message["change"]["resource"]["addr"].as_str().filter(|_| of_plan)?;
    Some(address.to_owned())
}

fn describe(diagnostic: &Value) -> String {
    let part = |name: &str| diagnostic[name].as_str().unwrap_or_default();
    let file = diagnostic["range"]["filename"].as_str().unwrap_or_default();
    let line = diagnostic["range"]["start"]["line"].as_u64().unwrap_or_default();
    format!("{file}:{line}: {} {}\n{}\n", part("summary"), part("address"), part("detail"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_plan_would_change() {
        let change = |kind: &str, action: &str| {
            format!(
                r#"{{"type":"{kind}","change":{{"resource":{{"addr":"a.b"}},"action":"{action}"}}}}"#
            )
        };
        assert_eq!(planned_change(&change("planned_change", "update")).as_deref(), Some("a.b"));
        assert_eq!(planned_change(&change("planned_change", "noop")), None);
        assert_eq!(planned_change(&change("resource_drift", "update")), None);
        assert_eq!(planned_change("not JSON"), None);
    }

    #[test]
    fn counts_resources_and_keeps_errors() {
        let lines = [
            r#"{"type":"version","terraform":"1.11.4"}"#,
            r#"{"type":"change_summary","changes":{"add":2,"change":0,"remove":0,"operation":"plan"}}"#,
            "not JSON",
            r#"{"type":"apply_complete","hook":{"resource":{"addr":"data.x.y"},"action":"read"}}"#,
            r#"{"type":"apply_complete","hook":{"resource":{"addr":"a.b"},"action":"create","elapsed_seconds":25}}"#,
            r#"{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"W","detail":"w"}}"#,
            r#"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Refused","detail":"too large","address":"c.d","range":{"filename":"m.tf","start":{"line":3}}}}"#,
        ];
        let mut apply = Apply::default();
        let applied: Vec<_> = lines.iter().filter_map(|line| apply.read(line)).collect();
        let only = Applied { resource: "a.b".to_owned(), done: 1, of: 2, seconds: 25 };
        assert_eq!(applied, [only]);
        assert_eq!(apply.errors(), "m.tf:3: Refused c.d\ntoo large\n");
    }
}
