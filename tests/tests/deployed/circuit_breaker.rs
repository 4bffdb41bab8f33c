//! A destination that is down gets few attempts, and everything that waited for it once it is back.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use catchment_tests::receiver::{Behaviour, Received};
use catchment_tests::wait;

use crate::deployment::{Deployment, SOON, test};
use crate::traffic::{ATTEMPTS, PATIENT, arrived};

const EVENTS: usize = 12;
/// Longer than all attempts at one event would take without a circuit breaker: they are one or two seconds apart.
/// There are fewer probes than attempts in this time, so an event that makes every probe has attempts left.
const DOWN: Duration = Duration::from_secs(9);

/// The state of the circuit breaker in the ledger table.
async fn state(deployment: &Deployment) -> Option<String> {
    let stack = &deployment.stack;
    let key = AttributeValue::S("circuit#fragile".to_owned());
    let get = stack.clients.dynamodb.get_item().table_name(&stack.outputs.ledger_table);
    let item = get.key("ledger_key", key).consistent_read(true).send().await.ok()?.item?;
    item["state"].as_s().ok().cloned()
}

async fn state_is(deployment: &Deployment, wanted: &str) {
    let is_it = async || (state(deployment).await? == wanted).then_some(());
    wait::until(&format!("the circuit to be {wanted}"), SOON, is_it).await.unwrap();
}

#[test]
fn while_a_destination_is_down_no_event_uses_up_its_attempts_and_all_are_delivered_afterwards() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::always(503).at("/fragile"));
        let mut ids = Vec::new();
        for number in 0..EVENTS {
            let answer = deployment.send("fragile", &format!("fragile-{number}"), b"{}").await;
            ids.push(answer.id().to_owned());
        }
        state_is(deployment, "open").await;
        tokio::time::sleep(DOWN).await;
        let refused = arrived(deployment, "fragile").len();
        let most = EVENTS * ATTEMPTS;
        eprintln!("{refused} deliveries of {EVENTS} events in {DOWN:?}; all attempts are {most}");
        assert!(refused <= EVENTS * 2, "{refused}");

        deployment.receiver.behave(Behaviour::always(200).at("/fragile"));
        let taken = |received: &[Received]| -> Vec<String> {
            let taken = received.iter().filter(|got| got.path == "/fragile" && got.answered == 200);
            taken.map(|got| got.header("ce-eventid").unwrap().to_owned()).collect()
        };
        let all = |received: &[Received]| taken(received).len() >= EVENTS;
        let received = deployment.receiver.wait_for("all events", SOON, all).await.unwrap();
        state_is(deployment, "closed").await;
        deployment.drained(PATIENT).await;
        let mut taken = taken(&received);
        taken.sort();
        ids.sort();
        assert_eq!(taken, ids, "each is taken once");
        let dead = &deployment.stack.outputs.dead_letter_queue_urls[PATIENT];
        assert_eq!(deployment.stack.depth(dead).await.unwrap(), (0, 0));
    });
}
