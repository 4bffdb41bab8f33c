//! How fast a rate-limited destination gets its events.

use std::time::Duration;

use catchment_tests::harness::secret;
use catchment_tests::samples;
use tokio::time::Instant;
use worker_lambda::admission::rate_limit::{RateLimiters, Slot, Window};

use super::says;
use crate::routing::docs::config;
use crate::routing::setup::example;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// As in the guide: 15 a second in all, half of it for each of two environments.
#[tokio::test(start_paused = true)]
async fn a_batch_takes_as_long_as_its_destinations_rate_says() {
    let settings = config("rate");
    let queue = &settings.queues["signatures"];
    assert_eq!(settings.destinations["contracts"].rate, Some(15.0));
    assert_eq!((queue.max_attempts, queue.maximum_concurrency), (5, 2));
    let test = example("rate");
    for number in 0..10 {
        let (body, id) = (samples::body("signbee").unwrap(), format!("evt_{number}"));
        let now = test.ingest.now;
        let sample = samples::sign("signbee", &secret("signbee"), &id, body, now).unwrap();
        test.post("signbee", &sample).await;
    }
    let start = Instant::now();
    assert_eq!(test.batch_of("signatures").await, (10, 0));
    let (took, share) = (start.elapsed(), seconds(2) / 15);
    assert!((share * 10..share * 10 + seconds(1) / 50).contains(&took), "{took:?}");
    let said = format!(
        "every {} ms, so a batch of ten takes {:.1} s",
        share.as_millis(),
        took.as_secs_f64()
    );
    assert!(says(&said), "{said}");
}

/// Lambda runs two invocations at a time, each with a batch of any size, in any of five environments that is free.
#[test]
fn no_second_has_more_deliveries_than_the_rate_plus_one_for_each_concurrent_invocation() {
    let (config, start) = (config("rate"), Instant::now());
    let mut environments: Vec<_> =
        (0..5).map(|_| (RateLimiters::new(&config, start), start)).collect();
    let mut ends = [start; 2];
    let mut deliveries = Vec::new();
    for number in 0..600 {
        let end = ends.iter_mut().min().unwrap();
        let free = environments.iter_mut().filter(|(_, busy_until)| busy_until <= end);
        let mut free: Vec<_> = free.collect();
        let picked = number * 7 % free.len();
        let (paces, busy_until) = &mut free[picked];
        let begun = *end;
        for _ in 0..=(number * 3 % 10) {
            let window = Window { latest: *end + seconds(45), end: *end + seconds(59) };
            let turn = paces.reserve("contracts", *end, window);
            let Slot::At(at) = turn else { panic!("there is time for ten") };
            deliveries.push(at);
        }
        *end = paces.next_slot(begun).unwrap();
        *busy_until = *end;
    }
    deliveries.sort();
    let within_a_second = |place: usize| {
        deliveries[place..].iter().take_while(|at| **at < deliveries[place] + seconds(1)).count()
    };
    assert_eq!(deliveries.len(), 3300);
    let most = (0..deliveries.len()).map(within_a_second).max().unwrap();
    assert!(most <= 15 + 2, "{most}");
    let took = *deliveries.last().unwrap() - start;
    assert!(took < seconds(3300 / 15 + 2), "all of the rate is used: {took:?}");
    assert!(says("No second has more than 17 here."));
}
