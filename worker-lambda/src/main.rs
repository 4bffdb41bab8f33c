//! Wires the worker Lambda and runs it.

use jiff::Timestamp;
use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn};
use shared::config::{Config, Environment, StartError};
use shared::ports::aws::{s3_client, sdk_config, with_timeouts};
use shared::ports::config_object;
use shared::ports::health::{deadline, until_healthy};
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;
use shared::telemetry::{self, Log};
use tokio::sync::OnceCell;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::deliver::Destinations;
use worker_lambda::handlers;
use worker_lambda::health::{self, Answer, Event, EventKind};
use worker_lambda::ledger::dynamodb::DynamoDb;
use worker_lambda::ports::PortSet;
use worker_lambda::process::CALL_TIMEOUTS;

type AwsPorts = PortSet<S3Store, SqsQueue, DynamoDb, Destinations<SecretsManager, S3Store>>;

/// What one execution environment has.
struct Started {
    worker: Worker<AwsPorts>,
    config: Config,
    store: S3Store,
    ledger: DynamoDb,
    queue: SqsQueue,
    secrets: SecretsManager,
}

/// Starts before the first event comes. If that fails, each invocation tries again, and fails with the reason: a process
/// that ended would hide it from `terraform apply`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let cell = &OnceCell::new();
    let _ = started(cell).await;
    run(service_fn(async |event: LambdaEvent<Event>| match event.payload.try_into()? {
        EventKind::Batch(batch) => {
            let Started { worker, .. } = started(cell).await?;
            let deadline = deadline(event.context.deadline());
            Ok::<_, Error>(Answer::Batch(process_batch(worker, batch, deadline).await?))
        }
        EventKind::Health(_) => answer_health(cell, &event.context).await,
    }))
    .await
}

async fn answer_health(cell: &OnceCell<Started>, context: &Context) -> Result<Answer, Error> {
    let healthy = until_healthy(deadline(context.deadline()), || async {
        let Started { config, store, ledger, queue, secrets, .. } = started(cell).await?;
        health::check(config, store, ledger, queue, secrets).await
    });
    Ok(Answer::Health(healthy.await?))
}

async fn started(cell: &OnceCell<Started>) -> Result<&Started, StartError> {
    cell.get_or_try_init(start).await.inspect_err(telemetry::log_start_error)
}

async fn start() -> Result<Started, StartError> {
    let environment = Environment::read(|name| std::env::var(name).ok())?;
    let starting = sdk_config().await;
    let store = S3Store::new(s3_client(&starting), environment.bucket.clone());
    let config: Config = config_object::load(&store, &environment).await?;

    let aws = with_timeouts(&starting, CALL_TIMEOUTS);
    let store = S3Store::new(s3_client(&aws), environment.bucket);
    let ledger = DynamoDb::new(aws_sdk_dynamodb::Client::new(&aws), config.ledger_table.clone());
    ledger.warm_up().await;
    let secrets = SecretsManager::new(aws_sdk_secretsmanager::Client::new(&aws));
    let destinations = Destinations::new(
        &config,
        &aws,
        CALL_TIMEOUTS.operation,
        secrets.clone(),
        store.clone(),
        &handlers::registry(),
    )?;
    destinations.warm_up(Timestamp::now()).await;
    let longest_timeout = destinations.longest_timeout();
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&aws));
    queue.warm_up(&config).await;
    let ports = PortSet {
        store: store.clone(),
        queue: queue.clone(),
        ledger: ledger.clone(),
        destinations,
    };
    let worker = Worker::new(&config, longest_timeout, ports, Log::new(config.name.clone()))?;
    Ok(Started { worker, config, store, ledger, queue, secrets })
}
