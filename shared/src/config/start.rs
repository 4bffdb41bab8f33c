//! Reading the configuration at start-up.

use super::Config;

/// What a Lambda finds in its environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The bucket with configuration and events.
    pub bucket: String,
    /// The configuration's key in it.
    pub config_key: String,
}

/// Why a Lambda cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Terraform sets it.
    #[error("the environment has no {0}; the Terraform module in infra/ sets it")]
    Environment(&'static str),
    /// S3 did not give the configuration.
    #[error("cannot read the configuration s3://{bucket}/{key}: {reason}")]
    Unreadable {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// What S3 said.
        reason: String,
    },
    /// The configuration is not what this release understands.
    #[error("the configuration {0} is not valid: {1}")]
    Invalid(String, String),
}

impl Environment {
    /// Reads it, by a function such as [`std::env::var`].
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let get = |name| variable(name).ok_or(StartError::Environment(name));
        Ok(Self { bucket: get("CATCHMENT_BUCKET")?, config_key: get("CATCHMENT_CONFIG_KEY")? })
    }
}

/// Reads a configuration; an error says where it is, `routes[1].filter`.
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

    /// It would find nothing, ever, and each list would be delivered whole without a word.
    #[test]
    fn a_list_is_looked_for_where_a_document_may_have_one() {
        let list = |items: &str| {
            serde_json::from_value::<crate::config::List>(serde_json::json!({ "items": items }))
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(list("body.events"), Ok(()));
        assert!(list("events").unwrap_err().ends_with("what the body has is body.events"));
    }

    #[test]
    fn a_filter_that_is_none_is_named_with_its_place_its_text_and_the_position() {
        let error = |filter: &str| {
            let config = serde_json::json!({
                "name": "c", "reply_within": 1, "body_limit": 1, "ledger_table": "t",
                "sources": {}, "queues": {}, "destinations": {},
                "routes": [
                    { "source": "*", "filter": null, "destinations": [] },
                    { "source": "*", "filter": filter, "destinations": [] },
                ],
            });
            parse(config.to_string().as_bytes()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(error("body.event == 'x'"), Ok(()));
        for (filter, said) in [
            ("body.event =", "Did you mean '=='? at 11 in"),
            ("body.event && oops(body)", "unknown function oops() at 18"),
            ("event == 'x'", "`event` at 0"),
        ] {
            let error = error(filter).unwrap_err();
            assert!(error.starts_with("routes[1].filter: "), "{error}");
            assert!(error.contains(said) && error.contains(filter), "{error}");
        }
    }
}
