//! Waits for a condition with a deadline, in place of a fixed sleep.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::Result;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Asks `probe` until it has an answer. The error names `what` was waited for.
///
/// A probe that hangs counts against the deadline too.
pub async fn until<T>(
    what: &str,
    within: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    let mut pause = FIRST_PAUSE;
    loop {
        match timeout_at(deadline, probe()).await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) if Instant::now() + pause < deadline => sleep(pause).await,
            _ => return Err(format!("waited {} s in vain for {what}", within.as_secs_f32()).into()),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answers_as_soon_as_the_probe_does() {
        let mut asked = 0;
        let started = Instant::now();
        let answer = until("three", Duration::from_secs(5), async || {
            asked += 1;
            (asked == 3).then_some(asked)
        });
        assert_eq!(answer.await.unwrap(), 3);
        assert_eq!(started.elapsed(), FIRST_PAUSE + FIRST_PAUSE * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_at_the_deadline_and_says_on_what() {
        let started = Instant::now();
        let error = until::<()>("the moon", Duration::from_secs(5), async || None).await;
        assert_eq!(error.unwrap_err().to_string(), "waited 5 s in vain for the moon");
        assert!(started.elapsed() <= Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_wait_for_a_probe_that_hangs() {
        let started = Instant::now();
        let within = Duration::from_secs(5);
        until::<()>("an answer", within, async || std::future::pending().await).await.unwrap_err();
        assert_eq!(started.elapsed(), within);
    }
}
