//! The deployment that all tests here share, and what they do with it.

use std::fs::File;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catchment_tests::receiver::{Received, Receiver};
use catchment_tests::samples::{self, Sample};
use catchment_tests::stack::{Source, Stack, StoredEvent, Variables, Watch};
use catchment_tests::{Result, clients, deliveries, paths, to_stderr, wait};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::{kinds, traffic};

/// How long anything may take that comes by itself, on a machine that does much else.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// How often an event on the queue `impatient` is tried.
pub(crate) const ATTEMPTS: u32 = 3;

/// Sources by name, with their provider, queue and destinations.
const SOURCES: [(&str, &str, &str, &[&str]); 14] = [
    ("docusign", "docusign", "default", &["crm"]),
    ("github", "github", "default", &["crm"]),
    ("hmac", "hmac", "default", &["crm"]),
    ("signbee", "signbee", "default", &["crm"]),
    ("standard-webhooks", "standard-webhooks", "default", &["crm"]),
    ("stripe", "stripe", "default", &["crm"]),
    ("svix", "svix", "default", &["crm"]),
    ("again", "docusign", "default", &["crm"]),
    ("ten", "stripe", "default", &["crm"]),
    ("strict", "stripe", "default", &["crm"]),
    (UNSET, "github", "default", &["crm"]),
    ("flaky", "github", "impatient", &["flaky"]),
    ("doomed", "github", "impatient", &["fine", "stubborn"]),
    ("poisoned", "github", "impatient", &["poisoned"]),
];

/// The source whose secret is never set.
pub(crate) const UNSET: &str = "unset";

/// Destinations, each on its own path of the receiver.
const DESTINATIONS: [&str; 5] = ["crm", "flaky", "fine", "stubborn", "poisoned"];

/// A running deployment with a receiver.
pub(crate) struct Deployment {
    pub(crate) stack: Stack,
    pub(crate) receiver: Receiver,
    http: reqwest::Client,
    /// A lock until this process ends. Another `cargo test` in this checkout waits for it.
    _ours: File,
}

/// The answer to a sender.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
    /// When.
    pub(crate) at: Instant,
}

impl Answer {
    /// The event's id.
    pub(crate) fn id(&self) -> &str {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body["id"].as_str().unwrap()
    }
}

