//! The error of a Lambda that cannot start: it may quote the configuration, which has no secrets.

use std::time::Duration;

use catchment_tests::emulator::Kind;
use serde_json::{Value, json};

use super::lambda::Lambda;
use super::logs::binary;
use crate::resources::Resources;

/// An invalid filter prevents the start, so it never routes an event.
#[tokio::test]
async fn the_worker_does_not_start_with_an_invalid_filter_and_says_where_it_is() {
    let mut resources = Resources::on(Kind::MiniStack, Duration::from_secs(60), 100).await;
    for (filter, said) in [
        ("body.event == ", "found Eof at 14"),
        ("oops(body)", "unknown function oops() at 4"),
        ("event == 'x'", "`event` at 0"),
    ] {
        resources.config["routes"] =
            json!([{ "source": "*", "filter": filter, "destinations": [] }]);
        let config = resources.config.to_string().into_bytes().into();
        let put =
            resources.clients.s3.put_object().bucket(&resources.bucket).key("config/bad.json");
        put.body(config).send().await.unwrap();
        let environment = [
            ("AWS_ENDPOINT_URL", &resources.endpoint[..]),
            ("CATCHMENT_BUCKET", &resources.bucket),
            ("CATCHMENT_CONFIG_KEY", "config/bad.json"),
        ];
        let worker = Lambda::start(&binary("worker-lambda").await, "info", &environment).await;
        let log = worker.gone().await;
        let said_of_start = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields")?.clone();
            (fields["message"] == "cannot start")
                .then(|| fields["error"].as_str().map(str::to_owned))?
        };
        let error = log.lines().find_map(said_of_start).unwrap_or_else(|| panic!("{log}"));
        for part in ["config/bad.json", "routes[0].filter", filter, said] {
            assert!(error.contains(part), "{error} does not say {part}");
        }
    }
}
