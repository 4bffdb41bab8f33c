//! Wires the ingest Lambda and runs it.

use ingest_lambda::Ingest;
use ingest_lambda::http::handle;
use ingest_lambda::keys::{HttpsFetch, Keys};
use ingest_lambda::receive::patience;
use jiff::Timestamp;
use lambda_http::{Error, Request, run, service_fn};
use shared::aws::{s3_client, sdk_config, with_patience};
use shared::config::{self, Environment, StartError};
use shared::queue::SqsQueue;
use shared::secrets::SecretsManager;
use shared::store::S3Store;
use shared::telemetry;

type Wired = Ingest<S3Store, SqsQueue, SecretsManager, HttpsFetch>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (ingest, stack) = start().await.inspect_err(telemetry::cannot_start)?;
    let handle = |request: Request| async {
        Ok::<_, Error>(handle(&ingest, &stack, request, Timestamp::now()).await)
    };
    run(service_fn(handle)).await
}

/// Ingest, and the stack's name.
async fn start() -> Result<(Wired, String), StartError> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let starting = sdk_config().await;
    let store = S3Store::new(s3_client(&starting), environment.bucket.clone());
    let config = config::load(&store, &environment).await?;

    let aws = with_patience(&starting, patience(&config));
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&aws));
    queue.warm_up(&config).await;
    let ingest = Ingest::new(
        &config,
        S3Store::new(s3_client(&aws), environment.bucket),
        queue,
        SecretsManager::new(aws_sdk_secretsmanager::Client::new(&aws)),
        Keys::new(HttpsFetch::default()),
    )?;
    ingest.warm_up(Timestamp::now()).await;
    Ok((ingest, config.name))
}
