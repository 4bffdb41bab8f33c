//! How long to wait before the next attempt: exponential backoff with full jitter.

use std::time::Duration;

use shared::config::{Backoff, Queue};
use shared::ports::queue::MAX_VISIBILITY_TIMEOUT;

/// How long to wait after attempt number `attempt`, counted from 1.
///
/// `random` is uniform in 0..1. Full jitter spreads deliveries that failed together over the whole interval.
///
/// `retry_after` is what the destination asks for. The wait is at least that long, up to a limit: over all attempts, such
/// waits add up to at most half of the queue's retention. Terraform refuses a backoff whose own waits add up to more.
///
/// No wait is longer than [`MAX_VISIBILITY_TIMEOUT`], because SQS hides no message for longer.
pub fn wait(queue: &Queue, attempt: u32, random: f64, retry_after: Option<Duration>) -> Duration {
    let Backoff { base, factor, cap } = queue.backoff;
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let longest = (base * factor.powi(exponent)).min(cap).max(0.0);
    let jittered = Duration::try_from_secs_f64(longest * random).unwrap_or(MAX_VISIBILITY_TIMEOUT);
    let max_retry_after = queue.half_retention() / queue.max_attempts.max(1);
    jittered.max(retry_after.unwrap_or_default().min(max_retry_after)).min(MAX_VISIBILITY_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(max_attempts: u32) -> Queue {
        Queue {
            url: String::new(),
            arn: String::new(),
            dead_letter_url: String::new(),
            max_attempts,
            backoff: Backoff { base: 2.0, factor: 2.0, cap: 900.0 },
            max_receives: 100,
            retention: 7 * 86_400,
            maximum_concurrency: 10,
            ordering_key: None,
        }
    }

    fn seconds(attempt: u32, random: f64, retry_after: Option<u64>) -> u64 {
        wait(&queue(5), attempt, random, retry_after.map(Duration::from_secs)).as_secs()
    }

    #[test]
    fn the_wait_grows_exponentially_to_its_cap() {
        let longest: Vec<_> = (1..=11).map(|attempt| seconds(attempt, 1.0, None)).collect();
        assert_eq!(longest, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(seconds(u32::MAX, 1.0, None), 900);
    }

    #[test]
    fn full_jitter_covers_the_whole_interval() {
        assert_eq!(seconds(5, 0.0, None), 0);
        assert_eq!(seconds(5, 0.5, None), 16);
    }

    #[test]
    fn retry_after_is_honoured_up_to_its_share_and_the_longest_visibility_timeout() {
        assert_eq!(seconds(1, 1.0, Some(60)), 60);
        assert_eq!(seconds(1, 1.0, Some(86_400)), 11 * 3600);
    }

    #[test]
    fn all_waits_together_stay_within_half_of_the_retention_whatever_retry_after_says() {
        let (max_attempts, asked) = (100, Some(Duration::from_secs(86_400)));
        let total: Duration =
            (1..max_attempts).map(|attempt| wait(&queue(max_attempts), attempt, 1.0, asked)).sum();
        assert!(total <= queue(max_attempts).half_retention(), "{total:?}");
    }
}
