//! Workers with the configurations of these tests, and requests as providers send them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::harness::{self, TestWorker, source_with};
use catchment_tests::samples::Sample;
use serde_json::{Value, json};
use shared::config::Config;

use crate::routing::docs;

/// A worker with an example of the documentation.
pub(crate) fn example(name: &str) -> TestWorker {
    with_config(&docs::config(name))
}

/// A worker with a configuration. Its retries are due at once.
pub(crate) fn with_config(config: &Config) -> TestWorker {
    TestWorker::builder(config).retry_at_once().build()
}

/// A worker with the configuration of [`config`].
pub(crate) fn with_sources(sources: &Value, routes: Value) -> TestWorker {
    TestWorker::with(config(sources, routes))
}

/// The usual configuration with more sources, each an object of its settings, and with these routes.
pub(crate) fn config(sources: &Value, routes: Value) -> Value {
    let mut config = harness::config();
    for (name, settings) in sources.as_object().unwrap() {
        let provider = settings["provider"].as_str().unwrap();
        config["sources"][name] = source_with(provider, settings);
    }
    config["routes"] = routes;
    config
}

/// Sends a body as Docusign does, delivers it, and returns the destinations that were tried.
pub(crate) async fn deliver_docusign(test: &TestWorker, body: &Value) -> Vec<String> {
    test.deliver("docusign", "docusign", &body.to_string()).await
}

/// The correctly signed request of a provider's test vector, and its secret.
pub(crate) fn vector(provider: &str, scheme: &str) -> (Sample, String) {
    let path =
        format!("{}/../shared/providers/{provider}.vectors.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let vector = vectors.iter().find(|vector| vector["scheme"] == json!(scheme)).expect(scheme);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let headers = vector["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.clone(), text(value))).collect();
    let body = STANDARD.decode(text(&vector["body_base64"])).unwrap();
    (Sample { headers, body }, text(&vector["secret"]))
}
