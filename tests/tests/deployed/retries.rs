//! A destination that fails for a while gets the event all the same.

use catchment_tests::receiver::Behaviour;

use crate::deployment::{ATTEMPTS, SOON, test};

#[test]
fn a_destination_that_fails_twice_has_it_at_the_third_attempt() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::next(ATTEMPTS - 1, 500).at("/flaky"));
        let answer = deployment.send("flaky", "flaky-1", b"{}").await;
        let tries = deployment.delivered("flaky", answer.id(), ATTEMPTS as usize).await;
        let answered: Vec<_> = tries.iter().map(|got| got.answered).collect();
        assert_eq!(answered, [500, 500, 200]);
        for delivery in &tries {
            assert_eq!(delivery.header("webhook-id"), tries[0].header("webhook-id"));
            assert_eq!(delivery.body, b"{}");
        }
        let stored = deployment.stored("flaky", answer.id()).await;
        let ledger_key = stored.json["ledger_key"].as_str().unwrap();
        let entry = deployment.stack.ledger_says(ledger_key, "complete", SOON).await.unwrap();
        assert_eq!(entry.attempts, ATTEMPTS);
    });
}
