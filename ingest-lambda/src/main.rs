//! Reads the configuration, creates the AWS clients, and runs the ingest Lambda.

use std::time::SystemTime;

use ingest_lambda::Ingest;
use ingest_lambda::health::{self, is_health_event};
use ingest_lambda::http::handle;
use ingest_lambda::keys::{HttpsFetch, Keys};
use ingest_lambda::receive::call_timeouts;
use jiff::Timestamp;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use shared::config::{Environment, IngestConfig, StartError};
use shared::ports::aws::{s3_client, sdk_config, with_timeouts};
use shared::ports::config_object;
use shared::ports::health::{deadline, until_healthy};
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;
use shared::telemetry::{self, Log};
use tokio::sync::OnceCell;

/// What one execution environment has.
struct Started {
    ingest: Ingest<S3Store, SqsQueue, SecretsManager, HttpsFetch>,
    log: Log,
    config: IngestConfig,
    queue: SqsQueue,
    secrets: SecretsManager,
}

/// Starts before the first event comes. If that fails, each invocation tries again, and fails with the reason: a process
/// that ended would hide it from `terraform apply`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let cell = OnceCell::new();
    let _ = started(&cell).await;
    run(service_fn(async |request: Request| match is_health_event(&request)? {
        true => answer_health(&cell, &request).await,
        false => {
            let Started { ingest, log, .. } = started(&cell).await?;
            Ok::<_, Error>(handle(ingest, log, request, Timestamp::now()).await)
        }
    }))
    .await
}

async fn answer_health(
    cell: &OnceCell<Started>,
    request: &Request,
) -> Result<Response<Body>, Error> {
    let ends = request.lambda_context_ref().map_or(SystemTime::now(), |it| it.deadline());
    let healthy = until_healthy(deadline(ends), || async {
        let Started { config, queue, secrets, .. } = started(cell).await?;
        health::check(&config.sources, &config.queues, queue, secrets).await
    });
    Ok(Response::new(serde_json::to_string(&healthy.await?)?.into()))
}

async fn started(cell: &OnceCell<Started>) -> Result<&Started, StartError> {
    cell.get_or_try_init(start).await.inspect_err(telemetry::log_start_error)
}

async fn start() -> Result<Started, StartError> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let start_config = sdk_config().await;
    let store = S3Store::new(s3_client(&start_config), environment.bucket.clone());
    let config: IngestConfig = config_object::load(&store, &environment).await?;

    let aws = with_timeouts(&start_config, call_timeouts(&config));
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&aws));
    queue.warm_up(&config).await;
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(&aws));
    let ingest = Ingest::new(
        &config,
        S3Store::new(s3_client(&aws), environment.bucket),
        queue.clone(),
        secrets.clone(),
        Keys::new(HttpsFetch::default()),
    )?;
    ingest.warm_up(Timestamp::now()).await;
    let log = Log::new(config.name.clone());
    Ok(Started { ingest, log, config, queue, secrets })
}
