//! What a stack costs, line by line: a pure function of the stack, its traffic and the prices.

use super::prices::{Price, Prices};
use super::stack::Stack;
use crate::Failure;

/// A million, the unit of most prices.
const MILLION: f64 = 1e6;
/// A gigabyte as a bill counts it here: decimal. A binary one would make every figure up to 7 % smaller.
const GB: f64 = 1e9;
/// The days of a month.
const MONTH: f64 = 30.0;

/// What is assumed of each webhook, beside what the options say. Each is measured or stated in `docs/reference/cost.md`.
pub mod assumed {
    /// Bytes of a stored event beside the body: headers, and what verification found.
    pub const STORED_BESIDE_BODY: f64 = 2_000.0;
    /// How long ingest takes for a webhook, in ms.
    pub const INGEST_MS: f64 = 60.0;
    /// How long the worker takes for an invocation, in ms, beside what each event adds. Most of it is waiting for the
    /// destination.
    pub const WORKER_MS: f64 = 244.4;
    /// How long the worker takes for each event of a batch, in ms.
    pub const WORKER_MS_PER_EVENT: f64 = 5.6;
    /// Bytes of ingest's line, with the 26 bytes that CloudWatch adds to each.
    pub const INGEST_LINE: f64 = 410.0;
    /// Bytes of the API's line, with the same.
    pub const API_LINE: f64 = 165.0;
    /// Bytes of the worker's line, with the same, without its deliveries.
    pub const WORKER_LINE: f64 = 200.0;
    /// Bytes of one delivery in the worker's line.
    pub const DELIVERY_IN_LINE: f64 = 75.0;
    /// What is left of a stored log line after compression.
    pub const COMPRESSED: f64 = 0.15;
    /// Bytes of a ledger item, with the 100 bytes that DynamoDB adds to each.
    pub const LEDGER_ITEM: f64 = 370.0;
    /// The days for which the ledger keeps an event.
    pub const LEDGER_DAYS: f64 = 30.0;
    /// A call of the HTTP API is metered for each 512 KB of its body.
    pub const API_UNIT: f64 = 512_000.0;
    /// A call of SQS that returns after 20 seconds without a message: so many a month for each of a queue's pollers.
    pub const EMPTY_RECEIVES: f64 = 30.0 * 86_400.0 / 20.0;
    /// Lambda polls an idle queue with so many calls at the same time.
    pub const POLLERS: f64 = 5.0;
}

/// How many webhooks there are, and of which size.
#[derive(Clone, Copy, Debug)]
pub struct Traffic {
    /// Webhooks a month.
    pub webhooks: f64,
    /// Bytes of a body.
    pub bytes: f64,
    /// HTTP destinations that each event is delivered to.
    pub destinations: f64,
    /// Events in a batch of the worker.
    pub batch: f64,
}

/// A line of the estimate.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is paid for.
    pub what: String,
    /// How much of it: for each million webhooks, or a month.
    pub quantity: f64,
    /// The price of one unit.
    pub price: Price,
}

impl Line {
    /// The cost in US dollars.
    pub fn usd(&self) -> f64 {
        self.quantity * self.price.usd
    }
}

/// What a stack costs.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// What a million webhooks cost.
    pub per_million: Vec<Line>,
    /// What the ledger of a million webhooks costs a month. It keeps them for a month, however many there are later.
    pub ledger: Vec<Line>,
    /// What the stack costs in a month without any webhook.
    pub fixed: Vec<Line>,
    /// What the archive costs a month once it is full, in US dollars; `None` if it grows forever.
    pub full_archive: Option<f64>,
    /// How many millions of webhooks there are in a month.
    pub millions: f64,
}

