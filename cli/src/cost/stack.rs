//! What a configuration creates that costs money, counted in the Terraform module itself.

use std::path::PathBuf;

use shared::config::Config;

use crate::terraform::evaluate::Names;
use crate::terraform::{EvalError, Evaluation, Module, Value};
use crate::{Failure, check};

/// What a stack has that costs money.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// The number of sources.
    pub sources: usize,
    /// The number of sources whose queue is a FIFO queue.
    pub fifo_sources: usize,
    /// The number of standard queues, and of FIFO queues. Each has a dead-letter queue, which nothing polls.
    pub queues: Queues,
    /// The number of secrets in Secrets Manager.
    pub secrets: usize,
    /// The number of metrics that alarms watch. An alarm on several is paid for each.
    pub alarm_metrics: usize,
    /// The memory of the ingest Lambda in MB.
    pub ingest_memory: f64,
    /// The memory of the worker Lambda in MB.
    pub worker_memory: f64,
    /// The instruction set: `arm64` or `x86_64`.
    pub architecture: String,
    /// The days for which logs are kept.
    pub log_days: f64,
    /// The days for which events are kept; `None` if they are kept forever.
    pub event_days: Option<f64>,
    /// The largest batch of the queues.
    pub largest_batch: f64,
}

/// The number of queues by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queues {
    /// Standard queues.
    pub standard: usize,
    /// FIFO queues.
    pub fifo: usize,
}

impl Stack {
    /// The stack that files of variables describe. They must be sound, as `catchment check` finds them.
    pub fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let report = check::check(files)?;
        let text = check::text(&report);
        let Some(config) = report.config else {
            return Err(Failure::unusable(format!("correct this first:\n{}", text.trim_end())));
        };
        let module = Module::embedded().map_err(Failure::Unusable)?;
        let unreadable =
            |error: EvalError| Failure::unusable(format!("the module cannot be counted: {error}"));
        Self::count(module, &check::evaluation(files)?, &config).map_err(unreadable)
    }

    fn count(
        module: &Module,
        evaluation: &Evaluation<'_>,
        config: &Config,
    ) -> Result<Self, EvalError> {
        let instances = |kind: &str| {
            let of_kind = module.resources.keys().filter(|address| address.starts_with(kind));
            of_kind.map(|address| evaluation.each_values(address)).collect::<Result<Vec<_>, _>>()
        };
        let alarms = instances("aws_cloudwatch_metric_alarm.")?;
        let number = |name| evaluation.variable(name)?.as_number();
        let fifo_queues = config.queues.values().filter(|queue| queue.is_fifo()).count();
        let is_fifo = |name: &str| config.queues.get(name).is_some_and(|queue| queue.is_fifo());
        let sources = config.sources.values();
        let batches = evaluation.local("queues")?;
        let batches = batches.as_map()?.values().filter_map(|queue| queue.get("batch_size"));
        let batches = batches.map(Value::as_number).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            name: config.name.clone(),
            sources: config.sources.len(),
            fifo_sources: sources.filter(|source| is_fifo(&source.queue)).count(),
            queues: Queues { standard: config.queues.len() - fifo_queues, fifo: fifo_queues },
            secrets: instances("aws_secretsmanager_secret.")?.iter().map(Vec::len).sum(),
            alarm_metrics: alarms.iter().flatten().map(watched).sum(),
            ingest_memory: number("ingest_memory")?,
            worker_memory: number("worker_memory")?,
            architecture: evaluation.variable("architecture")?.as_text()?,
            log_days: number("log_retention_days")?,
            event_days: evaluation.variable("event_retention_days")?.as_number().ok(),
            largest_batch: batches.into_iter().fold(1.0, f64::max),
        })
    }
}

/// How many metrics one alarm watches, from its value of `for_each`: one, or those that its expression reads.
fn watched(each: &Value) -> usize {
    let metrics = each.get("value").and_then(|value| value.get("metrics"));
    metrics.and_then(|metrics| metrics.as_map().ok()).map_or(1, |metrics| metrics.len())
}
