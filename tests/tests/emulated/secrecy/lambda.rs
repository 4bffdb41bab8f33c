//! A Lambda's binary, run as AWS runs it: it asks a Runtime API for events, and writes logs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use catchment_tests::clients::{CREDENTIALS, REGION};
use catchment_tests::guard;
use catchment_tests::raw_server::RawServer;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::resources::SOON;

/// A running Lambda. Dropping it ends it.
pub(crate) struct Lambda {
    process: Child,
    log: PathBuf,
    events: UnboundedSender<String>,
    answers: UnboundedReceiver<Answer>,
    _runtime_api: RawServer,
}

/// A Lambda's answer to the Runtime API.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Whether it was an error.
    pub(crate) failed: bool,
    /// All of it.
    pub(crate) body: String,
}

impl Lambda {
    /// Starts it, with the environment that Terraform would give it, at one of Lambda's log levels.
    pub(crate) async fn start(binary: &Path, level: &str, environment: &[(&str, &str)]) -> Self {
        let (events, to_take) = unbounded_channel();
        let (to_answer, answers) = unbounded_channel();
        let runtime_api = runtime_api(to_take, to_answer).await;
        let name = binary.file_name().unwrap().to_str().unwrap();
        let log =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrecy-{name}-{level}.log"));
        let file = File::create(&log).unwrap();
        let (id, secret) = CREDENTIALS;
        let process = guard::command(binary)
            .unwrap()
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", id),
                ("AWS_SECRET_ACCESS_KEY", secret),
                ("AWS_REGION", REGION),
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "log"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "log"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
                ("AWS_LAMBDA_LOG_LEVEL", level),
                ("RUST_LOG", level),
                ("RUST_BACKTRACE", "full"),
                ("AWS_LAMBDA_RUNTIME_API", runtime_api.url().trim_start_matches("http://")),
            ])
            .envs(environment.iter().copied())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { process, log, events, answers, _runtime_api: runtime_api }
    }

    /// Has it work on an event.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Answer {
        self.events.send(event.to_string()).unwrap();
        match timeout(SOON, self.answers.recv()).await {
            Ok(Some(answer)) => answer,
            _ => panic!("no answer:\n{}", fs::read_to_string(&self.log).unwrap()),
        }
    }

    /// Ends it, and returns all that it wrote.
    pub(crate) async fn end(mut self) -> String {
        drop(self.process.stdin.take());
        tokio::task::spawn_blocking(move || self.process.wait()).await.unwrap().unwrap();
        String::from_utf8(fs::read(&self.log).unwrap()).unwrap()
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
async fn runtime_api(
    events: UnboundedReceiver<String>,
    answers: UnboundedSender<Answer>,
) -> RawServer {
    let events = Arc::new(Mutex::new(events));
    let api = RawServer::start(move |_, mut connection| {
        let (events, answers) = (Arc::clone(&events), answers.clone());
        async move {
            loop {
                let request = connection.message().await?;
                let line = request.head.lines().next().unwrap_or_default();
                if line.starts_with("GET ") {
                    let Some(event) = events.lock().await.recv().await else { return Ok(()) };
                    connection.answer("200 OK", &headers(), event.as_bytes()).await?;
                    continue;
                }
                let failed = line.contains("/error ");
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let _ = answers.send(Answer { failed, body });
                connection.answer("202 Accepted", "", b"").await?;
            }
        }
    });
    api.await.unwrap()
}

fn headers() -> String {
    let deadline = SystemTime::now() + Duration::from_secs(30);
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    format!(
        "lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         lambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:x\r\n\
         lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\
         content-type: application/json\r\n"
    )
}
