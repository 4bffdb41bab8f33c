//! Terraform's outputs, as they hold on this machine.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use shared::config::Config;

use crate::Result;
use crate::clients::Clients;

/// The outputs, with URLs that need no name resolution, and the endpoint of all services.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// In the form of `terraform output -json`.
    pub json: Map<String, Value>,
    /// The URL of every AWS service.
    pub endpoint: String,
    /// The URL of each source.
    pub webhook_urls: BTreeMap<String, String>,
    /// The URL of each queue.
    pub queue_urls: BTreeMap<String, String>,
    /// The URL of each queue's dead-letter queue.
    pub dead_letter_queue_urls: BTreeMap<String, String>,
    /// The bucket of events and configuration.
    pub bucket: String,
    /// The ledger's table.
    pub ledger_table: String,
    /// The function that receives.
    pub ingest_function: String,
    /// The function that delivers.
    pub worker_function: String,
}

#[derive(Deserialize)]
struct Output {
    value: Value,
}

impl Outputs {
    /// Reads what `terraform output -json` says. The API gets the form of address that MiniStack
    /// knows by path: its own `*.localhost` resolves in curl and little else.
    pub(super) fn new(mut json: Map<String, Value>, endpoint: &str) -> Result<Self> {
        let api: String = value(&json, "api_id")?;
        let mut webhook_urls: BTreeMap<String, String> = value(&json, "webhook_urls")?;
        for (name, url) in &mut webhook_urls {
            let token = if url.ends_with("/TOKEN") { "/TOKEN" } else { "" };
            *url = format!("{endpoint}/_aws/execute-api/{api}/$default/{name}{token}");
        }
        if let Some(output) = json.get_mut("webhook_urls") {
            output["value"] = json!(webhook_urls);
        }
        let added = json!({ "sensitive": false, "type": "string", "value": endpoint });
        json.insert("endpoint".to_owned(), added);
        Ok(Self {
            endpoint: endpoint.to_owned(),
            webhook_urls,
            queue_urls: value(&json, "queue_urls")?,
            dead_letter_queue_urls: value(&json, "dead_letter_queue_urls")?,
            bucket: value(&json, "bucket")?,
            ledger_table: value(&json, "ledger_table")?,
            ingest_function: value(&json, "ingest_function")?,
            worker_function: value(&json, "worker_function")?,
            json,
        })
    }

    /// The configuration that Terraform wrote for the Lambdas.
    pub(super) async fn config(&self, clients: &Clients) -> Result<Config> {
        let bucket = &self.bucket;
        let listed = clients.s3.list_objects_v2().bucket(bucket).prefix("config/").send().await?;
        let [only] = listed.contents() else {
            return Err(format!("the bucket {bucket} has not one configuration").into());
        };
        let key = only.key().unwrap_or_default();
        let got = clients.s3.get_object().bucket(bucket).key(key).send().await?;
        Ok(serde_json::from_slice(&got.body.collect().await?.into_bytes())?)
    }
}

fn value<T: DeserializeOwned>(json: &Map<String, Value>, name: &str) -> Result<T> {
    let output = json.get(name).ok_or_else(|| format!("infra/ has no output {name}"))?;
    Ok(serde_json::from_value(Output::deserialize(output)?.value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_on_this_machine_and_all_else_is_as_terraform_says() {
        let output = |value: Value| json!({ "sensitive": false, "type": "?", "value": value });
        let said = json!({
            "api_id": output(json!("ab12")), "bucket": output(json!("b")),
            "webhook_urls": output(json!({ "shop": "http://ab12.execute-api.localhost/shop" })),
            "queue_urls": output(json!({ "default": "http://127.0.0.1:1/q" })),
            "dead_letter_queue_urls": output(json!({})), "ledger_table": output(json!("t")),
            "ingest_function": output(json!("i")), "worker_function": output(json!("w")),
        });
        let Value::Object(said) = said else { panic!("an object") };
        let outputs = Outputs::new(said.clone(), "http://127.0.0.1:1").unwrap();
        let url = "http://127.0.0.1:1/_aws/execute-api/ab12/$default/shop";
        assert_eq!(outputs.webhook_urls["shop"], url);
        assert_eq!(outputs.json["webhook_urls"], output(json!({ "shop": url })));
        assert_eq!(outputs.json["endpoint"]["value"], "http://127.0.0.1:1");
        assert_eq!(outputs.json["bucket"], said["bucket"]);
    }

    #[test]
    fn a_missing_output_is_named() {
        let error = Outputs::new(Map::new(), "").unwrap_err();
        assert_eq!(error.to_string(), "infra/ has no output api_id");
    }
}
