//! The health event, with which Terraform asks a new version of a function whether it works. Only a version that answers
//! that it is healthy receives events.

use std::future::Future;
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, ready};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::config::StartError;

/// The time between two attempts. A permission that was granted a moment ago takes some seconds to apply everywhere
/// (IAM is eventually consistent).
const PAUSE: Duration = Duration::from_secs(1);
/// The time at the end of an invocation that is left to answer Lambda.
const RESERVE: Duration = Duration::from_secs(2);
/// How many calls are made at a time.
const CONCURRENCY: usize = 10;
/// How many problems an error lists. The others are counted.
const MAX_LISTED: usize = 5;

/// The health event: `{"catchment":"health"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthEvent {
    /// What is asked for.
    pub catchment: Question,
}

/// What the health event asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// Whether the configuration is valid and every service can be reached.
    Health,
}

/// The answer of a version that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Healthy {
    healthy: bool,
}

/// Why a version does not work. The message is part of the output of `terraform apply`.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// The version cannot start.
    #[error("cannot start: {0}")]
    Start(#[from] StartError),
    /// Some services cannot be reached, for these reasons.
    #[error("{}", list(.0))]
    Unreachable(Vec<String>),
}

impl Unhealthy {
    /// Whether another attempt may succeed. An invalid configuration stays invalid.
    fn may_pass(&self) -> bool {
        match self {
            Self::Start(error) => matches!(error, StartError::Unreadable { .. }),
            Self::Unreachable(_) => true,
        }
    }
}

fn list(problems: &[String]) -> String {
    let listed = problems.iter().take(MAX_LISTED).map(String::as_str).collect::<Vec<_>>();
    let listed = listed.join("; ");
    match problems.len().saturating_sub(MAX_LISTED) {
        0 => listed,
        more => format!("{listed}; and {more} more"),
    }
}

/// When an invocation ends, by the clock that does not jump. Lambda states it in Unix time.
pub fn deadline(ends: SystemTime) -> Instant {
    Instant::now() + ends.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}

/// Checks until a check succeeds, fails for good, or the invocation is about to end at `deadline`.
pub async fn until_healthy<F>(
    deadline: Instant,
    mut check: impl FnMut() -> F,
) -> Result<Healthy, Unhealthy>
where
    F: Future<Output = Result<(), Unhealthy>>,
{
    let last = deadline.checked_sub(RESERVE + PAUSE).unwrap_or(deadline);
    loop {
        match check().await {
            Ok(()) => return Ok(Healthy { healthy: true }),
            Err(problem) if !problem.may_pass() || Instant::now() >= last => return Err(problem),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// A call to a service. The error says which one, and why it failed.
pub type Call<'c> = BoxFuture<'c, Result<(), String>>;

/// Makes calls, some at a time. The error has the reasons of all that failed.
pub async fn reach(calls: Vec<Call<'_>>) -> Result<(), Unhealthy> {
    let results = stream::iter(calls).buffered(CONCURRENCY);
    let problems: Vec<_> = results.filter_map(|result| ready(result.err())).collect().await;
    if problems.is_empty() { Ok(()) } else { Err(Unhealthy::Unreachable(problems)) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn unreachable() -> Unhealthy {
        Unhealthy::Unreachable(vec!["the queue".to_owned()])
    }

    fn in_ten_seconds() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn only_the_health_event_is_one() {
        let parse = |json: &str| serde_json::from_str::<HealthEvent>(json).is_ok();
        assert!(parse(r#"{"catchment":"health"}"#));
        for other in [r#"{"catchment":"else"}"#, r#"{"catchment":"health","Records":[]}"#, "{}"] {
            assert!(!parse(other), "{other}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_reached_yet_is_tried_again_until_the_invocation_ends() {
        let tried = Cell::new(0);
        let check = |succeeds_at: u32| {
            let tried = &tried;
            async move {
                tried.set(tried.get() + 1);
                if tried.get() == succeeds_at { Ok(()) } else { Err(unreachable()) }
            }
        };
        assert!(until_healthy(in_ten_seconds(), || check(3)).await.is_ok());
        assert_eq!(tried.get(), 3);
        let deadline = in_ten_seconds();
        let error = until_healthy(deadline, || check(0)).await.unwrap_err();
        assert_eq!(error.to_string(), "the queue");
        assert!(Instant::now() + RESERVE <= deadline && tried.get() > 8);
    }

    #[tokio::test(start_paused = true)]
    async fn an_invalid_configuration_is_not_tried_again() {
        let tried = Cell::new(0);
        let invalid = || async {
            tried.set(tried.get() + 1);
            Err(StartError::Invalid("config".to_owned(), "routes[0].filter".to_owned()).into())
        };
        let error = until_healthy(in_ten_seconds(), invalid).await.unwrap_err();
        assert!(error.to_string().contains("routes[0].filter"), "{error}");
        assert_eq!(tried.get(), 1);
    }

    #[tokio::test]
    async fn an_error_lists_the_first_reasons_and_counts_the_others() {
        let call = |n, failing| -> Call<'_> {
            Box::pin(async move { if n < failing { Err(format!("q{n}")) } else { Ok(()) } })
        };
        let calls = |failing: usize| (0..8).map(|n| call(n, failing)).collect();
        assert!(reach(calls(0)).await.is_ok());
        let error = async |failing| reach(calls(failing)).await.unwrap_err().to_string();
        assert_eq!(error(2).await, "q0; q1");
        assert_eq!(error(7).await, "q0; q1; q2; q3; q4; and 2 more");
    }
}
