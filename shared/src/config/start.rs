//! Reading the environment and the configuration at start-up.

use serde::de::DeserializeOwned;

/// The environment variables of a Lambda function.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The S3 bucket with the configuration and the events (`CATCHMENT_BUCKET`).
    pub bucket: String,
    /// The key of the configuration in the bucket (`CATCHMENT_CONFIG_KEY`).
    pub config_key: String,
    /// The version of that object (`CATCHMENT_CONFIG_VERSION`). A published version of a function keeps the
    /// configuration that it was published with, although the object changes.
    pub config_version: String,
}

/// Why a Lambda function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An environment variable is missing. Terraform sets it.
    #[error("the environment has no {0}; the Terraform module in infra/ sets it")]
    Environment(&'static str),
    /// The configuration could not be read from S3.
    #[error("cannot read the configuration s3://{bucket}/{key}, version {version}: {reason}")]
    Unreadable {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The version of the object.
        version: String,
        /// The error of S3.
        reason: String,
    },
    /// The configuration is invalid, or from another release. The fields are its key and the error.
    #[error("the configuration {0} is not valid: {1}")]
    Invalid(String, String),
}

impl Environment {
    /// Reads the environment. `variable` returns the value of a variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let get = |name| variable(name).ok_or(StartError::Environment(name));
        Ok(Self {
            bucket: get("CATCHMENT_BUCKET")?,
            config_key: get("CATCHMENT_CONFIG_KEY")?,
            config_version: get("CATCHMENT_CONFIG_VERSION")?,
        })
    }
}

/// Parses a configuration: the whole one as [`Config`](super::Config), or what ingest needs of it as
/// [`IngestConfig`](super::IngestConfig). The error has the path of the invalid attribute, such as
/// `routes[1].filter`.
pub fn parse<C: DeserializeOwned>(
    json: &[u8],
) -> Result<C, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, IngestConfig};

    #[test]
    fn a_missing_variable_is_named() {
        let error = Environment::read(|name| (name == "CATCHMENT_BUCKET").then(|| "b".into()));
        assert!(error.unwrap_err().to_string().contains("CATCHMENT_CONFIG_KEY"));
        let error =
            Environment::read(|name| (name != "CATCHMENT_CONFIG_VERSION").then(|| "b".into()));
        assert!(error.unwrap_err().to_string().contains("CATCHMENT_CONFIG_VERSION"));
    }

    /// Otherwise it would find nothing, and lists would be delivered whole without an error.
    #[test]
    fn a_lists_expression_may_use_only_names_that_documents_have() {
        let list = |items: &str| {
            serde_json::from_value::<crate::config::List>(serde_json::json!({ "items": items }))
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(list("body.events"), Ok(()));
        assert!(list("events").unwrap_err().ends_with("did you mean body.events?"));
    }

    #[test]
    fn an_invalid_filter_is_reported_with_path_text_and_position() {
        let error = |filter: &str| {
            let config = serde_json::json!({
                "name": "c", "reply_within": 1, "body_limit": 1, "fingerprint_key": "f", "ledger_table": "t",
                "sources": {}, "queues": {}, "destinations": {},
                "routes": [
                    { "source": "*", "filter": null, "destinations": [] },
                    { "source": "*", "filter": filter, "destinations": [] },
                ],
            });
            parse::<Config>(config.to_string().as_bytes())
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(error("body.event == 'x'"), Ok(()));
        for (filter, message) in [
            ("body.event =", "Did you mean '=='? at 11 in"),
            ("body.event && oops(body)", "unknown function oops() at 18"),
            ("event == 'x'", "`event` at 0"),
        ] {
            let error = error(filter).unwrap_err();
            assert!(error.starts_with("routes[1].filter: "), "{error}");
            assert!(error.contains(message) && error.contains(filter), "{error}");
        }
    }

    /// Otherwise a mistake in what only the worker uses would stop ingest, and webhooks would be refused.
    #[test]
    fn ingest_parses_neither_routes_nor_destinations_nor_the_items_of_lists() {
        let config = serde_json::json!({
            "name": "c", "reply_within": 1, "body_limit": 1, "fingerprint_key": "f", "ledger_table": "t",
            "sources": { "shop": {
                "provider": "stripe", "queue": "q", "rotation_overlap": 1, "dedupe_window": 1,
                "split": true, "list": { "items": "oops(", "id": ["oops("] },
            } },
            "queues": {}, "destinations": { "crm": { "sqs": { "ordering_key": "oops(" } } },
            "routes": [{ "source": "*", "filter": "oops(", "destinations": [], "unknown": 1 }],
        });
        let json = config.to_string().into_bytes();
        let ingest: IngestConfig = parse(&json).unwrap();
        assert!(ingest.sources["shop"].split);
        assert!(parse::<Config>(&json).is_err());

        let mut unknown = config;
        unknown["sources"]["shop"]["lists"] = 1.into();
        let error = parse::<IngestConfig>(unknown.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains("unknown field `lists`"), "{error}");
    }
}
