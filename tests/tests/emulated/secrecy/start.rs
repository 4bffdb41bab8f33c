//! The error of a Lambda that cannot start, as the health event gets it and as it is logged: it may quote the configuration, which has no secrets.

use std::time::Duration;

use catchment_tests::emulator::Kind;
use serde_json::{Value, json};

use super::lambda::Lambda;
use super::logs::binary;
use crate::resources::Resources;

/// An invalid filter prevents the start, so it never routes an event.
#[tokio::test]
async fn the_worker_does_not_work_with_an_invalid_filter_and_says_where_it_is() {
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
            ("CATCHMENT_CONFIG_VERSION", "null"),
        ];
        let mut worker = Lambda::start(&binary("worker-lambda").await, "info", &environment).await;
        let answer = worker.invoke(&json!({ "catchment": "health" })).await;
        assert!(answer.failed && answer.body.contains("routes[0].filter"), "{answer:?}");
        assert!(worker.invoke(&json!({ "Records": [] })).await.failed, "it takes no batch");
        let log = worker.end().await;
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
