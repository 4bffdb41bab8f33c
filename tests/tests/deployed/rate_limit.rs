//! A destination gets no more deliveries per second than its rate limit.

use std::time::Duration;

use catchment_tests::receiver::Received;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::deployment::{SOON, test};
use crate::traffic::{ENVIRONMENTS, RATE, arrived};

const EVENTS: u32 = 20;

/// The same environments also process events of another queue, so environments with rate-limited events come and go.
#[test]
fn deliveries_keep_to_the_rate_whichever_environments_make_them() {
    test(async |deployment| {
        let send = |number: u32| async move {
            let id = format!("paced-{number}");
            assert_eq!(deployment.send("paced", &id, b"{}").await.status, 200);
            assert_eq!(deployment.send("calm", &id, b"{}").await.status, 200);
        };
        join_all((0..EVENTS).map(send)).await;
        let of_it = |got: &&Received| got.path == "/paced";
        let all = |got: &[Received]| got.iter().filter(of_it).count() >= EVENTS as usize;
        deployment.receiver.wait_for("the paced events", SOON, all).await.unwrap();
        let arrived = arrived(deployment, "paced");
        assert_eq!(arrived.len(), EVENTS as usize);
        let at = |got: &Received| got.at.parse::<Timestamp>().unwrap();
        let took = at(&arrived[arrived.len() - 1]).duration_since(at(&arrived[0]));
        eprintln!("{EVENTS} deliveries in {took:.1?}, of which {RATE} may be made per second");
        // Each environment begins at once.
        let least = Duration::from_secs(1) * (EVENTS - ENVIRONMENTS) / RATE;
        let least = SignedDuration::try_from(least).unwrap();
        assert!(took >= least * 9 / 10, "{took:?} are less than {least:?}");
    });
}
