//! Reading the environment and the configuration at start-up.

use super::Config;

/// The environment variables of a Lambda function.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The S3 bucket with the configuration and the events (`CATCHMENT_BUCKET`).
    pub bucket: String,
    /// The key of the configuration in the bucket (`CATCHMENT_CONFIG_KEY`).
    pub config_key: String,
}

/// Why a Lambda function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An environment variable is missing. Terraform sets it.
    #[error("the environment has no {0}; the Terraform module in infra/ sets it")]
    Environment(&'static str),
    /// The configuration could not be read from S3.
    #[error("cannot read the configuration s3://{bucket}/{key}: {reason}")]
    Unreadable {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
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
        Ok(Self { bucket: get("CATCHMENT_BUCKET")?, config_key: get("CATCHMENT_CONFIG_KEY")? })
    }
}

/// Parses a configuration. The error has the path of the invalid attribute, such as `routes[1].filter`.
pub fn parse(json: &[u8]) -> Result<Config, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let error = Environment::read(|name| (name == "CATCHMENT_BUCKET").then(|| "b".into()));
        assert!(error.unwrap_err().to_string().contains("CATCHMENT_CONFIG_KEY"));
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
            parse(config.to_string().as_bytes()).map(|_| ()).map_err(|error| error.to_string())
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
}