/// Runs a test on the deployment. One runtime serves all tests: what one of them starts, such as the
/// receiver, serves the others too.
pub(crate) fn test(test: impl AsyncFnOnce(&'static Deployment)) {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    static SHARED: OnceCell<std::result::Result<Deployment, String>> = OnceCell::const_new();
    let _running = Running::new();
    RUNTIME.block_on(async {
        // A failure is kept as well: no test need wait for another one.
        let start = async || Deployment::start().await.map_err(|error| error.to_string());
        match SHARED.get_or_init(start).await {
            Ok(deployment) => test(deployment).await,
            Err(error) => panic!("there is no deployment: {error}"),
        }
    });
}

/// The tests on the deployment that are running.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Counts a test while it runs, even if it panics.
struct Running;

impl Running {
    fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits until the test that calls this is the only one that runs.
pub(crate) async fn others_have_ended() {
    let alone = async || (RUNNING.load(Ordering::SeqCst) == 1).then_some(());
    wait::until("the end of the other tests", 5 * SOON, alone).await.unwrap();
}

/// Says on standard error what takes so long.
pub(crate) struct Said;

impl Watch for Said {
    fn begins(&self, stage: &str) {
        to_stderr(&format!("deployment: {stage} …"));
    }

    fn applied(&self, _done: u64, _of: u64) {}

    fn note(&self, line: &str) {
        to_stderr(line);
    }

    fn ends(&self) {}
}

impl Deployment {
    async fn start() -> Result<Self> {
        let dir = paths::target().join("deployment");
        std::fs::create_dir_all(&dir)?;
        let ours = File::create(dir.join(".lock"))?;
        let ours = tokio::task::spawn_blocking(move || ours.lock().map(|()| ours)).await??;
        let receiver = Receiver::start().await?;
        let values = variables(receiver.url());
        let wanted = Variables { values, file: None, without_secret: &[UNSET] };
        let stack = Stack::start(&dir, &wanted, &Said).await?;
        kinds::create(&stack.clients, receiver.url()).await?;
        Ok(Self { stack, receiver, http: clients::http()?, _ours: ours })
    }

    pub(crate) fn source(&self, name: &str) -> &Source {
        self.stack.source(name).unwrap()
    }

    /// Signs a body as a source's provider does, now.
    pub(crate) fn sign(&self, source: &str, id: &str, body: &[u8]) -> Sample {
        let Source { provider, secret, .. } = self.source(source);
        samples::sign(provider, secret, id, body, Timestamp::now()).unwrap()
    }

    /// Posts a sample to a source.
    pub(crate) async fn post(&self, source: &str, sample: &Sample) -> Answer {
        self.request("POST", &self.source(source).url, sample).await
    }

    /// Signs a body and posts it.
    pub(crate) async fn send(&self, source: &str, id: &str, body: &[u8]) -> Answer {
        self.post(source, &self.sign(source, id, body)).await
    }

    /// Sends any request.
    pub(crate) async fn request(&self, method: &str, url: &str, sample: &Sample) -> Answer {
        let mut request = self.http.request(method.parse().unwrap(), url).body(sample.body.clone());
        for (name, value) in &sample.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        let at = Instant::now();
        let retry_after = answer.headers().get("retry-after");
        Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            body: answer.text().await.map(said).unwrap(),
            at,
        }
    }

    /// The event that was stored under an id.
    pub(crate) async fn stored(&self, source: &str, id: &str) -> StoredEvent {
        self.stack.stored(source, id).await.unwrap().expect("accepted, so it is stored")
    }

    /// Waits for so many deliveries of an event at a destination, checks their signatures, and
    /// returns all that there are.
    pub(crate) async fn delivered(&self, to: &str, id: &str, times: usize) -> Vec<Received> {
        let of_it = |got: &[Received]| -> Vec<Received> {
            let path = format!("/{to}");
            let fits = |got: &&Received| got.path == path && got.header("ce-eventid") == Some(id);
            got.iter().filter(fits).cloned().collect()
        };
        let arrived = |got: &[Received]| of_it(got).len() >= times;
        let what = format!("{times} deliveries of {id} to {to}");
        let found = of_it(&self.receiver.wait_for(&what, SOON, arrived).await.unwrap());
        let secret = &self.stack.destination(to).unwrap().secret;
        for delivery in &found {
            deliveries::verify(delivery, secret).unwrap();
        }
        found
    }

    /// All deliveries with a `webhook-id`, wherever to.
    pub(crate) fn deliveries_with(&self, webhook_id: &str) -> usize {
        let received = self.receiver.received();
        received.iter().filter(|got| got.header("webhook-id") == Some(webhook_id)).count()
    }

    /// Waits until nothing is left in a queue, neither to be received nor hidden.
    pub(crate) async fn drained(&self, queue: &str) {
        let url = &self.stack.outputs.queue_urls[queue];
        let empty = async || (self.stack.depth(url).await.ok()? == (0, 0)).then_some(());
        wait::until(&format!("the queue {queue} to be empty"), SOON, empty).await.unwrap();
    }
}

/// Parses JSON; anything else becomes a string.
fn said(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// Sources that say more than their provider; nothing is routed for them.
fn more_sources() -> Map<String, Value> {
    let token = json!({ "path": true, "algorithm": "token", "encoding": "utf8" });
    let more = json!({
        "meter": { "provider": "custom", "scheme": token },
        "fenced": { "provider": "github", "allow_cidrs": ["203.0.113.0/24"] },
        "page": { "provider": "meta", "params": { "verify_token": "ours" } },
        "shop": { "provider": "square" },
        "tasks": { "provider": "asana", "enroll": true },
    });
    more.as_object().unwrap().clone()
}

/// Our own, and those of others.
fn map<const N: usize>(
    own: impl IntoIterator<Item = (String, Value)>,
    others: [Map<String, Value>; N],
) -> Map<String, Value> {
    own.into_iter().chain(others.into_iter().flatten()).collect()
}

fn queues() -> Map<String, Value> {
    let queues = json!({
        "default": {},
        "impatient": {
            "max_attempts": ATTEMPTS, "backoff": { "base": 0.5, "factor": 1, "cap": 1 },
        },
    });
    queues.as_object().unwrap().clone()
}

fn variables(receiver: &str) -> Value {
    let scheme = json!({ "header": samples::HMAC_HEADER.to_ascii_lowercase() });
    let source = |(name, provider, queue, _): (&str, &str, &str, _)| {
        let scheme = (provider == "hmac").then_some(&scheme);
        (name.to_owned(), json!({ "provider": provider, "queue": queue, "scheme": scheme }))
    };
    let destination = |name: &str| {
        let http =
            json!({ "url": format!("{receiver}/{name}"), "allow_private": true, "timeout": 3 });
        (name.to_owned(), json!({ "http": http }))
    };
    let route =
        |(name, _, _, to): (&str, _, _, &[&str])| json!({ "source": name, "destinations": to });
    json!({
        "name": "test",
        // A busy machine with an emulator on it may take longer than S3 and SQS, and then say 503.
        "reply_within": 20,
        // Of two workers with the same event, one waits until the other's invocation has ended.
        "worker_timeout": 15,
        // More queues than a new account has room for.
        "account_concurrency": 1000,
        // Only with this, ingest has a permission more.
        "object_lock": { "mode": "GOVERNANCE", "days": 1 },
        "sources": map(SOURCES.into_iter().map(source), [more_sources(), kinds::sources(), traffic::sources()]),
        "queues": map(queues(), [traffic::queues()]),
        "destinations": map(
            DESTINATIONS.into_iter().map(destination),
            [kinds::destinations(receiver), traffic::destinations(receiver)],
        ),
        "routes": SOURCES.into_iter().map(route).chain(kinds::routes()).chain(traffic::routes()).collect::<Vec<_>>(),
    })
}
