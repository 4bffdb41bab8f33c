//! Ingest and worker on fakes: what is sent, and who gets it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::harness::{self, TestWorker, http_api_event};
use catchment_tests::samples::{self, Sample};
use serde_json::{Value, json};
use shared::config::Config;
use shared::event::dedupe::LedgerKey;
use worker_lambda::deliver::Delivery;

use crate::routing::docs;

pub(crate) struct World(pub(crate) TestWorker);

impl World {
    /// With an example of the documentation.
    pub(crate) fn of_example(name: &str) -> Self {
        Self::of(&docs::config(name))
    }

    /// With these sources beside those of [`harness::config`], each a provider and what more it says, and
    /// with these routes.
    pub(crate) fn with(sources: &Value, routes: Value) -> Self {
        Self::of(&serde_json::from_value(config(sources, routes)).unwrap())
    }

    /// With a configuration, but for its queues: those are on fakes, and retry at once.
    pub(crate) fn of(config: &Config) -> Self {
        let mut config = config.clone();
        config.queues.values_mut().for_each(|queue| queue.backoff.base = 0.0);
        Self(TestWorker::of(&config).unwrap())
    }

    /// Deploys another configuration, made in the same way.
    pub(crate) fn reconfigure(&mut self, sources: &Value, routes: Value) {
        self.0.reconfigure(config(sources, routes)).unwrap();
    }

    /// Has a source receive a body as its provider sends it.
    pub(crate) async fn send(&self, source: &str, provider: &str, body: &str) -> LedgerKey {
        self.send_as(source, provider, "application/json", body).await
    }

    /// The same, with another content type.
    pub(crate) async fn send_as(
        &self,
        source: &str,
        provider: &str,
        content_type: &str,
        body: &str,
    ) -> LedgerKey {
        let sample = self.signed(provider, body);
        let others = sample.headers.into_iter().filter(|(name, _)| name != "Content-Type");
        let content_type = [("Content-Type".to_owned(), content_type.to_owned())];
        let headers = others.chain(content_type).collect();
        self.post(source, Sample { headers, ..sample }).await
    }

    /// Has a source receive a request.
    pub(crate) async fn post(&self, source: &str, request: Sample) -> LedgerKey {
        self.0.receive(&http_api_event(source, &request)).await.unwrap()
    }

    fn signed(&self, provider: &str, body: &str) -> Sample {
        let unsigned = Sample { headers: Vec::new(), body: body.into() };
        match provider {
            // Its secret is in the body.
            "microsoft-graph" => unsigned,
            _ => {
                let secret = harness::secret(provider);
                samples::sign(provider, &secret, "id-1", body.as_bytes(), self.0.ingest.now)
                    .unwrap()
            }
        }
    }

    /// Works until the queues are empty.
    pub(crate) async fn work(&self) {
        self.0.work_through().await.unwrap();
    }

    /// Sends a body as Docusign does, and says who got it.
    pub(crate) async fn docusign(&self, body: &Value) -> Vec<String> {
        self.got("docusign", "docusign", &body.to_string()).await
    }

    /// Sends a body as a provider does, and says who got it.
    pub(crate) async fn got(&self, source: &str, provider: &str, body: &str) -> Vec<String> {
        let before = self.0.destinations.tried().len();
        self.send(source, provider, body).await;
        self.work().await;
        self.0.destinations.tried().split_off(before)
    }

    /// What was delivered: to whom, and what.
    pub(crate) fn deliveries(&self) -> Vec<(String, Delivery)> {
        self.0.destinations.deliveries()
    }

    /// The bodies that a destination got, as JSON, in an order of their own.
    pub(crate) fn bodies(&self, destination: &str) -> Vec<String> {
        let deliveries = self.deliveries().into_iter().filter(|(name, _)| name == destination);
        let mut bodies: Vec<_> =
            deliveries.map(|(_, it)| String::from_utf8(it.body.to_vec()).unwrap()).collect();
        bodies.sort();
        bodies
    }
}

fn config(sources: &Value, routes: Value) -> Value {
    let mut config = harness::config();
    for (name, more) in sources.as_object().unwrap() {
        let mut source = harness::source(more["provider"].as_str().unwrap());
        source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config["sources"][name] = source;
    }
    config["routes"] = routes;
    config
}

/// The request of a provider's test vector, which is correctly signed, and its secret.
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
