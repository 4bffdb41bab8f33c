//! Wires the worker Lambda and runs it.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use shared::config::{Environment, StartError};
use shared::ports::aws::{s3_client, sdk_config, with_timeouts};
use shared::ports::config_object;
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;
use shared::telemetry::{self, Metrics};
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::deliver::Destinations;
use worker_lambda::handlers;
use worker_lambda::ledger::dynamodb::DynamoDb;
use worker_lambda::ports::PortSet;
use worker_lambda::process::CALL_TIMEOUTS;

type AwsPorts = PortSet<S3Store, SqsQueue, DynamoDb, Destinations<SecretsManager, S3Store>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let worker = &start().await.inspect_err(telemetry::log_start_error)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = deadline(&event.context);
        Ok::<_, Error>(process_batch(worker, event.payload, deadline).await?)
    }))
    .await
}

async fn start() -> Result<Worker<AwsPorts>, StartError> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let starting = sdk_config().await;
    let store = S3Store::new(s3_client(&starting), environment.bucket.clone());
    let config = config_object::load(&store, &environment).await?;

    let aws = with_timeouts(&starting, CALL_TIMEOUTS);
    let store = S3Store::new(s3_client(&aws), environment.bucket);
    let ledger = DynamoDb::new(aws_sdk_dynamodb::Client::new(&aws), config.ledger_table.clone());
    ledger.warm_up().await;
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(&aws));
    let destinations = Destinations::new(
        &config,
        &aws,
        CALL_TIMEOUTS.operation,
        secrets,
        store.clone(),
        &handlers::registry(),
    )?;
    destinations.warm_up(Timestamp::now()).await;
    let longest_timeout = destinations.longest_timeout();
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&aws));
    queue.warm_up(&config).await;
    let ports = PortSet { store, queue, ledger, destinations };
    let metrics = Metrics::new(config.name.clone());
    Worker::new(&config, longest_timeout, ports, metrics)
}

fn deadline(context: &Context) -> Instant {
    let left = context.deadline().duration_since(SystemTime::now());
    Instant::now() + left.unwrap_or(Duration::ZERO)
}
