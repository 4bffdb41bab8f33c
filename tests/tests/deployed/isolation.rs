//! A flood on one queue is nothing to the others.

use std::time::Duration;

use catchment_tests::receiver::{Behaviour, Received};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::deployment::{Deployment, test};
use crate::traffic::{NARROW, arrived};

/// How many events flood the queue, and how long each takes to be delivered.
const FLOOD: u32 = 100;
const SLOW: Duration = Duration::from_secs(1);
/// How many events are measured in each state.
const MEASURED: usize = 9;

/// How long events take from being received to being delivered, on a queue that has nothing to do with
/// the flood: the median.
async fn median(deployment: &Deployment, state: &str) -> Duration {
    let mut ids = Vec::new();
    for number in 0..MEASURED {
        let answer = deployment.send("calm", &format!("{state}-{number}"), b"{}").await;
        ids.push(answer.id().to_owned());
    }
    let mut times = Vec::new();
    for id in ids {
        times.push(time_to(&deployment.delivered("calm", &id, 1).await[0]));
    }
    times.sort();
    times[MEASURED / 2]
}

fn time_to(delivery: &Received) -> Duration {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let took = time(&delivery.at).duration_since(time(delivery.header("ce-time").unwrap()));
    Duration::try_from(took).unwrap_or_default()
}

#[test]
fn a_flood_on_one_queue_leaves_the_time_on_another_as_it_was() {
    test(async |deployment| {
        let before = median(deployment, "before").await;
        let slow = Behaviour { delay_ms: 1000, ..Behaviour::always(200) };
        deployment.receiver.behave(slow.at("/swamp"));
        for some in (0..FLOOD).collect::<Vec<_>>().chunks(10) {
            let some = some.iter().map(|number| async move {
                deployment.send("flood", &format!("flood-{number}"), b"{}").await.id().to_owned()
            });
            join_all(some).await;
        }
        let during = median(deployment, "during").await;
        let waiting = FLOOD as usize - arrived(deployment, "swamp").len();
        eprintln!(
            "from receipt to delivery: {before:.0?} before the flood, {during:.0?} during it, with {waiting} \
             events waiting on the other queue"
        );
        deployment.receiver.behave(Behaviour::always(200).at("/swamp"));
        deployment.drained(NARROW).await;
        assert_eq!(arrived(deployment, "swamp").len(), FLOOD as usize);
        let most = before.max(Duration::from_millis(200)) * 5;
        assert!(during < most, "{during:?}, where it was {before:?} before the flood");
        // What waits is delivered four at a time.
        let wait = SLOW * u32::try_from(waiting).unwrap() / 4;
        assert!(wait > most * 2, "the flood was over too soon to show anything: {waiting} waited");
    });
}
