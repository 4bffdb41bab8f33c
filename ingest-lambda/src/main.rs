//! Reads the configuration, creates the AWS clients, and runs the ingest Lambda.

use ingest_lambda::Ingest;
use ingest_lambda::http::handle;
use ingest_lambda::keys::{HttpsFetch, Keys};
use ingest_lambda::receive::call_timeouts;
use jiff::Timestamp;
use lambda_http::{Error, Request, run, service_fn};
use shared::config::{Environment, StartError};
use shared::ports::aws::{s3_client, sdk_config, with_timeouts};
use shared::ports::config_object;
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;
use shared::telemetry::{self, Metrics};

type AwsIngest = Ingest<S3Store, SqsQueue, SecretsManager, HttpsFetch>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (ingest, metrics) = start().await.inspect_err(telemetry::log_start_error)?;
    let handle = |request: Request| async {
        Ok::<_, Error>(handle(&ingest, &metrics, request, Timestamp::now()).await)
    };
    run(service_fn(handle)).await
}

async fn start() -> Result<(AwsIngest, Metrics), StartError> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let start_config = sdk_config().await;
    let store = S3Store::new(s3_client(&start_config), environment.bucket.clone());
    let config = config_object::load(&store, &environment).await?;

    let aws = with_timeouts(&start_config, call_timeouts(&config));
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
    Ok((ingest, Metrics::new(config.name)))
}
