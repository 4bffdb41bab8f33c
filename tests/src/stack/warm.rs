//! Has both Lambdas start, so that the first webhook need not wait for it.

use std::time::Duration;

use super::{Outputs, Source};
use crate::clients::{CREDENTIALS, REGION};
use crate::{Result, wait};

/// How long a Lambda may take to answer for the first time.
const WITHIN: Duration = Duration::from_secs(30);

/// Asks ingest with a method that it refuses, which leaves nothing behind.
pub(super) async fn ingest(http: &reqwest::Client, sources: &[Source]) -> Result<()> {
    let Some(any) = sources.first() else { return Ok(()) };
    answers("the ingest Lambda", async || {
        let answer = http.get(&any.url).send().await?;
        match answer.status().as_u16() {
            // What it says to that depends on the source; that it says so is what counts.
            401 | 403 | 405 => Ok(()),
            status => Err(format!("HTTP {status}: {}", answer.text().await?).into()),
        }
    })
    .await
}

/// Hands the worker's version that serves a batch of nothing. MiniStack reads account and region from the signature, and
/// does not check it.
pub(super) async fn worker(http: &reqwest::Client, outputs: &Outputs) -> Result<()> {
    let (endpoint, name) = (&outputs.endpoint, &outputs.worker_function);
    let url = format!("{endpoint}/2015-03-31/functions/{name}:live/invocations");
    let signed = unchecked_signature("lambda");
    answers("the worker Lambda", async || {
        let invoke = http.post(&url).header("authorization", &signed).body(r#"{"Records":[]}"#);
        let answer = invoke.send().await?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        match answer.status().as_u16() {
            200 if !failed => Ok(()),
            status => Err(format!("HTTP {status}: {}", answer.text().await?).into()),
        }
    })
    .await
}

/// What AWS would check, and MiniStack only takes account and region from.
pub(crate) fn unchecked_signature(service: &str) -> String {
    let scope = format!("{}/20260101/{REGION}/{service}/aws4_request", CREDENTIALS.0);
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// Asks until it answers well; the error is what it said last.
async fn answers(who: &str, ask: impl AsyncFn() -> Result<()>) -> Result<()> {
    let mut said = String::new();
    let asked = wait::until(who, WITHIN, async || match ask().await {
        Ok(()) => Some(()),
        Err(error) => {
            said = error.to_string();
            None
        }
    });
    asked.await.map_err(|_| format!("{who} does not start; it says:\n{said}").into())
}