impl Estimate {
    /// The estimate for a stack with this traffic.
    pub fn of(stack: &Stack, traffic: Traffic, prices: &Prices) -> Result<Self, Failure> {
        let Traffic { webhooks, bytes, destinations, batch } = traffic;
        let line = |what: String, quantity: f64, price: &str| {
            Ok(Line { what, quantity, price: prices.get(price)?.clone() })
        };
        let lambda = format!("lambda_{}", stack.architecture);
        let gb_seconds = |memory: f64, ms: f64| memory / 1024.0 * ms / 1000.0;
        let worker_ms = assumed::WORKER_MS / batch + assumed::WORKER_MS_PER_EVENT;
        let (ingest, worker) = (stack.ingest_memory, stack.worker_memory);
        let stored = (bytes + assumed::STORED_BESIDE_BODY) * MILLION / GB;
        let log_bytes = log_bytes(destinations);
        let logged = log_bytes * MILLION / GB;
        let ledger = assumed::LEDGER_ITEM * MILLION / GB * assumed::LEDGER_DAYS / MONTH;
        #[allow(clippy::cast_precision_loss, reason = "a stack has no 2^52 sources")]
        let fifo = match stack.sources {
            0 => 0.0,
            all => stack.fifo_sources as f64 / all as f64,
        };
        let calls = 1.0 + 2.0 / batch;
        let mut per_million = vec![
            line(
                "API Gateway: requests".into(),
                (bytes / assumed::API_UNIT).ceil().max(1.0),
                "http_api",
            )?,
            line("ingest Lambda: invocations".into(), 1.0, "lambda_requests")?,
            line(
                format!("ingest Lambda: {ingest} MB for {} ms", assumed::INGEST_MS),
                gb_seconds(ingest, assumed::INGEST_MS),
                &lambda,
            )?,
            line("S3: store the event (PUT)".into(), 1.0, "s3_put")?,
            line("S3: keep it for a month".into(), stored, "s3_storage")?,
            line("SQS: send, receive, delete".into(), calls * (1.0 - fifo), "sqs_standard")?,
            line("SQS FIFO: send, receive, delete".into(), calls * fifo, "sqs_fifo")?,
            line("worker Lambda: invocations".into(), 1.0 / batch, "lambda_requests")?,
            line(
                format!("worker Lambda: {worker} MB for {worker_ms:.0} ms"),
                gb_seconds(worker, worker_ms),
                &lambda,
            )?,
            line("S3: read the event (GET)".into(), 1.0, "s3_get")?,
            line("DynamoDB: claim and complete".into(), 2.0, "dynamodb_write")?,
            line("deliveries: data out".into(), bytes * destinations * MILLION / GB, "egress")?,
            line(format!("logs: {log_bytes:.0} bytes a webhook"), logged, "logs")?,
            line(
                format!("logs: keep them for {} days", stack.log_days),
                logged * assumed::COMPRESSED * stack.log_days / MONTH,
                "log_storage",
            )?,
        ];
        per_million.retain(|line| line.quantity > 0.0);
        let millions = webhooks / MILLION;
        let storage = prices.get("s3_storage")?.usd * stored * millions;
        Ok(Self {
            per_million,
            ledger: vec![
                line("DynamoDB: keep the ledger".into(), ledger, "dynamodb_storage")?,
                line("DynamoDB: its recovery".into(), ledger, "dynamodb_backup")?,
            ],
            fixed: fixed(stack, line)?,
            full_archive: stack.event_days.map(|days| storage * days / MONTH),
            millions,
        })
    }

    /// What a million webhooks cost, in US dollars.
    pub fn usd_per_million(&self) -> f64 {
        self.per_million.iter().map(Line::usd).sum()
    }

    /// What the ledger of a million webhooks costs a month, in US dollars.
    pub fn usd_ledger(&self) -> f64 {
        self.ledger.iter().map(Line::usd).sum()
    }

    /// What the stack costs in a month without any webhook, in US dollars.
    pub fn usd_fixed(&self) -> f64 {
        self.fixed.iter().map(Line::usd).sum()
    }

    /// What a month costs, in US dollars.
    pub fn usd_a_month(&self) -> f64 {
        (self.usd_per_million() + self.usd_ledger()) * self.millions + self.usd_fixed()
    }
}

/// What a stack costs in a month without any webhook.
#[allow(clippy::cast_precision_loss, reason = "a stack has no 2^52 queues")]
fn fixed(
    stack: &Stack,
    line: impl Fn(String, f64, &str) -> Result<Line, Failure>,
) -> Result<Vec<Line>, Failure> {
    let polls =
        |queues: usize| queues as f64 * assumed::POLLERS * assumed::EMPTY_RECEIVES / MILLION;
    let mut fixed = vec![
        line("Secrets Manager: secrets".into(), stack.secrets as f64, "secret")?,
        line(
            "CloudWatch: metrics that alarms watch".into(),
            stack.alarm_metrics as f64,
            "alarm_metric",
        )?,
        line("SQS: polling idle queues".into(), polls(stack.queues.standard), "sqs_standard")?,
        line("SQS FIFO: polling idle queues".into(), polls(stack.queues.fifo), "sqs_fifo")?,
    ];
    fixed.retain(|line| line.quantity > 0.0);
    Ok(fixed)
}

/// Bytes of log for one webhook.
fn log_bytes(destinations: f64) -> f64 {
    assumed::INGEST_LINE
        + assumed::API_LINE
        + assumed::WORKER_LINE
        + assumed::DELIVERY_IN_LINE * destinations
}
