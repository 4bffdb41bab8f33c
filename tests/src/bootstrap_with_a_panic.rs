//! A bootstrap for the tests of the Lambda runtime: the worker on fakes, with a destination that panics at one of two
//! records. The product's own bootstrap never panics by itself.

use catchment_tests::harness::TestWorker;
use jiff::Timestamp;
use lambda_http::lambda_runtime::{self, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use shared::event::EventId;
use worker_lambda::outcome::Outcome;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let worker = &TestWorker::new();
    worker.destinations.answer_by("crm", |delivery| {
        let body = String::from_utf8_lossy(&delivery.body);
        assert!(body.contains("good"), "it panics");
        Outcome::Delivered
    });
    let handle = async |_: LambdaEvent<Value>| {
        let id = EventId::new(Timestamp::now()).to_string();
        for which in ["good", "bad"] {
            worker.receive_body("docusign", &json!({ "which": which, "id": id })).await;
        }
        Ok::<_, Error>(worker.batch().await)
    };
    lambda_runtime::run(service_fn(handle)).await
}
